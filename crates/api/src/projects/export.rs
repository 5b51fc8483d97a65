//! Projects as a file.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use hezuo_app::projects;

use super::ProjectQuery;
use crate::caller::Inside;
use crate::download::{FormatQuery, tables};
use crate::guard;
use crate::input::Params;
use crate::octets::Octets;
use crate::problem::{ProblemBody, Result};
use crate::state::ApiState;
use crate::words::word;

/// A list of projects as a file, in the language that `lang` or the browser asks for.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/projects/export", tag = "projects",
    security(("session" = [])), params(("enterprise" = Uuid, Path), FormatQuery, ProjectQuery),
    responses((status = 200, content(
            (inline(Octets) = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (String = "text/csv"))),
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
    tables(&name, vec![sheet], wanted.format.unwrap_or_default()).await
}
