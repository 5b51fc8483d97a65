//! The factory board: what the factory itself wants to see.

use hezuo_domain::answers::ANSWER_DAYS;
use hezuo_domain::boards::{Period, Periods, median_days};
use hezuo_domain::disclosure::{AboutPeople, Audience, ELIGIBLE, Published, Share, Why};
use hezuo_domain::ids::AreaId;
use hezuo_domain::permissions::Permission;
use hezuo_domain::tallies::LATE;
use hezuo_domain::time::Day;
use hezuo_store::boards::{self as rows, HeardArea, Sum, Week};
use hezuo_store::cases::{Days, Figure as Counted, Queue};
use hezuo_store::oversight::editions;

use crate::{Access, App, Result};

/// A list that contains exactly what a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct List {
    /// The queue.
    pub queue: Queue,
    /// Only this area, with everything in it.
    pub within: Option<AreaId>,
}

/// A list of the projects whose savings a figure adds up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectList {
    /// Verified on these days.
    pub period: Period,
    /// In this currency; all of them where there is nothing to add up.
    pub currency: Option<String>,
}

impl From<Queue> for List {
    fn from(queue: Queue) -> Self {
        Self {
            queue,
            within: None,
        }
    }
}

/// From where a figure is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The cases.
    Cases,
    /// Names under reports, and attendance; anonymous reports have none.
    Participation,
    /// What improvement projects were verified to save.
    Projects,
    /// What was paid out.
    Rewards,
}

/// One figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// What it is, as one word.
    pub name: &'static str,
    /// How many, or minor units of a currency.
    pub numerator: Published,
    /// Of how many.
    pub denominator: Option<Published>,
    /// Of money.
    pub currency: Option<String>,
    /// Over which days; nothing for what stands today.
    pub period: Option<Period>,
    /// From where.
    pub source: Source,
    /// Of answers: half of them took this many days or less.
    pub median_days: Option<i64>,
    /// What the numerator counts.
    pub list: Option<List>,
    /// What the denominator counts.
    pub whole: Option<List>,
    /// The projects that it adds up, for those who may read them.
    pub projects: Option<ProjectList>,
}

/// When an area was last heard, its machines and what lies in it taken together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AreaVoice {
    /// The area.
    pub id: AreaId,
    /// Its name.
    pub name: String,
    /// The last day on which something was reported from there.
    pub last_day: Option<Day>,
    /// Reports of the last four weeks.
    pub reports: i64,
    /// Fewer than ten people work there, or nobody attested how many: not for a wall.
    pub is_small: bool,
    /// These reports.
    pub list: Option<List>,
}

/// One week of the trend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrendWeek {
    /// Its days.
    pub period: Period,
    /// Reports.
    pub reported: i64,
    /// Accepted by somebody other than the fixer.
    pub resolved: i64,
}

/// A factory's board.
#[derive(Debug, Clone)]
pub struct Board {
    /// The factory.
    pub name: String,
    /// Today there.
    pub today: Day,
    /// How many weeks the figures of a period cover.
    pub weeks: i64,
    /// The figures.
    pub figures: Vec<Figure>,
    /// Areas by name; none for who may not read places and cases.
    pub areas: Vec<AreaVoice>,
    /// Days of [`AreaVoice::reports`].
    pub heard: Period,
    /// The trend, the oldest week first.
    pub trend: Vec<TrendWeek>,
    /// Whether the caller may open the lists.
    pub lists: bool,
}

/// Reads the board over 4, 12 or 26 weeks; any other number is 4.
///
/// # Errors
/// `forbidden`.
pub async fn board(app: &App, access: &Access, weeks: i64) -> Result<Board> {
    access.require(Permission::TallyRead)?;
    let weeks = if [4, 12, 26].contains(&weeks) {
        weeks
    } else {
        4
    };
    let today = access.today(app);
    let periods = Periods::of(today, weeks);
    let lists = access.may(Permission::CaseRead);
    // What was said in an area is a figure about those who work there for everybody who does not
    // read the cases themselves.
    let reads_areas = lists && access.may(Permission::PlaceRead);
    let mut tx = app.db.read_copy(&access.scope()).await?;
    // From outside a month is read as it was published.
    let about_people = match access.audience() {
        Audience::Inside => rows::about_people(&mut tx, days(periods.people)).await?,
        Audience::Outside => editions::of(&mut tx, periods.people.from)
            .await?
            .map(|it| it.about()),
    };
    let read = Read {
        balances: rows::balances(&mut tx, today, today.plus(-ANSWER_DAYS)).await?,
        sums: rows::sums(
            &mut tx,
            days(periods.now),
            days(periods.due),
            days(periods.asked),
        )
        .await?,
        about_people: about_people.unwrap_or_default(),
        audience: access.audience(),
        areas: if reads_areas {
            rows::areas(&mut tx, days(periods.heard)).await?
        } else {
            Vec::new()
        },
    };
    let weekly = rows::weeks(&mut tx, days(periods.trend)).await?;
    drop(tx);
    let mut figures = read.figures(periods);
    let areas = voices(&read.areas, periods.heard);
    if !lists {
        for figure in &mut figures {
            (figure.list, figure.whole) = (None, None);
        }
    }
    if !access.may(Permission::ProjectRead) {
        for figure in &mut figures {
            figure.projects = None;
        }
    }
    Ok(Board {
        name: access.enterprise.name.clone(),
        today,
        weeks,
        figures,
        areas,
        heard: periods.heard,
        trend: trend(&weekly, periods.trend),
        lists,
    })
}

