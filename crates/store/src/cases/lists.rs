//! Lists of cases: a small closed set of filters, each a statement of its own, so that each can
//! use its index: it is walked for the ids of one page, and only their rows are read. Pages go by
//! (day, id), newest first; the id is random, so within a day nothing tells who came first. A search goes
//! through the same queues and filters, and walks those that have its words.

use hezuo_domain::cases::search::standing;
use hezuo_domain::ids::{AreaId, CaseId, PersonId, SiteId};
use hezuo_domain::time::Day;
use uuid::Uuid;

use super::search::spelt;
use crate::db::Tx;
use crate::error::{Result, StoreError};
use crate::places::{self, Area};
use crate::statement::Statement;
use crate::value::{Value, args};

/// Which cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    /// New ones and those that the reporter disputes; danger first.
    Triage,
    /// Everything that somebody still has to do something about.
    Open,
    /// Open, and dangerous now.
    Danger,
    /// Open, and told in confidence.
    Confided,
    /// Planned, and the day has passed.
    Overdue,
    /// Done, waiting for somebody else's eyes.
    ToVerify,
    /// Owned by one person, accepted or planned, the nearest deadline first.
    Owner(PersonId),
    /// Nothing left to do.
    Ended,
    /// All.
    All,
    /// What a figure of the boards counts.
    Counted(Figure, Days),
}

/// Which cases a figure counts, each by a day of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// Reported, by the day of the report; rows of imported registers are no voice.
    Spoken,
    /// Reported then, and answered within seven days.
    InTime,
    /// Reported then, and never answered.
    Unanswered,
    /// Hazards reported then of which it is known who found them.
    Found,
    /// Hazards reported then that a worker found.
    FoundByWorkers,
    /// Due then.
    Promised,
    /// Due then, and fixed by that day.
    Kept,
    /// Accepted then by somebody other than the fixer.
    Resolved,
}

/// From one day to another, both counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    /// The first.
    pub from: Day,
    /// The last.
    pub to: Day,
}

/// What to narrow a queue by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// Nothing.
    None,
    /// One area.
    Area(AreaId),
    /// One area with its machines and everything below.
    Within(AreaId),
    /// One site.
    Site(SiteId),
    /// One kind, by its word.
    Kind(&'static str),
    /// One risk level.
    Level(i64),
    /// One person who answers for it.
    Person(PersonId),
    /// One state, by its word.
    State(&'static str),
}

/// One line of a list.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CaseSummary {
    /// The case.
    #[sqlx(try_from = "Uuid")]
    pub id: CaseId,
    /// Kind, by its word.
    pub kind: String,
    /// Category, by its word.
    pub category: String,
    /// Voice, by its word.
    pub voice: String,
    /// Imminent danger.
    pub danger: bool,
    /// State, by its word.
    pub state: String,
    /// Risk level.
    pub grade_level: Option<i64>,
    /// Legal axis, by its word.
    pub legal: Option<String>,
    /// The area.
    pub area_id: Option<Uuid>,
    /// The area's name.
    pub area_name: Option<String>,
    /// What was said.
    pub text: String,
    /// Who found it, by its word.
    pub finder: Option<String>,
    /// The written answer.
    pub answer: Option<String>,
    /// The day of the first answer.
    pub answered_day: Option<i64>,
    /// What is to be done.
    pub plan_measure: Option<String>,
    /// Money set aside, in minor units.
    pub plan_money_minor: Option<i64>,
    /// Its currency.
    pub plan_currency: Option<String>,
    /// The day it was done.
    pub fixed_day: Option<i64>,
    /// The day somebody else accepted it.
    pub verified_day: Option<i64>,
    /// To whom it was referred.
    pub referred_to: Option<String>,
    /// The day it was reported.
    pub reported_day: i64,
    /// The deadline.
    pub due_day: Option<i64>,
    /// The person who answers for it.
    pub owner_id: Option<Uuid>,
    /// That person's name.
    pub owner_name: Option<String>,
    /// Pictures before and after.
    pub pictures: i64,
    /// The reporter said "not fixed".
    pub disputed: bool,
}

