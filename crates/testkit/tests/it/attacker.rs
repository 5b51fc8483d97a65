//! Somebody who has every table, export and edition that is published about people, and a linear
//! program. What is held back must keep room for five whole numbers; and one person more or less in
//! it must not show anywhere.

mod region;

use std::collections::BTreeSet;

use hezuo_domain::disclosure::{
    Audience, ENTERPRISES, FEW_PEOPLE, PeopleCount, Published, Share, Why, complete, share,
    taking_part, together,
};
use hezuo_domain::people::Role;
use hezuo_store::on_both_databases;
use hezuo_testkit::{TestApp, report, world};
use microlp::{ComparisonOp, OptimizationDirection, Problem};
use serde_json::{Value, json};

use crate::boards::{Dice, figure};
use crate::county::from_office;

/// More than anybody would believe, where nothing else is known.
const MANY: i64 = 300;

/// How many programmes are tried: fewer than in `make test-attacker`, unless told otherwise.
#[expect(clippy::disallowed_methods, reason = "a long run tries more")]
fn programmes() -> u64 {
    let asked = std::env::var("HEZUO_PROGRAMMES").ok();
    asked.and_then(|n| n.parse().ok()).unwrap_or(100)
}

/// What an attacker knows of one number.
#[derive(Debug, Clone, Copy)]
struct Cell {
    /// From where to where it goes by its own mark.
    range: (i64, i64),
    /// Whether it is held back.
    is_withheld: bool,
}

/// Everything that is published: numbers, and sums of some of them that lie in a range.
#[derive(Debug, Default)]
struct Tables {
    cells: Vec<Cell>,
    sums: Vec<(Vec<usize>, i64, i64)>,
}

impl Tables {
    fn add(&mut self, told: Published, most: i64) -> usize {
        let range = match told {
            Published::Exact(n) => (n, n),
            Published::Rounded(n) => ((n - 2).max(FEW_PEOPLE), n + 2),
            Published::Withheld(Why::Few) => (0, (FEW_PEOPLE - 1).min(most)),
            Published::Withheld(Why::Alike) => (most - FEW_PEOPLE + 1, most),
            Published::Withheld(_) => (0, most),
        };
        let is_withheld = told.withheld().is_some();
        self.cells.push(Cell { range, is_withheld });
        self.cells.len() - 1
    }

    fn sum(&mut self, of: Vec<usize>, told: Published) {
        match told {
            Published::Exact(n) => self.sums.push((of, n, n)),
            Published::Rounded(n) => self.sums.push((of, n - 2, n + 2)),
            Published::Withheld(_) => {}
        }
    }

    fn best(&self, cell: usize, direction: OptimizationDirection) -> f64 {
        let mut problem = Problem::new(direction);
        let add = |(at, it): (usize, &Cell)| {
            let (low, high) = it.range;
            #[expect(clippy::cast_precision_loss, reason = "they are small")]
            problem.add_var(f64::from(u8::from(at == cell)), (low as f64, high as f64))
        };
        let variables: Vec<_> = self.cells.iter().enumerate().map(add).collect();
        for (of, low, high) in &self.sums {
            let expression: Vec<_> = of.iter().map(|at| (variables[*at], 1.0)).collect();
            #[expect(clippy::cast_precision_loss, reason = "they are small")]
            let (low, high) = (*low as f64, *high as f64);
            problem.add_constraint(&expression, ComparisonOp::Ge, low);
            problem.add_constraint(&expression, ComparisonOp::Le, high);
        }
        let solution = problem.solve().expect("the truth is a solution");
        solution.into_solution().expect("solved").objective()
    }

    /// The cells that are held back and that the attacker narrows to fewer than five numbers, or to
    /// fewer than there are by nature.
    fn narrowed(&self) -> Vec<usize> {
        let withheld = self
            .cells
            .iter()
            .enumerate()
            .filter(|(_, it)| it.is_withheld);
        let is_narrowed = |(at, it): &(usize, &Cell)| {
            let low = self.best(*at, OptimizationDirection::Minimize).ceil();
            let high = self.best(*at, OptimizationDirection::Maximize).floor();
            let (from, to) = it.range;
            #[expect(clippy::cast_precision_loss, reason = "they are small")]
            let room = (FEW_PEOPLE - 1).min(to - from) as f64;
            high - low < room - 1e-6
        };
        withheld.filter(is_narrowed).map(|(at, _)| at).collect()
    }
}

