//! "Not to my manager": what is kept apart from the team is seen by its reader alone, in whatever way
//! somebody looks, until the reader hands it on as the reporter wishes.

use hezuo_domain::people::Role;
use hezuo_domain::permissions::Permission;
use hezuo_store::on_both_databases;
use hezuo_testkit::{Factory, Login, TestApp, World, picture, report, voice_clip, world};
use serde_json::{Value, json};

use crate::operations::{Need, Operation, documented, operations as all_operations, readable};

/// The operations of this part.
pub(crate) fn operations() -> Vec<Operation> {
    let of = |id, need, body| Operation { id, need, body };
    let meant = Need::Meant(Permission::ApartRead);
    vec![
        of("list_looks", Need::Inside(Permission::AccountWatch), |_| {
            Value::Null
        }),
        of("list_apart_waiting", Need::Login, |_| Value::Null),
        of("list_apart", Need::Inside(Permission::ApartRead), |_| {
            Value::Null
        }),
        of("find_apart", meant, |_| Value::Null),
        of("find_apart_attachment", meant, |_| Value::Null),
        of(
            "ask_apart",
            meant,
            |_| json!({"id": "0b0f7c9e-0f3b-4c57-9d5e-3f1f0c2b7a13", "text": "May I tell the team?"}),
        ),
        of(
            "end_apart",
            meant,
            |_| json!({"version": 1, "end": {"type": "answer", "text": "I spoke with the foreman."}}),
        ),
    ]
}

/// A report with a picture that is kept apart for the worker representative; its id.
pub(crate) async fn kept(app: &TestApp, factory: &Factory) -> String {
    let number = 2_000 + u64::from(factory.id.0.as_bytes()[0]);
    let mut sent = report(&factory.codes[1], "named", number);
    sent.body["reader"] = json!("representative");
    sent.body["name"] = json!(format!("Li Hong {}", factory.short_code));
    let body = &sent.body;
    app.post("/api/v1/reports").json(body).await.expect("201");
    let picture_of = app.put("/api/v1/reports/attachments/p1.jpg");
    let picture_of = picture_of.header("report-lookup", &sent.lookup);
    picture_of.bytes(picture()).await.expect("204");
    only(app, factory, factory.by(Role::WorkerRepresentative)).await
}

/// The id of the one report that somebody finds kept apart for him.
async fn only(app: &TestApp, factory: &Factory, reader: &Login) -> String {
    let list = app.get(&factory.at("/apart")).by(reader).await.ok();
    let items = list["items"].as_array().expect("items");
    assert_eq!(items.len(), 1, "{list}");
    items[0]["id"].as_str().expect("an id").to_owned()
}

/// Words by which anything of a report would be known again.
const WORDS: [&str; 3] = ["Goldammer", "费国强", "a Zaunkoenig"];

/// A report for one reader or for the team, with a name, a picture and a recording.
pub(crate) struct Kept {
    pub(crate) reader: &'static str,
    pub(crate) voice: &'static str,
    pub(crate) danger: bool,
}

impl Kept {
    /// Sends it; its look-up value.
    pub(crate) async fn send(&self, app: &TestApp, factory: &Factory) -> String {
        let length = self.reader.len() * 10 + self.voice.len();
        let number = 3_000 + length as u64 + u64::from(self.danger) * 500;
        let mut sent = report(&factory.codes[0], self.voice, number);
        sent.body["text"] = json!(format!("{} was hit by the foreman", WORDS[0]));
        sent.body["name"] = json!(WORDS[1]);
        sent.body["reader"] = json!(self.reader);
        sent.body["danger"] = json!(self.danger);
        sent.body["finder"] = json!("worker");
        sent.body["attachments"] = json!(["p1.jpg", "v1.ogg"]);
        let body = &sent.body;
        app.post("/api/v1/reports").json(body).await.expect("201");
        for (name, bytes) in [("p1.jpg", picture()), ("v1.ogg", voice_clip())] {
            let upload = app.put(&format!("/api/v1/reports/attachments/{name}"));
            let upload = upload.header("report-lookup", &sent.lookup).bytes(bytes);
            upload.await.expect("204");
        }
        sent.lookup
    }
}

