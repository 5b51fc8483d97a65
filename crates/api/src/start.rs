//! The first start over HTTP: the first administrator, and how far the factory is.

use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::{Extension, Json};
use hezuo_app::directory::EnterpriseRequest;
use hezuo_app::start::{self, FirstPerson, Standing};
use hezuo_domain::Code;
use hezuo_domain::start::{Step, next};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use utoipa::ToSchema;

use crate::caller::{Inside, visit};
use crate::input::Body;
use crate::problem::{ProblemBody, Result};
use crate::session::{SessionBody, refuse_plain_http, signed_in};
use crate::state::ApiState;

/// Who comes in with the link.
#[derive(Deserialize, ToSchema)]
pub(crate) struct FirstPersonBody {
    /// The code of the link.
    code: String,
    name: String,
    login: String,
    password: String,
    /// `zh-CN` or `en`.
    locale: String,
}

/// Makes the first administrator with the link that the server printed, and logs in.
#[utoipa::path(post, path = "/api/v1/start", tag = "start", request_body = FirstPersonBody,
    responses((status = 200, body = SessionBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn create_first_administrator(
    State(state): State<ApiState>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    Body { value, .. }: Body<FirstPersonBody>,
) -> Result<Response> {
    refuse_plain_http(&state, peer.map(|Extension(peer)| peer))?;
    let request = FirstPerson {
        code: value.code,
        name: value.name,
        login: value.login,
        password: value.password,
        locale: value.locale,
    };
    let session = start::first_administrator(&state.app, request, visit(&headers, &state)).await?;
    Ok(signed_in(&state, session))
}

/// One step.
#[derive(Serialize, ToSchema)]
pub(crate) struct StepBody {
    /// `factory`, `areas`, `persons`, `team`, `labels` or `report`.
    step: &'static str,
    done: bool,
}

/// The factory as the directory has it.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProfileBody {
    /// Empty until somebody has said it.
    name: String,
    credit_code: Option<String>,
    /// Whether its check digit is right; some valid codes fail.
    credit_code_ok: Option<bool>,
    region_code: Option<String>,
    time_zone: String,
    emergency_phone: String,
}

/// How far a factory is.
#[derive(Serialize, ToSchema)]
pub(crate) struct StandingBody {
    steps: Vec<StepBody>,
    /// The first step that is not done.
    next: Option<&'static str>,
    profile: ProfileBody,
    areas: i64,
    /// Areas with a number of people.
    attested: i64,
    persons: i64,
    leaders: i64,
    secretaries: i64,
    /// Somebody has reported something.
    reported: bool,
}

impl From<Standing> for StandingBody {
    fn from(standing: Standing) -> Self {
        let facts = standing.facts;
        let step = |step: &Step| StepBody {
            step: step.as_str(),
            done: step.is_done(&facts),
        };
        Self {
            steps: Step::ALL.iter().map(step).collect(),
            next: next(&facts).map(Step::as_str),
            profile: ProfileBody {
                name: standing.enterprise.name,
                credit_code: standing.enterprise.credit_code,
                credit_code_ok: standing.enterprise.credit_code_ok,
                region_code: standing.enterprise.region_code,
                time_zone: standing.enterprise.time_zone,
                emergency_phone: standing.setting.emergency_phone,
            },
            areas: facts.areas,
            attested: facts.attested,
            persons: facts.persons,
            leaders: facts.leaders,
            secretaries: facts.secretaries,
            reported: facts.reported,
        }
    }
}

/// How far the factory is, as it follows from what it has.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/start", tag = "start",
    security(("session" = [])), params(("enterprise" = Uuid, Path)),
    responses((status = 200, body = StandingBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn find_start(
    State(state): State<ApiState>,
    Inside(access): Inside,
) -> Result<Json<StandingBody>> {
    Ok(Json(start::standing(&state.app, &access).await?.into()))
}

/// What is said about the factory.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ProfileRequest {
    name: String,
    credit_code: Option<String>,
    /// Six digits; none where the factory lies in no known division.
    region_code: Option<String>,
    /// IANA time zone.
    time_zone: String,
}

/// Worth a second look, no more.
#[derive(Serialize, ToSchema)]
pub(crate) struct WarningsBody {
    /// Such as `enterprise.credit_code_check`.
    warnings: Vec<&'static str>,
}

/// Changes what stands about the factory.
#[utoipa::path(put, path = "/api/v1/enterprises/{enterprise}", tag = "start",
    security(("session" = [])), params(("enterprise" = Uuid, Path)), request_body = ProfileRequest,
    responses((status = 200, body = WarningsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn update_enterprise(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Body { value, .. }: Body<ProfileRequest>,
) -> Result<Json<WarningsBody>> {
    let request = EnterpriseRequest {
        name: value.name,
        credit_code: value.credit_code,
        region_code: value.region_code.unwrap_or_default(),
        time_zone: value.time_zone,
    };
    let warnings = start::describe(&state.app, &access, request).await?;
    Ok(Json(WarningsBody {
        warnings: warnings.into_iter().map(Code::as_str).collect(),
    }))
}

/// Notes that the codes hang on the walls.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/labels/hung", tag = "start",
    security(("session" = [])), params(("enterprise" = Uuid, Path)),
    responses((status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn hang_labels(
    State(state): State<ApiState>,
    Inside(access): Inside,
) -> Result<StatusCode> {
    start::hang_labels(&state.app, &access).await?;
    Ok(StatusCode::NO_CONTENT)
}
