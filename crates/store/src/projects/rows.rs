//! Rows of projects and what they are made into.

use std::collections::BTreeMap;

use hezuo_domain::commitment::Hash;
use hezuo_domain::ids::{CaseId, EnterpriseId, EventId, PersonId, ProjectId, UserId};
use hezuo_domain::projects::{Draft, Entered, Project, Saving, SavingStage, Savings, State, Theme};
use hezuo_domain::time::{Day, Instant};
use uuid::Uuid;

use crate::cases::rows::hash;
use crate::error::{Result, StoreError};
use crate::value::{Value, args};

/// Names around a project.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Of its area.
    pub area: Option<String>,
    /// Of its team.
    pub team: Option<String>,
    /// Of its owner.
    pub owner: Option<String>,
    /// Of who proposed it.
    pub proposed: Option<String>,
    /// Of who verified it.
    pub verified: Option<String>,
    /// The title of the project that it repeats.
    pub origin: Option<String>,
}

/// Who entered which saving.
#[derive(Debug, Clone, Default)]
pub struct SavingNames(pub BTreeMap<SavingStage, String>);

/// A project as it is read.
#[derive(Debug, Clone)]
pub struct Found {
    /// The project.
    pub project: Project,
    /// Names around it.
    pub names: Names,
    /// Who entered which saving.
    pub saving_names: SavingNames,
}

#[derive(sqlx::FromRow)]
pub(super) struct ProjectRow {
    id: Uuid,
    version: i64,
    title: String,
    theme: String,
    area_id: Option<Uuid>,
    team_id: Option<Uuid>,
    owner_id: Option<Uuid>,
    problem: String,
    measure: String,
    whys: String,
    due_day: Option<i64>,
    currency: String,
    state: String,
    cost_target_minor: Option<i64>,
    cost_actual_minor: Option<i64>,
    proposed_by: Uuid,
    proposed_day: i64,
    done_day: Option<i64>,
    verified_by: Option<Uuid>,
    verified_day: Option<i64>,
    stop_reason: Option<String>,
    origin_id: Option<Uuid>,
    area_name: Option<String>,
    team_name: Option<String>,
    owner_name: Option<String>,
    proposed_name: Option<String>,
    verified_name: Option<String>,
    origin_title: Option<String>,
}

impl ProjectRow {
    pub(super) fn into_found(
        self,
        enterprise: EnterpriseId,
        savings: Savings,
        saving_names: SavingNames,
    ) -> Result<Found> {
        let whys = serde_json::from_str(&self.whys).or(Err(StoreError::Corrupt("project.whys")))?;
        let draft = Draft {
            title: self.title,
            theme: Theme::parse(&self.theme).ok_or(StoreError::Corrupt("project.theme"))?,
            area: self.area_id.map(Into::into),
            team: self.team_id.map(Into::into),
            owner: self.owner_id.map(PersonId),
            problem: self.problem,
            measure: self.measure,
            whys,
            due_day: self.due_day.map(Day),
            currency: self.currency,
        };
        let project = Project {
            enterprise,
            id: ProjectId(self.id),
            version: self.version,
            draft,
            state: State::parse(&self.state).ok_or(StoreError::Corrupt("project.state"))?,
            cost_target: self.cost_target_minor,
            cost_actual: self.cost_actual_minor,
            savings,
            proposed_by: UserId(self.proposed_by),
            proposed_day: Day(self.proposed_day),
            done_day: self.done_day.map(Day),
            verified_by: self.verified_by.map(UserId),
            verified_day: self.verified_day.map(Day),
            stop_reason: self.stop_reason,
            origin: self.origin_id.map(ProjectId),
        };
        let names = Names {
            area: self.area_name,
            team: self.team_name,
            owner: self.owner_name,
            proposed: self.proposed_name,
            verified: self.verified_name,
            origin: self.origin_title,
        };
        Ok(Found {
            project,
            names,
            saving_names,
        })
    }
}

