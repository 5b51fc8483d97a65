//! Notices, alarms, and when they go out.

pub(crate) mod channels;
pub(crate) mod mail;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hezuo_app::notices;
use hezuo_domain::Code;
use hezuo_domain::cases::reference;
use hezuo_domain::ids::CaseId;
use hezuo_domain::notices::{Rhythm, clock, minute};
use hezuo_domain::time::Day;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::caller::{Ids, Inside};
use crate::cases::bodies::Client;
use crate::input::{Body, Params};
use crate::problem::{ProblemBody, Result};
use crate::state::ApiState;

/// A danger that nobody has answered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AlarmBody {
    case_id: Uuid,
    /// The short reference that people say aloud.
    #[serde(rename = "ref")]
    reference: String,
    /// The pictogram.
    category: String,
    area_name: Option<String>,
    /// Risk level, 1 to 4, once graded.
    level: Option<i64>,
    reported_day: String,
    /// How far it has gone, 1 to 3.
    step: i64,
    /// Whether it rings at the caller, and not only at others.
    rings: bool,
}

/// The alarms that ring.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AlarmsBody {
    items: Vec<AlarmBody>,
}

/// The alarms that the caller may answer, the loudest first.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/alarms", tag = "notices",
    security(("session" = [])), params(("enterprise" = Uuid, Path)),
    responses((status = 200, body = AlarmsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list_alarms(
    State(state): State<ApiState>,
    Inside(access): Inside,
) -> Result<Json<AlarmsBody>> {
    let found = notices::ringing(&state.app, &access).await?;
    let items = found.into_iter().map(|alarm| AlarmBody {
        case_id: alarm.it.id.0,
        reference: reference(alarm.it.id),
        category: alarm.it.category,
        area_name: alarm.it.area_name,
        level: alarm.it.grade_level,
        reported_day: Day(alarm.it.reported_day).to_string(),
        step: alarm.it.alarm_step,
        rings: alarm.rings,
    });
    Ok(Json(AlarmsBody {
        items: items.collect(),
    }))
}

#[derive(Deserialize)]
pub(crate) struct OfCase {
    case: CaseId,
}

/// From where somebody answers.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct AnswerAlarmBody {
    client: Client,
}

/// "I go there now": answers an alarm by name.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/cases/{case}/alarm/answer",
    tag = "notices", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("case" = Uuid, Path)), request_body = AnswerAlarmBody,
    responses((status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn answer_alarm(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfCase>,
    Body { value, .. }: Body<AnswerAlarmBody>,
) -> Result<StatusCode> {
    notices::answer(&state.app, &access, path.case, value.client.word()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One notice of the caller's.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NoticeBody {
    id: Uuid,
    /// `danger`, `due` or `account`.
    kind: String,
    day: String,
    read: bool,
    /// Of a danger, the case.
    case_id: Option<Uuid>,
    case_ref: Option<String>,
    category: Option<String>,
    area_name: Option<String>,
    /// Risk level, 1 to 4, once graded.
    level: Option<i64>,
    /// The case's state now.
    state: Option<String>,
    /// Of a danger, how far its alarm had gone.
    step: Option<i64>,
    /// Who has answered the alarm.
    answered_by: Option<String>,
    /// How many of the caller's cases are due soon.
    due_soon: i64,
    /// How many are overdue.
    overdue: i64,
    /// Of an account, how far the act had come: `asked`, `agreed`, `refused` or `done`.
    phase: Option<String>,
    /// Of an account, what was done.
    act: Option<String>,
    /// Of a role, which.
    role: Option<String>,
    /// To whose account.
    subject: Option<String>,
    /// By whom; none for the server's terminal.
    actor: Option<String>,
}

/// A page of the caller's notices.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NoticePageBody {
    items: Vec<NoticeBody>,
    /// Give it back as `cursor` for the next page; none on the last.
    next_cursor: Option<String>,
    /// How many are unread, on all pages.
    unread: i64,
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct NoticeQuery {
    /// Where the last page ended.
    cursor: Option<String>,
    /// Lines, at most 200; 50 by default.
    limit: Option<i64>,
}

/// Reads where a page ended that is sorted by day.
pub(crate) fn cursor(text: &str) -> Option<(Day, Uuid)> {
    let (day, id) = text.split_once('.')?;
    Some((day.parse().ok()?, id.parse().ok()?))
}

/// Lists the caller's own notices, newest day first.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/notices", tag = "notices",
    security(("session" = [])), params(("enterprise" = Uuid, Path), NoticeQuery),
    responses((status = 200, body = NoticePageBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list_notices(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Params(query): Params<NoticeQuery>,
) -> Result<Json<NoticePageBody>> {
    let before = match query.cursor.as_deref() {
        None | Some("") => None,
        Some(text) => Some(cursor(text).ok_or(Code::InputInvalid.at("cursor"))?),
    };
    let page = notices::list(&state.app, &access, before, query.limit.unwrap_or(50)).await?;
    let items = page.items.into_iter().map(|it| NoticeBody {
        id: it.id,
        kind: it.kind,
        day: Day(it.local_day).to_string(),
        read: it.read_day.is_some(),
        case_ref: it.case_id.map(|case| reference(CaseId(case))),
        case_id: it.case_id,
        category: it.category,
        area_name: it.area_name,
        level: it.grade_level,
        state: it.state,
        step: it.step,
        answered_by: it.answered_by,
        due_soon: it.due_soon,
        overdue: it.overdue,
        phase: it.phase,
        act: it.act,
        role: it.role,
        subject: it.subject,
        actor: it.actor,
    });
    Ok(Json(NoticePageBody {
        items: items.collect(),
        next_cursor: page.next.map(|(day, id)| format!("{day}.{id}")),
        unread: page.unread,
    }))
}

/// What was read.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ReadBody {
    /// One notice; all of them where none is named.
    id: Option<Uuid>,
}

/// Marks one of the caller's notices as read, or all of them.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/notices/read", tag = "notices",
    security(("session" = [])), params(("enterprise" = Uuid, Path)), request_body = ReadBody,
    responses((status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn read_notices(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Body { value, .. }: Body<ReadBody>,
) -> Result<StatusCode> {
    notices::read(&state.app, &access, value.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// When notices go out; times are those of the clock on the factory's wall, such as `21:00`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct RhythmBody {
    /// Minutes until an alarm that nobody has answered goes further, 1 to 120.
    alarm_minutes: i64,
    /// The quiet hours begin; a danger breaks them.
    quiet_from: String,
    /// The quiet hours end; the same time where there are none.
    quiet_to: String,
    /// When owners are told what is due.
    digest_at: String,
}

/// When notices go out.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/notices/rhythm", tag = "notices",
    security(("session" = [])), params(("enterprise" = Uuid, Path)),
    responses((status = 200, body = RhythmBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn find_rhythm(
    State(state): State<ApiState>,
    Inside(access): Inside,
) -> Result<Json<RhythmBody>> {
    let it = notices::rhythm(&state.app, &access).await?;
    Ok(Json(RhythmBody {
        alarm_minutes: it.alarm_minutes,
        quiet_from: clock(it.quiet_from),
        quiet_to: clock(it.quiet_to),
        digest_at: clock(it.digest_at),
    }))
}

/// Sets when notices go out.
#[utoipa::path(put, path = "/api/v1/enterprises/{enterprise}/notices/rhythm", tag = "notices",
    security(("session" = [])), params(("enterprise" = Uuid, Path)), request_body = RhythmBody,
    responses((status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn update_rhythm(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Body { value, .. }: Body<RhythmBody>,
) -> Result<StatusCode> {
    let rhythm = Rhythm {
        alarm_minutes: value.alarm_minutes,
        quiet_from: minute(&value.quiet_from, "quiet_from")?,
        quiet_to: minute(&value.quiet_to, "quiet_to")?,
        digest_at: minute(&value.digest_at, "digest_at")?,
    };
    notices::save_rhythm(&state.app, &access, rhythm).await?;
    Ok(StatusCode::NO_CONTENT)
}
