//! Signing in through a provider of one's organisation. The page to which people come back sends what
//! stands in its address here, so that no address of ours that is merely opened writes anything, and
//! every cookie stays one that other sites' links don't carry.

use axum::Json;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use hezuo_app::federation::{self, Returned};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use utoipa::ToSchema;

use crate::caller::{attempt, attempt_cookie, visit};
use crate::input::Body;
use crate::problem::{ProblemBody, Result};
use crate::session::{SessionBody, refuse_plain_http, signed_in};
use crate::state::ApiState;

/// A way to sign in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProviderBody {
    /// Stands in the address of the attempt.
    id: String,
    /// What stands on its button, in Chinese.
    name_zh: String,
    /// What stands on its button, in English.
    name_en: String,
}

/// The ways to sign in besides name and password.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProvidersBody {
    items: Vec<ProviderBody>,
}

/// Where the browser goes now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BegunBody {
    url: String,
}

/// What stands in the address with which somebody comes back.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ReturnedBody {
    /// None where the provider has refused.
    code: Option<String>,
    state: String,
    /// Who the provider says it is.
    iss: Option<String>,
}

/// The ways to sign in besides name and password; in the order of the configuration.
#[utoipa::path(get, path = "/api/v1/sign-in", tag = "people",
    responses((status = 200, body = ProvidersBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list_providers(State(state): State<ApiState>) -> Json<ProvidersBody> {
    let items = state.app.providers.items.iter().map(|it| ProviderBody {
        id: it.id.clone(),
        name_zh: it.zh.clone(),
        name_en: it.en.clone(),
    });
    Json(ProvidersBody {
        items: items.collect(),
    })
}

/// Begins to sign in through a provider: the browser gets a cookie for ten minutes, and goes there.
#[utoipa::path(post, path = "/api/v1/sign-in/{provider}", tag = "people",
    params(("provider" = String, Path)),
    responses((status = 200, body = BegunBody),
        (status = 503, description = "The provider can't be reached", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn begin_sign_in(
    State(state): State<ApiState>,
    peer: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
    Path(provider): Path<String>,
) -> Result<Response> {
    refuse_plain_http(&state, peer.map(|axum::Extension(peer)| peer))?;
    let begun = federation::begin(&state.app, &provider).await?;
    let cookie = attempt_cookie(&state, Some(&begun.ticket));
    let body = Json(BegunBody { url: begun.url });
    Ok(([(header::SET_COOKIE, cookie)], body).into_response())
}

/// Signs somebody in who has come back from a provider, in the browser in which it was begun.
#[utoipa::path(post, path = "/api/v1/sign-in", tag = "people", request_body = ReturnedBody,
    responses((status = 200, body = SessionBody),
        (status = 503, description = "The provider can't be reached", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn finish_sign_in(
    State(state): State<ApiState>,
    peer: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    Body { value, .. }: Body<ReturnedBody>,
) -> Result<Response> {
    refuse_plain_http(&state, peer.map(|axum::Extension(peer)| peer))?;
    let returned = Returned {
        code: value.code,
        state: value.state,
        issuer: value.iss,
    };
    let ticket = attempt(&headers, &state);
    let session = federation::finish(&state.app, returned, ticket, visit(&headers, &state)).await?;
    let gone = AppendHeaders([(header::SET_COOKIE, attempt_cookie(&state, None))]);
    Ok((gone, signed_in(&state, session)).into_response())
}
