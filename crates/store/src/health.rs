//! How the server does: what waits, what failed, how large the database is, when it was last backed
//! up.

use hezuo_domain::ids::EnterpriseId;
use hezuo_domain::time::Instant;

use crate::db::Tx;
use crate::error::Result;
use crate::statement::statements;
use crate::value::args;

statements! {
    tenant JOBS = "SELECT state, COUNT(*) AS n FROM job
        WHERE enterprise_id = $1 AND state <> 'done' GROUP BY state ORDER BY state";
    tenant FAILED = "SELECT kind, error FROM job
        WHERE enterprise_id = $1 AND state = 'failed' ORDER BY run_at DESC, id LIMIT 5";
    global LAST_BACKUP = "SELECT at, size FROM backup_made ORDER BY at DESC LIMIT 1";
    global NOTE_BACKUP = "INSERT INTO backup_made (at, size) VALUES ($1, $2)
        ON CONFLICT (at) DO NOTHING";
    tenant EVENTS = "SELECT COALESCE((SELECT MAX(seq) FROM chain WHERE enterprise_id = $1), 0)
        + (SELECT COUNT(*) FROM pending_leaf WHERE enterprise_id = $1) AS n";
    tenant COVERED = "SELECT events FROM backup_covered WHERE enterprise_id = $1";
    rows COVER = (3, "INSERT INTO backup_covered (enterprise_id, at, events)",
        "ON CONFLICT (enterprise_id) DO UPDATE SET at = excluded.at, events = excluded.events");
}

/// How many jobs of the scope's enterprise stand in which state, those that are done left out.
pub async fn jobs(tx: &mut Tx) -> Result<Vec<(String, i64)>> {
    tx.all(&JOBS, args![]).await
}

/// The kinds of the last jobs that failed, and why.
pub async fn failed(tx: &mut Tx) -> Result<Vec<(String, Option<String>)>> {
    tx.all(&FAILED, args![]).await
}

/// When the last backup was made that stood its check, and its bytes.
pub async fn last_backup(tx: &mut Tx) -> Result<Option<(Instant, i64)>> {
    let row: Option<(i64, i64)> = tx.optional(&LAST_BACKUP, args![]).await?;
    Ok(row.map(|(at, size)| (Instant(at), size)))
}

/// Notes that a backup was made, and how many events of each enterprise it holds.
pub async fn note_backup(
    tx: &mut Tx,
    at: Instant,
    size: i64,
    covered: &[(EnterpriseId, i64)],
) -> Result<()> {
    tx.execute(&NOTE_BACKUP, args![at, size]).await?;
    let rows = covered
        .iter()
        .map(|(enterprise, events)| args![*enterprise, at, *events]);
    tx.insert(&COVER, rows.collect()).await?;
    Ok(())
}

/// All events of the scope's enterprise, in the chain or not yet.
pub async fn events(tx: &mut Tx) -> Result<i64> {
    let row: Option<(i64,)> = tx.optional(&EVENTS, args![]).await?;
    Ok(row.map_or(0, |(n,)| n))
}

/// How many of them the last backup holds.
pub async fn covered(tx: &mut Tx) -> Result<i64> {
    let row: Option<(i64,)> = tx.optional(&COVERED, args![]).await?;
    Ok(row.map_or(0, |(n,)| n))
}
