//! `hezuo serve`: the web server and the work in the background.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::ConnectInfo;
use axum::middleware::{self, Next};
use hezuo_api::{ApiState, Settings, router};
use hezuo_app::{App, intake, jobs, ledger};
use tokio::net::TcpListener;

use crate::config::Config;
use crate::{Result, WebApp};

/// Settings of the web server that follow from the configuration.
pub fn settings(config: &Config, demo: bool) -> Settings {
    Settings {
        secure: config.behind_tls,
        loopback_only_logins: !config.behind_tls,
        demo,
        public_url: Some(config.public_url.clone()).filter(|url| !url.is_empty()),
    }
}

/// Serves until the process is asked to stop; requests that are under way are finished.
pub async fn serve(app: Arc<App>, listener: TcpListener, settings: Settings) -> Result<()> {
    serve_until(app, listener, settings, stop()).await
}

/// Serves until the future ends.
pub async fn serve_until(
    app: Arc<App>,
    listener: TcpListener,
    settings: Settings,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let state = ApiState::new(Arc::clone(&app), settings, Arc::new(WebApp));
    let router = router(state).layer(middleware::from_fn(remember_peer));
    let background = [
        tokio::spawn(work(Arc::clone(&app))),
        tokio::spawn(work_on_jobs(app)),
    ];
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, service)
        .with_graceful_shutdown(stop)
        .await;
    for task in background {
        task.abort();
    }
    Ok(served?)
}

/// Handlers that ask for it find the peer's address as an extension; nothing stores or logs it.
async fn remember_peer(
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: axum::extract::Request,
    next: Next,
) -> axum::response::Response {
    request
        .extensions_mut()
        .insert(Extension(ConnectInfo(peer)).0);
    next.run(request).await
}

async fn stop() {
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

/// The sequencer, and the release of anonymous reports. A failure is logged and tried again
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
        ticks = ticks.wrapping_add(1);
        if let Err(error) = ledger::sequence(&app).await {
            tracing::error!(%error, "leaves could not be sequenced");
        }
    }
}

/// The jobs, apart from the rest: an import may take minutes, and nobody's report may wait for it.
async fn work_on_jobs(app: Arc<App>) {
    let mut interval = tokio::time::interval(TICK);
    loop {
        interval.tick().await;
        loop {
            match jobs::run_next(&app).await {
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
