//! What people and machines send wrong: each has a clear answer, and nothing is half-done.

use std::collections::BTreeSet;

use axum::http::Method;
use hezuo_api::Settings;
use hezuo_app::Budget;
use hezuo_domain::commitment::hex;
use hezuo_domain::people::Role;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Call, TestApp, picture, report, voice_clip, world};
use serde_json::{Value, json};

/// Sends a report with some fields changed; `null` takes a field away.
async fn outcome(app: &TestApp, mut body: Value, changes: Value) -> String {
    let fields = body.as_object_mut().expect("an object");
    for (name, value) in changes.as_object().expect("an object") {
        if value.is_null() {
            fields.remove(name);
        } else {
            fields.insert(name.clone(), value.clone());
        }
    }
    app.post("/api/v1/reports").json(&body).await.outcome()
}

on_both_databases! {
    async fn a_report_with_a_wrong_field_is_refused_and_the_field_is_named(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let code = &world.factory.codes[0];
        let good = || report(code, "named", 1).body;
        let long = "长".repeat(2_001);
        for (changes, wanted) in [
            (json!({"danger": "yes"}), "422 input.invalid at danger"),
            (json!({"text": 7}), "422 input.invalid at text"),
            (json!({"attachments": [1]}), "422 input.invalid at attachments[0]"),
            (json!({"category": null}), "422 input.invalid at ."),
            (json!({"category": "ghost"}), "422 report.empty at category"),
            (json!({"voice": "loud"}), "422 input.invalid at voice"),
            (json!({"finder": "boss"}), "422 input.invalid at finder"),
            (json!({"name": "   "}), "422 input.missing at name"),
            (json!({"name": "x".repeat(81)}), "422 input.too_long at name"),
            (json!({"text": long}), "422 input.too_long at text"),
            (json!({"text": "a\u{0}b"}), "422 input.invalid at text"),
            (json!({"name": "a\u{0}b"}), "422 input.invalid at name"),
            (json!({"lookup": "12"}), "422 input.invalid at lookup"),
            (json!({"attachments": ["../../etc/passwd"]}), "422 input.invalid at attachments"),
            (json!({"attachments": ["a", "b", "c", "d", "e", "f", "g"]}), "409 upload.too_many at attachments"),
            (json!({"code": "NOSUCH"}), "404 wall_code.unknown"),
            (json!({"code": format!("{}X", &code[..code.len() - 1])}), "404 wall_code.unknown"),
            (json!({"code": "../../x"}), "404 wall_code.unknown"),
        ] {
            let what = changes.to_string();
            let what = what.chars().take(80).collect::<String>();
            assert_eq!(outcome(&app, good(), changes).await, wanted, "{what}");
        }
        for broken in ["", "{", "[]", "null", "\"text\"", "{\"code\": \"\\ud800\"}"] {
            let answer = app.post("/api/v1/reports").bytes(broken).await;
            assert!(answer.outcome().starts_with("422 input.invalid"), "{broken}: {}", answer.text());
        }
        assert!(app.fresh.dump().await.iter().all(|row| !row.starts_with("cases ")
            && !row.starts_with("report_code ")), "nothing was kept");
        assert_eq!(outcome(&app, good(), json!({"attachments": [], "more": "ignored"})).await, "201");
    }

    async fn so_many_reports_an_hour_are_taken_behind_one_code_and_a_danger_always(fresh) {
        let app = TestApp::changed(fresh, |app| app.limits.reports = Budget::about(9));
        let factory = &world(&app).await.factory;
        let post = |body: &Value| app.post("/api/v1/reports").json(body);
        let (mut number, mut taken, mut ends) = (0, 0, BTreeSet::new());
        while ends.len() < 2 {
            assert!(number < 400, "where the budget of an hour ends can be told: {ends:?}");
            loop {
                number += 1;
                let body = report(&factory.codes[0], "named", number).body;
                match post(&body).await.outcome().as_str() {
                    "201" => taken += 1,
                    other => {
                        assert_eq!(other, "429 report.too_many");
                        break;
                    }
                }
            }
            assert!(taken < 90, "there is an end: {taken}");
            ends.insert(taken);
            let lower = report(&factory.codes[0].to_lowercase(), "named", number).body;
            assert_eq!(post(&lower).await.outcome(), "429 report.too_many");
            let known = report(&factory.codes[0], "named", 2).body;
            assert_eq!(post(&known).await.outcome(), "200", "what is known may come again");
            let mut danger = report(&factory.codes[0], "named", 1_000 + number).body;
            danger["danger"] = json!(true);
            post(&danger).await.expect("201");
            post(&report(&factory.codes[1], "named", 2_000 + number).body).await.expect("201");
            // It was kept on the phone and comes later.
            app.clock.advance_seconds(3600);
            post(&report(&factory.codes[0], "named", number).body).await.expect("201");
            taken = 1;
        }
    }

    async fn what_points_at_nothing_is_refused_not_stumbled_over(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let (factory, other) = (&world.factory, &world.other);
        let administrator = factory.administrator();
        let person = |area: &str| json!({"name": "Wang Wei", "area_id": area, "staff_number": "1"});
        let persons = factory.at("/persons");
        let send = |path: &str, body: Value| app.post(path).by(administrator).json(&body);
        for area in [other.workshop.to_string(), factory.site.to_string()] {
            send(&persons, person(&area)).await.expect("422 input.invalid at area_id");
        }
        let entered = send(&persons, person(&factory.workshop.to_string())).await.ok();
        let same_number = json!({"name": "Li Na", "staff_number": "1"});
        send(&persons, same_number.clone()).await.expect("422 input.invalid at staff_number");
        let path = factory.at(&format!("/persons/{}", administrator.person));
        let change = |body: Value| app.put(&path).by(administrator).json(&body);
        change(same_number).await.expect("422 input.invalid at staff_number");
        change(person(&other.workshop.to_string())).await.expect("422 input.invalid at area_id");
        // A person keeps the own number.
        let path = factory.at(&format!("/persons/{}", entered["id"].as_str().expect("an id")));
        app.put(&path).by(administrator).json(&person(&factory.press.to_string())).await.expect("200");

        let area = |site: &str, parent: Value| json!({"site_id": site, "parent_id": parent,
            "kind": "area", "name": "Store"});
        let areas = factory.at("/areas");
        send(&areas, area(&other.site.to_string(), json!(null))).await.expect("422 input.invalid at site_id");
        let foreign = json!(other.workshop);
        send(&areas, area(&factory.site.to_string(), foreign)).await.expect("422 input.invalid at parent_id");
        let settings = json!({"emergency_phone": "119", "confidant_user_id": other.officer().user});
        let settings = app.put(&factory.at("/settings")).by(administrator).json(&settings);
        settings.await.expect("422 input.invalid at confidant_user_id");
        let user = json!({"person_id": other.officer().person, "login": "somebody", "locale": "en",
            "roles": []});
        send(&factory.at("/users"), user).await.expect("422 input.invalid at person_id");
        // What PostgreSQL can't keep is refused by both, as input and not as a failure of ours.
        let nul = json!({"name": "Wang\u{0}Wei"});
        send(&persons, nul).await.expect("422 input.invalid");
        for query in ["kind=ghost", "cursor=x", "cursor=2026-03-10.x"] {
            let answer = app.get(&factory.at(&format!("/cases?{query}"))).by(factory.officer()).await;
            assert!(answer.outcome().starts_with("422 input.invalid"), "{query}: {}", answer.text());
        }
        for query in ["queue=ghost", "limit=many", "area=x"] {
            let answer = app.get(&factory.at(&format!("/cases?{query}"))).by(factory.officer()).await;
            assert!(answer.outcome().starts_with("422 input.invalid"), "{query}: {}", answer.text());
        }
        for id in ["x", "00000000-0000-0000-0000-000000000000"] {
            let path = factory.at(&format!("/cases/{id}"));
            app.get(&path).by(factory.officer()).await.expect("404 not_found");
            app.get(&format!("/api/v1/enterprises/{id}/cases")).by(factory.officer()).await
                .expect("404 not_found");
        }
    }
}

