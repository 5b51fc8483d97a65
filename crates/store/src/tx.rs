//! A transaction: the only way in which statements run, each bound to one scope.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hezuo_domain::Scope;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{AssertSqlSafe, FromRow, Postgres, Sqlite, Transaction};

use crate::error::{Result, StoreError};
use crate::halt::{Halt, is_fault};
use crate::line::Line;
use crate::statement::{Marks, Reach, Statement};
use crate::value::{Value, for_postgres, for_sqlite, lists_for_postgres};

/// Parameters that one statement may carry on both databases.
const MAX_PARAMETERS: usize = 30_000;

/// How long a commit on PostgreSQL may wait, as for a standby that has to say that it has it too. The
/// caller is then told to come again; it may be stored all the same.
const COMMIT_WITHIN: Duration = Duration::from_secs(15);

/// A row that both databases can give.
pub(crate) trait Row:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}
impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{}

/// Passes a result on; a fault of the disk stops writes.
pub(crate) fn noted<T>(halt: &Halt, write: bool, result: sqlx::Result<T>) -> Result<T> {
    result.map_err(|error| {
        if is_fault(&error, write) {
            halt.call(error.to_string());
            return StoreError::Fault(error);
        }
        error.into()
    })
}

/// PostgreSQL takes no NUL in a text, so neither database is given one.
fn refuse_unstorable<'a>(mut values: impl Iterator<Item = &'a Value>) -> Result<()> {
    let is_unstorable =
        |value: &Value| matches!(value, Value::Text(Some(text)) if text.contains('\0'));
    if values.any(is_unstorable) {
        Err(StoreError::Text)
    } else {
        Ok(())
    }
}

/// As many rows of a statement of many rows as go at once.
struct Chunk {
    rows: Vec<Vec<Value>>,
    marks: Marks,
}

impl Chunk {
    fn text(&self, statement: &'static Statement) -> AssertSqlSafe<String> {
        AssertSqlSafe(statement.text(self.rows.len(), self.marks).into_owned())
    }

    /// Whether the text is worth keeping prepared: where it says how many rows there are, those for other
    /// counts come and go.
    fn is_kept(&self) -> bool {
        self.marks == Marks::Lists || self.rows.len() == 1
    }

    fn for_sqlite(self) -> sqlx::Result<SqliteArguments> {
        for_sqlite(self.rows.into_iter().flatten().collect())
    }

    fn for_postgres(self) -> sqlx::Result<PgArguments> {
        if self.marks == Marks::Lists {
            lists_for_postgres(self.rows)
        } else {
            for_postgres(self.rows.into_iter().flatten().collect())
        }
    }
}

pub(crate) enum Inner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>, Line),
}

/// A transaction, bound to one scope. Dropped without [`Tx::commit`] it is rolled back.
pub struct Tx {
    pub(crate) inner: Inner,
    pub(crate) scope: Scope,
    pub(crate) marks: Marks,
    pub(crate) write: bool,
    pub(crate) halt: Halt,
    pub(crate) statements: Arc<AtomicU64>,
}

