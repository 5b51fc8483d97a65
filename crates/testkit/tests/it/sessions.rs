//! Logging in, invitations, resets, and who may give which role.

use hezuo_store::on_both_databases;
use hezuo_testkit::{Answer, Call, Factory, TestApp, world};
use serde_json::{Value, json};

const PASSWORD: &str = "three quiet looms";

fn log_in(app: &TestApp, login: &str, password: &str) -> Call {
    let body = json!({"login": login, "password": password});
    app.post("/api/v1/session").json(&body)
}

fn redeem(app: &TestApp, code: &Value, password: &str) -> Call {
    let body = json!({"code": code, "password": password});
    app.post("/api/v1/session/redeem").json(&body)
}

fn cookie(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie").to_owned();
    assert!(cookie.contains("HttpOnly; SameSite=Strict"), "{cookie}");
    cookie.split(';').next().expect("a pair").to_owned()
}

/// Invites somebody; the user's id and the code.
async fn invite(app: &TestApp, factory: &Factory, login: &str) -> (String, Value) {
    let administrator = factory.administrator();
    let person = json!({"name": "Shen Jie"});
    let person = app
        .post(&factory.at("/persons"))
        .by(administrator)
        .json(&person)
        .await
        .ok();
    let role = json!({"role": "eit_member", "place_kind": "enterprise", "place_key": factory.id});
    let user = json!({"person_id": person["id"], "login": login, "locale": "zh-CN",
        "roles": [role]});
    let invited = app
        .post(&factory.at("/users"))
        .by(administrator)
        .json(&user)
        .await
        .ok();
    let id = invited["user_id"].as_str().expect("an id").to_owned();
    (id, invited["invitation"]["code"].clone())
}

on_both_databases! {
    async fn an_invitation_is_used_once_and_a_reset_ends_the_sessions(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let (user, code) = invite(&app, factory, "shen.jie").await;
        log_in(&app, "shen.jie", PASSWORD).await.expect("401 session.wrong_password");
        redeem(&app, &code, "short").await.expect("422 session.password_weak at password");
        redeem(&app, &json!("AAAA-AAAA-AAAA-AAAA-AAAA-AAAA"), PASSWORD).await
            .expect("404 invitation.unusable");
        // As it is typed from paper: small letters, spaces.
        let typed = code.as_str().expect("a code").to_lowercase().replace('-', " ");
        let session = redeem(&app, &json!(typed), PASSWORD).await;
        assert_eq!(session.json()["name"], "Shen Jie");
        redeem(&app, &code, "another password").await.expect("404 invitation.unusable");
        let session = cookie(&session);
        let who = || app.get("/api/v1/session").header("cookie", &session);
        who().await.expect("200");
        log_in(&app, " Shen.Jie ", PASSWORD).await.expect("200");

        let path = |tail: &str| factory.at(&format!("/users/{user}/{tail}"));
        let administrator = factory.administrator();
        let reset = app.post(&path("reset")).by(administrator).await.ok();
        log_in(&app, "shen.jie", PASSWORD).await.expect("200");
        let again = app.post(&path("reset")).by(administrator).await.ok();
        redeem(&app, &reset["code"], "new password 1").await.expect("404 invitation.unusable");
        redeem(&app, &again["code"], "new password 1").await.expect("200");
        who().await.expect("401 session.expired");
        log_in(&app, "shen.jie", PASSWORD).await.expect("401 session.wrong_password");

        // An invitation that nobody used in time.
        let late = app.post(&path("reset")).by(administrator).await.ok();
        app.clock.advance_seconds(14 * 86_400 + 1);
        redeem(&app, &late["code"], PASSWORD).await.expect("404 invitation.unusable");
    }

    async fn a_disabled_user_loses_the_session_and_gets_no_other(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let (user, code) = invite(&app, factory, "shen.jie").await;
        let session = cookie(&redeem(&app, &code, PASSWORD).await);
        let who = || app.get("/api/v1/session").header("cookie", &session);
        let path = |tail: &str| factory.at(&format!("/users/{user}/{tail}"));
        let administrator = factory.administrator();
        let reset = app.post(&path("reset")).by(administrator).await.ok();
        app.post(&path("disable")).by(administrator).await.expect("204");
        who().await.expect("401 session.expired");
        log_in(&app, "shen.jie", PASSWORD).await.expect("401 session.wrong_password");
        redeem(&app, &reset["code"], PASSWORD).await.expect("404 invitation.unusable");
        app.post(&path("reset")).by(administrator).await.expect("404 not_found");
        app.post(&path("enable")).by(administrator).await.expect("204");
        who().await.expect("401 session.expired");
        let session = cookie(&log_in(&app, "shen.jie", PASSWORD).await);
        let out = app.call(axum::http::Method::DELETE, "/api/v1/session");
        let out = out.header("cookie", &session).await.expect("204");
        assert!(out.header("set-cookie").contains("Max-Age=0"));
        app.get("/api/v1/session").header("cookie", &session).await.expect("401 session.expired");
    }

    async fn a_session_ends_after_a_shift(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let officer = world.factory.officer();
        app.clock.advance_seconds(12 * 3_600 - 1);
        app.get("/api/v1/session").by(officer).await.expect("200");
        app.clock.advance_seconds(1);
        app.get("/api/v1/session").by(officer).await.expect("401 session.expired");
        app.get(&world.factory.at("/cases")).by(officer).await.expect("401 session.expired");
        // The other's token with one's own enterprise in front, and other nonsense.
        let secret = officer.cookie.split_once('.').expect("a token").1;
        for wrong in ["hezuo=", "hezuo=x", "other=1; hezuo", &format!("hezuo={}.{secret}",
            world.other.id.0.simple())] {
            let answer = app.get("/api/v1/session").header("cookie", wrong).await;
            answer.expect("401 session.expired");
        }
    }
}

