//! Many factories: each with its sums, read from the tallies of its enterprise, and divisions with theirs.

pub mod fold;
pub(crate) mod regions;

pub use regions::{Part, parts, slices, weeks};

use hezuo_domain::boards::Period;
use hezuo_domain::ids::EnterpriseId;
use hezuo_domain::oversight::{FALLING_FROM, Figure};
use hezuo_domain::places::RegionCode;
use hezuo_domain::time::Day;
use uuid::Uuid;

use crate::boards::{AboutPeople, about_people_sql};
use crate::db::Tx;
use crate::error::Result;
use crate::statement::statements;
use crate::value::{Value, args};

/// One line for each factory. `$1` is today; `$2` to `$3` is the period, `$4` to `$5` that of
/// deadlines, `$6` to `$7` that of answers; from `$8` on reports are heard now, from `$9` until then
/// they were heard before; `$10` is the currency of savings; who was last heard on `$11` or earlier is
/// silent; `$12` reports can fall.
macro_rules! factories_sql {
    ($filter:literal) => {
        concat!(
            "SELECT f.*,
                CAST(CASE WHEN f.heard_day <= $11 THEN 1 ELSE 0 END AS BIGINT) AS silent,
                CAST(CASE WHEN f.before >= $12 AND 2 * f.now < f.before THEN 1 ELSE 0 END AS BIGINT) AS falling
            FROM (SELECT p.id, p.name, p.region_code,
                MAX(CASE WHEN t.measure = 'spoken' AND t.n > 0 THEN t.local_day END) AS last_day,
                COALESCE(MAX(CASE WHEN t.measure = 'spoken' AND t.n > 0 THEN t.local_day END),
                    p.created_day) AS heard_day,",
            factories_sql!(@sums
                open "t.measure = 'state' AND t.slice IN ('new', 'accepted', 'planned', 'done')",
                danger "t.measure = 'danger'",
                overdue "t.measure = 'due' AND t.local_day < $1",
                to_verify "t.measure = 'state' AND t.slice = 'done'",
                spoken_long "t.measure = 'spoken' AND t.local_day <= $7",
                answered_long "t.measure = 'answer' AND t.local_day <= $7",
                asked "t.measure = 'spoken' AND t.local_day >= $6 AND t.local_day <= $7",
                in_time "t.measure = 'answer' AND t.local_day >= $6 AND t.local_day <= $7
                    AND t.slice IN ('0', '1', '2', '3', '4', '5', '6', '7')",
                promised "t.measure = 'promise' AND t.slice = 'made'
                    AND t.local_day >= $4 AND t.local_day <= $5",
                kept "t.measure = 'promise' AND t.slice = 'kept'
                    AND t.local_day >= $4 AND t.local_day <= $5",
                reported "t.measure = 'spoken' AND t.local_day >= $2 AND t.local_day <= $3",
                resolved "t.measure = 'resolved' AND t.local_day >= $2 AND t.local_day <= $3",
                saving "t.measure = 'saving' AND t.slice = $10
                    AND t.local_day >= $2 AND t.local_day <= $3",
                now "t.measure = 'spoken' AND t.local_day >= $8",
                before "t.measure = 'spoken' AND t.local_day >= $9 AND t.local_day < $8"),
            " FROM (SELECT e.id, e.name, e.region_code, e.created_day FROM enterprise e
                WHERE e.kind = 'enterprise' AND ", $filter, ") p
            LEFT JOIN tally t ON t.enterprise_id = p.id AND t.measure IN ('state', 'due', 'danger',
                'spoken', 'answer', 'promise', 'resolved', 'saving')
            GROUP BY p.id, p.name, p.region_code, p.created_day) f"
        )
    };
    (@sums $first:ident $condition:literal $(, $name:ident $more:literal)*) => {
        concat!(
            "CAST(COALESCE(SUM(CASE WHEN ", $condition, " THEN t.n END), 0) AS BIGINT) AS ",
            stringify!($first),
            $(", CAST(COALESCE(SUM(CASE WHEN ", $more, " THEN t.n END), 0) AS BIGINT) AS ",
                stringify!($name),)*
        )
    };
}

