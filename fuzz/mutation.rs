//! Changes that keep an input's form: lines of an operation and its JSON, with members that the model has.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use poolhouse::api::constraint::{Kind, Member, Shape, Structure};
use poolhouse::api::{self, OPERATIONS};
use serde_json::{Map, Value};

/// How deep values are made.
const DEPTH: usize = 3;

/// Words with a meaning in the world of `src/fuzzing/world.json`, and beside it.
const WORDS: [&str; 58] = [
    "us-east-1_Fuzz00001",
    "us-east-1_Fuzz00002",
    "us-east-1_Fuzz00003",
    "fuzzclient",
    "fuzzsecretclient",
    "fuzzfactorclient",
    "diego",
    "DIEGO",
    "mary",
    "zoe",
    "ana@example.com",
    "diego@example.com",
    "d.ramirez",
    "34c84488-e0e1-70ae-d2ee-991ad1a898c8",
    "us-east-1_aaaaaaaa-0000-4000-8000-000000000001",
    "us-east-1_aaaaaaaa-0000-4000-8000-000000000002",
    "us-east-1_aaaaaaaa-0000-4000-8000-000000000003",
    "Fuzz-Password-1",
    "Fuzz-Password-2",
    "New-Password-9",
    "{AccessToken}",
    "{IdToken}",
    "{RefreshToken}",
    "{Session}",
    "{SECRET_BLOCK}",
    "{SecretBlock}",
    "{DeviceKey}",
    "{DeviceGroupKey}",
    "{PaginationToken}",
    "{NextToken}",
    "{SecretCode}",
    "{SRP_B}",
    "USERNAME",
    "PASSWORD",
    "SRP_A",
    "DEVICE_KEY",
    "SECRET_HASH",
    "NEW_PASSWORD",
    "ANSWER",
    "EMAIL",
    "PHONE_NUMBER",
    "userAttributes.given_name",
    "email",
    "email_verified",
    "phone_number",
    "+12065550100",
    "preferred_username",
    "custom:x",
    "dev:custom:x",
    "sub",
    "username ^= \"d\"",
    "true",
    "2000-01-01",
    "1",
    "123456",
    "",
    "%_\\\"'\u{0}\u{7f}",
    "é\u{301}\u{1f600}\u{ffff}",
];

/// The names of members, with the shapes that they have in operations.
static MEMBERS: LazyLock<Vec<&'static Member>> = LazyLock::new(|| {
    let mut members = BTreeMap::new();
    for operation in OPERATIONS {
        collect(operation.input, &mut members);
    }
    members.into_values().collect()
});

fn collect(structure: &'static Structure, members: &mut BTreeMap<&'static str, &'static Member>) {
    for member in structure.members {
        if members.insert(member.name, member).is_none() {
            let mut shape = member.shape;
            while let Kind::List(item) | Kind::Map { value: item, .. } = &shape.kind {
                shape = item;
            }
            if let Kind::Structure(inner) = &shape.kind {
                collect(inner, members);
            }
        }
    }
}

/// The text with one change. Returns `None` if bytes should be changed instead, by chance or because the text has another form.
pub fn mutated(text: &str, seed: u32) -> Option<String> {
    let mut chance = Chance(u64::from(seed));
    if chance.below(4) == 0 {
        return None;
    }
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let at = chance.below(lines.len().max(1));
    if lines.len() > 1 && chance.below(8) == 0 {
        let other = chance.below(lines.len());
        match chance.below(3) {
            0 => lines.swap(at, other),
            1 => lines.insert(other, lines.get(at)?.clone()),
            _ => drop(lines.remove(at)),
        }
    } else if chance.below(16) == 0 && text.starts_with(|first: char| first.is_ascii_uppercase()) {
        let operation = chance.one(&OPERATIONS)?;
        let body = chance.structure(operation.input, 0);
        lines.insert(at, format!("{} {body}", operation.name));
    } else {
        let line = lines.get_mut(at)?;
        let (before, json) = line.split_at(line.find('{')?);
        let mut body: Value = serde_json::from_str(json).ok()?;
        let operation = api::operation(before.trim());
        for _ in 0..=chance.below(3) {
            chance.change(&mut body, operation.map(|operation| operation.input));
        }
        *line = format!("{before}{body}");
    }
    Some(lines.join("\n"))
}

