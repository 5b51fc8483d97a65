//! What the OpenAPI document says of an answer is so: its status and its media type stand there.

use hezuo_domain::people::Role;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Answer, Login, TestApp, World, world};
use serde_json::{Value, json};

use crate::operations::{Documented, Need, Targets, both_targets, documented, operations};

/// What the document has for an operation's answers.
fn answers<'a>(document: &'a Value, it: &Documented) -> &'a Value {
    &document["paths"][&it.path][it.method.as_str().to_lowercase()]["responses"]
}

/// What is wrong with an answer, by the document.
fn fault(answers: &Value, answer: &Answer) -> Option<String> {
    let status = answer.status.as_u16();
    let found = answers.get(status.to_string());
    let Some(found) = found.or_else(|| answers.get(format!("{}XX", status / 100))) else {
        return Some(format!("{status} is not documented"));
    };
    let got = answer.headers.get("content-type");
    let got = got.and_then(|it| it.to_str().ok()).unwrap_or_default();
    let got = got.split(';').next().unwrap_or_default();
    let Some(content) = found["content"].as_object() else {
        return (!got.is_empty()).then(|| format!("{status} has a body of {got}"));
    };
    let is_named = content.keys().any(|range| {
        let family = range.strip_suffix('*');
        range == got || family.is_some_and(|family| got.starts_with(family))
    });
    (!is_named).then(|| format!("{status} with {got}, not {:?}", content.keys()))
}

/// Everybody who may be let through.
fn callers(world: &World) -> Vec<&Login> {
    let office = [&world.inspector, &world.bureau];
    let inside = Role::ALL.iter().map(|role| world.factory.by(*role));
    inside.chain(office).collect()
}

async fn faults(app: &TestApp, world: &World, own: &Targets) -> Vec<String> {
    let document = serde_json::to_value(hezuo_api::openapi()).expect("JSON");
    let mut documented = documented(&document);
    // What ends something comes after what needs it.
    documented.sort_by_key(|it| it.method == axum::http::Method::DELETE);
    let operations = operations();
    let mut faults = Vec::new();
    for it in documented {
        let Some(operation) = operations.iter().find(|one| one.id == it.id) else {
            continue;
        };
        let answers = answers(&document, &it);
        let mut is_done = false;
        for login in callers(world) {
            let call = it.call(app.router(), operation, own);
            let answer = match operation.need {
                Need::Device => call.header("authorization", &own.bearer).await,
                _ => call.by(login).await,
            };
            // What an earlier operation has done already can't be done once more.
            is_done |= answer.status.is_success() || answer.status == 409;
            faults.extend(fault(answers, &answer).map(|fault| format!("{}: {fault}", it.id)));
            if is_done {
                break;
            }
        }
        if !is_done {
            faults.push(format!("{}: nobody got it done", it.id));
        }
        if it.id.starts_with("export_") {
            let path = format!("{}?format=csv", own.path(&it.path));
            let answer = app.get(&path).by(world.factory.officer()).await;
            faults.extend(fault(answers, &answer).map(|fault| format!("{}: {fault}", it.id)));
        }
    }
    faults
}

on_both_databases! {
    async fn every_answer_has_a_documented_status_and_media_type(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let (own, _) = both_targets(&app, &world).await;

        // The guard first sees an answer that the document does not have.
        let page = app.get("/api/v1/session").by(world.factory.officer()).await;
        let wrong = [
            json!({"201": {}}),
            json!({"200": {}}),
            json!({"2XX": {"content": {"text/csv": {}, "image/*": {}}}}),
        ];
        for planted in wrong {
            assert!(fault(&planted, &page).is_some(), "{planted}");
        }
        let right = json!({"200": {"content": {"application/json": {}}}});
        assert_eq!(fault(&right, &page), None);

        let faults = faults(&app, &world, &own).await;
        assert!(faults.is_empty(), "{faults:#?}");
    }
}
