//! Decodes a JSON body and checks it against the model's tables, in two passes. The first checks JSON types, drops nulls (absent
//! members) and stops at the first mismatch; such a body does not reach the constraints. The second collects every violated
//! constraint, members in model order, length before pattern before enum, in the words of the real service.
//!
//! Messages never repeat values of sensitive members, nor lists or maps with a sensitive part.

use std::fmt::{self, Write as _};
use std::sync::OnceLock;

use regex::Regex;
use serde_json::{Map, Number, Value};

use super::{ErrorCode, Timestamp};

/// A structure: its members in model order.
#[derive(Debug)]
pub struct Structure {
    /// Name in the model.
    pub name: &'static str,
    /// Members in model order.
    pub members: &'static [Member],
}

/// A member of a structure.
#[derive(Debug)]
pub struct Member {
    /// Name on the wire.
    pub name: &'static str,
    /// Name in a violation: the wire name with a small first letter.
    pub path: &'static str,
    /// Whether the member is required.
    pub required: bool,
    /// The shape of its value.
    pub shape: &'static Shape,
}

/// A named shape of the model.
#[derive(Debug)]
pub struct Shape {
    /// The kind of value.
    pub kind: Kind,
    /// Whether messages must not repeat the value.
    pub masked: bool,
    /// The minimum of a number, the minimum length of everything else.
    pub min: Option<i64>,
    /// The maximum of a number, the maximum length of everything else.
    pub max: Option<i64>,
}

/// The kinds of shapes.
#[derive(Debug)]
pub enum Kind {
    /// A string.
    Text {
        /// The pattern that the whole value must match.
        pattern: Option<&'static Pattern>,
        /// The values of an enum, in model order; empty for free text.
        values: &'static [&'static str],
    },
    /// A 32-bit whole number.
    Integer,
    /// A 64-bit whole number.
    Long,
    /// True or false.
    Boolean,
    /// Seconds since 1970, or (as the AWS CLI prints it) an ISO 8601 text.
    Timestamp,
    /// Bytes, in Base64. They are stored and returned in this form.
    Blob,
    /// JSON without a schema.
    Document,
    /// A list of such items.
    List(&'static Shape),
    /// A map.
    Map {
        /// Its keys, always strings.
        key: &'static Shape,
        /// Its values.
        value: &'static Shape,
    },
    /// A structure.
    Structure(&'static Structure),
}

impl Kind {
    /// Whether violations of list items and map values of this kind name the list or map.
    const fn is_scalar(&self) -> bool {
        !matches!(
            self,
            Self::List(_) | Self::Map { .. } | Self::Structure(_) | Self::Document
        )
    }
}

/// A pattern of the model, compiled on first use.
#[derive(Debug)]
pub struct Pattern {
    text: &'static str,
    regex: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// The pattern as the model writes it (a Java regular expression, for messages), and its anchored equivalent for the `regex`
    /// crate, which the build has compiled once as a check.
    pub(super) const fn new(text: &'static str, regex: &'static str) -> Self {
        let compiled = OnceLock::new();
        Self {
            text,
            regex,
            compiled,
        }
    }

    /// The pattern as the model writes it.
    #[must_use]
    pub const fn text(&self) -> &'static str {
        self.text
    }

    /// Whether the whole value matches.
    #[must_use]
    pub fn matches(&self, value: &str) -> bool {
        self.compiled().is_some_and(|regex| regex.is_match(value))
    }

    fn compiled(&self) -> Option<&Regex> {
        let compiled = self.compiled.get_or_init(|| Regex::new(self.regex).ok());
        compiled.as_ref()
    }
}

/// A constraint that a value violates.
#[derive(Debug)]
pub struct Violation {
    /// The top-level member of the request that holds the value, as the model names it.
    pub member: &'static str,
    /// The service's message, which may repeat the value.
    pub text: String,
}

/// Why a body is not a valid request.
#[derive(Debug)]
pub enum InputError {
    /// Not JSON, not an object, or a value of the wrong JSON type, with the service's message if it has one.
    Serialization(Option<String>),
    /// Every violated constraint.
    Violations(Vec<Violation>),
    /// Checked and still not decodable: a fault of the server.
    Undecodable(serde_json::Error),
}

