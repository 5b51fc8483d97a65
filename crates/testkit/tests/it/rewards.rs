//! Rewards over HTTP: approved by one, paid by another, and against a pay code without a trace.

use hezuo_domain::commitment::hex;
use hezuo_domain::pay_code::PayCode;
use hezuo_domain::people::Role;
use hezuo_domain::report_code::ReportCode;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Answer, Factory, Login, TestApp, report, world};
use serde_json::{Value, json};

use crate::life::Life;

/// Decides about a case.
async fn decide(app: &TestApp, factory: &Factory, by: &Login, case: &str, body: &Value) -> Answer {
    let path = factory.at(&format!("/cases/{case}/reward"));
    app.post(&path).by(by).json(body).await
}

/// A case that was accepted and given a reward by the team's leader.
pub(crate) async fn approved(
    app: &TestApp,
    factory: &Factory,
    voice: &str,
    number: u64,
    minor: i64,
) -> (String, hezuo_testkit::Sent) {
    let life = Life::begin(app, factory, voice, number).await;
    let accept = json!({"type": "accept", "answer": "We will mount a guard."});
    life.act(factory.officer(), accept).await.ok();
    let leader = factory.by(Role::EitLeader);
    let body = json!({"type": "approve", "minor": minor});
    decide(app, factory, leader, &life.id, &body).await.ok();
    (life.id, life.sent)
}

/// The pay code of a report.
pub(crate) fn pay_code(sent: &hezuo_testkit::Sent) -> PayCode {
    PayCode::of(&ReportCode::parse(&sent.code).expect("a code"))
}

/// Takes the pay code of a report, as the phone does.
pub(crate) async fn take(app: &TestApp, sent: &hezuo_testkit::Sent) -> Answer {
    let pay_lookup = hex(&pay_code(sent).lookup().0);
    let body = json!({"lookup": sent.lookup, "pay_lookup": pay_lookup});
    app.post("/api/v1/follow-up/pay-code").json(&body).await
}

async fn look_up(app: &TestApp, factory: &Factory, by: &Login, code: &str) -> Answer {
    let path = factory.at("/pay-codes/look-up");
    app.post(&path).by(by).json(&json!({"code": code})).await
}

pub(crate) async fn pay_out(
    app: &TestApp,
    factory: &Factory,
    by: &Login,
    number: u8,
    code: &str,
) -> Answer {
    let id = format!("6a1f7c9e-0f3b-4c57-9d5e-3f1f0c2b7a{number:02x}");
    let path = factory.at("/pay-codes/pay");
    let body = json!({"id": id, "code": code});
    app.post(&path).by(by).json(&body).await
}

async fn check_counts(app: &TestApp, factory: &Factory, wanted: &[(&str, i64)]) {
    let scope = hezuo_domain::Scope::Enterprise(factory.id);
    let read = || async {
        let mut tx = app.app.db.read(&scope).await.expect("a transaction");
        hezuo_store::tallies::everything(&mut tx)
            .await
            .expect("counts")
    };
    let before = read().await;
    let rewards = before.iter().filter(|count| count.0 == "reward");
    let rewards: Vec<_> = rewards.map(|count| (count.1.as_str(), count.3)).collect();
    assert_eq!(rewards, wanted);
    hezuo_app::tallies::rebuild(&app.app, factory.id)
        .await
        .expect("rebuilt");
    assert_eq!(before, read().await, "counts by deltas and made anew");
}

