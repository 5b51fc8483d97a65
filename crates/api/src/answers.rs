//! Helping to answer, over HTTP: what is alike, earlier answers, questions and replies.

use axum::Json;
use axum::extract::State;
use hezuo_app::answers::{self, Conversation, Suggestions};
use hezuo_domain::cases::reference;
use hezuo_domain::time::Day;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::caller::{Ids, Inside};
use crate::cases::OfCase;
use crate::input::Body;
use crate::problem::{ProblemBody, Result};
use crate::state::ApiState;

/// A case that is much like the one in the path.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AlikeBody {
    id: Uuid,
    /// The short reference that people say aloud.
    #[serde(rename = "ref")]
    reference: String,
    text: String,
    state: String,
    area_name: Option<String>,
    reported_day: String,
    /// Percent.
    likeness: u8,
    /// It was there before: the first valid report stands.
    is_earlier: bool,
}

/// An answer that was given to a similar case.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DraftBody {
    answer: String,
    /// What became of that case.
    state: String,
    /// Percent.
    likeness: u8,
}

/// What may help to answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SuggestionsBody {
    alike: Vec<AlikeBody>,
    drafts: Vec<DraftBody>,
}

impl From<Suggestions> for SuggestionsBody {
    fn from(it: Suggestions) -> Self {
        let alike = |it: answers::Alike| AlikeBody {
            id: it.case.id.0,
            reference: reference(it.case.id),
            text: it.case.text,
            state: it.case.state,
            area_name: it.case.area_name,
            reported_day: Day(it.case.reported_day).to_string(),
            likeness: it.likeness,
            is_earlier: it.is_earlier,
        };
        let draft = |it: answers::Draft| DraftBody {
            answer: it.answer,
            state: it.state,
            likeness: it.likeness,
        };
        Self {
            alike: it.alike.into_iter().map(alike).collect(),
            drafts: it.drafts.into_iter().map(draft).collect(),
        }
    }
}

/// Cases that are much like this one, and answers that were given to its sort.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/cases/{case}/suggestions",
    tag = "answers", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("case" = Uuid, Path)),
    responses((status = 200, body = SuggestionsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn find_suggestions(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfCase>,
) -> Result<Json<SuggestionsBody>> {
    let found = answers::suggestions(&state.app, &access, path.case).await?;
    Ok(Json(found.into()))
}

/// A question or reply.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MessageBody {
    id: Uuid,
    /// `team` or `reporter`.
    side: &'static str,
    /// Of the team, the name.
    author: Option<String>,
    day: String,
    text: String,
}

/// A conversation with a reporter.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConversationBody {
    /// Oldest first.
    messages: Vec<MessageBody>,
    /// Whether a question would reach anybody.
    may_ask: bool,
}

impl From<answers::Said> for MessageBody {
    fn from(it: answers::Said) -> Self {
        Self {
            id: it.id,
            side: it.side.as_str(),
            author: it.author,
            day: it.day.to_string(),
            text: it.text,
        }
    }
}

impl From<Conversation> for ConversationBody {
    fn from(it: Conversation) -> Self {
        Self {
            messages: it.messages.into_iter().map(MessageBody::from).collect(),
            may_ask: it.may_ask,
        }
    }
}

/// What was asked and replied.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/cases/{case}/messages",
    tag = "answers", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("case" = Uuid, Path)),
    responses((status = 200, body = ConversationBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn find_messages(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfCase>,
) -> Result<Json<ConversationBody>> {
    let found = answers::conversation(&state.app, &access, path.case).await?;
    Ok(Json(found.into()))
}

/// A question to the reporter.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct AskBody {
    /// The client's own id: the same one again changes nothing.
    id: Uuid,
    text: String,
}

/// Asks the reporter, who reads it with the report code.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/cases/{case}/messages",
    tag = "answers", security(("session" = [])), request_body = AskBody,
    params(("enterprise" = Uuid, Path), ("case" = Uuid, Path)),
    responses((status = 200, body = ConversationBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn ask_reporter(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfCase>,
    Body { value, .. }: Body<AskBody>,
) -> Result<Json<ConversationBody>> {
    let done = answers::ask(&state.app, &access, path.case, value.id, &value.text).await?;
    Ok(Json(done.into()))
}

/// A case whose reporter has the last word.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReplyBody {
    id: Uuid,
    /// The short reference that people say aloud.
    #[serde(rename = "ref")]
    reference: String,
    category: String,
    state: String,
    text: String,
    /// The day of the reply.
    day: String,
}

/// The cases whose reporters have the last word.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RepliesBody {
    items: Vec<ReplyBody>,
}

/// The cases whose reporters have the last word, of the last half year.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/replies", tag = "answers",
    security(("session" = [])), params(("enterprise" = Uuid, Path)),
    responses((status = 200, body = RepliesBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list_replies(
    State(state): State<ApiState>,
    Inside(access): Inside,
) -> Result<Json<RepliesBody>> {
    let found = answers::replies(&state.app, &access).await?;
    let items = found.into_iter().map(|it| ReplyBody {
        id: it.id.0,
        reference: reference(it.id),
        category: it.category,
        state: it.state,
        text: it.text,
        day: Day(it.local_day).to_string(),
    });
    Ok(Json(RepliesBody {
        items: items.collect(),
    }))
}
