//! Reports that are kept apart from the team: their reader reads them, asks the reporter, answers, or
//! hands them on. Until then they are no cases, so nothing that shows, counts or sends cases knows them.

use hezuo_domain::answers::{MAX_MESSAGES, Side, check_words};
use hezuo_domain::apart::{self, End, Reader};
use hezuo_domain::cases::{Source, Voice};
use hezuo_domain::entrusted::Act;
use hezuo_domain::ids::CaseId;
use hezuo_domain::notices::Kind;
use hezuo_domain::people::Role;
use hezuo_domain::permissions::Permission;
use hezuo_domain::places::PlacePath;
use hezuo_domain::reports::{Arrival, Report};
use hezuo_domain::time::{Day, Zone};
use hezuo_domain::{Code, Scope};
use hezuo_store::answers::Message;
use hezuo_store::apart::{self as rows, Apart};
use hezuo_store::cases::Attachment;
use hezuo_store::notices::{self as notice_rows, NewNotice};
use hezuo_store::{StoreError, Tx, cases, entrusted as kept, intake as waiting, people, places};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::answers::{Said, unsealed};
use crate::cases::door;
use crate::reports::{Waiting, opened, read_upload};
use crate::{Access, App, Caller, Result, entrusted, intake, notices};

/// How far a report has come that was kept apart, as its reporter sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Its reader has it, and nobody else.
    Open,
    /// Its reader has answered it; it went no further.
    Answered,
    /// It went to the team as it was said.
    HandedOn,
    /// It went to the team in other words.
    Reworded,
}

impl Stage {
    /// The word that clients see.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Answered => "answered",
            Self::HandedOn => "handed_on",
            Self::Reworded => "reworded",
        }
    }
}

/// What the reporter sees of who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Who was to read it; none once it is a case.
    pub reader: Option<Reader>,
    /// How far it has come.
    pub stage: Stage,
}

/// One that is kept apart, for its reader.
#[derive(Debug)]
pub struct Entry {
    /// What is kept.
    pub row: Apart,
    /// What was said.
    pub report: Report,
    /// The area's name, where it is kept.
    pub area_name: Option<String>,
}

/// All about one of them.
#[derive(Debug)]
pub struct Detail {
    /// The report.
    pub entry: Entry,
    /// Who raised it, where a name was given.
    pub reporter: Option<String>,
    /// Pictures and voice clips.
    pub attachments: Vec<Attachment>,
    /// What reader and reporter said to each other.
    pub messages: Vec<Said>,
    /// Whether words would reach the reporter.
    pub may_ask: bool,
}

fn read(row: &Apart) -> Result<Waiting> {
    Ok(serde_json::from_str(&row.body).or(Err(StoreError::Corrupt("intake_report.body")))?)
}

/// Which reader the caller is. Nobody is two: a representative belongs to the factory, an inspector
/// comes from elsewhere.
fn reader_of(access: &Access) -> Result<Option<Reader>> {
    access.require(Permission::ApartRead)?;
    let outside = access.caller.home.id != access.enterprise.id;
    let is_held = |it: &Reader| it.is_held(&access.caller.grants, &access.path, outside);
    Ok(Reader::ALL.into_iter().find(is_held))
}

/// The one place where it is decided who gets at a report that is kept apart.
async fn readable(app: &App, access: &Access, tx: &mut Tx, id: CaseId) -> Result<Apart> {
    let reader = reader_of(access)?;
    let before = intake::bound(app, access.today(app));
    let found = rows::find(tx, id, before).await?;
    found
        .filter(|it| Some(it.reader) == reader)
        .ok_or(Code::NotFound.into())
}

/// Those that the caller is to read: what waits for an answer first, then the newest.
///
/// # Errors
/// `forbidden`.
pub async fn list(app: &App, access: &Access) -> Result<Vec<Entry>> {
    let Some(reader) = reader_of(access)? else {
        return Ok(Vec::new());
    };
    let before = intake::bound(app, access.today(app));
    let mut tx = app.db.read(&access.scope()).await?;
    let mut entries = Vec::new();
    for row in rows::list(&mut tx, reader, before).await? {
        let report = read(&row)?.report;
        entries.push(Entry {
            row,
            report,
            area_name: None,
        });
    }
    Ok(entries)
}

/// Reads one.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn find(app: &App, access: &Access, id: CaseId) -> Result<Detail> {
    let mut tx = app.db.read(&access.scope()).await?;
    let row = readable(app, access, &mut tx, id).await?;
    let body = read(&row)?;
    let area_name = match body.area {
        Some(area) => places::area_name(&mut tx, area).await?,
        None => None,
    };
    entrusted::seen(app, access, Act::ApartRead, id.0);
    let sealed = body.name.as_ref().map(|name| name.sealed.0.as_slice());
    let messages = said(app, &mut tx, id).await?;
    Ok(Detail {
        reporter: sealed.and_then(|sealed| app.keys.open_name(id, sealed)),
        attachments: waiting::find_attachments(&mut tx, id).await?,
        may_ask: row.answered_day.is_none() && messages.len() < MAX_MESSAGES,
        messages,
        entry: Entry {
            report: body.report,
            row,
            area_name,
        },
    })
}

