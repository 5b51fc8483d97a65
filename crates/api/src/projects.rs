//! Improvement projects over HTTP.

mod bodies;
mod export;
mod requests;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use axum::response::Response;
use hezuo_app::projects::{self, Act, Copy, Proposal};
use hezuo_app::queue::{Days, ProjectFilter, Saved};
use hezuo_app::reports::Upload;
use hezuo_domain::Code;
use hezuo_domain::ids::{CaseId, ProjectId};
use hezuo_domain::projects::State as ProjectState;
use hezuo_domain::time::Day;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::caller::{Ids, Inside};
use crate::cases::{OfCase, Stage, kept_file};
use crate::input::{Body, Params, bounded};
use crate::octets::Octets;
use crate::problem::{ProblemBody, Result};
use crate::state::ApiState;
use bodies::{CaseProjectsBody, ProjectBody, ProjectCountsBody, ProjectPageBody};
pub(crate) use export::{__path_export_projects, export_projects};
use requests::{CopyRequest, ProjectActRequest, ProjectRequest};

/// The project in the path.
#[derive(Deserialize)]
pub(crate) struct OfProject {
    project: ProjectId,
}

/// The picture in the path.
#[derive(Deserialize)]
pub(crate) struct OfPicture {
    project: ProjectId,
    name: String,
}

/// How to narrow the list; one way at a time.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProjectQuery {
    /// `proposed`, `planned`, `under_way`, `done`, `verified` or `stopped`; all by default.
    state: Option<String>,
    /// Only this area.
    area: Option<Uuid>,
    /// What the figure "money saved" adds up: verified with a saving from this day,
    #[param(value_type = Option<String>)]
    from: Option<Day>,
    /// to this day,
    #[param(value_type = Option<String>)]
    to: Option<Day>,
    /// in this currency.
    currency: Option<String>,
    /// Where the last page ended.
    cursor: Option<String>,
    /// Lines, at most 200; 50 by default.
    limit: Option<i64>,
}

impl ProjectQuery {
    fn filter(&self) -> Result<ProjectFilter> {
        if self.from.is_some() || self.to.is_some() {
            let days = Days {
                from: self.from.unwrap_or(Day(i64::MIN)),
                to: self.to.unwrap_or(Day(i64::MAX)),
            };
            let currency = self.currency.clone();
            return Ok(ProjectFilter::Saved(Saved { days, currency }));
        }
        if let Some(area) = self.area {
            return Ok(ProjectFilter::Area(area.into()));
        }
        Ok(match self.state.as_deref() {
            None | Some("") => ProjectFilter::None,
            Some(word) => {
                let state = ProjectState::parse(word).ok_or(Code::InputInvalid.at("state"))?;
                ProjectFilter::State(state.as_str())
            }
        })
    }
}

fn cursor(text: Option<&str>) -> Result<Option<(Day, ProjectId)>> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let read = || {
        let (day, id) = text.split_once('.')?;
        Some((day.parse().ok()?, id.parse().ok()?))
    };
    Ok(Some(read().ok_or(Code::InputInvalid.at("cursor"))?))
}