/// Everybody who is logged in anywhere, but for the readers.
fn others<'a>(world: &'a World, reader: &str) -> Vec<(&'static str, &'a Login)> {
    let factory = &world.factory;
    let role = |role: &Role| (role.as_str(), factory.by(*role));
    let mut all: Vec<(&str, &Login)> = Role::ALL.iter().map(role).collect();
    all.push(("second member", &factory.second_member));
    all.push(("bystander", &factory.bystander));
    all.push(("bureau", &world.bureau));
    all.push(("county's inspector", &world.inspector));
    all.push(("another county's inspector", &world.far_inspector));
    let others = world.other.logins.iter();
    all.extend(others.map(|login| ("another factory", login)));
    let itself = match reader {
        "representative" => Some("worker_representative"),
        "inspector" => Some("county's inspector"),
        _ => None,
    };
    all.retain(|(who, _)| Some(*who) != itself);
    all
}

/// What somebody gets who asks for everything that can be read, and for the report by its id wherever an
/// id is asked for.
pub(crate) async fn answers(
    app: &TestApp,
    world: &World,
    reader: &str,
    id: &str,
) -> Vec<(String, String)> {
    let factory = &world.factory;
    let document = serde_json::to_value(hezuo_api::openapi()).expect("JSON");
    let known = all_operations();
    let mut paths: Vec<String> = Vec::new();
    for it in documented(&document) {
        let is_listed = known.iter().any(|one| one.id == it.id);
        if it.is_public || !is_listed || it.method != axum::http::Method::GET {
            continue;
        }
        let mut path = it.path.replace("{enterprise}", &factory.id.to_string());
        path = path.replace("{name}", "p1.jpg");
        while let (Some(from), Some(to)) = (path.find('{'), path.find('}')) {
            path.replace_range(from..=to, id);
        }
        paths.push(path);
    }
    for queue in ["triage", "open", "danger", "confided", "ended", "all"] {
        paths.push(factory.at(&format!("/cases?queue={queue}")));
        paths.push(factory.at(&format!("/cases/export?queue={queue}&format=csv")));
    }
    let mut seen = Vec::new();
    for path in paths {
        for (who, login) in others(world, reader) {
            let answer = readable(&app.get(&path).by(login).await);
            seen.push((format!("{who} {path}"), answer));
        }
    }
    let posted = app.get(&format!("/r/{}/done", factory.codes[0])).await;
    seen.push(("a stranger".to_owned(), posted.text()));
    seen
}

/// An answer without instants and hashes, which change by themselves.
pub(crate) fn steady(text: &str) -> String {
    let is_word = |char: char| char.is_alphanumeric();
    let changes = |word: &&str| {
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        digits >= 4 && word.len() > 8
    };
    text.split(|char: char| !is_word(char))
        .filter(|word| !changes(word))
        .collect::<Vec<_>>()
        .join(" ")
}

pub(crate) fn gives_away(answers: &[(String, String)], id: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (asked, text) in answers {
        for word in WORDS.iter().chain([&id]) {
            if text.contains(word) {
                found.push(format!("{asked} gives away {word}: {text}"));
            }
        }
    }
    found
}