impl InputError {
    /// The error code of the answer.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Serialization(_) => ErrorCode::SerializationException,
            Self::Violations(_) => ErrorCode::InvalidParameterException,
            Self::Undecodable(_) => ErrorCode::InternalErrorException,
        }
    }

    /// The message of the answer, if it has one.
    #[must_use]
    pub fn message(&self) -> Option<String> {
        match self {
            Self::Serialization(text) => text.clone(),
            Self::Violations(found) => {
                let plural = if found.len() == 1 { "" } else { "s" };
                let texts: Vec<&str> = found.iter().map(|one| one.text.as_str()).collect();
                let (count, texts) = (found.len(), texts.join("; "));
                Some(format!(
                    "{count} validation error{plural} detected: {texts}"
                ))
            }
            Self::Undecodable(_) => None,
        }
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.message(), self) {
            (Some(message), _) => f.write_str(&message),
            (None, Self::Undecodable(_)) => f.write_str("a checked value could not be decoded"),
            (None, _) => f.write_str("not a JSON object as the model describes it"),
        }
    }
}

impl std::error::Error for InputError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Undecodable(error) => Some(error),
            Self::Serialization(_) | Self::Violations(_) => None,
        }
    }
}

/// Reads a body as JSON.
///
/// # Errors
/// `Serialization` without a message if the body is not one JSON value.
pub fn decode(body: &[u8]) -> Result<Value, InputError> {
    serde_json::from_slice(body).map_err(|_| InputError::Serialization(None))
}

/// Checks a value against a structure and changes it to the form that the structure's type decodes: nulls are dropped, and
/// fractions of whole numbers truncated. Members that the model does not know stay.
///
/// # Errors
/// `Serialization` for the first value of a wrong JSON type, otherwise `Violations` with all of them.
pub fn check(structure: &Structure, value: &mut Value) -> Result<(), InputError> {
    let Value::Object(object) = value else {
        let list = value.is_array().then(|| LIST_FOUND.to_owned());
        return Err(InputError::Serialization(list));
    };
    conform_members(structure, object).map_err(InputError::Serialization)?;
    let mut violations = Violations::default();
    violations.members(structure, object, &Path::Root, false);
    if violations.found.is_empty() {
        Ok(())
    } else {
        Err(InputError::Violations(violations.found))
    }
}

/// The first constraint that a text violates as this member of a structure, as `Member must ...`. Returns `None` if it violates
/// none.
#[must_use]
pub fn violated_by(structure: &Structure, member: &str, text: &str) -> Option<String> {
    let mut members = structure.members.iter();
    let shape = members.find(|known| known.name == member)?.shape;
    let size = as_size(length(text));
    let mut violated = constraints(shape).filter(|constraint| !constraint.holds(size, Some(text)));
    violated.next().map(|constraint| constraint.to_string())
}

const LIST_FOUND: &str = "Start of list found where not expected";
const OBJECT_FOUND: &str = "Start of structure or map found where not expected.";

/// The message for a wrong JSON type; `None` for invalid Base64 and invalid times.
type Mismatch = Option<String>;

fn conform_members(structure: &Structure, object: &mut Map<String, Value>) -> Result<(), Mismatch> {
    for member in structure.members {
        match object.get_mut(member.name) {
            None => {}
            Some(Value::Null) => {
                object.remove(member.name);
            }
            Some(value) => conform(member.shape, value)?,
        }
    }
    Ok(())
}

fn conform(shape: &Shape, value: &mut Value) -> Result<(), Mismatch> {
    match (&shape.kind, &mut *value) {
        (Kind::Text { .. }, Value::String(_))
        | (Kind::Boolean, Value::Bool(_))
        | (Kind::Document, _) => Ok(()),
        (Kind::Integer | Kind::Long, Value::Number(number)) => {
            *number = whole(number).ok_or(None)?;
            Ok(())
        }
        (Kind::Timestamp, Value::Number(seconds)) => {
            let time = seconds.as_f64().and_then(Timestamp::from_seconds);
            time.map(|_| ()).ok_or(None)
        }
        (Kind::Timestamp, Value::String(text)) => {
            Timestamp::from_text(text).map(|_| ()).ok_or(None)
        }
        (Kind::Blob, Value::String(text)) => blob_length(text).map(|_| ()).ok_or(None),
        (Kind::List(item), Value::Array(items)) => conform_all(item, items),
        (Kind::Map { value: shape, .. }, Value::Object(map)) => {
            if shape.kind.is_scalar() {
                // A null counts as absent here too: an unmodified client sends `"DEVICE_KEY": null`, and the service accepts it.
                map.retain(|_, value| !value.is_null());
            }
            conform_all(shape, map.values_mut())
        }
        (Kind::Structure(inner), Value::Object(object)) => conform_members(inner, object),
        (kind, _) => Err(mismatch(kind, value)),
    }
}

