//! A file to keep.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use hezuo_app::{Error, Sheet, workbook};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::cases::FileFormat;
use crate::problem::Result;

/// A workbook: the media type and the ending.
pub(crate) const XLSX: (&str, &str) = (
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xlsx",
);

/// Text with commas.
pub(crate) const CSV: (&str, &str) = ("text/csv; charset=utf-8", "csv");

/// As what.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FormatQuery {
    /// A workbook by default.
    #[param(inline)]
    pub(crate) format: Option<FileFormat>,
}

/// Tables as a file: all of them as the tabs of a workbook, or the first as CSV.
pub(crate) async fn tables(name: &str, sheets: Vec<Sheet>, format: FileFormat) -> Result<Response> {
    // Packing a workbook keeps a core busy for longer than other requests should wait.
    let made = tokio::task::spawn_blocking(move || match format {
        FileFormat::Xlsx => workbook(&sheets).map(|bytes| (XLSX, bytes)),
        FileFormat::Csv => {
            let first = sheets.first().map(Sheet::to_csv).transpose();
            first.map(|bytes| (CSV, bytes.unwrap_or_default()))
        }
    });
    let (kind, bytes) = made.await.map_err(Error::from)?.map_err(Error::from)?;
    Ok(download(name, kind, Body::from(bytes)))
}

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
