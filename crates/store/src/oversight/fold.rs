//! What waits to be folded into the sums of divisions, and how enterprises stand in them.

use std::collections::HashMap;

use hezuo_domain::answers::ANSWER_DAYS;
use hezuo_domain::ids::EnterpriseId;
use hezuo_domain::oversight::{RegionDeltas, RegionKey, Standing, heard, is_falling};
use hezuo_domain::time::{Day, Instant};
use uuid::Uuid;

use crate::db::Tx;
use crate::error::{Result, StoreError};
use crate::statement::statements;
use crate::tallies::Change;
use crate::value::{Value, args};

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
    cross ROUND = ("the fold reads of which enterprises there is word",
        "SELECT DISTINCT enterprise_id FROM tally_change WHERE enterprise_id > $1
        ORDER BY enterprise_id LIMIT $2");
    many ENTERPRISES = ("the fold reads where the enterprises of its round are", 1,
        "WITH asked (id) AS (", ") SELECT e.id, e.kind, e.region_code, e.time_zone, e.created_day
        FROM asked JOIN enterprise e ON e.id = asked.id ORDER BY e.id");
    many STOOD = ("the fold reads how the enterprises of its round were counted", 1,
        "WITH asked (id) AS (", ") SELECT s.enterprise_id, s.region_code, s.heard_day, s.falling
        FROM asked JOIN standing s ON s.enterprise_id = asked.id");
    // Of each enterprise its own today, the days in which reports are heard, those before, and the last on which
    // reports should be answered by now.
    many SUMS_NOW = ("the fold counts how the enterprises of its round stand today", 5,
        "WITH asked (id, today, heard_from, before_from, answered_to) AS (", ") SELECT asked.id,
            MAX(CASE WHEN t.measure = 'spoken' AND t.n > 0 THEN t.local_day END) AS last_day,
            CAST(COALESCE(SUM(CASE WHEN t.measure = 'spoken' AND t.local_day >= asked.heard_from
                THEN t.n END), 0) AS BIGINT) AS heard_now,
            CAST(COALESCE(SUM(CASE WHEN t.measure = 'spoken' AND t.local_day >= asked.before_from
                AND t.local_day < asked.heard_from THEN t.n END), 0) AS BIGINT) AS heard_before,
            CAST(COALESCE(SUM(CASE WHEN t.measure = 'state'
                AND t.slice IN ('new', 'accepted', 'planned', 'done') THEN t.n END), 0) AS BIGINT) AS open,
            CAST(COALESCE(SUM(CASE WHEN t.measure = 'danger' THEN t.n END), 0) AS BIGINT) AS danger,
            CAST(COALESCE(SUM(CASE WHEN t.measure = 'due' AND t.local_day < asked.today
                THEN t.n END), 0) AS BIGINT) AS overdue,
            CAST(COALESCE(SUM(CASE WHEN t.measure = 'state' AND t.slice = 'done' THEN t.n END), 0)
                AS BIGINT) AS to_verify,
            CAST(COALESCE(SUM(CASE WHEN t.local_day > asked.answered_to THEN 0
                WHEN t.measure = 'spoken' THEN t.n WHEN t.measure = 'answer' THEN 0 - t.n END), 0)
                AS BIGINT) AS waiting_long
        FROM asked JOIN tally t ON t.enterprise_id = asked.id
            AND t.measure IN ('spoken', 'state', 'danger', 'due', 'answer')
        GROUP BY asked.id");
    cross TAKE = ("the fold takes what has changed in the enterprises of its round",
        "DELETE FROM tally_change WHERE enterprise_id > $1 AND enterprise_id <= $2
        RETURNING enterprise_id, changes");
    cross EVERYTHING = ("the fold moves all counts of an enterprise to its new division",
        "SELECT measure, slice, local_day, n FROM tally WHERE enterprise_id = $1 AND n <> 0");
    rows SAVE = (13, "INSERT INTO standing (enterprise_id, region_code, heard_day, falling, ends_at,
        last_day, heard_now, heard_before, open, danger, overdue, to_verify, waiting_long)",
        "ON CONFLICT (enterprise_id) DO UPDATE SET region_code = excluded.region_code,
        heard_day = excluded.heard_day, falling = excluded.falling, ends_at = excluded.ends_at,
        last_day = excluded.last_day, heard_now = excluded.heard_now,
        heard_before = excluded.heard_before, open = excluded.open, danger = excluded.danger,
        overdue = excluded.overdue, to_verify = excluded.to_verify,
        waiting_long = excluded.waiting_long");
    cross FORGET = ("the fold forgets what stood as a factory and is none",
        "DELETE FROM standing WHERE enterprise_id = $1");
    global_rows ADD = (6, "INSERT INTO region_tally (parent, measure, local_day, slice, region_code,
        n)", "ON CONFLICT (parent, measure, local_day, slice, region_code)
        DO UPDATE SET n = region_tally.n + excluded.n");
    // A page reads all days of what was due and of those last heard of: without this it would read those of years ago.
    many DROP_EMPTY = ("divisions have no tenant, whichever enterprises have left a sum", 5,
        "WITH asked (parent_code, measure, local_day, slice_code, region_code) AS (", ")
        DELETE FROM region_tally WHERE n = 0 AND (parent, measure, local_day, slice, region_code) IN (
            SELECT parent_code, measure, local_day, slice_code, region_code FROM asked)");
    global CLEAR = "DELETE FROM region_tally";
    cross CLEAR_STANDING = ("the sums of all divisions are made again",
        "DELETE FROM standing");
    cross CLEAR_CHANGES = ("the sums of all divisions are made again",
        "DELETE FROM tally_change");
    cross WAKE_ALL = ("the sums of all divisions are made again",
        "INSERT INTO tally_change (enterprise_id, id, changes)
        SELECT id, id, '[]' FROM enterprise WHERE kind = 'enterprise'");
    global SUMS = "SELECT parent, measure, local_day, slice, region_code, n FROM region_tally
        ORDER BY parent, measure, local_day, slice, region_code";
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
#[derive(Debug, Clone)]
pub struct Entry {
    /// The enterprise.
    pub id: EnterpriseId,
    /// Whether it is a factory, and no authority.
    pub is_factory: bool,
    /// Its division; empty where none is known.
    pub region: String,
    /// Its time zone.
    pub time_zone: String,
    /// The day on which it joined.
    pub joined: Day,
    /// Where its counts are summed up so far, empty for nowhere, and as what it is counted there.
    pub before: Option<(String, Standing)>,
}

#[derive(sqlx::FromRow)]
struct EntryRow {
    id: Uuid,
    kind: String,
    region_code: Option<String>,
    time_zone: String,
    created_day: i64,
}

#[derive(sqlx::FromRow)]
struct StoodRow {
    enterprise_id: Uuid,
    region_code: String,
    heard_day: i64,
    falling: i64,
}

/// The enterprises of a round: so many after one of them, those of which there is word.
pub async fn round(tx: &mut Tx, after: EnterpriseId, limit: i64) -> Result<Vec<Entry>> {
    let ids: Vec<(Uuid,)> = tx.all(&ROUND, args![after, limit]).await?;
    let asked = || ids.iter().map(|(id,)| args![*id]).collect();
    let entries: Vec<EntryRow> = tx.many(&ENTERPRISES, asked()).await?;
    let stood: Vec<StoodRow> = tx.many(&STOOD, asked()).await?;
    let mut stood: HashMap<Uuid, StoodRow> = stood
        .into_iter()
        .map(|row| (row.enterprise_id, row))
        .collect();
    let entry = |row: EntryRow| {
        let before = stood.remove(&row.id).map(|row| {
            let standing = Standing {
                heard_day: Day(row.heard_day),
                falling: row.falling == 1,
            };
            (row.region_code, standing)
        });
        Entry {
            id: EnterpriseId(row.id),
            is_factory: row.kind == "enterprise",
            region: row.region_code.unwrap_or_default(),
            time_zone: row.time_zone,
            joined: Day(row.created_day),
            before,
        }
    };
    Ok(entries.into_iter().map(entry).collect())
}

/// How an enterprise stands today.
#[derive(Debug, Clone, Copy, Default, sqlx::FromRow)]
pub struct Sums {
    /// The last day of a report; none where there never was one.
    pub last_day: Option<i64>,
    /// Reports of the last days.
    pub heard_now: i64,
    /// Reports of the days before.
    pub heard_before: i64,
    /// Cases that somebody still has to do something about.
    pub open: i64,
    /// Of them dangerous now.
    pub danger: i64,
    /// Planned ones whose day has passed.
    pub overdue: i64,
    /// Done, waiting for other eyes.
    pub to_verify: i64,
    /// Not answered within the days that an answer may take.
    pub waiting_long: i64,
}

impl Sums {
    /// Adds a count to how an enterprise stands on its today, as the statement above does.
    pub fn count(&mut self, today: Day, (measure, slice, day, n): (&str, &str, Day, i64)) {
        let (now, before) = heard(today);
        let should_be_answered = day < today.plus(-ANSWER_DAYS);
        match measure {
            "spoken" => {
                if n > 0 {
                    self.last_day = self.last_day.max(Some(day.0));
                }
                if day >= now.from {
                    self.heard_now += n;
                } else if day >= before.from {
                    self.heard_before += n;
                }
                self.waiting_long += if should_be_answered { n } else { 0 };
            }
            "answer" if should_be_answered => self.waiting_long -= n,
            "danger" => self.danger += n,
            "due" if day < today => self.overdue += n,
            "state" => match slice {
                "done" => {
                    self.open += n;
                    self.to_verify += n;
                }
                "new" | "accepted" | "planned" => self.open += n,
                _ => {}
            },
            _ => {}
        }
    }

    /// As what an enterprise is counted among others that joined on this day.
    pub fn standing(&self, joined: Day) -> Standing {
        Standing {
            heard_day: self.last_day.map_or(joined, Day),
            falling: is_falling(self.heard_now, self.heard_before),
        }
    }
}

#[derive(sqlx::FromRow)]
struct SumsRow {
    id: Uuid,
    #[sqlx(flatten)]
    sums: Sums,
}

/// How enterprises stand, each on its own today. Of whom nothing is counted there is nothing.
pub async fn sums_now(
    tx: &mut Tx,
    asked: impl Iterator<Item = (EnterpriseId, Day)>,
) -> Result<HashMap<EnterpriseId, Sums>> {
    let asked = asked.map(|(id, today)| {
        let (now, before) = heard(today);
        args![
            id,
            today,
            now.from,
            before.from,
            today.plus(-ANSWER_DAYS - 1)
        ]
    });
    let rows: Vec<SumsRow> = tx.many(&SUMS_NOW, asked.collect()).await?;
    Ok(rows
        .into_iter()
        .map(|row| (EnterpriseId(row.id), row.sums))
        .collect())
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
    /// In which division; empty for none.
    pub region: String,
    /// As what.
    pub standing: Standing,
    /// How it stands.
    pub sums: Sums,
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
            it.ends,
            it.sums.last_day,
            it.sums.heard_now,
            it.sums.heard_before,
            it.sums.open,
            it.sums.danger,
            it.sums.overdue,
            it.sums.to_verify,
            it.sums.waiting_long
        ]
    });
    tx.insert(&SAVE, rows.collect()).await?;
    Ok(())
}

/// Forgets how an enterprise stood that is no factory.
pub async fn forget(tx: &mut Tx, enterprise: EnterpriseId) -> Result<()> {
    tx.execute(&FORGET, args![enterprise]).await?;
    Ok(())
}

/// Adds changes to the sums of divisions; of a sum of which nothing is left no row stays.
pub async fn add(tx: &mut Tx, deltas: RegionDeltas) -> Result<()> {
    let changes: Vec<(RegionKey, i64)> = deltas.into_changes().collect();
    let key = |it: &RegionKey| args![&it.parent, it.measure, it.day, &it.slice, &it.region];
    let less = changes.iter().filter(|(_, n)| *n < 0);
    let less: Vec<Vec<Value>> = less.map(|(it, _)| key(it)).collect();
    let row = |(it, n): &(RegionKey, i64)| {
        let mut values = key(it);
        values.push((*n).into());
        values
    };
    tx.insert(&ADD, changes.iter().map(row).collect()).await?;
    tx.insert(&DROP_EMPTY, less).await?;
    Ok(())
}

/// One sum as stored: division around, measure, day, slice, division, number.
pub type Stored = (String, String, i64, String, String, i64);

/// Every sum.
pub async fn sums(tx: &mut Tx) -> Result<Vec<Stored>> {
    tx.all(&SUMS, args![]).await
}
