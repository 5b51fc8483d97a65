//! The anonymous channel: an intake takes what phones send, and a factory's server fetches it. Either is killed
//! at moments that nobody knows, or both at once. Whatever was acknowledged lies at the intake or has become a
//! case; so a copy of what is left is let run until nothing lies there any more, and then everything is a case,
//! once, and its reporter reads at the intake what the factory has answered.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hezuo_domain::commitment::hex;
use hezuo_store::Db;
use hezuo_store::backup::examine as read_through;
use hezuo_store::testing::{rows, tamper_with};
use serde_json::json;

use super::examine::examine;
use super::ground::{Dice, Folder, Place, Server, copy, pass, say, seed, size, until};
use super::items::{Item, SEALED, answer, lookup, text, words};
use super::load::{Load, Told, counts, is_well, post, request};
use super::proxy::{Wire, hasty};
use super::team::Team;

const PHONES: usize = 8;

/// Kills from one look at everything to the next.
const LIVES: u64 = 5;

/// How long nothing may move before it is said to have stopped.
const STANDSTILL: Duration = Duration::from_secs(20);

/// I10: how long it may take until both answer again.
const RECOVERY: Duration = Duration::from_mins(1);

/// The data of both.
struct Pair {
    folder: Folder,
    house: Place,
    intake: Place,
}

/// Both processes, behind addresses that stay.
struct Running {
    to_house: Wire,
    to_intake: Wire,
    house: Option<Server>,
    intake: Option<Server>,
}

impl Place {
    async fn change(&self, statement: &str) -> u64 {
        tamper_with(&self.data.join("hezuo.db"), statement).await
    }

    /// Waits until nothing waits in a table any more; what is left when it does not move on.
    async fn drained(&self, table: &'static str) -> i64 {
        let db = Db::open_sqlite(&self.data.join("hezuo.db")).await.unwrap();
        let (mut left, mut since) = (i64::MAX, Instant::now());
        while left > 0 && since.elapsed() < STANDSTILL {
            let now = rows(&db, &[table]).await[table];
            if now < left {
                (left, since) = (now, Instant::now());
            }
            pass(Duration::from_millis(100));
        }
        db.close().await;
        left
    }
}

impl Running {
    fn start(pair: &Pair) -> Self {
        let mut running = Self {
            to_house: Wire::new(),
            to_intake: Wire::new(),
            house: None,
            intake: None,
        };
        running.start_again(pair);
        running
    }

    /// Starts whichever does not run.
    fn start_again(&mut self, pair: &Pair) {
        if self.intake.is_none() {
            let nothing = BTreeMap::new();
            let intake = Server::start_as("intake", &pair.intake, &[], &nothing).unwrap();
            self.to_intake.lead_to(&intake.address);
            self.intake = Some(intake);
        }
        if self.house.is_none() {
            let environment = BTreeMap::from([
                ("HEZUO_INTAKE_HERE", "false".to_owned()),
                (
                    "HEZUO_INTAKE_URL",
                    format!("http://{}", self.to_intake.address()),
                ),
                ("HEZUO_INTAKE_KEY_FILE", pair.key().display().to_string()),
                ("HEZUO_INTAKE_SECONDS", "1".to_owned()),
            ]);
            let house = Server::start_as("serve", &pair.house, &[], &environment).unwrap();
            self.to_house.lead_to(&house.address);
            self.house = Some(house);
        }
    }

    fn kill(&mut self, of_house: bool, of_intake: bool) {
        let victims = [
            self.house.take_if(|_| of_house),
            self.intake.take_if(|_| of_intake),
        ];
        victims.into_iter().flatten().for_each(Server::kill);
    }
}

impl Pair {
    fn at(folder: Folder) -> Self {
        Self {
            house: Place::sqlite(&folder.0.join("house")),
            intake: Place::sqlite(&folder.0.join("intake")),
            folder,
        }
    }

