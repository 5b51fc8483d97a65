//! Who does the work in the background, where several processes share one database.

use hezuo_app::rounds::{Claim, Round, Turn};
use hezuo_store::on_both_databases;
use hezuo_testkit::{TestApp, world};

#[tokio::test]
async fn postgres_one_process_does_the_work_until_it_ends_or_is_silent() {
    let app = TestApp::on(hezuo_store::testing::postgres().await);
    let (one, other) = (
        Claim::new(&app.app, Round::Everything),
        Claim::new(&app.app, Round::Everything),
    );
    let (first, second) = tokio::join!(one.renew(&app.app), other.renew(&app.app));
    assert_ne!(first.expect("asked"), second.expect("asked"), "one of two");
    let (holder, waits) = if one.is_held() {
        (&one, &other)
    } else {
        (&other, &one)
    };
    // Another kind of work is another claim.
    let letters = Claim::new(&app.app, Round::Envelopes);
    assert!(letters.renew(&app.app).await.expect("asked"));

    // A sign of life within the time keeps it, for as long as there are any.
    for _ in 0..5 {
        app.clock.advance_seconds(10);
        assert!(holder.renew(&app.app).await.expect("asked"));
        assert!(!waits.renew(&app.app).await.expect("asked"));
    }
    // Silence gives it away, and the late sign of life does not take it back.
    app.clock.advance_seconds(16);
    assert!(waits.renew(&app.app).await.expect("asked"));
    assert!(!holder.renew(&app.app).await.expect("asked"));
    assert!(!holder.is_held());
    // A process that ends leaves it at once.
    waits.give_back(&app.app).await.expect("given back");
    assert!(!waits.is_held());
    app.clock.advance_seconds(1);
    assert!(holder.renew(&app.app).await.expect("asked"));
}

on_both_databases! {
    async fn an_administrator_is_told_where_nobody_works(fresh) {
        let app = TestApp::on(fresh);
        let factory = world(&app).await.factory;
        let path = factory.at("/health");
        let is_worked = async || app.get(&path).by(factory.administrator()).await.ok()["is_worked"].clone();
        assert_eq!(is_worked().await, false, "no process has begun");
        let claim = Claim::new(&app.app, Round::Everything);
        assert!(claim.renew(&app.app).await.expect("asked"));
        assert_eq!(is_worked().await, true);
        claim.give_back(&app.app).await.expect("given back");
        assert_eq!(is_worked().await, false, "it has ended");
    }

    async fn what_is_due_once_a_day_is_done_once_and_again_where_it_failed(fresh) {
        let app = TestApp::on(fresh);
        let claims = [Claim::new(&app.app, Round::Everything), Claim::new(&app.app, Round::Everything)];
        let day = (Turn::Erase, 86_400);
        let (one, other) = tokio::join!(
            claims[0].once_in(&app.app, day, async { Ok(1) }),
            claims[1].once_in(&app.app, day, async { Ok(2) }),
        );
        let done: Vec<i32> = [one, other].into_iter().filter_map(|it| it.expect("asked")).collect();
        assert_eq!(done.len(), 1, "{done:?}");
        app.clock.advance_seconds(86_300);
        assert_eq!(claims[1].once_in(&app.app, day, async { Ok(3) }).await.expect("asked"), None);
        app.clock.advance_seconds(200);
        let failed = async { Err::<i32, _>(hezuo_app::Error::Internal("broken".into())) };
        assert!(claims[0].once_in(&app.app, day, failed).await.is_err());
        app.clock.advance_seconds(500);
        assert_eq!(claims[1].once_in(&app.app, day, async { Ok(4) }).await.expect("asked"), None);
        app.clock.advance_seconds(200);
        assert_eq!(claims[1].once_in(&app.app, day, async { Ok(5) }).await.expect("asked"), Some(5));
        // The log is another turn.
        let log = (Turn::Log, 86_400);
        assert_eq!(claims[0].once_in(&app.app, log, async { Ok(6) }).await.expect("asked"), Some(6));
    }
}
