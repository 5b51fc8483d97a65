//! The minutes as a file.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use hezuo_app::teams;

use super::OfMeeting;
use crate::caller::{Ids, Inside};
use crate::download::{FormatQuery, tables};
use crate::guard;
use crate::input::Params;
use crate::octets::Octets;
use crate::problem::{ProblemBody, Result};
use crate::state::ApiState;
use crate::words::word;

/// The minutes of a meeting as a file: a workbook with what was decided and who was there, or the
/// decisions as CSV. Nothing in it says who raised a case.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/meetings/{meeting}/export",
    tag = "teams", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("meeting" = Uuid, Path), FormatQuery),
    responses((status = 200, content(
            (inline(Octets) = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (String = "text/csv"))),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn export_minutes(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfMeeting>,
    Params(query): Params<FormatQuery>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response> {
    let locale = guard::locale(&uri, &headers);
    let words = move |key: &str| word(locale, key);
    let sheets = teams::tables(&state.app, &access, path.meeting, &words).await?;
    let name = format!("{}-{}", sheets[0].name, sheets[0].made_on);
    tables(&name, sheets.into(), query.format.unwrap_or_default()).await
}
