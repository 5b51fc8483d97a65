//! A register from upload to counts over HTTP, and what is wrong with what was uploaded.

use hezuo_app::jobs;
use hezuo_store::on_both_databases;
use hezuo_testkit::{TestApp, world};
use serde_json::{Value, json};

use crate::operations::upload;

async fn work(app: &TestApp) {
    while jobs::run_next(&app.app).await.expect("the queue works") {}
}

on_both_databases! {
    async fn a_register_goes_from_upload_to_counts(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let by = factory.administrator();
        let import = upload(app.post(&factory.at("/imports")).by(by)).await.ok();
        assert_eq!(import["state"], "uploaded");
        assert_eq!(import["columns"][0]["guess"], "date");
        assert_eq!(import["columns"][1]["sample"], json!(["a loose step"]));
        let id = import["id"].as_str().expect("an id");
        let at = |path: &str| factory.at(&format!("/imports/{id}{path}"));

        app.post(&at("/run")).by(by).await.expect("409 import.state");
        let mapping = |mapping: Value| app.put(&at("/mapping")).by(by).json(&mapping);
        let wrong = mapping(json!({"mapping": {"Date": "day"}})).await;
        wrong.expect("422 import.mapping at Date");
        let wrong = mapping(json!({"mapping": {"Description": "text"}})).await;
        wrong.expect("422 import.mapping at date");
        let wrong = mapping(json!({"mapping": {"Date": "date", "Description": "enterprise"}})).await;
        wrong.expect("403 forbidden at enterprise");
        let right = json!({"mapping": {"Date": "date", "Description": "text"}, "kind": "hazard"});
        mapping(right).await.expect("202");
        app.post(&at("/run")).by(by).await.expect("409 import.state");
        work(&app).await;
        let checked = app.get(&at("")).by(by).await.ok();
        assert_eq!((&checked["state"], &checked["rows_done"]), (&json!("checked"), &json!(1)));

        app.post(&at("/run")).by(by).await.expect("202");
        work(&app).await;
        let done = app.get(&at("")).by(by).await.ok();
        assert_eq!((&done["state"], &done["rows_done"]), (&json!("done"), &json!(1)));
        let counts = app.get(&at("/counts?by=year")).by(by).await.ok();
        assert_eq!(counts, json!({"items": [{"key": "2015", "n": 1}]}));
        app.get(&at("/counts?by=size")).by(by).await.expect("422 input.invalid at by");
        let errors = app.get(&at("/errors")).by(by).await.ok();
        assert_eq!(errors, json!({"items": [], "next": null}));
        let open = app.get(&factory.at("/cases?queue=triage")).by(factory.officer()).await.ok();
        assert_eq!(open["items"][0]["text"], "a loose step");
    }

    async fn what_is_no_register_is_refused(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let (path, by) = (world.factory.at("/imports"), world.factory.administrator());
        let part = |name: &str, bytes: &[u8]| -> Vec<u8> {
            let head = format!(
                "--b\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a\"\r\n\r\n"
            );
            [head.as_bytes(), bytes, b"\r\n--b--\r\n"].concat()
        };
        let send = |body: Vec<u8>| {
            let call = app.post(&path).by(by);
            call.header("content-type", "multipart/form-data; boundary=b").bytes(body)
        };
        let picture = hezuo_testkit::picture();
        send(part("file", &picture)).await.expect("415 import.unreadable");
        send(part("file", b"")).await.expect("415 import.unreadable");
        send(part("file", b"PK\x03\x04 a torn workbook")).await.expect("415 import.unreadable");
        send(part("other", b"Date\n")).await.expect("422 input.missing at file");
        app.post(&path).by(by).json(&json!({})).await.expect("422 input.missing at file");
        let huge = vec![b'x'; hezuo_app::imports::MAX_FILE + 1];
        send(part("file", &huge)).await.expect("413 upload.too_large");
        let list = app.get(&path).by(by).await.ok();
        assert_eq!(list, json!({"items": []}));
    }
}
