//! Emails that are sent to a mail server.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};

use super::{POOL, WEB, read, registry, send_code, setup, users};
use crate::world::{
    App, AppClient, Client, Conduct, Key, MailServer, PASSWORD, Pool, Server, Setup, Tool, User,
    sign_in, until,
};

/// A server that sends emails to this address.
fn sending_to(setup: Setup, address: SocketAddr) -> App {
    let setup = setup
        .with("smtp_address", &address.to_string())
        .with("smtp_tls", "none");
    setup
        .with("smtp_from", "Poolhouse <no-reply@example.org>")
        .start()
}

/// The newest message of the outbox.
fn newest(app: &App) -> Value {
    let shown = read(app, &Key::default(), "").ok();
    shown["Messages"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()
        .clone()
}

/// The newest message once its delivery has got so far.
fn newest_as(app: &App, status: &str) -> Value {
    until(|| Some(newest(app)).filter(|message| message["DeliveryStatus"] == status))
}

#[test]
fn an_email_is_sent_and_the_outbox_says_so() {
    let mail = MailServer::start();
    let app = sending_to(setup(), mail.address);
    send_code(&app, WEB, "ana");
    let [letter] = mail.has_taken(1).try_into().unwrap();
    let shown = newest_as(&app, "DELIVERED");
    assert_eq!(letter.recipient, "ana@example.com");
    assert!(letter.text.contains(shown["Code"].as_str().unwrap()));
    for (header, value) in [
        ("From", "Poolhouse <no-reply@example.org>"),
        ("To", "ana@example.com"),
        ("Subject", "Your authentication code"),
        ("Content-Type", "text/html; charset=utf-8"),
        ("Date", "Sun, 22 Nov 2026 14:23:00 +0000"),
    ] {
        assert_eq!(letter.header(header), value, "{letter:?}");
    }
    assert_eq!(shown["DeliveryAttempts"], 1);
    assert_eq!(shown["DeliveryDate"], shown["CreationDate"]);
    assert!(shown.get("LastDeliveryError").is_none(), "{shown}");
}

#[test]
fn the_sender_is_the_pools_where_it_names_one() {
    let mail = MailServer::start();
    let client = AppClient::new("us-east-1_Sender001", "senderclient");
    let sender = json!({"EmailConfiguration": {"EmailSendingAccount": "DEVELOPER",
        "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/pool.example",
        "From": "Tulip <codes@pool.example>", "ReplyToEmailAddress": "help@pool.example"}});
    let pool = Pool::new(client.pool)
        .mfa(json!({"MfaConfiguration": "ON", "EmailMfaConfiguration": {}}))
        .with(sender)
        .client(client)
        .user(
            User::new("ana")
                .password(PASSWORD)
                .attribute("email", "ana@example.com"),
        );
    let app = sending_to(Setup::new().seeded(pool.into_seed()), mail.address);
    send_code(&app, client, "ana");
    let [letter] = mail.has_taken(1).try_into().unwrap();
    assert_eq!(letter.header("From"), "Tulip <codes@pool.example>");
    assert_eq!(letter.header("Reply-To"), "help@pool.example");
}

#[test]
fn a_mail_server_that_is_down_is_tried_again_and_no_request_notices() {
    let address = MailServer::nowhere();
    let app = sending_to(setup(), address);
    send_code(&app, WEB, "ana");
    let pending = until(|| {
        let shown = newest(&app);
        shown["LastDeliveryError"].is_string().then_some(shown)
    });
    assert_eq!(
        (&pending["DeliveryStatus"], &pending["DeliveryAttempts"]),
        (&json!("PENDING"), &json!(1))
    );
    let why = pending["LastDeliveryError"].as_str().unwrap();
    assert!(why.contains("Connection refused"), "{why}");
    let mail = MailServer::start_at(address);
    // The pause after the first attempt.
    app.seconds_pass(5);
    let delivered = newest_as(&app, "DELIVERED");
    assert_eq!(delivered["DeliveryAttempts"], 2);
    assert!(delivered.get("LastDeliveryError").is_none());
    assert_eq!(mail.taken().len(), 1);
    for (result, count) in [("delivered", 1), ("deferred", 1), ("failed", 0)] {
        let series = format!("poolhouse_deliveries_total{{result=\"{result}\"}}");
        assert_eq!(app.counted(&series), Some(count), "{result}");
    }
}

#[test]
fn a_refusal_for_good_is_final_and_told_without_what_the_mail_server_says() {
    let mail = MailServer::start();
    mail.conducts_itself(Conduct::Refuses(
        "550 5.1.1 <ana@example.com> 123456 unknown",
    ));
    let app = sending_to(setup(), mail.address);
    send_code(&app, WEB, "ana");
    let failed = newest_as(&app, "FAILED");
    assert_eq!(
        failed["LastDeliveryError"],
        "the mail server answered 550 5.1.1"
    );
    assert_eq!(failed["DeliveryAttempts"], 1);
    // Others are sent all the same, and this one is not tried again.
    mail.conducts_itself(Conduct::Takes);
    app.seconds_pass(100);
    send_code(&app, WEB, "ben");
    newest_as(&app, "DELIVERED");
    let letters = mail.has_taken(1);
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].recipient, "ben@example.org");
}

