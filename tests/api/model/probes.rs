//! Values at the boundaries of a shape and beyond, and inputs in which everything is wrong.

use serde_json::{Map, Value, json};

use super::inputs::{blob, fitting, list_of, map_of, minimal, misfit, shortest, size};
use super::shapes::{Name, Shape, is_scalar, members, requires, shape};
use super::words::{Place, all_of, at_least, at_most, matching, one_of};

/// The longest text or blob that is tried.
const LONGEST_TRIED: usize = 200_000;

/// A value to try, and the constraints that it breaks.
pub(super) struct Probe {
    pub(super) kind: Name,
    pub(super) value: Value,
    pub(super) broken: Vec<String>,
}

pub(super) fn probe(kind: Name, value: Value, broken: Vec<String>) -> Probe {
    Probe {
        kind,
        value,
        broken,
    }
}

pub(super) fn probes(name: &str) -> Vec<Probe> {
    let inner = shape(name);
    match inner.kind.as_str() {
        "string" if !inner.values.is_empty() => enum_probes(inner),
        "string" => text_probes(inner),
        "integer" | "long" => number_probes(inner),
        "blob" => sized_probes(inner, LONGEST_TRIED / 4 * 3, &|bytes| (blob(bytes), None)),
        "list" => sized_probes(inner, LONGEST_TRIED, &|items| (list_of(inner, items), None)),
        "map" => sized_probes(inner, LONGEST_TRIED, &|entries| map_probe(inner, entries)),
        _ => Vec::new(),
    }
}

pub(super) fn enum_probes(shape: &Shape) -> Vec<Probe> {
    let known = shape.values.iter();
    let mut probes: Vec<Probe> = known
        .map(|value| probe("value of the enum", json!(value), Vec::new()))
        .collect();
    let first = &shape.values[0];
    for unknown in ["?", "", &format!("{first}\n"), &swapped_case(first)] {
        let broken = vec![one_of(shape)];
        probes.push(probe("unknown enum value", json!(unknown), broken));
    }
    probes
}

pub(super) fn swapped_case(text: &str) -> String {
    let upper = text.to_uppercase();
    if upper == text {
        text.to_lowercase()
    } else {
        upper
    }
}

pub(super) fn number_probes(shape: &Shape) -> Vec<Probe> {
    let mut probes = Vec::new();
    if let Some(min) = shape.min.map(i64::from) {
        let broken = vec![at_least(shape)];
        probes.push(probe("one below the least number", json!(min - 1), broken));
        probes.push(probe("least number", json!(min), Vec::new()));
    }
    if let Some(max) = shape.max.map(i64::from) {
        let broken = vec![at_most(shape)];
        probes.push(probe("greatest number", json!(max), Vec::new()));
        probes.push(probe(
            "one above the greatest number",
            json!(max + 1),
            broken,
        ));
    }
    probes
}

/// Probes of texts. They match the pattern if a text of that length can; otherwise they break it as well.
pub(super) fn text_probes(shape: &Shape) -> Vec<Probe> {
    let of_length = |length: usize| match fitting(shape, length) {
        Some(text) => (json!(text), None),
        None => (json!(misfit(shape, length).unwrap()), Some(matching(shape))),
    };
    let mut probes = sized_probes(shape, LONGEST_TRIED, &of_length);
    // If no match can have the length of the boundary, the nearest length is used.
    probes.retain(|probe| !probe.kind.starts_with("exactly") || probe.broken.is_empty());
    probes.push(probe("shortest match", json!(shortest(shape)), Vec::new()));
    let length = shortest(shape).len();
    if let Some(text) = misfit(shape, length) {
        let broken = vec![matching(shape)];
        probes.push(probe("pattern", json!(text), broken));
    }
    if let Some(max) = size(shape.max).filter(|max| *max < LONGEST_TRIED)
        && let Some(text) = misfit(shape, max + 1)
    {
        let broken = vec![at_most(shape), matching(shape)];
        probes.push(probe("length before pattern", json!(text), broken));
    }
    probes
}

/// A value of a size, and what is wrong with it whatever its size.
pub(super) type OfSize<'a> = &'a dyn Fn(usize) -> (Value, Option<String>);