/// What is true of a factory in a month.
#[derive(Debug, Clone, Copy)]
struct Truth {
    people: i64,
    by_workers: i64,
    by_others: i64,
}

#[derive(Debug, Clone)]
struct Factory {
    town: usize,
    heads: Option<i64>,
    months: Vec<Truth>,
}

const MONTHS: usize = 3;
const TOWNS: usize = 3;

fn number(dice: &mut Dice, below: i64) -> i64 {
    let below = usize::try_from(below).expect("small");
    i64::try_from(dice.below(below)).expect("small")
}

fn programme(seed: u64) -> Vec<Factory> {
    let mut dice = Dice(seed.wrapping_mul(7_919) + 1);
    let factories = 5 + dice.below(10);
    let one = |_| {
        let heads = match dice.below(8) {
            0 => None,
            1 => Some(5 + number(&mut dice, 6)),
            _ => Some(11 + number(&mut dice, 70)),
        };
        let most = heads.unwrap_or(40);
        let busy = 1 + number(&mut dice, 24);
        let month = |_| Truth {
            people: number(&mut dice, most + 1).min(busy + number(&mut dice, 6)),
            by_workers: number(&mut dice, busy + 8),
            by_others: number(&mut dice, busy + 1),
        };
        let months = (0..MONTHS).map(month).collect();
        let town = dice.below(TOWNS);
        Factory {
            town,
            heads,
            months,
        }
    };
    (0..factories).map(one).collect()
}

/// How a programme is published; all but the first are defects, planted so that the attacker proves
/// himself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    AsWeDo,
    /// The totals take in what is held back, and are exact as the rest is.
    WithoutComplement,
    /// A quarter's total beside its months.
    QuarterBesideMonths,
    /// The other side of a share is told although one is held back.
    OneSideOnly,
}

fn people_of(it: &Factory, month: usize, audience: Audience) -> Published {
    taking_part(it.months[month].people.into(), it.heads, audience)
}

fn share_of(it: &Factory, month: usize, audience: Audience) -> Share {
    let Truth {
        by_workers,
        by_others,
        ..
    } = it.months[month];
    share(
        by_workers.into(),
        (by_workers + by_others).into(),
        it.heads,
        audience,
    )
}

/// Every total that somebody sees: the county's, and each town's.
fn regions() -> impl Iterator<Item = Option<usize>> {
    std::iter::once(None).chain((0..TOWNS).map(Some))
}

/// The tables about people who took part: each factory and each division, month by month.
fn people_tables(factories: &[Factory], way: Way) -> Tables {
    let audience = match way {
        Way::AsWeDo => Audience::Outside,
        _ => Audience::Inside,
    };
    let mut tables = Tables::default();
    let mut cells = vec![Vec::new(); factories.len()];
    for month in 0..MONTHS {
        for (at, it) in factories.iter().enumerate() {
            let told = people_of(it, month, audience);
            cells[at].push(tables.add(told, it.heads.unwrap_or(MANY)));
        }
        for region in regions() {
            let inside = |it: &&Factory| region.is_none_or(|town| it.town == town);
            let there = || factories.iter().enumerate().filter(|(_, it)| inside(it));
            if way == Way::WithoutComplement {
                let sum = there().map(|(_, it)| it.months[month].people).sum();
                let of = there().map(|(at, _)| cells[at][month]).collect();
                tables.sum(of, Published::Exact(sum));
                continue;
            }
            let told = |it: &Factory| {
                (
                    it.months[month].people.into(),
                    people_of(it, month, audience),
                )
            };
            let is_told =
                |(at, _): &(usize, &Factory)| !tables.cells[cells[*at][month]].is_withheld;
            let of = there()
                .filter(is_told)
                .map(|(at, _)| cells[at][month])
                .collect();
            let sum = together(there().map(|(_, it)| told(it)));
            tables.sum(of, sum);
        }
    }
    if way == Way::QuarterBesideMonths {
        // As if each took part in one month only.
        for (at, it) in factories.iter().enumerate() {
            let sum = it.months.iter().map(|month| month.people).sum();
            tables.sum(cells[at].clone(), Published::Exact(sum));
        }
    }
    tables
}

