//! The work in the background: what is done without anybody asking for it. It runs in `hezuo serve`, or apart
//! from it in `hezuo work`; of several processes on one database one does the rounds, and each job is one
//! process's.

use std::sync::Arc;
use std::time::Duration;

use hezuo_app::cases::search;
use hezuo_app::envelopes::host::Host;
use hezuo_app::envelopes::link;
use hezuo_app::queue::Lane;
use hezuo_app::rounds::{Claim, RENEW_EVERY, Round, Turn};
use hezuo_app::uploads::parts;
use hezuo_app::{
    App, apart, entrusted, halt, intake, jobs, ledger, notices, oversight, people, retention, tlog,
};
use tokio::task::JoinHandle;

use crate::admin::say;
use crate::backup::sealed;
use crate::config::Config;
use crate::rewrite::Apart;
use crate::serve::stop;
use crate::{Result, open as opening};

/// Opens what a process needs that serves or works: also the way to the intake.
pub(crate) async fn open(config: &Config) -> Result<App> {
    let mut app = opening::app(config).await?;
    let own_url = Some(config.public_url.trim_end_matches('/').to_owned());
    app.link = opening::link(config, own_url.filter(|url| !url.is_empty()))?;
    Ok(app)
}

/// `hezuo work`: the work in the background, until it is asked to stop.
pub async fn run(config: &Config) -> Result<()> {
    Apart::new(&config.program).check().await?;
    let plan = sealed::plan(config)?;
    let app = Arc::new(open(config).await?);
    let background = Background::start(&app, true);
    let backups = plan.map(|plan| {
        let work = sealed::work(Arc::clone(&app), config.clone(), plan);
        tokio::spawn(work)
    });
    say("Hezuo works in the background");
    stop().await;
    if let Some(task) = backups {
        task.abort();
    }
    background.stop().await
}

/// What runs beside the answers to requests.
pub(crate) struct Background {
    app: Arc<App>,
    tasks: Vec<JoinHandle<()>>,
    claims: Vec<Arc<Claim>>,
}

impl Background {
    /// Begins: what each process does for itself, and, where it `works`, what one does for all.
    pub(crate) fn start(app: &Arc<App>, works: bool) -> Self {
        let mut tasks = vec![
            tokio::spawn(keep_notes(Arc::clone(app))),
            tokio::spawn(mend_when_halted(Arc::clone(app))),
        ];
        let mut claims = Vec::new();
        if works {
            let everything = Claim::new(app, Round::Everything);
            tasks.push(tokio::spawn(work(Arc::clone(app), Arc::clone(&everything))));
            tasks.push(tokio::spawn(work_on_erasing(
                Arc::clone(app),
                Arc::clone(&everything),
            )));
            claims.push(everything);
            for lane in [Lane::Any, Lane::Alarms, Lane::Sending] {
                tasks.push(tokio::spawn(work_on_jobs(Arc::clone(app), lane)));
            }
            if let Some(link) = &app.link {
                let claim = Claim::new(app, Round::Envelopes);
                let work = work_on_envelopes(Arc::clone(app), Arc::clone(&claim), link.every);
                tasks.push(tokio::spawn(work));
                claims.push(claim);
            }
            for claim in &claims {
                tasks.push(tokio::spawn(keep(Arc::clone(app), Arc::clone(claim))));
            }
        }
        Self {
            app: Arc::clone(app),
            tasks,
            claims,
        }
    }

    /// Ends it; what this process did for all another one does from now on.
    pub(crate) async fn stop(self) -> Result<()> {
        for task in self.tasks {
            task.abort();
        }
        for claim in self.claims {
            if let Err(error) = claim.give_back(&self.app).await {
                tracing::warn!(%error, "the others hear a little later that this process has ended");
            }
        }
        people::write_failures(&self.app).await?;
        entrusted::write_looks(&self.app).await?;
        Ok(())
    }
}

/// Gives signs of life for a kind of work, or waits until whoever does it gives none.
async fn keep(app: Arc<App>, claim: Arc<Claim>) {
    let mut interval = tokio::time::interval(RENEW_EVERY);
    loop {
        interval.tick().await;
        let was_held = claim.is_held();
        match claim.renew(&app).await {
            Err(error) if was_held => {
                tracing::warn!(%error, "the work in the background waits for the database");
            }
            _ => {}
        }
    }
}

