//! Sessions in the file: after a restart, and as `poolhouse check --deep` checks them.

use serde_json::json;

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

#[test]
fn seeds_and_exports_carry_the_configurations_of_pools_and_clients() {
    let (here, there) = (Tool::new(), Tool::new());
    let pool = |most: u32, minutes: i64| {
        json!({
            "UserPool": {"Id": POOL},
            "SessionConfiguration":
                {"UserPoolId": POOL, "UserSessionTracking": "ENABLED", "TokenSession": {"MaxPerUser": most}},
            "Clients": [{"ClientId": "webapp", "ClientName": "web", "SSOSession": {"MaxValidityMinutes": minutes}}],
        })
    };
    assert_eq!(
        here.apply_seed(&pool(3, 0)),
        "2 created, 0 updated, 0 unchanged"
    );
    assert_eq!(
        here.apply_seed(&pool(3, 0)),
        "0 created, 0 updated, 2 unchanged"
    );
    assert_eq!(
        here.apply_seed(&pool(4, 5)),
        "0 created, 2 updated, 0 unchanged"
    );
    let silent =
        json!({"UserPool": {"Id": POOL}, "Clients": [{"ClientId": "webapp", "ClientName": "web"}]});
    assert_eq!(
        here.apply_seed(&silent),
        "0 created, 0 updated, 2 unchanged"
    );
    let exported = here.export();
    let shown = &exported["UserPools"][0];
    let expected = json!({"UserSessionTracking": "ENABLED", "TokenSession": {"MaxPerUser": 4}});
    assert_eq!(shown["SessionConfiguration"], expected);
    let expected = json!({"MaxValidityMinutes": 5});
    assert_eq!(shown["Clients"][0]["SSOSession"], expected);
    there.apply_seed(&exported);
    assert_eq!(there.export(), exported);
}

#[test]
fn mistakes_in_session_configurations_of_a_seed_are_told_with_their_place() {
    let on = json!({"UserSessionTracking": "ENABLED", "TokenSession": {"MaxPerUser": 4}});
    let mut elsewhere = on.clone();
    elsewhere["UserPoolId"] = json!("us-east-1_Elsewhere");
    for (members, expected) in [
        (
            json!({"UserPool": {"Id": POOL, "UserPoolTier": "LITE"}, "SessionConfiguration": on}),
            "SessionConfiguration: The following features need to be disabled for the LITE pricing tier configured: User \
             Session Tracking",
        ),
        (
            json!({"UserPool": {"Id": POOL}, "SessionConfiguration": elsewhere}),
            "SessionConfiguration: UserPoolId is that of another pool",
        ),
        (
            json!({"UserPool": {"Id": POOL}, "Clients": [{"ClientId": "c", "ClientName": "c", "SSOSession": {"Minutes": 1}}]}),
            "Clients[0].SSOSession: unknown member 'Minutes'",
        ),
    ] {
        let tool = Tool::new();
        tool.write_json("seed.json", &members);
        let outcome = tool.run("seed apply --create seed.json");
        assert_eq!(outcome.code, 3, "{outcome:?}");
        let told = format!("poolhouse: seed: seed.json: {expected}");
        assert_eq!(outcome.stderr.trim_end(), told);
    }
}
