//! Opening what a command works on: database, blobs, keys, packs.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hezuo_app::envelopes::link::Link;
use hezuo_app::{App, Budget, Keys, directory, health, notices};
use hezuo_domain::time::{Clock, Random};
use hezuo_store::Db;
use hezuo_store::blobs::Blobs;

use crate::config::Config;
use crate::post::Post;
use crate::providers;
use crate::rewrite::Apart;
use crate::{Failure, OsRandom, Result, SystemClock};

/// Opens everything with the real clock.
pub async fn app(config: &Config) -> Result<App> {
    app_with(config, Arc::new(SystemClock), Arc::new(OsRandom)).await
}

/// Opens everything with a given clock and randomness.
pub async fn app_with(
    config: &Config,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
) -> Result<App> {
    std::fs::create_dir_all(&config.data)?;
    let db = if config.database.url.is_empty() {
        let db = Db::open_sqlite(&config.data.join(DATABASE)).await?;
        db.migrate_sqlite().await?;
        db
    } else {
        let (it, transport) = (&config.database, config.database.transport());
        let db = Db::open_postgres(&it.url, it.connections, &transport).await?;
        db.reading_from(&it.replicas, it.connections, &transport)?
    };
    Box::pin(over(db, config, clock, random)).await
}

/// Opens everything for making a demo: nothing in it would be missed after a power cut, so nothing
/// waits for the disk.
pub async fn app_for_making(
    config: &Config,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
) -> Result<App> {
    if !config.database.url.is_empty() {
        return app_with(config, clock, random).await;
    }
    std::fs::create_dir_all(&config.data)?;
    let db = Db::open_sqlite_unsynced(&config.data.join(DATABASE)).await?;
    db.migrate_sqlite().await?;
    Box::pin(over(db, config, clock, random)).await
}

/// Opens everything for filling an empty database, with the real clock; nothing waits for the disk.
pub async fn app_for_filling(config: &Config) -> Result<App> {
    app_for_making(config, Arc::new(SystemClock), Arc::new(OsRandom)).await
}

const DATABASE: &str = "hezuo.db";

async fn over(
    db: Db,
    config: &Config,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
) -> Result<App> {
    let blobs = Blobs::open(&config.data.join("blobs"))?;
    let keys = Keys::from_secret(&secret(&config.data.join("secret.key"))?);
    let (matrix, rewards) = (hezuo_packs::risk_matrix()?, hezuo_packs::reward_rules()?);
    let mut app = App::new(db, blobs, clock, random, keys, matrix, rewards);
    app.uploads = Arc::new(Apart::new(&config.program));
    app.sessions = config.sessions.into();
    app.second_step = config.second_step.rule()?;
    app.providers = providers::of(config)?;
    app.notices = notices::Config {
        base: config.public_url.trim_end_matches('/').to_owned(),
        words: hezuo_api::message_word,
        carrier: Arc::new(Post::new(config.notices.allow_private, &config.mail)?),
        ..notices::Config::default()
    };
    if config.database.url.is_empty() {
        // PostgreSQL is backed up by its own tools, of which nothing is known here.
        app.backups = health::Backups::late_after(config.backup.warn_after_hours);
    }
    if config.reports.an_hour > 0 {
        app.limits.reports = Budget::about(config.reports.an_hour);
    }
    directory::load_packs(&app).await?;
    Ok(app)
}

/// The way to the intake, where the configuration names one; `own_url` is where one speaks with a
/// name.
///
/// # Errors
/// A key file that can't be read; the text names it.
pub fn link(config: &Config, own_url: Option<String>) -> Result<Option<Link>> {
    let intake = &config.intake;
    if intake.url.is_empty() {
        return Ok(None);
    }
    let key = std::fs::read_to_string(&intake.key_file).map_err(|error| {
        let path = intake.key_file.display();
        Failure::Other(format!("intake.key_file: {path} can't be read: {error}"))
    })?;
    let every = Duration::from_secs(intake.seconds.max(1));
    let carrier = Arc::new(Post::for_intake()?);
    Ok(Some(Link::new(
        &intake.url,
        own_url,
        key.trim().to_owned(),
        carrier,
        every,
    )))
}

/// The server's secret: made once, readable by its user only. Without it names can't be opened
/// and the codes on the walls no longer fit, so it belongs into the backup, apart from the data.
fn secret(path: &Path) -> Result<[u8; 32]> {
    match std::fs::read(path) {
        Ok(bytes) => <[u8; 32]>::try_from(bytes).or(Err(Failure::Other(format!(
            "{} is damaged: restore it from the backup",
            path.display()
        )))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mut secret = [0; 32];
            OsRandom.fill(&mut secret);
            write_secret(path, &secret)?;
            Ok(secret)
        }
        Err(error) => Err(error.into()),
    }
}

/// Writes a key that only its user may read; never over another. It gets its name once it is whole: half a
/// key after a power cut would be no key at all.
pub(crate) fn write_secret(path: &Path, secret: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    if path.exists() {
        return Err(std::io::ErrorKind::AlreadyExists.into());
    }
    let mut part = path.as_os_str().to_owned();
    part.push(".unfinished");
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&part)?;
    file.write_all(secret)?;
    file.sync_all()?;
    std::fs::rename(&part, path)?;
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    std::fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
