//! Users.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hezuo_app::scim;
use hezuo_domain::Code;
use hezuo_domain::ids::UserId;
use hezuo_domain::scim::User;

use super::{Asked, Directory, Result, ScimProblem, ScimResource, Sent, answer, bodies, patched};
use crate::state::ApiState;

fn id(text: &str) -> Result<UserId> {
    Ok(text.parse().or(Err(Code::NotFound))?)
}

/// The logins of the key's enterprise or authority.
#[utoipa::path(get, path = "/scim/v2/Users", tag = "scim", operation_id = "scim_list_users",
    security(("device_key" = [])), params(Asked),
    responses((status = 200, body = ScimResource, content_type = "application/scim+json"),
        (status = "4XX", body = ScimProblem, content_type = "application/scim+json")))]
pub(crate) async fn list_users(
    State(state): State<ApiState>,
    Directory(device): Directory,
    asked: Asked,
) -> Result<Response> {
    let users = scim::users(&state.app, &device).await?;
    asked.list(users.iter().map(|it| bodies::user(&state, it)).collect())
}

/// Makes a login, without a password and without a role.
#[utoipa::path(post, path = "/scim/v2/Users", tag = "scim", operation_id = "scim_create_user",
    security(("device_key" = [])), params(Asked),
    request_body(content = ScimResource, content_type = "application/scim+json"),
    responses((status = 201, body = ScimResource, content_type = "application/scim+json"),
        (status = "4XX", body = ScimProblem, content_type = "application/scim+json")))]
pub(crate) async fn create_user(
    State(state): State<ApiState>,
    Directory(device): Directory,
    asked: Asked,
    Sent(body): Sent,
) -> Result<Response> {
    let user = User::read(&body)?;
    let made = scim::create_user(&state.app, &device, &user).await?;
    let body = bodies::user(&state, &made);
    Ok(answer(StatusCode::CREATED, &asked.one(body)))
}

/// One login.
#[utoipa::path(get, path = "/scim/v2/Users/{user}", tag = "scim", operation_id = "scim_find_user",
    security(("device_key" = [])), params(("user" = Uuid, Path), Asked),
    responses((status = 200, body = ScimResource, content_type = "application/scim+json"),
        (status = "4XX", body = ScimProblem, content_type = "application/scim+json")))]
pub(crate) async fn find_user(
    State(state): State<ApiState>,
    Directory(device): Directory,
    Path(user): Path<String>,
    asked: Asked,
) -> Result<Response> {
    let found = scim::find_user(&state.app, &device, id(&user)?).await?;
    let body = bodies::user(&state, &found);
    Ok(answer(StatusCode::OK, &asked.one(body)))
}

/// Replaces what is said about a login. The login name stays.
#[utoipa::path(put, path = "/scim/v2/Users/{user}", tag = "scim",
    operation_id = "scim_replace_user",
    security(("device_key" = [])), params(("user" = Uuid, Path), Asked),
    request_body(content = ScimResource, content_type = "application/scim+json"),
    responses((status = 200, body = ScimResource, content_type = "application/scim+json"),
        (status = "4XX", body = ScimProblem, content_type = "application/scim+json")))]
pub(crate) async fn replace_user(
    State(state): State<ApiState>,
    Directory(device): Directory,
    Path(user): Path<String>,
    asked: Asked,
    Sent(body): Sent,
) -> Result<Response> {
    let to = User::read(&body)?;
    let changed = scim::change_user(&state.app, &device, id(&user)?, |_| Ok(to)).await?;
    let body = bodies::user(&state, &changed);
    Ok(answer(StatusCode::OK, &asked.one(body)))
}

/// Changes what is said about a login.
#[utoipa::path(patch, path = "/scim/v2/Users/{user}", tag = "scim",
    operation_id = "scim_patch_user",
    security(("device_key" = [])), params(("user" = Uuid, Path), Asked),
    request_body(content = ScimResource, content_type = "application/scim+json"),
    responses((status = 200, body = ScimResource, content_type = "application/scim+json"),
        (status = "4XX", body = ScimProblem, content_type = "application/scim+json")))]
pub(crate) async fn patch_user(
    State(state): State<ApiState>,
    Directory(device): Directory,
    Path(user): Path<String>,
    asked: Asked,
    Sent(body): Sent,
) -> Result<Response> {
    let change = |seen: &scim::SeenUser| {
        let before = bodies::user(&state, seen);
        let mut after = patched(before.clone(), &body)?;
        // One name, which some directories know in one place and some in the other.
        if after["displayName"] == before["displayName"] && after["name"] != before["name"] {
            after["displayName"].take();
        }
        User::read(&after)
    };
    let changed = scim::change_user(&state.app, &device, id(&user)?, change).await?;
    let body = bodies::user(&state, &changed);
    Ok(answer(StatusCode::OK, &asked.one(body)))
}

/// The directory gives a login up: it is locked. The person stays in the register.
#[utoipa::path(delete, path = "/scim/v2/Users/{user}", tag = "scim",
    operation_id = "scim_delete_user",
    security(("device_key" = [])), params(("user" = Uuid, Path)),
    responses((status = 204),
        (status = "4XX", body = ScimProblem, content_type = "application/scim+json")))]
pub(crate) async fn delete_user(
    State(state): State<ApiState>,
    Directory(device): Directory,
    Path(user): Path<String>,
) -> Result<Response> {
    scim::delete_user(&state.app, &device, id(&user)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
