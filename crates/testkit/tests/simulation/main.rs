//! Phones over a link that loses, doubles and reorders, a server that dies between any two of its steps, and
//! a clock that jumps: played in one thread over the real rules, each run from one seed. A seed that fails
//! is named, and plays the same again: `HEZUO_SEED=n HEZUO_SEEDS=1`.

#![expect(clippy::unwrap_used, reason = "a test that can't go on stops")]

mod phone;
mod vectors;

use std::sync::Arc;

use axum::http::Method;
use hezuo_app::reports::{Submission, enter, follow_up, prepare, write};
use hezuo_app::{halt, ledger, tallies};
use hezuo_domain::Scope;
use hezuo_domain::cases::{Category, Source, Voice};
use hezuo_domain::commitment::{digest, hex, unhex};
use hezuo_domain::report_code::Lookup;
use hezuo_domain::reports::Report;
use hezuo_domain::time::Instant;
use hezuo_domain::uploads::PART;
use hezuo_store::{cases, intake};
use hezuo_testkit::{Factory, START, TestApp, large_picture, picture, world};
use serde_json::{Value, json};

/// Seeds that share a database; more would make it slow, fewer would only make databases.
const SHARED: u64 = 250;

fn size(name: &str, default: u64) -> u64 {
    #[expect(clippy::disallowed_methods, reason = "the size of a run is a setting")]
    let set = std::env::var(name);
    set.map_or(default, |text| text.parse().unwrap())
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % end as u64).unwrap()
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// A mistake that the run must see.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Plant {
    None,
    /// The server says "received" and then dies before its commit.
    Hasty,
    /// A phone takes a new id for each try.
    Forgetful,
}

/// One request, the same bytes at each try.
#[derive(Clone, PartialEq)]
enum Item {
    Report(Value),
    Picture(Lookup),
    /// The part of a picture that begins at an offset; at its end, the question how far it has come.
    Part(Lookup, usize),
    Words(Lookup, Value),
}

/// What the server said of an upload: where it goes on, or that it is whole.
type Reached = Option<(usize, bool)>;

/// The picture that goes in parts.
fn large() -> Vec<u8> {
    large_picture(2 * PART + 500, 1)
}

/// A phone: what it has to send, in order; what is acknowledged leaves it.
struct Phone {
    waiting: Vec<Item>,
    told: Vec<Item>,
}

struct Play<'a> {
    app: &'a TestApp,
    dice: Dice,
    phones: Vec<Phone>,
    /// Requests on their way, each with its phone.
    requests: Vec<(usize, Item)>,
    answers: Vec<(usize, Item, u16, Reached)>,
    plant: Plant,
    faults: Vec<String>,
}

fn lookup_of(item: &Item) -> Lookup {
    match item {
        Item::Report(body) => Lookup(unhex(body["lookup"].as_str().unwrap()).unwrap()),
        Item::Picture(lookup) | Item::Part(lookup, _) | Item::Words(lookup, _) => *lookup,
    }
}

fn phones(seed: u64, factory: &Factory, dice: &mut Dice) -> Vec<Phone> {
    let make = |phone: usize, dice: &mut Dice| {
        let mut waiting = Vec::new();
        for number in 0..=dice.below(2) {
            let name = format!("seed {seed} phone {phone} report {number}");
            let lookup = Lookup(digest(name.as_bytes()));
            let mut body = json!({
                "code": factory.codes[0], "lookup": hex(&lookup.0), "category": "machine",
                "voice": "named", "name": "Li Hong", "text": name,
            });
            if dice.chance(30) {
                body["voice"] = json!("anonymous");
                body["name"] = Value::Null;
                body["danger"] = json!(dice.chance(50));
            }
            let is_named = body["voice"] == "named";
            waiting.push(Item::Report(body));
            match dice.below(100) {
                0..10 => waiting.push(Item::Picture(lookup)),
                10..16 => waiting.push(Item::Part(lookup, large().len())),
                _ => {}
            }
            if is_named && dice.chance(40) {
                let id =
                    uuid::Uuid::from_u128(u128::from(seed) << 16 | (phone * 8 + number) as u128);
                let words =
                    json!({"lookup": hex(&lookup.0), "id": id, "text": format!("more of {name}")});
                waiting.push(Item::Words(lookup, words));
            }
        }
        Phone {
            waiting,
            told: Vec::new(),
        }
    };
    (0..=dice.below(3)).map(|phone| make(phone, dice)).collect()
}

