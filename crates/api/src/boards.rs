//! The factory board over HTTP.

use axum::Json;
use axum::extract::State;
use hezuo_app::boards::{self, Board, Figure, List, ProjectList, Source, TrendWeek};
use hezuo_app::queue::Queue;
use hezuo_domain::boards::Period;
use hezuo_domain::disclosure::{Published, Why};
use hezuo_domain::time::Day;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::caller::Inside;
use crate::cases::QueueName;
use crate::input::Params;
use crate::problem::{ProblemBody, Result};
use crate::state::ApiState;

/// How far back.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct BoardQuery {
    /// 4, 12 or 26; 4 by default.
    weeks: Option<i64>,
}

/// From one day to another, both counted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PeriodBody {
    from: String,
    to: String,
}

impl From<Period> for PeriodBody {
    fn from(period: Period) -> Self {
        Self {
            from: period.from.to_string(),
            to: period.to.to_string(),
        }
    }
}

/// The query of a list that contains exactly what a figure counts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListBody {
    queue: QueueName,
    #[serde(skip_serializing_if = "Option::is_none")]
    within: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
}

impl From<List> for ListBody {
    fn from(list: List) -> Self {
        let days = match list.queue {
            Queue::Counted(_, days) => Some(days),
            _ => None,
        };
        Self {
            queue: list.queue.into(),
            within: list.within.map(|area| area.0),
            from: days.map(|days| days.from.to_string()),
            to: days.map(|days| days.to.to_string()),
        }
    }
}

/// The query of a list of exactly the projects whose savings a figure adds up.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProjectListBody {
    from: String,
    to: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
}

impl From<ProjectList> for ProjectListBody {
    fn from(list: ProjectList) -> Self {
        Self {
            from: list.period.from.to_string(),
            to: list.period.to.to_string(),
            currency: list.currency,
        }
    }
}

/// From where a figure is counted.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SourceName {
    /// The cases.
    Cases,
    /// Names under reports, and attendance.
    Participation,
    /// Verified savings of improvement projects.
    Projects,
    /// What was paid out.
    Rewards,
}

/// A figure: never a bare percentage.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FigureBody {
    /// What it is: `open`, `danger`, `overdue`, `to_verify`, `waiting_long`, `answered`, `on_time`,
    /// `front_line`, `reported`, `people`, `saving`, `reward`.
    name: &'static str,
    /// How many, or minor units of the currency; null where it is held back.
    numerator: Option<i64>,
    /// Of how many; null where it is held back, too.
    denominator: Option<i64>,
    /// Why it is held back: `few` (fewer than five people), `alike` (all but fewer than five),
    /// `one_sided` (fewer than five on one side), `small_group` (fewer than eleven people, or nobody
    /// attested how many).
    withheld: Option<&'static str>,
    /// Whether it is told to the nearest five: people, to somebody from outside.
    rounded: bool,
    /// Of money: ISO 4217.
    currency: Option<String>,
    /// Over which days; null for what stands today.
    period: Option<PeriodBody>,
    source: SourceName,
    /// Of answers: half of them took this many days or less.
    median_days: Option<i64>,
    /// What the numerator counts, for those who may read it.
    list: Option<ListBody>,
    /// What the denominator counts.
    whole: Option<ListBody>,
    /// The projects whose savings it adds up, for those who may read them.
    projects: Option<ProjectListBody>,
}

impl From<Figure> for FigureBody {
    fn from(figure: Figure) -> Self {
        Self {
            name: figure.name,
            numerator: figure.numerator.number(),
            denominator: figure.denominator.and_then(Published::number),
            withheld: figure.numerator.withheld().map(Why::as_str),
            rounded: matches!(figure.numerator, Published::Rounded(_)),
            currency: figure.currency,
            period: figure.period.map(PeriodBody::from),
            source: match figure.source {
                Source::Cases => SourceName::Cases,
                Source::Participation => SourceName::Participation,
                Source::Projects => SourceName::Projects,
                Source::Rewards => SourceName::Rewards,
            },
            median_days: figure.median_days,
            list: figure.list.map(ListBody::from),
            whole: figure.whole.map(ListBody::from),
            projects: figure.projects.map(ProjectListBody::from),
        }
    }
}

/// When an area was last heard, with its machines and what lies in it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AreaVoiceBody {
    id: Uuid,
    name: String,
    /// The last day on which something was reported from there; null for never.
    last_day: Option<String>,
    /// How many days ago that was.
    silent_days: Option<i64>,
    /// Reports of the last four weeks.
    reports: i64,
    /// Fewer than ten people work there, or nobody attested how many: not for a wall.
    is_small: bool,
    list: Option<ListBody>,
}

/// One week of the trend.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrendWeekBody {
    from: String,
    to: String,
    /// Reports.
    reported: i64,
    /// Accepted by somebody other than the fixer.
    resolved: i64,
}

impl From<&TrendWeek> for TrendWeekBody {
    fn from(week: &TrendWeek) -> Self {
        Self {
            from: week.period.from.to_string(),
            to: week.period.to.to_string(),
            reported: week.reported,
            resolved: week.resolved,
        }
    }
}

/// A factory's board.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BoardBody {
    /// The factory.
    name: String,
    /// Today there.
    today: String,
    /// How many weeks a period covers.
    weeks: i64,
    figures: Vec<FigureBody>,
    /// By name; empty for who may not read places and cases.
    areas: Vec<AreaVoiceBody>,
    /// The days in which an area should have been heard.
    heard: PeriodBody,
    /// The oldest week first.
    trend: Vec<TrendWeekBody>,
    /// Whether the caller may open lists of cases.
    lists: bool,
}

impl From<Board> for BoardBody {
    fn from(board: Board) -> Self {
        let today = board.today;
        let ago = |day: Day| today.0 - day.0;
        Self {
            name: board.name,
            today: today.to_string(),
            weeks: board.weeks,
            figures: board.figures.into_iter().map(FigureBody::from).collect(),
            areas: board
                .areas
                .into_iter()
                .map(|area| AreaVoiceBody {
                    id: area.id.0,
                    name: area.name,
                    last_day: area.last_day.map(|day| day.to_string()),
                    silent_days: area.last_day.map(ago),
                    reports: area.reports,
                    is_small: area.is_small,
                    list: area.list.map(ListBody::from),
                })
                .collect(),
            heard: board.heard.into(),
            trend: board.trend.iter().map(TrendWeekBody::from).collect(),
            lists: board.lists,
        }
    }
}

/// The factory board.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/board", tag = "figures",
    security(("session" = [])), params(("enterprise" = Uuid, Path), BoardQuery),
    responses((status = 200, body = BoardBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn find_board(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Params(query): Params<BoardQuery>,
) -> Result<Json<BoardBody>> {
    let board = boards::board(&state.app, &access, query.weeks.unwrap_or(4)).await?;
    Ok(Json(board.into()))
}
