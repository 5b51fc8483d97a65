//! Where notices are sent.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hezuo_app::notices::channels::{self, Entry};
use hezuo_domain::notices::Kind;
use hezuo_domain::notices::channels::{Target, Way};
use hezuo_domain::time::Day;
use hezuo_domain::{Code, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::caller::{Ids, Inside};
use crate::input::Body;
use crate::problem::{ProblemBody, Result};
use crate::state::ApiState;

/// A channel; of its address only the host, and never its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChannelBody {
    id: Uuid,
    /// `webhook`, `wecom` or `dingtalk`.
    way: String,
    name: String,
    /// `danger`, `due`.
    kinds: Vec<String>,
    /// The language of its messages, `zh-CN` or `en`.
    locale: String,
    active: bool,
    host: String,
    /// The day of the last attempt.
    result_day: Option<String>,
    /// `ok`, or why the last notice has not arrived: `address`, `private`, `connect`, `timeout`,
    /// `tls`, `plain`, `redirect`, `status:404`, `refused:310000`.
    result: Option<String>,
}

/// The channels.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChannelsBody {
    items: Vec<ChannelBody>,
}

/// What is entered about a channel. On a change an empty address or secret keeps the one that is
/// there.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ChannelRequest {
    /// `webhook`, `wecom` or `dingtalk`; it never changes.
    way: String,
    name: String,
    kinds: Vec<String>,
    locale: String,
    active: bool,
    /// The whole address, a secret itself.
    #[serde(default)]
    address: String,
    /// What signs; a webhook without one gets one.
    #[serde(default)]
    secret: String,
}

impl ChannelRequest {
    fn entry(self) -> Result<(Way, Entry), Problem> {
        let way = Way::parse(&self.way).ok_or(Code::InputInvalid.at("way"))?;
        let kinds = self.kinds.iter().map(|kind| Kind::parse(kind));
        let kinds = kinds.collect::<Option<Vec<_>>>();
        let target = Target {
            address: self.address,
            secret: self.secret,
        };
        let entry = Entry {
            name: self.name,
            kinds: kinds.ok_or(Code::InputInvalid.at("kinds"))?,
            locale: self.locale,
            active: self.active,
            target,
        };
        Ok((way, entry))
    }
}

#[derive(Deserialize)]
pub(crate) struct OfChannel {
    channel: Uuid,
}

/// Lists where notices are sent.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/notices/channels", tag = "notices",
    security(("session" = [])), params(("enterprise" = Uuid, Path)),
    responses((status = 200, body = ChannelsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list_channels(
    State(state): State<ApiState>,
    Inside(access): Inside,
) -> Result<Json<ChannelsBody>> {
    let found = channels::channels(&state.app, &access).await?;
    let items = found.into_iter().map(|it| {
        let kinds = it.row.kinds.split(' ').filter(|it| !it.is_empty());
        ChannelBody {
            id: it.row.id,
            way: it.row.way,
            name: it.row.name,
            kinds: kinds.map(str::to_owned).collect(),
            locale: it.row.locale,
            active: it.row.active,
            host: it.host,
            result_day: it.row.result_day.map(|day| Day(day).to_string()),
            result: it.row.result,
        }
    });
    Ok(Json(ChannelsBody {
        items: items.collect(),
    }))
}

/// A channel that was made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewChannelBody {
    id: Uuid,
    /// Of a new webhook, the secret to enter at the receiver; shown once.
    secret: Option<String>,
}

/// Adds a channel.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/notices/channels", tag = "notices",
    security(("session" = [])), params(("enterprise" = Uuid, Path)),
    request_body = ChannelRequest,
    responses((status = 201, body = NewChannelBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn create_channel(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Body { value, .. }: Body<ChannelRequest>,
) -> Result<(StatusCode, Json<NewChannelBody>)> {
    let (way, entry) = value.entry()?;
    let (id, secret) = channels::add_channel(&state.app, &access, way, entry).await?;
    Ok((StatusCode::CREATED, Json(NewChannelBody { id, secret })))
}

/// Changes a channel.
#[utoipa::path(put, path = "/api/v1/enterprises/{enterprise}/notices/channels/{channel}",
    tag = "notices", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("channel" = Uuid, Path)), request_body = ChannelRequest,
    responses((status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn update_channel(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfChannel>,
    Body { value, .. }: Body<ChannelRequest>,
) -> Result<StatusCode> {
    let (_, entry) = value.entry()?;
    channels::change_channel(&state.app, &access, path.channel, entry).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a channel.
#[utoipa::path(delete, path = "/api/v1/enterprises/{enterprise}/notices/channels/{channel}",
    tag = "notices", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("channel" = Uuid, Path)),
    responses((status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn delete_channel(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfChannel>,
) -> Result<StatusCode> {
    channels::remove_channel(&state.app, &access, path.channel).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How a trial fared.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrialBody {
    /// `ok`, or why it has not arrived, as in the list.
    pub(crate) result: String,
}

/// Sends a trial now.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/notices/channels/{channel}/test",
    tag = "notices", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("channel" = Uuid, Path)),
    responses((status = 200, body = TrialBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn test_channel(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfChannel>,
) -> Result<Json<TrialBody>> {
    let result = channels::try_channel(&state.app, &access, path.channel).await?;
    Ok(Json(TrialBody { result }))
}
