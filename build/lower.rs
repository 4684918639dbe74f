//! Turns the model into the items that `emit.rs` prints. It makes every decision about names and types; a combination of traits
//! without a rule is an error.

use std::collections::{BTreeSet, HashSet};

use heck::{ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase};

use super::model::{Auth, Model, Operation, Ordered, Shape, Source};
use super::overrides;

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
    /// The field that names the pool, and whether it is always there.
    pub(crate) pool: Option<(String, bool)>,
}

/// Lowers the whole model.
pub(crate) fn lower(model: &Model) -> Result<Api, String> {
    let lowering = Lowering::new(model)?;
    let mut operations = each(&model.operations.0, |(n, o)| lowering.operation(n, o))?;
    operations.sort_by(|a, b| a.name.cmp(&b.name));
    let Source {
        package,
        version,
        date,
    } = &model.source;
    let api = Api {
        source: format!("{package} {version} of {date}"),
        version: model.api_version.clone(),
        target_prefix: model.target_prefix.clone(),
        structures: flat(&lowering.reachable, |name| lowering.structure(name))?,
        enums: flat(&lowering.reachable, |name| lowering.enumeration(name))?,
        errors: lowering.errors(),
        patterns: lowering.patterns()?,
        shapes: each(&lowering.members, |name| lowering.table(name))?,
        operations,
        settings: lowering.all_settings()?,
    };
    Ok(api)
}

struct Lowering<'a> {
    model: &'a Model,
    /// Shapes that an operation's input or output reaches.
    reachable: BTreeSet<&'a str>,
    /// Those of them that are a member of another shape.
    members: BTreeSet<&'a str>,
}

impl<'a> Lowering<'a> {
    fn new(model: &'a Model) -> Result<Self, String> {
        let mut lowering = Lowering {
            model,
            reachable: BTreeSet::new(),
            members: BTreeSet::new(),
        };
        for (_, operation) in model.operations.iter() {
            let roots = [Some(&operation.input), operation.output.as_ref()];
            for root in roots.into_iter().flatten() {
                lowering.walk(root)?;
            }
        }
        Ok(lowering)
    }

    fn walk(&mut self, name: &'a str) -> Result<(), String> {
        if !self.reachable.insert(name) {
            return Ok(());
        }
        for member in points_to(self.shape(name)?) {
            self.members.insert(member);
            self.walk(member)?;
        }
        Ok(())
    }

