//! Many factories at once: every figure is a plain aggregate over their records, and the lists of
//! factories behind it add up to it.

use std::collections::{BTreeMap, BTreeSet};

use hezuo_app::directory::{self, EnterpriseRequest};
use hezuo_domain::cases::Case;
use hezuo_domain::oversight::is_silent;
use hezuo_domain::people::{Grant, Place, Role};
use hezuo_domain::time::Day;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Factory, Login, TestApp, World, again, join, report, voice_clip, world};
use serde_json::{Value, json};

use crate::boards::{expected, figure, history, ids, query, records};

/// Somebody of the county office logs in anew.
pub(crate) async fn from_office(app: &TestApp, world: &World, login: &Login) -> Login {
    let mut office = world.factory.clone();
    office.id = login.caller.home.id;
    again(app, &office, login).await
}

/// All factories of a list, page by page, so small that pages matter.
async fn listed(app: &TestApp, by: &Login, query: &str) -> Vec<Value> {
    let mut items = Vec::new();
    let mut cursor = String::new();
    for _ in 0..20 {
        let path = format!("/api/v1/oversight/factories?{query}&limit=1&cursor={cursor}");
        let page = app.get(&path).by(by).await.ok();
        items.extend(page["items"].as_array().expect("items").iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = next.replace(' ', "%20"),
            None => return items,
        }
    }
    panic!("the list has no end: {items:#?}");
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or(0)
}

fn day(value: &Value) -> Day {
    value.as_str().expect("a day").parse().expect("a day")
}

struct Compared<'a> {
    app: &'a TestApp,
    inspector: &'a Login,
    factories: Vec<(&'a Factory, Vec<Case>)>,
    /// What its own board tells about the people of each factory.
    inside: BTreeMap<String, Value>,
    silent: BTreeSet<String>,
}

