//! A file to keep.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

/// A workbook: the media type and the ending.
pub(crate) const XLSX: (&str, &str) = (
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xlsx",
);

/// Text with commas.
pub(crate) const CSV: (&str, &str) = ("text/csv; charset=utf-8", "csv");

/// The answer that a browser saves under a name, which may be Chinese (RFC 6266).
pub(crate) fn download(
    name: &str,
    (media_type, ending): (&'static str, &str),
    body: Body,
) -> Response {
    let name = format!("{name}.{ending}");
    let encoded: String = name
        .bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect();
    let disposition =
        format!("attachment; filename=\"hezuo.{ending}\"; filename*=UTF-8''{encoded}");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_str(&disposition).unwrap_or(HeaderValue::from_static("attachment")),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, body).into_response()
}
