//! Signing in with a second factor, and what takes it off.

use hezuo_domain::second_factor::{code, period};
use hezuo_store::on_both_databases;
use hezuo_testkit::{Call, Login, PASSWORD, TestApp, world};
use serde_json::{Value, json};

fn log_in(app: &TestApp, login: &str, password: &str) -> Call {
    let body = json!({"login": login, "password": password});
    app.post("/api/v1/session").json(&body)
}

fn second(app: &TestApp, ticket: &Value, code: &str) -> Call {
    let body = json!({"ticket": ticket, "code": code});
    app.post("/api/v1/session/second").json(&body)
}

/// The bytes of a secret as it is spelled, read by other means than those that spelled it.
pub(crate) fn secret_of(spelled: &Value) -> Vec<u8> {
    let letters = spelled.as_str().expect("a secret").replace(' ', "");
    let bits_of = |letter: u8| {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            _ => letter - b'2' + 26,
        };
        (0..5)
            .rev()
            .map(move |at| if value >> at & 1 == 1 { '1' } else { '0' })
    };
    let bits: String = letters.bytes().flat_map(bits_of).collect();
    let byte = |at: usize| u8::from_str_radix(&bits[at * 8..at * 8 + 8], 2).expect("bits");
    (0..bits.len() / 8).map(byte).collect()
}

/// What the app on somebody's phone shows now.
fn shown(app: &TestApp, secret: &[u8]) -> String {
    code(secret, period(app.app.now()))
}

/// Sets a second factor up; the secret and the recovery codes.
async fn set_up(app: &TestApp, login: &Login) -> (Vec<u8>, Vec<String>) {
    let begin = app.post("/api/v1/account/second-factor").by(login);
    let offer = begin.json(&json!({"password": PASSWORD})).await.ok();
    let secret = secret_of(&offer["secret"]);
    let confirm = app.post("/api/v1/account/second-factor/confirm").by(login);
    let first = json!({"code": shown(app, &secret)});
    let codes = confirm.json(&first).await.ok();
    let codes = codes["codes"].as_array().expect("codes").iter();
    let codes = codes.map(|it| it.as_str().expect("a code").to_owned());
    (secret, codes.collect())
}

