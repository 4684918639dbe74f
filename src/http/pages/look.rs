//! How the pages of a client look: the style of managed login, or the customization of the classic pages; and the terms that they
//! link to. Addresses are relative to a page of the domain.

use crate::api::Timestamp;
use crate::domain::branding::Style;
use crate::domain::branding::classic::{ALL, LOGO};
use crate::domain::terms::Terms;
use crate::domain::user_pool_domain::version;
use crate::error::Result;
use crate::ids::ClientId;
use crate::sign_in::ClientContext;
use crate::store::ReadTx;

/// Where the style sheet of the classic pages is, below the assets of a version.
pub(super) const CLASSIC_SHEET: &str = "CSS/custom-css.css";

/// Where the style sheet of managed login is.
pub(super) const MANAGED_SHEET: &str = "CSS/managed-login.css";

/// Where the icon of managed login is.
pub(super) const ICON: &str = "images/favicon";

/// What the pages of a client have of their own.
#[derive(Default)]
pub(super) struct Look {
    /// The address of the style sheet that goes over the one of all pages.
    pub(super) sheet: Option<String>,
    pub(super) kind: Kind,
    /// The addresses of the terms of use and of the privacy policy, in the language of the page.
    pub(super) terms: Option<(String, String)>,
}

/// What the pages of the two versions have beside a style sheet.
#[derive(Default)]
pub(super) enum Kind {
    /// A page that belongs to no client, or a classic one without a customization.
    #[default]
    Plain,
    /// A classic page, and the address of its logo.
    Classic(Option<String>),
    /// A page of managed login, and the address of its icon.
    Managed(String),
}

impl Look {
    /// How the classic pages of a client look.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails.
    pub(super) fn classic(client: &ClientContext, tx: &ReadTx<'_>) -> Result<Self> {
        let found = tx.find_customization(&client.pool, Some(&client.app.id))?;
        let Some(found) = found else {
            return Ok(Self::default());
        };
        let owner = found.client.as_ref().map_or(ALL, ClientId::as_str);
        let address = |asset: &str| address(owner, found.modified, asset);
        let (css, logo) = (&found.body.css, &found.body.image_file);
        Ok(Self {
            sheet: css.as_ref().map(|_| address(CLASSIC_SHEET)),
            kind: Kind::Classic(logo.as_ref().map(|_| address(LOGO))),
            terms: None,
        })
    }

    /// How a client's pages of managed login look, with the terms in this language (AWS API reference, `CreateTerms`). Returns `None`
    /// if the client has no style.
    ///
    /// # Errors
    /// `InternalErrorException` when the store fails.
    pub(super) fn managed(
        client: &ClientContext,
        tx: &ReadTx<'_>,
        language: &str,
    ) -> Result<Option<Self>> {
        let (pool, id) = (&client.pool, &client.app.id);
        let changed = tx.find_change_of_document::<Style>(pool, id, "")?;
        let Some(changed) = changed else {
            return Ok(None);
        };
        let address = |asset: &str| address(id.as_str(), changed, asset);
        let documents = tx.documents_of_client::<Terms>(pool, id)?;
        let link = |name: &str| {
            let mut documents = documents.iter();
            let document = documents.find(|document| document.name == name)?;
            document.body.link(language).map(str::to_owned)
        };
        Ok(Some(Self {
            sheet: Some(address(MANAGED_SHEET)),
            kind: Kind::Managed(address(ICON)),
            terms: link("terms-of-use").zip(link("privacy-policy")),
        }))
    }

    /// The address of the icon.
    pub(super) fn icon(&self) -> Option<&str> {
        match &self.kind {
            Kind::Managed(icon) => Some(icon),
            Kind::Plain | Kind::Classic(_) => None,
        }
    }

    /// Whether the page is one of managed login.
    pub(super) fn is_managed(&self) -> bool {
        matches!(self.kind, Kind::Managed(_))
    }

    /// Whether the page has the banner of customized classic pages.
    pub(super) fn has_banner(&self) -> bool {
        matches!(self.kind, Kind::Classic(_))
    }

    /// The address of the logo in the banner.
    pub(super) fn logo(&self) -> Option<&str> {
        match &self.kind {
            Kind::Classic(logo) => logo.as_deref(),
            Kind::Plain | Kind::Managed(_) => None,
        }
    }
}

/// The address of an asset of this owner. The time in its query makes browsers fetch it anew after each change.
fn address(owner: &str, changed: Timestamp, asset: &str) -> String {
    let (version, millis) = (version(changed), changed.millis());
    format!("{owner}/{version}/assets/{asset}?{millis}")
}
