//! Sums over divisions, read from what was folded: a page costs the same however many factories and
//! cases lie behind it.

use std::collections::BTreeMap;

use hezuo_domain::boards::Period;
use hezuo_domain::oversight::ABOVE_ALL;
use hezuo_domain::places::RegionCode;
use hezuo_domain::time::Day;

use super::Span;
use crate::boards::{Sum, Week};
use crate::db::Tx;
use crate::error::Result;
use crate::statement::statements;
use crate::value::{Value, args};

/// Sums of the divisions from `$2` to before `$3` that lie right within `$1`.
macro_rules! sums_sql {
    ($($name:literal of $condition:literal),+) => {
        concat!($("UNION ALL SELECT region_code, '", $name, "' AS name,
            CAST(COALESCE(SUM(n), 0) AS BIGINT) AS n FROM region_tally
            WHERE parent = $1 AND region_code >= $2 AND region_code < $3 AND ", $condition,
            " GROUP BY region_code "),+)
    };
}

/// The same of all days: in place of a day stands -1.
macro_rules! parts_sql {
    () => {
        concat!(
            "SELECT '' AS region_code, '' AS name, CAST(0 AS BIGINT) AS n ",
            sums_sql!(
                "factories" of "measure = 'factories' AND local_day = -1",
                "silent" of "measure = 'heard' AND local_day <= $11",
                "falling" of "measure = 'falling' AND local_day = -1",
                "open" of "measure = 'state' AND local_day = -1
                    AND slice IN ('new', 'accepted', 'planned', 'done')",
                "danger" of "measure = 'danger' AND local_day = -1",
                "to_verify" of "measure = 'state' AND local_day = -1 AND slice = 'done'",
                "overdue" of "measure = 'due' AND local_day < $4",
                "spoken" of "measure = 'spoken' AND local_day = -1",
                "spoken_lately" of "measure = 'spoken' AND local_day > $10",
                "answered" of "measure = 'answered' AND local_day = -1",
                "answered_lately" of "measure = 'answered' AND local_day > $10",
                "asked" of "measure = 'spoken' AND local_day >= $9 AND local_day <= $10",
                "in_time" of "measure = 'answered' AND slice = 'in_time'
                    AND local_day >= $9 AND local_day <= $10",
                "promised" of "measure = 'promise' AND slice = 'made'
                    AND local_day >= $7 AND local_day <= $8",
                "kept" of "measure = 'promise' AND slice = 'kept'
                    AND local_day >= $7 AND local_day <= $8",
                "reported" of "measure = 'spoken' AND local_day >= $5 AND local_day <= $6",
                "resolved" of "measure = 'resolved' AND local_day >= $5 AND local_day <= $6"
            ),
            "ORDER BY region_code"
        )
    };
}

statements! {
    global PARTS = (parts_sql!());
    // What else the page of a division tells, in one breath.
    global DETAILS = "SELECT 'slice' AS name, CAST(0 AS BIGINT) AS place, measure, slice,
            CAST(SUM(n) AS BIGINT) AS n FROM region_tally
        WHERE parent = $1 AND region_code >= $2 AND region_code < $3
            AND measure = 'saving' AND local_day >= $4 AND local_day <= $5
        GROUP BY measure, slice
        UNION ALL SELECT 'slice', CAST(0 AS BIGINT), measure, slice, CAST(SUM(n) AS BIGINT) FROM region_tally
        WHERE parent = $1 AND region_code >= $2 AND region_code < $3
            AND measure = 'answer' AND local_day >= $6 AND local_day <= $7
        GROUP BY measure, slice
        UNION ALL SELECT 'month', local_day, measure, slice, CAST(SUM(n) AS BIGINT) FROM region_tally
        WHERE parent = $1 AND region_code >= $2 AND region_code < $3
            AND measure IN ('people', 'found', 'found_by_workers')
            AND local_day >= $8 AND local_day <= $9
        GROUP BY local_day, measure, slice
        UNION ALL SELECT 'week', (local_day - $10) / 7, measure, '', CAST(SUM(n) AS BIGINT)
        FROM region_tally WHERE parent = $1 AND region_code >= $2 AND region_code < $3
            AND measure IN ('spoken', 'resolved') AND local_day >= $10 AND local_day <= $11
        GROUP BY measure, (local_day - $10) / 7
        ORDER BY name, place DESC, measure, slice";
}

