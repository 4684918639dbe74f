//! How the pages of an app client look: its managed login branding, and the customization of the classic pages.

pub(crate) mod classic;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::{AssetCategoryType, AssetType, ColorSchemeModeType, ManagedLoginBrandingType};
use crate::domain::document::{Body, Document};
use crate::domain::pool::Pool;
use crate::error::{ApiError, Result};

/// The most styles that a pool may have (AWS's guide "Quotas in Amazon Cognito").
pub(crate) const MAX_STYLES: u32 = 20;

/// The most assets that a style may have (AWS API reference, `CreateManagedLoginBranding`).
const MAX_ASSETS: usize = 40;

/// The settings of a style that gives none, as the sample of `update-managed-login-branding` in the AWS CLI has them.
const DEFAULTS: &str = include_str!("defaults.json");

/// The style of managed login that an app client has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Style {
    /// Whether the style is Cognito's own, so that it has neither settings nor assets.
    pub(crate) use_cognito_provided_values: bool,
    pub(crate) settings: Option<Value>,
    pub(crate) assets: Vec<AssetType>,
}

impl Body for Style {
    const KIND: &'static str = "ManagedLoginBranding";
}

/// What a request says of a style.
pub(crate) struct GivenStyle {
    pub(crate) use_cognito_provided_values: Option<bool>,
    pub(crate) settings: Option<Value>,
    pub(crate) assets: Vec<AssetType>,
}

impl GivenStyle {
    /// The style of a client that had the one `before`; `None` for a new one. What is not given stays. An asset takes the place of
    /// one of the same category and colour mode.
    ///
    /// # Errors
    /// `InvalidParameterException`.
    pub(crate) fn over(self, before: Option<Style>) -> Result<Style> {
        let is_given = self.settings.is_some() || !self.assets.is_empty();
        if self.use_cognito_provided_values == Some(true) {
            if is_given {
                return Err(ApiError::branding_both_own_and_given());
            }
            return Ok(Style {
                use_cognito_provided_values: true,
                settings: None,
                assets: Vec::new(),
            });
        }
        let was_own = before
            .as_ref()
            .is_some_and(|it| it.use_cognito_provided_values);
        let is_own = was_own && !is_given && self.use_cognito_provided_values.is_none();
        let (settings, assets) = before.map_or((None, Vec::new()), |it| (it.settings, it.assets));
        let style = Style {
            use_cognito_provided_values: is_own,
            settings: self.settings.or(settings),
            assets: with_assets(assets, self.assets)?,
        };
        style.checked()
    }
}

impl Style {
    fn checked(self) -> Result<Self> {
        match &self.settings {
            None if !self.use_cognito_provided_values => {
                Err(ApiError::branding_neither_own_nor_given())
            }
            Some(settings) if !settings.is_object() => Err(ApiError::branding_settings_no_object()),
            Some(_) | None => Ok(self),
        }
    }

    /// The settings, with the default of each that the style does not give.
    ///
    /// # Errors
    /// `InternalErrorException`.
    pub(crate) fn merged_settings(&self) -> Result<Value> {
        let mut merged: Value = serde_json::from_str(DEFAULTS).map_err(ApiError::internal)?;
        if let Some(settings) = &self.settings {
            merge(&mut merged, settings);
        }
        Ok(merged)
    }

    /// The asset for a place and a colour mode: the one of this mode, or else the one that is for both.
    pub(crate) fn asset(
        &self,
        category: AssetCategoryType,
        mode: ColorSchemeModeType,
    ) -> Option<&AssetType> {
        let of_mode = |mode: ColorSchemeModeType| {
            let mut assets = self.assets.iter();
            assets.find(|asset| asset.category == category && asset.color_mode == mode)
        };
        of_mode(mode).or_else(|| of_mode(ColorSchemeModeType::Dynamic))
    }
}

/// Puts `over` over `value`, member by member where both are objects.
fn merge(value: &mut Value, over: &Value) {
    match (value, over) {
        (Value::Object(members), Value::Object(over)) => {
            for (name, over) in over {
                merge(members.entry(name).or_insert(Value::Null), over);
            }
        }
        (value, over) => *value = over.clone(),
    }
}

/// The assets with the given ones, each in the place of one of the same category and colour mode.
fn with_assets(mut assets: Vec<AssetType>, given: Vec<AssetType>) -> Result<Vec<AssetType>> {
    let place = |asset: &AssetType| (asset.category, asset.color_mode);
    let mut others = given.iter().enumerate();
    if others.any(|(index, asset)| given.iter().take(index).any(|it| place(it) == place(asset))) {
        return Err(ApiError::asset_given_twice());
    }
    for asset in given {
        match assets.iter_mut().find(|it| place(it) == place(&asset)) {
            Some(before) => *before = asset,
            None => assets.push(asset),
        }
    }
    if assets.len() > MAX_ASSETS {
        return Err(ApiError::too_many_assets());
    }
    Ok(assets)
}

impl Document<Style> {
    /// The style as answers show it; `merged` with the defaults, or only what was given.
    ///
    /// # Errors
    /// `InternalErrorException`.
    pub(crate) fn into_branding(
        self,
        pool: &Pool,
        merged: bool,
    ) -> Result<ManagedLoginBrandingType> {
        let settings = if merged {
            Some(self.body.merged_settings()?)
        } else {
            self.body.settings
        };
        Ok(ManagedLoginBrandingType {
            assets: Some(self.body.assets),
            creation_date: Some(self.created),
            last_modified_date: Some(self.modified),
            managed_login_branding_id: Some(self.id),
            settings,
            use_cognito_provided_values: Some(self.body.use_cognito_provided_values),
            user_pool_id: Some(pool.id.clone()),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_are_put_over_the_defaults_member_by_member() {
        let settings =
            json!({"components": {"form": {"lightMode": {"backgroundColor": "000000ff"}}}});
        let style = Style {
            use_cognito_provided_values: false,
            settings: Some(settings),
            assets: Vec::new(),
        };
        let merged = style.merged_settings().unwrap();
        let form = &merged["components"]["form"];
        assert_eq!(form["lightMode"]["backgroundColor"], "000000ff");
        assert_eq!(form["lightMode"]["borderColor"], "c6c6cdff");
        assert_eq!(merged["categories"]["global"]["colorSchemeMode"], "LIGHT");
    }
}
