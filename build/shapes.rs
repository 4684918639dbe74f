//! What a single shape of the model says: its bounds, its pattern, and whether its values are sensitive.

use super::model::Shape;
use super::overrides;

/// The least and the greatest length or number that the model allows.
pub(crate) fn bounds(shape: &Shape) -> (Option<i64>, Option<i64>) {
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

/// The pattern of a shape that accepts more than the model says.
pub(crate) fn wider_pattern(name: &str) -> Option<&'static str> {
    let mut all = overrides::WIDER_PATTERNS.iter();
    let wider = all.find(|(shape, _)| *shape == name);
    wider.map(|(_, pattern)| *pattern)
}

/// The pattern that the service checks: the model's, unless `overrides` has another.
pub(crate) fn pattern<'s>(name: &str, shape: &'s Shape) -> Option<&'s str> {
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

/// Whether the values of the shape must not be shown.
pub(crate) fn is_sensitive(shape: &Shape) -> bool {
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
pub(crate) fn facts(name: &str, shape: &Shape) -> Vec<String> {
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
