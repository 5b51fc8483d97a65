//! A failure as OData tells it: a stable code, and a text in the language of the one who asked. What can't be
//! used is 400, as the standard has it.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hezuo_app::Error;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer;
use crate::pages::Locale;
use crate::problem::{ApiError, Failed, problem_text, status};

/// A failed request on its way to the client.
#[derive(Debug)]
pub(crate) struct FeedError {
    failed: Failed,
    locale: Locale,
}

/// A failure as it is sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FeedErrorBody {
    error: FeedErrorDetail,
}

/// What failed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FeedErrorDetail {
    /// The stable code.
    code: &'static str,
    /// What it means and what to do, in the caller's language.
    message: &'static str,
    /// The option or column that it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
}

impl FeedError {
    pub(super) fn new(error: Error, locale: Locale) -> Self {
        let failed = ApiError(error).failed();
        Self { failed, locale }
    }
}

impl IntoResponse for FeedError {
    fn into_response(self) -> Response {
        let Failed { problem, cause } = self.failed;
        let status = match status(problem.code.kind()) {
            StatusCode::UNPROCESSABLE_ENTITY => StatusCode::BAD_REQUEST,
            other => other,
        };
        if let Some(cause) = cause.filter(|_| status.is_server_error()) {
            let code = problem.code.as_str();
            tracing::error!(code, cause, "a feed failed");
        }
        let body = FeedErrorBody {
            error: FeedErrorDetail {
                code: problem.code.as_str(),
                message: problem_text(problem.code, self.locale),
                target: problem.path,
            },
        };
        let text = serde_json::to_string(&body).unwrap_or_default();
        let mut response = answer(status, "application/json", text);
        if status == StatusCode::UNAUTHORIZED {
            // Excel sends no password before it is asked for one.
            let asked = HeaderValue::from_static("Basic realm=\"Hezuo\", charset=\"UTF-8\"");
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, asked);
        }
        response
    }
}
