//! Projects as they are sent.

use hezuo_app::projects::{CaseLine, Detail, Page, Summary};
use hezuo_app::queue::{Picture, ProjectEvent, Replica};
use hezuo_domain::cases::reference as case_reference;
use hezuo_domain::projects::{Entered, SavingStage, State, reference};
use hezuo_domain::time::{Day, Instant};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// One line of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProjectSummaryBody {
    id: Uuid,
    /// The short reference that people say aloud.
    #[serde(rename = "ref")]
    reference: String,
    title: String,
    theme: String,
    /// `proposed`, `planned`, `under_way`, `done`, `verified` or `stopped`.
    state: String,
    area_name: Option<String>,
    team_name: Option<String>,
    owner_name: Option<String>,
    due_day: Option<String>,
    overdue: bool,
    proposed_day: String,
    verified_day: Option<String>,
    currency: String,
    cost_target_minor: Option<i64>,
    cost_actual_minor: Option<i64>,
    saving_target_minor: Option<i64>,
    saving_forecast_minor: Option<i64>,
    saving_actual_minor: Option<i64>,
    /// The actual saving comes again every year; its first year counts.
    saving_yearly: Option<bool>,
    /// How many cases it comes from.
    cases: i64,
}

fn summary(it: Summary, today: Day) -> ProjectSummaryBody {
    let day = |day: i64| Day(day).to_string();
    let is_running = matches!(it.state.as_str(), "planned" | "under_way");
    ProjectSummaryBody {
        id: it.id.0,
        reference: reference(it.id),
        title: it.title,
        theme: it.theme,
        overdue: is_running && it.due_day.is_some_and(|due| due < today.0),
        state: it.state,
        area_name: it.area_name,
        team_name: it.team_name,
        owner_name: it.owner_name,
        due_day: it.due_day.map(day),
        proposed_day: day(it.proposed_day),
        verified_day: it.verified_day.map(day),
        currency: it.currency,
        cost_target_minor: it.cost_target_minor,
        cost_actual_minor: it.cost_actual_minor,
        saving_target_minor: it.target_minor,
        saving_forecast_minor: it.forecast_minor,
        saving_actual_minor: it.actual_minor,
        saving_yearly: it.actual_yearly,
        cases: it.cases,
    }
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProjectPageBody {
    items: Vec<ProjectSummaryBody>,
    /// Give it back as `cursor` for the next page; none on the last.
    next_cursor: Option<String>,
    /// Today in the enterprise.
    today: String,
}

impl From<Page> for ProjectPageBody {
    fn from(page: Page) -> Self {
        let today = page.today;
        Self {
            items: page
                .items
                .into_iter()
                .map(|it| summary(it, today))
                .collect(),
            next_cursor: page.next.map(|(day, id)| format!("{day}.{id}")),
            today: today.to_string(),
        }
    }
}

/// The projects that come from a case.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaseProjectsBody {
    items: Vec<ProjectSummaryBody>,
    /// Whether the caller may make a project of the case.
    may_propose: bool,
}

impl CaseProjectsBody {
    pub(super) fn new(items: Vec<Summary>, may_propose: bool, today: Day) -> Self {
        let items = items.into_iter().map(|it| summary(it, today));
        Self {
            items: items.collect(),
            may_propose,
        }
    }
}

/// How many projects stand in a state.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProjectCountBody {
    state: &'static str,
    n: i64,
}

/// How many projects stand in each state, in the order of a project's life.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProjectCountsBody {
    items: Vec<ProjectCountBody>,
}

impl From<Vec<(State, i64)>> for ProjectCountsBody {
    fn from(counts: Vec<(State, i64)>) -> Self {
        let line = |(state, n): (State, i64)| ProjectCountBody {
            state: state.as_str(),
            n,
        };
        Self {
            items: counts.into_iter().map(line).collect(),
        }
    }
}

/// A saving with the numbers that it was reckoned from.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SavingBody {
    /// `target`, `forecast` or `actual`.
    stage: &'static str,
    formula: String,
    /// Thousandths.
    quantity_milli: i64,
    price_minor: i64,
    times: i64,
    less_minor: i64,
    /// What it comes to.
    minor: i64,
    from_day: String,
    to_day: String,
    yearly: bool,
    entered_name: String,
    entered_day: String,
}

/// A case that a project comes from.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProjectCaseBody {
    id: Uuid,
    #[serde(rename = "ref")]
    reference: String,
    kind: String,
    category: String,
    state: String,
    text: String,
    reported_day: String,
}

impl From<CaseLine> for ProjectCaseBody {
    fn from(it: CaseLine) -> Self {
        Self {
            id: it.id.0,
            reference: case_reference(it.id),
            kind: it.kind,
            category: it.category,
            state: it.state,
            text: it.text,
            reported_day: Day(it.reported_day).to_string(),
        }
    }
}

/// Another project of the same kind.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReplicaBody {
    id: Uuid,
    #[serde(rename = "ref")]
    reference: String,
    title: String,
    state: String,
    area_name: Option<String>,
}

impl From<Replica> for ReplicaBody {
    fn from(it: Replica) -> Self {
        Self {
            id: it.id.0,
            reference: reference(it.id),
            title: it.title,
            state: it.state,
            area_name: it.area_name,
        }
    }
}

