//! A case's life over HTTP, from the report to the end and back.

use hezuo_domain::people::Role;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Answer, Factory, Login, Sent, TestApp, plan, report, voice_clip, world};
use serde_json::{Value, json};

/// A case as its actors see it.
pub(crate) struct Life<'a> {
    app: &'a TestApp,
    factory: &'a Factory,
    /// What the reporter keeps.
    pub(crate) sent: Sent,
    /// The case's id.
    pub(crate) id: String,
    steps: std::cell::Cell<u32>,
}

impl<'a> Life<'a> {
    /// A report that has become a case.
    pub(crate) async fn begin(
        app: &'a TestApp,
        factory: &'a Factory,
        voice: &str,
        number: u64,
    ) -> Self {
        let sent = report(&factory.codes[1], voice, number);
        app.post("/api/v1/reports")
            .json(&sent.body)
            .await
            .expect("201");
        app.post(&factory.at("/intake/release"))
            .by(factory.officer())
            .await
            .ok();
        let list = app
            .get(&factory.at("/cases?queue=triage"))
            .by(factory.officer())
            .await
            .ok();
        let text = &sent.body["text"];
        let of_text = |it: &&Value| it["text"] == *text;
        let items = list["items"].as_array().expect("items");
        let id = items.iter().find(of_text).expect("the new case")["id"].clone();
        Self {
            app,
            factory,
            sent,
            id: id.as_str().expect("an id").to_owned(),
            steps: std::cell::Cell::new(0),
        }
    }

    fn path(&self, tail: &str) -> String {
        self.factory.at(&format!("/cases/{}{tail}", self.id))
    }

    /// The case as somebody sees it.
    pub(crate) async fn seen_by(&self, login: &Login) -> Value {
        self.app.get(&self.path("")).by(login).await.ok()
    }

    /// The body of an action on the present version, with an id of its own.
    pub(crate) async fn body(&self, action: &Value) -> Value {
        self.steps.set(self.steps.get() + 1);
        let version = self.seen_by(self.factory.officer()).await["version"].clone();
        let key = format!("{}{:04}", &self.id[..32], self.steps.get());
        json!({"id": key, "version": version, "client": "phone", "action": action})
    }

    /// Sends an action as it is.
    pub(crate) async fn send(&self, login: &Login, body: &Value) -> Answer {
        self.app
            .post(&self.path("/actions"))
            .by(login)
            .json(body)
            .await
    }

    /// Tries an action on the present version.
    pub(crate) async fn act(&self, login: &Login, action: Value) -> Answer {
        let body = self.body(&action).await;
        self.send(login, &body).await
    }

    pub(crate) async fn follow_up(&self) -> Value {
        let body = json!({"lookup": self.sent.lookup});
        self.app.post("/api/v1/follow-up").json(&body).await.ok()
    }

    async fn verdict(&self, fixed: bool) -> Answer {
        let body = json!({"lookup": self.sent.lookup, "fixed": fixed, "note": ""});
        self.app.post("/api/v1/follow-up/verdict").json(&body).await
    }

    async fn check_counts(&self) {
        let scope = hezuo_domain::Scope::Enterprise(self.factory.id);
        let db = &self.app.app.db;
        let mut tx = db.read(&scope).await.expect("a transaction");
        let before = hezuo_store::tallies::everything(&mut tx)
            .await
            .expect("counts");
        drop(tx);
        hezuo_app::tallies::rebuild(&self.app.app, self.factory.id)
            .await
            .expect("rebuilt");
        let mut tx = db.read(&scope).await.expect("a transaction");
        let after = hezuo_store::tallies::everything(&mut tx)
            .await
            .expect("counts");
        assert_eq!(before, after, "counts by deltas and made anew");
    }
}

fn accept() -> Value {
    json!({"type": "accept", "answer": "We will mount a guard."})
}

