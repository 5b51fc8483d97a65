//! `hezuo backup` and `hezuo restore`: a folder that holds everything but the key, checked by
//! restoring it, and put together under another name until it is whole.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use hezuo_app::{directory, ledger};
use hezuo_domain::Scope;
use hezuo_domain::commitment::{Running, digest, hex};
use hezuo_domain::ids::EnterpriseId;
use hezuo_store::backup::{examine, named_blobs, snapshot};
use serde::{Deserialize, Serialize};

use crate::admin::say;
use crate::config::Config;
use crate::{Failure, Result, SystemClock, open};

mod archive;
pub mod sealed;

const DATABASE: &str = "hezuo.db";
const BLOBS: &str = "blobs";
const KEY: &str = "secret.key";
const MANIFEST: &str = "manifest.json";

/// Options of the backup.
#[derive(Debug, Clone, clap::Args)]
pub struct BackupArgs {
    /// The folder to make; it must not exist. Without it: to the second place of the configuration.
    pub to: Option<PathBuf>,
    /// Copy the key to this file too. Keep it on another medium than the backup: together they
    /// tell the names of those who spoke in confidence.
    #[arg(long, requires = "to")]
    pub key_to: Option<PathBuf>,
}

/// Options of the restoring.
#[derive(Debug, Clone, clap::Args)]
pub struct RestoreArgs {
    /// A folder or a closed file made by `hezuo backup`.
    pub from: PathBuf,
    /// Of a folder: the key that belongs to it.
    #[arg(long, required_unless_present = "identity")]
    pub key: Option<PathBuf>,
    /// Of a closed file: the private key that `hezuo backup-key` made.
    #[arg(long, conflicts_with = "key")]
    pub identity: Option<PathBuf>,
}

/// What a backup says about itself.
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    /// The version that made it.
    version: String,
    /// Microseconds since 1970 UTC.
    made_at: i64,
    /// SHA-256 of the database.
    database: String,
    /// By what the key is known again.
    key: String,
    /// Rows by table.
    rows: BTreeMap<String, i64>,
    /// Pictures and voice clips.
    blobs: usize,
}

/// A backup that was checked.
struct Made {
    manifest: Manifest,
    /// How many events of each enterprise it holds.
    covered: Vec<(EnterpriseId, i64)>,
}

/// Backs up while the server runs, restores the result into a temporary folder, and checks it.
///
/// # Errors
/// PostgreSQL, a target that exists, a full disk, a copy that does not stand the check; then no
/// folder of that name is left behind.
pub async fn backup(config: &Config, arguments: &BackupArgs) -> Result<()> {
    if !config.database.url.is_empty() {
        return Err(other(
            "this command copies the embedded database; back up PostgreSQL with its own tools as \
             docs/operation.md says, and the folder of pictures beside it",
        ));
    }
    let Some(to) = &arguments.to else {
        let plan = sealed::plan(config)?.ok_or(other(
            "name a folder, or a second place as backup.to in the configuration",
        ))?;
        let (file, _) = sealed::make(config, &plan).await?;
        say(&format!(
            "{}: restored into a temporary folder and checked, closed, and read back.",
            file.display()
        ));
        return Ok(());
    };
    let part = beside(to, "unfinished");
    if to.exists() {
        return Err(other(&format!("{} is there already", to.display())));
    }
    if !config.data.join(DATABASE).exists() {
        return Err(other(&format!(
            "there is no database in {}",
            config.data.display()
        )));
    }
    // What an attempt that was cut off has left; nobody else uses this name.
    if part.exists() {
        std::fs::remove_dir_all(&part)?;
    }
    std::fs::create_dir_all(&part)?;
    let made = fill(config, &part).await;
    let Made { manifest, covered } = match made {
        Ok(made) => made,
        Err(failure) => {
            // The failure matters more than the folder.
            drop(std::fs::remove_dir_all(&part));
            return Err(failure);
        }
    };
    std::fs::rename(&part, to)?;
    sync(to.parent().unwrap_or(Path::new(".")))?;
    let app = open::app(config).await?;
    let size = std::fs::metadata(to.join(DATABASE))?.len();
    let at = hezuo_domain::time::Instant(manifest.made_at);
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    hezuo_app::health::note_backup(&app, at, size, &covered).await?;
    app.db.close().await;
    say(&format!(
        "{}: {}. Restored into a temporary folder and checked.",
        to.display(),
        summary(&manifest)
    ));
    match &arguments.key_to {
        Some(file) => {
            open::write_secret(file, &std::fs::read(config.data.join(KEY))?)?;
            say(&format!(
                "The key is in {}. Keep it on another medium than the backup.",
                file.display()
            ));
        }
        None => say(&format!(
            "The key is not in it: keep a copy of {} on another medium. Without it names stay \
             sealed and the codes on the walls no longer fit.",
            config.data.join(KEY).display()
        )),
    }
    Ok(())
}

