//! What surrounds every answer: headers, origins, and that reading changes nothing.

use std::collections::BTreeSet;

use axum::http::Method;
use hezuo_api::Settings;
use hezuo_app::entrusted::write_looks;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Call, Login, TestApp, World, world};
use serde_json::json;

use crate::operations::{Need, Operation, both_targets, documented, operations};

/// Pages, files, answers of the API and problems, by path.
const PATHS: [&str; 9] = [
    "/",
    "/phone/",
    "/desk/",
    "/report",
    "/follow",
    "/healthz",
    "/api/v1/session",
    "/api/v1/nowhere",
    "/nowhere.js",
];

/// What reading writes on purpose: when a session was used last, and who looked at what not everybody may see.
const ON_PURPOSE: [&str; 3] = ["login_session", "entrusted_event", "pending_leaf"];

/// The tables in which two dumps differ.
fn changed(before: &[String], after: &[String]) -> BTreeSet<String> {
    let (before, after) = (
        before.iter().collect(),
        after.iter().collect::<BTreeSet<_>>(),
    );
    let differences = after.symmetric_difference(&before);
    let tables = differences.filter_map(|line| line.split(' ').next());
    tables.map(str::to_owned).collect()
}

/// Somebody for each role, others who come from outside, and nobody.
fn callers(world: &World) -> Vec<Option<&Login>> {
    let outside = [
        &world.factory.bystander,
        &world.inspector,
        &world.far_inspector,
        &world.bureau,
        world.other.officer(),
    ];
    let all = world.factory.logins.iter().chain(outside);
    all.map(Some).chain([None]).collect()
}

on_both_databases! {
    async fn reading_changes_nothing(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let (own, foreign) = both_targets(&app, &world).await;
        let before = app.fresh.dump().await;
        let site = app.post(&world.factory.at("/sites")).by(world.factory.administrator());
        site.json(&json!({"name": "Works 9"})).await.ok();
        let after = app.fresh.dump().await;
        assert!(changed(&before, &after).contains("site"), "the guard sees a write");

        // Later, so that whatever is written by the minute would be.
        app.clock.advance_seconds(600);
        let mut before = after;
        let document = serde_json::to_value(hezuo_api::openapi()).expect("JSON");
        let (operations, mut faults) = (operations(), vec![]);
        let mut read = 0;
        let public = Operation { id: "", need: Need::Login, body: |_| json!(null) };
        for it in documented(&document).iter().filter(|it| it.method == Method::GET) {
            let operation = operations.iter().find(|one| one.id == it.id).unwrap_or(&public);
            let mut statuses = vec![];
            for (targets, caller) in [&own, &foreign]
                .into_iter()
                .flat_map(|targets| callers(&world).into_iter().map(move |it| (targets, it)))
            {
                let call = it.call(app.router(), operation, targets);
                let answer = match caller {
                    Some(login) => call.by(login).await,
                    None => call.header("authorization", &own.bearer).await,
                };
                statuses.push(answer.status.as_u16());
            }
            if !statuses.contains(&200) {
                faults.push(format!("{}: nobody has read it: {statuses:?}", it.id));
            }
            let after = app.fresh.dump().await;
            let tables = changed(&before, &after);
            for table in tables.iter().filter(|it| !ON_PURPOSE.contains(&it.as_str())) {
                faults.push(format!("{}: {table}", it.id));
            }
            (read, before) = (read + 1, after);
        }
        assert!(faults.is_empty() && read > 50, "{read}: {faults:#?}");
        let code = format!("/r/{}", world.factory.codes[0]);
        for path in PATHS.iter().copied().chain([code.as_str()]) {
            for caller in callers(&world).into_iter().flatten() {
                app.get(path).by(caller).await;
            }
        }
        assert!(write_looks(&app.app).await.expect("written") > 0);
        let tables = changed(&before, &app.fresh.dump().await);
        assert_eq!(tables, BTreeSet::from(["entrusted_event", "pending_leaf"].map(str::to_owned)));
    }

    async fn files_come_as_what_they_are_and_under_a_name_of_ours(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let (own, _) = both_targets(&app, &world).await;
        let officer = world.factory.officer();
        for path in [
            format!("/cases/{}/attachments/p1.jpg", own.case),
            format!("/projects/{}/pictures/p1.jpg", own.project),
        ] {
            let answer = app.get(&world.factory.at(&path)).by(officer).await;
            assert_eq!(answer.header("content-type"), "image/jpeg", "{path}");
            assert_eq!(answer.header("content-disposition"), "inline; filename=\"picture.jpg\"");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
        }
        let live = app.get(&world.factory.at("/live")).by(officer).headers().await;
        assert_eq!(live["content-type"], "text/event-stream; charset=utf-8");
    }

    async fn every_answer_says_what_a_browser_may_do_with_it(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let own = world.factory.at("/cases?queue=open");
        for path in PATHS.iter().copied().chain([own.as_str()]) {
            let answer = app.get(path).by(world.factory.officer()).await;
            let header = |name: &str| answer.header(name);
            assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(header("x-frame-options"), "DENY", "{path}");
            assert_eq!(header("cross-origin-opener-policy"), "same-origin", "{path}");
            assert!(header("permissions-policy").contains("geolocation=()"), "{path}");
            if path.starts_with("/api/") {
                assert_eq!(header("cache-control"), "no-store", "{path}");
            }
            let policy = header("content-security-policy");
            for needed in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'",
                "require-trusted-types-for 'script'"] {
                assert!(policy.contains(needed), "{path}: {policy}");
            }
            assert!(!policy.contains("unsafe"), "{path}: {policy}");
            assert_eq!(header("strict-transport-security"), "", "{path}: not over plain http");
        }
        let secure = Settings { secure: true, ..Settings::default() };
        let answer = Call::new(app.router_with(secure), Method::GET, "/api/v1/session").await;
        assert!(answer.header("strict-transport-security").contains("includeSubDomains"));
    }
}
