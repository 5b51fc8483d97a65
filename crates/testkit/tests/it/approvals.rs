//! Letting a browser in from a phone that is signed in.

use axum::http::Method;
use hezuo_domain::people::Role;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Answer, Call, Login, PASSWORD, TestApp, world};
use serde_json::{Value, json};

/// A browser that waits.
struct Browser {
    cookie: String,
    code: String,
    number: i64,
}

fn cookie(answer: &Answer, name: &str) -> String {
    let all = answer.headers.get_all("set-cookie").iter();
    let mut texts = all.map(|it| it.to_str().expect("text").to_owned());
    let found = texts.find(|it| it.starts_with(&format!("{name}=")));
    let found = found.expect("a cookie");
    assert!(found.contains("HttpOnly; SameSite=Strict"), "{found}");
    found.split(';').next().expect("a pair").to_owned()
}

async fn begin(app: &TestApp) -> Browser {
    let begun = app.post("/api/v1/session/approval").await.expect("200");
    let body = begun.json();
    assert_eq!(body["seconds"], 120);
    let cookie = cookie(&begun, "hezuo-waiting");
    // What the phone sees opens nothing.
    let secret = cookie.split_once('=').expect("a pair").1.to_owned();
    assert!(!begun.text().contains(&secret));
    Browser {
        cookie,
        code: body["code"].as_str().expect("a code").to_owned(),
        number: body["number"].as_i64().expect("a number"),
    }
}

fn take(app: &TestApp, cookie: &str) -> Call {
    let call = app.post("/api/v1/session/approval/take");
    call.header("cookie", cookie)
}

fn find(app: &TestApp, by: &Login, code: &str) -> Call {
    let call = app.post("/api/v1/account/approvals/find").by(by);
    call.json(&json!({"code": code}))
}

fn settle(app: &TestApp, by: &Login, it: &Browser, number: i64, lets_in: bool) -> Call {
    let call = app.post("/api/v1/account/approvals").by(by);
    call.json(&json!({"code": it.code, "number": number.to_string(), "lets_in": lets_in}))
}

async fn account(app: &TestApp, by: &Login) -> Value {
    app.get("/api/v1/account").by(by).await.ok()
}

