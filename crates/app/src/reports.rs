//! What a worker does without an account: report, add a picture, come back with the report code.

mod attach;
mod doorway;
mod submit;
pub(crate) mod take;

use hezuo_domain::answers::{MAX_MESSAGES, has_listener};
use hezuo_domain::cases::{Action, Actor, Category, Context, State};
use hezuo_domain::entrusted::Act;
use hezuo_domain::ids::{AreaId, CaseId, EnterpriseId};
use hezuo_domain::places::{AreaKind, AreaNode, anonymous_area};
use hezuo_domain::report_code::Lookup;
use hezuo_domain::reports::Report;
use hezuo_domain::time::{Day, Zone};
use hezuo_domain::wall_code::WallCode;
use hezuo_domain::{Code, Scope};
use hezuo_store::cases::{self as rows, ReportCodeEntry};
use hezuo_store::places::{Area, Enterprise};
use hezuo_store::{Tx, intake, places};
use serde::{Deserialize, Serialize};

use crate::answers::{Said, said_to_reporter};
use crate::cases::door::{self, Decided};
use crate::rewards::{self, HolderReward};
use crate::{App, Result, apart};

pub use attach::{Upload, attach, attach_part, check_upload};
pub(crate) use attach::{read_upload, store_upload};
pub use doorway::{Doorway, doorway};
pub use submit::{Prepared, Submission, prepare};
pub(crate) use submit::{Rows, Waiting, opened, opening};
pub use take::{submit, write};

/// What a wall code leads to.
#[derive(Debug, Clone)]
pub struct Entrance {
    /// The enterprise.
    pub enterprise: Enterprise,
    /// The areas of the enterprise, where the code names one.
    pub areas: Vec<Area>,
    /// The area that the code names.
    pub area: Option<Area>,
}

impl Entrance {
    /// The area that an anonymous report would keep.
    pub fn anonymous_area(&self) -> Option<&Area> {
        let nodes: Vec<AreaNode> = self.areas.iter().map(node).collect();
        let kept = anonymous_area(self.area.as_ref()?.id, &nodes)?;
        self.areas.iter().find(|area| area.id == kept)
    }
}

pub(crate) fn node(area: &Area) -> AreaNode {
    AreaNode {
        id: area.id,
        parent: area.parent_id.map(AreaId),
        site: area.site_id,
        kind: if area.kind == AreaKind::Machine.as_str() {
            AreaKind::Machine
        } else {
            AreaKind::Area
        },
        attested_heads: area.heads,
    }
}

/// Reads the part of the address after `/r/`.
///
/// # Errors
/// `wall_code.unknown` for an unsigned code or an unknown enterprise; an area that is gone leaves
/// the enterprise's general entrance.
pub async fn enter(app: &App, path: &str) -> Result<Entrance> {
    let code = app.wall().read(path)?;
    let scope = Scope::System("a wall code leads to an enterprise of the directory");
    let mut tx = app.db.read(&scope).await?;
    let found = places::doors(&mut tx, &[&code]).await?;
    Ok(Entrance::of(&code, &found)?)
}

impl Entrance {
    /// Where a code leads, among what was found of enterprises.
    fn of(code: &WallCode, found: &[(Enterprise, Vec<Area>)]) -> Result<Self, Code> {
        let (enterprise, areas) = found
            .iter()
            .find(|(it, _)| it.short_code == code.enterprise && it.kind == "enterprise")
            .ok_or(Code::WallCodeUnknown)?;
        let (areas, area) = match &code.area {
            None => (Vec::new(), None),
            Some(wanted) => {
                let area = areas.iter().find(|area| area.code == *wanted);
                (areas.clone(), area.cloned())
            }
        };
        Ok(Self {
            enterprise: enterprise.clone(),
            areas,
            area,
        })
    }
}

/// What the report page shows about an entrance besides names.
#[derive(Debug, Clone, Default)]
pub struct Notice {
    /// The number to call in danger.
    pub emergency_phone: String,
    /// The names of the worker representatives.
    pub representatives: Vec<String>,
    /// Whether an inspector reads what is kept apart for one.
    pub has_inspector: bool,
    /// The names of all who may read what is said in confidence: the worker representatives, then the
    /// one EIT person.
    pub trusted: Vec<String>,
}

