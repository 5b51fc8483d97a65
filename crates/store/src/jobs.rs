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
            WHERE ((state = 'ready' AND run_at <= $1) OR (state = 'running' AND lease_until < $1))
                AND kind LIKE $3
            ORDER BY run_at LIMIT 1)
         AND ((state = 'ready' AND run_at <= $1) OR (state = 'running' AND lease_until < $1))
         RETURNING enterprise_id, id, kind, payload, attempts");
    cross DUE = ("a worker looks whether there is a job of any enterprise",
        "SELECT COUNT(*) FROM (SELECT 1 AS one FROM job WHERE ((state = 'ready' AND run_at <= $1)
            OR (state = 'running' AND lease_until < $1)) AND kind LIKE $2 LIMIT 1) AS due");
    // The attempt is the fence: a worker that lost its lease changes nothing any more.
    cross RENEW = ("a job may write rows of many tenants in the transaction that renews its lease",
        "UPDATE job SET lease_until = $4
         WHERE enterprise_id = $1 AND id = $2 AND attempts = $3 AND state = 'running'");
    tenant FINISH = "UPDATE job SET state = 'done', lease_until = NULL, error = NULL
        WHERE enterprise_id = $1 AND id = $2 AND attempts = $3 AND state = 'running'";
    tenant LEAVE = "DELETE FROM job
        WHERE enterprise_id = $1 AND id = $2 AND attempts = $3 AND state = 'running'";
    tenant RETRY = "UPDATE job SET state = 'ready', lease_until = NULL, run_at = $4, error = $5
        WHERE enterprise_id = $1 AND id = $2 AND attempts = $3 AND state = 'running'";
    tenant GIVE_UP = "UPDATE job SET state = 'failed', lease_until = NULL, error = $4
        WHERE enterprise_id = $1 AND id = $2 AND attempts = $3 AND state = 'running'";
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

/// A job to be done.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// The tenant.
    pub enterprise: EnterpriseId,
    /// Random id; a job that is there already stays as it is.
    pub id: JobId,
    /// What to do.
    pub kind: &'static str,
    /// With what, as JSON.
    pub payload: String,
    /// From when on.
    pub run_at: Instant,
}

/// Puts jobs into the queue.
pub async fn enqueue_all(tx: &mut Tx, jobs: Vec<NewJob>) -> Result<()> {
    let rows = jobs.into_iter().map(|it| {
        args![
            it.enterprise,
            it.id,
            it.kind,
            it.payload,
            "ready",
            it.run_at,
            0,
            Option::<String>::None
        ]
    });
    tx.insert(&ENQUEUE, rows.collect()).await?;
    Ok(())
}

/// Which jobs a worker takes: a pattern of kinds, so that a danger waits for no import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Any job.
    Any,
    /// Alarms alone.
    Alarms,
    /// What is sent to other machines.
    Sending,
}

impl Lane {
    fn pattern(self) -> &'static str {
        match self {
            Self::Any => "%",
            Self::Alarms => "alarm.%",
            Self::Sending => "send.%",
        }
    }
}

/// Takes the next job that is due, or whose worker has died.
pub async fn claim(
    tx: &mut Tx,
    lane: Lane,
    now: Instant,
    lease_until: Instant,
) -> Result<Option<Job>> {
    let values = args![now, lease_until, lane.pattern()];
    let row: Option<(Uuid, Uuid, String, String, i64)> = tx.optional(&CLAIM, values).await?;
    Ok(row.map(|(enterprise, id, kind, payload, attempts)| Job {
        enterprise: enterprise.into(),
        id: id.into(),
        kind,
        payload,
        attempts,
    }))
}

/// Whether a worker would find a job; spares the claim, which has to write.
pub async fn is_due(tx: &mut Tx, lane: Lane, now: Instant) -> Result<bool> {
    let row: Option<(i64,)> = tx.optional(&DUE, args![now, lane.pattern()]).await?;
    Ok(row.is_some_and(|(count,)| count > 0))
}

/// Keeps a job for longer; false when somebody else has taken it meanwhile.
pub async fn renew(tx: &mut Tx, job: &Job, lease_until: Instant) -> Result<bool> {
    let values = args![job.enterprise, job.id, job.attempts, lease_until];
    Ok(tx.execute(&RENEW, values).await? == 1)
}

/// The job is done.
pub async fn finish(tx: &mut Tx, job: &Job) -> Result<()> {
    tx.execute(&FINISH, args![job.id, job.attempts]).await?;
    Ok(())
}

/// The job is done, and nothing of it stays, not even when it was; false when it is not ours any
/// more.
pub async fn leave(tx: &mut Tx, job: &Job) -> Result<bool> {
    Ok(tx.execute(&LEAVE, args![job.id, job.attempts]).await? == 1)
}

/// The job is to run again later.
pub async fn retry(tx: &mut Tx, job: &Job, run_at: Instant, error: &str) -> Result<()> {
    let values = args![job.id, job.attempts, run_at, error];
    tx.execute(&RETRY, values).await?;
    Ok(())
}

/// The job has failed for good; false when it is not ours any more.
pub async fn give_up(tx: &mut Tx, job: &Job, error: &str) -> Result<bool> {
    let values = args![job.id, job.attempts, error];
    Ok(tx.execute(&GIVE_UP, values).await? == 1)
}
