//! Somebody takes home what is held about him: all of it, nothing of others, and nothing that was ever
//! reported, by whomever.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use futures_util::StreamExt;
use hezuo_app::entrusted::write_looks;
use hezuo_app::ledger::{sequence, verify};
use hezuo_domain::own_data::{LEFT_OUT, Section};
use hezuo_domain::people::Role;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Answer, Login, TestApp, World, picture, report, world};
use serde_json::{Value, json};

use crate::life::Life;
use crate::operations::both_targets;
use crate::{apart, rewards};

const PATH: &str = "/api/v1/account/data";

/// What somebody has taken home.
struct Taken {
    files: BTreeMap<String, Vec<u8>>,
    html: String,
    data: Value,
}

impl Taken {
    fn open(answer: &Answer) -> Self {
        assert_eq!(answer.header("content-type"), "application/zip");
        let bytes = Cursor::new(answer.body.to_vec());
        let mut zip = zip::ZipArchive::new(bytes).expect("an archive");
        let mut files = BTreeMap::new();
        for at in 0..zip.len() {
            let mut file = zip.by_index(at).expect("a file");
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).expect("its bytes");
            let name = file.name().expect("a name").into_owned();
            files.insert(name, bytes);
        }
        let html = String::from_utf8(files["my-data.html"].clone()).expect("a text");
        let data = serde_json::from_slice(&files["data.json"]).expect("JSON");
        Self { files, html, data }
    }

    fn rows(&self, section: Section) -> &Vec<Value> {
        let rows = &self.data["sections"][section.as_str()]["rows"];
        rows.as_array().unwrap_or_else(|| panic!("no {section:?}"))
    }

    /// How many rows the page shows of a section.
    fn shown(&self, section: Section) -> usize {
        let from = format!("<section id=\"{}\">", section.as_str());
        let (_, rest) = self.html.split_once(&from).expect("the section");
        let (part, _) = rest.split_once("</section>").expect("its end");
        part.matches("<tr><td").count()
    }

    /// Both texts, and the names of the files.
    fn words(&self) -> String {
        let names: Vec<&str> = self.files.keys().map(String::as_str).collect();
        format!("{}\n{}\n{}", self.html, self.data, names.join("\n"))
    }

    /// What was there before it was asked for: all but the traces of asking.
    fn without_asking(&self) -> Value {
        let mut data = self.data.clone();
        data["made_at"] = Value::Null;
        for section in ["account_events", "notices"] {
            let rows = data["sections"][section]["rows"]
                .as_array_mut()
                .expect("rows");
            rows.retain(|it| it["act"] != "data_taken");
        }
        data
    }
}

async fn taken(app: &TestApp, login: &Login) -> Taken {
    Taken::open(&app.post(PATH).by(login).await.expect("200"))
}

/// Everybody who has an account anywhere.
fn everybody(world: &World) -> Vec<&Login> {
    let of_factories = world.factory.logins.iter().chain(&world.other.logins);
    let more = [
        &world.factory.second_member,
        &world.factory.bystander,
        &world.bureau,
        &world.inspector,
        &world.far_inspector,
    ];
    of_factories.chain(more).collect()
}

/// A mail address by which somebody is known again.
fn canary(login: &Login) -> String {
    format!("canary.{}@works.example", login.caller.login)
}

async fn set_mail(app: &TestApp, base: &str, login: &Login) {
    let body = json!({"address": canary(login)});
    let put = app
        .put(&format!("{base}/notices/own-mail"))
        .by(login)
        .json(&body);
    put.await.expect("204");
}

/// The words of a report that must be found nowhere.
const SAID: &str = "Goldammer beside the kiln";

