//! What counts as a signature takes somebody who has shown lately who is there.

use hezuo_domain::signatures::Signature;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Login, PASSWORD, TestApp, world};
use serde_json::json;

use crate::operations::{Need, both_targets, documented, operations};

/// Everybody's sessions are as if nobody had been asked since they began.
const STALE: &str = "UPDATE login_session SET proved_at = 0";

on_both_databases! {
    async fn a_signature_takes_more_than_an_open_session(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let (targets, _) = both_targets(&app, &world).await;
        let document = serde_json::to_value(hezuo_api::openapi()).expect("a document");
        let documented = documented(&document);
        app.fresh.tamper(STALE).await;
        let all = operations();
        for signature in Signature::ALL {
            let id = signature.operation();
            let operation = all.iter().find(|it| it.id == id);
            let operation = operation.unwrap_or_else(|| panic!("{id} is no operation"));
            let shown = documented.iter().find(|it| it.id == id);
            let shown = shown.unwrap_or_else(|| panic!("{id} is not documented"));
            let may = |login: &&Login| match operation.need {
                Need::Inside(permission) => {
                    let path = hezuo_domain::places::PlacePath::enterprise(world.factory.id, None);
                    hezuo_domain::permissions::can(&login.caller.grants, permission, &path)
                }
                _ => true,
            };
            let login = world.factory.logins.iter().find(may).expect("somebody who may");
            let call = || shown.call(app.router(), operation, &targets).by(login);
            call().await.expect("403 session.step_up");
        }
    }

    async fn who_shows_himself_signs_for_a_quarter_of_an_hour(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let body = json!({"login": "a-admin", "password": PASSWORD});
        let enter = || async {
            let session = app.post("/api/v1/session").json(&body).await.expect("200");
            session.header("set-cookie").split(';').next().expect("a pair").to_owned()
        };
        let (cookie, other) = (enter().await, enter().await);
        let path = factory.at(&format!("/users/{}/reset", factory.member().user));
        let sign = || app.post(&path).header("cookie", &cookie);
        let show = |proof: serde_json::Value| {
            app.post("/api/v1/session/proof").header("cookie", &cookie).json(&proof)
        };
        sign().await.expect("200");
        app.clock.advance_seconds(15 * 60 - 1);
        sign().await.expect("200");
        app.clock.advance_seconds(1);
        sign().await.expect("403 session.step_up");
        // What is no signature goes on as before.
        app.get(&factory.at("/users")).header("cookie", &cookie).await.expect("200");
        show(json!({"password": "wrong"})).await.expect("422 session.proof_wrong at password");
        show(json!({"code": "123456"})).await.expect("409 second_factor.off");
        show(json!({})).await.expect("422 input.missing at password");
        sign().await.expect("403 session.step_up");
        show(json!({"password": PASSWORD})).await.expect("204");
        sign().await.expect("200");
        // Another session of the same person has shown nothing.
        app.post(&path).header("cookie", &other).await.expect("403 session.step_up");
    }
}
