//! How many statements a request takes, without transaction control.

use hezuo_domain::people::Role;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Call, TestApp, report, world};

async fn statements(app: &TestApp, call: Call) -> u64 {
    let before = app.app.db.statements();
    call.await.ok();
    app.app.db.statements() - before
}

on_both_databases! {
    #[expect(clippy::print_stdout, reason = "the numbers are worth seeing when they are asked for")]
    async fn a_report_takes_eight_statements_and_a_list_three(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let kind = app.app.db.kind();
        let mut counted = Vec::new();
        for (number, voice) in ["named", "in_confidence", "anonymous"].iter().enumerate() {
            let sent = report(&factory.codes[1], voice, number as u64);
            let count = statements(&app, app.post("/api/v1/reports").json(&sent.body)).await;
            counted.push((format!("report {voice}"), count, 8));
        }
        let mut urgent = report(&factory.codes[1], "anonymous", 10).body;
        urgent["danger"] = true.into();
        let count = statements(&app, app.post("/api/v1/reports").json(&urgent)).await;
        counted.push(("report anonymous, urgent".to_owned(), count, 8));
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
