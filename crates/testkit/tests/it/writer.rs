//! Reports and steps of cases that come together share a commit, and nothing else: each is answered for itself, and what
//! was accepted is there.

use std::collections::BTreeMap;
use std::future::{Future, ready};
use std::time::Duration;

use axum::http::Method;
use hezuo_domain::Scope;
use hezuo_domain::people::Role;
use hezuo_store::{on_both_databases, tallies};
use hezuo_testkit::{Call, Factory, Sent, TestApp, report, world};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

async fn outcomes(calls: impl IntoIterator<Item = Call>) -> Vec<String> {
    let sent: Vec<_> = calls
        .into_iter()
        .map(|call| tokio::spawn(call.into_future()))
        .collect();
    let mut outcomes = Vec::with_capacity(sent.len());
    for answer in sent {
        outcomes.push(answer.await.expect("an answer").outcome());
    }
    outcomes
}

async fn known(app: &TestApp, lookup: &str) -> bool {
    let asked = app
        .post("/api/v1/follow-up")
        .json(&json!({"lookup": lookup}));
    asked.await.outcome() == "200"
}

/// Waits until something has come to pass, however slow the machine is.
async fn comes<F: Future<Output = bool>>(has_come: impl Fn() -> F) -> bool {
    let until = async {
        while !has_come().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), until)
        .await
        .is_ok()
}

