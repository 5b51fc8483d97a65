//! Alarms and notices: who is rung when, who answers, and that nothing tells who spoke.

use hezuo_app::jobs;
use hezuo_app::notices::live::{Heard, Live};
use hezuo_domain::people::Role;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Factory, Login, TestApp, join, report, world};
use serde_json::{Value, json};

/// What the report says, and who says it: neither may be anywhere in a notice.
const CANARIES: [&str; 2] = ["Kolibri", "李红"];

/// Everything that is due is done.
async fn settle(app: &TestApp) {
    while jobs::run_next(&app.app).await.expect("the queue") {}
}

async fn danger(app: &TestApp, factory: &Factory, voice: &str, number: u64) {
    let mut sent = report(&factory.codes[0], voice, 7_000 + number).body;
    sent["danger"] = json!(true);
    sent["text"] = json!("a Kolibri under the press");
    app.post("/api/v1/reports").json(&sent).await.expect("201");
}

async fn items(app: &TestApp, factory: &Factory, path: &str, login: &Login) -> Vec<Value> {
    let list = app.get(&factory.at(path)).by(login).await.ok();
    list["items"].as_array().expect("items").clone()
}

/// The roles whose notices speak of a danger at a step.
async fn told(app: &TestApp, factory: &Factory, step: i64) -> Vec<&'static str> {
    let mut told = Vec::new();
    for role in Role::ALL {
        let list = app.get(&factory.at("/notices")).by(factory.by(role)).await;
        let list = if list.status == 200 {
            list.json()
        } else {
            Value::Null
        };
        let is_it = |it: &Value| it["kind"] == "danger" && it["step"] == step;
        if list["items"]
            .as_array()
            .is_some_and(|all| all.iter().any(is_it))
        {
            told.push(role.as_str());
        }
    }
    told
}

async fn alarm(app: &TestApp, factory: &Factory) -> Value {
    let all = items(app, factory, "/alarms", factory.officer()).await;
    assert_eq!(all.len(), 1, "{all:?}");
    all[0].clone()
}

fn answer(alarm: &Value) -> String {
    let case = alarm["case_id"].as_str().expect("a case");
    format!("/cases/{case}/alarm/answer")
}

async fn events(app: &TestApp, factory: &Factory, alarm: &Value) -> Vec<Value> {
    let path = format!("/cases/{}", alarm["case_id"].as_str().expect("a case"));
    let case = app.get(&factory.at(&path)).by(factory.officer()).await.ok();
    case["events"].as_array().expect("events").clone()
}

