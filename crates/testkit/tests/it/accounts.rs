//! Power over accounts: nobody gets at names by resetting logins or handing out roles alone, and
//! whoever is concerned hears of it.

use hezuo_app::ledger::{sequence, verify};
use hezuo_domain::people::{Grant, Place, Role};
use hezuo_store::on_both_databases;
use hezuo_testkit::{Factory, Login, PASSWORD, TestApp, join, world};
use serde_json::{Value, json};

fn role(factory: &Factory, role: Role) -> Value {
    json!({"role": role.as_str(), "place_kind": "enterprise", "place_key": factory.id})
}

/// What waits, as this login sees it.
async fn waiting(app: &TestApp, factory: &Factory, login: &Login) -> Vec<Value> {
    let list = app
        .get(&factory.at("/account-changes"))
        .by(login)
        .await
        .ok();
    list["items"].as_array().expect("items").clone()
}

fn path(factory: &Factory, change: &Value, what: &str) -> String {
    let id = change["id"].as_str().expect("an id");
    factory.at(&format!("/account-changes/{id}/{what}"))
}

/// A second person agrees to all that waits, and the administrator carries it out.
pub(crate) async fn agreed(app: &TestApp, factory: &Factory, by: &Login) {
    for change in waiting(app, factory, factory.administrator()).await {
        let proof = json!({"password": PASSWORD});
        let agree = app.post(&path(factory, &change, "agree")).by(by);
        agree.json(&proof).await.expect("204");
        let carry_out = app.post(&path(factory, &change, "carry-out"));
        carry_out.by(factory.administrator()).await.expect("200");
    }
}

async fn notices(app: &TestApp, factory: &Factory, login: &Login) -> Vec<String> {
    let list = app.get(&factory.at("/notices")).by(login).await.ok();
    let items = list["items"].as_array().expect("items").iter();
    let word = |it: &Value, field: &str| it[field].as_str().unwrap_or("-").to_owned();
    let mut lines: Vec<_> = items
        .filter(|it| it["kind"] == "account")
        .map(|it| {
            ["phase", "act", "role", "subject", "actor"]
                .map(|of| word(it, of))
                .join(" ")
        })
        .collect();
    lines.sort();
    lines
}

async fn put_roles(app: &TestApp, factory: &Factory, login: &Login, roles: &[Role]) -> String {
    let roles: Vec<_> = roles.iter().map(|it| role(factory, *it)).collect();
    let put = app.put(&factory.at(&format!("/users/{}/roles", login.user)));
    let put = put
        .by(factory.administrator())
        .json(&json!({"roles": roles}));
    let answer = put.await;
    let code = answer.status.as_u16().to_string();
    match answer.status.as_u16() {
        200..300 => code,
        _ => format!(
            "{code} {}",
            answer.json()["code"].as_str().unwrap_or_default()
        ),
    }
}