/// The generator SplitMix64.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap_or_default()
    }

    fn one<'t, T>(&mut self, of: &'t [T]) -> Option<&'t T> {
        of.get(self.below(of.len().max(1)))
    }

    fn word(&mut self) -> String {
        self.one(&WORDS).copied().unwrap_or_default().to_owned()
    }

    /// Changes a part of a value. `structure` is the structure of the whole value, if it is known.
    fn change(&mut self, value: &mut Value, structure: Option<&'static Structure>) {
        let here = self.below(4) == 0;
        match value {
            Value::Object(members) if !here && !members.is_empty() => {
                let at = self.below(members.len());
                let (name, member) = members.iter_mut().nth(at).expect("it is below the length");
                let known = structure.and_then(|structure| member_of(structure, name));
                match known {
                    Some(known) if self.below(4) == 0 => *member = self.value(known, 0),
                    _ => self.change(member, known.and_then(|known| known.shape.structure())),
                }
            }
            Value::Array(items) if !here && !items.is_empty() => {
                let at = self.below(items.len());
                self.change(&mut items[at], structure);
            }
            Value::Object(members) => self.change_members(members, structure),
            Value::Array(items) => self.change_items(items),
            Value::String(text) => *text = self.changed_text(text),
            other => *other = self.scalar(),
        }
    }

    fn change_members(
        &mut self,
        members: &mut Map<String, Value>,
        structure: Option<&'static Structure>,
    ) {
        if self.below(3) == 0 && !members.is_empty() {
            let name = members.keys().nth(self.below(members.len())).cloned();
            members.remove(&name.unwrap_or_default());
            return;
        }
        let own = structure.and_then(|structure| self.one(structure.members));
        let member = match own {
            Some(own) if self.below(8) > 0 => own,
            _ => self.one(&MEMBERS).expect("the model has members"),
        };
        let value = self.value(member, 0);
        let name = if self.below(4) == 0 && structure.is_none() {
            self.word()
        } else {
            member.name.to_owned()
        };
        members.insert(name, value);
    }

    fn change_items(&mut self, items: &mut Vec<Value>) {
        let copied = self.one(items).cloned();
        match (self.below(3), copied) {
            (0, _) => drop(items.pop()),
            (1, Some(item)) => items.push(item),
            (_, Some(item)) => items.extend(vec![item; 20]),
            (_, None) => items.push(self.scalar()),
        }
    }

    fn changed_text(&mut self, text: &str) -> String {
        let middle = text.floor_char_boundary(self.below(text.len() + 1));
        let (before, after) = text.split_at(middle);
        match self.below(6) {
            0 => before.to_owned(),
            1 => format!("{before}{}{after}", self.word()),
            2 => text.repeat(1 + self.below(16)),
            3 => after.to_owned(),
            _ => self.word(),
        }
    }

    fn scalar(&mut self) -> Value {
        match self.below(12) {
            0 => Value::Null,
            1 => false.into(),
            2 => true.into(),
            3 => Value::Array(Vec::new()),
            4 => Value::Object(Map::new()),
            5 => i64::MAX.into(),
            6 => i64::MIN.into(),
            7 => (-1).into(),
            8 => 1e300.into(),
            9 => 0.5.into(),
            10 => self.below(100).into(),
            _ => self.word().into(),
        }
    }

    fn value(&mut self, member: &Member, depth: usize) -> Value {
        if self.below(16) == 0 {
            return self.scalar();
        }
        match member.name {
            "UserPoolId" => "us-east-1_Fuzz00001".into(),
            "ClientId" => "fuzzclient".into(),
            "Username" if self.below(2) == 0 => "diego".into(),
            "AccessToken" => "{AccessToken}".into(),
            "Session" => "{Session}".into(),
            "RefreshToken" | "Token" => "{RefreshToken}".into(),
            _ => self.shape(member.shape, depth),
        }
    }

    fn shape(&mut self, shape: &Shape, depth: usize) -> Value {
        let some = if depth > DEPTH { 0 } else { self.below(3) };
        match &shape.kind {
            Kind::Text { values, .. } => match self.one(values) {
                Some(value) => (*value).into(),
                None => self.word().into(),
            },
            Kind::Integer | Kind::Long => match self.below(4) {
                0 => shape.max.unwrap_or(0).into(),
                1 => shape.min.unwrap_or(0).into(),
                _ => self.below(100).into(),
            },
            Kind::Boolean => (self.below(2) == 0).into(),
            Kind::Timestamp => 1_795_357_380.into(),
            Kind::Blob => "YWJj".into(),
            Kind::Document => self.scalar(),
            Kind::List(item) => (0..some).map(|_| self.shape(item, depth + 1)).collect(),
            Kind::Map { key, value } => (0..some)
                .map(|_| {
                    let key = self.shape(key, depth + 1);
                    let key = key.as_str().unwrap_or_default().to_owned();
                    (key, self.shape(value, depth + 1))
                })
                .collect(),
            Kind::Structure(structure) => self.structure(structure, depth + 1),
        }
    }

    /// A structure with its required members and some of the others.
    fn structure(&mut self, structure: &Structure, depth: usize) -> Value {
        let mut members = Map::new();
        for member in structure.members {
            if member.required || (depth <= DEPTH && self.below(3) == 0) {
                members.insert(member.name.to_owned(), self.value(member, depth));
            }
        }
        members.into()
    }
}

fn member_of(structure: &'static Structure, name: &str) -> Option<&'static Member> {
    let mut members = structure.members.iter();
    members.find(|member| member.name == name)
}

/// The structure of a shape's value or items.
trait HasMembers {
    fn structure(&self) -> Option<&'static Structure>;
}

impl HasMembers for Shape {
    fn structure(&self) -> Option<&'static Structure> {
        match &self.kind {
            Kind::Structure(structure) => Some(structure),
            Kind::List(item) => item.structure(),
            _ => None,
        }
    }
}
