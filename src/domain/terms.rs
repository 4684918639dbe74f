//! Terms documents: what pages of an app client link to and have users agree to (AWS API reference, `CreateTerms`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::api::{TermsDescriptionType, TermsEnforcementType, TermsSourceType, TermsType};
use crate::domain::document::{Body, Document};
use crate::domain::pool::Pool;
use crate::error::{ApiError, Result};
use crate::ids::ClientId;

/// The most terms documents that a pool may have (AWS's guide "Quotas in Amazon Cognito").
pub(crate) const MAX_TERMS: u32 = 40;

/// The key of the link for languages that have none of their own.
const DEFAULT: &str = "cognito:default";

/// What is kept of a terms document; its name is that of the document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Terms {
    #[serde(rename = "TermsSource")]
    pub(crate) source: TermsSourceType,
    pub(crate) enforcement: TermsEnforcementType,
    /// The addresses of the document, by language.
    pub(crate) links: BTreeMap<String, String>,
}

impl Body for Terms {
    const KIND: &'static str = "Terms";
}

impl Terms {
    /// Checks that there is a link for users of every language.
    ///
    /// # Errors
    /// `InvalidParameterException`.
    pub(crate) fn check(&self) -> Result<()> {
        if self.links.contains_key(DEFAULT) {
            Ok(())
        } else {
            Err(ApiError::no_default_link())
        }
    }

    /// The address of the document in this language, or else that for languages that have none of their own.
    pub(crate) fn link(&self, language: &str) -> Option<&str> {
        let link = self.links.get(language);
        link.or_else(|| self.links.get(DEFAULT)).map(String::as_str)
    }
}

impl Document<Terms> {
    /// The document as answers show it. `client` is the one that it belongs to.
    pub(crate) fn into_terms(self, pool: &Pool, client: ClientId) -> TermsType {
        TermsType {
            client_id: client,
            creation_date: self.created,
            enforcement: self.body.enforcement,
            last_modified_date: self.modified,
            links: self.body.links,
            terms_id: self.id,
            terms_name: self.name,
            terms_source: self.body.source,
            user_pool_id: pool.id.clone(),
        }
    }

    /// The document as lists show it.
    pub(crate) fn into_description(self) -> TermsDescriptionType {
        TermsDescriptionType {
            creation_date: self.created,
            enforcement: self.body.enforcement,
            last_modified_date: self.modified,
            terms_id: self.id,
            terms_name: self.name,
        }
    }
}