impl Play<'_> {
    async fn call(&self, item: &Item) -> (u16, Reached) {
        let answer = match item {
            Item::Report(body) => {
                let call = self.app.call(Method::POST, "/api/v1/reports");
                call.json(body).await
            }
            Item::Picture(lookup) => {
                let call = self.app.put("/api/v1/reports/attachments/p1.jpg");
                let call = call.header("report-lookup", &hex(&lookup.0));
                call.bytes(picture()).await
            }
            Item::Part(lookup, offset) => {
                let call = self.app.patch("/api/v1/reports/attachments/p1.jpg");
                let call = call.header("report-lookup", &hex(&lookup.0));
                call.part(&large(), *offset).await
            }
            Item::Words(_, body) => {
                let call = self.app.post("/api/v1/follow-up/messages");
                call.json(body).await
            }
        };
        let offset = answer.header("upload-offset").parse().ok();
        let is_whole = answer.header("upload-complete") == "?1";
        (answer.status.into(), offset.map(|it| (it, is_whole)))
    }

    /// The server does all of its work on a report but the commit.
    async fn die_before_commit(&self, body: &Value) {
        let app = &self.app.app;
        let entrance = enter(app, body["code"].as_str().unwrap()).await.unwrap();
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        let submission = Submission {
            wall_code: text("code").unwrap(),
            lookup: lookup_of(&Item::Report(body.clone())),
            digest: digest(body.to_string().as_bytes()),
            report: Report {
                category: Category::Machine,
                text: text("text").unwrap(),
                voice: Voice::parse(&text("voice").unwrap()).unwrap(),
                name: text("name"),
                finder: None,
                danger: body["danger"] == true,
                name_machine: false,
                reader: hezuo_domain::apart::Reader::Team,
                attachments: Vec::new(),
            },
            source: Source::Phone,
            day: None,
        };
        let prepared = prepare(app, &entrance, submission).unwrap();
        let scope = Scope::ReportCode(prepared.enterprise());
        let mut tx = app.db.write(&scope).await.unwrap();
        write(app, &mut tx, vec![prepared]).await.unwrap();
        drop(tx);
    }

    /// Somebody sends other bytes under the id of a report.
    async fn steal(&mut self, item: &Item) {
        if let Item::Report(body) = item {
            let mut other = body.clone();
            other["text"] = json!("something else");
            let known = follow_up(&self.app.app, lookup_of(item)).await.is_ok();
            if known && self.call(&Item::Report(other)).await.0 != 409 {
                self.faults
                    .push(format!("other bytes under the id of {}", body["text"]));
            }
        }
    }

    async fn arrive(&mut self, at: usize) {
        let (phone, item) = self.requests.swap_remove(at);
        match &item {
            Item::Report(body) if self.dice.chance(15) => {
                self.die_before_commit(body).await;
                if self.plant == Plant::Hasty {
                    self.answers.push((phone, item, 201, None));
                }
            }
            _ => {
                let (status, reached) = self.call(&item).await;
                // The server may die, or the answer be lost, after the commit.
                if !self.dice.chance(30) {
                    self.answers.push((phone, item, status, reached));
                }
            }
        }
    }

    fn hear(&mut self, at: usize) {
        let (phone, item, status, reached) = self.answers.swap_remove(at);
        let phone = &mut self.phones[phone];
        let is_next = phone.waiting.first() == Some(&item);
        // It goes on from where the server says, whatever it has sent.
        if let (204 | 409, Some((offset, false))) = (status, reached) {
            if is_next {
                phone.waiting[0] = Item::Part(lookup_of(&item), offset);
            }
            return;
        }
        match status {
            200..300 => {
                if is_next {
                    phone.told.push(phone.waiting.remove(0));
                }
            }
            429 | 500.. => {}
            _ => self
                .faults
                .push(format!("{status} for {}", hex(&lookup_of(&item).0))),
        }
    }

    fn send(&mut self, phone: usize) {
        let Some(item) = self.phones[phone].waiting.first().cloned() else {
            return;
        };
        let mut sent = item;
        if self.plant == Plant::Forgetful
            && let Item::Report(body) = &mut sent
        {
            let fresh =
                digest(format!("{}{}", body["lookup"], self.dice.below(1 << 40)).as_bytes());
            body["lookup"] = json!(hex(&fresh));
            self.phones[phone].waiting[0] = sent.clone();
        }
        if self.dice.chance(20) {
            self.requests.push((phone, sent.clone()));
        }
        self.requests.push((phone, sent));
    }

    async fn step(&mut self) {
        match self.dice.below(100) {
            0..40 => {
                let phone = self.dice.below(self.phones.len());
                self.send(phone);
            }
            40..50 if !self.requests.is_empty() => {
                let at = self.dice.below(self.requests.len());
                self.requests.swap_remove(at);
            }
            50..75 if !self.requests.is_empty() => {
                let at = self.dice.below(self.requests.len());
                self.arrive(at).await;
            }
            75..95 if !self.answers.is_empty() => {
                let at = self.dice.below(self.answers.len());
                self.hear(at);
            }
            95..97 => {
                let hours = i64::try_from(self.dice.below(97)).unwrap() - 48;
                self.app.clock.set(Instant(START.0 + hours * 3_600_000_000));
            }
            97 if self.dice.chance(20) => halt::mend(&self.app.app).await.unwrap(),
            98.. if !self.requests.is_empty() => {
                let (_, item) = self.requests[0].clone();
                self.steal(&item).await;
            }
            _ => {}
        }
    }

    /// The link is good again: everything comes through, late copies too.
    async fn settle(&mut self) {
        for _ in 0..1_000 {
            while !self.answers.is_empty() {
                self.hear(0);
            }
            if self.requests.is_empty() {
                let phones = 0..self.phones.len();
                phones.for_each(|phone| self.send(phone));
                if self.requests.is_empty() {
                    return;
                }
            }
            self.arrive(0).await;
        }
        self.faults.push("it does not come to an end".to_owned());
    }

    async fn check(&mut self) {
        let told: Vec<Item> = self.phones.iter().flat_map(|it| it.told.clone()).collect();
        for item in told {
            let app = &self.app.app;
            let lookup = lookup_of(&item);
            let standing = follow_up(app, lookup).await;
            let Ok(standing) = standing else {
                self.faults.push(format!("{} is lost", hex(&lookup.0)));
                continue;
            };
            let found = match &item {
                Item::Report(body) => usize::from(standing.text == body["text"].as_str().unwrap()),
                Item::Words(_, body) => {
                    said(self.app, lookup, body["text"].as_str().unwrap()).await
                }
                Item::Picture(_) | Item::Part(..) => {
                    found_pictures(self.app, lookup, "p1.jpg").await
                }
            };
            if found != 1 {
                self.faults
                    .push(format!("{} is there {found} times", hex(&lookup.0)));
            }
        }
    }
}

