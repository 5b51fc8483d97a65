//! The open cases of all factories that one looks after, over HTTP.

use axum::Json;
use axum::extract::State;
use hezuo_app::oversight::cases::{self, Page, Wanted};
use hezuo_app::queue::{Across, AfterCase, CaseAcross, NamedRegion};
use hezuo_domain::cases::{Level, State as CaseState, reference};
use hezuo_domain::time::Day;
use hezuo_domain::{Code, Problem};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::bodies::NamedRegionBody;
use super::region;
use crate::caller::Signed;
use crate::input::Params;
use crate::problem::{ProblemBody, Result};
use crate::state::ApiState;

/// Which cases.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CasesAcrossQuery {
    /// Only in this region.
    region: Option<String>,
    /// `open`, `danger`, `overdue`, or a state: `new`, `accepted`, `planned`, `done`. `open` by default.
    queue: Option<String>,
    /// Only this risk level, 1 to 4.
    level: Option<i64>,
    /// Where the last page ended.
    cursor: Option<String>,
    /// Lines, at most 200; 50 by default.
    limit: Option<i64>,
}

/// A case among those of many factories.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaseAcrossBody {
    id: Uuid,
    /// The short reference that people say aloud.
    #[serde(rename = "ref")]
    reference: String,
    enterprise_id: Uuid,
    enterprise_name: String,
    region: Option<NamedRegionBody>,
    kind: String,
    category: String,
    voice: String,
    danger: bool,
    state: String,
    /// Risk level, 1 to 4.
    level: Option<i64>,
    text: String,
    reported_day: String,
    due_day: Option<String>,
    overdue: bool,
    /// The reporter said "not fixed".
    disputed: bool,
}

/// A page of cases.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CasesAcrossBody {
    items: Vec<CaseAcrossBody>,
    /// Give it back as `cursor` for the next page; none on the last.
    next_cursor: Option<String>,
    today: String,
}

/// How much of what was said a line shows, in characters.
const LINE: usize = 140;

impl CaseAcrossBody {
    fn of(it: CaseAcross, names: &[NamedRegion], today: Day) -> Self {
        let due = it.due_day.map(Day);
        Self {
            id: it.id.0,
            reference: reference(it.id),
            enterprise_id: it.enterprise_id.0,
            enterprise_name: it.enterprise_name,
            region: (!it.region_code.is_empty())
                .then(|| NamedRegionBody::of(&it.region_code, names)),
            overdue: it.state == "planned" && due.is_some_and(|due| due < today),
            kind: it.kind,
            category: it.category,
            voice: it.voice,
            danger: it.danger,
            state: it.state,
            level: it.grade_level,
            text: it.text.chars().take(LINE).collect(),
            reported_day: Day(it.reported_day).to_string(),
            due_day: due.map(|due| due.to_string()),
            disputed: it.disputed,
        }
    }
}

impl From<Page> for CasesAcrossBody {
    fn from(page: Page) -> Self {
        let (names, today) = (page.names, page.today);
        let line = |it| CaseAcrossBody::of(it, &names, today);
        Self {
            items: page.items.into_iter().map(line).collect(),
            next_cursor: page.next.as_ref().map(write_cursor),
            today: today.to_string(),
        }
    }
}

/// The open cases of all factories whose cases the caller may read: division by division, factory by factory,
/// the newest first.
#[utoipa::path(get, path = "/api/v1/oversight/cases", tag = "oversight", security(("session" = [])),
    params(CasesAcrossQuery),
    responses((status = 200, body = CasesAcrossBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list_cases_across(
    State(state): State<ApiState>,
    Signed(caller): Signed,
    Params(query): Params<CasesAcrossQuery>,
) -> Result<Json<CasesAcrossBody>> {
    let after = match query.cursor.as_deref() {
        None | Some("") => None,
        Some(text) => Some(read_cursor(text).ok_or(Code::InputInvalid.at("cursor"))?),
    };
    let level = query.level.map(Level::try_from).transpose();
    let wanted = Wanted {
        region: region(query.region.as_deref())?,
        which: which(query.queue.as_deref())?,
        level: level
            .or(Err(Code::InputInvalid.at("level")))?
            .map(i64::from),
        after,
        limit: query.limit.unwrap_or(50),
    };
    let page = cases::list(&state.app, &caller, wanted).await?;
    Ok(Json(page.into()))
}

fn which(word: Option<&str>) -> Result<Across, Problem> {
    Ok(match word {
        None | Some("" | "open") => Across::Open,
        Some("danger") => Across::Danger,
        Some("overdue") => Across::Overdue,
        Some(word) => match CaseState::parse(word) {
            Some(state) if state.is_open() => Across::State(state.as_str()),
            _ => return Err(Code::InputInvalid.at("queue")),
        },
    })
}

fn read_cursor(text: &str) -> Option<AfterCase> {
    let parts: Vec<&str> = text.split('.').collect();
    let [region, enterprise, day, case] = parts[..] else {
        return None;
    };
    Some(AfterCase {
        factory: (region.to_owned(), enterprise.parse().ok()?),
        day: day.parse().ok()?,
        case: case.parse().ok()?,
    })
}

fn write_cursor(after: &AfterCase) -> String {
    let (region, enterprise) = &after.factory;
    format!("{region}.{enterprise}.{}.{}", after.day, after.case)
}
