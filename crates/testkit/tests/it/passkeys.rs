//! Passkeys, by an authenticator of the test's own.

use axum::Router;
use axum::http::Method;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hezuo_api::Settings;
use hezuo_domain::commitment::digest;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Call, Login, PASSWORD, TestApp, world};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

const ORIGIN: &str = "https://hezuo.test";
const PRESENT_AND_VERIFIED: u8 = 5;

/// The server as browsers reach it.
fn router(app: &TestApp) -> Router {
    app.router_with(Settings {
        public_url: Some(ORIGIN.to_owned()),
        ..Settings::default()
    })
}

/// A key in somebody's hand.
struct Authenticator {
    pair: EcdsaKeyPair,
    id: [u8; 16],
    handle: String,
    counter: u32,
    flags: u8,
    origin: &'static str,
    site: &'static str,
}

impl Authenticator {
    fn new(number: u8) -> Self {
        let (kind, random) = (&ECDSA_P256_SHA256_ASN1_SIGNING, SystemRandom::new());
        let key = EcdsaKeyPair::generate_pkcs8(kind, &random).expect("a key");
        Self {
            pair: EcdsaKeyPair::from_pkcs8(kind, key.as_ref(), &random).expect("a pair"),
            id: [number; 16],
            handle: String::new(),
            counter: 0,
            flags: PRESENT_AND_VERIFIED,
            origin: ORIGIN,
            site: "hezuo.test",
        }
    }

    fn client_data(&self, kind: &str, challenge: &Value) -> Vec<u8> {
        json!({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false})
            .to_string()
            .into_bytes()
    }

    fn head(&self, more: u8) -> Vec<u8> {
        let site = digest(self.site.as_bytes());
        let (flags, counter) = ([self.flags | more], self.counter.to_be_bytes());
        [site.as_slice(), &flags, &counter].concat()
    }

    /// What a browser sends when it has made the passkey.
    fn made(&mut self, wish: &Value, name: &str) -> Value {
        let handle = wish["user_handle"].as_str().expect("a handle");
        handle.clone_into(&mut self.handle);
        let point = self.pair.public_key().as_ref();
        let key = [
            &[0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20][..],
            &point[1..33],
            &[0x22, 0x58, 0x20],
            &point[33..],
        ];
        let said = [
            self.head(0x40),
            vec![0; 16],
            vec![0, 16],
            self.id.to_vec(),
            key.concat(),
        ]
        .concat();
        let length = u8::try_from(said.len()).expect("short");
        let envelope = [
            b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".as_slice(),
            &[length],
            &said,
        ];
        let client = self.client_data("webauthn.create", &wish["challenge"]);
        json!({"name": name, "client_data": text(&client), "attestation": text(&envelope.concat())})
    }

