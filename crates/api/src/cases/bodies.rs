//! Cases as they are sent and received.

use hezuo_app::cases::{Detail, Request};
use hezuo_app::queue::{Attachment, CaseSummary, EventRow};
use hezuo_domain::cases::{Finder, Legal, Level, Plan, reference};
use hezuo_domain::ids::{CaseId, PersonId};
use hezuo_domain::money::Money;
use hezuo_domain::time::{Day, Instant};
use hezuo_domain::{Code, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// One line of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SummaryBody {
    id: Uuid,
    /// The short reference that people say aloud.
    #[serde(rename = "ref")]
    reference: String,
    /// `hazard`, `near_miss`, `idea` or `injury_imported`.
    kind: String,
    /// The pictogram.
    category: String,
    /// `named`, `in_confidence` or `anonymous`.
    voice: String,
    danger: bool,
    state: String,
    /// Risk level, 1 to 4.
    level: Option<i64>,
    /// `general` or `major`.
    legal: Option<String>,
    area_id: Option<Uuid>,
    area_name: Option<String>,
    text: String,
    reported_day: String,
    due_day: Option<String>,
    overdue: bool,
    owner_id: Option<Uuid>,
    owner_name: Option<String>,
    /// How many pictures.
    pictures: i64,
    /// The reporter said "not fixed".
    disputed: bool,
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CasePageBody {
    pub(super) items: Vec<SummaryBody>,
    /// Give it back as `cursor` for the next page; none on the last.
    pub(super) next_cursor: Option<String>,
    /// Today in the enterprise.
    pub(super) today: String,
}

/// How much of what was said a line of a list shows, in characters.
const LINE: usize = 140;

pub(super) fn summary(row: CaseSummary, today: Day) -> SummaryBody {
    let due = row.due_day.map(Day);
    SummaryBody {
        id: row.id.0,
        reference: reference(row.id),
        overdue: row.state == "planned" && due.is_some_and(|due| due < today),
        kind: row.kind,
        category: row.category,
        voice: row.voice,
        danger: row.danger,
        state: row.state,
        level: row.grade_level,
        legal: row.legal,
        area_id: row.area_id,
        area_name: row.area_name,
        text: row.text.chars().take(LINE).collect(),
        reported_day: Day(row.reported_day).to_string(),
        due_day: due.map(|due| due.to_string()),
        owner_id: row.owner_id,
        owner_name: row.owner_name,
        pictures: row.pictures,
        disputed: row.disputed,
    }
}

/// Money in minor units.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct MoneyBody {
    /// Minor units: fen, cents.
    minor: i64,
    /// ISO 4217, such as `CNY`.
    currency: String,
}

impl From<Plan> for PlanBody {
    fn from(plan: Plan) -> Self {
        Self {
            measure: plan.measure,
            responsibility: plan.responsibility,
            money: plan.money.map(|it| MoneyBody {
                minor: it.minor,
                currency: it.currency,
            }),
            contingency: plan.contingency,
        }
    }
}

/// What shall be done until when.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlanBody {
    measure: String,
    responsibility: String,
    money: Option<MoneyBody>,
    contingency: String,
}

/// How a risk was graded.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GradingBody {
    likelihood: u8,
    severity: u8,
    /// Pack and version.
    pack: String,
}

/// Who raised it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReporterBody {
    name: String,
}

/// A picture or voice clip.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AttachmentBody {
    name: String,
    /// `before`, `after` or `voice`.
    stage: String,
    content_type: String,
    /// Bytes.
    size: i64,
}

/// One line of the time line.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventBody {
    id: Uuid,
    /// The action's name.
    kind: String,
    /// `reporter`, `user` or `system`.
    actor_kind: String,
    actor_name: Option<String>,
    day: String,
    /// The instant, where one was kept.
    at: Option<String>,
    /// What was written, as it was written.
    #[schema(value_type = Object)]
    details: serde_json::Value,
}

/// One case.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaseBody {
    #[serde(flatten)]
    summary: SummaryBody,
    /// Send it back with an action.
    version: i64,
    /// `worker`, `team_leader` or `manager`.
    finder: Option<String>,
    /// `phone`, `form` or `import`.
    source: String,
    answer: Option<String>,
    answered_day: Option<String>,
    fixed_day: Option<String>,
    plan: Option<PlanBody>,
    grading: Option<GradingBody>,
    referred_to: Option<String>,
    merged_into: Option<Uuid>,
    /// Only for those who are entitled to know.
    reporter: Option<ReporterBody>,
    attachments: Vec<AttachmentBody>,
    /// Whether there is a voice clip that others hear, and type up.
    unheard: bool,
    events: Vec<EventBody>,
    /// What the caller may do now.
    actions: Vec<&'static str>,
    /// Today in the enterprise.
    today: String,
}

