//! The anonymous channel: what goes through an intake, when, and what neither side learns.

mod forgotten;
mod patient;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::http::Method;
use hezuo_api::{Channel, Settings};
use hezuo_app::App;
use hezuo_app::envelopes::host::Host;
use hezuo_app::envelopes::link::exchange;
use hezuo_app::notices::letters::{Carrier, Letter};
use hezuo_app::uploads::parts::forget;
use hezuo_domain::commitment::{digest, hex};
use hezuo_domain::envelopes::{SIZES, is_proof};
use hezuo_domain::notices::channels::Fault;
use hezuo_domain::pay_code::PayCode;
use hezuo_domain::people::Role;
use hezuo_domain::report_code::ReportCode;
use hezuo_domain::uploads::PART;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Answer, Call, Factory, Sent, TestApp, picture, report, voice_clip, world};
use serde_json::{Value, json};
use uuid::Uuid;

/// The network between the two, which can be cut before a path.
struct Wire {
    router: Router,
    /// Letters to this path are lost, so many times.
    cut: (&'static str, AtomicU32),
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a wire")
    }
}

impl Carrier for Wire {
    fn carry(
        &self,
        letter: Letter,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, Fault>> + Send + '_>> {
        Box::pin(async move {
            let Letter::Web { url, headers, body } = letter else {
                return Err(Fault::NoMail);
            };
            let path = url.trim_start_matches("https://intake.test");
            let (cut, times) = &self.cut;
            let lost = |left: u32| left.checked_sub(1);
            if path.ends_with(cut)
                && times
                    .fetch_update(Ordering::SeqCst, Ordering::SeqCst, lost)
                    .is_ok()
            {
                return Err(Fault::Connect);
            }
            let mut call = Call::new(self.router.clone(), Method::POST, path);
            for (name, value) in &headers {
                call = call.header(name, value);
            }
            let answer = call.bytes(body).await;
            if answer.status.is_success() {
                Ok(answer.body.to_vec())
            } else {
                Err(Fault::Status(answer.status.as_u16()))
            }
        })
    }
}

/// An intake that always has four more envelopes, none of which opens.
struct Endless(Arc<AtomicU32>);

impl std::fmt::Debug for Endless {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an intake without end")
    }
}

impl Carrier for Endless {
    fn carry(
        &self,
        letter: Letter,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, Fault>> + Send + '_>> {
        Box::pin(async move {
            let Letter::Web { url, body, .. } = letter else {
                return Err(Fault::NoMail);
            };
            if !url.ends_with("/take") {
                return Ok(b"null".to_vec());
            }
            self.0.fetch_add(1, Ordering::SeqCst);
            let body: Value = serde_json::from_str(&body).expect("JSON");
            let after: Uuid = body["after"]
                .as_str()
                .expect("an id")
                .parse()
                .expect("an id");
            let more =
                |n: u128| json!([Uuid::from_u128(after.as_u128() + n), "2026-03-01", "AAAA"]);
            let envelopes: Vec<Value> = (1..=4).map(more).collect();
            Ok(json!({"envelopes": envelopes}).to_string().into_bytes())
        })
    }
}

/// A factory's server and its intake.
struct Both {
    host: Arc<Host>,
    intake: Router,
    house: App,
}

impl Both {
    async fn of(app: &TestApp, cut: &'static str, times: u32) -> Self {
        let (host, intake) = app.intake();
        let key = host.register("Huaxin").await.expect("a key");
        let wire = Wire {
            router: intake.clone(),
            cut: (cut, AtomicU32::new(times)),
        };
        let house = app.linked(Arc::new(wire), key);
        Self {
            host,
            intake,
            house,
        }
    }

    /// Over a whole wire, the codes of the factory known at the intake.
    async fn announced(app: &TestApp) -> Self {
        let both = Self::of(app, "", 0).await;
        exchange(&both.house).await.expect("announced");
        both
    }

