//! A report that is not by name waits until its day is over. Until then nobody sees that there is one, in
//! whatever way he looks; and afterwards nothing tells when in that day it came, nor after which other.

use hezuo_app::intake::Release;
use hezuo_domain::time::Instant;
use hezuo_store::on_both_databases;
use hezuo_store::testing::Fresh;
use hezuo_testkit::{Factory, START, TestApp, again, report, world};
use serde_json::Value;

use crate::apart::{Kept, answers, gives_away, steady};
use crate::county::from_office;

fn by_day(fresh: Fresh) -> TestApp {
    TestApp::changed(fresh, |app| app.release = Release::NextDay)
}

/// What runs by itself.
async fn rounds(app: &TestApp) -> u64 {
    let released = hezuo_app::intake::release_due(&app.app).await;
    hezuo_app::notices::tell_owners(&app.app)
        .await
        .expect("a look");
    hezuo_app::ledger::sequence(&app.app).await.expect("a look");
    app.fold().await;
    released.expect("a look")
}

/// The ids of the reports that wait.
async fn waiting(app: &TestApp) -> Vec<String> {
    let ids = match app.fresh.owner_url {
        None => "SELECT hex(id), 1 FROM intake_report",
        Some(_) => "SELECT CAST(id AS TEXT), CAST(1 AS BIGINT) FROM intake_report",
    };
    let ids = app.fresh.ask(ids).await.into_iter();
    let id = |(id, _): (String, i64)| uuid::Uuid::parse_str(&id).expect("an id");
    ids.map(|it| id(it).to_string()).collect()
}

/// An instant as it might be told more finely than by its day: counted from 1970, as the time in Greenwich or
/// in the factory, and as the fraction of a day that a workbook would have.
fn finer(instant: Instant) -> Vec<String> {
    let micros = instant.0;
    let mut forms: Vec<String> = [micros, micros / 1_000, micros / 1_000_000]
        .iter()
        .map(ToString::to_string)
        .collect();
    for hours in [0, 8] {
        let second = (micros / 1_000_000 + hours * 3_600) % 86_400;
        let (hour, minute) = (second / 3_600, second / 60 % 60);
        forms.push(format!("{hour:02}:{minute:02}"));
        forms.push(format!(".{:05}", second * 100_000 / 86_400));
    }
    forms
}

/// Who is told one of these instants, and how.
fn told(answers: &[(String, String)], forms: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for (asked, text) in answers {
        let is_in = |form: &&String| text.contains(form.as_str());
        found.extend(
            forms
                .iter()
                .filter(is_in)
                .map(|it| format!("{asked}: {it}")),
        );
    }
    found
}

/// How far one order follows the other: 1 where they are the same, -1 where one is the other turned round
/// (Spearman's rank correlation).
fn follows(order: &[u32]) -> f64 {
    let length = u32::try_from(order.len()).expect("few");
    let squares: u32 = (0..)
        .zip(order)
        .map(|(at, rank): (u32, &u32)| at.abs_diff(*rank).pow(2))
        .sum();
    1.0 - 6.0 * f64::from(squares) / f64::from(length * (length * length - 1))
}

/// How many come in a day, and for how many days.
const A_DAY: u32 = 8;
const DAYS: u32 = 20;

/// The reports of a day in the order in which a text names them.
fn named_in(text: &str, day: u32) -> Vec<u32> {
    let at = |rank: u32| text.find(&format!("({})", day * A_DAY + rank));
    let mut order: Vec<u32> = (0..A_DAY).collect();
    order.sort_by_key(|rank| at(*rank).unwrap_or_else(|| panic!("{rank} of {day} in {text}")));
    order
}

/// The same texts in the order of something else that each case has.
fn by_key(items: &[Value], key: &str) -> String {
    let mut items: Vec<&Value> = items.iter().collect();
    items.sort_by_key(|it| it[key].as_str().expect("a key").to_owned());
    let texts = items.iter().map(|it| it["text"].to_string());
    texts.collect::<Vec<_>>().join(" ")
}

/// The orders in which somebody at the desk, or with a database tool, finds the cases.
async fn orders(app: &TestApp, factory: &Factory) -> Vec<(&'static str, String)> {
    let officer = again(app, factory, factory.officer()).await;
    let get = async |path: &str| {
        let call = app.get(&factory.at(path)).by(&officer);
        let call = call.header("prefer", "odata.maxpagesize=1000");
        call.await.expect("200")
    };
    let list = get("/cases?queue=all&limit=200").await;
    let items = list.json()["items"].as_array().expect("items").clone();
    // A feed has no texts.
    let text_of = |feed: String, it: &Value| {
        let id = it["id"].as_str().expect("an id");
        feed.replace(id, it["text"].as_str().expect("a text"))
    };
    let feed = get("/odata/Cases").await.text();
    let feed = items.iter().fold(feed, text_of);
    let rows = app.fresh.dump().await;
    let rows: Vec<String> = rows
        .into_iter()
        .filter(|it| it.starts_with("cases "))
        .collect();
    let chain = "SELECT cases.text, chain.seq FROM case_event JOIN cases
        ON cases.enterprise_id = case_event.enterprise_id AND cases.id = case_event.case_id
        JOIN chain ON chain.enterprise_id = case_event.enterprise_id AND chain.event_id = case_event.id
        ORDER BY chain.seq";
    let chain = app.fresh.ask(chain).await.into_iter().map(|(text, _)| text);
    vec![
        ("list", list.text()),
        (
            "export",
            get("/cases/export?queue=all&format=csv").await.text(),
        ),
        ("feed", feed),
        ("ids", by_key(&items, "id")),
        ("numbers", by_key(&items, "ref")),
        ("rows", rows.join(" ")),
        ("chain", chain.collect::<Vec<_>>().join(" ")),
    ]
}

