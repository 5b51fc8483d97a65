//! The feed of one enterprise: who is let in, what a page holds, and that pages go on to the end.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hezuo_api::Settings;
use hezuo_app::intake::Release;
use hezuo_domain::feed::Table;
use hezuo_store::on_both_databases;
use hezuo_store::testing::Fresh;
use hezuo_testkit::{Answer, Call, Factory, TestApp, World, report, world};
use serde_json::{Value, json};

use crate::scim;

/// An application whose sessions outlive the days of a test.
pub(crate) fn awake(fresh: Fresh) -> TestApp {
    TestApp::changed(fresh, |app| {
        app.release = Release::OnAsk;
        app.sessions.longest_seconds = 30 * 86_400;
        app.sessions.idle_computer_seconds = 30 * 86_400;
        app.sessions.idle_phone_seconds = 30 * 86_400;
    })
}

/// A key for a feed.
async fn key(app: &TestApp, factory: &Factory) -> (String, String) {
    let body = json!({"name": "Power BI", "scopes": ["feed"], "last_day": "2026-03-20"});
    let made = app
        .post(&factory.at("/device-keys"))
        .by(factory.administrator())
        .json(&body)
        .await;
    let made = made.expect("201").json();
    let text = |name: &str| made[name].as_str().expect("a text").to_owned();
    (text("id"), text("key"))
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// A factory with reports of two days, both of which are over.
async fn grown(app: &TestApp) -> World {
    let world = Box::pin(world(app)).await;
    for number in 0..23 {
        if number == 12 {
            app.clock.advance_seconds(86_400);
        }
        let mut sent = report(&world.factory.codes[0], "named", number);
        if number % 5 == 0 {
            sent.body["category"] = json!("electric");
        }
        app.post("/api/v1/reports")
            .json(&sent.body)
            .await
            .expect("201");
    }
    app.clock.advance_seconds(86_400);
    world
}

/// Follows the links from a path to the last page.
async fn all(app: &TestApp, factory: &Factory, path: &str, size: usize) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut next = Some(factory.at(&format!("/odata/{path}")));
    let mut pages = 0;
    while let Some(path) = next.take() {
        let page = app
            .get(&path)
            .by(factory.officer())
            .header("prefer", &format!("odata.maxpagesize={size}"))
            .await
            .ok();
        let values = page["value"].as_array().expect("values");
        assert!(values.len() <= size);
        rows.extend(values.iter().cloned());
        let link = page["@odata.nextLink"].as_str();
        next = link.map(|it| {
            it.strip_prefix("http://hezuo.test")
                .expect("a whole address")
                .to_owned()
        });
        pages += 1;
        assert!(pages < 200, "pages without end");
    }
    rows
}

fn texts(rows: &[Value], name: &str) -> Vec<String> {
    rows.iter()
        .map(|row| row[name].as_str().unwrap_or_default().to_owned())
        .collect()
}

fn refused(answer: &Answer, status: u16, code: &str) -> String {
    let body = answer.json();
    assert_eq!(
        (answer.status.as_u16(), &body["error"]["code"]),
        (status, &json!(code)),
        "{body}"
    );
    assert_eq!(answer.header("odata-version"), "4.0");
    body["error"]["message"]
        .as_str()
        .expect("a message")
        .to_owned()
}

