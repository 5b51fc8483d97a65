//! Every figure equals a plain count over the records, and leads to a list of exactly these.

use std::collections::BTreeSet;

use hezuo_domain::Scope;
use hezuo_domain::boards::Periods;
use hezuo_domain::cases::{Case, Finder, Kind, State};
use hezuo_domain::people::Role;
use hezuo_domain::time::Day;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Factory, TestApp, plan, report, world};
use serde_json::{Value, json};

/// A walk that is the same every time and takes every turn sooner or later.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(self.0 >> 33).expect("31 bits") % n
    }
}

async fn send(app: &TestApp, factory: &Factory, dice: &mut Dice, number: u64) {
    let voice = ["named", "in_confidence", "anonymous"][dice.below(3)];
    let mut sent = report(&factory.codes[dice.below(3)], voice, number).body;
    sent["category"] = json!(["machine", "electric", "near_miss", "idea"][dice.below(4)]);
    sent["danger"] = json!(dice.below(4) == 0);
    if voice != "anonymous" {
        sent["name"] = json!(format!("Somebody {}", dice.below(9)));
    }
    if let Some(finder) = [Some("worker"), Some("team_leader"), None][dice.below(3)] {
        sent["finder"] = json!(finder);
    }
    app.post("/api/v1/reports").json(&sent).await.expect("201");
}

/// Takes a step that the rules allow in some case.
async fn step(app: &TestApp, factory: &Factory, dice: &mut Dice, key: u64) {
    let login = [factory.officer(), &factory.second_member][usize::from(dice.below(4) == 0)];
    let list = app
        .get(&factory.at("/cases?limit=200"))
        .by(login)
        .await
        .ok();
    let items = list["items"].as_array().expect("items");
    let Some(id) = items.get(dice.below(items.len().max(1))) else {
        return;
    };
    let path = factory.at(&format!("/cases/{}", id["id"].as_str().expect("an id")));
    let case = app.get(&path).by(login).await.ok();
    let actions = case["actions"].as_array().expect("actions");
    let Some(name) = actions.get(dice.below(actions.len().max(1))) else {
        return;
    };
    let due: Day = list["today"]
        .as_str()
        .expect("a day")
        .parse()
        .expect("a day");
    let due = due
        .plus(i64::try_from(dice.below(6)).expect("small"))
        .to_string();
    let action = match name.as_str().expect("a name") {
        "accept" | "decline" | "refer" => {
            json!({"type": name, "answer": "Seen.", "to": "The landlord"})
        }
        "plan" => plan(factory.by(Role::EitLeader).person, &due),
        "finish" | "send_back" | "verify" | "close" => json!({"type": name, "note": "So it is."}),
        "reopen" => json!({"type": name, "reason": "Again"}),
        _ => return,
    };
    let id = format!("00000000-0000-4000-8000-{key:012}");
    let body = json!({"id": id, "version": case["version"], "client": "desk", "action": action});
    app.post(&format!("{path}/actions"))
        .by(login)
        .json(&body)
        .await
        .ok();
}

/// Sixty days of a factory; another number is another factory's.
pub(crate) async fn history(app: &TestApp, factory: &mut Factory, number_of: u64) {
    let mut dice = Dice(2026 + number_of);
    let first = number_of * 1_000;
    for day in 0..60 {
        app.clock.advance_seconds(86_400);
        factory.log_in_again(app).await;
        factory.second_member = hezuo_testkit::again(app, factory, &factory.second_member).await;
        for number in 0..=dice.below(2) {
            send(app, factory, &mut dice, first + day * 10 + number as u64).await;
        }
        if dice.below(2) == 0 {
            let release = app.post(&factory.at("/intake/release"));
            release.by(factory.officer()).await.ok();
        }
        for turn in 0..4 {
            step(app, factory, &mut dice, day * 10 + turn).await;
        }
    }
}

/// All cases as they are stored.
pub(crate) async fn records(app: &TestApp, factory: &Factory) -> Vec<Case> {
    let list = ids(app, factory, "queue=all").await;
    let mut tx = app
        .app
        .db
        .read(&Scope::Enterprise(factory.id))
        .await
        .expect("a transaction");
    let mut cases = Vec::new();
    for id in list {
        let id = id.parse().expect("an id");
        cases.push(
            hezuo_store::cases::find(&mut tx, id)
                .await
                .expect("a query")
                .expect("a case"),
        );
    }
    cases
}