/// Lists improvement projects, newest first.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/projects", tag = "projects",
    security(("session" = [])), params(("enterprise" = Uuid, Path), ProjectQuery),
    responses((status = 200, body = ProjectPageBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list_projects(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Params(query): Params<ProjectQuery>,
) -> Result<Json<ProjectPageBody>> {
    let filter = query.filter()?;
    let before = cursor(query.cursor.as_deref())?;
    let limit = query.limit.unwrap_or(50);
    let page = projects::list(&state.app, &access, &filter, before, limit).await?;
    Ok(Json(page.into()))
}

/// How many projects stand in each state.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/projects/counts", tag = "projects",
    security(("session" = [])), params(("enterprise" = Uuid, Path)),
    responses((status = 200, body = ProjectCountsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn find_project_counts(
    State(state): State<ApiState>,
    Inside(access): Inside,
) -> Result<Json<ProjectCountsBody>> {
    Ok(Json(projects::counts(&state.app, &access).await?.into()))
}

/// Proposes a project, from cases or by itself. The same id with the same bytes may be sent again.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/projects", tag = "projects",
    security(("session" = [])), params(("enterprise" = Uuid, Path)),
    request_body = ProjectRequest,
    responses((status = 200, body = ProjectBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn propose_project(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Body { value, bytes }: Body<ProjectRequest>,
) -> Result<Json<ProjectBody>> {
    let proposal = Proposal {
        id: value.id.into(),
        cases: value.cases.iter().copied().map(CaseId).collect(),
        draft: value.draft.try_into()?,
        bytes: bytes.to_vec(),
    };
    let made = projects::propose(&state.app, &access, proposal).await?;
    Ok(Json(made.into()))
}

/// One project with its time line and what the caller may do now.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/projects/{project}", tag = "projects",
    security(("session" = [])), params(("enterprise" = Uuid, Path), ("project" = Uuid, Path)),
    responses((status = 200, body = ProjectBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn find_project(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfProject>,
) -> Result<Json<ProjectBody>> {
    let found = projects::find(&state.app, &access, path.project).await?;
    Ok(Json(found.into()))
}

/// Takes one step in a project's life. The same id with the same bytes may be sent again.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/projects/{project}/actions",
    tag = "projects", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("project" = Uuid, Path)),
    request_body = ProjectActRequest,
    responses((status = 200, body = ProjectBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn act_on_project(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfProject>,
    Body { value, bytes }: Body<ProjectActRequest>,
) -> Result<Json<ProjectBody>> {
    let act = Act {
        key: value.id,
        version: value.version,
        action: value.action.try_into()?,
        bytes: bytes.to_vec(),
    };
    let changed = projects::act(&state.app, &access, path.project, act).await?;
    Ok(Json(changed.into()))
}

/// Proposes the same for another area; both projects name each other.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/projects/{project}/copies",
    tag = "projects", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("project" = Uuid, Path)), request_body = CopyRequest,
    responses((status = 200, body = ProjectBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn copy_project(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfProject>,
    Body { value, bytes }: Body<CopyRequest>,
) -> Result<Json<ProjectBody>> {
    let wish = Copy {
        id: value.id.into(),
        area: value.area_id.into(),
        bytes: bytes.to_vec(),
    };
    let made = projects::copy(&state.app, &access, path.project, wish).await?;
    Ok(Json(made.into()))
}

/// The projects that come from a case.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/cases/{case}/projects",
    tag = "projects", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("case" = Uuid, Path)),
    responses((status = 200, body = CaseProjectsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list_case_projects(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfCase>,
) -> Result<Json<CaseProjectsBody>> {
    let (items, may_propose) = projects::of_case(&state.app, &access, path.case).await?;
    let today = access.today(&state.app);
    Ok(Json(CaseProjectsBody::new(items, may_propose, today)))
}

/// What a picture shows.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PictureQuery {
    /// Before or after; after by default.
    #[param(inline)]
    stage: Option<Stage>,
    /// Of one of after: the name of the one of before that it was taken from the same place as.
    beside: Option<String>,
}

/// Adds a picture to a project. The same name again changes nothing.
#[utoipa::path(put, path = "/api/v1/enterprises/{enterprise}/projects/{project}/pictures/{name}",
    tag = "projects", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("project" = Uuid, Path), ("name" = String, Path),
        PictureQuery),
    request_body(content = inline(Octets), content_type = "application/octet-stream"),
    responses((status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn add_project_picture(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfPicture>,
    Params(query): Params<PictureQuery>,
    bytes: Result<Bytes, BytesRejection>,
) -> Result<StatusCode> {
    let upload = Upload {
        name: path.name,
        stage: query.stage.unwrap_or_default().word(),
        bytes: bounded(bytes)?.to_vec(),
    };
    let beside = query.beside.filter(|name| !name.is_empty());
    projects::attach(&state.app, &access, path.project, upload, beside).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Reads a picture of a project.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/projects/{project}/pictures/{name}",
    tag = "projects", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("project" = Uuid, Path), ("name" = String, Path)),
    responses((status = 200, body = inline(Octets), content_type = "image/*"),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn find_project_picture(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfPicture>,
) -> Result<Response> {
    let found = projects::picture(&state.app, &access, path.project, &path.name).await?;
    Ok(kept_file(&found.0, found.1))
}
