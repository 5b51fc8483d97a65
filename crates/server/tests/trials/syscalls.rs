//! The server dies at every write and sync of one short scenario, one after the other (strace).

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::examine::examine;
use super::ground::{Folder, Place, Server, copy, say, seed, size};
use super::journal::{self, carried_over};
use super::load::{Load, Told};
use super::proxy::hasty;

/// What changes something on a disk, in groups: strace counts each call by itself, so that of a group the
/// most frequent one is killed at each of its calls, and the others as often as they come before.
const GROUPS: [(&str, &str, bool); 5] = [
    ("writes of the database", "pwrite64", true),
    ("syncs of the database", "fsync", true),
    ("other writes", "write", false),
    ("all syncs", "fsync,fdatasync", false),
    (
        "changes of folders",
        "rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,ftruncate",
        false,
    ),
];

/// Reports of the scenario: named, anonymous, with words, with a danger, with pictures.
const REPORTS: u32 = 6;

/// Kills at the n-th call of each thread; only calls on the database's files count, or only the others.
fn through(n: u64, calls: &str, is_database: bool, data: &Path, log: &Path) -> Vec<String> {
    let mut words = vec!["strace", "-D", "-f", "-q", "-o"]
        .into_iter()
        .map(str::to_owned)
        .collect::<Vec<_>>();
    words.push(log.display().to_string());
    words.extend(["-e".to_owned(), format!("trace={calls}")]);
    words.extend([
        "-e".to_owned(),
        format!("inject={calls}:signal=KILL:when={n}"),
    ]);
    if is_database {
        for name in ["hezuo.db", "hezuo.db-wal"] {
            words.extend(["-P".to_owned(), data.join(name).display().to_string()]);
        }
    }
    words
}

/// How a run went.
struct Run {
    /// The scenario went through to its end.
    is_whole: bool,
    /// The journal was being carried over, or had been, when the server died.
    is_carried_over: bool,
    /// What is wrong.
    faults: Vec<String>,
}

/// One run.
async fn run(
    template: &(Folder, Told),
    wall_code: &str,
    n: u64,
    (calls, is_database): (&str, bool),
    plant: bool,
) -> Run {
    let folder = Folder::new("syscall");
    copy(&template.0.0, &folder.0);
    let place = Place::sqlite(&folder.0);
    let load = Load::after(wall_code, &template.1);
    let log = folder.0.join("strace.log");
    let words = through(n, calls, is_database, &folder.0, &log);
    let before = carried_over(&place);
    let (mut whole, mut after) = (false, before);
    if let Some(mut server) =
        Server::start_by(&place, &words, &std::collections::BTreeMap::default())
    {
        let link = plant.then(|| hasty(&server.address));
        let address = link
            .as_ref()
            .map_or(&server.address, |it| &it.address)
            .clone();
        whole = load.in_order(&address, REPORTS) && !server.ended(Duration::ZERO);
        after = carried_over(&place);
        if whole {
            // Stopping writes too: what the journal holds goes into the database.
            server.stop();
            let said = std::fs::read_to_string(&log).unwrap_or_default();
            whole = !said.contains("killed by SIGKILL");
        } else {
            server.kill();
        }
    }
    let told = load.told().clone();
    let mut faults = examine(&place, &told).await;
    if faults.is_empty() && !plant && n.is_multiple_of(10) {
        // What was cut off is sent again, and there once.
        let server = Server::start(&place).unwrap();
        faults.extend(load.finish(&server.address));
        server.stop();
        let told = load.told().clone();
        faults.extend(examine(&place, &told).await);
    }
    Run {
        is_whole: whole,
        is_carried_over: after != before,
        faults,
    }
}

#[tokio::test]
#[ignore = "a long trial: make test-long-syscalls"]
async fn syscalls() {
    seed("syscalls");
    let template = Folder::new("syscalls");
    let cast = Place::sqlite(&template.0).found().await;
    let wall_code = &cast.areas[0].wall_code;
    let told = prepare(&template.0, wall_code).await;
    let template = (template, told);
    let mut is_seen = false;
    for n in (5..400).step_by(25) {
        let run = run(&template, wall_code, n, ("pwrite64", true), true).await;
        if let Some(fault) = run.faults.iter().find(|it| it.starts_with("I1")) {
            say(&format!(
                "planted: a server that acknowledges too early is seen at call {n}: {fault}"
            ));
            is_seen = true;
            break;
        }
    }
    assert!(is_seen, "the trial is blind");

    let step = usize::try_from(size("HEZUO_STEP", 1)).unwrap();
    let mut late = 0;
    for (name, calls, is_database) in GROUPS {
        let (mut points, mut after) = (0, 0);
        for n in (1..5_000).step_by(step) {
            let run = run(&template, wall_code, n, (calls, is_database), false).await;
            assert_eq!(
                run.faults,
                Vec::<String>::new(),
                "killed at call {n} of {name}"
            );
            if run.is_whole {
                assert!(run.is_carried_over, "the scenario is too short");
                break;
            }
            points += 1;
            after += u64::from(run.is_carried_over);
            if points % 50 == 0 {
                say(&format!("{name}: {points} points"));
            }
        }
        say(&format!(
            "syscalls: killed at {points} of the {name}, in order, until none was left, at {after} of them while the \
             journal was carried over or later: 0 lost"
        ));
        late += after;
        assert!(points > 0, "none of the {name} was reached");
    }
    assert!(late > 0, "nothing dies while the journal is carried over");
}

/// Some reports, and a journal that is about to be carried over into the database: the scenario does that too.
async fn prepare(data: &Path, wall_code: &str) -> Told {
    let place = Place::sqlite(data);
    let load = Load::between(wall_code, 1_000_000, 1_000_040);
    let server = Server::start(&place).unwrap();
    load.run(&server.address, 1, &AtomicBool::new(false));
    server.kill();
    journal::fill(&place).await;
    load.told().clone()
}