/// What was said about a report while it was kept apart.
pub(crate) async fn said(app: &App, tx: &mut Tx, report: CaseId) -> Result<Vec<Said>> {
    Ok(unsealed(app, report, rows::said(tx, report).await?))
}

/// Words of either side, on a day.
struct Words<'a> {
    id: Uuid,
    author: Option<&'a str>,
    day: Day,
    text: &'a str,
}

/// Keeps words; false where they were there already.
async fn say(app: &App, tx: &mut Tx, report: CaseId, words: Words<'_>) -> Result<bool> {
    let Some(enterprise) = tx.scope().enterprise() else {
        return Err(StoreError::Scope("apart_message").into());
    };
    let present = rows::said(tx, report).await?;
    if present.iter().any(|it| it.id == words.id) {
        return Ok(false);
    }
    let text = check_words(present.len(), words.text)?;
    let said = Message {
        id: words.id,
        side: if words.author.is_some() {
            Side::Team
        } else {
            Side::Reporter
        },
        author: words.author.map(str::to_owned),
        day: words.day,
        sealed: app.keys.seal_name(app.random.as_ref(), report, &text)?,
    };
    let position = i64::try_from(present.len()).unwrap_or(i64::MAX) + 1;
    rows::say(tx, enterprise, report, position, said).await?;
    Ok(true)
}

/// Writes to the reporter, who finds it under the report code. The same id again changes nothing.
///
/// # Errors
/// `forbidden`, `not_found`, `apart.ended`, those of [`check_words`].
pub async fn ask(app: &App, access: &Access, id: CaseId, key: Uuid, text: &str) -> Result<Detail> {
    let mut tx = app.db.write(&access.scope()).await?;
    let row = readable(app, access, &mut tx, id).await?;
    if row.answered_day.is_some() {
        return Err(Code::ApartEnded.into());
    }
    let words = Words {
        id: key,
        author: Some(&access.caller.name),
        day: access.today(app),
        text,
    };
    if say(app, &mut tx, id, words).await? {
        entrusted::record(app, &mut tx, access, Act::Asked, id.0).await?;
    }
    tx.commit().await?;
    find(app, access, id).await
}

/// Words of the reporter to the reader; nothing where the report is not kept apart.
pub(crate) async fn reply(
    app: &App,
    tx: &mut Tx,
    report: CaseId,
    (id, day): (Uuid, Day),
    text: &str,
) -> Result<()> {
    let row = rows::find(tx, report, Day(i64::MAX)).await?;
    if row.is_none_or(|row| row.answered_day.is_some()) {
        return Err(Code::NobodyListens.into());
    }
    let words = Words {
        id,
        author: None,
        day,
        text,
    };
    say(app, tx, report, words).await?;
    Ok(())
}

/// Ends it: with an answer, or by giving it to the team. The version is the one that was read.
///
/// # Errors
/// `forbidden`, `not_found`, `case.stale`, those of [`apart::answer`] and [`apart::hand_on`].
pub async fn end(
    app: &App,
    access: &Access,
    id: CaseId,
    version: i64,
    end: End,
) -> Result<Option<Detail>> {
    let mut tx = app.db.write(&access.scope()).await?;
    let row = readable(app, access, &mut tx, id).await?;
    if row.version != version {
        return Err(Code::CaseStale.into());
    }
    let has_ended = row.answered_day.is_some();
    match end {
        End::Answer(text) => {
            let text = apart::answer(has_ended, &text)?;
            if !rows::answer(&mut tx, id, version, &text, access.today(app)).await? {
                return Err(Code::CaseStale.into());
            }
            entrusted::record(app, &mut tx, access, Act::Answered, id.0).await?;
            tx.commit().await?;
            Ok(Some(find(app, access, id).await?))
        }
        End::HandOn { agreed, text } => {
            let body = read(&row)?;
            let handed = apart::hand_on(&body.report, has_ended, agreed, &text)?;
            let act = if handed.is_whole {
                Act::HandedOn
            } else {
                Act::Reworded
            };
            entrusted::record(app, &mut tx, access, act, id.0).await?;
            hand_on(app, access, &mut tx, (row.day, id), body, handed).await?;
            tx.commit().await?;
            Ok(None)
        }
    }
}

