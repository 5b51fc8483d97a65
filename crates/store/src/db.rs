//! The database: two kinds, one way to use them.
//!
//! The closed list of where this crate may branch on the kind of database: begin with its tenant
//! setting, text search, insert of many rows, claim of a job, distribution. Everything else is
//! one statement for both.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use hezuo_domain::Scope;
use hezuo_domain::places::RegionCode;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, ConnectOptions, Executor};

use crate::copies::Copies;
use crate::error::{Result, StoreError};
use crate::halt::Halt;
use crate::primary::{Nodes, Primary, Watcher};
use crate::statement::{Marks, Statement};
use crate::transport::Transport;
use crate::tx::{Inner, noted};

pub use crate::tx::Tx;

/// How long a writer waits for its turn before the caller is told to try again.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// Bytes of a file that is written anew by way of memory; that of a larger one goes through a temporary file.
const IN_MEMORY: i64 = 256 * 1024 * 1024;

#[derive(Clone)]
pub(crate) enum Pools {
    /// One writer, so that writers queue here in order; several readers that can't write.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Postgres(Primary),
}

/// Where a database is opened, once more where that becomes necessary.
#[derive(Clone)]
enum Source {
    Sqlite(PathBuf, SqliteSynchronous),
    Postgres(Arc<Nodes>),
}

impl Source {
    async fn open(&self) -> Result<Pools> {
        match self {
            Self::Sqlite(path, synchronous) => open_sqlite(path, *synchronous).await,
            Self::Postgres(nodes) => Ok(Pools::Postgres(nodes.open().await?)),
        }
    }
}

/// An open database.
#[derive(Clone)]
pub struct Db {
    pools: Arc<RwLock<Pools>>,
    source: Source,
    halt: Halt,
    statements: Arc<AtomicU64>,
    /// Of PostgreSQL: who looks after the node that takes writes.
    watcher: Option<Arc<Watcher>>,
    /// Of PostgreSQL: the standbys that are read from.
    copies: Option<Arc<Copies>>,
}

impl Db {
    /// Opens a SQLite file, making it where it does not exist; `synchronous=FULL`, because a
    /// report that was acknowledged must survive a power cut.
    pub async fn open_sqlite(path: &Path) -> Result<Self> {
        Self::open_from(Source::Sqlite(path.to_owned(), SqliteSynchronous::Full)).await
    }

    /// Opens a SQLite file that nobody would miss: a power cut may leave it broken. For a demo while
    /// it is made, which then waits for no disk.
    pub async fn open_sqlite_unsynced(path: &Path) -> Result<Self> {
        Self::open_from(Source::Sqlite(path.to_owned(), SqliteSynchronous::Off)).await
    }

    async fn open_from(source: Source) -> Result<Self> {
        let pools = Arc::new(RwLock::new(source.open().await?));
        let watcher = match &source {
            Source::Sqlite(..) => None,
            Source::Postgres(nodes) => Some(Arc::new(Watcher::new(Arc::clone(nodes), &pools))),
        };
        Ok(Self {
            pools,
            source,
            halt: Halt::default(),
            statements: Arc::default(),
            watcher,
            copies: None,
        })
    }

    /// Connects to PostgreSQL as the application role, over connections that are protected in this way. Of
    /// several addresses, with spaces between them, the one is used that takes writes, and another once
    /// that one is lost.
    pub async fn open_postgres(
        urls: &str,
        connections: u32,
        transport: &Transport,
    ) -> Result<Self> {
        let nodes = Nodes::new(Nodes::options(urls, transport)?, connections);
        Self::open_from(Source::Postgres(Arc::new(nodes))).await
    }

    /// The same database, of which [`Db::read_copy`] reads from these standbys. Addresses have spaces between
    /// them; none changes nothing.
    pub fn reading_from(
        mut self,
        urls: &str,
        connections: u32,
        transport: &Transport,
    ) -> Result<Self> {
        let options = Nodes::options(urls, transport)?;
        if !options.is_empty() {
            self.copies = Some(Arc::new(Copies::new(options, connections)));
        }
        Ok(self)
    }

    /// How many transactions were read from a standby.
    pub fn copies_read(&self) -> u64 {
        self.copies.as_ref().map_or(0, |copies| copies.read())
    }

    /// Whether no database takes writes just now, as far as is known.
    pub fn is_away(&self) -> bool {
        match self.pools() {
            Pools::Sqlite { .. } => false,
            Pools::Postgres(primary) => primary.line.is_cut(),
        }
    }

    pub(crate) fn pools(&self) -> Pools {
        let pools = self.pools.read().unwrap_or_else(PoisonError::into_inner);
        pools.clone()
    }

    /// Whether writes are stopped; the blob folder beside the database shares it.
    pub fn halt(&self) -> &Halt {
        &self.halt
    }

