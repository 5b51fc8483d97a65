//! Letting a browser in from a phone that is signed in.

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use hezuo_app::approvals::{self, Said, Taken};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use utoipa::ToSchema;

use crate::caller::{Signed, visit, waiting, waiting_cookie};
use crate::input::Body;
use crate::problem::{ProblemBody, Result};
use crate::session::{SessionBody, refuse_plain_http, signed_in};
use crate::state::ApiState;

/// What the browser that waits shows.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApprovalBody {
    /// By which the phone finds it: groups of four characters.
    code: String,
    /// What must be typed on the phone: two figures.
    number: i64,
    /// Seconds that it may wait.
    seconds: i64,
}

/// Begins to wait for an approval; the browser gets a cookie, and only with it comes in.
#[utoipa::path(post, path = "/api/v1/session/approval", tag = "people",
    responses((status = 200, body = ApprovalBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn begin_approval(
    State(state): State<ApiState>,
    peer: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
) -> Result<Response> {
    refuse_plain_http(&state, peer.map(|axum::Extension(peer)| peer))?;
    let begun = approvals::begin(&state.app, visit(&headers, &state).device).await?;
    let cookie = waiting_cookie(&state, Some(&begun.secret));
    let body = Json(ApprovalBody {
        code: begun.code,
        number: begun.number,
        seconds: begun.seconds,
    });
    Ok(([(header::SET_COOKIE, cookie)], body).into_response())
}

/// Nobody has said anything yet.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WaitingBody {
    /// Seconds that are left.
    seconds: i64,
}

/// Logs in, in the browser that waits, once its owner has let it in.
#[utoipa::path(post, path = "/api/v1/session/approval/take", tag = "people",
    responses((status = 200, body = SessionBody),
        (status = 202, description = "Nobody has said anything yet", body = WaitingBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn take_approval(
    State(state): State<ApiState>,
    peer: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
) -> Result<Response> {
    refuse_plain_http(&state, peer.map(|axum::Extension(peer)| peer))?;
    let secret = waiting(&headers, &state);
    match approvals::take(&state.app, secret, visit(&headers, &state)).await? {
        Taken::Waiting(seconds) => {
            Ok((StatusCode::ACCEPTED, Json(WaitingBody { seconds })).into_response())
        }
        Taken::Done(session) => {
            let gone = AppendHeaders([(header::SET_COOKIE, waiting_cookie(&state, None))]);
            Ok((gone, signed_in(&state, *session)).into_response())
        }
    }
}

/// The code that a browser shows.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ApprovalCodeBody {
    code: String,
}

/// A browser that waits, as its owner sees it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SeenApprovalBody {
    /// `phone` or `computer`.
    device: &'static str,
    /// Seconds since it began to wait.
    since_seconds: i64,
}

/// The browser that shows a code.
#[utoipa::path(post, path = "/api/v1/account/approvals/find", tag = "accounts",
    security(("session" = [])), request_body = ApprovalCodeBody,
    responses((status = 200, body = SeenApprovalBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn find_approval(
    State(state): State<ApiState>,
    Signed(caller): Signed,
    Body { value, .. }: Body<ApprovalCodeBody>,
) -> Result<Json<SeenApprovalBody>> {
    let seen = approvals::find(&state.app, &caller, &value.code).await?;
    Ok(Json(SeenApprovalBody {
        device: seen.device.as_str(),
        since_seconds: seen.since,
    }))
}

/// What is said about a browser that waits.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct SettleApprovalBody {
    code: String,
    /// What stands on its screen; not needed to refuse.
    #[serde(default)]
    number: String,
    /// Whether it is let in.
    lets_in: bool,
}

/// Lets a browser in, or not. A wrong number ends it.
#[utoipa::path(post, path = "/api/v1/account/approvals", tag = "accounts",
    security(("session" = [])), request_body = SettleApprovalBody,
    responses((status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn settle_approval(
    State(state): State<ApiState>,
    Signed(caller): Signed,
    Body { value, .. }: Body<SettleApprovalBody>,
) -> Result<StatusCode> {
    let said = Said {
        code: value.code,
        number: value.number,
        lets_in: value.lets_in,
    };
    approvals::settle(&state.app, &caller, said).await?;
    Ok(StatusCode::NO_CONTENT)
}
