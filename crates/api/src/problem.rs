//! Problems as problem+json (RFC 9457), in the caller's language.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hezuo_app::Error;
use hezuo_domain::problem::Kind;
use hezuo_domain::{Code, Problem};
use serde::Serialize;
use utoipa::ToSchema;

use crate::pages::Locale;

type Texts = LazyLock<BTreeMap<String, String>>;

static ZH_CN: Texts =
    Texts::new(|| read(include_str!("../../../web/src/texts/problems.zh-CN.json")));
static EN: Texts = Texts::new(|| read(include_str!("../../../web/src/texts/problems.en.json")));

/// Files that cannot be read give no texts, which a test notices: they are compiled in.
fn read(json: &str) -> BTreeMap<String, String> {
    serde_json::from_str(json).unwrap_or_default()
}

/// What a code means and what to do, in a language.
pub fn problem_text(code: Code, locale: Locale) -> &'static str {
    let texts = match locale {
        Locale::ZhCn => &ZH_CN,
        Locale::En => &EN,
    };
    texts
        .get(code.as_str())
        .map_or(code.as_str(), String::as_str)
}

/// The result of a handler.
pub(crate) type Result<T, E = ApiError> = std::result::Result<T, E>;

/// A failed action on its way to the client.
#[derive(Debug)]
pub(crate) struct ApiError(pub(crate) Error);

impl<E: Into<Error>> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// One field's problem.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FieldProblem {
    /// The field.
    path: String,
    /// The stable code.
    code: &'static str,
}

/// A problem as it is sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemBody {
    /// Always `about:blank`: the code says which problem it is.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// The stable code.
    code: &'static str,
    /// What it means and what to do, in the caller's language.
    detail: &'static str,
    /// Where to find the cause in the log; only for our own failures.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    /// The fields that it concerns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldProblem>,
}

/// Rides on a response until [`finish`] knows the language and the request's id.
#[derive(Debug, Clone)]
pub(crate) struct Failed {
    pub(crate) problem: Problem,
    pub(crate) cause: Option<String>,
}

pub(crate) fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::Unsupported => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Kind::Limited => StatusCode::TOO_MANY_REQUESTS,
        Kind::Busy => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Storage => StatusCode::INSUFFICIENT_STORAGE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl ApiError {
    pub(crate) fn problem(&self) -> Problem {
        self.0.problem()
    }

    pub(crate) fn failed(&self) -> Failed {
        let cause = match &self.0 {
            Error::Problem(_) => None,
            other => Some(with_sources(other)),
        };
        Failed {
            problem: self.problem(),
            cause,
        }
    }
}

fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(at) = source {
        text.push_str(": ");
        text.push_str(&at.to_string());
        source = at.source();
    }
    text
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let failed = self.failed();
        let mut response = status(failed.problem.code.kind()).into_response();
        response.extensions_mut().insert(failed);
        response
    }
}

/// Writes the body of a failed response, and the cause of our own failures to the log.
pub(crate) fn finish(failed: &Failed, locale: Locale, request_id: &str) -> Response {
    let code = failed.problem.code;
    let status = status(code.kind());
    let is_ours = matches!(code.kind(), Kind::Internal | Kind::Storage | Kind::Busy);
    // What others send wrong must not fill the log with errors.
    if let Some(cause) = failed.cause.as_ref().filter(|_| is_ours) {
        tracing::error!(
            request_id,
            code = code.as_str(),
            cause,
            "request {request_id} failed"
        );
    }
    let errors = failed.problem.path.iter().map(|path| FieldProblem {
        path: path.clone(),
        code: code.as_str(),
    });
    let body = ProblemBody {
        kind: "about:blank",
        title: status.canonical_reason().unwrap_or_default().to_owned(),
        status: status.as_u16(),
        code: code.as_str(),
        detail: problem_text(code, locale),
        request_id: is_ours.then(|| request_id.to_owned()),
        errors: errors.collect(),
    };
    let mut response = (status, Json(body)).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if matches!(code.kind(), Kind::Busy | Kind::Limited) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response
}