on_both_databases! {
    async fn a_browser_is_let_in_once_by_the_number_on_its_screen(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let officer = world.factory.officer();
        let browser = begin(&app).await;
        let other = begin(&app).await;
        app.clock.advance_seconds(20);
        assert_eq!(take(&app, &browser.cookie).await.expect("202").json(), json!({"seconds": 100}));
        let typed = browser.code.to_lowercase().replace('-', " ");
        let seen = find(&app, officer, &typed).await.ok();
        assert_eq!(seen, json!({"device": "computer", "since_seconds": 20}));
        settle(&app, officer, &browser, browser.number, true).await.expect("204");
        settle(&app, officer, &browser, browser.number, true).await.expect("409 approval.unknown at code");
        // Another browser, and none, gets nothing by it.
        take(&app, &other.cookie).await.expect("202");
        take(&app, "a=b").await.expect("422 approval.ended");
        take(&app, &format!("hezuo-waiting={}", "0".repeat(64))).await.expect("422 approval.ended");
        let answer = take(&app, &browser.cookie).await.expect("200");
        assert_eq!(answer.json()["user_id"], json!(officer.user));
        take(&app, &browser.cookie).await.expect("422 approval.ended");

        let session = cookie(&answer, "hezuo");
        let who = |path: &str| app.get(path).header("cookie", &session);
        who(&world.factory.at("/cases")).await.expect("200");
        // It has shown nothing itself: no signature, and nobody else comes in through it.
        let sign = app.post("/api/v1/account/passkeys/challenge").header("cookie", &session);
        sign.await.expect("403 session.step_up");
        let again = json!({"code": other.code});
        let next = app.post("/api/v1/account/approvals/find").header("cookie", &session).json(&again);
        next.await.expect("403 approval.own_session");
        // Its owner sees it and ends it.
        let own = account(&app, officer).await;
        let acts = own["events"].as_array().expect("events").iter().filter(|it| it["act"] == "approve_sign_in");
        assert_eq!(acts.count(), 1, "{own}");
        let sessions = own["sessions"].as_array().expect("sessions");
        let approved: Vec<_> = sessions.iter().filter(|it| it["approved"] == true).collect();
        assert_eq!(approved.len(), 1, "{own}");
        let path = format!("/api/v1/account/sessions/{}", approved[0]["id"].as_str().expect("an id"));
        app.call(Method::DELETE, &path).by(officer).await.expect("204");
        who("/api/v1/session").await.expect("401 session.expired");
    }

    async fn a_wrong_number_a_refusal_and_two_minutes_end_it(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let officer = world.factory.officer();
        let browser = begin(&app).await;
        let wrong = if browser.number == 99 { 98 } else { browser.number + 1 };
        settle(&app, officer, &browser, wrong, true).await.expect("422 approval.number at number");
        take(&app, &browser.cookie).await.expect("403 approval.refused");
        settle(&app, officer, &browser, browser.number, true).await.expect("409 approval.unknown at code");

        let browser = begin(&app).await;
        settle(&app, officer, &browser, browser.number, false).await.expect("204");
        take(&app, &browser.cookie).await.expect("403 approval.refused");
        let own = account(&app, officer).await;
        let refused = own["events"].as_array().expect("events").iter()
            .filter(|it| it["act"] == "approve_sign_in" && it["phase"] == "refused");
        assert_eq!(refused.count(), 2, "{own}");

        // Approved in time, but not taken in time; and found too late.
        let (late, later) = (begin(&app).await, begin(&app).await);
        settle(&app, officer, &late, late.number, true).await.expect("204");
        app.clock.advance_seconds(120);
        take(&app, &late.cookie).await.expect("422 approval.ended");
        find(&app, officer, &later.code).await.expect("409 approval.unknown at code");
        begin(&app).await;
        let rows = app.fresh.dump().await;
        assert!(!rows.iter().any(|it| it.contains(&later.code.replace('-', ""))), "it is forgotten");
    }

    async fn what_was_approved_ends_with_the_sessions_and_the_login(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let approved = |by: Login| {
            let app = &app;
            async move {
                let browser = begin(app).await;
                settle(app, &by, &browser, browser.number, true).await.expect("204");
                browser
            }
        };
        let officer = factory.officer();
        let browser = approved(officer.clone()).await;
        let end = app.call(Method::DELETE, "/api/v1/account/sessions");
        end.by(officer).await.expect("204");
        take(&app, &browser.cookie).await.expect("422 approval.ended");

        let member = factory.member();
        let browser = approved(member.clone()).await;
        let path = factory.at(&format!("/users/{}/disable", member.user));
        app.post(&path).by(factory.administrator()).await.expect("204");
        take(&app, &browser.cookie).await.expect("422 approval.ended");
        // Also where nothing but the login is locked.
        let leader = factory.by(Role::EitLeader);
        let browser = approved(leader.clone()).await;
        app.fresh.tamper("UPDATE app_user SET disabled = TRUE").await;
        take(&app, &browser.cookie).await.expect("403 sign_in.locked");
    }

    async fn who_reads_confidences_lets_nobody_in_and_guesses_end(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let representative = world.factory.by(Role::WorkerRepresentative);
        let browser = begin(&app).await;
        find(&app, representative, &browser.code).await.expect("403 sign_in.own_password");
        let settle = settle(&app, representative, &browser, browser.number, true);
        settle.await.expect("403 sign_in.own_password");
        let officer = world.factory.officer();
        for _ in 0..10 {
            find(&app, officer, "0000-0000").await.expect("409 approval.unknown at code");
        }
        find(&app, officer, &browser.code).await.expect("429 session.limited");
        // Strangers who open page after page wait.
        let mut outcomes = Vec::new();
        for _ in 0..60 {
            outcomes.push(app.post("/api/v1/session/approval").await.outcome());
        }
        assert_eq!(outcomes.last().map(String::as_str), Some("429 session.limited"));
    }
}

#[tokio::test]
async fn letting_in_takes_somebody_who_was_there_lately() {
    let app = TestApp::on(hezuo_store::testing::sqlite().await);
    world(&app).await;
    let body = json!({"login": "a-safety_officer", "password": PASSWORD});
    let session = app.post("/api/v1/session").json(&body).await.expect("200");
    let session = cookie(&session, "hezuo");
    app.clock.advance_seconds(300);
    let browser = begin(&app).await;
    let settle = |lets_in: bool| {
        let said =
            json!({"code": browser.code, "number": browser.number.to_string(), "lets_in": lets_in});
        let call = app.post("/api/v1/account/approvals");
        call.header("cookie", &session).json(&said)
    };
    settle(true).await.expect("403 session.step_up");
    // To refuse takes nothing.
    settle(false).await.expect("204");
}