// CROSS JOIN, so that SQLite begins with the page: it would walk all cases to have them in their order.
macro_rules! page_sql {
    ($page:expr) => {
        concat!(
            "SELECT c.id, c.kind, c.category, c.voice, c.danger, c.state, c.grade_level, c.legal,
                c.area_id, a.name AS area_name, c.text, c.finder, c.answer, c.answered_day,
                c.plan_measure, c.plan_money_minor, c.plan_currency, c.fixed_day, c.verified_day,
                c.referred_to, c.reported_day, c.due_day, c.owner_id, p.name AS owner_name,
                (SELECT COUNT(*) FROM case_attachment t WHERE t.enterprise_id = c.enterprise_id
                    AND t.case_id = c.id AND t.stage <> 'voice') AS pictures, c.disputed
            FROM (SELECT c.id, c.reported_day FROM ",
            $page,
            " LIMIT $4) page
            CROSS JOIN cases c
            LEFT JOIN area a ON a.enterprise_id = c.enterprise_id AND a.id = c.area_id
            LEFT JOIN person p ON p.enterprise_id = c.enterprise_id AND p.id = c.owner_id
            WHERE c.enterprise_id = $1 AND c.id = page.id
            ORDER BY page.reported_day DESC, page.id DESC"
        )
    };
}

// The page after a day ($2) and an id ($3).
macro_rules! list_sql {
    ($queue:expr, $filter:expr) => {
        page_sql!(concat!(
            "cases c WHERE c.enterprise_id = $1 AND (c.reported_day, c.id) < ($2, $3)",
            $queue,
            $filter,
            " ORDER BY c.reported_day DESC, c.id DESC"
        ))
    };
}

// The page after where a case stands ($2) of those that have all words ($3), for SQLite, which finds them in
// their order.
macro_rules! lite_sql {
    ($queue:expr, $filter:expr) => {
        page_sql!(concat!(
            "case_words w CROSS JOIN case_search f CROSS JOIN cases c
                WHERE w.case_words MATCH $3 AND w.rowid < $2 AND f.enterprise_id = $1
                AND f.number = w.rowid AND c.enterprise_id = $1 AND c.id = f.case_id",
            $queue,
            $filter,
            " ORDER BY w.rowid DESC"
        ))
    };
}

// The same for PostgreSQL.
macro_rules! inverted_sql {
    ($queue:expr, $filter:expr) => {
        page_sql!(concat!(
            "case_found f JOIN cases c ON c.enterprise_id = $1 AND c.id = f.case_id
                WHERE f.enterprise_id = $1 AND f.number < $2 
                AND CAST(string_to_array(f.words, ' ') AS INTEGER[])
                    @> CAST(string_to_array($3, ' ') AS INTEGER[])",
            $queue,
            $filter,
            " ORDER BY f.number DESC"
        ))
    };
}

/// The statements of a queue, in the order of [`place`]. The number is that of the filter's parameter,
/// after those of the queue.
macro_rules! filters {
    ($sql:ident $parameter:literal $condition:expr) => {
        use crate::statement::statements;

        statements! {
            tenant LIST = ($sql!($condition, ""));
            tenant LIST_OF_AREA = ($sql!($condition, concat!(" AND c.area_id = $", $parameter)));
            tenant LIST_OF_KIND = ($sql!($condition, concat!(" AND c.kind = $", $parameter)));
            tenant LIST_OF_SITE = ($sql!($condition, concat!(" AND c.site_id = $", $parameter)));
            tenant LIST_WITHIN = ($sql!($condition, concat!(
                " AND c.area_id IN (WITH RECURSIVE below (id) AS (
SELECT s.id FROM area s WHERE s.enterprise_id = $1 AND s.id = $",
                $parameter,
                " UNION ALL SELECT s.id FROM area s JOIN below b ON s.parent_id = b.id
WHERE s.enterprise_id = $1) SELECT id FROM below)")));
            tenant LIST_OF_LEVEL =
                ($sql!($condition, concat!(" AND c.grade_level = $", $parameter)));
            tenant LIST_OF_PERSON = ($sql!($condition, concat!(" AND c.owner_id = $", $parameter)));
            tenant LIST_OF_STATE = ($sql!($condition, concat!(" AND c.state = $", $parameter)));
        }
    };
}

/// Gives each queue a module with its statements; those in which people search, with them for both
/// databases.
macro_rules! queues {
    ($($queue:ident $parameter:literal $condition:expr;)* @figures $($figure:ident $days:literal $counts:expr;)*) => {
        $(mod $queue {
            filters! { list_sql $parameter $condition }

            pub(super) mod lite {
                filters! { lite_sql $parameter $condition }
            }

            pub(super) mod inverted {
                filters! { inverted_sql $parameter $condition }
            }
        })*
        $(mod $figure {
            filters! { list_sql $days $counts }
        })*

        /// The statements of this module, queue by queue.
        pub(crate) const ALL: &[&[&Statement]] = &[$($queue::ALL,)* $($figure::ALL,)*];

        const SEARCHES: &[(&[&Statement], &[&Statement])] =
            &[$(($queue::lite::ALL, $queue::inverted::ALL),)*];
    };
}

queues! {
    every 5 "";
    triage 5 " AND (c.state = 'new' OR c.state = 'accepted' AND c.disputed)";
    open 5 " AND c.state IN ('new', 'accepted', 'planned', 'done')";
    to_verify 5 " AND c.state = 'done'";
    ended 5 " AND c.state IN ('declined', 'referred', 'merged', 'verified', 'closed')";
    danger 5 " AND c.danger AND c.state IN ('new', 'accepted', 'planned', 'done')";
    confided 5 " AND c.voice = 'in_confidence'
        AND c.state IN ('new', 'accepted', 'planned', 'done')";
    overdue 6 " AND c.state = 'planned' AND c.due_day < $5";
    owner 6 " AND c.state IN ('accepted', 'planned') AND c.owner_id = $5";
    // What the figures of the boards count, each over the days from $5 to $6.
    @figures
    spoken 7 " AND c.source <> 'import' AND c.reported_day >= $5 AND c.reported_day <= $6";
    in_time 7 " AND c.source <> 'import' AND c.reported_day >= $5 AND c.reported_day <= $6
        AND c.answered_day <= c.reported_day + 7";
    unanswered 7 " AND c.source <> 'import' AND c.reported_day >= $5 AND c.reported_day <= $6
        AND c.answered_day IS NULL";
    found 7 " AND c.kind = 'hazard' AND c.finder IS NOT NULL
        AND c.reported_day >= $5 AND c.reported_day <= $6";
    found_by_workers 7 " AND c.kind = 'hazard' AND c.finder = 'worker'
        AND c.reported_day >= $5 AND c.reported_day <= $6";
    promised 7 " AND c.due_day >= $5 AND c.due_day <= $6";
    kept 7 " AND c.due_day >= $5 AND c.due_day <= $6 AND c.fixed_day <= c.due_day";
    resolved 7 " AND c.verified_day >= $5 AND c.verified_day <= $6";
}

/// The statements by which people search, for one of the two databases.
pub(crate) fn search_statements(is_sqlite: bool) -> impl Iterator<Item = &'static Statement> {
    let of =
        move |(lite, inverted): &(&'static [&'static Statement], &'static [&'static Statement])| {
            if is_sqlite { *lite } else { *inverted }
        };
    SEARCHES.iter().flat_map(of).copied()
}

