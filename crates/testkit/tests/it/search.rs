//! Cases are found by their words, in Chinese and English: what a member may see, and nothing more.

use hezuo_app::cases::search;
use hezuo_app::retention;
use hezuo_domain::people::{Grant, Place, Role};
use hezuo_store::on_both_databases;
use hezuo_testkit::{Factory, Login, TestApp, join, report, world};
use serde_json::{Value, json};

/// Sends a report; what the report code opens.
async fn say(app: &TestApp, factory: &Factory, number: u64, changes: Value) -> String {
    let mut sent = report(&factory.codes[0], "named", number);
    for (key, value) in changes.as_object().expect("fields") {
        sent.body[key] = value.clone();
    }
    let answer = app.post("/api/v1/reports").json(&sent.body);
    answer.await.expect("201");
    sent.lookup
}

/// The texts that somebody finds, in the order in which they come.
async fn found(app: &TestApp, factory: &Factory, login: &Login, query: &str) -> Vec<String> {
    let path = factory.at(&format!("/cases?{query}"));
    let list = app.get(&path).by(login).await.ok();
    let items = list["items"].as_array().expect("items");
    let text = |it: &Value| it["text"].as_str().expect("a text").to_owned();
    items.iter().map(text).collect()
}

/// `触电`, as an address spells it.
const SHOCK: &str = "q=%E8%A7%A6%E7%94%B5";

/// `压机`.
const PRESS: &str = "q=%E5%8E%8B%E6%9C%BA";

