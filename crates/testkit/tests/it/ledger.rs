//! What `hezuo verify` finds, and what it does not take for a fault.

use hezuo_app::ledger::{Verification, sequence, verify};
use hezuo_store::on_both_databases;
use hezuo_testkit::{TestApp, World, report, world};
use serde_json::{Value, json};

async fn history(app: &TestApp, world: &World) {
    let factory = &world.factory;
    for number in 0..6 {
        let voice = ["named", "anonymous", "in_confidence"][number % 3];
        let sent = report(&factory.codes[0], voice, number as u64).body;
        app.post("/api/v1/reports").json(&sent).await.expect("201");
    }
    let sent = report(&world.other.codes[0], "named", 99).body;
    app.post("/api/v1/reports").json(&sent).await.expect("201");
    app.post(&factory.at("/intake/release"))
        .by(factory.officer())
        .await
        .ok();
    let list = app
        .get(&factory.at("/cases"))
        .by(factory.officer())
        .await
        .ok();
    for (number, case) in list["items"].as_array().expect("items").iter().enumerate() {
        let id = case["id"].as_str().expect("an id");
        let steps: [Value; 3] = [
            json!({"type": "accept", "answer": "Yes."}),
            json!({"type": "finish", "note": "Done."}),
            json!({"type": "verify"}),
        ];
        for (version, step) in steps.iter().enumerate().take(number) {
            let login = [factory.officer(), factory.member(), factory.officer()][version];
            let key = format!("{}{version:04}", &id[..32]);
            let body = json!({"id": key, "version": version + 1, "client": "desk", "action": step});
            let path = factory.at(&format!("/cases/{id}/actions"));
            app.post(&path).by(login).json(&body).await.expect("200");
        }
    }
}

async fn verified(app: &TestApp, world: &World) -> Verification {
    verify(&app.app, world.factory.id)
        .await
        .expect("it can be read")
}

/// The one fault that a change of rows leads to, after which the change is taken back.
async fn fault(app: &TestApp, world: &World, change: &str, back: &str) -> String {
    assert!(
        app.fresh.tamper(change).await > 0,
        "{change} changes something"
    );
    let found = verified(app, world).await.faults;
    assert!(!found.is_empty(), "nobody notices: {change}");
    assert!(app.fresh.tamper(back).await > 0, "{back} changes something");
    assert_eq!(
        verified(app, world).await.faults,
        Vec::<String>::new(),
        "{back}"
    );
    found.join("; ")
}

on_both_databases! {
    async fn what_was_changed_by_hand_is_found(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        history(&app, &world).await;
        let pending = verified(&app, &world).await;
        assert_eq!((pending.sequenced, pending.faults.len()), (0, 0), "what waits is not broken");
        assert_eq!(pending.pending, 6 + 1 + 2 + 3 + 3 + 3);
        sequence(&app.app).await.expect("sequenced");
        let clean = verified(&app, &world).await;
        assert_eq!((clean.sequenced, clean.pending, clean.erased), (18, 0, 0));
        assert_eq!(clean.faults, Vec::<String>::new());

        let own = format!("enterprise_id = {}", literal(&app, world.factory.id.0));
        let first = format!("{own} AND seq = 3");
        let event = |seq: i64| format!("{own} AND id = (SELECT event_id FROM chain WHERE {own} AND seq = {seq})");
        let text = |change: &str, back: &str| (change.to_owned(), back.to_owned());
        for (change, back) in [
            text(
                &format!("UPDATE case_event SET payload = payload || ' ' WHERE {}", event(3)),
                &format!("UPDATE case_event SET payload = rtrim(payload) WHERE {}", event(3)),
            ),
            text(
                &format!("UPDATE cases SET state = 'closed' WHERE {own} AND state = 'verified'"),
                &format!("UPDATE cases SET state = 'verified' WHERE {own} AND state = 'closed'"),
            ),
            text(
                &format!("UPDATE cases SET version = version + 1 WHERE {own} AND state = 'new'"),
                &format!("UPDATE cases SET version = version - 1 WHERE {own} AND state = 'new'"),
            ),
            text(
                &format!("UPDATE chain SET seq = 1000 WHERE {first}"),
                &format!("UPDATE chain SET seq = 3 WHERE {own} AND seq = 1000"),
            ),
        ] {
            fault(&app, &world, &change, &back).await;
        }
        // An erasure leaves the leaf, and the chain stays green.
        let erase = format!("UPDATE case_event SET nonce = NULL, payload = NULL WHERE {}", event(5));
        app.fresh.tamper(&erase).await;
        let erased = verified(&app, &world).await;
        assert_eq!((erased.erased, erased.faults.len()), (1, 0));
        assert_eq!(erased.head, clean.head);
        // Half an erasure is a change.
        let half = format!("UPDATE case_event SET nonce = NULL WHERE {}", event(6));
        app.fresh.tamper(&half).await;
        assert_eq!(verified(&app, &world).await.faults.len(), 1);
        // A head, a leaf and a whole event that are not what they were.
        let other_bytes = match app.app.db.kind() {
            "SQLite" => "randomblob(32)".to_owned(),
            _ => "sha256('other')".to_owned(),
        };
        app.fresh.tamper(&format!("UPDATE chain SET head = {other_bytes} WHERE {own} AND seq = 7")).await;
        assert_eq!(verified(&app, &world).await.faults.len(), 3, "the head, and the next that follows it");
        app.fresh.tamper(&format!("UPDATE case_event SET leaf = {other_bytes} WHERE {}", event(10))).await;
        assert_eq!(verified(&app, &world).await.faults.len(), 4);
        app.fresh.tamper(&format!("DELETE FROM case_event WHERE {}", event(12))).await;
        assert!(verified(&app, &world).await.faults.len() > 4, "a deleted event is missed");
        // An event that somebody slips in: it neither stands in the chain nor waits for it.
        let before = verified(&app, &world).await;
        let columns = "enterprise_id, case_id, action, actor_kind, client, local_day, to_state, leaf";
        let slip = format!("INSERT INTO case_event (id, position, {columns})
            SELECT case_id, 99, {columns} FROM case_event WHERE {}", event(1));
        app.fresh.tamper(&slip).await;
        let after = verified(&app, &world).await;
        assert_eq!((after.faults.len(), after.pending), (before.faults.len() + 1, before.pending));
        // The other factory is as it was.
        let other = verify(&app.app, world.other.id).await.expect("it can be read");
        assert_eq!((other.sequenced, other.faults.len()), (1, 0));
    }
}

/// An id as the database's own words have it.
fn literal(app: &TestApp, id: uuid::Uuid) -> String {
    match app.app.db.kind() {
        "SQLite" => format!("x'{}'", id.simple()),
        _ => format!("'{id}'"),
    }
}
