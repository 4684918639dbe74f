//! Sessions in the file: after a restart, and as `poolhouse check --deep` checks them.

use super::{ids, revoke, seed, track};
use crate::world::{POOL, Setup, Tool, WEB, access_token, sign_in};

#[test]
fn sessions_are_there_after_a_restart() {
    let app = Setup::new().seeded(seed()).on_disk().start();
    track(&app, POOL, 20);
    let answer = sign_in(&app, WEB, "ana");
    app.seconds_pass(1);
    sign_in(&app, WEB, "ana");
    let before = ids(&app, "ana");
    let clock = app.clock.clone();
    let app = app.stop().start_at(clock);
    assert_eq!(ids(&app, "ana"), before);
    revoke(&app, "ana", &before[0]).ok();
    super::show(&app, &access_token(&answer)).ok();
    assert_eq!(ids(&app, "ana"), before[1..]);
}

#[test]
fn damaged_sessions_are_told_with_their_place() {
    let tool = Tool::new();
    tool.apply_seed(&seed());
    let server = tool.serve("--limits off --log-format off");
    let client = server.client();
    track(&client, POOL, 20);
    sign_in(&client, WEB, "ana");
    sign_in(&client, WEB, "ben");
    drop(server);
    assert_eq!(tool.run("check --deep").code, 0);
    for (damage, repair, line) in [
        (
            "UPDATE user_sessions SET id = 'tkn' || id WHERE sign_in = 1",
            "UPDATE user_sessions SET id = substr(id, 4) WHERE sign_in = 1",
            "user_sessions row 1 of us-east-1_Test00001: 2 validation errors detected: Value 'tkntkn",
        ),
        (
            "UPDATE sign_ins SET revoked = TRUE WHERE row = 2",
            "UPDATE sign_ins SET revoked = FALSE WHERE row = 2",
            "user_sessions row 2 of us-east-1_Test00001: the sign-in is revoked",
        ),
        (
            "UPDATE user_sessions SET user_row = (SELECT user_row FROM sign_ins WHERE row = 2) WHERE sign_in = 1",
            "UPDATE user_sessions SET user_row = (SELECT user_row FROM sign_ins WHERE row = 1) WHERE sign_in = 1",
            "user_sessions row 1 of us-east-1_Test00001: the sign-in is another user's",
        ),
        (
            "UPDATE user_sessions SET last_active_ms = 253402300800000 WHERE sign_in = 2",
            "UPDATE user_sessions SET last_active_ms = created_ms WHERE sign_in = 2",
            "user_sessions row 2 of us-east-1_Test00001: last_active_ms is 253402300800000, which is no date",
        ),
        (
            "UPDATE pools SET max_sessions = 101 WHERE row = 1",
            "UPDATE pools SET max_sessions = 20 WHERE row = 1",
            "pools row 1 of us-east-1_Test00001: 1 validation error detected: Value '101' at 'maxPerUser' failed",
        ),
        (
            "UPDATE pools SET session_tracking = 2 WHERE row = 1",
            "UPDATE pools SET session_tracking = TRUE WHERE row = 1",
            "pools row 1 of us-east-1_Test00001: session_tracking is 2, neither 0 nor 1",
        ),
        (
            "UPDATE app_clients SET sso_session_minutes = -1 WHERE row = 1",
            "UPDATE app_clients SET sso_session_minutes = NULL WHERE row = 1",
            "app_clients row 1 of us-east-1_Test00001: 1 validation error detected: Value '-1' at 'maxValidityMinutes' failed",
        ),
    ] {
        assert!(tool.file().execute(damage, []).unwrap() > 0);
        let outcome = tool.run("check --deep");
        assert_eq!(outcome.code, 1, "{outcome:?}");
        let line = format!("Record     {line}");
        let mut lines = outcome.stdout.lines();
        assert!(lines.any(|found| found.starts_with(&line)), "{outcome:?}");
        assert!(tool.file().execute(repair, []).unwrap() > 0);
    }
    assert_eq!(tool.run("check --deep").code, 0);
}
