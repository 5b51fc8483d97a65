//! The page of what is known about a worker and what is not.

use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;

use super::{ask_again, frame};
use crate::guard::locale;
use crate::html::page;
use crate::pages::PromisePage;
use crate::problem::Result;
use crate::state::Reached;

/// What is known about whoever reports here, and what is not.
pub(crate) async fn promise_page(
    Reached(state): Reached,
    Path(code): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response> {
    let locale = locale(&uri, &headers);
    // Its way back leads to a report page, so there must be one.
    if let Err(error) = state.desk.doorway(&code).await {
        let typed = code.split('.').next().unwrap_or_default();
        return ask_again(&state, locale, error.into(), typed);
    }
    let shown = PromisePage {
        frame: frame(&state, locale),
        code: &code,
    };
    page(StatusCode::OK, &shown)
}
