//! The same attacker before the server itself: a county of ten factories in two towns, of which he reads
//! whatever is told about people from outside, month after month.

use std::collections::BTreeSet;

use hezuo_app::directory;
use hezuo_domain::disclosure::{Audience, Published, Why, together};
use hezuo_store::on_both_databases;
use hezuo_testkit::{Factory, Login, TestApp, another, world};
use serde_json::{Value, json};

use super::{
    Factory as Counted, MANY, MONTHS, Month, Tables, expected, people_of, said, share_of, speak,
};
use crate::boards::{Dice, figure};
use crate::county::from_office;

/// The county, and two towns in it.
const REGIONS: [&str; 3] = ["330503", "330503101", "330503102"];

/// How many people work in each factory. Seven lie in the first town.
const HEADS: [i64; 10] = [60, 52, 45, 70, 40, 64, 12, 38, 80, 9];

/// The number of the town in which a factory lies.
fn town(at: usize) -> usize {
    1 + usize::from(at >= 7)
}

fn inside(region: usize) -> impl Iterator<Item = usize> {
    (0..HEADS.len()).filter(move |at| region == 0 || town(*at) == region)
}

/// The factories, where they lie and as large as they are.
async fn county(app: &TestApp, factories: &[Factory]) {
    for (at, factory) in factories.iter().enumerate() {
        let by = factory.administrator();
        let profile = json!({"name": format!("Works {at}"), "time_zone": "Asia/Shanghai",
            "region_code": REGIONS[town(at)]});
        app.put(&factory.at("")).by(by).json(&profile).await.ok();
        let path = format!("/areas/{}/heads", factory.workshop);
        let heads = app.put(&factory.at(&path)).by(by);
        let heads = heads.json(&json!({"heads": HEADS[at]}));
        heads.await.expect("204");
    }
}

/// A number as it is read: outside the factory each is rounded.
fn read(figure: &Value, key: &str) -> Published {
    let all = [
        Why::Few,
        Why::Alike,
        Why::OneSided,
        Why::SmallGroup,
        Why::FewEnterprises,
    ];
    if let Some(n) = figure[key].as_i64() {
        return Published::Rounded(n);
    }
    let why = all
        .into_iter()
        .find(|why| figure["withheld"] == why.as_str());
    Published::Withheld(why.unwrap_or_else(|| panic!("{key} of {figure}")))
}

/// The line of each factory, in the order of the factories.
async fn lines(app: &TestApp, by: &Login, name: &str, factories: &[Factory]) -> Vec<Value> {
    let path = format!("/api/v1/oversight/factories?region=330503&figure={name}&limit=50");
    let list = app.get(&path).by(by).await.ok();
    let items = list["items"].as_array().expect("items");
    let of = |factory: &Factory| {
        let line = items.iter().find(|it| it["id"] == factory.id.to_string());
        line.expect("its line").clone()
    };
    factories.iter().map(of).collect()
}

/// The numbers of a factory's people, its workers' findings, and the others'.
struct Cells([usize; 3]);