pub(super) fn sized_probes(shape: &Shape, largest: usize, of_size: OfSize<'_>) -> Vec<Probe> {
    let (min, max) = (size(shape.min), size(shape.max));
    let below = min.and_then(|min| min.checked_sub(1));
    let max = max.filter(|max| *max < largest);
    let sizes = [
        (
            "one below the least size",
            below,
            Some(at_least as fn(&Shape) -> String),
        ),
        ("exactly the least size", min, None),
        ("exactly the greatest size", max, None),
        (
            "one above the greatest size",
            max.map(|max| max + 1),
            Some(at_most),
        ),
    ];
    let tried = sizes.into_iter().filter_map(|(kind, size, broken)| {
        let (value, also) = of_size(size?);
        let broken = broken.map(|broken| broken(shape)).into_iter().chain(also);
        Some(probe(kind, value, broken.collect()))
    });
    tried.collect()
}

/// A map with this number of entries. If there are not enough keys, one key is wrong.
pub(super) fn map_probe(map: &Shape, entries: usize) -> (Value, Option<String>) {
    let mut value = map_of(map, entries);
    let missing = entries - value.as_object().unwrap().len();
    assert!(missing <= 1, "too few keys for {}", map.key);
    if missing == 0 {
        return (value, None);
    }
    value["another"] = minimal(&map.value);
    let all = all_of(&map.key);
    (
        value,
        Some(format!("Map keys must satisfy constraint: {all}")),
    )
}

/// A value that breaks a constraint wherever there is one, and its violations in the order of the model.
pub(super) fn all_wrong(name: &str, place: &Place) -> (Value, Vec<String>) {
    match shape(name).kind.as_str() {
        "structure" => wrong_structure(name, place),
        "list" => wrong_list(name, place),
        "map" => wrong_map(name, place),
        _ => {
            let (value, broken) = wrong_scalar(name);
            let each = broken.iter();
            let violations = each.map(|c| place.violates(name, &value, c)).collect();
            (value, violations)
        }
    }
}

/// The value that breaks the most constraints, short enough for a large input of many.
pub(super) fn wrong_scalar(name: &str) -> (Value, Vec<String>) {
    let small = |probe: &Probe| probe.value.as_str().is_none_or(|text| text.len() < 5000);
    let tried = probes(name).into_iter().filter(small);
    let worst = tried.max_by_key(|probe| probe.broken.len());
    worst.map_or_else(
        || (minimal(name), Vec::new()),
        |probe| (probe.value, probe.broken),
    )
}

/// Every other required member is left out, every other member is wrong.
pub(super) fn wrong_structure(name: &str, place: &Place) -> (Value, Vec<String>) {
    let (mut object, mut violations) = (Map::new(), Vec::new());
    for (index, (member, of)) in members(name).enumerate() {
        let place = place.member(member, of);
        if index % 2 == 1 && requires(name, member) {
            violations.push(place.lacks());
        } else {
            let (value, wrong) = all_wrong(of, &place);
            object.insert(member.to_owned(), value);
            violations.extend(wrong);
        }
    }
    (Value::Object(object), violations)
}

/// One item too many in a short list, and the first item wrong.
pub(super) fn wrong_list(name: &str, place: &Place) -> (Value, Vec<String>) {
    let list = shape(name);
    let item = list.member.as_str();
    let overfull = size(list.max).filter(|max| *max <= 5).map(|max| max + 1);
    let mut value = list_of(list, overfull.unwrap_or(1));
    let scalar = is_scalar(item);
    let (first, inside) = if scalar {
        wrong_scalar(item)
    } else {
        all_wrong(item, &place.element("1", item))
    };
    value[0] = first;
    let mut violations = Vec::new();
    if overfull.is_some() {
        violations.push(place.violates(name, &value, &at_most(list)));
    }
    if !scalar {
        violations.extend(inside);
    } else if !inside.is_empty() {
        let all = format!("Member must satisfy constraint: {}", all_of(item));
        violations.push(place.violates(name, &value, &all));
    }
    (value, violations)
}

/// One entry, its key wrong and its value wrong.
pub(super) fn wrong_map(name: &str, place: &Place) -> (Value, Vec<String>) {
    let map = shape(name);
    let (key, wrong_key) = wrong_scalar(&map.key);
    let key = key.as_str().unwrap();
    let scalar = is_scalar(&map.value);
    let (value, inside) = if scalar {
        wrong_scalar(&map.value)
    } else {
        all_wrong(&map.value, &place.element(key, &map.value))
    };
    let whole = json!({key: value});
    let mut violations = Vec::new();
    if !wrong_key.is_empty() {
        let all = format!("Map keys must satisfy constraint: {}", all_of(&map.key));
        violations.push(place.violates(name, &whole, &all));
    }
    if !scalar {
        violations.extend(inside);
    } else if !inside.is_empty() {
        let all = format!("Map value must satisfy constraint: {}", all_of(&map.value));
        violations.push(place.violates(name, &whole, &all));
    }
    (whole, violations)
}
