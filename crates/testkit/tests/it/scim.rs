//! Keys for machines, and a directory of people that uses one: what it may do, and what it must not.

use axum::http::Method;
use hezuo_domain::people::Role;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Answer, Factory, START, TestApp, world};
use serde_json::{Value, json};

const DAY: i64 = 24 * 3600;

/// A key of a factory's administrator.
pub(crate) async fn key(app: &TestApp, factory: &Factory) -> (String, String) {
    let body = json!({"name": "directory", "scopes": ["scim"], "last_day": "2026-03-20"});
    let path = factory.at("/device-keys");
    let made = app
        .post(&path)
        .by(factory.administrator())
        .json(&body)
        .await;
    let made = made.expect("201").json();
    let text = |name: &str| made[name].as_str().expect("a text").to_owned();
    (text("id"), text("key"))
}

struct Directory<'a> {
    app: &'a TestApp,
    key: String,
}

impl Directory<'_> {
    async fn call(&self, method: Method, path: &str, body: Value) -> Answer {
        let call = self.app.call(method, &format!("/scim/v2{path}"));
        let call = call.header("authorization", &format!("Bearer {}", self.key));
        let answer = match body {
            Value::Null => call.await,
            body => call.json(&body).await,
        };
        if answer.status != 204 {
            assert_eq!(answer.header("content-type"), "application/scim+json");
        }
        answer
    }

    async fn get(&self, path: &str) -> Value {
        self.call(Method::GET, path, Value::Null).await.ok()
    }

    /// Insists on a refusal: its status and what the standard calls it.
    async fn refused(&self, method: Method, path: &str, body: Value, wanted: &str) {
        let answer = self.call(method, path, body.clone()).await;
        let said = answer.json();
        let got = format!(
            "{} {}",
            said["status"].as_str().unwrap_or_default(),
            said["scimType"].as_str().unwrap_or("-")
        );
        assert_eq!(got, wanted, "{path} {body}: {said}");
        assert_eq!(said["status"].as_str(), Some(answer.status.as_str()));
    }
}

fn patch(op: &str, path: &str, value: &Value) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": op, "path": path, "value": value}]})
}

async fn roles_of(app: &TestApp, factory: &Factory, login: &str) -> Vec<String> {
    let users = app
        .get(&factory.at("/users"))
        .by(factory.administrator())
        .await
        .ok();
    let users = users["items"].as_array().expect("users").clone();
    let user = users
        .iter()
        .find(|it| it["login"] == login)
        .expect("a login");
    let roles = user["roles"].as_array().expect("roles").iter();
    let mut roles: Vec<String> = roles
        .map(|it| it["role"].as_str().expect("a role").to_owned())
        .collect();
    roles.sort();
    roles
}

