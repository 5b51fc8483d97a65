//! What many factories look like in JSON.

use hezuo_app::oversight::{Entry, FactoryPage, RegionBoard, Total};
use hezuo_app::queue::{NamedRegion, Part, Queue};
use hezuo_domain::disclosure::{Published, Why};
use hezuo_domain::places::RegionCode;
use hezuo_domain::time::{Day, Instant};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::write_cursor;
use crate::boards::{ListBody, PeriodBody, TrendWeekBody};

/// A division and its names.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NamedRegionBody {
    code: String,
    /// Empty where none is known.
    name_zh: String,
    /// Empty where none is known.
    name_en: String,
}

impl NamedRegionBody {
    pub(super) fn of(code: &str, names: &[NamedRegion]) -> Self {
        let found = names.iter().find(|it| it.code == code);
        Self {
            code: code.to_owned(),
            name_zh: found.map(|it| it.name_zh.clone()).unwrap_or_default(),
            name_en: found.map(|it| it.name_en.clone()).unwrap_or_default(),
        }
    }
}

/// One figure over many factories: never a bare percentage.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TotalBody {
    /// What it is: `open`, `danger`, `overdue`, `to_verify`, `waiting_long`, `silent`, `falling`,
    /// `reported`, `resolved`, `answered`, `on_time`, `front_line`, `people`, `saving`.
    name: &'static str,
    /// How many, or minor units of the currency; null where it is held back.
    numerator: Option<i64>,
    /// Of how many; null where it is held back, too.
    denominator: Option<i64>,
    /// Why it is held back: `few_enterprises` (fewer than five, or few of them make up too much).
    withheld: Option<&'static str>,
    /// Whether it is told to the nearest five: people.
    rounded: bool,
    /// Of money: ISO 4217.
    currency: Option<String>,
    /// Over which days; null for what stands today.
    period: Option<PeriodBody>,
    /// Of answers: half of them took this many days or less.
    median_days: Option<i64>,
    /// Of figures about people: factories that are left out, because theirs is held back.
    left_out: i64,
}

impl From<Total> for TotalBody {
    fn from(total: Total) -> Self {
        Self {
            name: total.figure.as_str(),
            numerator: total.numerator.number(),
            denominator: total.denominator.and_then(Published::number),
            withheld: total.numerator.withheld().map(Why::as_str),
            rounded: matches!(total.numerator, Published::Rounded(_)),
            currency: total.currency,
            period: total.period.map(PeriodBody::from),
            median_days: total.median_days,
            left_out: total.left_out,
        }
    }
}

/// The sums of a division right below.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PartBody {
    /// Null for factories that named no closer division than the region itself.
    region: Option<NamedRegionBody>,
    factories: i64,
    open: i64,
    danger: i64,
    overdue: i64,
    reported: i64,
    resolved: i64,
    silent: i64,
}

impl PartBody {
    fn of(part: &Part, board: &RegionBoard) -> Self {
        let whole = board.region.prefix();
        // Zeros stand where the digits of a division below would.
        let is_whole = part.code.trim_end_matches('0').len() <= whole.len();
        let code = RegionCode::padded(&part.code);
        Self {
            region: (!is_whole).then(|| NamedRegionBody::of(&code, &board.names)),
            factories: part.factories,
            open: part.open,
            danger: part.danger,
            overdue: part.overdue,
            reported: part.reported,
            resolved: part.resolved,
            silent: part.silent,
        }
    }
}

/// The sums of a region.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RegionBoardBody {
    region: NamedRegionBody,
    /// The regions that the caller looks after.
    held: Vec<NamedRegionBody>,
    /// Those around this one in which the caller may look too, the widest first.
    around: Vec<NamedRegionBody>,
    today: String,
    /// When it was counted.
    #[schema(value_type = String)]
    as_of: Instant,
    /// How many weeks a period covers.
    weeks: i64,
    /// Factories in the region.
    factories: i64,
    figures: Vec<TotalBody>,
    /// By the code of the division.
    parts: Vec<PartBody>,
    /// The oldest week first.
    trend: Vec<TrendWeekBody>,
    /// What was published about people, a month at a time, the newest first: at most twelve.
    editions: Vec<EditionBody>,
}

