//! What anonymous means: what is kept, what is not, and who reads a name.

use std::path::Path;

use hezuo_app::intake::Release;
use hezuo_domain::people::Role;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Factory, TestApp, World, picture, report, voice_clip, world};
use serde_json::{Value, json};

/// What the sender's phone gives away on its own, none of which may be kept.
const CANARIES: [&str; 4] = [
    "203.0.113.77",
    "CanaryPhone",
    "Kanarienvogel",
    "canary.example",
];

/// All files below a folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        if entry.path().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.push(entry.path());
        }
    }
    found
}

/// Where one of these words stands: in a table, also as hexadecimal digits, or in a file.
async fn traces(app: &TestApp, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let rows = app.fresh.dump().await;
    for word in words {
        let hex = hezuo_domain::commitment::hex(word.as_bytes());
        let is_in = |row: &&String| row.contains(word) || row.to_lowercase().contains(&hex);
        found.extend(rows.iter().filter(is_in).cloned());
        for file in files(&app.fresh.folder) {
            let bytes = std::fs::read(&file).expect("a file");
            if bytes
                .windows(word.len())
                .any(|window| window == word.as_bytes())
            {
                found.push(format!("{word} in {}", file.display()));
            }
        }
    }
    found
}

async fn cases(app: &TestApp, factory: &Factory) -> Vec<Value> {
    let list = app
        .get(&factory.at("/cases"))
        .by(factory.officer())
        .await
        .ok();
    list["items"].as_array().expect("items").clone()
}

async fn send(app: &TestApp, body: &Value) {
    let call = app.post("/api/v1/reports").json(body).peer(CANARIES[0]);
    let call = call
        .header("user-agent", CANARIES[1])
        .header("x-forwarded-for", CANARIES[0]);
    let call = call
        .header("referer", "http://canary.example/")
        .header("x-real-ip", CANARIES[0]);
    call.await.expect("201");
}

