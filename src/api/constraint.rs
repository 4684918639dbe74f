//! Decodes a JSON body and holds it against the model's tables, in two passes. The first looks at JSON
//! types alone, drops nulls (absent members) and stops at the first mismatch: such a body never gets to
//! the constraints. The second collects every violated constraint, members in model order, length
//! before pattern before enum, in the words of the real service.
//!
//! Values of sensitive members are never repeated, nor is a list or map with a sensitive part.

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
    /// Name in a violation: the same with a small first letter.
    pub path: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// What it holds.
    pub shape: &'static Shape,
}

/// A named shape of the model.
#[derive(Debug)]
pub struct Shape {
    /// What kind of value it is.
    pub kind: Kind,
    /// Whether its value stays out of violations.
    pub masked: bool,
    /// Least value of a number, least length of everything else.
    pub min: Option<i64>,
    /// Greatest value of a number, greatest length of everything else.
    pub max: Option<i64>,
}

/// The kinds of shapes.
#[derive(Debug)]
pub enum Kind {
    /// A string.
    Text {
        /// What the whole value must match.
        pattern: Option<&'static Pattern>,
        /// The values of an enum, in model order; none if it is a free string.
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
    /// Bytes, in Base64. They stay in this form: they are stored and given back, not looked into.
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
    /// Whether violations of list items and map values of this kind are reported at the list or map.
    const fn is_scalar(&self) -> bool {
        !matches!(
            self,
            Self::List(_) | Self::Map { .. } | Self::Structure(_) | Self::Document
        )
    }
}

/// A pattern of the model, compiled when it is first needed.
#[derive(Debug)]
pub struct Pattern {
    text: &'static str,
    regex: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// The pattern as the model writes it (a Java regular expression, for messages), and its anchored
    /// equivalent for the `regex` crate, which the build has compiled once to be sure of it.
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
    /// The member of the request that the value stands in, as the model names it.
    pub member: &'static str,
    /// The service's words, which may repeat the value.
    pub text: String,
}

/// Why a body is no request.
#[derive(Debug)]
pub enum InputError {
    /// Not JSON, no object, or a value of the wrong JSON type, with the service's words if it has any.
    Serialization(Option<String>),
    /// Every violated constraint.
    Violations(Vec<Violation>),
    /// Checked and still not decodable: a fault of ours.
    Undecodable(serde_json::Error),
}

impl InputError {
    /// The error code it is answered with.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Serialization(_) => ErrorCode::SerializationException,
            Self::Violations(_) => ErrorCode::InvalidParameterException,
            Self::Undecodable(_) => ErrorCode::InternalErrorException,
        }
    }

    /// What the caller is told, if anything.
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
/// `Serialization` without words for all that is not one JSON value.
pub fn decode(body: &[u8]) -> Result<Value, InputError> {
    serde_json::from_slice(body).map_err(|_| InputError::Serialization(None))
}

/// Checks a value against a structure and brings it to the form that the structure's type decodes:
/// nulls dropped, numbers for whole numbers truncated. Members that the model does not know stay.
///
/// # Errors
/// `Serialization` for the first value of a wrong JSON type, else `Violations` with all of them.
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

/// The first constraint that a text violates as this member of a structure, as `Member must ...`; `None` where it fits.
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

/// The words for a wrong JSON type; none for text that is no Base64 or no time.
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
                // Absent like a member: an unmodified client sends `"DEVICE_KEY": null` and is understood.
                map.retain(|_, value| !value.is_null());
            }
            conform_all(shape, map.values_mut())
        }
        (Kind::Structure(inner), Value::Object(object)) => conform_members(inner, object),
        (kind, _) => Err(mismatch(kind, value)),
    }
}

/// Nulls inside a list, or a map of lists or structures, stay: they are violations, not absent.
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

/// The number without its fraction; `None` beyond 64 bits.
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

/// Number of bytes that a Base64 text stands for; `None` if it is not Base64.
fn blob_length(text: &str) -> Option<usize> {
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    let fits = text.len().is_multiple_of(4) && padding <= 2 && digits.bytes().all(is_digit);
    fits.then(|| text.len() / 4 * 3 - padding)
}

/// Where a value stands, written out only when something is wrong with it.
enum Path<'a> {
    Root,
    Member(&'a Path<'a>, &'static str),
    Item(&'a Path<'a>, usize),
    Entry(&'a Path<'a>, &'a str),
}

impl Path<'_> {
    /// The member of the request that it begins with.
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
                write!(f, "{parent}.{}.member", Cut(key, MOST_REPEATED))
            }
        }
    }
}

/// More violations than any honest request has. Three bytes of a body can be a structure that lacks two
/// members; the answer to a long list of them must stay small.
const MOST_VIOLATIONS: usize = 1000;

/// The most characters of a value, and of a key in a path, that a violation repeats: a value may be as long as a body.
const MOST_REPEATED: usize = 1024;

/// The most characters that all violations of a request repeat of its values: a long list of them repeats much, too.
const MOST_REPEATED_TOGETHER: usize = 64 * 1024;

#[derive(Default)]
struct Violations {
    found: Vec<Violation>,
    /// Characters of values that they repeat.
    repeated: usize,
}

/// A value, what it should be, and where it stands.
struct Spot<'a> {
    shape: &'a Shape,
    value: &'a Value,
    path: &'a Path<'a>,
    /// It is sensitive, or inside something sensitive.
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

    /// Structures in a list are checked one by one, scalars together: the service then names the list
    /// and all that is asked of an item.
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
        if self.found.len() >= MOST_VIOLATIONS {
            return;
        }
        let value = if spot.masked || holds_masked(spot.shape) {
            String::new()
        } else {
            let room = MOST_REPEATED_TOGETHER.saturating_sub(self.repeated);
            let shown = Cut(Shown(spot.shape, spot.value), room.min(MOST_REPEATED));
            let shown = shown.to_string();
            self.repeated = self.repeated.saturating_add(shown.chars().count());
            format!(" '{shown}'")
        };
        self.add(&value, spot.path, constraint);
    }

    fn add(&mut self, value: &str, path: &Path<'_>, constraint: &dyn fmt::Display) {
        if self.found.len() < MOST_VIOLATIONS {
            self.found.push(Violation {
                member: path.member(),
                text: format!(
                    "Value{value} at '{path}' failed to satisfy constraint: {constraint}"
                ),
            });
        }
    }
}

/// Whether printing a value of this shape would print a sensitive part of it. Structures are printed as
/// their name alone.
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

/// A value in the service's words: lists as `[a, b]`, maps as `{a=b}`, structures as their name.
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

/// So many characters of what is shown, and `...` in the place of those that follow. What follows is not written out first.
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

/// Passes on what there is room for, and refuses what follows.
struct Cutting<'a, 'b> {
    to: &'a mut fmt::Formatter<'b>,
    /// In characters.
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

/// Joins with a comma and a blank.
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

/// One thing the model asks of a value, in the service's words.
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
    /// `size` is the value of a number and the length of all else, `text` is there for strings.
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

/// All that is asked of a value of this shape, in the order of the answer.
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

/// `[a, b]` of all constraints, not only of those that fail.
fn all_of(shape: &Shape) -> String {
    format!("[{}]", Joined(constraints(shape)))
}

/// The value of a number, the length of a string, the bytes of a blob, the entries of all else.
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

/// The length of a text as the service counts it, which is written in Java: UTF-16 units.
#[must_use]
pub fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

fn as_size(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
