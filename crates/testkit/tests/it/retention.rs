//! What is over is erased, and everything that proves the record stays.

use std::ops::Range;
use std::path::Path;

use hezuo_app::ledger::{sequence, verify};
use hezuo_app::{entrusted, retention, tlog};
use hezuo_domain::Scope;
use hezuo_domain::people::Role;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Factory, Sent, TestApp, picture, report, voice_clip, world};
use serde_json::{Value, json};

/// A report with a name in confidence, a recording and a reply, that is answered with no.
async fn ended(app: &TestApp, factory: &Factory, number: u64) -> (Sent, String) {
    let mut sent = report(&factory.codes[0], "in_confidence", number);
    sent.body["text"] = json!(format!("the Kolibri flies {number}"));
    sent.body["name"] = json!("费国强");
    sent.body["attachments"] = json!(["v1.ogg"]);
    app.post("/api/v1/reports")
        .json(&sent.body)
        .await
        .expect("201");
    let clip = app
        .put("/api/v1/reports/attachments/v1.ogg")
        .bytes(voice_clip());
    clip.header("report-lookup", &sent.lookup)
        .await
        .expect("204");
    app.post(&factory.at("/intake/release"))
        .by(factory.officer())
        .await
        .ok();
    let list = app
        .get(&factory.at("/cases?queue=triage"))
        .by(factory.officer())
        .await
        .ok();
    let case = list["items"][0]["id"].as_str().expect("a case").to_owned();
    let at = factory.at(&format!("/cases/{case}"));
    let reader = factory.by(Role::WorkerRepresentative);
    app.get(&at).by(reader).await.expect("200");
    let ask = json!({"id": app.app.random.uuid(), "text": "Which shift?"});
    app.post(&format!("{at}/messages"))
        .by(reader)
        .json(&ask)
        .await
        .expect("200");
    let decline = json!({"id": app.app.random.uuid(), "version": 1, "client": "desk",
        "action": {"type": "decline", "answer": "It belongs there."}});
    let act = app
        .post(&format!("{at}/actions"))
        .by(factory.officer())
        .json(&decline);
    act.await.expect("200");
    entrusted::write_looks(&app.app).await.expect("written");
    sequence(&app.app).await.expect("sequenced");
    tlog::fold(&app.app).await.expect("folded");
    (sent, case)
}

/// Files of pictures and recordings, and those that are about to go.
fn files(app: &TestApp) -> (usize, usize) {
    let mut folders = vec![app.app.blobs.root().to_owned()];
    let mut names = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                names.push(path.to_string_lossy().into_owned());
            }
        }
    }
    let leaving = names.iter().filter(|it| it.ends_with(".leaving")).count();
    (names.len() - leaving, leaving)
}

/// Where some words lie in the files under a folder, as bytes.
fn found(folder: &Path, words: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(self::found(&path, words));
        } else if (std::fs::read(&path).expect("bytes").windows(words.len()))
            .any(|bytes| bytes == words.as_bytes())
        {
            found.push(path.display().to_string());
        }
    }
    found
}

/// Many reports that have become cases.
async fn many(app: &TestApp, factory: &Factory, word: &str, numbers: Range<usize>) {
    for number in numbers {
        let mut sent = report(&factory.codes[number % 3], "anonymous", number as u64);
        sent.body["text"] = json!(format!("{number} {}", word.repeat(1 + number * 37 % 60)));
        let post = app.post("/api/v1/reports").json(&sent.body);
        post.await.expect("201");
    }
    let release = app.post(&factory.at("/intake/release"));
    release.by(factory.officer()).await.ok();
}

async fn follow(app: &TestApp, sent: &Sent) -> String {
    let body = json!({"lookup": sent.lookup});
    app.post("/api/v1/follow-up").json(&body).await.outcome()
}

async fn sound(app: &TestApp, factory: &Factory) -> u64 {
    let found = verify(&app.app, factory.id).await.expect("a check");
    assert_eq!(found.faults, Vec::<String>::new());
    let log = tlog::verify(&app.app, None).await.expect("a check");
    assert_eq!(log.faults, Vec::<String>::new());
    found.erased
}

