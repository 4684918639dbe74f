//! The second factors of a user: the preferences, as `admin-get-user` prints them or as `admin-set-user-mfa-preference` takes
//! them, and the software token with its secret.

use std::fmt::Display;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::constraint::Structure;
use crate::api::schema;
use crate::auth::totp::TotpSecret;
use crate::domain::mfa::{Factor, Wish};
use crate::domain::user::User;
use crate::error::Result;
use crate::seed::members::{Members, decode, no_others, object, take_list, take_text};
use crate::seed::refusal::Refusal;
use crate::store::{ReadTx, WriteTx};

/// The member of a user that sets the preference for a factor, and what it is checked against.
fn setting(factor: Factor) -> (&'static str, &'static Structure) {
    match factor {
        Factor::Sms => ("SMSMfaSettings", &schema::SMS_MFA_SETTINGS_TYPE),
        Factor::Email => ("EmailMfaSettings", &schema::EMAIL_MFA_SETTINGS_TYPE),
        Factor::SoftwareToken => (
            "SoftwareTokenMfaSettings",
            &schema::SOFTWARE_TOKEN_MFA_SETTINGS_TYPE,
        ),
    }
}

/// The second factors of a seed's user.
pub(in crate::seed) struct SeedFactors {
    preferences: Option<Given>,
    token: Option<SeedToken>,
}

/// What a seed says of a user's preferences.
enum Given {
    /// What `admin-get-user` prints.
    Shown(Shown),
    /// What `admin-set-user-mfa-preference` would set.
    Wishes(Vec<(Factor, Wish)>),
}

/// The factors that `admin-get-user` prints as switched on, and the preferred one.
struct Shown {
    on: Vec<Factor>,
    preferred: Option<Factor>,
}

/// A software token of a seed.
struct SeedToken {
    secret: TotpSecret,
    friendly_name: Option<String>,
}

/// A preference for one factor, as requests and seeds say it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Setting {
    enabled: Option<bool>,
    preferred_mfa: Option<bool>,
}

impl SeedFactors {
    /// Takes the second factors out of the user's members; `prefix` stands before the names of members in places.
    pub(super) fn take(
        place: &dyn Display,
        prefix: &dyn Display,
        members: &mut Members,
    ) -> Result<Self, Refusal> {
        let by_sms = take_options(prefix, members)?;
        let shown = take_shown(place, prefix, members)?;
        let wishes = take_wishes(prefix, members)?;
        let preferences = match (shown, wishes.is_empty()) {
            // The newer members say more; `list-users` prints the older one alone.
            (None, true) => by_sms.map(|wish| Given::Wishes(vec![wish])),
            (Some(shown), true) => Some(Given::Shown(shown)),
            (None, false) => Some(Given::Wishes(wishes)),
            (Some(_), false) => {
                let why = "a user has either UserMFASettingList or MFA settings for each factor";
                return Err(Refusal::at(place, why));
            }
        };
        let token = SeedToken::take(prefix, members)?;
        Ok(Self { preferences, token })
    }

    /// Gives the user these second factors; returns whether the user had others.
    ///
    /// # Errors
    /// `InvalidParameterException` when a factor is preferred that is not switched on.
    pub(in crate::seed) fn put(&self, tx: &WriteTx<'_>, user: &User) -> Result<bool> {
        let has_new_preferences = match &self.preferences {
            None => false,
            Some(given) => given.put(tx, user)?,
        };
        let has_new_token = match &self.token {
            None => false,
            Some(token) => token.put(tx, user)?,
        };
        Ok(has_new_preferences || has_new_token)
    }
}

impl Given {
    /// Gives the user these preferences; returns whether the user had others.
    fn put(&self, tx: &WriteTx<'_>, user: &User) -> Result<bool> {
        let before = tx.mfa_preferences(user)?;
        let after = match self {
            Self::Shown(shown) => before.as_shown(&shown.on, shown.preferred),
            Self::Wishes(wishes) => before.set(wishes)?,
        };
        if after != before {
            tx.put_mfa_preferences(user, after)?;
        }
        Ok(after != before)
    }
}

impl SeedToken {
    /// Takes the software token out of the user's members; `None` if it has none.
    fn take(prefix: &dyn Display, members: &mut Members) -> Result<Option<Self>, Refusal> {
        let Some(token) = members.remove("SoftwareToken") else {
            return Ok(None);
        };
        let place = format_args!("{prefix}SoftwareToken");
        let mut token = object(&place, token)?;
        let secret = take_text(&place, &mut token, "SecretCode")?;
        let friendly_name = take_text(&place, &mut token, "FriendlyDeviceName")?;
        no_others(&place, &token)?;
        let secret = secret.and_then(|secret| TotpSecret::from_base32(&secret));
        let unfit = || Refusal::at(place, "SecretCode is not the base32 of 16 bytes or more");
        Ok(Some(Self {
            secret: secret.ok_or_else(unfit)?,
            friendly_name,
        }))
    }

