//! Reporting and coming back, without an account.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use hezuo_app::answers::Said;
use hezuo_app::reports::{FollowUp, LookedAt, Submission, Upload};
use hezuo_domain::Code;
use hezuo_domain::apart::Reader;
use hezuo_domain::cases::{Category, Finder, Source, Voice};
use hezuo_domain::commitment::{digest, unhex};
use hezuo_domain::pay_code::PayLookup;
use hezuo_domain::report_code::Lookup;
use hezuo_domain::reports::Report;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::caller::Ids;
use crate::input::{Body, bounded};
use crate::octets::Octets;
use crate::problem::{ProblemBody, Result};
use crate::state::ApiState;
use crate::uploads;

/// A report.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ReportRequest {
    /// The part of the scanned address after `/r/`.
    code: String,
    /// 64 hexadecimal digits, derived from the report code that was made on the phone.
    lookup: String,
    /// The pictogram; the one required field.
    category: String,
    #[serde(default)]
    text: String,
    /// `named`, `in_confidence` or `anonymous`.
    voice: String,
    /// Name or staff number, unless anonymous.
    name: Option<String>,
    /// `worker`, `team_leader` or `manager`.
    finder: Option<String>,
    #[serde(default)]
    danger: bool,
    /// An anonymous worker chose to name the machine or small area.
    #[serde(default)]
    name_machine: bool,
    /// Who reads it first: `team`, `representative` or `inspector`; the team by default.
    reader: Option<String>,
    /// Names of the attachments that follow.
    #[serde(default)]
    attachments: Vec<String>,
}

/// The report is stored.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReceivedBody {
    received: bool,
}

pub(crate) fn lookup(text: &str) -> Result<Lookup> {
    unhex(text)
        .map(Lookup)
        .ok_or(Code::ReportCodeUnknown.into())
}

/// Takes a report. The same lookup with the same bytes may be sent again.
#[utoipa::path(post, path = "/api/v1/reports", tag = "reports", request_body = ReportRequest,
    responses((status = 201, body = ReceivedBody), (status = 200, body = ReceivedBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn create_report(
    State(state): State<ApiState>,
    headers: HeaderMap,
    Body { value, bytes }: Body<ReportRequest>,
) -> Result<(StatusCode, Json<ReceivedBody>)> {
    let finder = match value.finder.as_deref() {
        None | Some("") => None,
        Some(word) => Some(Finder::parse(word).ok_or(Code::InputInvalid.at("finder"))?),
    };
    let report = Report {
        category: Category::parse(&value.category).ok_or(Code::ReportEmpty.at("category"))?,
        text: value.text,
        voice: Voice::parse(&value.voice).ok_or(Code::InputInvalid.at("voice"))?,
        name: value.name,
        finder,
        danger: value.danger,
        name_machine: value.name_machine,
        reader: match value.reader.as_deref() {
            None | Some("") => Reader::Team,
            Some(word) => Reader::parse(word).ok_or(Code::InputInvalid.at("reader"))?,
        },
        attachments: value.attachments,
    };
    let submission = Submission {
        wall_code: value.code,
        lookup: unhex(&value.lookup)
            .map(Lookup)
            .ok_or(Code::InputInvalid.at("lookup"))?,
        digest: digest(&bytes),
        report,
        source: Source::Phone,
        day: None,
    };
    state.settings.channel.require(submission.report.voice)?;
    let proof = headers
        .get("report-proof")
        .and_then(|proof| proof.to_str().ok());
    let is_new = state.desk.submit(submission, proof).await?;
    let status = if is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(ReceivedBody { received: true })))
}

