//! Many factories at once, for those who look after them: sums by division, and which factory to go
//! to first. No names, and nobody is ranked.

pub mod cases;
mod fold;
mod totals;

use std::collections::BTreeSet;

use hezuo_domain::answers::ANSWER_DAYS;
use hezuo_domain::boards::{Period, Periods};
use hezuo_domain::disclosure::{self, AboutPeople, Audience, Published};
use hezuo_domain::ids::EnterpriseId;
use hezuo_domain::oversight::{self, Figure, Order};
use hezuo_domain::permissions::{self, Permission};
use hezuo_domain::places::{PlacePath, RegionCode};
use hezuo_domain::time::{Day, Instant, Zone};
use hezuo_domain::{Code, Scope};
use hezuo_store::cases::{Days, Figure as Counted, Queue};
use hezuo_store::oversight::{self as rows, Asked, Factory, Part, Span};
use hezuo_store::places::{self, Region};
use uuid::Uuid;

use crate::boards::{TrendWeek, trend};
use crate::directory::outermost;
use crate::{App, Caller, Result};
use totals::{editions, figures};

pub use fold::{fold, rebuild};
pub use hezuo_store::oversight::Page as After;
pub use totals::Total;

/// The sums of a region.
#[derive(Debug, Clone)]
pub struct RegionBoard {
    /// The region.
    pub region: RegionCode,
    /// The regions that the caller looks after.
    pub held: Vec<RegionCode>,
    /// Names of all of these and of the parts.
    pub names: Vec<Region>,
    /// Today where the caller is at home.
    pub today: Day,
    /// When it was counted.
    pub as_of: Instant,
    /// How many weeks a period covers.
    pub weeks: i64,
    /// Factories in the region.
    pub factories: i64,
    /// The figures.
    pub figures: Vec<Total>,
    /// The sums of the divisions right below.
    pub parts: Vec<Part>,
    /// The trend, the oldest week first.
    pub trend: Vec<TrendWeek>,
    /// What was published about people, month by month, the newest first: who took part, and who found what.
    pub editions: Vec<[Total; 2]>,
}

impl RegionBoard {
    /// The codes of the divisions around this one that the caller looks after too, the widest first.
    pub fn around(&self) -> impl Iterator<Item = String> {
        let prefix = self.region.prefix();
        let of = move |digits: usize| prefix.get(..digits).map(RegionCode::padded);
        [0, 2, 4, 6]
            .into_iter()
            .filter(move |digits| *digits < prefix.len())
            .filter_map(of)
            .filter(|code| {
                let code: Option<RegionCode> = code.parse().ok();
                code.is_some_and(|code| self.held.iter().any(|it| it.contains(&code)))
            })
    }
}

/// A factory among others.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The factory with its sums.
    pub factory: Factory,
    /// The figure that was asked for, if there was one.
    pub numerator: Option<Published>,
    /// Of how many.
    pub denominator: Option<Published>,
    /// Days since the last report, or since it joined.
    pub silent_days: i64,
    /// Nothing was heard for too long.
    pub is_silent: bool,
    /// Much less is heard than before.
    pub is_falling: bool,
    /// Whether the caller may open its lists of cases.
    pub lists: bool,
}

/// A page of factories.
#[derive(Debug)]
pub struct FactoryPage {
    /// The lines.
    pub items: Vec<Entry>,
    /// Where the next page begins.
    pub next: Option<After>,
    /// The cases that the figure counts in a factory, and those that its denominator counts.
    pub lists: (Option<Queue>, Option<Queue>),
    /// Names of the divisions in which they lie.
    pub names: Vec<Region>,
    /// Today where the caller is at home.
    pub today: Day,
    /// When it was counted.
    pub as_of: Instant,
}

/// Which factories.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// In which region; everything that the caller looks after where none is given.
    pub region: Option<RegionCode>,
    /// How many weeks a period covers: 4, 12 or 26.
    pub weeks: i64,
    /// Of reports and of what was resolved: only the week that begins on this day.
    pub week: Option<Day>,
    /// Only those that count something of this.
    pub figure: Option<Figure>,
    /// Of savings.
    pub currency: String,
    /// By name or by need.
    pub order: Order,
    /// Where the page begins.
    pub after: Option<After>,
    /// How many.
    pub limit: i64,
}