#[tokio::test]
async fn uploads_are_recognised_by_their_content() {
    let app = TestApp::on(hezuo_store::testing::sqlite().await);
    let world = world(&app).await;
    let sent = report(&world.factory.codes[0], "anonymous", 1);
    app.post("/api/v1/reports")
        .json(&sent.body)
        .await
        .expect("201");
    let upload = |name: &str, bytes: Vec<u8>| {
        app.put(&format!("/api/v1/reports/attachments/{name}"))
            .header("report-lookup", &sent.lookup)
            .bytes(bytes)
    };
    let too_large = 12 * 1024 * 1024 + 2_000;
    upload(
        "a.jpg",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
    )
    .await
    .expect("415 upload.not_a_picture");
    upload("a.jpg", Vec::new())
        .await
        .expect("415 upload.not_a_picture");
    upload("a.jpg", vec![0; too_large])
        .await
        .expect("413 upload.too_large");
    let mut long_clip = voice_clip();
    long_clip.resize(2 * 1024 * 1024 + 1, 0);
    upload("v.ogg", long_clip)
        .await
        .expect("413 upload.too_large");
    upload("..%2f..%2fx", picture())
        .await
        .expect("422 input.invalid at name");
    upload("p1.jpg", picture()).await.expect("204");
    upload("p1.jpg", picture()).await.expect("204");
    upload("v.ogg", voice_clip()).await.expect("204");
    for number in 2..=5 {
        upload(&format!("p{number}.jpg"), picture())
            .await
            .expect("204");
    }
    upload("p6.jpg", picture())
        .await
        .expect("409 upload.too_many");
    let unknown = app
        .put("/api/v1/reports/attachments/p1.jpg")
        .bytes(picture());
    unknown.await.expect("404 report.unknown_code");

    let body = vec![b' '; too_large];
    app.post("/api/v1/reports")
        .bytes(body)
        .await
        .expect("413 upload.too_large");
    let officer = world.factory.officer();
    app.post(&world.factory.at("/intake/release"))
        .by(officer)
        .await
        .ok();
    // Without a name a recording is heard by the representative alone.
    let hearer = world.factory.by(Role::WorkerRepresentative);
    let list = app.get(&world.factory.at("/cases")).by(officer).await.ok();
    let id = list["items"][0]["id"].as_str().expect("a case");
    let case = app
        .get(&world.factory.at(&format!("/cases/{id}")))
        .by(hearer)
        .await
        .ok();
    let kept = case["attachments"].as_array().expect("attachments");
    assert_eq!((kept.len(), &list["items"][0]["pictures"]), (6, &json!(5)));
    let path = world.factory.at(&format!("/cases/{id}/attachments/v.ogg"));
    let clip = app.get(&path).by(hearer).await;
    assert_eq!(clip.header("content-type"), "audio/ogg");
    let policy = clip.header("content-security-policy");
    assert!(
        policy.starts_with("sandbox; default-src 'none'; frame-ancestors 'none'"),
        "{policy}"
    );
    let path = world
        .factory
        .at(&format!("/cases/{id}/attachments/gone.jpg"));
    app.get(&path).by(officer).await.expect("404 not_found");
    let path = world.factory.at(&format!("/cases/{id}/attachments/x.jpg"));
    let html = app.put(&path).by(officer).bytes("<html>");
    html.await.expect("415 upload.not_a_picture");
}

