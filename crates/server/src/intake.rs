//! `hezuo intake`: the anonymous channel as a process of its own, run by the programme or the union.

use std::path::PathBuf;
use std::sync::Arc;

use hezuo_api::{ApiState, Channel, Settings, intake_router};
use hezuo_app::envelopes::host::Host;
use hezuo_domain::retention::What;
use tokio::net::TcpListener;

use crate::admin::say;
use crate::config::Config;
use crate::listen::{Patience, listen};
use crate::rewrite::Apart;
use crate::tls::{self, TlsListener};
use crate::{Result, WebApp, open, serve, work};

/// What `hezuo intake` can do besides serving.
#[derive(Debug, Clone, clap::Args)]
pub struct IntakeArgs {
    #[command(subcommand)]
    command: Option<IntakeCommand>,
}

#[derive(Debug, Clone, clap::Subcommand)]
enum IntakeCommand {
    /// Let a factory's server fetch here, and write its key to a file to bring there.
    Register {
        /// What to call it.
        #[arg(long)]
        name: String,
        /// The file to write; it must not exist.
        #[arg(long)]
        key_to: PathBuf,
    },
}

/// `hezuo intake`.
pub async fn run(config: &Config, arguments: IntakeArgs) -> Result<()> {
    Apart::new(&config.program).check().await?;
    let host = Arc::new(Host::new(Arc::new(open::app(config).await?), true));
    if let Some(IntakeCommand::Register { name, key_to }) = arguments.command {
        register(&host, &name, &key_to).await?;
        say(&format!(
            "{name} is registered. Bring {} to its server and name it there as intake.key_file; \
             keep no copy.",
            key_to.display()
        ));
        return Ok(());
    }
    let tls = if config.tls.is_set() {
        Some(tls::acceptor(&config.tls)?)
    } else {
        None
    };
    let listener = TcpListener::bind(config.listen).await?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let address = listener.local_addr()?;
    say(&format!("Hezuo intake listens on {scheme}://{address}"));
    if host.servers().await? == 0 {
        say("No server fetches here yet; see `hezuo intake register --help`.");
    }
    let settings = settings(config, false);
    let mending = tokio::spawn(work::mend_when_halted(Arc::clone(host.app())));
    let months = hezuo_packs::retention()?.months(What::ReportCodes);
    let forgetting = tokio::spawn(work::forget_hourly(Arc::clone(&host), months));
    let router = router(host, settings);
    let patience = Patience::default();
    match tls {
        Some(acceptor) => {
            let listener = TlsListener::new(listener, acceptor)?;
            listen(router, listener, patience, serve::stop()).await;
        }
        None => listen(router, listener, patience, serve::stop()).await,
    }
    mending.abort();
    forgetting.abort();
    Ok(())
}

/// Registers a server and writes its key where only the user may read it.
pub async fn register(host: &Host, name: &str, key_to: &std::path::Path) -> Result<()> {
    let key = host.register(name).await?;
    Ok(open::write_secret(key_to, key.as_bytes())?)
}

/// How an intake presents itself.
pub fn settings(config: &Config, demo: bool) -> Settings {
    Settings {
        secure: config.is_secure(),
        loopback_only_logins: !config.is_secure(),
        demo,
        public_url: None,
        channel: Channel::Anonymous,
    }
}

/// Everything that an intake answers.
pub fn router(host: Arc<Host>, settings: Settings) -> axum::Router {
    intake_router(ApiState::of_intake(host, settings, Arc::new(WebApp)))
}
