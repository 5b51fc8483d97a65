//! Improvement projects from a case to a verified saving that counts, and back.

use hezuo_domain::Scope;
use hezuo_domain::boards::Periods;
use hezuo_domain::people::Role;
use hezuo_domain::time::Day;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Call, Factory, Login, TestApp, again, picture, report, world};
use serde_json::{Value, json};

use crate::exports::rows;

/// A key that is different for each place and content.
fn key(of: &str) -> String {
    let digest = hezuo_domain::commitment::digest(of.as_bytes());
    let hex = hezuo_domain::commitment::hex(&digest);
    let part = |from: usize, to: usize| &hex[from..to];
    format!(
        "{}-{}-4{}-8{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 15),
        part(15, 18),
        part(18, 30)
    )
}

/// A proposal as a client sends it.
pub(crate) fn proposal(factory: &Factory, title: &str, cases: &[&str]) -> Value {
    json!({
        "id": key(&format!("{}{title}", factory.id)), "title": title, "theme": "quality",
        "area_id": factory.workshop, "owner_id": factory.by(Role::EitLeader).person,
        "due_day": "2026-05-01", "problem": "One edge in twenty is burnt",
        "measure": "A stop on the guide", "whys": ["The guide moves", "It has no stop"],
        "cases": cases,
    })
}

/// A project that a member proposed.
pub(crate) async fn proposed(app: &TestApp, factory: &Factory, cases: &[&str]) -> Value {
    let body = proposal(factory, "Fewer burnt edges", cases);
    let call = app.post(&factory.at("/projects")).by(factory.member());
    call.json(&body).await.ok()
}

/// The call that takes a step in a project's present version.
async fn step(app: &TestApp, factory: &Factory, id: &str, by: &Login, action: Value) -> Call {
    let path = factory.at(&format!("/projects/{id}"));
    let seen = app.get(&path).by(by).await.ok();
    let version = &seen["version"];
    let body =
        json!({"id": key(&format!("{id}{version}{action}")), "version": version, "action": action});
    app.post(&format!("{path}/actions")).by(by).json(&body)
}

async fn take(app: &TestApp, factory: &Factory, id: &str, by: &Login, action: Value) -> Value {
    step(app, factory, id, by, action).await.await.ok()
}

/// Plans a project, begins it and says that it is done.
pub(crate) async fn finished(app: &TestApp, factory: &Factory, id: &str) {
    let steps = [
        json!({"type": "plan"}),
        json!({"type": "start"}),
        json!({"type": "finish", "note": "So"}),
    ];
    for action in steps {
        take(app, factory, id, factory.member(), action).await;
    }
}

/// A saving of this many thousandths at 3.80 each, three hundred times.
fn saving(stage: &str, quantity_milli: i64, yearly: bool) -> Value {
    json!({"type": "saving", "stage": stage, "saving": {
        "formula": "pieces a day × cost of one × working days", "quantity_milli": quantity_milli,
        "price_minor": 380, "times": 300, "from_day": "2026-01-01", "to_day": "2026-12-31",
        "yearly": yearly,
    }})
}

fn figure(board: &Value, currency: &Value) -> Value {
    let figures = board["figures"].as_array().expect("figures");
    let fits = |it: &&Value| it["name"] == "saving" && it["currency"] == *currency;
    figures.iter().find(fits).cloned().unwrap_or_default()
}

async fn board(app: &TestApp, factory: &Factory, weeks: i64) -> Value {
    let manager = again(app, factory, factory.by(Role::Manager)).await;
    let path = factory.at(&format!("/board?weeks={weeks}"));
    app.get(&path).by(&manager).await.ok()
}

async fn case(app: &TestApp, factory: &Factory, number: u64) -> Value {
    let sent = report(&factory.codes[1], "named", number);
    app.post("/api/v1/reports")
        .json(&sent.body)
        .await
        .expect("201");
    let seen = app
        .put("/api/v1/reports/attachments/p1.jpg")
        .header("report-lookup", &sent.lookup);
    seen.bytes(picture()).await.expect("204");
    let list = app
        .get(&factory.at("/cases"))
        .by(factory.officer())
        .await
        .ok();
    list["items"][0].clone()
}

