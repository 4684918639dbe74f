//! The usernames of users who do not exist, for clients that hide which users exist.
//!
//! An SRP exchange shows the internal name of its user (`USER_ID_FOR_SRP`), so a decoy needs one as well. For a name that is a
//! username, the decoy has that name. For a name that could be an alias or a sub, the decoy has another name, which looks like
//! the usernames of the pool. AWS's guide "Managing user existence error responses" describes a UUID here; in a pool with other
//! usernames, that would show that the user does not exist.
//!
//! Every name follows from the name that was sent and from a key of the pool, so it is always the same. A name that was shown
//! for an alias is also shown when it is sent itself, as a user's username is.

use uuid::{Builder, Uuid};

use crate::api::AliasAttributeType;
use crate::domain::contact::{is_email, is_phone_number};
use crate::domain::pool::{Configuration, SignInOptions};

/// Usernames that end with at least this many digits are numbered: the text before the number is not a name.
const NUMBERED: usize = 5;

/// How often another name is drawn if a name would not be shown for itself.
const DRAWS: u8 = 64;

/// Makes the decoys of a pool.
pub(crate) struct Decoys<'a, F> {
    pub(crate) configuration: &'a Configuration,
    /// The username of any user of the pool; `None` if it has no users.
    pub(crate) example: Option<&'a str>,
    /// Pseudorandom bytes, always the same for the same text.
    pub(crate) chance: F,
}

impl<F: Fn(&str) -> [u8; 32]> Decoys<'_, F> {
    /// The username of the decoy for `name`, in the form for searching.
    pub(crate) fn username(&self, name: &str) -> String {
        if self.is_username(name) {
            return name.to_owned();
        }
        let drawn = |draw| self.drawn(name, draw);
        let mut shown_for_themselves = (0..DRAWS).map(drawn).filter(|name| self.is_username(name));
        shown_for_themselves.next().unwrap_or_else(|| drawn(DRAWS))
    }

    /// The username as the exchange shows it. In a pool that ignores case, some users have passwords that were made with
    /// usernames in mixed case, and their exchanges show such a name; so do half of the decoys.
    pub(crate) fn spelled(&self, username: &str) -> String {
        let [kind, letters @ ..] = (self.chance)(&format!("spelling/{username}"));
        let mut begins = true;
        let mut bytes = letters.iter().cycle();
        let mut spell = |letter: char| {
            let first = std::mem::replace(&mut begins, !letter.is_alphanumeric());
            let by_chance = bytes.next().is_some_and(|byte| byte & 1 == 1);
            let upper = match kind % 8 {
                0..4 => false,
                4..6 => first,
                6 => true,
                _ => by_chance,
            };
            if upper {
                letter.to_ascii_uppercase()
            } else {
                letter
            }
        };
        username.chars().map(&mut spell).collect()
    }

    /// Whether `name` is taken for a username: it is not an address that is an alias, does not look like a sub among other
    /// usernames, and is not in the half of all names that count as preferred usernames where those are aliases.
    fn is_username(&self, name: &str) -> bool {
        let SignInOptions::Username { aliases } = &self.configuration.sign_in_options else {
            return is_uuid(name);
        };
        let by = |alias| aliases.contains(&alias);
        let address = by(AliasAttributeType::Email) && is_email(name)
            || by(AliasAttributeType::PhoneNumber) && is_phone_number(name);
        let sub = is_uuid(name) && !self.usernames_are_uuids();
        let [bit, ..] = (self.chance)(&format!("which name/{name}"));
        let preferred = by(AliasAttributeType::PreferredUsername) && bit & 1 == 1;
        !(address || sub || preferred)
    }

    fn usernames_are_uuids(&self) -> bool {
        match self.configuration.sign_in_options {
            SignInOptions::Attributes(_) => true,
            SignInOptions::Username { .. } => self.example.is_none_or(is_uuid),
        }
    }

    /// A name like the example, which follows from `name` and `draw`.
    fn drawn(&self, name: &str, draw: u8) -> String {
        let chance = (self.chance)(&format!("username/{draw}/{name}"));
        let (uuid, rest) = chance.split_first_chunk().unwrap_or((&[0; 16], &[]));
        let example = match self.example {
            Some(example) if !self.usernames_are_uuids() => example,
            _ => return Builder::from_random_bytes(*uuid).into_uuid().to_string(),
        };
        let digits = |count: usize| -> String {
            let drawn = uuid.iter().chain(rest).cycle().take(count);
            drawn.map(|byte| char::from(b'0' + byte % 10)).collect()
        };
        let start = example.trim_end_matches(|char: char| char.is_ascii_digit());
        let number = example.len().saturating_sub(start.len());
        if number >= NUMBERED || start.is_empty() {
            return [start, &digits(number)].concat();
        }
        let start = match local_part(name) {
            Some(start) if draw == 0 || number > 0 => start,
            Some(start) => [start, digits(2)].concat(),
            None => word(rest),
        };
        [start, digits(number)].concat()
    }
}

/// Whether the text has the form of a sub.
fn is_uuid(text: &str) -> bool {
    text.len() == 36 && Uuid::parse_str(text).is_ok()
}

