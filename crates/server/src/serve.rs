//! `hezuo serve`: the web server.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::serve::Listener;
use hezuo_api::{ApiState, Channel, Settings, router};
use hezuo_app::App;
use tokio::net::TcpListener;

use crate::admin::{self, say};
use crate::backup::sealed;
use crate::config::Config;
use crate::listen::{Patience, listen};
use crate::rewrite::Apart;
use crate::tls::{self, TlsListener};
use crate::work::{self, Background};
use crate::{Result, WebApp};

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

/// `hezuo serve`.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct ServeArgs {
    /// Leave the work in the background to other processes on the same database: to `hezuo work`, or to a
    /// `hezuo serve` without this.
    #[arg(long)]
    no_work: bool,
}

/// `hezuo serve`: opens everything, says where it listens, and serves until it is asked to stop.
pub async fn run(config: &Config, arguments: ServeArgs) -> Result<()> {
    let tls = if config.tls.is_set() {
        Some(tls::acceptor(&config.tls)?)
    } else {
        None
    };
    Apart::new(&config.program).check().await?;
    let plan = sealed::plan(config)?.filter(|_| !arguments.no_work);
    let app = Arc::new(work::open(config).await?);
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
    let background = Background::start(&app, !arguments.no_work);
    match tls {
        Some(acceptor) => {
            let listener = TlsListener::new(listener, acceptor)?;
            listen_until(app, listener, settings, stop()).await;
        }
        None => listen_until(app, listener, settings, stop()).await,
    }
    if let Some(task) = backups {
        task.abort();
    }
    background.stop().await
}

/// Serves, and does the work in the background, until the process is asked to stop; requests that are under
/// way are finished.
pub async fn serve(app: Arc<App>, listener: TcpListener, settings: Settings) -> Result<()> {
    let background = Background::start(&app, true);
    listen_until(app, listener, settings, stop()).await;
    background.stop().await
}

/// Answers until the future ends.
async fn listen_until<L>(
    app: Arc<App>,
    listener: L,
    settings: Settings,
    stop: impl Future<Output = ()> + Send + 'static,
) where
    L: Listener<Addr = SocketAddr>,
{
    let state = ApiState::new(app, settings, Arc::new(WebApp));
    let live = state.live();
    let stop = async move {
        stop.await;
        // An open screen would keep the server from ending.
        live.stop();
    };
    listen(router(state), listener, Patience::default(), stop).await;
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
