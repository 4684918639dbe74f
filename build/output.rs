//! The items that `lower.rs` makes of the model and `emit.rs` prints.

/// Everything that the emitter prints.
pub(crate) struct Api {
    pub(crate) source: String,
    pub(crate) version: String,
    pub(crate) target_prefix: String,
    pub(crate) structures: Vec<StructureOut>,
    pub(crate) enums: Vec<EnumOut>,
    pub(crate) errors: Vec<ErrorOut>,
    pub(crate) patterns: Vec<PatternOut>,
    pub(crate) shapes: Vec<ShapeOut>,
    pub(crate) operations: Vec<OperationOut>,
    pub(crate) settings: Vec<SettingsOut>,
}

/// A struct and its schema table.
pub(crate) struct StructureOut {
    pub(crate) name: String,
    pub(crate) table: String,
    pub(crate) doc: String,
    pub(crate) derives: Vec<&'static str>,
    /// In the order of the wire: alphabetical.
    pub(crate) fields: Vec<FieldOut>,
    /// In the order of the checks: the model's.
    pub(crate) members: Vec<MemberOut>,
}

pub(crate) struct FieldOut {
    pub(crate) wire: String,
    pub(crate) name: String,
    pub(crate) ty: String,
    pub(crate) required: bool,
    pub(crate) doc: String,
}

pub(crate) struct MemberOut {
    pub(crate) wire: String,
    pub(crate) path: String,
    pub(crate) required: bool,
    pub(crate) shape: String,
}

pub(crate) struct EnumOut {
    pub(crate) name: String,
    /// Rust name and wire value.
    pub(crate) variants: Vec<(String, String)>,
}

pub(crate) struct ErrorOut {
    pub(crate) name: String,
    pub(crate) status: u16,
    pub(crate) common: bool,
}

pub(crate) struct PatternOut {
    pub(crate) table: String,
    /// The pattern as the model writes it, for messages.
    pub(crate) text: String,
    /// The anchored pattern for the `regex` crate.
    pub(crate) regex: String,
}

pub(crate) struct ShapeOut {
    pub(crate) table: String,
    pub(crate) kind: KindOut,
    pub(crate) masked: bool,
    pub(crate) min: Option<i64>,
    pub(crate) max: Option<i64>,
}

/// A copy of a request's members into the structure that keeps them.
pub(crate) struct SettingsOut {
    pub(crate) request: String,
    pub(crate) structure: String,
    /// The fields that are copied.
    pub(crate) fields: Vec<String>,
    /// The request's other members, as the wire writes them.
    pub(crate) others: Vec<String>,
}

/// The kind of a shape, with the names of the tables that it points to.
pub(crate) enum KindOut {
    Text(Option<String>, Vec<String>),
    Plain(&'static str),
    List(String),
    Map(String, String),
    Structure(String),
}

pub(crate) struct OperationOut {
    pub(crate) name: String,
    pub(crate) table: String,
    pub(crate) signed: bool,
    pub(crate) errors: Vec<String>,
    pub(crate) input: String,
    pub(crate) input_table: String,
    pub(crate) output: Option<String>,
    /// How the request names its pool, if it does.
    pub(crate) pool: Option<PoolOut>,
}

/// The field of a request that names the pool.
pub(crate) enum PoolOut {
    /// An id that is always there.
    Id(String),
    /// An id that may be absent.
    OptionalId(String),
    /// The ARN of the resource that the operation is about, which may be a pool.
    Arn(String),
}
