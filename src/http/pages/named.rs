//! Names and attributes that people type.

use crate::api::constraint::violated_by;
use crate::api::{AttributeType, schema};
use crate::error::{ApiError, Result};
use crate::ids::Username;
use crate::oauth2::Form;

/// A name, which must be one that the API takes.
///
/// # Errors
/// `InvalidParameterException`.
pub(super) fn named(typed: &str) -> Result<Username> {
    match violated_by(&schema::SIGN_UP_REQUEST, "Username", typed) {
        None => Ok(Username::from(typed.to_owned())),
        Some(violated) => Err(ApiError::invalid_parameter(violated)
            .because("the name breaks a constraint of the API")),
    }
}

/// The name of the field for an attribute.
pub(super) fn field_of(attribute: &str) -> String {
    format!("requiredAttributes[{attribute}]")
}

/// The attributes that were typed, of those that the page asks for.
pub(super) fn attributes(form: &Form, asked: &[String]) -> Vec<AttributeType> {
    let given = asked.iter().filter_map(|name| {
        let value = form.owned(&field_of(name))?;
        Some(AttributeType {
            name: name.clone(),
            value: Some(value.into()),
        })
    });
    given.collect()
}

/// A field for an attribute.
pub(super) struct Field {
    pub(super) attribute: String,
    pub(super) name: String,
    /// The attribute `type` of the field.
    pub(super) kind: &'static str,
    /// The attribute `autocomplete` (HTML's standard section "Autofill").
    pub(super) autocomplete: &'static str,
    pub(super) value: String,
}

impl Field {
    /// The fields for attributes, with what was typed before.
    pub(super) fn all(asked: &[String], typed: Option<&Form>) -> Vec<Self> {
        let field = |attribute: &String| {
            let name = field_of(attribute);
            let value = typed.and_then(|form| form.owned(&name));
            let (kind, autocomplete) = form_of(attribute);
            Self {
                attribute: attribute.clone(),
                name,
                kind,
                autocomplete,
                value: value.unwrap_or_default(),
            }
        };
        asked.iter().map(field).collect()
    }
}

/// The attributes `type` and `autocomplete` of the field for an attribute.
fn form_of(attribute: &str) -> (&'static str, &'static str) {
    match attribute {
        "email" => ("email", "email"),
        "phone_number" => ("tel", "tel"),
        "birthdate" => ("date", "bday"),
        "name" => ("text", "name"),
        "given_name" => ("text", "given-name"),
        "family_name" => ("text", "family-name"),
        "middle_name" => ("text", "additional-name"),
        "nickname" => ("text", "nickname"),
        "address" => ("text", "street-address"),
        "gender" => ("text", "sex"),
        "locale" => ("text", "language"),
        "website" | "profile" => ("url", "url"),
        "picture" => ("url", "photo"),
        _ => ("text", "off"),
    }
}
