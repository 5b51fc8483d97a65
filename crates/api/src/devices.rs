//! Keys for machines over HTTP, and who shows one.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use hezuo_app::devices::{self, Device, KeyRequest};
use hezuo_app::queue::DeviceKeyEntry;
use hezuo_domain::Code;
use hezuo_domain::devices::KeyScope;
use hezuo_domain::time::Day;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::caller::{Ids, Inside};
use crate::input::Body;
use crate::problem::{ApiError, ProblemBody, Result};
use crate::state::ApiState;

/// A machine that has shown a key. A session is no key, and a key is no session.
pub(crate) struct Machine(pub(crate) Device);

impl FromRequestParts<ApiState> for Machine {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self> {
        let given = parts.headers.get(header::AUTHORIZATION);
        let key = given.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        Ok(Self(shown(state, parts, key).await?))
    }
}

/// The machine that shows this key.
pub(crate) async fn shown(state: &ApiState, parts: &Parts, key: Option<&str>) -> Result<Device> {
    // Like a password a key must not cross a network in plain text; one that did is not used.
    if state.settings.is_plain_for(parts.extensions.get()) {
        return Err(Code::LoginNeedsTls.into());
    }
    let key = key.ok_or(Code::KeyUnknown)?;
    Ok(devices::device(&state.app, key.trim()).await?)
}

/// The key in the path.
#[derive(Deserialize)]
pub(crate) struct OfKey {
    key: Uuid,
}

/// A key as it is listed: never itself.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeviceKeyBody {
    id: Uuid,
    name: String,
    /// `scim`, `feed`.
    scopes: Vec<&'static str>,
    /// Who made it.
    maker: String,
    made_day: String,
    /// The last day on which it works.
    last_day: String,
    /// The day it was last used.
    used_day: Option<String>,
    /// The day it was ended.
    ended_day: Option<String>,
}

impl From<DeviceKeyEntry> for DeviceKeyBody {
    fn from(it: DeviceKeyEntry) -> Self {
        let day = |it: Day| it.to_string();
        Self {
            id: it.id,
            name: it.name,
            scopes: it.scopes.iter().map(|it| it.as_str()).collect(),
            maker: it.maker,
            made_day: day(it.made),
            last_day: day(it.last),
            used_day: it.used.map(day),
            ended_day: it.ended.map(day),
        }
    }
}

/// The keys.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeviceKeysBody {
    items: Vec<DeviceKeyBody>,
}

/// A key that shall be made.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct DeviceKeyRequest {
    name: String,
    /// `scim`, `feed`.
    scopes: Vec<String>,
    /// The last day on which it works, within a year.
    last_day: String,
}

/// A new key. Shown once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewDeviceKeyBody {
    id: Uuid,
    key: String,
}

/// The keys of machines, the newest first.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/device-keys", tag = "accounts",
    security(("session" = [])), params(("enterprise" = Uuid, Path)),
    responses((status = 200, body = DeviceKeysBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list_device_keys(
    State(state): State<ApiState>,
    Inside(access): Inside,
) -> Result<Json<DeviceKeysBody>> {
    let keys = devices::list(&state.app, &access).await?;
    Ok(Json(DeviceKeysBody {
        items: keys.into_iter().map(DeviceKeyBody::from).collect(),
    }))
}

/// Makes a key for a machine. It is shown in this answer and never again.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/device-keys", tag = "accounts",
    security(("session" = [])), params(("enterprise" = Uuid, Path)),
    request_body = DeviceKeyRequest,
    responses((status = 201, body = NewDeviceKeyBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn create_device_key(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Body { value, .. }: Body<DeviceKeyRequest>,
) -> Result<(StatusCode, Json<NewDeviceKeyBody>)> {
    access.require(hezuo_domain::permissions::Permission::UserManage)?;
    let scope = |it: &String| KeyScope::parse(it).ok_or(Code::InputInvalid.at("scopes"));
    let scopes: Result<Vec<KeyScope>, _> = value.scopes.iter().map(scope).collect();
    let last = value
        .last_day
        .parse()
        .or(Err(Code::InputInvalid.at("last_day")))?;
    let request = KeyRequest {
        name: value.name,
        scopes: scopes?,
        last,
    };
    let (id, key) = devices::make(&state.app, &access, request).await?;
    let body = NewDeviceKeyBody {
        id,
        key: key.text(),
    };
    Ok((StatusCode::CREATED, Json(body)))
}

/// Ends a key at once.
#[utoipa::path(delete, path = "/api/v1/enterprises/{enterprise}/device-keys/{key}",
    tag = "accounts", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("key" = Uuid, Path)),
    responses((status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn end_device_key(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfKey>,
) -> Result<StatusCode> {
    devices::end(&state.app, &access, path.key).await?;
    Ok(StatusCode::NO_CONTENT)
}