    /// A factory whose codes its intake knows, the code on one of its walls, and its team.
    async fn found() -> (Self, String, Team) {
        let pair = Self::at(Folder::new("pair"));
        let cast = pair.house.found().await;
        let registered = std::process::Command::new(env!("CARGO_BIN_EXE_hezuo"))
            .args(["intake", "register", "--name", "Huaxin", "--key-to"])
            .arg(pair.key())
            .env("HEZUO_DATA", &pair.intake.data)
            .env("HEZUO_DATABASE_URL", "")
            .output()
            .unwrap();
        assert!(registered.status.success(), "{registered:?}");
        let wall_code = cast.areas[0].wall_code.clone();
        let mut running = Running::start(&pair);
        let head = format!("GET /r/{wall_code} HTTP/1.1");
        let announced = until(RECOVERY, || {
            request(running.to_intake.address(), &head, b"") == Some(200)
        });
        assert!(announced, "the codes are not announced");
        let team = Team::sign_in(running.to_house.address(), cast.factory);
        running.kill(true, true);
        (pair, wall_code, team)
    }

    fn key(&self) -> PathBuf {
        self.folder.0.join("key")
    }

    fn copy(&self, name: &str) -> Self {
        let folder = Folder::new(name);
        copy(&self.folder.0, &folder.0);
        Self::at(folder)
    }

    /// The day goes by, with which both have held what is no danger; neither runs.
    async fn night(&self) {
        let envelopes = "UPDATE envelope SET local_day = local_day - 2";
        self.intake.change(envelopes).await;
        let reports = "UPDATE intake_report SET local_day = local_day - 2";
        self.house.change(reports).await;
    }

    /// Lets days pass and both processes work until nothing waits any more; they run on.
    async fn exchange(&self, running: &mut Running) -> Option<String> {
        // A report has its own day, whenever it is fetched.
        for (place, table) in [(&self.intake, "envelope"), (&self.house, "intake_report")] {
            running.kill(true, true);
            self.night().await;
            running.start_again(self);
            let left = place.drained(table).await;
            if left > 0 {
                return Some(format!("I1 {left} of {table} stay where they are"));
            }
        }
        None
    }

    /// Lets both work until nothing lies between them; what is wrong then.
    async fn settle(&self, told: &Told) -> Vec<String> {
        let mut running = Running::start(self);
        let mut faults = Vec::from_iter(self.exchange(&mut running).await);
        faults.extend(not_told(running.to_intake.address(), told));
        running.kill(true, true);
        faults.extend(examine(&self.house, told).await);
        faults.extend(self.compare(told).await);
        faults
    }

    /// The same after the phones have sent what is left on them.
    async fn finish(&self, load: &Load) -> Vec<String> {
        let mut running = Running::start(self);
        let phones = running.to_intake.address().to_owned();
        // A reporter may add words when his report has come out of its envelope, and he was told so.
        let mut faults = load.finish_but(&phones, |it| matches!(it, Item::Words(_)));
        faults.extend(self.exchange(&mut running).await);
        faults.extend(load.finish(&phones));
        faults.extend(load.finish_steps(running.to_house.address()));
        running.kill(true, true);
        let told = load.told().clone();
        faults.extend(self.settle(&told).await);
        faults
    }

    /// What does not agree between the two, of which neither runs.
    async fn compare(&self, told: &Told) -> Vec<String> {
        let intake = self.intake.data.join("hezuo.db");
        if let Err(error) = read_through(&intake).await {
            return vec![format!("I9 at the intake: {error}")];
        }
        let count = async |place: &Place, table: &'static str| {
            let db = Db::open_sqlite(&place.data.join("hezuo.db")).await.unwrap();
            let n = rows(&db, &[table]).await[table];
            db.close().await;
            n
        };
        let at_intake = count(&self.intake, "envelope_holder").await;
        let at_house = count(&self.house, "report_code").await;
        let from_intake = count(&self.house, "case_relay").await;
        let reports = |from: &BTreeSet<Item>| {
            let of = from.iter().filter(|it| matches!(it, Item::Report(_)));
            i64::try_from(of.count()).unwrap()
        };
        let mut faults = Vec::new();
        if at_intake != at_house || at_house != from_intake {
            faults.push(format!(
                "I1 {at_intake} reports at the intake, {at_house} at the factory, {from_intake} of which it tells"
            ));
        }
        if at_intake < reports(&told.taken) || at_intake > reports(&told.tried) {
            faults.push(format!("I1 {at_intake} reports at the intake, of others"));
        }
        faults
    }
}