on_both_databases! {
    async fn nothing_about_the_sender_of_an_anonymous_report_is_kept(fresh) {
        let app = TestApp::on(fresh);
        let factory = &mut world(&app).await.factory;
        // The search first finds what is kept: the text of the report itself.
        let mut planted = report(&factory.codes[0], "anonymous", 1);
        planted.body["text"] = json!("a planted Kolibri");
        planted.body["name"] = json!(CANARIES[2]);
        planted.body["attachments"] = json!(["p1.jpg"]);
        app.clock.advance_seconds(4_321);
        send(&app, &planted.body).await;
        let found = traces(&app, &["Kolibri"]).await;
        assert!(found.iter().any(|row| row.starts_with("intake_report")), "{found:?}");

        let upload = app.put("/api/v1/reports/attachments/p1.jpg").peer(CANARIES[0]);
        let upload = upload.header("user-agent", CANARIES[1]).bytes(picture());
        upload.header("report-lookup", &planted.lookup).await.expect("204");
        app.clock.advance_seconds(86_400);
        factory.log_in_again(&app).await;
        app.post(&factory.at("/intake/release")).by(factory.officer()).await.ok();
        let body = json!({"lookup": planted.lookup});
        let follow = app.post("/api/v1/follow-up").json(&body).peer(CANARIES[0]);
        follow.header("user-agent", CANARIES[1]).await.expect("200");
        // An urgent one becomes a case at once, and keeps no more.
        let mut urgent = report(&factory.codes[0], "anonymous", 2);
        urgent.body["danger"] = json!(true);
        urgent.body["name"] = json!(CANARIES[2]);
        send(&app, &urgent.body).await;

        assert_eq!(traces(&app, &CANARIES).await, Vec::<String>::new());
        let codes = [planted.code.replace(' ', ""), planted.lookup.clone()];
        for code in codes.iter().map(String::as_str) {
            assert_eq!(traces(&app, &[code]).await, Vec::<String>::new(), "the code opens the case");
        }
        let rows = app.fresh.dump().await;
        for table in ["case_reporter ", "participation ", "intake_report ", "intake_attachment "] {
            assert!(!rows.iter().any(|row| row.starts_with(table)), "{table}");
        }
        // The instants at which they were sent are nowhere either.
        for instant in ["1773112321000000", "1773198721000000"] {
            let reported = rows.iter().filter(|row| row.starts_with("case") && row.contains(instant));
            assert_eq!(reported.count(), 0, "{instant}");
        }
        let all = cases(&app, factory).await;
        assert_eq!(all.len(), 2);
        for it in all {
            let path = factory.at(&format!("/cases/{}", it["id"].as_str().expect("an id")));
            let case = app.get(&path).by(factory.officer()).await.ok();
            assert_eq!(case["events"][0]["at"], Value::Null);
            assert_eq!(case["reporter"], Value::Null);
        }
        let waited = cases(&app, factory).await;
        let waited = waited.iter().find(|it| it["danger"] == json!(false)).expect("the first");
        assert_eq!(waited["reported_day"], "2026-03-10", "its day, not that of its release");
        assert_eq!(waited["pictures"], 1);
    }

    async fn what_is_not_by_name_comes_out_when_its_day_is_over_and_never_by_number(fresh) {
        let app = TestApp::changed(fresh, |app| app.release = Release::NextDay);
        let factory = &mut world(&app).await.factory;
        let waiting = factory.at("/intake");
        let release = factory.at("/intake/release");
        for number in 1..=6 {
            let voice = ["in_confidence", "anonymous"][number % 2];
            let mut sent = report(&factory.codes[0], voice, number as u64).body;
            sent["name"] = json!("费国强");
            app.post("/api/v1/reports").json(&sent).await.expect("201");
            // Whoever may let them out learns nothing either by looking or by trying.
            let seen = app.get(&waiting).by(factory.officer()).await.ok();
            assert_eq!(seen, json!({"waiting": 0, "oldest_day": null}), "after {number}");
            let summary = app.get(&factory.at("/summary")).by(factory.officer()).await.ok();
            assert_eq!(summary["waiting_release"], 0);
            let released = app.post(&release).by(factory.officer()).await.ok();
            assert_eq!(released["released"], 0);
            assert_eq!(hezuo_app::intake::release_due(&app.app).await.expect("a look"), 0);
        }
        assert_eq!(cases(&app, factory).await.len(), 0);
        assert_eq!(traces(&app, &["费国强"]).await, Vec::<String>::new(), "sealed while it waits");
        // The day of the factory ends at four in the afternoon in Greenwich.
        app.clock.advance_seconds(14 * 3600);
        factory.log_in_again(&app).await;
        assert_eq!(hezuo_app::intake::release_due(&app.app).await.expect("a look"), 6);
        let all = cases(&app, factory).await;
        assert_eq!(all.len(), 6);
        for it in all {
            assert_eq!(it["reported_day"], "2026-03-10");
            let path = factory.at(&format!("/cases/{}", it["id"].as_str().expect("an id")));
            let seen = app.get(&path).by(factory.by(Role::WorkerRepresentative)).await.ok();
            let named = it["voice"] == "in_confidence";
            assert_eq!(seen["reporter"]["name"] == "费国强", named);
            assert_eq!(seen["events"][0]["at"], Value::Null, "no time of day");
        }
        let rows = app.fresh.dump().await;
        let minutes = rows.iter().filter(|row| row.starts_with("case") && row.contains("17731080"));
        assert_eq!(minutes.count(), 0, "nor in any table");
        // Not even a count of people tells that one more has spoken.
        assert_eq!(rows.iter().filter(|row| row.starts_with("participation ")).count(), 0);
    }

    async fn a_voice_without_a_name_is_heard_by_whom_the_worker_trusts(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let mut hearers = Vec::new();
        for (number, (voice, danger)) in [
            ("named", false), ("in_confidence", false), ("anonymous", false), ("anonymous", true),
        ].into_iter().enumerate() {
            let mut sent = report(&factory.codes[0], voice, number as u64);
            sent.body["danger"] = json!(danger);
            sent.body["attachments"] = json!(["v1.ogg"]);
            app.post("/api/v1/reports").json(&sent.body).await.expect("201");
            let clip = app.put("/api/v1/reports/attachments/v1.ogg");
            clip.header("report-lookup", &sent.lookup).bytes(voice_clip()).await.expect("204");
            app.post(&factory.at("/intake/release")).by(factory.officer()).await.ok();
            let all = cases(&app, factory).await;
            let case = all.iter().find(|it| it["text"] == sent.body["text"]).expect("a case");
            let path = factory.at(&format!("/cases/{}", case["id"].as_str().expect("an id")));
            let mut names = Vec::new();
            for (who, login) in everybody(&world) {
                let heard = app.get(&format!("{path}/attachments/v1.ogg")).by(login).await.status;
                let seen = app.get(&path).by(login).await;
                if seen.status != 200 {
                    continue;
                }
                let seen = seen.json();
                let listed = seen["attachments"] != json!([]);
                let types = seen["actions"].as_array().expect("a list").contains(&json!("transcribe"));
                assert_eq!(listed, heard == 200, "{who}");
                assert_eq!(seen["unheard"], json!(!listed), "{who} knows that there is something");
                assert!(listed || !types, "{who} types up what he can't hear");
                if listed {
                    names.push(who);
                }
                let act = json!({"key": app.app.random.uuid(), "version": 1, "client": "desk",
                    "type": "transcribe", "text": "by somebody"});
                let act = app.post(&format!("{path}/actions")).by(login).json(&act).await;
                assert!(listed || act.status != 200, "{who}: {}", act.text());
            }
            hearers.push(format!("{voice}{}: {}", if danger { ", danger" } else { "" }, names.join(" ")));
        }
        assert_eq!(hearers, [
            "named: manager safety_officer worker_representative eit_leader eit_secretary",
            "in_confidence: worker_representative",
            "anonymous: worker_representative",
            "anonymous, danger: manager safety_officer worker_representative eit_leader eit_secretary",
        ]);
    }

    async fn a_small_area_gives_way_and_a_machine_is_kept_only_by_choice(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let [workshop, press, paint_shop] = &factory.codes;
        let area = |id: hezuo_domain::ids::AreaId| json!(id);
        for (number, (code, voice, name_machine, kept)) in [
            (workshop, "anonymous", false, area(factory.workshop)),
            (press, "anonymous", false, area(factory.workshop)),
            (paint_shop, "anonymous", false, area(factory.workshop)),
            (press, "anonymous", true, area(factory.press)),
            (paint_shop, "anonymous", true, area(factory.paint_shop)),
            (press, "named", false, area(factory.press)),
            (paint_shop, "in_confidence", false, area(factory.paint_shop)),
            (&factory.short_code, "anonymous", false, Value::Null),
        ]
        .into_iter()
        .enumerate()
        {
            let mut sent = report(code, voice, 50 + number as u64).body;
            sent["name_machine"] = json!(name_machine);
            app.post("/api/v1/reports").json(&sent).await.expect("201");
            // Not even while it waits does the finer place stand anywhere.
            if voice == "anonymous" && !name_machine {
                let rows = app.fresh.dump().await;
                let waiting = rows.iter().find(|row| row.starts_with("intake_report "));
                let waiting = waiting.expect("it waits");
                assert!(!waiting.contains(&factory.press.to_string()), "{waiting}");
                assert!(!waiting.contains(&factory.paint_shop.to_string()), "{waiting}");
            }
            app.post(&factory.at("/intake/release")).by(factory.officer()).await.ok();
            let all = cases(&app, factory).await;
            let case = all.iter().find(|it| it["text"] == sent["text"]).expect("a case");
            assert_eq!(case["area_id"], kept, "{voice} from {code}, machine named: {name_machine}");
        }
    }

    async fn a_name_is_read_only_by_whom_the_worker_meant(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let confidant = factory.by(Role::EitLeader);
        let settings = json!({"emergency_phone": "119", "confidant_user_id": confidant.user});
        app.put(&factory.at("/settings")).by(factory.administrator()).json(&settings).await.expect("202");
        crate::accounts::agreed(&app, factory, factory.by(Role::WorkerRepresentative)).await;
        let mut readers = Vec::new();
        for (number, voice) in ["named", "in_confidence", "anonymous"].into_iter().enumerate() {
            let mut sent = report(&factory.codes[0], voice, number as u64).body;
            sent["name"] = json!("费国强");
            app.post("/api/v1/reports").json(&sent).await.expect("201");
            app.post(&factory.at("/intake/release")).by(factory.officer()).await.ok();
            let all = cases(&app, factory).await;
            let case = all.iter().find(|it| it["text"] == sent["text"]).expect("a case");
            let path = factory.at(&format!("/cases/{}", case["id"].as_str().expect("an id")));
            let mut names = Vec::new();
            for (who, login) in everybody(&world) {
                let seen = app.get(&path).by(login).await;
                if seen.status == 200 && seen.json()["reporter"]["name"] == "费国强" {
                    names.push(who);
                } else {
                    assert!(!seen.text().contains("费国强"), "{who} reads it elsewhere");
                }
            }
            readers.push(format!("{voice}: {}", names.join(" ")));
        }
        assert_eq!(readers, [
            "named: safety_officer worker_representative eit_leader eit_secretary",
            "in_confidence: worker_representative eit_leader",
            "anonymous: ",
        ]);
        // At rest a name is sealed.
        assert_eq!(traces(&app, &["费国强"]).await, Vec::<String>::new());
    }
}

fn everybody(world: &World) -> Vec<(&'static str, &hezuo_testkit::Login)> {
    let roles = Role::ALL
        .iter()
        .map(|role| (role.as_str(), world.factory.by(*role)));
    let mut all: Vec<_> = roles.collect();
    all.push(("a second member", &world.factory.second_member));
    all.push(("the county's inspector", &world.inspector));
    all.push(("another factory's officer", world.other.officer()));
    all
}
