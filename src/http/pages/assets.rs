//! `GET /<client>/<version>/assets/…`: the style sheets and images of a client's pages. A page names the version that it was made
//! for, so that browsers may keep them for ever.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS};
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::look::{CLASSIC_SHEET, ICON, MANAGED_SHEET};
use super::managed_sheet;
use super::not_found;
use super::view::View;
use crate::api::{AssetExtensionType, AssetType};
use crate::domain::branding::Style;
use crate::domain::branding::classic::{ALL, Customization, LOGO, media_type};
use crate::domain::document::Document;
use crate::domain::user_pool_domain::version;
use crate::error::Result;
use crate::http::Shared;
use crate::http::exchange::Exchange;
use crate::http::oauth2::site::Site;
use crate::ids::ClientId;

/// Where assets are.
pub(super) const PATH: &str = "/{client}/{version}/assets/{folder}/{file}";

/// A key, in a grey that shows on light and on dark.
const DEFAULT_ICON: &[u8] = include_bytes!("../../../templates/icon.svg");

/// What an image may do that somebody opens by itself: nothing. An SVG can hold scripts and addresses.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// A style sheet or an image.
struct Asset {
    media_type: &'static str,
    bytes: Vec<u8>,
}

pub(super) async fn answer(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let exchange = Exchange::at("asset", &shared, &request);
    let (response, error) = match find(&shared, &exchange, &request).await {
        Ok(Some(asset)) => (asset.response(), None),
        Ok(None) => not_found::page(&request),
        Err(error) => (View::of(&request).refuse(&error), Some(error)),
    };
    exchange.end(response, error)
}

impl Asset {
    fn response(self) -> HttpResponse {
        HttpResponse::Ok()
            .content_type(self.media_type)
            .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
            .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((CONTENT_SECURITY_POLICY, POLICY))
            .body(self.bytes)
    }

    /// The icon of pages whose style has none.
    fn default_icon() -> Self {
        Self {
            media_type: "image/svg+xml",
            bytes: DEFAULT_ICON.to_vec(),
        }
    }

    fn sheet(text: String) -> Self {
        Self {
            media_type: "text/css; charset=utf-8",
            bytes: text.into_bytes(),
        }
    }
}

/// The asset that the request asks for. Returns `None` if there is none.
///
/// # Errors
/// `ResourceNotFoundException` when there is no such domain; `InternalErrorException`.
async fn find(
    shared: &Shared,
    exchange: &Exchange,
    request: &HttpRequest,
) -> Result<Option<Asset>> {
    let part = |name| request.match_info().get(name).unwrap_or_default();
    let (owner, asked) = (part("client").to_owned(), part("version"));
    let path = format!("{}/{}", part("folder"), part("file"));
    let domain = Site::of(shared, exchange, request).await?.domain;
    let pool = domain.pool.clone();
    if domain.has_managed_login() {
        let client = ClientId::from(owner);
        let style = shared
            .store
            .read(move |tx| tx.find_document_of_client::<Style>(&pool, &client, ""));
        let style = style.await?;
        let style = style.filter(|style| version(style.modified) == asked);
        return style.map_or(Ok(None), |style| managed(&style, &path));
    }
    let found = shared.store.read(move |tx| {
        let client = (owner != ALL).then(|| ClientId::from(owner));
        let found = tx.find_customization(&pool, client.as_ref())?;
        Ok(found.filter(|found| found.client == client))
    });
    let found = found.await?;
    let found = found.filter(|found| version(found.modified) == asked);
    Ok(found.and_then(|found| classic(found.body, &path)))
}

/// What a customization has at this path.
fn classic(customization: Customization, path: &str) -> Option<Asset> {
    match path {
        CLASSIC_SHEET => customization.css.map(Asset::sheet),
        LOGO => {
            let bytes = customization.logo()?;
            let media_type = media_type(&bytes)?;
            Some(Asset { media_type, bytes })
        }
        _ => None,
    }
}

/// What a style has at this path.
fn managed(style: &Document<Style>, path: &str) -> Result<Option<Asset>> {
    if path == MANAGED_SHEET {
        let sheet = managed_sheet::of(&style.body, style.modified)?;
        return Ok(Some(Asset::sheet(sheet)));
    }
    if path == ICON {
        let icon = managed_sheet::icon(&style.body)?.and_then(image);
        return Ok(Some(icon.unwrap_or_else(Asset::default_icon)));
    }
    Ok(named(&style.body, path).and_then(image))
}

/// The asset of the style at this path.
fn named<'s>(style: &'s Style, path: &str) -> Option<&'s AssetType> {
    let mut assets = style.assets.iter();
    assets.find(|asset| managed_sheet::path_of(asset) == path)
}

fn image(asset: &AssetType) -> Option<Asset> {
    let bytes = STANDARD.decode(asset.bytes.as_ref()?).ok()?;
    let media_type = match asset.extension {
        AssetExtensionType::Ico => "image/vnd.microsoft.icon",
        AssetExtensionType::Jpeg => "image/jpeg",
        AssetExtensionType::Png => "image/png",
        AssetExtensionType::Svg => "image/svg+xml",
        AssetExtensionType::Webp => "image/webp",
    };
    Some(Asset { media_type, bytes })
}