fn finish() -> Value {
    json!({"type": "finish", "note": "Guard mounted"})
}

on_both_databases! {
    async fn a_case_lives_from_the_phone_to_a_verified_end_and_back(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let (officer, member) = (factory.officer(), factory.member());

        let sent = report(&factory.codes[1], "anonymous", 1);
        app.post("/api/v1/reports").json(&sent.body).await.expect("201");
        app.post("/api/v1/reports").json(&sent.body).await.expect("200");
        let mut other = sent.body.clone();
        other["text"] = json!("Something else");
        app.post("/api/v1/reports").json(&other).await.expect("409 report.code_taken");
        let waiting = app.post("/api/v1/follow-up").json(&json!({"lookup": sent.lookup})).await.ok();
        assert_eq!(waiting["state"], "waiting_release");
        let intake = app.get(&factory.at("/intake")).by(officer).await.ok();
        assert_eq!((&intake["waiting"], &intake["oldest_day"]), (&json!(1), &json!("2026-03-10")));
        let list = app.get(&factory.at("/cases")).by(officer).await.ok();
        assert_eq!(list["items"], json!([]), "nobody sees it before its release");
        let released = app.post(&factory.at("/intake/release")).by(officer).await.ok();
        assert_eq!(released["released"], 1);
        let list = app.get(&factory.at("/cases")).by(officer).await.ok();
        let life = Life {
            app: &app,
            factory,
            sent,
            id: list["items"][0]["id"].as_str().expect("an id").to_owned(),
            steps: std::cell::Cell::new(0),
        };
        assert_eq!(life.follow_up().await["state"], "new");
        life.verdict(true).await.expect("409 report.verdict_not_asked");

        // The answer; a second tap, a second client, another content under the same id.
        let body = life.body(&accept()).await;
        let first = life.send(officer, &body).await.expect("200");
        let again = life.send(officer, &body).await.expect("200");
        assert_eq!(first.json(), again.json(), "the same request has the same answer");
        life.send(factory.by(Role::EitLeader), &body).await.expect("409 idempotency.key_reused");
        let mut changed = body.clone();
        changed["action"]["answer"] = json!("No.");
        life.send(officer, &changed).await.expect("409 idempotency.key_reused");
        let mut stale = body.clone();
        stale["id"] = json!("00000000-0000-4000-8000-000000000001");
        life.send(officer, &stale).await.expect("409 case.stale");
        let standing = life.follow_up().await;
        assert_eq!(standing["answer"], "We will mount a guard.");
        assert_eq!(standing["answered_day"], "2026-03-10");

        // Each of the five fulfilments is asked for by its name.
        let whole = plan(member.person, "2026-03-20");
        for (field, outcome) in [
            ("measure", "422 case.fulfilment_missing at measure"),
            ("responsibility", "422 case.fulfilment_missing at responsibility"),
            ("money", "422 case.fulfilment_missing at money"),
            ("contingency", "422 case.fulfilment_missing at contingency"),
        ] {
            let mut part = whole.clone();
            part.as_object_mut().expect("an object").remove(field);
            life.act(officer, part).await.expect(outcome);
        }
        let mut endless = whole.clone();
        endless["due_day"] = json!("");
        life.act(officer, endless).await.expect("422 case.fulfilment_missing at due_day");
        let mut late = whole.clone();
        late["due_day"] = json!("2026-03-09");
        life.act(officer, late).await.expect("422 input.invalid at due_day");
        let mut nobody = whole.clone();
        nobody["owner"] = json!(world.other.member().person);
        life.act(officer, nobody).await.expect("422 input.invalid at owner");
        life.act(member, whole.clone()).await.expect("403 forbidden");
        let planned = life.act(officer, whole).await.expect("200").json();
        assert_eq!((&planned["state"], &planned["due_day"]), (&json!("planned"), &json!("2026-03-20")));
        assert_eq!(life.follow_up().await["due_day"], "2026-03-20");

        // Nobody accepts what is his own: neither who fixed it nor who answers for it.
        let representative = factory.by(Role::WorkerRepresentative);
        life.act(representative, finish()).await.expect("200");
        let verify = json!({"type": "verify", "note": "Seen"});
        life.act(representative, verify.clone()).await.expect("403 case.same_person");
        life.act(member, verify.clone()).await.expect("403 case.same_person");
        let seen = life.seen_by(representative).await;
        assert_eq!(seen["actions"], json!([]), "and it is not offered either");
        assert_eq!(life.follow_up().await["ask_fixed"], true);
        life.act(&factory.second_member, verify).await.expect("200");
        let close = json!({"type": "close"});
        life.act(&factory.second_member, close.clone()).await.expect("403 forbidden");
        let closed = life.act(officer, close).await.expect("200").json();
        assert_eq!((&closed["state"], &closed["version"]), (&json!("closed"), &json!(6)));

        // "Not yet" opens it again and puts it before those who decide.
        life.verdict(true).await.expect("200");
        assert_eq!(life.seen_by(officer).await["state"], "closed");
        life.verdict(false).await.expect("200");
        let again = life.seen_by(officer).await;
        assert_eq!((&again["state"], &again["disputed"]), (&json!("accepted"), &json!(true)));
        let triage = app.get(&factory.at("/cases?queue=triage")).by(officer).await.ok();
        assert_eq!(triage["items"][0]["id"], life.id.as_str());
        life.act(officer, finish()).await.expect("200");
        life.act(&factory.second_member, json!({"type": "send_back", "note": "Loose"})).await.expect("200");
        let back = life.seen_by(officer).await;
        assert_eq!((&back["state"], &back["disputed"]), (&json!("accepted"), &json!(false)));
        assert_eq!(back["events"].as_array().map(Vec::len), Some(10));
        assert_eq!(back["version"], 10, "the version counts the events");
        life.check_counts().await;
    }

    async fn every_decision_is_answered_in_writing(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let officer = factory.officer();
        let target = Life::begin(&app, factory, "named", 1).await;
        for (number, (mut action, state)) in [
            (accept(), "accepted"),
            (json!({"type": "decline", "answer": "It is a covered machine."}), "declined"),
            (json!({"type": "refer", "answer": "The landlord decides.", "to": "Landlord"}), "referred"),
            (json!({"type": "merge", "answer": "Known.", "into": target.id}), "merged"),
        ]
        .into_iter()
        .enumerate()
        {
            let life = Life::begin(&app, factory, "named", 10 + number as u64).await;
            let whole = action.clone();
            action["answer"] = json!("  ");
            life.act(officer, action).await.expect("422 case.answer_missing at answer");
            let after = life.act(officer, whole).await.expect("200").json();
            assert_eq!(after["state"], state);
            assert_eq!(after["answered_day"], "2026-03-10");
            if state != "accepted" {
                let reopen = json!({"type": "reopen", "reason": ""});
                life.act(officer, reopen).await.expect("422 input.missing at reason");
                let reopen = json!({"type": "reopen", "reason": "We were wrong."});
                let after = life.act(officer, reopen).await.expect("200").json();
                assert_eq!((&after["state"], &after["merged_into"]), (&json!("new"), &json!(null)));
            }
        }
        let life = Life::begin(&app, factory, "named", 20).await;
        let merge = |into: &str| json!({"type": "merge", "answer": "Known.", "into": into});
        life.act(officer, merge(&life.id)).await.expect("409 case.merge_target at into");
        life.act(officer, merge(&world.other.id.to_string())).await.expect("409 case.merge_target at into");
        target.check_counts().await;
    }

    async fn only_what_was_spoken_is_typed_up(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let life = Life::begin(&app, factory, "named", 1).await;
        let typed = json!({"type": "transcribe", "text": "The guard is fine"});
        life.act(factory.officer(), typed.clone()).await.expect("409 case.not_allowed");
        let clip = app.put("/api/v1/reports/attachments/v.ogg").bytes(voice_clip());
        clip.header("report-lookup", &life.sent.lookup).await.expect("204");
        life.act(factory.officer(), typed).await.expect("200");
        assert_eq!(life.seen_by(factory.officer()).await["text"], "The guard is fine");
    }

    async fn fixed_on_the_spot_is_one_step(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let life = Life::begin(&app, factory, "named", 1).await;
        life.act(factory.officer(), accept()).await.expect("200");
        let done = life.act(factory.member(), finish()).await.expect("200").json();
        assert_eq!((&done["state"], &done["fixed_day"]), (&json!("done"), &json!("2026-03-10")));
        let verify = json!({"type": "verify"});
        life.act(factory.member(), verify.clone()).await.expect("403 case.same_person");
        life.act(factory.officer(), verify).await.expect("200");
        life.check_counts().await;
    }

    async fn what_a_state_does_not_allow_is_refused(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let (officer, second) = (factory.officer(), &factory.second_member);
        let target = Life::begin(&app, factory, "named", 1).await;
        let actions = [
            accept(),
            json!({"type": "decline", "answer": "No."}),
            json!({"type": "refer", "answer": "No.", "to": "Landlord"}),
            json!({"type": "merge", "answer": "Known.", "into": target.id}),
            json!({"type": "grade", "likelihood": 3, "severity": 4, "legal": "general"}),
            plan(second.person, "2026-04-01"),
            finish(),
            json!({"type": "verify"}),
            json!({"type": "send_back", "note": "No"}),
            json!({"type": "close"}),
            json!({"type": "reopen", "reason": "Look again"}),
        ];
        let decline = json!({"type": "decline", "answer": "No."});
        let refer = json!({"type": "refer", "answer": "No.", "to": "Landlord"});
        let merge = json!({"type": "merge", "answer": "Known.", "into": target.id});
        let planned = plan(second.person, "2026-04-01");
        let verify = json!({"type": "verify"});
        let close = json!({"type": "close"});
        // How a case comes to each state, and what may follow.
        let ways: [(&str, Vec<Value>, &str); 9] = [
            ("new", vec![], "accept decline refer merge grade"),
            ("accepted", vec![accept()], "decline refer merge grade plan finish"),
            ("declined", vec![decline], "reopen"),
            ("referred", vec![refer], "reopen"),
            ("merged", vec![merge], "reopen"),
            ("planned", vec![accept(), planned.clone()], "grade plan finish"),
            ("done", vec![accept(), finish()], "grade verify send_back reopen"),
            ("verified", vec![accept(), finish(), verify.clone()], "close reopen"),
            ("closed", vec![accept(), finish(), verify, close], "reopen"),
        ];
        let manager = factory.by(Role::Manager);
        for (number, (state, way, allowed)) in ways.into_iter().enumerate() {
            let life = Life::begin(&app, factory, "named", 100 + number as u64).await;
            for step in way {
                let by = if step["type"] == "finish" { officer } else { manager };
                life.act(by, step).await.expect("200");
            }
            let seen = life.seen_by(manager).await;
            assert_eq!(seen["state"], state);
            let offered: Vec<&str> = allowed.split(' ').collect();
            for action in &actions {
                let name = action["type"].as_str().expect("a name");
                let is_offered = seen["actions"].as_array().expect("actions").contains(&json!(name));
                assert_eq!(is_offered, offered.contains(&name), "{name} offered in {state}");
                if !offered.contains(&name) {
                    let refused = life.act(manager, action.clone()).await.outcome();
                    assert_eq!(refused, "409 case.not_allowed", "{name} in {state}");
                }
            }
            let after = life.seen_by(manager).await;
            assert_eq!(after["version"], seen["version"], "a refused action leaves nothing behind");
        }
    }
}
