//! How the server does, over HTTP.

use axum::Json;
use axum::extract::State;
use hezuo_app::health::{self, Health};
use hezuo_domain::time::Instant;
use serde::Serialize;
use utoipa::ToSchema;

use crate::caller::Inside;
use crate::problem::{ProblemBody, Result};
use crate::state::ApiState;

/// A job that has failed for good.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FailureBody {
    /// What it was to do.
    kind: String,
    /// Why it could not.
    error: Option<String>,
}

/// The intake that takes anonymous reports for this server.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IntakeLinkBody {
    url: String,
    /// When it was last reached; null where it was not since the start.
    #[schema(value_type = Option<String>)]
    reached_at: Option<Instant>,
    /// Why it can't be reached now.
    fault: Option<String>,
    /// Envelopes that lie there and can't be opened or used yet.
    stuck: u64,
    /// Envelopes that were refused since the start.
    refused: u64,
}

/// Whether reports are taken, for a monitor that knows no login: nothing else about the server.
pub(crate) async fn find_pulse(State(state): State<ApiState>) -> Result<&'static str> {
    health::pulse(&state.app)?;
    Ok("ok")
}

/// How the server does.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HealthBody {
    version: &'static str,
    /// `SQLite` or `PostgreSQL`.
    database: &'static str,
    /// Bytes of the database when somebody first asked today.
    size: i64,
    /// When the last backup was made that stood its check; null where none is known here.
    #[schema(value_type = Option<String>)]
    backup_at: Option<Instant>,
    /// Its bytes.
    backup_size: Option<i64>,
    /// Whether the last backup is older than the configuration allows.
    backup_late: bool,
    /// Why the last backup on the schedule could not be made.
    backup_fault: Option<String>,
    /// Events of this enterprise that no backup holds: what would be lost with this server now.
    uncovered: i64,
    /// Why nothing is taken in just now: a fault of the disk that is being checked.
    halted: Option<String>,
    /// Whether any process does the work in the background: without it no anonymous report is let out, nobody is
    /// told of anything, and no sum is brought up to date.
    is_worked: bool,
    /// Jobs that wait or run.
    jobs_waiting: i64,
    /// Jobs that have failed for good.
    jobs_failed: i64,
    /// The last of them.
    failures: Vec<FailureBody>,
    /// Events that are not yet in the chain.
    unsequenced: i64,
    /// Null where this server has no intake.
    intake: Option<IntakeLinkBody>,
    #[schema(value_type = String)]
    as_of: Instant,
}

impl From<Health> for HealthBody {
    fn from(health: Health) -> Self {
        let failures = health.failures.into_iter();
        Self {
            version: health.version,
            database: health.database,
            size: health.size,
            backup_at: health.last_backup.map(|(at, _)| at),
            backup_size: health.last_backup.map(|(_, size)| size),
            backup_late: health.backup_late,
            backup_fault: health.backup_fault,
            uncovered: health.uncovered,
            halted: health.halted,
            is_worked: health.is_worked,
            jobs_waiting: health.jobs_waiting,
            jobs_failed: health.jobs_failed,
            failures: failures
                .map(|(kind, error)| FailureBody { kind, error })
                .collect(),
            unsequenced: health.unsequenced,
            intake: health.intake.map(|(url, link)| IntakeLinkBody {
                url,
                reached_at: link.reached_at,
                fault: link.fault,
                stuck: link.stuck,
                refused: link.refused,
            }),
            as_of: health.as_of,
        }
    }
}

/// How the server does.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/health", tag = "server",
    security(("session" = [])), params(("enterprise" = Uuid, Path)),
    responses((status = 200, body = HealthBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn find_health(
    State(state): State<ApiState>,
    Inside(access): Inside,
) -> Result<Json<HealthBody>> {
    Ok(Json(health::find(&state.app, &access).await?.into()))
}
