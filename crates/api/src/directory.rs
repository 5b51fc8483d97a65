//! The directory of enterprises and the divisions over HTTP.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hezuo_app::directory::{self, EnterpriseRequest};
use hezuo_app::queue::DirectoryEntry;
use hezuo_domain::Code;
use hezuo_domain::ids::EnterpriseId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::caller::Signed;
use crate::input::{Body, Params};
use crate::problem::{ProblemBody, Result};
use crate::state::ApiState;

/// An enterprise with its sums.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EnterpriseBody {
    id: Uuid,
    name: String,
    /// `enterprise` or `authority`.
    kind: String,
    short_code: String,
    region_code: Option<String>,
    credit_code: Option<String>,
    /// Whether the check digit is right; some valid codes fail.
    credit_code_ok: Option<bool>,
    /// Cases that somebody still has to do something about.
    open: i64,
    /// Planned ones whose day has passed.
    overdue: i64,
}

impl From<DirectoryEntry> for EnterpriseBody {
    fn from(entry: DirectoryEntry) -> Self {
        Self {
            id: entry.enterprise.id.0,
            name: entry.enterprise.name,
            kind: entry.enterprise.kind,
            short_code: entry.enterprise.short_code,
            region_code: entry.enterprise.region_code,
            credit_code: entry.enterprise.credit_code,
            credit_code_ok: entry.enterprise.credit_code_ok,
            open: entry.open,
            overdue: entry.overdue,
        }
    }
}

/// A page of the directory.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EnterprisesBody {
    items: Vec<EnterpriseBody>,
    /// Give it back as `cursor` for the next page; none on the last.
    next_cursor: Option<String>,
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// Where the last page ended.
    cursor: Option<String>,
    /// Lines, at most 200; 50 by default.
    limit: Option<i64>,
}

/// What is entered about an enterprise.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewEnterpriseRequest {
    name: String,
    credit_code: Option<String>,
    /// Where the plant is, not where it was registered.
    region_code: String,
    /// IANA name; `Asia/Shanghai` by default.
    time_zone: Option<String>,
}

/// A new enterprise, with what to look at again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewEnterpriseBody {
    enterprise: EnterpriseBody,
    /// Codes of warnings; nothing was refused.
    warnings: Vec<&'static str>,
}

/// Below which division.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RegionQuery {
    /// Its digits; the provinces where it is missing.
    under: Option<String>,
}

/// A division.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RegionBody {
    code: String,
    name_zh: String,
    name_en: String,
}

/// Divisions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RegionsBody {
    items: Vec<RegionBody>,
}

/// The enterprises that the caller is entitled to, with their sums.
#[utoipa::path(get, path = "/api/v1/enterprises", tag = "directory", security(("session" = [])),
    params(PageQuery),
    responses((status = 200, body = EnterprisesBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list_enterprises(
    State(state): State<ApiState>,
    Signed(caller): Signed,
    Params(query): Params<PageQuery>,
) -> Result<Json<EnterprisesBody>> {
    let after = match query.cursor.as_deref() {
        None | Some("") => None,
        Some(text) => {
            let (region, id) = text
                .split_once('.')
                .ok_or(Code::InputInvalid.at("cursor"))?;
            let id: EnterpriseId = id.parse().or(Err(Code::InputInvalid.at("cursor")))?;
            Some((region.to_owned(), id))
        }
    };
    let limit = query.limit.unwrap_or(50);
    let page = directory::enterprises(&state.app, &caller, after, limit).await?;
    Ok(Json(EnterprisesBody {
        items: page.items.into_iter().map(EnterpriseBody::from).collect(),
        next_cursor: page.next.map(|(region, id)| format!("{region}.{id}")),
    }))
}

/// Adds an enterprise to the directory.
#[utoipa::path(post, path = "/api/v1/enterprises", tag = "directory", security(("session" = [])),
    request_body = NewEnterpriseRequest,
    responses((status = 201, body = NewEnterpriseBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn create_enterprise(
    State(state): State<ApiState>,
    Signed(caller): Signed,
    Body { value, .. }: Body<NewEnterpriseRequest>,
) -> Result<(StatusCode, Json<NewEnterpriseBody>)> {
    let request = EnterpriseRequest {
        name: value.name,
        credit_code: value.credit_code,
        region_code: value.region_code,
        time_zone: value
            .time_zone
            .unwrap_or_else(|| "Asia/Shanghai".to_owned()),
    };
    let (enterprise, warnings) = directory::add_enterprise(&state.app, &caller, request).await?;
    let body = NewEnterpriseBody {
        enterprise: DirectoryEntry {
            enterprise,
            open: 0,
            overdue: 0,
        }
        .into(),
        warnings: warnings.into_iter().map(Code::as_str).collect(),
    };
    Ok((StatusCode::CREATED, Json(body)))
}

/// The divisions directly under another, as they are valid today.
#[utoipa::path(get, path = "/api/v1/regions", tag = "directory", security(("session" = [])),
    params(RegionQuery),
    responses((status = 200, body = RegionsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list_regions(
    State(state): State<ApiState>,
    Signed(caller): Signed,
    Params(query): Params<RegionQuery>,
) -> Result<Json<RegionsBody>> {
    let found = directory::regions(&state.app, &caller, query.under.as_deref()).await?;
    let items = found.into_iter().map(|it| RegionBody {
        code: it.code,
        name_zh: it.name_zh,
        name_en: it.name_en,
    });
    Ok(Json(RegionsBody {
        items: items.collect(),
    }))
}
