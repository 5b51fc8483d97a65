//! The open cases of all factories of a place: what whoever looks after it may read, page by page.

use hezuo_app::oversight;
use hezuo_domain::people::Role;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Factory, Login, TestApp, officer_over, report, world};
use serde_json::{Value, json};

/// Sends a report of so many; every third is dangerous.
async fn say(app: &TestApp, factory: &Factory, number: u64, voice: &str) {
    let mut sent = report(&factory.codes[0], voice, number).body;
    sent["text"] = json!(format!("case {number}"));
    sent["danger"] = (number.is_multiple_of(3) && voice == "named").into();
    app.post("/api/v1/reports").json(&sent).await.expect("201");
}

/// All cases of a list, two at a time, each as its factory and id, and the most statements of a page.
async fn listed(app: &TestApp, by: &Login, query: &str) -> (Vec<(String, String)>, u64) {
    let (mut found, mut cursor, mut most) = (Vec::new(), String::new(), 0);
    for _ in 0..20 {
        let path = format!("/api/v1/oversight/cases?{query}&limit=2&cursor={cursor}");
        let before = app.app.db.statements();
        let page = app.get(&path).by(by).await.ok();
        most = most.max(app.app.db.statements() - before);
        let items = page["items"].as_array().expect("items");
        let word = |it: &Value| it.as_str().expect("a word").to_owned();
        found.extend(
            items
                .iter()
                .map(|it| (word(&it["enterprise_id"]), word(&it["id"]))),
        );
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return (found, most),
        }
    }
    panic!("the list has no end: {found:?}");
}

/// The same from the lists of the factories, one after the other.
async fn expected(
    app: &TestApp,
    by: &Login,
    factories: &[&Factory],
    query: &str,
) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for factory in factories {
        let list = app
            .get(&factory.at(&format!("/cases?{query}")))
            .by(by)
            .await
            .ok();
        let items = list["items"].as_array().expect("items");
        let id = |it: &Value| {
            (
                factory.id.to_string(),
                it["id"].as_str().expect("an id").to_owned(),
            )
        };
        all.extend(items.iter().map(id));
    }
    all
}

on_both_databases! {
    async fn who_looks_after_a_place_lists_the_open_cases_of_its_factories(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let mut factories = [&world.factory, &world.other];
        factories.sort_by_key(|it| it.id);
        for number in 0..7_u64 {
            say(&app, factories[usize::from(number.is_multiple_of(2))], number, "named").await;
        }
        // What waits for its day to be over is no case yet.
        say(&app, &world.factory, 20, "anonymous").await;
        oversight::fold(&app.app).await.expect("folded");

        let inspector = &world.inspector;
        let (all, statements) = listed(&app, inspector, "").await;
        assert_eq!(all.len(), 7);
        assert_eq!(all, expected(&app, inspector, &factories, "queue=open").await, "factory by factory, newest first");
        assert!(statements <= 3, "{statements} statements");
        let danger = expected(&app, inspector, &factories, "queue=danger").await;
        assert_eq!((listed(&app, inspector, "queue=danger").await.0, danger.len()), (danger, 3));

        // One is graded and planned, and its day goes by.
        let factory = &world.factory;
        let case = all.iter().find(|it| it.0 == factory.id.to_string()).expect("a case");
        let owner = factory.officer().person;
        let steps = [
            json!({"type": "accept", "answer": "Yes."}),
            json!({"type": "grade", "likelihood": 5, "severity": 5}),
            hezuo_testkit::plan(owner, "2026-04-01"),
        ];
        for (version, action) in (1..).zip(steps) {
            let act = json!({"id": app.app.random.uuid(), "version": version, "client": "desk", "action": action});
            let act = app.post(&factory.at(&format!("/cases/{}/actions", case.1))).json(&act);
            act.by(factory.officer()).await.expect("200");
        }
        oversight::fold(&app.app).await.expect("folded");
        let planned = vec![case.clone()];
        assert_eq!(listed(&app, inspector, "queue=planned").await.0, planned);
        assert_eq!(listed(&app, inspector, "queue=new").await.0.len(), 6);
        let detail = app.get(&factory.at(&format!("/cases/{}", case.1))).by(inspector).await.ok();
        let level = format!("level={}", detail["level"]);
        assert_eq!(listed(&app, inspector, &level).await.0, planned);
        assert_eq!(listed(&app, inspector, "queue=overdue").await.0, vec![]);
        let line = app.get("/api/v1/oversight/cases?queue=planned").by(inspector).await.ok();
        assert_eq!(line["items"][0]["region"]["code"], "330503");
        let told = line.to_string();
        assert!(!told.contains("owner") && !told.contains("finder"), "nobody's name: {told}");

        // Nobody sees further than he may read cases.
        let (of_county, of_town) = ("region=330503", "region=330500");
        assert_eq!(listed(&app, inspector, of_county).await.0.len(), 7);
        let refused = async |by: &Login, query: &str| {
            app.get(&format!("/api/v1/oversight/cases?{query}")).by(by).await.status
        };
        assert_eq!(refused(inspector, of_town).await, 403);
        assert_eq!(refused(&world.far_inspector, of_county).await, 403);
        assert_eq!(listed(&app, &world.far_inspector, "").await.0, vec![]);
        assert_eq!(refused(&officer_over(&app, "330500").await, "").await, 403, "sums alone");
        assert_eq!(refused(factory.administrator(), "").await, 403);
        let own = listed(&app, world.other.by(Role::Manager), "").await.0;
        assert_eq!(own, expected(&app, inspector, &[&world.other], "queue=open").await);
        for wrong in ["queue=verified", "queue=bad", "level=9", "cursor=a.b"] {
            assert_eq!(refused(inspector, wrong).await, 422, "{wrong}");
        }
    }

    async fn what_is_overdue_somewhere_is_listed_for_all_factories(fresh) {
        let app = TestApp::on(fresh);
        let mut world = world(&app).await;
        let factory = &world.factory;
        say(&app, factory, 1, "named").await;
        let list = app.get(&factory.at("/cases")).by(factory.officer()).await.ok();
        let case = list["items"][0]["id"].as_str().expect("a case").to_owned();
        let steps = [
            json!({"type": "accept", "answer": "Yes."}),
            json!({"type": "grade", "likelihood": 5, "severity": 5}),
            hezuo_testkit::plan(factory.officer().person, "2026-04-01"),
        ];
        for (version, action) in (1..).zip(steps) {
            let act = json!({"id": app.app.random.uuid(), "version": version, "client": "desk", "action": action});
            let act = app.post(&factory.at(&format!("/cases/{case}/actions"))).json(&act);
            act.by(factory.officer()).await.expect("200");
        }
        app.clock.advance_seconds(200 * 86_400);
        let inspector = crate::county::from_office(&app, &world, &world.inspector).await;
        world.factory.log_in_again(&app).await;
        oversight::fold(&app.app).await.expect("folded");
        let found = listed(&app, &inspector, "queue=overdue").await.0;
        assert_eq!(found, [(world.factory.id.to_string(), case)]);
    }
}
