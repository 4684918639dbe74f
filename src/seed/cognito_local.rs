//! The folder of cognito-local as a seed. That stand-in keeps its clients in `clients.json`, and of each pool a file with the
//! settings (`Options`), `Users` and `Groups`, with passwords in plain text. This reads what version 5.3.0 writes.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::members::Members;
use super::refusal::SeedError;
use crate::api::constraint::Structure;
use crate::api::{UserPoolType, schema};
use crate::domain::pool::schema_attributes;
use crate::domain::user::password::PasswordPolicy;

/// What a pool of cognito-local shows and Poolhouse says by itself.
const SAID_ANEW: [&str; 3] = ["Arn", "EstimatedNumberOfUsers", "Id"];

/// What comes along of a user as it is.
const OF_USER: [&str; 9] = [
    "Attributes",
    "Enabled",
    "MFAOptions",
    "PreferredMfaSetting",
    "UserCreateDate",
    "UserLastModifiedDate",
    "UserMFASettingList",
    "UserStatus",
    "Username",
];

/// What comes along of a group as it is.
const OF_GROUP: [&str; 6] = [
    "CreationDate",
    "Description",
    "GroupName",
    "LastModifiedDate",
    "Precedence",
    "RoleArn",
];

/// A folder as a seed.
pub(crate) struct Converted {
    pub(crate) seed: Value,
    /// What could not come along, or means something else here: a sentence each.
    pub(crate) remarks: Vec<String>,
}

/// Reads the folder, which is `.cognito` or the `db` in it, for a server that stands for `region`.
///
/// # Errors
/// [`SeedError::Unfit`] when a file cannot be read, or there is no pool.
pub(crate) fn convert(folder: &Path, region: &str) -> Result<Converted, SeedError> {
    let inner = folder.join("db");
    let folder = if inner.is_dir() { &inner } else { folder };
    let unreadable = |error: io::Error| unfit(folder, &error.to_string());
    let mut files = fs::read_dir(folder)
        .map_err(unreadable)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<PathBuf>>>()
        .map_err(unreadable)?;
    files.retain(|file| file.extension().is_some_and(|ending| ending == "json"));
    files.sort();
    let (mut clients, mut pools) = (Members::new(), Vec::new());
    for file in files {
        let mut read = read(&file)?;
        if let Some(Value::Object(list)) = read.remove("Clients") {
            clients.extend(list);
        } else if read.contains_key("Options") {
            pools.push(read);
        }
    }
    if pools.is_empty() {
        return Err(unfit(folder, "no file of a pool is here"));
    }
    let mut conversion = Conversion {
        region,
        remarks: Vec::new(),
    };
    let pools = pools
        .into_iter()
        .map(|pool| conversion.pool(pool, &clients))
        .collect::<Option<Vec<Value>>>()
        .ok_or_else(|| unfit(folder, "a pool has no id"))?;
    Ok(Converted {
        seed: json!({ "UserPools": pools }),
        remarks: conversion.remarks,
    })
}

fn unfit(place: &Path, why: &str) -> SeedError {
    SeedError::Unfit(format!("{}: {why}", place.display()))
}

fn read(file: &Path) -> Result<Members, SeedError> {
    let text = fs::read(file).map_err(|error| unfit(file, &error.to_string()))?;
    match serde_json::from_slice(&text) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(unfit(file, "an object is expected here")),
        Err(error) => Err(unfit(file, &error.to_string())),
    }
}

struct Conversion<'a> {
    region: &'a str,
    remarks: Vec<String>,
}

