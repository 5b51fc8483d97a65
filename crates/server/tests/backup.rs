//! A backup that is made while reports come in holds every one that was acknowledged before it
//! began; what was changed in it is refused.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test stops where it fails"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hezuo_app::App;
use hezuo_app::places::report_path;
use hezuo_app::reports::{Submission, follow_up, submit};
use hezuo_domain::Scope;
use hezuo_domain::cases::{Category, Source, Voice};
use hezuo_domain::commitment::digest;
use hezuo_domain::report_code::{Lookup, ReportCode};
use hezuo_domain::reports::Report;
use hezuo_server::OsRandom;
use hezuo_server::config::Config;
use hezuo_store::places;

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays behind costs disk, not correctness.
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn folder(name: &str) -> Folder {
    let folder = std::env::temp_dir().join(format!("hezuo-backup-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    Folder(folder)
}

fn hezuo(data: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hezuo"))
        .args(arguments)
        .env("HEZUO_DATA", data)
        .env("RUST_LOG", "error")
        .output()
        .unwrap()
}

/// A factory that has been at work for a week.
fn factory(data: &Path) {
    let made = hezuo(
        data,
        &[
            "demo",
            "--no-serve",
            "--enterprises",
            "1",
            "--weeks",
            "1",
            "--data",
            data.to_str().unwrap(),
        ],
    );
    assert!(made.status.success(), "{made:?}");
}

/// The wall code of one of its areas.
async fn wall_code(app: &App) -> String {
    let scope = Scope::System("the directory of enterprises has no tenant");
    let mut tx = app.db.read(&scope).await.unwrap();
    for id in places::all_enterprises(&mut tx).await.unwrap() {
        let enterprise = places::find_enterprise(&mut tx, id).await.unwrap().unwrap();
        let code = enterprise.short_code.as_str();
        let found = places::entrances(&mut tx, &[code]).await.unwrap();
        if let Some(area) = found[0].1.first() {
            let path = report_path(app, &enterprise.short_code, Some(&area.code));
            return path.trim_start_matches("/r/").to_owned();
        }
    }
    panic!("the demo has no area")
}

async fn open(data: &Path) -> App {
    let mut config = Config::read(None).unwrap();
    config.data = data.to_owned();
    config.program = env!("CARGO_BIN_EXE_hezuo").into();
    hezuo_server::open::app(&config).await.unwrap()
}

async fn report(app: &App, wall_code: &str) -> Lookup {
    let lookup = ReportCode::random(&OsRandom).lookup();
    let submission = Submission {
        wall_code: wall_code.to_owned(),
        lookup,
        digest: digest(&lookup.0),
        report: Report {
            category: Category::Machine,
            text: "The guard is off".to_owned(),
            voice: Voice::Anonymous,
            name: None,
            finder: None,
            danger: false,
            name_machine: false,
            reader: hezuo_domain::apart::Reader::Team,
            attachments: Vec::new(),
        },
        source: Source::Phone,
        day: None,
    };
    assert!(submit(app, submission).await.unwrap());
    lookup
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_before_the_backup_is_in_it() {
    let ground = folder("busy");
    let (data, to) = (ground.0.join("data"), ground.0.join("copy"));
    let (restored, key) = (ground.0.join("restored"), ground.0.join("key"));
    factory(&data);
    let app = Arc::new(open(&data).await);
    let wall_code = wall_code(&app).await;
    let mut before = Vec::new();
    for _ in 0..20 {
        before.push(report(&app, &wall_code).await);
    }
    // Others go on reporting while the copy is made.
    let stop = Arc::new(AtomicBool::new(false));
    let busy = {
        let (app, stop) = (Arc::clone(&app), Arc::clone(&stop));
        tokio::spawn(async move {
            let mut sent = 0;
            // One wall code takes so many reports in an hour, and a slow copy would see more.
            while sent < 200 && !stop.load(Ordering::Relaxed) {
                report(&app, &wall_code).await;
                sent += 1;
            }
            sent
        })
    };
    let (of, at, into) = (data.clone(), to.clone(), key.clone());
    let made = tokio::task::spawn_blocking(move || {
        let into = into.to_str().unwrap();
        hezuo(&of, &["backup", at.to_str().unwrap(), "--key-to", into])
    });
    let made = made.await.unwrap();
    stop.store(true, Ordering::Relaxed);
    assert!(busy.await.unwrap() > 0, "nobody reported meanwhile");
    assert!(made.status.success(), "{made:?}");
    assert!(
        !to.join("secret.key").exists(),
        "the key lies beside what it opens"
    );

    let key = key.to_str().unwrap();
    let done = hezuo(&restored, &["restore", to.to_str().unwrap(), "--key", key]);
    assert!(done.status.success(), "{done:?}");
    let again = open(&restored).await;
    for lookup in before {
        assert_eq!(
            follow_up(&again, lookup).await.unwrap().text,
            "The guard is off"
        );
    }
    // Nothing is written over, and nothing half-made stays.
    let twice = hezuo(&restored, &["restore", to.to_str().unwrap(), "--key", key]);
    assert!(!twice.status.success());
    let twice = hezuo(&data, &["backup", to.to_str().unwrap()]);
    assert!(!twice.status.success());
    let mut left: Vec<String> = std::fs::read_dir(&ground.0)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["copy", "data", "key", "restored"]);
}

/// Runs a command with a second place for backups.
fn with_place(data: &Path, to: &Path, public_key: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hezuo"))
        .args(arguments)
        .env("HEZUO_DATA", data)
        .env("HEZUO_BACKUP_TO", to)
        .env("HEZUO_BACKUP_PUBLIC_KEY", public_key)
        .env("RUST_LOG", "error")
        .output()
        .unwrap()
}

/// Makes a pair of keys; the public one.
fn key_pair(ground: &Path, file: &Path) -> String {
    let made = hezuo(ground, &["backup-key", file.to_str().unwrap()]);
    assert!(made.status.success(), "{made:?}");
    let said = String::from_utf8(made.stdout).unwrap();
    let key = said.split('"').nth(1).unwrap();
    assert!(key.starts_with("age1"), "{said}");
    key.to_owned()
}

#[test]
fn a_backup_at_the_second_place_opens_with_the_private_key_alone() {
    let ground = folder("sealed");
    let (data, to) = (ground.0.join("data"), ground.0.join("second"));
    factory(&data);
    let (private, other) = (ground.0.join("private.key"), ground.0.join("other.key"));
    let public = key_pair(&ground.0, &private);
    key_pair(&ground.0, &other);

    let none = with_place(&data, &to, &public, &["backup"]);
    assert!(
        !none.status.success(),
        "a place that is not there is not made"
    );
    std::fs::create_dir(&to).unwrap();
    let late = hezuo(&data, &["health"]);
    assert!(!late.status.success(), "no backup yet");
    let wrong = with_place(&data, &to, "age1wrong", &["backup"]);
    assert!(!wrong.status.success());
    let made = with_place(&data, &to, &public, &["backup"]);
    assert!(made.status.success(), "{made:?}");
    let well = hezuo(&data, &["health"]);
    let said = String::from_utf8(well.stdout).unwrap();
    assert!(well.status.success(), "{said}");
    assert!(said.contains("hezuo_events_in_no_backup 0\n"), "{said}");

    let file = a_file_below(&to);
    let closed = std::fs::read(&file).unwrap();
    let secret = std::fs::read(data.join("secret.key")).unwrap();
    for open in [secret.as_slice(), b"SQLite format 3", b"manifest.json"] {
        let found = closed.windows(open.len()).any(|window| window == open);
        assert!(!found, "something lies open in it");
    }
    let into = ground.0.join("restored");
    let restore = |key: &Path| {
        let words = [
            "restore",
            file.to_str().unwrap(),
            "--identity",
            key.to_str().unwrap(),
        ];
        let done = hezuo(&into, &words);
        assert_eq!(
            done.status.success(),
            into.exists(),
            "half restored: {done:?}"
        );
        done.status.success()
    };
    assert!(!restore(&other), "another key opens it");
    let mut changed = closed.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    std::fs::write(&file, changed).unwrap();
    assert!(!restore(&private), "a changed byte is not seen");
    std::fs::write(&file, &closed[..closed.len() - 70_000]).unwrap();
    assert!(!restore(&private), "a file that was cut off is not seen");
    std::fs::write(&file, closed).unwrap();
    assert!(restore(&private));
    assert_eq!(std::fs::read(into.join("secret.key")).unwrap(), secret);
    let left: Vec<_> = std::fs::read_dir(&data)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("unfinished") || name.contains("opened"))
        .collect();
    assert_eq!(left, Vec::<String>::new(), "nothing open is left behind");
}

fn a_file_below(folder: &Path) -> PathBuf {
    let mut at = folder.to_owned();
    while at.is_dir() {
        at = std::fs::read_dir(&at)
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
            .path();
    }
    at
}

#[test]
fn what_was_changed_in_a_backup_is_refused() {
    let ground = folder("changed");
    let (data, to) = (ground.0.join("data"), ground.0.join("copy"));
    factory(&data);
    let made = hezuo(&data, &["backup", to.to_str().unwrap()]);
    assert!(made.status.success(), "{made:?}");
    let key = data.join("secret.key");
    let into = ground.0.join("restored");
    let restore = |key: &Path| {
        let done = hezuo(
            &into,
            &[
                "restore",
                to.to_str().unwrap(),
                "--key",
                key.to_str().unwrap(),
            ],
        );
        assert!(
            !into.exists() || done.status.success(),
            "half restored: {done:?}"
        );
        (
            done.status.success(),
            String::from_utf8(done.stderr).unwrap(),
        )
    };

    let other_key = ground.0.join("other");
    std::fs::write(&other_key, [7; 32]).unwrap();
    let (done, said) = restore(&other_key);
    assert!(!done && said.contains("does not belong"), "{said}");

    let picture = a_file_below(&to.join("blobs"));
    let bytes = std::fs::read(&picture).unwrap();
    std::fs::write(&picture, b"another picture").unwrap();
    let (done, said) = restore(&key);
    assert!(!done && said.contains("picture"), "{said}");
    std::fs::write(&picture, bytes).unwrap();

    let database = to.join("hezuo.db");
    let whole = std::fs::read(&database).unwrap();
    let mut changed = whole.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    std::fs::write(&database, changed).unwrap();
    let (done, said) = restore(&key);
    assert!(
        !done && said.contains("not the one that was written"),
        "{said}"
    );
    std::fs::write(&database, whole).unwrap();

    let (done, said) = restore(&key);
    assert!(done, "{said}");
}
