//! Prints Rust text. All decisions are made in `lower.rs`.

use super::output::{
    Api, EnumOut, ErrorOut, FieldOut, KindOut, MemberOut, OperationOut, PatternOut, PoolOut,
    SettingsOut, ShapeOut, StructureOut,
};

/// The text of `api.rs`.
pub(crate) fn emit(api: &Api) -> String {
    let Api {
        source,
        version,
        target_prefix,
        structures,
        enums,
        errors,
        patterns,
        shapes,
        operations,
        settings,
    } = api;
    [
        header(source, version, target_prefix),
        each(structures, structure),
        each(enums, enumeration),
        error_code(errors),
        each(operations, operation),
        each(settings, take_settings),
        format!(
            "/// Every operation of the model, sorted by name.
            pub static OPERATIONS: [&OperationModel; {}] = [{}];\n",
            operations.len(),
            each(operations, |o| format!("&schema::operations::{},", o.table)),
        ),
        format!(
            "/// The constraints of the model as tables: one for each structure, named after it.
            pub mod schema {{
                use crate::api::constraint::{{Kind, Member, Pattern, Shape, Structure}};
                {}{}{}
                /// Every distinct pattern of the model.
                pub static PATTERNS: [&Pattern; {}] = [{}];
                /// What the model says about each operation.
                pub(super) mod operations {{
                    use crate::api::{{ErrorCode, OperationModel}};
                    {}
                }}
            }}\n",
            each(structures, structure_table),
            each(shapes, shape_table),
            each(patterns, pattern),
            patterns.len(),
            each(patterns, |pattern| format!("&{},", pattern.table)),
            each(operations, operation_table),
        ),
    ]
    .concat()
}

fn each<T>(items: &[T], print: impl Fn(&T) -> String) -> String {
    let texts: Vec<String> = items.iter().map(print).collect();
    texts.concat()
}

fn header(source: &str, version: &str, target_prefix: &str) -> String {
    format!(
        "use std::collections::BTreeMap;
        use serde::{{Deserialize, Serialize}};
        use crate::ids::{{ClientId, DeviceKey, GroupName, ImportJobId, ResourceArn, UserPoolId, UserSessionId, Username}};
        use super::{{Answer, NoContent, Operation, OperationModel, Sensitive, Timestamp}};
        /// The release that the model was taken from, and its day.
        pub const MODEL_SOURCE: &str = {source:?};
        /// Version of the API that the model describes.
        pub const API_VERSION: &str = {version:?};
        /// What stands before the period in the header `X-Amz-Target`.
        pub const TARGET_PREFIX: &str = {target_prefix:?};\n"
    )
}

fn structure(structure: &StructureOut) -> String {
    let StructureOut { name, doc, .. } = structure;
    let derives = structure.derives.join(", ");
    let fields = each(&structure.fields, field);
    format!(
        "/// {doc}
        #[derive({derives})]
        pub struct {name} {{\n{fields}}}\n"
    )
}

fn field(field: &FieldOut) -> String {
    let FieldOut {
        wire,
        name,
        ty,
        doc,
        ..
    } = field;
    if field.required {
        format!("/// {doc}\n#[serde(rename = {wire:?})]\npub {name}: {ty},\n")
    } else {
        format!(
            "/// {doc}
            #[serde(rename = {wire:?}, skip_serializing_if = \"Option::is_none\")]
            pub {name}: Option<{ty}>,\n"
        )
    }
}

fn enumeration(enumeration: &EnumOut) -> String {
    let EnumOut { name, variants } = enumeration;
    format!(
        "/// The values of `{name}`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum {name} {{\n{}}}
        impl {name} {{
            /// All values in model order.
            pub const ALL: &'static [Self] = &[{}];
            /// The value as the wire writes it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {{ match self {{ {} }} }}
        }}\n",
        each(variants, |(variant, wire)| format!(
            "/// `{wire}`.\n#[serde(rename = {wire:?})]\n{variant},\n"
        )),
        each(variants, |(variant, _)| format!("Self::{variant},")),
        each(variants, |(variant, wire)| format!(
            "Self::{variant} => {wire:?},"
        )),
    )
}