/// Where the statement of a filter stands in its queue's module.
fn place(filter: Filter) -> usize {
    match filter {
        Filter::None => 0,
        Filter::Area(_) => 1,
        Filter::Kind(_) => 2,
        Filter::Site(_) => 3,
        Filter::Within(_) => 4,
        Filter::Level(_) => 5,
        Filter::Person(_) => 6,
        Filter::State(_) => 7,
    }
}

fn statements_of(queue: Queue) -> &'static [&'static Statement] {
    match queue {
        Queue::All => every::ALL,
        Queue::Triage => triage::ALL,
        Queue::Open => open::ALL,
        Queue::ToVerify => to_verify::ALL,
        Queue::Danger => danger::ALL,
        Queue::Confided => confided::ALL,
        Queue::Ended => ended::ALL,
        Queue::Overdue => overdue::ALL,
        Queue::Owner(_) => owner::ALL,
        Queue::Counted(figure, _) => match figure {
            Figure::Spoken => spoken::ALL,
            Figure::InTime => in_time::ALL,
            Figure::Unanswered => unanswered::ALL,
            Figure::Found => found::ALL,
            Figure::FoundByWorkers => found_by_workers::ALL,
            Figure::Promised => promised::ALL,
            Figure::Kept => kept::ALL,
            Figure::Resolved => resolved::ALL,
        },
    }
}

