//! The style sheet of managed login: what the settings and assets of a client's style change of the sheet of all pages. Nothing of the
//! settings goes into it as text, only colours, numbers and words that are known.

use serde_json::Value;

use crate::api::{AssetCategoryType, AssetType, ColorSchemeModeType, Timestamp};
use crate::domain::branding::Style;
use crate::error::Result;

/// The custom properties that are colours, one a line: its name, and the setting, the part before the colour mode and the one after it.
const COLOURS: &str = "\
back components/pageBackground color
card components/form backgroundColor
card-line components/form borderColor
header components/pageHeader background/color
header-line components/pageHeader borderColor
footer components/pageFooter background/color
footer-line components/pageFooter borderColor
heading components/pageText headingColor
text components/pageText bodyColor
soft components/pageText descriptionColor
label componentClasses/inputLabel textColor
hint componentClasses/inputDescription textColor
field componentClasses/input defaults/backgroundColor
line componentClasses/input defaults/borderColor
link componentClasses/link defaults/textColor
link-hover componentClasses/link hover/textColor
focus componentClasses/focusState borderColor
choice componentClasses/optionControls selected/backgroundColor
main components/primaryButton defaults/backgroundColor
on-main components/primaryButton defaults/textColor
main-hover components/primaryButton hover/backgroundColor
on-main-hover components/primaryButton hover/textColor
main-active components/primaryButton active/backgroundColor
on-main-active components/primaryButton active/textColor
quiet components/secondaryButton defaults/backgroundColor
quiet-line components/secondaryButton defaults/borderColor
on-quiet components/secondaryButton defaults/textColor
quiet-hover components/secondaryButton hover/backgroundColor
quiet-line-hover components/secondaryButton hover/borderColor
on-quiet-hover components/secondaryButton hover/textColor
provider components/idpButton/standard defaults/backgroundColor
provider-line components/idpButton/standard defaults/borderColor
on-provider components/idpButton/standard defaults/textColor
provider-hover components/idpButton/standard hover/backgroundColor
provider-line-hover components/idpButton/standard hover/borderColor
on-provider-hover components/idpButton/standard hover/textColor
bad components/alert error/borderColor
bad-back components/alert error/backgroundColor
good componentClasses/statusIndicator success/borderColor
good-back componentClasses/statusIndicator success/backgroundColor
";

/// The custom properties that are radii, and their settings.
const RADII: [(&str, &str); 4] = [
    ("card-radius", "components/form/borderRadius"),
    ("button-radius", "componentClasses/buttons/borderRadius"),
    ("field-radius", "componentClasses/input/borderRadius"),
    ("note-radius", "components/alert/borderRadius"),
];

/// The largest radius, in pixels.
const MAX_RADIUS: f64 = 100.0;

/// The lines of [`COLOURS`].
fn colours() -> impl Iterator<Item = [&'static str; 3]> {
    let lines = COLOURS.lines().map(|line| line.split(' '));
    lines.filter_map(|mut words| Some([words.next()?, words.next()?, words.next()?]))
}

/// The style sheet of a style that was last changed at this time.
///
/// # Errors
/// `InternalErrorException`.
pub(super) fn of(style: &Style, changed: Timestamp) -> Result<String> {
    let settings = style.merged_settings()?;
    let sheet = Sheet {
        style,
        settings: &settings,
        changed,
    };
    Ok([
        sheet.properties(),
        sheet.places(),
        sheet.bars(),
        sheet.form(),
        sheet.background(),
    ]
    .concat())
}

/// The icon of a style: an SVG before an ICO, as far as the settings have them enabled.
///
/// # Errors
/// `InternalErrorException`.
pub(super) fn icon(style: &Style) -> Result<Option<&AssetType>> {
    let settings = style.merged_settings()?;
    let types = settings.pointer("/components/favicon/enabledTypes");
    let is_enabled = |name: &str| {
        let types = types.and_then(Value::as_array);
        types.is_some_and(|types| types.iter().any(|one| one == name))
    };
    let of = |name: &str, category: AssetCategoryType| {
        let asset = style.asset(category, ColorSchemeModeType::Light);
        asset.filter(|_| is_enabled(name))
    };
    let svg = of("SVG", AssetCategoryType::FaviconSvg);
    Ok(svg.or_else(|| of("ICO", AssetCategoryType::FaviconIco)))
}

/// The address of an asset, below the assets of a version.
pub(super) fn path_of(asset: &AssetType) -> String {
    let (category, mode) = (asset.category.as_str(), asset.color_mode.as_str());
    format!("images/{category}.{mode}")
}

struct Sheet<'a> {
    style: &'a Style,
    settings: &'a Value,
    changed: Timestamp,
}

/// An image among those of an element's background, the uppermost first.
struct Layer {
    category: AssetCategoryType,
    is_shown: bool,
    position: &'static str,
    size: &'static str,
}

