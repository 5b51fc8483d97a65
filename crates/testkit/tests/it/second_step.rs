//! Whose password alone is not enough, what is left of the account meanwhile, and what counts as a second step.

use hezuo_app::intake::Release;
use hezuo_domain::people::Role;
use hezuo_domain::second_factor::{code, period};
use hezuo_domain::second_step::Rule;
use hezuo_store::on_both_databases;
use hezuo_store::testing::Fresh;
use hezuo_testkit::{Call, Login, PASSWORD, TestApp, world};
use serde_json::{Value, json};

use crate::operations::{both_targets, documented, operations};
use crate::second_factor::secret_of;

/// What may be done although a second step must still be set up.
const SET_UP: &[&str] = &[
    "find_session",
    "delete_session",
    "find_own_account",
    "change_own_password",
    "end_other_sessions",
    "end_own_session",
    "find_second_factor",
    "begin_second_factor",
    "confirm_second_factor",
    "list_passkeys",
    "begin_passkey",
    "add_passkey",
    "find_proof_ways",
    "give_proof",
];

/// What of it makes or changes a way in: not before the second step that is there was shown.
const NOT_BEFORE_SHOWN: &[&str] = &[
    "change_own_password",
    "begin_second_factor",
    "confirm_second_factor",
    "begin_passkey",
    "add_passkey",
];

fn ruled(fresh: Fresh, days: i64) -> TestApp {
    TestApp::changed(fresh, |app| {
        let roles = vec![Role::Administrator, Role::Inspector, Role::CountyOfficer];
        app.second_step = Some(Rule { roles, days });
        app.release = Release::OnAsk;
    })
}

async fn cookie(call: Call) -> String {
    let answer = call.await.expect("200");
    let text = answer.header("set-cookie");
    text.split(';').next().expect("a pair").to_owned()
}

fn log_in(app: &TestApp, login: &str) -> Call {
    let body = json!({"login": login, "password": PASSWORD});
    app.post("/api/v1/session").json(&body)
}

fn with(app: &TestApp, path: &str, cookie: &str) -> Call {
    app.post(path).header("cookie", cookie)
}

/// Sets an app up in a session; its secret.
async fn set_up(app: &TestApp, cookie: &str) -> Vec<u8> {
    let begin = with(app, "/api/v1/account/second-factor", cookie);
    let offer = begin.json(&json!({"password": PASSWORD})).await.ok();
    let secret = secret_of(&offer["secret"]);
    let first = json!({"code": code(&secret, period(app.app.now()))});
    let confirm = with(app, "/api/v1/account/second-factor/confirm", cookie);
    confirm.json(&first).await.expect("200");
    secret
}

async fn standing(app: &TestApp, cookie: &str) -> Value {
    let session = app.get("/api/v1/session").header("cookie", cookie);
    session.await.ok()["second_step"].clone()
}

/// Calls every operation as somebody, and gives the ids of those that were not stopped with this code.
async fn not_stopped(
    app: &TestApp,
    login: &Login,
    targets: &crate::operations::Targets,
    code: &str,
) -> Vec<String> {
    let document = serde_json::to_value(hezuo_api::openapi()).expect("a document");
    let mut passed = Vec::new();
    let all = operations();
    // What ends the session comes last.
    let mut shown = documented(&document);
    shown.sort_by_key(|it| it.id == "delete_session");
    for one in &shown {
        let Some(operation) = all.iter().find(|it| it.id == one.id) else {
            continue;
        };
        if matches!(operation.need, crate::operations::Need::Device) {
            continue;
        }
        let answer = one.call(app.router(), operation, targets).by(login).await;
        if answer.outcome() != format!("403 {code}") {
            passed.push(one.id.clone());
        }
    }
    passed.sort();
    passed
}

fn sorted<'a>(ids: impl Iterator<Item = &'a &'static str>) -> Vec<String> {
    let mut ids: Vec<String> = ids.map(|it| (*it).to_owned()).collect();
    ids.sort();
    ids
}

