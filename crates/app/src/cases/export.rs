//! Cases as a table: what a list shows and what became of it, for a spreadsheet.
//!
//! Nothing in it says who spoke: no reporter, no instant, no id but the short reference, which is
//! random. The order is that of the list: by day, and within a day by the random id.

use hezuo_domain::Code;
use hezuo_domain::cases::reference;
use hezuo_domain::ids::CaseId;
use hezuo_domain::money::Money;
use hezuo_domain::time::Day;
use hezuo_reports::{Cell, Column, Csv, Kind, Sheet};
use hezuo_store::cases::{CaseSummary, Filter, Queue};

use super::{Page, part};
use crate::{Access, App, Result};

/// Rows that one workbook may have: it is put together in memory. CSV has no such limit.
pub const MAX_ROWS: usize = 20_000;

/// Rows that are read at a time: enough that a file of a million takes few statements, and so few that
/// nobody notices the memory.
pub const PIECE: i64 = 2_000;

/// Finds the text of a key, such as `state.planned`, in the reader's language.
pub type Words<'a> = &'a (dyn Fn(&str) -> String + Send + Sync);

/// Which cases.
#[derive(Debug, Clone)]
pub struct Selection {
    /// The queue.
    pub queue: Queue,
    /// Narrowed by.
    pub filter: Filter,
    /// What is searched for in it.
    pub search: Option<String>,
}

fn columns(words: Words<'_>) -> Vec<Column> {
    let column = |name: &str, kind| Column::new(words(&format!("export.{name}")), kind);
    vec![
        column("reference", Kind::Text).wide(10),
        column("reported_day", Kind::Day),
        column("kind", Kind::Text).wide(14),
        column("category", Kind::Text).wide(18),
        column("area", Kind::Text),
        column("text", Kind::Text).wide(50),
        column("finder", Kind::Text).wide(14),
        column("voice", Kind::Text).wide(14),
        column("danger", Kind::Text).wide(10),
        column("level", Kind::Text).wide(14),
        column("legal", Kind::Text).wide(14),
        column("state", Kind::Text).wide(14),
        column("answered_day", Kind::Day),
        column("answer", Kind::Text).wide(40),
        column("measure", Kind::Text).wide(40),
        column("owner", Kind::Text).wide(14),
        column("due_day", Kind::Day),
        column("money", Kind::Money),
        column("currency", Kind::Text).wide(8),
        column("fixed_day", Kind::Day),
        column("verified_day", Kind::Day),
        column("referred_to", Kind::Text),
    ]
}

fn row(case: CaseSummary, words: Words<'_>) -> Vec<Cell> {
    let word = |family: &str, word: &str| Cell::from(words(&format!("{family}.{word}")));
    let one_of =
        |family: &str, value: Option<&str>| value.map_or(Cell::Empty, |value| word(family, value));
    let day = |day: Option<i64>| Cell::from(day.map(Day));
    let level = case.grade_level.map(|level| level.to_string());
    let money = case.plan_money_minor.zip(case.plan_currency.clone());
    let money = money.map(|(minor, currency)| Money { minor, currency });
    vec![
        reference(case.id).into(),
        Day(case.reported_day).into(),
        word("kind", &case.kind),
        word("category", &case.category),
        case.area_name.into(),
        case.text.into(),
        one_of("finder", case.finder.as_deref()),
        word("voice", &case.voice),
        one_of("export", case.danger.then_some("yes")),
        one_of("level", level.as_deref()),
        one_of("legal", case.legal.as_deref()),
        word("state", &case.state),
        day(case.answered_day),
        case.answer.into(),
        case.plan_measure.into(),
        case.owner_name.into(),
        day(case.due_day),
        money.into(),
        case.plan_currency.into(),
        day(case.fixed_day),
        day(case.verified_day),
        case.referred_to.into(),
    ]
}

/// The next piece of a table, and where the one after it begins. Whoever asks for one after the other needs
/// memory for one only.
///
/// # Errors
/// `forbidden`.
pub async fn piece(
    app: &App,
    access: &Access,
    which: &Selection,
    before: Option<(Day, CaseId)>,
) -> Result<Page> {
    part(app, access, which, before, PIECE).await
}

/// A piece of a table as CSV: the first one with its head.
///
/// # Errors
/// When a line can't be written.
pub fn csv(piece: Vec<CaseSummary>, is_first: bool, words: Words<'_>) -> Result<Vec<u8>> {
    let columns = columns(words);
    let mut csv = if is_first {
        Csv::new(&columns)
    } else {
        Csv::going_on(&columns)
    };
    for case in piece {
        csv.push(&row(case, words))?;
    }
    Ok(csv.into_bytes())
}

/// The whole table as a workbook.
///
/// # Errors
/// `forbidden`, `export.too_long` beyond [`MAX_ROWS`].
pub async fn workbook(
    app: &App,
    access: &Access,
    which: &Selection,
    words: Words<'_>,
) -> Result<Vec<u8>> {
    let mut sheet = Sheet {
        name: words("export.cases"),
        made_on: access.today(app),
        columns: columns(words),
        rows: Vec::new(),
    };
    let mut before = None;
    loop {
        let page = piece(app, access, which, before).await?;
        sheet
            .rows
            .extend(page.items.into_iter().map(|case| row(case, words)));
        if sheet.rows.len() > MAX_ROWS {
            return Err(Code::ExportTooLong.into());
        }
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    // Packing a workbook keeps a core busy for longer than other requests should wait.
    Ok(tokio::task::spawn_blocking(move || sheet.to_xlsx()).await??)
}
