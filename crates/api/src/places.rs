//! Sites, areas, head counts and settings over HTTP.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use hezuo_app::places::{self, SiteEntry};
use hezuo_domain::ids::{AreaId, SiteId};
use hezuo_domain::places::AreaKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::accounts::{HeldBody, done_or_held};
use crate::caller::{Ids, Inside};
use crate::input::Body;
use crate::problem::{ProblemBody, Result};
use crate::state::ApiState;

/// The area in the path.
#[derive(Deserialize)]
pub(crate) struct OfArea {
    area: AreaId,
}

/// The site in the path.
#[derive(Deserialize)]
pub(crate) struct OfSite {
    site: SiteId,
}

/// An area or machine.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AreaBody {
    id: Uuid,
    parent_id: Option<Uuid>,
    /// `area` or `machine`.
    kind: String,
    name: String,
    /// The word in its wall code.
    code: String,
    /// Where its wall code leads, from the server's root.
    report_url: String,
    /// People working there, once attested.
    heads: Option<i64>,
    heads_day: Option<String>,
}

/// A site with its areas.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SiteBody {
    id: Uuid,
    name: String,
    address: String,
    region_code: Option<String>,
    areas: Vec<AreaBody>,
}

/// All places of an enterprise.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlacesBody {
    /// The number to call in danger.
    emergency_phone: String,
    /// The EIT person who may read what is said in confidence.
    confidant_user_id: Option<Uuid>,
    sites: Vec<SiteBody>,
}

/// What is entered about a site.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct SiteRequest {
    name: String,
    #[serde(default)]
    address: String,
    region_code: Option<String>,
}

impl From<SiteRequest> for SiteEntry {
    fn from(request: SiteRequest) -> Self {
        Self {
            name: request.name,
            address: request.address,
            region_code: request.region_code,
        }
    }
}

/// What is entered about a new area.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct AreaRequest {
    site_id: Uuid,
    /// The area around it.
    parent_id: Option<Uuid>,
    kind: AreaKindBody,
    name: String,
}

/// Area or machine.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AreaKindBody {
    /// A workshop, line, store or yard.
    Area,
    /// One machine or installation.
    Machine,
}

/// A new name.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NameRequest {
    name: String,
}

/// How many people work there.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct HeadsRequest {
    heads: i64,
}

/// What an enterprise sets.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct SettingsRequest {
    emergency_phone: String,
    confidant_user_id: Option<Uuid>,
}

