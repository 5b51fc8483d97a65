//! Background jobs: enqueued in the transaction that causes them, claimed once, retried, visible.

use hezuo_domain::ids::{EnterpriseId, JobId};
use hezuo_domain::time::Instant;
use uuid::Uuid;

use crate::db::Tx;
use crate::error::Result;
use crate::statement::statements;
use crate::value::args;

statements! {
    rows ENQUEUE = (8, "INSERT INTO job (enterprise_id, id, kind, payload, state, run_at, attempts,
        error)", "ON CONFLICT (enterprise_id, id) DO NOTHING");
    cross CLAIM = ("a worker takes the next job of any enterprise",
        "UPDATE job SET state = 'running', lease_until = $2, attempts = attempts + 1
         WHERE (enterprise_id, id) IN (SELECT enterprise_id, id FROM job
            WHERE (state = 'ready' AND run_at <= $1)
               OR (state = 'running' AND lease_until < $1)
            ORDER BY run_at LIMIT 1)
         AND ((state = 'ready' AND run_at <= $1) OR (state = 'running' AND lease_until < $1))
         RETURNING enterprise_id, id, kind, payload, attempts");
    tenant FINISH = "UPDATE job SET state = 'done', lease_until = NULL, error = NULL
        WHERE enterprise_id = $1 AND id = $2";
    tenant RETRY = "UPDATE job SET state = 'ready', lease_until = NULL, run_at = $3, error = $4
        WHERE enterprise_id = $1 AND id = $2";
    tenant GIVE_UP = "UPDATE job SET state = 'failed', lease_until = NULL, error = $3
        WHERE enterprise_id = $1 AND id = $2";
}

/// A job that was claimed.
#[derive(Debug, Clone)]
pub struct Job {
    /// The tenant.
    pub enterprise: EnterpriseId,
    /// Random id.
    pub id: JobId,
    /// What to do.
    pub kind: String,
    /// With what, as JSON.
    pub payload: String,
    /// How often it has been started, this time included.
    pub attempts: i64,
}

/// Puts a job into the queue of its enterprise.
pub async fn enqueue(
    tx: &mut Tx,
    enterprise: EnterpriseId,
    id: JobId,
    kind: &str,
    payload: &str,
    run_at: Instant,
) -> Result<()> {
    let row = args![
        enterprise,
        id,
        kind,
        payload,
        "ready",
        run_at,
        0,
        Option::<String>::None
    ];
    tx.insert(&ENQUEUE, vec![row]).await?;
    Ok(())
}

/// Takes the next job that is due, or whose worker has died.
pub async fn claim(tx: &mut Tx, now: Instant, lease_until: Instant) -> Result<Option<Job>> {
    let row: Option<(Uuid, Uuid, String, String, i64)> =
        tx.optional(&CLAIM, args![now, lease_until]).await?;
    Ok(row.map(|(enterprise, id, kind, payload, attempts)| Job {
        enterprise: enterprise.into(),
        id: id.into(),
        kind,
        payload,
        attempts,
    }))
}

/// The job is done.
pub async fn finish(tx: &mut Tx, id: JobId) -> Result<()> {
    tx.execute(&FINISH, args![id]).await?;
    Ok(())
}

/// The job is to run again later.
pub async fn retry(tx: &mut Tx, id: JobId, run_at: Instant, error: &str) -> Result<()> {
    tx.execute(&RETRY, args![id, run_at, error]).await?;
    Ok(())
}

/// The job has failed too often.
pub async fn give_up(tx: &mut Tx, id: JobId, error: &str) -> Result<()> {
    tx.execute(&GIVE_UP, args![id, error]).await?;
    Ok(())
}
