//! What analysts read: rows in the order of their keys, a bounded number at a time, of one enterprise or on
//! through all of them. Names, texts, voices, areas and times stay where they are: no statement here asks
//! for them.

use hezuo_domain::ids::EnterpriseId;
use hezuo_domain::places::RegionCode;
use hezuo_domain::time::Day;
use uuid::Uuid;

use crate::db::Tx;
use crate::error::Result;
use crate::statement::statements;
use crate::value::args;

/// What is read of a case, with what `$more` adds.
macro_rules! cases_sql {
    ($more:literal, $from:literal, $rest:literal) => {
        concat!(
            "SELECT c.enterprise_id, c.id, c.reported_day, c.kind, c.category, c.danger, c.source, c.state,
                c.grade_level, c.grade_likelihood, c.grade_severity, c.legal, c.grade_pack, c.answered_day,
                c.due_day, c.fixed_day, c.verified_day, c.merged_into, c.plan_money_minor, c.plan_currency,
                (SELECT s.local_day FROM case_event s WHERE s.enterprise_id = c.enterprise_id
                    AND s.case_id = c.id AND (s.from_state IS NULL OR s.from_state <> s.to_state)
                    ORDER BY s.position DESC LIMIT 1)
                    AS updated_day",
            $more, " FROM ", $from, " WHERE ", $rest
        )
    };
}

macro_rules! steps_sql {
    ($more:literal, $from:literal, $rest:literal) => {
        concat!(
            "SELECT s.enterprise_id, s.id, s.case_id, s.local_day, s.from_state, s.to_state, s.pack",
            $more, " FROM ", $from, " WHERE (s.from_state IS NULL OR s.from_state <> s.to_state) AND ",
            $rest
        )
    };
}

macro_rules! projects_sql {
    ($more:literal, $joined:literal, $rest:literal) => {
        concat!(
            "SELECT p.enterprise_id, p.id, p.proposed_day, p.theme, p.state, p.due_day, p.done_day,
                p.verified_day, p.currency, p.cost_target_minor, p.cost_actual_minor,
                (SELECT t.minor FROM project_saving t WHERE t.enterprise_id = p.enterprise_id
                    AND t.project_id = p.id AND t.stage = 'target') AS saving_target_minor,
                (SELECT a.minor FROM project_saving a WHERE a.enterprise_id = p.enterprise_id
                    AND a.project_id = p.id AND a.stage = 'actual') AS saving_actual_minor",
            $more,
            " FROM project p",
            $joined,
            " WHERE ",
            $rest
        )
    };
}

