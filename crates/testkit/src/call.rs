//! One request and its answer.

use std::future::{Future, IntoFuture};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;

use axum::Router;
use axum::body::{Body, BodyDataStream, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hezuo_domain::commitment::digest;
use hezuo_domain::uploads::PART;
use serde_json::Value;
use tower::ServiceExt;

use crate::cast::Login;

/// A request that is being put together; `.await` sends it.
pub struct Call {
    router: Router,
    request: Request<Body>,
}

impl Call {
    /// A request to any router.
    pub fn new(router: Router, method: Method, path: &str) -> Self {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "hezuo.test")
            .header(header::ACCEPT_LANGUAGE, "en");
        Self {
            router,
            request: request.body(Body::empty()).expect("a request"),
        }
    }

    /// With somebody's session.
    #[must_use]
    pub fn by(self, login: &Login) -> Self {
        self.header("cookie", &login.cookie)
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        let value = value.parse().expect("a header's value");
        self.request.headers_mut().insert(name, value);
        self
    }

    /// As if it came from this address.
    #[must_use]
    pub fn peer(mut self, peer: &str) -> Self {
        let peer: IpAddr = peer.parse().expect("an address");
        let peer = ConnectInfo(SocketAddr::new(peer, 40_000));
        self.request.extensions_mut().insert(peer);
        self
    }

    /// With a body of JSON.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json")
            .bytes(body.to_string())
    }

    /// With the part of an upload that begins at an offset.
    #[must_use]
    pub fn part(self, upload: &[u8], offset: usize) -> Self {
        let end = (offset + PART).min(upload.len());
        let part = upload.get(offset..end).unwrap_or_default();
        let complete = if end == upload.len() { "?1" } else { "?0" };
        self.header("upload-offset", &offset.to_string())
            .header("upload-complete", complete)
            .header("content-digest", &sha256(part))
            .header("repr-digest", &sha256(upload))
            .bytes(part.to_vec())
    }

    /// With a question how far an upload has come.
    #[must_use]
    pub fn ask(self, upload: &[u8]) -> Self {
        self.part(upload, upload.len())
    }

    /// With a body of bytes.
    #[must_use]
    pub fn bytes(mut self, body: impl Into<Bytes>) -> Self {
        *self.request.body_mut() = Body::from(body.into());
        self
    }
}

/// A hash as the headers of a part have it.
pub fn sha256(bytes: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(digest(bytes)))
}

impl Call {
    /// Sends it and answers with the headers, whether or not the body ever ends.
    pub async fn headers(self) -> HeaderMap {
        let Ok(response) = self.router.oneshot(self.request).await;
        response.headers().clone()
    }

    /// Sends it and answers with what comes, piece by piece, as the server gives it.
    pub async fn pieces(self) -> BodyDataStream {
        let Ok(response) = self.router.oneshot(self.request).await;
        response.into_body().into_data_stream()
    }
}

impl IntoFuture for Call {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let what = format!("{} {}", self.request.method(), self.request.uri());
            let Ok(response) = self.router.oneshot(self.request).await;
            let (parts, body) = response.into_parts();
            let body = to_bytes(body, usize::MAX).await.expect("a whole body");
            Answer {
                what,
                status: parts.status,
                headers: parts.headers,
                body,
            }
        })
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    what: String,
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{}: {error} in {}", self.what, self.text()))
    }

    /// The status and, of a problem, its code and the first field: `422 input.invalid at voice`.
    pub fn outcome(&self) -> String {
        let status = self.status.as_u16();
        let problem: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        // A feed tells its failures as OData does, within an `error`.
        let code = problem["code"].as_str();
        let code = code.or(problem["error"]["code"].as_str());
        let code = code.unwrap_or_default();
        let path = problem["errors"][0]["path"].as_str();
        match (self.status.is_success(), path) {
            (true, _) => format!("{status}"),
            (false, None) => format!("{status} {code}").trim_end().to_owned(),
            (false, Some(path)) => format!("{status} {code} at {path}"),
        }
    }

    /// Insists on an outcome.
    #[track_caller]
    pub fn expect(self, outcome: &str) -> Self {
        let got = self.outcome();
        assert_eq!(got, outcome, "{}: {}", self.what, self.text());
        self
    }

    /// Insists on success, and gives the JSON.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!(
            self.status.is_success(),
            "{}: {} {}",
            self.what,
            self.status,
            self.text()
        );
        if self.body.is_empty() {
            Value::Null
        } else {
            self.json()
        }
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}
