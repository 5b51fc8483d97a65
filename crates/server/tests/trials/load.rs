//! Phones that send reports, pictures and words, keep what was not acknowledged, and send the same bytes
//! again: a good outbox without a browser.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use hezuo_domain::commitment::{digest, hex};
use hezuo_domain::report_code::Lookup;
use image::{ImageFormat, Rgb, RgbImage};

/// One thing that a phone sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Item {
    Report(u32),
    Picture(u32),
    Words(u32),
}

/// What of it was told to be received.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told {
    /// Everything that was ever tried.
    pub(crate) tried: BTreeSet<Item>,
    /// What the server has acknowledged.
    pub(crate) taken: BTreeSet<Item>,
    /// Answers that no phone expects, by what was sent.
    pub(crate) odd: Vec<String>,
    /// How often the server said that it can't just now.
    pub(crate) refused: u64,
    /// How long the answers took, in milliseconds.
    pub(crate) waits: Vec<u64>,
}

/// All phones of a trial.
pub(crate) struct Load {
    wall_code: String,
    next: AtomicU32,
    last: u32,
    told: Mutex<Told>,
    retry: Mutex<Vec<u32>>,
}

/// Whether a report of this number is anonymous.
pub(crate) fn is_anonymous(number: u32) -> bool {
    number % 4 == 1
}

/// Whether it tells of a danger.
fn is_danger(number: u32) -> bool {
    number.is_multiple_of(8) || number % 16 == 9
}

fn has_picture(number: u32) -> bool {
    number.is_multiple_of(5)
}

fn has_words(number: u32) -> bool {
    number % 4 == 2
}

pub(crate) fn lookup(number: u32) -> Lookup {
    Lookup(digest(format!("trial {number}").as_bytes()))
}

pub(crate) fn text(number: u32) -> String {
    format!("Report {number} of the trial")
}

/// What a reporter adds to his report.
pub(crate) fn words(number: u32) -> String {
    format!("More about report {number}")
}

