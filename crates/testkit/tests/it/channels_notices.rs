//! Senders: what arrives at another machine, how it is signed, and what never leaves.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hezuo_app::{jobs, notices};
use hezuo_domain::people::Role;
use hezuo_server::config::Mail;
use hezuo_server::post::Post;
use hezuo_store::on_both_databases;
use hezuo_store::testing::Fresh;
use hezuo_testkit::{Factory, TestApp, plan, report, world};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};

use crate::life::Life;

/// What the report says, and who says it.
pub(crate) const CANARIES: [&str; 2] = ["Kolibri", "李红"];

/// What has arrived.
#[derive(Debug, Clone)]
struct Arrived {
    uri: String,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Arrived {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    fn text(&self) -> String {
        self.json()["text"]["content"]
            .as_str()
            .expect("a text")
            .to_owned()
    }
}

/// Another machine: it keeps what arrives, and answers as it is told.
#[derive(Clone)]
struct Receiver {
    base: String,
    arrived: Arc<Mutex<Vec<Arrived>>>,
    answer: Arc<Mutex<(StatusCode, &'static str)>>,
}

impl Receiver {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let it = Self {
            base: format!("http://{}", listener.local_addr().expect("an address")),
            arrived: Arc::default(),
            answer: Arc::new(Mutex::new((StatusCode::OK, "{\"errcode\":0}"))),
        };
        let router = Router::new().fallback(Self::take).with_state(it.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        it
    }

    #[expect(clippy::unused_async, reason = "the router takes nothing else")]
    async fn take(
        State(it): State<Self>,
        uri: Uri,
        headers: HeaderMap,
        body: Bytes,
    ) -> (StatusCode, [(&'static str, &'static str); 1], &'static str) {
        let header = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
            (
                name.to_string(),
                value.to_str().expect("a header").to_owned(),
            )
        };
        it.arrived.lock().expect("the list").push(Arrived {
            uri: uri.to_string(),
            headers: headers.iter().map(header).collect(),
            body: String::from_utf8(body.to_vec()).expect("text"),
        });
        let (status, answer) = *it.answer.lock().expect("the answer");
        (status, [("location", "/elsewhere")], answer)
    }

    fn answers(&self, status: u16, body: &'static str) {
        let status = StatusCode::from_u16(status).expect("a status");
        *self.answer.lock().expect("the answer") = (status, body);
    }

