//! Answering everybody: what is alike, what was answered before, questions to a reporter and the
//! replies, and what is posted around an area.

use hezuo_domain::answers::{ALIKE, MAX_MESSAGES, Side, check_message, has_listener, likeness};
use hezuo_domain::cases::{Case, State, Voice};
use hezuo_domain::ids::{CaseId, EnterpriseId};
use hezuo_domain::permissions::Permission;
use hezuo_domain::report_code::Lookup;
use hezuo_domain::time::{Day, Zone};
use hezuo_domain::{Code, Scope};
use hezuo_store::answers::{self as rows, NewMessage, Posted, Recent, Replied};
use hezuo_store::{Tx, cases};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::cases::{may_read_reporter, path_of, readable};
use crate::reports::{Entrance, FollowUp};
use crate::{Access, App, Result, apart, reports};

/// How far back a case is compared with others, in days.
const LOOK_BACK: i64 = 180;
/// How long an answer stays posted, in days.
const POSTED_FOR: i64 = 90;
/// How many proposals of each sort are shown.
const SHOWN: usize = 5;

/// Another case that is much like this one.
#[derive(Debug)]
pub struct Alike {
    /// The other case.
    pub case: Recent,
    /// Percent.
    pub likeness: u8,
    /// Whether it was there before: the first valid report stands.
    pub is_earlier: bool,
}

/// A written answer that was given before.
#[derive(Debug)]
pub struct Draft {
    /// The answer.
    pub answer: String,
    /// What became of the case it was given to.
    pub state: String,
    /// How alike the two cases are, in percent.
    pub likeness: u8,
}

/// What may help to answer a case.
#[derive(Debug)]
pub struct Suggestions {
    /// Cases of the same area or sort with a similar text, the most alike first.
    pub alike: Vec<Alike>,
    /// Answers to the same sort of case, the most alike first.
    pub drafts: Vec<Draft>,
}

/// Looks among the cases of the last half year (at most 500) for what is like this one.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn suggestions(app: &App, access: &Access, id: CaseId) -> Result<Suggestions> {
    let mut tx = app.db.read(&access.scope()).await?;
    let case = readable(access, &mut tx, id).await?;
    if !access.may_at(Permission::CaseTriage, &path_of(access, &case)) {
        return Err(Code::Forbidden.into());
    }
    let since = Day(access.today(app).0 - LOOK_BACK);
    let recent = rows::recent(&mut tx, since).await?;
    Ok(compare(&case, recent))
}

fn compare(case: &Case, recent: Vec<Recent>) -> Suggestions {
    let mut alike = Vec::new();
    let mut drafts: Vec<Draft> = Vec::new();
    for other in recent.into_iter().filter(|other| other.id != case.id) {
        let likeness = likeness(&case.text, &other.text);
        let same_sort = other.category == case.category.as_str();
        let same_area = other.area_id.is_some() && other.area_id == case.area.map(|area| area.0);
        if let Some(answer) = &other.answer
            && same_sort
            && other.voice != Voice::InConfidence.as_str()
            && other.state != State::Merged.as_str()
            && drafts.iter().all(|draft| draft.answer != *answer)
        {
            drafts.push(Draft {
                answer: answer.clone(),
                state: other.state.clone(),
                likeness,
            });
        }
        if likeness >= ALIKE && (same_sort || same_area) && other.state != State::Merged.as_str() {
            alike.push(Alike {
                likeness,
                is_earlier: other.reported_day <= case.reported_day.0,
                case: other,
            });
        }
    }
    // Stable: what is equally alike stays newest first.
    alike.sort_by_key(|it| std::cmp::Reverse(it.likeness));
    alike.truncate(SHOWN);
    drafts.sort_by_key(|it| std::cmp::Reverse(it.likeness));
    drafts.truncate(SHOWN);
    Suggestions { alike, drafts }
}

/// A question or reply, opened.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Said {
    /// Its id.
    pub id: Uuid,
    /// Who speaks.
    pub side: Side,
    /// Of the team, the name.
    pub author: Option<String>,
    /// The day.
    pub day: Day,
    /// What was said.
    pub text: String,
}

/// A conversation about a case.
#[derive(Debug)]
pub struct Conversation {
    /// Oldest first.
    pub messages: Vec<Said>,
    /// Whether a question would reach anybody.
    pub may_ask: bool,
}

/// Reads what was asked and replied. Of a case in confidence only those may read it who may know
/// the name.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn conversation(app: &App, access: &Access, id: CaseId) -> Result<Conversation> {
    let mut tx = app.db.read(&access.scope()).await?;
    let case = readable(access, &mut tx, id).await?;
    require_converse(access, &mut tx, &case).await?;
    let messages = said(app, &mut tx, id).await?;
    let may_ask = has_listener(&case) && messages.len() < MAX_MESSAGES;
    Ok(Conversation { messages, may_ask })
}

async fn require_converse(access: &Access, tx: &mut Tx, case: &Case) -> Result<()> {
    let may = match case.voice {
        Voice::InConfidence => may_read_reporter(access, tx, case).await?,
        _ => access.may_at(Permission::CaseAsk, &path_of(access, case)),
    };
    if may {
        Ok(())
    } else {
        Err(Code::Forbidden.into())
    }
}

