//! The date of a request.

use poolhouse::ambient::ManualClock;

use super::signed::Signed;
use super::{INCOMPLETE, INVALID, NEEDS_DATE, fixture};
use crate::world::{App, Key, NOW_MS, Setup, registry};

fn clock_at(milliseconds: i64) -> ManualClock {
    ManualClock::at(chrono::DateTime::from_timestamp_millis(milliseconds).unwrap())
}

#[test]
fn a_date_may_be_five_minutes_old_and_no_more() {
    let app = App::with_devices();
    let signed = |ahead| {
        let key = Key {
            ahead,
            ..Key::default()
        };
        Signed::by(&app, &key).send(&app)
    };
    signed(-299).ok();
    signed(-300).ok();
    signed(-301).refused(
        INVALID,
        "Signature expired: 20261122T141759Z is now earlier than 20261122T141800Z (20261122T142300Z - 5 min.)",
    );
    signed(-86400).refused(
        INVALID,
        "Signature expired: 20261121T142300Z is now earlier than 20261122T141800Z (20261122T142300Z - 5 min.)",
    );
}

#[test]
fn a_date_may_be_five_minutes_ahead_and_no_more() {
    let app = App::with_devices();
    let signed = |ahead| {
        let key = Key {
            ahead,
            ..Key::default()
        };
        Signed::by(&app, &key).send(&app)
    };
    signed(299).ok();
    signed(300).ok();
    signed(301).refused(
        INVALID,
        "Signature not yet current: 20261122T142801Z is still later than 20261122T142800Z (20261122T142300Z + 5 min.)",
    );
    signed(86400).refused(
        INVALID,
        "Signature not yet current: 20261123T142300Z is still later than 20261122T142800Z (20261122T142300Z + 5 min.)",
    );
}

#[test]
fn five_minutes_are_five_minutes_at_any_part_of_a_second() {
    for part_ms in [0, 1, 500, 999] {
        let app = Setup::new()
            .seeded(registry())
            .start_at(clock_at(NOW_MS - 500 + part_ms));
        for (ahead, status) in [(-301, 400), (-300, 200), (300, 200), (301, 400)] {
            let key = Key {
                ahead,
                ..Key::default()
            };
            let answer = Signed::by(&app, &key).send(&app);
            assert_eq!(answer.status, status, "{part_ms} ms, {ahead} s: {answer:?}");
        }
    }
}

#[test]
fn a_request_that_was_accepted_expires() {
    let app = App::with_devices();
    let request = fixture("plain");
    request.send(&app).ok();
    app.milliseconds_pass(299_400);
    request.send(&app).ok();
    app.milliseconds_pass(1_100);
    request.send(&app).refused(
        INVALID,
        "Signature expired: 20261122T142300Z is now earlier than 20261122T142301Z (20261122T142801Z - 5 min.)",
    );
}

#[test]
fn a_request_must_be_dated() {
    let app = App::with_devices();
    let request = fixture("plain");
    let message = format!("{NEEDS_DATE}Authorization={}", request.authorization());
    let undated = request.without("x-amz-date");
    undated.send(&app).refused(INCOMPLETE, &message);
}

#[test]
fn a_date_is_in_the_basic_format_of_iso_8601() {
    let app = App::with_devices();
    let request = fixture("plain");
    for date in [
        "2026-11-22T14:23:00Z",
        "20261122T142300",
        "20261122T1423Z",
        "20261122T142300.500Z",
        "20261322T142300Z",
        "20261122",
        "Sun, 22 Nov 2026 14:23:00 GMT",
    ] {
        let message = format!(
            "Date must be in ISO-8601 'basic format'. Got '{date}'. See http://en.wikipedia.org/wiki/ISO_8601"
        );
        request
            .with("x-amz-date", date)
            .send(&app)
            .refused(INCOMPLETE, &message);
        let dated = fixture("a Date header").with("date", date);
        dated.send(&app).refused(INCOMPLETE, &message);
    }
}