/// The tables about who found hazards: of each factory from inside, and of all from outside.
fn share_tables(factories: &[Factory], way: Way, audience: Audience) -> Tables {
    let mut tables = Tables::default();
    for month in 0..MONTHS {
        let mut sides = Vec::new();
        for it in factories {
            let told = share_of(it, month, audience);
            let workers = tables.add(told.part, MANY);
            let other = match (told.part, told.whole) {
                (Published::Withheld(why), _) => Published::Withheld(why),
                // Of the other side the whole alone says something.
                _ => Published::Withheld(Why::OneSided),
            };
            let others = tables.add(other, MANY);
            tables.cells[others].is_withheld &= told.part.withheld().is_some();
            let whole = match way {
                Way::OneSideOnly => {
                    Published::Exact(it.months[month].by_workers + it.months[month].by_others)
                }
                _ => told.whole,
            };
            tables.sum(vec![workers, others], whole);
            if way == Way::OneSideOnly && it.months[month].by_others >= FEW_PEOPLE {
                tables.sum(vec![others], Published::Exact(it.months[month].by_others));
            }
            sides.push((workers, others, told));
        }
        for region in regions() {
            let there = || {
                let inside = |(it, _): &(&Factory, _)| region.is_none_or(|town| it.town == town);
                factories.iter().zip(&sides).filter(inside)
            };
            let told = || there().filter(|(_, (_, _, told))| told.part.withheld().is_none());
            let workers = together(
                there().map(|(it, (_, _, told))| (it.months[month].by_workers.into(), told.part)),
            );
            let whole = together(there().map(|(it, (_, _, told))| {
                let Truth {
                    by_workers,
                    by_others,
                    ..
                } = it.months[month];
                ((by_workers + by_others).into(), told.whole)
            }));
            tables.sum(told().map(|(_, (at, ..))| *at).collect(), workers);
            tables.sum(
                told()
                    .flat_map(|(_, (at, other, _))| [*at, *other])
                    .collect(),
                whole,
            );
        }
    }
    tables
}

/// Everything that is published, as one reads it.
fn published(factories: &[Factory]) -> Vec<Published> {
    let mut all = Vec::new();
    for month in 0..MONTHS {
        for audience in [Audience::Inside, Audience::Outside] {
            for it in factories {
                let told = share_of(it, month, audience);
                all.extend([people_of(it, month, audience), told.part, told.whole]);
            }
        }
        for region in regions() {
            let there = || {
                factories
                    .iter()
                    .filter(|it| region.is_none_or(|town| it.town == town))
            };
            let people = |it: &Factory| PeopleCount::from(it.months[month].people);
            let workers = |it: &Factory| PeopleCount::from(it.months[month].by_workers);
            let outside = Audience::Outside;
            all.push(together(
                there().map(|it| (people(it), people_of(it, month, outside))),
            ));
            all.push(together(
                there().map(|it| (workers(it), share_of(it, month, outside).part)),
            ));
        }
    }
    all
}

#[test]
fn the_attacker_finds_planted_defects_and_narrows_nothing_of_ours() {
    let mut caught = [0; 3];
    let (mut withheld, mut told, mut totals) = (0, 0, 0);
    for seed in 0..programmes() {
        let factories = programme(seed);
        // Planted in the same run: an attacker who finds nothing may just be bad at it.
        if seed < 20 {
            for (at, way) in [Way::WithoutComplement, Way::QuarterBesideMonths]
                .into_iter()
                .enumerate()
            {
                caught[at] += people_tables(&factories, way).narrowed().len();
            }
            let tables = share_tables(&factories, Way::OneSideOnly, Audience::Inside);
            caught[2] += tables.narrowed().len();
        }
        for tables in [
            people_tables(&factories, Way::AsWeDo),
            share_tables(&factories, Way::AsWeDo, Audience::Inside),
            share_tables(&factories, Way::AsWeDo, Audience::Outside),
        ] {
            assert_eq!(
                tables.narrowed(),
                Vec::<usize>::new(),
                "programme {seed}: {tables:#?}"
            );
            withheld += tables.cells.iter().filter(|it| it.is_withheld).count();
            told += tables.cells.iter().filter(|it| !it.is_withheld).count();
            totals += tables.sums.len();
        }
    }
    assert!(
        caught.iter().all(|n| *n > 0),
        "a planted defect was not found: {caught:?}"
    );
    assert!(
        withheld > 100 && told > 100 && totals > 20,
        "{withheld} {told} {totals}"
    );
    println_of(&format!(
        "{} programmes, {withheld} cells held back, none narrowed; planted defects: {caught:?}",
        programmes()
    ));
}

