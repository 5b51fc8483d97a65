//! Phones that send reports, pictures, clips and words, keep what was not acknowledged, and send the same bytes
//! again: a good outbox without a browser. Beside them the team takes steps on the cases.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hezuo_domain::commitment::{digest, hex};
use hezuo_domain::envelopes::is_proof;
use hezuo_domain::uploads::PART;

use super::ground::{pass, until};
use super::items::{
    Item, SEALED, has_words, is_danger, items, lookup, loses_answer, text, voice, words,
};
use super::team::Team;

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
    /// How often a decision or a payment stood whose answer was lost.
    pub(crate) stood: u64,
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
    team: Option<Team>,
}

/// What a server has answered.
pub(crate) struct Answer(String);

impl Answer {
    pub(crate) fn status(&self) -> Option<u16> {
        self.0.split(' ').nth(1)?.parse().ok()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let (head, _) = self.0.split_once("\r\n\r\n")?;
        let mut headers = head.lines().filter_map(|line| line.split_once(": "));
        headers.find(|(found, _)| *found == name).map(|it| it.1)
    }

    pub(crate) fn json(&self) -> Option<serde_json::Value> {
        let (_, body) = self.0.split_once("\r\n\r\n")?;
        serde_json::from_str(body).ok()
    }
}

/// Sends one request over a connection of its own; nothing where no answer comes.
pub(crate) fn ask(address: &str, head: &str, body: &[u8]) -> Option<Answer> {
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
    Some(Answer(String::from_utf8_lossy(&answer).into_owned()))
}

/// The same; the status, or nothing without an answer.
pub(crate) fn request(address: &str, head: &str, body: &[u8]) -> Option<u16> {
    ask(address, head, body)?.status()
}

/// Sends what has a body of JSON.
pub(crate) fn post(
    address: &str,
    path: &str,
    headers: &str,
    body: &serde_json::Value,
) -> Option<Answer> {
    let head = format!("POST {path} HTTP/1.1\r\n{headers}content-type: application/json");
    ask(address, &head, body.to_string().as_bytes())
}

/// The header with the work that an intake asks of a phone before a report.
fn proof(address: &str, number: u32) -> Option<String> {
    let asked = ask(address, "GET /api/v1/proof HTTP/1.1", b"")?.json()?;
    let (challenge, bits) = (asked["challenge"].as_str()?, asked["bits"].as_u64()?);
    let bits = u32::try_from(bits).ok()?;
    let nonce = (0..1 << 40).find(|nonce| is_proof(challenge, &lookup(number).0, *nonce, bits))?;
    Some(format!("report-proof: {challenge} {nonce}\r\n"))
}