impl Sheet<'_> {
    fn setting(&self, path: &str) -> Option<&Value> {
        self.settings.pointer(&format!("/{path}"))
    }

    fn is_on(&self, path: &str) -> bool {
        self.setting(path).and_then(Value::as_bool) == Some(true)
    }

    /// The word for CSS that a setting stands for: `START`, `CENTER` or `END`.
    fn side(&self, path: &str, words: [&'static str; 3]) -> &'static str {
        let [start, center, end] = words;
        match self.setting(path).and_then(Value::as_str) {
            Some("START") => start,
            Some("END") => end,
            Some(_) | None => center,
        }
    }

    fn scheme(&self) -> ColorSchemeModeType {
        let name = self.setting("categories/global/colorSchemeMode");
        let name = name.and_then(Value::as_str);
        let mut all = ColorSchemeModeType::ALL.iter();
        let scheme = all.find(|mode| Some(mode.as_str()) == name);
        scheme.copied().unwrap_or(ColorSchemeModeType::Light)
    }

    fn colour(&self, before: &str, mode: &str, after: &str) -> Option<String> {
        let text = self
            .setting(&format!("{before}/{mode}/{after}"))?
            .as_str()?;
        let is_colour =
            [6, 8].contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_colour.then(|| format!("#{text}"))
    }

    /// Colours, radii, and which of both themes the pages have.
    fn properties(&self) -> String {
        let scheme = match self.scheme() {
            ColorSchemeModeType::Light => "color-scheme:only light;",
            ColorSchemeModeType::Dark => "color-scheme:only dark;",
            ColorSchemeModeType::Dynamic => "",
        };
        let colours = colours().filter_map(|[name, before, after]| {
            let light = self.colour(before, "lightMode", after)?;
            let dark = self.colour(before, "darkMode", after)?;
            Some(format!("--{name}:light-dark({light},{dark});"))
        });
        let radii = RADII.into_iter().filter_map(|(name, path)| {
            let pixels = self.setting(path)?.as_f64()?.clamp(0.0, MAX_RADIUS);
            Some(format!("--{name}:{pixels}px;"))
        });
        let properties: String = colours.chain(radii).collect();
        format!(":root{{{scheme}{properties}}}\n")
    }

    /// Where the form stands on the page, and how close its parts are.
    fn places(&self) -> String {
        let words = ["flex-start", "center", "flex-end"];
        let across = self.side("categories/form/location/horizontal", words);
        let down = self.side("categories/form/location/vertical", words);
        let density = self.setting("categories/global/spacingDensity");
        let compact = density.and_then(Value::as_str) == Some("COMPACT");
        let card = if compact {
            ".card{padding:1.25rem 1rem}.card label{margin-top:.5rem}.card button{margin-top:1rem}\n"
        } else {
            ""
        };
        format!(".place{{justify-content:{across};align-items:{down}}}\n{card}")
    }

    /// The header and the footer of the page.
    fn bars(&self) -> String {
        let bar = |name: &str, component: &str, logo, background| {
            if !self.is_on(&format!("categories/global/{component}/enabled")) {
                return String::new();
            }
            let location = format!("components/{component}/logo/location");
            let sides = ["left 1rem center", "center", "right 1rem center"];
            let layers = [
                Layer {
                    category: logo,
                    is_shown: self.is_on(&format!("components/{component}/logo/enabled")),
                    position: self.side(&location, sides),
                    size: "auto 2.5rem",
                },
                Layer {
                    category: background,
                    is_shown: self
                        .is_on(&format!("components/{component}/backgroundImage/enabled")),
                    position: "center",
                    size: "cover",
                },
            ];
            format!("{name}{{display:block}}\n{}", self.images(name, &layers))
        };
        let header = bar(
            ".page-header",
            "pageHeader",
            AssetCategoryType::PageHeaderLogo,
            AssetCategoryType::PageHeaderBackground,
        );
        let footer = bar(
            ".page-footer",
            "pageFooter",
            AssetCategoryType::PageFooterLogo,
            AssetCategoryType::PageFooterBackground,
        );
        header + &footer
    }

    /// The logo and the background of the form.
    fn form(&self) -> String {
        let background = Layer {
            category: AssetCategoryType::FormBackground,
            is_shown: self.is_on("components/form/backgroundImage/enabled"),
            position: "center",
            size: "cover",
        };
        let background = self.images(".card", &[background]);
        if !self.is_on("components/form/logo/enabled") {
            return background;
        }
        let sides = ["left center", "center", "right center"];
        let logo = Layer {
            category: AssetCategoryType::FormLogo,
            is_shown: true,
            position: self.side("components/form/logo/location", sides),
            size: "contain",
        };
        let position = self.setting("components/form/logo/position");
        let below = position.and_then(Value::as_str) == Some("BOTTOM");
        let order = if below {
            ".card{display:flex;flex-direction:column}.form-logo{order:1;margin:1.25rem 0 0}\n"
        } else {
            ""
        };
        let logo = self.images(".form-logo", &[logo]);
        let shown = if logo.is_empty() {
            ""
        } else {
            ".form-logo{display:block}\n"
        };
        [&background, shown, &logo, order].concat()
    }

    fn background(&self) -> String {
        let image = Layer {
            category: AssetCategoryType::PageBackground,
            is_shown: self.is_on("components/pageBackground/image/enabled"),
            position: "center",
            size: "cover",
        };
        self.images("body", &[image])
    }

    /// The rules for the images of an element, for each colour mode that the pages may have. There are none if there is no image.
    fn images(&self, element: &str, layers: &[Layer]) -> String {
        let scheme = self.scheme();
        if scheme != ColorSchemeModeType::Dynamic {
            return self.images_in(scheme, element, layers);
        }
        let modes = [
            ("light", ColorSchemeModeType::Light),
            ("dark", ColorSchemeModeType::Dark),
        ];
        let rules = modes.map(|(name, mode)| {
            let rule = self.images_in(mode, element, layers);
            if rule.is_empty() {
                return rule;
            }
            format!("@media (prefers-color-scheme:{name}){{{rule}}}\n")
        });
        rules.concat()
    }

    /// The rule for the images of an element in one colour mode; empty if there are none.
    fn images_in(&self, mode: ColorSchemeModeType, element: &str, layers: &[Layer]) -> String {
        let shown = layers.iter().filter(|layer| layer.is_shown);
        let shown =
            shown.filter_map(|layer| Some((layer, self.style.asset(layer.category, mode)?)));
        let shown: Vec<_> = shown.collect();
        if shown.is_empty() {
            return String::new();
        }
        let joined = |part: &dyn Fn(&Layer, &AssetType) -> String| {
            let parts = shown.iter().map(|(layer, asset)| part(layer, asset));
            parts.collect::<Vec<_>>().join(",")
        };
        let changed = self.changed.millis();
        // The sheet stands in a folder beside that of the images.
        let urls = joined(&|_, asset| format!("url(../{}?{changed})", path_of(asset)));
        let positions = joined(&|layer, _| layer.position.to_owned());
        let sizes = joined(&|layer, _| layer.size.to_owned());
        format!(
            "{element}{{background-image:{urls};background-position:{positions};background-size:{sizes};\
             background-repeat:no-repeat}}\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::AssetExtensionType;

    fn sheet(settings: Value, assets: &[(AssetCategoryType, ColorSchemeModeType)]) -> String {
        let assets = assets.iter().map(|(category, color_mode)| AssetType {
            bytes: None,
            category: *category,
            color_mode: *color_mode,
            extension: AssetExtensionType::Png,
            resource_id: None,
        });
        let style = Style {
            use_cognito_provided_values: false,
            settings: Some(settings),
            assets: assets.collect(),
        };
        of(&style, Timestamp::from_millis(7)).unwrap()
    }

    #[test]
    fn every_colour_of_the_defaults_is_in_the_sheet() {
        let sheet = sheet(json!({}), &[]);
        for [name, ..] in colours() {
            assert!(sheet.contains(&format!("--{name}:light-dark(#")), "{name}");
        }
        assert_eq!(colours().count(), COLOURS.lines().count());
        for (name, _) in RADII {
            assert!(sheet.contains(&format!("--{name}:")), "{name}");
        }
        assert!(sheet.contains("color-scheme:only light;"));
        assert!(!sheet.contains("url("));
    }

    #[test]
    fn nothing_of_the_settings_but_colours_and_numbers_is_in_the_sheet() {
        let evil = "}</style><script>alert(1)</script>";
        let back = json!({"lightMode": {"color": evil}, "darkMode": {"color": "url(//a)"}});
        let form = json!({"borderRadius": evil, "logo": {"enabled": evil, "location": evil, "position": evil}});
        let global = json!({"colorSchemeMode": evil, "spacingDensity": evil});
        let sheet = sheet(
            json!({"components": {"pageBackground": back, "form": form}, "categories": {"global": global}}),
            &[],
        );
        assert!(
            !sheet.contains("script") && !sheet.contains("url("),
            "{sheet}"
        );
        assert!(!sheet.contains("--back:") && !sheet.contains("--card-radius:"));
        let large = json!({"components": {"form": {"borderRadius": 1e300}}});
        assert!(super::tests::sheet(large, &[]).contains("--card-radius:100px;"));
    }

    #[test]
    fn an_image_of_a_colour_mode_goes_before_one_for_both() {
        let logo = AssetCategoryType::FormLogo;
        let assets = [
            (logo, ColorSchemeModeType::Dynamic),
            (logo, ColorSchemeModeType::Dark),
        ];
        let settings = |scheme: &str| {
            json!({"categories": {"global": {"colorSchemeMode": scheme}},
                "components": {"form": {"logo": {"enabled": true, "location": "START"}}}})
        };
        let url = |mode: &str| format!("url(../images/FORM_LOGO.{mode}?7)");
        let light = sheet(settings("LIGHT"), &assets);
        assert!(light.contains(&url("DYNAMIC")) && !light.contains(&url("DARK")));
        let dark = sheet(settings("DARK"), &assets);
        assert!(dark.contains(&url("DARK")) && !dark.contains(&url("DYNAMIC")));
        let both = sheet(settings("DYNAMIC"), &assets);
        let (_, in_dark) = both
            .split_once("@media (prefers-color-scheme:dark)")
            .unwrap();
        assert!(both.contains(&url("DYNAMIC")) && in_dark.contains(&url("DARK")));
        assert!(!both.contains("color-scheme:only"));
    }
}
