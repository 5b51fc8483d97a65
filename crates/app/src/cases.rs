//! Cases: lists, one case, the steps in its life, its pictures.

pub(crate) mod door;
pub mod export;
pub mod search;
pub(crate) mod step;

use hezuo_domain::cases::{Action, Actor, Case, Grading, Legal, Plan, Voice};
use hezuo_domain::disclosure::Audience;
use hezuo_domain::entrusted::Act as Deed;
use hezuo_domain::ids::CaseId;
use hezuo_domain::permissions::Permission;
use hezuo_domain::places::PlacePath;
use hezuo_domain::time::Day;
use hezuo_domain::{Code, Problem};
use hezuo_store::cases::{self as rows, Attachment, CaseSummary, EventRow, Figure, Filter, Queue};
use hezuo_store::uploads::Whose;
use hezuo_store::{Tx, people, places};
use serde::Deserialize;

use crate::reports::{self, Upload};
use crate::uploads::parts::{Came, Part, Reached, Shelf};
use crate::{Access, App, Result, entrusted};
use export::Selection;

pub use step::{Act, act};

/// A page of a list.
#[derive(Debug)]
pub struct Page {
    /// The lines.
    pub items: Vec<CaseSummary>,
    /// Where the next page begins; none on the last.
    pub next: Option<(Day, CaseId)>,
    /// Today in the enterprise.
    pub today: Day,
}

/// Lists cases, newest first.
///
/// # Errors
/// `forbidden`.
pub async fn list(
    app: &App,
    access: &Access,
    queue: Queue,
    filter: Filter,
    before: Option<(Day, CaseId)>,
    limit: i64,
) -> Result<Page> {
    let which = Selection {
        queue,
        filter,
        search: None,
    };
    page(app, access, &which, before, limit).await
}

/// A page of a list, or of a search in it, newest first.
///
/// # Errors
/// `forbidden`, `search.too_short`, `input.invalid` where a figure is searched.
pub async fn page(
    app: &App,
    access: &Access,
    which: &Selection,
    before: Option<(Day, CaseId)>,
    limit: i64,
) -> Result<Page> {
    part(app, access, which, before, limit.clamp(1, 200)).await
}

/// As many lines as are asked for, of a list or of a file.
async fn part(
    app: &App,
    access: &Access,
    which: &Selection,
    before: Option<(Day, CaseId)>,
    limit: i64,
) -> Result<Page> {
    let queue = which.queue;
    let filter = access.narrow(which.filter)?;
    may_open(app, access, queue).await?;
    let numbers = match &which.search {
        Some(_) if matches!(queue, Queue::Counted(..)) => {
            return Err(Code::InputInvalid.at("q").into());
        }
        Some(text) => Some(search::numbers(app, access.enterprise.id, text)?),
        None => None,
    };
    let today = access.today(app);
    let mut tx = app.db.read_copy(&access.scope()).await?;
    let mut items = match numbers {
        Some(numbers) => {
            let wanted = (queue, filter, numbers);
            rows::search_list(&mut tx, wanted, today, before, limit + 1).await?
        }
        None => rows::list(&mut tx, queue, filter, today, before, limit + 1).await?,
    };
    let has_more = items.len() as u64 > limit.unsigned_abs();
    items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    if access.audience() == Audience::Outside {
        for item in &mut items {
            item.finder = None;
        }
    }
    let next = items
        .last()
        .filter(|_| has_more)
        .map(|last| (Day(last.reported_day), last.id));
    Ok(Page { items, next, today })
}

/// What was told in confidence is listed for those who may read who spoke: the worker
/// representative, and the one EIT person whom the worker saw by name.
pub(crate) async fn may_open(app: &App, access: &Access, queue: Queue) -> Result<()> {
    // A list by who spoke, over days of one's own choice, is a figure about people.
    let is_by_finder = matches!(
        queue,
        Queue::Counted(Figure::Found | Figure::FoundByWorkers, _)
    );
    if is_by_finder && access.audience() == Audience::Outside {
        return Err(Code::Forbidden.into());
    }
    let may_read = access.may_somewhere(Permission::ReporterReadConfidential);
    if queue != Queue::Confided || may_read {
        return Ok(());
    }
    let mut tx = app.db.read(&access.scope()).await?;
    let setting = places::find_setting(&mut tx).await?;
    if setting.confidant_user_id == Some(access.caller.user.0) {
        Ok(())
    } else {
        Err(Code::Forbidden.into())
    }
}

/// Everything about one case that the caller may see.
#[derive(Debug)]
pub struct Detail {
    /// The case.
    pub case: Case,
    /// The area's name.
    pub area_name: Option<String>,
    /// The owner's name.
    pub owner_name: Option<String>,
    /// Who raised it, for those who are entitled to know.
    pub reporter: Option<String>,
    /// Pictures and voice clips.
    pub attachments: Vec<Attachment>,
    /// Whether there is a voice clip that others hear, and type up.
    pub unheard: bool,
    /// The time line.
    pub events: Vec<EventRow>,
    /// What the caller may do now.
    pub actions: Vec<&'static str>,
    /// Today in the enterprise.
    pub today: Day,
}

