//! The demo's intake: in the same process but on a port, a database and a key of its own, so that
//! everything between the two goes the real way.

use std::sync::Arc;

use hezuo_app::App;
use hezuo_app::envelopes::host::Host;
use hezuo_app::envelopes::link;
use hezuo_domain::report_code::ReportCode;
use tokio::net::TcpListener;

use super::CODES;
use crate::config::Config;
use crate::listen::{Patience, listen};
use crate::{Result, intake, open, serve};

/// Serves an intake in the background and leads the demo's server to it. The holders of the codes
/// to try find their reports there.
pub(super) async fn begin(
    config: &mut Config,
    app: &mut App,
    base: &str,
    listener: TcpListener,
) -> Result<()> {
    let mut own = config.clone();
    own.data = config.data.join("intake");
    own.database.url.clear();
    let host = Host::new(Arc::new(open::app(&own).await?), false);
    config.intake.url = format!("http://{}", listener.local_addr()?);
    config.intake.key_file = config.data.join("intake.key");
    config.intake.seconds = 2;
    if !config.intake.key_file.exists() {
        intake::register(&host, "demo", &config.intake.key_file).await?;
    }
    app.link = open::link(config, Some(base.to_owned()))?;
    let codes = std::fs::read_to_string(config.data.join(CODES)).unwrap_or_default();
    for line in codes.lines() {
        let code = line.split("   ").next().unwrap_or_default();
        if let Ok(code) = ReportCode::parse(code) {
            link::remember(app, code.lookup(), -1).await?;
        }
    }
    let router = intake::router(Arc::new(host), intake::settings(&own, true));
    let patience = Patience::default();
    tokio::spawn(listen(router, listener, patience, serve::stop()));
    Ok(())
}