    fn post(&self, path: &str, body: &Value) -> Call {
        Call::new(self.intake.clone(), Method::POST, path).json(body)
    }

    async fn send(&self, sent: &Sent) -> Answer {
        self.post("/api/v1/reports", &sent.body).await
    }

    async fn follow_up(&self, sent: &Sent) -> Value {
        let body = json!({"lookup": sent.lookup});
        self.post("/api/v1/follow-up", &body).await.ok()
    }
}

async fn count(app: &TestApp, factory: &Factory) -> usize {
    let cases = app
        .get(&factory.at("/cases"))
        .by(factory.officer())
        .await
        .ok();
    cases["items"].as_array().expect("items").len()
}

/// An anonymous report of a danger, which does not wait.
fn dangerous(factory: &Factory, number: u64) -> Sent {
    let mut sent = report(&factory.codes[0], "anonymous", number);
    sent.body["danger"] = json!(true);
    sent
}

/// The test begins at two in the morning in Greenwich.
async fn next_day(app: &TestApp, factory: &mut Factory) {
    app.clock.advance_seconds(22 * 3600);
    factory.log_in_again(app).await;
}

/// The sealed envelopes that lie at the intake, as hexadecimal digits.
async fn lying(app: &TestApp) -> Vec<String> {
    let rows = app.fresh.dump().await;
    rows.into_iter()
        .filter(|row| row.starts_with("envelope "))
        .collect()
}