on_both_databases! {
    async fn the_password_alone_opens_nothing_once_there_is_a_second_factor(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let officer = world.factory.officer();
        let begin = || app.post("/api/v1/account/second-factor").by(officer);
        begin().json(&json!({"password": "wrong"})).await
            .expect("422 session.proof_wrong at password");
        let offer = begin().json(&json!({"password": PASSWORD})).await.ok();
        let address = offer["address"].as_str().expect("an address");
        assert!(address.starts_with("otpauth://totp/Hezuo:a-safety_officer?secret="), "{address}");
        // Not asked for before a first code has come.
        log_in(&app, "a-safety_officer", PASSWORD).await.expect("200");
        let secret = secret_of(&offer["secret"]);
        let confirm = |code: String| {
            let call = app.post("/api/v1/account/second-factor/confirm").by(officer);
            call.json(&json!({"code": code}))
        };
        confirm("000000".into()).await.expect("422 session.code_wrong at code");
        let first = shown(&app, &secret);
        let codes = confirm(first.clone()).await.ok();
        assert_eq!(codes["codes"].as_array().expect("codes").len(), 10);
        confirm(first.clone()).await.expect("422 session.code_wrong at code");
        begin().json(&json!({"password": PASSWORD})).await.expect("409 second_factor.on");

        let asked = log_in(&app, "a-safety_officer", PASSWORD).await.expect("202");
        assert!(asked.header("set-cookie").is_empty());
        let ticket = &asked.json()["ticket"];
        // The ticket is no session, and the code that set it up is spent.
        let text = ticket.as_str().expect("a ticket");
        for cookie in [format!("hezuo={text}"), format!("hezuo={}", &text[..97])] {
            let answer = app.get("/api/v1/session").header("cookie", &cookie).await;
            answer.expect("401 session.expired");
        }
        second(&app, ticket, &first).await.expect("422 session.code_wrong at code");
        app.clock.advance_seconds(30);
        let next = shown(&app, &secret);
        let spaced = format!("{} {}", &next[..3], &next[3..]);
        let session = second(&app, ticket, &spaced).await.expect("200");
        assert_eq!(session.json()["name"], "a-safety_officer");
        second(&app, ticket, &next).await.expect("422 session.code_wrong at code");
        // Somebody else's ticket with another's id, and one that is too old.
        let other = text.replacen(&officer.user.0.simple().to_string(),
            &world.factory.member().user.0.simple().to_string(), 1);
        second(&app, &json!(other), &next).await.expect("422 session.sign_in_ended");
        app.clock.advance_seconds(5 * 60);
        let late = shown(&app, &secret);
        second(&app, ticket, &late).await.expect("422 session.sign_in_ended");
    }

    async fn a_recovery_code_is_used_once_and_new_ones_end_the_old(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let officer = world.factory.officer();
        let (secret, codes) = set_up(&app, officer).await;
        let ticket = || async {
            log_in(&app, "a-safety_officer", PASSWORD).await.json()["ticket"].clone()
        };
        let typed = codes[3].to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
        second(&app, &ticket().await, &typed).await.expect("200");
        second(&app, &ticket().await, &codes[3]).await.expect("422 session.code_wrong at code");
        let standing = app.get("/api/v1/account/second-factor").by(officer).await.ok();
        assert_eq!((standing["on"].as_bool(), standing["codes_left"].as_i64()), (Some(true), Some(9)));
        app.clock.advance_seconds(60);
        let renew = app.post("/api/v1/account/second-factor/codes").by(officer);
        let both = json!({"password": PASSWORD, "code": shown(&app, &secret)});
        let fresh_codes = renew.json(&both).await.ok();
        second(&app, &ticket().await, &codes[4]).await.expect("422 session.code_wrong at code");
        let one = fresh_codes["codes"][0].as_str().expect("a code");
        second(&app, &ticket().await, one).await.expect("200");

        let off = |password: &str, code: &str| {
            let call = app.post("/api/v1/account/second-factor/off").by(officer);
            call.json(&json!({"password": password, "code": code}))
        };
        let two = fresh_codes["codes"][1].as_str().expect("a code");
        off("wrong", two).await.expect("422 session.proof_wrong at password");
        off(PASSWORD, "123").await.expect("422 session.code_wrong at code");
        off(PASSWORD, two).await.expect("204");
        log_in(&app, "a-safety_officer", PASSWORD).await.expect("200");
        let own = app.get("/api/v1/account").by(officer).await.ok();
        let acts: Vec<_> = own["events"].as_array().expect("events").iter()
            .map(|it| it["act"].as_str().expect("an act").to_owned()).collect();
        assert!(acts.contains(&"second_factor".to_owned()), "{acts:?}");
        assert!(acts.contains(&"no_second_factor".to_owned()), "{acts:?}");
    }

    async fn a_new_password_does_not_go_round_the_second_factor(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let (factory, officer) = (&world.factory, world.factory.officer());
        let (secret, _) = set_up(&app, officer).await;
        let ticket = log_in(&app, "a-safety_officer", PASSWORD).await.json()["ticket"].clone();
        let path = |tail: &str| factory.at(&format!("/users/{}/{tail}", officer.user));
        let reset = app.post(&path("reset")).by(factory.administrator()).await.ok();
        let redeem = json!({"code": reset["code"], "password": "four quiet looms"});
        let asked = app.post("/api/v1/session/redeem").json(&redeem).await.expect("202");
        app.clock.advance_seconds(30);
        // The ticket of the old password ends with it.
        let typed = shown(&app, &secret);
        second(&app, &ticket, &typed).await.expect("422 session.sign_in_ended");
        second(&app, &asked.json()["ticket"], &typed).await.expect("200");

        // Lost: the administrator takes it off, in front of everybody whom it concerns.
        let users = app.get(&factory.at("/users")).by(factory.administrator()).await.ok();
        let marked = users["items"].as_array().expect("users").iter()
            .filter(|it| it["second_factor"] == true).count();
        assert_eq!(marked, 1);
        let take_off = || app.post(&path("reset-second-factor")).by(factory.administrator());
        take_off().await.expect("204");
        take_off().await.expect("409 second_factor.off");
        log_in(&app, "a-safety_officer", "four quiet looms").await.expect("200");
    }

    async fn a_representative_s_second_factor_takes_a_second_person(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let representative = factory.by(hezuo_domain::people::Role::WorkerRepresentative);
        let (_, codes) = set_up(&app, representative).await;
        let path = factory.at(&format!("/users/{}/reset-second-factor", representative.user));
        app.post(&path).by(factory.administrator()).await.expect("202");
        let login = "a-worker_representative";
        let asked = log_in(&app, login, PASSWORD).await.expect("202");
        let changes = app.get(&factory.at("/account-changes")).by(factory.administrator()).await.ok();
        let change = changes["items"][0]["id"].as_str().expect("a change").to_owned();
        let at = |tail: &str| factory.at(&format!("/account-changes/{change}/{tail}"));
        app.post(&at("carry-out")).by(factory.administrator()).await
            .expect("409 account_change.too_early");
        second(&app, &asked.json()["ticket"], &codes[0]).await.expect("200");
        let agree = app.post(&at("agree")).by(representative);
        agree.json(&json!({"password": PASSWORD})).await.expect("204");
        app.post(&at("carry-out")).by(factory.administrator()).await.expect("200");
        log_in(&app, login, PASSWORD).await.expect("200");
        let events = app.get(&factory.at("/account-events")).by(representative).await.ok();
        let done = events["items"].as_array().expect("events").iter()
            .filter(|it| it["act"] == "reset_second_factor").count();
        assert_eq!(done, 3, "asked, agreed, done: {events}");
    }
}

#[tokio::test]
async fn codes_are_not_guessed() {
    let app = TestApp::on(hezuo_store::testing::sqlite().await);
    let world = world(&app).await;
    let officer = world.factory.officer();
    let (secret, codes) = set_up(&app, officer).await;
    let asked = log_in(&app, "a-safety_officer", PASSWORD).await.json();
    for _ in 0..8 {
        let wrong = second(&app, &asked["ticket"], "12345").await;
        wrong.expect("422 session.code_wrong at code");
    }
    second(&app, &asked["ticket"], &codes[0])
        .await
        .expect("429 session.limited");
    app.clock.advance_seconds(301);
    let asked = log_in(&app, "a-safety_officer", PASSWORD).await.json();
    second(&app, &asked["ticket"], &shown(&app, &secret))
        .await
        .expect("200");
    // What lies in the database opens nothing: neither the secret nor a code stands there.
    let own = app.get("/api/v1/account").by(officer).await.ok();
    assert!(own["tried"].to_string().contains("\"failures\":8"), "{own}");
}