on_both_databases! {
    async fn a_case_is_found_by_two_characters_a_word_or_its_number(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let officer = factory.officer();
        say(&app, factory, 1, json!({"text": "三号压机漏电，有触电危险"})).await;
        say(&app, factory, 2, json!({"text": "压机旁边地面有油", "category": "fall"})).await;
        say(&app, factory, 3, json!({"text": "The LADDER of press 3 is broken"})).await;
        say(&app, factory, 4, json!({"text": "电触头发热"})).await;
        say(&app, &world.other, 5, json!({"text": "触电"})).await;

        assert_eq!(found(&app, factory, officer, SHOCK).await, ["三号压机漏电，有触电危险"]);
        assert_eq!(found(&app, factory, officer, PRESS).await.len(), 2);
        let both = format!("{PRESS}%20%E6%9C%89%E6%B2%B9");
        assert_eq!(found(&app, factory, officer, &both).await, ["压机旁边地面有油"], "all words");
        assert_eq!(found(&app, factory, officer, "q=ladder").await.len(), 1, "small or large");
        assert_eq!(found(&app, factory, officer, "q=ladd").await.len(), 0, "whole words");
        assert_eq!(found(&app, &world.other, world.other.officer(), SHOCK).await, ["触电"]);

        let list = app.get(&factory.at(&format!("/cases?{SHOCK}"))).by(officer).await.ok();
        let reference = list["items"][0]["ref"].as_str().expect("a number").to_owned();
        for spelt in [reference.clone(), reference.to_lowercase().replace('-', "")] {
            let by_number = found(&app, factory, officer, &format!("q={spelt}")).await;
            assert_eq!(by_number, ["三号压机漏电，有触电危险"], "{spelt}");
        }

        // A search goes through the queues and the filters of the list.
        assert_eq!(found(&app, factory, officer, &format!("{PRESS}&queue=triage")).await.len(), 2);
        assert_eq!(found(&app, factory, officer, &format!("{PRESS}&queue=ended")).await.len(), 0);
        assert_eq!(found(&app, factory, officer, &format!("{PRESS}&kind=hazard")).await.len(), 2);
        assert_eq!(found(&app, factory, officer, &format!("{PRESS}&kind=idea")).await.len(), 0);
        let area = format!("{PRESS}&area={}", factory.paint_shop);
        assert_eq!(found(&app, factory, officer, &area).await.len(), 0);
        let export = app.get(&factory.at(&format!("/cases/export?format=csv&{PRESS}"))).by(officer);
        assert_eq!(export.await.expect("200").text().lines().count(), 3, "the same as a file");

        let refused = async |query: &str| {
            app.get(&factory.at(&format!("/cases?{query}"))).by(officer).await.outcome()
        };
        assert!(refused("q=%E7%81%AB").await.contains("search.too_short"));
        assert!(refused("q=fire&queue=spoken").await.contains("input.invalid"));
        assert!(refused(&format!("q={}", "x".repeat(101))).await.contains("input.invalid"));
        assert_eq!(found(&app, factory, officer, "q=%20").await.len(), 4, "no search is a list");
    }

    async fn what_is_found_comes_page_by_page_in_the_order_of_the_list(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        for number in 0..45 {
            let text = if number % 3 == 0 { "压机" } else { "压机 ladder" };
            say(&app, factory, number, json!({"text": format!("{text} {number}")})).await;
            if number % 20 == 19 {
                app.clock.advance_seconds(86_400);
            }
        }
        let officer = factory.clone();
        let mut officer = officer;
        officer.log_in_again(&app).await;
        let login = officer.officer();
        let list = found(&app, factory, login, "limit=200").await;
        let wanted: Vec<String> = list.into_iter().filter(|it| it.contains("ladder")).collect();
        assert_eq!(wanted.len(), 30);
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = factory.at(&format!("/cases?q=ladder&limit=7&cursor={cursor}"));
            let before = app.app.db.statements();
            let page = app.get(&path).by(login).await.ok();
            assert!(app.app.db.statements() - before <= 3, "as many as a list");
            let items = page["items"].as_array().expect("items");
            assert!(items.len() <= 7);
            seen.extend(items.iter().map(|it| it["text"].as_str().expect("a text").to_owned()));
            match page["next_cursor"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => break,
            }
        }
        assert_eq!(seen, wanted, "each once, newest first");
    }

    async fn nobody_finds_what_he_may_not_see(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let officer = factory.officer();
        // Whoever spoke is no word, under whichever voice.
        say(&app, factory, 1, json!({"text": "压机 one", "name": "费国强 Kolibri"})).await;
        say(&app, factory, 2, json!({"text": "压机 two", "voice": "in_confidence", "name": "Kolibri"}))
            .await;
        let release = || app.post(&factory.at("/intake/release")).by(officer);
        release().await.ok();
        assert_eq!(found(&app, factory, officer, PRESS).await.len(), 2);
        for reader in [officer, factory.by(Role::WorkerRepresentative)] {
            assert_eq!(found(&app, factory, reader, "q=Kolibri").await.len(), 0);
            assert_eq!(found(&app, factory, reader, "q=%E8%B4%B9%E5%9B%BD").await.len(), 0);
        }
        // What waits until its day is over is found once it is let out.
        say(&app, factory, 3, json!({"text": "压机 Zeisig", "voice": "anonymous", "name": null})).await;
        assert_eq!(found(&app, factory, officer, "q=zeisig").await.len(), 0);
        release().await.ok();
        assert_eq!(found(&app, factory, officer, "q=zeisig").await.len(), 1);
        // What is kept apart from the team is no case.
        say(&app, factory, 4, json!({"text": "压机 Goldammer", "reader": "representative"})).await;
        for reader in [officer, factory.by(Role::Manager), factory.by(Role::WorkerRepresentative)] {
            assert_eq!(found(&app, factory, reader, "q=goldammer").await.len(), 0);
        }
        // Whoever reads one area only finds there only.
        let inside = factory.administrator().caller.enter(&app.app, factory.id).await.expect("home");
        let grant = Grant { role: Role::EitMember, place: Place::Area(factory.paint_shop) };
        let painter = join(&app, &inside, "painter", grant).await;
        assert_eq!(found(&app, factory, &painter, PRESS).await.len(), 0);
        say(&app, factory, 5, json!({"text": "压机 Pirol", "code": factory.codes[2]})).await;
        assert_eq!(found(&app, factory, &painter, PRESS).await, ["压机 Pirol"]);
        // Nor does the index hold a word.
        let rows = app.fresh.dump().await;
        let index: Vec<&String> = rows.iter().filter(|it| it.starts_with("case_search")).collect();
        assert_eq!(index.len(), 4);
        assert!(!index.iter().any(|it| it.contains("压机") || it.to_lowercase().contains("zeisig")));
    }

    async fn what_is_typed_up_is_found_and_what_is_erased_is_not(fresh) {
        let app = TestApp::on(fresh);
        let mut factory = world(&app).await.factory;
        let terms = app.fresh.terms().await;
        let confided = json!({"text": "压机 Wiedehopf", "voice": "in_confidence", "finder": "worker"});
        say(&app, &factory, 1, confided).await;
        app.post(&factory.at("/intake/release")).by(factory.officer()).await.ok();
        let list = app.get(&factory.at("/cases?q=wiedehopf")).by(factory.officer()).await.ok();
        let case = list["items"][0]["id"].as_str().expect("found").to_owned();
        assert!(app.fresh.terms().await > terms);
        let decline = json!({"id": app.app.random.uuid(), "version": 1, "client": "desk",
            "action": {"type": "decline", "answer": "No."}});
        let act = app.post(&factory.at(&format!("/cases/{case}/actions")));
        act.by(factory.officer()).json(&decline).await.expect("200");

        app.clock.advance_seconds(800 * 86_400);
        factory.log_in_again(&app).await;
        retention::erase(&app.app, &hezuo_packs::retention().expect("rules"), 0).await.expect("erased");
        assert_eq!(found(&app, &factory, factory.officer(), "q=wiedehopf").await.len(), 0);
        assert_eq!(app.fresh.terms().await, terms, "its words are gone from the index itself");

        // Words that come later are found, and those before them no more.
        let mut sent = report(&factory.codes[0], "named", 2);
        sent.body["text"] = json!("Dompfaff");
        sent.body["attachments"] = json!(["v1.ogg"]);
        app.post("/api/v1/reports").json(&sent.body).await.expect("201");
        let clip = app.put("/api/v1/reports/attachments/v1.ogg").bytes(hezuo_testkit::voice_clip());
        clip.header("report-lookup", &sent.lookup).await.expect("204");
        let list = app.get(&factory.at("/cases?q=dompfaff")).by(factory.officer()).await.ok();
        let case = list["items"][0]["id"].as_str().expect("found").to_owned();
        let typed = json!({"id": app.app.random.uuid(), "version": 1, "client": "desk",
            "action": {"type": "transcribe", "text": "Kernbeisser"}});
        let act = app.post(&factory.at(&format!("/cases/{case}/actions")));
        act.by(factory.by(Role::WorkerRepresentative)).json(&typed).await.expect("200");
        assert_eq!(found(&app, &factory, factory.officer(), "q=kernbeisser").await.len(), 1);
        assert_eq!(found(&app, &factory, factory.officer(), "q=dompfaff").await.len(), 0);
    }

    async fn older_cases_get_their_words_step_by_step(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let (factory, other) = (&world.factory, &world.other);
        for number in 0..7 {
            say(&app, factory, number, json!({"text": format!("压机 {number}")})).await;
        }
        say(&app, other, 8, json!({"text": "压机"})).await;
        // As after an update of a database that knew no search.
        app.fresh.tamper("DELETE FROM case_search").await;
        app.fresh.tamper("INSERT INTO search_gap (enterprise_id) SELECT DISTINCT enterprise_id FROM cases")
            .await;
        assert_eq!(found(&app, factory, factory.officer(), PRESS).await.len(), 0);
        assert_eq!(search::waiting(&app.app).await.expect("a count"), 2);
        while search::fill(&app.app).await.expect("a step") > 0 {}
        assert_eq!(search::waiting(&app.app).await.expect("a count"), 0);
        assert_eq!(found(&app, factory, factory.officer(), PRESS).await.len(), 7);
        assert_eq!(found(&app, other, other.officer(), PRESS).await.len(), 1);
        let before = app.fresh.terms().await;
        search::rebuild(&app.app).await.expect("all of them");
        assert_eq!(app.fresh.terms().await, before, "made again, they are the same");
        assert_eq!(found(&app, factory, factory.officer(), PRESS).await.len(), 7);
    }

    async fn equal_numbers_of_two_factories_find_nothing_of_the_other(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let (factory, other) = (&world.factory, &world.other);
        say(&app, factory, 1, json!({"text": "Zilpzalp"})).await;
        say(&app, other, 2, json!({"text": "Girlitz"})).await;
        // Should chance ever give them one number, or somebody who writes into the database.
        let own = match app.app.db.kind() {
            "SQLite" => format!("X'{}'", factory.id.0.simple()),
            _ => format!("'{}'", factory.id.0),
        };
        let words = format!("SELECT words, number FROM case_search WHERE enterprise_id = {own}");
        let words = app.fresh.ask(&words).await.remove(0).0;
        let same = format!("UPDATE case_search SET words = '{words}' WHERE enterprise_id <> {own}");
        assert_eq!(app.fresh.tamper(&same).await, 1);
        assert_eq!(found(&app, factory, factory.officer(), "q=zilpzalp").await, ["Zilpzalp"]);
        assert_eq!(found(&app, other, other.officer(), "q=zilpzalp").await.len(), 0);
        assert_eq!(found(&app, other, other.officer(), "q=girlitz").await.len(), 0);
    }

    async fn every_filter_narrows_the_list(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let officer = factory.officer();
        say(&app, factory, 1, json!({"text": "one"})).await;
        say(&app, factory, 2, json!({"text": "two"})).await;
        let list = app.get(&factory.at("/cases?q=two")).by(officer).await.ok();
        let case = list["items"][0]["id"].as_str().expect("a case").to_owned();
        let owner = officer.person;
        let steps = [
            json!({"type": "accept", "answer": "Yes."}),
            json!({"type": "grade", "likelihood": 5, "severity": 5}),
            hezuo_testkit::plan(owner, "2026-04-01"),
        ];
        for (version, action) in (1..).zip(steps) {
            let act = json!({"id": app.app.random.uuid(), "version": version, "client": "desk",
                "action": action});
            let act = app.post(&factory.at(&format!("/cases/{case}/actions"))).json(&act);
            act.by(officer).await.expect("200");
        }
        let level = app.get(&factory.at(&format!("/cases/{case}"))).by(officer).await.ok()["level"].clone();
        for (query, wanted) in [
            (format!("owner={}", owner.0), vec!["two"]),
            (format!("owner={}", factory.by(Role::Manager).person.0), vec![]),
            ("state=planned".to_owned(), vec!["two"]),
            ("state=new".to_owned(), vec!["one"]),
            (format!("level={level}"), vec!["two"]),
            (format!("level={level}&q=two&queue=open"), vec!["two"]),
            ("state=new&q=two".to_owned(), vec![]),
        ] {
            assert_eq!(found(&app, factory, officer, &query).await, wanted, "{query}");
        }
        let site = format!("site={}", factory.site.0);
        assert_eq!(found(&app, factory, officer, &site).await.len(), 2);
        for wrong in ["state=bad", "level=9", "kind=bad"] {
            let answer = app.get(&factory.at(&format!("/cases?{wrong}"))).by(officer).await;
            assert!(answer.outcome().contains("input.invalid"), "{wrong}");
        }
    }
}