on_both_databases! {
    async fn reports_wait_until_their_day_is_over_and_come_in_once_however_often_fetched(fresh) {
        let app = TestApp::on(fresh);
        let factory = &mut world(&app).await.factory;
        // The first two confirmations are lost: both times everything is fetched again.
        let both = Both::of(&app, "confirm", 2).await;
        exchange(&both.house).await.expect("announced");
        let sent: Vec<Sent> = (1..=3)
            .map(|n| report(&factory.codes[0], "anonymous", n))
            .collect();
        let mut with_picture = sent[0].clone();
        with_picture.body["attachments"] = json!(["p1.jpg"]);
        both.send(&with_picture).await.expect("201");
        both.send(&with_picture).await.expect("200");
        let path = "/api/v1/reports/attachments/p1.jpg";
        for _ in 0..2 {
            let upload = Call::new(both.intake.clone(), Method::PUT, path).bytes(picture());
            upload.header("report-lookup", &with_picture.lookup).await.expect("204");
        }
        both.send(&sent[1]).await.expect("201");
        both.send(&sent[2]).await.expect("201");
        // However many there are: who sends some himself must not learn when another comes.
        exchange(&both.house).await.expect("a round");
        assert_eq!((count(&app, factory).await, lying(&app).await.len()), (0, 4));
        assert_eq!(both.follow_up(&sent[1]).await["state"], "waiting_release");

        next_day(&app, factory).await;
        for _ in 0..2 {
            assert!(exchange(&both.house).await.is_err() || lying(&app).await.len() == 4);
            assert_eq!(lying(&app).await.len(), 4, "nothing is forgotten unconfirmed");
        }
        exchange(&both.house).await.expect("a round");
        exchange(&both.house).await.expect("a round");
        assert_eq!((count(&app, factory).await, lying(&app).await.len()), (3, 0));
        let cases = app.get(&factory.at("/cases")).by(factory.officer()).await.ok();
        let pictures = cases["items"].as_array().expect("items").iter();
        assert_eq!(pictures.filter(|it| it["pictures"] == 1).count(), 1);
        assert_eq!(both.follow_up(&sent[1]).await["state"], "new");
    }

    async fn an_upload_in_parts_becomes_one_envelope_and_says_nothing_until_then(fresh) {
        let app = TestApp::on(fresh);
        let factory = &mut world(&app).await.factory;
        let both = Both::announced(&app).await;
        let mut sent = report(&factory.codes[0], "anonymous", 1);
        sent.body["attachments"] = json!(["v1.ogg"]);
        both.send(&sent).await.expect("201");
        // As the page sends it: filled up, so that each request is as long as another.
        let mut upload = voice_clip();
        let length = format!("{:08}", upload.len());
        upload.resize(4 * PART, 0);
        let part = |offset| {
            let path = "/api/v1/reports/attachments/v1.ogg";
            let call = Call::new(both.intake.clone(), Method::PATCH, path).part(&upload, offset);
            call.header("report-lookup", &sent.lookup).header("upload-length", &length)
        };
        for number in 0..3 {
            part(number * PART).await.expect("204");
            part(number * PART).await.expect("204");
        }
        let asked = part(upload.len()).await.expect("204");
        assert_eq!((asked.header("upload-offset"), asked.header("upload-complete")), ("786432", "?0"));
        assert_eq!(lying(&app).await.len(), 1, "the report alone");
        let rows = app.fresh.dump().await;
        let parts: Vec<_> = rows.iter().filter(|it| it.starts_with("envelope_part ")).collect();
        assert_eq!(parts.len(), 3);
        let telling = [hex(&upload[..32]), hex(&digest(&upload)), hex(b"v1.ogg"), sent.lookup.clone()];
        for row in parts {
            let row = row.to_lowercase();
            assert!(telling.iter().all(|it| !row.contains(it.as_str())), "a row tells something");
        }
        for _ in 0..2 {
            let done = part(3 * PART).await.expect("204");
            assert_eq!(done.header("upload-complete"), "?1");
        }
        let left = app.fresh.dump().await.into_iter().filter(|it| it.starts_with("envelope_part "));
        assert_eq!((lying(&app).await.len(), left.count()), (2, 0));
        next_day(&app, factory).await;
        exchange(&both.house).await.expect("a round");
        let cases = app.get(&factory.at("/cases")).by(factory.officer()).await.ok();
        let id = cases["items"][0]["id"].as_str().expect("a case");
        let path = factory.at(&format!("/cases/{id}/attachments/v1.ogg"));
        let clip = app.get(&path).by(factory.by(Role::WorkerRepresentative)).await.expect("200");
        assert_eq!(clip.body, voice_clip(), "without what it was filled up with");
        // What nobody finishes is forgotten here too.
        let path = "/api/v1/reports/attachments/p2.jpg";
        let begun = Call::new(both.intake.clone(), Method::PATCH, path).part(&upload, 0);
        begun.header("report-lookup", &sent.lookup).await.expect("204");
        app.clock.advance_seconds(3 * 24 * 3600);
        assert_eq!(forget(both.host.app()).await.expect("looked"), 1);
    }

    async fn a_lonely_report_waits_until_the_day_is_over_and_a_danger_does_not(fresh) {
        let app = TestApp::on(fresh);
        let factory = &mut world(&app).await.factory;
        let both = Both::announced(&app).await;
        both.send(&report(&factory.codes[0], "anonymous", 1)).await.expect("201");
        let danger = dangerous(factory, 2);
        both.send(&danger).await.expect("201");
        exchange(&both.house).await.expect("a round");
        assert_eq!(count(&app, factory).await, 1, "the danger alone");
        app.clock.advance_seconds(22 * 3600 - 60);
        factory.log_in_again(&app).await;
        exchange(&both.house).await.expect("a round");
        assert_eq!(count(&app, factory).await, 1);
        app.clock.advance_seconds(60);
        factory.log_in_again(&app).await;
        exchange(&both.house).await.expect("a round");
        assert_eq!(count(&app, factory).await, 2);
        let cases = app.get(&factory.at("/cases")).by(factory.officer()).await.ok();
        for case in cases["items"].as_array().expect("items") {
            assert_eq!(case["reported_day"], "2026-03-10", "its day at the intake");
        }
    }

    async fn what_lies_at_the_intake_says_nothing(fresh) {
        let app = TestApp::on(fresh);
        let factory = &world(&app).await.factory;
        let both = Both::announced(&app).await;
        for (n, text) in [(1, "短"), (2, &*"a planted Kolibri ".repeat(60))] {
            let mut sent = report(&factory.codes[0], "anonymous", n);
            sent.body["text"] = json!(text);
            both.send(&sent).await.expect("201");
            let rows = app.fresh.dump().await;
            let own = rows.iter().filter(|row| row.starts_with("envelope"));
            for row in own {
                for word in ["Kolibri", &sent.lookup, &sent.code, &sent.code.replace(' ', "")] {
                    let hex = hex(word.as_bytes());
                    let is_in = row.contains(word) || row.to_lowercase().contains(&hex);
                    assert!(!is_in, "{word} in {row}");
                }
            }
        }
        let batch = both.house.link.as_ref().expect("a link").key.clone();
        let server = both.host.server(&batch).await.expect("known");
        both.send(&report(&factory.codes[0], "anonymous", 3)).await.expect("201");
        app.clock.advance_seconds(22 * 3600);
        let taken = both.host.take(server, uuid::Uuid::nil()).await.expect("a batch");
        assert_eq!(taken.envelopes.len(), 3);
        let overhead = 32 + 24 + 16;
        for (_, _, sealed) in taken.envelopes {
            assert_eq!(sealed.0.len(), SIZES[0] + overhead, "a short text is as long as a long one");
        }
    }

    async fn the_answer_a_question_the_verdict_and_the_pay_code_go_through_it(fresh) {
        let app = TestApp::on(fresh);
        let factory = &mut world(&app).await.factory;
        let both = Both::announced(&app).await;
        let sent = dangerous(factory, 1);
        both.send(&sent).await.expect("201");
        exchange(&both.house).await.expect("a round");
        let cases = app.get(&factory.at("/cases")).by(factory.officer()).await.ok();
        let id = cases["items"][0]["id"].as_str().expect("an id");
        let path = factory.at(&format!("/cases/{id}/messages"));
        let ask = json!({"id": app.app.random.uuid(), "text": "Which shift?"});
        app.post(&path).by(factory.officer()).json(&ask).await.expect("200");
        exchange(&both.house).await.expect("a round");
        let seen = both.follow_up(&sent).await;
        assert_eq!(seen["messages"][0]["text"], "Which shift?");

        let key = app.app.random.uuid();
        let reply = json!({"lookup": sent.lookup, "id": key, "text": "The night shift."});
        for _ in 0..2 {
            let seen = both.post("/api/v1/follow-up/messages", &reply).await.ok();
            assert_eq!(seen["messages"].as_array().map(Vec::len), Some(2));
        }
        exchange(&both.house).await.expect("a round");
        let talk = app.get(&path).by(factory.officer()).await.ok();
        assert_eq!(talk["messages"].as_array().map(Vec::len), Some(1), "words wait too");
        let early = json!({"lookup": sent.lookup, "fixed": true});
        let early = both.post("/api/v1/follow-up/verdict", &early).await;
        assert_eq!(early.outcome(), "409 report.verdict_not_asked");
        let pay = PayCode::of(&ReportCode::parse(&sent.code).expect("a code"));
        let pay = json!({"lookup": sent.lookup, "pay_lookup": hex(&pay.lookup().0)});
        let none = both.post("/api/v1/follow-up/pay-code", &pay).await.outcome();
        assert_eq!(none, both.house_claim(&app, &pay).await, "no reward: the same answer on both");

        next_day(&app, factory).await;
        exchange(&both.house).await.expect("a round");
        let talk = app.get(&path).by(factory.officer()).await.ok();
        assert_eq!(talk["messages"][1]["text"], "The night shift.");
        assert_eq!(both.follow_up(&sent).await["messages"].as_array().map(Vec::len), Some(2));
    }

    async fn keys_and_codes_that_nobody_has_open_nothing(fresh) {
        let app = TestApp::on(fresh);
        let factory = &world(&app).await.factory;
        let both = Both::announced(&app).await;
        let take = json!({"after": uuid::Uuid::nil()});
        let wrong = both.post("/intake/v1/take", &take).await;
        assert_eq!(wrong.outcome(), "401 envelope.unknown_server");
        let wrong = both.post("/intake/v1/take", &take).header("authorization", "Bearer 00").await;
        assert_eq!(wrong.outcome(), "401 envelope.unknown_server");

        // Another server sees none of it and can't remove it.
        both.send(&report(&factory.codes[0], "anonymous", 1)).await.expect("201");
        let other = both.host.register("another").await.expect("a key");
        let other = both.host.server(&other).await.expect("known");
        let own = &both.house.link.as_ref().expect("a link").key;
        let own = both.host.server(own).await.expect("known");
        for n in 2..=3 {
            both.send(&report(&factory.codes[0], "anonymous", n)).await.expect("201");
        }
        app.clock.advance_seconds(22 * 3600);
        let nil = uuid::Uuid::nil();
        let batch = both.host.take(own, nil).await.expect("a batch");
        assert_eq!(both.host.take(other, nil).await.expect("a batch").envelopes.len(), 0);
        let ids: Vec<_> = batch.envelopes.iter().map(|it| it.0).collect();
        both.host.confirm(other, &ids).await.expect("nothing of its own");
        assert_eq!(lying(&app).await.len(), 3);

        let unknown = [
            json!({"lookup": "00".repeat(32)}), json!({"lookup": "zz"}), json!({"lookup": ""}),
        ];
        for body in &unknown {
            let answer = both.post("/api/v1/follow-up", body).await;
            assert_eq!(answer.outcome(), "404 report.unknown_code");
        }
        let bodies: std::collections::BTreeSet<String> = {
            let mut bodies = std::collections::BTreeSet::new();
            for typed in ["K7Q2", "0000 0000 0000 0000 0000 0000", "not a code at all", ""] {
                let form = format!("code={}", typed.replace(' ', "+"));
                let call = Call::new(both.intake.clone(), Method::POST, "/f").bytes(form);
                let page = call.header("content-type", "application/x-www-form-urlencoded").await;
                assert_eq!(page.status.as_u16(), 404);
                bodies.insert(page.text());
            }
            bodies
        };
        assert_eq!(bodies.len(), 1, "wrong and unknown codes look the same");
    }

    async fn an_intake_offers_nothing_else_and_a_factory_s_server_no_anonymous_voice(fresh) {
        let app = TestApp::on(fresh);
        let factory = &world(&app).await.factory;
        let both = Both::announced(&app).await;
        let get = |path: &str| Call::new(both.intake.clone(), Method::GET, path);
        for closed in ["/api/v1/session", "/phone/", "/desk/", "/", "/labels.css", "/manifest.json"] {
            assert_eq!(get(closed).await.status.as_u16(), 404, "{closed}");
        }
        let page = get(&format!("/r/{}", factory.codes[0].to_lowercase())).await;
        let text = page.clone().expect("200").text();
        assert!(text.contains("value=\"anonymous\"") && !text.contains("value=\"named\""), "{text}");
        assert!(text.contains("https://factory.test/r/"), "the way to speak with a name");
        let header = |name: &str| page.headers.get(name).and_then(|it| it.to_str().ok());
        assert_eq!(header("cache-control"), Some("no-store"));
        assert_eq!(header("set-cookie"), None);
        assert!(header("permissions-policy").is_some_and(|it| it.contains("geolocation=()")));
        let named = both.send(&report(&factory.codes[0], "named", 1)).await;
        assert_eq!(named.outcome(), "422 report.anonymous_only at voice");
        let forged = both.send(&report("K7Q2MX9A.WELD0001.AAAAAAAAAA", "anonymous", 2)).await;
        assert_eq!(forged.outcome(), "404 wall_code.unknown");

        let url = Some("https://intake.test".to_owned());
        for channel in [Channel::Open(url.clone()), Channel::Open(None)] {
            let leads = channel == Channel::Open(url.clone());
            let router = app.router_with(Settings { channel, ..Settings::default() });
            let call = |method, path: &str| Call::new(router.clone(), method, path);
            let path = format!("/r/{}", factory.codes[0]);
            let text = call(Method::GET, &path).await.expect("200").text();
            assert!(!text.contains("value=\"anonymous\"") && text.contains("value=\"named\""));
            assert_eq!(text.contains(&format!("https://intake.test{path}")), leads);
            let sent = report(&factory.codes[0], "anonymous", 9);
            let answer = call(Method::POST, "/api/v1/reports").json(&sent.body).await;
            assert_eq!(answer.outcome(), "403 report.anonymous_elsewhere at voice");
        }
    }

    async fn without_work_so_many_reports_are_taken_and_a_danger_always(fresh) {
        let app = TestApp::on(fresh);
        let factory = &world(&app).await.factory;
        let both = Both::announced(&app).await;
        let mut taken = 0;
        let more = loop {
            let more = report(&factory.codes[0], "anonymous", taken);
            match both.send(&more).await.outcome().as_str() {
                "201" => taken += 1,
                other => {
                    assert_eq!(other, "429 report.too_many");
                    break more;
                }
            }
        };
        assert!(taken < 600, "there is an end: {taken}");
        let known = report(&factory.codes[0], "anonymous", 3);
        assert_eq!(both.send(&known).await.outcome(), "200", "what is known may come again");
        both.send(&report(&factory.codes[1], "anonymous", 1_071)).await.expect("201");
        let danger = dangerous(factory, 1_072);
        both.send(&danger).await.expect("201");

        let (challenge, bits) = both.host.challenge();
        let lookup = ReportCode::parse(&more.code).expect("a code").lookup();
        let nonce = (0..1 << 24).find(|nonce| is_proof(&challenge, &lookup.0, *nonce, bits));
        let proof = format!("{challenge} {}", nonce.expect("some number does"));
        let other = report(&factory.codes[0], "anonymous", 1_073);
        for wrong in ["", "x y", &proof.replace(&format!(".{bits}."), ".0."), &proof] {
            let call = both.post("/api/v1/reports", &other.body).header("report-proof", wrong);
            assert_eq!(call.await.outcome(), "429 report.too_many", "{wrong}");
        }
        let call = both.post("/api/v1/reports", &more.body).header("report-proof", &proof);
        call.await.expect("201");
    }

    async fn what_is_kept_apart_goes_through_it_to_its_reader(fresh) {
        let app = TestApp::on(fresh);
        let factory = &mut world(&app).await.factory;
        let both = Both::of(&app, "", 0).await;
        let mut sent = report(&factory.codes[0], "anonymous", 1);
        sent.body["reader"] = json!("representative");
        // The server has not said yet that it can keep anything apart.
        both.send(&sent).await.expect("404 wall_code.unknown");
        exchange(&both.house).await.expect("a round");
        both.send(&sent).await.expect("201");
        assert_eq!(both.follow_up(&sent).await["apart"], "open");
        next_day(&app, factory).await;
        exchange(&both.house).await.expect("a round");
        assert_eq!(count(&app, factory).await, 0, "no case");
        let reader = factory.by(Role::WorkerRepresentative);
        let list = app.get(&factory.at("/apart")).by(reader).await.ok();
        let path = format!("/apart/{}", list["items"][0]["id"].as_str().expect("one"));
        let words = json!({"id": app.app.random.uuid(), "text": "May I tell the team?"});
        let path = factory.at(&path);
        app.post(&format!("{path}/messages")).by(reader).json(&words).await.expect("200");
        exchange(&both.house).await.expect("a round");
        let seen = both.follow_up(&sent).await;
        assert_eq!(seen["messages"][0]["text"], "May I tell the team?");
        let reply = json!({"lookup": sent.lookup, "id": app.app.random.uuid(), "text": "Yes"});
        both.post("/api/v1/follow-up/messages", &reply).await.expect("200");
        // It was said at midnight in Greenwich: the day after is not yet over.
        next_day(&app, factory).await;
        next_day(&app, factory).await;
        exchange(&both.house).await.expect("a round");
        let reader = factory.by(Role::WorkerRepresentative);
        let found = app.get(&path).by(reader).await.ok();
        assert_eq!(found["messages"][1]["text"], "Yes");
        let end = json!({"version": 1, "end": {"type": "hand_on", "agreed": true}});
        app.post(&format!("{path}/end")).by(reader).json(&end).await.expect("200");
        exchange(&both.house).await.expect("a round");
        let seen = both.follow_up(&sent).await;
        assert_eq!((&seen["state"], &seen["apart"]), (&json!("new"), &json!("handed_on")));
        assert_eq!(count(&app, factory).await, 1);
    }

    async fn an_intake_without_end_costs_a_round_and_hides_nothing(fresh) {
        let app = TestApp::on(fresh);
        let asked = Arc::new(AtomicU32::new(0));
        let endless = Arc::new(Endless(Arc::clone(&asked)));
        let house = app.linked(endless, "a key".to_owned());
        exchange(&house).await.expect("a round that ends");
        let first = asked.swap(0, Ordering::SeqCst);
        assert!((100..1_000).contains(&first), "{first}");
        let stuck = house.link.as_ref().expect("a link").standing().stuck;
        assert_eq!(stuck, u64::from(first) * 4);
        exchange(&house).await.expect("another");
        assert_eq!(asked.load(Ordering::SeqCst), first, "and goes on where it stopped");
    }

    async fn answers_about_a_report_are_equally_long(fresh) {
        let app = TestApp::on(fresh);
        let factory = &world(&app).await.factory;
        let sent = report(&factory.codes[0], "named", 1);
        app.post("/api/v1/reports").json(&sent.body).await.expect("201");
        let nobody = report(&factory.codes[0], "named", 2).lookup;
        for lookup in [&sent.lookup, &nobody] {
            let body = json!({"lookup": lookup});
            let call = app.post("/api/v1/follow-up").json(&body);
            let answer = call.header("accept-encoding", "gzip").await;
            assert_eq!(answer.body.len(), SIZES[0], "{}", answer.status);
            assert_eq!(answer.header("content-encoding"), "");
            let form = format!("lookup={lookup}");
            let call = app.post("/f?lang=en").bytes(form);
            let call = call.header("content-type", "application/x-www-form-urlencoded");
            let page = call.header("accept-encoding", "gzip").await;
            assert_eq!(page.body.len(), SIZES[0], "{}", page.status);
        }
        // Other pages are packed as before.
        let call = app.get(&format!("/r/{}", factory.codes[0]));
        let page = call.header("accept-encoding", "gzip").await;
        assert_eq!(page.header("content-encoding"), "gzip");
    }

    async fn an_intake_that_is_away_costs_nothing_but_time_and_the_administrator_sees_it(fresh) {
        let app = TestApp::on(fresh);
        let factory = &mut world(&app).await.factory;
        let both = Both::of(&app, "take", 2).await;
        assert!(exchange(&both.house).await.is_err(), "said once");
        exchange(&both.house).await.expect("the same failure is not said again");
        let state = both.house.link.as_ref().expect("a link").standing();
        assert!(state.fault.is_some_and(|why| why.contains("intake.test")));
        for n in 1..=3 {
            both.send(&report(&factory.codes[0], "anonymous", n)).await.expect("201");
        }
        next_day(&app, factory).await;
        exchange(&both.house).await.expect("a round");
        let state = both.house.link.as_ref().expect("a link").standing();
        assert!(state.fault.is_none() && state.reached_at.is_some());
        assert_eq!(count(&app, factory).await, 3);
    }
}

impl Both {
    async fn house_claim(&self, app: &TestApp, body: &Value) -> String {
        let call = app.post("/api/v1/follow-up/pay-code").json(body);
        call.await.outcome()
    }
}
