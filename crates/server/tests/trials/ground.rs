//! What every trial stands on: a factory in a folder of its own, and a server over it that can be ended in
//! any way.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use hezuo_app::App;
use hezuo_domain::time::{Clock, SeededRandom, SetClock};
use hezuo_server::config::Config;
use hezuo_server::demo::{Cast, Language, Setting, assemble};
use hezuo_server::{SystemClock, open};

/// A number from the environment, or the one that the trial is meant to run with.
#[expect(
    clippy::disallowed_methods,
    reason = "the sizes of a trial are settings"
)]
pub(crate) fn size(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// The seed of this run: said first, so that a failing run can be made again.
pub(crate) fn seed(trial: &str) -> Dice {
    let seed = size("HEZUO_SEED", 20_261_123);
    say(&format!("{trial}: HEZUO_SEED={seed}"));
    Dice(seed)
}

/// Says how a trial goes; it is run with `--nocapture`.
#[expect(clippy::print_stdout, reason = "a trial tells how it goes")]
pub(crate) fn say(text: &str) {
    println!("{text}");
}

/// Numbers that look random and come again with the same seed (SplitMix64).
#[derive(Debug, Clone)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// Lets time pass until a moment that nobody announces.
pub(crate) fn pass(time: Duration) {
    let (_keep, never) = mpsc::channel::<()>();
    assert!(never.recv_timeout(time).is_err());
}

/// Tries until it is so, or the patience is over.
pub(crate) fn until(patience: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while start.elapsed() < patience {
        if is_so() {
            return true;
        }
        pass(Duration::from_millis(50));
    }
    is_so()
}

/// A folder that goes with its owner.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("hezuo-trial-{name}-{}", std::process::id()));
        drop(std::fs::remove_dir_all(&path));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays behind costs disk, not correctness.
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// Copies a data folder whose server does not run.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).unwrap();
        }
    }
}

/// Where a factory's data lie.
#[derive(Clone)]
pub(crate) struct Place {
    /// The data folder.
    pub(crate) data: PathBuf,
    /// PostgreSQL; empty for SQLite in the folder.
    pub(crate) url: String,
}

impl Place {
    pub(crate) fn sqlite(data: &Path) -> Self {
        Self {
            data: data.to_owned(),
            url: String::new(),
        }
    }

    fn config(&self) -> Config {
        let mut config = Config::read(None).unwrap();
        config.data.clone_from(&self.data);
        config.database.url.clone_from(&self.url);
        config.database.owner_url.clear();
        config
    }

    /// Opens what lies there, as a command does; no server runs meanwhile.
    pub(crate) async fn open(&self) -> hezuo_server::Result<App> {
        open::app(&self.config()).await
    }

    /// Sets a factory up there, without a single report.
    pub(crate) async fn found(&self) -> Cast {
        let clock = Arc::new(SetClock::at(SystemClock.now()));
        let random = Arc::new(SeededRandom::new(7));
        let dyn_clock = Arc::clone(&clock) as Arc<dyn Clock>;
        let app = open::app_with(&self.config(), dyn_clock, random).await;
        let app = app.unwrap();
        let setting = Setting {
            now: clock.now(),
            enterprises: 1,
            weeks: 0,
            seed: 7,
            language: Language::Zh,
        };
        let mut casts = assemble(&app, &clock, setting).await.unwrap();
        app.db.close().await;
        casts.remove(0)
    }
}

/// A server over a place; it ends with its owner at the latest.
pub(crate) struct Server {
    child: Child,
    /// Where it listens, such as `127.0.0.1:40123`.
    pub(crate) address: String,
}

impl Server {
    /// Starts it on a free port; `None` where it ends before it listens.
    pub(crate) fn start(place: &Place) -> Option<Self> {
        Self::start_by(place, &[], &BTreeMap::new())
    }

    /// The same through another program, such as `strace`, or with a prepared environment.
    pub(crate) fn start_by(
        place: &Place,
        through: &[String],
        environment: &BTreeMap<&str, String>,
    ) -> Option<Self> {
        Self::start_as("serve", place, through, environment)
    }

    /// The same as another of its commands, such as `intake`.
    pub(crate) fn start_as(
        command: &str,
        place: &Place,
        through: &[String],
        environment: &BTreeMap<&str, String>,
    ) -> Option<Self> {
        let binary = env!("CARGO_BIN_EXE_hezuo").to_owned();
        let words: Vec<String> = through.iter().cloned().chain([binary]).collect();
        let log =
            std::env::temp_dir().join(format!("hezuo-trial-{command}-{}.log", std::process::id()));
        let mut child = Command::new(&words[0])
            .args(&words[1..])
            .arg(command)
            .env("HEZUO_DATA", &place.data)
            .env("HEZUO_LISTEN", "127.0.0.1:0")
            .env("HEZUO_DATABASE_URL", &place.url)
            .env("HEZUO_INTAKE_HERE", "true")
            .env("HEZUO_REPORTS_AN_HOUR", "0")
            .env("RUST_LOG", "error")
            .envs(environment)
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut line).unwrap_or(0);
        let address = line.trim().rsplit("http://").next().unwrap_or_default();
        if !line.contains("http://") {
            drop(child.kill());
            child.wait().unwrap();
            let said = std::fs::read_to_string(&log).unwrap_or_default();
            if through.is_empty() {
                say(&format!("it does not start: {}", said.trim()));
            }
            return None;
        }
        Some(Self {
            child,
            address: address.to_owned(),
        })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        drop(self.child.kill());
        self.child.wait().unwrap();
    }

    /// Asks it to stop, and waits until it has; by force after a minute.
    pub(crate) fn stop(mut self) {
        let pid = self.pid().to_string();
        drop(Command::new("kill").args(["-TERM", &pid]).status());
        let ended = until(Duration::from_mins(1), || {
            self.child.try_wait().unwrap().is_some()
        });
        if !ended {
            self.kill();
        }
    }

    /// Waits until it ends by itself; whether it has.
    pub(crate) fn ended(&mut self, patience: Duration) -> bool {
        until(patience, || self.child.try_wait().unwrap().is_some())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A process that has ended already can't be killed, which is as well.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