on_both_databases! {
    async fn a_danger_rings_further_until_somebody_answers_by_name(fresh) {
        let app = TestApp::on(fresh);
        let factory = &world(&app).await.factory;
        danger(&app, factory, "named", 1).await;
        settle(&app).await;
        assert_eq!(told(&app, factory, 1).await, ["safety_officer", "eit_leader"]);
        let first = alarm(&app, factory).await;
        assert_eq!((&first["step"], &first["rings"]), (&json!(1), &json!(true)));
        let manager = items(&app, factory, "/alarms", factory.by(Role::Manager)).await;
        assert_eq!(manager[0]["rings"], false, "a manager sees it before it rings at him");

        app.clock.advance_seconds(599);
        settle(&app).await;
        assert_eq!(told(&app, factory, 2).await, Vec::<&str>::new());
        app.clock.advance_seconds(1);
        settle(&app).await;
        assert_eq!(told(&app, factory, 2).await, ["manager"]);
        app.clock.advance_seconds(600);
        settle(&app).await;
        let everybody = ["administrator", "worker_representative", "eit_secretary", "eit_member"];
        assert_eq!(told(&app, factory, 3).await, everybody);
        app.clock.advance_seconds(6_000);
        settle(&app).await;
        assert_eq!(alarm(&app, factory).await["step"], 3);

        let member = factory.member();
        let path = factory.at(&answer(&first));
        let body = json!({"client": "phone"});
        app.post(&path).by(member).json(&body).await.expect("204");
        app.post(&path).by(member).json(&body).await.expect("204");
        app.post(&path).by(factory.officer()).json(&body).await.expect("409 alarm.silent");
        assert!(items(&app, factory, "/alarms", factory.officer()).await.is_empty());
        let events = events(&app, factory, &first).await;
        let kinds: Vec<_> = events.iter().map(|it| it["kind"].as_str().unwrap_or_default()).collect();
        assert_eq!(kinds, ["report", "escalate", "escalate", "acknowledge"]);
        assert_eq!(events[3]["actor_name"], "a-eit_member");
        assert!(events[3]["at"].is_string(), "who and when");
        let officers = items(&app, factory, "/notices", factory.officer()).await;
        assert_eq!(officers[0]["answered_by"], "a-eit_member");
    }

    async fn an_answer_in_time_keeps_it_from_going_further(fresh) {
        let app = TestApp::on(fresh);
        let factory = &world(&app).await.factory;
        let rhythm = json!({"alarm_minutes": 3, "quiet_from": "21:00", "quiet_to": "07:00",
            "digest_at": "07:30"});
        let path = factory.at("/notices/rhythm");
        app.put(&path).by(factory.administrator()).json(&rhythm).await.expect("204");
        assert_eq!(app.get(&path).by(factory.administrator()).await.ok(), rhythm);
        let mut wrong = rhythm.clone();
        wrong["quiet_to"] = json!("25:00");
        let refused = app.put(&path).by(factory.administrator()).json(&wrong).await;
        refused.expect("422 input.invalid at quiet_to");

        danger(&app, factory, "in_confidence", 2).await;
        settle(&app).await;
        app.clock.advance_seconds(179);
        settle(&app).await;
        let rung = alarm(&app, factory).await;
        let body = json!({"client": "desk"});
        let path = factory.at(&answer(&rung));
        app.post(&path).by(factory.officer()).json(&body).await.expect("204");
        app.clock.advance_seconds(600);
        settle(&app).await;
        assert_eq!(told(&app, factory, 2).await, Vec::<&str>::new());
        let events = events(&app, factory, &rung).await;
        assert_eq!(events.len(), 2, "{events:?}");
        // A danger that was declined needs nobody to go there either.
        danger(&app, factory, "named", 3).await;
        settle(&app).await;
        let rung = alarm(&app, factory).await;
        let decline = json!({"id": "6a1f7c9e-0f3b-4c57-9d5e-3f1f0c2b7a77", "version": 1,
            "client": "desk", "action": {"type": "decline", "answer": "The press is out of use."}});
        let path = format!("/cases/{}/actions", rung["case_id"].as_str().expect("a case"));
        app.post(&factory.at(&path)).by(factory.officer()).json(&decline).await.ok();
        app.clock.advance_seconds(600);
        settle(&app).await;
        assert_eq!(told(&app, factory, 2).await, Vec::<&str>::new());
        assert!(items(&app, factory, "/alarms", factory.officer()).await.is_empty());
    }

    async fn only_those_of_the_place_are_rung_and_another_factory_never(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let access = factory.administrator().caller.enter(&app.app, factory.id).await.expect("home");
        let near = |role, area| hezuo_domain::people::Grant {
            role,
            place: hezuo_domain::people::Place::Area(area),
        };
        let here = join(&app, &access, "workshop-head", near(Role::Manager, factory.workshop)).await;
        let there = join(&app, &access, "paint-head", near(Role::Manager, factory.paint_shop)).await;
        danger(&app, factory, "named", 4).await;
        settle(&app).await;
        let mine = items(&app, factory, "/alarms", &here).await;
        assert_eq!(mine[0]["rings"], true, "the manager of the area");
        assert!(items(&app, factory, "/alarms", &there).await.is_empty());
        assert_eq!(items(&app, factory, "/notices", &here).await.len(), 1);
        assert!(items(&app, factory, "/notices", &there).await.is_empty());
        let path = factory.at(&answer(&mine[0]));
        let body = json!({"client": "phone"});
        app.post(&path).by(&there).json(&body).await.expect("404 not_found");
        app.post(&path).by(world.other.officer()).json(&body).await.expect("404 not_found");
        app.post(&path).by(&world.inspector).json(&body).await.expect("403 forbidden");
        let other = &world.other;
        assert!(items(&app, other, "/alarms", other.officer()).await.is_empty());
        app.post(&path).by(&here).json(&body).await.expect("204");
    }

    async fn notices_are_read_by_their_user_page_by_page(fresh) {
        let app = TestApp::on(fresh);
        let factory = &world(&app).await.factory;
        for number in 0..5 {
            danger(&app, factory, "named", 20 + number).await;
        }
        settle(&app).await;
        let officer = factory.officer();
        let path = factory.at("/notices");
        let mut seen = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = app.get(&format!("{path}?limit=2&cursor={cursor}")).by(officer).await.ok();
            assert_eq!(page["unread"], 5);
            seen.extend(page["items"].as_array().expect("items").iter().map(|it| it["id"].clone()));
            match page["next_cursor"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => break,
            }
        }
        let all = items(&app, factory, "/notices", officer).await;
        assert_eq!(seen, all.iter().map(|it| it["id"].clone()).collect::<Vec<_>>());
        assert_eq!(seen.len(), 5);
        let read = factory.at("/notices/read");
        let leader = factory.by(Role::EitLeader);
        app.post(&read).by(leader).json(&json!({"id": seen[0]})).await.expect("204");
        assert_eq!(app.get(&path).by(officer).await.ok()["unread"], 5, "not another's to mark");
        app.post(&read).by(officer).json(&json!({"id": seen[0]})).await.expect("204");
        assert_eq!(app.get(&path).by(officer).await.ok()["unread"], 4);
        app.post(&read).by(officer).json(&json!({})).await.expect("204");
        assert_eq!(app.get(&path).by(officer).await.ok()["unread"], 0);
        assert_eq!(app.get(&path).by(leader).await.ok()["unread"], 5);
    }

    async fn neither_notices_nor_alarms_tell_who_spoke_or_when(fresh) {
        let app = TestApp::on(fresh);
        let factory = &world(&app).await.factory;
        app.clock.advance_seconds(4_321);
        let sent_at = app.app.now();
        danger(&app, factory, "anonymous", 5).await;
        settle(&app).await;
        app.clock.advance_seconds(600);
        let further_at = app.app.now();
        settle(&app).await;
        for login in &factory.logins {
            for path in ["/alarms", "/notices"] {
                let seen = app.get(&factory.at(path)).by(login).await.text();
                for word in CANARIES.iter().chain(&["voice", "anonymous", "reporter"]) {
                    assert!(!seen.contains(word), "{word} in {seen}");
                }
            }
        }
        let rung = alarm(&app, factory).await;
        for event in events(&app, factory, &rung).await {
            assert_eq!(event["at"], Value::Null, "{event}");
        }
        // The job that waits for the next step is the only trace of the instant, until it is done.
        let path = factory.at(&answer(&rung));
        let body = json!({"client": "phone"});
        app.clock.advance_seconds(50);
        app.post(&path).by(factory.officer()).json(&body).await.expect("204");
        app.clock.advance_seconds(600);
        settle(&app).await;
        let rows = app.fresh.dump().await;
        for instant in [sent_at, further_at, sent_at.plus_seconds(600), sent_at.plus_seconds(1200)] {
            let told = |row: &&String| {
                // When somebody of the team used a screen says nothing about who spoke.
                row.contains(&instant.0.to_string()) && !row.starts_with("login_session ")
            };
            let told: Vec<_> = rows.iter().filter(told).collect();
            assert!(told.is_empty(), "{told:?}");
        }
        let notices: Vec<_> = rows.iter().filter(|row| row.starts_with("notice ")).collect();
        assert_eq!(notices.len(), 3);
        for row in notices {
            assert!(!CANARIES.iter().any(|word| row.contains(word)), "{row}");
        }
    }

    async fn a_screen_hears_of_its_own_places_and_of_nothing_that_waits(fresh) {
        let app = TestApp::on(fresh);
        let factory = &world(&app).await.factory;
        let live = std::sync::Arc::<Live>::default();
        let enter = |login: &Login| {
            let caller = login.caller.clone();
            let app = std::sync::Arc::clone(&app.app);
            async move { caller.enter(&app, factory.id).await.expect("home") }
        };
        let mut officer = live.join(&app.app, enter(factory.officer()).await).await.expect("a screen");
        let mut bystander = live.join(&app.app, enter(&factory.bystander).await).await.expect("a screen");
        danger(&app, factory, "named", 30).await;
        assert_eq!(officer.next().await, Some(Heard::Alarms));
        hezuo_app::ledger::sequence(&app.app).await.expect("the sequencer");
        assert_eq!(officer.next().await, Some(Heard::Cases));

        // An anonymous report is heard of at its release, with the whole batch.
        let waits = report(&factory.codes[0], "anonymous", 7_031);
        app.post("/api/v1/reports").json(&waits.body).await.expect("201");
        hezuo_app::ledger::sequence(&app.app).await.expect("the sequencer");
        let pause = std::time::Duration::from_millis(2_500);
        let silent = tokio::time::timeout(pause, officer.next()).await;
        assert!(silent.is_err(), "nothing is heard of what waits: {silent:?}");
        app.post(&factory.at("/intake/release")).by(factory.officer()).await.ok();
        hezuo_app::ledger::sequence(&app.app).await.expect("the sequencer");
        assert_eq!(officer.next().await, Some(Heard::Cases));

        // Who may read nothing hears nothing, and whoever logs out is not heard any more.
        let silent = tokio::time::timeout(std::time::Duration::ZERO, bystander.next()).await;
        assert!(silent.is_err(), "{silent:?}");
        let token = hezuo_app::people::Token::parse(
            factory.officer().cookie.trim_start_matches("hezuo="),
        ).expect("a token");
        officer.renew(&app.app, &token).await.expect("still logged in");
        app.call(axum::http::Method::DELETE, "/api/v1/session").by(factory.officer()).await.expect("204");
        assert!(officer.renew(&app.app, &token).await.is_err());
        live.stop();
        assert_eq!(officer.next().await, None);
        assert_eq!(bystander.next().await, None);
    }
}
