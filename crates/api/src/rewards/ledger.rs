//! The reward ledger as a file.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use hezuo_app::{Error, rewards};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::caller::Inside;
use crate::cases::FileFormat;
use crate::download::{CSV, XLSX, download};
use crate::guard;
use crate::input::Params;
use crate::problem::{ProblemBody, Result};
use crate::state::ApiState;
use crate::words::word;

/// As what.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LedgerQuery {
    /// A workbook by default.
    #[param(inline)]
    format: Option<FileFormat>,
}

/// The reward ledger as a file. Payments against pay codes stand in rows of their own, without a
/// case; nothing in it says who spoke.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/rewards/export", tag = "rewards",
    security(("session" = [])), params(("enterprise" = Uuid, Path), LedgerQuery),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn export_rewards(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Params(query): Params<LedgerQuery>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response> {
    let locale = guard::locale(&uri, &headers);
    let words = move |key: &str| word(locale, key);
    let sheet = rewards::ledger(&state.app, &access, &words).await?;
    let name = format!("{}-{}", words("export.rewards"), sheet.made_on);
    let format = query.format.unwrap_or_default();
    // Packing a workbook keeps a core busy for longer than other requests should wait.
    let made = tokio::task::spawn_blocking(move || match format {
        FileFormat::Xlsx => sheet.to_xlsx().map(|bytes| (XLSX, bytes)),
        FileFormat::Csv => sheet.to_csv().map(|bytes| (CSV, bytes)),
    });
    let made = made.await.map_err(Error::from)?.map_err(Error::from)?;
    Ok(download(&name, made.0, Body::from(made.1)))
}
