//! The factory's side: it announces its codes to the intake, fetches envelopes, takes in what lies in
//! them by the same actions as any report, and tells what became of it. It is always this side that
//! calls; the intake knows no address of it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hezuo_domain::cases::Source;
use hezuo_domain::ids::EnterpriseId;
use hezuo_domain::problem::Kind;
use hezuo_domain::report_code::Lookup;
use hezuo_domain::time::{Instant, Zone};
use hezuo_domain::wall_code::WallCode;
use hezuo_domain::{Code, Scope};
use hezuo_store::envelopes::{self as rows, Relay};
use hezuo_store::places;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use uuid::Uuid;

use super::{
    Batch, ConfirmRequest, Directory, Encoded, StandingsRequest, TakeRequest, Word, sealed_standing,
};
use crate::notices::letters::{Carrier, Letter};
use crate::reports::{self, Entrance, Submission, Upload};
use crate::{App, Error, Result, answers, intake, rewards, rounds};

/// Seconds between two announcements of the codes on the walls.
const ANNOUNCE_EVERY: i64 = 300;

/// Days after which an envelope is given up whose report has never come.
const GIVE_UP_AFTER: i64 = 14;

/// Standings of one request.
const TOLD_AT_ONCE: i64 = 50;

/// Days after which the intake is told once more where a report stands that is not over: it forgets what it
/// hears nothing of for a year.
const QUARTER: i64 = 92;

/// The way to an intake.
pub struct Link {
    /// Where it is, without a slash at the end.
    pub url: String,
    /// Where one speaks with a name: this server, as phones reach it.
    pub own_url: Option<String>,
    /// By what the intake knows this server.
    pub key: String,
    /// The way to the network.
    pub carrier: Arc<dyn Carrier>,
    /// How long from one round to the next.
    pub every: Duration,
    state: Mutex<State>,
}

/// How the link does.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// When the intake was last reached.
    pub reached_at: Option<Instant>,
    /// Why it could not be reached since.
    pub fault: Option<String>,
    /// Envelopes that lie there and can't be opened or used yet.
    pub stuck: u64,
    /// Envelopes that were refused for good since the start.
    pub refused: u64,
    announced_at: Option<Instant>,
    /// Where the last round stopped that did not come to the end.
    after: Uuid,
}

impl State {
    /// What other processes are told of it.
    pub(crate) fn told(&self) -> String {
        json!({
            "reached_at": self.reached_at.map(|it| it.0),
            "fault": self.fault,
            "stuck": self.stuck,
            "refused": self.refused,
        })
        .to_string()
    }

    /// Reads what another process has told.
    pub(crate) fn read(told: &str) -> Option<Self> {
        let told: serde_json::Value = serde_json::from_str(told).ok()?;
        let number = |name: &str| told.get(name).and_then(serde_json::Value::as_u64);
        let fault = told.get("fault").and_then(serde_json::Value::as_str);
        Some(Self {
            reached_at: told.get("reached_at")?.as_i64().map(Instant),
            fault: fault.map(str::to_owned),
            stuck: number("stuck").unwrap_or(0),
            refused: number("refused").unwrap_or(0),
            ..Self::default()
        })
    }

    /// Whether this process has never called the intake.
    fn is_unused(&self) -> bool {
        self.reached_at.is_none() && self.fault.is_none()
    }
}

/// How the way to the intake does, whichever process calls it.
///
/// # Errors
/// When the database can't be read.
pub async fn standing(app: &App) -> Result<Option<(String, State)>> {
    let Some(link) = &app.link else {
        return Ok(None);
    };
    let mut state = link.standing();
    if state.is_unused() {
        state = rounds::said_of_envelopes(app).await?.unwrap_or(state);
    }
    Ok(Some((link.url.clone(), state)))
}

/// Envelopes that one round looks at, and bytes that wait in memory for the report to which they belong.
/// An intake that hands out envelopes without end costs a round, and no more.
const AT_ONCE: usize = 2_000;
const BYTES_AT_ONCE: usize = 256 * 1024 * 1024;

/// What became of an envelope.
#[derive(Clone, Copy)]
enum Taken {
    /// It is stored, or was before.
    Stored,
    /// It will never be of use.
    Refused,
    /// Its time has not come.
    Later,
}

impl Link {
    /// A link that has not been used yet.
    pub fn new(
        url: &str,
        own_url: Option<String>,
        key: String,
        carrier: Arc<dyn Carrier>,
        every: Duration,
    ) -> Self {
        Self {
            url: url.trim_end_matches('/').to_owned(),
            own_url,
            key,
            carrier,
            every,
            state: Mutex::default(),
        }
    }