pub(super) fn project_values(it: &Project) -> Vec<Value> {
    // A list of strings always has a text.
    let whys = serde_json::to_string(&it.draft.whys).unwrap_or_default();
    args![
        it.enterprise,
        it.id,
        it.version,
        &it.draft.title,
        it.draft.theme.as_str(),
        it.draft.area,
        it.draft.team,
        it.draft.owner,
        &it.draft.problem,
        &it.draft.measure,
        whys,
        it.draft.due_day,
        &it.draft.currency,
        it.state.as_str(),
        it.cost_target,
        it.cost_actual,
        it.proposed_by,
        it.proposed_day,
        it.done_day,
        it.verified_by,
        it.verified_day,
        it.stop_reason.as_ref(),
        it.origin
    ]
}

#[derive(sqlx::FromRow)]
pub(super) struct SavingRow {
    stage: String,
    formula: String,
    quantity_milli: i64,
    price_minor: i64,
    times: i64,
    less_minor: i64,
    minor: i64,
    from_day: i64,
    to_day: i64,
    yearly: bool,
    entered_by: Uuid,
    entered_day: i64,
    entered_name: String,
}

impl SavingRow {
    pub(super) fn into_entered(self) -> Result<(SavingStage, Entered, String)> {
        let stage = SavingStage::parse(&self.stage);
        let stage = stage.ok_or(StoreError::Corrupt("project_saving.stage"))?;
        let saving = Saving {
            formula: self.formula,
            quantity_milli: self.quantity_milli,
            price_minor: self.price_minor,
            times: self.times,
            less_minor: self.less_minor,
            from_day: Day(self.from_day),
            to_day: Day(self.to_day),
            yearly: self.yearly,
        };
        let entered = Entered {
            saving,
            minor: self.minor,
            by: UserId(self.entered_by),
            day: Day(self.entered_day),
        };
        Ok((stage, entered, self.entered_name))
    }
}

/// A step to be kept.
#[derive(Debug, Clone)]
pub struct Event {
    /// Random id.
    pub id: EventId,
    /// The project.
    pub project: ProjectId,
    /// Its place in the project's life, from 1.
    pub position: i64,
    /// The action's name.
    pub action: &'static str,
    /// Who.
    pub by: UserId,
    /// The instant.
    pub at: Instant,
    /// The local day.
    pub day: Day,
    /// The state before; none for a new one.
    pub from: Option<&'static str>,
    /// The state after.
    pub to: &'static str,
    /// What was written, as JSON.
    pub payload: String,
}

/// A step as it is read for the time line.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct EventRow {
    /// The event.
    #[sqlx(try_from = "Uuid")]
    pub id: EventId,
    /// The action's name.
    pub action: String,
    /// Who.
    pub actor_name: String,
    /// The instant.
    pub at: i64,
    /// The local day.
    pub local_day: i64,
    /// The state before.
    pub from_state: Option<String>,
    /// The state after.
    pub to_state: String,
    /// What was written, as JSON.
    pub payload: String,
}

/// A case that a project comes from.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CaseLine {
    /// The case.
    #[sqlx(try_from = "Uuid")]
    pub id: CaseId,
    /// Kind, by its word.
    pub kind: String,
    /// Category, by its word.
    pub category: String,
    /// State, by its word.
    pub state: String,
    /// What was said.
    pub text: String,
    /// The day of the report.
    pub reported_day: i64,
}

/// A project that repeats another one elsewhere.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Replica {
    /// The project.
    #[sqlx(try_from = "Uuid")]
    pub id: ProjectId,
    /// What it is called.
    pub title: String,
    /// State, by its word.
    pub state: String,
    /// Where.
    pub area_name: Option<String>,
}

/// A picture of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Its name within the project.
    pub name: String,
    /// `before` or `after`.
    pub stage: String,
    /// Of one of after: the one of before that it stands beside.
    pub beside: Option<String>,
    /// The media type after re-encoding.
    pub content_type: String,
    /// Bytes.
    pub size: i64,
    /// SHA-256 of the stored bytes.
    pub blob: Hash,
}

#[derive(sqlx::FromRow)]
pub(super) struct PictureRow {
    name: String,
    stage: String,
    beside: Option<String>,
    content_type: String,
    size: i64,
    blob_hash: Vec<u8>,
}

impl TryFrom<PictureRow> for Picture {
    type Error = StoreError;
    fn try_from(row: PictureRow) -> Result<Self> {
        Ok(Self {
            name: row.name,
            stage: row.stage,
            beside: row.beside,
            content_type: row.content_type,
            size: row.size,
            blob: hash(row.blob_hash, "project_picture.blob_hash")?,
        })
    }
}
