//! Projects as they are received.

use hezuo_domain::ids::{AreaId, CaseId, PersonId, TeamId};
use hezuo_domain::projects::{Action, Draft, Saving, SavingStage, Theme};
use hezuo_domain::time::Day;
use hezuo_domain::{Code, Problem};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// What people write about a project.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct DraftRequest {
    title: String,
    /// `safety`, `quality`, `productivity`, `resources`, `five_s`, `workforce`, `cooperation` or
    /// `other`.
    theme: String,
    area_id: Option<Uuid>,
    team_id: Option<Uuid>,
    owner_id: Option<Uuid>,
    /// How it is now.
    #[serde(default)]
    problem: String,
    /// What shall be done.
    #[serde(default)]
    measure: String,
    /// Up to five lines, each asking why of the one before.
    #[serde(default)]
    whys: Vec<String>,
    due_day: Option<String>,
    /// ISO 4217; `CNY` by default.
    currency: Option<String>,
}

fn day(text: &str, path: &str) -> Result<Day, Problem> {
    text.parse().or(Err(Code::InputInvalid.at(path)))
}

impl TryFrom<DraftRequest> for Draft {
    type Error = Problem;

    fn try_from(it: DraftRequest) -> Result<Self, Problem> {
        let due = it.due_day.filter(|text| !text.trim().is_empty());
        Ok(Self {
            title: it.title,
            theme: Theme::parse(&it.theme).ok_or(Code::InputInvalid.at("theme"))?,
            area: it.area_id.map(AreaId),
            team: it.team_id.map(TeamId),
            owner: it.owner_id.map(PersonId),
            problem: it.problem,
            measure: it.measure,
            whys: it.whys,
            due_day: due.map(|text| day(&text, "due_day")).transpose()?,
            currency: it.currency.unwrap_or_else(|| "CNY".to_owned()),
        })
    }
}

/// A proposal.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ProjectRequest {
    /// The client's own random id; it becomes the project's. Sending it again changes nothing.
    pub(super) id: Uuid,
    #[serde(flatten)]
    pub(super) draft: DraftRequest,
    /// The cases that it comes from.
    #[serde(default)]
    pub(super) cases: Vec<Uuid>,
}

/// The same elsewhere.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct CopyRequest {
    /// The client's own random id; it becomes the new project's.
    pub(super) id: Uuid,
    /// Where.
    pub(super) area_id: Uuid,
}

/// A step to take.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ProjectActRequest {
    /// The client's own random id of this request; sending it again changes nothing.
    pub(super) id: Uuid,
    /// The version that the client saw.
    pub(super) version: i64,
    pub(super) action: ProjectActionRequest,
}

/// How a saving is reckoned: quantity times price times how often, less running costs.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct SavingRequest {
    /// The reckoning in words.
    formula: String,
    /// Thousandths: 2500 is two and a half.
    quantity_milli: i64,
    /// Of one, in minor units.
    price_minor: i64,
    times: i64,
    /// Running costs in the same time, in minor units.
    #[serde(default)]
    less_minor: i64,
    from_day: String,
    to_day: String,
    /// Again every year, or once.
    yearly: bool,
}

impl TryFrom<SavingRequest> for Saving {
    type Error = Problem;

    fn try_from(it: SavingRequest) -> Result<Self, Problem> {
        Ok(Self {
            formula: it.formula,
            quantity_milli: it.quantity_milli,
            price_minor: it.price_minor,
            times: it.times,
            less_minor: it.less_minor,
            from_day: day(&it.from_day, "from_day")?,
            to_day: day(&it.to_day, "to_day")?,
            yearly: it.yearly,
        })
    }
}

/// What to do.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum ProjectActionRequest {
    /// Write it anew.
    Change { draft: DraftRequest },
    /// It will be done: it has an owner, a day and a way.
    Plan,
    /// People begin.
    Start,
    /// It is done.
    Finish { note: String },
    /// A second person has looked at it and at its saving.
    Verify { note: Option<String> },
    /// It is not good enough.
    SendBack { note: String },
    /// It is given up.
    Stop { reason: String },
    /// It has to be looked at again; a saving that counted counts no more.
    Reopen { reason: String },
    /// What it may cost and what it cost, in minor units.
    Cost {
        target_minor: Option<i64>,
        actual_minor: Option<i64>,
    },
    /// What it saves; null takes it away.
    Saving {
        /// `target`, `forecast` or `actual`.
        stage: String,
        saving: Option<SavingRequest>,
    },
    /// It comes from a case too.
    Link { case: Uuid },
    /// It does not come from this case after all.
    Unlink { case: Uuid },
}

impl TryFrom<ProjectActionRequest> for Action {
    type Error = Problem;

    fn try_from(it: ProjectActionRequest) -> Result<Self, Problem> {
        use ProjectActionRequest as Asked;
        Ok(match it {
            Asked::Change { draft } => Self::Change {
                draft: draft.try_into()?,
            },
            Asked::Plan => Self::Plan,
            Asked::Start => Self::Start,
            Asked::Finish { note } => Self::Finish { note },
            Asked::Verify { note } => Self::Verify {
                note: note.unwrap_or_default(),
            },
            Asked::SendBack { note } => Self::SendBack { note },
            Asked::Stop { reason } => Self::Stop { reason },
            Asked::Reopen { reason } => Self::Reopen { reason },
            Asked::Cost {
                target_minor,
                actual_minor,
            } => Self::Cost {
                target: target_minor,
                actual: actual_minor,
            },
            Asked::Saving { stage, saving } => Self::Saving {
                stage: SavingStage::parse(&stage).ok_or(Code::InputInvalid.at("stage"))?,
                saving: saving.map(Saving::try_from).transpose()?,
            },
            Asked::Link { case } => Self::Link { case: CaseId(case) },
            Asked::Unlink { case } => Self::Unlink { case: CaseId(case) },
        })
    }
}