impl Tx {
    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.inner, Inner::Sqlite(..))
    }

    /// Whether the rows lie on several machines.
    pub(crate) fn is_spread(&self) -> bool {
        !self.is_sqlite() && self.marks == Marks::Numbered
    }

    /// The scope it was begun for.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Whether the database is inside this program.
    pub(crate) fn is_embedded(&self) -> bool {
        matches!(self.inner, Inner::Sqlite(..))
    }

    /// Makes everything durable and visible.
    ///
    /// # Errors
    /// After a fault, or where the database was lost meanwhile, nobody can say whether it is stored: the
    /// same may be sent again.
    pub async fn commit(self) -> Result<()> {
        if self.write && self.halt.why().is_some() {
            return Err(StoreError::Halted);
        }
        let committed = match self.inner {
            Inner::Sqlite(tx) => tx.commit().await,
            Inner::Postgres(tx, line) => {
                let committed = tokio::time::timeout(COMMIT_WITHIN, line.hold(tx.commit())).await;
                committed.unwrap_or_else(|_| {
                    line.doubt();
                    Err(sqlx::Error::PoolClosed)
                })
            }
        };
        noted(&self.halt, self.write, committed)
    }

    /// Before its first statement: lets the transaction see one state of the database throughout, as
    /// SQLite does by itself.
    pub(crate) async fn hold_still(&mut self) -> Result<()> {
        if let Inner::Postgres(tx, line) = &mut self.inner {
            let still = sqlx::raw_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
            line.hold(still.execute(&mut **tx)).await?;
        }
        Ok(())
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
        refuse_unstorable(values.iter())?;
        self.statements.fetch_add(1, Ordering::Relaxed);
        Ok(values)
    }

    pub(crate) async fn all<R: Row>(
        &mut self,
        statement: &'static Statement,
        values: Vec<Value>,
    ) -> Result<Vec<R>> {
        self.rows(statement, values, true).await
    }

    /// Like [`Tx::all`], for a statement that PostgreSQL must plan for the very values: one plan for all
    /// would not know a large enterprise from a small one, nor a rare word from a common one.
    pub(crate) async fn all_planned<R: Row>(
        &mut self,
        statement: &'static Statement,
        values: Vec<Value>,
    ) -> Result<Vec<R>> {
        self.rows(statement, values, false).await
    }

    /// The rows of a statement; PostgreSQL keeps it prepared, or plans it anew.
    async fn rows<R: Row>(
        &mut self,
        statement: &'static Statement,
        values: Vec<Value>,
        keep: bool,
    ) -> Result<Vec<R>> {
        let values = self.bind(statement, values)?;
        let rows = match &mut self.inner {
            Inner::Sqlite(tx) => {
                sqlx::query_as_with(statement.sql, for_sqlite(values)?)
                    .fetch_all(&mut **tx)
                    .await
            }
            Inner::Postgres(tx, line) => {
                let query = sqlx::query_as_with(statement.sql, for_postgres(values)?);
                line.hold(query.persistent(keep).fetch_all(&mut **tx)).await
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
            Inner::Postgres(tx, line) => {
                let query = sqlx::query_with(statement.sql, for_postgres(values)?);
                let done = line.hold(query.execute(&mut **tx)).await;
                done.map(|it| it.rows_affected())
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
        let mut changed = 0;
        for chunk in self.chunks(statement, rows)? {
            let (text, keep) = (chunk.text(statement), chunk.is_kept());
            let inserted = match &mut self.inner {
                Inner::Sqlite(tx) => {
                    let query = sqlx::query_with(text, chunk.for_sqlite()?).persistent(keep);
                    query.execute(&mut **tx).await.map(|it| it.rows_affected())
                }
                Inner::Postgres(tx, line) => {
                    let query = sqlx::query_with(text, chunk.for_postgres()?).persistent(keep);
                    let done = line.hold(query.execute(&mut **tx)).await;
                    done.map(|it| it.rows_affected())
                }
            };
            changed += noted(&self.halt, self.write, inserted)?;
        }
        Ok(changed)
    }

    /// Runs a statement that takes many rows and answers with rows: those that an insert returns, or
    /// what is found for each of those that are asked for.
    pub(crate) async fn many<R: Row>(
        &mut self,
        statement: &'static Statement,
        rows: Vec<Vec<Value>>,
    ) -> Result<Vec<R>> {
        let mut found = Vec::with_capacity(rows.len());
        for chunk in self.chunks(statement, rows)? {
            let (text, keep) = (chunk.text(statement), chunk.is_kept());
            let answered = match &mut self.inner {
                Inner::Sqlite(tx) => {
                    let query = sqlx::query_as_with(text, chunk.for_sqlite()?);
                    query.persistent(keep).fetch_all(&mut **tx).await
                }
                Inner::Postgres(tx, line) => {
                    let query = sqlx::query_as_with(text, chunk.for_postgres()?);
                    line.hold(query.persistent(keep).fetch_all(&mut **tx)).await
                }
            };
            found.extend(noted(&self.halt, self.write, answered)?);
        }
        Ok(found)
    }

    /// Rows of a statement of many rows, as many at once as both databases take.
    fn chunks(&self, statement: &'static Statement, rows: Vec<Vec<Value>>) -> Result<Vec<Chunk>> {
        let Some((columns, _)) = statement.rows else {
            return Err(StoreError::Scope(statement.name));
        };
        self.require_own(statement, &rows)?;
        refuse_unstorable(rows.iter().flatten())?;
        let marks = self.marks;
        let mut chunks = Vec::new();
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let rows = rows.by_ref().take(MAX_PARAMETERS / columns).collect();
            self.statements.fetch_add(1, Ordering::Relaxed);
            chunks.push(Chunk { rows, marks });
        }
        Ok(chunks)
    }

    fn require_own(&self, statement: &'static Statement, rows: &[Vec<Value>]) -> Result<()> {
        let own = self.scope.enterprise().map(|enterprise| enterprise.0);
        let is_foreign = |row: &Vec<Value>| match row.first() {
            Some(Value::Uuid(Some(tenant))) => own.is_some_and(|own| own != *tenant),
            _ => true,
        };
        let fits = match statement.reach {
            Reach::Tenant => {
                !matches!(self.scope, Scope::Places(_)) && !rows.iter().any(is_foreign)
            }
            Reach::Cross(_) => own.is_none(),
            Reach::Global => true,
        };
        if fits {
            Ok(())
        } else {
            Err(StoreError::Scope(statement.name))
        }
    }
}
