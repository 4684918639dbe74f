//! Pages of a list. A page continues after a key, so that the last page costs as much as the first.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::{ApiError, Result};
use crate::store::Page;

/// The page size of a request without a limit, which is also the largest that Cognito's lists allow.
const LIMIT: u32 = 60;

/// The part of a list that a request asks for.
pub(crate) struct PageRequest {
    /// What is listed. A token continues only the list that it came from.
    list: String,
    limit: u32,
    after: Option<String>,
}

impl PageRequest {
    /// The page of `list` after the one that gave `token`; a limit of 0 is the default of 60.
    ///
    /// # Errors
    /// `InvalidParameterException` for a token that this list never gave.
    pub(crate) fn of(list: String, limit: Option<i64>, token: Option<&str>) -> Result<Self> {
        let after =
            token.map(|token| decode(&list, token).ok_or_else(ApiError::bad_pagination_token));
        Ok(Self {
            after: after.transpose()?,
            limit: limit
                .and_then(|limit| u32::try_from(limit).ok())
                .filter(|limit| *limit > 0)
                .unwrap_or(LIMIT),
            list,
        })
    }

    /// The key after which the page starts; `None` at the start of the list.
    pub(crate) fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// The most entries that the page may have.
    pub(crate) fn limit(&self) -> u32 {
        self.limit
    }

    /// The entries that were found, and the token of the next page, which starts after the key of the last entry. The token is
    /// `None` on the last page.
    pub(crate) fn answer<T>(
        &self,
        found: Page<T>,
        key: impl Fn(&T) -> Cow<'_, str>,
    ) -> (Vec<T>, Option<String>) {
        let next = found.next_after();
        let next = next.map(|last| URL_SAFE_NO_PAD.encode(format!("{}\n{}", self.list, key(last))));
        (found.items, next)
    }
}

fn decode(list: &str, token: &str) -> Option<String> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let key = text.strip_prefix(list)?.strip_prefix('\n')?;
    Some(key.to_owned())
}