impl Conversion<'_> {
    /// The pool with its clients, groups and users. Returns `None` if it has no id.
    fn pool(&mut self, mut file: Members, clients: &Members) -> Option<Value> {
        let mut options = object(file.remove("Options"));
        let old_id = options.get("Id")?.as_str()?.to_owned();
        let id = self.id_here(&old_id);
        if !object(options.remove("LambdaConfig")).is_empty() {
            self.remark(&id, "its triggers (LambdaConfig) do not come along");
        }
        options.retain(|name, _| !SAID_ANEW.contains(&name.as_str()));
        self.keep_known(&id, "its settings", &schema::USER_POOL_TYPE, &mut options);
        let (groups, groups_of) = groups(object(file.remove("Groups")));
        let users = self.users(&id, object(file.remove("Users")), &options, &groups_of);
        options.insert("Id".to_owned(), id.clone().into());
        let clients = clients
            .values()
            .filter(|client| client["UserPoolId"] == *old_id);
        let clients: Vec<Value> = clients
            .map(|client| self.client(&id, client.clone()))
            .collect();
        Some(json!({"UserPool": options, "Clients": clients, "Groups": groups, "Users": users}))
    }

    /// The id in the server's Region: cognito-local's own pools are of a Region `local`.
    fn id_here(&mut self, old: &str) -> String {
        let (_, name) = old.split_once('_').unwrap_or(("", old));
        let id = format!("{}_{name}", self.region);
        if id != old {
            self.remarks.push(format!("The pool {old} is {id} here."));
        }
        id
    }

    fn client(&mut self, pool: &str, client: Value) -> Value {
        let mut client = object(Some(client));
        client.remove("UserPoolId");
        let id = client.get("ClientId").and_then(Value::as_str);
        let what = format!("the client {}", id.unwrap_or_default());
        if !client.contains_key("ExplicitAuthFlows") {
            let flows = "names no ExplicitAuthFlows: as in Cognito, it signs in by SRP and refresh tokens alone";
            self.remark(pool, &format!("{what} {flows}"));
        }
        self.keep_known(pool, &what, &schema::USER_POOL_CLIENT_TYPE, &mut client);
        client.into()
    }

    fn users(
        &mut self,
        pool: &str,
        users: Members,
        options: &Members,
        groups_of: &BTreeMap<String, Vec<String>>,
    ) -> Vec<Value> {
        let policies = options.get("Policies").cloned();
        let policy = PasswordPolicy::of(UserPoolType {
            policies: policies.and_then(|policies| serde_json::from_value(policies).ok()),
            ..UserPoolType::default()
        });
        let declared = declared(options);
        let (mut unfit_passwords, mut pending) = (Vec::new(), 0_usize);
        let mut dropped: BTreeMap<String, usize> = BTreeMap::new();
        let users = users.into_iter().map(|(name, user)| {
            let mut user = object(Some(user));
            let password = text(user.remove("Password"));
            let token = object(user.remove("SoftwareTokenMfaConfiguration"));
            let unverified = user.get("UnverifiedAttributeChanges").and_then(Value::as_array);
            pending += usize::from(unverified.is_some_and(|changes| !changes.is_empty()));
            user.retain(|name, _| OF_USER.contains(&name.as_str()));
            if let Some(Value::Array(attributes)) = user.get_mut("Attributes") {
                attributes.retain(|attribute| {
                    let name = attribute["Name"].as_str().unwrap_or_default();
                    let known = declared.iter().any(|declared| declared == name);
                    if !known {
                        *dropped.entry(name.to_owned()).or_default() += 1;
                    }
                    known
                });
            }
            if token.get("Verified") == Some(&Value::Bool(true)) {
                let shown = json!({"SecretCode": token.get("Secret"), "FriendlyDeviceName": token.get("FriendlyDeviceName")});
                user.insert("SoftwareToken".to_owned(), shown);
            }
            if let Some(groups) = groups_of.get(&name) {
                user.insert("Groups".to_owned(), json!(groups));
            }
            match password {
                Some(password) if policy.check(&password).is_ok() => {
                    let temporary = user.get("UserStatus") == Some(&json!("FORCE_CHANGE_PASSWORD"));
                    let member = if temporary { "TemporaryPassword" } else { "Password" };
                    user.insert(member.to_owned(), password.into());
                }
                Some(_) => unfit_passwords.push(name),
                None => (),
            }
            user.into()
        });
        let users: Vec<Value> = users.collect();
        if !unfit_passwords.is_empty() {
            let names = unfit_passwords.join(", ");
            self.remark(
                pool,
                &format!(
                    "passwords that the policy does not allow do not come along: those of {names}"
                ),
            );
        }
        for (name, count) in dropped {
            self.remark(pool, &format!("the attribute '{name}' does not come along, since the schema does not have it (users: {count})"));
        }
        if pending > 0 {
            self.remark(
                pool,
                &format!(
                    "changes of attributes that wait for a code do not come along (users: {pending})"
                ),
            );
        }
        if !users.is_empty() {
            self.remark(
                pool,
                "codes and refresh tokens do not come along: users sign in again",
            );
        }
        users
    }

    /// Drops the members that Cognito's model does not have.
    fn keep_known(&mut self, pool: &str, what: &str, structure: &Structure, members: &mut Members) {
        let known = |name: &String| structure.members.iter().any(|member| member.name == name);
        let (kept, other): (Members, Members) = std::mem::take(members)
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .partition(|(name, _)| known(name));
        *members = kept;
        for name in other.keys() {
            self.remark(
                pool,
                &format!("'{name}' of {what} does not come along: Cognito has no such member"),
            );
        }
    }

    fn remark(&mut self, pool: &str, what: &str) {
        self.remarks.push(format!("{pool}: {what}."));
    }
}

/// The groups, and the names of each user's.
fn groups(groups: Members) -> (Vec<Value>, BTreeMap<String, Vec<String>>) {
    let mut groups_of: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let groups = groups.into_iter().map(|(name, group)| {
        let mut group = object(Some(group));
        for member in group
            .get("members")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let member = member.as_str().unwrap_or_default().to_owned();
            groups_of.entry(member).or_default().push(name.clone());
        }
        group.retain(|name, _| OF_GROUP.contains(&name.as_str()));
        group.into()
    });
    (groups.collect(), groups_of)
}

/// The names of the attributes that users of the pool may have.
fn declared(options: &Members) -> Vec<String> {
    let standard = schema_attributes::standard()
        .into_iter()
        .filter_map(|attribute| attribute.name);
    let own = options
        .get("SchemaAttributes")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let own = own.filter_map(|attribute| attribute["Name"].as_str().map(str::to_owned));
    standard.chain(own).collect()
}

/// The members of the value; none if it is no object.
fn object(value: Option<Value>) -> Members {
    match value {
        Some(Value::Object(members)) => members,
        _ => Members::new(),
    }
}

fn text(value: Option<Value>) -> Option<String> {
    match value {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}
