//! What the boards show, read from the tallies and, by area, from an index.

use hezuo_domain::disclosure::AboutPeople;
use hezuo_domain::ids::AreaId;
use hezuo_domain::time::Day;
use uuid::Uuid;

use crate::cases::Days;
use crate::db::Tx;
use crate::error::Result;
use crate::statement::statements;
use crate::value::args;

statements! {
    // Each arm reads of its measure what the board shows of it, and nothing of the days that it leaves out.
    tenant BALANCES = "SELECT measure, slice, CAST(SUM(n) AS BIGINT) AS n FROM tally
        WHERE enterprise_id = $1 AND measure = 'state'
            AND slice IN ('new', 'accepted', 'planned', 'done') GROUP BY measure, slice
        UNION ALL SELECT measure, '', CAST(SUM(n) AS BIGINT) FROM tally
        WHERE enterprise_id = $1 AND measure = 'danger' GROUP BY measure
        UNION ALL SELECT measure, '', CAST(SUM(n) AS BIGINT) FROM tally
        WHERE enterprise_id = $1 AND measure = 'due' AND local_day < $2 GROUP BY measure
        UNION ALL SELECT measure, '', CAST(SUM(n) AS BIGINT) FROM tally
        WHERE enterprise_id = $1 AND measure = 'spoken' AND local_day < $3 GROUP BY measure
        UNION ALL SELECT measure, '', CAST(SUM(n) AS BIGINT) FROM tally
        WHERE enterprise_id = $1 AND measure = 'answer' AND local_day < $3 GROUP BY measure";
    tenant WINDOWS = "SELECT measure, slice, CAST(SUM(n) AS BIGINT) AS n FROM tally
        WHERE enterprise_id = $1
        AND (measure IN ('spoken', 'saving', 'reward')
                AND local_day >= $2 AND local_day <= $3
            OR measure = 'promise' AND local_day >= $4 AND local_day <= $5)
        GROUP BY measure, slice
        UNION ALL
        SELECT CASE WHEN measure = 'spoken' THEN 'asked' ELSE measure END, slice,
            CAST(SUM(n) AS BIGINT) FROM tally
        WHERE enterprise_id = $1 AND measure IN ('spoken', 'answer')
            AND local_day >= $6 AND local_day <= $7
        GROUP BY measure, slice";
    tenant WEEKS = "SELECT measure, (local_day - $2) / 7 AS week, CAST(SUM(n) AS BIGINT) AS n
        FROM tally WHERE enterprise_id = $1 AND measure IN ('spoken', 'resolved')
        AND local_day >= $2 AND local_day <= $3
        GROUP BY measure, (local_day - $2) / 7 ORDER BY measure, week";
    // People are known where somebody attested the heads of every area at the top.
    tenant ABOUT_PEOPLE = "SELECT
        (SELECT CASE WHEN COUNT(*) = COUNT(a.heads) THEN CAST(SUM(a.heads) AS BIGINT) END
            FROM area a WHERE a.enterprise_id = $1 AND a.kind = 'area' AND a.parent_id IS NULL) AS heads,
        (SELECT COUNT(DISTINCT q.person_key) FROM participation q WHERE q.enterprise_id = $1
            AND q.local_day >= $2 AND q.local_day <= $3) AS people,
        (SELECT CAST(COALESCE(SUM(t.n), 0) AS BIGINT) FROM tally t WHERE t.enterprise_id = $1
            AND t.measure = 'found_by' AND t.slice IN ('worker', 'team_leader', 'manager')
            AND t.local_day >= $2 AND t.local_day <= $3) AS found,
        (SELECT CAST(COALESCE(SUM(t.n), 0) AS BIGINT) FROM tally t WHERE t.enterprise_id = $1
            AND t.measure = 'found_by' AND t.slice = 'worker'
            AND t.local_day >= $2 AND t.local_day <= $3) AS by_workers";
    tenant AREAS = "SELECT a.id, a.site_id, a.parent_id, a.kind, a.name, a.heads,
        (SELECT MAX(c.reported_day) FROM cases c WHERE c.enterprise_id = a.enterprise_id
            AND c.area_id = a.id AND c.source <> 'import') AS last_day,
        (SELECT COUNT(*) FROM cases c WHERE c.enterprise_id = a.enterprise_id
            AND c.area_id = a.id AND c.source <> 'import'
            AND c.reported_day >= $2 AND c.reported_day <= $3) AS reports
        FROM area a WHERE a.enterprise_id = $1 ORDER BY a.name, a.id";
    tenant BY_STATE =
        "SELECT state, COUNT(*) FROM cases WHERE enterprise_id = $1 GROUP BY state ORDER BY state";
}

/// The cases of each state, counted one by one: what the tallies are measured against.
pub async fn count_by_state(tx: &mut Tx) -> Result<Vec<(String, i64)>> {
    tx.all(&BY_STATE, args![]).await
}

/// Running balances: the states of what is open, dangers, what was due before today, and of before another day
/// what was said and what was answered.
pub async fn balances(tx: &mut Tx, today: Day, before: Day) -> Result<Vec<Sum>> {
    tx.all(&BALANCES, args![today, before]).await
}

/// The sum of one measure and slice over its days.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Sum {
    /// What is counted.
    pub measure: String,
    /// Of what.
    pub slice: String,
    /// How often.
    pub n: i64,
}

/// Sums over the days of a period, those of promises by their due days, and `asked` and `answer`
/// over days whose time to answer is over.
pub async fn sums(tx: &mut Tx, period: Days, due: Days, asked: Days) -> Result<Vec<Sum>> {
    let values = args![
        period.from,
        period.to,
        due.from,
        due.to,
        asked.from,
        asked.to
    ];
    tx.all(&WINDOWS, values).await
}

/// The sum of one measure in one week.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Week {
    /// `spoken` or `resolved`.
    pub measure: String,
    /// Weeks since the first day, from zero.
    pub week: i64,
    /// How many.
    pub n: i64,
}

/// What was reported and what was resolved, week by week of seven days each.
pub async fn weeks(tx: &mut Tx, days: Days) -> Result<Vec<Week>> {
    tx.all(&WEEKS, args![days.from, days.to]).await
}

#[derive(sqlx::FromRow)]
struct AboutPeopleRow {
    heads: Option<i64>,
    people: i64,
    found: i64,
    by_workers: i64,
}

/// What is counted about the people of the scope's enterprise.
pub async fn about_people(tx: &mut Tx, days: Days) -> Result<Option<AboutPeople>> {
    let found: Option<AboutPeopleRow> = tx
        .optional(&ABOUT_PEOPLE, args![days.from, days.to])
        .await?;
    Ok(found.map(|row| AboutPeople {
        heads: row.heads,
        people: row.people.into(),
        found: row.found.into(),
        by_workers: row.by_workers.into(),
    }))
}

/// An area and when somebody last spoke of it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct HeardArea {
    /// The area or machine.
    #[sqlx(try_from = "Uuid")]
    pub id: AreaId,
    /// Its site.
    pub site_id: Uuid,
    /// What it lies in.
    pub parent_id: Option<Uuid>,
    /// `area` or `machine`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// How many people work there, attested.
    pub heads: Option<i64>,
    /// The day of the last report from exactly here.
    pub last_day: Option<i64>,
    /// Reports from exactly here within the days.
    pub reports: i64,
}

/// Every area with its last report and how many there were within the days.
pub async fn areas(tx: &mut Tx, days: Days) -> Result<Vec<HeardArea>> {
    tx.all(&AREAS, args![days.from, days.to]).await
}