/// A factory with the figure that was asked for: `$13` is its word, empty for none. What counts
/// nothing of it is left out; of figures about people nothing is, because that would say something.
macro_rules! counted_sql {
    ($filter:literal, $rest:literal) => {
        concat!(
            "SELECT h.* FROM (SELECT g.*, CASE $13
                    WHEN 'open' THEN g.open WHEN 'danger' THEN g.danger
                    WHEN 'overdue' THEN g.overdue WHEN 'to_verify' THEN g.to_verify
                    WHEN 'waiting_long' THEN g.spoken_long - g.answered_long
                    WHEN 'answered' THEN g.in_time WHEN 'on_time' THEN g.kept
                    WHEN 'front_line' THEN 1 WHEN 'reported' THEN g.reported
                    WHEN 'resolved' THEN g.resolved WHEN 'people' THEN 1
                    WHEN 'saving' THEN g.saving WHEN 'silent' THEN g.silent
                    WHEN 'falling' THEN g.falling ELSE 0 END AS counted,
                CASE $13 WHEN 'answered' THEN g.asked WHEN 'on_time' THEN g.promised
                    ELSE 0 END AS whole
                FROM (",
            factories_sql!($filter),
            ") g) h WHERE ($13 = '' OR h.counted <> 0 OR h.whole <> 0)",
            $rest
        )
    };
}

statements! {
    cross BY_NAME = ("who looks after a region reads the sums of its factories", (counted_sql!(
        "e.region_code >= $14 AND e.region_code < $15",
        " AND (h.name, h.id) > ($16, $17) ORDER BY h.name, h.id LIMIT $18")));
    cross BY_NEED = ("who looks after a region reads the sums of its factories", (counted_sql!(
        "e.region_code >= $14 AND e.region_code < $15",
        " AND (0 - h.danger, 0 - h.overdue, h.heard_day, h.id) > ($16, $17, $18, $19)
        ORDER BY 0 - h.danger, 0 - h.overdue, h.heard_day, h.id LIMIT $20")));
    cross ONE = ("who looks after a factory reads its sums", (counted_sql!("e.id = $14", "")));
    cross ABOUT_PEOPLE = ("what is published about the people of a region is made of its factories",
        (about_people_sql!("e.id", "e.kind = 'enterprise'
            AND (e.id = $1 OR e.region_code >= $4 AND e.region_code < $5) ORDER BY e.id")));
}

/// The days over which factories are summed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Today where the caller is at home.
    pub today: Day,
    /// Up to today.
    pub now: Period,
    /// Of deadlines.
    pub due: Period,
    /// Of answers.
    pub asked: Period,
    /// In which reports are heard; as long before, they were heard before.
    pub heard: Period,
    /// The first day of those before.
    pub heard_before: Day,
    /// Who was last heard on this day or earlier is silent.
    pub silent_until: Day,
}

fn values(span: Span, currency: &str) -> Vec<Value> {
    args![
        span.today,
        span.now.from,
        span.now.to,
        span.due.from,
        span.due.to,
        span.asked.from,
        span.asked.to,
        span.heard.from,
        span.heard_before,
        currency,
        span.silent_until,
        FALLING_FROM
    ]
}

/// From the first division with these digits to behind the last.
fn range(region: &RegionCode) -> (String, String) {
    let low = region.prefix().to_owned();
    let high = format!("{low}~");
    (low, high)
}

/// A factory with its sums.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Factory {
    /// The factory.
    #[sqlx(try_from = "Uuid")]
    pub id: EnterpriseId,
    /// Its name.
    pub name: String,
    /// Its division.
    pub region_code: Option<String>,
    /// The last day of a report; none where there never was one.
    pub last_day: Option<i64>,
    /// The same, or the day on which it joined.
    pub heard_day: i64,
    /// Cases that somebody still has to do something about.
    pub open: i64,
    /// Of them dangerous now.
    pub danger: i64,
    /// Planned ones whose day has passed.
    pub overdue: i64,
    /// Reports of the last days.
    pub now: i64,
    /// Reports of the days before.
    pub before: i64,
    /// The figure that was asked for.
    pub counted: i64,
    /// Of how many.
    pub whole: i64,
}

/// Which factories.
#[derive(Debug, Clone)]
pub enum Page {
    /// By name, after one in the region of this number.
    Name(usize, String, EnterpriseId),
    /// By what needs help first: danger, overdue, the day last heard.
    Need(i64, i64, Day, EnterpriseId),
}

/// What is asked of factories.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Over which days.
    pub span: Span,
    /// Which figure.
    pub figure: Option<Figure>,
    /// In which currency savings are counted.
    pub currency: &'a str,
}

impl Asked<'_> {
    fn values(&self) -> Vec<Value> {
        let mut values = values(self.span, self.currency);
        values.push(Value::from(self.figure.map_or("", Figure::as_str)));
        values
    }
}

/// A page of the factories of a region.
pub async fn factories(
    tx: &mut Tx,
    asked: Asked<'_>,
    region: &RegionCode,
    after: &Page,
    limit: i64,
) -> Result<Vec<Factory>> {
    let (low, high) = range(region);
    let mut values = asked.values();
    values.extend(args![low, high]);
    match after {
        Page::Name(_, name, id) => {
            values.extend(args![name, *id, limit]);
            tx.all(&BY_NAME, values).await
        }
        Page::Need(danger, overdue, heard, id) => {
            values.extend(args![-danger, -overdue, *heard, *id, limit]);
            tx.all(&BY_NEED, values).await
        }
    }
}

/// One factory; none where it counts nothing of what was asked for.
pub async fn factory(tx: &mut Tx, asked: Asked<'_>, id: EnterpriseId) -> Result<Option<Factory>> {
    let mut values = asked.values();
    values.push(id.into());
    tx.optional(&ONE, values).await
}

/// What is counted about the people of each factory of a region, and of one factory beside it.
pub async fn about_people(
    tx: &mut Tx,
    month: Period,
    region: Option<&RegionCode>,
    single: Option<EnterpriseId>,
) -> Result<Vec<AboutPeople>> {
    let (low, high) = region.map(range).unwrap_or_default();
    let single = single.unwrap_or(EnterpriseId(Uuid::nil()));
    let values = args![single, month.from, month.to, low, high];
    tx.all(&ABOUT_PEOPLE, values).await
}