#[test]
fn a_message_is_tried_until_its_code_has_expired() {
    let mail = MailServer::start();
    mail.conducts_itself(Conduct::Refuses("451 4.7.1 try again"));
    let app = sending_to(setup(), mail.address);
    send_code(&app, WEB, "ana");
    let seconds = 180;
    for _ in 0..seconds {
        std::thread::sleep(Duration::from_millis(25));
        assert_ne!(newest(&app)["DeliveryStatus"], "FAILED");
        app.seconds_pass(1);
    }
    let failed = newest_as(&app, "FAILED");
    assert_eq!(
        failed["LastDeliveryError"],
        "the mail server answered 451 4.7.1"
    );
    assert!(failed["DeliveryAttempts"].as_u64().unwrap() > 1, "{failed}");
}

#[test]
fn an_sms_message_stays_in_the_outbox() {
    let mail = MailServer::start();
    let client = AppClient::new("us-east-1_Sms000009", "smsclient");
    let sms = json!({"SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms"}});
    let pool = Pool::new(client.pool)
        .mfa(json!({"MfaConfiguration": "ON", "SmsMfaConfiguration": sms}))
        .client(client)
        .user(
            User::new("ana")
                .password(PASSWORD)
                .attribute("phone_number", "+12065550100"),
        );
    let app = sending_to(setup().seeded(pool.into_seed()), mail.address);
    assert_eq!(sign_in(&app, client, "ana")["ChallengeName"], "SMS_MFA");
    send_code(&app, WEB, "ben");
    newest_as(&app, "DELIVERED");
    let shown = read(&app, &Key::default(), "?Username=ana").ok();
    assert!(shown["Messages"][0].get("DeliveryStatus").is_none());
    assert_eq!(mail.taken().len(), 1);
}

/// Starts a server of its own process that sends emails to this address.
fn serve(tool: &Tool, address: SocketAddr) -> Server {
    let mut command = tool.command("serve --listen 127.0.0.1:0 --limits off --log-format text");
    command
        .env("POOLHOUSE_SMTP_ADDRESS", address.to_string())
        .env("POOLHOUSE_SMTP_TLS", "none")
        .env("POOLHOUSE_SMTP_FROM", "no-reply@example.org");
    Server::start(command)
}

fn statuses(client: &Client) -> Vec<String> {
    let shown = client.get_signed("/_poolhouse/outbox").ok();
    let messages = shown["Messages"].as_array().unwrap();
    let statuses = messages.iter().map(|message| &message["DeliveryStatus"]);
    statuses
        .map(|status| status.as_str().unwrap_or("none").to_owned())
        .collect()
}

