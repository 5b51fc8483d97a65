//! Pages and styles that the server writes itself.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hezuo_app::Error;

use crate::problem::Result;

/// A page. It is never cached: a phone that is shown on demand must not hold an answer.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Result<Response> {
    let html = template
        .render()
        .map_err(|error| Error::Internal(error.to_string()))?;
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((status, headers, html).into_response())
}

/// The style of a page to print.
pub(crate) fn style(text: &'static str) -> Response {
    let headers = [(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/css; charset=utf-8"),
    )];
    (headers, text).into_response()
}