async fn fill(config: &Config, part: &Path) -> Result<Made> {
    // Before the copy begins: all that was acknowledged until now is in it.
    let made_at = hezuo_domain::time::Clock::now(&SystemClock).0;
    let database = part.join(DATABASE);
    snapshot(&config.data.join(DATABASE), &database).await?;
    // The pictures after the rows that name them: a blob is there before its row.
    let blobs = copy_blobs(&config.data.join(BLOBS), &part.join(BLOBS))?;
    let manifest = Manifest {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        made_at,
        database: fingerprint(&database)?,
        key: check_value(&std::fs::read(config.data.join(KEY))?),
        rows: examine(&database).await?.into_iter().collect(),
        blobs,
    };
    let text = serde_json::to_vec_pretty(&manifest).map_err(|error| other(&error.to_string()))?;
    std::fs::write(part.join(MANIFEST), text)?;
    for file in [DATABASE, MANIFEST] {
        sync(&part.join(file))?;
    }
    sync(part)?;
    let trial = beside(part, "trial");
    let restored = restore_into(part, &config.data.join(KEY), config, &trial).await;
    drop(std::fs::remove_dir_all(&trial));
    restored
}

/// Restores a backup into an empty data folder, and checks it.
///
/// # Errors
/// A data folder in use, a backup that was changed or is incomplete, a wrong key.
pub async fn restore(config: &Config, arguments: &RestoreArgs) -> Result<()> {
    if config.data.join(DATABASE).exists() {
        return Err(other(&format!(
            "{} holds a database already: give another folder with HEZUO_DATA",
            config.data.display()
        )));
    }
    let part = beside(&config.data, "unfinished");
    if part.exists() {
        std::fs::remove_dir_all(&part)?;
    }
    let restored = match (&arguments.identity, &arguments.key) {
        (Some(identity), _) => restore_closed(&arguments.from, identity, config, &part).await,
        (None, Some(key)) => restore_into(&arguments.from, key, config, &part).await,
        (None, None) => Err(other("the key is missing")),
    };
    let Made { manifest, .. } = match restored {
        Ok(made) => made,
        Err(failure) => {
            drop(std::fs::remove_dir_all(&part));
            return Err(failure);
        }
    };
    if config.data.exists() {
        // Only an empty folder goes.
        std::fs::remove_dir(&config.data)?;
    }
    std::fs::rename(&part, &config.data)?;
    say(&format!(
        "{}: {}, checked. `hezuo serve` goes on from here.",
        config.data.display(),
        summary(&manifest)
    ));
    Ok(())
}

/// The same from a closed file, in which the key lies too.
async fn restore_closed(from: &Path, identity: &Path, config: &Config, to: &Path) -> Result<Made> {
    let opened = beside(&config.data, "opened");
    if opened.exists() {
        std::fs::remove_dir_all(&opened)?;
    }
    let restored = match sealed::open_into(from, identity, &opened) {
        Ok(()) => restore_into(&opened, &opened.join(KEY), config, to).await,
        Err(failure) => Err(failure),
    };
    drop(std::fs::remove_dir_all(&opened));
    restored
}