struct Times {
    span: Span,
    periods: Periods,
    weeks: i64,
}

fn times(app: &App, caller: &Caller, weeks: i64, week: Option<Day>) -> Result<Times> {
    let zone = Zone::named(&caller.home.time_zone).ok_or(Code::ZoneUnknown)?;
    let today = zone.day(app.now());
    let weeks = if [4, 12, 26].contains(&weeks) {
        weeks
    } else {
        4
    };
    let mut periods = Periods::of(today, weeks);
    if let Some(from) = week {
        let to = from.plus(6);
        periods.now = Period { from, to };
    }
    let (heard, before) = oversight::heard(today);
    let span = Span {
        today,
        now: periods.now,
        due: periods.due,
        asked: periods.asked,
        heard,
        heard_before: before.from,
        silent_until: oversight::silent_until(today),
    };
    Ok(Times {
        span,
        periods,
        weeks,
    })
}

/// The regions whose sums the caller may read, none within another.
fn held(caller: &Caller) -> Vec<RegionCode> {
    let regions = caller.entitlement().regions;
    let may =
        |region: &&RegionCode| permissions::can_over(&caller.grants, Permission::TallyRead, region);
    let read: Vec<RegionCode> = regions.iter().filter(may).cloned().collect();
    outermost(&read).cloned().collect()
}

/// Reads the sums of a region over 4, 12 or 26 weeks; of the first that the caller looks after where
/// none is given.
///
/// # Errors
/// `forbidden`.
pub async fn board(
    app: &App,
    caller: &Caller,
    region: Option<RegionCode>,
    weeks: i64,
) -> Result<RegionBoard> {
    let held = held(caller);
    let region = region.or_else(|| held.first().cloned());
    let region = region.ok_or(Code::Forbidden)?;
    if !held.iter().any(|it| it.contains(&region)) {
        return Err(Code::Forbidden.into());
    }
    let times = times(app, caller, weeks, None)?;
    let span = times.span;
    let mut tx = app
        .db
        .read_copy(&Scope::Places(caller.entitlement()))
        .await?;
    let parts = rows::parts(&mut tx, span, &region).await?;
    let names = names(&mut tx, &region, &held, &parts, span.today).await?;
    let asked = rows::DetailDays {
        span,
        months: disclosure::months(span.today),
        trend: times.periods.trend,
    };
    let details = rows::details(&mut tx, asked, &region).await?;
    let (folded, waits) = rows::fold::freshness(&mut tx, app.now()).await?;
    drop(tx);
    let editions = editions(&details.months);
    let figures = figures(&parts, &details.slices, &details.months, &times.periods);
    Ok(RegionBoard {
        names,
        held,
        today: span.today,
        as_of: if waits { folded } else { app.now() },
        weeks: times.weeks,
        factories: parts.iter().map(|it| it.factories).sum(),
        figures,
        editions,
        parts,
        trend: trend(&details.weeks, times.periods.trend),
        region,
    })
}

/// The names of a division, of those around and below it, and of those that the caller looks after.
async fn names(
    tx: &mut hezuo_store::Tx,
    region: &RegionCode,
    held: &[RegionCode],
    parts: &[Part],
    today: Day,
) -> Result<Vec<Region>> {
    let prefix = region.prefix();
    let around = [0, 2, 4, 6]
        .into_iter()
        .filter_map(|digits| prefix.get(..digits));
    let below = parts.iter().map(|part| part.code.as_str());
    let held = held.iter().map(|it| it.as_str().to_owned());
    let mut codes: BTreeSet<String> = around.chain(below).map(RegionCode::padded).collect();
    codes.insert(region.as_str().to_owned());
    codes.extend(held);
    Ok(places::regions_named(tx, codes, today).await?)
}

