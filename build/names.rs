//! The names of Rust items, from those of the model.

use heck::{ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase};

use super::overrides;

/// `UserPoolId` → `user_pool_id`.
pub(crate) fn field_name(member: &str) -> String {
    let name = whole_words(member).to_snake_case();
    let keyword = overrides::KEYWORDS.iter().find(|(word, _)| *word == name);
    keyword.map_or(name, |(_, escaped)| (*escaped).to_owned())
}

/// `UserPoolType` → `USER_POOL_TYPE`.
pub(crate) fn table_name(shape: &str) -> String {
    whole_words(shape).to_shouty_snake_case()
}

pub(crate) fn shape_table(shape: &str) -> String {
    format!("{}_SHAPE", table_name(shape))
}

fn whole_words(name: &str) -> String {
    overrides::WORDS
        .iter()
        .fold(name.to_owned(), |name, (torn, whole)| {
            name.replace(torn, whole)
        })
}

/// The name in a violation. Only the first letter becomes small, as answers of sister services show (`sSESpecification.sSEType`
/// of `DynamoDB`), so `MFAOptions` becomes `mFAOptions`.
pub(crate) fn path_name(member: &str) -> String {
    let mut letters = member.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

/// `USER_SRP_AUTH` → `UserSrpAuth`; an underscore between two digits stays (`V1_0`).
pub(crate) fn variant_name(value: &str) -> String {
    let mut name = String::new();
    for word in value.split(['_', '-', ':', ' ']) {
        if name.ends_with(|c: char| c.is_ascii_digit())
            && word.starts_with(|c: char| c.is_ascii_digit())
        {
            name.push('_');
        }
        name.push_str(&word.to_upper_camel_case());
    }
    name
}
