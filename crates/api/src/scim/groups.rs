//! Groups. One that bears the word of a role gives that role.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hezuo_app::scim;
use hezuo_domain::Code;
use hezuo_domain::scim::Group;
use uuid::Uuid;

use super::{Asked, Directory, Result, ScimProblem, ScimResource, Sent, answer, bodies, patched};
use crate::state::ApiState;

fn id(text: &str) -> Result<Uuid> {
    Ok(text.parse().or(Err(Code::NotFound))?)
}

/// The groups.
#[utoipa::path(get, path = "/scim/v2/Groups", tag = "scim", operation_id = "scim_list_groups",
    security(("device_key" = [])), params(Asked),
    responses((status = 200, body = ScimResource, content_type = "application/scim+json"),
        (status = "4XX", body = ScimProblem, content_type = "application/scim+json")))]
pub(crate) async fn list_groups(
    State(state): State<ApiState>,
    Directory(device): Directory,
    asked: Asked,
) -> Result<Response> {
    let groups = scim::groups(&state.app, &device).await?;
    asked.list(groups.iter().map(|it| bodies::group(&state, it)).collect())
}

/// Makes a group.
#[utoipa::path(post, path = "/scim/v2/Groups", tag = "scim", operation_id = "scim_create_group",
    security(("device_key" = [])), params(Asked),
    request_body(content = ScimResource, content_type = "application/scim+json"),
    responses((status = 201, body = ScimResource, content_type = "application/scim+json"),
        (status = "4XX", body = ScimProblem, content_type = "application/scim+json")))]
pub(crate) async fn create_group(
    State(state): State<ApiState>,
    Directory(device): Directory,
    asked: Asked,
    Sent(body): Sent,
) -> Result<Response> {
    let group = Group::read(&body)?;
    let made = scim::create_group(&state.app, &device, group).await?;
    let body = bodies::group(&state, &made);
    Ok(answer(StatusCode::CREATED, &asked.one(body)))
}

/// One group.
#[utoipa::path(get, path = "/scim/v2/Groups/{group}", tag = "scim", operation_id = "scim_find_group",
    security(("device_key" = [])), params(("group" = Uuid, Path), Asked),
    responses((status = 200, body = ScimResource, content_type = "application/scim+json"),
        (status = "4XX", body = ScimProblem, content_type = "application/scim+json")))]
pub(crate) async fn find_group(
    State(state): State<ApiState>,
    Directory(device): Directory,
    Path(group): Path<String>,
    asked: Asked,
) -> Result<Response> {
    let found = scim::find_group(&state.app, &device, id(&group)?).await?;
    let body = bodies::group(&state, &found);
    Ok(answer(StatusCode::OK, &asked.one(body)))
}

/// Replaces a group and who is in it.
#[utoipa::path(put, path = "/scim/v2/Groups/{group}", tag = "scim",
    operation_id = "scim_replace_group",
    security(("device_key" = [])), params(("group" = Uuid, Path), Asked),
    request_body(content = ScimResource, content_type = "application/scim+json"),
    responses((status = 200, body = ScimResource, content_type = "application/scim+json"),
        (status = "4XX", body = ScimProblem, content_type = "application/scim+json")))]
pub(crate) async fn replace_group(
    State(state): State<ApiState>,
    Directory(device): Directory,
    Path(group): Path<String>,
    asked: Asked,
    Sent(body): Sent,
) -> Result<Response> {
    let to = Group::read(&body)?;
    let changed = scim::change_group(&state.app, &device, id(&group)?, |_| Ok(to)).await?;
    let body = bodies::group(&state, &changed);
    Ok(answer(StatusCode::OK, &asked.one(body)))
}

/// Changes a group, or who is in it.
#[utoipa::path(patch, path = "/scim/v2/Groups/{group}", tag = "scim",
    operation_id = "scim_patch_group",
    security(("device_key" = [])), params(("group" = Uuid, Path), Asked),
    request_body(content = ScimResource, content_type = "application/scim+json"),
    responses((status = 200, body = ScimResource, content_type = "application/scim+json"),
        (status = "4XX", body = ScimProblem, content_type = "application/scim+json")))]
pub(crate) async fn patch_group(
    State(state): State<ApiState>,
    Directory(device): Directory,
    Path(group): Path<String>,
    asked: Asked,
    Sent(body): Sent,
) -> Result<Response> {
    let path = id(&group)?;
    let change = |before: &Group| {
        let before = bodies::group(&state, &(path, before.clone()));
        Group::read(&patched(before, &body)?)
    };
    let changed = scim::change_group(&state.app, &device, path, change).await?;
    let body = bodies::group(&state, &changed);
    Ok(answer(StatusCode::OK, &asked.one(body)))
}

/// Forgets a group, and takes the role that it gave.
#[utoipa::path(delete, path = "/scim/v2/Groups/{group}", tag = "scim",
    operation_id = "scim_delete_group",
    security(("device_key" = [])), params(("group" = Uuid, Path)),
    responses((status = 204),
        (status = "4XX", body = ScimProblem, content_type = "application/scim+json")))]
pub(crate) async fn delete_group(
    State(state): State<ApiState>,
    Directory(device): Directory,
    Path(group): Path<String>,
) -> Result<Response> {
    scim::delete_group(&state.app, &device, id(&group)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