#[tokio::test]
async fn a_page_for_an_unknown_wall_code_still_helps() {
    let app = TestApp::on(hezuo_store::testing::sqlite().await);
    let world = world(&app).await;
    let code = &world.factory.codes[0];
    let forged = format!("{}0000000000", &code[..code.len() - 10]);
    for unknown in [forged.as_str(), "NOSUCHCODE", "A.B.C.D", "%00"] {
        let page = app.get(&format!("/r/{unknown}")).await;
        assert_eq!(page.status, 404, "{unknown}");
        assert!(
            page.header("content-type").starts_with("text/html"),
            "{unknown}"
        );
        assert!(
            page.text().contains("<form"),
            "{unknown}: another code can be typed"
        );
        let promise = app.get(&format!("/r/{unknown}/promise")).await;
        assert_eq!(promise.status, 404, "{unknown}");
    }
    let page = app.get(&format!("/r/{code}")).await;
    assert_eq!(page.status, 200);
    let way = format!("/r/{code}/promise?lang=en");
    assert!(page.text().contains(&format!("/r/{code}/promise?lang=")));
    let promise = app.get(&way).await;
    assert_eq!(promise.status, 200);
    assert_eq!(promise.header("cache-control"), "no-store");
    let back = format!("href=\"/r/{code}?lang=en\"");
    assert!(promise.text().contains(&back));
    let page = app
        .get(&format!("/r/{}", world.factory.short_code.to_lowercase()))
        .await;
    assert_eq!(page.status, 200, "the factory's code alone, as it is typed");
    assert_eq!(app.get(&format!("/r?code={code}")).await.status, 303);
    // An authority is no factory.
    let office = &world.bureau.caller.home.short_code;
    assert_eq!(app.get(&format!("/r/{office}")).await.status, 404);
}

