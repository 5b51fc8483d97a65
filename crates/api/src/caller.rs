//! Who calls. Asking for [`Signed`] or [`Inside`] as an argument is the check: without a session
//! there is 401, in somebody else's enterprise 404.

use axum::extract::{FromRequestParts, Path, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use hezuo_app::people::{self, SESSION_SECONDS, Token};
use hezuo_app::{Access, Caller};
use hezuo_domain::Code;
use serde::de::DeserializeOwned;

use crate::problem::{ApiError, Result};
use crate::state::ApiState;

/// Somebody who is logged in.
pub(crate) struct Signed(pub(crate) Caller);

impl FromRequestParts<ApiState> for Signed {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self> {
        let token = token(&parts.headers, state).ok_or(Code::SessionExpired)?;
        Ok(Self(people::caller(&state.app, &token).await?))
    }
}

/// Somebody who is logged in and holds something in the enterprise that the path names.
pub(crate) struct Inside(pub(crate) Access);

impl FromRequestParts<ApiState> for Inside {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self> {
        let Signed(caller) = Signed::from_request_parts(parts, state).await?;
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .or(Err(Code::NotFound))?;
        let enterprise = params
            .iter()
            .find(|(name, _)| *name == "enterprise")
            .and_then(|(_, value)| value.parse().ok())
            .ok_or(Code::NotFound)?;
        Ok(Self(caller.enter(&state.app, enterprise).await?))
    }
}

/// Ids in the path; what is not an id is not found.
pub(crate) struct Ids<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Ids<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let Path(ids) = Path::from_request_parts(parts, state)
            .await
            .or(Err(Code::NotFound))?;
        Ok(Self(ids))
    }
}

fn cookie_name(state: &ApiState) -> &'static str {
    if state.settings.secure {
        "__Host-hezuo"
    } else {
        "hezuo"
    }
}

pub(crate) fn token(headers: &HeaderMap, state: &ApiState) -> Option<Token> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == cookie_name(state))
        .and_then(|(_, value)| Token::parse(value))
}

/// The header that gives a browser its session, or takes it away.
pub(crate) fn session_cookie(state: &ApiState, token: Option<&Token>) -> HeaderValue {
    let name = cookie_name(state);
    let secure = if state.settings.secure {
        "; Secure"
    } else {
        ""
    };
    let (value, age) = token.map_or((String::new(), 0), |token| (token.text(), SESSION_SECONDS));
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age}{secure}");
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("hezuo=; Max-Age=0"))
}
