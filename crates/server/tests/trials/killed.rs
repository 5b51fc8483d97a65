//! `kill -9` at random moments under load, over SQLite and over PostgreSQL. So many phones report at once that
//! most reports share their commit with others. The team takes cases as far as the payment of a reward.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hezuo_domain::ids::EnterpriseId;
use hezuo_store::testing::tamper_with;

use super::damage::{sees_damage, sees_money};
use super::examine::examine;
use super::ground::{Dice, Folder, Place, Server, copy, pass, say, seed, size, until};
use super::journal::{self, carried_over};
use super::load::{Load, counts};
use super::proxy::hasty;
use super::team::Team;

const PHONES: usize = 24;

/// How long a life lasts at most after its first report, in milliseconds.
const LONGEST: u64 = 700;

/// Phones in a quiet life, which leave the team room for its work, and how long that lasts: a reward is the
/// last of six steps.
const FEW_PHONES: usize = 2;
const LONGEST_QUIET: u64 = 2_000;

/// Kills before a fresh factory takes the place of one that has grown.
const LIVES: u64 = 10;

/// I10: how long it may take until a server that was killed takes reports again.
const RECOVERY: Duration = Duration::from_mins(1);

/// How a life went.
enum Life {
    /// It ended before its first report.
    Short,
    /// The first report was acknowledged so long after the start.
    Long(Duration),
    /// It took none.
    Mute,
}

/// Runs a server under load and kills it at a moment that nobody knows; through a hasty link where the
/// defect is planted.
fn life(place: &Place, load: &Load, dice: &mut Dice, is_hasty: bool) -> Life {
    let begin = Instant::now();
    let Some(server) = Server::start(place) else {
        return Life::Mute;
    };
    let link = is_hasty.then(|| hasty(&server.address));
    let address = link
        .as_ref()
        .map_or(&server.address, |it| &it.address)
        .clone();
    let before = load.told().taken.len();
    let stop = AtomicBool::new(false);
    // One life in ten ends while the server is still busy with its start.
    let is_short = dice.below(10) == 0;
    let (phones, longest) = match dice.below(2) {
        0 if !is_hasty => (FEW_PHONES, LONGEST_QUIET),
        _ => (PHONES, LONGEST),
    };
    std::thread::scope(|scope| {
        scope.spawn(|| load.run(&address, phones, &stop));
        scope.spawn(|| load.work(&address, &stop));
        let life = if is_short {
            pass(Duration::from_millis(dice.below(30)));
            Life::Short
        } else if until(RECOVERY, || load.told().taken.len() > before) {
            let back = begin.elapsed();
            pass(Duration::from_millis(dice.below(longest)));
            Life::Long(back)
        } else {
            Life::Mute
        };
        server.kill();
        stop.store(true, Ordering::SeqCst);
        life
    })
}

/// What was seen besides.
#[derive(Default)]
struct Seen {
    /// How long the first report of a life had to wait at most.
    back: Duration,
    /// Lives in which the journal was carried over under load.
    carried_over: u64,
    /// Rewards that were decided while servers lived and died, and those that were paid.
    rewards: usize,
    paid: usize,
    /// Decisions and payments that stood though their answers were lost.
    stood: u64,
}

/// Lives and deaths of one factory; what is wrong after any of them.
async fn lives(
    place: &Place,
    load: &Load,
    dice: &mut Dice,
    kills: u64,
    seen: &mut Seen,
) -> Vec<String> {
    let mut known = BTreeSet::new();
    for kill in 1..=kills {
        let before = carried_over(place);
        match life(place, load, dice, false) {
            Life::Short => {}
            Life::Long(back) => seen.back = seen.back.max(back),
            Life::Mute => return vec![format!("I10 after kill {} it takes no report", kill - 1)],
        }
        seen.carried_over += u64::from(carried_over(place) != before);
        let mut told = load.told().clone();
        // What was there after the last kill is looked at once more at the end.
        let all = told.taken.clone();
        told.taken.retain(|it| !known.contains(it));
        known = all;
        let faults = examine(place, &told).await;
        if !faults.is_empty() {
            return [vec![format!("after kill {kill}:")], faults].concat();
        }
    }
    let reached = counts(&load.told());
    seen.rewards += reached["rewards"];
    seen.paid += reached["paid"];
    let server = Server::start(place).unwrap();
    let mut faults = load.finish(&server.address);
    faults.extend(load.finish_steps(&server.address));
    server.stop();
    let told = load.told().clone();
    seen.stood += told.stood;
    faults.extend(examine(place, &told).await);
    faults
}

/// The team, signed in.
fn sign_in(place: &Place, factory: EnterpriseId) -> Team {
    let server = Server::start(place).unwrap();
    let team = Team::sign_in(&server.address, factory);
    server.stop();
    team
}