/// The part of an email address that people use as username: before the `@`, without a tag and a number at the end.
fn local_part(name: &str) -> Option<String> {
    let (local, _) = name.split_once('@').filter(|_| is_email(name))?;
    let local = local.split('+').next().unwrap_or_default();
    let local = local.trim_end_matches(|char: char| char.is_ascii_digit());
    Some(local.to_owned()).filter(|local| !local.is_empty())
}

/// A pronounceable word.
fn word(chance: &[u8]) -> String {
    let of = |letters: &'static str, byte: u8| {
        let place = usize::from(byte) % letters.len();
        letters.get(place..=place).unwrap_or_default()
    };
    let syllables = chance.chunks_exact(2).take(3);
    syllables
        .flat_map(|pair| match pair {
            [one, other] => [of("bdfgjklmnprstv", *one), of("aeiou", *other)],
            _ => ["", ""],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;
    use crate::api::UsernameAttributeType;

    const UUID: &str = "34c84488-e0e1-40ae-92ee-991ad1a898c8";

    fn aliases(aliases: &[AliasAttributeType]) -> SignInOptions {
        SignInOptions::Username {
            aliases: aliases.to_vec(),
        }
    }

    fn username(sign_in_options: SignInOptions, example: Option<&str>, name: &str) -> String {
        let configuration = Configuration {
            case_sensitive: false,
            sign_in_options,
            devices: None,
            threat_protection: false,
        };
        let decoys = Decoys {
            configuration: &configuration,
            example,
            chance: |text: &str| Sha256::digest(text).into(),
        };
        let username = decoys.username(name);
        assert_eq!(decoys.username(&username), username, "shown for itself");
        username
    }

    #[test]
    fn whoever_is_asked_for_by_username_has_that_name() {
        let email = || aliases(&[AliasAttributeType::Email]);
        assert_eq!(username(email(), Some("ana"), "bob"), "bob");
        assert_eq!(
            username(email(), Some("ana"), "+12065550100"),
            "+12065550100"
        );
        assert_eq!(
            username(aliases(&[]), Some("ana"), "bob@example.com"),
            "bob@example.com"
        );
        assert_eq!(username(aliases(&[]), Some(UUID), UUID), UUID);
        let attributes = || SignInOptions::Attributes(vec![UsernameAttributeType::Email]);
        assert_eq!(username(attributes(), Some("ana"), UUID), UUID);
        assert!(is_uuid(&username(attributes(), None, "bob@example.com")));
    }

    #[test]
    fn whoever_is_asked_for_by_an_alias_has_a_name_like_those_of_the_pool() {
        let of = |example: &str, name: &str| {
            let both = [AliasAttributeType::Email, AliasAttributeType::PhoneNumber];
            username(aliases(&both), Some(example), name)
        };
        for name in ["bob.ross+new@example.com", "+12065550100"] {
            assert!(is_uuid(&of(UUID, name)));
            let numbered = of("user-00000001", name);
            assert!(
                numbered.starts_with("user-") && numbered.len() == 13,
                "{numbered}"
            );
            let number = of("10023", name);
            assert!(number.len() == 5 && number.bytes().all(|byte| byte.is_ascii_digit()));
            let named = of("ana", name);
            assert!(
                named
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'.'),
                "{named}"
            );
        }
        assert_eq!(of("ana", "bob.ross+new@example.com"), "bob.ross");
        let with_year = of("ana87", "bob.ross12@example.com");
        assert!(
            with_year.starts_with("bob.ross") && with_year.len() == 10,
            "{with_year}"
        );
        assert!(!is_uuid(&of("ana", UUID)), "a sub");
        assert_ne!(of("ana", "+12065550100"), of("ana", "+12065550101"));
    }

    #[test]
    fn where_users_show_names_in_mixed_case_so_does_nobody() {
        let configuration = Configuration {
            case_sensitive: false,
            sign_in_options: aliases(&[]),
            devices: None,
            threat_protection: false,
        };
        let decoys = Decoys {
            configuration: &configuration,
            example: Some("ana"),
            chance: |text: &str| Sha256::digest(text).into(),
        };
        let names: Vec<String> = (0..200).map(|number| format!("bob.ross{number}")).collect();
        let spelled: Vec<String> = names.iter().map(|name| decoys.spelled(name)).collect();
        for (name, spelled) in names.iter().zip(&spelled) {
            assert_eq!(spelled.to_lowercase(), *name);
        }
        let begin_with = |start: &str| {
            spelled
                .iter()
                .filter(|name| name.starts_with(start))
                .count()
        };
        for (start, least) in [
            ("bob.ross", 70),
            ("Bob.Ross", 25),
            ("BOB.ROSS", 10),
            ("bOB", 1),
        ] {
            assert!(begin_with(start) >= least, "{start}: {}", begin_with(start));
        }
    }

    #[test]
    fn where_preferred_usernames_are_aliases_half_of_all_names_are_taken_for_one() {
        let preferred = || aliases(&[AliasAttributeType::PreferredUsername]);
        let names: Vec<String> = (0..200).map(|number| format!("name{number}")).collect();
        let same = names
            .iter()
            .filter(|name| username(preferred(), Some("ana"), name) == **name);
        let same = same.count();
        assert!((70..130).contains(&same), "{same}");
    }
}
