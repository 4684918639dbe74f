//! Turns the model into the items that `emit.rs` prints. It makes every decision about names and types; a combination of traits
//! without a rule is an error.

use std::collections::{BTreeSet, HashSet};

use super::errors::errors;
use super::java_regex::rust_regex;
use super::model::{Auth, Model, Operation, Shape, Source};
use super::names::{field_name, path_name, shape_table, table_name, variant_name};
use super::output::{
    Api, EnumOut, FieldOut, KindOut, MemberOut, OperationOut, PatternOut, PoolOut, SettingsOut,
    ShapeOut, StructureOut,
};
use super::overrides;
use super::reach::Reach;
use super::shapes::{bounds, facts, is_sensitive, pattern, wider_pattern};

/// Lowers the whole model.
pub(crate) fn lower(model: &Model) -> Result<Api, String> {
    let lowering = Lowering {
        model,
        reach: Reach::of(model)?,
    };
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
        structures: flat(&lowering.reach.shapes, |name| lowering.structure(name))?,
        enums: flat(&lowering.reach.shapes, |name| lowering.enumeration(name))?,
        errors: errors(model),
        patterns: lowering.patterns()?,
        shapes: each(&lowering.reach.members, |name| lowering.table(name))?,
        operations,
        settings: lowering.all_settings()?,
    };
    Ok(api)
}

struct Lowering<'a> {
    model: &'a Model,
    reach: Reach<'a>,
}

impl Lowering<'_> {
    fn structure(&self, name: &str) -> Result<Option<StructureOut>, String> {
        let shape = self.model.shape(name)?;
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
        let is_optional = |m: &str| overrides::ABSENT_IN_ANSWERS.contains(&(name, m));
        let mut fields = each(&members.0, |(m, s)| {
            self.field(m, s, is_required(m) && !is_optional(m))
        })?;
        fields.sort_by(|a, b| a.wire.cmp(&b.wire));
        Ok(Some(StructureOut {
            name: name.to_owned(),
            table: table_name(name),
            doc: self.structure_doc(name),
            derives: self.derives(name, fields.iter().all(|field| !field.required)),
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
        let in_model = |(request, ..): &&(&str, _, _)| self.reach.shapes.contains(*request);
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
        let (members, required) = self.model.members_of(request)?;
        let (kept, _) = self.model.members_of(structure)?;
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
        let mut facts = facts(shape, self.model.shape(shape)?);
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
        let shape = self.model.shape(name)?;
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
        } = self.model.shape(name)?
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

    /// A pattern table for each distinct pattern, named after the first shape that has it, and one for each shape that accepts
    /// more than its pattern says.
    fn patterns(&self) -> Result<Vec<PatternOut>, String> {
        let mut seen = HashSet::new();
        let mut patterns = Vec::new();
        for name in &self.reach.members {
            let Some(text) = pattern(name, self.model.shape(name)?) else {
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
            let has = self
                .model
                .shape(name)
                .ok()
                .and_then(|shape| pattern(name, shape));
            has == Some(text) && wider_pattern(name).is_none()
        };
        let first = match wider_pattern(name) {
            Some(_) => Some(name),
            None => self.reach.members.iter().find(has_it).copied(),
        };
        format!("{}_PATTERN", table_name(first.unwrap_or_default()))
    }

    fn table(&self, name: &str) -> Result<ShapeOut, String> {
        let shape = self.model.shape(name)?;
        let kind = match shape {
            Shape::String { values, .. } => {
                let pattern = pattern(name, shape).map(|text| self.pattern_table(name, text));
                let listed = overrides::VALUES_IN_VIOLATIONS.iter();
                let listed = listed.filter(|(shape, _)| *shape == name);
                let listed = listed.flat_map(|(_, values)| values.iter());
                let listed: Vec<String> = listed.map(ToString::to_string).collect();
                let is_other = !listed.is_empty();
                KindOut::Text(pattern, if is_other { listed } else { values.clone() })
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
            self.model.shape(error)?;
        }
        let mut pools = fields.into_iter().filter_map(pool);
        Ok(OperationOut {
            name: name.to_owned(),
            table: table_name(name),
            signed: operation.auth == Auth::Sigv4,
            errors: operation.errors.clone(),
            input: operation.input.clone(),
            input_table: table_name(&operation.input),
            output: operation.output.clone(),
            pool: pools.next().transpose()?,
        })
    }
}

/// The pool that a field names. Returns `None` if the field names none.
fn pool(field: FieldOut) -> Option<Result<PoolOut, String>> {
    match (field.ty.as_str(), field.required) {
        ("UserPoolId", true) => Some(Ok(PoolOut::Id(field.name))),
        ("UserPoolId", false) => Some(Ok(PoolOut::OptionalId(field.name))),
        ("ResourceArn", true) => Some(Ok(PoolOut::Arn(field.name))),
        ("ResourceArn", false) => Some(Err(format!("{} may be absent", field.wire))),
        _ => None,
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
