//! What a user is told, by mail to an address of their own.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hezuo_app::notices::mail;
use hezuo_domain::time::Day;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::channels::TrialBody;
use crate::caller::Inside;
use crate::input::Body;
use crate::problem::{ProblemBody, Result};
use crate::state::ApiState;

/// The caller's own setting.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OwnMailBody {
    /// Whether this server can send mail at all.
    possible: bool,
    /// None where nothing is sent.
    address: Option<String>,
    /// The day of the last attempt.
    result_day: Option<String>,
    /// `ok`, or why the last one has not arrived: `no_mail`, `address`, `connect`, `timeout`, `tls`,
    /// `refused:550`.
    result: Option<String>,
}

/// Where the caller wants what they are told.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct OwnMailRequest {
    /// Empty to end it.
    address: String,
}

/// Tells where the caller's notices go by mail.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/notices/own-mail", tag = "notices",
    security(("session" = [])), params(("enterprise" = uuid::Uuid, Path)),
    responses((status = 200, body = OwnMailBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn find_own_mail(
    State(state): State<ApiState>,
    Inside(access): Inside,
) -> Result<Json<OwnMailBody>> {
    let own = mail::own_mail(&state.app, &access).await?;
    let (result_day, result) = own.result.unzip();
    Ok(Json(OwnMailBody {
        possible: own.is_possible,
        address: own.address,
        result_day: result_day.map(|day| Day(day).to_string()),
        result,
    }))
}

/// Sets where the caller's notices go by mail.
#[utoipa::path(put, path = "/api/v1/enterprises/{enterprise}/notices/own-mail", tag = "notices",
    security(("session" = [])), params(("enterprise" = uuid::Uuid, Path)),
    request_body = OwnMailRequest,
    responses((status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn update_own_mail(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Body { value, .. }: Body<OwnMailRequest>,
) -> Result<StatusCode> {
    mail::save_own_mail(&state.app, &access, &value.address).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends the caller a trial now.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/notices/own-mail/test",
    tag = "notices", security(("session" = [])), params(("enterprise" = uuid::Uuid, Path)),
    responses((status = 200, body = TrialBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn test_own_mail(
    State(state): State<ApiState>,
    Inside(access): Inside,
) -> Result<Json<TrialBody>> {
    let result = mail::try_own_mail(&state.app, &access).await?;
    Ok(Json(TrialBody { result }))
}