on_both_databases! {
    async fn what_waits_changes_no_answer(fresh) {
        let app = by_day(fresh);
        let mut world = world(&app).await;
        let nobody = uuid::Uuid::from_u128(7).to_string();
        // That somebody looked in from outside is told too, once a day.
        answers(&app, &world, "team", &nobody).await;
        hezuo_app::entrusted::write_looks(&app.app).await.expect("written");
        rounds(&app).await;
        let before = answers(&app, &world, "team", &nobody).await;
        for voice in ["anonymous", "in_confidence"] {
            Kept { reader: "team", voice, danger: false }.send(&app, &world.factory).await;
        }
        assert_eq!(rounds(&app).await, 0);
        let ids = waiting(&app).await;
        assert_eq!(ids.len(), 2);
        let after = answers(&app, &world, "team", &ids[0]).await;
        for id in &ids {
            assert_eq!(gives_away(&after, id), Vec::<String>::new());
        }
        assert_eq!(before.len(), after.len());
        for ((asked, was), (_, is)) in before.iter().zip(&after) {
            assert_eq!(steady(was), steady(is), "{asked} differs");
        }
        // The next day they are seen.
        app.clock.advance_seconds(86_400);
        assert_eq!(rounds(&app).await, 2);
        world.factory.log_in_again(&app).await;
        let list = app.get(&world.factory.at("/cases?queue=all")).by(world.factory.officer());
        let list = vec![("the officer".to_owned(), list.await.text())];
        for id in &ids {
            assert!(!gives_away(&list, id).is_empty());
        }
    }

    async fn what_came_out_is_told_by_its_day_and_by_nothing_finer(fresh) {
        let app = by_day(fresh);
        let mut world = world(&app).await;
        let came = START.plus_seconds(13 * 60 + 27);
        app.clock.set(Instant(came.0 + 654_321));
        for voice in ["anonymous", "in_confidence"] {
            Kept { reader: "team", voice, danger: false }.send(&app, &world.factory).await;
        }
        let ids = waiting(&app).await;
        assert_eq!(ids.len(), 2);
        // At another time of another day.
        app.clock.advance_seconds(86_400 + 3 * 3_600);
        assert_eq!(rounds(&app).await, 2);
        let named = Kept { reader: "team", voice: "named", danger: false };
        named.send(&app, &world.factory).await;
        rounds(&app).await;
        hezuo_app::entrusted::write_looks(&app.app).await.expect("written");
        world.factory.log_in_again(&app).await;
        world.other.log_in_again(&app).await;
        world.inspector = from_office(&app, &world, &world.inspector).await;
        let later = app.app.now();
        let forms = finer(Instant(came.0 + 654_321));
        for id in ids {
            let seen = answers(&app, &world, "team", &id).await;
            assert!(seen.iter().any(|(_, text)| text.contains(&id)), "{id} is a case");
            assert_eq!(told(&seen, &forms), Vec::<String>::new());
        }
        let rows = app.fresh.dump().await.into_iter();
        let of_case = rows.filter(|row| row.starts_with("case") || row.starts_with("chain"));
        let of_case: Vec<_> = of_case.map(|row| ("a row".to_owned(), row)).collect();
        assert_eq!(told(&of_case, &forms), Vec::<String>::new());
        // Of a report by name the time is told, in a form that is searched for.
        let list = app.get(&world.factory.at("/cases?queue=all")).by(world.factory.officer());
        let list = list.await.ok();
        let is_named = |it: &&Value| it["voice"] == "named";
        let case = list["items"].as_array().expect("items").iter().find(is_named);
        let id = case.expect("it")["id"].as_str().expect("an id").to_owned();
        let case = app.get(&world.factory.at(&format!("/cases/{id}"))).by(world.factory.officer());
        let seen = [(id, case.await.text())];
        assert!(!told(&seen, &finer(later)).is_empty());
    }

    async fn the_order_in_which_cases_come_out_says_nothing_of_when_they_came(fresh) {
        let app = by_day(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let mut sums: Vec<(&str, f64)> = Vec::new();
        for day in 0..DAYS {
            for rank in 0..A_DAY {
                let voice = ["anonymous", "in_confidence"][usize::from(rank % 3 == 0)];
                let number = u64::from(day * A_DAY + rank);
                let body = report(&factory.codes[0], voice, number).body;
                app.post("/api/v1/reports").json(&body).await.expect("201");
                app.clock.advance_seconds(61);
            }
            app.clock.advance_seconds(86_400);
            assert_eq!(rounds(&app).await, u64::from(A_DAY));
            // A feed tells of a day when it is over.
            app.clock.advance_seconds(86_400);
            let orders = orders(&app, factory).await;
            sums.resize(orders.len(), ("", 0.0));
            for (sum, (name, text)) in sums.iter_mut().zip(orders) {
                *sum = (name, sum.1 + follows(&named_in(&text, day)));
            }
        }
        // In order of arrival it is 1; by chance it is nearly always within a quarter of 0.
        assert!(follows(&(0..A_DAY).collect::<Vec<_>>()) > 0.99);
        for (name, sum) in sums {
            let mean = sum / f64::from(DAYS);
            assert!(mean.abs() < 0.25, "{name} follows what came first: {mean}");
        }
    }
}