/// Reads what the report page shows.
pub async fn notice(app: &App, enterprise: &Enterprise) -> Result<Notice> {
    let scope = Scope::System("whether an inspector reads stands in another enterprise");
    let mut tx = app.db.read(&scope).await?;
    let region = enterprise.region();
    let has_inspector =
        hezuo_store::apart::has_inspector(&mut tx, enterprise.id, region.as_ref()).await?;
    drop(tx);
    let mut tx = app.db.read(&Scope::Enterprise(enterprise.id)).await?;
    let setting = places::find_setting(&mut tx).await?;
    let users = hezuo_store::people::users(&mut tx).await?;
    let name = |user: &hezuo_store::people::UserEntry| user.name.clone();
    let is_representative = |user: &&hezuo_store::people::UserEntry| {
        !user.disabled && hezuo_domain::accounts::is_representative(&user.grants)
    };
    let is_confidant = |user: &&hezuo_store::people::UserEntry| {
        !user.disabled && Some(user.id.0) == setting.confidant_user_id
    };
    let mut trusted: Vec<String> = users.iter().filter(is_representative).map(name).collect();
    let representatives = trusted.clone();
    for confidant in users.iter().filter(is_confidant).map(name) {
        if !trusted.contains(&confidant) {
            trusted.push(confidant);
        }
    }
    Ok(Notice {
        representatives,
        has_inspector,
        emergency_phone: setting.emergency_phone,
        trusted,
    })
}

/// Finds what a report code opens. Wrong and unknown codes are the same. Nobody guesses one of so many, so
/// wrong ones are not counted: a limit would tell whoever keeps it full that somebody mistyped.
pub(crate) async fn open(app: &App, lookup: Lookup) -> Result<ReportCodeEntry> {
    let scope = Scope::System("a report code leads to its enterprise");
    let mut tx = app.db.read(&scope).await?;
    let entry = rows::find_report_code(&mut tx, lookup.stored()).await?;
    entry.ok_or_else(|| Code::ReportCodeUnknown.into())
}

/// What the holder of a report code sees: days, never instants.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FollowUp {
    /// The state; none while it waits to be let out.
    pub state: Option<State>,
    /// The day it was reported.
    pub reported_day: Day,
    /// The pictogram.
    pub category: Category,
    /// What was said.
    pub text: String,
    /// The written answer.
    pub answer: Option<String>,
    /// The day of the first answer.
    pub answered_day: Option<Day>,
    /// The deadline.
    pub due_day: Option<Day>,
    /// The day it was fixed.
    pub fixed_day: Option<Day>,
    /// Whether "is it fixed?" is asked.
    pub asks_whether_fixed: bool,
    /// Questions of the team and replies, oldest first.
    pub messages: Vec<Said>,
    /// Whether words to the team would reach it.
    pub may_write: bool,
    /// The reward, once one is approved.
    pub reward: Option<HolderReward>,
    /// Of one that is or was kept apart from the team, how far it has come.
    #[serde(default)]
    pub apart: Option<apart::Standing>,
    /// Who read the name or heard the recording, and when.
    #[serde(default)]
    pub looks: Vec<LookedAt>,
}

/// A look at what the reporter gave to some people only.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LookedAt {
    /// A recording was heard; otherwise the name was read.
    pub was_heard: bool,
    /// By whom.
    pub by: String,
    /// The day.
    pub day: Day,
}

fn looks(done: &[hezuo_store::entrusted::Done]) -> Vec<LookedAt> {
    let look = |it: &hezuo_store::entrusted::Done| {
        let was_heard = match it.act {
            Act::VoiceHeard => true,
            Act::NameRead | Act::ApartRead => false,
            _ => return None,
        };
        Some(LookedAt {
            was_heard,
            by: it.actor.clone(),
            day: it.day,
        })
    };
    done.iter().filter_map(look).collect()
}

/// Where a report stands.
///
/// # Errors
/// `report.unknown_code`.
pub async fn follow_up(app: &App, lookup: Lookup) -> Result<FollowUp> {
    let entry = open(app, lookup).await?;
    let mut tx = app.db.read(&Scope::ReportCode(entry.enterprise)).await?;
    standing(app, &mut tx, entry.case).await
}