impl From<Detail> for CaseBody {
    fn from(detail: Detail) -> Self {
        let case = detail.case;
        let due = case.plan.as_ref().map(|plan| plan.due_day);
        let pictures = detail
            .attachments
            .iter()
            .filter(|it| it.stage != "voice")
            .count();
        Self {
            summary: SummaryBody {
                id: case.id.0,
                reference: case.reference(),
                kind: case.kind.as_str().to_owned(),
                category: case.category.as_str().to_owned(),
                voice: case.voice.as_str().to_owned(),
                danger: case.danger,
                state: case.state.as_str().to_owned(),
                level: case.grading.as_ref().map(|it| Level::into(it.level)),
                legal: case.legal.map(|it| Legal::as_str(it).to_owned()),
                area_id: case.area.map(|area| area.0),
                area_name: detail.area_name,
                overdue: case.is_overdue(detail.today),
                text: case.text,
                reported_day: case.reported_day.to_string(),
                due_day: due.map(|due| due.to_string()),
                owner_id: case.plan.as_ref().map(|plan| plan.owner.0),
                owner_name: detail.owner_name,
                pictures: i64::try_from(pictures).unwrap_or(i64::MAX),
                disputed: case.disputed,
            },
            version: case.version,
            finder: case.finder.map(|it| Finder::as_str(it).to_owned()),
            source: case.source.as_str().to_owned(),
            answer: case.answer,
            answered_day: case.answered_day.map(|day| day.to_string()),
            fixed_day: case.fixed_day.map(|day| day.to_string()),
            plan: case.plan.map(PlanBody::from),
            grading: case.grading.map(|it| GradingBody {
                likelihood: it.likelihood,
                severity: it.severity,
                pack: it.pack,
            }),
            referred_to: case.referred_to,
            merged_into: case.merged_into.map(|case| case.0),
            reporter: detail.reporter.map(|name| ReporterBody { name }),
            attachments: detail.attachments.into_iter().map(attachment).collect(),
            unheard: detail.unheard,
            events: detail.events.into_iter().map(event).collect(),
            actions: detail.actions,
            today: detail.today.to_string(),
        }
    }
}

fn attachment(it: Attachment) -> AttachmentBody {
    AttachmentBody {
        name: it.name,
        stage: it.stage,
        content_type: it.content_type,
        size: it.size,
    }
}

fn event(row: EventRow) -> EventBody {
    let payload: serde_json::Value = row
        .payload
        .as_deref()
        .and_then(|it| serde_json::from_str(it).ok())
        .unwrap_or_default();
    EventBody {
        id: row.id.0,
        kind: row.action,
        actor_kind: row.actor_kind,
        actor_name: row.actor_name,
        day: Day(row.local_day).to_string(),
        at: row.at.map(|at| Instant(at).to_string()),
        details: payload.get("details").cloned().unwrap_or_default(),
    }
}

/// From where somebody acts.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Client {
    /// The phone app.
    Phone,
    /// The desk app.
    Desk,
}

impl Client {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Desk => "desk",
        }
    }
}

/// A step to take.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ActBody {
    /// The client's own random id of this request; sending it again changes nothing.
    pub(super) id: Uuid,
    /// The version that the client saw.
    pub(super) version: i64,
    pub(super) client: Client,
    pub(super) action: ActionBody,
}

/// What to do.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum ActionBody {
    /// It will be done.
    Accept { answer: String },
    /// It will not be done, and why.
    Decline { answer: String },
    /// Somebody else decides.
    Refer { answer: String, to: String },
    /// It is the same as another case.
    Merge { answer: String, into: Uuid },
    /// Grade the risk; the level comes from the pack.
    Grade {
        likelihood: u8,
        severity: u8,
        legal: Option<String>,
    },
    /// Owner and deadline; for a hazard the five fulfilments.
    Plan {
        owner: Uuid,
        due_day: String,
        measure: Option<String>,
        responsibility: Option<String>,
        money: Option<MoneyBody>,
        contingency: Option<String>,
    },
    /// It is done.
    Finish { note: String },
    /// Somebody other than the fixer accepts it.
    Verify { note: Option<String> },
    /// It is not good enough.
    SendBack { note: String },
    /// Finished with.
    Close { note: Option<String> },
    /// It has to be looked at again.
    Reopen { reason: String },
    /// Type up a voice clip.
    Transcribe { text: String },
}

impl TryFrom<ActionBody> for Request {
    type Error = Problem;

    fn try_from(body: ActionBody) -> Result<Self, Problem> {
        Ok(match body {
            ActionBody::Accept { answer } => Self::Accept { answer },
            ActionBody::Decline { answer } => Self::Decline { answer },
            ActionBody::Refer { answer, to } => Self::Refer { answer, to },
            ActionBody::Merge { answer, into } => Self::Merge {
                answer,
                into: CaseId(into),
            },
            ActionBody::Grade {
                likelihood,
                severity,
                legal,
            } => {
                let legal = match legal.as_deref() {
                    None | Some("") => None,
                    Some(word) => Some(Legal::parse(word).ok_or(Code::InputInvalid.at("legal"))?),
                };
                Self::Grade {
                    likelihood,
                    severity,
                    legal,
                }
            }
            ActionBody::Plan {
                owner,
                due_day,
                measure,
                responsibility,
                money,
                contingency,
            } => {
                let money = money
                    .map(|it| Money::new(it.minor, &it.currency))
                    .transpose()?;
                if due_day.trim().is_empty() {
                    return Err(Code::FulfilmentMissing.at("due_day"));
                }
                Self::Plan {
                    plan: Plan {
                        owner: PersonId(owner),
                        due_day: due_day.parse().or(Err(Code::InputInvalid.at("due_day")))?,
                        measure: measure.unwrap_or_default(),
                        responsibility: responsibility.unwrap_or_default(),
                        money,
                        contingency: contingency.unwrap_or_default(),
                    },
                }
            }
            ActionBody::Finish { note } => Self::Finish { note },
            ActionBody::Verify { note } => Self::Verify {
                note: note.unwrap_or_default(),
            },
            ActionBody::SendBack { note } => Self::SendBack { note },
            ActionBody::Close { note } => Self::Close {
                note: note.unwrap_or_default(),
            },
            ActionBody::Reopen { reason } => Self::Reopen { reason },
            ActionBody::Transcribe { text } => Self::Transcribe { text },
        })
    }
}
