//! How the server does, for whoever keeps it.

use std::sync::{Mutex, PoisonError};

use hezuo_domain::ids::EnterpriseId;
use hezuo_domain::permissions::Permission;
use hezuo_domain::time::{Day, Instant, Zone};
use hezuo_domain::{Code, Scope};
use hezuo_store::{StoreError, health as rows};

use crate::envelopes::link::{self, State};
use crate::{Access, App, Result, directory, rounds};

/// How the backups of this server go, as far as this process knows.
#[derive(Debug, Default)]
pub struct Backups {
    /// Older than so many hours is late; zero where nobody asked for a warning.
    pub late_after: u32,
    fault: Mutex<Option<String>>,
}

impl Backups {
    /// Backups that are late after so many hours.
    pub fn late_after(hours: u32) -> Self {
        Self {
            late_after: hours,
            fault: Mutex::default(),
        }
    }

    /// One was made, and read back.
    pub fn succeed(&self) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// None could be made.
    pub fn fail(&self, why: String) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
    }

    /// Why the last one could not be made.
    pub fn fault(&self) -> Option<String> {
        let fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        fault.clone()
    }
}

/// How large the database was when somebody first asked today. Told as it grows, it would tell whoever asks every
/// second when a report has come that still waits.
#[derive(Debug, Default)]
pub struct Size(Mutex<Option<(Day, i64)>>);

impl Size {
    async fn of_today(&self, app: &App) -> Result<i64> {
        let today = Zone::utc().day(app.now());
        let known = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((day, size)) = known
            && day == today
        {
            return Ok(size);
        }
        let size = app.db.size().await?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((today, size));
        Ok(size)
    }
}

/// What an administrator looks at first.
#[derive(Debug, Clone)]
pub struct Health {
    /// The version that runs.
    pub version: &'static str,
    /// `SQLite` or `PostgreSQL`.
    pub database: &'static str,
    /// Bytes of the database when somebody first asked today.
    pub size: i64,
    /// When the last backup was made that stood its check, and its bytes.
    pub last_backup: Option<(Instant, i64)>,
    /// Whether the last backup is older than it may be.
    pub backup_late: bool,
    /// Why the last backup on the schedule could not be made.
    pub backup_fault: Option<String>,
    /// Events of the enterprise that no backup holds: what would be lost with this server now.
    pub uncovered: i64,
    /// Why writes are stopped, where they are.
    pub halted: Option<String>,
    /// Whether any process does the work in the background: without it nothing is let out, told or summed up.
    pub is_worked: bool,
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
/// `storage.halted`; `busy` while no database takes writes.
pub fn pulse(app: &App) -> Result<()> {
    if app.db.halt().why().is_some() {
        return Err(StoreError::Halted.into());
    }
    if app.db.is_away() {
        return Err(Code::Busy.into());
    }
    Ok(())
}

/// Reads how the server does.
///
/// # Errors
/// `forbidden`.
pub async fn find(app: &App, access: &Access) -> Result<Health> {
    access.require(Permission::HealthRead)?;
    let size = app.size.of_today(app).await?;
    let mut tx = app.db.read(&access.scope()).await?;
    let jobs = rows::jobs(&mut tx).await?;
    let failures = rows::failed(&mut tx).await?;
    let unsequenced = hezuo_store::ledger::count_pending(&mut tx).await?;
    let last_backup = rows::last_backup(&mut tx).await?;
    let is_worked = rounds::is_done(app, &mut tx).await?;
    let uncovered = rows::events(&mut tx).await? - rows::covered(&mut tx).await?;
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
        backup_late: is_late(app, last_backup.map(|(at, _)| at)),
        backup_fault: app.backups.fault(),
        uncovered: uncovered.max(0),
        halted: app.db.halt().why(),
        is_worked,
        jobs_waiting: of(false),
        jobs_failed: of(true),
        failures,
        unsequenced,
        intake: link::standing(app).await?,
        as_of: app.now(),
    })
}

fn is_late(app: &App, last: Option<Instant>) -> bool {
    let hours = app.backups.late_after;
    hours > 0 && hezuo_domain::health::is_late(last, app.now(), hours)
}

/// When the last backup was made that stood its check: all that was acknowledged before is in it.
pub async fn last_backup(app: &App) -> Result<Option<Instant>> {
    let scope = Scope::System("a backup holds everybody");
    let mut tx = app.db.read(&scope).await?;
    Ok(rows::last_backup(&mut tx).await?.map(|(at, _)| at))
}

/// How the server does, for its terminal and for a monitor beside it: names and numbers, with nothing of any
/// enterprise in them.
pub async fn figures(app: &App) -> Result<Vec<(&'static str, i64)>> {
    let last = last_backup(app).await?;
    let mut uncovered = 0;
    for enterprise in directory::all(app).await? {
        let mut tx = app.db.read(&Scope::Enterprise(enterprise)).await?;
        uncovered += (rows::events(&mut tx).await? - rows::covered(&mut tx).await?).max(0);
    }
    let seconds = |at: Instant| at.0 / 1_000_000;
    let now = app.now();
    Ok(vec![
        ("hezuo_database_bytes", app.db.size().await?),
        ("hezuo_backed_up_through_seconds", last.map_or(0, seconds)),
        (
            "hezuo_backup_age_seconds",
            last.map_or(-1, |at| seconds(now) - seconds(at)),
        ),
        ("hezuo_backup_late", i64::from(is_late(app, last))),
        ("hezuo_events_in_no_backup", uncovered),
    ])
}

/// Notes that a backup was made and stood its check: only the terminal of the server can.
pub async fn note_backup(
    app: &App,
    at: Instant,
    size: i64,
    covered: &[(EnterpriseId, i64)],
) -> Result<()> {
    let mut tx = app
        .db
        .write(&Scope::System("a backup holds everybody"))
        .await?;
    rows::note_backup(&mut tx, at, size, covered).await?;
    tx.commit().await?;
    Ok(())
}