/// Reads one case.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn find(app: &App, access: &Access, id: CaseId) -> Result<Detail> {
    let mut tx = app.db.read(&access.scope()).await?;
    let case = readable(access, &mut tx, id).await?;
    detail(app, access, &mut tx, case).await
}

/// Reads a case that the caller may see; where nothing may be seen at all, that comes first.
pub(crate) async fn readable(access: &Access, tx: &mut Tx, id: CaseId) -> Result<Case> {
    access.narrow(Filter::None)?;
    let case = rows::find(tx, id).await?.ok_or(Code::NotFound)?;
    if access.may_at(Permission::CaseRead, &path_of(access, &case)) {
        Ok(case)
    } else {
        Err(Code::NotFound.into())
    }
}

async fn detail(app: &App, access: &Access, tx: &mut Tx, mut case: Case) -> Result<Detail> {
    let mut attachments = rows::find_attachments(tx, case.id).await?;
    let has_voice = attachments.iter().any(|it| it.stage == "voice");
    let hears = has_voice && may_hear(access, tx, &case).await?;
    if !hears {
        attachments.retain(|it| it.stage != "voice");
    }
    let mut events = rows::load_event_rows(tx, case.id).await?;
    // Whoever reads case by case from outside could count what is held back there.
    if access.audience() == Audience::Outside {
        case.finder = None;
        events.iter_mut().for_each(without_finder);
    }
    let area_name = match case.area {
        Some(area) => places::area_name(tx, area).await?,
        None => None,
    };
    let owner_name = match &case.plan {
        Some(plan) => people::person_name(tx, plan.owner).await?,
        None => None,
    };
    let reporter = if may_read_reporter(access, tx, &case).await? {
        let sealed = rows::find_reporter(tx, case.id).await?;
        sealed.and_then(|sealed| app.keys.open_name(case.id, &sealed))
    } else {
        None
    };
    if reporter.is_some() {
        entrusted::seen(app, access, Deed::NameRead, case.id.0);
    }
    let path = path_of(access, &case);
    let may = |permission: Permission| access.may_at(permission, &path);
    let mut actions = case.possible(actor(access), &may);
    // There is nothing to type up without a voice clip, nor for those who may not hear it.
    actions.retain(|action| *action != "transcribe" || hears);
    let today = access.today(app);
    Ok(Detail {
        case,
        area_name,
        owner_name,
        reporter,
        attachments,
        unheard: has_voice && !hears,
        events,
        actions,
        today,
    })
}

fn without_finder(event: &mut EventRow) {
    let parsed = event.payload.as_deref().map(serde_json::from_str);
    if let Some(Ok(mut payload)) = parsed {
        let payload: &mut serde_json::Value = &mut payload;
        if let Some(details) = payload.get_mut("details").and_then(|it| it.as_object_mut()) {
            details.remove("finder");
        }
        event.payload = Some(payload.to_string());
    }
}

/// Named: those who answer. In confidence: the worker representative, and the one EIT person whom
/// the worker saw by name.
pub(crate) async fn may_read_reporter(access: &Access, tx: &mut Tx, case: &Case) -> Result<bool> {
    match case.voice {
        Voice::Anonymous => Ok(false),
        Voice::Named => Ok(access.may(Permission::ReporterReadNamed)),
        Voice::InConfidence if access.may(Permission::ReporterReadConfidential) => Ok(true),
        Voice::InConfidence => {
            let setting = places::find_setting(tx).await?;
            Ok(setting.confidant_user_id == Some(access.caller.user.0))
        }
    }
}

/// A voice is known again like a name is read. So that of a report which is not by name is heard by
/// those to whom a name is told in confidence; they type it up, and everybody else reads that. Where
/// there is nobody like that those hear it who read other names, so that it is heard at all. A danger
/// can't wait until it is typed: whoever deals with it hears it.
async fn may_hear(access: &Access, tx: &mut Tx, case: &Case) -> Result<bool> {
    let path = path_of(access, case);
    let may = |permission| access.may_at(permission, &path);
    if may(Permission::ReporterReadConfidential) {
        return Ok(true);
    }
    let reads_names = may(Permission::ReporterReadNamed);
    if case.voice == Voice::Named || case.danger {
        return Ok(reads_names || may(Permission::CaseTriage));
    }
    let trusted = people::trusted(tx).await?;
    Ok(trusted.contains(&access.caller.user) || reads_names && trusted.is_empty())
}

pub(crate) fn path_of(access: &Access, case: &Case) -> PlacePath {
    PlacePath {
        site: case.site,
        area: case.area,
        ..access.path.clone()
    }
}

pub(crate) fn actor(access: &Access) -> Actor {
    Actor::User {
        user: access.caller.user,
        person: access.caller.person,
    }
}

