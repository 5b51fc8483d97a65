//! A list of people over HTTP.

use axum::Json;
use axum::extract::{Multipart, State};
use hezuo_app::people::{self, Roll};
use hezuo_domain::Code;
use hezuo_domain::people::roll::{Column, Fault};
use hezuo_domain::permissions::Permission;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::caller::Inside;
use crate::imports::{ImportUpload, file};
use crate::input::Params;
use crate::problem::{ProblemBody, Result};
use crate::state::ApiState;

/// Whether the list is only tried.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RollQuery {
    /// True: say what would change, and change nothing.
    #[serde(default)]
    dry_run: bool,
}

/// A column of the list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RollColumnBody {
    heading: String,
    /// `name`, `staff_number`, `position` or `area`; none for one that is not read.
    field: Option<&'static str>,
}

/// What is wrong with a row.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RollErrorBody {
    /// As a spreadsheet shows it.
    row: i64,
    field: &'static str,
    code: &'static str,
    value: String,
}

impl From<Fault> for RollErrorBody {
    fn from(fault: Fault) -> Self {
        Self {
            row: fault.row,
            field: fault.column.as_str(),
            code: fault.code.as_str(),
            value: fault.value,
        }
    }
}

/// What a list says, and what becomes of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RollBody {
    dry_run: bool,
    rows: usize,
    added: usize,
    changed: usize,
    /// Rows that say what the register says.
    known: usize,
    failed: usize,
    columns: Vec<RollColumnBody>,
    /// At most two hundred.
    errors: Vec<RollErrorBody>,
    /// Names of areas that the factory does not have.
    unknown_areas: Vec<String>,
}

/// Most errors that are shown.
const MOST_ERRORS: usize = 200;

impl RollBody {
    fn new(roll: Roll, dry_run: bool) -> Self {
        let column = |(heading, column): (String, Option<Column>)| RollColumnBody {
            heading,
            field: column.map(Column::as_str),
        };
        let plan = roll.plan;
        Self {
            dry_run,
            rows: roll.rows,
            added: plan.added.len(),
            changed: plan.changed.len(),
            known: plan.known,
            failed: plan.faults.len(),
            columns: roll.columns.into_iter().map(column).collect(),
            errors: plan
                .faults
                .into_iter()
                .take(MOST_ERRORS)
                .map(RollErrorBody::from)
                .collect(),
            unknown_areas: plan.unknown_areas,
        }
    }
}

/// Takes over a list of people, CSV or XLSX; with `dry_run` it only says what would change.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/persons/list", tag = "people",
    security(("session" = [])), params(("enterprise" = Uuid, Path), RollQuery),
    request_body(content = ImportUpload, content_type = "multipart/form-data"),
    responses((status = 200, body = RollBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn import_persons(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Params(query): Params<RollQuery>,
    multipart: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result<Json<RollBody>> {
    access.require(Permission::PersonManage)?;
    let multipart = multipart.or(Err(Code::InputMissing.at("file")))?;
    let (_, bytes) = file(multipart).await?;
    let roll = people::take_list(&state.app, &access, bytes, query.dry_run).await?;
    Ok(Json(RollBody::new(roll, query.dry_run)))
}