/// The defect that a trial must see: a server which acknowledges what it has not stored.
pub(crate) async fn sees_a_hasty_server(template: &Path, wall_code: &str, dice: &mut Dice) {
    for attempt in 1..=10 {
        let folder = Folder::new("hasty");
        copy(template, &folder.0);
        let place = Place::sqlite(&folder.0);
        let load = Load::new(wall_code, u32::MAX);
        life(&place, &load, dice, true);
        let told = load.told().clone();
        let faults = examine(&place, &told).await;
        if faults.iter().any(|it| it.starts_with("I1")) {
            say(&format!(
                "planted: a server that acknowledges too early is seen in round {attempt}: {}",
                faults[0]
            ));
            return;
        }
    }
    panic!(
        "the trial is blind: ten rounds with a server that acknowledges too early, nothing seen"
    );
}

#[tokio::test]
#[ignore = "a long trial: make test-long-killed"]
async fn killed() {
    let mut dice = seed("killed");
    let template = Folder::new("killed");
    let cast = Place::sqlite(&template.0).found().await;
    let wall_code = &cast.areas[0].wall_code;
    sees_a_hasty_server(&template.0, wall_code, &mut dice).await;

    let team = sign_in(&Place::sqlite(&template.0), cast.factory);
    // As in a trial of hours: whoever decides is asked who he is, in each factory once.
    let stale = "UPDATE login_session SET proved_at = 0";
    tamper_with(&template.0.join("hezuo.db"), stale).await;
    journal::fill(&Place::sqlite(&template.0)).await;
    let kills = size("HEZUO_KILLS", 200);
    let on_postgres = kills / 4;
    let (mut done, mut taken, mut slowest, mut steps) = (0, 0, 0, 0);
    let mut seen = Seen::default();
    let mut is_planted = false;
    while done < kills {
        let lives_now = LIVES.min(kills - done);
        let folder = Folder::new("life");
        copy(&template.0, &folder.0);
        let place = Place::sqlite(&folder.0);
        let load = Load::new(wall_code, u32::MAX).with(&team);
        let faults = lives(&place, &load, &mut dice, lives_now, &mut seen).await;
        assert_eq!(
            faults,
            Vec::<String>::new(),
            "on SQLite, after {done} kills"
        );
        done += lives_now;
        taken += load.told().taken.len();
        slowest = slowest.max(load.p95());
        steps += counts(&load.told())["steps"];
        if !is_planted {
            sees_damage(&place, &load, cast.factory).await;
            is_planted = true;
        }
        say(&format!(
            "{done} kills, {taken} acknowledged, {:?}",
            counts(&load.told())
        ));
    }

    let on_sqlite = (seen.rewards, seen.paid);
    let (mut killed, mut on) = (0, 0);
    while killed < on_postgres {
        let lives_now = LIVES.min(on_postgres - killed);
        let fresh = hezuo_store::testing::postgres().await;
        let place = Place {
            data: fresh.folder.clone(),
            url: fresh.application_url.clone().unwrap(),
        };
        let cast = place.found().await;
        let team = sign_in(&place, cast.factory);
        let load = Load::new(&cast.areas[0].wall_code, u32::MAX).with(&team);
        let faults = lives(&place, &load, &mut dice, lives_now, &mut seen).await;
        assert_eq!(
            faults,
            Vec::<String>::new(),
            "on PostgreSQL, after {killed} kills"
        );
        if killed == 0 {
            let told = load.told().clone();
            sees_money(&fresh, &place, &told).await;
        }
        killed += lives_now;
        on += load.told().taken.len();
        say(&format!(
            "{killed} kills on PostgreSQL, {:?}",
            counts(&load.told())
        ));
    }
    say(&format!(
        "killed: {done} kills on SQLite with {taken} acknowledged, {on_postgres} on PostgreSQL with {on}: \
         0 lost, 0 double; 19 of 20 answers within {slowest} ms, the first after a start within {} ms; \
         the journal was carried over under load {} times; between the kills {} rewards were decided and {} paid, \
         {} and {} of them on PostgreSQL; {} decisions and payments stood whose answers were lost",
        seen.back.as_millis(),
        seen.carried_over,
        seen.rewards,
        seen.paid,
        seen.rewards - on_sqlite.0,
        seen.paid - on_sqlite.1,
        seen.stood
    ));
    // A factory gets there in its first life, where that lasts long enough.
    assert!(
        seen.carried_over > 0 || kills < 5 * LIVES,
        "no journal is ever carried over"
    );
    assert!(taken as u64 > kills, "there was hardly any load");
    assert!(steps as u64 > kills / 10, "the team hardly did anything");
    assert!(
        seen.paid as u64 > kills / 20,
        "hardly any reward was paid between the kills"
    );
}
