//! The page of what was answered and fixed around a wall code.

use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use hezuo_app::queue::Posted;
use hezuo_app::{answers, reports};
use hezuo_domain::cases::{Category, State as CaseState};
use hezuo_domain::time::Day;

use super::{ask_again, frame};
use crate::guard::locale;
use crate::html::page;
use crate::pages::{DoneLine, DonePage};
use crate::problem::Result;
use crate::state::Reached;

/// What was answered and fixed around a wall code.
pub(crate) async fn done_page(
    Reached(state): Reached,
    Path(code): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response> {
    let locale = locale(&uri, &headers);
    let entrance = match reports::enter(&state.app, &code).await {
        Ok(entrance) => entrance,
        Err(error) => {
            let typed = code.split('.').next().unwrap_or_default();
            return ask_again(&state, locale, error.into(), typed);
        }
    };
    let posted = answers::posted(&state.app, &entrance).await?;
    let lines: Vec<DoneLine> = posted.into_iter().filter_map(line).collect();
    let shown = DonePage {
        frame: frame(&state, locale),
        code: &code,
        enterprise: &entrance.enterprise.name,
        area: entrance.anonymous_area().map(|area| area.name.as_str()),
        lines: &lines,
    };
    page(StatusCode::OK, &shown)
}

fn line(it: Posted) -> Option<DoneLine> {
    Some(DoneLine {
        category: Category::parse(&it.category)?,
        state: CaseState::parse(&it.state)?,
        reported_day: Day(it.reported_day).to_string(),
        days_to_answer: it.answered_day.map(|day| (day - it.reported_day).max(0)),
        fixed_day: it.fixed_day.map(|day| Day(day).to_string()),
        answer: it.answer?,
    })
}
