//! What an intake answers besides the report page: a challenge for phones, and envelopes for the
//! servers that hold a key.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use hezuo_app::desk::Desk;
use hezuo_app::envelopes::host::Host;
use hezuo_app::envelopes::{Batch, ConfirmRequest, Directory, StandingsRequest, TakeRequest};
use hezuo_domain::Code;
use serde::Serialize;
use uuid::Uuid;

use crate::input::Body;
use crate::problem::{ApiError, Result};
use crate::state::ApiState;

/// Largest announcement or batch of standings, in bytes.
pub(crate) const MAX_ANNOUNCEMENT: usize = 64 * 1024 * 1024;

fn host(state: &ApiState) -> Result<Arc<Host>> {
    match &state.desk {
        Desk::Intake(host) => Ok(Arc::clone(host)),
        Desk::House(_) => Err(Code::NotFound.into()),
    }
}

/// A server that holds a key.
pub(crate) struct Server {
    host: Arc<Host>,
    id: Uuid,
}

impl FromRequestParts<ApiState> for Server {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self> {
        let host = host(state)?;
        let given = parts.headers.get(header::AUTHORIZATION);
        let key = given.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let id = host.server(key.unwrap_or_default()).await?;
        Ok(Self { host, id })
    }
}

/// A challenge, and how many zero bits a proof for it needs.
#[derive(Serialize)]
pub(crate) struct ProofBody {
    challenge: String,
    bits: u32,
}

/// Asks for work before a report.
pub(crate) async fn find_challenge(State(state): State<ApiState>) -> Result<Json<ProofBody>> {
    let (challenge, bits) = host(&state)?.challenge();
    Ok(Json(ProofBody { challenge, bits }))
}

/// Takes up what a server announces.
pub(crate) async fn announce(server: Server, body: Body<Directory>) -> Result<Json<()>> {
    server.host.announce(server.id, body.value).await?;
    Ok(Json(()))
}

/// The next envelopes.
pub(crate) async fn take(server: Server, body: Body<TakeRequest>) -> Result<Json<Batch>> {
    Ok(Json(server.host.take(server.id, body.value.after).await?))
}

/// Forgets what a server has stored.
pub(crate) async fn confirm(server: Server, body: Body<ConfirmRequest>) -> Result<Json<()>> {
    server.host.confirm(server.id, &body.value.ids).await?;
    Ok(Json(()))
}

/// Takes up what became of reports.
pub(crate) async fn settle(server: Server, body: Body<StandingsRequest>) -> Result<Json<()>> {
    server.host.settle(server.id, body.value.standings).await?;
    Ok(Json(()))
}

/// Nothing of an intake stays in a cache but script and style, whose names carry their content, and
/// its pages ask for nothing of the phone but what a picture and a voice clip need.
pub(crate) async fn keep_nothing(request: Request, next: Next) -> Response {
    let is_asset = request.uri().path().starts_with("/report/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if !is_asset || !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    headers.insert(
        "permissions-policy",
        HeaderValue::from_static(
            "camera=(self), microphone=(self), geolocation=(), payment=(), usb=(), bluetooth=()",
        ),
    );
    response
}