/// What was published about the people of a month, once and for good.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EditionBody {
    /// The first day of the month.
    month: String,
    /// Who took part.
    people: TotalBody,
    /// Hazards that workers found, of those of which it is known.
    front_line: TotalBody,
}

impl EditionBody {
    fn of([people, front_line]: [Total; 2]) -> Self {
        let month = people.period.map(|it| it.from.to_string());
        Self {
            month: month.unwrap_or_default(),
            people: people.into(),
            front_line: front_line.into(),
        }
    }
}

impl From<RegionBoard> for RegionBoardBody {
    fn from(board: RegionBoard) -> Self {
        let named = |code: &str| NamedRegionBody::of(code, &board.names);
        Self {
            region: named(board.region.as_str()),
            held: board.held.iter().map(|it| named(it.as_str())).collect(),
            around: board.around().map(|code| named(&code)).collect(),
            today: board.today.to_string(),
            as_of: board.as_of,
            weeks: board.weeks,
            factories: board.factories,
            parts: board
                .parts
                .iter()
                .map(|part| PartBody::of(part, &board))
                .collect(),
            trend: board.trend.iter().map(TrendWeekBody::from).collect(),
            editions: board.editions.into_iter().map(EditionBody::of).collect(),
            figures: board.figures.into_iter().map(TotalBody::from).collect(),
        }
    }
}

/// A factory among others.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FactoryBody {
    id: Uuid,
    name: String,
    region: Option<NamedRegionBody>,
    /// Cases that somebody still has to do something about.
    open: i64,
    /// Of them dangerous now.
    danger: i64,
    /// Planned ones whose day has passed.
    overdue: i64,
    /// Reports of the last 28 days.
    reports: i64,
    /// Reports of the 28 days before.
    reports_before: i64,
    /// The day of the last report; null where there never was one.
    last_day: Option<String>,
    /// Days since then, or since the factory joined.
    silent_days: i64,
    /// Nothing was heard for 14 days.
    is_silent: bool,
    /// Less than half is heard of what was heard before.
    is_falling: bool,
    /// The figure that was asked for; null where there was none, or it is held back.
    numerator: Option<i64>,
    /// Of how many; null where it is held back, too.
    denominator: Option<i64>,
    /// Why it is held back: `few` (fewer than five people), `alike` (all but fewer than five),
    /// `one_sided` (fewer than five on one side), `small_group` (fewer than eleven people, or nobody
    /// attested how many).
    withheld: Option<&'static str>,
    /// The cases that the numerator counts, for those who may read them.
    list: Option<ListBody>,
    /// The cases that the denominator counts.
    whole: Option<ListBody>,
}

/// A page of factories.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FactoriesBody {
    items: Vec<FactoryBody>,
    /// Give it back as `cursor` for the next page; none on the last.
    next_cursor: Option<String>,
    today: String,
    /// When it was counted.
    #[schema(value_type = String)]
    as_of: Instant,
}

impl From<FactoryPage> for FactoriesBody {
    fn from(page: FactoryPage) -> Self {
        let body = |entry: Entry| {
            let factory = entry.factory;
            let list = |queue: Option<Queue>| {
                let queue = queue.filter(|_| entry.lists);
                queue.map(|queue| ListBody::from(hezuo_app::boards::List::from(queue)))
            };
            let region = Some(factory.region_code.as_str()).filter(|code| !code.is_empty());
            FactoryBody {
                id: factory.id.0,
                name: factory.name,
                region: region.map(|code| NamedRegionBody::of(code, &page.names)),
                open: factory.open,
                danger: factory.danger,
                overdue: factory.overdue,
                reports: factory.heard_now,
                reports_before: factory.heard_before,
                last_day: factory.last_day.map(|day| Day(day).to_string()),
                silent_days: entry.silent_days,
                is_silent: entry.is_silent,
                is_falling: entry.is_falling,
                numerator: entry.numerator.and_then(Published::number),
                denominator: entry.denominator.and_then(Published::number),
                withheld: entry
                    .numerator
                    .and_then(Published::withheld)
                    .map(Why::as_str),
                list: list(page.lists.0),
                whole: list(page.lists.1),
            }
        };
        Self {
            items: page.items.into_iter().map(body).collect(),
            next_cursor: page.next.as_ref().map(write_cursor),
            today: page.today.to_string(),
            as_of: page.as_of,
        }
    }
}