/// Adds a picture or voice clip to a report. The same name again changes nothing.
#[utoipa::path(put, path = "/api/v1/reports/attachments/{name}", tag = "reports",
    params(("name" = String, Path), ("report-lookup" = String, Header),
        ("upload-length" = Option<u64>, Header)),
    request_body(content = inline(Octets), content_type = "application/octet-stream"),
    responses((status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn add_report_attachment(
    State(state): State<ApiState>,
    Ids(name): Ids<String>,
    headers: HeaderMap,
    bytes: Result<Bytes, BytesRejection>,
) -> Result<StatusCode> {
    let mut bytes = bounded(bytes)?.to_vec();
    bytes.truncate(uploads::length(&headers)?.unwrap_or(usize::MAX));
    let upload = Upload {
        name,
        stage: "before",
        bytes,
    };
    state.desk.attach(sent_lookup(&headers)?, upload).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Adds a part of a picture or voice clip to a report: 256 kB each, but for the last. One without bytes asks
/// where to go on; so does the answer to one that does not fit.
#[utoipa::path(patch, path = "/api/v1/reports/attachments/{name}", tag = "reports",
    params(("name" = String, Path), ("report-lookup" = String, Header),
        ("upload-offset" = u64, Header), ("upload-complete" = String, Header),
        ("upload-length" = Option<u64>, Header),
        ("content-digest" = String, Header), ("repr-digest" = String, Header)),
    request_body(content = inline(Octets), content_type = "application/partial-upload"),
    responses((status = 204, headers(("upload-offset" = u64), ("upload-complete" = String))),
        (status = 409, body = ProblemBody, content_type = "application/problem+json",
            headers(("upload-offset" = u64), ("upload-complete" = String))),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn add_report_attachment_part(
    State(state): State<ApiState>,
    Ids(name): Ids<String>,
    headers: HeaderMap,
    bytes: Result<Bytes, BytesRejection>,
) -> Result<Response> {
    let part = uploads::part(&headers, name, "before", bounded(bytes)?.to_vec())?;
    let reached = state.desk.attach_part(sent_lookup(&headers)?, part).await?;
    Ok(uploads::answer(reached))
}

fn sent_lookup(headers: &HeaderMap) -> Result<Lookup> {
    let text = headers.get("report-lookup");
    lookup(text.and_then(|value| value.to_str().ok()).unwrap_or(""))
}

/// A report code's lookup.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct FollowUpRequest {
    /// 64 hexadecimal digits.
    lookup: String,
}

/// The reporter's answer to "is it fixed?".
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct VerdictRequest {
    /// 64 hexadecimal digits.
    lookup: String,
    fixed: bool,
    #[serde(default)]
    note: String,
}

/// Where a report stands: days, never instants.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FollowUpBody {
    /// `waiting_release`, `apart` or a case's state.
    state: &'static str,
    /// Of one that is or was kept apart from the team: `open`, `answered`, `handed_on` or `reworded`.
    apart: Option<&'static str>,
    reported_day: String,
    category: &'static str,
    text: String,
    answer: Option<String>,
    answered_day: Option<String>,
    due_day: Option<String>,
    fixed_day: Option<String>,
    /// Whether to ask "is it fixed?".
    ask_fixed: bool,
    /// Questions of the team and replies, oldest first.
    messages: Vec<FollowUpMessage>,
    /// Whether words to the team would reach it.
    may_write: bool,
    /// The reward, once one is approved.
    reward: Option<HolderRewardBody>,
    /// Who read the name or heard the recording, and when.
    looks: Vec<LookedAtBody>,
}

/// A look at what the reporter gave to some people only.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LookedAtBody {
    /// `name_read` or `voice_heard`.
    act: &'static str,
    by: String,
    day: String,
}

fn looked_at(it: LookedAt) -> LookedAtBody {
    LookedAtBody {
        act: if it.was_heard {
            "voice_heard"
        } else {
            "name_read"
        },
        by: it.by,
        day: it.day.to_string(),
    }
}

/// The reward of a report, as its holder sees it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HolderRewardBody {
    /// Minor units.
    minor: i64,
    currency: String,
    /// `named`, `in_confidence` or `pay_code`.
    way: &'static str,
    /// Paid by name; one against a pay code is asked for with the pay code.
    paid: bool,
}

/// A question or reply, without names.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FollowUpMessage {
    /// `team` or `reporter`.
    side: &'static str,
    day: String,
    text: String,
}

fn message(it: Said) -> FollowUpMessage {
    FollowUpMessage {
        side: it.side.as_str(),
        day: it.day.to_string(),
        text: it.text,
    }
}

