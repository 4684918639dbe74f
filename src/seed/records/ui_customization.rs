//! The customizations of the classic pages, as `get-ui-customization` prints them, with their logos.

use std::fmt::Display;

use serde_json::{Value, json};

use super::document::{self, SeedDocument};
use super::kind::Kind;
use crate::api::{UICustomizationType, UserPoolType, schema};
use crate::domain::branding::classic::{ALL, Customization};
use crate::domain::pool::Pool;
use crate::error::Result;
use crate::ids::ClientId;
use crate::seed::members::{decode, members_of, take_text, unwrapped};
use crate::seed::refusal::Refusal;
use crate::store::ReadTx;

pub(super) const KIND: Kind<Pool> = Kind {
    list: "UICustomizations",
    alone: Some("UICustomization"),
    noun: "customization",
    read: |place, value, pool| Ok(Box::new(read(place, value, pool)?)),
    export,
    number: None,
};

/// The member with the logo, as `set-ui-customization` takes it.
const LOGO: &str = "ImageFile";

fn read(
    place: &dyn Display,
    value: Value,
    pool: &UserPoolType,
) -> Result<SeedDocument<Customization>, Refusal> {
    let mut value = unwrapped("UICustomization", value);
    let image_file = match value.as_object_mut() {
        Some(members) => take_text(place, members, LOGO)?,
        None => None,
    };
    let given: UICustomizationType = decode(place, &schema::UI_CUSTOMIZATION_TYPE, value)?;
    document::check_pool(place, given.user_pool_id.as_ref(), pool)?;
    let client = given.client_id.filter(|client| client.as_str() != ALL);
    let id = client.as_ref().map_or(ALL, ClientId::as_str).to_owned();
    let body = Customization {
        css: given.css,
        image_file,
    };
    body.check().map_err(|error| Refusal::of(place, error))?;
    Ok(SeedDocument {
        key: id.clone(),
        id: Some(id),
        client,
        name: String::new(),
        body,
        created: given.creation_date,
        modified: given.last_modified_date,
    })
}

fn export(tx: &ReadTx<'_>, pool: &Pool) -> Result<Vec<Value>> {
    let all = document::all::<Customization>(tx, pool)?.into_iter();
    all.map(|document| {
        let image_file = document.body.image_file.clone();
        let mut members = members_of(&UICustomizationType {
            css_version: None,
            image_url: None,
            user_pool_id: None,
            ..document.into_customization(pool, &[])
        })?;
        members.extend(image_file.map(|image| (LOGO.to_owned(), json!(image))));
        Ok(Value::Object(members))
    })
    .collect()
}
