//! The smallest inputs, and places in them.

use serde_json::{Value, json};

use super::samples::{repeated, sample};
use super::shapes::{
    Name, Shape, is_scalar, member_shape, members, operation, operations, requires, shape,
};
use super::words::{Place, all_of};

/// A match of this length, if there is one; of two-byte characters when the shape has no pattern.
pub(super) fn fitting(shape: &Shape, length: usize) -> Option<String> {
    match &shape.pattern {
        Some(pattern) => sample(pattern).fitting(length),
        None => Some(repeated('é', length)),
    }
}

pub(super) fn misfit(shape: &Shape, length: usize) -> Option<String> {
    let pattern = shape.pattern.as_deref()?;
    sample(pattern).misfit(length)
}

/// The shortest text that is allowed, of at least one character.
pub(super) fn shortest(shape: &Shape) -> String {
    if let Some(value) = shape.values.first() {
        return value.clone();
    }
    let least = size(shape.min).unwrap_or_default().max(1);
    (least..least + 64).find_map(|n| fitting(shape, n)).unwrap()
}

pub(super) fn size(bound: Option<u32>) -> Option<usize> {
    bound.map(|bound| usize::try_from(bound).unwrap())
}

/// This number of bytes in Base64.
pub(super) fn blob(bytes: usize) -> Value {
    let rest = ["", "AA==", "AAA="][bytes % 3];
    json!(repeated('A', bytes / 3 * 4) + rest)
}

/// The smallest value that is allowed.
pub(crate) fn minimal(name: &str) -> Value {
    let inner = shape(name);
    let least = size(inner.min).unwrap_or_default();
    match inner.kind.as_str() {
        "string" => json!(shortest(inner)),
        "integer" | "long" => json!(least),
        "boolean" => json!(true),
        "timestamp" => json!(1_795_357_380),
        "blob" => blob(least.max(1)),
        "list" => list_of(inner, least),
        "map" => map_of(inner, least),
        "structure" => members(name)
            .filter(|(member, _)| requires(name, member))
            .map(|(member, of)| (member.to_owned(), minimal(of)))
            .collect(),
        other => panic!("nothing is known about shapes of type {other}"),
    }
}

pub(super) fn list_of(list: &Shape, items: usize) -> Value {
    (0..items).map(|_| minimal(&list.member)).collect()
}

pub(super) fn map_of(map: &Shape, entries: usize) -> Value {
    keys(&map.key)
        .take(entries)
        .map(|key| (key, minimal(&map.value)))
        .collect()
}

/// Different keys: all texts that the pattern allows, or an endless number.
pub(super) fn keys(name: &str) -> Box<dyn Iterator<Item = String>> {
    match &shape(name).pattern {
        Some(pattern) => Box::new(sample(pattern).fits.iter().map(ToString::to_string)),
        None => Box::new((1..).map(|number| format!("key{number:03}"))),
    }
}

pub(super) fn first_key(map: &Shape) -> String {
    keys(&map.key).next().unwrap()
}

/// A step from a value into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Member(Name),
    /// The first item of a list.
    Item,
    /// A key of a map.
    Key,
    /// The value of the first key of a map.
    Value,
}

pub(super) fn stepped_to(name: &str, step: Step) -> Name {
    match step {
        Step::Member(member) => member_shape(name, member),
        Step::Item => &shape(name).member,
        Step::Key => &shape(name).key,
        Step::Value => &shape(name).value,
    }
}

/// The smallest value of a shape that has `value` at the end of `steps`.
pub(super) fn planted(name: &str, steps: &[Step], value: &Value) -> Value {
    let Some((step, rest)) = steps.split_first() else {
        return value.clone();
    };
    let inside = planted(stepped_to(name, *step), rest, value);
    let mut whole = minimal(name);
    match *step {
        Step::Member(member) => whole[member] = inside,
        Step::Item if whole[0].is_null() => whole = json!([inside]),
        Step::Item => whole[0] = inside,
        Step::Value => whole[first_key(shape(name))] = inside,
        Step::Key => whole = json!({inside.as_str().unwrap(): minimal(&shape(name).value)}),
    }
    whole
}

pub(super) fn place(name: &str, steps: &[Step]) -> Place {
    let mut within = (Place::default(), name);
    for step in steps {
        let (place, outer) = within;
        let inner = stepped_to(outer, *step);
        let place = match step {
            Step::Member(member) => place.member(member, inner),
            Step::Item => place.element("1", inner),
            Step::Value | Step::Key => place.element(&first_key(shape(outer)), inner),
        };
        within = (place, inner);
    }
    within.0
}

