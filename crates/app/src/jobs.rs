//! The worker: takes jobs from the queue, one at a time, and sees to it that each ends visibly.

use hezuo_domain::ids::{EnterpriseId, JobId};
use hezuo_domain::time::Instant;
use hezuo_domain::{Code, Scope};
use hezuo_store::jobs::{self, Job, Lane, NewJob};
use hezuo_store::{StoreError, Tx};
use serde::Serialize;

use crate::{App, Error, Result, imports, notices};

/// How long a worker keeps a job without a sign of life; then another one takes it.
const LEASE_SECONDS: i64 = 60;

/// How often a job is tried.
pub(crate) const MAX_ATTEMPTS: i64 = 5;

/// Seconds until the second attempt; each further one waits four times as long.
const FIRST_PAUSE_SECONDS: i64 = 5;

const REASON: &str = "a worker takes the next job of any enterprise";

/// A job to be put into the queue, with what it works on.
pub(crate) fn new_job(
    app: &App,
    enterprise: EnterpriseId,
    kind: &'static str,
    payload: &impl Serialize,
    run_at: Instant,
) -> Result<NewJob> {
    let payload =
        serde_json::to_string(payload).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(NewJob {
        enterprise,
        id: JobId::random(app.random.as_ref()),
        kind,
        payload,
        run_at,
    })
}

/// Does the next job that is due; false where there is none.
///
/// A job that fails is tried again later, unless the failure is the user's to mend: that one, and
/// the fifth, end it with its error in the queue and in what it worked on.
///
/// # Errors
/// When the queue itself can't be read or written; a job that was taken is taken up again later.
pub async fn run_next(app: &App) -> Result<bool> {
    run_next_of(app, Lane::Any).await
}

/// Does the next job that is due of those that a worker takes; false where there is none.
///
/// # Errors
/// As for [`run_next`].
pub async fn run_next_of(app: &App, lane: Lane) -> Result<bool> {
    let now = app.now();
    let mut tx = app.db.read(&Scope::System(REASON)).await?;
    let is_due = jobs::is_due(&mut tx, lane, now).await?;
    drop(tx);
    if !is_due {
        return Ok(false);
    }
    let mut tx = app.db.write(&Scope::System(REASON)).await?;
    let lease = now.plus_seconds(LEASE_SECONDS);
    let Some(job) = jobs::claim(&mut tx, lane, now, lease).await? else {
        return Ok(false);
    };
    tx.commit().await?;
    let outcome = if job.attempts > MAX_ATTEMPTS {
        // Its workers died, every time.
        Err(Error::Internal("the job never came to an end".into()))
    } else {
        work(app, &job).await
    };
    let mut tx = app.db.write(&Scope::Enterprise(job.enterprise)).await?;
    match outcome {
        Ok(()) => jobs::finish(&mut tx, &job).await?,
        Err(error) if is_final(&error) || job.attempts >= MAX_ATTEMPTS => {
            tracing::error!(kind = job.kind, attempts = job.attempts, %error, "a job has failed");
            if job.kind == notices::SEND {
                // Its row would tell when a danger was reported.
                jobs::leave(&mut tx, &job).await?;
            } else if jobs::give_up(&mut tx, &job, &error.to_string()).await? {
                give_up(&mut tx, &job, &error).await?;
            }
        }
        Err(error) => {
            tracing::warn!(kind = job.kind, attempts = job.attempts, %error, "a job waits");
            let pause = FIRST_PAUSE_SECONDS << (2 * (job.attempts - 1));
            let again = app.now().plus_seconds(pause);
            jobs::retry(&mut tx, &job, again, &error.to_string()).await?;
        }
    }
    tx.commit().await?;
    Ok(true)
}

/// A problem of the user's stays one, however often it is tried.
fn is_final(error: &Error) -> bool {
    matches!(
        error,
        Error::Problem(_) | Error::Store(StoreError::Corrupt(_))
    )
}

async fn work(app: &App, job: &Job) -> Result<()> {
    match job.kind.as_str() {
        imports::CHECK => imports::check(app, job).await,
        imports::RUN => imports::run(app, job).await,
        notices::RING => notices::ring(app, job).await,
        notices::SEND => notices::send(app, job).await,
        // A newer version has put it there.
        _ => Err(Code::InputInvalid.at("kind").into()),
    }
}

/// Tells what the job worked on.
async fn give_up(tx: &mut Tx, job: &Job, error: &Error) -> Result<()> {
    match job.kind.as_str() {
        imports::CHECK | imports::RUN => imports::fail(tx, job, error).await,
        _ => Ok(()),
    }
}

/// Keeps a job for longer, in the transaction of its work; false when somebody else has it.
pub(crate) async fn renew(app: &App, tx: &mut Tx, job: &Job) -> Result<bool> {
    let lease = app.now().plus_seconds(LEASE_SECONDS);
    Ok(jobs::renew(tx, job, lease).await?)
}
