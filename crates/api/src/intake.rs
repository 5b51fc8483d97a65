//! The waiting room of anonymous reports.

use axum::Json;
use axum::extract::State;
use hezuo_app::intake;
use serde::Serialize;
use utoipa::ToSchema;

use crate::caller::Inside;
use crate::problem::{ProblemBody, Result};
use crate::state::ApiState;

/// What waits.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IntakeBody {
    waiting: i64,
    oldest_day: Option<String>,
}

/// What was let out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReleasedBody {
    released: u64,
}

/// How many anonymous reports wait to be let out.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/intake", tag = "cases",
    security(("session" = [])), params(("enterprise" = Uuid, Path)),
    responses((status = 200, body = IntakeBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn find_intake(
    State(state): State<ApiState>,
    Inside(access): Inside,
) -> Result<Json<IntakeBody>> {
    let (waiting, oldest) = intake::waiting(&state.app, &access).await?;
    Ok(Json(IntakeBody {
        waiting,
        oldest_day: oldest.map(|day| day.to_string()),
    }))
}

/// Lets every waiting report out now.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/intake/release", tag = "cases",
    security(("session" = [])), params(("enterprise" = Uuid, Path)),
    responses((status = 200, body = ReleasedBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn release_intake(
    State(state): State<ApiState>,
    Inside(access): Inside,
) -> Result<Json<ReleasedBody>> {
    Ok(Json(ReleasedBody {
        released: intake::release_now(&state.app, &access).await?,
    }))
}
