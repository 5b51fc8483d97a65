//! Answering everybody: what is alike, earlier answers, questions and replies, what is posted.

use hezuo_domain::people::Role;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Factory, Login, TestApp, report, world};
use serde_json::{Value, json};

use crate::life::Life;

async fn accept(life: &Life<'_>, login: &Login, answer: &str) {
    let action = json!({"type": "accept", "answer": answer});
    life.act(login, action).await.expect("200");
}

async fn ask(app: &TestApp, factory: &Factory, login: &Login, id: &str, text: &str) -> String {
    let path = factory.at(&format!("/cases/{id}/messages"));
    let key = app.app.random.uuid();
    let body = json!({"id": key, "text": text});
    app.post(&path).by(login).json(&body).await.outcome()
}

async fn messages(app: &TestApp, factory: &Factory, login: &Login, id: &str) -> Value {
    let path = factory.at(&format!("/cases/{id}/messages"));
    app.get(&path).by(login).await.ok()
}

on_both_databases! {
    async fn a_question_is_replied_to_with_the_report_code(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let officer = factory.officer();
        let life = Life::begin(&app, factory, "anonymous", 1).await;
        assert_eq!(life.follow_up().await["messages"], json!([]));

        assert_eq!(ask(&app, factory, officer, &life.id, "  ").await, "422 input.missing at text");
        assert_eq!(ask(&app, factory, officer, &life.id, "Which shift?").await, "200");
        let seen = life.follow_up().await;
        assert_eq!(seen["messages"][0]["side"], "team");
        assert_eq!(seen["messages"][0]["text"], "Which shift?");
        assert!(seen["messages"][0].get("author").is_none(), "{seen}");
        let replies = app.get(&factory.at("/replies")).by(officer).await.ok();
        assert_eq!(replies["items"], json!([]));

        let reply = json!({"lookup": life.sent.lookup, "id": app.app.random.uuid(),
            "text": "The night shift."});
        for _ in 0..2 {
            app.post("/api/v1/follow-up/messages").json(&reply).await.expect("200");
        }
        let talk = messages(&app, factory, officer, &life.id).await;
        let sides: Vec<&Value> = talk["messages"].as_array().expect("a list").iter()
            .map(|it| &it["side"]).collect();
        assert_eq!(sides, ["team", "reporter"]);
        assert_eq!(talk["messages"][1]["text"], "The night shift.");
        assert_eq!(talk["messages"][1]["author"], Value::Null);
        let replies = app.get(&factory.at("/replies")).by(officer).await.ok();
        assert_eq!(replies["items"][0]["id"], json!(life.id));

        let mut wrong = reply.clone();
        wrong["lookup"] = json!("0".repeat(64));
        app.post("/api/v1/follow-up/messages").json(&wrong).await
            .expect("404 report.unknown_code");
    }

    async fn what_was_asked_in_confidence_is_read_by_those_who_may_know_the_name(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let life = Life::begin(&app, factory, "in_confidence", 2).await;
        let officer = factory.officer();
        assert_eq!(ask(&app, factory, officer, &life.id, "Who else saw it?").await,
            "403 forbidden");
        let representative = factory.by(Role::WorkerRepresentative);
        assert_eq!(ask(&app, factory, representative, &life.id, "Who else saw it?").await, "200");
        let reply = json!({"lookup": life.sent.lookup, "id": app.app.random.uuid(),
            "text": "Zhang Min did"});
        app.post("/api/v1/follow-up/messages").json(&reply).await.expect("200");
        let listed = |login| app.get(&factory.at("/replies")).by(login);
        assert_eq!(listed(officer).await.ok()["items"], json!([]));
        assert_eq!(listed(representative).await.ok()["items"][0]["id"], json!(life.id));
        // Nothing of it stands in the database as it was said.
        let rows = app.fresh.dump().await;
        assert!(rows.iter().any(|row| row.contains("The guard of the press")), "the dump is read");
        assert!(!rows.iter().any(|row| row.contains("Zhang Min did") || row.contains("Who else")));
    }

    async fn a_report_like_an_earlier_one_is_pointed_out_with_the_answers_given(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let officer = factory.officer();
        let first = Life::begin(&app, factory, "named", 3).await;
        accept(&first, officer, "A guard is ordered.").await;
        let secret = Life::begin(&app, factory, "in_confidence", 4).await;
        accept(&secret, officer, "We spoke with you.").await;
        let second = Life::begin(&app, factory, "named", 5).await;
        let path = factory.at(&format!("/cases/{}/suggestions", second.id));
        let found = app.get(&path).by(officer).await.ok();
        let alike: Vec<&Value> = found["alike"].as_array().expect("a list").iter()
            .map(|it| &it["id"]).collect();
        assert!(alike.contains(&&json!(first.id)), "{found}");
        assert!(!alike.contains(&&json!(second.id)), "{found}");
        assert_eq!(found["alike"][0]["is_earlier"], json!(true));
        let drafts: Vec<&Value> = found["drafts"].as_array().expect("a list").iter()
            .map(|it| &it["answer"]).collect();
        assert_eq!(drafts, ["A guard is ordered."], "nothing that was said in confidence");
    }

    async fn posted_is_what_was_answered_never_what_was_said(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let officer = factory.officer();
        let page = format!("/r/{}/done?lang=en", factory.codes[1]);
        let empty = app.get(&page).await.text();
        assert!(empty.contains("Nothing has been answered here"), "{empty}");
        let open = Life::begin(&app, factory, "anonymous", 6).await;
        accept(&open, officer, "The guard comes on Friday.").await;
        let secret = Life::begin(&app, factory, "in_confidence", 7).await;
        accept(&secret, officer, "Thank you for telling us.").await;
        let shown = app.get(&page).await.text();
        assert!(shown.contains("The guard comes on Friday."), "{shown}");
        for hidden in ["The guard of the press", "Thank you for telling us", "Li Hong"] {
            assert!(!shown.contains(hidden), "{hidden} in {shown}");
        }
        let unsigned = app.get("/r/NOSUCHCODE.A1.XXXX/done?lang=en").await;
        assert_eq!(unsigned.status, 404);
        // Another enterprise posts its own.
        let other = format!("/r/{}/done?lang=en", world.other.codes[1]);
        assert!(!app.get(&other).await.text().contains("on Friday"));
    }

    async fn a_merged_case_has_nobody_to_ask(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let sent = report(&factory.codes[1], "named", 8);
        app.post("/api/v1/reports").json(&sent.body).await.expect("201");
        let life = Life::begin(&app, factory, "named", 9).await;
        let into = app.get(&factory.at("/cases")).by(factory.officer()).await.ok();
        let into = into["items"].as_array().expect("a list").iter()
            .find(|it| it["id"] != json!(life.id)).expect("another case")["id"].clone();
        let merge = json!({"type": "merge", "answer": "The same press.", "into": into});
        life.act(factory.officer(), merge).await.expect("200");
        assert_eq!(ask(&app, factory, factory.officer(), &life.id, "Which one?").await,
            "409 answer.nobody_listens");
        assert_eq!(messages(&app, factory, factory.officer(), &life.id).await["may_ask"],
            json!(false));
    }
}
