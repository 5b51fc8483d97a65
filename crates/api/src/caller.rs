//! Who calls. Asking for [`Signed`] or [`Inside`] as an argument is the check: without a session
//! there is 401, in somebody else's enterprise 404.

use axum::extract::{FromRequestParts, Path, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use hezuo_app::people::{self, Token, Visit};
use hezuo_app::{Access, Caller};
use hezuo_domain::Code;
use hezuo_domain::federation::ATTEMPT_SECONDS;
use hezuo_domain::people::Device;
use hezuo_domain::second_step::Door;
use serde::de::DeserializeOwned;

use crate::problem::{ApiError, Result};
use crate::state::ApiState;

/// The header with which a page says that nobody asked it to ask: such a request does not keep a
/// session alive.
const BY_ITSELF: &str = "hezuo-by-itself";

async fn signed(parts: &Parts, state: &ApiState, door: Door) -> Result<Caller> {
    let token = token(&parts.headers, state).ok_or(Code::SessionExpired)?;
    Ok(if parts.headers.contains_key(BY_ITSELF) {
        people::caller(&state.app, &token, door).await?
    } else {
        people::active_caller(&state.app, &token, door).await?
    })
}

/// Somebody who is logged in, with a second step where the role needs one.
pub(crate) struct Signed(pub(crate) Caller);

/// Somebody who is logged in and may still have to set a second step up; only for what that takes.
pub(crate) struct SettingUp(pub(crate) Caller);

/// Somebody who is logged in and may still have to show a second step; only for one's own account.
pub(crate) struct AtTheDoor(pub(crate) Caller);

macro_rules! doors {
    ($($name:ident = $door:ident;)*) => {
        $(impl FromRequestParts<ApiState> for $name {
            type Rejection = ApiError;

            async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self> {
                Ok(Self(signed(parts, state, Door::$door).await?))
            }
        })*
    };
}

doors! {
    Signed = Work;
    SettingUp = SetUp;
    AtTheDoor = Own;
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

/// The session of a browser.
const SESSION: &str = "hezuo";

/// What a browser keeps of somebody having signed in from it.
const DEVICE: &str = "hezuo-device";

/// Seconds for which it is kept: half a year.
const DEVICE_SECONDS: i64 = 180 * 24 * 3600;

fn cookie_name(state: &ApiState, name: &str) -> String {
    let prefix = if state.settings.secure { "__Host-" } else { "" };
    format!("{prefix}{name}")
}

fn cookie<'a>(headers: &'a HeaderMap, state: &ApiState, name: &str) -> Option<&'a str> {
    let wanted = cookie_name(state, name);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == wanted)
        .map(|(_, value)| value)
}

fn set_cookie(state: &ApiState, name: &str, (value, age): (&str, i64)) -> HeaderValue {
    let name = cookie_name(state, name);
    let secure = if state.settings.secure {
        "; Secure"
    } else {
        ""
    };
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age}{secure}");
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("hezuo=; Max-Age=0"))
}

pub(crate) fn token(headers: &HeaderMap, state: &ApiState) -> Option<Token> {
    cookie(headers, state, SESSION).and_then(Token::parse)
}

/// The header that gives a browser its session, or takes it away.
pub(crate) fn session_cookie(state: &ApiState, token: Option<&Token>) -> HeaderValue {
    let longest = state.app.sessions.longest_seconds;
    let (value, age) = token.map_or((String::new(), 0), |token| (token.text(), longest));
    set_cookie(state, SESSION, (&value, age))
}

/// The header that lets a browser show later that somebody has signed in from it.
pub(crate) fn device_cookie(state: &ApiState, mark: &str) -> HeaderValue {
    set_cookie(state, DEVICE, (mark, DEVICE_SECONDS))
}

/// What a browser keeps while somebody is away to sign in elsewhere.
const ATTEMPT: &str = "hezuo-sign-in";

/// The header that gives a browser its attempt to sign in, or takes it away.
pub(crate) fn attempt_cookie(state: &ApiState, ticket: Option<&str>) -> HeaderValue {
    let kept = ticket.map_or(("", 0), |it| (it, ATTEMPT_SECONDS));
    set_cookie(state, ATTEMPT, kept)
}

/// The attempt to sign in that was begun in this browser.
pub(crate) fn attempt<'a>(headers: &'a HeaderMap, state: &ApiState) -> Option<&'a str> {
    cookie(headers, state, ATTEMPT)
}

/// What a browser keeps while it waits to be let in from a phone.
const WAITING: &str = "hezuo-waiting";

/// The header that gives a browser the secret with which it waits, or takes it away.
pub(crate) fn waiting_cookie(state: &ApiState, secret: Option<&str>) -> HeaderValue {
    let kept = secret.map_or(("", 0), |it| (it, hezuo_domain::approvals::SECONDS));
    set_cookie(state, WAITING, kept)
}

/// The secret with which this browser waits.
pub(crate) fn waiting<'a>(headers: &'a HeaderMap, state: &ApiState) -> Option<&'a str> {
    cookie(headers, state, WAITING)
}

/// Longest mark that is read.
const LONGEST_MARK: usize = 128;

/// What is known of a browser that signs in: its sort, and what it keeps from before. Its address and
/// its name are not read.
pub(crate) fn visit(headers: &HeaderMap, state: &ApiState) -> Visit {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let is_phone = text("sec-ch-ua-mobile") == Some("?1")
        || text("user-agent").is_some_and(|agent| {
            ["Mobi", "Android", "iPhone", "iPad"]
                .iter()
                .any(|word| agent.contains(word))
        });
    let mark = cookie(headers, state, DEVICE).filter(|it| it.len() <= LONGEST_MARK);
    Visit {
        device: if is_phone {
            Device::Phone
        } else {
            Device::Computer
        },
        mark: mark.map(str::to_owned),
        before: token(headers, state),
    }
}