on_both_databases! {
    async fn a_county_of_many_factories_is_told_no_more_than_the_rule(fresh) {
        let app = TestApp::on(fresh);
        directory::load_packs(&app.app).await.expect("the names of divisions");
        let world = world(&app).await;
        let mut factories = vec![world.factory.clone(), world.other.clone()];
        for name in ["c", "d", "e", "f", "g", "h", "i", "j"] {
            factories.push(another(&app, &world, name).await);
        }
        county(&app, &factories).await;
        let (mut dice, mut tables, mut planted) = (Dice(41), Tables::default(), Vec::new());
        let (mut totals, mut marks) = (0, BTreeSet::new());
        let mut published: Vec<Vec<Value>> = vec![Vec::new(); REGIONS.len()];
        for month in 0..MONTHS {
            let mut truths = Vec::new();
            for (at, factory) in factories.iter().enumerate() {
                let first = (month * 1_000 + at * 50) as u64;
                let (names, reports) = (4 + dice.below(16), 8 + dice.below(16));
                let truth = speak(&app, factory, &mut dice, Month { names, reports, sides: 2, first }).await;
                truths.push(Counted { town: 0, heads: Some(HEADS[at]), months: vec![truth] });
            }
            app.clock.advance_seconds(31 * 86_400);
            app.fold().await;
            let inspector = from_office(&app, &world, &world.inspector).await;
            let people = lines(&app, &inspector, "people", &factories).await;
            let found = lines(&app, &inspector, "front_line", &factories).await;
            let mut cells = Vec::new();
            for (at, truth) in truths.iter().enumerate() {
                let outside = Audience::Outside;
                assert_eq!(said(&people[at]), expected(people_of(truth, 0, outside)), "{truth:?}");
                assert_eq!(said(&found[at]), expected(share_of(truth, 0, outside).part), "{truth:?}");
                let (took, part) = (read(&people[at], "numerator"), read(&found[at], "numerator"));
                // Of the other side the whole alone says something.
                let rest = Published::Withheld(part.withheld().unwrap_or(Why::OneSided));
                let of = [tables.add(took, HEADS[at]), tables.add(part, MANY), tables.add(rest, MANY)];
                tables.cells[of[2]].is_withheld &= part.withheld().is_some();
                tables.sum(vec![of[1], of[2]], read(&found[at], "denominator"));
                marks.extend([took, part].map(|it| it.withheld().map(Why::as_str)));
                cells.push(Cells(of));
            }
            for region in 0..REGIONS.len() {
                let of = inside(region).map(|at| (cells[at].0[0], truths[at].months[0].people));
                planted.push(of.collect::<Vec<_>>());
            }
            for (region, code) in REGIONS.iter().enumerate() {
                let path = format!("/api/v1/oversight?region={code}");
                let board = app.get(&path).by(&inspector).await.ok();
                let (took, front) = (figure(&board, "people"), figure(&board, "front_line"));
                let there = || inside(region).map(|at| &truths[at]);
                let told = |it: &Counted| {
                    (it.months[0].people.into(), people_of(it, 0, Audience::Outside))
                };
                assert_eq!(said(took), expected(together(there().map(told))), "{code}");
                let told = |it: &Counted| {
                    (it.months[0].by_workers.into(), share_of(it, 0, Audience::Outside).part)
                };
                assert_eq!(said(front), expected(together(there().map(told))), "{code}");
                let of = |tables: &Tables, sort: usize| -> Vec<usize> {
                    let all = inside(region).map(|at| cells[at].0);
                    let told = all.filter(|it| !tables.cells[it[sort.min(1)]].is_withheld);
                    told.map(|it| it[sort]).collect()
                };
                let (workers, others) = (of(&tables, 1), of(&tables, 2));
                tables.sum(of(&tables, 0), read(took, "numerator"));
                tables.sum(workers.clone(), read(front, "numerator"));
                tables.sum([workers, others].concat(), read(front, "denominator"));
                totals += usize::from(read(took, "numerator").number().is_some());
                // Month beside month stands what was told of each when it was new.
                let edition = json!([said(took), said(front), front["denominator"]]);
                published[region].insert(0, edition);
                let editions = board["editions"].as_array().expect("editions").iter();
                let editions = editions.map(|it| {
                    let (took, front) = (&it["people"], &it["front_line"]);
                    json!([said(took), said(front), front["denominator"]])
                });
                assert_eq!(editions.collect::<Vec<_>>(), published[region], "{code}");
            }
        }
        assert!(totals > MONTHS && marks.len() > 3, "{totals} {marks:?}");
        assert_eq!(tables.narrowed(), Vec::<usize>::new(), "{tables:#?}");
        // He would find it, if what is told were exact, and a total took in what is held back.
        for of in planted {
            for (cell, n) in &of {
                let cell = &mut tables.cells[*cell];
                if !cell.is_withheld {
                    cell.range = (*n, *n);
                }
            }
            let sum = of.iter().map(|(_, n)| n).sum();
            tables.sum(of.into_iter().map(|(cell, _)| cell).collect(), Published::Exact(sum));
        }
        assert!(!tables.narrowed().is_empty(), "the planted defect is seen");
    }
}
