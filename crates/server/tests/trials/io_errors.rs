//! Reads, writes and syncs that fail, and a disk that is full: by libfiu under the program, and by a block
//! device whose writes fail. The server says so and takes nothing, or goes on; nothing that it has
//! acknowledged is lost.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use super::examine::examine;
use super::ground::{Dice, Folder, Place, Server, copy, pass, say, seed, size, until};
use super::journal;
use super::load::{Load, is_well};
use super::power::furnish;

/// Calls that fail, each with the error: 5 EIO, 28 ENOSPC. (`write` is left out: the runtime wakes its own
/// threads by it, and no disk is in that.)
const FAULTS: [(&str, &str, u32, &str); 6] = [
    ("a sync", "posix/io/sync/*", 5, "0.05"),
    ("a write", "posix/io/rw/pwrite", 5, "0.01"),
    ("a write on a full disk", "posix/io/rw/pwrite", 28, "0.02"),
    ("every write on a full disk", "posix/io/rw/pwrite", 28, "1"),
    ("a file that is made or read", "posix/io/oc/open", 5, "0.2"),
    (
        "a file that is made on a full disk",
        "posix/io/oc/open",
        28,
        "0.2",
    ),
];

fn control(prefix: &Path, server: &Server, command: &str) {
    // A server that has ended does not listen any more.
    let done = Command::new("timeout")
        .args(["5", "fiu-ctrl"])
        .args(["-f", &prefix.display().to_string(), "-c", command])
        .arg(server.pid().to_string())
        .status()
        .unwrap();
    if !done.success() {
        say(&format!("not switched: {command}"));
    }
}

/// Load while one fault comes and goes; what is wrong, how often the server refused, how often it said
/// that it is not well.
async fn shaken(
    place: &Place,
    load: &Load,
    dice: &mut Dice,
    fault: (&str, u32, &str),
) -> (Vec<String>, u64) {
    let prefix = place.data.join("fiu");
    let words = ["fiu-run", "-x", "-f", &prefix.display().to_string()].map(str::to_owned);
    let mut server = Server::start_by(place, &words, &BTreeMap::default()).unwrap();
    let address = server.address.clone();
    let (stop, unwell) = (AtomicBool::new(false), AtomicU64::new(0));
    let (name, errno, probability) = fault;
    let mut faults = Vec::new();
    std::thread::scope(|scope| {
        scope.spawn(|| load.run(&address, 3, &stop));
        for _ in 0..3 {
            pass(Duration::from_millis(200));
            control(
                &prefix,
                &server,
                &format!("enable_random name={name},probability={probability},failinfo={errno}"),
            );
            let time = 500 + dice.below(1_500);
            until(Duration::from_millis(time), || {
                unwell.fetch_add(u64::from(!is_well(&address)), Ordering::Relaxed);
                false
            });
            control(&prefix, &server, &format!("disable name={name}"));
            // It comes back by itself, and takes reports again.
            if server.ended(Duration::ZERO) {
                faults.push("the server has ended".to_owned());
                break;
            }
            let taken = load.told().taken.len();
            let goes_on = || is_well(&address) && load.told().taken.len() > taken;
            if !until(Duration::from_mins(1), goes_on) {
                faults.push("I10 the server does not come back within a minute".to_owned());
                break;
            }
        }
        stop.store(true, Ordering::SeqCst);
    });
    if faults.is_empty() {
        faults.extend(load.finish(&address));
    }
    server.kill();
    let told = load.told().clone();
    faults.extend(examine(place, &told).await);
    (faults, unwell.load(Ordering::Relaxed))
}

/// The defect that must be seen: writes that are said to be done and are not.
async fn sees_swallowed_errors(template: &Path, wall_code: &str) {
    for attempt in 1..=10 {
        let folder = Folder::new("swallowed");
        copy(template, &folder.0);
        let place = Place::sqlite(&folder.0);
        let load = Load::new(wall_code, u32::MAX);
        let journal = folder.0.join("hezuo.db-wal").display().to_string();
        let words = [
            "strace",
            "-D",
            "-f",
            "-qq",
            "-o",
            "/dev/null",
            "-P",
            &journal,
            "-e",
            "trace=pwrite64",
            "-e",
            "inject=pwrite64:retval=4096:when=60+7",
        ];
        let words = words.map(str::to_owned);
        if let Some(server) = Server::start_by(&place, &words, &BTreeMap::default()) {
            let address = server.address.clone();
            let stop = AtomicBool::new(false);
            std::thread::scope(|scope| {
                scope.spawn(|| load.run(&address, 3, &stop));
                pass(Duration::from_secs(2));
                stop.store(true, Ordering::SeqCst);
                server.kill();
            });
        }
        let told = load.told().clone();
        if let Some(fault) = examine(&place, &told).await.first() {
            say(&format!(
                "planted: errors that are swallowed are seen in round {attempt}: {fault}"
            ));
            return;
        }
    }
    panic!("the trial is blind: ten rounds with writes that are not done, nothing seen");
}