/// What a client asks to be done; the server adds what a client must not decide, such as the
/// level that a pack gives.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "the fields are those of hezuo_domain::cases::Action"
)]
pub enum Request {
    Accept {
        answer: String,
    },
    Decline {
        answer: String,
    },
    Refer {
        answer: String,
        to: String,
    },
    Merge {
        answer: String,
        into: CaseId,
    },
    Grade {
        likelihood: u8,
        severity: u8,
        legal: Option<Legal>,
    },
    Plan {
        plan: Plan,
    },
    Finish {
        note: String,
    },
    Verify {
        note: String,
    },
    SendBack {
        note: String,
    },
    Close {
        note: String,
    },
    Reopen {
        reason: String,
    },
    Transcribe {
        text: String,
    },
}

impl Request {
    pub(crate) fn into_action(self, app: &App) -> Result<(Action, Option<String>), Problem> {
        let action = match self {
            Self::Accept { answer } => Action::Accept { answer },
            Self::Decline { answer } => Action::Decline { answer },
            Self::Refer { answer, to } => Action::Refer { answer, to },
            Self::Merge { answer, into } => Action::Merge { answer, into },
            Self::Grade {
                likelihood,
                severity,
                legal,
            } => {
                let graded = app
                    .matrix
                    .grade(likelihood, severity)
                    .or(Err(Code::InputInvalid.at("likelihood")))?;
                let pack = format!("{}@{}", app.matrix.header.id, app.matrix.header.version);
                let grading = Grading {
                    likelihood,
                    severity,
                    level: graded.level,
                    pack: pack.clone(),
                };
                return Ok((Action::Grade { grading, legal }, Some(pack)));
            }
            Self::Plan { plan } => Action::Plan { plan },
            Self::Finish { note } => Action::Finish { note },
            Self::Verify { note } => Action::Verify { note },
            Self::SendBack { note } => Action::SendBack { note },
            Self::Close { note } => Action::Close { note },
            Self::Reopen { reason } => Action::Reopen { reason },
            Self::Transcribe { text } => Action::Transcribe { text },
        };
        Ok((action, None))
    }
}

/// Adds a picture to a case: of the state after, or of the finding.
///
/// # Errors
/// `upload.*`, `forbidden`, `not_found`.
pub async fn attach(app: &App, access: &Access, id: CaseId, upload: Upload) -> Result<()> {
    let mut tx = app.db.read(&access.scope()).await?;
    may_attach(access, &mut tx, id).await?;
    if has_or_may(&mut tx, id, &upload.name).await? {
        return Ok(());
    }
    drop(tx);
    let attachment = reports::store_upload(app, access.enterprise.id, upload).await?;
    let mut tx = app.db.write(&access.scope()).await?;
    has_or_may(&mut tx, id, &attachment.name).await?;
    rows::save_attachments(&mut tx, &[(access.enterprise.id, id, attachment)]).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes a part of a picture; with the last one it is added as a whole would be.
///
/// # Errors
/// `upload.*`, `forbidden`, `not_found`.
pub async fn attach_part(app: &App, access: &Access, id: CaseId, part: Part) -> Result<Reached> {
    let mut tx = app.db.read(&access.scope()).await?;
    may_attach(access, &mut tx, id).await?;
    let enterprise = access.enterprise.id;
    let whose = Whose::Report(enterprise, id);
    let key = app.keys.parts_key(enterprise, id);
    let shelf = Shelf::new(app, access.scope(), whose, key, &part)?;
    if has_or_may(&mut tx, id, &part.name).await? {
        return Ok(Reached::whole());
    }
    drop(tx);
    match shelf.take(part).await? {
        Came::Until(reached) => Ok(reached),
        Came::Whole(upload) => shelf.settle(attach(app, access, id, upload).await).await,
    }
}

async fn may_attach(access: &Access, tx: &mut Tx, id: CaseId) -> Result<()> {
    let case = readable(access, tx, id).await?;
    if !access.may_at(Permission::CaseFix, &path_of(access, &case)) {
        return Err(Code::Forbidden.into());
    }
    Ok(())
}

/// Whether a case has an attachment of this name, or may get one.
async fn has_or_may(tx: &mut Tx, id: CaseId, name: &str) -> Result<bool> {
    let present = rows::find_attachments(tx, id).await?;
    let has = present.iter().any(|it| it.name == name);
    if !has && present.len() >= 2 * hezuo_domain::reports::MAX_ATTACHMENTS {
        return Err(Code::UploadTooMany.into());
    }
    Ok(has)
}

/// Reads a picture or voice clip of a case.
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
    let case = readable(access, &mut tx, id).await?;
    let found = rows::find_attachments(&mut tx, id).await?;
    let found = found.into_iter().find(|it| it.name == name);
    let found = found.ok_or(Code::NotFound)?;
    if found.stage == "voice" && !may_hear(access, &mut tx, &case).await? {
        return Err(Code::NotFound.into());
    }
    drop(tx);
    if found.stage == "voice" {
        entrusted::seen(app, access, Deed::VoiceHeard, id.0);
    }
    reports::read_upload(app, access.enterprise.id, found.content_type, &found.blob).await
}