/// Nulls in a list, or in a map of lists or structures, stay: they are violations, not absent members.
fn conform_all<'a>(
    shape: &Shape,
    values: impl IntoIterator<Item = &'a mut Value>,
) -> Result<(), Mismatch> {
    let mut present = values.into_iter().filter(|value| !value.is_null());
    present.try_for_each(|value| conform(shape, value))
}

fn mismatch(kind: &Kind, value: &Value) -> Mismatch {
    let found = match value {
        Value::Array(_) => return Some(LIST_FOUND.to_owned()),
        Value::Object(_) => return Some(OBJECT_FOUND.to_owned()),
        Value::String(_) => "STRING_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Null => return None,
    };
    let expected = match kind {
        Kind::Text { .. } => "a String",
        Kind::Integer => "an Integer",
        Kind::Long => "a Long",
        Kind::Boolean => "a Boolean",
        Kind::Timestamp => "a Timestamp",
        Kind::Blob => "a Blob",
        Kind::List(_) => return Some("Expected list or null".to_owned()),
        Kind::Map { .. } | Kind::Structure(_) | Kind::Document => {
            return Some("Expected null".to_owned());
        }
    };
    Some(format!("{found} can not be converted to {expected}"))
}

/// The number without its fraction. Returns `None` if it exceeds 64 bits.
fn whole(number: &Number) -> Option<Number> {
    if number.is_i64() {
        return Some(number.clone());
    }
    let truncated = number.as_f64()?.trunc();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a whole number in the range just checked"
    )]
    let in_range = (truncated.abs() < 9.2e18).then_some(truncated as i64);
    in_range.map(Number::from)
}

/// The number of bytes that a Base64 text encodes. Returns `None` if it is not Base64.
fn blob_length(text: &str) -> Option<usize> {
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    let fits = text.len().is_multiple_of(4) && padding <= 2 && digits.bytes().all(is_digit);
    fits.then(|| text.len() / 4 * 3 - padding)
}

/// The path of a value, formatted only for violations.
enum Path<'a> {
    Root,
    Member(&'a Path<'a>, &'static str),
    Item(&'a Path<'a>, usize),
    Entry(&'a Path<'a>, &'a str),
}

impl Path<'_> {
    /// The top-level member of the request.
    fn member(&self) -> &'static str {
        match self {
            Self::Root => "",
            Self::Member(Self::Root, name) => name,
            Self::Member(parent, _) | Self::Item(parent, _) | Self::Entry(parent, _) => {
                parent.member()
            }
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(Self::Root, name) => f.write_str(name),
            Self::Member(parent, name) => write!(f, "{parent}.{name}"),
            Self::Item(parent, index) => write!(f, "{parent}.{}.member", index + 1),
            Self::Entry(parent, key) => {
                write!(f, "{parent}.{}.member", Cut(key, MAX_REPEATED))
            }
        }
    }
}

/// The most violations that are collected. Three bytes of a body can be a structure that lacks two members, and the answer to a
/// long list of them must stay small.
const MAX_VIOLATIONS: usize = 1000;

/// The most characters of a value, or of a key in a path, that one violation repeats: a value may be as long as a body.
const MAX_REPEATED: usize = 1024;

/// The most characters of values that all violations of a request repeat together.
const MAX_REPEATED_TOGETHER: usize = 64 * 1024;

#[derive(Default)]
struct Violations {
    found: Vec<Violation>,
    /// The characters of values that the violations repeat.
    repeated: usize,
}

/// A value with its shape and its path.
struct Spot<'a> {
    shape: &'a Shape,
    value: &'a Value,
    path: &'a Path<'a>,
    /// Whether the value is sensitive or inside a sensitive value.
    masked: bool,
}

impl Violations {
    fn members(
        &mut self,
        structure: &Structure,
        object: &Map<String, Value>,
        parent: &Path<'_>,
        masked: bool,
    ) {
        for member in structure.members {
            let (shape, path) = (member.shape, &Path::Member(parent, member.path));
            let masked = masked || shape.masked;
            match object.get(member.name) {
                Some(value) => self.value(&Spot {
                    shape,
                    value,
                    path,
                    masked,
                }),
                None if member.required => self.missing(path, masked),
                None => {}
            }
        }
    }

    fn value(&mut self, spot: &Spot<'_>) {
        if spot.value.is_null() {
            return self.missing(spot.path, spot.masked);
        }
        for constraint in violated(spot.shape, spot.value) {
            self.push(spot, &constraint);
        }
        match (&spot.shape.kind, spot.value) {
            (Kind::List(item), Value::Array(items)) => self.items(spot, item, items),
            (Kind::Map { key, value }, Value::Object(map)) => {
                self.keys(spot, key, map);
                self.entries(spot, value, map);
            }
            (Kind::Structure(inner), Value::Object(object)) => {
                self.members(inner, object, spot.path, spot.masked);
            }
            _ => {}
        }
    }