#[tokio::test]
async fn a_wrong_report_code_is_an_unknown_one_however_often() {
    let app = TestApp::on(hezuo_store::testing::sqlite().await);
    let world = world(&app).await;
    let sent = report(&world.factory.codes[0], "anonymous", 1);
    app.post("/api/v1/reports")
        .json(&sent.body)
        .await
        .expect("201");
    let ask = |lookup: &str| {
        app.post("/api/v1/follow-up")
            .json(&json!({"lookup": lookup}))
    };
    let mut near = sent.lookup.clone();
    near.replace_range(0..1, if near.starts_with('0') { "1" } else { "0" });
    let wrong = ask(&near).await.expect("404 report.unknown_code");
    let unknown = ask(&hex(&[9; 32])).await.expect("404 report.unknown_code");
    let malformed = ask("not even a code")
        .await
        .expect("404 report.unknown_code");
    assert_eq!(wrong.body, unknown.body);
    assert_eq!(wrong.headers, unknown.headers);
    assert_eq!(wrong.body, malformed.body);
    let form = |code: &str| {
        app.post("/f")
            .header("content-type", "application/x-www-form-urlencoded")
            .bytes(format!("code={}", code.replace(' ', "+")))
    };
    assert_eq!(form("wrong code").await.status, 404);
    // However often somebody has mistyped: nobody learns of it from what the next one is told.
    for _ in 0..70 {
        let again = ask(&near).await.expect("404 report.unknown_code");
        assert_eq!(
            (&again.body, &again.headers),
            (&unknown.body, &unknown.headers)
        );
    }
    ask(&sent.lookup).await.expect("200");
    let page = form(&sent.code.to_lowercase()).await;
    assert_eq!(
        page.status, 200,
        "a right code works meanwhile, however it is typed"
    );
    assert!(page.text().contains("(1)"), "{}", page.text());
    let verdict = json!({"lookup": near, "fixed": true});
    let verdict = app.post("/api/v1/follow-up/verdict").json(&verdict);
    verdict.await.expect("404 report.unknown_code");
}

#[tokio::test]
async fn a_request_from_another_site_is_refused() {
    let app = TestApp::on(hezuo_store::testing::sqlite().await);
    let world = world(&app).await;
    let path = world.factory.at("/intake/release");
    let release = || app.post(&path).by(world.factory.officer());
    let foreign = release().header("origin", "https://evil.example");
    foreign.await.expect("403 origin.foreign");
    release()
        .header("origin", "null")
        .await
        .expect("403 origin.foreign");
    let foreign = release().header("sec-fetch-site", "cross-site");
    foreign.await.expect("403 origin.foreign");
    let foreign = release().header("sec-fetch-site", "same-site");
    foreign.await.expect("403 origin.foreign");
    release()
        .header("origin", "http://hezuo.test")
        .await
        .expect("200");
    release()
        .header("sec-fetch-site", "same-origin")
        .await
        .expect("200");
    release().await.expect("200");
}