async fn said(app: &App, tx: &mut Tx, case: CaseId) -> Result<Vec<Said>> {
    Ok(unsealed(app, case, rows::messages(tx, case).await?))
}

/// What was kept sealed of a conversation, readable.
pub(crate) fn unsealed(app: &App, case: CaseId, kept: Vec<rows::Message>) -> Vec<Said> {
    let open = |it: rows::Message| Said {
        id: it.id,
        side: it.side,
        author: it.author,
        day: it.day,
        // A key that is gone leaves the fact that something was said.
        text: app
            .keys
            .open_name(case, &it.sealed)
            .unwrap_or_else(|| "…".to_owned()),
    };
    kept.into_iter().map(open).collect()
}

/// Asks the reporter. The same id again changes nothing.
///
/// # Errors
/// Those of [`check_message`], `forbidden`, `not_found`.
pub async fn ask(
    app: &App,
    access: &Access,
    id: CaseId,
    key: Uuid,
    text: &str,
) -> Result<Conversation> {
    let mut tx = app.db.write(&access.scope()).await?;
    let case = readable(access, &mut tx, id).await?;
    require_converse(access, &mut tx, &case).await?;
    let speaker = Speaker {
        side: Side::Team,
        user: Some(access.caller.user),
        day: access.today(app),
    };
    add(
        app,
        &mut tx,
        access.enterprise.id,
        &case,
        key,
        speaker,
        text,
    )
    .await?;
    tx.commit().await?;
    conversation(app, access, id).await
}

struct Speaker {
    side: Side,
    user: Option<hezuo_domain::ids::UserId>,
    day: Day,
}

async fn add(
    app: &App,
    tx: &mut Tx,
    enterprise: EnterpriseId,
    case: &Case,
    key: Uuid,
    speaker: Speaker,
    text: &str,
) -> Result<()> {
    let present = rows::messages(tx, case.id).await?;
    if present.iter().any(|it| it.id == key) {
        return Ok(());
    }
    let text = check_message(case, present.len(), text)?;
    let message = NewMessage {
        id: key,
        case: case.id,
        position: i64::try_from(present.len()).unwrap_or(i64::MAX) + 1,
        side: speaker.side,
        user: speaker.user,
        day: speaker.day,
        sealed: app.keys.seal_name(app.random.as_ref(), case.id, &text)?,
    };
    rows::add_message(tx, enterprise, message).await?;
    Ok(())
}

/// The cases whose reporter has the last word, of the last half year.
///
/// # Errors
/// `forbidden`.
pub async fn replies(app: &App, access: &Access) -> Result<Vec<Replied>> {
    access.require(Permission::CaseAsk)?;
    let since = Day(access.today(app).0 - LOOK_BACK);
    let mut tx = app.db.read(&access.scope()).await?;
    let mut found = rows::replied(&mut tx, since).await?;
    let confidants = access.may(Permission::ReporterReadConfidential);
    found.retain(|it| confidants || it.voice != Voice::InConfidence.as_str());
    Ok(found)
}

/// What a reporter sees of the conversation: his own words and the team's, without names.
pub(crate) async fn said_to_reporter(app: &App, tx: &mut Tx, case: CaseId) -> Result<Vec<Said>> {
    let mut messages = said(app, tx, case).await?;
    for message in &mut messages {
        message.author = None;
    }
    Ok(messages)
}

/// A reporter's words to the team, by the report code. The same id again changes nothing.
///
/// # Errors
/// `report.unknown_code`, those of [`check_message`].
pub async fn reply(app: &App, lookup: Lookup, key: Uuid, text: &str) -> Result<FollowUp> {
    let entry = reports::open(app, lookup).await?;
    let speaker = Speaker {
        side: Side::Reporter,
        user: None,
        day: reports::today_of(app, entry.enterprise).await?,
    };
    let mut tx = app.db.write(&Scope::ReportCode(entry.enterprise)).await?;
    match cases::find(&mut tx, entry.case).await? {
        Some(case) => add(app, &mut tx, entry.enterprise, &case, key, speaker, text).await?,
        None => apart::reply(app, &mut tx, entry.case, (key, speaker.day), text).await?,
    }
    let standing = reports::standing(app, &mut tx, entry.case).await?;
    tx.commit().await?;
    Ok(standing)
}

/// What is posted behind a wall code: the answers and fixes of the last ninety days, in the area
/// that an anonymous report from there would keep, so that a posted line points to no fewer people
/// than a report does. Days only, nothing that was said, nothing in confidence.
pub async fn posted(app: &App, entrance: &Entrance) -> Result<Vec<Posted>> {
    let zone = Zone::named(&entrance.enterprise.time_zone).ok_or(Code::ZoneUnknown)?;
    let since = Day(zone.day(app.now()).0 - POSTED_FOR);
    let scope = Scope::Enterprise(entrance.enterprise.id);
    let area = entrance.anonymous_area().map(|area| area.id);
    let mut tx = app.db.read(&scope).await?;
    Ok(rows::posted(&mut tx, since, area).await?)
}