    fn shape(&self, name: &str) -> Result<&'a Shape, String> {
        let shape = self.model.shapes.get(name);
        shape.ok_or_else(|| format!("the shape {name} is used but not defined"))
    }

    fn structure(&self, name: &str) -> Result<Option<StructureOut>, String> {
        let shape = self.shape(name)?;
        let Shape::Structure {
            members,
            required,
            document: false,
            exception,
            ..
        } = shape
        else {
            return Ok(None);
        };
        if *exception || required.iter().any(|r| members.get(r).is_none()) {
            return Err(format!("{name} is an exception, or requires what it lacks"));
        }
        let is_required = |member: &String| required.contains(member);
        let mut fields = each(&members.0, |(m, s)| self.field(m, s, is_required(m)))?;
        fields.sort_by(|a, b| a.wire.cmp(&b.wire));
        Ok(Some(StructureOut {
            name: name.to_owned(),
            table: table_name(name),
            doc: self.structure_doc(name),
            derives: self.derives(name, required.is_empty()),
            fields,
            members: each(&members.0, |(member, shape)| {
                Ok(MemberOut {
                    wire: member.clone(),
                    path: path_name(member),
                    required: is_required(member),
                    shape: shape_table(shape),
                })
            })?,
        }))
    }

    fn all_settings(&self) -> Result<Vec<SettingsOut>, String> {
        let in_model = |(request, ..): &&(&str, _, _)| self.reachable.contains(*request);
        let known = overrides::SETTINGS.iter().filter(in_model);
        each(known, |(request, structure, others)| {
            self.settings(request, structure, others)
        })
    }

    fn settings(
        &self,
        request: &str,
        structure: &str,
        others: &[&str],
    ) -> Result<SettingsOut, String> {
        let (members, required) = self.members_of(request)?;
        let (kept, _) = self.members_of(structure)?;
        if let Some(other) = others.iter().find(|other| members.get(other).is_none()) {
            return Err(format!("{request} has no member {other} to leave out"));
        }
        let copied = members
            .iter()
            .filter(|(member, _)| !others.contains(&member.as_str()));
        let mut copied: Vec<_> = copied.collect();
        copied.sort_unstable();
        let fields = each(copied, |(member, shape)| {
            if kept.get(member) != Some(shape) || required.contains(member) {
                return Err(format!(
                    "{structure} cannot keep {member} of {request} as it is"
                ));
            }
            Ok(field_name(member))
        })?;
        Ok(SettingsOut {
            request: request.to_owned(),
            structure: structure.to_owned(),
            fields,
            others: others.iter().map(ToString::to_string).collect(),
        })
    }

    /// The members of a structure, and the names of those that are required.
    fn members_of(&self, name: &str) -> Result<(&Ordered<String>, &[String]), String> {
        let Shape::Structure {
            members, required, ..
        } = self.shape(name)?
        else {
            return Err(format!("{name} is not a structure"));
        };
        Ok((members, required))
    }

    /// The derives of a structure: a request is only read, an answer only written, and all other structures both, since they are
    /// stored and read from seed files. Structures without required members have `Default`.
    fn derives(&self, name: &str, nothing_required: bool) -> Vec<&'static str> {
        let operations = || self.model.operations.iter().map(|(_, operation)| operation);
        let is_input = operations().any(|o| o.input == name);
        let is_output = operations().any(|o| o.output.as_deref() == Some(name));
        let chosen = [
            ("Debug", true),
            ("Clone", true),
            ("PartialEq", true),
            ("Default", nothing_required),
            ("Deserialize", !is_output),
            ("Serialize", !is_input),
        ];
        let chosen = chosen.into_iter().filter(|(_, is_chosen)| *is_chosen);
        chosen.map(|(derive, _)| derive).collect()
    }

    fn structure_doc(&self, name: &str) -> String {
        for (operation, shapes) in self.model.operations.iter() {
            if shapes.input == name {
                return format!("Input of `{operation}`.");
            }
            if shapes.output.as_deref() == Some(name) {
                return format!("Answer of `{operation}`.");
            }
        }
        format!("The structure `{name}` of the API model.")
    }

    fn field(&self, member: &str, shape: &str, required: bool) -> Result<FieldOut, String> {
        let overridden = overrides::MEMBER_TYPES
            .iter()
            .find(|(name, of, _)| *name == member && *of == shape);
        let ty = match overridden {
            Some((_, _, ty)) => (*ty).to_owned(),
            None => self.rust_type(shape)?,
        };
        let mut facts = facts(shape, self.shape(shape)?);
        if required {
            facts.push("required".to_owned());
        }
        let colon = if facts.is_empty() { "" } else { ": " };
        Ok(FieldOut {
            wire: member.to_owned(),
            name: field_name(member),
            ty,
            required,
            doc: format!("`{member}`{colon}{}.", facts.join(", ")),
        })
    }

    fn rust_type(&self, name: &str) -> Result<String, String> {
        if let Some((_, ty)) = overrides::ID_TYPES.iter().find(|(shape, _)| *shape == name) {
            return Ok((*ty).to_owned());
        }
        let shape = self.shape(name)?;
        let ty = match shape {
            Shape::String { values, .. } if values.is_empty() => "String".to_owned(),
            Shape::Structure { document: true, .. } => "serde_json::Value".to_owned(),
            Shape::String { .. } | Shape::Structure { .. } => name.to_owned(),
            Shape::Integer { .. } | Shape::Long { .. } => "i64".to_owned(),
            Shape::Boolean {} => "bool".to_owned(),
            Shape::Timestamp {} => "Timestamp".to_owned(),
            // Kept in its encoded form: it is stored and returned, never read.
            Shape::Blob { .. } => "String".to_owned(),
            Shape::List { member, .. } => format!("Vec<{}>", self.rust_type(member)?),
            Shape::Map { value, .. } => format!("BTreeMap<String, {}>", self.rust_type(value)?),
        };
        Ok(if is_sensitive(shape) {
            format!("Sensitive<{ty}>")
        } else {
            ty
        })
    }

    fn enumeration(&self, name: &str) -> Result<Option<EnumOut>, String> {
        let Shape::String {
            values, sensitive, ..
        } = self.shape(name)?
        else {
            return Ok(None);
        };
        if values.is_empty() {
            return Ok(None);
        }
        let variants: Vec<_> = values
            .iter()
            .map(|v| (variant_name(v), v.clone()))
            .collect();
        let distinct: HashSet<_> = variants.iter().map(|(variant, _)| variant).collect();
        if *sensitive || distinct.len() < values.len() {
            return Err(format!("{name}: a sensitive enum, or values of one name"));
        }
        let name = name.to_owned();
        Ok(Some(EnumOut { name, variants }))
    }

    fn errors(&self) -> Vec<ErrorOut> {
        let modelled = self.model.shapes.iter().filter_map(|(name, shape)| {
            let Shape::Structure {
                exception: true,
                fault,
                ..
            } = shape
            else {
                return None;
            };
            Some(ErrorOut {
                name: name.clone(),
                status: if *fault {
                    overrides::FAULT_STATUS
                } else {
                    overrides::CLIENT_STATUS
                },
                common: overrides::COMMON_IN_MODEL.contains(&name.as_str()),
            })
        });
        let added = overrides::COMMON_ERRORS
            .iter()
            .map(|(name, status)| ErrorOut {
                name: (*name).to_owned(),
                status: *status,
                common: true,
            });
        let mut errors: Vec<_> = modelled.chain(added).collect();
        errors.sort_by(|a, b| a.name.cmp(&b.name));
        errors
    }

    /// A pattern table for each distinct pattern, named after the first shape that has it, and one for each shape that accepts
    /// more than its pattern says.
    fn patterns(&self) -> Result<Vec<PatternOut>, String> {
        let mut seen = HashSet::new();
        let mut patterns = Vec::new();
        for name in &self.members {
            let Some(text) = pattern(name, self.shape(name)?) else {
                continue;
            };
            let table = self.pattern_table(name, text);
            if seen.insert(table.clone()) {
                let taken = wider_pattern(name).unwrap_or(text);
                patterns.push(PatternOut {
                    table,
                    text: text.to_owned(),
                    regex: rust_regex(taken).map_err(|error| format!("{name}: {error}"))?,
                });
            }
        }
        Ok(patterns)
    }

    fn pattern_table(&self, name: &str, text: &str) -> String {
        let has_it = |name: &&&str| {
            let has = self.shape(name).ok().and_then(|shape| pattern(name, shape));
            has == Some(text) && wider_pattern(name).is_none()
        };
        let first = match wider_pattern(name) {
            Some(_) => Some(name),
            None => self.members.iter().find(has_it).copied(),
        };
        format!("{}_PATTERN", table_name(first.unwrap_or_default()))
    }

    fn table(&self, name: &str) -> Result<ShapeOut, String> {
        let shape = self.shape(name)?;
        let kind = match shape {
            Shape::String { values, .. } => {
                let pattern = pattern(name, shape).map(|text| self.pattern_table(name, text));
                KindOut::Text(pattern, values.clone())
            }
            Shape::Integer { .. } => KindOut::Plain("Integer"),
            Shape::Long { .. } => KindOut::Plain("Long"),
            Shape::Boolean {} => KindOut::Plain("Boolean"),
            Shape::Timestamp {} => KindOut::Plain("Timestamp"),
            Shape::Blob { .. } => KindOut::Plain("Blob"),
            Shape::List { member, .. } => KindOut::List(shape_table(member)),
            Shape::Map { key, value, .. } => KindOut::Map(shape_table(key), shape_table(value)),
            Shape::Structure { document: true, .. } => KindOut::Plain("Document"),
            Shape::Structure { .. } => KindOut::Structure(table_name(name)),
        };
        let (min, max) = bounds(shape);
        Ok(ShapeOut {
            table: shape_table(name),
            kind,
            masked: is_sensitive(shape) && !overrides::ECHOED.contains(&name),
            min,
            max,
        })
    }

    fn operation(&self, name: &str, operation: &Operation) -> Result<OperationOut, String> {
        let Some(StructureOut { fields, .. }) = self.structure(&operation.input)? else {
            return Err(format!("the input of {name} is no structure"));
        };
        for error in &operation.errors {
            self.shape(error)?;
        }
        let pool = fields.into_iter().find(|field| field.ty == "UserPoolId");
        Ok(OperationOut {
            name: name.to_owned(),
            table: table_name(name),
            signed: operation.auth == Auth::Sigv4,
            errors: operation.errors.clone(),
            input: operation.input.clone(),
            input_table: table_name(&operation.input),
            output: operation.output.clone(),
            pool: pool.map(|field| (field.name, field.required)),
        })
    }
}