/// The ids in a list, page by page.
pub(crate) async fn ids(app: &TestApp, factory: &Factory, query: &str) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    let mut cursor = String::new();
    loop {
        let path = factory.at(&format!("/cases?{query}&limit=20&cursor={cursor}"));
        let page = app.get(&path).by(factory.officer()).await.ok();
        for item in page["items"].as_array().expect("items") {
            assert!(
                ids.insert(item["id"].as_str().expect("an id").to_owned()),
                "listed twice"
            );
        }
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return ids,
        }
    }
}

/// The query that a figure leads to.
pub(crate) fn query(list: &Value) -> String {
    let given = list.as_object().expect("a list");
    let pairs = given
        .iter()
        .map(|(key, value)| format!("{key}={}", value.as_str().expect("text")));
    pairs.collect::<Vec<_>>().join("&")
}

pub(crate) fn figure<'a>(board: &'a Value, name: &str) -> &'a Value {
    let figures = board["figures"].as_array().expect("figures");
    figures
        .iter()
        .find(|it| it["name"] == name)
        .unwrap_or_else(|| panic!("no {name}"))
}

pub(crate) type Test<'a> = Box<dyn Fn(&Case) -> bool + 'a>;

/// What each figure must count, in the plainest words: the name, the numerator, the denominator.
pub(crate) fn expected(
    today: Day,
    weeks: i64,
) -> Vec<(&'static str, Test<'static>, Option<Test<'static>>)> {
    let periods = Periods::of(today, weeks);
    let within =
        |day: Option<Day>, from: Day, to: Day| day.is_some_and(|day| from <= day && day <= to);
    let (now, due, asked) = (periods.now, periods.due, periods.asked);
    let said = move |case: &Case| within(Some(case.reported_day), now.from, now.to);
    // About people a whole month is told, whatever the number of weeks.
    let month = periods.people;
    let in_month = move |case: &Case| within(Some(case.reported_day), month.from, month.to);
    let waited = move |case: &Case| within(Some(case.reported_day), asked.from, asked.to);
    let promised = move |case: &Case| {
        within(
            case.plan.as_ref().map(|plan| plan.due_day),
            due.from,
            due.to,
        )
    };
    let is_hazard = |case: &Case| case.kind == Kind::Hazard;
    vec![
        ("open", Box::new(|case: &Case| case.state.is_open()), None),
        (
            "danger",
            Box::new(|case: &Case| case.danger && case.state.is_open()),
            None,
        ),
        (
            "overdue",
            Box::new(move |case: &Case| case.is_overdue(today)),
            None,
        ),
        (
            "to_verify",
            Box::new(|case: &Case| case.state == State::Done),
            None,
        ),
        (
            "waiting_long",
            Box::new(move |case: &Case| {
                case.answered_day.is_none() && today.0 - case.reported_day.0 > 7
            }),
            None,
        ),
        (
            "answered",
            Box::new(move |case: &Case| {
                waited(case)
                    && case
                        .answered_day
                        .is_some_and(|day| day.0 - case.reported_day.0 <= 7)
            }),
            Some(Box::new(waited)),
        ),
        (
            "on_time",
            Box::new(move |case: &Case| {
                let due = case.plan.as_ref().map(|plan| plan.due_day);
                promised(case) && case.fixed_day.is_some_and(|fixed| Some(fixed) <= due)
            }),
            Some(Box::new(promised)),
        ),
        (
            "front_line",
            Box::new(move |case: &Case| {
                in_month(case) && is_hazard(case) && case.finder == Some(Finder::Worker)
            }),
            Some(Box::new(move |case: &Case| {
                in_month(case) && is_hazard(case) && case.finder.is_some()
            })),
        ),
        ("reported", Box::new(said), None),
    ]
}