    /// Gives the user this token; returns whether the user had another, or none.
    fn put(&self, tx: &WriteTx<'_>, user: &User) -> Result<bool> {
        let name = self.friendly_name.as_deref();
        let has_it = tx.find_software_token(user)?.is_some_and(|kept| {
            kept.secret.as_bytes() == self.secret.as_bytes()
                && kept.friendly_name.as_deref() == name
        });
        if !has_it {
            tx.put_software_token(user, &self.secret, name)?;
        }
        Ok(!has_it)
    }
}

/// Takes what `list-users` prints of a user who gets codes by SMS; `None` if it prints nothing of that.
fn take_options(
    prefix: &dyn Display,
    members: &mut Members,
) -> Result<Option<(Factor, Wish)>, Refusal> {
    let options = take_list(prefix, members, "MFAOptions")?;
    let by_sms = json!({"DeliveryMedium": "SMS", "AttributeName": "phone_number"});
    let wish = Wish {
        enabled: Some(true),
        preferred: None,
    };
    Ok(options.contains(&by_sms).then_some((Factor::Sms, wish)))
}

/// Takes the factors that `admin-get-user` prints as switched on, and the preferred one; `None` if it prints neither.
fn take_shown(
    place: &dyn Display,
    prefix: &dyn Display,
    members: &mut Members,
) -> Result<Option<Shown>, Refusal> {
    let list = take_list(prefix, members, "UserMFASettingList")?;
    let preferred = take_text(place, members, "PreferredMfaSetting")?;
    if list.is_empty() && preferred.is_none() {
        return Ok(None);
    }
    let preferred =
        preferred.map(|name| factor(&format_args!("{prefix}PreferredMfaSetting"), &name));
    let preferred = preferred.transpose()?;
    let on = list.iter().enumerate().map(|(index, name)| {
        let place = format_args!("{prefix}UserMFASettingList[{index}]");
        factor(&place, name.as_str().unwrap_or_default())
    });
    let on = on.chain(preferred.map(Ok));
    Ok(Some(Shown {
        on: on.collect::<Result<_, _>>()?,
        preferred,
    }))
}

fn factor(place: &dyn Display, name: &str) -> Result<Factor, Refusal> {
    let names = Factor::ALL.map(Factor::name).join(", ");
    let unknown = || Refusal::at(place, format!("a second factor is one of {names}"));
    Factor::parse(name).ok_or_else(unknown)
}

/// Takes the preferences of a user for each factor.
fn take_wishes(
    prefix: &dyn Display,
    members: &mut Members,
) -> Result<Vec<(Factor, Wish)>, Refusal> {
    let mut wishes = Vec::new();
    for factor in Factor::ALL {
        let (name, structure) = setting(factor);
        if let Some(value) = members.remove(name) {
            let place = format_args!("{prefix}{name}");
            object(&place, value.clone())?;
            let setting: Setting = decode(&place, structure, value)?;
            let wish = Wish {
                enabled: setting.enabled,
                preferred: setting.preferred_mfa,
            };
            wishes.push((factor, wish));
        }
    }
    Ok(wishes)
}

/// Adds the second factors to the members of an exported user. The secret of a software token is among them.
///
/// # Errors
/// When the store fails.
pub(super) fn export(tx: &ReadTx<'_>, user: &User, members: &mut Members) -> Result<()> {
    let preferences = tx.mfa_preferences(user)?;
    for factor in Factor::ALL {
        if let Some(enabled) = preferences.of(factor) {
            let preferred = preferences.preferred == Some(factor);
            let (name, _) = setting(factor);
            members.insert(
                name.to_owned(),
                json!({"Enabled": enabled, "PreferredMfa": preferred}),
            );
        }
    }
    if let Some(token) = tx.find_software_token(user)? {
        let mut exported = Members::new();
        let secret = token.secret.base32().into_inner();
        exported.insert("SecretCode".to_owned(), Value::String(secret));
        if let Some(name) = token.friendly_name {
            exported.insert("FriendlyDeviceName".to_owned(), Value::String(name));
        }
        members.insert("SoftwareToken".to_owned(), Value::Object(exported));
    }
    Ok(())
}