#[test]
fn two_servers_on_one_file_send_no_message_twice() {
    let mail = MailServer::start();
    let tool = Tool::new();
    tool.apply_seed(&registry());
    let servers = [serve(&tool, mail.address), serve(&tool, mail.address)];
    let clients = servers.each_ref().map(Server::client);
    std::thread::scope(|scope| {
        for client in &clients {
            scope.spawn(move || {
                for user in ["ana", "ben"].into_iter().cycle().take(20) {
                    send_code(client, WEB, user);
                }
            });
        }
    });
    until(|| {
        let statuses = statuses(&clients[0]);
        assert_eq!(statuses.len(), 40);
        let all = statuses.iter().all(|status| status == "DELIVERED");
        all.then_some(())
    });
    let mut ids: Vec<String> = mail
        .taken()
        .iter()
        .map(|letter| letter.header("Message-ID").to_owned())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), mail.taken().len()), (40, 40));
}

#[test]
fn a_message_that_was_being_sent_when_the_server_was_killed_is_sent_by_the_next() {
    let mail = MailServer::start();
    mail.conducts_itself(Conduct::Hangs);
    let tool = Tool::new();
    tool.apply_seed(&registry());
    let mut server = serve(&tool, mail.address);
    send_code(&server.client(), WEB, "ana");
    mail.hangs();
    server.signal("KILL");
    assert_eq!(server.wait(), None);
    mail.conducts_itself(Conduct::Takes);
    let server = serve(&tool, mail.address);
    let client = server.client();
    // Another message is sent meanwhile, but not the one that somebody may be sending.
    send_code(&client, WEB, "ben");
    assert_eq!(mail.has_taken(1)[0].recipient, "ben@example.org");
    assert_eq!(statuses(&client)[0], "PENDING");
    // As if half a minute had passed.
    let file = tool.file();
    file.execute(
        "UPDATE outbox SET next_attempt_ms = 0 WHERE delivered_ms IS NULL",
        [],
    )
    .unwrap();
    assert_eq!(mail.has_taken(2)[1].recipient, "ana@example.com");
    until(|| (statuses(&client) == ["DELIVERED", "DELIVERED"]).then_some(()));
}

#[test]
fn the_log_says_why_a_message_was_not_sent_and_nothing_of_the_message() {
    let mail = MailServer::start();
    mail.conducts_itself(Conduct::Refuses("550 5.1.1 <ana@example.com> unknown"));
    let tool = Tool::new();
    tool.apply_seed(&registry());
    let mut server = serve(&tool, mail.address);
    let client = server.client();
    send_code(&client, WEB, "ana");
    until(|| (statuses(&client) == ["FAILED"]).then_some(()));
    let printed = tool.run("outbox").stdout;
    assert!(
        printed.contains("EMAIL ana@example.com  FAILED (1 attempt: the mail server answered 550 5.1.1)  Authentication  "),
        "{printed}"
    );
    let code = printed.split_whitespace().next_back().unwrap();
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    let log = server.rest();
    assert!(
        log.contains(
            r#"ERROR A message could not be sent. reason="the mail server answered 550 5.1.1""#
        ),
        "{log}"
    );
    assert!(!log.contains("ana") && !log.contains(code), "{log}");
}

#[test]
fn a_message_of_a_time_without_a_mail_server_is_sent_while_its_code_is_good() {
    let app = setup().on_disk().start();
    send_code(&app, WEB, "ana");
    app.seconds_pass(100);
    send_code(&app, WEB, "ben");
    app.seconds_pass(100);
    assert!(newest(&app).get("DeliveryStatus").is_none());
    let clock = app.clock.clone();
    let mail = MailServer::start();
    let setup = app.stop();
    let app = setup
        .with("smtp_address", &mail.address.to_string())
        .with("smtp_tls", "none")
        .with("smtp_from", "no-reply@example.org")
        .start_at(clock);
    newest_as(&app, "DELIVERED");
    let shown = read(&app, &Key::default(), "").ok();
    assert_eq!(users(&shown), [(POOL, "ana"), (POOL, "ben")]);
    let first = &shown["Messages"][0];
    assert_eq!(
        (&first["DeliveryStatus"], &first["DeliveryAttempts"]),
        (&json!("FAILED"), &json!(0))
    );
    assert_eq!(mail.taken().len(), 1);
}
