//! Cases over HTTP.

pub(crate) mod bodies;
mod export;
mod queue;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hezuo_app::cases::{self, Act};
use hezuo_app::reports::Upload;
use hezuo_domain::Code;
use hezuo_domain::ids::CaseId;
use hezuo_domain::time::Day;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::caller::{Ids, Inside};
use crate::input::{Body, Params, bounded};
use crate::octets::Octets;
use crate::problem::{ProblemBody, Result};
use crate::state::ApiState;
use crate::uploads;
use bodies::{ActBody, CaseBody, CasePageBody, summary};
pub(crate) use export::{__path_export_cases, FileFormat, export_cases};
pub(crate) use queue::QueueName;
use queue::Wanted;

/// The case in the path.
#[derive(Deserialize)]
pub(crate) struct OfCase {
    pub(crate) case: CaseId,
}

/// The attachment in the path.
#[derive(Deserialize)]
pub(crate) struct OfAttachment {
    case: CaseId,
    name: String,
}

/// How to narrow a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Which cases; all by default.
    #[param(inline)]
    queue: Option<QueueName>,
    /// Only this area.
    area: Option<Uuid>,
    /// Only this area with its machines and everything below.
    within: Option<Uuid>,
    /// Only this site.
    site: Option<Uuid>,
    /// Only this kind.
    kind: Option<String>,
    /// Only this risk level, 1 to 4.
    level: Option<i64>,
    /// Only what this person answers for.
    owner: Option<Uuid>,
    /// Only what is in this state.
    state: Option<String>,
    /// Only what has all these words; two characters or a whole word at least.
    q: Option<String>,
    /// Of what a figure counts: the first day.
    #[param(value_type = Option<String>)]
    from: Option<Day>,
    /// Of what a figure counts: the last day.
    #[param(value_type = Option<String>)]
    to: Option<Day>,
    /// Where the last page ended.
    cursor: Option<String>,
    /// Lines, at most 200; 50 by default.
    limit: Option<i64>,
}

fn cursor(text: &str) -> Option<(Day, CaseId)> {
    let (day, id) = text.split_once('.')?;
    Some((day.parse().ok()?, id.parse().ok()?))
}