/// The answers that never come back to those who have reported, as each finds with his code at the intake.
fn not_told(intake: &str, told: &Told) -> Vec<String> {
    let of = |it: &Item| matches!(it, Item::Report(_)).then_some(it.number());
    let mut waiting: Vec<u32> = told.taken.iter().filter_map(of).collect();
    let mut since = Instant::now();
    while !waiting.is_empty() && since.elapsed() < STANDSTILL {
        let before = waiting.len();
        waiting.retain(|number| !is_told(intake, told, *number));
        if waiting.len() < before {
            since = Instant::now();
        }
        pass(Duration::from_millis(100));
    }
    let fault = |number: u32| format!("I1 the reporter of {number} is not told what became of it");
    waiting.into_iter().map(fault).collect()
}

fn is_told(intake: &str, told: &Told, number: u32) -> bool {
    let body = json!({"lookup": hex(&lookup(number).0)});
    let said = post(intake, "/api/v1/follow-up", "", &body);
    let Some(standing) = said.and_then(|it| it.json()) else {
        return false;
    };
    let messages = standing["messages"].as_array().into_iter().flatten();
    let own = messages.filter(|it| it["text"] == words(number)).count();
    let is_answered = standing["answer"] == answer(number);
    standing["text"] == text(number)
        && standing["state"] != "waiting_release"
        && (own == 1 || own == 0 && !told.taken.contains(&Item::Words(number)))
        && (is_answered || !told.taken.contains(&Item::Step(number)))
}

/// Kills one or the other or both under load, and starts again what has died; both are dead at the end. How
/// long it took at most until both answered again, or nothing where they did not.
fn deaths(pair: &Pair, load: &Load, dice: &mut Dice, kills: u64) -> Option<Duration> {
    let mut running = Running::start(pair);
    let stop = AtomicBool::new(false);
    let (phones, member) = (
        running.to_intake.address().to_owned(),
        running.to_house.address().to_owned(),
    );
    let mut slowest = Duration::ZERO;
    std::thread::scope(|scope| {
        scope.spawn(|| load.run(&phones, PHONES, &stop));
        scope.spawn(|| load.work(&member, &stop));
        for _ in 1..kills {
            pass(Duration::from_millis(200 + dice.below(2_000)));
            let victim = dice.below(3);
            let (begin, taken) = (Instant::now(), load.told().taken.len());
            running.kill(victim != 0, victim != 1);
            // Whichever is left goes on alone.
            pass(Duration::from_millis(dice.below(300)));
            running.start_again(pair);
            // One in five is killed again while it is still busy with its start.
            if dice.below(5) == 0 {
                pass(Duration::from_millis(dice.below(200)));
                continue;
            }
            let is_back = || is_well(&member) && load.told().taken.len() > taken;
            if !until(RECOVERY, is_back) {
                stop.store(true, Ordering::SeqCst);
                return None;
            }
            slowest = slowest.max(begin.elapsed());
        }
        pass(Duration::from_millis(200 + dice.below(2_000)));
        running.kill(true, true);
        stop.store(true, Ordering::SeqCst);
        Some(slowest)
    })
}

/// The defect that must be seen: an intake that acknowledges what it has not stored.
async fn sees_a_hasty_intake(template: &Pair, wall_code: &str, dice: &mut Dice) {
    for attempt in 1..=10 {
        let pair = template.copy("pair-hasty");
        let load = Load::between(wall_code, SEALED, u32::MAX);
        let mut running = Running::start(&pair);
        let link = hasty(running.to_intake.address());
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| load.run(&link.address, PHONES, &stop));
            pass(Duration::from_millis(200 + dice.below(700)));
            running.kill(false, true);
            stop.store(true, Ordering::SeqCst);
        });
        running.kill(true, true);
        let told = load.told().clone();
        let faults = pair.settle(&told).await;
        if let Some(fault) = faults.iter().find(|it| it.contains("is lost")) {
            say(&format!(
                "planted: an intake that acknowledges too early is seen in round {attempt}: {fault}"
            ));
            return;
        }
    }
    panic!(
        "the trial is blind: ten rounds with an intake that acknowledges too early, nothing seen"
    );
}

