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

fn from_phone(call: Call) -> Call {
    call.header(
        "user-agent",
        "Mozilla/5.0 (Linux; Android 14) Mobile Safari/537.36 canary-17",
    )
}

/// What the browser keeps of having signed in: the second cookie.
fn mark(answer: &Answer) -> String {
    let cookies = answer.headers.get_all("set-cookie").iter();
    let texts = cookies.map(|it| it.to_str().expect("text").to_owned());
    let found = texts
        .filter(|it| it.starts_with("hezuo-device="))
        .collect::<Vec<_>>();
    assert!(found[0].contains("HttpOnly; SameSite=Strict"), "{found:?}");
    found[0].split(';').next().expect("a pair").to_owned()
}

on_both_databases! {
    async fn sessions_are_told_apart_without_the_network_and_ended_by_their_owner(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let (_, code) = invite(&app, &world.factory, "shen.jie").await;
        let desk = cookie(&redeem(&app, &code, PASSWORD).await);
        app.clock.advance_seconds(60);
        let phone = cookie(&from_phone(log_in(&app, "shen.jie", PASSWORD)).await);
        let account = |session: &str| {
            let call = app.get("/api/v1/account").header("cookie", session);
            async { call.await.ok() }
        };
        let seen = account(&phone).await;
        let sessions = seen["sessions"].as_array().expect("sessions");
        let of: Vec<_> = sessions.iter().map(|it| (&it["device"], &it["is_this"])).collect();
        assert_eq!(of, [(&json!("phone"), &json!(true)), (&json!("computer"), &json!(false))]);
        assert_eq!(sessions[0]["last_day"].as_str().map(str::len), Some(10), "the day and nothing finer");
        assert_eq!(seen["login"], "shen.jie");
        let rows = app.fresh.dump().await;
        assert!(!rows.iter().any(|row| row.contains("canary-17")), "a browser's name is kept");

        // One of them; somebody else's is left alone.
        let other = world.factory.officer();
        let own = app.get("/api/v1/account").by(other).await.ok();
        let id = own["sessions"][0]["id"].as_str().expect("an id").to_owned();
        let end = |id: &str| {
            let path = format!("/api/v1/account/sessions/{id}");
            app.call(axum::http::Method::DELETE, &path).header("cookie", &phone)
        };
        end(&id).await.expect("204");
        app.get("/api/v1/session").by(other).await.expect("200");
        end(sessions[1]["id"].as_str().expect("an id")).await.expect("204");
        let who = |session: &str| app.get("/api/v1/session").header("cookie", session);
        who(&desk).await.expect("401 session.expired");

        // Signing in again in the same browser ends the session that it had; all others at once.
        let again = cookie(&log_in(&app, "shen.jie", PASSWORD).header("cookie", &phone).await);
        who(&phone).await.expect("401 session.expired");
        let third = cookie(&log_in(&app, "shen.jie", PASSWORD).await);
        let others = app.call(axum::http::Method::DELETE, "/api/v1/account/sessions");
        others.header("cookie", &again).await.expect("204");
        who(&third).await.expect("401 session.expired");
        who(&again).await.expect("200");

        // An administrator, as when a phone was lost; and the owner is told.
        let user = account(&again).await;
        assert_eq!(user["events"][0]["act"], "gain");
        let id = who(&again).await.ok()["user_id"].as_str().expect("an id").to_owned();
        let path = world.factory.at(&format!("/users/{id}/end-sessions"));
        app.post(&path).by(world.factory.administrator()).await.expect("204");
        who(&again).await.expect("401 session.expired");
        let back = cookie(&log_in(&app, "shen.jie", PASSWORD).await);
        let told = account(&back).await;
        let acts: Vec<_> = told["events"].as_array().expect("events").iter().map(|it| &it["act"]).collect();
        assert!(acts.contains(&&json!("end_sessions")), "{told}");
    }

    async fn the_owner_sets_another_password_and_every_other_session_ends(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let (_, code) = invite(&app, &world.factory, "shen.jie").await;
        let here = cookie(&redeem(&app, &code, PASSWORD).await);
        let there = cookie(&log_in(&app, "shen.jie", PASSWORD).await);
        let change = |old: &str, new: &str| {
            let body = json!({"password": old, "new_password": new});
            app.put("/api/v1/account/password").header("cookie", &here).json(&body)
        };
        change("a wrong one", "new password 1").await.expect("422 session.proof_wrong at password");
        change(PASSWORD, "short").await.expect("422 session.password_weak at new_password");
        change(PASSWORD, "shen.jie").await.expect("422 session.password_weak at new_password");
        change(PASSWORD, "new password 1").await.expect("204");
        let who = |session: &str| app.get("/api/v1/session").header("cookie", session);
        who(&there).await.expect("401 session.expired");
        who(&here).await.expect("200");
        log_in(&app, "shen.jie", PASSWORD).await.expect("401 session.wrong_password");
        log_in(&app, "shen.jie", "new password 1").await.expect("200");
        let own = app.get("/api/v1/account").header("cookie", &here).await.ok();
        let mut acts = own["events"].as_array().expect("events").iter().map(|it| &it["act"]);
        assert!(acts.any(|it| it == "password"), "{own}");
        // At an open screen nobody may guess for ever.
        for _ in 0..8 {
            change("a wrong one", "new password 2").await.expect("422 session.proof_wrong at password");
        }
        change("new password 1", "new password 2").await.expect("429 session.limited");
    }

    async fn a_session_that_nobody_uses_ends_by_itself(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let (_, code) = invite(&app, &world.factory, "shen.jie").await;
        let desk = cookie(&redeem(&app, &code, PASSWORD).await);
        let phone = cookie(&from_phone(log_in(&app, "shen.jie", PASSWORD)).await);
        let who = |session: &str| app.get("/api/v1/session").header("cookie", session);
        for _ in 0..3 {
            app.clock.advance_seconds(59 * 60);
            who(&desk).await.expect("200");
        }
        // What an open page asks by itself is not use.
        app.clock.advance_seconds(59 * 60);
        who(&desk).header("hezuo-by-itself", "1").await.expect("200");
        app.clock.advance_seconds(60);
        who(&desk).await.expect("401 session.expired");
        who(&phone).await.expect("200");
        // However much it is used.
        for _ in 0..8 {
            app.clock.advance_seconds(3_600);
            who(&phone).await.expect("200");
        }
        app.clock.advance_seconds(3_600);
        who(&phone).await.expect("401 session.expired");
    }
}