    /// Structures in a list are checked one by one, scalars together: for scalars the service names the list and all constraints
    /// of an item.
    fn items(&mut self, list: &Spot<'_>, shape: &Shape, items: &[Value]) {
        let together = shape.kind.is_scalar();
        for (index, value) in items.iter().enumerate() {
            if !together || value.is_null() {
                self.value(&Spot {
                    shape,
                    value,
                    path: &Path::Item(list.path, index),
                    masked: list.masked || shape.masked,
                });
            }
        }
        if together && items.iter().any(|value| is_violated(shape, value)) {
            let all = all_of(shape);
            self.push(list, &format_args!("Member must satisfy constraint: {all}"));
        }
    }

    fn keys(&mut self, map: &Spot<'_>, shape: &Shape, entries: &Map<String, Value>) {
        let fits =
            |key: &String| constraints(shape).all(|c| c.holds(as_size(length(key)), Some(key)));
        if !entries.keys().all(fits) {
            let all = all_of(shape);
            self.push(
                map,
                &format_args!("Map keys must satisfy constraint: {all}"),
            );
        }
    }

    fn entries(&mut self, map: &Spot<'_>, shape: &Shape, entries: &Map<String, Value>) {
        if !shape.kind.is_scalar() {
            for (key, value) in entries {
                self.value(&Spot {
                    shape,
                    value,
                    path: &Path::Entry(map.path, key),
                    masked: map.masked || shape.masked,
                });
            }
        } else if entries.values().any(|value| is_violated(shape, value)) {
            let all = all_of(shape);
            self.push(
                map,
                &format_args!("Map value must satisfy constraint: {all}"),
            );
        }
    }

    fn missing(&mut self, path: &Path<'_>, masked: bool) {
        let null = if masked { "" } else { " null" };
        self.add(null, path, &"Member must not be null");
    }

    fn push(&mut self, spot: &Spot<'_>, constraint: &dyn fmt::Display) {
        if self.found.len() >= MAX_VIOLATIONS {
            return;
        }
        let value = if spot.masked || holds_masked(spot.shape) {
            String::new()
        } else {
            let room = MAX_REPEATED_TOGETHER.saturating_sub(self.repeated);
            let shown = Cut(Shown(spot.shape, spot.value), room.min(MAX_REPEATED));
            let shown = shown.to_string();
            self.repeated = self.repeated.saturating_add(shown.chars().count());
            format!(" '{shown}'")
        };
        self.add(&value, spot.path, constraint);
    }

    fn add(&mut self, value: &str, path: &Path<'_>, constraint: &dyn fmt::Display) {
        if self.found.len() < MAX_VIOLATIONS {
            self.found.push(Violation {
                member: path.member(),
                text: format!(
                    "Value{value} at '{path}' failed to satisfy constraint: {constraint}"
                ),
            });
        }
    }
}

/// Whether formatting a value of this shape would show a sensitive part. Structures are formatted as their name only.
fn holds_masked(shape: &Shape) -> bool {
    if let Kind::Structure(_) = shape.kind {
        return false;
    }
    let inside = if let Kind::List(item) = shape.kind {
        holds_masked(item)
    } else if let Kind::Map { key, value } = shape.kind {
        holds_masked(key) || holds_masked(value)
    } else {
        false
    };
    shape.masked || inside
}

/// Formats a value as the service does: lists as `[a, b]`, maps as `{a=b}`, structures as their name.
struct Shown<'a>(&'a Shape, &'a Value);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.0.kind, self.1) {
            (_, Value::String(text)) => f.write_str(text),
            (Kind::List(item), Value::Array(items)) => {
                let items = items.iter().map(|value| Shown(item, value));
                write!(f, "[{}]", Joined(items))
            }
            (Kind::Map { value: shape, .. }, Value::Object(map)) => {
                let entries = map
                    .iter()
                    .map(|(key, value)| Entry(key, Shown(shape, value)));
                write!(f, "{{{}}}", Joined(entries))
            }
            (Kind::Structure(structure), Value::Object(_)) => f.write_str(structure.name),
            (_, value) => write!(f, "{value}"),
        }
    }
}

/// Formats at most this many characters, and `...` for the rest, which is not formatted first.
struct Cut<T>(T, usize);