on_both_databases! {
    async fn a_named_reward_is_approved_by_one_and_paid_by_another(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let (manager, leader) = (factory.by(Role::Manager), factory.by(Role::EitLeader));
        let representative = factory.by(Role::WorkerRepresentative);
        let life = Life::begin(&app, factory, "named", 1).await;
        let approve = json!({"type": "approve", "minor": 10_000, "people": 2,
            "shares": "Li Hong 60, 王强 40"});
        // Nobody has accepted it yet.
        let early = decide(&app, factory, manager, &life.id, &approve).await;
        assert_eq!((early.status.as_u16(), early.json()["code"].clone()), (409, json!("reward.not_allowed")));
        life.act(factory.officer(), json!({"type": "accept", "answer": "Yes."})).await.ok();
        let path = factory.at(&format!("/cases/{}/reward", life.id));
        let before = app.get(&path).by(manager).await.ok();
        assert_eq!(before["offer"]["proposed_minor"], 10_000);
        assert_eq!(before["may_decide"], true);
        let much = json!({"type": "approve", "minor": 90_000});
        let much = decide(&app, factory, manager, &life.id, &much).await;
        assert_eq!(much.json()["code"], "reward.reason_missing");
        let after = decide(&app, factory, manager, &life.id, &approve).await.ok();
        assert_eq!(after["items"][0]["pack"], "cn/rewards@1");
        assert_eq!(after["items"][0]["actions"], json!(["withdraw"]), "who approved does not pay");
        let again = decide(&app, factory, leader, &life.id, &approve).await;
        assert_eq!(again.status.as_u16(), 409, "one decision stands");

        // Who shares it is read by those who may read the reporter's name, and stored sealed.
        let seen = |login| { let call = app.get(&path).by(login); async move { call.await.ok() } };
        assert_eq!(seen(manager).await["items"][0]["shares"], Value::Null);
        let officers = seen(factory.officer()).await;
        assert_eq!(officers["items"][0]["shares"], "Li Hong 60, 王强 40");
        assert_eq!(officers["items"][0]["first"], "李红 Li Hong");
        let rows = app.fresh.dump().await;
        assert!(!rows.iter().any(|row| row.contains("王强")));

        let id = after["items"][0]["id"].as_str().expect("an id").to_owned();
        let pay = |login| {
            let call = app.post(&factory.at(&format!("/rewards/{id}/pay"))).by(login);
            async move { call.await }
        };
        assert_eq!(pay(manager).await.json()["code"], "reward.same_person");
        assert_eq!(pay(representative).await.json()["code"], "reward.payer");
        let paid = pay(factory.officer()).await.ok();
        assert_eq!((paid["state"].clone(), paid["paid_day"].clone()), (json!("paid"), json!("2026-03-10")));
        assert_eq!(pay(factory.officer()).await.status.as_u16(), 409, "once");
        let slip = app.get(&factory.at(&format!("/rewards/{id}/slip?lang=en"))).by(factory.officer()).await;
        assert!(slip.text().contains("CNY 100.00") && slip.text().contains("李红 Li Hong"));
        let slip = app.get(&factory.at(&format!("/rewards/{id}/slip"))).by(manager).await;
        assert!(!slip.text().contains("李红"), "the manager may not read the name");
        let withdraw = app.post(&factory.at(&format!("/rewards/{id}/withdraw"))).by(manager);
        assert_eq!(withdraw.json(&json!({"reason": "late"})).await.status.as_u16(), 409);

        let sums = app.get(&factory.at("/rewards/sums")).by(manager).await.ok();
        let one = &sums["items"][0];
        assert_eq!((one["approved_minor"].clone(), one["paid_minor"].clone()), (json!(10_000), json!(10_000)));
        assert_eq!((one["same_month_n"].clone(), one["by_name_n"].clone()), (json!(1), json!(1)));
        check_counts(&app, factory, &[("CNY", 10_000)]).await;
        let case = life.seen_by(manager).await;
        let last = case["events"].as_array().expect("events").last().expect("one").clone();
        assert_eq!((last["kind"].clone(), last["details"]["money"]["minor"].clone()), (json!("reward"), json!(10_000)));
    }

    async fn a_reward_is_taken_back_with_a_reason_and_decided_anew(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let leader = factory.by(Role::EitLeader);
        let (case, _) = approved(&app, factory, "in_confidence", 1, 20_000).await;
        let list = app.get(&factory.at("/rewards?state=approved")).by(leader).await.ok();
        let id = list["items"][0]["id"].as_str().expect("an id").to_owned();
        let path = factory.at(&format!("/rewards/{id}/withdraw"));
        let without = app.post(&path).by(leader).json(&json!({"reason": " "})).await;
        assert_eq!(without.json()["code"], "reward.reason_missing");
        app.post(&path).by(leader).json(&json!({"reason": "The wrong case"})).await.ok();
        let body = json!({"type": "approve", "minor": 5_000});
        decide(&app, factory, leader, &case, &body).await.ok();
        let list = app.get(&factory.at("/rewards")).by(leader).await.ok();
        assert_eq!(list["items"].as_array().expect("items").len(), 2);
        // In confidence: the representative pays, and nobody else.
        let approved = app.get(&factory.at("/rewards?state=approved")).by(leader).await.ok();
        let id = approved["items"][0]["id"].as_str().expect("an id").to_owned();
        let path = factory.at(&format!("/rewards/{id}/pay"));
        let officer = app.post(&path).by(factory.officer()).await;
        assert_eq!(officer.json()["code"], "reward.payer");
        app.post(&path).by(factory.by(Role::WorkerRepresentative)).await.ok();
        check_counts(&app, factory, &[("CNY", 5_000)]).await;
    }

    async fn an_anonymous_reward_is_taken_and_paid_once(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let representative = factory.by(Role::WorkerRepresentative);
        let nobody = report(&factory.codes[0], "anonymous", 77);
        assert_eq!(take(&app, &nobody).await.json()["code"], "report.unknown_code");
        let (_, sent) = approved(&app, factory, "anonymous", 1, 10_000).await;
        let code = pay_code(&sent).to_string();
        // Before it is taken the code is as unknown as any.
        assert_eq!(look_up(&app, factory, representative, &code).await.json()["code"], "reward.pay_code_unknown");
        let follow = json!({"lookup": sent.lookup});
        let follow = app.post("/api/v1/follow-up").json(&follow).await.ok();
        assert_eq!(follow["reward"], json!({"minor": 10_000, "currency": "CNY", "way": "pay_code", "paid": false}));
        for _ in 0..2 {
            assert_eq!(take(&app, &sent).await.ok(), json!({"minor": 10_000, "currency": "CNY", "paid": false}));
        }
        let sloppy = code.to_lowercase().replace(' ', "-").replace('0', "o");
        let seen = look_up(&app, factory, representative, &sloppy).await.ok();
        assert_eq!(seen, json!({"minor": 10_000, "currency": "CNY", "day": "2026-03-10"}), "nothing else");
        let other = look_up(&app, &world.other, world.other.by(Role::WorkerRepresentative), &code).await;
        assert_eq!(other.json()["code"], "reward.pay_code_unknown", "another factory's money");
        let paid = pay_out(&app, factory, representative, 1, &code).await.ok();
        assert_eq!(paid["minor"], 10_000);
        assert_eq!(pay_out(&app, factory, representative, 1, &code).await.ok(), paid, "sent again after a lost answer");
        let used = pay_out(&app, factory, representative, 2, &code).await;
        let never = pay_out(&app, factory, representative, 3, "0000 0000 0000").await;
        assert_eq!((used.status, used.text()), (never.status, never.text()), "used and unknown look alike");
        assert_eq!(look_up(&app, factory, representative, &code).await.text(), never.text());
        assert_eq!(take(&app, &sent).await.ok()["paid"], true, "its holder knows");
        check_counts(&app, factory, &[("CNY", 10_000)]).await;
        let sums = app.get(&factory.at("/rewards/sums")).by(factory.by(Role::Manager)).await.ok();
        assert_eq!((sums["items"][0]["paid_minor"].clone(), sums["items"][0]["waiting_n"].clone()), (json!(10_000), json!(0)));
    }

    async fn wrong_pay_codes_are_limited(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let representative = factory.by(Role::WorkerRepresentative);
        let (_, sent) = approved(&app, factory, "anonymous", 1, 10_000).await;
        take(&app, &sent).await.ok();
        for number in 0..10 {
            let wrong = format!("0000 0000 000{number}");
            assert_eq!(look_up(&app, factory, representative, &wrong).await.status.as_u16(), 404);
        }
        let code = pay_code(&sent).to_string();
        assert_eq!(look_up(&app, factory, representative, &code).await.status.as_u16(), 429);
        app.clock.advance_seconds(601);
        assert_eq!(look_up(&app, factory, representative, &code).await.status.as_u16(), 200);
    }

    async fn nothing_ties_a_paid_pay_code_to_its_case(fresh) {
        let app = TestApp::on(fresh);
        let mut world = world(&app).await;
        let mut cases = Vec::new();
        for number in 0..3 {
            cases.push(approved(&app, &world.factory, "anonymous", number, 10_000).await);
        }
        // What everybody but the holder can see, before anything is taken and after one is paid.
        let before = views(&app, &world.factory, &cases).await;
        let (_, sent) = &cases[1];
        take(&app, sent).await.ok();
        assert_eq!(views(&app, &world.factory, &cases).await, before, "a taken code shows nowhere");
        app.clock.advance_seconds(86_400);
        world.factory.log_in_again(&app).await;
        let factory = &world.factory;
        let code = pay_code(sent).to_string();
        let representative = factory.by(Role::WorkerRepresentative);
        pay_out(&app, factory, representative, 1, &code).await.ok();
        assert_eq!(views(&app, factory, &cases).await, before, "nor does a paid one, beside its case");

        // The ledger has the payment in a row without a case.
        let csv = app.get(&factory.at("/rewards/export?format=csv&lang=en")).by(factory.by(Role::Manager)).await;
        let csv = csv.text();
        let paid: Vec<&str> = csv.lines().filter(|line| line.contains("2026-03-11")).collect();
        assert_eq!(paid.len(), 1, "{csv}");
        assert!(paid[0].starts_with(",,,paid,pay code,,100"), "{}", paid[0]);

        // In the database no row but the reward names the case beside the money, and the row behind
        // the pay code names no case; neither code nor look-up value is kept.
        let rows = app.fresh.dump().await;
        let behind: Vec<&String> = rows.iter().filter(|row| row.starts_with("pay_code ")).collect();
        assert_eq!(behind.len(), 1);
        for (case, other) in &cases {
            assert!(!behind[0].contains(case.as_str()));
            let plain = pay_code(other).to_string().replace(' ', "");
            let derived = hex(&pay_code(other).lookup().0);
            for secret in [plain.as_str(), derived.as_str()] {
                let hexed = hex(secret.as_bytes());
                let kept = rows.iter().find(|row| row.contains(secret) || row.to_lowercase().contains(&hexed));
                assert_eq!(kept, None);
            }
        }
        let rewards: Vec<&String> = rows.iter().filter(|row| row.starts_with("reward ")).collect();
        assert_eq!(rewards.len(), 3);
        assert!(!rewards.iter().any(|row| row.contains(&representative.user.to_string())), "no payer");
    }
}

/// What is shown about rewards beside their cases: the list, each case, its reward, to every role.
async fn views(
    app: &TestApp,
    factory: &Factory,
    cases: &[(String, hezuo_testkit::Sent)],
) -> Vec<String> {
    let mut paths = vec![factory.at("/rewards"), factory.at("/rewards?state=paid")];
    for (case, _) in cases {
        paths.push(factory.at(&format!("/cases/{case}/reward")));
        paths.push(factory.at(&format!("/cases/{case}")));
    }
    let mut seen = Vec::new();
    for role in [
        Role::Manager,
        Role::SafetyOfficer,
        Role::WorkerRepresentative,
        Role::EitLeader,
    ] {
        for path in &paths {
            let answer = app.get(path).by(factory.by(role)).await;
            // A case's page says which day it is; nothing else may change.
            let mut body = answer.ok();
            if let Some(body) = body.as_object_mut() {
                body.remove("today");
            }
            seen.push(body.to_string());
        }
    }
    seen
}