/// Changes behind the backs of both, each of which must be seen.
async fn sees_damage(pair: &Pair, told: &Told) {
    let at_intake = [
        (
            "I1",
            "DELETE FROM envelope WHERE id IN (SELECT id FROM envelope ORDER BY id LIMIT 8)",
        ),
        (
            "of envelope stay",
            "INSERT INTO envelope (server_id, id, local_day, urgent, sealed)
             SELECT server_id, randomblob(16), local_day, urgent, sealed FROM envelope LIMIT 1",
        ),
        (
            "reports at the intake",
            "INSERT INTO envelope_holder (lookup_hash, server_id, urgent, standing, until_day)
             SELECT randomblob(32), server_id, urgent, standing, until_day FROM envelope_holder LIMIT 1",
        ),
    ];
    let at_house = [
        (
            "is not told",
            "UPDATE case_relay SET standing_key = zeroblob(32), told = -1 WHERE case_id =
             (SELECT case_id FROM case_relay LIMIT 1)",
        ),
        (
            "of which it tells",
            "DELETE FROM case_relay WHERE case_id = (SELECT case_id FROM case_relay LIMIT 1)",
        ),
    ];
    for (name, damage) in at_intake {
        let copy = pair.copy("pair-damaged");
        assert!(
            copy.intake.change(damage).await > 0,
            "{name} can't be planted"
        );
        let faults = copy.settle(told).await;
        let is_seen = faults.iter().any(|it| it.contains(name));
        assert!(is_seen, "the trial is blind for {name}: {faults:?}");
    }
    let settled = pair.copy("pair-settled");
    assert_eq!(settled.settle(told).await, Vec::<String>::new());
    for (name, damage) in at_house {
        let copy = settled.copy("pair-damaged");
        assert!(
            copy.house.change(damage).await > 0,
            "{name} can't be planted"
        );
        let faults = copy.settle(told).await;
        let is_seen = faults.iter().any(|it| it.contains(name));
        assert!(is_seen, "the trial is blind for {name}: {faults:?}");
    }
    say("planted: envelopes and standings lost, doubled and spoilt by hand are seen, each");
}

#[tokio::test]
#[ignore = "a long trial: make test-long-pair"]
async fn pair() {
    let mut dice = seed("pair");
    let kills = size("HEZUO_KILLS", 50);
    let (template, wall_code, team) = Pair::found().await;
    sees_a_hasty_intake(&template, &wall_code, &mut dice).await;
    let (mut done, mut slowest, mut taken) = (0, Duration::ZERO, 0);
    while done < kills {
        let pair = template.copy("pair-life");
        let load = Load::between(&wall_code, SEALED, u32::MAX).with(&team);
        for _ in 0..2 {
            let now = LIVES.min(kills - done);
            if now == 0 {
                break;
            }
            let back = deaths(&pair, &load, &mut dice, now);
            done += now;
            let back =
                back.unwrap_or_else(|| panic!("I10 after {done} kills they do not come back"));
            slowest = slowest.max(back);
            let told = load.told().clone();
            if done == now {
                sees_damage(&pair, &told).await;
            }
            let faults = pair.copy("pair-copy").settle(&told).await;
            assert_eq!(faults, Vec::<String>::new(), "of both, after {done} kills");
            if dice.below(2) == 0 {
                pair.night().await;
            }
        }
        let faults = pair.finish(&load).await;
        assert_eq!(
            faults,
            Vec::<String>::new(),
            "of both, after {done} kills and the rest"
        );
        taken += load.told().taken.len();
        say(&format!(
            "{done} kills of intake and server, {:?}, back after {} ms at most",
            counts(&load.told()),
            slowest.as_millis()
        ));
    }
    assert!(taken as u64 > kills, "there was hardly any load");
    say(&format!(
        "pair: {done} kills of intake and server with {taken} acknowledged: 0 lost, 0 double"
    ));
}
