//! Several processes on one PostgreSQL: two that only serve, two that only work. What one is told the others
//! know, each message leaves once, and the work goes on when those who do it end.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test stops where it fails"
)]

mod support;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hezuo_domain::commitment::hex;
use hezuo_server::demo::PASSWORD;
use hezuo_store::testing::Fresh;
use support::{config, factory, sequenced};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

const DANGERS: u8 = 12;

/// A process of ours; it ends with its owner at the latest.
struct Process {
    child: Child,
    said: String,
}

impl Process {
    fn start(fresh: &Fresh, words: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_hezuo"))
            .args(words)
            .env("HEZUO_DATA", &fresh.folder)
            .env("HEZUO_LISTEN", "127.0.0.1:0")
            .env(
                "HEZUO_DATABASE_URL",
                fresh.application_url.as_deref().unwrap(),
            )
            .env("HEZUO_DATABASE_CONNECTIONS", "4")
            .env("HEZUO_INTAKE_HERE", "true")
            .env("HEZUO_NOTICES_ALLOW_PRIVATE", "true")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut said).unwrap();
        Self { child, said }
    }

    fn address(&self) -> &str {
        self.said.trim().rsplit("http://").next().unwrap()
    }

    /// Asks it to end, as a service manager does, and waits until it has.
    fn end(mut self) {
        let pid = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        assert!(told.success());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended already can't be killed, which is as well.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn open(address: &str, head: &str, cookie: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = format!(
        "{head} HTTP/1.1\r\nhost: {address}\r\ncookie: {cookie}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

fn ask(address: &str, head: &str, cookie: &str, body: &str) -> String {
    let mut answer = String::new();
    let mut stream = open(address, head, cookie, body);
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn log_in(address: &str, login: &str) -> String {
    let body = serde_json::json!({"login": login, "password": PASSWORD}).to_string();
    let answer = ask(address, "POST /api/v1/session", "", &body);
    let cookies = answer
        .lines()
        .filter_map(|line| line.strip_prefix("set-cookie: "));
    let cookies: Vec<&str> = cookies.filter_map(|it| it.split(';').next()).collect();
    assert!(!cookies.is_empty(), "{answer}");
    cookies.join("; ")
}

/// Another machine: how often each message has come, by its id.
fn receiver() -> (String, Arc<Mutex<BTreeMap<String, u32>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/hook", listener.local_addr().unwrap());
    let arrived = Arc::new(Mutex::new(BTreeMap::new()));
    let kept = Arc::clone(&arrived);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let id =
                lines.find_map(|line| line.ok()?.strip_prefix("webhook-id: ").map(str::to_owned));
            if let Some(id) = id {
                *kept.lock().unwrap().entry(id).or_insert(0) += 1;
            }
            drop(
                stream.write_all(
                    b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
                ),
            );
        }
    });
    (address, arrived)
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "{what}");
        std::thread::park_timeout(Duration::from_millis(100));
    }
}

/// Waits for a line on a screen that stays open; signs of life come in between.
fn hear(screen: &mut Lines<BufReader<TcpStream>>, line: &str) {
    let start = Instant::now();
    while screen.next().unwrap().unwrap() != line {
        assert!(start.elapsed() < PATIENCE, "{line} is not heard");
    }
}

fn danger(wall_code: &str, number: u8) -> String {
    serde_json::json!({
        "code": wall_code, "lookup": hex(&[number; 32]), "category": "machine", "voice": "named",
        "name": "Li Hong", "text": format!("danger {number}"), "danger": true,
    })
    .to_string()
}

#[tokio::test]
async fn postgres_several_processes_share_one_database() {
    let fresh = hezuo_store::testing::postgres().await;
    let mut config = config(&fresh.folder);
    config.database.url = fresh.application_url.clone().unwrap();
    let cast = factory(&config).await;
    let before = sequenced(&config).await;
    fresh.db.close().await;

    let works: Vec<Process> = [["work"], ["work"]]
        .map(|it| Process::start(&fresh, &it))
        .into();
    let serves = [["serve", "--no-work"]; 2].map(|it| Process::start(&fresh, &it));
    let [one, other] = [serves[0].address(), serves[1].address()];
    let at =
        |method: &str, path: &str| format!("{method} /api/v1/enterprises/{}{path}", cast.factory);

    // Who has signed in at one is known at the other, and what is set at one holds at the other.
    let (admin, officer) = (log_in(one, "admin"), log_in(one, "officer"));
    let rhythm =
        r#"{"alarm_minutes":17,"quiet_from":"22:00","quiet_to":"06:00","digest_at":"08:15"}"#;
    let said = ask(other, &at("PUT", "/notices/rhythm"), &admin, rhythm);
    assert!(said.starts_with("HTTP/1.1 204"), "{said}");
    let said = ask(one, &at("GET", "/notices/rhythm"), &admin, "");
    assert!(said.contains("\"alarm_minutes\":17"), "{said}");
    let (address, arrived) = receiver();
    let secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
    let channel = serde_json::json!({"way": "webhook", "name": "hook", "kinds": ["danger"], "locale": "en",
        "active": true, "address": address, "secret": secret});
    let said = ask(
        one,
        &at("POST", "/notices/channels"),
        &admin,
        &channel.to_string(),
    );
    assert!(said.starts_with("HTTP/1.1 201"), "{said}");

    // A screen that hangs on the other hears what the one was told.
    let mut screen = BufReader::new(open(other, &at("GET", "/live"), &officer, "")).lines();
    hear(&mut screen, "event: hello");
    for number in 0..DANGERS {
        let said = ask(
            one,
            "POST /api/v1/reports",
            "",
            &danger(&cast.areas[0].wall_code, number),
        );
        assert!(said.starts_with("HTTP/1.1 201"), "{said}");
    }
    hear(&mut screen, "event: alarms");

    // Of two that work, one sends each message.
    until("every message arrives", || {
        arrived.lock().unwrap().len() >= usize::from(DANGERS)
    });
    let arrived = arrived.lock().unwrap().clone();
    assert!(arrived.values().all(|times| *times == 1), "{arrived:?}");
    assert_eq!(arrived.len(), usize::from(DANGERS));

    // Both end, and a third goes on with the chain.
    let third = Process::start(&fresh, &["work"]);
    for work in works {
        work.end();
    }
    let plain =
        danger(&cast.areas[0].wall_code, 200).replace("\"danger\":true", "\"danger\":false");
    let said = ask(one, "POST /api/v1/reports", "", &plain);
    assert!(said.starts_with("HTTP/1.1 201"), "{said}");
    hear(&mut screen, "event: cases");
    until("the third takes up what waits for the chain", || {
        ask(other, &at("GET", "/health"), &admin, "").contains("\"unsequenced\":0")
    });
    third.end();
    for serve in serves {
        serve.end();
    }
    assert_eq!(
        sequenced(&config).await - before,
        u64::from(DANGERS) + 1,
        "one event for each report"
    );
}