/// The cases that a figure counts in one factory, and those of its denominator. Silence and figures
/// about people lead to no cases.
fn lists(figure: Option<Figure>, times: &Times) -> (Option<Queue>, Option<Queue>) {
    let counted = |figure, period: Period| {
        let (from, to) = (period.from, period.to);
        Some(Queue::Counted(figure, Days { from, to }))
    };
    let Periods {
        now, due, asked, ..
    } = times.periods;
    match figure {
        Some(Figure::Open) => (Some(Queue::Open), None),
        Some(Figure::Danger) => (Some(Queue::Danger), None),
        Some(Figure::Overdue) => (Some(Queue::Overdue), None),
        Some(Figure::ToVerify) => (Some(Queue::ToVerify), None),
        Some(Figure::WaitingLong) => {
            let to = times.span.today.plus(-ANSWER_DAYS - 1);
            let ever = Period { from: Day(0), to };
            (counted(Counted::Unanswered, ever), None)
        }
        Some(Figure::Answered) => (
            counted(Counted::InTime, asked),
            counted(Counted::Spoken, asked),
        ),
        Some(Figure::OnTime) => (counted(Counted::Kept, due), counted(Counted::Promised, due)),
        Some(Figure::Reported) => (counted(Counted::Spoken, now), None),
        Some(Figure::Resolved) => (counted(Counted::Resolved, now), None),
        Some(
            Figure::FrontLine | Figure::People | Figure::Saving | Figure::Silent | Figure::Falling,
        )
        | None => (None, None),
    }
}

/// Reads a page of the factories that the caller looks after.
///
/// # Errors
/// `forbidden`.
pub async fn factories(app: &App, caller: &Caller, wanted: Wanted) -> Result<FactoryPage> {
    let held = held(caller);
    let inside = |region: &RegionCode| held.iter().any(|it| it.contains(region));
    let (regions, single) = match &wanted.region {
        Some(region) if !inside(region) => return Err(Code::Forbidden.into()),
        Some(region) => (vec![region.clone()], Vec::new()),
        None => (held.clone(), single(caller)),
    };
    if regions.is_empty() && single.is_empty() {
        return Err(Code::Forbidden.into());
    }
    // Only the weeks of the trend lead here, and they tell of nothing else.
    if wanted.week.is_some() && !matches!(wanted.figure, Some(Figure::Reported | Figure::Resolved))
    {
        return Err(Code::InputInvalid.at("week").into());
    }
    let times = times(app, caller, wanted.weeks, wanted.week)?;
    let asked = Asked {
        span: times.span,
        month: times.periods.people.from,
        figure: wanted.figure,
        currency: &wanted.currency,
    };
    let limit = usize::try_from(wanted.limit.clamp(1, 200)).unwrap_or(1);
    let mut tx = app
        .db
        .read_copy(&Scope::Places(caller.entitlement()))
        .await?;
    let mut alone = Vec::new();
    for enterprise in single {
        let one = rows::factory(&mut tx, asked, enterprise).await?;
        let is_alone = |it: &Factory| !region_of(it).is_some_and(|region| inside(&region));
        alone.extend(one.filter(is_alone));
    }
    let (found, next) = match wanted.order {
        Order::Name => by_name(&mut tx, asked, &regions, alone, wanted.after, limit).await?,
        Order::Need => by_need(&mut tx, asked, &regions, alone, wanted.after, limit).await?,
    };
    let codes: BTreeSet<String> = found.iter().map(|it| it.region_code.clone()).collect();
    let names = places::regions_named(&mut tx, codes, times.span.today).await?;
    drop(tx);
    let today = times.span.today;
    let lists = lists(wanted.figure, &times);
    let entry = |factory: Factory| {
        let path = PlacePath::enterprise(factory.id, region_of(&factory));
        let about = factory.about_people();
        let (numerator, denominator) = told(wanted.figure, &factory, about);
        Entry {
            numerator,
            denominator,
            silent_days: today.0 - factory.heard_day,
            is_silent: oversight::is_silent(today, Day(factory.heard_day)),
            is_falling: factory.is_falling(),
            lists: permissions::can(&caller.grants, Permission::CaseRead, &path),
            factory,
        }
    };
    Ok(FactoryPage {
        items: found.into_iter().map(entry).collect(),
        next,
        lists,
        names,
        today,
        as_of: app.now(),
    })
}