/// Sends a file from where it stands, part by part, until it is whole.
fn send_parts(address: &str, number: u32, name: &str, file: &[u8]) -> Option<u16> {
    let hash = |bytes: &[u8]| format!("sha-256=:{}:", STANDARD.encode(digest(bytes)));
    // At its end a part is a question: how far has it come?
    let mut offset = file.len();
    for _ in 0..8 {
        let part = file.get(offset..file.len().min(offset + PART))?;
        let head = format!(
            "PATCH /api/v1/reports/attachments/{name} HTTP/1.1\r\nreport-lookup: {}\r\n\
             upload-offset: {offset}\r\nupload-complete: ?{}\r\ncontent-digest: {}\r\nrepr-digest: {}",
            hex(&lookup(number).0),
            u8::from(offset + part.len() == file.len()),
            hash(part),
            hash(file)
        );
        let answer = ask(address, &head, part)?;
        let reached = answer.header("upload-offset").map(str::parse);
        match (reached, answer.header("upload-complete")) {
            (Some(Ok(reached)), Some("?0")) => offset = reached,
            _ => return answer.status(),
        }
    }
    None
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
            team: None,
        }
    }

    /// With the team, which takes steps on the cases.
    pub(crate) fn with(self, team: &Team) -> Self {
        let team = Some(team.again());
        Self { team, ..self }
    }

    pub(crate) fn team(&self) -> Option<&Team> {
        self.team.as_ref()
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
        let number = item.number();
        let lookup = hex(&lookup(number).0);
        match item {
            Item::Report(_) => {
                let voice = voice(number);
                let name = (voice != "anonymous").then_some("Li Hong");
                let body = serde_json::json!({
                    "code": self.wall_code, "lookup": lookup, "category": "machine",
                    "voice": voice, "name": name, "text": text(number), "danger": is_danger(number),
                });
                let proof = match number {
                    // Without a proof an intake takes a few reports an hour, and every danger.
                    SEALED.. => proof(address, number).unwrap_or_default(),
                    _ => String::new(),
                };
                post(address, "/api/v1/reports", &proof, &body)?.status()
            }
            Item::Picture(_) | Item::Clip(_) => {
                let (name, file) = item.file()?;
                let head = format!(
                    "PUT /api/v1/reports/attachments/{name} HTTP/1.1\r\nreport-lookup: {lookup}\r\n\
                     content-type: application/octet-stream"
                );
                request(address, &head, &file)
            }
            Item::Parts(_) => {
                let (name, file) = item.file()?;
                send_parts(address, number, name, &file)
            }
            Item::Words(_) => {
                let body = serde_json::json!({
                    "lookup": lookup, "id": item.id(), "text": words(number),
                });
                post(address, "/api/v1/follow-up/messages", "", &body)?.status()
            }
            Item::Step(_)
            | Item::Plan(_)
            | Item::Finish(_)
            | Item::Verify(_)
            | Item::Reward(_)
            | Item::Paid(_) => self.team()?.send(address, item),
        }
    }

    /// Tries one item; whether it is taken.
    pub(crate) fn deliver(&self, address: &str, item: Item) -> bool {
        let is_again = {
            let mut told = self.told();
            if told.taken.contains(&item) {
                return true;
            }
            !told.tried.insert(item)
        };
        let start = Instant::now();
        let mut status = self.send(address, item);
        if !is_again && loses_answer(item) {
            return false;
        }
        // Decisions and payments have no id: one whose answer was lost is refused, and stands.
        let has_no_id = matches!(item, Item::Reward(_) | Item::Paid(_));
        let is_refused = is_again && has_no_id && status == Some(409);
        if is_refused {
            let stands = self.team().and_then(|team| team.stands(address, item));
            status = stands.map(|stands| if stands { 200 } else { 409 });
        }
        let mut told = self.told();
        told.stood += u64::from(is_refused && status == Some(200));
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
            // Nobody listens before the factory has taken a report out of its envelope.
            Some(409) if item == Item::Words(item.number()) && item.number() >= SEALED => {
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

    /// One phone's work on one report: the report, then what belongs to it.
    fn deliver_all(&self, address: &str, number: u32) -> bool {
        items(number).all(|item| self.deliver(address, item))
    }

    /// When twice as many have reported at an intake, a reporter comes back with more.
    fn come_back(&self, address: &str, number: u32) {
        let Some(since) = number.checked_sub(SEALED) else {
            return;
        };
        let earlier = SEALED + since / 2;
        let is_there = self.told().taken.contains(&Item::Report(earlier));
        if is_there && has_words(earlier) {
            self.deliver(address, Item::Words(earlier));
        }
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
                            self.come_back(address, number);
                            failed = 0;
                            continue;
                        }
                        kept.push(number);
                        failed += 1;
                        if failed > 2 || kept.len() > 20 {
                            // A phone waits before it tries once more.
                            pass(Duration::from_millis(100));
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
        self.finish_but(address, |_| false)
    }

    /// The same, where some of it may have to wait.
    pub(crate) fn finish_but(&self, address: &str, may_wait: fn(&Item) -> bool) -> Vec<String> {
        self.retry.lock().unwrap().clear();
        let begun: BTreeSet<u32> = self.told().tried.iter().map(|it| it.number()).collect();
        let mut left = Vec::new();
        let done = until(Duration::from_secs(90), || {
            let stopped = begun
                .iter()
                .filter_map(|number| self.stops_at(address, *number));
            left = stopped.filter(|it| !may_wait(it)).collect();
            left.is_empty()
        });
        if done {
            Vec::new()
        } else {
            vec![format!(
                "what was kept on the phones can't be delivered: {left:?}"
            )]
        }
    }

    /// Sends what belongs to a report; the first of it that does not go through.
    fn stops_at(&self, address: &str, number: u32) -> Option<Item> {
        let later = (number >= SEALED && has_words(number)).then_some(Item::Words(number));
        let mut all = items(number).chain(later);
        all.find(|item| !self.deliver(address, *item))
    }

    /// How long nineteen of twenty answers took at most, in milliseconds.
    pub(crate) fn p95(&self) -> u64 {
        let mut waits = self.told().waits.clone();
        waits.sort_unstable();
        waits.get(waits.len() * 19 / 20).copied().unwrap_or(0)
    }
}

/// How many of what was told, for the line at the end.
pub(crate) fn counts(told: &Told) -> BTreeMap<&'static str, usize> {
    let of = |fits: fn(&Item) -> bool| told.taken.iter().filter(|it| fits(it)).count();
    BTreeMap::from([
        ("reports", of(|it| matches!(it, Item::Report(_)))),
        ("pictures", of(|it| matches!(it, Item::Picture(_)))),
        ("in parts", of(|it| matches!(it, Item::Parts(_)))),
        ("clips", of(|it| matches!(it, Item::Clip(_)))),
        ("words", of(|it| matches!(it, Item::Words(_)))),
        ("steps", of(|it| matches!(it, Item::Step(_)))),
        (
            "further steps",
            of(|it| matches!(it, Item::Plan(_) | Item::Finish(_) | Item::Verify(_))),
        ),
        ("rewards", of(|it| matches!(it, Item::Reward(_)))),
        ("paid", of(|it| matches!(it, Item::Paid(_)))),
    ])
}
