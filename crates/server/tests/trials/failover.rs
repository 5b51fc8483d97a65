//! The database that takes writes is lost in every way, again and again, while phones report through two
//! servers of ours, which are never started anew.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hezuo_domain::Scope;
use hezuo_domain::time::{Instant as At, Random};
use hezuo_server::OsRandom;
use hezuo_store::{Db, Transport, cases, rounds};

use super::examine::examine;
use super::ground::{Dice, Folder, Place, Server, pass, say, seed, size, until};
use super::items::{Item, lookup};
use super::load::{Load, counts};
use super::nodes::{Loss, Nodes};

/// Phones at each of the two servers.
const PHONES: usize = 8;

/// Two servers of ours over two nodes.
struct Ground {
    nodes: Nodes,
    place: Place,
    load: Load,
    servers: [Server; 2],
    /// Kept until everything over it has ended.
    _folder: Folder,
}

impl Ground {
    async fn new(name: &str, synchronous: bool) -> Self {
        let nodes = Nodes::new(&format!("nodes-{name}"), synchronous).await;
        let folder = Folder::new(name);
        let place = Place {
            data: folder.0.clone(),
            url: nodes.urls(),
        };
        let cast = place.found().await;
        let load = Load::new(&cast.areas[0].wall_code, u32::MAX);
        let servers = [(); 2].map(|()| Server::start(&place).unwrap());
        Self {
            nodes,
            place,
            load,
            servers,
            _folder: folder,
        }
    }

    /// One loss under load; how long it took from the promotion until both servers took reports again.
    fn round(&mut self, loss: Loss, dice: &mut Dice) -> Option<Duration> {
        let stop = AtomicBool::new(false);
        let (load, nodes, servers) = (&self.load, &mut self.nodes, &self.servers);
        std::thread::scope(|scope| {
            for server in servers {
                scope.spawn(|| {
                    // Phones that have given up for now try again until it is over.
                    while !stop.load(Ordering::SeqCst) {
                        load.run(&server.address, PHONES, &stop);
                    }
                });
            }
            pass(Duration::from_millis(300 + dice.below(700)));
            nodes.lose(loss, || pass(Duration::from_millis(500)));
            pass(Duration::from_millis(dice.below(400)));
            nodes.promote();
            let promoted = Instant::now();
            let back = until(Duration::from_mins(1), || {
                servers.iter().all(|it| load.takes(&it.address))
            });
            let waited = promoted.elapsed();
            pass(Duration::from_millis(200 + dice.below(300)));
            // The copy is made, and waited for, under load.
            nodes.follow();
            stop.store(true, Ordering::SeqCst);
            back.then_some(waited)
        })
    }

    /// What was acknowledged and is not there.
    async fn lost(&self, after: &mut BTreeSet<Item>) -> Vec<String> {
        let app = self.place.open().await.unwrap();
        let taken = self.load.told().taken.clone();
        let mut lost = Vec::new();
        for item in taken.difference(after) {
            let scope = Scope::System("a trial looks for what was acknowledged");
            let mut tx = app.db.read(&scope).await.unwrap();
            let stored = lookup(item.number()).stored();
            if cases::find_report_code(&mut tx, stored)
                .await
                .unwrap()
                .is_none()
            {
                lost.push(format!("I1 {item:?} was acknowledged and is lost"));
            }
        }
        app.db.close().await;
        *after = taken;
        lost
    }
}

/// What was written is read at once, from the standby where that has it already; how often it had.
async fn reads_follow_writes(nodes: &Nodes) -> u64 {
    let transport = Transport::default();
    let db = Db::open_postgres(&nodes.urls(), 4, &transport)
        .await
        .unwrap();
    let db = db.reading_from(&nodes.standby(), 4, &transport).unwrap();
    let scope = Scope::System("a trial reads what it has written");
    for number in 0..100 {
        // The standby falls behind, and what it does not know is read from the primary.
        match number {
            30 => nodes.pause(),
            60 => nodes.resume(),
            _ => {}
        }
        let before = db.copies_read();
        let name = format!("read {number}");
        let mut tx = db.write(&scope).await.unwrap();
        let turn = (At(1), At(2));
        rounds::take_turn(&mut tx, &name, OsRandom.uuid(), turn)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let mut tx = db.read_copy(&scope).await.unwrap();
        let said = rounds::said(&mut tx, &name).await.unwrap();
        assert!(said.is_some(), "{name} was written and is not read");
        let is_paused = (30..60).contains(&number);
        assert!(
            !is_paused || db.copies_read() == before,
            "a standby that is behind was read from"
        );
    }
    let read = db.copies_read();
    db.close().await;
    read
}

/// The defect that must be seen: a commit that waits for one node only.
async fn sees_a_primary_that_waits_for_nobody(dice: &mut Dice) {
    for attempt in 1..=5 {
        let mut ground = Ground::new("alone", false).await;
        ground.round(Loss::Behind, dice);
        let lost = ground.lost(&mut BTreeSet::new()).await;
        if let Some(first) = lost.first() {
            let count = lost.len();
            say(&format!(
                "planted: commits that wait for one node only are seen in round {attempt}, {count} lost: {first}"
            ));
            return;
        }
    }
    panic!("the trial is blind: five losses without a second copy, nothing seen");
}

#[tokio::test]
#[ignore = "a long trial: make test-long-failover"]
async fn failover() {
    let mut dice = seed("failover");
    sees_a_primary_that_waits_for_nobody(&mut dice).await;

    let rounds = size("HEZUO_FAILOVERS", 20);
    let mut ground = Ground::new("failover", true).await;
    let copies = reads_follow_writes(&ground.nodes).await;
    say(&format!(
        "read at once after each of 100 writes: {copies} times from the standby, else from the primary"
    ));
    assert!(copies > 20, "the standby is hardly ever read from");
    let mut known = BTreeSet::new();
    let mut slowest = Duration::ZERO;
    for round in 0..rounds {
        let kinds = Loss::ALL.len() as u64;
        // Each way in turn, from one of them on.
        let loss = Loss::ALL[usize::try_from((round + dice.0) % kinds).unwrap()];
        let before = ground.load.told().taken.len();
        let waited = ground.round(loss, &mut dice);
        let waited =
            waited.unwrap_or_else(|| panic!("round {round}, {loss:?}: they do not come back"));
        slowest = slowest.max(waited);
        let lost = ground.lost(&mut known).await;
        assert_eq!(lost, Vec::<String>::new(), "round {round}, {loss:?}");
        let told = ground.load.told();
        say(&format!(
            "{loss:?}: back {} ms after the promotion, {} acknowledged, {} told to come again",
            waited.as_millis(),
            told.taken.len() - before,
            told.refused
        ));
    }
    let mut faults = ground.load.finish(&ground.servers[0].address);
    for server in &mut ground.servers {
        assert!(!server.ended(Duration::ZERO), "a server of ours has ended");
    }
    let [one, other] = ground.servers;
    one.stop();
    other.stop();
    let told = ground.load.told().clone();
    faults.extend(examine(&ground.place, &told).await);
    assert_eq!(faults, Vec::<String>::new());
    say(&format!(
        "failover: {rounds} losses of the primary, {:?} acknowledged, 0 lost, 0 double; both servers took \
         reports again within {} ms of each promotion",
        counts(&told),
        slowest.as_millis()
    ));
    assert!(
        told.taken.len() as u64 > 20 * rounds,
        "there was hardly any load"
    );
}