/// Maps all, or fails with the first failure.
fn each<I: IntoIterator, O>(
    items: I,
    f: impl FnMut(I::Item) -> Result<O, String>,
) -> Result<Vec<O>, String> {
    items.into_iter().map(f).collect()
}

/// As `each`, without the items for which `f` returns `None`.
fn flat<O>(
    names: &BTreeSet<&str>,
    mut f: impl FnMut(&str) -> Result<Option<O>, String>,
) -> Result<Vec<O>, String> {
    names
        .iter()
        .filter_map(|name| f(name).transpose())
        .collect()
}

fn points_to(shape: &Shape) -> Vec<&str> {
    match shape {
        Shape::Structure { members, .. } => members.iter().map(|(_, s)| s.as_str()).collect(),
        Shape::List { member, .. } => vec![member],
        Shape::Map { key, value, .. } => vec![key, value],
        Shape::String { .. }
        | Shape::Integer { .. }
        | Shape::Long { .. }
        | Shape::Boolean {}
        | Shape::Timestamp {}
        | Shape::Blob { .. } => Vec::new(),
    }
}

fn bounds(shape: &Shape) -> (Option<i64>, Option<i64>) {
    match shape {
        Shape::String { min, max, .. }
        | Shape::Integer { min, max }
        | Shape::Long { min, max }
        | Shape::Blob { min, max }
        | Shape::List { min, max, .. }
        | Shape::Map { min, max, .. } => (*min, *max),
        Shape::Boolean {} | Shape::Timestamp {} | Shape::Structure { .. } => (None, None),
    }
}