    /// Opens the database anew after a fault, reads it through, and tries whether a write reaches the
    /// disk. Writes stay stopped until [`Db::resume`].
    ///
    /// # Errors
    /// [`StoreError::Unfit`] where it is damaged; whatever still fails.
    pub async fn reopen(&self) -> Result<()> {
        // Whoever still holds a connection may finish; what hangs is left behind.
        drop(tokio::time::timeout(PATIENCE, self.close()).await);
        let opened = self.source.open().await?;
        if let Pools::Sqlite { writer, .. } = &opened {
            let (sound,): (String,) = sqlx::query_as("PRAGMA quick_check(1)")
                .fetch_one(writer)
                .await?;
            if sound != "ok" {
                return Err(StoreError::Unfit(format!(
                    "the database is damaged: {sound}"
                )));
            }
            let (number,): (i32,) = sqlx::query_as("PRAGMA user_version")
                .fetch_one(writer)
                .await?;
            let again = AssertSqlSafe(format!("PRAGMA user_version = {number}"));
            sqlx::query(again).execute(writer).await?;
        }
        *self.pools.write().unwrap_or_else(PoisonError::into_inner) = opened;
        Ok(())
    }

    /// Lets writes go on, after everything was found whole.
    pub fn resume(&self) {
        self.halt.end();
    }

