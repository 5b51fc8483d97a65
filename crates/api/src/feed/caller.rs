//! Who reads a feed: a person with a session, or a machine with a key that is for this. Excel and Power BI can
//! send a key only as the password of a user name; a person's password opens nothing here, because it would
//! lie in every workbook and pass by the second factor.

use axum::extract::{FromRequestParts, Query, RawPathParams};
use axum::http::header;
use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hezuo_app::feed::{PAGE, Reader};
use hezuo_domain::Code;

use super::asked::Options;
use super::error::FeedError;
use crate::caller::Inside;
use crate::devices;
use crate::guard;
use crate::pages::Locale;
use crate::problem::Result;
use crate::state::ApiState;

/// Who has been let in, and what was asked.
pub(crate) struct Analyst {
    /// For the action.
    pub(super) reader: Reader,
    /// The address of the feed.
    pub(super) base: String,
    /// The options.
    pub(super) options: Options,
    /// How many rows a page shall have at most, where the client has a wish.
    pub(super) page: Option<i64>,
    locale: Locale,
}

impl Analyst {
    /// A failure in the language of the one who asked.
    pub(super) fn failed(&self, error: hezuo_app::Error) -> FeedError {
        FeedError::new(error, self.locale)
    }
}

impl FromRequestParts<ApiState> for Analyst {
    type Rejection = FeedError;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &ApiState,
    ) -> std::result::Result<Self, FeedError> {
        let locale = guard::locale(&parts.uri, &parts.headers);
        let let_in = let_in(parts, state).await;
        let (reader, base) = let_in.map_err(|error| FeedError::new(error.0, locale))?;
        let options = Query::<Options>::from_request_parts(parts, state).await;
        let Ok(Query(options)) = options else {
            return Err(FeedError::new(
                Code::InputInvalid.at("query").into(),
                locale,
            ));
        };
        Ok(Self {
            reader,
            base,
            options,
            page: page(parts),
            locale,
        })
    }
}

async fn let_in(parts: &mut Parts, state: &ApiState) -> Result<(Reader, String)> {
    let params = RawPathParams::from_request_parts(parts, state).await;
    let params = params.or(Err(Code::NotFound))?;
    let named = params.iter().find(|(name, _)| *name == "enterprise");
    let enterprise = named.map(|(_, value)| value.to_owned()).unwrap_or_default();
    let base = format!(
        "{}/api/v1/enterprises/{enterprise}/odata",
        root(state, parts)
    );
    if !parts.headers.contains_key(header::AUTHORIZATION) {
        let Inside(access) = Inside::from_request_parts(parts, state).await?;
        return Ok((Reader::person(&state.app, &access)?, base));
    }
    let device = devices::shown(state, parts, key(parts).as_deref()).await?;
    // Another tenant's feed is not there for it.
    if device.home.id.to_string() != enterprise.to_lowercase() {
        return Err(Code::NotFound.into());
    }
    Ok((Reader::machine(&state.app, &device)?, base))
}

/// The key that a machine shows: by itself, or as a password whatever the user name.
fn key(parts: &Parts) -> Option<String> {
    let given = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, shown) = given.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(shown.to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(shown.trim()).ok()?).ok()?;
    let (_, password) = text.split_once(':')?;
    Some(password.to_owned())
}

/// The page size that a client prefers (`Prefer: odata.maxpagesize=100`).
fn page(parts: &Parts) -> Option<i64> {
    let wishes = parts.headers.get("prefer")?.to_str().ok()?;
    let of_page = |wish: &str| {
        let (name, size) = wish.trim().split_once('=')?;
        let is_meant = matches!(name.trim(), "odata.maxpagesize" | "maxpagesize");
        is_meant.then(|| size.trim().parse().ok())?
    };
    let size: i64 = wishes.split(',').find_map(of_page)?;
    (1..=PAGE).contains(&size).then_some(size)
}

/// Where this server is: links of a feed must be whole addresses.
fn root(state: &ApiState, parts: &Parts) -> String {
    if let Some(url) = &state.settings.public_url {
        return url.trim_end_matches('/').to_owned();
    }
    let host = parts.headers.get(header::HOST);
    let host = host
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    let scheme = if state.settings.secure {
        "https"
    } else {
        "http"
    };
    format!("{scheme}://{host}")
}