fn picture(number: u32) -> Vec<u8> {
    let [_, red, green, blue] = number.to_be_bytes();
    let image = RgbImage::from_pixel(24, 24, Rgb([red, green, blue]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// Sends one request over a connection of its own; the status, or nothing without an answer.
pub(crate) fn request(address: &str, head: &str, body: &[u8]) -> Option<u16> {
    let mut stream = TcpStream::connect(address).ok()?;
    let patience = Some(Duration::from_secs(20));
    stream.set_read_timeout(patience).ok()?;
    stream.set_write_timeout(patience).ok()?;
    let head = format!(
        "{head}\r\nhost: {address}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8_lossy(&answer);
    answer.split(' ').nth(1)?.parse().ok()
}

/// Whether the server says that it takes reports.
pub(crate) fn is_well(address: &str) -> bool {
    request(address, "GET /healthz HTTP/1.1", b"") == Some(200)
}

impl Load {
    /// Phones that will send at most so many reports.
    pub(crate) fn new(wall_code: &str, last: u32) -> Self {
        Self::between(wall_code, 0, last)
    }

    /// The same with numbers from the first on.
    pub(crate) fn between(wall_code: &str, first: u32, last: u32) -> Self {
        Self {
            wall_code: wall_code.to_owned(),
            next: AtomicU32::new(first),
            last,
            told: Mutex::default(),
            retry: Mutex::default(),
        }
    }

    /// The same, after others have been told something already.
    pub(crate) fn after(wall_code: &str, told: &Told) -> Self {
        let load = Self::new(wall_code, u32::MAX);
        load.told().clone_from(told);
        load
    }

    pub(crate) fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap()
    }

    fn send(&self, address: &str, item: Item) -> Option<u16> {
        match item {
            Item::Report(number) => {
                let voice = if is_anonymous(number) {
                    "anonymous"
                } else {
                    "named"
                };
                let name = (voice == "named").then_some("Li Hong");
                let body = serde_json::json!({
                    "code": self.wall_code, "lookup": hex(&lookup(number).0), "category": "machine",
                    "voice": voice, "name": name, "text": text(number), "danger": is_danger(number),
                });
                let head = "POST /api/v1/reports HTTP/1.1\r\ncontent-type: application/json";
                request(address, head, body.to_string().as_bytes())
            }
            Item::Picture(number) => {
                let lookup = hex(&lookup(number).0);
                let head = format!(
                    "PUT /api/v1/reports/attachments/p1.jpg HTTP/1.1\r\nreport-lookup: {lookup}\r\n\
                     content-type: application/octet-stream"
                );
                request(address, &head, &picture(number))
            }
            Item::Words(number) => {
                let id = uuid_of(number);
                let body = serde_json::json!({
                    "lookup": hex(&lookup(number).0), "id": id, "text": words(number),
                });
                let head =
                    "POST /api/v1/follow-up/messages HTTP/1.1\r\ncontent-type: application/json";
                request(address, head, body.to_string().as_bytes())
            }
        }
    }

    /// Tries one item until the server has given an answer to go by; whether it is taken.
    fn deliver(&self, address: &str, item: Item) -> bool {
        {
            let mut told = self.told();
            if told.taken.contains(&item) {
                return true;
            }
            told.tried.insert(item);
        }
        let start = Instant::now();
        let status = self.send(address, item);
        let mut told = self.told();
        match status {
            Some(200 | 201 | 204) => {
                told.waits
                    .push(u64::try_from(start.elapsed().as_millis()).unwrap());
                told.taken.insert(item);
                true
            }
            // The outbox of a phone tries these again: busy, stopped, full, or a failure of ours.
            Some(429 | 500..) => {
                told.refused += 1;
                false
            }
            Some(status) => {
                told.odd.push(format!("{status} for {item:?}"));
                false
            }
            None => false,
        }
    }

    /// One phone's work on one report: the report, then its picture and words.
    fn deliver_all(&self, address: &str, number: u32) -> bool {
        self.deliver(address, Item::Report(number))
            && (!has_picture(number) || self.deliver(address, Item::Picture(number)))
            && (!has_words(number) || self.deliver(address, Item::Words(number)))
    }

    fn take_number(&self) -> Option<u32> {
        if let Some(number) = self.retry.lock().unwrap().pop() {
            return Some(number);
        }
        let number = self.next.fetch_add(1, Ordering::SeqCst);
        (number < self.last).then_some(number)
    }

    /// Several phones at once until they are told to stop or all is delivered. What fails is kept, and
    /// sent again in the next round.
    pub(crate) fn run(&self, address: &str, phones: usize, stop: &AtomicBool) {
        std::thread::scope(|scope| {
            for _ in 0..phones {
                scope.spawn(|| {
                    let mut kept = Vec::new();
                    let mut failed = 0;
                    while !stop.load(Ordering::SeqCst) {
                        let Some(number) = self.take_number() else {
                            break;
                        };
                        if self.deliver_all(address, number) {
                            failed = 0;
                            continue;
                        }
                        kept.push(number);
                        failed += 1;
                        if failed > 2 || kept.len() > 20 {
                            // A phone waits before it tries once more.
                            super::ground::pass(Duration::from_millis(100));
                            self.retry.lock().unwrap().append(&mut kept);
                        }
                    }
                    self.retry.lock().unwrap().append(&mut kept);
                });
            }
        });
    }

    /// Whether a server takes one more report just now.
    pub(crate) fn takes(&self, address: &str) -> bool {
        let number = self.next.fetch_add(1, Ordering::SeqCst);
        self.deliver(address, Item::Report(number))
    }

    /// One after the other, the first so many reports; whether all is delivered.
    pub(crate) fn in_order(&self, address: &str, reports: u32) -> bool {
        (0..reports).all(|number| self.deliver_all(address, number))
    }

    /// Sends all that was ever tried and not acknowledged, until nothing is left or patience ends.
    pub(crate) fn finish(&self, address: &str) -> Vec<String> {
        let begun: BTreeSet<u32> = self.told().tried.iter().map(|it| it.number()).collect();
        let patience = Duration::from_secs(90);
        let done = super::ground::until(patience, || {
            begun
                .iter()
                .filter(|number| !self.deliver_all(address, **number))
                .count()
                == 0
        });
        self.retry.lock().unwrap().clear();
        if done {
            Vec::new()
        } else {
            vec!["what was kept on the phones can't be delivered".to_owned()]
        }
    }

    /// How long nineteen of twenty answers took at most, in milliseconds.
    pub(crate) fn p95(&self) -> u64 {
        let mut waits = self.told().waits.clone();
        waits.sort_unstable();
        waits.get(waits.len() * 19 / 20).copied().unwrap_or(0)
    }
}

impl Item {
    pub(crate) fn number(self) -> u32 {
        match self {
            Self::Report(number) | Self::Picture(number) | Self::Words(number) => number,
        }
    }
}

fn uuid_of(number: u32) -> String {
    let hex = hex(&digest(format!("words {number}").as_bytes()));
    let part = |from: usize, to: usize| &hex[from..to];
    format!(
        "{}-{}-4{}-8{}-{}",
        part(0, 8),
        part(8, 12),
        part(13, 16),
        part(17, 20),
        part(20, 32)
    )
}

/// How many of what was told, for the line at the end.
pub(crate) fn counts(told: &Told) -> BTreeMap<&'static str, usize> {
    let of = |fits: fn(&Item) -> bool| told.taken.iter().filter(|it| fits(it)).count();
    BTreeMap::from([
        ("reports", of(|it| matches!(it, Item::Report(_)))),
        ("pictures", of(|it| matches!(it, Item::Picture(_)))),
        ("words", of(|it| matches!(it, Item::Words(_)))),
    ])
}