/// What is kept in memory for a moment is written by the process in which it happened: looks at what not
/// everybody may read, and failures to sign in.
async fn keep_notes(app: Arc<App>) {
    let mut interval = tokio::time::interval(TICK);
    loop {
        interval.tick().await;
        if app.db.is_away() {
            continue;
        }
        if let Err(error) = people::write_failures(&app).await {
            tracing::error!(%error, "failures to sign in could not be written; they wait");
        }
        if let Err(error) = entrusted::write_looks(&app).await {
            tracing::error!(%error, "looks could not be written; they wait");
        }
    }
}

/// How often the background looks for work.
const TICK: Duration = Duration::from_secs(2);

/// Ticks between two looks at the waiting room of anonymous reports.
const TICKS_TO_RELEASE: u32 = 150;

/// Readers of reports that are kept apart are told of a danger within half a minute.
const TICKS_TO_READERS: u32 = 15;

/// Ticks between two looks whether the hour has come at which owners are told what is due.
const TICKS_TO_TELL: u32 = 30;

/// Uploads that nobody finished are looked for once an hour.
const TICKS_TO_FORGET: u32 = 1_800;

/// Once a day, and when a process begins to work.
const TICKS_TO_LOOK_OVER: u32 = 43_200;

/// Enterprises whose owners are told between two ticks.
const TOLD_AT_ONCE: usize = 100;

/// What is over is erased once a day. Heads of the log are a day apart: whoever asks for them more often learns
/// no pace.
const DAY_SECONDS: i64 = 24 * 3600;

/// While what is over is erased, the database is left to the others for four times as long as each enterprise
/// takes.
const RESTS: u32 = 4;

/// The sums of divisions, the sequencer, the log, the release of anonymous reports, and the daily word to
/// owners. A failure is logged and tried again at the next tick.
async fn work(app: Arc<App>, claim: Arc<Claim>) {
    let mut interval = tokio::time::interval(TICK);
    let mut ticks = 0_u32;
    let mut to_tell = Vec::new();
    // Whether the work is this process's is said at once, and then by its signs of life.
    drop(claim.renew(&app).await);
    publish(&app, &claim, true).await;
    loop {
        interval.tick().await;
        if !claim.is_held() || app.db.is_away() {
            ticks = 0;
            continue;
        }
        if ticks.is_multiple_of(TICKS_TO_RELEASE)
            && let Err(error) = intake::release_due(&app).await
        {
            tracing::error!(%error, "anonymous reports could not be released");
        }
        if ticks.is_multiple_of(TICKS_TO_FORGET) {
            forget_parts(&app).await;
        }
        if ticks.is_multiple_of(TICKS_TO_READERS)
            && let Err(error) = apart::tell_due(&app).await
        {
            tracing::error!(%error, "readers could not be told of reports for them");
        }
        if let Err(error) = tell(&app, &mut to_tell, ticks.is_multiple_of(TICKS_TO_TELL)).await {
            tracing::error!(%error, "owners could not be told what is due");
        }
        if let Err(error) = oversight::fold(&app).await {
            tracing::error!(%error, "the sums of divisions could not be brought up to date");
        }
        if let Err(error) = make_words(&app).await {
            tracing::error!(%error, "the words of older cases could not be made");
        }
        if let Err(error) = ledger::sequence(&app).await {
            tracing::error!(%error, "leaves could not be sequenced");
        }
        if ticks.is_multiple_of(TICKS_TO_LOOK_OVER)
            && let Err(error) = app.db.look_over().await
        {
            tracing::error!(%error, "the database could not be looked over");
        }
        if ticks.is_multiple_of(TICKS_TO_TELL) {
            publish(&app, &claim, false).await;
        }
        ticks = ticks.wrapping_add(1);
    }
}

/// Tells the owners of some of the enterprises whose hour has come, so that nothing else waits for all of them;
/// who is left comes at the next ticks.
async fn tell(app: &App, to_tell: &mut Vec<notices::Due>, is_time: bool) -> hezuo_app::Result<()> {
    if is_time && to_tell.is_empty() {
        *to_tell = notices::to_tell(app).await?;
    }
    let left = to_tell.len().saturating_sub(TOLD_AT_ONCE);
    for due in to_tell.split_off(left) {
        notices::tell(app, &due).await?;
    }
    Ok(())
}

