//! A simulated database holds what its summary says, whichever way it is counted, and is one that could have
//! grown by itself: chains, log, counts and sums stand every check.

use std::collections::BTreeMap;

use hezuo_app::simulation::Summary;
use hezuo_app::{directory, ledger, oversight, tallies, tlog};
use hezuo_domain::Scope;
use hezuo_domain::simulation::{Setting, Totals};
use hezuo_domain::time::Zone;
use hezuo_server::simulate::{self, Steps};
use hezuo_store::on_both_databases;
use hezuo_store::oversight::fold::{Stored, sums};
use hezuo_store::testing::Fresh;
use hezuo_testkit::TestApp;

struct Silent;

impl Steps for Silent {
    fn step(&mut self, _what: &str) {}
}

/// Fills a database with a small nation.
pub(crate) async fn fill(app: &TestApp, seed: u64, cases: u64) -> hezuo_server::Result<Summary> {
    let owner = app.fresh.owner_url.clone().unwrap_or_default();
    let transport = hezuo_store::Transport::default();
    let builder = app.app.db.builder(&owner, &transport).await;
    let builder = builder.expect("the owner may build");
    let setting = Setting {
        enterprises: 80,
        cases,
        seed,
        weeks: 20,
        until: Zone::named("Asia/Shanghai")
            .expect("China")
            .day(app.app.now())
            .plus(-1),
    };
    let summary = simulate::fill(&app.app, &builder, setting, &mut Silent).await?;
    simulate::settle(&app.app, &builder, &mut Silent).await?;
    Ok(summary)
}

/// What the rows of the divisions say, in the words of the summary.
fn of_division(sums: &[Stored], code: &str, today: i64) -> BTreeMap<&'static str, i64> {
    let digits = code.trim_end_matches("00");
    let sum = |measure: &str, slice: &str, wanted: &dyn Fn(i64) -> bool| -> i64 {
        let of = sums.iter().filter(|(parent, name, day, of, region, _)| {
            let is_here = if digits.is_empty() {
                parent.is_empty()
            } else {
                region == digits && parent.len() < digits.len()
            };
            is_here && name == measure && (slice == "*" || of == slice) && wanted(*day)
        });
        of.map(|(.., n)| n).sum()
    };
    let (ever, by_day) = (|day: i64| day == -1, |day: i64| day >= 0);
    let open = ["new", "accepted", "planned", "done"];
    BTreeMap::from([
        ("enterprises", sum("factories", "", &ever)),
        (
            "silent",
            sum("heard", "", &|day| (0..=today - 14).contains(&day)),
        ),
        ("falling", sum("falling", "", &ever)),
        ("reports", sum("spoken", "", &ever)),
        ("reports by day", sum("spoken", "", &by_day)),
        ("open", open.iter().map(|it| sum("state", it, &ever)).sum()),
        ("closed", sum("state", "closed", &ever)),
        ("danger", sum("danger", "", &ever)),
        ("overdue", sum("due", "", &|day| (0..today).contains(&day))),
        ("in time", sum("answered", "in_time", &by_day)),
        ("late", sum("answered", "late", &by_day)),
        ("promised", sum("promise", "made", &by_day)),
        ("kept", sum("promise", "kept", &by_day)),
        ("resolved", sum("resolved", "*", &by_day)),
        ("saved", sum("saving", "CNY", &by_day)),
    ])
}

fn of_summary(it: &Totals) -> BTreeMap<&'static str, i64> {
    BTreeMap::from([
        ("enterprises", it.enterprises),
        ("silent", it.silent),
        ("falling", it.falling),
        ("reports", it.reports),
        ("reports by day", it.reports),
        ("open", it.open),
        ("closed", it.closed),
        ("danger", it.danger),
        ("overdue", it.overdue),
        ("in time", it.answered_in_time),
        ("late", it.answered_late),
        ("promised", it.promised),
        ("kept", it.kept),
        ("resolved", it.resolved),
        ("saved", it.saved.values().sum()),
    ])
}

/// The words of a plain aggregate beside those of the summary.
async fn same(fresh: &Fresh, statement: &str, wanted: impl IntoIterator<Item = (String, i64)>) {
    let found: BTreeMap<String, i64> = fresh.ask(statement).await.into_iter().collect();
    let wanted: BTreeMap<String, i64> = wanted.into_iter().filter(|(_, n)| *n != 0).collect();
    assert_eq!(found, wanted, "{statement}");
}

fn words(counts: &BTreeMap<&'static str, i64>) -> impl Iterator<Item = (String, i64)> {
    let counts = counts.clone();
    counts.into_iter().map(|(word, n)| (word.to_owned(), n))
}

