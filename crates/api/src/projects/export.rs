//! Projects as a file.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use hezuo_app::{Error, projects};
use serde::Deserialize;
use utoipa::IntoParams;

use super::ProjectQuery;
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
pub(crate) struct FormatQuery {
    /// A workbook by default.
    #[param(inline)]
    format: Option<FileFormat>,
}

/// A list of projects as a file, in the language that `lang` or the browser asks for.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/projects/export", tag = "projects",
    security(("session" = [])), params(("enterprise" = Uuid, Path), FormatQuery, ProjectQuery),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn export_projects(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Params(wanted): Params<FormatQuery>,
    Params(query): Params<ProjectQuery>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response> {
    let filter = query.filter()?;
    let locale = guard::locale(&uri, &headers);
    let words = move |key: &str| word(locale, key);
    let sheet = projects::export::table(&state.app, &access, &filter, &words).await?;
    let name = format!("{}-{}", words("export.projects"), sheet.made_on);
    let format = wanted.format.unwrap_or_default();
    // Packing a workbook keeps a core busy for longer than other requests should wait.
    let made = tokio::task::spawn_blocking(move || match format {
        FileFormat::Xlsx => sheet.to_xlsx().map(|bytes| (XLSX, bytes)),
        FileFormat::Csv => sheet.to_csv().map(|bytes| (CSV, bytes)),
    });
    let made = made.await.map_err(Error::from)?.map_err(Error::from)?;
    Ok(download(&name, made.0, Body::from(made.1)))
}
