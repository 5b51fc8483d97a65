//! What was read, as rows of the tables that analysts know: each value in the place of its column.

use hezuo_domain::feed::{Row, Value};
use hezuo_domain::time::Day;
use hezuo_store::feed::{CaseRow, EnterpriseRow, ProjectRow, StepRow, TallyRow};

/// The word for what came from a register of before.
const IMPORTED: &str = "import";

fn day(day: i64) -> Value {
    Value::Day(Day(day))
}

fn maybe_day(day: Option<i64>) -> Value {
    day.map(Day).into()
}

pub(super) fn case(it: CaseRow, region: Option<String>) -> Row {
    vec![
        it.enterprise_id.into(),
        it.id.into(),
        it.region_code.or(region).into(),
        day(it.reported_day),
        it.kind.into(),
        it.category.into(),
        it.danger.into(),
        (it.source == IMPORTED).into(),
        it.state.into(),
        it.grade_level.into(),
        it.grade_likelihood.into(),
        it.grade_severity.into(),
        it.legal.into(),
        it.grade_pack.into(),
        maybe_day(it.answered_day),
        maybe_day(it.due_day),
        maybe_day(it.fixed_day),
        maybe_day(it.verified_day),
        maybe_day(it.updated_day),
        it.merged_into.into(),
        it.plan_money_minor.into(),
        it.plan_currency.into(),
    ]
}

pub(super) fn step(it: StepRow, region: Option<String>) -> Row {
    vec![
        it.enterprise_id.into(),
        it.id.into(),
        it.region_code.or(region).into(),
        it.case_id.into(),
        day(it.local_day),
        it.from_state.into(),
        it.to_state.into(),
        it.pack.into(),
    ]
}

pub(super) fn tally(it: TallyRow, region: Option<String>) -> Row {
    vec![
        it.enterprise_id.into(),
        it.region_code.or(region).into(),
        it.measure.into(),
        it.slice.into(),
        day(it.local_day),
        it.n.into(),
    ]
}

pub(super) fn project(it: ProjectRow, region: Option<String>) -> Row {
    vec![
        it.enterprise_id.into(),
        it.id.into(),
        it.region_code.or(region).into(),
        day(it.proposed_day),
        it.theme.into(),
        it.state.into(),
        maybe_day(it.due_day),
        maybe_day(it.done_day),
        maybe_day(it.verified_day),
        it.currency.into(),
        it.cost_target_minor.into(),
        it.cost_actual_minor.into(),
        it.saving_target_minor.into(),
        it.saving_actual_minor.into(),
    ]
}

pub(super) fn enterprise(it: EnterpriseRow) -> Row {
    vec![
        it.id.into(),
        it.name.into(),
        it.kind.into(),
        it.region_code.into(),
        it.credit_code.into(),
        it.time_zone.into(),
        day(it.created_day),
    ]
}