pub(crate) async fn standing(app: &App, tx: &mut Tx, id: CaseId) -> Result<FollowUp> {
    if let Some(case) = rows::find(tx, id).await? {
        let done = hezuo_store::entrusted::acts_on(tx, id.0).await?;
        let apart = apart::standing_by(&done);
        // What its reader said before belongs to it; to the reporter it is one conversation.
        let mut messages = match apart {
            Some(_) => apart::said(app, tx, id).await?,
            None => Vec::new(),
        };
        messages.extend(said_to_reporter(app, tx, id).await?);
        return Ok(FollowUp {
            apart,
            looks: looks(&done),
            may_write: has_listener(&case) && messages.len() < MAX_MESSAGES,
            messages,
            reward: rewards::for_holder(tx, id).await?,
            state: Some(case.state),
            reported_day: case.reported_day,
            category: case.category,
            answered_day: case.answered_day,
            due_day: case.plan.as_ref().map(|plan| plan.due_day),
            fixed_day: case.fixed_day,
            asks_whether_fixed: case.asks_whether_fixed(),
            answer: case.answer,
            text: case.text,
        });
    }
    let waiting = intake::find(tx, id).await?.ok_or(Code::ReportCodeUnknown)?;
    let body: Waiting = serde_json::from_str(&waiting.body)
        .or(Err(hezuo_store::StoreError::Corrupt("intake_report.body")))?;
    let mut standing = FollowUp::waiting(waiting.day, &body.report);
    if let Some(found) = hezuo_store::apart::find(tx, id, Day(i64::MAX)).await? {
        let has_ended = found.answered_day.is_some();
        standing.messages = apart::said(app, tx, id).await?;
        standing.may_write = !has_ended && standing.messages.len() < MAX_MESSAGES;
        let done = hezuo_store::entrusted::acts_on(tx, id.0).await?;
        // Without a name there was none to read.
        standing.looks = looks(&done);
        standing.looks.retain(|_| body.name.is_some());
        standing.answer = found.answer;
        standing.answered_day = found.answered_day;
        standing.apart = Some(apart::Standing {
            reader: Some(found.reader),
            stage: if has_ended {
                apart::Stage::Answered
            } else {
                apart::Stage::Open
            },
        });
    }
    Ok(standing)
}

impl FollowUp {
    /// That of a report which waits to be let out.
    pub(crate) fn waiting(day: Day, report: &Report) -> Self {
        Self {
            state: None,
            reported_day: day,
            category: report.category,
            text: report.text.clone(),
            answer: None,
            answered_day: None,
            due_day: None,
            fixed_day: None,
            asks_whether_fixed: false,
            messages: Vec::new(),
            may_write: false,
            reward: None,
            looks: Vec::new(),
            apart: report.reader.is_apart().then_some(apart::Standing {
                reader: Some(report.reader),
                stage: apart::Stage::Open,
            }),
        }
    }
}

/// Today where a report belongs, for a reporter whose access names no enterprise.
pub(crate) async fn today_of(app: &App, enterprise: EnterpriseId) -> Result<Day> {
    let scope = Scope::System("the directory of enterprises has no tenant");
    let mut tx = app.db.read(&scope).await?;
    let enterprise = places::find_enterprise(&mut tx, enterprise)
        .await?
        .ok_or(Code::NotFound)?;
    let zone = Zone::named(&enterprise.time_zone).ok_or(Code::ZoneUnknown)?;
    Ok(zone.day(app.now()))
}

/// The reporter's answer to "is it fixed?"; "not yet" opens the case again.
///
/// # Errors
/// `report.unknown_code`, `report.verdict_not_asked`.
pub async fn verdict(app: &App, lookup: Lookup, fixed: bool, note: String) -> Result<FollowUp> {
    let entry = open(app, lookup).await?;
    let today = today_of(app, entry.enterprise).await?;
    let mut tx = app.db.write(&Scope::ReportCode(entry.enterprise)).await?;
    let case = rows::find(&mut tx, entry.case)
        .await?
        .ok_or(Code::VerdictNotAsked)?;
    let action = Action::Verdict { fixed, note };
    let step = case.decide(
        &action,
        Context {
            actor: Actor::Reporter,
            today,
        },
    )?;
    let decided = Decided {
        step,
        action: action.name(),
        actor: Actor::Reporter,
        client: "phone",
        pack: None,
        day: today,
        at: app.now(),
        details: serde_json::to_value(&action).unwrap_or_default(),
    };
    door::write(app, &mut tx, std::slice::from_ref(&decided)).await?;
    let standing = standing(app, &mut tx, entry.case).await?;
    tx.commit().await?;
    Ok(standing)
}
