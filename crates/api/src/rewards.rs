//! Rewards over HTTP.

mod bodies;
mod ledger;
mod slip;

use axum::Json;
use axum::extract::State;
use hezuo_app::rewards;
use hezuo_domain::Code;
use hezuo_domain::ids::{CaseId, RewardId};
use hezuo_domain::rewards::State as RewardState;
use hezuo_domain::time::Day;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::caller::{Ids, Inside};
use crate::input::{Body, Params};
use crate::problem::{ProblemBody, Result};
use crate::state::ApiState;
use bodies::{
    CaseRewardBody, DecisionRequest, PayCodeRequest, PayOutBody, PayOutRequest, RewardBody,
    RewardPageBody, RewardSumsBody, WaitingPageBody, WithdrawRequest,
};
pub(crate) use ledger::{__path_export_rewards, export_rewards};
pub(crate) use slip::{__path_print_reward_slip, print_reward_slip, slip_style};

/// The case in the path.
#[derive(Deserialize)]
pub(crate) struct OfCase {
    case: CaseId,
}

/// The reward in the path.
#[derive(Deserialize)]
pub(crate) struct OfReward {
    reward: RewardId,
}

/// How to narrow the list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RewardQuery {
    /// `approved`, `paid`, `withdrawn` or `declined`; all by default.
    state: Option<String>,
    /// Where the last page ended.
    cursor: Option<String>,
    /// Lines, at most 200; 50 by default.
    limit: Option<i64>,
}

/// Where a list goes on.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WaitingQuery {
    /// Where the last page ended.
    cursor: Option<String>,
    /// Lines, at most 200; 50 by default.
    limit: Option<i64>,
}

/// Which month.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MonthQuery {
    /// A day in the month; today by default.
    day: Option<String>,
}

fn cursor<T: From<Uuid>>(text: Option<&str>) -> Result<Option<(Day, T)>> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let read = |text: &str| -> Option<(Day, T)> {
        let (day, id) = text.split_once('.')?;
        Some((day.parse().ok()?, T::from(id.parse::<Uuid>().ok()?)))
    };
    Ok(Some(read(text).ok_or(Code::InputInvalid.at("cursor"))?))
}

/// Lists decisions about rewards, newest first.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/rewards", tag = "rewards",
    security(("session" = [])), params(("enterprise" = Uuid, Path), RewardQuery),
    responses((status = 200, body = RewardPageBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list_rewards(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Params(query): Params<RewardQuery>,
) -> Result<Json<RewardPageBody>> {
    let wanted = match query.state.as_deref() {
        None | Some("") => None,
        Some(word) => Some(RewardState::parse(word).ok_or(Code::InputInvalid.at("state"))?),
    };
    let before = cursor::<RewardId>(query.cursor.as_deref())?;
    let limit = query.limit.unwrap_or(50);
    let page = rewards::list(&state.app, &access, wanted, before, limit).await?;
    Ok(Json(RewardPageBody {
        items: page.items.into_iter().map(RewardBody::from).collect(),
        next_cursor: page.next.map(|(day, id)| format!("{day}.{id}")),
    }))
}

/// Verified cases about whose reward nobody has decided yet, newest first.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/rewards/waiting", tag = "rewards",
    security(("session" = [])), params(("enterprise" = Uuid, Path), WaitingQuery),
    responses((status = 200, body = WaitingPageBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list_waiting_rewards(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Params(query): Params<WaitingQuery>,
) -> Result<Json<WaitingPageBody>> {
    let before = cursor::<CaseId>(query.cursor.as_deref())?;
    let limit = query.limit.unwrap_or(50);
    let (items, next) = rewards::waiting(&state.app, &access, before, limit).await?;
    Ok(Json(WaitingPageBody {
        items: items.into_iter().map(Into::into).collect(),
        next_cursor: next.map(|(day, id)| format!("{day}.{id}")),
    }))
}

/// The sums of a month.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/rewards/sums", tag = "rewards",
    security(("session" = [])), params(("enterprise" = Uuid, Path), MonthQuery),
    responses((status = 200, body = RewardSumsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn find_reward_sums(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Params(query): Params<MonthQuery>,
) -> Result<Json<RewardSumsBody>> {
    let day = match query.day.as_deref() {
        None | Some("") => None,
        Some(text) => Some(text.parse().or(Err(Code::InputInvalid.at("day")))?),
    };
    Ok(Json(rewards::sums(&state.app, &access, day).await?.into()))
}

/// What the pack proposes for a case, and what was decided.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/cases/{case}/reward", tag = "rewards",
    security(("session" = [])), params(("enterprise" = Uuid, Path), ("case" = Uuid, Path)),
    responses((status = 200, body = CaseRewardBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn find_case_reward(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfCase>,
) -> Result<Json<CaseRewardBody>> {
    let found = rewards::of_case(&state.app, &access, path.case).await?;
    Ok(Json(found.into()))
}

/// Approves a reward for a case, or declines it with a reason.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/cases/{case}/reward", tag = "rewards",
    security(("session" = [])), params(("enterprise" = Uuid, Path), ("case" = Uuid, Path)),
    request_body = DecisionRequest,
    responses((status = 200, body = CaseRewardBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn decide_reward(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfCase>,
    Body { value, .. }: Body<DecisionRequest>,
) -> Result<Json<CaseRewardBody>> {
    let found = rewards::decide(&state.app, &access, path.case, value.into()).await?;
    Ok(Json(found.into()))
}

/// Notes that a reward was handed over by name.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/rewards/{reward}/pay",
    tag = "rewards", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("reward" = Uuid, Path)),
    responses((status = 200, body = RewardBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn pay_reward(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfReward>,
) -> Result<Json<RewardBody>> {
    let paid = rewards::pay(&state.app, &access, path.reward).await?;
    Ok(Json(paid.into()))
}

/// Takes a reward back before it is paid.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/rewards/{reward}/withdraw",
    tag = "rewards", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("reward" = Uuid, Path)), request_body = WithdrawRequest,
    responses((status = 200, body = RewardBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn withdraw_reward(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfReward>,
    Body { value, .. }: Body<WithdrawRequest>,
) -> Result<Json<RewardBody>> {
    let taken = rewards::withdraw(&state.app, &access, path.reward, &value.reason).await?;
    Ok(Json(taken.into()))
}

/// The amount behind a pay code, and nothing else. A used code, an unknown one and a mistyped one
/// are answered alike.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/pay-codes/look-up", tag = "rewards",
    security(("session" = [])), params(("enterprise" = Uuid, Path)),
    request_body = PayCodeRequest,
    responses((status = 200, body = PayOutBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn find_pay_code(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Body { value, .. }: Body<PayCodeRequest>,
) -> Result<Json<PayOutBody>> {
    let found = rewards::look_up(&state.app, &access, &value.code).await?;
    Ok(Json(found.into()))
}

/// Notes that the amount behind a pay code was handed over. The same id may be sent again.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/pay-codes/pay", tag = "rewards",
    security(("session" = [])), params(("enterprise" = Uuid, Path)),
    request_body = PayOutRequest,
    responses((status = 200, body = PayOutBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn pay_pay_code(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Body { value, .. }: Body<PayOutRequest>,
) -> Result<Json<PayOutBody>> {
    let paid = rewards::pay_out(&state.app, &access, value.id, &value.code).await?;
    Ok(Json(paid.into()))
}
