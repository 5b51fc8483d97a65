//! The improvement team: an agenda that writes itself, decisions in one piece, minutes without a
//! reporter's name.

use hezuo_domain::people::Role;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Factory, Login, TestApp, World, plan, report, world};
use serde_json::{Value, json};

use crate::exports::tab;

const DAY: i64 = 86_400;

/// A team with a meeting that is going on.
struct Meeting<'a> {
    app: &'a TestApp,
    factory: &'a Factory,
    team: String,
    id: String,
}

impl<'a> Meeting<'a> {
    async fn begin(app: &'a TestApp, world: &'a World) -> Self {
        let factory = &world.factory;
        let leader = factory.by(Role::EitLeader);
        let body = json!({"name": "EIT", "weekday": 2, "meets_at": "16:30", "place": "Canteen"});
        let team = app
            .post(&factory.at("/teams"))
            .by(leader)
            .json(&body)
            .await
            .ok();
        let team = team["id"].as_str().expect("a team").to_owned();
        let members = [
            (leader, "leader", "manager", "m"),
            (factory.by(Role::EitSecretary), "secretary", "manager", "f"),
            (factory.member(), "liaison", "worker", "m"),
        ];
        for (login, role, side, sex) in members {
            let path = factory.at(&format!("/teams/{team}/members/{}", login.person));
            let body = json!({"role": role, "side": side, "sex": sex, "shift": "A"});
            app.put(&path).by(leader).json(&body).await.expect("204");
        }
        let path = factory.at(&format!("/teams/{team}/meetings"));
        let body = json!({"id": "0f6bd24b-35a3-4e02-8b3d-7d2c0a1e5f01"});
        let begun = app.post(&path).by(leader).json(&body).await.ok();
        Self {
            app,
            factory,
            team,
            id: begun["id"].as_str().expect("a meeting").to_owned(),
        }
    }

    async fn agenda(&self) -> Vec<Value> {
        let path = self.factory.at(&format!("/teams/{}/agenda", self.team));
        let agenda = self.app.get(&path).by(self.factory.member()).await.ok();
        agenda["items"].as_array().expect("items").clone()
    }

    fn path(&self, tail: &str) -> String {
        self.factory.at(&format!("/meetings/{}{tail}", self.id))
    }

    async fn minutes(&self) -> Value {
        let path = self.path("");
        self.app.get(&path).by(self.factory.member()).await.ok()
    }

    fn decisions(&self, by: &Login, number: u64, decisions: &[Value]) -> hezuo_testkit::Call {
        let id = format!("0f6bd24b-35a3-4e02-8b3d-{number:012}");
        let body = json!({"id": id, "client": "desk", "decisions": decisions});
        self.app.post(&self.path("/decisions")).by(by).json(&body)
    }
}

fn on(case: &Value, actions: &[Value]) -> Value {
    json!({"case": case["id"], "version": case["version"], "actions": actions})
}

fn accept() -> Value {
    json!({"type": "accept", "answer": "We will mount a guard."})
}

async fn reports(app: &TestApp, factory: &Factory, numbers: std::ops::Range<u64>) {
    for number in numbers {
        let voice =
            ["named", "in_confidence", "anonymous"][usize::try_from(number % 3).unwrap_or(0)];
        let sent = report(&factory.codes[1], voice, number).body;
        app.post("/api/v1/reports").json(&sent).await.expect("201");
    }
    let release = factory.at("/intake/release");
    app.post(&release).by(factory.officer()).await.ok();
}

