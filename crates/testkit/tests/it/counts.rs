//! How many statements a request takes, without transaction control.

use hezuo_domain::people::Role;
use hezuo_domain::uploads::PART;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Call, TestApp, large_picture, report, world};
use serde_json::{Value, json};

use crate::projects;

async fn statements(app: &TestApp, call: Call) -> u64 {
    let before = app.app.db.statements();
    call.await.ok();
    app.app.db.statements() - before
}

on_both_databases! {
    #[expect(clippy::print_stdout, reason = "the numbers are worth seeing when they are asked for")]
    async fn a_report_takes_thirteen_statements_at_most_and_a_list_three(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let kind = app.app.db.kind();
        let mut counted = Vec::new();
        for (number, voice) in ["named", "in_confidence", "anonymous"].iter().enumerate() {
            let sent = report(&factory.codes[1], voice, number as u64);
            let count = statements(&app, app.post("/api/v1/reports").json(&sent.body)).await;
            // One by name is a case at once, with its words, and its leaf waits for the chain. The area around a
            // machine is one statement more.
            let most = if *voice == "named" { 12 } else { 9 };
            counted.push((format!("report {voice}"), count, most));
        }
        let (lookup, upload) = (report(&factory.codes[1], "anonymous", 2).lookup, large_picture(2 * PART, 1));
        for (what, offset, most) in [("question", 2 * PART, 5), ("part", 0, 8), ("last part", PART, 12)] {
            let call = app.patch("/api/v1/reports/attachments/p1.jpg").part(&upload, offset);
            let count = statements(&app, call.header("report-lookup", &lookup)).await;
            counted.push((format!("{what} of an upload"), count, most));
        }
        app.post(&factory.at("/intake/release")).by(factory.officer()).await.ok();
        let mut urgent = report(&factory.codes[1], "anonymous", 10).body;
        urgent["danger"] = true.into();
        let count = statements(&app, app.post("/api/v1/reports").json(&urgent)).await;
        counted.push(("report anonymous, urgent".to_owned(), count, 11));
        let mut named = report(&factory.codes[1], "named", 11).body;
        named["danger"] = true.into();
        let count = statements(&app, app.post("/api/v1/reports").json(&named)).await;
        counted.push(("report named, urgent".to_owned(), count, 13));
        for path in ["/alarms", "/notices"] {
            let path = factory.at(path);
            let count = statements(&app, app.get(&path).by(factory.officer())).await;
            counted.push((path, count, 3));
        }
        let path = factory.at("/cases?q=guard");
        let count = statements(&app, app.get(&path).by(factory.officer())).await;
        counted.push(("search".to_owned(), count, 3));
        for queue in ["triage", "open", "overdue", "to_verify", "mine", "ended", "all"] {
            let path = factory.at(&format!("/cases?queue={queue}"));
            for (who, login) in [("officer", factory.officer()), ("inspector", &world.inspector)] {
                let count = statements(&app, app.get(&path).by(login)).await;
                counted.push((format!("list {queue} by {who}"), count, 3));
            }
            let path = factory.at(&format!("/cases?queue={queue}&area={}", factory.workshop));
            let count = statements(&app, app.get(&path).by(factory.officer())).await;
            counted.push((format!("list {queue} of an area"), count, 3));
        }
        for table in ["Cases", "Cases/$count", "Steps", "Tallies", "Projects"] {
            let path = factory.at(&format!("/odata/{table}"));
            let count = statements(&app, app.get(&path).by(factory.officer())).await;
            counted.push((format!("feed {table}"), count, 3));
        }
        let leader = factory.by(Role::EitLeader);
        let teams = factory.at("/teams");
        let team = app.post(&teams).by(leader).json(&json!({"name": "EIT"})).await.ok();
        let of_team = |tail| format!("{teams}/{}/{tail}", team["id"].as_str().expect("a team"));
        let begin = json!({"id": team["id"]});
        let begun = app.post(&of_team("meetings")).by(leader).json(&begin).await.ok();
        let meeting = factory.at(&format!("/meetings/{}", begun["id"].as_str().expect("one")));
        let count = statements(&app, app.get(&teams).by(leader)).await;
        counted.push(("list of teams".to_owned(), count, 3));
        let count = statements(&app, app.get(&of_team("meetings")).by(leader)).await;
        counted.push(("list of meetings".to_owned(), count, 3));
        let agenda = statements(&app, app.get(&of_team("agenda")).by(leader)).await;
        counted.push(("agenda".to_owned(), agenda, 6));
        let agenda = app.get(&of_team("agenda")).by(leader).await.ok();
        let decide = |key: u32, cases: &[Value]| {
            let accept = json!([{"type": "accept", "answer": "Yes."}]);
            let one = |it: &Value| json!({"case": it["id"], "version": 1, "actions": accept});
            let decisions: Vec<Value> = cases.iter().map(one).collect();
            let id = format!("0f6bd24b-35a3-4e02-8b3d-{key:012}");
            let body = json!({"id": id, "client": "desk", "decisions": decisions});
            app.post(&format!("{meeting}/decisions")).by(leader).json(&body)
        };
        let cases = agenda["items"].as_array().expect("items");
        let one = statements(&app, decide(1, &cases[..1])).await;
        let three = statements(&app, decide(2, &cases[1..])).await;
        assert_eq!((one, cases.len()), (three, 5), "as many for two decisions as for one");
        counted.push(("decisions".to_owned(), three, 12));
        let count = statements(&app, app.get(&meeting).by(leader)).await;
        counted.push(("meeting".to_owned(), count, 8));
        let project = projects::proposed(&app, factory, &[]).await;
        let project = format!("/projects/{}", project["id"].as_str().expect("an id"));
        for (what, path, most) in [
            ("list of projects", "/projects", 3),
            ("list of projects of a state", "/projects?state=proposed", 3),
            ("list behind the saving", "/projects?from=2026-01-01&currency=CNY", 3),
            ("counts of projects", "/projects/counts", 3),
            ("project", project.as_str(), 9),
        ] {
            let count = statements(&app, app.get(&factory.at(path)).by(leader)).await;
            counted.push((what.to_owned(), count, most));
        }
        let administrator = factory.by(Role::Administrator);
        let count = statements(&app, app.get("/api/v1/enterprises").by(administrator)).await;
        counted.push(("list of enterprises".to_owned(), count, 3));
        for (what, count, most) in &counted {
            println!("{kind}: {what}: {count}");
            assert!(count <= most, "{what} takes {count} statements on {kind}, more than {most}");
            assert!(*count > 0, "{what} was not counted");
        }
    }
}