#[tokio::test]
async fn a_password_is_not_taken_over_plain_http_from_afar() {
    let app = TestApp::on(hezuo_store::testing::sqlite().await);
    let settings = Settings {
        loopback_only_logins: true,
        ..Settings::default()
    };
    let router = app.router_with(settings);
    let body = json!({"login": "nobody", "password": "three quiet looms"});
    let log_in = |peer: &str| {
        Call::new(router.clone(), Method::POST, "/api/v1/session")
            .json(&body)
            .peer(peer)
    };
    log_in("192.168.1.7").await.expect("403 session.needs_tls");
    log_in("::ffff:10.0.0.1")
        .await
        .expect("403 session.needs_tls");
    log_in("127.0.0.1")
        .await
        .expect("401 session.wrong_password");
    log_in("::1").await.expect("401 session.wrong_password");
    let redeem = json!({"code": "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA", "password": "three quiet looms"});
    let redeem = Call::new(router, Method::POST, "/api/v1/session/redeem").json(&redeem);
    redeem
        .peer("192.168.1.7")
        .await
        .expect("403 session.needs_tls");
}

/// A web app that was built: its manifest names a script and two styles.
struct Built;

impl hezuo_api::Files for Built {
    fn get(&self, path: &str) -> Option<std::borrow::Cow<'static, [u8]>> {
        let manifest = br#"{"src/report/main.ts": {"file": "main-1.js"},
            "src/report/report.css": {"file": "report-1.css"},
            "src/report/plain.css": {"file": "plain-1.css"}}"#;
        (path == "report/manifest.json").then(|| manifest.as_slice().into())
    }
}

#[tokio::test]
async fn over_plain_http_from_afar_the_report_page_is_the_plain_form() {
    let app = TestApp::on(hezuo_store::testing::sqlite().await);
    let world = world(&app).await;
    let path = format!("/r/{}", world.factory.codes[0]);
    let page = async |loopback_only_logins: bool, peer: &str| {
        let settings = Settings {
            loopback_only_logins,
            ..Settings::default()
        };
        let app = std::sync::Arc::clone(&app.app);
        let state = hezuo_api::ApiState::new(app, settings, std::sync::Arc::new(Built));
        let router = hezuo_api::router(state);
        let page = Call::new(router, Method::GET, &path).peer(peer).await;
        page.expect("200").text()
    };
    for (plain_http, peer) in [(true, "127.0.0.1"), (false, "192.168.1.7")] {
        let page = page(plain_http, peer).await;
        assert!(page.contains("main-1.js"), "{plain_http} {peer}");
    }
    let plain = page(true, "192.168.1.7").await;
    assert!(!plain.contains("main-1.js"), "no script");
    assert!(plain.contains("report-1.css") && plain.contains("plain-1.css"));
    assert!(
        !plain.contains("<noscript>"),
        "what differs is shown, not hidden"
    );
}

#[tokio::test]
async fn our_own_failure_shows_a_request_id_and_nothing_else() {
    let app = TestApp::on(hezuo_store::testing::sqlite().await);
    let world = world(&app).await;
    app.fresh.tamper("DROP TABLE case_attachment").await;
    let path = world.factory.at("/cases");
    let failed = app.get(&path).by(world.factory.officer()).await;
    let problem = failed.clone().expect("500 internal").json();
    let id = problem["request_id"].as_str().expect("a request id");
    assert_eq!(id.len(), 32);
    let text = failed.text().to_lowercase();
    for leak in ["case_attachment", "sqlite", "select", "table", "rust"] {
        assert!(!text.contains(leak), "{text}");
    }
    let in_chinese = app.get(&path).by(world.factory.officer());
    let in_chinese = in_chinese.header("accept-language", "zh-CN").await.json();
    assert_ne!(problem["detail"], in_chinese["detail"]);
    app.get("/api/v1/nothing").await.expect("404");
    assert_eq!(app.get("/nothing").await.status, 404);
    let wrong_method = app.call(Method::DELETE, "/api/v1/reports").await;
    assert_eq!(wrong_method.status, 405);
}