#[tokio::test]
async fn strangers_who_guess_do_not_lock_the_owner_s_devices() {
    let app = TestApp::on(hezuo_store::testing::sqlite().await);
    let world = world(&app).await;
    let (_, code) = invite(&app, &world.factory, "shen.jie").await;
    let mark = mark(&redeem(&app, &code, PASSWORD).await);
    let guess = || async {
        for _ in 0..8 {
            let wrong = log_in(&app, "shen.jie", "wrong password").await;
            wrong.expect("401 session.wrong_password");
        }
        let stranger = log_in(&app, "shen.jie", PASSWORD).await;
        stranger.expect("429 session.limited");
    };
    guess().await;
    let own = || log_in(&app, "shen.jie", PASSWORD).header("cookie", &mark);
    let session = own().await.expect("200");
    // The owner sees how often somebody tried, and on which day.
    let account = app
        .get("/api/v1/account")
        .header("cookie", &cookie(&session));
    let tried = account.await.ok()["tried"].clone();
    assert_eq!(
        (&tried[0]["failures"], &tried[0]["sign_ins"]),
        (&json!(8), &json!(2)),
        "{tried}"
    );

    // Each wait is twice as long as the one before.
    app.clock.advance_seconds(301);
    guess().await;
    app.clock.advance_seconds(301);
    let stranger = log_in(&app, "shen.jie", PASSWORD).await;
    stranger.expect("429 session.limited");
    app.clock.advance_seconds(300);
    guess().await;
    own().await.expect("200");

    // A mark that nobody gave, or somebody else's, is a stranger's; and a device may not guess for
    // ever either.
    let officer = format!("{}x", &mark[..mark.len() - 1]);
    for wrong in [officer.as_str(), "hezuo-device=", "hezuo-device=AAAA"] {
        let stranger = log_in(&app, "shen.jie", PASSWORD)
            .header("cookie", wrong)
            .await;
        stranger.expect("429 session.limited");
    }
    for _ in 0..8 {
        let wrong = log_in(&app, "shen.jie", "wrong password").header("cookie", &mark);
        wrong.await.expect("401 session.wrong_password");
    }
    own().await.expect("429 session.limited");
}