impl Compared<'_> {
    /// Compares a figure with what it should be in each factory.
    async fn check(&self, weeks: i64, total: &Value, of: &BTreeMap<String, (i64, Option<i64>)>) {
        let name = total["name"].as_str().expect("a name");
        let sum: i64 = of.values().map(|(n, _)| n).sum();
        assert_eq!(total["numerator"], sum, "{name} over {weeks} weeks");
        let wholes: Option<i64> = of.values().map(|(_, whole)| *whole).sum();
        if !["silent", "falling"].contains(&name) {
            assert_eq!(
                total["denominator"],
                json!(wholes.filter(|_| !of.is_empty())),
                "{name}"
            );
        }
        for order in ["name", "need"] {
            let query = format!("region=330503&weeks={weeks}&figure={name}&order={order}");
            let lines = listed(self.app, self.inspector, &query).await;
            let found: BTreeMap<String, (i64, Option<i64>)> = lines
                .iter()
                .map(|it| {
                    let id = it["id"].as_str().expect("an id").to_owned();
                    (id, (number(&it["numerator"]), it["denominator"].as_i64()))
                })
                .collect();
            assert_eq!(found.len(), lines.len(), "{name}: a factory stands twice");
            let counting = |(_, (n, whole)): &(&String, &(i64, Option<i64>))| {
                *n != 0 || whole.is_some_and(|whole| whole != 0)
            };
            let wanted: BTreeMap<_, _> = of.iter().filter(counting).collect();
            assert_eq!(
                found.iter().collect::<BTreeMap<_, _>>(),
                wanted,
                "{name} by {order}"
            );
        }
    }

    /// Outside the factory people go by fives, and lead to no cases.
    async fn about_people(&self, weeks: i64, board: &Value) {
        let mut rounded = 0;
        for name in ["people", "front_line"] {
            let total = figure(board, name);
            let held_back = (&Value::Null, &json!("few_enterprises"));
            assert_eq!(
                (&total["numerator"], &total["withheld"]),
                held_back,
                "of three factories"
            );
            assert_eq!(
                total["left_out"], 2,
                "the quiet one, and one quiet for a month"
            );
            let query = format!("region=330503&weeks={weeks}&figure={name}&order=name");
            let lines = listed(self.app, self.inspector, &query).await;
            assert_eq!(lines.len(), 3, "who is left out would say something");
            for line in lines {
                assert_eq!(
                    (&line["list"], &line["whole"]),
                    (&Value::Null, &Value::Null)
                );
                let Some(inside) = self.inside.get(line["id"].as_str().expect("an id")) else {
                    assert_eq!(
                        (&line["numerator"], &line["withheld"]),
                        (&Value::Null, &json!("small_group"))
                    );
                    continue;
                };
                let inside = figure(inside, name);
                assert_eq!(line["withheld"], inside["withheld"]);
                let told = inside["numerator"]
                    .as_i64()
                    .map(|exact| (exact + 2) / 5 * 5);
                assert_eq!(line["numerator"], json!(told), "{name}");
                rounded += usize::from(told.is_some());
            }
        }
        assert_eq!(rounded, 2, "one factory tells both");
    }

    async fn board(&self, weeks: i64) {
        self.app.fold().await;
        let path = format!("/api/v1/oversight?region=330503&weeks={weeks}");
        let board = self.app.get(&path).by(self.inspector).await.ok();
        let today = day(&board["today"]);
        for (name, numerator, denominator) in expected(today, weeks) {
            if name == "front_line" {
                continue;
            }
            let mut of = BTreeMap::new();
            for (factory, cases) in &self.factories {
                let count = |test: &dyn Fn(&Case) -> bool| {
                    i64::try_from(cases.iter().filter(|case| test(case)).count()).expect("few")
                };
                let whole = denominator.as_ref().map(|whole| count(whole));
                of.insert(factory.id.to_string(), (count(&numerator), whole));
                // From the line of a factory on to exactly the cases that it counts there.
                let query_ = format!("region=330503&weeks={weeks}&figure={name}&order=name");
                let lines = listed(self.app, self.inspector, &query_).await;
                let line = lines.iter().find(|it| it["id"] == factory.id.to_string());
                if let Some(line) = line {
                    let there = |test: &dyn Fn(&Case) -> bool| -> BTreeSet<String> {
                        let counted = cases.iter().filter(|case| test(case));
                        counted.map(|case| case.id.to_string()).collect()
                    };
                    let list = ids(self.app, factory, &query(&line["list"])).await;
                    assert_eq!(list, there(&numerator), "the cases of {name}");
                    if let Some(whole) = &denominator {
                        let list = ids(self.app, factory, &query(&line["whole"])).await;
                        assert_eq!(list, there(whole), "the cases of the whole of {name}");
                    }
                }
            }
            self.check(weeks, figure(&board, name), &of).await;
        }
        let resolved = |cases: &[Case]| {
            let from = today.plus(1 - 7 * weeks);
            let fits = |case: &&Case| case.verified_day.is_some_and(|day| from <= day);
            i64::try_from(cases.iter().filter(fits).count()).expect("few")
        };
        let of = |count: &dyn Fn(&str, &[Case]) -> i64| -> BTreeMap<String, (i64, Option<i64>)> {
            let each = self.factories.iter().map(|(factory, cases)| {
                let id = factory.id.to_string();
                let n = count(&id, cases);
                (id, (n, None))
            });
            each.collect()
        };
        let counts = of(&|_, cases| resolved(cases));
        self.check(weeks, figure(&board, "resolved"), &counts).await;
        self.about_people(weeks, &board).await;
        let silent = figure(&board, "silent");
        let counts = of(&|id, _| i64::from(self.silent.contains(id)));
        assert_eq!(silent["denominator"], 3);
        let mut counts = counts;
        for id in &self.silent {
            counts.entry(id.clone()).or_insert((1, None));
        }
        self.check(weeks, silent, &counts).await;

        // The divisions below add up to the region, and the weeks to what they show.
        for key in [
            "open", "danger", "overdue", "reported", "resolved", "silent",
        ] {
            let parts = board["parts"].as_array().expect("parts");
            let sum: i64 = parts.iter().map(|part| number(&part[key])).sum();
            assert_eq!(figure(&board, key)["numerator"], sum, "the parts of {key}");
        }
        for week in board["trend"].as_array().expect("weeks") {
            let (from, to) = (day(&week["from"]), day(&week["to"]));
            let all = self.factories.iter().flat_map(|(_, cases)| cases);
            let said = all
                .clone()
                .filter(|case| (from..=to).contains(&case.reported_day));
            let done =
                all.filter(|case| case.verified_day.is_some_and(|it| from <= it && it <= to));
            assert_eq!(week["reported"], said.count());
            assert_eq!(week["resolved"], done.count());
            // And each week leads to its factories, which add up to it.
            for figure in ["reported", "resolved"] {
                let path = format!("region=330503&week={from}&figure={figure}&order=name");
                let lines = listed(self.app, self.inspector, &path).await;
                let sum: i64 = lines.iter().map(|it| number(&it["numerator"])).sum();
                assert_eq!(sum, number(&week[figure]), "{figure} of {from}");
                if let Some(line) = lines.first().filter(|it| !it["list"].is_null()) {
                    let list = query(&line["list"]);
                    assert!(list.contains(&format!("from={from}")), "{list}");
                }
            }
        }
    }
}