    /// What has arrived since the last look.
    fn taken(&self) -> Vec<Arrived> {
        std::mem::take(&mut *self.arrived.lock().expect("the list"))
    }
}

fn app_on(fresh: Fresh, allow_private: bool) -> TestApp {
    let config = notices::Config {
        base: "https://hezuo.example".to_owned(),
        words: hezuo_api::message_word,
        carrier: Arc::new(Post::new(allow_private, &Mail::default()).expect("a way out")),
        ..notices::Config::default()
    };
    TestApp::with(fresh, config)
}

pub(crate) async fn settle(app: &TestApp) {
    while jobs::run_next(&app.app).await.expect("the queue") {}
}

async fn add(app: &TestApp, factory: &Factory, way: &str, address: &str, secret: &str) -> Value {
    let body = json!({"way": way, "name": way, "kinds": ["danger", "due"], "locale": "en",
        "active": true, "address": address, "secret": secret});
    let path = factory.at("/notices/channels");
    app.post(&path)
        .by(factory.administrator())
        .json(&body)
        .await
        .ok()
}

async fn list(app: &TestApp, factory: &Factory) -> Vec<Value> {
    let path = factory.at("/notices/channels");
    let list = app.get(&path).by(factory.administrator()).await.ok();
    list["items"].as_array().expect("items").clone()
}

async fn test(app: &TestApp, factory: &Factory, channel: &Value) -> Value {
    let id = channel["id"].as_str().expect("an id");
    let path = factory.at(&format!("/notices/channels/{id}/test"));
    app.post(&path).by(factory.administrator()).await.ok()["result"].clone()
}

pub(crate) async fn danger(app: &TestApp, factory: &Factory, voice: &str, number: u64) {
    let mut sent = report(&factory.codes[0], voice, 8_000 + number).body;
    sent["danger"] = json!(true);
    sent["text"] = json!("a Kolibri under the press");
    app.post("/api/v1/reports").json(&sent).await.expect("201");
}

fn signed(key: &[u8], content: &str) -> String {
    let mut mac = <Hmac<sha2::Sha256> as KeyInit>::new_from_slice(key).expect("a key");
    mac.update(content.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

pub(crate) async fn sending_jobs(app: &TestApp) -> usize {
    let rows = app.fresh.dump().await;
    rows.iter()
        .filter(|row| row.starts_with("job ") && row.contains("send.notice"))
        .count()
}

on_both_databases! {
    async fn a_danger_arrives_signed_and_says_nothing_of_who_spoke(fresh) {
        let app = app_on(fresh, true);
        let factory = &world(&app).await.factory;
        let receiver = Receiver::start().await;
        let robot = format!("{}/robot?key=geheim-4711", receiver.base);
        add(&app, factory, "wecom", &robot, "").await;
        add(&app, factory, "dingtalk", &robot, "SECgeheim").await;
        let hook = add(&app, factory, "webhook", &format!("{}/hook", receiver.base), "").await;
        let secret = hook["secret"].as_str().expect("a secret, once").to_owned();
        let listed = json!(list(&app, factory).await).to_string();
        let rows = app.fresh.dump().await.join("\n");
        for hidden in ["geheim", secret.as_str(), "robot?key"] {
            assert!(!listed.contains(hidden), "{listed}");
            assert!(!rows.contains(hidden), "{hidden} in the database");
        }
        for voice in ["named", "anonymous"] {
            danger(&app, factory, voice, voice.len() as u64).await;
            settle(&app).await;
            let arrived = receiver.taken();
            assert_eq!(arrived.len(), 3, "{arrived:?}");
            for one in &arrived {
                let all = format!("{one:?}");
                for word in CANARIES.iter().chain(&["named", "anonymous", "voice", "reporter"]) {
                    assert!(!all.contains(word), "{word} in {all}");
                }
                assert!(one.body.contains("Workshop") && one.body.contains("2026-03-10"), "{all}");
                assert!(one.body.contains("https://hezuo.example/phone/#/e/"), "{all}");
            }
            let of = |start: &str| arrived.iter().find(|it| it.uri.starts_with(start)).expect(start);
            // Webhook: what was sent is what was signed.
            let one = of("/hook");
            let key = STANDARD.decode(secret.trim_start_matches("whsec_")).expect("base64");
            let (id, at) = (&one.headers["webhook-id"], &one.headers["webhook-timestamp"]);
            assert_eq!(*at, (app.app.now().0 / 1_000_000).to_string());
            let expected = signed(&key, &format!("{id}.{at}.{}", one.body));
            assert_eq!(one.headers["webhook-signature"], format!("v1,{expected}"));
            assert_eq!(one.json()["type"], "danger");
            // DingTalk: time and secret, behind the address.
            let one = of("/robot?key=geheim-4711&timestamp");
            let millis = app.app.now().0 / 1_000;
            let sign = signed(b"SECgeheim", &format!("{millis}\nSECgeheim"));
            let sign = sign.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
            assert!(one.uri.ends_with(&format!("&timestamp={millis}&sign={sign}")), "{}", one.uri);
            assert!(one.text().starts_with("Imminent danger\nWorkshop\n"), "{}", one.text());
            // WeCom: the address is the secret.
            let wecom = arrived.iter().find(|it| it.uri == "/robot?key=geheim-4711");
            assert_eq!(wecom.expect("it").json()["msgtype"], "text");
        }
        assert_eq!(sending_jobs(&app).await, 0, "no row tells when it was");
        assert!(list(&app, factory).await.iter().all(|it| it["result"] == "ok"));
    }

    async fn what_does_not_arrive_is_tried_again_and_the_quiet_hours_hold_it(fresh) {
        let app = app_on(fresh, true);
        let mut world = world(&app).await;
        let receiver = Receiver::start().await;
        let channel = add(&app, &world.factory, "webhook", &receiver.base, "").await;
        let life = Life::begin(&app, &world.factory, "named", 60).await;
        let accept = json!({"type": "accept", "answer": "Yes."});
        life.act(world.factory.officer(), accept).await.ok();
        let owner = world.factory.member().person;
        life.act(world.factory.officer(), plan(owner, "2026-03-11")).await.ok();
        let rhythm = json!({"alarm_minutes": 10, "quiet_from": "21:00", "quiet_to": "07:00",
            "digest_at": "20:59"});
        let path = world.factory.at("/notices/rhythm");
        app.put(&path).by(world.factory.administrator()).json(&rhythm).await.expect("204");

        // At 20:59 nobody takes it; at 21:00 it is quiet, and it waits till seven.
        app.clock.advance_seconds(10 * 3_600 + 59 * 60);
        notices::tell_owners(&app.app).await.expect("the round");
        receiver.answers(500, "");
        settle(&app).await;
        let first = receiver.taken();
        assert_eq!(first.len(), 1);
        app.clock.advance_seconds(5);
        settle(&app).await;
        let second = receiver.taken();
        assert_eq!(second[0].headers["webhook-id"], first[0].headers["webhook-id"]);
        world.factory.log_in_again(&app).await;
        let listed = list(&app, &world.factory).await;
        assert_eq!((&listed[0]["result"], &listed[0]["result_day"]), (&json!("status:500"), &json!("2026-03-10")));
        receiver.answers(200, "");
        app.clock.advance_seconds(55);
        settle(&app).await;
        assert!(receiver.taken().is_empty(), "it is quiet");
        danger(&app, &world.factory, "named", 61).await;
        settle(&app).await;
        let taken = receiver.taken();
        assert_eq!((taken.len(), &taken[0].json()["type"]), (1, &json!("danger")));
        let alarms = world.factory.at("/alarms");
        let alarm = app.get(&alarms).by(world.factory.officer()).await.ok()["items"][0].clone();
        let answer = format!("/cases/{}/alarm/answer", alarm["case_id"].as_str().expect("a case"));
        let body = json!({"client": "phone"});
        app.post(&world.factory.at(&answer)).by(world.factory.officer()).json(&body).await.expect("204");
        app.clock.advance_seconds(10 * 3_600);
        settle(&app).await;
        let taken = receiver.taken();
        assert_eq!(taken.len(), 1, "{taken:?}");
        let said = taken[0].json();
        assert_eq!((&said["type"], &said["data"]["due_soon"], &said["data"]["overdue"]),
            (&json!("due"), &json!(1), &json!(0)));
        assert_eq!(taken[0].headers["webhook-id"], first[0].headers["webhook-id"]);
        assert!(!format!("{taken:?}").contains("a-eit_member"), "no owner's name");

        // What is refused for good is given up, without a trace of when it was.
        receiver.answers(404, "");
        danger(&app, &world.factory, "anonymous", 62).await;
        for pause in [0, 5, 20, 80, 320] {
            app.clock.advance_seconds(pause);
            settle(&app).await;
        }
        assert_eq!((receiver.taken().len(), sending_jobs(&app).await), (5, 0));
        world.factory.log_in_again(&app).await;
        assert_eq!(list(&app, &world.factory).await[0]["result"], "status:404");

        // A redirect is not followed, and a channel that is out of use carries nothing.
        receiver.answers(302, "");
        assert_eq!(test(&app, &world.factory, &channel).await, "redirect");
        assert_eq!(receiver.taken().len(), 1);
        let id = channel["id"].as_str().expect("an id");
        let path = world.factory.at(&format!("/notices/channels/{id}"));
        let off = json!({"way": "webhook", "name": "Off", "kinds": ["danger"], "locale": "en",
            "active": false});
        app.put(&path).by(world.factory.administrator()).json(&off).await.expect("204");
        danger(&app, &world.factory, "named", 63).await;
        settle(&app).await;
        assert!(receiver.taken().is_empty());
        receiver.answers(200, "");
        assert_eq!(test(&app, &world.factory, &channel).await, "ok", "the address was kept");
    }

    async fn a_robot_that_refuses_and_a_private_address_are_said_in_a_word(fresh) {
        let app = app_on(fresh, false);
        let world = world(&app).await;
        let factory = &world.factory;
        let receiver = Receiver::start().await;
        for address in [&receiver.base, "http://localhost:9/", "https://[::1]/", "http://10.0.0.1/"] {
            let channel = add(&app, factory, "wecom", address, "").await;
            assert_eq!(test(&app, factory, &channel).await, "private", "{address}");
        }
        danger(&app, factory, "named", 70).await;
        settle(&app).await;
        assert!(receiver.taken().is_empty(), "nobody knocked");
        let path = factory.at("/notices/channels");
        let administrator = factory.administrator();
        for (field, value) in [("address", "ftp://x"), ("way", "pigeon"), ("locale", "fr")] {
            let mut wrong = json!({"way": "wecom", "name": "x", "kinds": [], "locale": "en",
                "active": true, "address": "https://hooks.example/"});
            wrong[field] = json!(value);
            let refused = app.post(&path).by(administrator).json(&wrong).await;
            refused.expect(&format!("422 input.invalid at {field}"));
        }
        // Another factory's administrator finds nothing of it.
        let id = list(&app, factory).await[0]["id"].as_str().expect("an id").to_owned();
        let other = &world.other;
        assert!(list(&app, other).await.is_empty());
        let path = other.at(&format!("/notices/channels/{id}/test"));
        app.post(&path).by(other.administrator()).await.expect("404 not_found");
        let path = factory.at("/notices/channels");
        app.get(&path).by(factory.by(Role::Manager)).await.expect("403 forbidden");
    }
}

#[tokio::test]
async fn a_robot_says_no_with_a_number() {
    use hezuo_app::notices::letters::{Carrier, Letter};
    let receiver = Receiver::start().await;
    receiver.answers(200, "{\"errcode\":310000}");
    let letter = Letter::Web {
        url: format!("{}/x", receiver.base),
        headers: Vec::new(),
        body: "{}".to_owned(),
    };
    let post = Post::new(true, &Mail::default()).expect("a way out");
    let answer = post.carry(letter.clone()).await.expect("an answer");
    assert_eq!(answer, b"{\"errcode\":310000}");
    assert!(
        Post::new(false, &Mail::default())
            .expect("a way out")
            .carry(letter)
            .await
            .is_err()
    );
    assert_eq!(receiver.taken().len(), 1);
}
