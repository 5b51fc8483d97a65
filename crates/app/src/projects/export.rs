//! Projects as a table: what a list shows, with the reckoning of the saving and the cases.

use std::collections::HashMap;

use hezuo_domain::Code;
use hezuo_domain::cases::reference as case_reference;
use hezuo_domain::ids::ProjectId;
use hezuo_domain::money::Money;
use hezuo_domain::permissions::Permission;
use hezuo_domain::projects::reference;
use hezuo_domain::time::Day;
use hezuo_reports::{Cell, Column, Kind, Sheet};
use hezuo_store::projects::{self as rows, Filter, Summary};

use crate::cases::export::{MAX_ROWS, Words};
use crate::{Access, App, Result};

/// Rows that are read at a time.
const PIECE: i64 = 500;

fn columns(words: Words<'_>) -> Vec<Column> {
    let column = |name: &str, kind| Column::new(words(&format!("export.{name}")), kind);
    vec![
        column("reference", Kind::Text).wide(12),
        column("title", Kind::Text).wide(30),
        column("theme", Kind::Text).wide(14),
        column("state", Kind::Text).wide(12),
        column("area", Kind::Text),
        column("team", Kind::Text),
        column("owner", Kind::Text).wide(14),
        column("problem", Kind::Text).wide(40),
        column("measure", Kind::Text).wide(40),
        column("proposed_day", Kind::Day),
        column("due_day", Kind::Day),
        column("done_day", Kind::Day),
        column("verified_day", Kind::Day),
        column("verified_name", Kind::Text).wide(14),
        column("cost_target", Kind::Money),
        column("cost_actual", Kind::Money),
        column("saving_target", Kind::Money),
        column("saving_forecast", Kind::Money),
        column("saving_actual", Kind::Money),
        column("saving_counted", Kind::Money),
        column("currency", Kind::Text).wide(8),
        column("saving_repeats", Kind::Text).wide(12),
        column("formula", Kind::Text).wide(40),
        column("saving_from", Kind::Day),
        column("saving_to", Kind::Day),
        column("from_cases", Kind::Text).wide(20),
        column("stop_reason", Kind::Text).wide(30),
    ]
}

fn row(it: Summary, cases: &[String], words: Words<'_>) -> Vec<Cell> {
    let word = |family: &str, word: &str| Cell::from(words(&format!("{family}.{word}")));
    let day = |day: Option<i64>| Cell::from(day.map(Day));
    let money = |minor: Option<i64>| {
        let currency = it.currency.clone();
        Cell::from(minor.map(|minor| Money { minor, currency }))
    };
    // Only a verified saving counts.
    let counted = it.actual_minor.filter(|_| it.state == "verified");
    let repeats = it
        .actual_yearly
        .map(|yearly| if yearly { "yearly" } else { "once" });
    vec![
        reference(it.id).into(),
        it.title.into(),
        word("project_theme", &it.theme),
        word("project_state", &it.state),
        it.area_name.into(),
        it.team_name.into(),
        it.owner_name.into(),
        it.problem.into(),
        it.measure.into(),
        Day(it.proposed_day).into(),
        day(it.due_day),
        day(it.done_day),
        day(it.verified_day),
        it.verified_name.into(),
        money(it.cost_target_minor),
        money(it.cost_actual_minor),
        money(it.target_minor),
        money(it.forecast_minor),
        money(it.actual_minor),
        money(counted),
        it.currency.clone().into(),
        repeats.map_or(Cell::Empty, |it| word("project_saving", it)),
        it.actual_formula.into(),
        day(it.actual_from),
        day(it.actual_to),
        cases.join(", ").into(),
        it.stop_reason.into(),
    ]
}

/// The whole table. Money of other currencies than the rows' own never stands in a sum: there is
/// none.
///
/// # Errors
/// `forbidden`, `export.too_long`.
pub async fn table(app: &App, access: &Access, filter: &Filter, words: Words<'_>) -> Result<Sheet> {
    access.require(Permission::ProjectRead)?;
    let mut tx = app.db.read(&access.scope()).await?;
    let mut cases: HashMap<ProjectId, Vec<String>> = HashMap::new();
    for (project, case) in rows::case_links(&mut tx).await? {
        cases.entry(project).or_default().push(case_reference(case));
    }
    let mut table = Vec::new();
    let mut before = None;
    loop {
        let piece = rows::list(&mut tx, filter, before, PIECE).await?;
        let is_last = (piece.len() as u64) < PIECE.unsigned_abs();
        before = piece.last().map(|last| (Day(last.proposed_day), last.id));
        for it in piece {
            let from = cases.remove(&it.id).unwrap_or_default();
            table.push(row(it, &from, words));
        }
        if table.len() > MAX_ROWS {
            return Err(Code::ExportTooLong.into());
        }
        if is_last {
            break;
        }
    }
    Ok(Sheet {
        name: words("export.projects"),
        made_on: access.today(app),
        columns: columns(words),
        rows: table,
    })
}