on_both_databases! {
    async fn each_of_many_that_come_together_is_answered_for_itself(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let (factory, other) = (&world.factory, &world.other);
        let sent = |number: usize| {
            let codes = [&factory.codes[0], &factory.codes[1], &other.codes[0]];
            let voices = ["named", "in_confidence", "anonymous"];
            report(codes[number % 3], voices[number / 3 % 3], number as u64)
        };
        let mut bodies: Vec<(Value, &str)> = (0..45).map(|number| (sent(number).body, "201")).collect();
        // Bad neighbours: nothing in it, a code that nobody signed, a text that can't be stored, the
        // same twice at once, and another report under the same code.
        let change = |number: usize, field: &str, value: Value| {
            let mut body = sent(number).body;
            body[field] = value;
            body
        };
        bodies.push((change(50, "category", json!("")), "422 report.empty at category"));
        bodies.push((change(51, "code", json!("NOBODYS")), "404 wall_code.unknown"));
        bodies.push((change(52, "text", json!("a\u{0}b")), "422 input.invalid at text"));
        let calls = |app: &TestApp| -> Vec<Call> {
            bodies.iter().map(|(body, _)| app.post("/api/v1/reports").json(body)).collect()
        };
        for round in 0..2 {
            let got = outcomes(calls(&app)).await;
            for ((body, first), got) in bodies.iter().zip(got) {
                let expected = if round == 1 && *first == "201" { "200" } else { first };
                assert_eq!(got, expected, "round {round}: {body}");
            }
        }
        let twins = [sent(60).body, sent(60).body, sent(60).body, change(60, "text", json!("other"))];
        let mut answers = BTreeMap::new();
        for got in outcomes(twins.iter().map(|body| app.post("/api/v1/reports").json(body))).await {
            *answers.entry(got).or_insert(0) += 1;
        }
        // Whichever of the two texts came first is the report.
        let same = BTreeMap::from([("200".into(), 2), ("201".into(), 1), ("409 report.code_taken".into(), 1)]);
        let other_first = BTreeMap::from([("201".into(), 1), ("409 report.code_taken".into(), 3)]);
        assert!(answers == same || answers == other_first, "{answers:?}");
        for number in 0..45 {
            assert!(known(&app, &sent(number).lookup).await, "report {number}");
        }
        for number in 50..53 {
            assert!(!known(&app, &sent(number).lookup).await, "report {number}");
        }
    }

    async fn steps_that_come_together_are_answered_each_for_itself_and_taken_once(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let (factory, other) = (&world.factory, &world.other);
        for number in 0..24 {
            let sent = report(&factory.codes[1], "named", number);
            app.post("/api/v1/reports").json(&sent.body).await.expect("201");
        }
        let elsewhere = report(&other.codes[1], "named", 30);
        app.post("/api/v1/reports").json(&elsewhere.body).await.expect("201");
        let officer = factory.officer();
        let cases = async |of: &Factory| -> Vec<String> {
            let list = app.get(&of.at("/cases")).by(of.officer()).await.ok();
            let items = list["items"].as_array().expect("cases").iter();
            items.map(|it| it["id"].as_str().expect("an id").to_owned()).collect()
        };
        let (ids, ids_elsewhere) = (cases(factory).await, cases(other).await);
        let step = |of: &Factory, case: &str, key: u64, answer: &str| {
            let body = json!({"id": format!("00000000-0000-4000-8000-{key:012}"), "version": 1,
                "client": "desk", "action": {"type": "accept", "answer": answer}});
            app.post(&of.at(&format!("/cases/{case}/actions"))).by(of.officer()).json(&body)
        };
        // Twenty cases take their step; of two rivals for a case one does; twins are one step.
        let mut calls: Vec<(Call, &[&str])> = Vec::new();
        for (key, case) in (0..).zip(&ids[..20]) {
            calls.push((step(factory, case, key, "Yes."), &["200"]));
        }
        calls.push((step(other, &ids_elsewhere[0], 0, "Yes."), &["200"]));
        calls.push((step(factory, &ids[20], 100, "One."), &["200", "409 case.stale"]));
        calls.push((step(factory, &ids[20], 101, "Other."), &["200", "409 case.stale"]));
        calls.push((step(factory, &ids[21], 102, "Twice."), &["200"]));
        calls.push((step(factory, &ids[21], 102, "Twice."), &["200"]));
        // One key for two cases: whichever came first has it.
        calls.push((step(factory, &ids[22], 103, "Yes."), &["200", "409 idempotency.key_reused"]));
        calls.push((step(factory, &ids[23], 103, "Yes."), &["200", "409 idempotency.key_reused"]));
        calls.push((step(factory, &ids_elsewhere[0], 104, "No."), &["404 not_found"]));
        let neighbour = report(&factory.codes[1], "named", 40);
        calls.push((app.post("/api/v1/reports").json(&neighbour.body), &["201"]));
        let (calls, expected): (Vec<_>, Vec<_>) = calls.into_iter().unzip();
        let got = outcomes(calls).await;
        for (number, (got, expected)) in got.iter().zip(expected).enumerate() {
            assert!(expected.contains(&got.as_str()), "call {number}: {got}");
        }
        assert_ne!(got[21], got[22], "one of two rivals");
        assert_ne!(got[25], got[26], "one key is one request");
        assert!(known(&app, &neighbour.lookup).await);
        let mut versions = Vec::new();
        for id in &ids {
            let case = app.get(&factory.at(&format!("/cases/{id}"))).by(officer).await.ok();
            let events = case["events"].as_array().expect("events").len();
            assert_eq!(json!(events), case["version"], "each step is one event");
            versions.push(events);
        }
        assert_eq!(versions[..22], [2; 22]);
        assert_eq!(versions[22] + versions[23], 3);
        let scope = Scope::Enterprise(factory.id);
        let counts = async || {
            let mut tx = app.app.db.read(&scope).await.expect("a transaction");
            tallies::everything(&mut tx).await.expect("counts")
        };
        let before = counts().await;
        hezuo_app::tallies::rebuild(&app.app, factory.id).await.expect("rebuilt");
        assert_eq!(before, counts().await, "counts by deltas and made anew");
    }

    async fn whoever_hangs_up_stops_nothing(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let hang_up = async |call: Call| {
            let mut answer = call.into_future();
            tokio::select! {
                biased;
                _ = &mut answer => panic!("it was answered at once"),
                () = ready(()) => {}
            }
        };
        let sent = report(&factory.codes[0], "named", 1);
        hang_up(app.post("/api/v1/reports").json(&sent.body)).await;
        assert!(comes(|| known(&app, &sent.lookup)).await, "the report is there");
        let leader = factory.by(Role::EitLeader);
        let teams = factory.at("/teams");
        hang_up(app.call(Method::POST, &teams).by(leader).json(&json!({"name": "Hung up"}))).await;
        let is_there = || async { app.get(&teams).by(leader).await.text().contains("Hung up") };
        assert!(comes(is_there).await, "the team is there");
    }

    async fn who_finds_the_queue_full_is_told_to_come_again_and_nobody_is_forgotten(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let code = &world.factory.codes[0];
        let held = app.fresh.hold().await;
        let sent: Vec<_> = (0..1800).map(|number| report(code, "named", number)).collect();
        let post = |sent: &Sent| app.post("/api/v1/reports").json(&sent.body).into_future();
        let posts: Vec<_> = sent.iter().map(|sent| tokio::spawn(post(sent))).collect();
        // The first that find no room are answered while nobody can write.
        let is_answered = || ready(posts.iter().any(JoinHandle::is_finished));
        assert!(comes(is_answered).await);
        held.let_go().await;
        let (mut taken, mut turned_away) = (0, 0);
        for (post, sent) in posts.into_iter().zip(&sent) {
            let answer = post.await.expect("an answer");
            let outcome = answer.outcome();
            let is_taken = outcome == "201";
            assert_eq!(known(&app, &sent.lookup).await, is_taken, "{outcome}");
            if is_taken {
                taken += 1;
                continue;
            }
            assert_eq!(outcome, "503 busy");
            assert!(!answer.header("retry-after").is_empty());
            turned_away += 1;
        }
        assert!(taken > 0 && turned_away > 0, "{taken} taken, {turned_away} turned away");
    }
}