/// How many pictures of this name a report has.
async fn found_pictures(app: &TestApp, lookup: Lookup, name: &str) -> usize {
    let scope = Scope::System("a simulation looks for a picture");
    let mut tx = app.app.db.read(&scope).await.unwrap();
    let entry = cases::find_report_code(&mut tx, lookup.stored()).await;
    let Some(entry) = entry.unwrap() else {
        return 0;
    };
    drop(tx);
    let scope = Scope::ReportCode(entry.enterprise);
    let mut tx = app.app.db.read(&scope).await.unwrap();
    let mut found = intake::find_attachments(&mut tx, entry.case).await.unwrap();
    found.extend(cases::find_attachments(&mut tx, entry.case).await.unwrap());
    found.iter().filter(|it| it.name == name).count()
}

/// How often a report says something, at its beginning or later.
async fn said(app: &TestApp, lookup: Lookup, text: &str) -> usize {
    let Ok(standing) = follow_up(&app.app, lookup).await else {
        return 0;
    };
    let later = standing.messages.iter().filter(|it| it.text == text);
    usize::from(standing.text == text) + later.count()
}

/// Plays one seed; how many reports there were, and what is wrong.
async fn play(app: &TestApp, factory: &Factory, seed: u64, plant: Plant) -> (u64, Vec<String>) {
    let mut dice = Dice(seed);
    let phones = phones(seed, factory, &mut dice);
    let of = |phone: &Phone| {
        let reports = phone
            .waiting
            .iter()
            .filter(|it| matches!(it, Item::Report(_)));
        reports.count() as u64
    };
    let reports = phones.iter().map(of).sum();
    let mut play = Play {
        app,
        dice,
        phones,
        requests: Vec::new(),
        answers: Vec::new(),
        plant,
        faults: Vec::new(),
    };
    for _ in 0..40 {
        play.step().await;
    }
    play.settle().await;
    play.check().await;
    (reports, play.faults)
}