on_both_databases! {
    async fn pages_of_a_feed_hold_every_row_once(fresh) {
        let app = awake(fresh);
        let world = grown(&app).await;
        let factory = &world.factory;
        let whole = all(&app, factory, "Cases", 1_000).await;
        assert_eq!(whole.len(), 23);
        let keys: Vec<_> = texts(&whole, "reported_day").into_iter().zip(texts(&whole, "id")).collect();
        assert!(keys.is_sorted(), "by day, and within a day by the random id");
        for size in [1, 4, 22, 23, 24] {
            assert_eq!(all(&app, factory, "Cases", size).await, whole, "{size}");
        }
        for table in ["Steps", "Tallies"] {
            let whole = all(&app, factory, table, 1_000).await;
            assert!(whole.len() > 4, "{table}");
            assert_eq!(all(&app, factory, table, 3).await, whole, "{table}");
        }
        // The options go along, and an empty page is not the last one.
        let day = "2026-03-11";
        let of_day = all(&app, factory, &format!("Cases?$filter=reported_day%20eq%20{day}"), 3).await;
        assert_eq!(of_day.len(), 11);
        let electric = all(&app, factory, "Cases?$filter=category+eq+'electric'&$select=id,category", 2).await;
        assert_eq!(electric.len(), 5);
        assert!(electric.iter().all(|row| row.as_object().is_some_and(|row| row.len() == 2)));
        assert!(all(&app, factory, "Cases?$filter=category eq 'fire'".replace(' ', "%20").as_str(), 5).await.is_empty());
        let top = all(&app, factory, "Cases?$top=7", 3).await;
        assert_eq!(top, whole[..7]);
        assert!(all(&app, factory, "Cases?$top=0", 3).await.is_empty());
    }

    async fn a_feed_is_what_odata_and_its_rules_say(fresh) {
        let app = awake(fresh);
        let world = grown(&app).await;
        let factory = &world.factory;
        let get = |path: &str| app.get(&factory.at(&format!("/odata{path}"))).by(factory.officer());
        let base = format!("http://hezuo.test{}", factory.at("/odata"));
        for path in ["", "/"] {
            let service = get(path).await;
            assert_eq!(service.header("odata-version"), "4.0");
            assert_eq!(service.header("cache-control"), "no-store");
            let service = service.ok();
            assert_eq!(service["@odata.context"], format!("{base}/$metadata"));
            assert_eq!(texts(service["value"].as_array().expect("sets"), "url"), ["Cases", "Steps", "Tallies", "Projects"]);
        }
        let metadata = get("/$metadata").await.expect("200").text();
        for table in Table::OF_ONE {
            for column in table.columns() {
                let property = format!("<Property Name=\"{}\" Type=\"Edm.", column.name);
                assert!(metadata.contains(&property), "{property}");
            }
        }
        let page = get("/Cases?$count=true&$select=id,kind,reported_day").await;
        assert!(page.header("content-type").starts_with("application/json;odata.metadata=minimal"));
        let page = page.ok();
        assert_eq!(page["@odata.count"], 23);
        assert_eq!(page["@odata.context"], format!("{base}/$metadata#Cases(id,kind,reported_day)"));
        assert_eq!(page["value"][0]["kind"], "hazard");

        let whole = get("/Cases").await;
        let text = whole.text();
        for never in ["李红", "Li Hong", "guard of the press", "named", "worker"] {
            assert!(!text.contains(never), "{never}");
        }
        let first = whole.ok()["value"][0].clone();
        for (at, column) in Table::Cases.columns().iter().enumerate() {
            assert!(first.get(column.name).is_some(), "{at} {}", column.name);
        }
        // Counts are those of the rows, and none is about people.
        for (filter, n) in [("", 23), ("?$filter=reported_day%20le%202026-03-10", 12),
            ("?$filter=reported_day%20gt%202026-03-10", 11), ("?$filter=reported_day%20gt%202026-03-11", 0)] {
            let counted = get(&format!("/Cases/$count{filter}")).await.expect("200").text();
            assert_eq!(counted, n.to_string(), "{filter}");
        }
        let tallies = all(&app, factory, "Tallies", 1_000).await;
        let measures = texts(&tallies, "measure");
        assert!(measures.iter().any(|it| it == "reported"));
        assert!(!measures.iter().any(|it| it == "spoken" || it == "found_by"));

        // A day that is not over is not told.
        let sent = report(&factory.codes[0], "named", 99);
        app.post("/api/v1/reports").json(&sent.body).await.expect("201");
        assert_eq!(all(&app, factory, "Cases", 1_000).await.len(), 23);
        assert_eq!(get("/Cases/$count").await.expect("200").text(), "23");
        assert_eq!(all(&app, factory, "Tallies", 1_000).await.len(), tallies.len());
        app.clock.advance_seconds(86_400);
        assert_eq!(all(&app, factory, "Cases", 1_000).await.len(), 24);
    }

    async fn what_a_feed_does_not_offer_is_refused_in_plain_words(fresh) {
        let app = awake(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        for (path, status, code) in [
            ("/Cases?$filter=kind%20eq%20'a'%20or%20kind%20eq%20'b'", 400, "feed.filter"),
            ("/Cases?$filter=contains(kind,'a')", 400, "feed.filter"),
            ("/Cases?$filter=finder%20eq%20'worker'", 400, "feed.column"),
            ("/Cases?$select=id,text", 400, "feed.column"),
            ("/Cases?$orderby=id", 400, "feed.option"),
            ("/Cases?$skip=10", 400, "feed.option"),
            ("/Cases?$top=-1", 400, "feed.option"),
            ("/Cases?$top=1&$top=2", 400, "feed.option"),
            ("/Cases?$expand=Steps", 400, "feed.option"),
            ("/Cases?$skiptoken=x", 400, "feed.token"),
            ("/Cases?$count=true&$filter=level%20eq%201", 400, "feed.count"),
            ("/Steps?$count=true", 400, "feed.count"),
            ("/Cases/$count?$filter=kind%20eq%20'hazard'", 400, "feed.count"),
            ("/Cases/$count?$filter=danger%20eq%20true", 400, "feed.count"),
            ("/People", 404, "not_found"),
            ("/Tallies/$count", 404, "not_found"),
        ] {
            let call = || app.get(&factory.at(&format!("/odata{path}"))).by(factory.officer());
            let english = refused(&call().await, status, code);
            let chinese = refused(&call().header("accept-language", "zh-CN").await, status, code);
            assert!(english.is_ascii() || english.contains('’'), "{english}");
            assert!(chinese.contains('。') && chinese != english, "{chinese}");
        }
    }

    async fn a_key_for_the_feed_opens_the_feed_of_its_enterprise_and_nothing_else(fresh) {
        let app = awake(fresh);
        let world = grown(&app).await;
        let factory = &world.factory;
        let (id, key) = key(&app, factory).await;
        let feed = factory.at("/odata/Cases");
        let with = |path: &str, header: &str| app.get(path).header("authorization", header);
        for header in [format!("Bearer {key}"), basic("anything", &key), basic("", &key)] {
            let page = with(&feed, &header).await.ok();
            assert_eq!(page["value"].as_array().expect("values").len(), 23);
        }
        let elsewhere = with(&world.other.at("/odata/Cases"), &basic("x", &key)).await;
        refused(&elsewhere, 404, "not_found");
        let other = with(&factory.at("/cases"), &format!("Bearer {key}")).await;
        assert_eq!(other.status, 401);
        assert_eq!(with("/scim/v2/Users", &format!("Bearer {key}")).await.status, 403);
        let (_, for_logins) = scim::key(&app, factory).await;
        refused(&with(&feed, &format!("Bearer {for_logins}")).await, 403, "forbidden");
        // A person's password is no key.
        let officer = &factory.officer().caller.login;
        for header in [basic(officer, hezuo_testkit::PASSWORD), "Basic %".into(), "Digest x".into(), basic("x", "hz_1")] {
            let answer = with(&feed, &header).await;
            refused(&answer, 401, "device_key.unknown");
            assert!(answer.header("www-authenticate").starts_with("Basic "));
        }
        let nobody = app.get(&feed).await;
        refused(&nobody, 401, "session.expired");
        assert!(nobody.header("www-authenticate").starts_with("Basic "), "Excel waits to be asked");

        // Over plain http from elsewhere neither is taken.
        let settings = Settings { loopback_only_logins: true, ..Settings::default() };
        let plain = Call::new(app.router_with(settings), axum::http::Method::GET, &feed);
        let plain = plain.header("authorization", &basic("x", &key)).peer("203.0.113.9").await;
        refused(&plain, 403, "session.needs_tls");

        let path = factory.at(&format!("/device-keys/{id}"));
        app.call(axum::http::Method::DELETE, &path).by(factory.administrator()).await.expect("204");
        refused(&with(&feed, &format!("Bearer {key}")).await, 401, "device_key.unknown");
    }
}