/// A third factory, in a town, from which nothing has ever been heard.
async fn quiet(app: &TestApp, world: &World) -> String {
    let request = EnterpriseRequest {
        name: "Quiet works".to_owned(),
        credit_code: None,
        region_code: "330503101".to_owned(),
        time_zone: "Asia/Shanghai".to_owned(),
    };
    let added = directory::add_enterprise(&app.app, &world.bureau.caller, request).await;
    added.expect("an enterprise").0.id.to_string()
}

on_both_databases! {
    async fn every_figure_over_factories_is_a_plain_count_and_the_lists_add_up(fresh) {
        let app = TestApp::on(fresh);
        directory::load_packs(&app.app).await.expect("the names of divisions");
        let mut world = world(&app).await;
        let quiet = quiet(&app, &world).await;
        history(&app, &mut world.factory, 0).await;
        history(&app, &mut world.other, 1).await;
        world.factory.log_in_again(&app).await;
        world.other.log_in_again(&app).await;
        let inspector = from_office(&app, &world, &world.inspector).await;
        let far = from_office(&app, &world, &world.far_inspector).await;

        let mut compared = Compared {
            app: &app,
            inspector: &inspector,
            factories: Vec::new(),
            inside: BTreeMap::new(),
            silent: BTreeSet::from([quiet.clone(), world.factory.id.to_string()]),
        };
        for factory in [&world.factory, &world.other] {
            let manager = factory.by(Role::Manager);
            let board = app.get(&factory.at("/board?weeks=26")).by(manager).await.ok();
            compared.inside.insert(factory.id.to_string(), board);
            compared.factories.push((factory, records(&app, factory).await));
        }
        for weeks in [4, 26] {
            compared.board(weeks).await;
        }

        // What waits longest for help stands first; names stand in their order.
        let key = |it: &Value| (-number(&it["danger"]), -number(&it["overdue"]), -number(&it["silent_days"]));
        let lines = listed(&app, &inspector, "order=need").await;
        assert_eq!(lines.len(), 3);
        assert!(lines.is_sorted_by_key(key), "{lines:#?}");
        let names: Vec<Value> = listed(&app, &inspector, "order=name").await.iter().map(|it| it["name"].clone()).collect();
        assert_eq!(names, ["Factory a", "Factory b", "Quiet works"]);
        for line in &lines {
            let is_quiet = line["id"] == quiet;
            assert_eq!(line["last_day"].is_null(), is_quiet);
            assert_eq!(line["region"]["code"], if is_quiet { "330503101" } else { "330503" });
            let heard = Day(20_000).plus(-number(&line["silent_days"]));
            assert_eq!(line["is_silent"], is_silent(Day(20_000), heard));
        }

        // Down to a town, and no further than one is entitled to.
        let town = app.get("/api/v1/oversight?region=330503101").by(&inspector).await.ok();
        assert_eq!((&town["factories"], &town["region"]["name_en"]), (&json!(1), &json!("Shuanglin")));
        assert_eq!(town["around"][0]["code"], "330503");
        let wide = app.get("/api/v1/oversight?region=330500").by(&inspector).await;
        assert_eq!(wide.status, 403);
        let away = app.get("/api/v1/oversight?region=330503").by(&far).await;
        assert_eq!(away.status, 403);
        let own = app.get("/api/v1/oversight").by(&far).await.ok();
        assert_eq!((&own["region"]["code"], &own["factories"]), (&json!("330602"), &json!(0)));
        assert_eq!(listed(&app, &far, "order=need").await, Vec::<Value>::new());
        // A manager looks after one factory, and after no region.
        let own = listed(&app, world.other.by(Role::Manager), "order=name").await;
        assert_eq!(own.iter().map(|it| it["name"].clone()).collect::<Vec<_>>(), ["Factory b"]);

        let before = app.app.db.statements();
        app.get("/api/v1/oversight?weeks=26").by(&inspector).await.ok();
        let board = app.app.db.statements() - before;
        app.get("/api/v1/oversight/factories").by(&inspector).await.ok();
        let list = app.app.db.statements() - before - board;
        assert!(board <= 8 && list <= 3, "{board} and {list} statements");
    }

    async fn who_spoke_is_not_counted_case_by_case_from_outside(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let mut sent = report(&factory.codes[0], "named", 1).body;
        sent["finder"] = json!("worker");
        app.post("/api/v1/reports").json(&sent).await.expect("201");
        let list = app.get(&factory.at("/cases?queue=all")).by(&world.inspector).await.ok();
        let path = factory.at(&format!("/cases/{}", list["items"][0]["id"].as_str().expect("an id")));
        let seen = app.get(&path).by(&world.inspector).await.ok();
        assert_eq!(seen["finder"], Value::Null);
        assert!(!seen.to_string().contains("\"worker\""), "{seen:#}");
        let inside = app.get(&path).by(factory.officer()).await.ok();
        assert_eq!(inside["finder"], "worker");
        for queue in ["found", "found_by_workers"] {
            let query = format!("/cases?queue={queue}&from=2026-01-01&to=2026-12-31");
            assert_eq!(app.get(&factory.at(&query)).by(&world.inspector).await.status, 403);
            assert_eq!(app.get(&factory.at(&query)).by(factory.officer()).await.status, 200);
            let file = query.replace("/cases?", "/cases/export?");
            let exported = app.get(&factory.at(&file)).by(&world.inspector).await.status;
            assert_eq!(exported, 403);
        }
    }

    async fn a_role_on_one_area_leads_to_work_there_and_a_voice_is_not_for_everybody(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let access = factory.administrator().caller.enter(&app.app, factory.id).await.expect("home");
        let there = Grant { role: Role::WorkerRepresentative, place: Place::Area(factory.paint_shop) };
        let login = join(&app, &access, "paint-rep", there).await;
        let session = app.get("/api/v1/session").by(&login).await.ok();
        assert_eq!(session["permissions"], json!([]));
        let somewhere = session["somewhere"].as_array().expect("a list");
        assert!(somewhere.contains(&json!("case_read")) && !somewhere.contains(&json!("case_triage")));

        let confided = report(&factory.codes[2], "in_confidence", 1);
        app.post("/api/v1/reports").json(&confided.body).await.expect("201");
        let elsewhere = report(&factory.codes[0], "in_confidence", 2);
        app.post("/api/v1/reports").json(&elsewhere.body).await.expect("201");
        app.post(&factory.at("/intake/release")).by(factory.officer()).await.ok();
        let plain = report(&factory.codes[2], "named", 3);
        app.post("/api/v1/reports").json(&plain.body).await.expect("201");
        let clip = app.put("/api/v1/reports/attachments/v1.ogg").header("report-lookup", &plain.lookup);
        clip.bytes(voice_clip()).await.expect("204");

        let queue = factory.at("/cases?queue=confided");
        let items = |page: &Value| page["items"].as_array().expect("items").len();
        assert_eq!(items(&app.get(&queue).by(&login).await.ok()), 1, "of the own area alone");
        let representative = factory.by(Role::WorkerRepresentative);
        assert_eq!(items(&app.get(&queue).by(representative).await.ok()), 2);
        for role in [Role::Manager, Role::SafetyOfficer, Role::EitMember] {
            assert_eq!(app.get(&queue).by(factory.by(role)).await.status, 403, "{role:?}");
        }
        assert_eq!(app.get(&queue).by(&world.inspector).await.status, 403);

        let list = app.get(&factory.at("/cases?queue=all")).by(factory.officer()).await.ok();
        let all = list["items"].as_array().expect("items");
        let case = all.iter().find(|it| it["voice"] == "named").expect("the named one");
        let path = factory.at(&format!("/cases/{}", case["id"].as_str().expect("an id")));
        for (login, hears) in [(factory.officer(), true), (&world.inspector, false), (factory.member(), false)] {
            let seen = app.get(&path).by(login).await.ok();
            assert_eq!(seen["attachments"].as_array().expect("a list").len(), usize::from(hears));
            let heard = app.get(&format!("{path}/attachments/v1.ogg")).by(login).await;
            assert_eq!(heard.status, if hears { 200 } else { 404 });
        }
    }

    async fn an_administrator_sees_how_the_server_does(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let sent = report(&factory.codes[1], "named", 1);
        app.post("/api/v1/reports").json(&sent.body).await.expect("201");
        let path = factory.at("/health");
        let health = app.get(&path).by(factory.administrator()).await.ok();
        assert_eq!(health["unsequenced"], 1);
        assert_eq!((&health["backup_at"], &health["jobs_failed"]), (&Value::Null, &json!(0)));
        assert!(number(&health["size"]) > 10_000 && health["version"].is_string());
        hezuo_app::ledger::sequence(&app.app).await.expect("a chain");
        let at = app.app.now();
        hezuo_app::health::note_backup(&app.app, at, 4_096, &[]).await.expect("noted");
        let health = app.get(&path).by(factory.administrator()).await.ok();
        assert_eq!((&health["unsequenced"], &health["backup_size"]), (&json!(0), &json!(4_096)));
        assert_eq!(health["backup_at"], at.to_string());
        assert_eq!(health["database"], app.app.db.kind());
    }
}