fn days(period: Period) -> Days {
    Days {
        from: period.from,
        to: period.to,
    }
}

/// What was read, before it is put into figures.
struct Read {
    balances: Vec<Sum>,
    sums: Vec<Sum>,
    about_people: AboutPeople,
    audience: Audience,
    areas: Vec<HeardArea>,
}

/// The sum of a measure, of some of its slices or of all.
fn of(sums: &[Sum], measure: &str, slices: &[&str]) -> i64 {
    let fits = |it: &&Sum| {
        it.measure == measure && (slices.is_empty() || slices.contains(&it.slice.as_str()))
    };
    sums.iter().filter(fits).map(|it| it.n).sum()
}

impl Read {
    fn balance(&self, measure: &str, slices: &[&str]) -> i64 {
        of(&self.balances, measure, slices)
    }

    fn sum(&self, measure: &str, slices: &[&str]) -> i64 {
        of(&self.sums, measure, slices)
    }

    /// How many answers took how many days; those beyond counting are left out.
    fn answers(&self) -> Vec<(i64, i64)> {
        let of = self.sums.iter().filter(|it| it.measure == "answer");
        of.filter(|it| it.slice != LATE)
            .filter_map(|it| Some((it.slice.parse().ok()?, it.n)))
            .collect()
    }

    fn figures(&self, periods: Periods) -> Vec<Figure> {
        let counted = |figure, period| Queue::Counted(figure, days(period));
        let (now, due, asked) = (periods.now, periods.due, periods.asked);
        let mut figures = vec![
            standing(
                "open",
                self.balance("state", &["new", "accepted", "planned", "done"]),
                Queue::Open,
            ),
            standing("danger", self.balance("danger", &[]), Queue::Danger),
            standing("overdue", self.balance("due", &[]), Queue::Overdue),
            standing(
                "to_verify",
                self.balance("state", &["done"]),
                Queue::ToVerify,
            ),
            standing(
                "waiting_long",
                self.balance("spoken", &[]) - self.balance("answer", &[]),
                Queue::Counted(
                    Counted::Unanswered,
                    Days {
                        from: Day(0),
                        to: asked.to,
                    },
                ),
            ),
        ];
        let answers = self.answers();
        let in_time = answers.iter().filter(|(days, _)| *days <= ANSWER_DAYS);
        let all_asked = self.sum("asked", &[]);
        figures.push(Figure {
            median_days: median_days(&answers, all_asked),
            ..part_of(
                "answered",
                (
                    in_time.map(|(_, n)| n).sum(),
                    counted(Counted::InTime, asked),
                ),
                (all_asked, counted(Counted::Spoken, asked)),
                asked,
            )
        });
        figures.push(part_of(
            "on_time",
            (self.sum("promise", &["kept"]), counted(Counted::Kept, due)),
            (
                self.sum("promise", &["made"]),
                counted(Counted::Promised, due),
            ),
            due,
        ));
        figures.push(self.front_line(periods.people));
        figures.push(Figure {
            period: Some(now),
            ..standing(
                "reported",
                self.sum("spoken", &[]),
                counted(Counted::Spoken, now),
            )
        });
        figures.push(self.taking_part(periods.people));
        figures.extend(self.money("saving", Source::Projects, now));
        figures.extend(self.money("reward", Source::Rewards, now));
        figures
    }

