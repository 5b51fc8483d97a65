//! What is published about people is published once: nothing that happens afterwards shows in it.

use hezuo_app::oversight;
use hezuo_domain::people::Role;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Factory, Login, TestApp, report, world};
use serde_json::{Value, json};

use crate::boards::figure;
use crate::county::from_office;

const PEOPLE: &str = "/api/v1/oversight/factories?figure=people";

async fn attest(app: &TestApp, factory: &Factory, heads: i64) {
    let path = format!("/areas/{}/heads", factory.workshop);
    let put = app.put(&factory.at(&path)).by(factory.administrator());
    put.json(&json!({"heads": heads})).await.expect("204");
}

/// What the county reads about the people of a factory, in the list and on its board; and its own months.
async fn outside(app: &TestApp, factory: &Factory, inspector: &Login) -> Value {
    let list = app.get(PEOPLE).by(inspector).await.ok();
    let lines = list["items"].as_array().expect("items");
    let line = lines
        .iter()
        .find(|it| it["id"] == factory.id.to_string())
        .expect("its line");
    let board = app.get(&factory.at("/board")).by(inspector).await.ok();
    let county = app
        .get("/api/v1/oversight?region=330503")
        .by(inspector)
        .await
        .ok();
    json!([
        line["numerator"],
        line["withheld"],
        figure(&board, "people"),
        figure(&board, "front_line"),
        county["editions"],
    ])
}

on_both_databases! {
    async fn a_month_about_people_is_published_once(fresh) {
        let app = TestApp::on(fresh);
        let mut world = world(&app).await;
        for number in 0..20 {
            let mut sent = report(&world.factory.codes[0], "named", number).body;
            sent["name"] = json!(format!("Somebody {number}"));
            sent["finder"] = json!(if number < 12 { "worker" } else { "manager" });
            app.post("/api/v1/reports").json(&sent).await.expect("201");
        }
        app.clock.advance_seconds(40 * 86_400);
        world.factory.log_in_again(&app).await;
        let inspector = from_office(&app, &world, &world.inspector).await;
        let early = app.get(&world.factory.at("/board")).by(&inspector).await.ok();
        assert_eq!(figure(&early, "people")["numerator"], json!(null), "not counted yet");
        app.fold().await;
        let published = outside(&app, &world.factory, &inspector).await;
        assert_eq!((&published[0], &published[2]["numerator"]), (&json!(20), &json!(20)));
        assert_eq!((&published[3]["numerator"], &published[3]["denominator"]), (&json!(10), &json!(20)));
        assert_eq!(published[4].as_array().map(Vec::len), Some(1));

        // So few work there that nothing would be told now; and nothing changes what was told.
        attest(&app, &world.factory, 3).await;
        app.fold().await;
        let inside = app.get(&world.factory.at("/board")).by(world.factory.by(Role::Manager)).await.ok();
        assert_eq!(figure(&inside, "people")["withheld"], "small_group");
        assert_eq!(outside(&app, &world.factory, &inspector).await, published);
        oversight::rebuild(&app.app).await.expect("made anew");
        assert_eq!(outside(&app, &world.factory, &inspector).await, published);

        // A month later it is counted as it is then, beside the first.
        app.clock.advance_seconds(31 * 86_400);
        world.factory.log_in_again(&app).await;
        let inspector = from_office(&app, &world, &world.inspector).await;
        app.fold().await;
        let later = outside(&app, &world.factory, &inspector).await;
        assert_eq!((&later[0], &later[1]), (&json!(null), &json!("small_group")));
        assert_eq!((&later[4][0]["people"]["left_out"], &later[4][1]), (&json!(2), &published[4][0]));
    }
}