    /// Whether this is SQLite or PostgreSQL, for messages.
    pub fn kind(&self) -> &'static str {
        match self.pools() {
            Pools::Sqlite { .. } => "SQLite",
            Pools::Postgres(_) => "PostgreSQL",
        }
    }

    /// How many transactions that write may usefully be under way at once: one where writers queue,
    /// and where each waits for the disk by itself, one that writes while another waits.
    pub fn writers(&self) -> usize {
        match self.pools() {
            Pools::Sqlite { .. } => 1,
            Pools::Postgres(_) => 2,
        }
    }

    /// Lets SQLite see how its tables have grown, so that it goes on choosing the right indexes; it samples a few
    /// hundred rows of each. PostgreSQL does this by itself.
    pub async fn look_over(&self) -> Result<()> {
        if let Pools::Sqlite { writer, .. } = &self.pools() {
            // 0x10000: also tables that this connection did not ask.
            let look = "PRAGMA analysis_limit = 400; PRAGMA optimize = 0x10002";
            writer.execute(look).await?;
        }
        Ok(())
    }

    /// Leaves nothing of what was deleted in the files of SQLite. It overwrites what is deleted where it stood,
    /// but neither the journal nor every copy that was made of a row as its page grew full: so the file is written
    /// anew, if it has no more than `largest` bytes, and then the journal is emptied. Nobody else writes meanwhile.
    /// PostgreSQL clears up by itself, later.
    ///
    /// # Errors
    /// [`StoreError::Busy`] while somebody reads what lies in the journal; it may be tried again.
    pub async fn scrub(&self, largest: i64) -> Result<()> {
        let Pools::Sqlite { writer, .. } = &self.pools() else {
            return Ok(());
        };
        self.require_trust()?;
        let size = self.size().await?;
        let mut writer = writer.acquire().await?;
        if size <= largest {
            // A copy beside the file would be one more place from which it had to go.
            let place = if size <= IN_MEMORY { "MEMORY" } else { "FILE" };
            let place = AssertSqlSafe(format!("PRAGMA temp_store = {place}"));
            writer.execute(place).await?;
            noted(&self.halt, true, writer.execute("VACUUM").await)?;
        }
        // Whoever wants to write waits too: so it is tried for a moment only.
        writer.execute("PRAGMA busy_timeout = 200").await?;
        let emptied = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)");
        let emptied: sqlx::Result<(i64, i64, i64)> = emptied.fetch_one(&mut *writer).await;
        let patience = PATIENCE.as_millis();
        let patience = format!("PRAGMA busy_timeout = {patience}; PRAGMA temp_store = DEFAULT");
        writer.execute(AssertSqlSafe(patience)).await?;
        match noted(&self.halt, true, emptied)? {
            (0, ..) => Ok(()),
            _ => Err(StoreError::Busy(None)),
        }
    }

    /// Bytes of the database, as it tells them itself.
    pub async fn size(&self) -> Result<i64> {
        let (bytes,): (i64,) =
            match &self.pools() {
                Pools::Sqlite { readers, .. } => sqlx::query_as(
                    "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
                )
                .fetch_one(readers)
                .await?,
                Pools::Postgres(primary) => {
                    let asked = sqlx::query_as("SELECT pg_database_size(current_database())");
                    primary.line.hold(asked.fetch_one(&primary.pool)).await?
                }
            };
        Ok(bytes)
    }

    /// How many statements have run, without transaction control.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Begins a transaction that reads.
    pub async fn read(&self, scope: &Scope) -> Result<Tx> {
        self.begin(scope, false).await
    }

    /// Begins a transaction that reads, on a standby where there is one that knows all that was committed
    /// before now, and otherwise as [`Db::read`] does. For what is read often and looks at much.
    pub async fn read_copy(&self, scope: &Scope) -> Result<Tx> {
        if let (Some(copies), Pools::Postgres(primary)) = (&self.copies, self.pools()) {
            let settings = postgres_settings(scope, false);
            if let Some(inner) = copies.begin(&primary, &settings).await {
                return Ok(self.bound(inner, scope, false));
            }
        }
        self.read(scope).await
    }

    /// Begins a transaction that writes; the only door to do so.
    pub async fn write(&self, scope: &Scope) -> Result<Tx> {
        if matches!(scope, Scope::Places(_)) {
            return Err(StoreError::Scope("write"));
        }
        self.require_trust()?;
        let tx = self.begin(scope, true).await?;
        // A fault may have been found while this one waited for its turn.
        self.require_trust()?;
        Ok(tx)
    }

    /// Begins a transaction that writes, and sees nothing that others commit meanwhile: of two that
    /// touch the same rows the later fails as `busy`. For work in the background that may come again.
    pub async fn write_steady(&self, scope: &Scope) -> Result<Tx> {
        let mut tx = self.write(scope).await?;
        tx.hold_still().await?;
        Ok(tx)
    }

    fn require_trust(&self) -> Result<()> {
        self.halt.why().map_or(Ok(()), |_| Err(StoreError::Halted))
    }

    async fn begin(&self, scope: &Scope, write: bool) -> Result<Tx> {
        let begun = self.begin_inner(scope, write).await;
        Ok(self.bound(noted(&self.halt, write, begun)?, scope, write))
    }

    fn bound(&self, inner: Inner, scope: &Scope, write: bool) -> Tx {
        Tx {
            inner,
            scope: scope.clone(),
            marks: self.marks(),
            write,
            halt: self.halt.clone(),
            statements: Arc::clone(&self.statements),
        }
    }

    async fn begin_inner(&self, scope: &Scope, write: bool) -> sqlx::Result<Inner> {
        Ok(match &self.pools() {
            Pools::Sqlite { writer, .. } if write => {
                Inner::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?)
            }
            Pools::Sqlite { readers, .. } => Inner::Sqlite(readers.begin().await?),
            Pools::Postgres(primary) => {
                // Typed ids and digits only: nothing in this text comes from a user.
                let mut settings = postgres_settings(scope, write);
                if write && primary.is_spread {
                    // Who has read from several machines at once could not write a table that lies on each.
                    settings.push_str("; SET LOCAL citus.multi_shard_modify_mode TO 'sequential'");
                }
                let settings = AssertSqlSafe(settings);
                let begun = primary.line.hold(primary.pool.begin_with(settings));
                Inner::Postgres(begun.await?, primary.line.clone())
            }
        })
    }

    /// Prepares a statement without running it; for the test that prepares all.
    pub async fn prepare(&self, statement: &'static Statement) -> Result<()> {
        use sqlx::postgres::PgTypeInfo;
        use sqlx::{Executor, SqlSafeStr};
        // Lists say nothing of their types before they come.
        let marks = match self.marks() {
            Marks::Lists => Marks::Numbered,
            other => other,
        };
        let text = AssertSqlSafe(statement.text(2, marks).into_owned()).into_sql_str();
        match &self.pools() {
            Pools::Sqlite { readers, .. } => {
                readers.acquire().await?.prepare(text).await?;
            }
            Pools::Postgres(primary) => {
                let types = statement.types(2).into_iter().map(PgTypeInfo::with_name);
                let types: Vec<PgTypeInfo> = types.collect();
                let mut connection = primary.pool.acquire().await?;
                connection.prepare_with(text, &types).await?;
            }
        }
        Ok(())
    }

    fn marks(&self) -> Marks {
        match self.pools() {
            Pools::Sqlite { .. } => Marks::Plain,
            Pools::Postgres(primary) if primary.is_spread => Marks::Numbered,
            Pools::Postgres(_) => Marks::Lists,
        }
    }

    /// Closes all connections, after those that are in use are returned.
    pub async fn close(&self) {
        match &self.pools() {
            Pools::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(primary) => {
                if let Some(watcher) = &self.watcher {
                    watcher.end();
                }
                if let Some(copies) = &self.copies {
                    copies.close().await;
                }
                primary.pool.close().await;
            }
        }
    }
}

/// Pages of SQLite's journal after which the next commit carries them over into the file: 32 MB. With SQLite's
/// 4 MB a busy morning copies the same pages, and waits for the disk, after every commit or two.
pub const CHECKPOINT_PAGES: u32 = 8_000;