/// The same for a search, for both databases; none for what a figure counts.
fn searches_of(queue: Queue, is_sqlite: bool) -> &'static [&'static Statement] {
    let (lite, inverted) = match queue {
        Queue::All => (every::lite::ALL, every::inverted::ALL),
        Queue::Triage => (triage::lite::ALL, triage::inverted::ALL),
        Queue::Open => (open::lite::ALL, open::inverted::ALL),
        Queue::ToVerify => (to_verify::lite::ALL, to_verify::inverted::ALL),
        Queue::Danger => (danger::lite::ALL, danger::inverted::ALL),
        Queue::Confided => (confided::lite::ALL, confided::inverted::ALL),
        Queue::Ended => (ended::lite::ALL, ended::inverted::ALL),
        Queue::Overdue => (overdue::lite::ALL, overdue::inverted::ALL),
        Queue::Owner(_) => (owner::lite::ALL, owner::inverted::ALL),
        Queue::Counted(..) => return &[],
    };
    if is_sqlite { lite } else { inverted }
}

/// What a queue and a filter bind, after what begins the page.
fn bound(queue: Queue, filter: Filter, today: Day) -> Vec<Value> {
    let mut values = match queue {
        Queue::Overdue => args![today],
        Queue::Owner(person) => args![person],
        Queue::Counted(_, days) => args![days.from, days.to],
        _ => Vec::new(),
    };
    match filter {
        Filter::None => {}
        Filter::Area(area) | Filter::Within(area) => values.push(area.into()),
        Filter::Site(site) => values.push(site.into()),
        Filter::Kind(word) | Filter::State(word) => values.push(Value::from(word)),
        Filter::Level(level) => values.push(level.into()),
        Filter::Person(person) => values.push(person.into()),
    }
    values
}

/// One page of a queue; `before` is the last line of the page before.
pub async fn list(
    tx: &mut Tx,
    queue: Queue,
    filter: Filter,
    today: Day,
    before: Option<(Day, CaseId)>,
    limit: i64,
) -> Result<Vec<CaseSummary>> {
    if let Some(areas) = each_within(tx, filter).await? {
        let mut found = Vec::new();
        for area in areas {
            let of_area = list(tx, queue, Filter::Area(area), today, before, limit);
            found.extend(Box::pin(of_area).await?);
        }
        return Ok(newest(found, limit));
    }
    let statement = statements_of(queue)
        .get(place(filter))
        .ok_or(StoreError::Scope("LIST"))?;
    let (day, id) = before.unwrap_or((Day(i64::MAX), CaseId(Uuid::max())));
    let mut values = args![day, id, limit];
    values.extend(bound(queue, filter, today));
    tx.all(statement, values).await
}

/// One page of those of a queue that have all these words, by their numbers. What a figure counts can't be
/// searched.
pub async fn search(
    tx: &mut Tx,
    (queue, filter, numbers): (Queue, Filter, Vec<u32>),
    today: Day,
    before: Option<(Day, CaseId)>,
    limit: i64,
) -> Result<Vec<CaseSummary>> {
    if let Some(areas) = each_within(tx, filter).await? {
        let mut found = Vec::new();
        for area in areas {
            let wanted = (queue, Filter::Area(area), numbers.clone());
            let of_area = search(tx, wanted, today, before, limit);
            found.extend(Box::pin(of_area).await?);
        }
        return Ok(newest(found, limit));
    }
    let statement = searches_of(queue, tx.is_sqlite())
        .get(place(filter))
        .ok_or(StoreError::Scope("SEARCH"))?;
    let before = before.map_or(i64::MAX, |(day, case)| standing(day, case));
    let mut values = args![before, spelt(&numbers), limit];
    values.extend(bound(queue, filter, today));
    tx.all_planned(statement, values).await
}

/// Citus follows no areas into each other within a statement: there each of them is asked for by itself. None where
/// one statement does it.
async fn each_within(tx: &mut Tx, filter: Filter) -> Result<Option<Vec<AreaId>>> {
    let Filter::Within(area) = filter else {
        return Ok(None);
    };
    if !tx.is_spread() {
        return Ok(None);
    }
    let all = places::areas(tx).await?;
    let mut within = vec![area];
    let mut at = 0;
    while let Some(around) = within.get(at).copied() {
        let is_new = |it: &&Area| it.parent_id == Some(around.0) && !within.contains(&it.id);
        let inner: Vec<AreaId> = all.iter().filter(is_new).map(|it| it.id).collect();
        within.extend(inner);
        at += 1;
    }
    Ok(Some(within))
}

/// The newest of several lists, in the order of each.
fn newest(mut found: Vec<CaseSummary>, limit: i64) -> Vec<CaseSummary> {
    found.sort_by_key(|it| std::cmp::Reverse((it.reported_day, it.id)));
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    found
}