// Across enterprises: CROSS JOIN, so that SQLite walks the rows in their order and looks each enterprise up.
statements! {
    tenant CASES = (cases_sql!("", "cases c", "c.enterprise_id = $1 AND (c.reported_day, c.id) > ($2, $3)
        AND c.reported_day <= $4 ORDER BY c.reported_day, c.id LIMIT $5"));
    cross CASES_ACROSS = ("who runs the server exports what analysts read", (cases_sql!(", e.region_code",
        "cases c CROSS JOIN enterprise e", "(c.enterprise_id, c.reported_day, c.id) > ($1, $2, $3)
        AND c.enterprise_id <= $4 AND c.reported_day >= $5 AND c.reported_day <= $6
        AND e.id = c.enterprise_id ORDER BY c.enterprise_id, c.reported_day, c.id LIMIT $7")));
    tenant STEPS = (steps_sql!("", "case_event s", "s.enterprise_id = $1 AND s.id > $2 AND s.local_day <= $3
        ORDER BY s.id LIMIT $4"));
    cross STEPS_ACROSS = ("who runs the server exports what analysts read", (steps_sql!(", e.region_code",
        "case_event s CROSS JOIN enterprise e", "(s.enterprise_id, s.id) > ($1, $2) AND s.enterprise_id <= $3
        AND s.local_day >= $4 AND s.local_day <= $5
        AND e.id = s.enterprise_id ORDER BY s.enterprise_id, s.id LIMIT $6")));
    tenant TALLIES = "SELECT t.enterprise_id, t.measure, t.slice, t.local_day, t.n FROM tally t
        WHERE t.enterprise_id = $1 AND (t.measure, t.slice, t.local_day) > ($2, $3, $4)
        ORDER BY t.measure, t.slice, t.local_day LIMIT $5";
    cross TALLIES_ACROSS = ("who runs the server exports what analysts read",
        "SELECT t.enterprise_id, t.measure, t.slice, t.local_day, t.n, e.region_code
        FROM tally t CROSS JOIN enterprise e
        WHERE (t.enterprise_id, t.measure, t.slice, t.local_day) > ($1, $2, $3, $4) AND t.enterprise_id <= $5
            AND e.id = t.enterprise_id
        ORDER BY t.enterprise_id, t.measure, t.slice, t.local_day LIMIT $6");
    tenant PROJECTS = (projects_sql!("", "", "p.enterprise_id = $1 AND (p.proposed_day, p.id) > ($2, $3)
        AND p.proposed_day <= $4 ORDER BY p.proposed_day, p.id LIMIT $5"));
    cross PROJECTS_ACROSS = ("who runs the server exports what analysts read", (projects_sql!(
        ", e.region_code", " CROSS JOIN enterprise e",
        "(p.enterprise_id, p.proposed_day, p.id) > ($1, $2, $3) AND p.enterprise_id <= $4
        AND p.proposed_day >= $5 AND p.proposed_day <= $6
        AND e.id = p.enterprise_id ORDER BY p.enterprise_id, p.proposed_day, p.id LIMIT $7")));
    global ENTERPRISES = "SELECT id, name, kind, region_code, credit_code, time_zone, created_day
        FROM enterprise WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3";
    global ENTERPRISES_OF = "SELECT region_code, id FROM enterprise WHERE region_code >= $1
        AND region_code < $2 AND (region_code, id) > ($3, $4) ORDER BY region_code, id LIMIT $5";
    tenant COUNT_CASES = "SELECT COUNT(*) AS n FROM cases
        WHERE enterprise_id = $1 AND reported_day >= $2 AND reported_day <= $3";
}

/// A case.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CaseRow {
    /// Whose.
    pub enterprise_id: Uuid,
    /// The case.
    pub id: Uuid,
    /// The division of the enterprise, where it was asked for.
    #[sqlx(default)]
    pub region_code: Option<String>,
    /// The day it was reported.
    pub reported_day: i64,
    /// Kind, by its word.
    pub kind: String,
    /// Category, by its word.
    pub category: String,
    /// Imminent danger.
    pub danger: bool,
    /// How it came in, by its word.
    pub source: String,
    /// State, by its word.
    pub state: String,
    /// Risk level.
    pub grade_level: Option<i64>,
    /// How likely.
    pub grade_likelihood: Option<i64>,
    /// How severe.
    pub grade_severity: Option<i64>,
    /// Legal axis, by its word.
    pub legal: Option<String>,
    /// The rules by which it was graded.
    pub grade_pack: Option<String>,
    /// The day of the first answer.
    pub answered_day: Option<i64>,
    /// The deadline.
    pub due_day: Option<i64>,
    /// The day it was done.
    pub fixed_day: Option<i64>,
    /// The day somebody else accepted it.
    pub verified_day: Option<i64>,
    /// The day of its last step.
    pub updated_day: Option<i64>,
    /// The case of which it became a part.
    pub merged_into: Option<Uuid>,
    /// Money set aside, in minor units.
    pub plan_money_minor: Option<i64>,
    /// Its currency.
    pub plan_currency: Option<String>,
}

/// A step of a case from one state to another.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct StepRow {
    /// Whose.
    pub enterprise_id: Uuid,
    /// The step.
    pub id: Uuid,
    /// The division of the enterprise, where it was asked for.
    #[sqlx(default)]
    pub region_code: Option<String>,
    /// The case.
    pub case_id: Uuid,
    /// The day.
    pub local_day: i64,
    /// The state before; none where the case began.
    pub from_state: Option<String>,
    /// The state after.
    pub to_state: String,
    /// The rules by which it was decided.
    pub pack: Option<String>,
}

/// A count.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct TallyRow {
    /// Whose.
    pub enterprise_id: Uuid,
    /// The division of the enterprise, where it was asked for.
    #[sqlx(default)]
    pub region_code: Option<String>,
    /// What is counted.
    pub measure: String,
    /// Of what.
    pub slice: String,
    /// The day.
    pub local_day: i64,
    /// How many.
    pub n: i64,
}

/// An improvement project.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ProjectRow {
    /// Whose.
    pub enterprise_id: Uuid,
    /// The project.
    pub id: Uuid,
    /// The division of the enterprise, where it was asked for.
    #[sqlx(default)]
    pub region_code: Option<String>,
    /// The day it was proposed.
    pub proposed_day: i64,
    /// Theme, by its word.
    pub theme: String,
    /// State, by its word.
    pub state: String,
    /// The deadline.
    pub due_day: Option<i64>,
    /// The day it was done.
    pub done_day: Option<i64>,
    /// The day somebody else accepted it.
    pub verified_day: Option<i64>,
    /// The currency of all its amounts.
    pub currency: String,
    /// What it shall cost, in minor units.
    pub cost_target_minor: Option<i64>,
    /// What it has cost.
    pub cost_actual_minor: Option<i64>,
    /// What it shall save.
    pub saving_target_minor: Option<i64>,
    /// What it saves.
    pub saving_actual_minor: Option<i64>,
}

/// An entry of the directory.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct EnterpriseRow {
    /// The enterprise.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// `enterprise` or `authority`.
    pub kind: String,
    /// Its division.
    pub region_code: Option<String>,
    /// Unified social credit code.
    pub credit_code: Option<String>,
    /// IANA time zone.
    pub time_zone: String,
    /// The day it was added.
    pub created_day: i64,
}

/// How far to read on: to which enterprise (included), in the order of their ids, and within which days.
#[derive(Debug, Clone, Copy)]
pub struct Stretch {
    /// The last enterprise.
    pub last: EnterpriseId,
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
}

/// A day and an id: behind which one a page begins.
pub type DayAndId = (Day, Uuid);

/// Cases of the scope's enterprise, those behind one, up to a day.
pub async fn cases(tx: &mut Tx, after: DayAndId, last: Day, limit: i64) -> Result<Vec<CaseRow>> {
    // One plan for all pages does not know how few rows are asked for, and puts all cases of a factory in order.
    tx.all_planned(&CASES, args![after.0, after.1, last, limit])
        .await
}

/// Cases of one enterprise after the other.
pub async fn cases_across(
    tx: &mut Tx,
    (enterprise, day, id): (Uuid, Day, Uuid),
    within: Stretch,
    limit: i64,
) -> Result<Vec<CaseRow>> {
    let Stretch { last, from, to } = within;
    let values = args![enterprise, day, id, last, from, to, limit];
    tx.all(&CASES_ACROSS, values).await
}

/// Steps of the scope's enterprise, those behind one, up to a day.
pub async fn steps(tx: &mut Tx, after: Uuid, last: Day, limit: i64) -> Result<Vec<StepRow>> {
    tx.all(&STEPS, args![after, last, limit]).await
}

/// Steps of one enterprise after the other.
pub async fn steps_across(
    tx: &mut Tx,
    (enterprise, id): (Uuid, Uuid),
    within: Stretch,
    limit: i64,
) -> Result<Vec<StepRow>> {
    let Stretch { last, from, to } = within;
    let values = args![enterprise, id, last, from, to, limit];
    tx.all(&STEPS_ACROSS, values).await
}

/// Counts of the scope's enterprise, those behind one.
pub async fn tallies(
    tx: &mut Tx,
    (measure, slice, day): (&str, &str, Day),
    limit: i64,
) -> Result<Vec<TallyRow>> {
    tx.all(&TALLIES, args![measure, slice, day, limit]).await
}

/// Counts of one enterprise after the other.
pub async fn tallies_across(
    tx: &mut Tx,
    (enterprise, measure, slice, day): (Uuid, &str, &str, Day),
    last: EnterpriseId,
    limit: i64,
) -> Result<Vec<TallyRow>> {
    let values = args![enterprise, measure, slice, day, last, limit];
    tx.all(&TALLIES_ACROSS, values).await
}

/// Projects of the scope's enterprise, those behind one, up to a day.
pub async fn projects(
    tx: &mut Tx,
    after: DayAndId,
    last: Day,
    limit: i64,
) -> Result<Vec<ProjectRow>> {
    tx.all(&PROJECTS, args![after.0, after.1, last, limit])
        .await
}

/// Projects of one enterprise after the other.
pub async fn projects_across(
    tx: &mut Tx,
    (enterprise, day, id): (Uuid, Day, Uuid),
    within: Stretch,
    limit: i64,
) -> Result<Vec<ProjectRow>> {
    let Stretch { last, from, to } = within;
    let values = args![enterprise, day, id, last, from, to, limit];
    tx.all(&PROJECTS_ACROSS, values).await
}

/// Entries of the directory, those behind one.
pub async fn enterprises(
    tx: &mut Tx,
    after: Uuid,
    last: EnterpriseId,
    limit: i64,
) -> Result<Vec<EnterpriseRow>> {
    tx.all(&ENTERPRISES, args![after, last, limit]).await
}

/// The entries of the directory that lie in a division, each with its own, those behind one.
pub async fn enterprises_of(
    tx: &mut Tx,
    region: &RegionCode,
    (code, id): (&str, Uuid),
    limit: i64,
) -> Result<Vec<(String, Uuid)>> {
    let (low, high) = (region.prefix(), format!("{}~", region.prefix()));
    let values = args![low, high, code, id, limit];
    tx.all(&ENTERPRISES_OF, values).await
}

/// How many cases were reported within days: an index alone answers.
pub async fn count_cases(tx: &mut Tx, from: Day, to: Day) -> Result<i64> {
    let row: Option<(i64,)> = tx.optional(&COUNT_CASES, args![from, to]).await?;
    Ok(row.map_or(0, |(n,)| n))
}