fn error_code(errors: &[ErrorOut]) -> String {
    format!(
        "/// Every error that an answer may carry.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ErrorCode {{\n{}}}
        impl ErrorCode {{
            /// All codes, sorted by name.
            pub const ALL: &'static [Self] = &[{}];
            /// The name of the error's shape.
            #[must_use]
            pub const fn as_str(self) -> &'static str {{ match self {{ {} }} }}
            /// The HTTP status of the answer.
            #[must_use]
            pub const fn http_status(self) -> u16 {{ match self {{ {} }} }}
            /// Whether every operation may answer so, declared or not.
            #[must_use]
            pub const fn is_common(self) -> bool {{ match self {{ {} }} }}
        }}\n",
        each(errors, |e| format!("/// `{0}`.\n{0},\n", e.name)),
        each(errors, |e| format!("Self::{},", e.name)),
        each(errors, |e| format!("Self::{} => {:?},", e.name, e.name)),
        each(errors, |e| format!("Self::{} => {},", e.name, e.status)),
        each(errors, |e| format!("Self::{} => {},", e.name, e.common)),
    )
}

fn operation(operation: &OperationOut) -> String {
    let OperationOut { table, input, .. } = operation;
    let output = operation.output.as_deref().unwrap_or("NoContent");
    let pool = match &operation.pool {
        Some(PoolOut::Id(field)) => format!("Some(&self.{field})"),
        Some(PoolOut::OptionalId(field)) => format!("self.{field}.as_ref()"),
        Some(PoolOut::Arn(field)) => format!("self.{field}.user_pool_id()"),
        None => "None".to_owned(),
    };
    let answer = operation
        .output
        .as_ref()
        .map_or_else(String::new, |output| {
            format!("impl Answer for {output} {{ const HAS_BODY: bool = true; }}\n")
        });
    format!(
        "impl Operation for {input} {{
            const MODEL: &'static OperationModel = &schema::operations::{table};
            type Output = {output};
            fn user_pool_id(&self) -> Option<&UserPoolId> {{ {pool} }}
        }}\n{answer}"
    )
}

fn take_settings(settings: &SettingsOut) -> String {
    let SettingsOut {
        request,
        structure,
        fields,
        others,
    } = settings;
    let fields = each(fields, |field| format!("{field}: self.{field}.take(),"));
    format!(
        "impl {request} {{
            /// Takes the settings out of the request: all members but `{}`.
            #[must_use]
            pub fn take_settings(&mut self) -> {structure} {{
                {structure} {{ {fields} ..{structure}::default() }}
            }}
        }}\n",
        others.join("`, `"),
    )
}

fn structure_table(structure: &StructureOut) -> String {
    let StructureOut { name, table, .. } = structure;
    let members = each(&structure.members, member);
    format!(
        "/// Members of `{name}` in model order.
        pub static {table}: Structure = Structure {{ name: {name:?}, members: &[{members}] }};\n"
    )
}

fn member(member: &MemberOut) -> String {
    let MemberOut {
        wire,
        path,
        required,
        shape,
    } = member;
    format!("Member {{ name: {wire:?}, path: {path:?}, required: {required}, shape: &{shape} }},")
}

fn shape_table(shape: &ShapeOut) -> String {
    let ShapeOut {
        table,
        masked,
        min,
        max,
        ..
    } = shape;
    let kind = match &shape.kind {
        KindOut::Text(None, values) => format!("Text {{ pattern: None, values: &{values:?} }}"),
        KindOut::Text(Some(pattern), values) => {
            format!("Text {{ pattern: Some(&{pattern}), values: &{values:?} }}")
        }
        KindOut::Plain(kind) => (*kind).to_owned(),
        KindOut::List(item) => format!("List(&{item})"),
        KindOut::Map(key, value) => format!("Map {{ key: &{key}, value: &{value} }}"),
        KindOut::Structure(table) => format!("Structure(&{table})"),
    };
    format!(
        "static {table}: Shape =
            Shape {{ kind: Kind::{kind}, masked: {masked}, min: {min:?}, max: {max:?} }};\n"
    )
}

fn pattern(pattern: &PatternOut) -> String {
    let PatternOut { table, text, regex } = pattern;
    format!("static {table}: Pattern = Pattern::new({text:?}, {regex:?});\n")
}

fn operation_table(operation: &OperationOut) -> String {
    let OperationOut {
        name,
        table,
        signed,
        input_table,
        ..
    } = operation;
    let errors = each(&operation.errors, |error| format!("ErrorCode::{error},"));
    let has_output = operation.output.is_some();
    format!(
        "pub(in super::super) static {table}: OperationModel = OperationModel {{
            name: {name:?},
            signed: {signed},
            errors: &[{errors}],
            input: &super::{input_table},
            has_output: {has_output},
        }};\n"
    )
}
