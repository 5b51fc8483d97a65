//! One's own account: sessions, password, and who tried to sign in.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hezuo_app::people;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::AccountEventBody;
use crate::caller::{AtTheDoor, Ids, SettingUp};
use crate::input::Body;
use crate::problem::{ProblemBody, Result};
use crate::state::ApiState;

/// An open session. Nothing about the network is known.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OwnSessionBody {
    id: Uuid,
    /// `phone` or `computer`.
    device: &'static str,
    /// The day it began.
    since_day: String,
    /// The day it was last used.
    last_day: String,
    /// It was let in from a phone that was signed in.
    approved: bool,
    /// This is the one that asks.
    is_this: bool,
}

/// How often somebody signed in with this login on a day.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TriedBody {
    day: String,
    /// `phone` or `computer`.
    device: &'static str,
    /// With the right password.
    sign_ins: i64,
    /// With a wrong one.
    failures: i64,
}

/// What somebody sees of his own account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OwnAccountBody {
    login: String,
    /// The last used first.
    sessions: Vec<OwnSessionBody>,
    /// The newest day first; kept for 90 days.
    tried: Vec<TriedBody>,
    /// What was done to the account, the newest day first.
    events: Vec<AccountEventBody>,
}

/// The caller's own account: open sessions, who tried to sign in, and what was done to it.
#[utoipa::path(get, path = "/api/v1/account", tag = "accounts", security(("session" = [])),
    responses((status = 200, body = OwnAccountBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn find_own_account(
    State(state): State<ApiState>,
    AtTheDoor(caller): AtTheDoor,
) -> Result<Json<OwnAccountBody>> {
    let own = people::own(&state.app, &caller).await?;
    let sessions = own.sessions.into_iter().map(|it| OwnSessionBody {
        id: it.id,
        device: it.device.as_str(),
        since_day: it.since.to_string(),
        last_day: it.last.to_string(),
        approved: it.approved,
        is_this: it.is_this,
    });
    let tried = own.tried.into_iter().map(|it| TriedBody {
        day: it.day.to_string(),
        device: it.device.as_str(),
        sign_ins: it.sign_ins,
        failures: it.failures,
    });
    Ok(Json(OwnAccountBody {
        login: caller.login,
        sessions: sessions.collect(),
        tried: tried.collect(),
        events: own.events.into_iter().map(AccountEventBody::from).collect(),
    }))
}

/// The old and the new password.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewPasswordBody {
    /// The one that holds now, as a proof of who is there.
    password: String,
    new_password: String,
}

/// Sets another password. All other sessions end.
#[utoipa::path(put, path = "/api/v1/account/password", tag = "accounts",
    security(("session" = [])), request_body = NewPasswordBody,
    responses((status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn change_own_password(
    State(state): State<ApiState>,
    SettingUp(caller): SettingUp,
    Body { value, .. }: Body<NewPasswordBody>,
) -> Result<StatusCode> {
    let (old, new) = (value.password, value.new_password);
    people::change_password(&state.app, &caller, old, new).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all of the caller's sessions but this one.
#[utoipa::path(delete, path = "/api/v1/account/sessions", tag = "accounts",
    security(("session" = [])),
    responses((status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn end_other_sessions(
    State(state): State<ApiState>,
    AtTheDoor(caller): AtTheDoor,
) -> Result<StatusCode> {
    people::end_other_sessions(&state.app, &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The session in the path.
#[derive(Deserialize)]
pub(crate) struct OfSession {
    session: Uuid,
}

/// Ends one of the caller's sessions. One that has ended, or is somebody else's, is left as it is.
#[utoipa::path(delete, path = "/api/v1/account/sessions/{session}", tag = "accounts",
    security(("session" = [])), params(("session" = Uuid, Path)),
    responses((status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn end_own_session(
    State(state): State<ApiState>,
    AtTheDoor(caller): AtTheDoor,
    Ids(path): Ids<OfSession>,
) -> Result<StatusCode> {
    people::end_session(&state.app, &caller, path.session).await?;
    Ok(StatusCode::NO_CONTENT)
}
