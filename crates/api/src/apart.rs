//! Reports that are kept apart from the team, over HTTP: for their readers.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use hezuo_app::apart::{self, Detail, Entry};
use hezuo_domain::apart::End;
use hezuo_domain::cases::reference;
use hezuo_domain::ids::CaseId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::answers::MessageBody;
use crate::caller::{Ids, Inside, Signed};
use crate::cases::kept_file;
use crate::input::Body;
use crate::octets::Octets;
use crate::problem::{ProblemBody, Result};
use crate::state::ApiState;

/// A report that is kept apart.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApartBody {
    id: Uuid,
    /// The short reference that people say aloud.
    #[serde(rename = "ref")]
    reference: String,
    /// `representative` or `inspector`: the caller.
    reader: &'static str,
    category: &'static str,
    voice: &'static str,
    danger: bool,
    text: String,
    finder: Option<&'static str>,
    reported_day: String,
    answered_day: Option<String>,
}

fn body(entry: &Entry) -> ApartBody {
    let (row, report) = (&entry.row, &entry.report);
    ApartBody {
        id: row.id.0,
        reference: reference(row.id),
        reader: row.reader.as_str(),
        category: report.category.as_str(),
        voice: report.voice.as_str(),
        danger: report.danger,
        text: report.text.clone(),
        finder: report.finder.map(hezuo_domain::cases::Finder::as_str),
        reported_day: row.day.to_string(),
        answered_day: row.answered_day.map(|day| day.to_string()),
    }
}

/// Those that the caller is to read.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApartListBody {
    items: Vec<ApartBody>,
}

/// Reports that are kept apart from the team for the caller: what waits for an answer first.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/apart", tag = "apart",
    security(("session" = [])), params(("enterprise" = Uuid, Path)),
    responses((status = 200, body = ApartListBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list_apart(
    State(state): State<ApiState>,
    Inside(access): Inside,
) -> Result<Json<ApartListBody>> {
    let found = apart::list(&state.app, &access).await?;
    Ok(Json(ApartListBody {
        items: found.iter().map(body).collect(),
    }))
}

/// An enterprise where something waits for the caller.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApartWaitingBody {
    enterprise: Uuid,
    name: String,
    /// How many reports.
    reports: u64,
}

/// Where something waits for the caller.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApartWaitingListBody {
    items: Vec<ApartWaitingBody>,
}

/// Where reports wait that were kept apart for the caller as an inspector; empty for anybody else.
#[utoipa::path(get, path = "/api/v1/apart", tag = "apart", security(("session" = [])),
    responses((status = 200, body = ApartWaitingListBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list_apart_waiting(
    State(state): State<ApiState>,
    Signed(caller): Signed,
) -> Result<Json<ApartWaitingListBody>> {
    let found = apart::waiting_for(&state.app, &caller).await?;
    let items = found.into_iter().map(|(it, reports)| ApartWaitingBody {
        enterprise: it.id.0,
        name: it.name,
        reports,
    });
    Ok(Json(ApartWaitingListBody {
        items: items.collect(),
    }))
}

/// A picture or voice clip.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApartAttachmentBody {
    name: String,
    content_type: String,
}

/// All about one of them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApartDetailBody {
    report: ApartBody,
    /// What an answer must name.
    version: i64,
    area_name: Option<String>,
    /// Who raised it, where a name was given.
    reporter: Option<String>,
    attachments: Vec<ApartAttachmentBody>,
    /// Oldest first; `team` is the reader.
    messages: Vec<MessageBody>,
    may_ask: bool,
    answer: Option<String>,
}

impl From<Detail> for ApartDetailBody {
    fn from(it: Detail) -> Self {
        let attachment = |it: hezuo_app::queue::Attachment| ApartAttachmentBody {
            name: it.name,
            content_type: it.content_type,
        };
        Self {
            report: body(&it.entry),
            version: it.entry.row.version,
            area_name: it.entry.area_name,
            reporter: it.reporter,
            attachments: it.attachments.into_iter().map(attachment).collect(),
            messages: it.messages.into_iter().map(MessageBody::from).collect(),
            may_ask: it.may_ask,
            answer: it.entry.row.answer,
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct OfReport {
    report: CaseId,
}

/// One report that is kept apart for the caller.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/apart/{report}", tag = "apart",
    security(("session" = [])), params(("enterprise" = Uuid, Path), ("report" = Uuid, Path)),
    responses((status = 200, body = ApartDetailBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn find_apart(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfReport>,
) -> Result<Json<ApartDetailBody>> {
    let found = apart::find(&state.app, &access, path.report).await?;
    Ok(Json(found.into()))
}

/// Words to a reporter.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ApartWordsRequest {
    /// The client's own id: the same one again changes nothing.
    id: Uuid,
    text: String,
}

/// Writes to the reporter, who finds it under the report code.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/apart/{report}/messages",
    tag = "apart", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("report" = Uuid, Path)), request_body = ApartWordsRequest,
    responses((status = 200, body = ApartDetailBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn ask_apart(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfReport>,
    Body { value, .. }: Body<ApartWordsRequest>,
) -> Result<Json<ApartDetailBody>> {
    let found = apart::ask(&state.app, &access, path.report, value.id, &value.text).await?;
    Ok(Json(found.into()))
}

/// How a report that is kept apart ends.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum ApartEnd {
    /// A written answer; nobody else learns of it.
    Answer { text: String },
    /// It goes to the team.
    HandOn {
        /// The reporter has agreed: then it goes as it was said.
        agreed: bool,
        /// Otherwise in these words alone.
        #[serde(default)]
        text: String,
    },
}

/// A way to end it, and the version that was read.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ApartEndRequest {
    version: i64,
    end: ApartEnd,
}

/// What is left of it here.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApartEndedBody {
    /// None once it is the team's.
    report: Option<ApartDetailBody>,
}

/// Answers a report that is kept apart, or hands it on to the team.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/apart/{report}/end", tag = "apart",
    security(("session" = [])), params(("enterprise" = Uuid, Path), ("report" = Uuid, Path)),
    request_body = ApartEndRequest,
    responses((status = 200, body = ApartEndedBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn end_apart(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfReport>,
    Body { value, .. }: Body<ApartEndRequest>,
) -> Result<Json<ApartEndedBody>> {
    let end = match value.end {
        ApartEnd::Answer { text } => End::Answer(text),
        ApartEnd::HandOn { agreed, text } => End::HandOn { agreed, text },
    };
    let left = apart::end(&state.app, &access, path.report, value.version, end).await?;
    Ok(Json(ApartEndedBody {
        report: left.map(Into::into),
    }))
}

#[derive(Deserialize)]
pub(crate) struct OfApartAttachment {
    report: CaseId,
    name: String,
}

/// Reads a picture or voice clip of a report that is kept apart.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/apart/{report}/attachments/{name}",
    tag = "apart", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("report" = Uuid, Path), ("name" = String, Path)),
    responses((status = 200, content((inline(Octets) = "image/*"), (inline(Octets) = "audio/*"))),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn find_apart_attachment(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfApartAttachment>,
) -> Result<Response> {
    let found = apart::attachment(&state.app, &access, path.report, &path.name).await?;
    Ok(kept_file(&found.0, found.1))
}
