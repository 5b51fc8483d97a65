//! Many ideas in a row: spoken in a meeting, or from a pile of cards, for whoever had them.

use std::collections::HashMap;

use hezuo_domain::cases::{Category, Finder, Source, Voice};
use hezuo_domain::commitment::digest;
use hezuo_domain::ids::{AreaId, CaseId, MeetingId};
use hezuo_domain::permissions::Permission;
use hezuo_domain::places::{AreaNode, anonymous_area};
use hezuo_domain::reports::{Arrival, Report};
use hezuo_domain::teams::MAX_IDEAS;
use hezuo_domain::{Code, Problem};
use hezuo_store::cases as case_rows;
use hezuo_store::places::{self, Area};
use hezuo_store::teams::{self as rows, Item};
use serde_json::json;
use uuid::Uuid;

use crate::cases::actor;
use crate::cases::door::{self, Decided};
use crate::reports::node;
use crate::{Access, App, Result};

/// One idea, hazard or near miss.
#[derive(Debug, Clone)]
pub struct Idea {
    /// The pictogram.
    pub category: Category,
    /// In one sentence.
    pub text: String,
    /// Where.
    pub area: Option<AreaId>,
    /// Who had it, where the name is to be known; nobody otherwise.
    pub name: Option<String>,
    /// Worker, team leader or manager.
    pub finder: Option<Finder>,
}

/// Everything that is written down at once.
#[derive(Debug, Clone)]
pub struct Ideas {
    /// The client's own id of this batch.
    pub key: Uuid,
    /// `phone` or `desk`.
    pub client: &'static str,
    /// A meeting or cards.
    pub source: Source,
    /// The meeting in whose minutes they stand.
    pub meeting: Option<MeetingId>,
    /// In the order in which they came.
    pub ideas: Vec<Idea>,
    /// The bytes that were sent; the same key with other bytes is refused.
    pub bytes: Vec<u8>,
}

fn of(number: usize, problem: Problem) -> Problem {
    let path = problem
        .path
        .map_or_else(String::new, |path| format!(".{path}"));
    problem.code.at(&format!("ideas.{number}{path}"))
}

/// The report that an idea stands for. One without a name is anonymous: nobody can be asked.
fn report(idea: Idea) -> Result<Report, Problem> {
    let name = idea.name.filter(|name| !name.trim().is_empty());
    let report = Report {
        category: idea.category,
        text: idea.text,
        voice: if name.is_some() {
            Voice::Named
        } else {
            Voice::Anonymous
        },
        name,
        finder: idea.finder,
        danger: false,
        name_machine: false,
        reader: hezuo_domain::apart::Reader::Team,
        attachments: Vec::new(),
    };
    let report = report.check()?;
    if report.text.is_empty() {
        return Err(Code::InputMissing.at("text"));
    }
    Ok(report)
}

/// Where an idea may be kept: without a name only where enough people work.
fn place(idea: &Idea, areas: &[Area], nodes: &[AreaNode]) -> Result<Option<Area>, Problem> {
    let Some(id) = idea.area else {
        return Ok(None);
    };
    let is_named = idea.name.as_deref().is_some_and(|it| !it.trim().is_empty());
    if !areas.iter().any(|it| it.id == id) {
        return Err(Code::InputInvalid.at("area_id"));
    }
    let kept = if is_named {
        Some(id)
    } else {
        anonymous_area(id, nodes)
    };
    Ok(areas.iter().find(|it| Some(it.id) == kept).cloned())
}

/// Writes ideas down in one transaction; each becomes a case. Gives the cases, in the same order;
/// a batch that was sent before gives none.
///
/// # Errors
/// `forbidden`, `not_found` for the meeting, `meeting.closed`, `idempotency.key_reused`, `input.*`
/// with the place of the idea in the batch.
pub async fn record(app: &App, access: &Access, batch: Ideas) -> Result<Vec<CaseId>> {
    access.require(Permission::CaseRecord)?;
    let count = batch.ideas.len();
    if count == 0 || count > MAX_IDEAS {
        return Err(Code::InputInvalid.at("ideas").into());
    }
    if !matches!(batch.source, Source::Meeting | Source::Card) {
        return Err(Code::InputInvalid.at("source").into());
    }
    let enterprise = access.enterprise.id;
    let (today, now, actor) = (access.today(app), app.now(), actor(access));
    let mut tx = app.db.write(&access.scope()).await?;
    if let Some(meeting) = batch.meeting {
        rows::find_meeting(&mut tx, meeting)
            .await?
            .ok_or(Code::NotFound)?;
    }
    let user = access.caller.user.0;
    let sent = digest(&[user.as_bytes(), batch.bytes.as_slice()].concat());
    if !case_rows::claim_key(&mut tx, enterprise, batch.key, sent, today).await? {
        if case_rows::find_key(&mut tx, batch.key).await? != Some(sent) {
            return Err(Code::KeyReused.into());
        }
        return Ok(Vec::new());
    }
    if let Some(meeting) = batch.meeting
        && !rows::hold_open(&mut tx, meeting).await?
    {
        return Err(Code::MeetingClosed.into());
    }
    let areas = places::areas(&mut tx).await?;
    let nodes: Vec<AreaNode> = areas.iter().map(node).collect();
    let sites: HashMap<AreaId, _> = areas.iter().map(|it| (it.id, it.site_id)).collect();
    let mut steps = Vec::with_capacity(count);
    let (mut reporters, mut people) = (Vec::new(), Vec::new());
    for (number, idea) in batch.ideas.into_iter().enumerate() {
        let area = place(&idea, &areas, &nodes).map_err(|problem| of(number, problem))?;
        let said_at = idea.area.and_then(|it| sites.get(&it)).copied();
        let report = report(idea).map_err(|problem| of(number, problem))?;
        let id = CaseId::random(app.random.as_ref());
        if let Some(name) = &report.name {
            let sealed = app.keys.seal_name(app.random.as_ref(), id, name)?;
            reporters.push((enterprise, id, sealed));
            people.push((enterprise, today, app.keys.person_key(enterprise, name)));
        }
        let arrival = Arrival {
            enterprise,
            id,
            site: said_at,
            area: area.map(|it| it.id),
            source: batch.source,
            day: today,
            at: now,
        };
        steps.push(Decided {
            step: report.open(arrival),
            action: "report",
            actor,
            client: batch.client,
            pack: None,
            day: today,
            at: now,
            details: json!({
                "area": arrival.area,
                "category": report.category,
                "finder": report.finder.map(Finder::as_str),
                "meeting": batch.meeting,
                "reported_day": today,
                "site": arrival.site,
                "source": batch.source,
                "text": report.text,
                "voice": report.voice,
            }),
        });
    }
    door::write(app, &mut tx, &steps).await?;
    if !reporters.is_empty() {
        case_rows::save_reporters(&mut tx, reporters).await?;
        case_rows::add_participation(&mut tx, &people).await?;
    }
    let cases: Vec<CaseId> = steps.iter().map(|it| it.step.case.id).collect();
    if let Some(meeting) = batch.meeting {
        let line = |case: &CaseId| Item {
            case: *case,
            event: Some(1),
            section: None,
            note: String::new(),
        };
        let items: Vec<Item> = cases.iter().map(line).collect();
        rows::add_items(&mut tx, enterprise, meeting, &items).await?;
    }
    tx.commit().await?;
    Ok(cases)
}
