//! `/_poolhouse/clock`: what the server's clock shows. `GET` reads it, `POST` changes it, `DELETE` makes it show the system's time
//! again. The caller signs with an access key that is granted the action `poolhouse:SetClock`, and the settings must allow it.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::SecondsFormat;
use serde::{Deserialize, Serialize};

use super::signed::{self, Call};
use crate::access::SET_CLOCK;
use crate::ambient::{Ambient, Change, Reading};
use crate::api::Timestamp;
use crate::error::{ApiError, Result};
use crate::http::Shared;

/// What a request changes.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Input {
    /// The time to show.
    time: Option<Timestamp>,
    /// How far to go forward, in seconds, from that time or from the one shown.
    advance_seconds: Option<f64>,
    /// Whether to stand still.
    frozen: Option<bool>,
}

/// What the clock shows.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::http) struct Shown {
    time: Timestamp,
    frozen: bool,
}

impl From<Reading> for Shown {
    fn from(reading: Reading) -> Self {
        Self {
            time: Timestamp::from(reading.time),
            frozen: reading.frozen,
        }
    }
}

/// What the clock shows, and the system's time.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    #[serde(flatten)]
    shown: Shown,
    system_time: Timestamp,
}

impl Output {
    fn of(ambient: &Ambient) -> Self {
        let system_time = ambient.system_now();
        let running = Reading {
            time: system_time,
            frozen: false,
        };
        Self {
            shown: ambient.clock_set_to().unwrap_or(running).into(),
            system_time: system_time.into(),
        }
    }
}

/// Answers with what the clock shows.
pub(super) async fn read(
    shared: web::Data<Shared>,
    request: HttpRequest,
    body: web::Payload,
) -> HttpResponse {
    signed::answer("ReadClock", shared, request, body, async |call| {
        call.authorize_for_tests(SET_CLOCK)?;
        Ok(Output::of(&call.shared.ambient))
    })
    .await
}

/// Changes what the clock shows, and answers with it.
pub(super) async fn change(
    shared: web::Data<Shared>,
    request: HttpRequest,
    body: web::Payload,
) -> HttpResponse {
    signed::answer("SetClock", shared, request, body, async |call| {
        call.authorize_for_tests(SET_CLOCK)?;
        let change = change_of(&call.body()?)?;
        let ambient = &call.shared.ambient;
        let changed = ambient.change_clock(change).ok_or_else(|| {
            ApiError::invalid_parameter(
                "The clock can be set to times from the year 1970 to the year 2999.",
            )
        })?;
        tell(call, changed);
        Ok(Output::of(ambient))
    })
    .await
}

/// Makes the clock show the system's time, and answers with it.
pub(super) async fn reset(
    shared: web::Data<Shared>,
    request: HttpRequest,
    body: web::Payload,
) -> HttpResponse {
    signed::answer("ResetClock", shared, request, body, async |call| {
        call.authorize_for_tests(SET_CLOCK)?;
        let ambient = &call.shared.ambient;
        ambient.reset_clock();
        call.shared
            .log
            .event("Clock", Some(("time", "the system's".to_owned())));
        Ok(Output::of(ambient))
    })
    .await
}

/// # Errors
/// `InvalidParameterException` when the input changes nothing, or says what no clock can do.
fn change_of(input: &Input) -> Result<Change> {
    let by = input.advance_seconds.map(Duration::try_from_secs_f64);
    let by = by.transpose().map_err(|_| {
        ApiError::invalid_parameter("AdvanceSeconds must be a number of seconds, 0 or more.")
    })?;
    if input.time.is_none() && by.is_none() && input.frozen.is_none() {
        return Err(ApiError::invalid_parameter(
            "One of Time, AdvanceSeconds and Frozen is needed.",
        ));
    }
    Ok(Change {
        to: input.time.map(Timestamp::date_time),
        by,
        frozen: input.frozen,
    })
}

/// Tells the log of the change.
fn tell(call: &Call<'_>, to: Reading) {
    let time = to.time.to_rfc3339_opts(SecondsFormat::Millis, true);
    let how = if to.frozen {
        "standing still"
    } else {
        "running"
    };
    call.shared
        .log
        .event("Clock", Some(("time", format!("{time}, {how}"))));
}
