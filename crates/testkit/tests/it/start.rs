//! From an empty database to a factory that works: the link, the steps, the list of people.

use hezuo_app::start;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Answer, Call, TestApp, report};
use serde_json::{Value, json};

use crate::operations::form;

const PASSWORD: &str = "three quiet looms";

async fn code(app: &TestApp) -> String {
    let link = start::link(&app.app).await.expect("it can be made");
    link.expect("nobody is there").code()
}

fn come_in(app: &TestApp, code: &str) -> Call {
    app.post("/api/v1/start")
        .json(&json!({"code": code, "name": "Shen Jie",
        "login": " Shen.Jie ", "password": PASSWORD, "locale": "en"}))
}

/// The factory of the first administrator, as its pages see it.
struct First {
    app: TestApp,
    cookie: String,
    base: String,
    enterprise: String,
}

impl First {
    async fn on(fresh: hezuo_store::testing::Fresh) -> Self {
        let app = TestApp::on(fresh);
        let answer = come_in(&app, &code(&app).await).await.expect("200");
        let cookie = cookie(&answer);
        let enterprise = answer.json()["home"]["id"]
            .as_str()
            .expect("an id")
            .to_owned();
        let base = format!("/api/v1/enterprises/{enterprise}");
        Self {
            app,
            cookie,
            base,
            enterprise,
        }
    }

    fn by(&self, call: Call) -> Call {
        call.header("cookie", &self.cookie)
    }

    fn get(&self, path: &str) -> Call {
        self.by(self.app.get(&format!("{}{path}", self.base)))
    }

    fn post(&self, path: &str, body: &Value) -> Call {
        self.by(self.app.post(&format!("{}{path}", self.base)))
            .json(body)
    }

    fn put(&self, path: &str, body: &Value) -> Call {
        self.by(self.app.put(&format!("{}{path}", self.base)))
            .json(body)
    }

    async fn next(&self) -> Value {
        self.get("/start").await.ok()["next"].clone()
    }

    async fn list(&self, trial: bool, text: &str) -> Value {
        let path = format!("{}/persons/list?dry_run={trial}", self.base);
        form(self.by(self.app.post(&path)), text).await.ok()
    }
}

fn cookie(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie");
    cookie.split(';').next().expect("a cookie").to_owned()
}

