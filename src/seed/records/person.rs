//! The people of a pool's fake identity provider: the claims of each.

use std::fmt::Display;

use serde_json::Value;

use super::document::{self, SeedDocument};
use super::kind::Kind;
use crate::api::UserPoolType;
use crate::domain::pool::Pool;
use crate::domain::provider::person::Person;
use crate::error::Result;
use crate::seed::refusal::Refusal;
use crate::store::ReadTx;

pub(super) const KIND: Kind<Pool> = Kind {
    list: "People",
    alone: None,
    noun: "person",
    read: |place, value, pool| Ok(Box::new(read(place, value, pool)?)),
    export,
    number: None,
};

fn read(
    place: &dyn Display,
    value: Value,
    _: &UserPoolType,
) -> Result<SeedDocument<Person>, Refusal> {
    let Value::Object(claims) = value else {
        return Err(Refusal::at(place, "a person is an object of claims"));
    };
    let person = Person::of(claims).map_err(|error| Refusal::of(place, error))?;
    Ok(SeedDocument {
        key: person.subject().to_owned(),
        id: Some(person.subject().to_owned()),
        client: None,
        name: String::new(),
        body: person,
        created: None,
        modified: None,
    })
}

fn export(tx: &ReadTx<'_>, pool: &Pool) -> Result<Vec<Value>> {
    let all = document::all::<Person>(tx, pool)?.into_iter();
    let people = all.map(|document| Value::Object(document.body.into_claims()));
    Ok(people.collect())
}