/// A place in the input of an operation.
#[derive(Clone)]
pub(super) struct Spot {
    pub(super) operation: Name,
    pub(super) steps: Vec<Step>,
    /// The shape of what stands there.
    pub(super) shape: Name,
}

impl Spot {
    pub(super) fn input(&self) -> Name {
        &operation(self.operation).input
    }

    pub(super) fn last(&self) -> Step {
        *self.steps.last().unwrap()
    }

    /// The shape of what it stands in.
    pub(super) fn parent(&self) -> Name {
        let (_, before) = self.steps.split_last().unwrap();
        before
            .iter()
            .fold(self.input(), |name, step| stepped_to(name, *step))
    }

    /// The smallest input with this value at this place.
    pub(super) fn with(&self, value: &Value) -> Value {
        planted(self.input(), &self.steps, value)
    }

    /// The smallest input without this member.
    pub(super) fn without(&self) -> Value {
        let (_, before) = self.steps.split_last().unwrap();
        let Step::Member(member) = self.last() else {
            panic!("only members can be left out")
        };
        let mut parent = minimal(self.parent());
        parent.as_object_mut().unwrap().remove(member);
        planted(self.input(), before, &parent)
    }

    pub(super) fn place(&self) -> Place {
        place(self.input(), &self.steps)
    }

    /// The violations of a value at this place that breaks these constraints.
    pub(super) fn violations(&self, value: &Value, broken: &[String]) -> Vec<String> {
        let what = match self.last() {
            _ if broken.is_empty() => return Vec::new(),
            Step::Item if is_scalar(self.shape) => "Member",
            Step::Value if is_scalar(self.shape) => "Map value",
            Step::Key => "Map keys",
            Step::Member(_) | Step::Item | Step::Value => {
                let place = self.place();
                let each = broken.iter();
                return each.map(|c| place.violates(self.shape, value, c)).collect();
            }
        };
        let all = format!("{what} must satisfy constraint: {}", all_of(self.shape));
        vec![self.parent_violation(value, &all)]
    }

    /// The violations of the list or map that contains the value.
    pub(super) fn parent_violation(&self, value: &Value, constraint: &str) -> String {
        let (_, before) = self.steps.split_last().unwrap();
        let whole = planted(self.parent(), &[self.last()], value);
        place(self.input(), before).violates(self.parent(), &whole, constraint)
    }

    /// The violations when the value is null.
    pub(super) fn null_violations(&self) -> Vec<String> {
        match self.last() {
            Step::Member(member) if !requires(self.parent(), member) => Vec::new(),
            // Null in a map of texts is an absent entry. A map that must not be empty is then empty.
            Step::Value if is_scalar(self.shape) => {
                let least = shape(self.parent()).min.filter(|least| *least > 0);
                let empty = least.map(|least| {
                    let words = format!("Member must have length greater than or equal to {least}");
                    let (_, before) = self.steps.split_last().unwrap();
                    place(self.input(), before).violates(self.parent(), &json!({}), &words)
                });
                empty.into_iter().collect()
            }
            Step::Member(_) | Step::Item | Step::Value => vec![self.place().lacks()],
            Step::Key => panic!("a key is never null"),
        }
    }
}

/// Every place in the inputs of all operations.
pub(super) fn spots() -> Vec<Spot> {
    let mut found = Vec::new();
    for (name, operation) in operations() {
        let root = Spot {
            operation: name,
            steps: Vec::new(),
            shape: &operation.input,
        };
        collect_spots(&root, &mut found);
    }
    found
}

pub(super) fn collect_spots(spot: &Spot, found: &mut Vec<Spot>) {
    let inner = shape(spot.shape);
    let steps: Vec<Step> = match inner.kind.as_str() {
        "structure" => members(spot.shape).map(|(m, _)| Step::Member(m)).collect(),
        "list" => vec![Step::Item],
        "map" => vec![Step::Key, Step::Value],
        _ => Vec::new(),
    };
    for step in steps {
        let mut next = spot.clone();
        next.steps.push(step);
        next.shape = stepped_to(spot.shape, step);
        found.push(next.clone());
        collect_spots(&next, found);
    }
}