    fn note(&self, round: &Round) {
        let mut state = self.state();
        state.stuck = round.stuck;
        state.refused += round.refused;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How it does.
    pub fn standing(&self) -> State {
        self.state().clone()
    }

    async fn call<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T> {
        let letter = Letter::Web {
            url: format!("{}/intake/v1/{path}", self.url),
            headers: vec![("authorization", format!("Bearer {}", self.key))],
            body: serde_json::to_string(body).map_err(super::unwritable)?,
        };
        let unreached = |why: String| Error::Internal(format!("the intake at {}: {why}", self.url));
        let answer = self.carrier.carry(letter).await;
        let answer = answer.map_err(|fault| unreached(format!("{fault:?}")))?;
        serde_json::from_slice(&answer).map_err(|error| unreached(error.to_string()))
    }
}

/// One round with the intake, if this server has one. A failure is kept for the health page, and
/// given back where it is a new one.
///
/// # Errors
/// When the intake can't be reached, or the store failed; nothing is lost, the next round goes on.
pub async fn exchange(app: &App) -> Result<()> {
    let Some(link) = &app.link else {
        return Ok(());
    };
    let now = app.now();
    let result = round(app, link).await;
    let mut state = link.state();
    let before = state.fault.take();
    match result {
        Ok(()) => {
            state.reached_at = Some(now);
            Ok(())
        }
        Err(error) => {
            let text = error.to_string();
            let is_known = before.as_deref() == Some(text.as_str());
            state.fault = Some(text);
            if is_known { Ok(()) } else { Err(error) }
        }
    }
}

async fn round(app: &App, link: &Link) -> Result<()> {
    let now = app.now();
    let announced = link.state().announced_at;
    if announced.is_none_or(|at| now >= at.plus_seconds(ANNOUNCE_EVERY)) {
        let () = link.call("announce", &directory(app, link).await?).await?;
        link.state().announced_at = Some(now);
    }
    fetch(app, link).await?;
    tell(app, link).await
}

/// Every code on a wall of every factory here, with what the page behind it shows.
async fn directory(app: &App, link: &Link) -> Result<Directory> {
    let scope = Scope::System("every factory's codes are announced to the intake");
    let mut tx = app.db.read(&scope).await?;
    let mut codes = Vec::new();
    for id in places::all_enterprises(&mut tx).await? {
        let enterprise = places::find_enterprise(&mut tx, id).await?;
        codes.extend(
            enterprise
                .filter(|it| it.kind == "enterprise")
                .map(|it| it.short_code),
        );
    }
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    let found = places::entrances(&mut tx, &codes).await?;
    drop(tx);
    let mut doors = Vec::new();
    for (enterprise, areas) in found {
        let mut notice = reports::notice(app, &enterprise).await?;
        // Names of people have no business there.
        notice.trusted.clear();
        let mut entrance = Entrance {
            enterprise,
            areas,
            area: None,
        };
        let each = entrance.areas.clone();
        for area in std::iter::once(None).chain(each.into_iter().map(Some)) {
            let code = WallCode {
                enterprise: entrance.enterprise.short_code.clone(),
                area: area.as_ref().map(|area| area.code.clone()),
            };
            let path = app.wall().path(&code);
            entrance.area = area;
            let mut doorway = entrance.doorway(&notice);
            doorway.representatives.clear();
            let own = link.own_url.as_ref();
            doorway.with_name = own.map(|own| format!("{own}/r/{path}"));
            doors.push((path, doorway));
        }
    }
    Ok(Directory {
        public_key: app.keys.public_key(),
        doors,
    })
}

/// Fetches what may be fetched. Each envelope is confirmed only after what lies in it is committed,
/// so one that comes twice is stored once, by the ids that the phones gave.
async fn fetch(app: &App, link: &Link) -> Result<()> {
    let mut round = Round::default();
    let mut others = Vec::new();
    let mut after = link.state().after;
    let (mut looked_at, mut held) = (0, 0);
    // What can't be used yet lies there on; so that it does not hide the rest, each round goes on where
    // the one before has stopped.
    let next = loop {
        let batch: Batch = link.call("take", &TakeRequest { after }).await?;
        let Some((last, ..)) = batch.envelopes.last() else {
            break Uuid::nil();
        };
        looked_at += batch.envelopes.len();
        // An intake that repeats itself must not hold this server for ever: ids only go up.
        if *last <= after {
            return Err(hezuo_store::StoreError::Corrupt("envelopes of the intake").into());
        }
        after = *last;
        for (id, day, Encoded(sealed)) in batch.envelopes {
            let opened = app.keys.open_envelope(id, &sealed);
            let Some((word, bytes)) = opened.as_deref().and_then(Word::read) else {
                // Kept there: a server that was restored with its key may open it yet.
                round.stuck += 1;
                continue;
            };
            if let Word::Report { .. } = word {
                round.reports += 1;
                round.note(id, take_in(app, word, Vec::new()).await?);
            } else {
                held += bytes.len();
                others.push((id, day, word, bytes.to_vec()));
            }
        }
        if looked_at >= AT_ONCE || held >= BYTES_AT_ONCE {
            break after;
        }
    };
    link.state().after = next;
    let today = Zone::utc().day(app.now());
    for (id, day, word, bytes) in others {
        let taken = match take_in(app, word, bytes).await? {
            Taken::Later if day < today.plus(-GIVE_UP_AFTER) => Taken::Refused,
            taken => taken,
        };
        round.note(id, taken);
    }
    if round.reports > 0 {
        intake::release_fetched(app).await?;
    }
    link.note(&round);
    if !round.ids.is_empty() {
        let ids = round.ids;
        let () = link.call("confirm", &ConfirmRequest { ids }).await?;
    }
    Ok(())
}

/// What became of the envelopes of a round.
#[derive(Default)]
struct Round {
    /// Those that need not come again.
    ids: Vec<Uuid>,
    reports: u64,
    refused: u64,
    stuck: u64,
}

impl Round {
    fn note(&mut self, id: Uuid, taken: Taken) {
        match taken {
            Taken::Stored => self.ids.push(id),
            Taken::Refused => {
                self.refused += 1;
                self.ids.push(id);
            }
            Taken::Later => self.stuck += 1,
        }
    }
}

/// Takes in what lay in an envelope.
async fn take_in(app: &App, word: Word, bytes: Vec<u8>) -> Result<Taken> {
    let result = match word {
        Word::Report {
            wall_code,
            lookup,
            digest,
            report,
            day,
            form,
        } => {
            let source = if form { Source::Form } else { Source::Phone };
            let submission = Submission {
                wall_code,
                lookup,
                digest,
                report: *report,
                source,
                day: Some(day),
            };
            take_report(app, submission).await
        }
        Word::Attachment { lookup, name } => {
            let upload = Upload {
                name,
                stage: "before",
                bytes,
            };
            reports::attach(app, lookup, upload).await
        }
        Word::Message { lookup, id, text } => {
            answers::reply(app, lookup, id, &text).await.map(drop)
        }
        Word::Verdict {
            lookup,
            fixed,
            note,
        } => reports::verdict(app, lookup, fixed, note).await.map(drop),
        Word::PayCode { lookup, pay } => rewards::claim(app, lookup, pay).await.map(drop),
    };
    match result {
        Ok(()) => Ok(Taken::Stored),
        Err(Error::Problem(problem)) => Ok(match problem.code.kind() {
            // The report that it belongs to may lie in another batch.
            _ if problem.code == Code::ReportCodeUnknown => Taken::Later,
            Kind::Limited | Kind::Busy | Kind::Storage | Kind::Internal => Taken::Later,
            _ => Taken::Refused,
        }),
        Err(error) => Err(error),
    }
}

async fn take_report(app: &App, submission: Submission) -> Result<()> {
    let lookup = submission.lookup;
    reports::submit(app, submission).await?;
    remember(app, lookup, 0).await
}

/// Remembers that the holder of a code looks at the intake; `told` is the mark of what is known
/// there already.
pub async fn remember(app: &App, lookup: Lookup, told: i64) -> Result<()> {
    let entry = reports::open(app, lookup).await?;
    let relay = Relay {
        enterprise: entry.enterprise,
        case: entry.case,
        stored: lookup.stored(),
        standing_key: lookup.standing_key(),
        mark: told,
    };
    let mut tx = app.db.write(&Scope::ReportCode(entry.enterprise)).await?;
    rows::add_relay(&mut tx, &relay).await?;
    tx.commit().await?;
    Ok(())
}

/// Tells the intake what became of reports, sealed for the holders of their codes.
async fn tell(app: &App, link: &Link) -> Result<()> {
    let quarter = Zone::utc().day(app.now()).0 / QUARTER;
    loop {
        let scope = Scope::System("the intake is told what became of reports of every factory");
        let mut tx = app.db.read(&scope).await?;
        let untold = rows::untold(&mut tx, quarter, TOLD_AT_ONCE).await?;
        drop(tx);
        if untold.is_empty() {
            return Ok(());
        }
        let mut standings = Vec::with_capacity(untold.len());
        for relay in &untold {
            let mut tx = app.db.read(&Scope::ReportCode(relay.enterprise)).await?;
            let standing = match reports::standing(app, &mut tx, relay.case).await {
                // It was erased: there is nothing more to tell, and it stands in nobody's way.
                Err(Error::Problem(problem)) if problem.code == Code::ReportCodeUnknown => continue,
                standing => standing?,
            };
            let sealed = sealed_standing(&relay.standing_key, app.random.as_ref(), &standing)?;
            standings.push((relay.stored, Encoded(sealed)));
        }
        let () = link.call("settle", &StandingsRequest { standings }).await?;
        for of_one in untold.chunk_by(|a, b| a.enterprise == b.enterprise) {
            let enterprise = of_one.first().map(|relay| relay.enterprise);
            save_told(app, enterprise, of_one).await?;
        }
    }
}

async fn save_told(app: &App, enterprise: Option<EnterpriseId>, told: &[Relay]) -> Result<()> {
    let Some(enterprise) = enterprise else {
        return Ok(());
    };
    let mut tx = app.db.write(&Scope::ReportCode(enterprise)).await?;
    for relay in told {
        rows::save_told(&mut tx, relay.case, relay.mark).await?;
    }
    tx.commit().await?;
    Ok(())
}