on_both_databases! {
    async fn what_is_over_is_erased_and_every_proof_holds(fresh) {
        let app = TestApp::on(fresh);
        let factory = &mut world(&app).await.factory;
        let rules = hezuo_packs::retention().expect("rules");
        let (old, old_case) = ended(&app, factory, 1).await;
        let open = report(&factory.codes[0], "in_confidence", 9);
        app.post("/api/v1/reports").json(&open.body).await.expect("201");
        app.post(&factory.at("/intake/release")).by(factory.officer()).await.ok();
        sequence(&app.app).await.expect("sequenced");
        assert_eq!(retention::erase(&app.app, &rules, 0).await.expect("erased"), 0, "nothing is over");

        app.clock.advance_seconds(800 * 86_400);
        factory.log_in_again(&app).await;
        let (new, new_case) = ended(&app, factory, 2).await;
        let due = retention::preview(&app.app, &rules).await.expect("a look");
        let due = due.iter().find(|it| it.enterprise == factory.id).expect("the factory");
        let counted: i64 = due.sorts.iter().map(|(_, _, count)| count).sum();
        assert!(counted > 5, "{due:?}");

        // A hold keeps all of it, for as long as it lasts.
        let today = due.sorts[0].1.plus(31 * rules.keep[0].months);
        retention::hold(&app.app, factory.id, Some(today)).await.expect("held");
        assert_eq!(retention::erase(&app.app, &rules, 0).await.expect("erased"), 0);
        retention::hold(&app.app, factory.id, None).await.expect("held no more");
        let erased = retention::erase(&app.app, &rules, 0).await.expect("erased");
        assert_eq!(i64::try_from(erased).expect("a number"), counted, "as the preview said");
        assert_eq!(retention::erase(&app.app, &rules, 0).await.expect("erased"), 0, "once");

        assert_eq!(sound(&app, factory).await, 1, "a leaf without content");
        let reader = factory.by(Role::WorkerRepresentative);
        let seen = |case: &str| app.get(&factory.at(&format!("/cases/{case}"))).by(reader);
        let gone = seen(&old_case).await.ok();
        assert_eq!((&gone["text"], &gone["reporter"]), (&json!(""), &Value::Null));
        assert_eq!(gone["attachments"], json!([]));
        assert_eq!((&gone["state"], &gone["answer"]), (&json!("declined"), &json!("It belongs there.")));
        let kept = seen(&new_case).await.ok();
        assert_eq!((&kept["text"], &kept["reporter"]["name"]), (&json!("the Kolibri flies 2"), &json!("费国强")));
        assert_eq!(follow(&app, &old).await, "404 report.unknown_code");
        assert_eq!(follow(&app, &new).await, "200");
        assert_eq!(follow(&app, &open).await, "200", "what is open is never over");
        let rows = app.fresh.dump().await;
        assert!(!rows.iter().any(|row| row.contains("the Kolibri flies 1")), "nowhere");
        assert!(rows.iter().any(|row| row.contains("the Kolibri flies 2")), "the search finds");
        let looks = app.get(&factory.at("/looks")).by(factory.administrator()).await.ok();
        assert!(looks.to_string().contains("name_read"), "three years for looks");
    }

    async fn a_recording_that_is_erased_leaves_the_disk_days_later(fresh) {
        let app = TestApp::on(fresh);
        let factory = &mut world(&app).await.factory;
        let rules = hezuo_packs::retention().expect("rules");
        ended(&app, factory, 1).await;
        let open = report(&factory.codes[0], "named", 5);
        app.post("/api/v1/reports").json(&open.body).await.expect("201");
        let upload = app.put("/api/v1/reports/attachments/p1.jpg").bytes(picture());
        upload.header("report-lookup", &open.lookup).await.expect("204");
        assert_eq!(files(&app), (2, 0));
        app.clock.advance_seconds(800 * 86_400);
        for left in [(2, 0), (1, 1), (1, 0), (1, 0)] {
            retention::erase(&app.app, &rules, 0).await.expect("erased");
            assert_eq!(files(&app), left);
        }
    }

    async fn a_file_that_is_named_again_while_it_leaves_stays(fresh) {
        let app = TestApp::on(fresh);
        let factory = &mut world(&app).await.factory;
        let rules = hezuo_packs::retention().expect("rules");
        ended(&app, factory, 1).await;
        app.clock.advance_seconds(800 * 86_400);
        factory.log_in_again(&app).await;
        for _ in 0..2 {
            retention::erase(&app.app, &rules, 0).await.expect("erased");
        }
        assert_eq!(files(&app), (0, 1));
        let (_, case) = ended(&app, factory, 2).await;
        assert_eq!(files(&app), (1, 0), "the same recording is back");
        for _ in 0..3 {
            retention::erase(&app.app, &rules, 0).await.expect("erased");
        }
        let path = factory.at(&format!("/cases/{case}/attachments/v1.ogg"));
        let clip = app.get(&path).by(factory.by(Role::WorkerRepresentative)).await.expect("200");
        assert_eq!(clip.body, voice_clip());
    }
}