on_both_databases! {
    async fn days_are_left_and_then_nothing_works_but_setting_it_up(fresh) {
        let app = ruled(fresh, 3);
        let world = world(&app).await;
        let factory = &world.factory;
        let users = factory.at("/users");
        let first = cookie(log_in(&app, "a-admin")).await;
        let soon = standing(&app, &first).await;
        assert_eq!(soon, json!({"state": "soon", "last_day": "2026-03-12", "days_left": 3}));
        app.get(&users).header("cookie", &first).await.expect("200");
        // Signing in again on the last day does not begin the days anew.
        app.clock.advance_seconds(2 * 24 * 3600);
        let last = cookie(log_in(&app, "a-admin")).await;
        assert_eq!(standing(&app, &last).await["days_left"], 1);
        app.get(&users).header("cookie", &last).await.expect("200");
        app.clock.advance_seconds(24 * 3600);
        let late = cookie(log_in(&app, "a-admin")).await;
        assert_eq!(standing(&app, &late).await, json!({"state": "set_up", "last_day": null, "days_left": null}));
        app.get(&users).header("cookie", &late).await.expect("403 second_step.set_up");
        let live = factory.at("/live?client=desk");
        app.get(&live).header("cookie", &late).await.expect("403 second_step.set_up");

        let secret = set_up(&app, &late).await;
        assert_eq!(standing(&app, &late).await["state"], "nothing");
        app.get(&users).header("cookie", &late).await.expect("200");
        // The next time it is asked for, and opens everything.
        app.clock.advance_seconds(60);
        let asked = log_in(&app, "a-admin").await.expect("202").json();
        let typed = json!({"ticket": asked["ticket"], "code": code(&secret, period(app.app.now()))});
        let next = cookie(app.post("/api/v1/session/second").json(&typed)).await;
        app.get(&users).header("cookie", &next).await.expect("200");

        // Whoever is not asked for one notices nothing, however late.
        let officer = cookie(log_in(&app, "a-safety_officer")).await;
        assert_eq!(standing(&app, &officer).await["state"], "nothing");
        app.get(&factory.at("/cases")).header("cookie", &officer).await.expect("200");
    }

    async fn every_operation_but_those_of_the_own_account_is_refused(fresh) {
        let app = ruled(fresh, 3);
        let mut world = world(&app).await;
        let (targets, _) = both_targets(&app, &world).await;
        app.fresh.tamper("UPDATE app_user SET second_step_since = 1").await;
        world.factory.log_in_again(&app).await;
        let administrator = world.factory.administrator().clone();
        let passed = not_stopped(&app, &administrator, &targets, "second_step.set_up").await;
        assert_eq!(passed, sorted(SET_UP.iter()));

        // There is one, and the session was begun without it: nothing that makes another way in.
        world.factory.log_in_again(&app).await;
        let administrator = world.factory.administrator().clone();
        app.fresh.tamper("UPDATE login_session SET stepped = FALSE").await;
        let insert = format!(
            "INSERT INTO second_factor (enterprise_id, user_id, sealed_secret, since_day, last_period) \
             SELECT enterprise_id, id, token, 1, 0 FROM (SELECT u.enterprise_id, u.id, \
             s.token_hash AS token FROM app_user u JOIN login_session s ON s.user_id = u.id \
             WHERE u.login = '{}' LIMIT 1) AS one",
            administrator.caller.login
        );
        app.fresh.tamper("DELETE FROM second_factor").await;
        app.fresh.tamper(&insert).await;
        let passed = not_stopped(&app, &administrator, &targets, "second_step.show").await;
        let expected = SET_UP.iter().filter(|it| !NOT_BEFORE_SHOWN.contains(it));
        assert_eq!(passed, sorted(expected));
    }

    async fn a_session_without_the_second_step_that_is_there_shows_it_and_goes_on(fresh) {
        let app = ruled(fresh, 3);
        let world = world(&app).await;
        let users = world.factory.at("/users");
        let first = cookie(log_in(&app, "a-admin")).await;
        let other = cookie(log_in(&app, "a-admin")).await;
        let secret = set_up(&app, &first).await;
        // All other sessions ended with it; one through a provider that asked for nothing would be like this.
        app.get(&users).header("cookie", &other).await.expect("401 session.expired");
        app.fresh.tamper("UPDATE login_session SET stepped = FALSE").await;
        assert_eq!(standing(&app, &first).await["state"], "show");
        app.get(&users).header("cookie", &first).await.expect("403 second_step.show");
        let show = |proof: Value| with(&app, "/api/v1/session/proof", &first).json(&proof);
        // The password is no second step.
        show(json!({"password": PASSWORD})).await.expect("204");
        app.get(&users).header("cookie", &first).await.expect("403 second_step.show");
        app.clock.advance_seconds(30);
        show(json!({"code": code(&secret, period(app.app.now()))})).await.expect("204");
        app.get(&users).header("cookie", &first).await.expect("200");
    }

    async fn lost_and_taken_off_by_somebody_else_it_is_set_up_anew(fresh) {
        let app = ruled(fresh, 0);
        let world = world(&app).await;
        let factory = &world.factory;
        // Whoever takes it off needs one himself.
        let admin = cookie(log_in(&app, "a-admin")).await;
        app.get(&factory.at("/users")).header("cookie", &admin).await.expect("403 second_step.set_up");
        set_up(&app, &admin).await;
        let clerk = factory.by(Role::CountyOfficer);
        let own = cookie(log_in(&app, "a-county_officer")).await;
        set_up(&app, &own).await;
        let path = factory.at(&format!("/users/{}/reset-second-factor", clerk.user));
        with(&app, &path, &admin).await.expect("204");
        let again = cookie(log_in(&app, "a-county_officer")).await;
        let board = factory.at("/board");
        app.get(&board).header("cookie", &again).await.expect("403 second_step.set_up");
        set_up(&app, &again).await;
        app.get(&board).header("cookie", &again).await.expect("200");
    }
}
