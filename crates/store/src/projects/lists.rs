//! Lists of projects.

use hezuo_domain::ids::{AreaId, CaseId, ProjectId};
use hezuo_domain::time::Day;
use uuid::Uuid;

use crate::cases::Days;
use crate::db::Tx;
use crate::error::Result;
use crate::statement::statements;
use crate::value::{Value, args};

macro_rules! line_sql {
    ($from:literal, $condition:literal, $end:literal) => {
        concat!(
            "SELECT p.id, p.title, p.theme, p.state, a.name AS area_name, t.name AS team_name,
            p.owner_id, o.name AS owner_name, p.problem, p.measure, p.due_day, p.proposed_day,
            p.done_day, p.verified_day, v.name AS verified_name, p.stop_reason, p.currency,
            p.cost_target_minor, p.cost_actual_minor, st.minor AS target_minor,
            sf.minor AS forecast_minor, sa.minor AS actual_minor, sa.yearly AS actual_yearly,
            sa.formula AS actual_formula, sa.from_day AS actual_from, sa.to_day AS actual_to,
            (SELECT COUNT(*) FROM project_case n WHERE n.enterprise_id = p.enterprise_id
                AND n.project_id = p.id) AS cases
            FROM ",
            $from,
            " LEFT JOIN area a ON a.enterprise_id = p.enterprise_id AND a.id = p.area_id
            LEFT JOIN team t ON t.enterprise_id = p.enterprise_id AND t.id = p.team_id
            LEFT JOIN person o ON o.enterprise_id = p.enterprise_id AND o.id = p.owner_id
            LEFT JOIN app_user u ON u.enterprise_id = p.enterprise_id AND u.id = p.verified_by
            LEFT JOIN person v ON v.enterprise_id = u.enterprise_id AND v.id = u.person_id
            LEFT JOIN project_saving st ON st.enterprise_id = p.enterprise_id
                AND st.project_id = p.id AND st.stage = 'target'
            LEFT JOIN project_saving sf ON sf.enterprise_id = p.enterprise_id
                AND sf.project_id = p.id AND sf.stage = 'forecast'
            LEFT JOIN project_saving sa ON sa.enterprise_id = p.enterprise_id
                AND sa.project_id = p.id AND sa.stage = 'actual'
            WHERE p.enterprise_id = $1",
            $condition,
            " ORDER BY p.proposed_day DESC, p.id DESC",
            $end
        )
    };
}

statements! {
    tenant LIST = (line_sql!("project p", " AND (p.proposed_day, p.id) < ($2, $3)", " LIMIT $4"));
    tenant LIST_OF_STATE = (line_sql!("project p",
        " AND (p.proposed_day, p.id) < ($2, $3) AND p.state = $5", " LIMIT $4"));
    tenant LIST_OF_AREA = (line_sql!("project p",
        " AND (p.proposed_day, p.id) < ($2, $3) AND p.area_id = $5", " LIMIT $4"));
    // Exactly what the figure "money saved" adds up; no currency means all of them.
    tenant LIST_SAVED = (line_sql!("project p",
        " AND (p.proposed_day, p.id) < ($2, $3) AND p.state = 'verified'
        AND p.verified_day >= $5 AND p.verified_day <= $6 AND sa.minor IS NOT NULL
        AND ($7 = '' OR p.currency = $7)", " LIMIT $4"));
    tenant OF_CASE = (line_sql!("project_case l JOIN project p
        ON p.enterprise_id = l.enterprise_id AND p.id = l.project_id", " AND l.case_id = $2", ""));
    tenant STATE_COUNTS = "SELECT state, COUNT(*) AS n FROM project
        WHERE enterprise_id = $1 GROUP BY state ORDER BY state";
    tenant CASE_LINKS = "SELECT project_id, case_id FROM project_case
        WHERE enterprise_id = $1 ORDER BY project_id, case_id";
}

/// One line of a list.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Summary {
    /// The project.
    #[sqlx(try_from = "Uuid")]
    pub id: ProjectId,
    /// What it is called.
    pub title: String,
    /// Theme, by its word.
    pub theme: String,
    /// State, by its word.
    pub state: String,
    /// Where.
    pub area_name: Option<String>,
    /// Which team.
    pub team_name: Option<String>,
    /// The person who answers for it.
    pub owner_id: Option<Uuid>,
    /// That person's name.
    pub owner_name: Option<String>,
    /// How it was.
    pub problem: String,
    /// What is done.
    pub measure: String,
    /// Last day.
    pub due_day: Option<i64>,
    /// When it was proposed.
    pub proposed_day: i64,
    /// When it was done.
    pub done_day: Option<i64>,
    /// When it was verified.
    pub verified_day: Option<i64>,
    /// By whom.
    pub verified_name: Option<String>,
    /// Why it was stopped.
    pub stop_reason: Option<String>,
    /// Of all its money.
    pub currency: String,
    /// What it may cost.
    pub cost_target_minor: Option<i64>,
    /// What it cost.
    pub cost_actual_minor: Option<i64>,
    /// Hoped for.
    pub target_minor: Option<i64>,
    /// On the way.
    pub forecast_minor: Option<i64>,
    /// What it saved.
    pub actual_minor: Option<i64>,
    /// Again every year.
    pub actual_yearly: Option<bool>,
    /// The reckoning in words.
    pub actual_formula: Option<String>,
    /// The first day of it.
    pub actual_from: Option<i64>,
    /// The last day of it.
    pub actual_to: Option<i64>,
    /// How many cases it comes from.
    pub cases: i64,
}

/// What the figure "money saved" counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// Verified on these days.
    pub days: Days,
    /// In this currency; all of them by default.
    pub currency: Option<String>,
}

/// Which projects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// All of them.
    None,
    /// Of a state, by its word.
    State(&'static str),
    /// In an area.
    Area(AreaId),
    /// Behind the figure.
    Saved(Saved),
}

/// A page of projects, newest first; `before` is the last line of the page before.
pub async fn list(
    tx: &mut Tx,
    filter: &Filter,
    before: Option<(Day, ProjectId)>,
    limit: i64,
) -> Result<Vec<Summary>> {
    let (day, id) = before.unwrap_or((Day(i64::MAX), ProjectId(Uuid::max())));
    let mut values = args![day, id, limit];
    let statement = match filter {
        Filter::None => &LIST,
        Filter::State(state) => {
            values.push(Value::from(*state));
            &LIST_OF_STATE
        }
        Filter::Area(area) => {
            values.push(Value::from(*area));
            &LIST_OF_AREA
        }
        Filter::Saved(saved) => {
            let currency = saved.currency.as_deref().unwrap_or_default();
            values.extend(args![saved.days.from, saved.days.to, currency]);
            &LIST_SAVED
        }
    };
    tx.all(statement, values).await
}

/// The projects that come from a case.
pub async fn of_case(tx: &mut Tx, case: CaseId) -> Result<Vec<Summary>> {
    tx.all(&OF_CASE, args![case]).await
}

/// How many projects stand in each state; one without any is left out.
pub async fn state_counts(tx: &mut Tx) -> Result<Vec<(String, i64)>> {
    tx.all(&STATE_COUNTS, args![]).await
}

/// All links between projects and cases.
pub async fn case_links(tx: &mut Tx) -> Result<Vec<(ProjectId, CaseId)>> {
    let rows: Vec<(Uuid, Uuid)> = tx.all(&CASE_LINKS, args![]).await?;
    Ok(rows
        .into_iter()
        .map(|(project, case)| (ProjectId(project), CaseId(case)))
        .collect())
}
