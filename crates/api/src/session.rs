//! Logging in and out.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::{Json, extract::ConnectInfo};
use hezuo_app::people::{self, SignedIn};
use hezuo_app::{Caller, Error};
use hezuo_domain::Code;
use hezuo_domain::permissions::permissions_at;
use hezuo_domain::places::PlacePath;
use hezuo_domain::second_step::Need;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::accounts::second_factor::{self, SecondStepBody};
use crate::caller::{AtTheDoor, device_cookie, session_cookie, visit};
use crate::input::Body;
use crate::people::RoleBody;
use crate::problem::{ProblemBody, Result};
use crate::state::ApiState;

/// Name and password.
#[derive(Deserialize, ToSchema)]
pub(crate) struct LoginBody {
    login: String,
    password: String,
}

/// An invitation or reset code and the new password.
#[derive(Deserialize, ToSchema)]
pub(crate) struct RedeemBody {
    code: String,
    password: String,
}

/// Where a login lives.
#[derive(Serialize, ToSchema)]
pub(crate) struct HomeBody {
    id: Uuid,
    name: String,
    /// `enterprise` or `authority`.
    kind: String,
    /// The word in the wall codes.
    short_code: String,
    time_zone: String,
}

/// What a rule about roles asks of the caller besides the password.
#[derive(Serialize, ToSchema)]
pub(crate) struct NeedBody {
    /// `nothing`; `soon`: it must be set up until a day; `set_up`: before anything else; `show`: there is
    /// one, and this session was begun without it.
    state: &'static str,
    /// Of `soon`, the last day without it.
    last_day: Option<String>,
    /// Of `soon`, how many days are left, that day and today included.
    days_left: Option<i64>,
}

impl From<Need> for NeedBody {
    fn from(need: Need) -> Self {
        let soon = match need {
            Need::Soon(soon) => Some(soon),
            _ => None,
        };
        Self {
            state: need.as_str(),
            last_day: soon.map(|it| it.last.to_string()),
            days_left: soon.map(|it| it.days_left),
        }
    }
}

/// Who is logged in.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionBody {
    user_id: Uuid,
    person_id: Uuid,
    name: String,
    /// `zh-CN` or `en`.
    locale: String,
    home: HomeBody,
    roles: Vec<RoleBody>,
    /// Whether a second step is missing.
    second_step: NeedBody,
    /// What the caller may do in the home enterprise as a whole.
    permissions: Vec<&'static str>,
    /// What the caller may do somewhere in it: also on one site or in one area.
    somewhere: Vec<&'static str>,
    /// What the caller may do over a region.
    region_permissions: Vec<&'static str>,
}

impl From<Caller> for SessionBody {
    fn from(caller: Caller) -> Self {
        use hezuo_domain::permissions::{Permission, can_in_region, can_somewhere};
        let path = PlacePath::enterprise(caller.home.id, caller.home.region());
        let somewhere = Permission::ALL
            .iter()
            .filter(|it| can_somewhere(&caller.grants, **it, &path));
        let region = Permission::ALL
            .iter()
            .filter(|it| can_in_region(&caller.grants, **it));
        Self {
            user_id: caller.user.0,
            person_id: caller.person.0,
            permissions: permissions_at(&caller.grants, &path)
                .iter()
                .map(|it| it.as_str())
                .collect(),
            somewhere: somewhere.map(|it| it.as_str()).collect(),
            region_permissions: region.map(|it| it.as_str()).collect(),
            name: caller.name,
            locale: caller.locale,
            home: HomeBody {
                id: caller.home.id.0,
                name: caller.home.name,
                kind: caller.home.kind,
                short_code: caller.home.short_code,
                time_zone: caller.home.time_zone,
            },
            second_step: caller.need.into(),
            roles: caller.grants.iter().map(RoleBody::from).collect(),
        }
    }
}

pub(crate) fn signed_in(state: &ApiState, signed: SignedIn) -> Response {
    let cookies = AppendHeaders([
        (
            header::SET_COOKIE,
            session_cookie(state, Some(&signed.token)),
        ),
        (header::SET_COOKIE, device_cookie(state, &signed.mark)),
    ]);
    (cookies, Json(SessionBody::from(signed.caller))).into_response()
}

/// A password must not cross a network in plain text.
pub(crate) fn refuse_plain_http(
    state: &ApiState,
    peer: Option<ConnectInfo<SocketAddr>>,
) -> Result<(), Error> {
    if state.settings.is_plain_for(peer.as_ref()) {
        return Err(Code::LoginNeedsTls.into());
    }
    Ok(())
}

/// Logs in.
#[utoipa::path(post, path = "/api/v1/session", tag = "people", request_body = LoginBody,
    responses((status = 200, body = SessionBody),
        (status = 202, description = "A second factor is asked for", body = SecondStepBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn create_session(
    State(state): State<ApiState>,
    peer: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    Body { value, .. }: Body<LoginBody>,
) -> Result<Response> {
    refuse_plain_http(&state, peer.map(|axum::Extension(peer)| peer))?;
    let session = people::log_in(
        &state.app,
        &value.login,
        value.password,
        visit(&headers, &state),
    )
    .await?;
    Ok(second_factor::answer(&state, session))
}

/// Sets a password with an invitation or reset code and logs in.
#[utoipa::path(post, path = "/api/v1/session/redeem", tag = "people", request_body = RedeemBody,
    responses((status = 200, body = SessionBody),
        (status = 202, description = "A second factor is asked for", body = SecondStepBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn redeem_invitation(
    State(state): State<ApiState>,
    peer: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    Body { value, .. }: Body<RedeemBody>,
) -> Result<Response> {
    refuse_plain_http(&state, peer.map(|axum::Extension(peer)| peer))?;
    let session = people::redeem(
        &state.app,
        &value.code,
        value.password,
        visit(&headers, &state),
    )
    .await?;
    Ok(second_factor::answer(&state, session))
}

/// Who is logged in.
#[utoipa::path(get, path = "/api/v1/session", tag = "people", security(("session" = [])),
    responses((status = 200, body = SessionBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn find_session(AtTheDoor(caller): AtTheDoor) -> Json<SessionBody> {
    Json(caller.into())
}

/// Logs out.
#[utoipa::path(delete, path = "/api/v1/session", tag = "people", security(("session" = [])),
    responses((status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn delete_session(
    State(state): State<ApiState>,
    AtTheDoor(caller): AtTheDoor,
) -> Result<(StatusCode, HeaderMap)> {
    people::log_out(&state.app, &caller).await?;
    let mut headers = HeaderMap::new();
    headers.insert(header::SET_COOKIE, session_cookie(&state, None));
    Ok((StatusCode::NO_CONTENT, headers))
}
