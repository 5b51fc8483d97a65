//! Improvement teams, their agenda and their meetings over HTTP.

mod bodies;
mod export;
mod requests;

pub(crate) use export::{__path_export_minutes, export_minutes};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hezuo_app::teams;
use hezuo_domain::Code;
use hezuo_domain::ids::{MeetingId, PersonId, TeamId};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::caller::{Ids, Inside};
use crate::input::{Body, Params};
use crate::problem::{ProblemBody, Result};
use crate::state::ApiState;
use bodies::{
    AgendaBody, DecidedBody, MeetingBody, MeetingPageBody, RecordedBody, TeamBody, TeamsBody,
};
use requests::{
    BeginBody, DecisionsBody, IdeasBody, MarksBody, MeetingHeadBody, MemberRequest, TeamRequest,
};

/// The team in the path.
#[derive(Deserialize)]
pub(crate) struct OfTeam {
    team: TeamId,
}

/// The member in the path.
#[derive(Deserialize)]
pub(crate) struct OfMember {
    team: TeamId,
    person: PersonId,
}

/// The meeting in the path.
#[derive(Deserialize)]
pub(crate) struct OfMeeting {
    meeting: MeetingId,
}

/// Where a page of meetings begins.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MeetingsQuery {
    /// Where the last page ended.
    cursor: Option<String>,
}

