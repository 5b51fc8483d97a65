//! The server is killed while reports come in: whoever was told "received" finds the report, and
//! whoever was not sends the same bytes again, and it is there once.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test stops where it fails"
)]

mod support;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

use hezuo_app::{ledger, tallies};
use hezuo_domain::Scope;
use hezuo_domain::commitment::hex;
use hezuo_server::open;
use support::{config, factory, sequenced};

const ROUNDS: u8 = 5;
const SENDERS: u8 = 4;
const REPORTS: u8 = 40;

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that can't be removed costs disk, not correctness.
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// Starts the server on a free port; its address.
fn start(folder: &Path) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hezuo"))
        .arg("serve")
        .env("HEZUO_DATA", folder)
        .env("HEZUO_LISTEN", "127.0.0.1:0")
        .env("HEZUO_DATABASE_URL", "")
        .env("HEZUO_INTAKE_HERE", "true")
        .env("HEZUO_REPORTS_AN_HOUR", "0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let address = line.trim().rsplit("http://").next().unwrap().to_owned();
    (child, address)
}

/// The report with this number, always the same bytes.
fn body(wall_code: &str, number: [u8; 3]) -> String {
    let mut lookup = [0; 32];
    lookup[..3].copy_from_slice(&number);
    let voice = if number[2].is_multiple_of(4) {
        "anonymous"
    } else {
        "named"
    };
    serde_json::json!({
        "code": wall_code, "lookup": hex(&lookup), "category": "machine", "voice": voice,
        "name": "Li Hong", "text": format!("{number:?}"), "danger": number[2].is_multiple_of(8),
    })
    .to_string()
}

/// Sends a report; the status, or nothing where the server died meanwhile.
fn send(address: &str, body: &str) -> Option<u16> {
    let mut stream = TcpStream::connect(address).ok()?;
    let request = format!(
        "POST /api/v1/reports HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split(' ').nth(1)?.parse().ok()
}

/// Several senders at once, until one after another finds the server gone. Kills it after a number
/// of answers, in the middle of the next ones; gives what was acknowledged.
fn round(address: &str, mut child: Child, wall_code: &str, round: u8) -> BTreeSet<[u8; 3]> {
    let (answers, received) = mpsc::channel();
    let is_killed = Arc::new(AtomicBool::new(false));
    let senders: Vec<_> = (0..SENDERS)
        .map(|sender| {
            let (answers, address) = (answers.clone(), address.to_owned());
            let (wall_code, is_killed) = (wall_code.to_owned(), Arc::clone(&is_killed));
            std::thread::spawn(move || {
                for number in 0..REPORTS {
                    let number = [round, sender, number];
                    match send(&address, &body(&wall_code, number)) {
                        Some(201) => answers.send(number).unwrap(),
                        Some(status) => panic!("{status} for {number:?}"),
                        None => {
                            assert!(
                                is_killed.load(Ordering::SeqCst),
                                "it answers until it is killed"
                            );
                            return;
                        }
                    }
                }
            })
        })
        .collect();
    drop(answers);
    let mut acknowledged = BTreeSet::new();
    while let Ok(number) = received.recv() {
        acknowledged.insert(number);
        if acknowledged.len() == 9 + 7 * usize::from(round) {
            is_killed.store(true, Ordering::SeqCst);
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(is_killed.load(Ordering::SeqCst));
    for sender in senders {
        sender.join().unwrap();
    }
    acknowledged
}

#[tokio::test]
async fn what_was_acknowledged_is_there_and_what_is_sent_again_is_there_once() {
    let folder = std::env::temp_dir().join(format!("hezuo-killed-{}", std::process::id()));
    let folder = Folder(folder);
    let cast = factory(&config(&folder.0)).await;
    let before = sequenced(&config(&folder.0)).await;
    let wall_code = &cast.areas[0].wall_code;
    let mut acknowledged = BTreeSet::new();
    for number in 0..ROUNDS {
        let (child, address) = start(&folder.0);
        acknowledged.extend(round(&address, child, wall_code, number));
    }

    let (mut child, address) = start(&folder.0);
    let mut lost_answers = 0;
    for round in 0..ROUNDS {
        for sender in 0..SENDERS {
            for number in 0..REPORTS {
                let number = [round, sender, number];
                let status = send(&address, &body(wall_code, number)).unwrap();
                if acknowledged.contains(&number) {
                    assert_eq!(status, 200, "{number:?} was acknowledged and is not there");
                } else {
                    assert!(matches!(status, 200 | 201), "{number:?}: {status}");
                    lost_answers += u32::from(status == 200);
                }
            }
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let total = i64::from(ROUNDS) * i64::from(SENDERS) * i64::from(REPORTS);
    assert!(acknowledged.len() as u64 > 50, "{}", acknowledged.len());

    let mut app = open::app(&config(&folder.0)).await.unwrap();
    app.release = hezuo_app::intake::Release::OnAsk;
    let access = cast.officer.enter(&app, cast.factory).await.unwrap();
    hezuo_app::intake::release_now(&app, &access).await.unwrap();
    ledger::sequence(&app).await.unwrap();
    let found = ledger::verify(&app, cast.factory).await.unwrap();
    assert_eq!(found.faults, Vec::<String>::new());
    assert_eq!(
        sequenced(&config(&folder.0)).await - before,
        u64::try_from(total).unwrap(),
        "one event for each report"
    );
    let summary = tallies::summary(&app, &access).await.unwrap();
    assert_eq!((summary.reported, summary.new), (total, total));
    let mut tx = app.db.read(&Scope::Enterprise(cast.factory)).await.unwrap();
    let before = hezuo_store::tallies::everything(&mut tx).await.unwrap();
    drop(tx);
    tallies::rebuild(&app, cast.factory).await.unwrap();
    let mut tx = app.db.read(&Scope::Enterprise(cast.factory)).await.unwrap();
    let after = hezuo_store::tallies::everything(&mut tx).await.unwrap();
    assert_eq!(
        before, after,
        "{lost_answers} were stored without an answer"
    );
}
