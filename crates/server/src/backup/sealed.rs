//! Backups to a second place, closed for a key whose other half is not on this server: by hand, or on a
//! schedule while the server runs.

use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hezuo_app::{App, health};
use hezuo_domain::commitment::{Hash, Running};
use hezuo_domain::health::superseded;
use hezuo_domain::time::{Clock, Instant, Zone};

use super::archive::{pack, unpack};
use super::{Made, fill, other, sync};
use crate::admin::say;
use crate::age::{Closing, Identity, Opening, Recipient};
use crate::config::{Backup, Config};
use crate::{OsRandom, Result, SystemClock, open};

/// Where backups go, and how often.
#[derive(Debug, Clone)]
pub struct Plan {
    to: PathBuf,
    recipient: Recipient,
    every: Duration,
    keep: usize,
}

/// Reads the configuration; `None` where no place is named.
///
/// # Errors
/// A key that is none, or PostgreSQL, which has better tools of its own.
pub fn plan(config: &Config) -> Result<Option<Plan>> {
    let Backup {
        to,
        public_key,
        minutes,
        keep,
        ..
    } = &config.backup;
    if to.as_os_str().is_empty() {
        return Ok(None);
    }
    if !config.database.url.is_empty() {
        return Err(other(
            "backup.to is for the embedded database; back up PostgreSQL with its own tools as \
             docs/operation.md says",
        ));
    }
    let recipient = Recipient::parse(public_key).ok_or(other(
        "backup.public_key is no key: `hezuo backup-key FILE` makes one and prints it",
    ))?;
    Ok(Some(Plan {
        to: to.clone(),
        recipient,
        every: Duration::from_secs(minutes.max(&1) * 60),
        keep: (*keep).max(1),
    }))
}

/// Makes a pair of keys: the private one goes into a file, the public one to the terminal.
///
/// # Errors
/// A file that exists.
pub fn make_key(file: &Path) -> Result<()> {
    let identity = Identity::random(&OsRandom);
    open::write_secret(file, format!("{}\n", identity.text()).as_bytes())?;
    say(&format!(
        "The private key is in {}. Take it away from this server, and keep a copy: without it no \
         backup can be opened. In the configuration:",
        file.display()
    ));
    say(&format!(
        "[backup]\npublic_key = \"{}\"",
        identity.recipient().text()
    ));
    Ok(())
}

/// Passes bytes on and takes their hash.
struct Counted<T>(T, Running);

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.0.write(bytes)?;
        self.1.take(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

/// Makes a backup, checks it by restoring it, closes it, writes it to the second place, and reads it back
/// from there before it gets its name. Old ones go afterwards.
///
/// # Errors
/// A place that is not there, a full disk, anything that does not stand its check.
pub async fn make(config: &Config, plan: &Plan) -> Result<(PathBuf, Instant)> {
    if !plan.to.is_dir() {
        // Not made here: where a disk is not mounted, its folder would be on the disk that may be lost.
        return Err(other(&format!("{} is not there", plan.to.display())));
    }
    let part = config.data.join("backup.unfinished");
    if part.exists() {
        std::fs::remove_dir_all(&part)?;
    }
    std::fs::create_dir_all(&part)?;
    let made = close(config, plan, &part).await;
    drop(std::fs::remove_dir_all(&part));
    let (file, size, made) = made?;
    let app = open::app(config).await?;
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    let noted = health::note_backup(&app, Instant(made.manifest.made_at), size, &made.covered);
    let noted = noted.await;
    app.db.close().await;
    noted?;
    rotate(plan)?;
    Ok((file, Instant(made.manifest.made_at)))
}

async fn close(config: &Config, plan: &Plan, part: &Path) -> Result<(PathBuf, u64, Made)> {
    let made = fill(config, part).await?;
    // The key lies inside: nobody opens this without the operator's own.
    std::fs::copy(config.data.join(super::KEY), part.join(super::KEY))?;
    let target = plan.to.join(name(Instant(made.manifest.made_at)));
    let unfinished = target.with_extension("unfinished");
    let (plan, part, whole) = (plan.clone(), part.to_owned(), target.clone());
    let task = tokio::task::spawn_blocking(move || -> Result<u64> {
        let file = BufWriter::new(std::fs::File::create(&unfinished)?);
        let (closing, file_key) = Closing::begin(file, &plan.recipient, &OsRandom)?;
        let mut counted = Counted(closing, Running::default());
        pack(&part, &mut counted)?;
        let written = counted.1.finish();
        let file = counted.0.finish()?.into_inner();
        file.map_err(std::io::IntoInnerError::into_error)?
            .sync_all()?;
        let file = BufReader::new(std::fs::File::open(&unfinished)?);
        if hash(&mut Opening::begin_again(file, &file_key)?)? != written {
            return Err(other(
                "the second place does not give back what was written",
            ));
        }
        std::fs::rename(&unfinished, &whole)?;
        sync(&plan.to)?;
        Ok(std::fs::metadata(&whole)?.len())
    });
    let size = task.await.map_err(|error| other(&error.to_string()))??;
    Ok((target, size, made))
}

fn hash(from: &mut impl Read) -> Result<Hash> {
    let mut running = Running::default();
    let mut piece = vec![0; 1 << 16];
    loop {
        let read = from.read(&mut piece)?;
        if read == 0 {
            return Ok(running.finish());
        }
        running.take(&piece[..read]);
    }
}

/// Names sort by their time.
fn name(at: Instant) -> String {
    let day = Zone::utc().day(at);
    let seconds = at.0.div_euclid(1_000_000).rem_euclid(86_400);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("hezuo-{day}T{hour:02}-{minute:02}-{second:02}Z.age")
}

fn rotate(plan: &Plan) -> Result<()> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&plan.to)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    for name in superseded(&names, plan.keep) {
        std::fs::remove_file(plan.to.join(name))?;
    }
    Ok(())
}

/// Opens a closed backup into a folder.
///
/// # Errors
/// Another key, a changed or incomplete file.
pub(super) fn open_into(file: &Path, identity: &Path, folder: &Path) -> Result<()> {
    let text = std::fs::read_to_string(identity)?;
    let identity = Identity::parse(&text).ok_or(other(&format!(
        "{} holds no private key of backups",
        identity.display()
    )))?;
    let file = BufReader::new(std::fs::File::open(file)?);
    std::fs::create_dir_all(folder)?;
    Ok(unpack(&mut Opening::begin(file, &identity)?, folder)?)
}

/// Backs up on a schedule while the server runs. A failure is logged, stands on the health page, and is
/// tried again after a tenth of the time.
pub(crate) async fn work(app: Arc<App>, config: Config, plan: Plan) {
    let mut wait = first_wait(&app, &plan).await;
    loop {
        tokio::time::sleep(wait).await;
        match make(&config, &plan).await {
            Ok((file, _)) => {
                app.backups.succeed();
                tracing::info!(file = %file.display(), "backed up, and read back");
                wait = plan.every;
            }
            Err(error) => {
                tracing::error!(%error, "no backup could be made");
                app.backups.fail(error.to_string());
                wait = plan.every / 10;
            }
        }
    }
}

/// What is left of the time since the last one, so that a server which is started often backs up too.
async fn first_wait(app: &App, plan: &Plan) -> Duration {
    let last = health::last_backup(app).await.ok().flatten();
    let now = SystemClock.now();
    let since = last.map_or(plan.every, |at| {
        Duration::from_micros(u64::try_from(now.0 - at.0).unwrap_or(0))
    });
    plan.every.saturating_sub(since).max(Duration::from_secs(1))
}