/// For the log of a long run.
#[expect(clippy::print_stdout, reason = "a long run says what it did")]
fn println_of(text: &str) {
    println!("{text}");
}

#[test]
fn one_person_more_in_what_is_held_back_shows_nowhere() {
    let mut tried = 0;
    for seed in 0..programmes() {
        let factories = programme(seed);
        let before = published(&factories);
        for at in 0..factories.len() {
            let month = usize::try_from(seed).expect("small") % MONTHS;
            let is_held = |it: &Factory| people_of(it, month, Audience::Outside).withheld();
            let mut more = factories.clone();
            more[at].months[month].people += 1;
            if is_held(&more[at]).is_some() && is_held(&more[at]) == is_held(&factories[at]) {
                assert_eq!(published(&more), before, "programme {seed}");
                tried += 1;
            }
            let held = |it: &Factory| share_of(it, month, Audience::Outside).part.withheld();
            let mut more = factories.clone();
            more[at].months[month].by_workers += 1;
            if held(&more[at]).is_some() && held(&more[at]) == held(&factories[at]) {
                assert_eq!(published(&more), before, "programme {seed}");
                tried += 1;
            }
        }
    }
    assert!(tried > 100, "{tried}");
}

#[test]
fn a_row_with_an_exact_total_keeps_what_it_holds_back() {
    let row = |parts: &[i64], hidden: &[bool]| {
        let mut tables = Tables::default();
        for (n, is_hidden) in parts.iter().zip(hidden) {
            let told = if *is_hidden {
                Published::Withheld(Why::OneSided)
            } else {
                Published::Exact(*n)
            };
            tables.add(told, MANY);
        }
        // Where all of it is held back, so is the total.
        if hidden.contains(&false) {
            tables.sum(
                (0..parts.len()).collect(),
                Published::Exact(parts.iter().sum()),
            );
        }
        tables
    };
    let (mut dice, mut caught, mut kept) = (Dice(3), 0, 0);
    for _ in 0..programmes() {
        let length = 2 + dice.below(4);
        let parts: Vec<i64> = (0..length).map(|_| number(&mut dice, 14)).collect();
        let counts: Vec<PeopleCount> = parts.iter().copied().map(PeopleCount::from).collect();
        let hidden = complete(&counts);
        assert_eq!(
            row(&parts, &hidden).narrowed(),
            Vec::<usize>::new(),
            "{parts:?} {hidden:?}"
        );
        kept += usize::from(hidden.contains(&true) && hidden.contains(&false));
        let small: Vec<bool> = parts.iter().map(|n| *n < FEW_PEOPLE).collect();
        caught += row(&parts, &small).narrowed().len();
    }
    assert!(caught > 0 && kept > 0, "{caught} {kept}");
}

/// A benchmark of fewer, or with a giant in it, would tell one about another.
#[test]
fn a_rival_who_knows_his_own_number_learns_no_other() {
    let mut tried = 0;
    for seed in 0..programmes() {
        let factories = programme(seed);
        let told = |it: &Factory| {
            (
                it.months[0].people.into(),
                people_of(it, 0, Audience::Outside),
            )
        };
        let total = together(factories.iter().map(told));
        let Published::Rounded(total) = total else {
            continue;
        };
        let counted: Vec<i64> = factories
            .iter()
            .filter(|it| people_of(it, 0, Audience::Outside).withheld().is_none())
            .map(|it| it.months[0].people)
            .collect();
        assert!(counted.len() >= ENTERPRISES);
        // Without the factories' own lines: the rival has the total and his own number.
        for own in 0..counted.len() {
            let mut tables = Tables::default();
            for (at, n) in counted.iter().enumerate() {
                let told = if at == own {
                    Published::Exact(*n)
                } else {
                    Published::Withheld(Why::OneSided)
                };
                tables.add(told, MANY);
            }
            tables.sum((0..counted.len()).collect(), Published::Rounded(total));
            assert_eq!(tables.narrowed(), Vec::<usize>::new(), "programme {seed}");
            tried += 1;
        }
    }
    assert!(tried > 20, "{tried}");
}

