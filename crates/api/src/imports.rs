//! Importing registers over HTTP.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::multipart::MultipartError;
use axum::extract::{Multipart, Query, State};
use axum::http::StatusCode;
use hezuo_app::imports::{self, CountBy, Import, Importer, MappingRequest};
use hezuo_domain::Code;
use hezuo_domain::cases::Kind;
use hezuo_domain::ids::ImportId;
use hezuo_domain::imports::Field;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::caller::{Ids, Inside};
use crate::input::Body;
use crate::problem::{ProblemBody, Result};
use crate::state::ApiState;

/// The import in the path.
#[derive(Deserialize)]
pub(crate) struct OfImport {
    import: ImportId,
}

/// A column of the file.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportColumnBody {
    name: String,
    /// Its first values.
    sample: Vec<String>,
    /// The field that it probably stands for.
    guess: Option<&'static str>,
}

/// What a column may stand for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportFieldBody {
    field: &'static str,
    /// Nothing is imported without it.
    required: bool,
}

/// An uploaded file and how far it has come.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportBody {
    id: Uuid,
    name: String,
    /// Bytes.
    size: i64,
    /// `uploaded`, `checking`, `checked`, `running`, `done` or `failed`.
    state: &'static str,
    rows_total: i64,
    /// Rows gone through, with those that are known or failed.
    rows_done: i64,
    rows_failed: i64,
    /// Rows that an earlier run of the same file has written.
    rows_known: i64,
    columns: Vec<ImportColumnBody>,
    /// The field of each column that stands for one; at first as guessed.
    mapping: BTreeMap<String, &'static str>,
    /// What a row is where no column says it.
    kind: &'static str,
    /// The name of the register that numbers the enterprises.
    enterprise_scheme: Option<String>,
    fields: Vec<ImportFieldBody>,
    /// Why it failed.
    error: Option<String>,
}

impl From<Import> for ImportBody {
    fn from(it: Import) -> Self {
        let fields = it.fields.into_iter().map(|field| ImportFieldBody {
            field: field.as_str(),
            required: field.is_required(),
        });
        let columns = it.columns.into_iter().map(|column| ImportColumnBody {
            name: column.name,
            sample: column.sample,
            guess: column.guess.map(Field::as_str),
        });
        let mapping = it.mapping.columns.into_iter();
        Self {
            id: it.id.0,
            name: it.name,
            size: it.size,
            state: it.state.as_str(),
            rows_total: it.rows.total,
            rows_done: it.rows.seen(),
            rows_failed: it.rows.failed,
            rows_known: it.rows.known,
            columns: columns.collect(),
            mapping: mapping
                .map(|(name, field)| (name, field.as_str()))
                .collect(),
            kind: it.mapping.kind.as_str(),
            enterprise_scheme: it.mapping.enterprise_scheme,
            fields: fields.collect(),
            error: it.error,
        }
    }
}

/// Imports, by name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportsBody {
    items: Vec<ImportBody>,
}

/// A file.
#[derive(Debug, ToSchema)]
#[expect(
    dead_code,
    reason = "it describes the form; the form is read part by part"
)]
pub(crate) struct ImportUpload {
    /// CSV or XLSX.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    file: String,
}

/// What the columns stand for.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ImportMappingRequest {
    /// A field for each column; one without is kept as it is, and can be counted.
    mapping: BTreeMap<String, Option<String>>,
    /// What a row is where no column says it: `injury_imported`, `hazard`, `near_miss` or `idea`.
    kind: Option<String>,
    /// The name of the register that numbers the enterprises.
    enterprise_scheme: Option<String>,
}

/// Which page of errors.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ErrorsQuery {
    /// Where the last page ended.
    after: Option<String>,
}

/// What is wrong with one value.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportErrorBody {
    /// As a spreadsheet numbers it: the first row of the file is 1.
    row: i64,
    /// None where it concerns the whole row.
    column: Option<String>,
    code: String,
    value: String,
}

/// A page of errors.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportErrorsBody {
    items: Vec<ImportErrorBody>,
    /// Give it back as `after` for the next page; none on the last.
    next: Option<String>,
}

/// What to count by.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CountsQuery {
    /// `enterprise`, `year`, `kind`, or `field:` and the name of a column that stands for nothing.
    by: Option<String>,
}

/// How many rows have something in common.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CountBody {
    /// What; empty for rows without a value.
    key: String,
    n: i64,
}

/// Counts of the rows that became cases.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CountsBody {
    items: Vec<CountBody>,
}

