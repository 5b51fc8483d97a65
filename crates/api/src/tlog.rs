//! The files of the log, for anybody: they hold hashes, and nothing that can be guessed from them.

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::state::ApiState;

/// `checkpoint`, or a tile by its level and place.
fn is_file_of_log(path: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    let mut parts = path.split('/');
    match parts.next() {
        Some("checkpoint") => parts.next().is_none(),
        Some("tile") => {
            let is_level = |level: &str| level == "entries" || is_number(level);
            parts.next().is_some_and(is_level)
                && parts.all(|part| {
                    let part = part.strip_suffix(".p").unwrap_or(part);
                    is_number(part.strip_prefix('x').unwrap_or(part))
                })
        }
        _ => false,
    }
}

/// A file of the log, as C2SP tlog-tiles lays them out.
pub(crate) async fn find_log_file(
    State(state): State<ApiState>,
    Path(path): Path<String>,
) -> Response {
    if !is_file_of_log(&path) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let content_type = match path.as_str() {
        "checkpoint" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };
    match state.app.log.read(&path).await {
        Ok(Some(bytes)) => ([(header::CONTENT_TYPE, content_type)], bytes).into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            tracing::error!(%error, "a file of the log can't be read");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_file_of_log;

    #[test]
    fn nothing_but_the_files_of_the_log_is_served() {
        for path in [
            "checkpoint",
            "tile/0/000",
            "tile/entries/x001/067.p/12",
            "tile/2/x123/x456/789",
        ] {
            assert!(is_file_of_log(path), "{path}");
        }
        for path in [
            "",
            "checkpoint/x",
            "../hezuo.db",
            "tile/0/../../secret.key",
            "tile/x/000",
            "tile/0/000.unfinished",
            "tile/0/",
        ] {
            assert!(!is_file_of_log(path), "{path}");
        }
    }
}
