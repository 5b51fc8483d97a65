//! What waits to be folded into the sums of divisions, and how enterprises stand in them.

use hezuo_domain::boards::Period;
use hezuo_domain::ids::EnterpriseId;
use hezuo_domain::oversight::{RegionDeltas, RegionKey, Standing, is_falling};
use hezuo_domain::time::{Day, Instant};
use uuid::Uuid;

use crate::db::Tx;
use crate::error::{Result, StoreError};
use crate::statement::statements;
use crate::tallies::Change;
use crate::value::args;

/// The enterprises of one round: those after `$1` of which there is word, so many.
macro_rules! round_sql {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            "(SELECT DISTINCT q.enterprise_id FROM tally_change q WHERE q.enterprise_id > $1
                ORDER BY q.enterprise_id LIMIT $2)",
            $after
        )
    };
}

statements! {
    global BEGIN = "UPDATE region_fold SET at = $1 WHERE id = 1";
    cross FRESHNESS = ("how fresh the sums of divisions are depends on all their enterprises",
        "SELECT f.at, CAST(CASE WHEN EXISTS (SELECT 1 FROM tally_change)
            OR EXISTS (SELECT 1 FROM standing WHERE ends_at <= $1) THEN 1 ELSE 0 END AS BIGINT)
        FROM region_fold f WHERE f.id = 1");
    cross WAKE = ("the fold looks again at enterprises whose day has ended",
        "INSERT INTO tally_change (enterprise_id, id, changes)
        SELECT enterprise_id, enterprise_id, '[]' FROM standing WHERE ends_at <= $1
        ON CONFLICT (enterprise_id, id) DO NOTHING");
    cross ROUND = ("the fold reads where the enterprises of its round stand", (round_sql!(
        "SELECT e.id, e.kind, e.region_code, e.time_zone, s.region_code AS stood_in, s.heard_day,
            s.falling FROM enterprise e LEFT JOIN standing s ON s.enterprise_id = e.id
        WHERE e.id IN ", " ORDER BY e.id")));
    cross STANDINGS = ("the fold counts how the enterprises of its round stand today", (round_sql!(
        "SELECT e.id,
            COALESCE(MAX(CASE WHEN t.n > 0 THEN t.local_day END), e.created_day) AS last_day,
            CAST(COALESCE(SUM(CASE WHEN t.local_day >= $3 THEN t.n END), 0) AS BIGINT) AS now,
            CAST(COALESCE(SUM(CASE WHEN t.local_day >= $4 AND t.local_day < $3
                THEN t.n END), 0) AS BIGINT) AS before
        FROM enterprise e LEFT JOIN tally t ON t.enterprise_id = e.id AND t.measure = 'spoken'
        WHERE e.time_zone = $5 AND e.id IN ", " GROUP BY e.id, e.created_day")));
    cross TAKE = ("the fold takes what has changed in the enterprises of its round",
        "DELETE FROM tally_change WHERE enterprise_id > $1 AND enterprise_id <= $2
        RETURNING enterprise_id, changes");
    cross EVERYTHING = ("the fold moves all counts of an enterprise to its new division",
        "SELECT measure, slice, local_day, n FROM tally WHERE enterprise_id = $1 AND n <> 0");
    rows SAVE = (5, "INSERT INTO standing (enterprise_id, region_code, heard_day, falling, ends_at)",
        "ON CONFLICT (enterprise_id) DO UPDATE SET region_code = excluded.region_code,
        heard_day = excluded.heard_day, falling = excluded.falling, ends_at = excluded.ends_at");
    cross FORGET = ("the fold forgets where an enterprise without a division stood",
        "DELETE FROM standing WHERE enterprise_id = $1");
    global_rows ADD = (6, "INSERT INTO region_tally (parent, measure, local_day, slice, region_code,
        n)", "ON CONFLICT (parent, measure, local_day, slice, region_code)
        DO UPDATE SET n = region_tally.n + excluded.n");
    global CLEAR = "DELETE FROM region_tally";
    cross CLEAR_STANDING = ("the sums of all divisions are made again",
        "DELETE FROM standing");
    cross CLEAR_CHANGES = ("the sums of all divisions are made again",
        "DELETE FROM tally_change");
    cross WAKE_ALL = ("the sums of all divisions are made again",
        "INSERT INTO tally_change (enterprise_id, id, changes)
        SELECT id, id, '[]' FROM enterprise WHERE kind = 'enterprise'");
    global SUMS = "SELECT parent, measure, local_day, slice, region_code, n FROM region_tally
        WHERE n <> 0 ORDER BY parent, measure, local_day, slice, region_code";
}

/// When changes were last folded, and whether any wait now.
pub async fn freshness(tx: &mut Tx, now: Instant) -> Result<(Instant, bool)> {
    let found: Option<(i64, i64)> = tx.optional(&FRESHNESS, args![now]).await?;
    let (at, waits) = found.ok_or(StoreError::Corrupt("region_fold"))?;
    Ok((Instant(at), waits == 1))
}

/// Begins a round: nobody else folds until it is committed. Those whose day has ended are in it.
pub async fn begin(tx: &mut Tx, now: Instant) -> Result<()> {
    tx.execute(&BEGIN, args![now]).await?;
    tx.execute(&WAKE, args![now]).await?;
    Ok(())
}

/// Lets all sums be made again from the counts of the enterprises.
pub async fn clear(tx: &mut Tx) -> Result<()> {
    for statement in [&CLEAR, &CLEAR_STANDING, &CLEAR_CHANGES, &WAKE_ALL] {
        tx.execute(statement, args![]).await?;
    }
    Ok(())
}

/// An enterprise of a round, and how it is counted so far.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Entry {
    /// The enterprise.
    #[sqlx(try_from = "Uuid")]
    pub id: EnterpriseId,
    kind: String,
    region_code: Option<String>,
    /// Its time zone.
    pub time_zone: String,
    /// Where its counts are summed up so far.
    pub stood_in: Option<String>,
    heard_day: Option<i64>,
    falling: Option<i64>,
}

impl Entry {
    /// Where its counts belong.
    pub fn region(&self) -> Option<&str> {
        let region = self.region_code.as_deref();
        region.filter(|_| self.kind == "enterprise")
    }

    /// As what it is counted so far.
    pub fn before(&self) -> Option<Standing> {
        Some(Standing {
            heard_day: Day(self.heard_day?),
            falling: self.falling? == 1,
        })
    }
}

/// The enterprises of a round.
pub async fn round(tx: &mut Tx, after: EnterpriseId, limit: i64) -> Result<Vec<Entry>> {
    tx.all(&ROUND, args![after, limit]).await
}

/// What was heard of an enterprise.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct Heard {
    /// The enterprise.
    #[sqlx(try_from = "Uuid")]
    pub id: EnterpriseId,
    last_day: i64,
    now: i64,
    before: i64,
}

impl Heard {
    /// As what it is counted among others.
    pub fn standing(&self) -> Standing {
        Standing {
            heard_day: Day(self.last_day),
            falling: is_falling(self.now, self.before),
        }
    }
}

/// How the enterprises of a round stand that have this time zone.
pub async fn standings(
    tx: &mut Tx,
    (after, limit): (EnterpriseId, i64),
    (now, before): (Period, Period),
    time_zone: &str,
) -> Result<Vec<Heard>> {
    let values = args![after, limit, now.from, before.from, time_zone];
    tx.all(&STANDINGS, values).await
}

/// Takes what has changed in the enterprises of a round.
pub async fn take(
    tx: &mut Tx,
    after: EnterpriseId,
    last: EnterpriseId,
) -> Result<Vec<(EnterpriseId, Vec<Change>)>> {
    let rows: Vec<(Uuid, String)> = tx.all(&TAKE, args![after, last]).await?;
    rows.into_iter()
        .map(|(enterprise, changes)| {
            let changes = serde_json::from_str(&changes)
                .or(Err(StoreError::Corrupt("tally_change.changes")))?;
            Ok((EnterpriseId(enterprise), changes))
        })
        .collect()
}

/// Every count of an enterprise that is not zero.
pub async fn everything(tx: &mut Tx, enterprise: EnterpriseId) -> Result<Vec<Change>> {
    let rows: Vec<crate::tallies::Stored> = tx.all(&EVERYTHING, args![enterprise]).await?;
    let change = |(measure, slice, day, n)| (measure, slice, Day(day), n);
    Ok(rows.into_iter().map(change).collect())
}

/// How an enterprise is counted from now on.
#[derive(Debug)]
pub struct Kept {
    /// The enterprise.
    pub id: EnterpriseId,
    /// In which division.
    pub region: String,
    /// As what.
    pub standing: Standing,
    /// Until when.
    pub ends: Instant,
}

/// Keeps how enterprises stand.
pub async fn save(tx: &mut Tx, kept: &[Kept]) -> Result<()> {
    let rows = kept.iter().map(|it| {
        args![
            it.id,
            &it.region,
            it.standing.heard_day,
            i64::from(it.standing.falling),
            it.ends
        ]
    });
    tx.insert(&SAVE, rows.collect()).await?;
    Ok(())
}

/// Forgets how an enterprise stood.
pub async fn forget(tx: &mut Tx, enterprise: EnterpriseId) -> Result<()> {
    tx.execute(&FORGET, args![enterprise]).await?;
    Ok(())
}

/// Adds changes to the sums of divisions, in one statement.
pub async fn add(tx: &mut Tx, deltas: RegionDeltas) -> Result<()> {
    let row = |(key, n): (RegionKey, i64)| {
        args![key.parent, key.measure, key.day, key.slice, key.region, n]
    };
    tx.insert(&ADD, deltas.into_changes().map(row).collect())
        .await?;
    Ok(())
}

/// One sum as stored: division around, measure, day, slice, division, number.
pub type Stored = (String, String, i64, String, String, i64);

/// Every sum that is not zero.
pub async fn sums(tx: &mut Tx) -> Result<Vec<Stored>> {
    tx.all(&SUMS, args![]).await
}