/// The report becomes a case, with what the reporter agreed to.
async fn hand_on(
    app: &App,
    access: &Access,
    tx: &mut Tx,
    (day, id): (Day, CaseId),
    body: Waiting,
    handed: apart::Handed,
) -> Result<()> {
    let enterprise = access.enterprise.id;
    // A report by name keeps its exact place; without its reporter only what any report keeps.
    let keeps_place = handed.is_whole || body.report.voice == Voice::Anonymous;
    let arrival = Arrival {
        enterprise,
        id,
        site: body.site,
        area: body.area.filter(|_| keeps_place),
        source: if body.form {
            Source::Form
        } else {
            Source::Phone
        },
        day,
        at: app.now(),
    };
    let mut decided = opened(&handed.report, arrival, access.today(app));
    // When it was said is not known any more; only when it was handed on.
    decided.step.case.reported_at = None;
    let attachments: Vec<_> = waiting::take_attachments(tx, id)
        .await?
        .into_iter()
        .filter(|_| handed.is_whole)
        .map(|it| (enterprise, id, it))
        .collect();
    let batch = [decided];
    notices::raise(app, tx, &batch).await?;
    door::write(app, tx, &batch).await?;
    cases::save_attachments(tx, &attachments).await?;
    if let Some(name) = body.name.filter(|_| handed.is_whole) {
        cases::save_reporters(tx, vec![(enterprise, id, name.sealed.0)]).await?;
        if handed.report.voice.is_counted() {
            cases::add_participation(tx, &[(enterprise, day, name.person)]).await?;
        }
    }
    waiting::drop_report(tx, id).await?;
    Ok(())
}

/// Reads a picture or voice clip.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn attachment(
    app: &App,
    access: &Access,
    id: CaseId,
    name: &str,
) -> Result<(String, bytes::Bytes)> {
    let mut tx = app.db.read(&access.scope()).await?;
    readable(app, access, &mut tx, id).await?;
    let found = waiting::find_attachments(&mut tx, id).await?;
    let found = found.into_iter().find(|it| it.name == name);
    let found = found.ok_or(Code::NotFound)?;
    drop(tx);
    read_upload(app, access.enterprise.id, found.content_type, &found.blob).await
}

/// How far a case has come that was kept apart; nothing for one that never was.
pub(crate) async fn standing(tx: &mut Tx, id: CaseId) -> Result<Option<Standing>> {
    Ok(standing_by(&kept::acts_on(tx, id.0).await?))
}

/// The same by what was done to it.
pub(crate) fn standing_by(done: &[kept::Done]) -> Option<Standing> {
    let is_done = |act: Act| done.iter().any(|it| it.act == act);
    let stage = if is_done(Act::Reworded) {
        Stage::Reworded
    } else if is_done(Act::HandedOn) {
        Stage::HandedOn
    } else {
        return None;
    };
    Some(Standing {
        reader: None,
        stage,
    })
}

/// Enterprises where something waits for the caller as an inspector, with how many reports.
pub async fn waiting_for(app: &App, caller: &Caller) -> Result<Vec<(places::Enterprise, u64)>> {
    // Whoever inspects nothing need not ask.
    if !caller.grants.iter().any(|it| it.role == Role::Inspector) {
        return Ok(Vec::new());
    }
    let scope = Scope::System("an inspector's reports lie in many enterprises; filtered by grants");
    let mut tx = app.db.read(&scope).await?;
    let rows = rows::for_inspectors(&mut tx).await?;
    drop(tx);
    let mut found: Vec<(places::Enterprise, u64)> = Vec::new();
    for row in rows {
        let path = PlacePath::enterprise(row.enterprise.id, row.enterprise.region());
        let outside = caller.home.id != row.enterprise.id;
        if !Reader::Inspector.is_held(&caller.grants, &path, outside) {
            continue;
        }
        let zone = Zone::named(&row.enterprise.time_zone).ok_or(Code::ZoneUnknown)?;
        let before = intake::bound(app, zone.day(app.now()));
        if !row.urgent && Day(row.local_day) >= before {
            continue;
        }
        match found.last_mut() {
            Some((last, reports)) if last.id == row.enterprise.id => *reports += 1,
            _ => found.push((row.enterprise, 1)),
        }
    }
    Ok(found)
}

/// Tells the representatives once that there is something for them, not what. Runs every few minutes.
pub async fn tell_due(app: &App) -> Result<u64> {
    let scope = Scope::System("readers in every enterprise are told of reports for them");
    let mut tx = app.db.read(&scope).await?;
    // Nowhere is it later than a day after UTC.
    let latest = Zone::utc().day(app.now());
    let mut due = Vec::new();
    for id in rows::untold(&mut tx, latest.plus(1)).await? {
        let found = places::find_enterprise(&mut tx, id).await?;
        let zone = found.and_then(|it| Zone::named(&it.time_zone));
        due.extend(zone.map(|zone| (id, zone.day(app.now()))));
    }
    drop(tx);
    let mut told = 0;
    for (enterprise, today) in due {
        let mut tx = app.db.write(&Scope::Enterprise(enterprise)).await?;
        let reports = rows::mark_told(&mut tx, intake::bound(app, today)).await?;
        if reports > 0 {
            let is_reader = |it: &people::UserEntry| {
                !it.disabled && hezuo_domain::accounts::is_representative(&it.grants)
            };
            let notice = |it: people::UserEntry| NewNotice {
                user: it.id,
                id: app.random.uuid(),
                kind: Kind::Apart,
                alarm: None,
                due_soon: 0,
                overdue: 0,
                event: None,
            };
            let users = people::users(&mut tx).await?.into_iter();
            let notices = users.filter(is_reader).map(notice).collect();
            notice_rows::add(&mut tx, enterprise, today, notices).await?;
        }
        tx.commit().await?;
        told += reports;
    }
    Ok(told)
}