/// What a figure in JSON says, as far as it is about people.
fn said(figure: &Value) -> (Value, Value) {
    (figure["numerator"].clone(), figure["withheld"].clone())
}

fn expected(told: Published) -> (Value, Value) {
    (
        json!(told.number()),
        json!(told.withheld().map(Why::as_str)),
    )
}

/// What is said in a factory in a month.
struct Month {
    /// How many names sign at most.
    names: usize,
    reports: usize,
    /// A worker speaks unless the die with so many sides falls on its first.
    sides: usize,
    /// The number of the first report.
    first: u64,
}

/// Says it.
async fn speak(
    app: &TestApp,
    factory: &hezuo_testkit::Factory,
    dice: &mut Dice,
    month: Month,
) -> Truth {
    let (mut people, mut by_workers) = (BTreeSet::new(), 0);
    for number in (month.first..).take(month.reports) {
        let mut sent = report(&factory.codes[0], "named", number).body;
        let (name, is_worker) = (dice.below(month.names), dice.below(month.sides) > 0);
        sent["name"] = json!(format!("Somebody {name}"));
        sent["finder"] = json!(if is_worker { "worker" } else { "manager" });
        app.post("/api/v1/reports").json(&sent).await.expect("201");
        people.insert(name);
        by_workers += i64::from(is_worker);
    }
    let count = |n: usize| i64::try_from(n).expect("few");
    Truth {
        people: count(people.len()),
        by_workers,
        by_others: count(month.reports) - by_workers,
    }
}

on_both_databases! {
    async fn the_server_tells_no_more_than_the_rule(fresh) {
        let app = TestApp::on(fresh);
        let mut world = world(&app).await;
        let mut dice = Dice(14);
        let mut tables = Tables::default();
        let mut marks = BTreeSet::new();
        for month in 0..4 {
            let mut truths = Vec::new();
            for (at, factory) in [&world.factory, &world.other].into_iter().enumerate() {
                let (names, reports) = (1 + dice.below(16), dice.below(36));
                let first = month * 1_000 + at as u64 * 100;
                truths.push(speak(&app, factory, &mut dice, Month { names, reports, sides: 3, first }).await);
            }
            app.clock.advance_seconds(31 * 86_400);
            app.fold().await;
            world.factory.log_in_again(&app).await;
            world.other.log_in_again(&app).await;
            let inspector = from_office(&app, &world, &world.inspector).await;
            let region = app.get("/api/v1/oversight").by(&inspector).await.ok();
            for name in ["people", "front_line"] {
                let held_back = (Value::Null, json!("few_enterprises"));
                assert_eq!(said(figure(&region, name)), held_back);
            }
            for (factory, truth) in [&world.factory, &world.other].into_iter().zip(truths) {
                let one = super::Factory { town: 0, heads: Some(40), months: vec![truth] };
                let inside = app.get(&factory.at("/board")).by(factory.by(Role::Manager)).await.ok();
                let outside = app.get(&factory.at("/board?weeks=26")).by(&inspector).await.ok();
                for (name, told) in [
                    ("people", people_of as fn(&super::Factory, usize, Audience) -> Published),
                    ("front_line", |it, month, audience| share_of(it, month, audience).part),
                ] {
                    let seen = expected(told(&one, 0, Audience::Inside));
                    assert_eq!(said(figure(&inside, name)), seen, "{name} of {truth:?}");
                    let told = told(&one, 0, Audience::Outside);
                    let query = format!("/api/v1/oversight/factories?figure={name}&weeks=12");
                    let list = app.get(&query).by(&inspector).await.ok();
                    let lines = list["items"].as_array().expect("items");
                    let line = lines.iter().find(|it| it["id"] == factory.id.to_string());
                    assert_eq!(said(line.expect("its line")), expected(told), "{name} of {truth:?}");
                    assert_eq!(said(figure(&outside, name)), expected(told));
                    assert_eq!(figure(&outside, name)["list"], Value::Null);
                    tables.add(told, 40);
                    marks.insert(told.withheld().map(Why::as_str));
                }
            }
        }
        assert_eq!(tables.narrowed(), Vec::<usize>::new());
        assert!(marks.contains(&None) && marks.len() > 1, "{marks:?}");
    }
}
