//! A list of cases as a file.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use futures_util::stream::{self, Stream};
use hezuo_app::cases::export::{self, Selection};
use hezuo_app::{Access, App};
use hezuo_domain::ids::CaseId;
use hezuo_domain::time::Day;
use serde::Deserialize;
use tokio::sync::mpsc;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::QueueName;
use super::queue::Wanted;
use crate::caller::Inside;
use crate::download::{CSV, XLSX, download};
use crate::guard;
use crate::input::Params;
use crate::octets::Octets;
use crate::pages::Locale;
use crate::problem::{ProblemBody, Result};
use crate::state::ApiState;
use crate::words::word;

/// What kind of file.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FileFormat {
    /// A workbook with typed cells.
    #[default]
    Xlsx,
    /// Text with commas.
    Csv,
}

/// Which cases, as what.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// A workbook by default.
    #[param(inline)]
    format: Option<FileFormat>,
    /// Which cases; all by default.
    #[param(inline)]
    queue: Option<QueueName>,
    /// Only this area.
    area: Option<Uuid>,
    /// Only this area with its machines and everything below.
    within: Option<Uuid>,
    /// Only this site.
    site: Option<Uuid>,
    /// Only this kind.
    kind: Option<String>,
    /// Only this risk level, 1 to 4.
    level: Option<i64>,
    /// Only what this person answers for.
    owner: Option<Uuid>,
    /// Only what is in this state.
    state: Option<String>,
    /// Only what has all these words; two characters or a whole word at least.
    q: Option<String>,
    /// Of what a figure counts: the first day.
    #[param(value_type = Option<String>)]
    from: Option<Day>,
    /// Of what a figure counts: the last day.
    #[param(value_type = Option<String>)]
    to: Option<Day>,
}

/// A list of cases as a file, in the language that `lang` or the browser asks for. Nothing in it
/// says who spoke.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/cases/export", tag = "cases",
    security(("session" = [])), params(("enterprise" = Uuid, Path), ExportQuery),
    responses((status = 200, content(
            (inline(Octets) = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (String = "text/csv"))),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn export_cases(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Params(query): Params<ExportQuery>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response> {
    let which = Wanted {
        queue: query.queue,
        area: query.area,
        within: query.within,
        site: query.site,
        kind: query.kind.as_deref(),
        level: query.level,
        owner: query.owner,
        state: query.state.as_deref(),
        q: query.q.as_deref(),
        from: query.from,
        to: query.to,
    }
    .selection(&access)?;
    let locale = guard::locale(&uri, &headers);
    let words = move |key: &str| word(locale, key);
    let name = format!("{}-{}", words("export.file"), access.today(&state.app));
    let app = Arc::clone(&state.app);
    match query.format.unwrap_or_default() {
        FileFormat::Xlsx => {
            let bytes = export::workbook(&app, &access, &which, &words).await?;
            Ok(download(&name, XLSX, Body::from(bytes)))
        }
        FileFormat::Csv => {
            // The first piece is read before anything is sent, so that a refusal is an answer.
            let page = export::piece(&app, &access, &which, None).await?;
            let first = export::csv(page.items, true, &words)?;
            let rest = pieces(app, access, which, page.next, locale);
            let first = stream::iter([Ok(Bytes::from(first))]);
            let body = Body::from_stream(futures_util::StreamExt::chain(first, rest));
            Ok(download(&name, CSV, body))
        }
    }
}

/// The pieces of a file after the first. One is read while the one before is written and sent: however long the
/// file is and however slowly it is taken, there are never more than three at once.
fn pieces(
    app: Arc<App>,
    access: Access,
    which: Selection,
    mut next: Option<(Day, CaseId)>,
    locale: Locale,
) -> impl Stream<Item = hezuo_app::Result<Bytes>> {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        while let Some(before) = next {
            let page = export::piece(&app, &access, &which, Some(before)).await;
            next = page.as_ref().ok().and_then(|page| page.next);
            // Whoever hangs up wants no more.
            if sender.send(page).await.is_err() {
                return;
            }
        }
    });
    stream::unfold(receiver, move |mut receiver| async move {
        let words = move |key: &str| word(locale, key);
        let page = receiver.recv().await?;
        let written = page.and_then(|page| export::csv(page.items, false, &words));
        Some((written.map(Bytes::from), receiver))
    })
}