on_both_databases! {
    async fn what_is_kept_apart_is_seen_by_its_reader_alone(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let mut tables = Vec::new();
        for kept in [
            Kept { reader: "representative", voice: "named", danger: false },
            Kept { reader: "inspector", voice: "anonymous", danger: true },
        ] {
            let nobody = uuid::Uuid::from_u128(7).to_string();
            // That somebody looked in from outside is told too, once a day.
            answers(&app, &world, kept.reader, &nobody).await;
            hezuo_app::entrusted::write_looks(&app.app).await.expect("written");
            hezuo_app::ledger::sequence(&app.app).await.expect("a look");
            let before = answers(&app, &world, kept.reader, &nobody).await;
            let lookup = kept.send(&app, factory).await;
            // Neither the release, nor what runs by itself, makes a case of it.
            app.post(&factory.at("/intake/release")).by(factory.officer()).await.ok();
            hezuo_app::intake::release_due(&app.app).await.expect("a look");
            hezuo_app::notices::tell_owners(&app.app).await.expect("a look");
            hezuo_app::ledger::sequence(&app.app).await.expect("a look");
            let reader = match kept.reader {
                "representative" => factory.by(Role::WorkerRepresentative),
                _ => &world.inspector,
            };
            let id = only(&app, factory, reader).await;
            let after = answers(&app, &world, kept.reader, &id).await;
            assert_eq!(gives_away(&after, &id), Vec::<String>::new());
            assert_eq!(before.len(), after.len());
            for ((asked, was), (_, is)) in before.iter().zip(&after) {
                assert_eq!(steady(was), steady(is), "{asked} differs");
            }
            let path = |tail: &str| factory.at(&format!("/apart/{id}{tail}"));
            let case = app.get(&path("")).by(reader).await.ok();
            assert_eq!(case["reporter"] == WORDS[1], kept.voice == "named");
            assert_eq!(case["attachments"].as_array().expect("a list").len(), 2);
            app.get(&path("/attachments/v1.ogg")).by(reader).await.expect("200");
            let body = json!({"lookup": lookup});
            let follow = app.post("/api/v1/follow-up").json(&body).await.ok();
            assert_eq!((&follow["state"], &follow["apart"]), (&json!("apart"), &json!("open")));
            // Answered, it ends with its reader.
            let end = json!({"version": 1, "end": {"type": "answer", "text": WORDS[2]}});
            app.post(&path("/end")).by(reader).json(&end).await.expect("200");
            app.post(&path("/end")).by(reader).json(&end).await.expect("409 case.stale");
            let after = answers(&app, &world, kept.reader, &id).await;
            assert_eq!(gives_away(&after, &id), Vec::<String>::new());
            let follow = app.post("/api/v1/follow-up").json(&body).await.ok();
            assert_eq!((&follow["apart"], &follow["answer"]), (&json!("answered"), &json!(WORDS[2])));
            let rows = app.fresh.dump().await;
            // One database shows an id with dashes, the other as bytes.
            let plain = |text: &str| text.replace('-', "").to_lowercase();
            let about = rows.iter().filter(|row| plain(row).contains(&plain(&id)));
            tables.extend(about.filter_map(|row| row.split(' ').next()).map(str::to_owned));
            app.fresh.tamper("DELETE FROM intake_attachment").await;
            app.fresh.tamper("DELETE FROM intake_report").await;
        }
        tables.sort();
        tables.dedup();
        let expected = ["entrusted_event", "intake_attachment", "intake_report", "report_code"];
        assert_eq!(tables, expected, "it stands nowhere else");
    }

    async fn it_goes_on_to_the_team_as_the_reporter_wishes(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let reader = factory.by(Role::WorkerRepresentative);
        for agreed in [false, true] {
            let kept = Kept { reader: "representative", voice: "in_confidence", danger: agreed };
            let lookup = kept.send(&app, factory).await;
            let id = only(&app, factory, reader).await;
            let path = |tail: &str| factory.at(&format!("/apart/{id}{tail}"));
            let words = json!({"id": app.app.random.uuid(), "text": "May I tell the team?"});
            app.post(&path("/messages")).by(reader).json(&words).await.expect("200");
            let reply = json!({"lookup": lookup, "id": app.app.random.uuid(), "text": "Decide it"});
            let said = app.post("/api/v1/follow-up/messages").json(&reply).await.ok();
            assert_eq!(said["messages"].as_array().expect("a list").len(), 2);
            let end = |agreed: bool, text: &str| json!({"version": 1,
                "end": {"type": "hand_on", "agreed": agreed, "text": text}});
            if !agreed {
                let same = format!("{} was hit by the foreman.", WORDS[0]);
                for text in ["", same.as_str()] {
                    let refused = app.post(&path("/end")).by(reader).json(&end(false, text));
                    refused.await.expect("422 apart.own_words at text");
                }
            }
            let own = if agreed { "" } else { "Somebody was hit" };
            app.post(&path("/end")).by(reader).json(&end(agreed, own)).await.expect("200");
            app.get(&path("")).by(reader).await.expect("404 not_found");
            let at = factory.at(&format!("/cases/{id}"));
            let case = app.get(&at).by(reader).await.ok();
            assert_eq!(case["voice"], if agreed { "in_confidence" } else { "anonymous" });
            assert_eq!(case["reporter"]["name"] == WORDS[1], agreed);
            assert_eq!(case["text"].as_str().expect("a text").contains(WORDS[0]), agreed);
            assert_eq!(case["finder"] == "worker", agreed);
            assert_eq!(case["attachments"] == json!([]), !agreed);
            assert_eq!(case["area_id"] == json!(null), !agreed, "the exact place");
            assert_eq!(case["events"][0]["at"], Value::Null);
            let manager = app.get(&at).by(factory.by(Role::Manager)).await.expect("200").text();
            assert!(!manager.contains("Decide it") && !manager.contains(WORDS[1]), "{manager}");
            assert!(agreed || !manager.contains(WORDS[0]), "{manager}");
            let body = json!({"lookup": lookup});
            let follow = app.post("/api/v1/follow-up").json(&body).await.ok();
            assert_eq!(follow["apart"], if agreed { "handed_on" } else { "reworded" });
            assert_eq!(follow["messages"].as_array().expect("a list").len(), 2);
            // A picture that comes late does not give away what the words no longer do.
            let late = app.put("/api/v1/reports/attachments/p2.jpg").bytes(picture());
            let late = late.header("report-lookup", &lookup).await;
            late.expect(if agreed { "204" } else { "409 apart.ended" });
        }
        let rings = app.get(&factory.at("/alarms")).by(factory.officer()).await.ok();
        assert_eq!(rings["items"].as_array().expect("a list").len(), 1, "the danger rings then");
        hezuo_app::ledger::sequence(&app.app).await.expect("a look");
        let found = hezuo_app::ledger::verify(&app.app, factory.id).await.expect("a check");
        assert_eq!((found.faults, found.pending), (Vec::new(), 0));
        let change = "UPDATE entrusted_event SET payload = 'x' WHERE act = 'reworded'";
        app.fresh.tamper(change).await;
        let found = hezuo_app::ledger::verify(&app.app, factory.id).await.expect("a check");
        assert_eq!(found.faults.len(), 1, "{:?}", found.faults);
    }

    async fn its_reader_sees_it_when_its_day_is_over_and_is_told_once(fresh) {
        let app = TestApp::changed(fresh, |app| {
            app.release = hezuo_app::intake::Release::NextDay;
        });
        let factory = &mut world(&app).await.factory;
        let calm = Kept { reader: "representative", voice: "anonymous", danger: false };
        let urgent = Kept { reader: "representative", voice: "anonymous", danger: true };
        let path = factory.at("/apart");
        let told = || hezuo_app::apart::tell_due(&app.app);
        calm.send(&app, factory).await;
        let list = app.get(&path).by(factory.by(Role::WorkerRepresentative)).await.ok();
        assert_eq!(list["items"], json!([]), "its minute would tell who spoke");
        assert_eq!(told().await.expect("a look"), 0);
        urgent.send(&app, factory).await;
        only(&app, factory, factory.by(Role::WorkerRepresentative)).await;
        assert_eq!(told().await.expect("a look"), 1, "a danger does not wait");
        assert_eq!(told().await.expect("a look"), 0, "once");
        app.clock.advance_seconds(14 * 3600);
        factory.log_in_again(&app).await;
        let reader = factory.by(Role::WorkerRepresentative);
        let list = app.get(&path).by(reader).await.ok();
        assert_eq!(list["items"].as_array().expect("items").len(), 2);
        assert_eq!(told().await.expect("a look"), 1);
        let notices = app.get(&factory.at("/notices")).by(reader).await.ok();
        assert_eq!(notices["items"].as_array().expect("a list").len(), 2);
        assert!(!notices.to_string().contains(WORDS[0]), "that there is something, not what");
        let manager = app.get(&factory.at("/notices")).by(factory.by(Role::Manager)).await.ok();
        assert_eq!(manager["items"], json!([]));
    }

    async fn who_can_be_chosen_stands_on_the_page_and_works_without_a_script(fresh) {
        let app = TestApp::on(fresh);
        let world = world(&app).await;
        let factory = &world.factory;
        let path = format!("/r/{}?lang=en", factory.codes[0]);
        let page = app.get(&path).await.expect("200").text();
        for reader in ["team\" checked", "representative\"", "inspector\""] {
            assert!(page.contains(&format!("name=\"reader\" value=\"{reader}")), "{reader}");
        }
        assert!(page.contains("may be slower"));
        let field = |name, value| {
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let form = [
            field("category", "machine"),
            field("voice", "anonymous"),
            field("reader", "inspector"),
            "--b--\r\n".to_owned(),
        ];
        let sent = app.post(&path).header("content-type", "multipart/form-data; boundary=b");
        sent.bytes(form.concat()).await.expect("200");
        only(&app, factory, &world.inspector).await;
        let waiting = app.get("/api/v1/apart").by(&world.inspector).await.ok();
        assert_eq!(waiting["items"][0]["reports"], 1);
        for login in [&world.far_inspector, factory.by(Role::Inspector), factory.officer()] {
            let waiting = app.get("/api/v1/apart").by(login).await.ok();
            assert_eq!(waiting["items"], json!([]));
        }
        // Nobody in the factory is an inspector, whatever role an administrator gives.
        let list = app.get(&factory.at("/apart")).by(factory.by(Role::Inspector)).await.ok();
        assert_eq!(list["items"], json!([]));
        // Where there is nobody there is nothing to choose.
        let nobody = "DELETE FROM role_grant WHERE role IN ('inspector', 'worker_representative')";
        app.fresh.tamper(nobody).await;
        let page = app.get(&path).await.expect("200").text();
        assert!(!page.contains("name=\"reader\""));
    }
}