/// The sums of a division right below the one that was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// The first digits of its code: fewer than a division has where factories named no closer one.
    pub code: String,
    /// Factories.
    pub factories: i64,
    /// Open cases.
    pub open: i64,
    /// Dangerous ones.
    pub danger: i64,
    /// Overdue ones.
    pub overdue: i64,
    /// Waiting for other eyes.
    pub to_verify: i64,
    /// Not answered in time.
    pub waiting_long: i64,
    /// Reports whose time for an answer is over.
    pub asked: i64,
    /// Of them answered in time.
    pub in_time: i64,
    /// Deadlines that were over.
    pub promised: i64,
    /// Of them kept.
    pub kept: i64,
    /// Reports.
    pub reported: i64,
    /// Accepted by somebody other than the fixer.
    pub resolved: i64,
    /// Silent factories.
    pub silent: i64,
    /// Factories from which much less is heard than before.
    pub falling: i64,
}

impl Part {
    fn count(&mut self, name: &str, n: i64) {
        match name {
            "factories" => self.factories += n,
            "silent" => self.silent += n,
            "falling" => self.falling += n,
            "open" => self.open += n,
            "danger" => self.danger += n,
            "to_verify" => self.to_verify += n,
            "overdue" => self.overdue += n,
            "spoken" | "answered_lately" => self.waiting_long += n,
            "answered" | "spoken_lately" => self.waiting_long -= n,
            "asked" => self.asked += n,
            "in_time" => self.in_time += n,
            "promised" => self.promised += n,
            "kept" => self.kept += n,
            "reported" => self.reported += n,
            "resolved" => self.resolved += n,
            _ => {}
        }
    }
}

/// What the page of a division tells besides its parts.
#[derive(Debug, Default)]
pub struct Details {
    /// Savings by currency, and how many answers took how many days.
    pub slices: Vec<Sum>,
    /// The pieces of what was published about people: each with the first day of its month, the newest first.
    pub months: Vec<(Day, Sum)>,
    /// What was reported and resolved, week by week.
    pub weeks: Vec<Week>,
}

/// Over which days they are told.
#[derive(Debug, Clone, Copy)]
pub struct DetailDays {
    /// Of savings and answers.
    pub span: Span,
    /// Of what was published about people.
    pub months: Period,
    /// Of the trend.
    pub trend: Period,
}

#[derive(sqlx::FromRow)]
struct DetailRow {
    name: String,
    place: i64,
    #[sqlx(flatten)]
    sum: Sum,
}

/// The division around those whose sums are asked for, and from which to before which they lie. A town
/// has none below it: it is its own part.
fn around(region: &RegionCode) -> Vec<Value> {
    let prefix = region.prefix();
    match region.digits_below() {
        Some(_) => args![prefix, "", "~"],
        None => args![
            prefix.chars().take(6).collect::<String>(),
            prefix,
            format!("{prefix}~")
        ],
    }
}

/// The same of the division itself: one row for what those below it have many of.
fn whole(region: &RegionCode) -> Vec<Value> {
    let prefix = region.prefix();
    let parent = match prefix.len() {
        0 => ABOVE_ALL.to_owned(),
        2 => String::new(),
        4 => prefix.chars().take(2).collect(),
        6 => prefix.chars().take(4).collect(),
        _ => prefix.chars().take(6).collect(),
    };
    args![parent, prefix, format!("{prefix}~")]
}

/// The sums of the divisions below a region, by their first digits.
pub async fn parts(tx: &mut Tx, span: Span, region: &RegionCode) -> Result<Vec<Part>> {
    let mut values = around(region);
    values.extend(args![
        span.today,
        span.now.from,
        span.now.to,
        span.due.from,
        span.due.to,
        span.asked.from,
        span.asked.to,
        span.silent_until
    ]);
    let rows: Vec<(String, String, i64)> = tx.all_planned(&PARTS, values).await?;
    let mut parts: BTreeMap<String, Part> = BTreeMap::new();
    for (code, name, n) in rows.into_iter().filter(|(code, ..)| !code.is_empty()) {
        let part = parts.entry(code.clone()).or_default();
        part.code = code;
        part.count(&name, n);
    }
    // A division that the last factory has left counts nothing.
    parts.retain(|_, part| part.factories > 0);
    Ok(parts.into_values().collect())
}

/// What else is told of a region.
pub async fn details(tx: &mut Tx, times: DetailDays, region: &RegionCode) -> Result<Details> {
    let mut values = whole(region);
    let DetailDays {
        span,
        months,
        trend,
    } = times;
    values.extend(args![
        span.now.from,
        span.now.to,
        span.asked.from,
        span.asked.to,
        months.from,
        months.to,
        trend.from,
        trend.to
    ]);
    let mut details = Details::default();
    for DetailRow { name, place, sum } in tx.all_planned(&DETAILS, values).await? {
        match name.as_str() {
            "month" => details.months.push((Day(place), sum)),
            "week" => {
                let (measure, week, n) = (sum.measure, place, sum.n);
                details.weeks.push(Week { measure, week, n });
            }
            _ => details.slices.push(sum),
        }
    }
    Ok(details)
}
