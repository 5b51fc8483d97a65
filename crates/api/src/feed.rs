//! The feed of one enterprise for Excel, Power BI and the like: OData 4.0 as far as they need it to read.
//!
//! What may be read and in which order is decided below; here are its addresses, its words and its errors.

mod asked;
mod caller;
mod error;
mod metadata;

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hezuo_app::feed as app;
use hezuo_domain::Code;
use hezuo_domain::feed::{Table, Value, token};
use serde_json::{Map, Value as Json, json};

use self::asked::{Asked, FeedQuery, encoded};
use self::caller::Analyst;
use self::error::FeedErrorBody;
use crate::state::ApiState;

type Result<T, E = error::FeedError> = std::result::Result<T, E>;

/// What every answer of a feed says of itself.
const VERSION: (HeaderName, HeaderValue) = (
    HeaderName::from_static("odata-version"),
    HeaderValue::from_static("4.0"),
);

const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// The media type of rows: the words after it say how much they tell of themselves.
const JSON: &str = "application/json;odata.metadata=minimal;charset=utf-8";

/// The name of a table's entity set.
fn set_name(table: Table) -> &'static str {
    match table {
        Table::Cases => "Cases",
        Table::Steps => "Steps",
        Table::Tallies => "Tallies",
        Table::Projects => "Projects",
        Table::Enterprises => "Enterprises",
    }
}

fn answer(status: StatusCode, media_type: &'static str, body: String) -> Response {
    (
        status,
        [
            VERSION,
            (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        ],
        body,
    )
        .into_response()
}

/// What the feed has. Excel and Power BI are given this address.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/odata", tag = "feed",
    security(("session" = []), ("device_key" = []), ("device_key_as_password" = [])),
    params(("enterprise" = Uuid, Path)),
    responses((status = 200, body = Object, content_type = "application/json"),
        (status = "4XX", body = FeedErrorBody, content_type = "application/json")))]
pub(crate) async fn find_feed(analyst: Analyst) -> Response {
    let set = |table: &Table| {
        let name = set_name(*table);
        json!({"name": name, "kind": "EntitySet", "url": name})
    };
    let sets: Vec<Json> = Table::OF_ONE.iter().map(set).collect();
    let context = format!("{}/$metadata", analyst.base);
    let body = json!({"@odata.context": context, "value": sets});
    answer(StatusCode::OK, JSON, body.to_string())
}

/// The tables of the feed and their columns (CSDL).
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/odata/$metadata", tag = "feed",
    security(("session" = []), ("device_key" = []), ("device_key_as_password" = [])),
    params(("enterprise" = Uuid, Path)),
    responses((status = 200, body = String, content_type = "application/xml"),
        (status = "4XX", body = FeedErrorBody, content_type = "application/json")))]
pub(crate) async fn find_feed_metadata(_: Analyst) -> Response {
    answer(StatusCode::OK, "application/xml", metadata::document())
}

/// Cases as they stand now, those of days that are over. Nothing in it says who spoke.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/odata/Cases", tag = "feed",
    security(("session" = []), ("device_key" = []), ("device_key_as_password" = [])),
    params(("enterprise" = Uuid, Path), FeedQuery),
    responses((status = 200, body = Object, content_type = "application/json"),
        (status = "4XX", body = FeedErrorBody, content_type = "application/json")))]
pub(crate) async fn list_feed_cases(
    State(state): State<ApiState>,
    analyst: Analyst,
) -> Result<Response> {
    list(&state, analyst, Table::Cases).await
}

/// How many cases there are, of all days or within some.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/odata/Cases/$count", tag = "feed",
    security(("session" = []), ("device_key" = []), ("device_key_as_password" = [])),
    params(("enterprise" = Uuid, Path), FeedQuery),
    responses((status = 200, body = String, content_type = "text/plain"),
        (status = "4XX", body = FeedErrorBody, content_type = "application/json")))]
pub(crate) async fn count_feed_cases(
    State(state): State<ApiState>,
    analyst: Analyst,
) -> Result<Response> {
    let counted = async {
        let asked = Asked::read(Table::Cases, &analyst.options)?;
        app::count(
            &state.app,
            &analyst.reader,
            Table::Cases,
            &asked.rows.filter,
        )
        .await
    };
    let n = counted.await.map_err(|error| analyst.failed(error))?;
    Ok(answer(StatusCode::OK, "text/plain", n.to_string()))
}

