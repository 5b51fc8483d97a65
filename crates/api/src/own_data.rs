//! What is held about the caller, as a file to take home.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use futures_util::stream;
use hezuo_app::own_data;
use hezuo_domain::Code;
use hezuo_domain::time::Zone;

use crate::caller::Signed;
use crate::download::download;
use crate::guard;
use crate::octets::Octets;
use crate::problem::{ProblemBody, Result};
use crate::state::ApiState;
use crate::words::word;

/// An archive: the media type and the ending.
const ZIP: (&str, &str) = ("application/zip", "zip");

/// Takes home all that is held about the caller: a page to read, the same as `data.json`, and the pictures that
/// were added under the caller's name. Nothing that was reported is in it. The caller is told by a notice.
#[utoipa::path(post, path = "/api/v1/account/data", tag = "accounts", security(("session" = [])),
    responses((status = 200, content((inline(Octets) = "application/zip"))),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn take_own_data(
    State(state): State<ApiState>,
    Signed(caller): Signed,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response> {
    let locale = guard::locale(&uri, &headers);
    let words = move |key: &str| word(locale, key);
    let zone = Zone::named(&caller.home.time_zone).ok_or(Code::ZoneUnknown)?;
    let name = format!("{}-{}", words("own_data.file"), zone.day(state.app.now()));
    let parcel = Box::pin(own_data::take(Arc::clone(&state.app), &caller, &words)).await?;
    // A piece is read when the one before was taken: whoever takes it slowly holds one.
    let pieces = stream::try_unfold(parcel, |mut parcel| async move {
        let piece = parcel.next().await?;
        Ok::<_, hezuo_app::Error>(piece.map(|bytes| (Bytes::from(bytes), parcel)))
    });
    Ok(download(&name, ZIP, Body::from_stream(pieces)))
}
