//! What surrounds every request: an id, the language, the origin check, the headers.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hezuo_domain::Code;
use tracing::Instrument;

use crate::pages::{CONTENT_SECURITY_POLICY, Locale};
use crate::problem::{ApiError, Failed, finish};
use crate::state::ApiState;

/// The caller's language: `?lang=` where it stands, else what the browser asks for.
pub(crate) fn locale(uri: &axum::http::Uri, headers: &HeaderMap) -> Locale {
    let asked = uri.query().into_iter().flat_map(|query| query.split('&'));
    let asked = asked
        .filter_map(|pair| pair.strip_prefix("lang="))
        .next_back();
    let accepted = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    Locale::choose(asked, accepted)
}

/// What every answer carries. Camera and microphone are for pictures and voice clips; nothing else
/// of the device is ever asked for.
const FIXED: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(self), microphone=(self), geolocation=(), payment=(), usb=(), serial=(), \
         bluetooth=(), display-capture=(), accelerometer=(), gyroscope=(), magnetometer=()",
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// Two years, as browsers ask of a host that always speaks https.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");

/// The outermost layer.
pub(crate) async fn around(
    State(state): State<ApiState>,
    request: Request,
    next: Next,
) -> Response {
    let request_id = state.app.random.uuid().simple().to_string();
    let locale = locale(request.uri(), request.headers());
    let mut response = if is_foreign(&request) {
        ApiError::from(Code::OriginForeign).into_response()
    } else if request.method().is_safe() {
        next.run(request).await
    } else {
        to_its_end(next, request).await
    };
    if let Some(failed) = response.extensions_mut().remove::<Failed>()
        && is_empty(&response)
    {
        let said = std::mem::take(response.headers_mut());
        response = finish(&failed, locale, &request_id);
        response.headers_mut().extend(said);
    }
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if state.settings.secure {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
    // Whatever does not say how long it may be kept is nobody's to keep.
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    response
}

/// Runs what may write in a task of its own: whoever hangs up in the midst of it doesn't stop a commit,
/// nor what follows from it.
async fn to_its_end(next: Next, request: Request) -> Response {
    match tokio::spawn(next.run(request).in_current_span()).await {
        Ok(response) => response,
        Err(error) => ApiError::from(hezuo_app::Error::from(error)).into_response(),
    }
}

fn is_empty(response: &Response<Body>) -> bool {
    !response.headers().contains_key(header::CONTENT_TYPE)
}

/// A write that another site's page sends. Browsers say where a request comes from; what sends no
/// origin is no browser and carries no cookie of ours.
fn is_foreign(request: &Request) -> bool {
    if matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    ) {
        return false;
    }
    let text = |name: &str| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    if let Some(site) = text("sec-fetch-site") {
        return !matches!(site, "same-origin" | "none");
    }
    match (text("origin"), text("host")) {
        (None, _) => false,
        (Some(origin), Some(host)) => {
            let origin_host = origin.split_once("://").map(|(_, host)| host);
            origin_host != Some(host)
        }
        (Some(_), None) => true,
    }
}