/// How cases went from state to state, on days that are over.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/odata/Steps", tag = "feed",
    security(("session" = []), ("device_key" = []), ("device_key_as_password" = [])),
    params(("enterprise" = Uuid, Path), FeedQuery),
    responses((status = 200, body = Object, content_type = "application/json"),
        (status = "4XX", body = FeedErrorBody, content_type = "application/json")))]
pub(crate) async fn list_feed_steps(
    State(state): State<ApiState>,
    analyst: Analyst,
) -> Result<Response> {
    list(&state, analyst, Table::Steps).await
}

/// Counts by local day, of days that are over and of deadlines. None is about people.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/odata/Tallies", tag = "feed",
    security(("session" = []), ("device_key" = []), ("device_key_as_password" = [])),
    params(("enterprise" = Uuid, Path), FeedQuery),
    responses((status = 200, body = Object, content_type = "application/json"),
        (status = "4XX", body = FeedErrorBody, content_type = "application/json")))]
pub(crate) async fn list_feed_tallies(
    State(state): State<ApiState>,
    analyst: Analyst,
) -> Result<Response> {
    list(&state, analyst, Table::Tallies).await
}

/// Improvement projects with their costs and savings.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/odata/Projects", tag = "feed",
    security(("session" = []), ("device_key" = []), ("device_key_as_password" = [])),
    params(("enterprise" = Uuid, Path), FeedQuery),
    responses((status = 200, body = Object, content_type = "application/json"),
        (status = "4XX", body = FeedErrorBody, content_type = "application/json")))]
pub(crate) async fn list_feed_projects(
    State(state): State<ApiState>,
    analyst: Analyst,
) -> Result<Response> {
    list(&state, analyst, Table::Projects).await
}

/// What lies behind no address of a feed.
pub(crate) async fn not_found(analyst: Analyst) -> Response {
    analyst.failed(Code::NotFound.into()).into_response()
}

async fn list(state: &ApiState, analyst: Analyst, table: Table) -> Result<Response> {
    let body = rows(state, &analyst, table).await;
    let body = body.map_err(|error| analyst.failed(error))?;
    let mut answer = answer(StatusCode::OK, JSON, body.to_string());
    if let Some(applied) = analyst.page.and_then(applied) {
        answer.headers_mut().insert(PREFERENCE_APPLIED, applied);
    }
    Ok(answer)
}

/// That the preference of a client for smaller pages was heard.
fn applied(page: i64) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("odata.maxpagesize={page}")).ok()
}

async fn rows(state: &ApiState, analyst: &Analyst, table: Table) -> Result<Json, hezuo_app::Error> {
    let mut asked = Asked::read(table, &analyst.options)?;
    asked.rows.page = analyst.page;
    let count = if asked.counted {
        Some(app::count(&state.app, &analyst.reader, table, &asked.rows.filter).await?)
    } else {
        None
    };
    let page = app::page(&state.app, &analyst.reader, &asked.rows).await?;
    let (base, set) = (&analyst.base, set_name(table));
    let mut body = Map::new();
    body.insert(
        "@odata.context".to_owned(),
        format!("{base}/$metadata#{set}{}", asked.selected()).into(),
    );
    if let Some(count) = count {
        body.insert("@odata.count".to_owned(), count.into());
    }
    let taken = page.rows.len();
    let values: Vec<Json> = page
        .rows
        .into_iter()
        .map(|row| entity(&asked, row))
        .collect();
    body.insert("value".to_owned(), values.into());
    if let Some(next) = &page.next {
        let mut options = asked.going_on(&analyst.options, taken);
        options.push(("$skiptoken".to_owned(), token(next)));
        let pairs = options.iter();
        let pairs: Vec<String> = pairs
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        let link = format!("{base}/{set}?{}", pairs.join("&"));
        body.insert("@odata.nextLink".to_owned(), link.into());
    }
    Ok(body.into())
}

fn entity(asked: &Asked, mut row: Vec<Value>) -> Json {
    let columns = asked.rows.table.columns();
    let named = asked.columns.iter().map(|at| {
        let value = std::mem::replace(&mut row[*at], Value::Null);
        let value = match value {
            Value::Null => Json::Null,
            Value::Id(id) => id.to_string().into(),
            Value::Text(text) => text.into(),
            Value::Integer(n) => n.into(),
            Value::Day(day) => day.to_string().into(),
            Value::Flag(flag) => flag.into(),
        };
        (columns[*at].name.to_owned(), value)
    });
    Json::Object(named.collect())
}
