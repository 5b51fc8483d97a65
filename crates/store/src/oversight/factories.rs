//! Factories, each as it stands: read from one row of each, in the order in which somebody should go there.

use hezuo_domain::answers::ANSWER_DAYS;
use hezuo_domain::boards::Period;
use hezuo_domain::disclosure::AboutPeople;
use hezuo_domain::ids::EnterpriseId;
use hezuo_domain::oversight::Figure;
use hezuo_domain::places::RegionCode;
use hezuo_domain::time::Day;
use uuid::Uuid;

use super::{Span, range};
use crate::db::Tx;
use crate::error::Result;
use crate::statement::statements;
use crate::value::{Value, args};

/// A factory that has something of a figure: `$1` is its word, empty for any. What stands in no column is
/// looked for among the counts of `$3`, of the days from `$4` to `$5`, of the slice `$6` where there is one.
/// Who was last heard on `$2` or earlier is silent. Of people the edition of the month
/// from `$7` on is told. Of figures about people no factory is left out, because
/// that would say something.
macro_rules! standing_sql {
    ($filter:literal, $rest:literal) => {
        concat!(
            "SELECT s.enterprise_id AS id, e.name, s.region_code, s.last_day, s.heard_day,
                s.heard_now, s.heard_before, s.falling, s.open, s.danger, s.overdue, s.to_verify,
                s.waiting_long, d.month, d.heads, COALESCE(d.people, 0) AS people,
                COALESCE(d.found, 0) AS found, COALESCE(d.found_by_workers, 0) AS found_by_workers
            FROM standing s JOIN enterprise e ON e.id = s.enterprise_id
            LEFT JOIN edition d ON d.enterprise_id = s.enterprise_id AND d.month = $7
            WHERE ", $filter, " AND CASE $1 WHEN '' THEN 1 WHEN 'people' THEN 1 WHEN 'front_line' THEN 1
                WHEN 'open' THEN s.open WHEN 'danger' THEN s.danger WHEN 'overdue' THEN s.overdue
                WHEN 'to_verify' THEN s.to_verify WHEN 'waiting_long' THEN s.waiting_long
                WHEN 'falling' THEN s.falling
                WHEN 'silent' THEN CASE WHEN s.heard_day <= $2 THEN 1 ELSE 0 END
                ELSE CASE WHEN EXISTS (SELECT 1 FROM tally t WHERE t.enterprise_id = s.enterprise_id
                    AND t.measure = $3 AND t.local_day >= $4 AND t.local_day <= $5
                    AND ($6 = '' OR t.slice = $6) AND t.n <> 0) THEN 1 ELSE 0 END END <> 0 ",
            $rest
        )
    };
}