/// Cases, events and projects, each counted by one plain statement.
async fn counted_plainly(fresh: &Fresh, nation: &Totals, today: i64) {
    let by = |what: &str| format!("SELECT {what}, COUNT(*) FROM cases GROUP BY 1");
    same(fresh, &by("kind"), words(&nation.by_kind)).await;
    same(fresh, &by("voice"), words(&nation.by_voice)).await;
    same(fresh, &by("state"), words(&nation.by_state)).await;
    let hazards =
        "SELECT COALESCE(finder, 'unknown'), COUNT(*) FROM cases WHERE kind = 'hazard' GROUP BY 1";
    same(fresh, hazards, words(&nation.by_finder)).await;
    let levels = "SELECT CAST(grade_level AS TEXT), COUNT(*) FROM cases
        WHERE grade_level IS NOT NULL GROUP BY 1";
    let wanted = nation
        .by_level
        .iter()
        .map(|(level, n)| (level.to_string(), *n));
    same(fresh, levels, wanted).await;
    let one = |word: &str, n: i64| [(word.to_owned(), n)];
    for (word, condition, n) in [
        (
            "danger",
            "danger AND state IN ('new', 'accepted', 'planned', 'done')",
            nation.danger,
        ),
        (
            "answered",
            "answered_day - reported_day <= 7",
            nation.answered_in_time,
        ),
        (
            "late",
            "answered_day - reported_day > 7",
            nation.answered_late,
        ),
        ("promised", "due_day IS NOT NULL", nation.promised),
        ("kept", "fixed_day <= due_day", nation.kept),
        ("resolved", "verified_day IS NOT NULL", nation.resolved),
    ] {
        assert!(n > 0, "{word}");
        let ask = format!("SELECT '{word}', COUNT(*) FROM cases WHERE {condition}");
        same(fresh, &ask, one(word, n)).await;
    }
    let overdue = format!(
        "SELECT 'overdue', COUNT(*) FROM cases WHERE state = 'planned' AND due_day < {today}"
    );
    same(fresh, &overdue, one("overdue", nation.overdue)).await;
    same(
        fresh,
        "SELECT 'events', COUNT(*) FROM case_event",
        one("events", nation.events),
    )
    .await;
    let saved = "SELECT p.currency, CAST(SUM(s.minor) AS BIGINT) FROM project p
        JOIN project_saving s ON s.enterprise_id = p.enterprise_id AND s.project_id = p.id
        WHERE p.state = 'verified' AND s.stage = 'actual' GROUP BY 1";
    same(fresh, saved, words(&nation.saved)).await;
}

async fn stored(app: &TestApp) -> Vec<Stored> {
    let scope = Scope::System("a test reads all sums");
    let mut tx = app.app.db.read(&scope).await.expect("a transaction");
    sums(&mut tx).await.expect("sums")
}

async fn dumped(app: &TestApp, table: &str) -> Vec<String> {
    let mut lines = app.fresh.dump().await;
    lines.retain(|line| line.starts_with(&format!("{table} ")));
    lines.sort_unstable();
    lines
}

on_both_databases! {
    async fn a_simulated_database_is_what_its_summary_says(fresh) {
        let app = TestApp::on(fresh);
        let schema = app.fresh.schema().await;
        assert!(schema.len() > 100, "{} parts of the schema", schema.len());
        let summary = fill(&app, 5, 2_500).await.expect("an empty database is filled");
        assert_eq!(app.fresh.schema().await, schema, "the schema is the migrated one");
        let nation = &summary.nation;
        assert_eq!((nation.enterprises, nation.reports), (80, 2_500));
        assert!(nation.silent > 10 && nation.silent < 60, "{}", nation.silent);
        let events = nation.events;
        assert!((4_500..6_000).contains(&events), "two events on average, not {events}");

        let today = Zone::named("Asia/Shanghai").expect("China").day(app.app.now()).0;
        counted_plainly(&app.fresh, nation, today).await;
        let all = stored(&app).await;
        assert_eq!(of_division(&all, "000000", today), of_summary(nation), "the nation");
        for (code, totals) in &summary.regions {
            assert_eq!(of_division(&all, code, today), of_summary(totals), "{code}");
        }
        assert!(summary.regions.len() > 20, "{}", summary.regions.len());

        // Nothing waits, and what is made anew is the same.
        assert_eq!(oversight::fold(&app.app).await.expect("folded"), 0);
        let (counts, standings) = (dumped(&app, "tally").await, dumped(&app, "standing").await);
        for enterprise in directory::all(&app.app).await.expect("the directory") {
            tallies::rebuild(&app.app, enterprise).await.expect("counted anew");
        }
        oversight::rebuild(&app.app).await.expect("made anew");
        let is_count = |line: &&String| !line.ends_with(",0)") && !line.ends_with(",0");
        let before: Vec<&String> = counts.iter().filter(is_count).collect();
        let after = dumped(&app, "tally").await;
        assert_eq!(before, after.iter().filter(is_count).collect::<Vec<_>>());
        assert_eq!(stored(&app).await, all);
        assert_eq!(dumped(&app, "standing").await, standings);

        // Nothing was changed behind our back.
        let mut links = 0;
        for enterprise in directory::all(&app.app).await.expect("the directory") {
            let found = ledger::verify(&app.app, enterprise).await.expect("checked");
            assert_eq!((found.pending, found.erased, found.faults), (0, 0, vec![]));
            links += found.sequenced;
        }
        assert_eq!(links, nation.events.unsigned_abs());
        let log = tlog::verify(&app.app, None).await.expect("checked");
        assert_eq!((log.size, log.pending, log.faults), (links, 0, vec![]));

        let again = fill(&app, 5, 10).await.expect_err("somebody is in it");
        assert!(again.to_string().contains("not empty"), "{again}");
    }
}

#[tokio::test]
async fn the_same_seed_makes_the_same_nation() {
    let mut made = Vec::new();
    for seed in [7, 7, 8] {
        let app = TestApp::on(hezuo_store::testing::sqlite().await);
        let summary = fill(&app, seed, 400).await.expect("filled");
        made.push((dumped(&app, "case_event").await, summary));
    }
    assert_eq!(made[0], made[1]);
    assert_ne!(made[0].1, made[2].1);
}