/// The files that were uploaded.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/imports", tag = "exchange",
    security(("session" = [])), params(("enterprise" = Uuid, Path)),
    responses((status = 200, body = ImportsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list_imports(
    State(state): State<ApiState>,
    Inside(access): Inside,
) -> Result<Json<ImportsBody>> {
    let found = imports::list(&state.app, &Importer::of(&access)?).await?;
    Ok(Json(ImportsBody {
        items: found.into_iter().map(ImportBody::from).collect(),
    }))
}

/// Uploads a file; one with the same bytes is the same import.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/imports", tag = "exchange",
    security(("session" = [])), params(("enterprise" = Uuid, Path)),
    request_body(content = ImportUpload, content_type = "multipart/form-data"),
    responses((status = 201, body = ImportBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn create_import(
    State(state): State<ApiState>,
    Inside(access): Inside,
    multipart: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result<(StatusCode, Json<ImportBody>)> {
    let importer = Importer::of(&access)?;
    let multipart = multipart.or(Err(Code::InputMissing.at("file")))?;
    let (name, bytes) = file(multipart).await?;
    let found = imports::upload(&state.app, &importer, &name, bytes).await?;
    Ok((StatusCode::CREATED, Json(found.into())))
}

/// The part that is the file, with its name.
pub(crate) async fn file(mut multipart: Multipart) -> Result<(String, Vec<u8>)> {
    let problem = |error: MultipartError| {
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Code::UploadTooLarge.problem()
        } else {
            Code::InputInvalid.at("file")
        }
    };
    while let Some(part) = multipart.next_field().await.map_err(problem)? {
        if part.name() == Some("file") {
            let name = part.file_name().unwrap_or_default().to_owned();
            let bytes = part.bytes().await.map_err(problem)?;
            return Ok((name, bytes.into()));
        }
    }
    Err(Code::InputMissing.at("file").into())
}

/// Says what the columns stand for, and starts the dry run.
#[utoipa::path(put, path = "/api/v1/enterprises/{enterprise}/imports/{import}/mapping",
    tag = "exchange", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("import" = Uuid, Path)),
    request_body = ImportMappingRequest,
    responses((status = 202, body = ImportBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn update_import_mapping(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(of): Ids<OfImport>,
    Body { value, .. }: Body<ImportMappingRequest>,
) -> Result<(StatusCode, Json<ImportBody>)> {
    let importer = Importer::of(&access)?;
    let field = |(name, word): (String, Option<String>)| {
        let field = match &word {
            None => None,
            Some(word) => Some(Field::parse(word).ok_or(Code::ImportMapping.at(&name))?),
        };
        Ok((name, field))
    };
    let columns: Result<BTreeMap<String, Option<Field>>> =
        value.mapping.into_iter().map(field).collect();
    let kind = match &value.kind {
        None => None,
        Some(word) => Some(Kind::parse(word).ok_or(Code::InputInvalid.at("kind"))?),
    };
    let request = MappingRequest {
        columns: columns?,
        kind,
        enterprise_scheme: value.enterprise_scheme,
    };
    let found = imports::set_mapping(&state.app, &importer, of.import, request).await?;
    Ok((StatusCode::ACCEPTED, Json(found.into())))
}

/// Starts the run, or takes it up where it failed.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/imports/{import}/run",
    tag = "exchange", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("import" = Uuid, Path)),
    responses((status = 202, body = ImportBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn run_import(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(of): Ids<OfImport>,
) -> Result<(StatusCode, Json<ImportBody>)> {
    let found = imports::start(&state.app, &Importer::of(&access)?, of.import).await?;
    Ok((StatusCode::ACCEPTED, Json(found.into())))
}

/// One import; asked again and again it shows the progress.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/imports/{import}",
    tag = "exchange", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("import" = Uuid, Path)),
    responses((status = 200, body = ImportBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn find_import(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(of): Ids<OfImport>,
) -> Result<Json<ImportBody>> {
    let found = imports::find(&state.app, &Importer::of(&access)?, of.import).await?;
    Ok(Json(found.into()))
}

/// What is wrong with the rows, in their order.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/imports/{import}/errors",
    tag = "exchange", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("import" = Uuid, Path), ErrorsQuery),
    responses((status = 200, body = ImportErrorsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list_import_errors(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(of): Ids<OfImport>,
    Query(query): Query<ErrorsQuery>,
) -> Result<Json<ImportErrorsBody>> {
    let importer = Importer::of(&access)?;
    let after = match query.after.as_deref() {
        None | Some("") => 0,
        Some(text) => text.parse().or(Err(Code::InputInvalid.at("after")))?,
    };
    let page = imports::errors(&state.app, &importer, of.import, after).await?;
    let items = page.items.into_iter().map(|it| ImportErrorBody {
        row: it.row,
        column: Some(it.column).filter(|column| !column.is_empty()),
        code: it.code,
        value: it.value,
    });
    Ok(Json(ImportErrorsBody {
        items: items.collect(),
        next: page.next.map(|row| row.to_string()),
    }))
}

/// How many rows became cases, by enterprise, year, kind, or an unmapped column.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/imports/{import}/counts",
    tag = "exchange", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("import" = Uuid, Path), CountsQuery),
    responses((status = 200, body = CountsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list_import_counts(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(of): Ids<OfImport>,
    Query(query): Query<CountsQuery>,
) -> Result<Json<CountsBody>> {
    let importer = Importer::of(&access)?;
    let by: CountBy = query.by.as_deref().unwrap_or("year").parse()?;
    let counted = imports::counts(&state.app, &importer, of.import, &by).await?;
    let items = counted.into_iter().map(|(key, n)| CountBody { key, n });
    Ok(Json(CountsBody {
        items: items.collect(),
    }))
}
