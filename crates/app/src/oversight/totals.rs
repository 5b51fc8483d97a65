//! The figures of a division, made of the sums of its parts and of what was published about people.

use std::collections::BTreeSet;

use hezuo_domain::boards::{Period, Periods, median_days};
use hezuo_domain::disclosure::{Published, Together};
use hezuo_domain::oversight::Figure;
use hezuo_domain::tallies::LATE;
use hezuo_domain::time::Day;
use hezuo_store::boards::Sum;
use hezuo_store::oversight::Part;

/// One figure over many factories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Total {
    /// What it is.
    pub figure: Figure,
    /// How many, or minor units of a currency.
    pub numerator: Published,
    /// Of how many.
    pub denominator: Option<Published>,
    /// Of money.
    pub currency: Option<String>,
    /// Over which days; nothing for what stands today.
    pub period: Option<Period>,
    /// Of answers: half of them took this many days or less.
    pub median_days: Option<i64>,
    /// Of figures about people: factories that are left out, because theirs is held back.
    pub left_out: i64,
}

impl Total {
    fn plain(figure: Figure, numerator: i64, period: Option<Period>) -> Self {
        Self {
            figure,
            numerator: Published::Exact(numerator),
            denominator: None,
            currency: None,
            period,
            median_days: None,
            left_out: 0,
        }
    }
}

/// What was published about people of every month, the newest first.
pub(super) fn editions(pieces: &[(Day, Sum)]) -> Vec<[Total; 2]> {
    let months: BTreeSet<Day> = pieces.iter().map(|(month, _)| *month).collect();
    let edition = |from: Day| {
        let to = from.month().1.plus(-1);
        about_people(pieces, Period { from, to })
    };
    months.into_iter().rev().map(edition).collect()
}

/// Who took part in a month, and who found what.
fn about_people(pieces: &[(Day, Sum)], month: Period) -> [Total; 2] {
    let together = |measure: &str| {
        let of = |(from, it): &&(Day, Sum)| *from == month.from && it.measure == measure;
        let mut together = Together::default();
        for (_, piece) in pieces.iter().filter(of) {
            together.add(&piece.slice, piece.n);
        }
        together
    };
    let people = together("people");
    let parts = together("found_by_workers");
    let (part, whole) = (parts.published(), together("found").published());
    // The one is told with the other or not at all.
    let held_back = [whole, part].into_iter().find(|it| it.withheld().is_some());
    [
        Total {
            numerator: people.published(),
            left_out: people.left_out(),
            ..Total::plain(Figure::People, 0, Some(month))
        },
        Total {
            numerator: held_back.unwrap_or(part),
            denominator: Some(held_back.unwrap_or(whole)),
            left_out: parts.left_out(),
            ..Total::plain(Figure::FrontLine, 0, Some(month))
        },
    ]
}

pub(super) fn figures(
    parts: &[Part],
    slices: &[Sum],
    pieces: &[(Day, Sum)],
    periods: &Periods,
) -> Vec<Total> {
    let sum = |of: fn(&Part) -> i64| parts.iter().map(of).sum::<i64>();
    let plain = Total::plain;
    let [people, front_line] = about_people(pieces, periods.people);
    let part_of = |figure, numerator, denominator, period| Total {
        denominator: Some(Published::Exact(denominator)),
        ..plain(figure, numerator, Some(period))
    };
    let answers: Vec<(i64, i64)> = slices
        .iter()
        .filter(|it| it.measure == "answer" && it.slice != LATE)
        .filter_map(|it| Some((it.slice.parse().ok()?, it.n)))
        .collect();
    let factories = sum(|it| it.factories);
    let of_all = |figure, numerator| Total {
        denominator: Some(Published::Exact(factories)),
        ..plain(figure, numerator, None)
    };
    let total = |figure| match figure {
        Figure::Open => plain(figure, sum(|it| it.open), None),
        Figure::Danger => plain(figure, sum(|it| it.danger), None),
        Figure::Overdue => plain(figure, sum(|it| it.overdue), None),
        Figure::ToVerify => plain(figure, sum(|it| it.to_verify), None),
        Figure::WaitingLong => plain(figure, sum(|it| it.waiting_long), None),
        Figure::Silent => of_all(figure, sum(|it| it.silent)),
        Figure::Falling => of_all(figure, sum(|it| it.falling)),
        Figure::Reported => plain(figure, sum(|it| it.reported), Some(periods.now)),
        Figure::Resolved => plain(figure, sum(|it| it.resolved), Some(periods.now)),
        Figure::Answered => Total {
            median_days: median_days(&answers, sum(|it| it.asked)),
            ..part_of(
                figure,
                sum(|it| it.in_time),
                sum(|it| it.asked),
                periods.asked,
            )
        },
        Figure::OnTime => part_of(
            figure,
            sum(|it| it.kept),
            sum(|it| it.promised),
            periods.due,
        ),
        Figure::FrontLine => front_line.clone(),
        Figure::People => people.clone(),
        Figure::Saving => plain(figure, 0, Some(periods.now)),
    };
    let mut totals: Vec<Total> = Figure::ALL.into_iter().map(total).collect();
    let savings = slices.iter().filter(|it| it.measure == "saving");
    let savings: Vec<Total> = savings
        .map(|it| Total {
            currency: Some(it.slice.clone()),
            ..plain(Figure::Saving, it.n, Some(periods.now))
        })
        .collect();
    if !savings.is_empty() {
        totals.retain(|it| it.figure != Figure::Saving);
        totals.extend(savings);
    }
    totals
}
