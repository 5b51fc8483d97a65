//! Mail: what arrives at a mail server, for whom, and what never leaves.

use std::sync::{Arc, Mutex};

use hezuo_app::notices;
use hezuo_domain::people::Role;
use hezuo_server::config::Mail;
use hezuo_server::post::Post;
use hezuo_store::on_both_databases;
use hezuo_store::testing::Fresh;
use hezuo_testkit::{Login, TestApp, plan, world};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::channels_notices::{CANARIES, danger, sending_jobs, settle};
use crate::life::Life;

/// A mail server that keeps what it takes, and refuses what it is told to (RFC 5321).
#[derive(Clone)]
struct Mailbox {
    address: String,
    taken: Arc<Mutex<Vec<(String, String)>>>,
    refuses: Arc<Mutex<bool>>,
}

impl Mailbox {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let it = Self {
            address: format!("smtp://{}", listener.local_addr().expect("an address")),
            taken: Arc::default(),
            refuses: Arc::default(),
        };
        let server = it.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let it = server.clone();
                tokio::spawn(async move { it.talk(stream).await });
            }
        });
        it
    }

    async fn talk(&self, stream: TcpStream) -> Option<()> {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        write.write_all(b"220 works.example\r\n").await.ok()?;
        let mut to = String::new();
        while let Some(line) = lines.next_line().await.ok()? {
            let answer = match line.get(..4)?.to_ascii_uppercase().as_str() {
                "EHLO" => "250 works.example",
                "RCPT" if *self.refuses.lock().expect("a word") => "550 nobody of that name",
                "RCPT" => {
                    to = line;
                    "250 fine"
                }
                "DATA" => {
                    write.write_all(b"354 go on\r\n").await.ok()?;
                    let mut text = String::new();
                    while let Some(line) = lines.next_line().await.ok()? {
                        if line == "." {
                            break;
                        }
                        text.push_str(&line);
                        text.push('\n');
                    }
                    self.taken.lock().expect("the box").push((to.clone(), text));
                    "250 taken"
                }
                _ => "250 fine",
            };
            write
                .write_all(format!("{answer}\r\n").as_bytes())
                .await
                .ok()?;
        }
        Some(())
    }

    /// What has arrived since the last look: for whom, headers, and the text as it is read.
    fn taken(&self) -> Vec<Arrived> {
        let taken = std::mem::take(&mut *self.taken.lock().expect("the box"));
        taken
            .into_iter()
            .map(|(to, raw)| Arrived::read(to, &raw))
            .collect()
    }
}

#[derive(Debug)]
struct Arrived {
    to: String,
    headers: String,
    text: String,
}

impl Arrived {
    fn read(to: String, raw: &str) -> Self {
        use base64::Engine;
        use base64::engine::general_purpose::STANDARD;
        let (headers, body) = raw.split_once("\n\n").expect("headers and a body");
        let text = if headers.contains("base64") {
            let bytes = STANDARD.decode(body.replace('\n', "")).expect("base64");
            String::from_utf8(bytes).expect("text")
        } else {
            body.replace("=\n", "")
        };
        let headers = headers.to_owned();
        Self { to, headers, text }
    }
}

fn app_on(fresh: Fresh, mail: &Mail) -> TestApp {
    let config = notices::Config {
        base: "https://hezuo.example".to_owned(),
        words: hezuo_api::message_word,
        carrier: Arc::new(Post::new(false, mail).expect("a way out")),
        ..notices::Config::default()
    };
    TestApp::with(fresh, config)
}

fn settings(server: &str) -> Mail {
    Mail {
        server: server.to_owned(),
        from: "hezuo@works.example".to_owned(),
        ..Mail::default()
    }
}

async fn set(app: &TestApp, path: &str, by: &Login, address: &str) {
    let body = json!({"address": address});
    app.put(path).by(by).json(&body).await.expect("204");
}

async fn own(app: &TestApp, path: &str, by: &Login) -> Value {
    app.get(path).by(by).await.ok()
}

