//! The payment slip: a page of A6 to print, sign and file.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use hezuo_app::rewards;
use hezuo_domain::Code;
use hezuo_domain::cases::reference;
use hezuo_domain::money::Money;
use hezuo_domain::time::Day;

use super::OfReward;
use crate::caller::{Ids, Inside};
use crate::guard;
use crate::html;
use crate::pages::{Locale, Texts};
use crate::problem::{ProblemBody, Result};
use crate::state::ApiState;

#[derive(Template)]
#[template(path = "slip.html")]
struct SlipPage<'a> {
    locale: Locale,
    texts: &'static Texts,
    enterprise: &'a str,
    reference: String,
    amount: String,
    reason: &'a str,
    people: i64,
    first: &'a str,
    shares: &'a str,
    decided_name: &'a str,
    decided_day: String,
    paid_name: &'a str,
    paid_day: String,
}

/// The slip of a reward that is paid by name. One against a pay code has none: a paper that names
/// its case would tell who holds the code.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/rewards/{reward}/slip",
    tag = "rewards", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("reward" = Uuid, Path)),
    responses((status = 200, body = String, content_type = "text/html"),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn print_reward_slip(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfReward>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response> {
    let entry = rewards::find(&state.app, &access, path.reward).await?;
    let it = &entry.reward;
    if it.way == "pay_code" || !matches!(it.state.as_str(), "approved" | "paid") {
        return Err(Code::RewardNotAllowed.into());
    }
    let locale = guard::locale(&uri, &headers);
    let money = Money::new(
        it.minor.unwrap_or_default(),
        it.currency.as_deref().unwrap_or_default(),
    )?;
    let names = entry.names.as_ref();
    let page = SlipPage {
        locale,
        texts: Texts::of_locale(locale),
        enterprise: &access.enterprise.name,
        reference: reference(it.case_id),
        amount: money.to_string(),
        reason: &it.reason,
        people: it.people,
        first: names
            .and_then(|names| names.first.as_deref())
            .unwrap_or_default(),
        shares: names.map(|names| names.shares.as_str()).unwrap_or_default(),
        decided_name: &it.decided_name,
        decided_day: Day(it.decided_day).to_string(),
        paid_name: it.paid_name.as_deref().unwrap_or_default(),
        paid_day: it
            .paid_day
            .map(|day| Day(day).to_string())
            .unwrap_or_default(),
    };
    html::page(StatusCode::OK, &page)
}

/// The style of the slip.
pub(crate) async fn slip_style() -> Response {
    html::style(include_str!("../../templates/slip.css"))
}