fn wider_pattern(name: &str) -> Option<&'static str> {
    let mut all = overrides::WIDER_PATTERNS.iter();
    let wider = all.find(|(shape, _)| *shape == name);
    wider.map(|(_, pattern)| *pattern)
}

/// The pattern that the service checks: the model's, unless `overrides` has another.
fn pattern<'s>(name: &str, shape: &'s Shape) -> Option<&'s str> {
    let mut all = overrides::SERVICE_PATTERNS.iter();
    if let Some((_, pattern)) = all.find(|(service, _)| *service == name) {
        return Some(pattern);
    }
    match shape {
        Shape::String { pattern, .. } => pattern.as_deref(),
        Shape::Integer { .. }
        | Shape::Long { .. }
        | Shape::Boolean {}
        | Shape::Timestamp {}
        | Shape::Blob { .. }
        | Shape::List { .. }
        | Shape::Map { .. }
        | Shape::Structure { .. } => None,
    }
}

fn is_sensitive(shape: &Shape) -> bool {
    matches!(
        shape,
        Shape::String {
            sensitive: true,
            ..
        } | Shape::Map {
            sensitive: true,
            ..
        } | Shape::Structure {
            sensitive: true,
            ..
        }
    )
}

/// The facts about a shape for the doc comment of a member.
fn facts(name: &str, shape: &Shape) -> Vec<String> {
    let unit = match shape {
        Shape::String { .. } => " characters",
        Shape::Blob { .. } => " bytes in Base64",
        Shape::List { .. } => " items",
        Shape::Map { .. } => " entries",
        Shape::Integer { .. }
        | Shape::Long { .. }
        | Shape::Boolean {}
        | Shape::Timestamp {}
        | Shape::Structure { .. } => "",
    };
    let mut facts = match bounds(shape) {
        (Some(min), Some(max)) if min == max => vec![format!("{min}{unit}")],
        (Some(min), Some(max)) => vec![format!("{min} to {max}{unit}")],
        (Some(min), None) => vec![format!("at least {min}{unit}")],
        (None, Some(max)) => vec![format!("at most {max}{unit}")],
        (None, None) => Vec::new(),
    };
    facts.extend(pattern(name, shape).map(|text| format!("pattern `{text}`")));
    facts
}

/// `UserPoolId` → `user_pool_id`.
fn field_name(member: &str) -> String {
    let name = whole_words(member).to_snake_case();
    let keyword = overrides::KEYWORDS.iter().find(|(word, _)| *word == name);
    keyword.map_or(name, |(_, escaped)| (*escaped).to_owned())
}

/// `UserPoolType` → `USER_POOL_TYPE`.
fn table_name(shape: &str) -> String {
    whole_words(shape).to_shouty_snake_case()
}

fn shape_table(shape: &str) -> String {
    format!("{}_SHAPE", table_name(shape))
}

