//! The figures on the first screens.

use axum::Json;
use axum::extract::State;
use hezuo_app::tallies;
use serde::Serialize;
use utoipa::ToSchema;

use crate::caller::Inside;
use crate::problem::{ProblemBody, Result};
use crate::state::ApiState;

/// The figures of one enterprise.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EnterpriseSummaryBody {
    /// Today in the enterprise.
    today: String,
    /// Cases that somebody still has to do something about.
    open: i64,
    /// Planned ones whose day has passed.
    overdue: i64,
    /// Not answered yet.
    new: i64,
    /// Done, waiting for somebody else's eyes.
    to_verify: i64,
    /// Ever reported, imports not counted.
    reported: i64,
    /// Ever accepted by somebody other than the fixer.
    verified: i64,
    /// Anonymous reports that wait; none for those who may not let them out.
    waiting_release: Option<i64>,
}

/// The figures of one enterprise.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/summary", tag = "figures",
    security(("session" = [])), params(("enterprise" = Uuid, Path)),
    responses((status = 200, body = EnterpriseSummaryBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn find_summary(
    State(state): State<ApiState>,
    Inside(access): Inside,
) -> Result<Json<EnterpriseSummaryBody>> {
    let summary = tallies::summary(&state.app, &access).await?;
    Ok(Json(EnterpriseSummaryBody {
        today: summary.today.to_string(),
        open: summary.open,
        overdue: summary.overdue,
        new: summary.new,
        to_verify: summary.to_verify,
        reported: summary.reported,
        verified: summary.verified,
        waiting_release: summary.waiting_release,
    }))
}