impl<T: fmt::Display> fmt::Display for Cut<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut cutting = Cutting {
            to: f,
            room: self.1,
            is_cut: false,
        };
        let written = write!(cutting, "{}", self.0);
        if cutting.is_cut {
            return f.write_str("...");
        }
        written
    }
}

/// Passes on as many characters as fit, and fails for the rest.
struct Cutting<'a, 'b> {
    to: &'a mut fmt::Formatter<'b>,
    /// The characters that still fit.
    room: usize,
    is_cut: bool,
}

impl fmt::Write for Cutting<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let Some((end, _)) = text.char_indices().nth(self.room) else {
            self.room = self.room.saturating_sub(text.chars().count());
            return self.to.write_str(text);
        };
        self.is_cut = true;
        self.to.write_str(text.get(..end).unwrap_or_default())?;
        Err(fmt::Error)
    }
}

struct Entry<'a>(&'a str, Shown<'a>);

impl fmt::Display for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.0, self.1)
    }
}

/// Joins items with a comma and a blank.
struct Joined<I>(I);

impl<I: Iterator<Item: fmt::Display> + Clone> fmt::Display for Joined<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, item) in self.0.clone().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{item}")?;
        }
        Ok(())
    }
}

/// One constraint on a value, formatted in the service's words.
#[derive(Clone, Copy)]
enum Constraint {
    Longest(i64),
    Shortest(i64),
    Greatest(i64),
    Least(i64),
    Matches(&'static Pattern),
    OneOf(&'static [&'static str]),
}

impl Constraint {
    /// `size` is the value of a number or the length of anything else; `text` is given for strings.
    fn holds(self, size: i64, text: Option<&str>) -> bool {
        match self {
            Self::Longest(max) | Self::Greatest(max) => size <= max,
            Self::Shortest(min) | Self::Least(min) => size >= min,
            Self::Matches(pattern) => text.is_none_or(|text| pattern.matches(text)),
            Self::OneOf(values) => text.is_none_or(|text| values.contains(&text)),
        }
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Member must ")?;
        match self {
            Self::Longest(max) => write!(f, "have length less than or equal to {max}"),
            Self::Shortest(min) => write!(f, "have length greater than or equal to {min}"),
            Self::Greatest(max) => write!(f, "have value less than or equal to {max}"),
            Self::Least(min) => write!(f, "have value greater than or equal to {min}"),
            Self::Matches(pattern) => {
                let text = pattern.text();
                write!(f, "satisfy regular expression pattern: {text}")
            }
            Self::OneOf(values) => {
                write!(f, "satisfy enum value set: [{}]", Joined(values.iter()))
            }
        }
    }
}

/// All constraints on a value of this shape, in the order of messages.
fn constraints(shape: &Shape) -> impl Iterator<Item = Constraint> + Clone + use<> {
    let (max, min) = if matches!(shape.kind, Kind::Integer | Kind::Long) {
        let greatest = shape.max.map(Constraint::Greatest);
        (greatest, shape.min.map(Constraint::Least))
    } else {
        let longest = shape.max.map(Constraint::Longest);
        (longest, shape.min.map(Constraint::Shortest))
    };
    let (pattern, values) = if let Kind::Text { pattern, values } = shape.kind {
        let values = (!values.is_empty()).then_some(Constraint::OneOf(values));
        (pattern.map(Constraint::Matches), values)
    } else {
        (None, None)
    };
    [max, min, pattern, values].into_iter().flatten()
}

fn violated(shape: &Shape, value: &Value) -> impl Iterator<Item = Constraint> {
    let (size, text) = (size(shape, value), value.as_str());
    constraints(shape).filter(move |constraint| !constraint.holds(size, text))
}

fn is_violated(shape: &Shape, value: &Value) -> bool {
    !value.is_null() && violated(shape, value).next().is_some()
}

/// All constraints as `[a, b]`, not only the violated ones.
fn all_of(shape: &Shape) -> String {
    format!("[{}]", Joined(constraints(shape)))
}

/// The value of a number, the length of a string, the bytes of a blob, or the entries of a list or map.
fn size(shape: &Shape, value: &Value) -> i64 {
    match value {
        Value::Number(number) => number.as_i64().unwrap_or_default(),
        Value::String(text) if matches!(shape.kind, Kind::Blob) => {
            as_size(blob_length(text).unwrap_or_default())
        }
        Value::String(text) => as_size(length(text)),
        Value::Array(items) => as_size(items.len()),
        Value::Object(map) => as_size(map.len()),
        Value::Null | Value::Bool(_) => 0,
    }
}

/// The length of a text in UTF-16 units, as the service counts it.
#[must_use]
pub fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

fn as_size(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