/// The improvement teams with their members.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/teams", tag = "teams",
    security(("session" = [])), params(("enterprise" = Uuid, Path)),
    responses((status = 200, body = TeamsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list_teams(
    State(state): State<ApiState>,
    Inside(access): Inside,
) -> Result<Json<TeamsBody>> {
    let all = teams::list(&state.app, &access).await?;
    Ok(Json(TeamsBody::of(all, &access)))
}

/// Adds a team.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/teams", tag = "teams",
    security(("session" = [])), params(("enterprise" = Uuid, Path)), request_body = TeamRequest,
    responses((status = 201, body = TeamBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn create_team(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Body { value, .. }: Body<TeamRequest>,
) -> Result<(StatusCode, Json<TeamBody>)> {
    let team = teams::add(&state.app, &access, &value.into()).await?;
    Ok((StatusCode::CREATED, Json(TeamBody::of(team, &access))))
}

/// Changes a team.
#[utoipa::path(put, path = "/api/v1/enterprises/{enterprise}/teams/{team}", tag = "teams",
    security(("session" = [])), params(("enterprise" = Uuid, Path), ("team" = Uuid, Path)),
    request_body = TeamRequest,
    responses((status = 200, body = TeamBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn update_team(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfTeam>,
    Body { value, .. }: Body<TeamRequest>,
) -> Result<Json<TeamBody>> {
    let team = teams::change(&state.app, &access, path.team, &value.into()).await?;
    Ok(Json(TeamBody::of(team, &access)))
}

/// Takes somebody into a team, or changes what the member is there.
#[utoipa::path(put, path = "/api/v1/enterprises/{enterprise}/teams/{team}/members/{person}",
    tag = "teams", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("team" = Uuid, Path), ("person" = Uuid, Path)),
    request_body = MemberRequest,
    responses((status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn save_team_member(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfMember>,
    Body { value, .. }: Body<MemberRequest>,
) -> Result<StatusCode> {
    let entry = value.try_into()?;
    teams::save_member(&state.app, &access, path.team, path.person, entry).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Somebody leaves a team; the membership keeps its days.
#[utoipa::path(delete, path = "/api/v1/enterprises/{enterprise}/teams/{team}/members/{person}",
    tag = "teams", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("team" = Uuid, Path), ("person" = Uuid, Path)),
    responses((status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn end_team_member(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfMember>,
) -> Result<StatusCode> {
    teams::end_member(&state.app, &access, path.team, path.person).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the team speaks about, as of now. Who raised a case never stands on it.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/teams/{team}/agenda", tag = "teams",
    security(("session" = [])), params(("enterprise" = Uuid, Path), ("team" = Uuid, Path)),
    responses((status = 200, body = AgendaBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn find_agenda(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfTeam>,
) -> Result<Json<AgendaBody>> {
    let agenda = teams::agenda(&state.app, &access, path.team).await?;
    Ok(Json(agenda.into()))
}

/// The meetings of a team, the latest first.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/teams/{team}/meetings", tag = "teams",
    security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("team" = Uuid, Path), MeetingsQuery),
    responses((status = 200, body = MeetingPageBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list_meetings(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfTeam>,
    Params(query): Params<MeetingsQuery>,
) -> Result<Json<MeetingPageBody>> {
    let below = match query.cursor.as_deref() {
        None | Some("") => None,
        Some(text) => Some(text.parse().or(Err(Code::InputInvalid.at("cursor")))?),
    };
    let page = teams::list_meetings(&state.app, &access, path.team, below).await?;
    Ok(Json(page.into()))
}

/// Begins a meeting, or joins the one that is going on.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/teams/{team}/meetings", tag = "teams",
    security(("session" = [])), params(("enterprise" = Uuid, Path), ("team" = Uuid, Path)),
    request_body = BeginBody,
    responses((status = 200, body = MeetingBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn begin_meeting(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfTeam>,
    Body { value, .. }: Body<BeginBody>,
) -> Result<Json<MeetingBody>> {
    let meeting = teams::begin(&state.app, &access, path.team, value.into()).await?;
    Ok(Json(meeting.into()))
}

/// A meeting with its minutes. Who raised a case never stands in them.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/meetings/{meeting}", tag = "teams",
    security(("session" = [])), params(("enterprise" = Uuid, Path), ("meeting" = Uuid, Path)),
    responses((status = 200, body = MeetingBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn find_meeting(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfMeeting>,
) -> Result<Json<MeetingBody>> {
    let meeting = teams::find_meeting(&state.app, &access, path.meeting).await?;
    Ok(Json(meeting.into()))
}

/// Changes the head and the foot of an open meeting's minutes.
#[utoipa::path(put, path = "/api/v1/enterprises/{enterprise}/meetings/{meeting}", tag = "teams",
    security(("session" = [])), params(("enterprise" = Uuid, Path), ("meeting" = Uuid, Path)),
    request_body = MeetingHeadBody,
    responses((status = 200, body = MeetingBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn update_meeting(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfMeeting>,
    Body { value, .. }: Body<MeetingHeadBody>,
) -> Result<Json<MeetingBody>> {
    let head = value.try_into()?;
    let meeting = teams::update(&state.app, &access, path.meeting, head).await?;
    Ok(Json(meeting.into()))
}

/// Marks who is there; those who are not named stay as they are.
#[utoipa::path(put, path = "/api/v1/enterprises/{enterprise}/meetings/{meeting}/attendance",
    tag = "teams", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("meeting" = Uuid, Path)), request_body = MarksBody,
    responses((status = 200, body = MeetingBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn mark_attendance(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfMeeting>,
    Body { value, .. }: Body<MarksBody>,
) -> Result<Json<MeetingBody>> {
    let marks = value.try_into()?;
    let meeting = teams::mark(&state.app, &access, path.meeting, marks).await?;
    Ok(Json(meeting.into()))
}

/// Writes what the meeting decided: all of it in one transaction, or nothing. A problem names the
/// decision by its place (`decisions.3`). The same id with the same bytes may be sent again.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/meetings/{meeting}/decisions",
    tag = "teams", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("meeting" = Uuid, Path)), request_body = DecisionsBody,
    responses((status = 200, body = DecidedBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn decide_in_meeting(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfMeeting>,
    Body { value, bytes }: Body<DecisionsBody>,
) -> Result<Json<DecidedBody>> {
    let batch = value.into_batch(bytes.to_vec())?;
    let decided = teams::decide(&state.app, &access, path.meeting, batch).await?;
    Ok(Json(decided.into()))
}

/// Ends a meeting: its minutes stand.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/meetings/{meeting}/close",
    tag = "teams", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("meeting" = Uuid, Path)), request_body = MeetingHeadBody,
    responses((status = 200, body = MeetingBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn close_meeting(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfMeeting>,
    Body { value, .. }: Body<MeetingHeadBody>,
) -> Result<Json<MeetingBody>> {
    let head = value.try_into()?;
    let meeting = teams::close(&state.app, &access, path.meeting, head).await?;
    Ok(Json(meeting.into()))
}

/// Notes that the minutes hang on the wall since today.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/meetings/{meeting}/post",
    tag = "teams", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("meeting" = Uuid, Path)),
    responses((status = 200, body = MeetingBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn post_minutes(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfMeeting>,
) -> Result<Json<MeetingBody>> {
    let meeting = teams::post(&state.app, &access, path.meeting).await?;
    Ok(Json(meeting.into()))
}

/// Writes many ideas down at once, for whoever had them. The same id with the same bytes may be
/// sent again.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/ideas", tag = "teams",
    security(("session" = [])), params(("enterprise" = Uuid, Path)), request_body = IdeasBody,
    responses((status = 200, body = RecordedBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn record_ideas(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Body { value, bytes }: Body<IdeasBody>,
) -> Result<Json<RecordedBody>> {
    let batch = value.into_batch(bytes.to_vec())?;
    let cases = teams::record(&state.app, &access, batch).await?;
    Ok(Json(RecordedBody::of(&cases)))
}