    /// Inside the enterprise it leads to the cases that it counts; nothing leads to what is held back
    /// or rounded.
    fn front_line(&self, period: Period) -> Figure {
        let Share { part, whole } = self.about_people.front_line(self.audience);
        let list = |told: Published, figure| match told {
            Published::Exact(_) => Some(Queue::Counted(figure, days(period)).into()),
            _ => None,
        };
        Figure {
            numerator: part,
            denominator: Some(whole),
            list: list(part, Counted::FoundByWorkers),
            whole: list(whole, Counted::Found),
            ..about_people("front_line", Source::Cases, period)
        }
    }

    /// Out of how many only where somebody attested the heads of every area at the top. Nobody's
    /// taking part can be looked up.
    fn taking_part(&self, period: Period) -> Figure {
        let of = &self.about_people;
        Figure {
            numerator: of.taking_part(self.audience),
            denominator: of.heads.filter(|heads| *heads > 0).map(Published::Exact),
            ..about_people("people", Source::Participation, period)
        }
    }

    /// One figure for each currency; a zero where there is none yet.
    fn money(&self, measure: &'static str, source: Source, period: Period) -> Vec<Figure> {
        let figure = |currency: Option<String>, n: i64| Figure {
            name: measure,
            numerator: Published::Exact(n),
            denominator: None,
            projects: (source == Source::Projects).then(|| ProjectList {
                period,
                currency: currency.clone(),
            }),
            currency,
            period: Some(period),
            source,
            median_days: None,
            list: None,
            whole: None,
        };
        let found = self.sums.iter().filter(|it| it.measure == measure);
        let found: Vec<Figure> = found
            .map(|it| figure(Some(it.slice.clone()), it.n))
            .collect();
        if found.is_empty() {
            vec![figure(None, 0)]
        } else {
            found
        }
    }
}

/// A count as it stands today.
fn standing(name: &'static str, n: i64, queue: Queue) -> Figure {
    Figure {
        name,
        numerator: Published::Exact(n),
        denominator: None,
        currency: None,
        period: None,
        source: Source::Cases,
        median_days: None,
        list: Some(queue.into()),
        whole: None,
        projects: None,
    }
}

/// A figure about people, before anything of it is told.
fn about_people(name: &'static str, source: Source, period: Period) -> Figure {
    Figure {
        name,
        numerator: Published::Withheld(Why::SmallGroup),
        denominator: None,
        currency: None,
        period: Some(period),
        source,
        median_days: None,
        list: None,
        whole: None,
        projects: None,
    }
}

fn part_of(
    name: &'static str,
    (numerator, list): (i64, Queue),
    (denominator, whole): (i64, Queue),
    period: Period,
) -> Figure {
    Figure {
        denominator: Some(Published::Exact(denominator)),
        period: Some(period),
        whole: Some(whole.into()),
        ..standing(name, numerator, list)
    }
}

/// Takes each area together with its machines and the areas in it.
fn voices(areas: &[HeardArea], heard: Period) -> Vec<AreaVoice> {
    let is_in = |inner: &HeardArea, outer: &HeardArea| {
        let mut at = Some(inner);
        // No deeper than there are areas, so that a ring in the data ends too.
        for _ in 0..=areas.len() {
            match at {
                Some(area) if area.id == outer.id => return true,
                Some(area) => at = areas.iter().find(|it| Some(it.id.0) == area.parent_id),
                None => return false,
            }
        }
        false
    };
    let queue = Queue::Counted(Counted::Spoken, days(heard));
    areas
        .iter()
        .filter(|area| area.kind == "area")
        .map(|area| {
            let inner: Vec<&HeardArea> = areas.iter().filter(|it| is_in(it, area)).collect();
            AreaVoice {
                id: area.id,
                name: area.name.clone(),
                last_day: inner.iter().filter_map(|it| it.last_day).max().map(Day),
                reports: inner.iter().map(|it| it.reports).sum(),
                is_small: area.heads.is_none_or(|heads| heads < ELIGIBLE),
                list: Some(List {
                    queue,
                    within: Some(area.id),
                }),
            }
        })
        .collect()
}

pub(crate) fn trend(weekly: &[Week], period: Period) -> Vec<TrendWeek> {
    let count = |measure: &str, week: i64| -> i64 {
        let fits = |it: &&Week| it.measure == measure && it.week == week;
        weekly.iter().filter(fits).map(|it| it.n).sum()
    };
    let weeks = (period.to.0 - period.from.0 + 1) / 7;
    (0..weeks)
        .map(|week| TrendWeek {
            period: Period {
                from: period.from.plus(7 * week),
                to: period.from.plus(7 * week + 6),
            },
            reported: count("spoken", week),
            resolved: count("resolved", week),
        })
        .collect()
}