/// The block device under the data fails: the file system goes read-only under the server, or loses writes.
async fn broken_disk(template: &Path, wall_code: &str, dice: &mut Dice, error: &'static str) {
    let ground = Folder::new("broken");
    let (mut disk, place) = furnish(&ground.0, template, error);
    let load = Load::new(wall_code, u32::MAX);
    let server = Server::start(&place).unwrap();
    let address = server.address.clone();
    let stop = AtomicBool::new(false);
    let said_so = std::thread::scope(|scope| {
        scope.spawn(|| load.run(&address, 3, &stop));
        pass(Duration::from_millis(500 + dice.below(1_000)));
        disk.fail(true);
        let said_so = until(Duration::from_mins(1), || !is_well(&address));
        pass(Duration::from_millis(500));
        stop.store(true, Ordering::SeqCst);
        said_so
    });
    assert!(said_so, "the disk is broken and the server does not say so");
    let before = load.told().clone();
    server.kill();
    disk.fail(false);
    disk.unplug();
    disk.plug_in();
    let told = load.told().clone();
    let mut faults = examine(&place, &told).await;
    let server = Server::start(&place).unwrap();
    faults.extend(load.finish(&server.address));
    server.stop();
    let told = load.told().clone();
    faults.extend(examine(&place, &told).await);
    assert_eq!(faults, Vec::<String>::new(), "after the disk broke");
    say(&format!(
        "a disk that fails with {error}: {} acknowledged before, {} refused, said so: 0 lost",
        before.taken.len(),
        before.refused
    ));
}

/// The disk is full, and has room again: the server says so, and goes on by itself.
async fn full_disk(template: &Path, wall_code: &str, dice: &mut Dice) {
    let ground = Folder::new("full");
    let (disk, place) = furnish(&ground.0, template, "EIO");
    let load = Load::new(wall_code, u32::MAX);
    let mut server = Server::start(&place).unwrap();
    let address = server.address.clone();
    let stop = AtomicBool::new(false);
    let (said_so, goes_on) = std::thread::scope(|scope| {
        scope.spawn(|| load.run(&address, 3, &stop));
        pass(Duration::from_millis(500 + dice.below(1_000)));
        disk.fill(true);
        let refused = load.told().refused;
        let says_so = || !is_well(&address) || load.told().refused > refused;
        let said_so = until(Duration::from_mins(1), says_so);
        pass(Duration::from_millis(500 + dice.below(1_000)));
        disk.fill(false);
        let taken = load.told().taken.len();
        let is_back = || is_well(&address) && load.told().taken.len() > taken;
        let goes_on = until(Duration::from_mins(1), is_back);
        stop.store(true, Ordering::SeqCst);
        (said_so, goes_on)
    });
    assert!(said_so, "the disk is full and the server does not say so");
    assert!(
        goes_on,
        "I10 there is room again and the server takes nothing"
    );
    assert!(!server.ended(Duration::ZERO), "the server has ended");
    let mut faults = load.finish(&address);
    server.kill();
    let told = load.told().clone();
    faults.extend(examine(&place, &told).await);
    assert_eq!(faults, Vec::<String>::new(), "after the disk was full");
    say(&format!(
        "a full disk: {} acknowledged, {} refused, it goes on by itself: 0 lost",
        told.taken.len(),
        told.refused
    ));
}

#[tokio::test]
#[ignore = "a long trial: make test-long-io-errors"]
async fn io_errors() {
    let mut dice = seed("io-errors");
    let template = Folder::new("io");
    let cast = Place::sqlite(&template.0).found().await;
    let wall_code = &cast.areas[0].wall_code;
    sees_swallowed_errors(&template.0, wall_code).await;
    journal::fill(&Place::sqlite(&template.0)).await;
    for (what, name, errno, probability) in FAULTS {
        for _ in 0..size("HEZUO_SHAKES", 3) {
            let folder = Folder::new("shaken");
            copy(&template.0, &folder.0);
            let place = Place::sqlite(&folder.0);
            let load = Load::new(wall_code, u32::MAX);
            let (faults, unwell) =
                shaken(&place, &load, &mut dice, (name, errno, probability)).await;
            assert_eq!(faults, Vec::<String>::new(), "{what} fails with {errno}");
            let told = load.told();
            say(&format!(
                "{what} fails with {errno}: {} acknowledged, {} refused, not well {unwell} times: 0 lost",
                told.taken.len(),
                told.refused
            ));
        }
    }
    for _ in 0..size("HEZUO_DISKS", 3) {
        for error in ["EIO", "ENOSPC"] {
            broken_disk(&template.0, wall_code, &mut dice, error).await;
        }
        full_disk(&template.0, wall_code, &mut dice).await;
    }
}
