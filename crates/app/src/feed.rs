//! What analysts read: of one enterprise a page at a time, or of many as files.
//!
//! A day is told once it is over: who asks every minute shall not learn in which hour a case came in. What
//! became of a case is told as it stands. Reports that wait for their release or are kept apart are no cases,
//! and so in no feed.

mod rows;
mod walk;

pub use hezuo_reports::Parquet;
pub use walk::{Walk, Which};

use hezuo_domain::devices::KeyScope;
use hezuo_domain::feed::{Filter, Row, Table, Value, is_over, is_told};
use hezuo_domain::permissions::Permission;
use hezuo_domain::time::{Day, Zone};
use hezuo_domain::{Code, Scope};
use hezuo_store::feed as store;
use hezuo_store::places::Enterprise;
use uuid::Uuid;

use crate::devices::Device;
use crate::{Access, App, Result};

/// Rows that are read for one page, however few of them the filter lets through: so every page costs the
/// same, and a filter that lets nothing through can't keep the database busy.
pub const PAGE: i64 = 2_000;

/// Before every day that there is.
const FIRST: Day = Day(-1_000_000);

/// Who has been let in to read the feed of one enterprise.
#[derive(Debug, Clone)]
pub struct Reader {
    enterprise: Enterprise,
    /// The last day that is over there.
    last: Day,
}

impl Reader {
    /// A person, who must be one who may read the cases.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn person(app: &App, access: &Access) -> Result<Self> {
        access.require(Permission::CaseRead)?;
        Ok(Self {
            enterprise: access.enterprise.clone(),
            last: access.today(app).plus(-1),
        })
    }

    /// A machine, whose key must be for this.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn machine(app: &App, device: &Device) -> Result<Self> {
        device.require(KeyScope::Feed)?;
        let zone = Zone::named(&device.home.time_zone).ok_or(Code::ZoneUnknown)?;
        Ok(Self {
            enterprise: device.home.clone(),
            last: zone.day(app.now()).plus(-1),
        })
    }

    fn scope(&self) -> Scope {
        Scope::Enterprise(self.enterprise.id)
    }
}

/// Which rows.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Of which table.
    pub table: Table,
    /// Those that stand this.
    pub filter: Filter,
    /// Those behind the row with this key.
    pub after: Option<Vec<Value>>,
    /// So many at most.
    pub top: Option<usize>,
    /// So many are read for a page; [`PAGE`] where nothing else is wished, and never more.
    pub page: Option<i64>,
}

impl Asked {
    fn size(&self) -> i64 {
        self.page.unwrap_or(PAGE).clamp(1, PAGE)
    }
}

/// Some rows, and behind which one the next page begins.
#[derive(Debug, Clone)]
pub struct Page {
    /// The rows.
    pub rows: Vec<Row>,
    /// The key of the row that was read last, where there may be more.
    pub next: Option<Vec<Value>>,
}

/// A page. It may have fewer rows than others, or none, and yet not be the last.
///
/// # Errors
/// A database that fails.
pub async fn page(app: &App, reader: &Reader, asked: &Asked) -> Result<Page> {
    if asked.top == Some(0) {
        return Ok(Page {
            rows: Vec::new(),
            next: None,
        });
    }
    let read = read(app, reader, asked).await?;
    let has_more = i64::try_from(read.len()).unwrap_or(i64::MAX) == asked.size();
    let last = read.last().filter(|_| has_more);
    let next = last.map(|row| asked.table.key_of(row));
    let top = asked.top.unwrap_or(usize::MAX);
    let let_through = read
        .into_iter()
        .filter(|row| is_public(asked.table, row, reader.last) && asked.filter.lets(row));
    let rows: Vec<Row> = let_through.take(top).collect();
    let next = next.filter(|_| rows.len() < top);
    Ok(Page { rows, next })
}

/// Whether a row may be told at all: of the counts, those that are not about people.
fn is_public(table: Table, row: &[Value], last: Day) -> bool {
    match (table, row) {
        (
            Table::Tallies,
            [
                _,
                _,
                Value::Text(measure),
                _,
                Value::Day(day),
                Value::Integer(n),
            ],
        ) => *n != 0 && is_told(measure) && is_over(measure, *day, last),
        (table, _) => table != Table::Tallies,
    }
}

async fn read(app: &App, reader: &Reader, asked: &Asked) -> Result<Vec<Row>> {
    let (table, size) = (asked.table, asked.size());
    let region = || reader.enterprise.region_code.clone();
    let after = asked.after.as_deref().unwrap_or_default();
    let (mut from, mut to) = (FIRST, reader.last);
    if let Some(day) = table.day() {
        (from, to) = asked.filter.days(table.column(day)?, from, to);
    }
    // Behind everything of the day before, or further on where the page before has ended.
    let by_day = match after {
        [Value::Day(day), Value::Id(id)] => (*day, *id).max((from.plus(-1), Uuid::max())),
        _ => (from.plus(-1), Uuid::max()),
    };
    let mut tx = app.db.read_copy(&reader.scope()).await?;
    Ok(match table {
        Table::Cases => {
            let found = store::cases(&mut tx, by_day, to, size).await?;
            found
                .into_iter()
                .map(|it| rows::case(it, region()))
                .collect()
        }
        Table::Projects => {
            let found = store::projects(&mut tx, by_day, to, size).await?;
            found
                .into_iter()
                .map(|it| rows::project(it, region()))
                .collect()
        }
        Table::Steps => {
            let after = match after {
                [Value::Id(id)] => *id,
                _ => Uuid::nil(),
            };
            let found = store::steps(&mut tx, after, reader.last, size).await?;
            found
                .into_iter()
                .map(|it| rows::step(it, region()))
                .collect()
        }
        Table::Tallies => {
            let after = match after {
                [Value::Text(measure), Value::Text(slice), Value::Day(day)] => {
                    (measure.as_str(), slice.as_str(), *day)
                }
                _ => ("", "", FIRST),
            };
            let found = store::tallies(&mut tx, after, size).await?;
            found
                .into_iter()
                .map(|it| rows::tally(it, region()))
                .collect()
        }
        Table::Enterprises => return Err(Code::NotFound.into()),
    })
}

/// How many rows there are: of cases, and within days alone.
///
/// # Errors
/// `feed.count` for anything else.
pub async fn count(app: &App, reader: &Reader, table: Table, filter: &Filter) -> Result<i64> {
    let refused = || Code::FeedCount.at("$count");
    if table != Table::Cases {
        return Err(refused().into());
    }
    let day = table.column("reported_day")?;
    if !filter.is_span(day) {
        return Err(refused().into());
    }
    let (from, to) = filter.days(day, FIRST, reader.last);
    let mut tx = app.db.read_copy(&reader.scope()).await?;
    Ok(store::count_cases(&mut tx, from, to).await?)
}
