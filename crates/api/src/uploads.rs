//! Uploads in parts over HTTP: what the headers of a part say, and of the answer to it. The names are those of
//! the draft "Resumable Uploads for HTTP" and of RFC 9530; a part without bytes asks how far an upload has come.

use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hezuo_app::uploads::parts::{Part, Reached};
use hezuo_domain::Code;
use hezuo_domain::commitment::Hash;

use crate::problem::{ApiError, Result};

const OFFSET: &str = "upload-offset";
const COMPLETE: &str = "upload-complete";
const LENGTH: &str = "upload-length";
const DIGEST: &str = "content-digest";
const WHOLE: &str = "repr-digest";

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .trim()
}

fn hash(headers: &HeaderMap, name: &str) -> Result<Hash> {
    let sha256 = text(headers, name)
        .split(',')
        .find_map(|it| it.trim().strip_prefix("sha-256=:"));
    let bytes = sha256
        .and_then(|it| it.strip_suffix(':'))
        .and_then(|it| STANDARD.decode(it).ok())
        .and_then(|it| it.try_into().ok());
    Ok(bytes.ok_or(Code::InputInvalid.at(name))?)
}

/// Where the filling begins of what was filled up, so that its length says nothing.
pub(crate) fn length(headers: &HeaderMap) -> Result<Option<usize>> {
    match text(headers, LENGTH) {
        "" => Ok(None),
        digits => match digits.parse() {
            Ok(length) => Ok(Some(length)),
            Err(_) => Err(Code::InputInvalid.at(LENGTH).into()),
        },
    }
}

/// Reads a part of an upload.
pub(crate) fn part(
    headers: &HeaderMap,
    name: String,
    stage: &'static str,
    bytes: Vec<u8>,
) -> Result<Part> {
    let offset = text(headers, OFFSET).parse();
    let is_last = match text(headers, COMPLETE) {
        "?1" => true,
        "?0" => false,
        _ => return Err(Code::InputInvalid.at(COMPLETE).into()),
    };
    Ok(Part {
        name,
        stage,
        whole: hash(headers, WHOLE)?,
        digest: hash(headers, DIGEST)?,
        offset: offset.or(Err(Code::InputInvalid.at(OFFSET)))?,
        length: length(headers)?,
        is_last,
        bytes,
    })
}

/// Tells how far an upload has come; also where a part was refused.
pub(crate) fn answer(reached: Reached) -> Response {
    let mut response = match reached.refused {
        Some(code) => ApiError::from(code).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    };
    let complete = if reached.is_whole { "?1" } else { "?0" };
    let headers = response.headers_mut();
    headers.insert(OFFSET, reached.offset.into());
    headers.insert(COMPLETE, HeaderValue::from_static(complete));
    response
}
