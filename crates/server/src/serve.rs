//! `hezuo serve`: the web server and the work in the background.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use hezuo_api::{ApiState, Channel, Settings, router};
use hezuo_app::envelopes::link;
use hezuo_app::queue::Lane;
use hezuo_app::{
    App, apart, entrusted, halt, intake, jobs, ledger, notices, oversight, retention, tlog,
};
use tokio::net::TcpListener;

use crate::admin::{self, say};
use crate::backup::sealed;
use crate::config::Config;
use crate::listen::{Patience, listen};
use crate::rewrite::Apart;
use crate::tls::{self, TlsListener};
use crate::{Result, WebApp, open};

/// Settings of the web server that follow from the configuration.
pub fn settings(config: &Config, demo: bool) -> Settings {
    Settings {
        secure: config.is_secure(),
        loopback_only_logins: !config.is_secure(),
        demo,
        public_url: Some(config.public_url.clone()).filter(|url| !url.is_empty()),
        channel: match config.intake.url.trim_end_matches('/') {
            "" if config.intake.here || demo => Channel::Whole,
            "" => Channel::Open(None),
            url => Channel::Open(Some(url.to_owned())),
        },
    }
}

/// `hezuo serve`: opens everything, says where it listens, and serves until it is asked to stop.
pub async fn run(config: &Config) -> Result<()> {
    let tls = if config.tls.is_set() {
        Some(tls::acceptor(&config.tls)?)
    } else {
        None
    };
    Apart::new(&config.program).check().await?;
    let plan = sealed::plan(config)?;
    let mut app = open::app(config).await?;
    let own_url = Some(config.public_url.trim_end_matches('/').to_owned());
    app.link = open::link(config, own_url.filter(|url| !url.is_empty()))?;
    let app = Arc::new(app);
    let listener = TcpListener::bind(config.listen).await?;
    let address = listener.local_addr()?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    say(&format!("Hezuo listens on {scheme}://{address}"));
    if !config.is_secure() && !address.ip().is_loopback() {
        say("Without TLS nobody can log in from another machine; see [tls] in `hezuo config`.");
    }
    admin::first_link(&app, &config.base_url(address)).await?;
    let settings = settings(config, false);
    let backups = plan.map(|plan| {
        let work = sealed::work(Arc::clone(&app), config.clone(), plan);
        tokio::spawn(work)
    });
    let served = match tls {
        Some(acceptor) => {
            let listener = TlsListener::new(listener, acceptor)?;
            serve_until(app, listener, settings, stop()).await
        }
        None => serve_until(app, listener, settings, stop()).await,
    };
    if let Some(task) = backups {
        task.abort();
    }
    served
}

/// Serves until the process is asked to stop; requests that are under way are finished.
pub async fn serve(app: Arc<App>, listener: TcpListener, settings: Settings) -> Result<()> {
    serve_until(app, listener, settings, stop()).await
}

/// Serves until the future ends.
pub async fn serve_until<L>(
    app: Arc<App>,
    listener: L,
    settings: Settings,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<()>
where
    L: Listener<Addr = SocketAddr>,
{
    let state = ApiState::new(Arc::clone(&app), settings, Arc::new(WebApp));
    let live = state.live();
    let stop = async move {
        stop.await;
        // An open screen would keep the server from ending.
        live.stop();
    };
    let background = [
        tokio::spawn(work(Arc::clone(&app))),
        tokio::spawn(work_on_jobs(Arc::clone(&app), Lane::Any)),
        tokio::spawn(work_on_jobs(Arc::clone(&app), Lane::Alarms)),
        tokio::spawn(work_on_jobs(Arc::clone(&app), Lane::Sending)),
        tokio::spawn(work_on_envelopes(Arc::clone(&app))),
        tokio::spawn(mend_when_halted(Arc::clone(&app))),
    ];
    listen(router(state), listener, Patience::default(), stop).await;
    for task in background {
        task.abort();
    }
    entrusted::write_looks(&app).await?;
    Ok(())
}

/// Ends when the process is asked to stop.
pub(crate) async fn stop() {
    let terminated = async {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
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

/// What is over is erased once a day.
const TICKS_TO_ERASE: u32 = 43_200;

/// Ticks between two heads of the log, a day: whoever asks for them more often learns no pace.
const TICKS_TO_PUBLISH: u32 = 43_200;

/// The sums of divisions, the sequencer, the log, the release of anonymous reports, and the daily word to owners. A failure is logged and tried again
/// at the next tick.
async fn work(app: Arc<App>) {
    let mut interval = tokio::time::interval(TICK);
    let mut ticks = 0_u32;
    loop {
        interval.tick().await;
        if ticks.is_multiple_of(TICKS_TO_RELEASE)
            && let Err(error) = intake::release_due(&app).await
        {
            tracing::error!(%error, "anonymous reports could not be released");
        }
        if ticks.is_multiple_of(TICKS_TO_READERS)
            && let Err(error) = apart::tell_due(&app).await
        {
            tracing::error!(%error, "readers could not be told of reports for them");
        }
        if ticks.is_multiple_of(TICKS_TO_TELL)
            && let Err(error) = notices::tell_owners(&app).await
        {
            tracing::error!(%error, "owners could not be told what is due");
        }
        if let Err(error) = oversight::fold(&app).await {
            tracing::error!(%error, "the sums of divisions could not be brought up to date");
        }
        if let Err(error) = entrusted::write_looks(&app).await {
            tracing::error!(%error, "looks could not be written; they wait");
        }
        if let Err(error) = ledger::sequence(&app).await {
            tracing::error!(%error, "leaves could not be sequenced");
        }
        if ticks.is_multiple_of(TICKS_TO_PUBLISH)
            && let Err(error) = tlog::fold(&app).await
        {
            tracing::error!(%error, "the log could not be brought up to date");
        }
        if ticks.is_multiple_of(TICKS_TO_ERASE)
            && let Err(error) = erase(&app).await
        {
            tracing::error!(%error, "what is over could not be erased");
        }
        ticks = ticks.wrapping_add(1);
    }
}

async fn erase(app: &App) -> Result<()> {
    let erased = retention::erase(app, &hezuo_packs::retention()?).await?;
    if erased > 0 {
        tracing::info!(rows = erased, "what is over was erased");
    }
    Ok(())
}

/// The rounds with the intake. A failure is logged once, and stands on the health page until it is
/// over.
async fn work_on_envelopes(app: Arc<App>) {
    let Some(every) = app.link.as_ref().map(|link| link.every) else {
        return;
    };
    let mut interval = tokio::time::interval(every);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
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
        loop {
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