on_both_databases! {
    async fn an_administrator_does_not_get_the_representative_s_login(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let (administrator, rep) = (factory.administrator(), factory.by(Role::WorkerRepresentative));
        let reset = || app.post(&factory.at(&format!("/users/{}/reset", rep.user))).by(administrator);
        let held = reset().await.expect("202");
        assert_eq!(held.json(), json!({"waits": true}), "no code");
        reset().await.expect("202");
        let changes = waiting(&app, factory, administrator).await;
        assert_eq!(changes.len(), 1, "asked twice is asked once");
        assert_eq!((&changes[0]["can_agree"], &changes[0]["can_carry_out"]), (&json!(false), &json!(false)));
        let call = |what: &str, by: &Login| app.post(&path(factory, &changes[0], what)).by(by);
        let proof = |password: &str| json!({"password": password});
        call("carry-out", administrator).await.expect("409 account_change.too_early");
        call("agree", administrator).json(&proof(PASSWORD)).await.expect("409 account_change.not_yours");
        call("agree", factory.officer()).json(&proof(PASSWORD)).await.expect("403 forbidden");

        // The person himself, with the password: an open screen is not enough.
        assert_eq!(waiting(&app, factory, rep).await[0]["can_agree"], true);
        call("agree", rep).json(&proof("somebody else's")).await.expect("422 session.proof_wrong at password");
        call("agree", rep).json(&proof(PASSWORD)).await.expect("204");
        let done = call("carry-out", administrator).await.ok();
        let code = json!({"code": done["invitation"]["code"], "password": "another quiet loom"});
        app.post("/api/v1/session/redeem").json(&code).await.expect("200");
        call("carry-out", administrator).await.expect("409 account_change.ended");
        assert_eq!(waiting(&app, factory, administrator).await, Vec::<Value>::new());

        // Locking it out would take the watch away as well; nor can it be locked by another's word.
        let disable = || app.post(&factory.at(&format!("/users/{}/disable", rep.user))).by(administrator);
        disable().await.expect("202");
        app.get(&factory.at("/cases")).by(&hezuo_testkit::again(&app, factory, rep).await).await.expect("200");
    }

    async fn where_nobody_else_could_agree_days_must_pass_without_objection(fresh) {
        let app = TestApp::on(fresh);
        let mut world = world(&app).await;
        for objects in [false, true] {
            let factory = &world.factory;
            let rep = factory.by(Role::WorkerRepresentative);
            let reset = app.post(&factory.at(&format!("/users/{}/reset", rep.user)));
            reset.by(factory.administrator()).await.expect("202");
            let change = waiting(&app, factory, rep).await.remove(0);
            if objects {
                app.post(&path(factory, &change, "refuse")).by(rep).await.expect("204");
            }
            app.clock.advance_seconds(6 * 86_400);
            world.factory.log_in_again(&app).await;
            let factory = &world.factory;
            let carry_out = || app.post(&path(factory, &change, "carry-out"));
            let refused = if objects { "account_change.ended" } else { "account_change.too_early" };
            let refused = format!("409 {refused}");
            carry_out().by(factory.administrator()).await.expect(&refused);
            app.clock.advance_seconds(86_400);
            world.factory.log_in_again(&app).await;
            let factory = &world.factory;
            let answer = app.post(&path(factory, &change, "carry-out")).by(factory.administrator());
            answer.await.expect(if objects { "409 account_change.ended" } else { "200" });
        }
        // With a second representative time alone does nothing.
        let access = world.factory.administrator().caller.enter(&app.app, world.factory.id).await.expect("home");
        let place = Place::Enterprise(world.factory.id);
        join(&app, &access, "second-rep", Grant { role: Role::WorkerRepresentative, place }).await;
        let rep = world.factory.by(Role::WorkerRepresentative).user;
        let reset = app.post(&world.factory.at(&format!("/users/{rep}/reset")));
        reset.by(world.factory.administrator()).await.expect("202");
        app.clock.advance_seconds(30 * 86_400);
        world.factory.log_in_again(&app).await;
        let factory = &world.factory;
        let change = waiting(&app, factory, factory.administrator()).await.remove(0);
        let carry_out = app.post(&path(factory, &change, "carry-out")).by(factory.administrator());
        carry_out.await.expect("409 account_change.too_early");
    }

    async fn the_representative_s_role_takes_a_second_person(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let (administrator, rep) = (factory.administrator(), factory.by(Role::WorkerRepresentative));
        let (member, second) = (factory.member(), &factory.second_member);
        let both = [Role::EitMember, Role::WorkerRepresentative];
        assert_eq!(put_roles(&app, factory, member, &both).await, "202");
        let session = app.get("/api/v1/session").by(member).await.ok();
        assert_eq!(session["roles"].as_array().map(Vec::len), Some(1), "not yet");
        let change = waiting(&app, factory, rep).await.remove(0);
        assert_eq!((&change["act"], &change["role"]["role"]), (&json!("gain"), &json!("worker_representative")));
        let proof = json!({"password": PASSWORD});
        let call = |what: &str, by: &Login| app.post(&path(factory, &change, what)).by(by);
        call("agree", member).json(&proof).await.expect("409 account_change.not_yours");
        call("agree", second).json(&proof).await.expect("403 forbidden");
        call("agree", rep).json(&proof).await.expect("204");
        call("carry-out", administrator).await.expect("200");
        let session = app.get("/api/v1/session").by(member).await.ok();
        assert_eq!(session["roles"].as_array().map(Vec::len), Some(2));

        // Taking it away: the other representative agrees, or objects; the rest of what is asked
        // does not wait.
        assert_eq!(put_roles(&app, factory, rep, &[Role::EitMember]).await, "202");
        let session = app.get("/api/v1/session").by(rep).await.ok();
        assert_eq!(session["roles"].as_array().map(Vec::len), Some(2), "{session}");
        let change = waiting(&app, factory, member).await.remove(0);
        app.post(&path(factory, &change, "refuse")).by(member).await.expect("204");
        app.post(&path(factory, &change, "carry-out")).by(administrator).await
            .expect("409 account_change.ended");
        // Nor can who asks name a confidant alone.
        let settings = json!({"emergency_phone": "", "confidant_user_id": second.user});
        app.put(&factory.at("/settings")).by(administrator).json(&settings).await.expect("202");
        assert_eq!(app.get(&factory.at("/places")).by(rep).await.ok()["confidant_user_id"], Value::Null);
        agreed(&app, factory, rep).await;
        assert_eq!(app.get(&factory.at("/places")).by(rep).await.ok()["confidant_user_id"], json!(second.user));
        // From then on the confidant's login is guarded too.
        app.post(&factory.at(&format!("/users/{}/reset", second.user))).by(administrator).await.expect("202");
        assert_eq!(waiting(&app, factory, second).await.len(), 1, "and he sees what waits for him");
    }

    async fn what_is_done_to_accounts_is_told_and_stands_in_the_chain(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let (administrator, rep) = (factory.administrator(), factory.by(Role::WorkerRepresentative));
        let officer = factory.officer();
        let reset = app.post(&factory.at(&format!("/users/{}/reset", officer.user)));
        reset.by(administrator).await.expect("200");
        assert_eq!(put_roles(&app, factory, factory.member(), &[Role::EitSecretary]).await, "204");
        assert_eq!(put_roles(&app, factory, &factory.second_member, &[Role::EitMember, Role::Inspector]).await, "204");
        assert_eq!(notices(&app, factory, rep).await, [
            "done gain eit_secretary a-eit_member admin",
            "done reset - a-safety_officer admin",
        ], "a role that reads nothing is not told to representatives");
        let own = notices(&app, factory, officer).await;
        assert!(own.contains(&"done reset - a-safety_officer admin".to_owned()), "{own:?}");
        let own = notices(&app, factory, &factory.second_member).await;
        assert_eq!(own, ["done gain inspector a-second admin"], "but to the person concerned");
        let unread = app.get(&factory.at("/notices")).by(rep).await.ok();
        assert_eq!(unread["unread"], 2);
        let events = app.get(&factory.at("/account-events?limit=2")).by(rep).await.ok();
        assert!(events["next_cursor"].is_string() && events["items"].as_array().map(Vec::len) == Some(2));
        let next = format!("/account-events?cursor={}", events["next_cursor"].as_str().expect("a cursor"));
        app.get(&factory.at(&next)).by(rep).await.expect("200");
        app.get(&factory.at("/account-events?cursor=x")).by(rep).await.expect("422 input.invalid at cursor");

        sequence(&app.app).await.expect("sequenced");
        let faults = || async { verify(&app.app, factory.id).await.expect("it can be read").faults };
        assert_eq!(faults().await, Vec::<String>::new());
        let change = "UPDATE account_event SET payload = 'x' WHERE act = 'reset'";
        assert!(app.fresh.tamper(change).await > 0);
        let found = faults().await;
        assert!(found.iter().any(|it| it.contains("not what was committed to")), "{found:?}");
        app.fresh.tamper("DELETE FROM notice").await;
        app.fresh.tamper("DELETE FROM account_event WHERE act = 'reset'").await;
        let found = faults().await;
        assert!(found.iter().any(|it| it.contains("its event is gone")), "{found:?}");
    }

    async fn who_reads_names_is_no_manager_and_no_administrator(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        for (login, roles) in [
            (factory.administrator(), [Role::Administrator, Role::WorkerRepresentative]),
            (factory.by(Role::Manager), [Role::Manager, Role::SafetyOfficer]),
            (factory.member(), [Role::Manager, Role::EitLeader]),
            (factory.member(), [Role::Administrator, Role::EitSecretary]),
        ] {
            assert_eq!(put_roles(&app, factory, login, &roles).await, "409 user.role_conflict");
        }
        // Nor by giving the one away in the same breath in which the other waits to be taken.
        let rep = factory.by(Role::WorkerRepresentative);
        assert_eq!(put_roles(&app, factory, rep, &[Role::Manager]).await, "409 user.role_conflict");
        for role in [Role::Manager, Role::Administrator] {
            let settings = json!({"emergency_phone": "", "confidant_user_id": factory.by(role).user});
            let settings = app.put(&factory.at("/settings")).by(factory.administrator()).json(&settings);
            settings.await.expect("409 user.role_conflict at roles");
        }
        assert_eq!(put_roles(&app, factory, factory.member(), &[Role::Manager, Role::EitMember]).await, "204");
    }
}