on_both_databases! {
    async fn a_key_is_shown_once_works_until_its_day_and_is_ended_at_once(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let (id, text) = key(&app, factory).await;
        let ask = |key: String| {
            let call = app.get("/scim/v2/Users").header("authorization", &format!("Bearer {key}"));
            async { call.await.status.as_u16() }
        };
        let dump = app.fresh.dump().await.join("\n").to_lowercase();
        let secret = text.split('_').nth(2).expect("a secret");
        assert!(!dump.contains(secret), "the key itself is stored nowhere");
        let keys = app.get(&factory.at("/device-keys")).by(factory.administrator()).await.ok();
        assert_eq!((keys["items"].as_array().map(Vec::len), &keys["items"][0]["used_day"]),
            (Some(1), &Value::Null));
        assert!(!keys.to_string().contains(secret));

        assert_eq!(ask(text.clone()).await, 200);
        let keys = app.get(&factory.at("/device-keys")).by(factory.administrator()).await.ok();
        assert_eq!(keys["items"][0]["used_day"], "2026-03-10");
        // What is guessed, changed, cut off or of another factory is one and the same.
        let (_, foreign) = key(&app, &world.other).await;
        let mixed = format!("{}_{}", text.rsplit_once('_').expect("parts").0,
            foreign.rsplit('_').next().expect("a check"));
        for wrong in [String::new(), "hz_".to_owned(), text[..60].to_owned(), mixed,
            text.to_uppercase(), format!("{text} "), format!("hz_{}", "0".repeat(106))] {
            let got = ask(wrong.clone()).await;
            assert_eq!(got, if wrong.trim() == text { 200 } else { 401 }, "{wrong:?}");
        }
        // A key opens nothing that a person opens, and a session nothing that a key opens.
        let bearer = format!("Bearer {text}");
        for path in [factory.at("/users"), factory.at("/cases"), "/api/v1/session".to_owned(),
            factory.at("/device-keys")] {
            app.get(&path).header("authorization", &bearer).await.expect("401 session.expired");
        }
        let got = app.get("/scim/v2/Users").by(factory.administrator()).await;
        assert_eq!((got.status.as_u16(), got.header("www-authenticate")), (401, "Bearer"));

        app.clock.set(START.plus_seconds(10 * DAY));
        assert_eq!(ask(text.clone()).await, 200, "on its last day");
        app.clock.set(START.plus_seconds(11 * DAY));
        assert_eq!(ask(text.clone()).await, 401, "and not after it");
        app.clock.set(START);
        assert_eq!(ask(text.clone()).await, 200);
        let path = factory.at(&format!("/device-keys/{id}"));
        let end = || app.call(Method::DELETE, &path).by(factory.administrator());
        end().await.expect("204");
        end().await.expect("204");
        assert_eq!(ask(text).await, 401);
        // The representative has been told of both, once.
        let path = factory.at("/account-events");
        let events = app.get(&path).by(factory.by(Role::WorkerRepresentative)).await.ok();
        let acts: Vec<_> = events["items"].as_array().expect("items").iter()
            .map(|it| it["act"].as_str().expect("an act")).collect();
        assert_eq!(acts.iter().filter(|it| **it == "key_made").count(), 1);
        assert_eq!(acts.iter().filter(|it| **it == "key_ended").count(), 1);
    }

    async fn a_directory_makes_finds_names_and_locks_logins(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let (_, key) = key(&app, factory).await;
        let directory = Directory { app: &app, key };
        let said = json!({"userName": "Lin.Xia", "externalId": "e-1", "title": "Weaver",
            "name": {"familyName": "Lin", "givenName": "Xia"}, "password": "ignored entirely"});
        let made = directory.call(Method::POST, "/Users", said.clone()).await;
        assert_eq!(made.status, 201);
        let made = made.json();
        assert_eq!((made["userName"].as_str(), made["displayName"].as_str()),
            (Some("lin.xia"), Some("Lin Xia")));
        directory.refused(Method::POST, "/Users", said, "409 uniqueness").await;
        let id = made["id"].as_str().expect("an id");
        let path = format!("/Users/{id}");
        for filter in ["userName%20eq%20%22LIN.XIA%22", "externalId%20eq%20%22e-1%22%20and%20active%20eq%20true"] {
            let found = directory.get(&format!("/Users?filter={filter}")).await;
            assert_eq!((&found["totalResults"], &found["Resources"][0]["id"]), (&json!(1), &json!(id)));
        }
        directory.refused(Method::GET, "/Users?filter=userName%20sw%20%22l%22", Value::Null,
            "400 invalidFilter").await;
        let first = directory.get("/Users?startIndex=2&count=3&attributes=userName").await;
        assert_eq!((&first["startIndex"], &first["itemsPerPage"]), (&json!(2), &json!(3)));
        assert!(first["Resources"][0]["displayName"].is_null());

        // It has no role and no password: whoever it is comes through a provider or by an invitation.
        assert_eq!(roles_of(&app, factory, "lin.xia").await, Vec::<String>::new());
        directory.refused(Method::PUT, &path, json!({"userName": "other.name"}), "400 mutability").await;
        let named = patch("replace", "name.formatted", &json!("Lin Xiaoxia"));
        let named = directory.call(Method::PATCH, &path, named).await.ok();
        assert_eq!((named["displayName"].as_str(), named["title"].as_str()),
            (Some("Lin Xiaoxia"), Some("Weaver")));

        // The end of a login is the end of its sessions.
        let member = factory.member();
        let filter = format!("/Users?filter=userName%20eq%20%22{}%22", member.caller.login);
        let found = directory.get(&filter).await;
        let other = format!("/Users/{}", found["Resources"][0]["id"].as_str().expect("an id"));
        app.get("/api/v1/session").by(member).await.expect("200");
        let locked = patch("Replace", "active", &json!("False"));
        directory.call(Method::PATCH, &other, locked).await.expect("200");
        app.get("/api/v1/session").by(member).await.expect("401 session.expired");
        directory.call(Method::PATCH, &other, patch("replace", "active", &json!(true))).await.expect("200");

        directory.call(Method::DELETE, &path, Value::Null).await.expect("204");
        directory.refused(Method::GET, &path, Value::Null, "404 -").await;
        directory.refused(Method::DELETE, &path, Value::Null, "404 -").await;
        let persons = app.get(&factory.at("/persons")).by(factory.administrator()).await.ok();
        assert!(persons.to_string().contains("Lin Xiaoxia"), "the person stays");
        let back = directory.call(Method::POST, "/Users", json!({"userName": "lin.xia"})).await;
        assert_eq!((back.status.as_u16(), &back.json()["id"]), (201, &json!(id)));
    }

    async fn a_group_gives_and_takes_a_role_and_never_that_of_a_representative(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let (_, key) = key(&app, factory).await;
        let directory = Directory { app: &app, key };
        let made = directory.call(Method::POST, "/Users", json!({"userName": "lin.xia"})).await;
        let made = made.json();
        let (id, login) = (made["id"].clone(), "lin.xia");
        let member = json!([{"value": id}]);
        let group = json!({"displayName": "Safety Officer", "members": member});
        let safety = directory.call(Method::POST, "/Groups", group).await.ok();
        let safety = format!("/Groups/{}", safety["id"].as_str().expect("an id"));
        assert_eq!(roles_of(&app, factory, login).await, ["safety_officer"]);
        let team = directory.call(Method::POST, "/Groups", json!({"displayName": "eit_member"})).await.ok();
        let team = format!("/Groups/{}", team["id"].as_str().expect("an id"));
        directory.call(Method::PATCH, &team, patch("add", "members", &member)).await.expect("200");
        assert_eq!(roles_of(&app, factory, login).await, ["eit_member", "safety_officer"]);
        let seen = directory.get(&format!("/Users/{}", id.as_str().expect("an id"))).await;
        assert_eq!(seen["groups"].as_array().map(Vec::len), Some(2));
        let leave = format!("members[value eq {id}]");
        directory.call(Method::PATCH, &team, patch("remove", &leave, &Value::Null)).await.expect("200");
        assert_eq!(roles_of(&app, factory, login).await, ["safety_officer"]);
        directory.call(Method::PATCH, &team, patch("add", "members", &member)).await.expect("200");

        // A second group for the same role would take what the first gives.
        directory.refused(Method::POST, "/Groups", json!({"displayName": "EIT Member"}), "409 uniqueness").await;
        for name in ["worker_representative", "Worker Representative"] {
            directory.refused(Method::POST, "/Groups", json!({"displayName": name, "members": member}),
                "403 -").await;
            directory.refused(Method::PUT, &team, json!({"displayName": name}), "403 -").await;
        }
        // What must not be held together is not, whoever says so.
        let bosses = json!({"displayName": "manager", "members": member});
        directory.refused(Method::POST, "/Groups", bosses, "409 -").await;
        assert_eq!(roles_of(&app, factory, login).await, ["eit_member", "safety_officer"]);

        // Who goes leaves all groups at once.
        directory.call(Method::DELETE, &format!("/Users/{}", id.as_str().expect("an id")), Value::Null)
            .await.expect("204");
        assert_eq!(roles_of(&app, factory, login).await, Vec::<String>::new());
        assert!(directory.get(&safety).await["members"].is_null());
        directory.call(Method::DELETE, &safety, Value::Null).await.expect("204");
        let events = app.get(&factory.at("/account-events")).by(factory.administrator()).await.ok();
        let told = events["items"].as_array().expect("items").iter()
            .filter(|it| it["act"] == "gain" || it["act"] == "lose");
        assert_eq!(told.count(), 6, "{events}");
    }

    async fn a_directory_does_nothing_to_who_reads_confidences_nor_to_other_factories(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let (_, key) = key(&app, factory).await;
        let directory = Directory { app: &app, key };
        let representative = factory.by(Role::WorkerRepresentative);
        let path = format!("/Users/{}", representative.user);
        let name = representative.caller.login.as_str();
        directory.refused(Method::DELETE, &path, Value::Null, "403 -").await;
        directory.refused(Method::PATCH, &path, patch("replace", "active", &json!(false)), "403 -").await;
        directory.refused(Method::PUT, &path, json!({"userName": name, "active": false}), "403 -").await;
        directory.refused(Method::PUT, &path, json!({"userName": name, "displayName": "X"}), "403 -").await;
        app.get("/api/v1/session").by(representative).await.expect("200");
        // Nor to the last one who keeps logins.
        let path = format!("/Users/{}", factory.administrator().user);
        directory.refused(Method::DELETE, &path, Value::Null, "409 -").await;

        let foreign = world.other.member();
        let path = format!("/Users/{}", foreign.user);
        for (method, body) in [(Method::GET, Value::Null), (Method::DELETE, Value::Null),
            (Method::PUT, json!({"userName": "x.y"})), (Method::PATCH, patch("remove", "title", &Value::Null))] {
            directory.refused(method, &path, body, "404 -").await;
        }
        let group = json!({"displayName": "eit_member", "members": [{"value": foreign.user}]});
        directory.refused(Method::POST, "/Groups", group, "400 invalidValue").await;
        let all = directory.get("/Users?count=500").await;
        assert!(!all.to_string().contains(&foreign.user.to_string()));
        // A login name of another factory is taken, and nothing about it is told.
        let taken = json!({"userName": foreign.caller.login});
        directory.refused(Method::POST, "/Users", taken, "409 uniqueness").await;
        // In a factory no group reaches beyond it.
        let made = directory.call(Method::POST, "/Users", json!({"userName": "lin.xia"})).await.ok();
        let inspectors = json!({"displayName": "inspector", "members": [{"value": made["id"]}]});
        directory.call(Method::POST, "/Groups", inspectors).await.expect("201");
        let users = app.get(&factory.at("/users")).by(factory.administrator()).await.ok();
        let made = users["items"].as_array().expect("users").iter()
            .find(|it| it["login"] == "lin.xia").expect("a login").clone();
        assert_eq!(made["roles"][0]["place_kind"], "enterprise");
        for (path, body) in [("/Users", json!([])), ("/Users", json!({})), ("/Groups", json!({"members": []}))] {
            let answer = directory.call(Method::POST, path, body).await;
            assert_eq!(answer.status, 400, "{path}");
        }
        let nowhere = directory.call(Method::GET, "/Nothing", Value::Null).await;
        assert_eq!(nowhere.status, 404);
    }
}