/// Makes a data folder of a backup and checks everything in it: the bytes of the database, its
/// pages and foreign keys, the rows of each table, the hash chains, every picture by its hash.
async fn restore_into(from: &Path, key: &Path, config: &Config, to: &Path) -> Result<Made> {
    let text = std::fs::read(from.join(MANIFEST))
        .or(Err(other(&format!("{} is no backup", from.display()))))?;
    let manifest: Manifest =
        serde_json::from_slice(&text).or(Err(other("the backup's manifest is damaged")))?;
    if fingerprint(&from.join(DATABASE))? != manifest.database {
        return Err(other(
            "the backup's database is not the one that was written",
        ));
    }
    std::fs::create_dir_all(to)?;
    std::fs::copy(from.join(DATABASE), to.join(DATABASE))?;
    copy_blobs(&from.join(BLOBS), &to.join(BLOBS))?;
    let secret = std::fs::read(key).or(Err(other(&format!(
        "the key {} can't be read",
        key.display()
    ))))?;
    if check_value(&secret) != manifest.key {
        return Err(other("this key does not belong to this backup"));
    }
    open::write_secret(&to.join(KEY), &secret)?;
    let rows: BTreeMap<String, i64> = examine(&to.join(DATABASE)).await?.into_iter().collect();
    if manifest
        .rows
        .iter()
        .any(|(table, n)| rows.get(table) != Some(n))
    {
        return Err(other(
            "the backup's tables do not hold the rows that were written",
        ));
    }
    let config = Config {
        data: to.to_owned(),
        ..config.clone()
    };
    let app = open::app(&config).await?;
    let checked = check(&app).await;
    app.db.close().await;
    Ok(Made {
        manifest,
        covered: checked?,
    })
}

async fn check(app: &hezuo_app::App) -> Result<Vec<(EnterpriseId, i64)>> {
    let mut covered = Vec::new();
    for enterprise in directory::all(app).await? {
        let found = ledger::verify(app, enterprise).await?;
        if let Some(fault) = found.faults.first() {
            return Err(other(&format!(
                "the record in the backup is broken: {fault}"
            )));
        }
        let events = found.sequenced + found.pending;
        covered.push((enterprise, i64::try_from(events).unwrap_or(i64::MAX)));
    }
    let scope = Scope::System("a backup is checked as a whole");
    let mut tx = app.db.read(&scope).await?;
    let named = named_blobs(&mut tx).await?;
    drop(tx);
    for (enterprise, hash) in named {
        let bytes = app.blobs.get(enterprise, &hash).await?;
        if bytes.is_none_or(|bytes| digest(&bytes) != hash) {
            return Err(other(&format!(
                "the picture {} of {enterprise} is missing or damaged",
                hex(&hash)
            )));
        }
    }
    Ok(covered)
}

/// Copies every blob below a folder; unfinished ones have other names and are left.
fn copy_blobs(from: &Path, to: &Path) -> Result<usize> {
    std::fs::create_dir_all(to)?;
    let mut copied = 0;
    if !from.exists() {
        return Ok(copied);
    }
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() {
            copied += copy_blobs(&entry.path(), &target)?;
        } else if name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            std::fs::copy(entry.path(), &target)?;
            sync(&target)?;
            copied += 1;
        }
    }
    sync(to)?;
    Ok(copied)
}

fn fingerprint(file: &Path) -> Result<String> {
    let mut file = std::fs::File::open(file)?;
    let mut running = Running::default();
    let mut piece = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            return Ok(hex(&running.finish()));
        }
        running.take(&piece[..read]);
    }
}

/// By what a key is known again without telling it.
fn check_value(secret: &[u8]) -> String {
    hex(&digest(&[secret, b"hezuo backup v1"].concat()))
}

fn sync(path: &Path) -> Result<()> {
    Ok(std::fs::File::open(path)?.sync_all()?)
}

fn beside(path: &Path, word: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(word);
    path.with_file_name(name)
}

fn summary(manifest: &Manifest) -> String {
    let rows: i64 = manifest.rows.values().sum();
    format!("{rows} rows, {} pictures and voice clips", manifest.blobs)
}

fn other(text: &str) -> Failure {
    Failure::Other(text.to_owned())
}
