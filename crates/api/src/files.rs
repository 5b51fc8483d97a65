//! The built web app.

use std::borrow::Cow;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use crate::state::ApiState;

/// Where the built files are: inside the binary, or nowhere.
pub trait Files: Send + Sync {
    /// The bytes of a file, by its path in `web/dist`.
    fn get(&self, path: &str) -> Option<Cow<'static, [u8]>>;
}

/// Nothing inline, nothing from elsewhere, and no text that turns into markup but through the two
/// named policies: Vue's own for what it has compiled, and `web/src/modules/trusted.ts`.
const APP_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' blob: data:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; \
     worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types vue hezuo";

/// Serves a file, or the app whose folder the path lies in.
pub(crate) async fn serve(State(state): State<ApiState>, uri: Uri) -> Response {
    let path = uri.path().trim_matches('/');
    let app = path.split('/').next().unwrap_or_default();
    let candidates = [
        path.to_owned(),
        format!("{path}/index.html"),
        format!("{app}/index.html"),
    ];
    let candidates = if path.is_empty() {
        &candidates[1..]
    } else {
        &candidates[..]
    };
    let is_page = |name: &str| !name.rsplit('/').next().unwrap_or_default().contains('.');
    for candidate in candidates {
        // A missing file of an app must not be answered with the app's page.
        if candidate.ends_with("index.html") && !path.is_empty() && !is_page(path) {
            continue;
        }
        if let Some(bytes) = state.files.get(candidate.trim_start_matches('/')) {
            return file(candidate, bytes);
        }
    }
    (StatusCode::NOT_FOUND, "404").into_response()
}

fn file(path: &str, bytes: Cow<'static, [u8]>) -> Response {
    let extension = path.rsplit('.').next().unwrap_or_default();
    let content_type = match extension {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "webmanifest" => "application/json",
        "svg" => "image/svg+xml; charset=utf-8",
        "png" => "image/png",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    };
    // Names under these folders carry a hash of their content.
    let hashed =
        path.starts_with("assets/") || (path.starts_with("report/") && extension != "json");
    let cache = if hashed {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(APP_POLICY),
        ),
    ];
    (headers, bytes.into_owned()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_text_says_in_which_characters() {
        for path in ["index.html", "a.js", "a.css", "icon.svg"] {
            let answer = file(path, Cow::Borrowed(b"."));
            let kind = answer.headers()[header::CONTENT_TYPE].to_str().unwrap();
            assert!(kind.ends_with("; charset=utf-8"), "{path}: {kind}");
        }
    }
}