fn whole_words(name: &str) -> String {
    overrides::WORDS
        .iter()
        .fold(name.to_owned(), |name, (torn, whole)| {
            name.replace(torn, whole)
        })
}

/// The name in a violation. Only the first letter becomes small, as answers of sister services show (`sSESpecification.sSEType`
/// of `DynamoDB`), so `MFAOptions` becomes `mFAOptions`.
fn path_name(member: &str) -> String {
    let mut letters = member.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

/// `USER_SRP_AUTH` → `UserSrpAuth`; an underscore between two digits stays (`V1_0`).
fn variant_name(value: &str) -> String {
    let mut name = String::new();
    for word in value.split(['_', '-', ':', ' ']) {
        if name.ends_with(|c: char| c.is_ascii_digit())
            && word.starts_with(|c: char| c.is_ascii_digit())
        {
            name.push('_');
        }
        name.push_str(&word.to_upper_camel_case());
    }
    name
}

/// Rewrites a Java pattern that must match a whole value for the `regex` crate, whose `\w`, `\d` and `\s` are Unicode and whose
/// `.` excludes only `\n`. Constructs that the crate does not support (look-around, back references, possessive quantifiers)
/// need a line in `overrides::PATTERNS`.
pub(crate) fn rust_regex(pattern: &str) -> Result<String, String> {
    let equivalent = overrides::PATTERNS
        .iter()
        .find(|(java, _)| *java == pattern);
    let needs_a_line = |what: String| {
        format!(
            "{what} in the pattern {pattern}: add a line with an equivalent to PATTERNS in build/overrides.rs"
        )
    };
    let body = match equivalent {
        Some((_, equivalent)) => (*equivalent).to_owned(),
        None => Rewriting::new(pattern).run().map_err(needs_a_line)?,
    };
    let anchored = format!(r"\A(?:{body})\z");
    regex::Regex::new(&anchored).map_err(|error| needs_a_line(error.to_string()))?;
    Ok(anchored)
}

/// Every character.
const ANY: &str = r"\x{0}-\x{10FFFF}";

/// The line ends of Java.
const LINE_ENDS: &str = r"\n\r\x{85}\x{2028}\x{2029}";

/// Classes of `java.util.regex.Pattern` after `\p` that the `regex` crate does not know or defines otherwise: the POSIX classes
/// are ASCII in Java.
const PROPERTIES: [(&str, &str); 15] = [
    ("ASCII", r"\x00-\x7F"),
    ("Alnum", "0-9A-Za-z"),
    ("Alpha", "A-Za-z"),
    ("Blank", r"\t\x20"),
    ("Cntrl", r"\x00-\x1F\x7F"),
    ("Digit", "0-9"),
    ("Graph", r"\x21-\x7E"),
    ("LD", r"\p{L}\p{Nd}"),
    ("Lower", "a-z"),
    ("Print", r"\x20-\x7E"),
    ("Punct", r"\x21-\x2F\x3A-\x40\x5B-\x60\x7B-\x7E"),
    ("Space", r"\t\n\x0B\x0C\r\x20"),
    ("Upper", "A-Z"),
    ("XDigit", "0-9A-Fa-f"),
    ("all", ANY),
];

/// Rewrites one pattern.
struct Rewriting<'p> {
    chars: std::iter::Peekable<std::str::Chars<'p>>,
    dot: String,
    /// The depth of open classes.
    depth: u32,
    out: String,
}

impl<'p> Rewriting<'p> {
    fn new(pattern: &'p str) -> Self {
        let (dot, pattern) = match pattern.strip_prefix("(?s)") {
            Some(rest) => (format!("[{ANY}]"), rest),
            None => (format!("[^{LINE_ENDS}]"), pattern),
        };
        Self {
            chars: pattern.chars().peekable(),
            dot,
            depth: 0,
            out: String::new(),
        }
    }

    /// # Errors
    /// The construct that has no rule.
    fn run(mut self) -> Result<String, String> {
        // An escaped character is not an operator on the next one.
        let mut previous = ' ';
        while let Some(c) = self.chars.next() {
            let next = self.chars.peek().copied();
            match (c, next) {
                ('\\', _) => {
                    let escaped = self.escape()?;
                    self.out.push_str(&escaped);
                }
                ('.', _) if self.depth == 0 => self.out.push_str(&self.dot),
                ('-' | '~', Some(twin)) if self.depth > 0 && twin == c => {
                    return Err(format!("the class operator {c}{c}, two letters in Java,"));
                }
                ('+', _) if self.depth == 0 && "*+?}".contains(previous) => {
                    return Err("a possessive quantifier".to_owned());
                }
                ('?', Some(kind)) if self.depth == 0 && previous == '(' && kind != ':' => {
                    return Err(format!("the group (?{kind}"));
                }
                _ => {
                    match c {
                        '[' => self.depth += 1,
                        ']' => self.depth = self.depth.saturating_sub(1),
                        _ => {}
                    }
                    self.out.push(c);
                }
            }
            previous = if c == '\\' { ' ' } else { c };
        }
        Ok(self.out)
    }

