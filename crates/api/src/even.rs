//! Answers about one report have one of a few lengths. Whoever watches the network sees how long an
//! answer is, even where he can't read it: whether a report was answered, or a code was right, must not
//! be seen by that.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{Extensions, HeaderMap, StatusCode, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hezuo_domain::Code;
use hezuo_domain::envelopes::SIZES;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate};

use crate::problem::ApiError;

/// Marks an answer that keeps its length: packed, a short one would be short again.
#[derive(Debug, Clone, Copy)]
struct Even;

fn may_be_packed(_: StatusCode, _: Version, _: &HeaderMap, extensions: &Extensions) -> bool {
    extensions.get::<Even>().is_none()
}

/// Packs answers, but not those that are filled up.
pub(crate) fn packing() -> CompressionLayer<impl Predicate> {
    CompressionLayer::new().compress_when(DefaultPredicate::new().and(may_be_packed))
}

/// Fills up what is answered about one report with blanks, which neither a page nor JSON minds.
pub(crate) async fn fill_up(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_about_one = path == "/f" || path.starts_with("/api/v1/follow-up");
    let response = next.run(request).await;
    if !is_about_one {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, SIZES[SIZES.len() - 1]).await else {
        return ApiError::from(Code::Internal).into_response();
    };
    let bytes = filled(bytes);
    parts
        .headers
        .insert(header::CONTENT_LENGTH, bytes.len().into());
    parts.extensions.insert(Even);
    Response::from_parts(parts, Body::from(bytes))
}

fn filled(bytes: Bytes) -> Bytes {
    let Some(size) = SIZES.into_iter().find(|size| *size >= bytes.len()) else {
        return bytes;
    };
    let mut whole = bytes.to_vec();
    whole.resize(size, b' ');
    whole.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_are_alike() {
        let short = filled(Bytes::from_static(b"{}"));
        assert_eq!(short.len(), SIZES[0]);
        assert_eq!(filled(Bytes::from(vec![b'x'; 9_000])).len(), SIZES[0]);
        assert_eq!(
            filled(Bytes::from(vec![b'x'; SIZES[0] + 1])).len(),
            SIZES[1]
        );
        assert_eq!(
            serde_json::from_slice::<serde_json::Value>(&short).unwrap(),
            serde_json::json!({})
        );
    }
}