/// What must hold of the whole database after many seeds.
async fn check_whole(app: &TestApp, factory: &Factory, reports: u64) -> Vec<String> {
    let mut faults = Vec::new();
    let rows = hezuo_store::backup::examine(&app.fresh.folder.join("hezuo.db")).await;
    let rows = rows.unwrap();
    let of = |table: &str| {
        rows.iter()
            .find(|it| it.0 == table)
            .unwrap()
            .1
            .unsigned_abs()
    };
    if of("report_code") != reports || of("cases") + of("intake_report") != reports {
        faults.push(format!(
            "{} codes, {} reports where {reports} were sent",
            of("report_code"),
            of("cases") + of("intake_report")
        ));
    }
    ledger::sequence(&app.app).await.unwrap();
    faults.extend(ledger::verify(&app.app, factory.id).await.unwrap().faults);
    let counts = async || {
        let scope = Scope::Enterprise(factory.id);
        let mut tx = app.app.db.read(&scope).await.unwrap();
        hezuo_store::tallies::everything(&mut tx).await.unwrap()
    };
    let before = counts().await;
    tallies::rebuild(&app.app, factory.id).await.unwrap();
    if before != counts().await {
        faults.push("the counts are not those of the events".to_owned());
    }
    faults
}

async fn stage() -> (TestApp, Arc<hezuo_testkit::World>) {
    let app = TestApp::on(hezuo_store::testing::sqlite().await);
    let world = world(&app).await;
    (app, Arc::new(world))
}

/// Plays until the planted mistake is seen.
async fn sees(plant: Plant) {
    let (app, world) = stage().await;
    let mut reports = 0;
    for seed in 0..50 {
        let (sent, faults) = play(&app, &world.factory, seed, plant).await;
        reports += sent;
        if !faults.is_empty() || !check_whole(&app, &world.factory, reports).await.is_empty() {
            return;
        }
    }
    panic!("the simulation is blind: fifty seeds with a planted mistake, nothing seen");
}

#[tokio::test]
async fn no_seed_loses_or_doubles_a_report() {
    sees(Plant::Hasty).await;
    sees(Plant::Forgetful).await;
    let (first, seeds) = (size("HEZUO_SEED", 1), size("HEZUO_SEEDS", 60));
    let mut seed = first;
    while seed < first + seeds {
        let (app, world) = stage().await;
        let (from, mut reports) = (seed, 0);
        while seed < first + seeds && seed < from + SHARED {
            let (sent, faults) = play(&app, &world.factory, seed, Plant::None).await;
            assert_eq!(
                faults,
                Vec::<String>::new(),
                "HEZUO_SEED={seed} HEZUO_SEEDS=1"
            );
            reports += sent;
            seed += 1;
        }
        let faults = check_whole(&app, &world.factory, reports).await;
        assert_eq!(
            faults,
            Vec::<String>::new(),
            "HEZUO_SEED={from} HEZUO_SEEDS={}",
            seed - from
        );
    }
}