/// Reports by everybody's name in each voice, for the team and kept apart, and what their readers do.
async fn speak(app: &TestApp, world: &World, names: &[String]) {
    let factory = &world.factory;
    let mut number = 7_000;
    for name in names {
        for (voice, reader) in [
            ("named", "team"),
            ("in_confidence", "team"),
            ("anonymous", "team"),
            ("named", "representative"),
            ("in_confidence", "inspector"),
        ] {
            number += 1;
            let mut sent = report(&factory.codes[1], voice, number);
            sent.body["text"] = json!(format!("{SAID} {number}"));
            sent.body["name"] = json!(name);
            sent.body["reader"] = json!(reader);
            sent.body["attachments"] = json!(["p1.jpg"]);
            app.post("/api/v1/reports")
                .json(&sent.body)
                .await
                .expect("201");
            let picture_of = app
                .put("/api/v1/reports/attachments/p1.jpg")
                .bytes(picture());
            picture_of
                .header("report-lookup", &sent.lookup)
                .await
                .expect("204");
        }
    }
    app.post(&factory.at("/intake/release"))
        .by(factory.officer())
        .await
        .ok();
}

on_both_databases! {
    async fn everybody_takes_home_what_is_his_and_nothing_of_others(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        both_targets(&app, &world).await;
        for factory in [&world.factory, &world.other] {
            for login in [factory.member(), factory.officer(), factory.by(Role::Manager)] {
                set_mail(&app, &factory.base, login).await;
            }
        }
        let all = everybody(&world);
        for login in &all {
            let taken = taken(&app, login).await;
            let words = taken.words();
            let account = &taken.rows(Section::Account)[0];
            assert_eq!(account["login"], login.caller.login.as_str());
            assert_eq!(account["name"], login.caller.name.as_str());
            for other in all.iter().filter(|it| it.user != login.user) {
                // One login is called as a role is, which many texts name.
                let is_word = Role::parse(&other.caller.login).is_some();
                let is_told = words.contains(&other.caller.login) && !is_word;
                assert!(!is_told, "{} is told of {}", login.caller.login, other.caller.login);
                assert!(!words.contains(&canary(other)));
            }
            let has_mail = taken.rows(Section::Mail).first().map(|it| it["address"].clone());
            assert!(has_mail.is_none_or(|it| it == canary(login).as_str()));
            for section in Section::ALL {
                assert_eq!(taken.rows(*section).len(), taken.shown(*section), "{section:?}");
            }
            assert!(!taken.html.contains("<script") && !taken.html.contains("http://"));
            assert!(!taken.html.contains("own_data."), "a text is missing: {}", taken.html);
            assert_eq!(taken.data["left_out"].as_object().expect("reasons").len(), LEFT_OUT.len());
        }

        let member = taken(&app, world.factory.member()).await;
        assert_eq!(member.rows(Section::Mail)[0]["address"], canary(world.factory.member()).as_str());
        assert_eq!(member.rows(Section::Projects)[0]["proposed"], true);
        assert_eq!(member.rows(Section::ProjectActs)[0]["title"], "Fewer burnt edges");
        let file = member.rows(Section::Pictures)[0]["file"].as_str().expect("a path").to_owned();
        assert!(member.files[&file].starts_with(&[0xff, 0xd8]), "a picture as it is kept");
        assert!(member.html.contains(&format!("<a href=\"{file}\">")));
        let officer = taken(&app, world.factory.officer()).await;
        let acts: Vec<&Value> = officer.rows(Section::CaseActs).iter().map(|it| &it["act"]).collect();
        assert!(acts.contains(&&json!("accept")), "{acts:?}");
        let leader = taken(&app, world.factory.by(Role::EitLeader)).await;
        assert_eq!(leader.rows(Section::RewardActs).len(), 2);
        assert_eq!(leader.rows(Section::Meetings)[0]["opened"], true);
        let administrator = taken(&app, world.factory.administrator()).await;
        assert_eq!(administrator.rows(Section::DeviceKeys).len(), 2);
        assert!(!administrator.rows(Section::AccountActs).is_empty());
    }

    // Not by a word, a count, a day or an order.
    async fn nothing_that_is_reported_changes_what_anybody_takes_home(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let all = everybody(&world);
        let mut before = Vec::new();
        for login in &all {
            before.push(taken(&app, login).await.without_asking());
        }
        let own = |login: &&&Login| login.caller.home.id == factory.id;
        let names: Vec<String> = all.iter().filter(own).map(|it| it.caller.name.clone()).collect();
        speak(&app, &world, &names).await;
        for (login, before) in all.iter().zip(before) {
            let after = taken(&app, login).await;
            assert_eq!(after.without_asking(), before, "{}", login.caller.login);
            assert!(!after.words().contains(SAID));
        }
    }

    async fn what_a_reader_does_with_what_is_kept_apart_is_not_in_his_file_either(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let reader = factory.by(Role::WorkerRepresentative);
        let before = taken(&app, reader).await.without_asking();
        let id = apart::kept(&app, factory).await;
        hezuo_app::apart::tell_due(&app.app).await.expect("told");
        let at = factory.at(&format!("/apart/{id}"));
        app.get(&at).by(reader).await.expect("200");
        let ask = json!({"id": "0b0f7c9e-0f3b-4c57-9d5e-3f1f0c2b7a13", "text": "May I tell the team?"});
        app.post(&format!("{at}/messages")).by(reader).json(&ask).await.ok();
        write_looks(&app.app).await.expect("written");
        let bell = app.get(&factory.at("/notices")).by(reader).await.ok();
        assert_eq!(bell["items"][0]["kind"], "apart", "the reader is told: {bell}");
        assert_eq!(taken(&app, reader).await.without_asking(), before);
    }

    async fn a_word_to_who_gave_no_name_and_a_reward_that_is_fetched_leave_no_day(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let reader = factory.by(Role::WorkerRepresentative);
        let mut named = String::new();
        for (number, voice) in [(1, "named"), (2, "in_confidence"), (3, "anonymous")] {
            let life = Life::begin(&app, factory, voice, number).await;
            let ask = json!({"id": format!("0b0f7c9e-0f3b-4c57-9d5e-3f1f0c2b7a{number:02}"), "text": "Since when?"});
            let path = factory.at(&format!("/cases/{}/messages", life.id));
            app.post(&path).by(reader).json(&ask).await.ok();
            if voice == "named" {
                let reference = life.seen_by(reader).await["ref"].clone();
                reference.as_str().expect("a reference").clone_into(&mut named);
            }
        }
        let (_, sent) = rewards::approved(&app, factory, "anonymous", 4, 10_000).await;
        rewards::take(&app, &sent).await.ok();
        let code = rewards::pay_code(&sent).to_string();
        rewards::pay_out(&app, factory, reader, 1, &code).await.ok();
        let taken = taken(&app, reader).await;
        assert_eq!(taken.rows(Section::Messages), &[json!({"case": named, "day": "2026-03-10"})]);
        assert_eq!(taken.rows(Section::RewardActs), &[] as &[Value], "nobody learns when a reward was fetched");
    }

    async fn acts_and_looks_are_told_from_whatever_enterprise(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let life = Life::begin(&app, &world.factory, "named", 1).await;
        life.seen_by(world.factory.officer()).await;
        for factory in [&world.factory, &world.other] {
            app.get(&factory.at("/cases")).by(&world.inspector).await.expect("200");
        }
        write_looks(&app.app).await.expect("written");
        let looks = taken(&app, &world.inspector).await;
        let mut seen: Vec<(String, String)> = looks.rows(Section::Looks).iter()
            .map(|it| (it["act"].to_string(), it["enterprise"].to_string())).collect();
        seen.sort();
        let opened = "\"factory_opened\"".to_owned();
        assert_eq!(seen, [(opened.clone(), "\"Factory a\"".to_owned()), (opened, "\"Factory b\"".to_owned())]);
        let looks = taken(&app, world.factory.officer()).await;
        assert_eq!(looks.rows(Section::Looks)[0]["act"], "name_read");
        assert_eq!(taken(&app, &world.far_inspector).await.rows(Section::Looks).len(), 0);
    }

    async fn it_is_told_to_the_owner_alone_and_takes_more_than_an_open_session(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let member = factory.member();
        app.fresh.tamper("UPDATE login_session SET proved_at = 0").await;
        app.post(PATH).by(member).await.expect("403 session.step_up");
        let proof = json!({"password": hezuo_testkit::PASSWORD});
        app.post("/api/v1/session/proof").by(member).json(&proof).await.expect("204");
        app.clock.advance_seconds(5 * 60);
        app.post(PATH).by(member).await.expect("403 session.step_up");
        let nobody = app.get(&factory.at("/notices")).by(member).await.ok();
        assert_eq!(nobody["unread"], 0, "what was refused was not taken");

        app.post("/api/v1/session/proof").by(member).json(&proof).await.expect("204");
        for _ in 0..3 {
            taken(&app, member).await;
        }
        app.post(PATH).by(member).await.expect("429 own_data.limited");
        let told = app.get(&factory.at("/notices")).by(member).await.ok();
        assert_eq!((&told["unread"], &told["items"][0]["act"]), (&json!(3), &json!("data_taken")));
        let own = app.get("/api/v1/account").by(member).await.ok();
        assert_eq!(own["events"][0]["act"], "data_taken");
        for watcher in [factory.administrator(), factory.by(Role::WorkerRepresentative)] {
            let events = app.get(&factory.at("/account-events")).by(watcher).await.ok();
            assert_eq!(events["items"], json!([]), "nobody else is told");
            let bell = app.get(&factory.at("/notices")).by(watcher).await.ok();
            assert_eq!(bell["items"], json!([]));
        }
        sequence(&app.app).await.expect("placed");
        assert!(verify(&app.app, factory.id).await.expect("a look").faults.is_empty());

        app.clock.advance_seconds(3600);
        app.post("/api/v1/session/proof").by(member).json(&proof).await.expect("204");
        taken(&app, member).await;
        let disable = app.post(&factory.at(&format!("/users/{}/disable", member.user)));
        app.fresh.tamper("UPDATE login_session SET proved_at = 9000000000000000").await;
        disable.by(factory.administrator()).await.expect("204");
        app.post(PATH).by(member).await.expect("401 session.expired");
        app.post(PATH).await.expect("401 session.expired");
    }

    async fn it_comes_piece_by_piece_in_the_reader_s_language(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let project = crate::projects::proposed(&app, factory, &[]).await;
        let project = project["id"].as_str().expect("a project");
        for number in 0..3 {
            let path = factory.at(&format!("/projects/{project}/pictures/p{number}.jpg"));
            app.put(&path).by(factory.member()).bytes(picture()).await.expect("204");
        }
        let mut pieces = app.post(PATH).by(factory.member()).pieces().await;
        let mut count = 0;
        while let Some(piece) = pieces.next().await {
            assert!(!piece.expect("a piece").is_empty());
            count += 1;
        }
        assert!(count >= 4, "the texts and each picture by itself: {count}");

        let chinese = app.post(PATH).by(factory.member()).header("accept-language", "zh-CN");
        let answer = chinese.await.expect("200");
        assert!(answer.header("content-disposition").contains(".zip"));
        let chinese = Taken::open(&answer);
        assert!(chinese.html.contains("<html lang=\"zh-CN\">") && chinese.html.contains("个人和账号"));
        assert!(!chinese.html.contains("own_data."), "a text is missing: {}", chinese.html);
        assert_eq!(chinese.data["sections"]["notices"]["kept"]["months"], 12);
        assert_eq!(chinese.rows(Section::Pictures).len(), 3);
        assert_eq!(chinese.files.len(), 5);
        let english = taken(&app, factory.member()).await;
        let keys = |it: &Taken| it.data["sections"].as_object().expect("sections").keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&chinese), keys(&english), "keys are the same in every language");
    }
}