on_both_databases! {
    async fn a_case_becomes_a_project_whose_verified_saving_counts(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let (leader, member) = (factory.by(Role::EitLeader), factory.member());
        let case = case(&app, factory, 1).await;
        let case_id = case["id"].as_str().expect("an id");
        let of_case = factory.at(&format!("/cases/{case_id}/projects"));
        let none = app.get(&of_case).by(member).await.ok();
        assert_eq!((&none["items"], &none["may_propose"]), (&json!([]), &json!(true)));

        let made = proposed(&app, factory, &[case_id]).await;
        let again = proposed(&app, factory, &[case_id]).await;
        assert_eq!(again, made, "the same proposal twice is one project");
        let id = made["id"].as_str().expect("an id");
        assert_eq!((&made["state"], &made["version"]), (&json!("proposed"), &json!(1)));
        assert_eq!(made["cases"][0]["ref"], case["ref"]);
        assert_eq!(made["pictures"], json!([{"name": "c1.jpg", "stage": "before", "beside": null}]));
        assert_eq!(made["whys"], json!(["The guide moves", "It has no stop"]));
        assert_eq!(made["owner_name"], "a-eit_leader");
        // Both sides show it; the inspector and the representative read it, and do not write.
        let line = app.get(&of_case).by(&world.inspector).await.ok();
        assert_eq!((&line["items"][0]["id"], &line["may_propose"]), (&made["id"], &json!(false)));
        let representative = factory.by(Role::WorkerRepresentative);
        let seen = app.get(&factory.at(&format!("/projects/{id}"))).by(representative).await.ok();
        assert_eq!(seen["actions"], json!([]));

        // A saving is what was reckoned, not what somebody says it comes to.
        let hoped = take(&app, factory, id, member, saving("target", 2_500, true)).await;
        assert_eq!(hoped["savings"][0]["minor"], 285_000);
        let early = step(&app, factory, id, member, saving("actual", 2_500, true)).await;
        early.await.expect("409 project.not_allowed");
        finished(&app, factory, id).await;
        take(&app, factory, id, member, json!({"type": "cost", "target_minor": 90_000, "actual_minor": 81_000})).await;
        take(&app, factory, id, member, saving("actual", 2_000, true)).await;
        let path = factory.at(&format!("/projects/{id}/pictures/after.jpg?beside=c1.jpg"));
        app.put(&path).by(member).bytes(picture()).await.expect("204");
        let path = factory.at(&format!("/projects/{id}/pictures/b.jpg?beside=nothing.jpg"));
        app.put(&path).by(member).bytes(picture()).await.expect("422 input.invalid at beside");
        assert_eq!(figure(&board(&app, factory, 4).await, &Value::Null)["numerator"], 0);

        // Neither the owner nor whoever entered the saving may verify it.
        for who in [leader, member] {
            let own = step(&app, factory, id, who, json!({"type": "verify"})).await;
            own.await.expect("403 project.second_person");
        }
        let verified = take(&app, factory, id, factory.officer(), json!({"type": "verify"})).await;
        assert_eq!((&verified["state"], &verified["verified_name"]), (&json!("verified"), &json!("a-safety_officer")));
        assert_eq!(verified["pictures"][1], json!({"name": "after.jpg", "stage": "after", "beside": "c1.jpg"}));
        let late = factory.at(&format!("/projects/{id}/pictures/late.jpg"));
        app.put(&late).by(member).bytes(picture()).await.expect("409 project.not_allowed");
        let kinds: Vec<&str> = verified["events"].as_array().expect("events").iter()
            .map(|it| it["kind"].as_str().expect("a kind")).collect();
        assert_eq!(kinds, ["propose", "saving", "plan", "start", "finish", "cost", "saving", "verify"]);
        assert_eq!(verified["events"][7]["actor_name"], "a-safety_officer");

        let counted = figure(&board(&app, factory, 4).await, &json!("CNY"));
        assert_eq!(counted["numerator"], 228_000);
        let reopen = json!({"type": "reopen", "reason": "The stop broke"});
        let open = take(&app, factory, id, member, reopen).await;
        assert_eq!((&open["state"], &open["verified_day"]), (&json!("under_way"), &Value::Null));
        let board = board(&app, factory, 4).await;
        assert_eq!(figure(&board, &json!("CNY"))["numerator"], 0, "taken back");
    }

    async fn steps_are_refused_where_they_must_be(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let (factory, member) = (&world.factory, world.factory.member());
        let projects = factory.at("/projects");
        let propose = |change: Value| {
            let mut body = proposal(factory, "Another", &[]);
            for (name, value) in change.as_object().expect("fields") {
                body[name] = value.clone();
            }
            body["id"] = json!(key(&body.to_string()));
            app.post(&projects).by(member).json(&body)
        };
        let foreign = world.other.workshop;
        propose(json!({"title": " "})).await.expect("422 input.missing at title");
        propose(json!({"theme": "profit"})).await.expect("422 input.invalid at theme");
        propose(json!({"area_id": foreign})).await.expect("422 input.invalid at area");
        propose(json!({"owner_id": world.other.member().person})).await.expect("422 input.invalid at owner");
        propose(json!({"team_id": foreign})).await.expect("422 input.invalid at team");
        propose(json!({"cases": [foreign]})).await.expect("422 input.invalid at cases");
        propose(json!({"whys": ["a", "", "c"]})).await.expect("422 input.missing at whys");

        let made = propose(json!({"owner_id": null})).await.ok();
        let id = made["id"].as_str().expect("an id");
        let try_it = async |action: Value| step(&app, factory, id, member, action).await.await.outcome();
        assert_eq!(try_it(json!({"type": "plan"})).await, "422 input.missing at owner");
        assert_eq!(try_it(json!({"type": "start"})).await, "409 project.not_allowed");
        assert_eq!(try_it(json!({"type": "stop", "reason": " "})).await, "422 project.reason_missing at reason");
        assert_eq!(try_it(json!({"type": "link", "case": foreign})).await, "422 input.invalid at case");
        assert_eq!(try_it(json!({"type": "unlink", "case": foreign})).await, "422 input.invalid at case");
        let path = factory.at(&format!("/projects/{id}/actions"));
        let stale = json!({"id": key("stale"), "version": 7, "action": {"type": "stop", "reason": "x"}});
        app.post(&path).by(member).json(&stale).await.expect("409 project.stale");
        assert_eq!(try_it(json!({"type": "stop", "reason": "Too dear"})).await, "200");
        let copies = factory.at(&format!("/projects/{id}/copies"));
        let copy = json!({"id": key("copy"), "area_id": factory.paint_shop});
        app.post(&copies).by(member).json(&copy).await.expect("409 project.not_allowed");
        let voice = factory.at(&format!("/projects/{id}/pictures/v.ogg"));
        app.put(&voice).by(member).bytes(hezuo_testkit::voice_clip()).await.expect("409 project.not_allowed");
        // Another factory's people do not even learn that it is there.
        let elsewhere = app.get(&factory.at(&format!("/projects/{id}"))).by(world.other.member());
        elsewhere.await.expect("404 not_found");
    }

    async fn what_worked_is_repeated_elsewhere_and_both_say_so(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let (factory, member) = (&world.factory, world.factory.member());
        let made = proposed(&app, factory, &[]).await;
        let id = made["id"].as_str().expect("an id");
        finished(&app, factory, id).await;
        let copies = factory.at(&format!("/projects/{id}/copies"));
        let here = json!({"id": key("here"), "area_id": factory.workshop});
        app.post(&copies).by(member).json(&here).await.expect("422 input.invalid at area");
        let there = json!({"id": key("there"), "area_id": factory.paint_shop});
        let copy = app.post(&copies).by(member).json(&there).await.ok();
        let again = app.post(&copies).by(member).json(&there).await.ok();
        assert_eq!((&copy["id"], &again["id"]), (&there["id"], &there["id"]));
        assert_eq!((&copy["origin"]["id"], &copy["state"]), (&made["id"], &json!("proposed")));
        assert_eq!((&copy["area_name"], &copy["owner_id"]), (&json!("Paint shop"), &Value::Null));
        let origin = app.get(&factory.at(&format!("/projects/{id}"))).by(member).await.ok();
        assert_eq!(origin["replicas"].as_array().map(Vec::len), Some(1));
        assert_eq!(origin["replicas"][0]["id"], copy["id"]);
        let counts = app.get(&factory.at("/projects/counts")).by(member).await.ok();
        assert_eq!(counts["items"][0], json!({"state": "proposed", "n": 1}));
        assert_eq!(counts["items"][3], json!({"state": "done", "n": 1}));
        for (query, wanted) in [
            ("state=done".to_owned(), vec![&made["id"]]),
            (format!("area={}", factory.paint_shop), vec![&copy["id"]]),
            ("state=stopped".to_owned(), vec![]),
        ] {
            let list = app.get(&factory.at(&format!("/projects?{query}"))).by(member).await.ok();
            let ids: Vec<&Value> = list["items"].as_array().expect("items").iter().map(|it| &it["id"]).collect();
            assert_eq!(ids, wanted, "{query}");
        }
    }

    async fn the_money_saved_is_a_plain_sum_and_leads_to_its_projects(fresh) {
        let app = TestApp::on(fresh);
        let mut world = world(&app).await;
        let mut made = Vec::new();
        // Verified on days all over half a year, some without a saving, some in another currency,
        // some reopened.
        for number in 0..14_i64 {
            let factory = &world.factory;
            let mut body = proposal(factory, &format!("Project {number}"), &[]);
            body["currency"] = json!(if number % 5 == 4 { "USD" } else { "CNY" });
            let project = app.post(&factory.at("/projects")).by(factory.member()).json(&body).await.ok();
            let id = project["id"].as_str().expect("an id").to_owned();
            finished(&app, factory, &id).await;
            if number % 4 != 3 {
                take(&app, factory, &id, factory.member(), saving("actual", 100 + 7 * number, number % 2 == 0)).await;
            }
            if number % 6 != 5 {
                take(&app, factory, &id, factory.officer(), json!({"type": "verify"})).await;
            }
            if number % 7 == 6 {
                take(&app, factory, &id, factory.member(), json!({"type": "reopen", "reason": "Again"})).await;
            }
            made.push(id);
            app.clock.advance_seconds(13 * 86_400);
            world.factory.log_in_again(&app).await;
        }
        let factory = &world.factory;
        let mut projects = Vec::new();
        for id in &made {
            let path = factory.at(&format!("/projects/{id}"));
            projects.push(app.get(&path).by(factory.officer()).await.ok());
        }
        let mut seen = 0;
        for weeks in [4, 12, 26] {
            let board = board(&app, factory, weeks).await;
            let today: Day = board["today"].as_str().expect("a day").parse().expect("a day");
            let now = Periods::of(today, weeks).now;
            let actual = |it: &Value| {
                let savings = it["savings"].as_array().expect("savings");
                savings.iter().find(|it| it["stage"] == "actual").map(|it| it["minor"].as_i64().expect("minor"))
            };
            for currency in ["CNY", "USD"] {
                let counts = |it: &&Value| {
                    let day: Option<Day> = it["verified_day"].as_str().map(|day| day.parse().expect("a day"));
                    it["state"] == "verified" && it["currency"] == currency && actual(it).is_some()
                        && day.is_some_and(|day| now.from <= day && day <= now.to)
                };
                let counted: Vec<&Value> = projects.iter().filter(counts).collect();
                let sum: i64 = counted.iter().copied().filter_map(actual).sum();
                let figure = figure(&board, &json!(currency));
                if counted.is_empty() {
                    assert!(matches!(figure["numerator"].as_i64(), None | Some(0)));
                    continue;
                }
                seen += counted.len();
                assert_eq!(figure["numerator"], sum, "{currency} over {weeks} weeks");
                let list = &figure["projects"];
                let query = format!("from={}&to={}&currency={}", list["from"].as_str().expect("a day"),
                    list["to"].as_str().expect("a day"), list["currency"].as_str().expect("a currency"));
                let mut listed: Vec<Value> = Vec::new();
                let mut cursor = String::new();
                loop {
                    let path = factory.at(&format!("/projects?{query}&limit=2&cursor={cursor}"));
                    let page = app.get(&path).by(factory.officer()).await.ok();
                    listed.extend(page["items"].as_array().expect("items").iter().map(|it| it["id"].clone()));
                    match page["next_cursor"].as_str() {
                        Some(next) => next.clone_into(&mut cursor),
                        None => break,
                    }
                }
                let mut wanted: Vec<Value> = counted.iter().map(|it| it["id"].clone()).collect();
                wanted.reverse();
                assert_eq!(listed, wanted, "newest first");
            }
        }
        assert!(seen > 8, "there was something to count: {seen}");
        // Who reads sums but no projects gets the number and no way there.
        let county = app.get(&factory.at("/board?weeks=26")).by(factory.by(Role::CountyOfficer)).await.ok();
        let theirs = figure(&county, &json!("CNY"));
        assert!(theirs["numerator"].as_i64() > Some(0) && theirs["projects"].is_null());
        let scope = Scope::Enterprise(factory.id);
        let mut tx = app.app.db.read(&scope).await.expect("a transaction");
        let counted = hezuo_store::tallies::everything(&mut tx).await.expect("counts");
        drop(tx);
        hezuo_app::tallies::rebuild(&app.app, factory.id).await.expect("rebuilt");
        let mut tx = app.app.db.read(&scope).await.expect("a transaction");
        assert_eq!(hezuo_store::tallies::everything(&mut tx).await.expect("counts"), counted);
    }

    async fn projects_leave_as_a_table(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let case = case(&app, factory, 1).await;
        let made = proposed(&app, factory, &[case["id"].as_str().expect("an id")]).await;
        let id = made["id"].as_str().expect("an id");
        finished(&app, factory, id).await;
        take(&app, factory, id, factory.member(), saving("actual", 2_000, true)).await;
        let mut other = proposal(factory, "=1+1", &[]);
        other["theme"] = json!("safety");
        app.post(&factory.at("/projects")).by(factory.member()).json(&other).await.ok();
        let export = |query: &str| {
            let path = factory.at(&format!("/projects/export?{query}"));
            app.get(&path).by(factory.officer())
        };
        let english = export("lang=en").await.expect("200");
        let table = rows(&english);
        assert_eq!(table[0][..4], ["Reference", "Title", "Theme", "State"]);
        let at = |name: &str| table[0].iter().position(|it| it == name).expect(name);
        let line = table.iter().find(|row| row[0] == made["ref"].as_str().expect("a ref")).expect("it");
        assert_eq!(line[3], "To be verified");
        assert_eq!(line[at("Saving: actual")], "2280", "in whole units, as a number");
        assert_eq!(line[at("Saving that counts")], "", "not before it is verified");
        assert_eq!(line[at("Once or yearly")], "every year");
        assert_eq!(line[at("Due on")], "2026-05-01");
        assert_eq!(line[at("Cases")], case["ref"].as_str().expect("a ref"));
        take(&app, factory, id, factory.officer(), json!({"type": "verify"})).await;
        let chinese = rows(&export("lang=zh-CN&state=verified").await.expect("200"));
        assert_eq!(chinese.len(), 2, "only the verified one");
        assert_eq!((chinese[0][1].as_str(), chinese[1][3].as_str()), ("项目名称", "已验收"));
        assert_eq!(chinese[1][at("Saving that counts")], "2280");
        let csv = export("format=csv&lang=en").await.expect("200").text();
        assert!(csv.starts_with("\u{feff}Reference,Title") && csv.contains(",'=1+1,"), "{csv}");
    }
}