on_both_databases! {
    async fn who_wants_mail_gets_what_they_are_told_and_nobody_else_sees_the_address(fresh) {
        let mailbox = Mailbox::start().await;
        let app = app_on(fresh, &settings(&mailbox.address));
        let world = world(&app).await;
        let factory = &world.factory;
        let path = factory.at("/notices/own-mail");
        let test = format!("{path}/test");
        app.post(&test).by(factory.officer()).await.expect("404 not_found");
        set(&app, &path, factory.officer(), " officer@works.example ").await;
        set(&app, &path, factory.member(), "member@works.example").await;
        assert_eq!(own(&app, &path, factory.officer()).await["address"], "officer@works.example");
        assert_eq!(own(&app, &path, factory.by(Role::Manager)).await["address"], Value::Null);
        let rows = app.fresh.dump().await.join("\n");
        assert!(!rows.contains("works.example"), "sealed at rest");

        // A danger rings at the officer, not at a member of the team yet.
        danger(&app, factory, "anonymous", 80).await;
        settle(&app).await;
        let taken = mailbox.taken();
        assert_eq!(taken.len(), 1, "{taken:?}");
        let one = &taken[0];
        assert!(one.to.contains("<officer@works.example>"), "{one:?}");
        assert!(one.headers.contains("Auto-Submitted: auto-generated"), "{one:?}");
        assert!(one.text.contains("Workshop") && one.text.contains("2026-03-10"), "{one:?}");
        assert!(one.text.contains("https://hezuo.example/phone/#/e/"), "{one:?}");
        let all = format!("{one:?}");
        for word in CANARIES.iter().chain(&["anonymous", "voice", "reporter"]) {
            assert!(!all.contains(word), "{word} in {all}");
        }
        assert_eq!(sending_jobs(&app).await, 0, "no row tells when it was");
        assert_eq!(own(&app, &path, factory.officer()).await["result"], "ok");
    }

    async fn an_owner_is_told_of_their_own_and_what_is_refused_is_said(fresh) {
        let mailbox = Mailbox::start().await;
        let app = app_on(fresh, &settings(&mailbox.address));
        let mut world = world(&app).await;
        let path = world.factory.at("/notices/own-mail");
        set(&app, &path, world.factory.member(), "member@works.example").await;
        let life = Life::begin(&app, &world.factory, "named", 60).await;
        let accept = json!({"type": "accept", "answer": "Yes."});
        life.act(world.factory.officer(), accept).await.ok();
        let owner = world.factory.member().person;
        life.act(world.factory.officer(), plan(owner, "2026-03-11")).await.ok();
        app.clock.advance_seconds(24 * 3_600);
        notices::tell_owners(&app.app).await.expect("the round");
        settle(&app).await;
        let taken = mailbox.taken();
        assert_eq!(taken.len(), 1, "{taken:?}");
        assert!(taken[0].to.contains("<member@works.example>"));
        assert!(taken[0].text.contains("/mine"), "{taken:?}");

        *mailbox.refuses.lock().expect("a word") = true;
        world.factory.log_in_again(&app).await;
        let member = world.factory.member();
        let test = format!("{path}/test");
        assert_eq!(app.post(&test).by(member).await.ok()["result"], "refused:550");
        assert_eq!(own(&app, &path, member).await["result"], "refused:550");
        for wrong in ["nobody", "a@b, c@d", "a@b\r\nBcc: c@d"] {
            let refused = app.put(&path).by(member).json(&json!({"address": wrong})).await;
            refused.expect("422 input.invalid at address");
        }
        *mailbox.refuses.lock().expect("a word") = false;
        set(&app, &path, member, "").await;
        assert_eq!(own(&app, &path, member).await["address"], Value::Null);
        app.post(&test).by(member).await.expect("404 not_found");
        assert!(mailbox.taken().is_empty());
    }

    async fn without_a_mail_server_nothing_is_offered(fresh) {
        let app = app_on(fresh, &Mail::default());
        let world = world(&app).await;
        let factory = &world.factory;
        let path = factory.at("/notices/own-mail");
        assert_eq!(own(&app, &path, factory.officer()).await["possible"], false);
        set(&app, &path, factory.officer(), "officer@works.example").await;
        danger(&app, factory, "named", 81).await;
        settle(&app).await;
        assert_eq!(sending_jobs(&app).await, 0);
        let test = format!("{path}/test");
        assert_eq!(app.post(&test).by(factory.officer()).await.ok()["result"], "no_mail");
    }
}
