//! The reward ledger as a file.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use hezuo_app::rewards;

use crate::caller::Inside;
use crate::download::{FormatQuery, tables};
use crate::guard;
use crate::input::Params;
use crate::octets::Octets;
use crate::problem::{ProblemBody, Result};
use crate::state::ApiState;
use crate::words::word;

/// The reward ledger as a file. Payments against pay codes stand in rows of their own, without a
/// case; nothing in it says who spoke.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/rewards/export", tag = "rewards",
    security(("session" = [])), params(("enterprise" = Uuid, Path), FormatQuery),
    responses((status = 200, content(
            (inline(Octets) = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (String = "text/csv"))),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn export_rewards(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Params(query): Params<FormatQuery>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response> {
    let locale = guard::locale(&uri, &headers);
    let words = move |key: &str| word(locale, key);
    let sheet = rewards::ledger(&state.app, &access, &words).await?;
    let name = format!("{}-{}", words("export.rewards"), sheet.made_on);
    tables(&name, vec![sheet], query.format.unwrap_or_default()).await
}