/// All sites, areas and machines with their codes.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/places", tag = "places",
    security(("session" = [])), params(("enterprise" = Uuid, Path)),
    responses((status = 200, body = PlacesBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn find_places(
    State(state): State<ApiState>,
    Inside(access): Inside,
) -> Result<Json<PlacesBody>> {
    let found = places::places(&state.app, &access).await?;
    let short_code = &access.enterprise.short_code;
    let area = |area: &hezuo_app::queue::Area| AreaBody {
        id: area.id.0,
        parent_id: area.parent_id,
        kind: area.kind.clone(),
        name: area.name.clone(),
        report_url: places::report_path(&state.app, short_code, Some(&area.code)),
        code: area.code.clone(),
        heads: area.heads,
        heads_day: area
            .heads_day
            .map(|day| hezuo_domain::time::Day(day).to_string()),
    };
    let sites = found.sites.into_iter().map(|site| SiteBody {
        areas: found
            .areas
            .iter()
            .filter(|it| it.site_id == site.id)
            .map(area)
            .collect(),
        id: site.id.0,
        name: site.name,
        address: site.address,
        region_code: site.region_code,
    });
    Ok(Json(PlacesBody {
        emergency_phone: found.setting.emergency_phone,
        confidant_user_id: found.setting.confidant_user_id,
        sites: sites.collect(),
    }))
}

/// Sets the number to call and who reads what is said in confidence.
#[utoipa::path(put, path = "/api/v1/enterprises/{enterprise}/settings", tag = "places",
    security(("session" = [])), params(("enterprise" = Uuid, Path)), request_body = SettingsRequest,
    responses((status = 204),
        (status = 202, description = "It waits for a second person", body = HeldBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn update_settings(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Body { value, .. }: Body<SettingsRequest>,
) -> Result<Response> {
    let confidant = value.confidant_user_id.map(Into::into);
    let phone = &value.emergency_phone;
    let waits = places::save_setting(&state.app, &access, phone, confidant).await?;
    Ok(done_or_held(waits))
}

/// Adds a site.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/sites", tag = "places",
    security(("session" = [])), params(("enterprise" = Uuid, Path)), request_body = SiteRequest,
    responses((status = 201, body = SiteBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn create_site(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Body { value, .. }: Body<SiteRequest>,
) -> Result<(StatusCode, Json<SiteBody>)> {
    let site = places::add_site(&state.app, &access, &value.into()).await?;
    Ok((StatusCode::CREATED, Json(site_body(site))))
}

fn site_body(site: hezuo_app::queue::Site) -> SiteBody {
    SiteBody {
        id: site.id.0,
        name: site.name,
        address: site.address,
        region_code: site.region_code,
        areas: Vec::new(),
    }
}

/// Changes a site.
#[utoipa::path(put, path = "/api/v1/enterprises/{enterprise}/sites/{site}", tag = "places",
    security(("session" = [])), params(("enterprise" = Uuid, Path), ("site" = Uuid, Path)),
    request_body = SiteRequest,
    responses((status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn update_site(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfSite>,
    Body { value, .. }: Body<SiteRequest>,
) -> Result<StatusCode> {
    places::change_site(&state.app, &access, path.site, &value.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Adds an area or machine; its wall code comes with it.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/areas", tag = "places",
    security(("session" = [])), params(("enterprise" = Uuid, Path)), request_body = AreaRequest,
    responses((status = 201, body = AreaBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn create_area(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Body { value, .. }: Body<AreaRequest>,
) -> Result<(StatusCode, Json<AreaBody>)> {
    let kind = match value.kind {
        AreaKindBody::Area => AreaKind::Area,
        AreaKindBody::Machine => AreaKind::Machine,
    };
    let parent = value.parent_id.map(Into::into);
    let site = value.site_id.into();
    let area = places::add_area(&state.app, &access, site, parent, kind, &value.name).await?;
    let short_code = &access.enterprise.short_code;
    let body = AreaBody {
        id: area.id.0,
        parent_id: area.parent_id,
        kind: area.kind,
        name: area.name,
        report_url: places::report_path(&state.app, short_code, Some(&area.code)),
        code: area.code,
        heads: None,
        heads_day: None,
    };
    Ok((StatusCode::CREATED, Json(body)))
}

/// Renames an area or machine.
#[utoipa::path(put, path = "/api/v1/enterprises/{enterprise}/areas/{area}", tag = "places",
    security(("session" = [])), params(("enterprise" = Uuid, Path), ("area" = Uuid, Path)),
    request_body = NameRequest,
    responses((status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn update_area(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfArea>,
    Body { value, .. }: Body<NameRequest>,
) -> Result<StatusCode> {
    places::rename_area(&state.app, &access, path.area, &value.name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Attests how many people work in an area.
#[utoipa::path(put, path = "/api/v1/enterprises/{enterprise}/areas/{area}/heads", tag = "places",
    security(("session" = [])), params(("enterprise" = Uuid, Path), ("area" = Uuid, Path)),
    request_body = HeadsRequest,
    responses((status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn attest_heads(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfArea>,
    Body { value, .. }: Body<HeadsRequest>,
) -> Result<StatusCode> {
    places::attest_heads(&state.app, &access, path.area, value.heads).await?;
    Ok(StatusCode::NO_CONTENT)
}