async fn open_sqlite(path: &Path, synchronous: SqliteSynchronous) -> Result<Pools> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
        .busy_timeout(PATIENCE)
        .pragma("secure_delete", "ON")
        .pragma("trusted_schema", "OFF")
        .foreign_keys(true)
        // A statement's text or parameters never go to the log.
        .disable_statement_logging();
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(PATIENCE)
        // A file does not hang up.
        .test_before_acquire(false)
        .connect_with(
            options
                .clone()
                .create_if_missing(true)
                // 32 MB: with random ids an import touches pages all over the file, and with
                // SQLite's 2 MB it writes each of them several times.
                .pragma("cache_size", "-32768")
                .pragma("wal_autocheckpoint", CHECKPOINT_PAGES.to_string()),
        )
        .await?;
    let (version,): (String,) = sqlx::query_as("SELECT sqlite_version()")
        .fetch_one(&writer)
        .await?;
    if !is_sound_sqlite(&version) {
        return Err(StoreError::Unfit(format!(
            "SQLite {version} can corrupt a database in WAL mode; 3.51.3 or later is needed"
        )));
    }
    let readers = SqlitePoolOptions::new()
        .max_connections(4)
        .acquire_timeout(PATIENCE)
        .test_before_acquire(false)
        .connect_with(
            options
                .read_only(true)
                .pragma("query_only", "ON")
                // Of a long table more is handed over at a time: with 50 rows, the two threads mostly wake
                // each other.
                .row_buffer_size(500),
        )
        .await?;
    Ok(Pools::Sqlite { writer, readers })
}

fn is_sound_sqlite(version: &str) -> bool {
    let mut numbers = version
        .split('.')
        .map(|part| part.parse::<u32>().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    (next(), next(), next()) >= (3, 51, 3)
}

fn postgres_settings(scope: &Scope, write: bool) -> String {
    // A writer waits for its turn as long as on SQLite.
    let begin = if write {
        "BEGIN; SET LOCAL lock_timeout = '5s'"
    } else {
        "BEGIN READ ONLY"
    };
    let nil = uuid::Uuid::nil();
    match scope {
        Scope::Enterprise(enterprise) | Scope::ReportCode(enterprise) => format!(
            "{begin}; SET LOCAL app.scope = 'enterprise'; SET LOCAL app.enterprise_id = '{enterprise}'"
        ),
        Scope::System(_) => format!(
            "{begin}; SET LOCAL app.scope = 'system'; SET LOCAL app.enterprise_id = '{nil}'"
        ),
        Scope::Places(places) => {
            // Two empty entries are the nation; one alone would be none.
            let regions: Vec<&str> = if places.regions.iter().any(RegionCode::is_nation) {
                vec!["", ""]
            } else {
                places.regions.iter().map(RegionCode::prefix).collect()
            };
            let enterprises: Vec<String> =
                places.enterprises.iter().map(ToString::to_string).collect();
            format!(
                "BEGIN READ ONLY; SET LOCAL app.scope = 'places'; \
                 SET LOCAL app.enterprise_id = '{nil}'; SET LOCAL app.regions = '{}'; \
                 SET LOCAL app.enterprises = '{}'",
                regions.join(","),
                enterprises.join(",")
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sqlite_that_can_corrupt_a_file_is_known_by_its_number() {
        for sound in ["3.51.3", "3.51.10", "3.52.0", "4.0.0"] {
            assert!(is_sound_sqlite(sound), "{sound}");
        }
        for unsound in ["3.51.2", "3.51", "3.9.9", "3.50.30", "2.99.99", ""] {
            assert!(!is_sound_sqlite(unsound), "{unsound}");
        }
    }

    #[tokio::test]
    async fn a_connection_that_reads_writes_nothing() {
        let name = format!("hezuo-readers-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let db = Db::open_sqlite(&folder.join("hezuo.db")).await.unwrap();
        db.migrate_sqlite().await.unwrap();
        let Pools::Sqlite { writer, readers } = db.pools() else {
            panic!("it is SQLite");
        };
        let write = "DELETE FROM enterprise";
        writer.execute(write).await.unwrap();
        let mut reader = readers.acquire().await.unwrap();
        let refused = reader.execute(write).await.unwrap_err().to_string();
        assert!(refused.contains("readonly database"), "{refused}");
        let (is_set,): (i64,) = sqlx::query_as("PRAGMA query_only")
            .fetch_one(&mut *reader)
            .await
            .unwrap();
        assert_eq!(is_set, 1);
        // Whoever could switch that off still has a file that was opened for reading.
        reader.execute("PRAGMA query_only = OFF").await.unwrap();
        let refused = reader.execute(write).await.unwrap_err().to_string();
        assert!(refused.contains("readonly database"), "{refused}");
        drop(reader);
        db.close().await;
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