on_both_databases! {
    async fn a_link_is_used_once_and_ends_with_the_next_one(fresh) {
        let app = TestApp::on(fresh);
        let first = code(&app).await;
        let second = code(&app).await;
        come_in(&app, &first).await.expect("404 start.unusable");
        come_in(&app, "").await.expect("404 start.unusable");
        app.clock.advance_seconds(24 * 3_600 + 1);
        come_in(&app, &second).await.expect("404 start.unusable");
        let third = code(&app).await;
        let weak = json!({"code": third, "name": "Shen Jie", "login": "shen.jie",
            "password": "1234567890", "locale": "en"});
        let refused = app.post("/api/v1/start").json(&weak).await;
        refused.expect("422 session.password_common at password");
        let session = come_in(&app, &third.to_lowercase().replace('-', " ")).await.expect("200");
        assert_eq!(session.json()["roles"][0]["role"], "administrator");
        come_in(&app, &third).await.expect("404 start.unusable");
        assert!(start::link(&app.app).await.expect("it answers").is_none(), "somebody is there");
        let again = json!({"login": "shen.jie", "password": PASSWORD});
        app.post("/api/v1/session").json(&again).await.expect("200");
    }

    async fn two_who_come_in_at_once_are_one(fresh) {
        let app = TestApp::on(fresh);
        let code = code(&app).await;
        let (one, other) = tokio::join!(come_in(&app, &code), come_in(&app, &code));
        let mut outcomes = [one.outcome(), other.outcome()];
        outcomes.sort();
        assert_eq!(outcomes, ["200", "404 start.unusable"]);
    }

    async fn the_steps_follow_from_what_the_factory_has(fresh) {
        let first = First::on(fresh).await;
        assert_eq!(first.next().await, "factory");
        let profile = json!({"name": " Nanxun Looms ", "credit_code": "91330500MA28C1A11X",
            "region_code": "330503", "time_zone": "Asia/Shanghai"});
        let warned = first.put("", &profile).await.ok();
        assert_eq!(warned["warnings"], json!(["enterprise.credit_code_check"]), "it warns only");
        let nowhere = json!({"name": "Looms", "time_zone": "Moon/Crater"});
        first.put("", &nowhere).await.expect("422 enterprise.zone_unknown at time_zone");
        assert_eq!(first.get("/start").await.ok()["profile"]["name"], "Nanxun Looms");
        assert_eq!(first.next().await, "areas");

        let site = first.post("/sites", &json!({"name": "Works"})).await.ok();
        let area = json!({"site_id": site["id"], "kind": "area", "name": "Weaving"});
        let area = first.post("/areas", &area).await.ok();
        assert_eq!(first.next().await, "areas", "nobody said how many work there");
        let heads = format!("/areas/{}/heads", area["id"].as_str().expect("an id"));
        first.put(&heads, &json!({"heads": 24})).await.expect("204");
        assert_eq!(first.next().await, "persons");

        first.list(false, "姓名,车间\n王伟,Weaving\n李娜,Weaving\n").await;
        assert_eq!(first.next().await, "team");
        let persons = first.get("/persons").await.ok();
        for (at, role) in ["eit_leader", "eit_secretary"].iter().enumerate() {
            let role = json!({"role": role, "place_kind": "enterprise",
                "place_key": first.enterprise});
            let user = json!({"person_id": persons["items"][at]["id"], "login": format!("eit-{at}"),
                "locale": "zh-CN", "roles": [role]});
            first.post("/users", &user).await.expect("201");
        }
        assert_eq!(first.next().await, "labels");
        first.post("/labels/hung", &json!({})).await.expect("204");
        assert_eq!(first.next().await, "report");
        assert_eq!(first.get("/start").await.ok()["profile"]["emergency_phone"], "");

        let places = first.get("/places").await.ok();
        let url = places["sites"][0]["areas"][0]["report_url"].as_str().expect("an address");
        let sent = report(url.rsplit('/').next().expect("a code"), "named", 1);
        first.app.post("/api/v1/reports").json(&sent.body).await.expect("201");
        let standing = first.get("/start").await.ok();
        assert_eq!((&standing["reported"], &standing["next"]), (&json!(true), &json!("report")));
        let zone = json!({"name": "Looms", "time_zone": "Asia/Tokyo"});
        first.put("", &zone).await.expect("409 enterprise.zone_fixed at time_zone");

        // The administrator takes a part in the team, and answers.
        let me = first.by(first.app.get("/api/v1/session")).await.ok();
        let roles: Vec<Value> = ["administrator", "safety_officer"].iter().map(|role| {
            json!({"role": role, "place_kind": "enterprise", "place_key": first.enterprise})
        }).collect();
        let path = format!("/users/{}/roles", me["user_id"].as_str().expect("an id"));
        first.put(&path, &json!({"roles": roles})).await.expect("204");
        let cases = first.get("/cases").await.ok();
        let case = &cases["items"][0];
        let decline = json!({"id": "6a1f7c9e-0f3b-4c57-9d5e-3f1f0c2b7a11", "version": 1,
            "client": "desk", "action": {"type": "decline", "answer": "This was a test."}});
        let path = format!("/cases/{}/actions", case["id"].as_str().expect("an id"));
        first.post(&path, &decline).await.expect("200");
        assert_eq!(first.next().await, Value::Null);
    }

    async fn a_list_of_people_is_tried_and_then_taken_over(fresh) {
        let first = First::on(fresh).await;
        let text = "员工花名册,,,\n序号,姓名,工号,岗位\n1,王伟,1001,织布工\n2,李娜,1002,\n3,,1003,\n4,赵强,1001,\n";
        let tried = first.list(true, text).await;
        assert_eq!(
            (&tried["rows"], &tried["added"], &tried["failed"], &tried["dry_run"]),
            (&json!(4), &json!(2), &json!(2), &json!(true))
        );
        assert_eq!(tried["errors"][0], json!({"row": 5, "field": "name",
            "code": "import.row.missing", "value": ""}));
        assert_eq!(tried["errors"][1]["code"], "import.row.taken");
        let before = first.get("/persons").await.ok();
        assert_eq!(before["items"].as_array().map(Vec::len), Some(1), "only the administrator");
        first.list(false, text).await;
        let again = first.list(false, text).await;
        assert_eq!((&again["added"], &again["known"]), (&json!(0), &json!(2)));
        let after = first.get("/persons").await.ok();
        assert_eq!(after["items"].as_array().map(Vec::len), Some(3));
        let unknown = first.list(true, "姓名,车间\n孙丽,食堂\n").await;
        assert_eq!(unknown["unknown_areas"], json!(["食堂"]));
        let path = format!("{}/persons/list", first.base);
        let nameless = form(first.by(first.app.post(&path)), "岗位,车间\na,b\n").await;
        nameless.expect("422 import.mapping at name");
    }
}
