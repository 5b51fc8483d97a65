//! No statement of a request reads a table of tenants from end to end, nor all reports of its tenant.
//! SQLite is asked twice: as it plans when it knows nothing, which is how it runs, and analysed.

use hezuo_store::on_both_databases;
use hezuo_store::statement::{Reach, Statement, registry, search_registry};
use hezuo_store::testing::{Fresh, Plan};

/// What may read a table of tenants from end to end, and why.
const MAY_SCAN: &[(&str, &str)] = &[
    (
        "apart::UNTOLD",
        "a job reads the waiting room of those who are kept apart",
    ),
    ("backup::NAMED_BLOBS", "a backup names every picture"),
    (
        "cases::search::CLEAR",
        "a command makes the words of all cases again",
    ),
    (
        "cases::search::GAP",
        "a job looks for the next enterprise without words: the first row answers",
    ),
    (
        "cases::search::GAPS",
        "a job tells how many enterprises have no words yet",
    ),
    (
        "envelopes::UNTOLD",
        "a round with the intake reads what came through it",
    ),
    ("intake::WITH_WAITING", "a job reads the waiting room"),
    (
        "ledger::ANY_PENDING",
        "whether there is any row: the first answers",
    ),
    (
        "ledger::LAST_TAKEN",
        "the sequencer reads as many of what it has not placed as it takes at once",
    ),
    (
        "notices::digest::RHYTHMS",
        "once a day all enterprises are told",
    ),
    (
        "notices::digest::TOLD",
        "once a day all enterprises are told",
    ),
    (
        "oversight::fold::CLEAR_CHANGES",
        "a command makes the sums again",
    ),
    (
        "oversight::fold::CLEAR_STANDING",
        "a command makes the sums again",
    ),
    (
        "oversight::fold::FRESHNESS",
        "whether there is any row: the first answers",
    ),
    (
        "simulation::FOLDED",
        "a command has made the sums with what it filled in",
    ),
    (
        "simulation::ROLL_UP",
        "the plain aggregate beside which a benchmark puts the nation",
    ),
    (
        "tlog::PLACE",
        "the log takes up an index of what it has not placed",
    ),
    ("tlog::PLACE_OF_EVENT", "a command proves one event"),
    ("tlog::PLACE_OF_LEAF", "a command proves one leaf"),
    (
        "tlog::UNLOGGED",
        "the log takes up an index of what it has not placed",
    ),
];

/// What may read all reports of one tenant, and why.
const MAY_WALK: &[(&str, &str)] = &[
    (
        "answers::POSTED",
        "the last weeks; an analysed SQLite reads them by their ids",
    ),
    (
        "answers::POSTED_AROUND",
        "the last weeks; an analysed SQLite reads them by their ids",
    ),
    (
        "backup::NAMED_BLOBS_OF",
        "a job looks for files that no row names",
    ),
    (
        "boards::BY_STATE",
        "the plain count beside which a benchmark puts the board",
    ),
    (
        "cases::SAVE_CASES",
        "SQLite looks for what points here only while a key is broken",
    ),
    (
        "envelopes::UNTOLD",
        "a round with the intake reads what came through it",
    ),
    (
        "health::EVENTS",
        "the greatest number of a key: the last row answers",
    ),
    ("ledger::ENTRIES", "verify reads everything"),
    (
        "ledger::HEAD",
        "the greatest number of a key: the last row answers",
    ),
    (
        "ledger::HEAD_OF",
        "the greatest number of a key: the last row answers",
    ),
    (
        "ledger::HEADS",
        "the greatest number of a key: the last row answers",
    ),
    ("ledger::ORPHANS", "verify reads everything"),
    ("ledger::STATE_FAULTS", "verify reads everything"),
    (
        "simulation::ROLL_UP",
        "the plain aggregate beside which a benchmark puts the nation",
    ),
    (
        "start::ANY_CASE",
        "whether there is any row: the first answers",
    ),
    (
        "start::FACTS",
        "whether there is any row: the first answers",
    ),
    ("tallies::REBUILD", "a command makes the counts again"),
];

fn planted(sql: &'static str) -> Statement {
    Statement {
        name: "PLANTED",
        reach: Reach::Tenant,
        sql,
        rows: None,
    }
}

/// What is wrong with the plans of all statements, but for those that may.
async fn faults(fresh: &Fresh) -> Vec<String> {
    let mut all = registry();
    all.extend(search_registry(fresh.db.kind()));
    let statements: Vec<&Statement> = all.iter().map(|(_, it)| *it).collect();
    let mut faults = Vec::new();
    for ((module, it), Plan { scans, walks }) in all.iter().zip(fresh.plans(&statements).await) {
        let name = format!("{module}::{}", it.name);
        let may = |list: &[(&str, &str)]| list.iter().any(|(may, _)| *may == name);
        // What is over is looked for once a day, in everything.
        let is_retention = *module == "retention";
        if !scans.is_empty() && !may(MAY_SCAN) {
            faults.push(format!("{name} reads a whole table: {}", scans.join("; ")));
        }
        if !walks.is_empty() && !may(MAY_WALK) && !is_retention {
            faults.push(format!(
                "{name} reads all of its tenant: {}",
                walks.join("; ")
            ));
        }
    }
    faults
}

on_both_databases! {
    async fn no_statement_of_a_request_reads_a_whole_table(fresh) {
        if fresh.db.kind() == "SQLite" {
            assert_eq!(faults(&fresh).await, Vec::<String>::new(), "nothing is known");
        }
        fresh.fill_for_plans().await;
        assert_eq!(faults(&fresh).await, Vec::<String>::new(), "everything is counted");
    }

    async fn a_planted_scan_is_caught(fresh) {
        fresh.fill_for_plans().await;
        let faulty = [
            planted("SELECT c.id FROM cases c WHERE lower(c.text) = $1"),
            planted("SELECT COUNT(*) FROM cases WHERE enterprise_id = $1 OR text = $2"),
            planted("UPDATE cases SET disputed = TRUE WHERE text = $1"),
            planted("SELECT e.id FROM cases c, case_event AS e WHERE c.enterprise_id = $1
                AND c.id = $2 AND e.local_day = c.reported_day"),
        ];
        let slow = planted("SELECT c.id FROM cases c WHERE c.enterprise_id = $1 AND c.text = $2");
        let sound = planted("SELECT c.text FROM cases c WHERE c.enterprise_id = $1 AND c.id = $2");
        let mut all: Vec<&Statement> = faulty.iter().collect();
        all.extend([&slow, &sound]);
        let found = fresh.plans(&all).await;
        for (statement, plan) in faulty.iter().zip(&found) {
            assert!(!plan.scans.is_empty(), "not caught: {}", statement.sql);
        }
        assert!(!found[4].walks.is_empty(), "not caught: {}", slow.sql);
        assert_eq!(found[5], Plan::default(), "a search by key is neither");
    }
}

#[test]
fn what_may_read_everything_is_still_there() {
    let all = registry();
    for (name, _) in MAY_SCAN.iter().chain(MAY_WALK) {
        let is_there = all
            .iter()
            .any(|(module, it)| *name == format!("{module}::{}", it.name));
        assert!(is_there, "{name} is no statement any more");
    }
}
