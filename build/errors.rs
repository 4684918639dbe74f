//! The error codes: the exceptions of the model, and the errors of every AWS service that it leaves out.

use super::model::{Model, Shape};
use super::output::ErrorOut;
use super::overrides;

/// The codes of all errors, sorted by name.
pub(crate) fn errors(model: &Model) -> Vec<ErrorOut> {
    let modelled = model.shapes.iter().filter_map(|(name, shape)| {
        let Shape::Structure {
            exception: true,
            fault,
            ..
        } = shape
        else {
            return None;
        };
        Some(ErrorOut {
            name: name.clone(),
            status: if *fault {
                overrides::FAULT_STATUS
            } else {
                overrides::CLIENT_STATUS
            },
            common: overrides::COMMON_IN_MODEL.contains(&name.as_str()),
        })
    });
    let added = overrides::COMMON_ERRORS
        .iter()
        .map(|(name, status)| ErrorOut {
            name: (*name).to_owned(),
            status: *status,
            common: true,
        });
    let mut errors: Vec<_> = modelled.chain(added).collect();
    errors.sort_by(|a, b| a.name.cmp(&b.name));
    errors
}
