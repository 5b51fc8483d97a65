//! Looks at what not everybody may read are kept, told to those concerned, and cost the reader nothing.

use hezuo_app::entrusted::write_looks;
use hezuo_app::ledger::{sequence, verify};
use hezuo_domain::people::Role;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Factory, TestApp, report, voice_clip, world};
use serde_json::{Value, json};

async fn told(app: &TestApp, factory: &Factory) -> Vec<String> {
    let looks = app.get(&factory.at("/looks")).by(factory.administrator());
    let looks = looks.await.ok();
    let line = |it: &Value| {
        let who = it["actor"].as_str().unwrap_or_default();
        let (act, day) = (it["act"].as_str(), it["day"].as_str());
        let at = if it["case_ref"].is_null() {
            ""
        } else {
            " of a case"
        };
        let from = if it["office"].is_null() {
            ""
        } else {
            " from outside"
        };
        format!(
            "{} {who}{from}: {}{at}",
            day.unwrap_or("?"),
            act.unwrap_or("?")
        )
    };
    let items = looks["items"].as_array().expect("items");
    let mut lines: Vec<String> = items.iter().map(line).collect();
    lines.sort();
    lines
}

on_both_databases! {
    async fn who_reads_a_name_or_hears_a_voice_is_kept_and_told_to_the_reporter(fresh) {
        let app = TestApp::on(fresh);
        let world = &mut world(&app).await;
        let mut sent = report(&world.factory.codes[0], "named", 1);
        sent.body["attachments"] = json!(["v1.ogg"]);
        app.post("/api/v1/reports").json(&sent.body).await.expect("201");
        let clip = app.put("/api/v1/reports/attachments/v1.ogg").bytes(voice_clip());
        clip.header("report-lookup", &sent.lookup).await.expect("204");
        let list = app.get(&world.factory.at("/cases")).by(world.factory.officer()).await.ok();
        let case = list["items"][0]["id"].as_str().expect("a case").to_owned();
        let at = world.factory.at(&format!("/cases/{case}"));
        assert_eq!(told(&app, &world.factory).await, Vec::<String>::new(), "a list shows no name");
        for _ in 0..3 {
            // Somebody who may not know the name reads the case; somebody who may does, three times.
            app.get(&at).by(world.factory.by(Role::Manager)).await.expect("200");
            app.get(&at).by(world.factory.officer()).await.expect("200");
            let clip = app.get(&format!("{at}/attachments/v1.ogg"));
            clip.by(world.factory.by(Role::WorkerRepresentative)).await.expect("200");
            app.get(&world.factory.at("/cases")).by(&world.inspector).await.expect("200");
        }
        // Whoever reads waits for no write.
        assert_eq!(told(&app, &world.factory).await, Vec::<String>::new());
        assert_eq!(write_looks(&app.app).await.expect("written"), 3);
        assert_eq!(write_looks(&app.app).await.expect("written"), 0);
        let first = [
            "2026-03-10 a-safety_officer: name_read of a case",
            "2026-03-10 a-worker_representative: voice_heard of a case",
            "2026-03-10 inspector from outside: factory_opened",
        ];
        assert_eq!(told(&app, &world.factory).await, first);

        // The next day is another one, and a server that has just started asks the database.
        app.clock.advance_seconds(86_400);
        world.factory.log_in_again(&app).await;
        app.get(&at).by(world.factory.officer()).await.expect("200");
        assert_eq!(write_looks(&app.app).await.expect("written"), 1);
        assert_eq!(told(&app, &world.factory).await.len(), 4);

        let body = json!({"lookup": sent.lookup});
        let follow = app.post("/api/v1/follow-up").json(&body).await.ok();
        let looks = follow["looks"].as_array().expect("a list");
        assert_eq!(looks.len(), 3, "{follow}");
        assert_eq!(looks[0]["day"], "2026-03-10");
        let form = format!("lookup={}", sent.lookup);
        let page = app.post("/f?lang=en").bytes(form);
        let page = page.header("content-type", "application/x-www-form-urlencoded").await.text();
        assert!(page.contains("a-safety_officer read your name on 2026-03-10"), "{page}");
        assert!(page.contains("a-worker_representative heard your recording on 2026-03-10"));

        sequence(&app.app).await.expect("sequenced");
        let found = verify(&app.app, world.factory.id).await.expect("a check");
        assert_eq!((found.faults, found.pending), (Vec::new(), 0));
        let gone = app.fresh.tamper("DELETE FROM entrusted_event WHERE act = 'name_read'").await;
        assert_eq!(gone, 2);
        let found = verify(&app.app, world.factory.id).await.expect("a check");
        assert_eq!(found.faults.len(), 2, "a look can't be taken away unseen: {:?}", found.faults);
    }
}