impl From<FollowUp> for FollowUpBody {
    fn from(it: FollowUp) -> Self {
        Self {
            state: match (it.state, it.apart) {
                (Some(state), _) => state.as_str(),
                (None, Some(_)) => "apart",
                (None, None) => "waiting_release",
            },
            apart: it.apart.map(|it| it.stage.as_str()),
            reported_day: it.reported_day.to_string(),
            category: it.category.as_str(),
            text: it.text,
            answer: it.answer,
            answered_day: it.answered_day.map(|day| day.to_string()),
            due_day: it.due_day.map(|day| day.to_string()),
            fixed_day: it.fixed_day.map(|day| day.to_string()),
            ask_fixed: it.asks_whether_fixed,
            messages: it.messages.into_iter().map(message).collect(),
            may_write: it.may_write,
            looks: it.looks.into_iter().map(looked_at).collect(),
            reward: it.reward.map(|reward| HolderRewardBody {
                minor: reward.money.minor,
                currency: reward.money.currency,
                way: reward.way.as_str(),
                paid: reward.is_paid,
            }),
        }
    }
}

/// Where a report stands. A wrong code and an unknown one are answered alike.
#[utoipa::path(post, path = "/api/v1/follow-up", tag = "reports", request_body = FollowUpRequest,
    responses((status = 200, body = FollowUpBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn find_report(
    State(state): State<ApiState>,
    Body { value, .. }: Body<FollowUpRequest>,
) -> Result<Json<FollowUpBody>> {
    let lookup = lookup(&value.lookup)?;
    Ok(Json(state.desk.follow_up(lookup).await?.into()))
}

/// The reporter's answer to "is it fixed?"; "not yet" opens the case again.
#[utoipa::path(post, path = "/api/v1/follow-up/verdict", tag = "reports",
    request_body = VerdictRequest,
    responses((status = 200, body = FollowUpBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn give_verdict(
    State(state): State<ApiState>,
    Body { value, .. }: Body<VerdictRequest>,
) -> Result<Json<FollowUpBody>> {
    let lookup = lookup(&value.lookup)?;
    let standing = state.desk.verdict(lookup, value.fixed, value.note);
    Ok(Json(standing.await?.into()))
}

/// Words of the reporter to the team.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ReplyRequest {
    /// 64 hexadecimal digits.
    lookup: String,
    /// The phone's own id: the same one again changes nothing.
    id: Uuid,
    text: String,
}

/// Words of the reporter to the team: a reply, or something that was forgotten.
#[utoipa::path(post, path = "/api/v1/follow-up/messages", tag = "reports",
    request_body = ReplyRequest,
    responses((status = 200, body = FollowUpBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn reply_to_team(
    State(state): State<ApiState>,
    Body { value, .. }: Body<ReplyRequest>,
) -> Result<Json<FollowUpBody>> {
    let lookup = lookup(&value.lookup)?;
    let standing = state.desk.reply(lookup, value.id, &value.text).await?;
    Ok(Json(standing.into()))
}

/// A report code's look-up value with that of the pay code derived from it.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct TakeRequest {
    /// 64 hexadecimal digits.
    lookup: String,
    /// 64 hexadecimal digits.
    pay_lookup: String,
}

/// What lies behind the pay code.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TakenBody {
    /// Minor units.
    minor: i64,
    currency: String,
    /// It was paid out.
    paid: bool,
}

/// Takes the pay code of an anonymous report's reward, or asks again what became of it.
#[utoipa::path(post, path = "/api/v1/follow-up/pay-code", tag = "reports",
    request_body = TakeRequest,
    responses((status = 200, body = TakenBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn take_pay_code(
    State(state): State<ApiState>,
    Body { value, .. }: Body<TakeRequest>,
) -> Result<Json<TakenBody>> {
    let pay = unhex(&value.pay_lookup)
        .map(PayLookup)
        .ok_or(Code::InputInvalid.at("pay_lookup"))?;
    let taken = state.desk.claim(lookup(&value.lookup)?, pay).await?;
    Ok(Json(TakenBody {
        minor: taken.money.minor,
        currency: taken.money.currency,
        paid: taken.is_paid,
    }))
}
