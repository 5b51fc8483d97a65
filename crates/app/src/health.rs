//! How the server does, for whoever keeps it.

use hezuo_domain::Scope;
use hezuo_domain::permissions::Permission;
use hezuo_domain::time::Instant;
use hezuo_store::{StoreError, health as rows};

use crate::envelopes::link::State;
use crate::{Access, App, Result};

/// What an administrator looks at first.
#[derive(Debug, Clone)]
pub struct Health {
    /// The version that runs.
    pub version: &'static str,
    /// `SQLite` or `PostgreSQL`.
    pub database: &'static str,
    /// Bytes of the database.
    pub size: i64,
    /// When the last backup was made that stood its check, and its bytes.
    pub last_backup: Option<(Instant, i64)>,
    /// Why writes are stopped, where they are.
    pub halted: Option<String>,
    /// Jobs of the enterprise that wait or run.
    pub jobs_waiting: i64,
    /// Jobs of the enterprise that have failed for good.
    pub jobs_failed: i64,
    /// The last of them: kind and reason.
    pub failures: Vec<(String, Option<String>)>,
    /// Events of the enterprise that are not yet in the chain.
    pub unsequenced: i64,
    /// The intake of this server and how the way to it does; none where it has none.
    pub intake: Option<(String, State)>,
    /// When this was read.
    pub as_of: Instant,
}

/// Whether the server takes reports just now.
///
/// # Errors
/// `storage.halted`.
pub fn pulse(app: &App) -> Result<()> {
    match app.db.halt().why() {
        None => Ok(()),
        Some(_) => Err(StoreError::Halted.into()),
    }
}

/// Reads how the server does.
///
/// # Errors
/// `forbidden`.
pub async fn find(app: &App, access: &Access) -> Result<Health> {
    access.require(Permission::HealthRead)?;
    let size = app.db.size().await?;
    let mut tx = app.db.read(&access.scope()).await?;
    let jobs = rows::jobs(&mut tx).await?;
    let failures = rows::failed(&mut tx).await?;
    let unsequenced = hezuo_store::ledger::count_pending(&mut tx).await?;
    let last_backup = rows::last_backup(&mut tx).await?;
    drop(tx);
    let of = |failed: bool| -> i64 {
        let fits = jobs
            .iter()
            .filter(|(state, _)| (state == "failed") == failed);
        fits.map(|(_, n)| n).sum()
    };
    Ok(Health {
        version: env!("CARGO_PKG_VERSION"),
        database: app.db.kind(),
        size,
        last_backup,
        halted: app.db.halt().why(),
        jobs_waiting: of(false),
        jobs_failed: of(true),
        failures,
        unsequenced,
        intake: app
            .link
            .as_ref()
            .map(|link| (link.url.clone(), link.standing())),
        as_of: app.now(),
    })
}

/// Notes that a backup was made and stood its check: only the terminal of the server can.
pub async fn note_backup(app: &App, at: Instant, size: i64) -> Result<()> {
    let mut tx = app
        .db
        .write(&Scope::System("a backup holds everybody"))
        .await?;
    rows::note_backup(&mut tx, at, size).await?;
    tx.commit().await?;
    Ok(())
}
