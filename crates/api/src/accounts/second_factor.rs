//! The second factor: the second step of signing in, and the owner's care of it.

use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use hezuo_app::people::second_factor::{self, Offer};
use hezuo_app::people::{self, SignIn};
use hezuo_domain::ids::UserId;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use utoipa::ToSchema;

use super::{HeldBody, done_or_held};
use crate::caller::{AtTheDoor, Ids, Inside, SettingUp, Signed, visit};
use crate::input::Body;
use crate::problem::{ProblemBody, Result};
use crate::session::{SessionBody, refuse_plain_http, signed_in};
use crate::state::ApiState;

/// The password was right; a code of the second factor is asked for.
#[derive(Serialize, ToSchema)]
pub(crate) struct SecondStepBody {
    /// Shows in the second step that the first was taken. It opens nothing by itself and holds for five
    /// minutes.
    ticket: String,
}

/// The answer to whoever signs in: the session, or the question for the second factor.
pub(crate) fn answer(state: &ApiState, sign_in: SignIn) -> Response {
    match sign_in {
        SignIn::Done(signed) => signed_in(state, *signed),
        SignIn::Second(ticket) => {
            (StatusCode::ACCEPTED, Json(SecondStepBody { ticket })).into_response()
        }
    }
}

/// The ticket of the first step and a code.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SecondStepRequest {
    ticket: String,
    /// Six figures from the app, or a recovery code.
    code: String,
}

/// The second step of signing in.
#[utoipa::path(post, path = "/api/v1/session/second", tag = "people",
    request_body = SecondStepRequest,
    responses((status = 200, body = SessionBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn take_second_step(
    State(state): State<ApiState>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    Body { value, .. }: Body<SecondStepRequest>,
) -> Result<Response> {
    refuse_plain_http(&state, peer.map(|Extension(peer)| peer))?;
    let visit = visit(&headers, &state);
    let signed = second_factor::second_step(&state.app, &value.ticket, &value.code, visit).await?;
    Ok(signed_in(&state, signed))
}

/// The caller's second factor.
#[derive(Serialize, ToSchema)]
pub(crate) struct SecondFactorBody {
    /// Whether a code is asked for when the caller signs in.
    on: bool,
    /// Since which day.
    since_day: Option<String>,
    /// Recovery codes that were not used yet.
    codes_left: i64,
}

/// The caller's second factor.
#[utoipa::path(get, path = "/api/v1/account/second-factor", tag = "accounts",
    security(("session" = [])),
    responses((status = 200, body = SecondFactorBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn find_second_factor(
    State(state): State<ApiState>,
    AtTheDoor(caller): AtTheDoor,
) -> Result<Json<SecondFactorBody>> {
    let standing = second_factor::standing(&state.app, &caller).await?;
    Ok(Json(SecondFactorBody {
        on: standing.is_some(),
        since_day: standing.map(|it| it.since.to_string()),
        codes_left: standing.map_or(0, |it| it.codes_left),
    }))
}

/// What the app on the phone shall keep. Shown once.
#[derive(Serialize, ToSchema)]
pub(crate) struct SecondFactorOfferBody {
    /// To be typed where the picture can't be scanned.
    secret: String,
    /// The same as a link that opens the app on this phone, and to be drawn as a picture to scan.
    address: String,
}

impl From<Offer> for SecondFactorOfferBody {
    fn from(offer: Offer) -> Self {
        Self {
            secret: offer.secret,
            address: offer.address,
        }
    }
}

/// The caller's password, as a proof of who is there.
#[derive(Deserialize, ToSchema)]
pub(crate) struct OwnPasswordBody {
    password: String,
}

/// Begins to set a second factor up. It is not asked for before the first code has come.
#[utoipa::path(post, path = "/api/v1/account/second-factor", tag = "accounts",
    security(("session" = [])), request_body = OwnPasswordBody,
    responses((status = 200, body = SecondFactorOfferBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn begin_second_factor(
    State(state): State<ApiState>,
    SettingUp(caller): SettingUp,
    Body { value, .. }: Body<OwnPasswordBody>,
) -> Result<Json<SecondFactorOfferBody>> {
    let offer = second_factor::begin(&state.app, &caller, value.password).await?;
    Ok(Json(offer.into()))
}

/// A code of the second factor.
#[derive(Deserialize, ToSchema)]
pub(crate) struct CodeBody {
    code: String,
}

/// Codes for the day on which the phone is gone. Shown once; each is good for one time.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecoveryCodesBody {
    codes: Vec<String>,
}

/// The first code: from now on one is asked for, and all other sessions end.
#[utoipa::path(post, path = "/api/v1/account/second-factor/confirm", tag = "accounts",
    security(("session" = [])), request_body = CodeBody,
    responses((status = 200, body = RecoveryCodesBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn confirm_second_factor(
    State(state): State<ApiState>,
    SettingUp(caller): SettingUp,
    Body { value, .. }: Body<CodeBody>,
) -> Result<Json<RecoveryCodesBody>> {
    let codes = second_factor::confirm(&state.app, &caller, &value.code).await?;
    Ok(Json(RecoveryCodesBody { codes }))
}

/// The caller's password and a code of the second factor, as a proof of who is there.
#[derive(Deserialize, ToSchema)]
pub(crate) struct BothFactorsBody {
    password: String,
    /// Six figures from the app, or a recovery code.
    code: String,
}

/// New recovery codes; those before end.
#[utoipa::path(post, path = "/api/v1/account/second-factor/codes", tag = "accounts",
    security(("session" = [])), request_body = BothFactorsBody,
    responses((status = 200, body = RecoveryCodesBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn renew_recovery_codes(
    State(state): State<ApiState>,
    Signed(caller): Signed,
    Body { value, .. }: Body<BothFactorsBody>,
) -> Result<Json<RecoveryCodesBody>> {
    let (password, code) = (value.password, &value.code);
    let codes = second_factor::renew_codes(&state.app, &caller, password, code).await?;
    Ok(Json(RecoveryCodesBody { codes }))
}

/// Takes the second factor off.
#[utoipa::path(post, path = "/api/v1/account/second-factor/off", tag = "accounts",
    security(("session" = [])), request_body = BothFactorsBody,
    responses((status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn remove_second_factor(
    State(state): State<ApiState>,
    Signed(caller): Signed,
    Body { value, .. }: Body<BothFactorsBody>,
) -> Result<StatusCode> {
    second_factor::remove(&state.app, &caller, value.password, &value.code).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The user in the path.
#[derive(Deserialize)]
pub(crate) struct OfUser {
    user: UserId,
}

/// Takes the second factor off for somebody who has lost it.
#[utoipa::path(post, tag = "people",
    path = "/api/v1/enterprises/{enterprise}/users/{user}/reset-second-factor",
    security(("session" = [])), params(("enterprise" = Uuid, Path), ("user" = Uuid, Path)),
    responses((status = 204),
        (status = 202, description = "It waits for a second person", body = HeldBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn reset_second_factor(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfUser>,
) -> Result<Response> {
    let waits = people::reset_second_factor(&state.app, &access, path.user).await?;
    Ok(done_or_held(waits))
}
