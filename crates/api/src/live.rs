//! Live updates as server-sent events: the names of what to load again, and nothing else.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::sse::Event;
use axum::response::{IntoResponse, Sse};
use futures_util::stream::unfold;
use hezuo_app::notices::live::{Heard, Screen};
use hezuo_app::people::Token;
use hezuo_domain::Code;
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::caller::{Inside, token};
use crate::problem::Result;
use crate::state::ApiState;

/// Between two signs of life; at each one the session is asked for again.
const BEAT: Duration = Duration::from_secs(15);

/// A browser passes over an event without any data.
const NOTHING: &str = "-";

struct Open {
    state: ApiState,
    screen: Screen,
    token: Token,
    beat: Interval,
    greeted: bool,
}

/// Streams hints to one screen until its session ends. It is no operation of the document: it never
/// ends by itself, and browsers open it with an `EventSource`.
pub(crate) async fn stream(
    State(state): State<ApiState>,
    Inside(access): Inside,
    headers: HeaderMap,
) -> Result<impl IntoResponse> {
    let token = token(&headers, &state).ok_or(Code::SessionExpired)?;
    let screen = state.live.join(&state.app, access).await?;
    let mut beat = interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first tick comes at once.
    beat.tick().await;
    let open = Open {
        state,
        screen,
        token,
        beat,
        greeted: false,
    };
    let kind = [(header::CONTENT_TYPE, "text/event-stream; charset=utf-8")];
    Ok((kind, Sse::new(unfold(open, next))))
}

async fn next(mut open: Open) -> Option<(Result<Event, Infallible>, Open)> {
    if !open.greeted {
        open.greeted = true;
        // What has happened between the page's first look and now is not missed.
        return Some((Ok(Event::default().event("hello").data(NOTHING)), open));
    }
    let app = Arc::clone(&open.state.app);
    let event = tokio::select! {
        heard = open.screen.next() => match heard? {
            Heard::Alarms => Event::default().event("alarms").data(NOTHING),
            Heard::Cases => Event::default().event("cases").data(NOTHING),
        },
        _ = open.beat.tick() => {
            open.screen.renew(&app, &open.token).await.ok()?;
            Event::default().comment("")
        }
    };
    Some((Ok(event), open))
}