    /// The construct after a backslash. A nested class means the same inside a class and outside.
    fn escape(&mut self) -> Result<String, String> {
        let escaped = self.chars.next().ok_or("a backslash at the end")?;
        Ok(match escaped {
            'w' => "[0-9A-Za-z_]".to_owned(),
            'W' => "[^0-9A-Za-z_]".to_owned(),
            'd' => "[0-9]".to_owned(),
            'D' => "[^0-9]".to_owned(),
            's' => r"[ \t\n\x0B\x0C\r]".to_owned(),
            'S' => r"[^ \t\n\x0B\x0C\r]".to_owned(),
            'v' => format!(r"[\x0B\x0C{LINE_ENDS}]"),
            // The boundary of a word of ASCII letters, digits and underscores, as in Java since 19.
            'b' if self.depth == 0 => r"(?-u:\b)".to_owned(),
            'A' | 'z' if self.depth == 0 => format!("\\{escaped}"),
            'f' => r"\x0C".to_owned(),
            't' | 'n' | 'r' => format!("\\{escaped}"),
            'p' => self.property(false)?,
            'P' => self.property(true)?,
            'x' if self.chars.peek() == Some(&'{') => r"\x".to_owned(),
            'x' => character(self.digits(2, 16)?)?,
            'u' => self.utf16()?,
            '0' => self.octal()?,
            letter if letter.is_ascii_alphanumeric() => {
                return Err(format!("the escape \\{letter}"));
            }
            sign => regex::escape(sign.encode_utf8(&mut [0; 4])),
        })
    }

    /// `{Name}` or one letter, after `\p` or `\P`.
    fn property(&mut self, negated: bool) -> Result<String, String> {
        let mut name = String::new();
        match self.chars.next() {
            Some('{') => {
                for c in self.chars.by_ref().take_while(|c| *c != '}') {
                    name.push(c);
                }
            }
            Some(letter) => name.push(letter),
            None => return Err("a class without a name".to_owned()),
        }
        let known = PROPERTIES.iter().find(|(java, _)| *java == name);
        Ok(match (known, negated) {
            (Some((_, class)), false) => format!("[{class}]"),
            (Some((_, class)), true) => format!("[^{class}]"),
            (None, false) => format!("\\p{{{name}}}"),
            (None, true) => format!("\\P{{{name}}}"),
        })
    }

    /// Four hexadecimal digits after `\u`, with a second such escape if the first is half of a character.
    fn utf16(&mut self) -> Result<String, String> {
        let first = self.digits(4, 16)?;
        if !(0xD800..0xDC00).contains(&first) {
            return character(first);
        }
        let mut ahead = self.chars.clone();
        if (ahead.next(), ahead.next()) == (Some('\\'), Some('u')) {
            self.chars = ahead;
            let second = self.digits(4, 16)?;
            if (0xDC00..0xE000).contains(&second) {
                return character(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00));
            }
        }
        Err("half of a character".to_owned())
    }

    /// One to three octal digits after `\0`, 377 at most.
    fn octal(&mut self) -> Result<String, String> {
        let mut value = self.digits(1, 8)?;
        while let Some(digit) = self.chars.peek().and_then(|c| c.to_digit(8)) {
            if value * 8 + digit > 0o377 {
                break;
            }
            value = value * 8 + digit;
            self.chars.next();
        }
        character(value)
    }

    fn digits(&mut self, count: usize, radix: u32) -> Result<u32, String> {
        let mut value = 0;
        for _ in 0..count {
            let digit = self.chars.next().and_then(|c| c.to_digit(radix));
            value = value * radix + digit.ok_or("an escape without its digits")?;
        }
        Ok(value)
    }
}

fn character(value: u32) -> Result<String, String> {
    match char::from_u32(value) {
        Some(_) => Ok(format!("\\x{{{value:X}}}")),
        None => Err("half of a character".to_owned()),
    }
}