    /// What a browser sends when it has used the passkey.
    fn answer(&self, challenge: &Value) -> Value {
        let client = self.client_data("webauthn.get", challenge);
        let said = self.head(0);
        let message = [said.as_slice(), &digest(&client)].concat();
        let random = SystemRandom::new();
        let signature = self.pair.sign(&random, &message).expect("a signature");
        json!({"id": text(&self.id), "client_data": text(&client),
            "authenticator_data": text(&said), "signature": text(signature.as_ref()),
            "user_handle": self.handle})
    }
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn post(router: &Router, path: &str) -> Call {
    Call::new(router.clone(), Method::POST, path)
}

async fn challenge(router: &Router) -> Value {
    let asked = post(router, "/api/v1/session/passkey-challenge").await.ok();
    assert_eq!(asked["rp_id"], "hezuo.test");
    asked["challenge"].clone()
}

/// Gives somebody a passkey; its id.
async fn add(router: &Router, login: &Login, hand: &mut Authenticator, name: &str) -> String {
    let begin = post(router, "/api/v1/account/passkeys/challenge").by(login);
    let wish = begin.await.ok();
    let made = hand.made(&wish, name);
    let added = post(router, "/api/v1/account/passkeys").by(login);
    let added = added.json(&made).await.expect("201");
    // The same answer is no second passkey.
    let again = post(router, "/api/v1/account/passkeys").by(login);
    again.json(&made).await.expect("422 passkey.unusable");
    added.json()["id"].as_str().expect("an id").to_owned()
}

on_both_databases! {
    async fn a_passkey_signs_in_alone_and_every_answer_is_good_once(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let (router, officer) = (router(&app), world.factory.officer());
        let mut hand = Authenticator::new(1);
        let id = add(&router, officer, &mut hand, "My phone").await;
        let enter = |body: &Value| post(&router, "/api/v1/session/passkey").json(body);
        let answer = hand.answer(&challenge(&router).await);
        let session = enter(&answer).await.expect("200");
        assert_eq!(session.json()["name"], "a-safety_officer");
        enter(&answer).await.expect("422 passkey.unusable");
        let cookie = session.header("set-cookie").split(';').next().expect("a pair").to_owned();
        app.get("/api/v1/session").header("cookie", &cookie).await.expect("200");

        // Too late; a challenge that is not ours; another purpose's.
        let late = hand.answer(&challenge(&router).await);
        app.clock.advance_seconds(5 * 60);
        enter(&late).await.expect("422 passkey.unusable");
        enter(&hand.answer(&json!(text(&[7; 56])))).await.expect("422 passkey.unusable");
        let ways = Call::new(router.clone(), Method::GET, "/api/v1/session/proof").by(officer);
        let ways = ways.await.ok();
        let asked = &ways["passkey"]["challenge"];
        enter(&hand.answer(asked)).await.expect("422 passkey.unusable");

        // Somebody else's account, another page, another site, nobody verified, another key.
        let other = world.factory.member().user;
        let handle = [world.factory.id.0.as_bytes().as_slice(), other.0.as_bytes()].concat();
        let mut wrong = hand.answer(&challenge(&router).await);
        wrong["user_handle"] = json!(text(&handle));
        enter(&wrong).await.expect("422 passkey.unusable");
        let bend = |change: fn(&mut Authenticator)| {
            let mut bent = Authenticator::new(1);
            bent.handle.clone_from(&hand.handle);
            change(&mut bent);
            bent
        };
        let thief = bend(|_| ());
        enter(&thief.answer(&challenge(&router).await)).await.expect("422 passkey.unusable");
        for change in [
            (|it| it.origin = "https://hezuo.test.evil.example") as fn(&mut Authenticator),
            |it| it.site = "evil.example",
            |it| it.flags = 1,
            |it| it.id = [9; 16],
        ] {
            change(&mut hand);
            enter(&hand.answer(&challenge(&router).await)).await.expect("422 passkey.unusable");
            (hand.origin, hand.site, hand.flags, hand.id) =
                (ORIGIN, "hezuo.test", PRESENT_AND_VERIFIED, [1; 16]);
        }
        enter(&hand.answer(&challenge(&router).await)).await.expect("200");

        // One that counts must go on counting: a copy does not.
        hand.counter = 5;
        enter(&hand.answer(&challenge(&router).await)).await.expect("200");
        enter(&hand.answer(&challenge(&router).await)).await.expect("422 passkey.unusable");
        hand.counter = 6;
        enter(&hand.answer(&challenge(&router).await)).await.expect("200");

        // A locked login, and a passkey that was removed.
        let path = |tail: &str| world.factory.at(&format!("/users/{}/{tail}", officer.user));
        let administrator = world.factory.administrator();
        app.post(&path("disable")).by(administrator).await.expect("204");
        hand.counter = 7;
        enter(&hand.answer(&challenge(&router).await)).await.expect("422 passkey.unusable");
        app.post(&path("enable")).by(administrator).await.expect("204");
        let back = enter(&hand.answer(&challenge(&router).await)).await.expect("200");
        let cookie = back.header("set-cookie").split(';').next().expect("a pair").to_owned();
        let gone = format!("/api/v1/account/passkeys/{id}");
        app.call(Method::DELETE, &gone).by(administrator).await.expect("204");
        hand.counter = 8;
        enter(&hand.answer(&challenge(&router).await)).await.expect("200");
        app.call(Method::DELETE, &gone).header("cookie", &cookie).await.expect("204");
        hand.counter = 9;
        enter(&hand.answer(&challenge(&router).await)).await.expect("422 passkey.unusable");
    }

    async fn passkeys_are_their_owner_s_to_see_and_the_administrator_s_to_take_off(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let (router, officer) = (router(&app), world.factory.officer());
        let (mut one, mut two) = (Authenticator::new(1), Authenticator::new(2));
        add(&router, officer, &mut one, "My phone").await;
        add(&router, officer, &mut two, "My computer").await;
        let list = |login| Call::new(router.clone(), Method::GET, "/api/v1/account/passkeys").by(login);
        let own = list(officer).await.ok();
        assert_eq!(own["origin"], ORIGIN);
        assert_eq!(own["items"].as_array().map(Vec::len), Some(2), "{own}");
        assert!(own.to_string().contains("My computer"), "{own}");
        let others = list(world.factory.member()).await.ok();
        assert_eq!(others["items"], json!([]));
        // Another's account does not take the same key.
        let begin = post(&router, "/api/v1/account/passkeys/challenge").by(world.factory.member());
        let made = one.made(&begin.await.ok(), "Stolen");
        let add = post(&router, "/api/v1/account/passkeys").by(world.factory.member());
        add.json(&made).await.expect("422 passkey.unusable");
        let nameless = post(&router, "/api/v1/account/passkeys").by(officer);
        nameless.json(&json!({"name": " ", "client_data": "", "attestation": ""})).await
            .expect("422 input.missing at name");

        let path = world.factory.at(&format!("/users/{}/reset-second-factor", officer.user));
        app.post(&path).by(world.factory.administrator()).await.expect("204");
        assert_eq!(list(officer).await.ok()["items"], json!([]));
        let told = app.get("/api/v1/account").by(officer).await.ok();
        let acts = told["events"].as_array().expect("events").iter();
        let acts: Vec<_> = acts.map(|it| it["act"].as_str().unwrap_or_default()).collect();
        assert_eq!(acts.iter().filter(|it| **it == "passkey").count(), 2, "{acts:?}");
        assert!(acts.contains(&"reset_second_factor"), "{acts:?}");
    }
}

#[tokio::test]
async fn by_a_number_or_in_plain_text_there_are_no_passkeys() {
    let app = TestApp::on(hezuo_store::testing::sqlite().await);
    let world = world(&app).await;
    let officer = world.factory.officer();
    let list = app.get("/api/v1/account/passkeys").by(officer).await.ok();
    assert_eq!(list["origin"], Value::Null);
    for (path, login) in [
        ("/api/v1/account/passkeys/challenge", true),
        ("/api/v1/session/passkey-challenge", false),
    ] {
        let call = app.post(path);
        let call = if login { call.by(officer) } else { call };
        call.await.expect("409 passkey.not_here");
    }
    let body = json!({"login": "a-safety_officer", "password": PASSWORD});
    app.post("/api/v1/session").json(&body).await.expect("200");
}