/// Lists cases, newest first.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/cases", tag = "cases",
    security(("session" = [])), params(("enterprise" = Uuid, Path), ListQuery),
    responses((status = 200, body = CasePageBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list_cases(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Params(query): Params<ListQuery>,
) -> Result<Json<CasePageBody>> {
    let which = Wanted {
        queue: query.queue,
        area: query.area,
        within: query.within,
        site: query.site,
        kind: query.kind.as_deref(),
        level: query.level,
        owner: query.owner,
        state: query.state.as_deref(),
        q: query.q.as_deref(),
        from: query.from,
        to: query.to,
    }
    .selection(&access)?;
    let before = match query.cursor.as_deref() {
        None | Some("") => None,
        Some(text) => Some(cursor(text).ok_or(Code::InputInvalid.at("cursor"))?),
    };
    let limit = query.limit.unwrap_or(50);
    let page = cases::page(&state.app, &access, &which, before, limit).await?;
    let today = page.today;
    Ok(Json(CasePageBody {
        items: page
            .items
            .into_iter()
            .map(|item| summary(item, today))
            .collect(),
        next_cursor: page.next.map(|(day, id)| format!("{day}.{id}")),
        today: today.to_string(),
    }))
}

/// One case with its time line and what the caller may do now.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/cases/{case}", tag = "cases",
    security(("session" = [])), params(("enterprise" = Uuid, Path), ("case" = Uuid, Path)),
    responses((status = 200, body = CaseBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn find_case(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfCase>,
) -> Result<Json<CaseBody>> {
    Ok(Json(
        cases::find(&state.app, &access, path.case).await?.into(),
    ))
}

/// Takes one step in a case's life. The same id with the same bytes may be sent again.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/cases/{case}/actions", tag = "cases",
    security(("session" = [])), params(("enterprise" = Uuid, Path), ("case" = Uuid, Path)),
    request_body = ActBody,
    responses((status = 200, body = CaseBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn act_on_case(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfCase>,
    Body { value, bytes }: Body<ActBody>,
) -> Result<Json<CaseBody>> {
    let act = Act {
        key: value.id,
        version: value.version,
        client: value.client.word(),
        request: value.action.try_into()?,
        bytes: bytes.to_vec(),
    };
    Ok(Json(
        state.writer.act(&access, path.case, act).await?.into(),
    ))
}

/// When the picture was taken.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    /// Of the finding.
    Before,
    /// Of what was done.
    #[default]
    After,
}

impl Stage {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
        }
    }
}

/// What a picture shows.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct StageQuery {
    /// Before or after; after by default.
    #[param(inline)]
    stage: Option<Stage>,
}

/// Adds a picture to a case. The same name again changes nothing.
#[utoipa::path(put, path = "/api/v1/enterprises/{enterprise}/cases/{case}/attachments/{name}",
    tag = "cases", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("case" = Uuid, Path), ("name" = String, Path), StageQuery),
    request_body(content = inline(Octets), content_type = "application/octet-stream"),
    responses((status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn add_case_attachment(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfAttachment>,
    Params(query): Params<StageQuery>,
    bytes: Result<Bytes, BytesRejection>,
) -> Result<StatusCode> {
    let upload = Upload {
        name: path.name,
        stage: query.stage.unwrap_or_default().word(),
        bytes: bounded(bytes)?.to_vec(),
    };
    cases::attach(&state.app, &access, path.case, upload).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Adds a part of a picture to a case: 256 kB each, but for the last. One without bytes asks where to go on;
/// so does the answer to one that does not fit.
#[utoipa::path(patch, path = "/api/v1/enterprises/{enterprise}/cases/{case}/attachments/{name}",
    tag = "cases", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("case" = Uuid, Path), ("name" = String, Path), StageQuery,
        ("upload-offset" = u64, Header), ("upload-complete" = String, Header),
        ("content-digest" = String, Header), ("repr-digest" = String, Header)),
    request_body(content = inline(Octets), content_type = "application/partial-upload"),
    responses((status = 204, headers(("upload-offset" = u64), ("upload-complete" = String))),
        (status = 409, body = ProblemBody, content_type = "application/problem+json",
            headers(("upload-offset" = u64), ("upload-complete" = String))),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn add_case_attachment_part(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfAttachment>,
    Params(query): Params<StageQuery>,
    headers: HeaderMap,
    bytes: Result<Bytes, BytesRejection>,
) -> Result<Response> {
    let stage = query.stage.unwrap_or_default().word();
    let part = uploads::part(&headers, path.name, stage, bounded(bytes)?.to_vec())?;
    let reached = cases::attach_part(&state.app, &access, path.case, part).await?;
    Ok(uploads::answer(reached))
}

/// Reads a picture or voice clip of a case.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/cases/{case}/attachments/{name}",
    tag = "cases", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("case" = Uuid, Path), ("name" = String, Path)),
    responses((status = 200, content((inline(Octets) = "image/*"), (inline(Octets) = "audio/*"))),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn find_case_attachment(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfAttachment>,
) -> Result<Response> {
    let found = cases::attachment(&state.app, &access, path.case, &path.name).await?;
    Ok(kept_file(&found.0, found.1))
}

/// A picture or voice clip as a browser may keep it: for this user, never run as a page, and saved under a name
/// of ours.
pub(crate) fn kept_file(content_type: &str, bytes: Bytes) -> Response {
    let disposition = match content_type {
        "image/jpeg" => "inline; filename=\"picture.jpg\"",
        "audio/ogg" => "inline; filename=\"voice.ogg\"",
        "audio/aac" => "inline; filename=\"voice.aac\"",
        _ => "attachment; filename=\"file\"",
    };
    let content_type = HeaderValue::from_str(content_type)
        .unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static(disposition),
        ),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, max-age=3600"),
        ),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(
                "sandbox; default-src 'none'; frame-ancestors 'none'; \
                 require-trusted-types-for 'script'",
            ),
        ),
    ];
    (headers, bytes).into_response()
}