#[tokio::test]
async fn what_is_erased_is_in_no_byte_of_the_files_nor_of_a_backup() {
    let app = TestApp::on(hezuo_store::testing::sqlite().await);
    let factory = &mut world(&app).await.factory;
    let rules = hezuo_packs::retention().expect("rules");
    many(&app, factory, "Kolibri", 0..150).await;
    let triage = factory.at("/cases?queue=triage");
    loop {
        let list = app.get(&triage).by(factory.officer()).await.ok();
        let items = list["items"].as_array().expect("items").clone();
        for case in &items {
            let path = format!("/cases/{}/actions", case["id"].as_str().expect("an id"));
            let decline = json!({"id": app.app.random.uuid(), "version": 1, "client": "desk",
                "action": {"type": "decline", "answer": "It belongs there."}});
            let act = app.post(&factory.at(&path)).by(factory.officer());
            act.json(&decline).await.expect("200");
        }
        if items.is_empty() {
            break;
        }
    }
    many(&app, factory, "Pirol", 150..400).await;
    sequence(&app.app).await.expect("sequenced");
    let folder = &app.fresh.folder;
    assert_ne!(found(folder, "Kolibri"), Vec::<String>::new());
    // A page that grew full and was divided keeps what went to the other: as a tool leaves what it deletes.
    let plant = "CREATE TABLE plant AS SELECT 'Zaunkoenig' AS word; DROP TABLE plant";
    app.fresh.tamper(plant).await;
    app.app.db.scrub(0).await.expect("the journal is emptied");
    assert_eq!(
        found(folder, "Zaunkoenig").len(),
        1,
        "that is not enough: the file has it"
    );

    app.clock.advance_seconds(800 * 86_400);
    let mut reading = app
        .app
        .db
        .read(&Scope::Enterprise(factory.id))
        .await
        .expect("begun");
    let hold = hezuo_store::retention::hold(&mut reading);
    assert_eq!(hold.await.expect("read"), None);
    let busy = retention::erase(&app.app, &rules, 0).await;
    assert!(busy.is_err(), "somebody reads what was: {busy:?}");
    assert_ne!(found(folder, "Kolibri"), Vec::<String>::new());
    drop(reading);
    assert_eq!(
        retention::erase(&app.app, &rules, 0).await.expect("again"),
        0,
        "the rows went before"
    );
    let (database, backup) = (folder.join("hezuo.db"), folder.join("backup.db"));
    hezuo_store::backup::snapshot(&database, &backup)
        .await
        .expect("a backup");
    for word in ["Kolibri", "Zaunkoenig"] {
        assert_eq!(found(folder, word), Vec::<String>::new(), "{word}");
    }
    assert!(found(folder, "Pirol").contains(&backup.display().to_string()));
    let counts = hezuo_store::backup::examine(&database).await;
    counts.expect("the file is whole");
    assert_eq!(sound(&app, factory).await, 150, "leaves without content");
}