/// A figure of a factory: as counted, or, about people, as it is told outside.
fn told(
    figure: Option<Figure>,
    factory: &Factory,
    about: Option<AboutPeople>,
) -> (Option<Published>, Option<Published>) {
    let counted = Some(Published::Exact(factory.counted));
    match (figure, about) {
        (Some(Figure::People), about) => (about.map(|it| it.taking_part(Audience::Outside)), None),
        (Some(Figure::FrontLine), about) => {
            let told = about.map(|it| it.front_line(Audience::Outside));
            (told.map(|it| it.part), told.map(|it| it.whole))
        }
        (Some(Figure::Answered | Figure::OnTime), _) => {
            (counted, Some(Published::Exact(factory.whole)))
        }
        (Some(_), _) => (counted, None),
        (None, _) => (None, None),
    }
}

/// The enterprises that the caller looks after by name.
fn single(caller: &Caller) -> Vec<EnterpriseId> {
    let may = |id: &EnterpriseId| {
        let path = PlacePath::enterprise(*id, None);
        permissions::can(&caller.grants, Permission::TallyRead, &path)
    };
    let entitled = caller.entitlement().enterprises;
    entitled.into_iter().filter(may).collect()
}

fn region_of(factory: &Factory) -> Option<RegionCode> {
    factory.region_code.parse().ok()
}

type Found = (Vec<Factory>, Option<After>);

/// Region by region, each in the order of its database: the two databases may order names
/// differently, and a page must begin where the last one ended. Those alone come first.
async fn by_name(
    tx: &mut hezuo_store::Tx,
    asked: Asked<'_>,
    regions: &[RegionCode],
    alone: Vec<Factory>,
    after: Option<After>,
    limit: usize,
) -> Result<Found> {
    let start = |region| After::Name(region, String::new(), EnterpriseId(Uuid::nil()));
    let (mut found, mut at) = match after {
        Some(After::Name(region, name, id)) => (Vec::new(), After::Name(region, name, id)),
        Some(After::Need(..)) => return Err(Code::InputInvalid.at("cursor").into()),
        None => (alone, start(0)),
    };
    loop {
        let After::Name(number, ..) = at else {
            return Ok((found, None));
        };
        let Some(region) = regions.get(number) else {
            return Ok((found, None));
        };
        let left = limit.saturating_sub(found.len());
        let rest = rows::factories(tx, asked, region, &at, page_size(left + 1)).await?;
        let has_more = rest.len() > left;
        found.extend(rest.into_iter().take(left));
        if has_more {
            let next = match found.last() {
                Some(last) if left > 0 => After::Name(number, last.name.clone(), last.id),
                _ => at,
            };
            return Ok((found, Some(next)));
        }
        at = start(number + 1);
    }
}

/// All regions together, where help is needed first.
async fn by_need(
    tx: &mut hezuo_store::Tx,
    asked: Asked<'_>,
    regions: &[RegionCode],
    alone: Vec<Factory>,
    after: Option<After>,
    limit: usize,
) -> Result<Found> {
    let first = After::Need(i64::MAX, i64::MAX, Day(i64::MIN), EnterpriseId(Uuid::nil()));
    let after = after.unwrap_or(first);
    let After::Need(danger, overdue, heard, id) = after else {
        return Err(Code::InputInvalid.at("cursor").into());
    };
    let key = |it: &Factory| (-it.danger, -it.overdue, it.heard_day, it.id);
    let mut found = Vec::new();
    for region in regions {
        found.extend(rows::factories(tx, asked, region, &after, page_size(limit + 1)).await?);
    }
    let begin = (-danger, -overdue, heard.0, id);
    found.extend(alone.into_iter().filter(|it| key(it) > begin));
    found.sort_by_key(key);
    let has_more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| has_more);
    let next = last.map(|it| After::Need(it.danger, it.overdue, Day(it.heard_day), it.id));
    Ok((found, next))
}

fn page_size(lines: usize) -> i64 {
    i64::try_from(lines).unwrap_or(i64::MAX)
}
