//! SCIM 2.0 over HTTP (RFC 7644): what directories of people call. Resources are JSON in their own words,
//! and so are problems.

pub(crate) mod about;
mod bodies;
pub(crate) mod groups;
pub(crate) mod users;

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use hezuo_app::devices::Device;
use hezuo_domain::scim::{filter, narrowed};
use hezuo_domain::{Code, Problem};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};

use crate::devices::Machine;
use crate::pages::Locale;
use crate::problem::{ApiError, problem_text};
use crate::state::ApiState;

/// What every answer is.
const TYPE: &str = "application/scim+json";

/// Most resources in one answer.
const MOST: usize = 500;

/// A resource or list in the words of SCIM. See RFC 7643.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the document shows what a resource is at least")]
pub(crate) struct ScimResource {
    /// Which words it is in.
    schemas: Vec<String>,
}

/// A problem in the words of SCIM.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the document shows it; it is written as JSON")]
pub(crate) struct ScimProblem {
    schemas: Vec<String>,
    /// The HTTP status.
    status: String,
    /// What sort of problem it is, where the standard has a word.
    #[schema(rename = "scimType")]
    scim_type: Option<String>,
    /// What it means and what to do.
    detail: String,
}

/// A failed action on its way to a directory.
#[derive(Debug)]
pub(crate) struct ScimError(ApiError);

impl<E: Into<ApiError>> From<E> for ScimError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// The result of a handler.
type Result<T, E = ScimError> = std::result::Result<T, E>;

/// The standard's word for a sort of problem (RFC 7644, table 9).
fn scim_type(problem: &Problem) -> Option<&'static str> {
    let is_about = |path: &str| problem.path.as_deref() == Some(path);
    Some(match problem.code {
        Code::LoginTaken | Code::ScimTaken => "uniqueness",
        Code::ScimFilter => "invalidFilter",
        Code::ScimImmutable => "mutability",
        Code::InputInvalid if is_about("path") => "invalidPath",
        Code::InputInvalid if is_about("body") || is_about("op") => "invalidSyntax",
        Code::InputInvalid | Code::InputMissing | Code::InputTooLong => "invalidValue",
        _ => return None,
    })
}

impl IntoResponse for ScimError {
    fn into_response(self) -> Response {
        let failed = self.0.failed();
        let code = failed.problem.code;
        let status = match crate::problem::status(code.kind()) {
            // What can't be used is 400 here.
            StatusCode::UNPROCESSABLE_ENTITY => StatusCode::BAD_REQUEST,
            other => other,
        };
        if let Some(cause) = failed.cause.filter(|_| status.is_server_error()) {
            tracing::error!(code = code.as_str(), cause, "a SCIM request failed");
        }
        let text = problem_text(code, Locale::En);
        let detail = match &failed.problem.path {
            Some(path) => format!("{path}: {text}"),
            None => text.to_owned(),
        };
        let mut body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": status.as_u16().to_string(), "detail": detail});
        if let Some(word) = scim_type(&failed.problem) {
            body["scimType"] = word.into();
        }
        let mut response = answer(status, &body);
        if status == StatusCode::UNAUTHORIZED {
            let bearer = header::HeaderValue::from_static("Bearer");
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, bearer);
        }
        response
    }
}

fn answer(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, TYPE)], body.to_string()).into_response()
}

/// A directory with a key.
pub(crate) struct Directory(Device);

impl FromRequestParts<ApiState> for Directory {
    type Rejection = ScimError;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        state: &ApiState,
    ) -> Result<Self> {
        let Machine(device) = Machine::from_request_parts(parts, state).await?;
        device.require(hezuo_domain::devices::KeyScope::Scim)?;
        Ok(Self(device))
    }
}

/// What is asked for besides.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Asked {
    /// Comparisons by `eq`, joined by `and`.
    filter: Option<String>,
    /// From which one, counted from 1.
    start_index: Option<i64>,
    /// How many at most.
    count: Option<i64>,
    /// These attributes alone.
    attributes: Option<String>,
    /// Not these attributes.
    excluded_attributes: Option<String>,
}

impl FromRequestParts<ApiState> for Asked {
    type Rejection = ScimError;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        state: &ApiState,
    ) -> Result<Self> {
        let Query(asked) = Query::from_request_parts(parts, state)
            .await
            .or(Err(Code::InputInvalid.at("query")))?;
        Ok(asked)
    }
}

impl Asked {
    fn one(&self, resource: Value) -> Value {
        let (only, without) = (
            self.attributes.as_deref(),
            self.excluded_attributes.as_deref(),
        );
        narrowed(resource, only, without)
    }

    /// The page of a list that is asked for.
    fn list(&self, resources: Vec<Value>) -> Result<Response> {
        let filter = self.filter.as_deref().map(filter::parse).transpose()?;
        let fits = |it: &Value| filter.as_ref().is_none_or(|filter| filter.fits(it));
        let found: Vec<Value> = resources.into_iter().filter(fits).collect();
        let total = found.len();
        let from = usize::try_from(self.start_index.unwrap_or(1).max(1)).unwrap_or(1);
        let most = usize::try_from(self.count.unwrap_or(100).max(0)).unwrap_or(0);
        let page = found.into_iter().skip(from - 1).take(most.min(MOST));
        let page: Vec<Value> = page.map(|it| self.one(it)).collect();
        Ok(answer(
            StatusCode::OK,
            &json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
                "totalResults": total, "startIndex": from, "itemsPerPage": page.len(),
                "Resources": page}),
        ))
    }
}

/// A body of JSON, whatever it says it is.
pub(crate) struct Sent(Value);

impl FromRequest<ApiState> for Sent {
    type Rejection = ScimError;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self> {
        let bytes = axum::body::Bytes::from_request(request, state).await;
        let bytes = crate::input::bounded(bytes)?;
        let body: std::result::Result<axum::Json<Value>, JsonRejection> =
            axum::Json::from_bytes(&bytes);
        let axum::Json(body) = body.or(Err(Code::InputInvalid.at("body")))?;
        Ok(Self(body))
    }
}

/// Applies what a PATCH says to a resource.
fn patched(resource: Value, sent: &Value) -> Result<Value, Problem> {
    let operations = sent.as_object().and_then(|it| {
        let named = |(name, _): &(&String, &Value)| name.eq_ignore_ascii_case("Operations");
        it.iter().find(named).map(|(_, value)| value.clone())
    });
    let operations = operations.ok_or(Code::InputMissing.at("Operations"))?;
    let operations: Vec<hezuo_domain::scim::patch::Operation> =
        serde_json::from_value(operations).or(Err(Code::InputInvalid.at("op")))?;
    let mut resource: Map<String, Value> = match resource {
        Value::Object(resource) => resource,
        _ => Map::new(),
    };
    hezuo_domain::scim::patch::apply(&mut resource, &operations)?;
    Ok(Value::Object(resource))
}