/// How many figures of the board are held back.
async fn compare(app: &TestApp, factory: &Factory, cases: &[Case], weeks: i64) -> usize {
    let path = factory.at(&format!("/board?weeks={weeks}"));
    let board = app.get(&path).by(factory.by(Role::Manager)).await.ok();
    let today: Day = board["today"]
        .as_str()
        .expect("a day")
        .parse()
        .expect("a day");
    let of = |test: &Test| -> BTreeSet<String> {
        cases
            .iter()
            .filter(|case| test(case))
            .map(|case| case.id.to_string())
            .collect()
    };
    let (mut seen, mut held_back) = (0, 0);
    for (name, numerator, denominator) in expected(today, weeks) {
        let figure = figure(&board, name);
        let counted = of(&numerator);
        let whole = denominator
            .as_ref()
            .map_or(counted.len(), |whole| of(whole).len());
        let rest = whole - counted.len();
        if name == "front_line" && (counted.len() < 5 || rest < 5) {
            held_back += 1;
            assert_eq!(figure["withheld"], "one_sided");
            for key in ["numerator", "denominator", "list", "whole"] {
                assert_eq!(figure[key], Value::Null, "{key} of what is held back");
            }
            continue;
        }
        assert_eq!(
            (&figure["withheld"], &figure["rounded"]),
            (&Value::Null, &json!(false))
        );
        seen += counted.len();
        assert_eq!(
            figure["numerator"],
            counted.len(),
            "{name} over {weeks} weeks"
        );
        assert_eq!(
            ids(app, factory, &query(&figure["list"])).await,
            counted,
            "the list of {name}"
        );
        match denominator {
            Some(whole) => {
                let whole = of(&whole);
                assert_eq!(
                    figure["denominator"],
                    whole.len(),
                    "{name} over {weeks} weeks"
                );
                let listed = ids(app, factory, &query(&figure["whole"])).await;
                assert_eq!(listed, whole, "the whole of {name}");
            }
            None => assert_eq!(figure["denominator"], Value::Null, "{name}"),
        }
    }
    assert!(seen > 50, "the history has something to count: {seen}");
    let answered = figure(&board, "answered");
    let mut waits: Vec<i64> = cases
        .iter()
        .filter(|case| {
            expected(today, weeks)[5]
                .2
                .as_ref()
                .is_some_and(|whole| whole(case))
        })
        .map(|case| {
            case.answered_day
                .map_or(i64::MAX, |day| day.0 - case.reported_day.0)
        })
        .collect();
    waits.sort_unstable();
    let middle = waits[(waits.len() - 1) / 2];
    assert_eq!(
        answered["median_days"],
        json!((middle <= 28).then_some(middle))
    );

    for week in board["trend"].as_array().expect("weeks") {
        let day = |key: &str| -> Day { week[key].as_str().expect("a day").parse().expect("a day") };
        let (from, to) = (day("from"), day("to"));
        let within = |day: Day| from <= day && day <= to;
        let reported: Test = Box::new(move |case| within(case.reported_day));
        let resolved: Test = Box::new(move |case| case.verified_day.is_some_and(within));
        for (key, queue, test) in [
            ("reported", "spoken", reported),
            ("resolved", "resolved", resolved),
        ] {
            let counted = of(&test);
            assert_eq!(week[key], counted.len(), "{key} from {from}");
            let listed = ids(app, factory, &format!("queue={queue}&from={from}&to={to}")).await;
            assert_eq!(listed, counted, "{key} from {from}");
        }
    }
    let inside = [
        (
            factory.workshop,
            vec![factory.workshop, factory.press, factory.paint_shop],
        ),
        (factory.paint_shop, vec![factory.paint_shop]),
    ];
    assert_eq!(
        board["areas"].as_array().expect("areas").len(),
        2,
        "machines speak for their area"
    );
    for (area, parts) in inside {
        let all = board["areas"].as_array().expect("areas");
        let voice = all
            .iter()
            .find(|it| it["id"] == area.to_string())
            .expect("the area");
        let here = |case: &&Case| case.area.is_some_and(|area| parts.contains(&area));
        let last = cases
            .iter()
            .filter(here)
            .map(|case| case.reported_day)
            .max();
        assert_eq!(voice["last_day"], json!(last.map(|day| day.to_string())));
        assert_eq!(voice["silent_days"], json!(last.map(|day| today.0 - day.0)));
        let heard = periods_heard(today);
        let recent: BTreeSet<String> = cases
            .iter()
            .filter(here)
            .filter(|case| heard.0 <= case.reported_day && case.reported_day <= heard.1)
            .map(|case| case.id.to_string())
            .collect();
        assert_eq!(voice["reports"], recent.len());
        assert_eq!(ids(app, factory, &query(&voice["list"])).await, recent);
        assert_eq!(
            voice["is_small"],
            area == factory.paint_shop,
            "four people work there"
        );
    }
    held_back
}

