//! Whoever asks an intake or a server again and again learns nothing of others.

use axum::http::Method;
use hezuo_app::entrusted;
use hezuo_app::envelopes::link::exchange;
use hezuo_domain::people::Role;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Call, TestApp, picture, voice_clip, world};
use serde_json::json;

use super::{Both, count, dangerous, lying, next_day};

on_both_databases! {
    async fn how_dear_a_proof_is_follows_from_the_hour_before(fresh) {
        let app = TestApp::on(fresh);
        let factory = &world(&app).await.factory;
        let both = Both::announced(&app).await;
        let (first, bits) = both.host.challenge();
        for n in 0..180 {
            let sent = dangerous(factory, n);
            both.send(&sent).await.expect("201");
            assert_eq!(both.host.challenge(), (first.clone(), bits), "after {n} reports");
        }
        app.clock.advance_seconds(3600);
        assert!((9..=10).contains(&both.host.challenge().1), "it is dearer");
        app.clock.advance_seconds(3600);
        assert!(both.host.challenge().1 <= 7, "and cheap again");
    }

    async fn what_is_added_to_a_danger_on_a_later_day_waits(fresh) {
        let app = TestApp::on(fresh);
        let factory = &mut world(&app).await.factory;
        let both = Both::announced(&app).await;
        let sent = dangerous(factory, 1);
        both.send(&sent).await.expect("201");
        let attach = |name: &str| {
            let path = format!("/api/v1/reports/attachments/{name}");
            let call = Call::new(both.intake.clone(), Method::PUT, &path).bytes(picture());
            call.header("report-lookup", &sent.lookup)
        };
        attach("p1.jpg").await.expect("204");
        exchange(&both.house).await.expect("a round");
        assert_eq!((count(&app, factory).await, lying(&app).await.len()), (1, 0), "at once");
        next_day(&app, factory).await;
        attach("p2.jpg").await.expect("204");
        exchange(&both.house).await.expect("a round");
        assert_eq!(lying(&app).await.len(), 1, "it waits for the end of this day");
        app.clock.advance_seconds(24 * 3600);
        exchange(&both.house).await.expect("a round");
        assert_eq!(lying(&app).await.len(), 0);
    }

    async fn that_his_voice_was_heard_is_told_to_who_spoke_through_an_intake(fresh) {
        let app = TestApp::on(fresh);
        let factory = &mut world(&app).await.factory;
        let both = Both::announced(&app).await;
        let sent = dangerous(factory, 1);
        both.send(&sent).await.expect("201");
        let path = "/api/v1/reports/attachments/v1.ogg";
        let clip = Call::new(both.intake.clone(), Method::PUT, path).bytes(voice_clip());
        clip.header("report-lookup", &sent.lookup).await.expect("204");
        exchange(&both.house).await.expect("a round");
        exchange(&both.house).await.expect("a round");
        assert_eq!(both.follow_up(&sent).await["looks"], json!([]));
        let cases = app.get(&factory.at("/cases")).by(factory.officer()).await.ok();
        let id = cases["items"][0]["id"].as_str().expect("an id");
        let path = factory.at(&format!("/cases/{id}/attachments/v1.ogg"));
        app.get(&path).by(factory.by(Role::WorkerRepresentative)).await.expect("200");
        entrusted::write_looks(&app.app).await.expect("written");
        exchange(&both.house).await.expect("a round");
        let looks = both.follow_up(&sent).await["looks"].clone();
        assert_eq!(looks.as_array().map(Vec::len), Some(1), "{looks}");
        assert_eq!(looks[0]["act"], "voice_heard");
    }

    async fn the_size_of_the_database_is_told_once_a_day(fresh) {
        let app = TestApp::on(fresh);
        let factory = &mut world(&app).await.factory;
        let size = async |app: &TestApp, factory: &hezuo_testkit::Factory| {
            let path = factory.at("/health");
            app.get(&path).by(factory.administrator()).await.ok()["size"].as_i64().expect("bytes")
        };
        let before = size(&app, factory).await;
        let more = "INSERT INTO region (code, valid_from, valid_to, name_zh, name_en)
            WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 50000)
            SELECT CAST(n AS TEXT), 0, NULL, 'x', 'x' FROM n";
        assert_eq!(app.fresh.tamper(more).await, 50_000);
        assert_eq!(size(&app, factory).await, before, "within the day");
        next_day(&app, factory).await;
        assert!(size(&app, factory).await > before, "on the next");
    }
}
