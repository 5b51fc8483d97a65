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
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgRow};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, ConnectOptions, FromRow, Postgres, Sqlite, Transaction};

use crate::error::{Result, StoreError};
use crate::guarded::require_guarded;
use crate::halt::{Halt, is_fault};
use crate::statement::{Marks, Reach, Statement};
use crate::value::{Value, for_postgres, for_sqlite};

/// How long a writer waits for its turn before the caller is told to try again.
const PATIENCE: Duration = Duration::from_secs(5);

/// Parameters that one statement may carry on both databases.
const MAX_PARAMETERS: usize = 30_000;

/// A row that both databases can give.
pub(crate) trait Row:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}
impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{}

#[derive(Clone)]
pub(crate) enum Pools {
    /// One writer, so that writers queue here in order; several readers that can't write.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Postgres(PgPool),
}

/// Where a database is opened, once more where that becomes necessary.
#[derive(Clone)]
enum Source {
    Sqlite(PathBuf, SqliteSynchronous),
    Postgres(Box<PgConnectOptions>, u32),
}

impl Source {
    async fn open(&self) -> Result<Pools> {
        match self {
            Self::Sqlite(path, synchronous) => open_sqlite(path, *synchronous).await,
            Self::Postgres(options, connections) => {
                let pool = PgPoolOptions::new()
                    .max_connections(*connections)
                    .acquire_timeout(PATIENCE)
                    .connect_with((**options).clone())
                    .await?;
                Db::require_migrated(&pool).await?;
                require_guarded(&pool).await?;
                Ok(Pools::Postgres(pool))
            }
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
        Ok(Self {
            pools: Arc::new(RwLock::new(source.open().await?)),
            source,
            halt: Halt::default(),
            statements: Arc::default(),
        })
    }

    /// Connects to PostgreSQL as the application role.
    pub async fn open_postgres(url: &str, connections: u32) -> Result<Self> {
        let options = url.parse::<PgConnectOptions>()?.disable_statement_logging();
        Self::open_from(Source::Postgres(Box::new(options), connections)).await
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

    /// Bytes of the database, as it tells them itself.
    pub async fn size(&self) -> Result<i64> {
        let (bytes,): (i64,) =
            match &self.pools() {
                Pools::Sqlite { readers, .. } => sqlx::query_as(
                    "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
                )
                .fetch_one(readers)
                .await?,
                Pools::Postgres(pool) => {
                    sqlx::query_as("SELECT pg_database_size(current_database())")
                        .fetch_one(pool)
                        .await?
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

    fn require_trust(&self) -> Result<()> {
        self.halt.why().map_or(Ok(()), |_| Err(StoreError::Halted))
    }

    async fn begin(&self, scope: &Scope, write: bool) -> Result<Tx> {
        let begun = self.begin_inner(scope, write).await;
        Ok(Tx {
            inner: noted(&self.halt, write, begun)?,
            scope: scope.clone(),
            write,
            halt: self.halt.clone(),
            statements: Arc::clone(&self.statements),
        })
    }

    async fn begin_inner(&self, scope: &Scope, write: bool) -> sqlx::Result<Inner> {
        Ok(match &self.pools() {
            Pools::Sqlite { writer, .. } if write => {
                Inner::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?)
            }
            Pools::Sqlite { readers, .. } => Inner::Sqlite(readers.begin().await?),
            Pools::Postgres(pool) => {
                // Typed ids and digits only: nothing in this text comes from a user.
                let settings = AssertSqlSafe(postgres_settings(scope, write));
                Inner::Postgres(pool.begin_with(settings).await?)
            }
        })
    }

    /// Prepares a statement without running it; for the test that prepares all.
    pub async fn prepare(&self, statement: &'static Statement) -> Result<()> {
        use sqlx::{Executor, SqlSafeStr};
        let text = AssertSqlSafe(statement.text(2, self.marks()).into_owned()).into_sql_str();
        match &self.pools() {
            Pools::Sqlite { readers, .. } => {
                readers.acquire().await?.prepare(text).await?;
            }
            Pools::Postgres(pool) => {
                pool.acquire().await?.prepare(text).await?;
            }
        }
        Ok(())
    }

    fn marks(&self) -> Marks {
        match self.pools() {
            Pools::Sqlite { .. } => Marks::Plain,
            Pools::Postgres(_) => Marks::Numbered,
        }
    }

    /// Closes all connections, after those that are in use are returned.
    pub async fn close(&self) {
        match &self.pools() {
            Pools::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

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
        .connect_with(
            options
                .clone()
                .create_if_missing(true)
                // 32 MB: with random ids an import touches pages all over the file, and with
                // SQLite's 2 MB it writes each of them several times.
                .pragma("cache_size", "-32768"),
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
        .connect_with(options.read_only(true).pragma("query_only", "ON"))
        .await?;
    Ok(Pools::Sqlite { writer, readers })
}

/// Passes a result on; a fault of the disk stops writes.
fn noted<T>(halt: &Halt, write: bool, result: sqlx::Result<T>) -> Result<T> {
    result.map_err(|error| {
        if is_fault(&error, write) {
            halt.call(error.to_string());
            return StoreError::Fault(error);
        }
        error.into()
    })
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
            let regions: Vec<&str> = places.regions.iter().map(RegionCode::prefix).collect();
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

/// PostgreSQL takes no NUL in a text, so neither database is given one.
fn refuse_unstorable(values: &[Value]) -> Result<()> {
    let is_unstorable =
        |value: &Value| matches!(value, Value::Text(Some(text)) if text.contains('\0'));
    if values.iter().any(is_unstorable) {
        Err(StoreError::Text)
    } else {
        Ok(())
    }
}

enum Inner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// A transaction, bound to one scope. Dropped without [`Tx::commit`] it is rolled back.
pub struct Tx {
    inner: Inner,
    scope: Scope,
    write: bool,
    halt: Halt,
    statements: Arc<AtomicU64>,
}

impl Tx {
    /// The scope it was begun for.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Makes everything durable and visible.
    ///
    /// # Errors
    /// After a fault nobody can say whether it is stored: the same may be sent again.
    pub async fn commit(self) -> Result<()> {
        if self.write && self.halt.why().is_some() {
            return Err(StoreError::Halted);
        }
        let committed = match self.inner {
            Inner::Sqlite(tx) => tx.commit().await,
            Inner::Postgres(tx) => tx.commit().await,
        };
        noted(&self.halt, self.write, committed)
    }

    /// Puts the tenant in front of a tenant statement's parameters and refuses what does not fit
    /// the scope.
    fn bind(&self, statement: &'static Statement, mut values: Vec<Value>) -> Result<Vec<Value>> {
        match (statement.reach, self.scope.enterprise()) {
            (Reach::Tenant, Some(enterprise)) => values.insert(0, enterprise.into()),
            (Reach::Tenant, None) | (Reach::Cross(_), Some(_)) => {
                return Err(StoreError::Scope(statement.name));
            }
            (Reach::Cross(_), None) | (Reach::Global, _) => {}
        }
        refuse_unstorable(&values)?;
        self.statements.fetch_add(1, Ordering::Relaxed);
        Ok(values)
    }

    pub(crate) async fn all<R: Row>(
        &mut self,
        statement: &'static Statement,
        values: Vec<Value>,
    ) -> Result<Vec<R>> {
        let values = self.bind(statement, values)?;
        let rows = match &mut self.inner {
            Inner::Sqlite(tx) => {
                sqlx::query_as_with(statement.sql, for_sqlite(values)?)
                    .fetch_all(&mut **tx)
                    .await
            }
            Inner::Postgres(tx) => {
                sqlx::query_as_with(statement.sql, for_postgres(values)?)
                    .fetch_all(&mut **tx)
                    .await
            }
        };
        noted(&self.halt, self.write, rows)
    }

    pub(crate) async fn optional<R: Row>(
        &mut self,
        statement: &'static Statement,
        values: Vec<Value>,
    ) -> Result<Option<R>> {
        Ok(self.all(statement, values).await?.into_iter().next())
    }

    /// Runs a statement and tells how many rows it changed.
    pub(crate) async fn execute(
        &mut self,
        statement: &'static Statement,
        values: Vec<Value>,
    ) -> Result<u64> {
        let values = self.bind(statement, values)?;
        let changed = match &mut self.inner {
            Inner::Sqlite(tx) => {
                let query = sqlx::query_with(statement.sql, for_sqlite(values)?);
                query.execute(&mut **tx).await.map(|it| it.rows_affected())
            }
            Inner::Postgres(tx) => {
                let query = sqlx::query_with(statement.sql, for_postgres(values)?);
                query.execute(&mut **tx).await.map(|it| it.rows_affected())
            }
        };
        noted(&self.halt, self.write, changed)
    }

    /// Inserts many rows with as few statements as the databases allow, and tells how many rows
    /// were changed. In a scope of one enterprise every row must be its own.
    pub(crate) async fn insert(
        &mut self,
        statement: &'static Statement,
        rows: Vec<Vec<Value>>,
    ) -> Result<u64> {
        let Some((columns, _)) = statement.rows else {
            return Err(StoreError::Scope(statement.name));
        };
        if statement.reach == Reach::Tenant {
            let own = self.scope.enterprise().map(|enterprise| enterprise.0);
            let is_foreign = |row: &Vec<Value>| match row.first() {
                Some(Value::Uuid(Some(tenant))) => own.is_some_and(|own| own != *tenant),
                _ => true,
            };
            if matches!(self.scope, Scope::Places(_)) || rows.iter().any(is_foreign) {
                return Err(StoreError::Scope(statement.name));
            }
        }
        let mut changed = 0;
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let chunk: Vec<Vec<Value>> = rows.by_ref().take(MAX_PARAMETERS / columns).collect();
            self.statements.fetch_add(1, Ordering::Relaxed);
            let marks = match &self.inner {
                Inner::Sqlite(_) => Marks::Plain,
                Inner::Postgres(_) => Marks::Numbered,
            };
            let text = AssertSqlSafe(statement.text(chunk.len(), marks).into_owned());
            // A text for one row is worth keeping prepared; those for other counts come and go.
            let keep = chunk.len() == 1;
            let values: Vec<Value> = chunk.into_iter().flatten().collect();
            refuse_unstorable(&values)?;
            let inserted = match &mut self.inner {
                Inner::Sqlite(tx) => {
                    let query = sqlx::query_with(text, for_sqlite(values)?).persistent(keep);
                    query.execute(&mut **tx).await.map(|it| it.rows_affected())
                }
                Inner::Postgres(tx) => {
                    let query = sqlx::query_with(text, for_postgres(values)?).persistent(keep);
                    query.execute(&mut **tx).await.map(|it| it.rows_affected())
                }
            };
            changed += noted(&self.halt, self.write, inserted)?;
        }
        Ok(changed)
    }
}