/// Brings the log up to date once a day, and when a process begins to work, which may have found a folder
/// without its files.
async fn publish(app: &App, claim: &Claim, begins: bool) {
    let fold = async { tlog::fold(app).await.map(drop) };
    let done = if begins {
        if !claim.is_held() {
            return;
        }
        fold.await
    } else {
        let turn = (Turn::Log, DAY_SECONDS);
        claim.once_in(app, turn, fold).await.map(drop)
    };
    if let Err(error) = done {
        tracing::error!(%error, "the log could not be brought up to date");
    }
}

/// Erases what is over, beside everything else: of a nation it takes more than half an hour.
async fn work_on_erasing(app: Arc<App>, claim: Arc<Claim>) {
    let mut interval = tokio::time::interval(TICK * TICKS_TO_TELL);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        if claim.is_held() && !app.db.is_away() {
            erase(&app, &claim).await;
        }
    }
}

async fn erase(app: &App, claim: &Claim) {
    let work = async {
        let rules = hezuo_packs::retention();
        let rules = rules.map_err(|error| hezuo_app::Error::Internal(error.to_string()))?;
        retention::erase(app, &rules, RESTS).await
    };
    match claim.once_in(app, (Turn::Erase, DAY_SECONDS), work).await {
        Ok(Some(rows)) if rows > 0 => tracing::info!(rows, "what is over was erased"),
        Ok(_) => {}
        Err(error) => tracing::error!(%error, "what is over could not be erased"),
    }
}

async fn forget_parts(app: &App) {
    match parts::forget(app).await {
        Ok(0) => {}
        Ok(parts) => tracing::info!(parts, "uploads that nobody finished were forgotten"),
        Err(error) => {
            tracing::error!(%error, "uploads that nobody finished could not be forgotten");
        }
    }
}

/// At an intake, which has no other work in the background: unfinished uploads, and what codes opened of which
/// nothing was heard for so many months. Every hour, so that what was in use is tried again.
pub(crate) async fn forget_hourly(host: Arc<Host>, months: i64) {
    let mut interval = tokio::time::interval(TICK * TICKS_TO_FORGET);
    loop {
        interval.tick().await;
        if host.app().db.is_away() {
            continue;
        }
        forget_parts(host.app()).await;
        match host.forget(months).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "what report codes opened long ago was forgotten"),
            Err(error) => tracing::error!(%error, "what is over could not be forgotten"),
        }
    }
}

/// Makes the words of older cases for a second, so that what else waits is not kept waiting.
async fn make_words(app: &App) -> Result<()> {
    let begun = std::time::Instant::now();
    let mut cases = 0;
    while begun.elapsed() < Duration::from_secs(1) {
        match search::fill(app).await? {
            0 => break,
            count => cases += count,
        }
    }
    if cases > 0 {
        let enterprises = search::waiting(app).await?;
        tracing::info!(
            cases,
            enterprises,
            "older cases can be found now; enterprises still to do"
        );
    }
    Ok(())
}

/// The rounds with the intake. A failure is logged once, and stands on the health page until it is
/// over.
async fn work_on_envelopes(app: Arc<App>, claim: Arc<Claim>, every: Duration) {
    let mut interval = tokio::time::interval(every);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    drop(claim.renew(&app).await);
    loop {
        interval.tick().await;
        if !claim.is_held() || app.db.is_away() {
            continue;
        }
        if let Err(error) = link::exchange(&app).await {
            tracing::warn!(%error, "no round with the intake");
        }
    }
}

/// Waits for a fault of the disk, and then tries until the server can be trusted again. Between tries the
/// pause grows, since a check reads the whole database.
pub(crate) async fn mend_when_halted(app: Arc<App>) {
    loop {
        let why = halt::called(&app).await;
        tracing::error!(
            why,
            "a fault of the disk: nothing is written until it was checked"
        );
        let mut pause = Duration::from_secs(1);
        loop {
            tokio::time::sleep(pause).await;
            match halt::mend(&app).await {
                Ok(()) => break,
                Err(error) => tracing::error!(%error, "the fault of the disk goes on"),
            }
            pause = (pause * 2).min(Duration::from_secs(30));
        }
        tracing::warn!("everything was checked and is whole: writes go on");
    }
}

/// The jobs, apart from the rest: an import may take minutes, and nobody's report may wait for it,
/// nor an alarm, nor the word of it that leaves the house.
async fn work_on_jobs(app: Arc<App>, lane: Lane) {
    let mut interval = tokio::time::interval(TICK);
    loop {
        interval.tick().await;
        while !app.db.is_away() {
            match jobs::run_next_of(&app, lane).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    tracing::error!(%error, "a job could not be run");
                    break;
                }
            }
        }
    }
}
