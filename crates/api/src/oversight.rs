//! Many factories at once, over HTTP.

mod bodies;
pub(crate) mod cases;

use axum::Json;
use axum::extract::State;
use hezuo_app::oversight::{self, After, Wanted};
use hezuo_domain::ids::EnterpriseId;
use hezuo_domain::oversight::{Figure, Order};
use hezuo_domain::places::RegionCode;
use hezuo_domain::time::Day;
use hezuo_domain::{Code, Problem};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::caller::Signed;
use crate::input::Params;
use crate::problem::{ProblemBody, Result};
use crate::state::ApiState;
use bodies::{FactoriesBody, RegionBoardBody};

/// Which region, and how far back.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RegionBoardQuery {
    /// Its code; the first that the caller looks after where it is missing.
    region: Option<String>,
    /// 4, 12 or 26; 4 by default.
    weeks: Option<i64>,
}

/// Which factories.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FactoriesQuery {
    /// Only in this region.
    region: Option<String>,
    /// 4, 12 or 26; 4 by default.
    weeks: Option<i64>,
    /// Of `reported` and `resolved`: only the week that begins on this day, as in the trend.
    week: Option<String>,
    /// Only those that count something of this figure.
    figure: Option<String>,
    /// Of savings: ISO 4217; `CNY` by default.
    currency: Option<String>,
    /// `name`, or `need`: danger, then overdue, then silence. `need` by default.
    order: Option<String>,
    /// Where the last page ended.
    cursor: Option<String>,
    /// Lines, at most 200; 50 by default.
    limit: Option<i64>,
}

fn region(text: Option<&str>) -> Result<Option<RegionCode>, Problem> {
    match text {
        None | Some("") => Ok(None),
        Some(code) => Ok(Some(
            code.parse().or(Err(Code::RegionUnknown.at("region")))?,
        )),
    }
}

/// The sums of a region.
#[utoipa::path(get, path = "/api/v1/oversight", tag = "oversight", security(("session" = [])),
    params(RegionBoardQuery),
    responses((status = 200, body = RegionBoardBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn find_region_board(
    State(state): State<ApiState>,
    Signed(caller): Signed,
    Params(query): Params<RegionBoardQuery>,
) -> Result<Json<RegionBoardBody>> {
    let region = region(query.region.as_deref())?;
    let weeks = query.weeks.unwrap_or(4);
    let board = oversight::board(&state.app, &caller, region, weeks).await?;
    Ok(Json(board.into()))
}

/// The factories that the caller looks after, each with its sums.
#[utoipa::path(get, path = "/api/v1/oversight/factories", tag = "oversight",
    security(("session" = [])), params(FactoriesQuery),
    responses((status = 200, body = FactoriesBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list_factories(
    State(state): State<ApiState>,
    Signed(caller): Signed,
    Params(query): Params<FactoriesQuery>,
) -> Result<Json<FactoriesBody>> {
    let figure = match query.figure.as_deref() {
        None | Some("") => None,
        Some(word) => Some(Figure::parse(word).ok_or(Code::InputInvalid.at("figure"))?),
    };
    let order = match query.order.as_deref() {
        None | Some("" | "need") => Order::Need,
        Some("name") => Order::Name,
        Some(_) => return Err(Code::InputInvalid.at("order").into()),
    };
    let cursor = query.cursor.as_deref().filter(|text| !text.is_empty());
    let after = match cursor {
        None => None,
        Some(text) => Some(read_cursor(order, text).ok_or(Code::InputInvalid.at("cursor"))?),
    };
    let week = match query.week.as_deref() {
        None | Some("") => None,
        Some(day) => Some(day.parse().or(Err(Code::InputInvalid.at("week")))?),
    };
    let wanted = Wanted {
        region: region(query.region.as_deref())?,
        weeks: query.weeks.unwrap_or(4),
        week,
        figure,
        currency: query.currency.unwrap_or_else(|| "CNY".to_owned()),
        order,
        after,
        limit: query.limit.unwrap_or(50),
    };
    let page = oversight::factories(&state.app, &caller, wanted).await?;
    Ok(Json(page.into()))
}

fn read_cursor(order: Order, text: &str) -> Option<After> {
    match order {
        Order::Name => {
            let mut parts = text.splitn(3, '.');
            let number = parts.next()?.parse().ok()?;
            let id: EnterpriseId = parts.next()?.parse().ok()?;
            Some(After::Name(number, parts.next()?.to_owned(), id))
        }
        Order::Need => {
            let parts: Vec<&str> = text.split('.').collect();
            let [danger, overdue, heard, id] = parts[..] else {
                return None;
            };
            Some(After::Need(
                danger.parse().ok()?,
                overdue.parse().ok()?,
                Day(heard.parse().ok()?),
                id.parse().ok()?,
            ))
        }
    }
}

fn write_cursor(after: &After) -> String {
    match after {
        After::Name(number, name, id) => format!("{number}.{id}.{name}"),
        After::Need(danger, overdue, heard, id) => {
            format!("{danger}.{overdue}.{}.{id}", heard.0)
        }
    }
}
