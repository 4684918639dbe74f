//! Documents of pools and of their app clients.

use serde_json::json;

use super::{Fault, Judgement, Rule, check_date, first, violation};
use crate::api::{TermsType, schema};
use crate::domain::branding::Style;
use crate::domain::branding::classic::Customization;
use crate::domain::document::Body;
use crate::domain::provider::person::Person;
use crate::domain::terms::Terms;
use crate::ids::{ClientId, UserPoolId};
use crate::store::tables::document;
use crate::store::tx::Row;

/// The columns that a document is read from come first.
pub(super) const RECORD: Rule = Rule {
    table: "documents",
    rows: "SELECT documents.id, client_id, name, body, created_ms, modified_ms, documents.row, documents.pool, kind, documents.client,
                  app_clients.pool AS pool_of_client, pools.id AS pool_id
           FROM documents JOIN pools ON pools.row = documents.pool LEFT JOIN app_clients ON app_clients.row = documents.client",
    fault: Fault::Alone(|row| {
        let kind: String = row.get("kind")?;
        first([
            check_client(row, &kind),
            check_date(row, "created_ms"),
            check_date(row, "modified_ms"),
            check_body(row, &kind),
        ])
    }),
};

/// The customization of the classic pages and the people of the fake identity provider are those of a pool.
fn check_client(row: Row<'_>, kind: &str) -> Judgement {
    let (pool, of_client): (i64, Option<i64>) = (row.get("pool")?, row.get("pool_of_client")?);
    Ok(match of_client {
        Some(of_client) => (of_client != pool).then(|| "its client is another pool's".to_owned()),
        None => (![Customization::KIND, Person::KIND].contains(&kind))
            .then(|| "it has no client".to_owned()),
    })
}

fn check_body(row: Row<'_>, kind: &str) -> Judgement {
    match kind {
        Terms::KIND => check_terms(row),
        Style::KIND => {
            let style = document::<Style>(row)?;
            let shown = json!({"ManagedLoginBrandingId": style.id, "Assets": style.body.assets});
            Ok(violation(&schema::MANAGED_LOGIN_BRANDING_TYPE, shown))
        }
        Customization::KIND => {
            let checked = document::<Customization>(row)?.body.check();
            Ok(checked
                .err()
                .and_then(|error| error.message)
                .map(Into::into))
        }
        Person::KIND => {
            let person = document::<Person>(row)?;
            let is_named = person.body.subject() == person.id && !person.id.is_empty();
            Ok((!is_named).then(|| "its id is not the person's subject".to_owned()))
        }
        _ => Ok(Some(format!("'{kind}' is no kind of documents"))),
    }
}

fn check_terms(row: Row<'_>) -> Judgement {
    let found = document::<Terms>(row)?;
    if let Err(error) = found.body.check() {
        return Ok(error.message.map(Into::into));
    }
    let shown = TermsType {
        client_id: found
            .client
            .unwrap_or_else(|| ClientId::from(String::new())),
        creation_date: found.created,
        enforcement: found.body.enforcement,
        last_modified_date: found.modified,
        links: found.body.links,
        terms_id: found.id,
        terms_name: found.name,
        terms_source: found.body.source,
        user_pool_id: UserPoolId::from(row.get::<String>("pool_id")?),
    };
    Ok(violation(&schema::TERMS_TYPE, json!(shown)))
}
