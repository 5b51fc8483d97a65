//! The sums over divisions follow what happens in their enterprises, and are the same as if they were
//! made anew.

use hezuo_app::{directory, oversight};
use hezuo_domain::Scope;
use hezuo_store::on_both_databases;
use hezuo_store::oversight::fold::{Stored, sums};
use hezuo_testkit::{Factory, TestApp, officer_over, report, world};
use serde_json::json;

use crate::boards::history;

async fn stored(app: &TestApp) -> Vec<Stored> {
    let scope = Scope::System("a test reads all sums");
    let mut tx = app.app.db.read(&scope).await.expect("a transaction");
    sums(&mut tx).await.expect("sums")
}

/// How each enterprise stands, as one line of text.
async fn standings(app: &TestApp) -> Vec<String> {
    let mut lines = app.fresh.dump().await;
    lines.retain(|line| line.starts_with("standing "));
    lines.sort_unstable();
    lines
}

/// Folds, and insists that nothing else comes out when all is made anew.
async fn folded(app: &TestApp, what: &str) -> Vec<Stored> {
    app.fold().await;
    let (folded, stood) = (stored(app).await, standings(app).await);
    let empty = folded.iter().find(|(.., n)| *n == 0);
    assert_eq!(empty, None, "{what}: a sum of nothing is no row");
    oversight::rebuild(&app.app).await.expect("made anew");
    assert_eq!(folded, stored(app).await, "{what}");
    assert_eq!(stood, standings(app).await, "{what}");
    assert_eq!(oversight::fold(&app.app).await.expect("nothing waits"), 0);
    folded
}

/// One sum over the division with these digits.
fn sum(sums: &[Stored], region: &str, measure: &str) -> i64 {
    let of = sums.iter().filter(|(parent, name, day, _, code, _)| {
        parent.len() < code.len() && name == measure && code == region && *day == -1
    });
    of.map(|(.., n)| n).sum()
}

async fn move_to(app: &TestApp, factory: &Factory, region: &str) {
    let profile =
        json!({"name": "Moved works", "region_code": region, "time_zone": "Asia/Shanghai"});
    app.put(&factory.at(""))
        .by(factory.administrator())
        .json(&profile)
        .await
        .ok();
}

async fn speak(app: &TestApp, factory: &Factory, number: u64) {
    let sent = report(&factory.codes[0], "named", number);
    app.post("/api/v1/reports")
        .json(&sent.body)
        .await
        .expect("201");
}

on_both_databases! {
    async fn sums_follow_what_happens_and_are_the_same_made_anew(fresh) {
        let app = TestApp::on(fresh);
        let mut world = world(&app).await;
        history(&app, &mut world.factory, 0).await;
        let before = folded(&app, "one history").await;
        history(&app, &mut world.other, 1).await;
        assert!(oversight::fold(&app.app).await.expect("folded") > 0);
        speak(&app, &world.factory, 900).await;
        speak(&app, &world.other, 901).await;
        let all = folded(&app, "two histories, folded piece by piece").await;
        assert!(all.len() > before.len());
        assert_eq!((sum(&all, "330503", "factories"), sum(&all, "33", "factories")), (2, 2));

        // It moves while word of its last report still waits.
        world.factory.log_in_again(&app).await;
        let spoken = sum(&all, "330503", "spoken");
        speak(&app, &world.factory, 902).await;
        move_to(&app, &world.factory, "330602").await;
        speak(&app, &world.factory, 903).await;
        let moved = folded(&app, "a factory moved").await;
        assert_eq!((sum(&moved, "330503", "factories"), sum(&moved, "330602", "factories")), (1, 1));
        let (here, there) = (sum(&moved, "330503", "spoken"), sum(&moved, "330602", "spoken"));
        assert!(there > 2 && here + there == spoken + 2, "{here} and {there} of {spoken}");

        // Days pass in which nothing is said.
        app.clock.advance_seconds(40 * 86_400);
        assert_eq!(oversight::fold(&app.app).await.expect("a new day"), 2);
        let later = folded(&app, "days passed").await;
        assert_eq!(sum(&later, "33", "spoken"), spoken + 2);
    }

    async fn the_nation_is_the_sum_of_its_provinces(fresh) {
        let app = TestApp::on(fresh);
        directory::load_packs(&app.app).await.expect("the names of divisions");
        let world = world(&app).await;
        speak(&app, &world.factory, 1).await;
        speak(&app, &world.other, 2).await;
        move_to(&app, &world.other, "110101").await;
        app.fold().await;
        let ministry = officer_over(&app, "000000").await;
        let board = app.get("/api/v1/oversight").by(&ministry).await.ok();
        assert_eq!((&board["region"]["code"], &board["region"]["name_zh"]), (&json!("000000"), &json!("全国")));
        assert_eq!(board["factories"], 2);
        let parts: Vec<_> = board["parts"].as_array().expect("parts").iter()
            .map(|it| (it["region"]["name_zh"].clone(), it["reported"].clone())).collect();
        assert_eq!(parts, [(json!("北京市"), json!(1)), (json!("浙江省"), json!(1))]);
        let lines = app.get("/api/v1/oversight/factories?order=name").by(&ministry).await.ok();
        assert_eq!(lines["items"].as_array().map(Vec::len), Some(2));
        let county = app.get("/api/v1/oversight?region=330503").by(&ministry).await.ok();
        assert_eq!((&county["factories"], &county["around"][0]["code"]), (&json!(1), &json!("000000")));
        // No factory lies in the nation and nowhere closer.
        let factory = json!({"name": "Works", "region_code": "000000", "time_zone": "Asia/Shanghai"});
        let put = app.put(&world.factory.at("")).by(world.factory.administrator()).json(&factory);
        put.await.expect("422 enterprise.region_unknown at region_code");
    }

    async fn what_is_asked_for_says_how_fresh_it_is(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        app.fold().await;
        let as_of = || async {
            let board = app.get("/api/v1/oversight").by(&world.inspector).await.ok();
            board["as_of"].clone()
        };
        let first = as_of().await;
        app.clock.advance_seconds(60);
        assert_ne!(as_of().await, first, "nothing waits, so it is of now");
        speak(&app, &world.factory, 1).await;
        assert_eq!(as_of().await, first, "a report waits to be counted");
        app.fold().await;
        assert_ne!(as_of().await, first);
    }
}