/// The project that one repeats elsewhere.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OriginBody {
    id: Uuid,
    #[serde(rename = "ref")]
    reference: String,
    title: String,
}

/// A picture.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PictureBody {
    name: String,
    /// `before` or `after`.
    stage: String,
    /// Of one of after: the one of before that it was taken from the same place as.
    beside: Option<String>,
}

impl From<Picture> for PictureBody {
    fn from(it: Picture) -> Self {
        Self {
            name: it.name,
            stage: it.stage,
            beside: it.beside,
        }
    }
}

/// One line of the time line.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProjectEventBody {
    id: Uuid,
    /// The action's name; the first is `propose`.
    kind: String,
    actor_name: String,
    day: String,
    at: String,
    from_state: Option<String>,
    to_state: String,
    /// What was written, as it was written.
    #[schema(value_type = Object)]
    details: serde_json::Value,
}

impl From<ProjectEvent> for ProjectEventBody {
    fn from(it: ProjectEvent) -> Self {
        Self {
            id: it.id.0,
            kind: it.action,
            actor_name: it.actor_name,
            day: Day(it.local_day).to_string(),
            at: Instant(it.at).to_string(),
            from_state: it.from_state,
            to_state: it.to_state,
            details: serde_json::from_str(&it.payload).unwrap_or_default(),
        }
    }
}

/// One project.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProjectBody {
    id: Uuid,
    #[serde(rename = "ref")]
    reference: String,
    /// Send it back with an action.
    version: i64,
    title: String,
    theme: String,
    state: String,
    area_id: Option<Uuid>,
    area_name: Option<String>,
    team_id: Option<Uuid>,
    team_name: Option<String>,
    owner_id: Option<Uuid>,
    owner_name: Option<String>,
    /// How it was.
    problem: String,
    /// What is done.
    measure: String,
    /// Each line asks why of the one before.
    whys: Vec<String>,
    due_day: Option<String>,
    overdue: bool,
    currency: String,
    cost_target_minor: Option<i64>,
    cost_actual_minor: Option<i64>,
    savings: Vec<SavingBody>,
    proposed_name: Option<String>,
    proposed_day: String,
    done_day: Option<String>,
    verified_name: Option<String>,
    verified_day: Option<String>,
    stop_reason: Option<String>,
    origin: Option<OriginBody>,
    replicas: Vec<ReplicaBody>,
    cases: Vec<ProjectCaseBody>,
    pictures: Vec<PictureBody>,
    events: Vec<ProjectEventBody>,
    /// What the caller may do now; `copy` and `attach` besides the steps.
    actions: Vec<&'static str>,
    /// Today in the enterprise.
    today: String,
}

impl From<Detail> for ProjectBody {
    fn from(detail: Detail) -> Self {
        let (it, names, who) = (detail.project, detail.names, detail.saving_names.0);
        let day = |day: Day| day.to_string();
        let entered = |stage: &SavingStage| {
            let name = who.get(stage).cloned().unwrap_or_default();
            it.savings
                .of(*stage)
                .map(|saving| saving_body(*stage, saving, name))
        };
        let savings = SavingStage::ALL.iter().filter_map(entered).collect();
        let origin = it.origin.map(|origin| OriginBody {
            id: origin.0,
            reference: reference(origin),
            title: names.origin.unwrap_or_default(),
        });
        Self {
            id: it.id.0,
            reference: reference(it.id),
            version: it.version,
            overdue: it.is_overdue(detail.today),
            title: it.draft.title,
            theme: it.draft.theme.as_str().to_owned(),
            state: it.state.as_str().to_owned(),
            area_id: it.draft.area.map(|id| id.0),
            area_name: names.area,
            team_id: it.draft.team.map(|id| id.0),
            team_name: names.team,
            owner_id: it.draft.owner.map(|id| id.0),
            owner_name: names.owner,
            problem: it.draft.problem,
            measure: it.draft.measure,
            whys: it.draft.whys,
            due_day: it.draft.due_day.map(day),
            currency: it.draft.currency,
            cost_target_minor: it.cost_target,
            cost_actual_minor: it.cost_actual,
            savings,
            proposed_name: names.proposed,
            proposed_day: day(it.proposed_day),
            done_day: it.done_day.map(day),
            verified_name: names.verified,
            verified_day: it.verified_day.map(day),
            stop_reason: it.stop_reason,
            origin,
            replicas: detail.replicas.into_iter().map(Into::into).collect(),
            cases: detail.cases.into_iter().map(Into::into).collect(),
            pictures: detail.pictures.into_iter().map(Into::into).collect(),
            events: detail.events.into_iter().map(Into::into).collect(),
            actions: detail.actions,
            today: day(detail.today),
        }
    }
}

fn saving_body(stage: SavingStage, it: &Entered, entered_name: String) -> SavingBody {
    let saving = it.saving.clone();
    SavingBody {
        stage: stage.as_str(),
        formula: saving.formula,
        quantity_milli: saving.quantity_milli,
        price_minor: saving.price_minor,
        times: saving.times,
        less_minor: saving.less_minor,
        minor: it.minor,
        from_day: saving.from_day.to_string(),
        to_day: saving.to_day.to_string(),
        yearly: saving.yearly,
        entered_name,
        entered_day: it.day.to_string(),
    }
}