fn periods_heard(today: Day) -> (Day, Day) {
    (today.plus(-27), today)
}

on_both_databases! {
    async fn every_figure_is_a_plain_count_and_leads_to_its_cases(fresh) {
        let app = TestApp::on(fresh);
        let mut world = world(&app).await;
        history(&app, &mut world.factory, 0).await;
        let factory = &world.factory;
        let cases = records(&app, factory).await;
        assert!(cases.len() > 50);
        for weeks in [4, 12, 26] {
            let held_back = compare(&app, factory, &cases, weeks).await;
            assert_eq!(held_back, 0, "enough was said by workers and by others");
        }
        // The day of acceptance is that of the last event that says so.
        for case in &cases {
            let path = factory.at(&format!("/cases/{}", case.id));
            let seen = app.get(&path).by(factory.officer()).await.ok();
            let accepted = seen["events"].as_array().expect("events").iter()
                .filter(|event| event["kind"] == "verify").map(|event| event["day"].clone()).next_back();
            let stands = matches!(case.state, State::Verified | State::Closed);
            assert_eq!(json!(case.verified_day.map(|day| day.to_string())), accepted.filter(|_| stands).unwrap_or_default());
        }
        let scope = Scope::Enterprise(factory.id);
        let mut tx = app.app.db.read(&scope).await.expect("a transaction");
        let counted = hezuo_store::tallies::everything(&mut tx).await.expect("counts");
        drop(tx);
        hezuo_app::tallies::rebuild(&app.app, factory.id).await.expect("rebuilt");
        let mut tx = app.app.db.read(&scope).await.expect("a transaction");
        assert_eq!(hezuo_store::tallies::everything(&mut tx).await.expect("counts"), counted);
        drop(tx);

        let before = app.app.db.statements();
        let manager = factory.by(Role::Manager);
        let board = app.get(&factory.at("/board")).by(manager).await.ok();
        assert!(app.app.db.statements() - before <= 8, "a board takes at most eight statements");
        assert_eq!(board["lists"], true);
        // Who reads sums but no cases gets the same numbers and no way to the cases.
        let county = app.get(&factory.at("/board")).by(factory.by(Role::CountyOfficer)).await.ok();
        for (theirs, ours) in county["figures"].as_array().expect("figures").iter().zip(board["figures"].as_array().expect("figures")) {
            assert_eq!(theirs["list"], Value::Null);
            assert_eq!(theirs["numerator"], ours["numerator"]);
        }
        assert_eq!(county["areas"], json!([]));
    }

    async fn few_people_are_held_back_and_a_month_is_told_when_it_is_over(fresh) {
        let app = TestApp::on(fresh);
        let mut world = world(&app).await;
        let factory = &mut world.factory;
        let of = async |factory: &Factory| {
            let board = app.get(&factory.at("/board")).by(factory.by(Role::Manager)).await.ok();
            let people = figure(&board, "people");
            assert_eq!(people["list"], Value::Null);
            assert_eq!(people["denominator"], 40, "of the area at the top");
            let to: Day = people["period"]["to"].as_str().expect("a day").parse().expect("a day");
            (people["numerator"].clone(), people["withheld"].clone(), to)
        };
        let mut tellings = Vec::new();
        // Four people in the first month, five in the second.
        for month in 0..2 {
            for number in 0..4 + month {
                let mut sent = report(&factory.codes[0], "named", 10 * month + number).body;
                sent["name"] = json!(format!("Somebody {number}"));
                app.post("/api/v1/reports").json(&sent).await.expect("201");
            }
            // Whatever is said, the figure stands for the rest of the month.
            let (before, _, to) = of(factory).await;
            let mut day = to;
            for _ in 0..35 {
                app.clock.advance_seconds(86_400);
                factory.log_in_again(&app).await;
                let (people, withheld, to) = of(factory).await;
                if to != day {
                    tellings.push((people.clone(), withheld));
                    day = to;
                }
                let is_first = tellings.len() == usize::try_from(month).expect("small");
                assert!(!is_first || people == before, "a figure changed within its month");
            }
        }
        let few = (Value::Null, json!("few"));
        assert_eq!(tellings.first(), Some(&few));
        assert!(tellings.contains(&(json!(5), Value::Null)), "{tellings:?}");
    }
}