on_both_databases! {
    async fn the_agenda_writes_itself_and_names_no_reporter(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        reports(&app, factory, 0..2).await;
        app.clock.advance_seconds(8 * DAY);
        let mut world = world;
        world.factory.log_in_again(&app).await;
        let factory = &world.factory;
        reports(&app, factory, 2..5).await;
        let meeting = Meeting::begin(&app, &world).await;
        let items = meeting.agenda().await;
        let sections: Vec<&str> = items.iter().filter_map(|it| it["section"].as_str()).collect();
        assert_eq!(sections, ["unanswered", "unanswered", "new", "new", "new"]);

        // One is planned for soon, one for later, one is done, one accepted without an owner.
        let owner = factory.member().person;
        let officer = factory.officer();
        let finish = json!({"type": "finish", "note": "Mounted"});
        let batch = [
            on(&items[0], &[accept(), plan(owner, "2026-03-20")]),
            on(&items[1], &[accept(), plan(owner, "2026-04-20")]),
            on(&items[2], &[accept(), finish]),
            on(&items[3], &[accept()]),
        ];
        meeting.decisions(officer, 1, &batch).await.ok();
        let found = meeting.agenda().await;
        let sections: Vec<&str> = found.iter().filter_map(|it| it["section"].as_str()).collect();
        assert_eq!(sections, ["new", "due", "to_verify", "unplanned"]);
        let texts: Vec<String> = [json!(found), meeting.minutes().await]
            .iter()
            .map(ToString::to_string)
            .collect();
        for text in texts {
            assert!(!text.contains("李红"), "a reporter's name");
            assert!(!text.contains("\"voice\""), "how openly somebody spoke");
        }
        let (team, id) = (meeting.team.clone(), meeting.id.clone());
        app.clock.advance_seconds(3 * DAY);
        world.factory.log_in_again(&app).await;
        let factory = &world.factory;
        let meeting = Meeting { app: &app, factory, team, id };
        let late = meeting.agenda().await;
        assert!(late.iter().any(|it| it["section"] == "overdue"), "{late:#?}");
    }

    async fn decisions_are_written_whole_or_not_at_all(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        reports(&app, factory, 0..12).await;
        let meeting = Meeting::begin(&app, &world).await;
        let items = meeting.agenda().await;
        assert_eq!(items.len(), 12);
        let leader = factory.by(Role::EitLeader);
        let mut batch: Vec<Value> = items.iter().map(|it| on(it, &[accept()])).collect();

        // Somebody else answers the sixth meanwhile: nothing is written, and the sixth is named.
        let moved = &items[5];
        let path = factory.at(&format!("/cases/{}/actions", moved["id"].as_str().expect("an id")));
        let body = json!({"id": "0f6bd24b-35a3-4e02-8b3d-7d2c0a1e5f77", "version": 1,
            "client": "phone", "action": accept()});
        app.post(&path).by(factory.officer()).json(&body).await.ok();
        meeting.decisions(leader, 1, &batch).await.expect("409 case.stale at decisions.5");
        batch[5]["version"] = json!(2);
        meeting.decisions(leader, 1, &batch).await.expect("409 case.not_allowed at decisions.5");
        batch[5]["actions"] = json!([{"type": "decline", "answer": " "}]);
        let missing = meeting.decisions(leader, 1, &batch).await;
        missing.expect("422 case.answer_missing at decisions.5.answer");
        batch[5] = json!({"case": items[5]["id"], "version": 2, "note": "Ask the supplier"});
        batch[6]["actions"] = json!([{"type": "merge", "answer": "The same", "into": items[7]["id"]}]);
        batch[7]["actions"] = json!([{"type": "merge", "answer": "The same", "into": items[8]["id"]}]);
        let chained = meeting.decisions(leader, 1, &batch).await;
        chained.expect("409 case.merge_target at decisions.6.into");
        batch[7]["actions"] = json!([accept()]);
        assert_eq!(meeting.minutes().await["lines"], json!([]), "nothing was written so far");
        let list = app.get(&factory.at("/cases?queue=triage")).by(leader).await.ok();
        assert_eq!(list["items"].as_array().map(Vec::len), Some(11));

        let twice = [batch.clone(), vec![batch[0].clone()]].concat();
        let twice = meeting.decisions(leader, 1, &twice).await;
        twice.expect("422 input.invalid at decisions.12");
        let first = meeting.decisions(leader, 1, &batch).await.ok();
        let again = meeting.decisions(leader, 1, &batch).await.ok();
        let count = |answer: &Value| answer["items"].as_array().map(Vec::len);
        assert_eq!((count(&first), count(&again)), (Some(12), Some(12)), "sent twice, written once");
        meeting.decisions(leader, 1, &batch[..1]).await.expect("409 idempotency.key_reused");
        let minutes = meeting.minutes().await;
        let lines = minutes["lines"].as_array().expect("lines");
        assert_eq!(lines.len(), 12);
        assert_eq!((&lines[5]["action"], &lines[5]["words"]), (&Value::Null, &json!(["Ask the supplier"])));
        assert_eq!(lines[6]["into_ref"], items[7]["ref"]);

        // Each decision is an event of its case that names the meeting, and the counts hold.
        let path = factory.at(&format!("/cases/{}", items[0]["id"].as_str().expect("an id")));
        let case = app.get(&path).by(leader).await.ok();
        assert_eq!(case["state"], "accepted");
        assert_eq!(case["events"][1]["details"]["meeting"], json!(meeting.id));
        counts_hold(&app, factory).await;
    }

    async fn a_meeting_ends_in_minutes_on_the_wall(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let meeting = Meeting::begin(&app, &world).await;
        let leader = factory.by(Role::EitLeader);
        let before = people(&app, factory).await;
        let secretary = factory.by(Role::EitSecretary).person;
        let guest = json!({"guest_id": "0f6bd24b-35a3-4e02-8b3d-7d2c0a1e5f10",
            "guest_name": "Trainer Zhao", "guest_kind": "trainer", "present": true});
        let marks = json!({"marks": [
            {"person_id": leader.person, "present": true},
            {"person_id": secretary, "present": true}, guest,
        ]});
        let path = meeting.path("/attendance");
        let marked = app.put(&path).by(leader).json(&marks).await.ok();
        assert_eq!((&marked["present"]["managers"], &marked["present"]["women"]), (&json!(2), &json!(1)));
        assert_eq!(marked["people"].as_array().map(Vec::len), Some(4));
        let foreign = json!({"marks": [{"person_id": world.other.member().person, "present": true}]});
        let foreign = app.put(&path).by(leader).json(&foreign).await;
        foreign.expect("422 input.invalid at person_id");
        app.post(&meeting.path("/post")).by(leader).await.expect("409 meeting.open");

        // Who begins a second one sits in the same; ideas are written down while it goes on.
        let begin = factory.at(&format!("/teams/{}/meetings", meeting.team));
        let body = json!({"id": "0f6bd24b-35a3-4e02-8b3d-7d2c0a1e5f02"});
        let joined = app.post(&begin).by(factory.officer()).json(&body).await.ok();
        assert_eq!(joined["id"], json!(meeting.id));
        let ideas = json!({"id": "0f6bd24b-35a3-4e02-8b3d-7d2c0a1e5f30", "client": "desk",
            "source": "meeting", "meeting": meeting.id, "ideas": [
                {"category": "idea", "text": "Hooks for gloves", "name": "李红", "finder": "worker"},
                {"category": "machine", "text": "Guard loose", "area_id": factory.press},
            ]});
        let path = factory.at("/ideas");
        let member = factory.member();
        let recorded = app.post(&path).by(member).json(&ideas).await.ok();
        assert_eq!(recorded["cases"].as_array().map(Vec::len), Some(2));
        let again = app.post(&path).by(member).json(&ideas).await.ok();
        assert_eq!(again["cases"], json!([]), "sent twice, written once");
        let list = app.get(&factory.at("/cases")).by(factory.officer()).await.ok();
        let items = list["items"].as_array().expect("items");
        let unnamed = items.iter().find(|it| it["voice"] == "anonymous").expect("one without a name");
        let kept = unnamed["area_id"].as_str().map(str::to_owned);
        assert_eq!(kept, Some(factory.workshop.to_string()), "few work at the press");

        let close = json!({"place": "Canteen", "chair_id": leader.person, "board_reviewed": true,
            "note": "Tea was good", "next_day": "2026-03-17"});
        let path = meeting.path("/close");
        app.clock.advance_seconds(45 * 60);
        let closed = app.post(&path).by(leader).json(&close).await.ok();
        assert_eq!((&closed["began"], &closed["ended"]), (&json!("10:00"), &json!("10:45")));
        app.post(&path).by(leader).json(&close).await.expect("409 meeting.closed");
        meeting.decisions(leader, 9, &[json!({"case": unnamed["id"], "version": 1})]).await
            .expect("409 meeting.closed");
        let minutes = meeting.minutes().await;
        let absent = |it: &&Value| it["present"] == false;
        assert_eq!(minutes["people"].as_array().expect("people").iter().filter(absent).count(), 1);
        assert_eq!(minutes["lines"].as_array().map(Vec::len), Some(2));
        assert!(!minutes.to_string().contains("李红"), "who had the idea stays out of the minutes");
        assert_eq!(people(&app, factory).await - before, 3, "two members and the one who had an idea");

        let path = meeting.path("/export");
        let book = app.get(&path).by(member).header("accept-language", "zh-CN").await.expect("200");
        let (decided, present) = (tab(&book, 0), tab(&book, 1));
        assert_eq!(decided[0][..4], ["小组", "例会次数", "日期", "编号"]);
        assert_eq!(decided.len(), 3);
        assert_eq!(decided[1][..3], ["EIT", "1", "2026-03-10"]);
        assert_eq!((&decided[1][5], &decided[1][7]), (&"Hooks for gloves".to_owned(), &"新提出".to_owned()));
        assert_eq!(present.len(), 5, "members, there or not, and a guest");
        assert!(!decided.concat().concat().contains("李红") && !present.concat().concat().contains("李红"));
        let csv = app.get(&format!("{path}?format=csv")).by(member).header("accept-language", "en");
        let csv = csv.await.expect("200").text();
        assert!(csv.starts_with("\u{feff}Team,Meeting no.,Day,Reference"), "{csv}");
        assert_eq!(csv.lines().count(), 3, "{csv}");
        let posted = app.post(&meeting.path("/post")).by(leader).await.ok();
        assert_eq!((&posted["state"], &posted["posted_day"]), (&json!("posted"), &json!("2026-03-10")));

        // Who leaves the team stays in the minutes.
        let path = factory.at(&format!("/teams/{}/members/{secretary}", meeting.team));
        app.call(axum::http::Method::DELETE, &path).by(leader).await.expect("204");
        assert_eq!(meeting.minutes().await["people"], minutes["people"]);
        let second = app.post(&begin).by(leader).json(&body).await.ok();
        assert_eq!(second["number"], 2);
        assert_eq!(second["people"].as_array().map(Vec::len), Some(2));
        counts_hold(&app, factory).await;
    }
}

async fn people(app: &TestApp, factory: &Factory) -> i64 {
    let scope = hezuo_domain::Scope::Enterprise(factory.id);
    let mut tx = app.app.db.read(&scope).await.expect("a transaction");
    hezuo_store::testing::participants(&mut tx).await
}

async fn counts_hold(app: &TestApp, factory: &Factory) {
    let scope = hezuo_domain::Scope::Enterprise(factory.id);
    let read = || async {
        let mut tx = app.app.db.read(&scope).await.expect("a transaction");
        let counts = hezuo_store::tallies::everything(&mut tx).await;
        counts.expect("counts")
    };
    let before = read().await;
    let rebuilt = hezuo_app::tallies::rebuild(&app.app, factory.id).await;
    rebuilt.expect("rebuilt");
    assert_eq!(before, read().await, "counts by deltas and made anew");
}
