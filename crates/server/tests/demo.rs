//! The demo's story: the same seed tells the same one, and every figure is a count of its cases.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test stops where it fails"
)]

use std::path::PathBuf;
use std::sync::Arc;

use hezuo_app::intake::Release;
use hezuo_app::people::log_in;
use hezuo_app::queue::{CaseSummary, Filter, Queue};
use hezuo_app::{App, Caller, cases, intake, ledger, oversight, reports, tallies};
use hezuo_domain::Scope;
use hezuo_domain::cases::State;
use hezuo_domain::disclosure::Published;
use hezuo_domain::oversight::Figure;
use hezuo_domain::report_code::ReportCode;
use hezuo_domain::time::{Clock, Instant, SeededRandom, SetClock};
use hezuo_server::config::Config;
use hezuo_server::demo::{Cast, Language, PASSWORD, Setting, Story, assemble, play, play_all};
use hezuo_server::open;

/// A Wednesday in China, in the middle of the morning: 2026-11-18 10:30.
const WEDNESDAY: Instant = Instant(1_794_969_000_000_000);

const HOUR: i64 = 3_600;

struct Demo {
    app: App,
    cast: Cast,
    story: Story,
    folder: PathBuf,
}

impl Drop for Demo {
    fn drop(&mut self) {
        // A folder that can't be removed costs disk, not correctness.
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

async fn demo(name: &str, now: Instant, weeks: u32, language: Language) -> Demo {
    let folder = std::env::temp_dir().join(format!("hezuo-demo-{}-{name}", std::process::id()));
    let mut config = Config::read(None).unwrap();
    config.data.clone_from(&folder);
    config.database.url.clear();
    config.program = env!("CARGO_BIN_EXE_hezuo").into();
    let clock = Arc::new(SetClock::at(now));
    let random = Arc::new(SeededRandom::new(7));
    let dyn_clock = Arc::clone(&clock) as Arc<dyn Clock>;
    let opened = Box::pin(open::app_with(&config, dyn_clock, random)).await;
    let mut app = opened.unwrap();
    let setting = Setting {
        now,
        enterprises: 1,
        weeks,
        seed: 7,
        language,
    };
    let cast = assemble(&app, &clock, setting).await.unwrap().remove(0);
    let story = Box::pin(play(&app, &clock, &cast, setting)).await.unwrap();
    assert_eq!(clock.now(), now, "the story ends now");
    app.release = Release::OnAsk;
    Demo {
        app,
        cast,
        story,
        folder,
    }
}

impl Demo {
    async fn list(&self, caller: &Caller, queue: Queue) -> Vec<CaseSummary> {
        let access = caller.enter(&self.app, self.cast.factory).await.unwrap();
        let page = cases::list(&self.app, &access, queue, Filter::None, None, 200);
        page.await.unwrap().items
    }

    async fn summary(&self) -> tallies::Summary {
        let access = self.cast.officer.enter(&self.app, self.cast.factory);
        tallies::summary(&self.app, &access.await.unwrap())
            .await
            .unwrap()
    }
}

fn count(cases: &[CaseSummary], test: impl Fn(&CaseSummary) -> bool) -> i64 {
    i64::try_from(cases.iter().filter(|case| test(case)).count()).unwrap()
}

#[tokio::test]
async fn the_same_seed_tells_the_same_story_and_its_figures_are_counts() {
    let first = demo("first", WEDNESDAY, 8, Language::Zh).await;
    let second = demo("second", WEDNESDAY, 8, Language::Zh).await;
    assert_eq!(first.story, second.story);
    let summary = first.summary().await;
    assert_eq!(
        format!("{summary:?}"),
        format!("{:?}", second.summary().await)
    );

    let story = &first.story;
    assert!((85..=125).contains(&story.reports), "{story:?}");
    assert!(
        story.named > 20 && story.in_confidence > 10 && story.anonymous > 15,
        "{story:?}"
    );
    assert!(story.sent_back > 0 && story.not_yet == 1, "{story:?}");
    assert_eq!(story.codes.len(), 3);

    let all = first.list(&first.cast.officer, Queue::All).await;
    let is = |state: State| move |case: &CaseSummary| case.state == state.as_str();
    let open = ["new", "accepted", "planned", "done"];
    assert_eq!(summary.reported, count(&all, |_| true));
    assert_eq!(
        summary.open,
        count(&all, |case| open.contains(&case.state.as_str()))
    );
    assert_eq!(summary.new, count(&all, is(State::New)));
    assert_eq!(summary.to_verify, count(&all, is(State::Done)));
    let today = summary.today.0;
    let overdue =
        |case: &CaseSummary| case.state == "planned" && case.due_day.is_some_and(|due| due < today);
    assert_eq!(summary.overdue, count(&all, overdue));
    assert_eq!(summary.verified, i64::from(story.verified));
    let waiting = summary.waiting_release.unwrap();
    assert_eq!(i64::from(story.reports), summary.reported + waiting);

    // What a visitor finds now.
    assert_eq!(
        (summary.new, summary.overdue, summary.to_verify, waiting),
        (3, 2, 3, 2)
    );
    assert_eq!(count(&all, |case| case.danger && case.state == "new"), 1);
    let owner = Queue::Owner(first.cast.fixer.person);
    let own = first.list(&first.cast.fixer, owner).await;
    assert!(
        own.iter().any(|case| case.due_day == Some(today)),
        "something to fix today"
    );
    for state in [
        State::Declined,
        State::Referred,
        State::Merged,
        State::Closed,
    ] {
        assert!(count(&all, is(state)) > 0, "{}", state.as_str());
    }
    for category in hezuo_domain::cases::Category::ALL {
        let found = count(&all, |case| case.category == category.as_str());
        assert!(found >= 3, "{}: {found}", category.as_str());
    }
    let pictures: i64 = all.iter().map(|case| case.pictures).sum();
    assert!(pictures >= 6, "{pictures} pictures");
    assert!(
        count(&all, |case| case.text.is_ascii()) > 3,
        "some are in English"
    );
}

#[tokio::test]
async fn most_is_found_by_workers_and_the_record_is_sound() {
    let demo = demo("sound", WEDNESDAY, 8, Language::Zh).await;
    let scope = Scope::Enterprise(demo.cast.factory);
    let mut tx = demo.app.db.read(&scope).await.unwrap();
    let today = demo.summary().await.today;
    let sums = hezuo_store::tallies::sums(&mut tx, today).await.unwrap();
    let found = |slice: &str| -> i64 {
        let of = sums.iter().filter(|sum| sum.measure == "found_by");
        of.filter(|sum| slice.is_empty() || sum.slice == slice)
            .map(|sum| sum.n)
            .sum()
    };
    assert!(found("worker") * 100 > found("") * 70, "{sums:?}");
    let before = hezuo_store::tallies::everything(&mut tx).await.unwrap();
    drop(tx);

    let checked = ledger::verify(&demo.app, demo.cast.factory).await.unwrap();
    assert_eq!(
        (checked.faults.len(), checked.pending),
        (0, 0),
        "{:?}",
        checked.faults
    );
    assert!(checked.sequenced > 400, "{} events", checked.sequenced);
    tallies::rebuild(&demo.app, demo.cast.factory)
        .await
        .unwrap();
    let mut tx = demo.app.db.read(&scope).await.unwrap();
    assert_eq!(
        before,
        hezuo_store::tallies::everything(&mut tx).await.unwrap()
    );
    drop(tx);

    // Every printed code opens what it says.
    for code in &demo.story.codes {
        let lookup = ReportCode::parse(&code.code).unwrap().lookup();
        let seen = reports::follow_up(&demo.app, lookup).await.unwrap();
        let fits = match seen.state {
            None => code.what.contains("waits"),
            Some(State::Declined) => code.what.contains("declined") && seen.answer.is_some(),
            Some(_) => code.what.contains("fixed") && seen.asks_whether_fixed,
        };
        assert!(fits, "{code:?}: {seen:?}");
    }
}

#[tokio::test]
async fn the_story_ends_well_at_any_hour_and_on_a_sunday() {
    for (name, hours, weeks, language) in [
        ("sunday", 4 * 24, 2, Language::En),
        ("monday-night", 4 * 24 + 14, 1, Language::Zh),
        ("tuesday", 6 * 24 - 3, 3, Language::Zh),
    ] {
        let now = WEDNESDAY.plus_seconds(hours * HOUR);
        let demo = demo(name, now, weeks, language).await;
        // What the background does first: nothing may be due for release at once.
        assert_eq!(intake::release_due(&demo.app).await.unwrap(), 0, "{name}");
        let summary = demo.summary().await;
        assert_eq!(
            (summary.new, summary.overdue, summary.to_verify),
            (3, 2, 3),
            "{name}"
        );
        let checked = ledger::verify(&demo.app, demo.cast.factory).await.unwrap();
        assert_eq!(checked.faults, Vec::<String>::new(), "{name}");
        if language == Language::En {
            let all = demo.list(&demo.cast.officer, Queue::All).await;
            assert!(all.iter().all(|case| case.text.is_ascii()), "{name}");
        }
    }
}

/// What Nanxun did on paper in 2015, give or take: 1,620 suggestions, 1,040 hazards resolved, 25
/// million yuan, most of it found by workers. The county counts it from the records.
#[tokio::test]
async fn five_factories_come_to_what_nanxun_came_to() {
    let folder = std::env::temp_dir().join(format!("hezuo-demo-{}-nanxun", std::process::id()));
    let mut config = Config::read(None).unwrap();
    config.data.clone_from(&folder);
    config.database.url.clear();
    let clock = Arc::new(SetClock::at(WEDNESDAY));
    let random = Arc::new(SeededRandom::new(2015));
    let dyn_clock = Arc::clone(&clock) as Arc<dyn Clock>;
    config.program = env!("CARGO_BIN_EXE_hezuo").into();
    let app = open::app_for_making(&config, dyn_clock, random)
        .await
        .unwrap();
    let setting = Setting {
        now: WEDNESDAY,
        enterprises: 5,
        weeks: 26,
        seed: 2015,
        language: Language::Zh,
    };
    let story = Box::pin(play_all(&app, &clock, setting)).await.unwrap();
    let county = log_in(
        &app,
        "county",
        PASSWORD.to_owned(),
        hezuo_app::people::Visit::default(),
    );
    let county = Box::pin(county).await.unwrap().done().unwrap().caller;
    let board = oversight::board(&app, &county, None, 26).await.unwrap();
    let figure = |figure: Figure| {
        let found = board.figures.iter().find(|it| it.figure == figure).unwrap();
        let number = |told: Published| told.number().unwrap_or(0);
        (number(found.numerator), found.denominator.map_or(0, number))
    };
    let (mut hazards, mut workers, mut found) = (0, 0, 0);
    for enterprise in hezuo_app::directory::all(&app).await.unwrap() {
        let scope = Scope::Enterprise(enterprise);
        let mut tx = app.db.read(&scope).await.unwrap();
        let sums = hezuo_store::tallies::sums(&mut tx, board.today)
            .await
            .unwrap();
        let resolved = sums
            .iter()
            .filter(|it| it.measure == "resolved" && it.slice == "hazard");
        hazards += resolved.map(|it| it.n).sum::<i64>();
        for it in sums.iter().filter(|it| it.measure == "found_by") {
            found += if it.slice == "unknown" { 0 } else { it.n };
            workers += if it.slice == "worker" { it.n } else { 0 };
        }
    }
    let is_near = |n: i64, wanted: i64| (n - wanted).abs() * 100 <= wanted * 5;
    let (reported, _) = figure(Figure::Reported);
    let (saved, _) = figure(Figure::Saving);
    let told = format!("{reported} reports, {hazards} hazards, {saved} fen, {story:?}");
    assert!(is_near(reported, 1_620), "{told}");
    assert!(is_near(hazards, 1_040), "{told}");
    assert!(is_near(saved, 25_000_000 * 100), "{told}");
    assert!(workers * 100 > found * 70, "{workers} of {found}");
    for voice in [story.named, story.in_confidence, story.anonymous] {
        assert!(voice * 10 > story.reports, "{story:?}");
    }
    assert_eq!(figure(Figure::Silent), (1, 5));
    assert_eq!(board.factories, 5);
    drop(std::fs::remove_dir_all(&folder));
}