#[tokio::test]
async fn wrong_passwords_are_limited_by_name() {
    let app = TestApp::on(hezuo_store::testing::sqlite().await);
    let world = world(&app).await;
    let (_, code) = invite(&app, &world.factory, "shen.jie").await;
    redeem(&app, &code, PASSWORD).await.expect("200");
    let wrong = log_in(&app, "shen.jie", "wrong password").await;
    let unknown = log_in(&app, "nobody", "wrong password").await;
    assert_eq!(
        wrong.clone().expect("401 session.wrong_password").body,
        unknown.body
    );
    for _ in 0..7 {
        log_in(&app, "shen.jie", "wrong password")
            .await
            .expect("401 session.wrong_password");
    }
    log_in(&app, "SHEN.JIE", PASSWORD)
        .await
        .expect("429 session.limited");
    log_in(&app, "nobody", PASSWORD)
        .await
        .expect("401 session.wrong_password");
    app.clock.advance_seconds(301);
    log_in(&app, "shen.jie", PASSWORD).await.expect("200");
    let body = json!({"login": "shen.jie", "password": 5});
    let typed = app.post("/api/v1/session").json(&body);
    typed.await.expect("422 input.invalid at password");
    for _ in 0..60 {
        redeem(&app, &json!("wrong"), PASSWORD)
            .await
            .expect("404 invitation.unusable");
    }
    redeem(&app, &json!("wrong"), PASSWORD)
        .await
        .expect("429 session.limited");
}

#[tokio::test]
async fn roles_are_given_only_on_ones_own_places() {
    let app = TestApp::on(hezuo_store::testing::sqlite().await);
    let world = world(&app).await;
    let (factory, other) = (&world.factory, &world.other);
    let administrator = factory.administrator();
    let role = |role: &str, kind: &str, key: &str| json!({"role": role, "place_kind": kind, "place_key": key});
    let path = factory.at(&format!("/users/{}/roles", factory.member().user));
    let change = |roles: Value| {
        app.put(&path)
            .by(administrator)
            .json(&json!({"roles": roles}))
    };
    let own = factory.id.to_string();
    for place in [
        role("manager", "enterprise", &other.id.to_string()),
        role("manager", "site", &other.site.to_string()),
        role("manager", "area", &other.workshop.to_string()),
        role("inspector", "region", "330503"),
    ] {
        change(json!([role("manager", "enterprise", &own), place]))
            .await
            .expect("403 user.role_not_yours at roles");
    }
    change(json!([role("king", "enterprise", &own)]))
        .await
        .expect("422 input.invalid at roles");
    change(json!([role("manager", "planet", &own)]))
        .await
        .expect("422 input.invalid at place_kind");
    change(json!([role("manager", "enterprise", "x")]))
        .await
        .expect("422 input.invalid at place_key");
    change(json!([
        role("manager", "enterprise", &own),
        role("eit_member", "site", &factory.site.to_string()),
        role("eit_member", "area", &factory.press.to_string()),
    ]))
    .await
    .expect("204");
    let session = app.get("/api/v1/session").by(factory.member()).await.ok();
    assert_eq!(
        session["roles"].as_array().map(Vec::len),
        Some(3),
        "at once, without a new login"
    );
    let login = json!({"person_id": factory.member().person, "login": "a-admin", "locale": "en",
        "roles": []});
    let taken = app
        .post(&factory.at("/users"))
        .by(administrator)
        .json(&login);
    taken.await.expect("409 user.login_taken at login");
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let app = TestApp::on(hezuo_store::testing::sqlite().await);
    let world = world(&app).await;
    let factory = &world.factory;
    let administrator = factory.administrator();
    let own = factory.at(&format!("/users/{}", administrator.user));
    let disable = app.post(&format!("{own}/disable")).by(administrator);
    disable.await.expect("409 user.last_administrator");
    let on_site = json!({"role": "administrator", "place_kind": "site", "place_key": factory.site});
    let as_manager =
        json!({"role": "manager", "place_kind": "enterprise", "place_key": factory.id});
    for roles in [json!([]), json!([as_manager]), json!([on_site])] {
        let change = app.put(&format!("{own}/roles")).by(administrator);
        change
            .json(&json!({"roles": roles}))
            .await
            .expect("409 user.last_administrator");
    }
    app.get(&factory.at("/users"))
        .by(administrator)
        .await
        .expect("200");
}
