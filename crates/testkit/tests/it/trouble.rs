//! The database is locked, or the disk is full: a clear answer, nothing half-done, and the same
//! bytes sent again are stored exactly once.

use std::future::IntoFuture;

use hezuo_domain::Scope;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Factory, TestApp, report, world};

async fn reported(app: &TestApp, factory: &Factory) -> usize {
    let list = app
        .get(&factory.at("/cases?limit=200"))
        .by(factory.officer())
        .await
        .ok();
    list["items"].as_array().expect("items").len()
}

async fn check_whole(app: &TestApp, factory: &Factory) {
    hezuo_app::ledger::sequence(&app.app)
        .await
        .expect("sequenced");
    let found = hezuo_app::ledger::verify(&app.app, factory.id)
        .await
        .expect("verified");
    assert_eq!(found.faults, Vec::<String>::new());
    let mut tx = app
        .app
        .db
        .read(&Scope::Enterprise(factory.id))
        .await
        .expect("a transaction");
    let before = hezuo_store::tallies::everything(&mut tx)
        .await
        .expect("counts");
    drop(tx);
    hezuo_app::tallies::rebuild(&app.app, factory.id)
        .await
        .expect("rebuilt");
    let mut tx = app
        .app
        .db
        .read(&Scope::Enterprise(factory.id))
        .await
        .expect("a transaction");
    let after = hezuo_store::tallies::everything(&mut tx)
        .await
        .expect("counts");
    assert_eq!(before, after);
}

on_both_databases! {
    async fn while_the_database_is_locked_the_sender_is_told_to_try_again(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let sent = report(&factory.codes[0], "named", 1).body;
        let held = app.fresh.hold().await;
        let patience = std::time::Duration::from_secs(8);
        let call = app.post("/api/v1/reports").json(&sent).into_future();
        let busy = tokio::time::timeout(patience, call).await.expect("an answer within eight seconds");
        let busy = busy.expect("503 busy");
        assert_eq!(busy.header("retry-after"), "5");
        held.let_go().await;
        assert_eq!(reported(&app, factory).await, 0, "nothing half-done");
        app.post("/api/v1/reports").json(&sent).await.expect("201");
        app.post("/api/v1/reports").json(&sent).await.expect("200");
        assert_eq!(reported(&app, factory).await, 1);
        check_whole(&app, factory).await;
    }
}

on_both_databases! {
    async fn after_a_fault_of_the_disk_nothing_is_taken_until_it_was_checked(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let first = report(&factory.codes[0], "named", 1);
        app.post("/api/v1/reports").json(&first.body).await.expect("201");
        // The folder of pictures is gone, as after a disk that dropped out.
        let (folder, away) = (app.fresh.folder.join("blobs"), app.fresh.folder.join("away"));
        std::fs::rename(&folder, &away).expect("it moves");
        std::fs::write(&folder, b"").expect("a file in its place");
        let attach = || app
            .put("/api/v1/reports/attachments/p1.jpg")
            .header("report-lookup", &first.lookup)
            .bytes(hezuo_testkit::picture());
        attach().await.expect("503 storage.halted");

        let second = report(&factory.codes[0], "named", 2).body;
        let refused = app.post("/api/v1/reports").json(&second).await;
        assert_eq!(refused.expect("503 storage.halted").header("retry-after"), "5");
        app.get("/healthz").await.expect("503 storage.halted");
        assert_eq!(reported(&app, factory).await, 1, "what is there can be read");
        assert!(hezuo_app::halt::mend(&app.app).await.is_err(), "the fault goes on");
        app.post("/api/v1/reports").json(&second).await.expect("503 storage.halted");

        std::fs::remove_file(&folder).expect("the file goes");
        std::fs::rename(&away, &folder).expect("the folder is back");
        hezuo_app::halt::mend(&app.app).await.expect("everything is whole");
        app.get("/healthz").await.expect("200");
        app.post("/api/v1/reports").json(&second).await.expect("201");
        attach().await.expect("204");
        assert_eq!(reported(&app, factory).await, 2);
        check_whole(&app, factory).await;
    }
}

#[tokio::test]
async fn a_full_disk_refuses_what_does_not_fit_and_takes_it_later() {
    let app = TestApp::on(hezuo_store::testing::sqlite().await);
    let world = world(&app).await;
    let factory = &world.factory;
    app.fresh.fill_disk(true).await;
    let mut taken = 0;
    let refused = loop {
        let mut sent = report(&factory.codes[0], "named", taken).body;
        sent["text"] = "long ".repeat(300).into();
        let answer = app.post("/api/v1/reports").json(&sent).await;
        if answer.status != 201 {
            answer.expect("507 storage.full");
            break sent;
        }
        taken += 1;
        assert!(taken < 200, "the disk never fills");
    };
    let list = app
        .get(&factory.at("/cases?limit=200"))
        .by(factory.officer())
        .await
        .ok();
    assert_eq!(
        list["items"].as_array().map(Vec::len),
        usize::try_from(taken).ok()
    );
    // SQLite may end the transaction by itself when the disk is full, behind the driver's back; then
    // nothing is written until the database was opened anew and looked at.
    let again = app.post("/api/v1/reports").json(&refused).await.outcome();
    assert!(
        ["507 storage.full", "503 storage.halted"].contains(&&*again),
        "{again}"
    );
    if app.app.db.halt().why().is_some() {
        hezuo_app::halt::mend(&app.app).await.expect("it is whole");
    }
    app.fresh.fill_disk(false).await;
    app.post("/api/v1/reports")
        .json(&refused)
        .await
        .expect("201");
    app.post("/api/v1/reports")
        .json(&refused)
        .await
        .expect("200");
    assert_eq!(reported(&app, factory).await as u64, taken + 1);
    check_whole(&app, factory).await;
}
