//! An intake forgets what is over, by its own clock.

use hezuo_app::envelopes::link::exchange;
use hezuo_app::retention;
use hezuo_domain::people::Role;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Factory, Sent, TestApp, report, world};
use serde_json::json;

use super::{Both, next_day};

const DAY: i64 = 86_400;

/// What an intake keeps of reports, apart from what waits for its server.
async fn kept(app: &TestApp) -> usize {
    let rows = app.fresh.dump().await;
    let is_kept =
        |row: &&String| row.starts_with("envelope_holder ") || row.starts_with("envelope_said ");
    rows.iter().filter(is_kept).count()
}

/// What the intake answers to a code.
async fn asked(both: &Both, sent: &Sent) -> String {
    let body = json!({"lookup": sent.lookup});
    both.post("/api/v1/follow-up", &body).await.outcome()
}

/// A report that came through the intake and became a case.
async fn came(app: &TestApp, both: &Both, factory: &mut Factory, number: u64) -> Sent {
    let sent = report(&factory.codes[0], "anonymous", number);
    both.send(&sent).await.expect("201");
    next_day(app, factory).await;
    exchange(&both.house).await.expect("a round");
    sent
}

async fn decline(app: &TestApp, factory: &Factory) {
    let list = app
        .get(&factory.at("/cases?queue=triage"))
        .by(factory.officer())
        .await
        .ok();
    let id = list["items"][0]["id"].as_str().expect("a case");
    let decline = json!({"id": app.app.random.uuid(), "version": 1, "client": "desk",
        "action": {"type": "decline", "answer": "It belongs there."}});
    let path = factory.at(&format!("/cases/{id}/actions"));
    app.post(&path)
        .by(factory.officer())
        .json(&decline)
        .await
        .expect("200");
}

on_both_databases! {
    async fn a_year_after_the_last_news_an_intake_has_forgotten(fresh) {
        let app = TestApp::on(fresh);
        let factory = &mut world(&app).await.factory;
        let both = Both::announced(&app).await;
        let sent = came(&app, &both, factory, 1).await;
        // Three months later there is news, from which the year counts.
        app.clock.advance_seconds(92 * DAY);
        factory.log_in_again(&app).await;
        decline(&app, factory).await;
        exchange(&both.house).await.expect("a round");
        assert_eq!(both.follow_up(&sent).await["answer"], "It belongs there.");
        app.clock.advance_seconds(12 * 31 * DAY);
        assert_eq!(both.host.forget(12).await.expect("a look"), 0);
        assert_eq!(asked(&both, &sent).await, "200");
        // The month in which it was, and no day, is known: so it may take one more.
        app.clock.advance_seconds(31 * DAY);
        let young = report(&factory.codes[0], "anonymous", 2);
        both.send(&young).await.expect("201");
        assert_eq!(both.host.forget(12).await.expect("forgotten"), 2);
        assert_eq!(asked(&both, &sent).await, "404 report.unknown_code");
        assert_eq!(asked(&both, &young).await, "200");
        assert_eq!(kept(&app).await, 2);
        assert_eq!(both.host.forget(12).await.expect("forgotten"), 0, "once");
    }

    async fn what_is_not_over_is_not_forgotten_however_long_nothing_is_heard(fresh) {
        let app = TestApp::on(fresh);
        let factory = &mut world(&app).await.factory;
        let both = Both::announced(&app).await;
        let sent = came(&app, &both, factory, 1).await;
        let mut kept_apart = report(&factory.codes[0], "anonymous", 2);
        kept_apart.body["reader"] = json!("representative");
        both.send(&kept_apart).await.expect("201");
        for _ in 0..6 {
            app.clock.advance_seconds(92 * DAY);
            exchange(&both.house).await.expect("a round");
            assert_eq!(both.host.forget(12).await.expect("a look"), 0);
        }
        let seen = both.follow_up(&sent).await;
        assert_eq!((&seen["state"], &seen["text"]), (&json!("new"), &sent.body["text"]));
        assert_eq!(both.follow_up(&kept_apart).await["apart"], "open");
    }

    async fn what_was_there_before_months_were_noted_counts_from_the_first_look(fresh) {
        let app = TestApp::on(fresh);
        let factory = &mut world(&app).await.factory;
        let both = Both::announced(&app).await;
        came(&app, &both, factory, 1).await;
        app.fresh.tamper("UPDATE envelope_holder SET heard_month = NULL").await;
        app.clock.advance_seconds(500 * DAY);
        assert_eq!(both.host.forget(12).await.expect("a look"), 0);
        app.clock.advance_seconds(13 * 31 * DAY);
        assert_eq!(both.host.forget(12).await.expect("forgotten"), 2);
        assert_eq!(kept(&app).await, 0);
    }

    async fn a_report_that_was_erased_stands_in_no_other_ones_way(fresh) {
        let app = TestApp::on(fresh);
        let factory = &mut world(&app).await.factory;
        let both = Both::announced(&app).await;
        let mut kept_apart = report(&factory.codes[0], "anonymous", 1);
        kept_apart.body["reader"] = json!("representative");
        both.send(&kept_apart).await.expect("201");
        next_day(&app, factory).await;
        exchange(&both.house).await.expect("a round");
        let reader = factory.by(Role::WorkerRepresentative);
        let list = app.get(&factory.at("/apart")).by(reader).await.ok();
        let path = format!("/apart/{}/end", list["items"][0]["id"].as_str().expect("one"));
        let end = json!({"version": 1, "end": {"type": "answer", "text": "I spoke with him."}});
        app.post(&factory.at(&path)).by(reader).json(&end).await.expect("200");
        exchange(&both.house).await.expect("a round");
        assert_eq!(both.follow_up(&kept_apart).await["answer"], "I spoke with him.");

        // At three in the morning in Greenwich.
        app.clock.advance_seconds(400 * DAY + 3 * 3600);
        let rules = hezuo_packs::retention().expect("rules");
        let erased = retention::erase(&app.app, &rules, 0).await.expect("erased");
        assert!(erased >= 3, "the report, its code and the way to the intake: {erased}");
        let rows = app.fresh.dump().await;
        assert!(!rows.iter().any(|row| row.starts_with("report_code ") || row.starts_with("case_relay ")));
        factory.log_in_again(&app).await;
        let sent = came(&app, &both, factory, 2).await;
        exchange(&both.house).await.expect("a round");
        assert_eq!(both.follow_up(&sent).await["state"], "new");
    }
}