statements! {
    cross BY_NAME = ("who looks after a region reads how its factories stand", (standing_sql!(
        "s.region_code >= $8 AND s.region_code < $9",
        "AND (e.name, e.id) > ($10, $11) ORDER BY e.name, e.id LIMIT $12")));
    cross BY_NEED = ("who looks after a region reads how its factories stand", (standing_sql!(
        "s.region_code >= $8 AND s.region_code < $9",
        "AND (0 - s.danger, 0 - s.overdue, s.heard_day, s.enterprise_id) > ($10, $11, $12, $13)
        ORDER BY 0 - s.danger, 0 - s.overdue, s.heard_day, s.enterprise_id LIMIT $14")));
    cross ONE = ("who looks after a factory reads how it stands",
        (standing_sql!("s.enterprise_id = $8", "")));
    many COUNTS = ("who looks after factories reads their counts of some days", 4,
        "WITH asked (id, measure, first, last) AS (", ") SELECT t.enterprise_id AS id, t.measure, t.slice,
            CAST(SUM(t.n) AS BIGINT) AS n
        FROM asked JOIN tally t ON t.enterprise_id = asked.id AND t.measure = asked.measure
            AND t.local_day >= asked.first AND t.local_day <= asked.last
        GROUP BY t.enterprise_id, t.measure, t.slice");
}

/// A factory as it stands.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Factory {
    /// The factory.
    #[sqlx(try_from = "Uuid")]
    pub id: EnterpriseId,
    /// Its name.
    pub name: String,
    /// Its division; empty where none is known.
    pub region_code: String,
    /// The last day of a report; none where there never was one.
    pub last_day: Option<i64>,
    /// The same, or the day on which it joined.
    pub heard_day: i64,
    /// Reports of the last days.
    pub heard_now: i64,
    /// Reports of the days before.
    pub heard_before: i64,
    falling: i64,
    /// Cases that somebody still has to do something about.
    pub open: i64,
    /// Of them dangerous now.
    pub danger: i64,
    /// Planned ones whose day has passed.
    pub overdue: i64,
    to_verify: i64,
    waiting_long: i64,
    month: Option<i64>,
    heads: Option<i64>,
    people: i64,
    found: i64,
    found_by_workers: i64,
    /// The figure that was asked for.
    #[sqlx(skip)]
    pub counted: i64,
    /// Of how many.
    #[sqlx(skip)]
    pub whole: i64,
}

impl Factory {
    /// Whether much less is heard than before.
    pub fn is_falling(&self) -> bool {
        self.falling == 1
    }

    /// What is counted about its people over the month that was asked for, once it is published.
    pub fn about_people(&self) -> Option<AboutPeople> {
        self.month.is_some().then(|| AboutPeople {
            heads: self.heads,
            people: self.people.into(),
            found: self.found.into(),
            by_workers: self.found_by_workers.into(),
        })
    }
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
    /// Of which month the edition about people is told, by its first day.
    pub month: Day,
    /// Which figure.
    pub figure: Option<Figure>,
    /// In which currency savings are counted.
    pub currency: &'a str,
}

/// Of which measure, days and slice a figure counts that stands in no column, and of which measure the part
/// of it is, where there is one.
struct Counts<'a> {
    measure: &'static str,
    days: Period,
    slice: &'a str,
    part: &'static str,
}

impl<'a> Asked<'a> {
    fn counts(&self) -> Option<Counts<'a>> {
        let (measure, days, slice, part) = match self.figure? {
            Figure::Answered => ("spoken", self.span.asked, "", "answer"),
            Figure::OnTime => ("promise", self.span.due, "made", "promise"),
            Figure::Reported => ("spoken", self.span.now, "", ""),
            Figure::Resolved => ("resolved", self.span.now, "", ""),
            Figure::Saving => ("saving", self.span.now, self.currency, ""),
            _ => return None,
        };
        Some(Counts {
            measure,
            days,
            slice,
            part,
        })
    }

    fn values(&self) -> Vec<Value> {
        let none = Counts {
            measure: "",
            days: self.span.now,
            slice: "",
            part: "",
        };
        let counts = self.counts().unwrap_or(none);
        args![
            self.figure.map_or("", Figure::as_str),
            self.span.silent_until,
            counts.measure,
            counts.days.from,
            counts.days.to,
            counts.slice,
            self.month
        ]
    }

    /// What stands in a column of the figure.
    fn column(&self, it: &Factory) -> i64 {
        match self.figure {
            Some(Figure::Open) => it.open,
            Some(Figure::Danger) => it.danger,
            Some(Figure::Overdue) => it.overdue,
            Some(Figure::ToVerify) => it.to_verify,
            Some(Figure::WaitingLong) => it.waiting_long,
            Some(Figure::Falling) => it.falling,
            Some(Figure::Silent) => i64::from(it.heard_day <= self.span.silent_until.0),
            _ => 0,
        }
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
    let found = match after {
        Page::Name(_, name, id) => {
            values.extend(args![name, *id, limit]);
            tx.all(&BY_NAME, values).await?
        }
        Page::Need(danger, overdue, heard, id) => {
            values.extend(args![-danger, -overdue, *heard, *id, limit]);
            tx.all(&BY_NEED, values).await?
        }
    };
    counted(tx, asked, found).await
}

/// One factory; none where it counts nothing of what was asked for.
pub async fn factory(tx: &mut Tx, asked: Asked<'_>, id: EnterpriseId) -> Result<Option<Factory>> {
    let mut values = asked.values();
    values.push(id.into());
    let found = tx.all(&ONE, values).await?;
    Ok(counted(tx, asked, found).await?.pop())
}

#[derive(sqlx::FromRow)]
struct CountRow {
    id: Uuid,
    measure: String,
    slice: String,
    n: i64,
}

/// Counts the figure that was asked for in each of the factories of a page.
async fn counted(tx: &mut Tx, asked: Asked<'_>, mut found: Vec<Factory>) -> Result<Vec<Factory>> {
    for factory in &mut found {
        factory.counted = asked.column(factory);
    }
    let Some(counts) = asked.counts() else {
        return Ok(found);
    };
    let mut measures = vec![counts.measure];
    if !counts.part.is_empty() && counts.part != counts.measure {
        measures.push(counts.part);
    }
    let of_each = |it: &Factory| {
        let id = it.id;
        let one =
            move |measure: &&'static str| args![id, *measure, counts.days.from, counts.days.to];
        measures.iter().map(one).collect::<Vec<_>>()
    };
    let rows: Vec<CountRow> = tx
        .many(&COUNTS, found.iter().flat_map(of_each).collect())
        .await?;
    for row in rows {
        let Some(factory) = found.iter_mut().find(|it| it.id.0 == row.id) else {
            continue;
        };
        let in_time = || row.slice.parse().is_ok_and(|days: i64| days <= ANSWER_DAYS);
        let (measure, slice) = (row.measure.as_str(), row.slice.as_str());
        match asked.figure {
            Some(Figure::Answered) if measure == "spoken" => factory.whole += row.n,
            Some(Figure::Answered) if in_time() => factory.counted += row.n,
            Some(Figure::OnTime) if slice == "made" => factory.whole += row.n,
            Some(Figure::OnTime) if slice == "kept" => factory.counted += row.n,
            Some(Figure::Reported | Figure::Resolved) => factory.counted += row.n,
            Some(Figure::Saving) if slice == asked.currency => factory.counted += row.n,
            _ => {}
        }
    }
    Ok(found)
}
