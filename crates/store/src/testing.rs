//! A fresh database of either kind for a test. SQLite always; PostgreSQL in the cluster that
//! `scripts/with-postgres.sh` starts (`make test` does).

mod columns;
mod plans;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, Row};

use crate::db::{Db, Pools, Tx};
use crate::statement::{GLOBAL_TABLES, Reach, Statement, TENANT_TABLES, TENANT_VIEWS};
use crate::transport::Transport;
use crate::value::args;

pub use columns::FoundColumn;
pub use plans::Plan;

static COUNTER: AtomicU32 = AtomicU32::new(0);

/// A migrated, empty database, with a folder for blobs beside it.
pub struct Fresh {
    /// The database, as the application uses it.
    pub db: Db,
    /// A folder of its own, removed at the end.
    pub folder: PathBuf,
    /// Of PostgreSQL: the owner's address of this database.
    pub owner_url: Option<String>,
    /// Of PostgreSQL: the application role's address of this database.
    pub application_url: Option<String>,
}

/// A connection past the application, as somebody with a database tool has one.
enum Outside {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// Keeps everybody else from writing until it is let go.
pub struct Held(Outside);

impl Held {
    /// Lets the others write again.
    pub async fn let_go(self) {
        match self.0 {
            Outside::Sqlite(connection) => connection.close().await,
            Outside::Postgres(connection) => connection.close().await,
        }
        .expect("the connection closes");
    }
}

impl Fresh {
    async fn outside(&self) -> Outside {
        match &self.application_url {
            None => {
                let options = SqliteConnectOptions::new().filename(self.folder.join("hezuo.db"));
                Outside::Sqlite(options.connect().await.expect("the file opens"))
            }
            Some(url) => {
                let mut connection = PgConnection::connect(url).await.expect("it connects");
                // For one transaction, since only so they reach every machine of a cluster.
                let settings = "BEGIN; SET LOCAL app.scope = 'system';
                    SET LOCAL app.enterprise_id = '00000000-0000-0000-0000-000000000000'";
                connection.execute(settings).await.expect("settings");
                Outside::Postgres(connection)
            }
        }
    }

    /// Changes rows behind the application's back; how many there were.
    pub async fn tamper(&self, statement: &str) -> u64 {
        let statement = AssertSqlSafe(statement.to_owned());
        match self.outside().await {
            Outside::Sqlite(mut connection) => connection
                .execute(statement)
                .await
                .map(|done| done.rows_affected()),
            Outside::Postgres(mut connection) => {
                let done = connection.execute(statement).await;
                connection.execute("COMMIT").await.expect("committed");
                done.map(|done| done.rows_affected())
            }
        }
        .expect("the statement runs")
    }

    /// Every row of every table as one line of text: the table's name, then its values. Bytes are
    /// in hexadecimal digits.
    pub async fn dump(&self) -> Vec<String> {
        let mut outside = self.outside().await;
        let mut lines = Vec::new();
        for table in GLOBAL_TABLES.iter().chain(TENANT_TABLES) {
            let values: Vec<String> = match &mut outside {
                Outside::Sqlite(connection) => {
                    let columns = format!("SELECT name FROM pragma_table_info('{table}')");
                    let columns = connection.fetch_all(AssertSqlSafe(columns)).await;
                    let columns: Vec<String> = columns
                        .expect("columns")
                        .iter()
                        .map(|row| format!("quote({})", row.get::<String, _>(0)))
                        .collect();
                    let all = format!("SELECT {} FROM {table}", columns.join(" || ',' || "));
                    let rows = connection.fetch_all(AssertSqlSafe(all)).await;
                    rows.expect("rows").iter().map(|row| row.get(0)).collect()
                }
                Outside::Postgres(connection) => {
                    let all = format!("SELECT CAST(t AS TEXT) FROM {table} t");
                    let rows = connection.fetch_all(AssertSqlSafe(all)).await;
                    rows.expect("rows").iter().map(|row| row.get(0)).collect()
                }
            };
            lines.extend(values.iter().map(|value| format!("{table} {value}")));
        }
        lines
    }

    /// Asks for words with a number each, as somebody with a database tool does.
    pub async fn ask(&self, statement: &str) -> Vec<(String, i64)> {
        let statement = AssertSqlSafe(statement.to_owned());
        match self.outside().await {
            Outside::Sqlite(mut connection) => {
                sqlx::query_as(statement).fetch_all(&mut connection).await
            }
            Outside::Postgres(mut connection) => {
                sqlx::query_as(statement).fetch_all(&mut connection).await
            }
        }
        .expect("the statement runs")
    }

    /// What the tables, columns, keys and indexes are, as the database itself tells it; without the
    /// statistics that it keeps for itself.
    pub async fn schema(&self) -> Vec<(String, i64)> {
        self.ask(match self.application_url {
            None => {
                "SELECT name || ' ' || COALESCE(sql, ''), 0 FROM sqlite_master
                 WHERE name NOT LIKE 'sqlite_stat%' ORDER BY name"
            }
            Some(_) => {
                "SELECT what, CAST(0 AS BIGINT) FROM (
                     SELECT indexdef AS what FROM pg_indexes WHERE schemaname = current_schema()
                     UNION ALL
                     SELECT conrelid::regclass::text || ' ' || conname || ' '
                         || pg_get_constraintdef(oid) FROM pg_constraint
                     WHERE connamespace = current_schema()::regnamespace
                     UNION ALL
                     SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable
                     FROM information_schema.columns WHERE table_schema = current_schema()
                 ) AS parts ORDER BY what"
            }
        })
        .await
    }

    /// How many different words the search knows, as its index holds them.
    ///
    /// # Panics
    /// Where the database fails.
    pub async fn terms(&self) -> i64 {
        match self.outside().await {
            Outside::Sqlite(mut connection) => {
                let look =
                    "CREATE VIRTUAL TABLE temp.terms USING fts5vocab (main, case_words, row)";
                connection
                    .execute(look)
                    .await
                    .expect("a look into the index");
                let count = connection
                    .fetch_one("SELECT COUNT(*) FROM temp.terms")
                    .await;
                count.expect("a count").get(0)
            }
            Outside::Postgres(mut connection) => {
                let count = "SELECT COUNT(DISTINCT word) FROM case_search, unnest(string_to_array(words, ' ')) AS word";
                let count = connection.fetch_one(count).await;
                count.expect("a count").get(0)
            }
        }
    }

    /// Takes the database for itself, like a backup that hangs, until the answer is let go.
    pub async fn hold(&self) -> Held {
        let mut outside = self.outside().await;
        match &mut outside {
            Outside::Sqlite(connection) => connection.execute("BEGIN IMMEDIATE").await.map(drop),
            Outside::Postgres(connection) => connection
                .execute("LOCK TABLE cases, intake_report IN ACCESS EXCLUSIVE MODE")
                .await
                .map(drop),
        }
        .expect("nobody else holds it");
        Held(outside)
    }

    /// Of SQLite: lets the file grow no more, or again.
    pub async fn fill_disk(&self, is_full: bool) {
        let Pools::Sqlite { writer, .. } = &self.db.pools() else {
            panic!("only a file of SQLite can be kept from growing");
        };
        let most = if is_full { 1 } else { 1_000_000 };
        let limit = AssertSqlSafe(format!("PRAGMA max_page_count = {most}"));
        writer.execute(limit).await.expect("the limit is set");
    }
}

/// Changes rows of a SQLite file behind the application's back; how many there were.
///
/// # Panics
/// Where the statement does not run.
pub async fn tamper_with(file: &std::path::Path, statement: &str) -> u64 {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .foreign_keys(false);
    let mut connection = options.connect().await.expect("the file opens");
    let done = connection
        .execute(AssertSqlSafe(statement.to_owned()))
        .await;
    let rows = done.expect("the statement runs").rows_affected();
    connection.close().await.expect("the connection closes");
    rows
}

/// How many rows there are in each of these tables.
///
/// # Panics
/// Where the database fails.
pub async fn rows(db: &Db, tables: &[&'static str]) -> BTreeMap<&'static str, i64> {
    let mut counts = BTreeMap::new();
    for table in tables {
        let count = AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
        let (n,): (i64,) = match &db.pools() {
            Pools::Sqlite { readers, .. } => sqlx::query_as(count).fetch_one(readers).await,
            Pools::Postgres(primary) => {
                let settings = "BEGIN READ ONLY; SET LOCAL app.scope = 'system';
                    SET LOCAL app.enterprise_id = '00000000-0000-0000-0000-000000000000'";
                let mut tx = primary.pool.begin_with(settings).await.expect("begun");
                sqlx::query_as(count).fetch_one(&mut *tx).await
            }
        }
        .expect("a count");
        counts.insert(*table, n);
    }
    counts
}

impl Drop for Fresh {
    fn drop(&mut self) {
        // A folder that can't be removed costs disk, not correctness.
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

fn folder() -> PathBuf {
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("hezuo-test-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder can be made");
    folder
}

/// A fresh SQLite file.
pub async fn sqlite() -> Fresh {
    let folder = folder();
    let db = Db::open_sqlite(&folder.join("hezuo.db"))
        .await
        .expect("SQLite opens");
    db.migrate_sqlite().await.expect("the migrations run");
    Fresh {
        db,
        folder,
        owner_url: None,
        application_url: None,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test cluster's address comes from its script"
)]
fn cluster(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set; run the tests through `make test` or scripts/with-postgres.sh")
    })
}

fn with_database(url: &str, database: &str) -> String {
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let (server, _) = base
        .rsplit_once('/')
        .expect("the address ends with a database's name");
    let query = if query.is_empty() {
        String::new()
    } else {
        format!("?{query}")
    };
    format!("{server}/{database}{query}")
}

/// A superuser's address where the test cluster has Citus, by which databases are then spread.
#[expect(
    clippy::disallowed_methods,
    reason = "what the test cluster is comes from its script"
)]
fn citus() -> Option<String> {
    std::env::var("HEZUO_TEST_CITUS").ok()
}

async fn spread(superuser: &str, database: &str, owner_url: &str) {
    let mut connection = PgConnection::connect(&with_database(superuser, database))
        .await
        .expect("a superuser connects");
    let prepare = "CREATE EXTENSION citus;
        SELECT citus_set_coordinator_host('127.0.0.1', current_setting('port')::INT);
        SELECT citus_set_node_property('127.0.0.1', current_setting('port')::INT,
            'shouldhaveshards', TRUE)";
    connection.execute(prepare).await.expect("the extension");
    connection.close().await.expect("the connection closes");
    Db::distribute_citus(owner_url, &Transport::default())
        .await
        .expect("the tables are spread");
}

/// A fresh PostgreSQL database in the test cluster.
pub async fn postgres() -> Fresh {
    let owner = cluster("HEZUO_TEST_POSTGRES_OWNER_URL");
    let application = cluster("HEZUO_TEST_POSTGRES_APP_URL");
    let folder = folder();
    let mut connection = PgConnection::connect(&owner)
        .await
        .expect("the test cluster runs");
    let database = loop {
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let database = format!("hezuo_{}_{number}", std::process::id());
        let create = AssertSqlSafe(format!("CREATE DATABASE {database}"));
        match connection.execute(create).await {
            Ok(_) => break database,
            // The number of a process comes again within a long run.
            Err(sqlx::Error::Database(it)) if it.code().as_deref() == Some("42P04") => {}
            Err(error) => panic!("the owner may create databases: {error}"),
        }
    };
    connection.close().await.expect("the connection closes");
    let owner_url = with_database(&owner, &database);
    Db::migrate_postgres(&owner_url, "hezuo_app", &Transport::default())
        .await
        .expect("the migrations run");
    if let Some(superuser) = citus() {
        spread(&superuser, &database, &owner_url).await;
    }
    let application_url = with_database(&application, &database);
    let db = Db::open_postgres(&application_url, 16, &Transport::default())
        .await
        .expect("the application role connects");
    Fresh {
        db,
        folder,
        owner_url: Some(owner_url),
        application_url: Some(application_url),
    }
}

impl Db {
    /// Of PostgreSQL: whether what goes to and fro is encrypted.
    ///
    /// # Errors
    /// Where it does not answer.
    pub async fn is_encrypted(&self) -> crate::Result<bool> {
        let Pools::Postgres(primary) = &self.pools() else {
            return Ok(false);
        };
        let ask = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        let (ssl,): (bool,) = sqlx::query_as(ask).fetch_one(&primary.pool).await?;
        Ok(ssl)
    }
}

/// How far statements without a filter reach in the scope of one enterprise.
#[derive(Debug, Default)]
pub struct Reached {
    /// Tables that hold rows of the other enterprise.
    pub foreign_tables: usize,
    /// Tables of which a row of the other could be read, changed or removed.
    pub leaks: Vec<String>,
}

impl Fresh {
    /// On PostgreSQL: switches row-level security off, as whoever owns the tables can.
    ///
    /// # Panics
    /// Where the database fails.
    pub async fn drop_row_level_security(&self) {
        let url = self.owner_url.as_deref().expect("PostgreSQL");
        let mut owner = PgConnection::connect(url).await.expect("it connects");
        for table in TENANT_TABLES {
            let off = format!("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY");
            owner.execute(AssertSqlSafe(off)).await.expect("off");
        }
        owner.close().await.expect("the connection closes");
    }

    /// On PostgreSQL: reads, changes and removes without a filter in the scope of one enterprise, and
    /// looks whether rows of another were reached. Everything is rolled back.
    ///
    /// # Panics
    /// Where the database fails.
    pub async fn unfiltered(&self, own: uuid::Uuid, other: uuid::Uuid) -> Reached {
        let url = self.application_url.as_deref().expect("PostgreSQL");
        let mut connection = PgConnection::connect(url).await.expect("it connects");
        let mut reached = Reached::default();
        for table in TENANT_TABLES {
            let whose = format!("enterprise_id = '{other}'");
            let all = format!("SELECT 1 FROM {table} WHERE {whose}");
            if count(&mut connection, "system", uuid::Uuid::nil(), &all).await == 0 {
                continue;
            }
            reached.foreign_tables += 1;
            let all = format!("SELECT 1 FROM (SELECT * FROM {table}) AS t WHERE {whose}");
            let change = format!(
                "UPDATE {table} SET enterprise_id = enterprise_id WHERE {whose} RETURNING 1"
            );
            let remove = format!("DELETE FROM {table} WHERE {whose} RETURNING 1");
            for (what, statement) in [("read", all), ("changed", change), ("removed", remove)] {
                if count(&mut connection, "enterprise", own, &statement).await > 0 {
                    reached.leaks.push(format!("{table} is {what}"));
                }
            }
        }
        for view in TENANT_VIEWS {
            let all = format!(
                "SELECT 1 FROM (SELECT * FROM {view}) AS t WHERE enterprise_id = '{other}'"
            );
            if count(&mut connection, "enterprise", other, &all).await == 0 {
                continue;
            }
            reached.foreign_tables += 1;
            for scope in ["enterprise", "system"] {
                if count(&mut connection, scope, own, &all).await > 0 {
                    reached.leaks.push(format!("{view} is read"));
                }
            }
        }
        connection.close().await.expect("the connection closes");
        reached
    }
}

/// How many rows a statement has in a scope; what the database refuses outright has none.
async fn count(
    connection: &mut PgConnection,
    scope: &str,
    id: uuid::Uuid,
    statement: &str,
) -> usize {
    let begin =
        format!("BEGIN; SET LOCAL app.scope = '{scope}'; SET LOCAL app.enterprise_id = '{id}'");
    let begun = connection.execute(AssertSqlSafe(begin)).await;
    begun.expect("begun");
    let rows = connection
        .fetch_all(AssertSqlSafe(statement.to_owned()))
        .await;
    connection.execute("ROLLBACK").await.expect("rolled back");
    rows.map_or(0, |rows| rows.len())
}

static PARTICIPANTS: Statement = Statement {
    name: "PARTICIPANTS",
    reach: Reach::Tenant,
    sql: "SELECT COUNT(*) FROM (SELECT DISTINCT person_key FROM participation
        WHERE enterprise_id = $1) AS people",
    rows: None,
};

/// How many people ever took part by name. Outside of tests no count of people can be read.
///
/// # Panics
/// Where the database fails.
pub async fn participants(tx: &mut Tx) -> i64 {
    let row: Option<(i64,)> = tx.optional(&PARTICIPANTS, args![]).await.expect("a count");
    row.map_or(0, |(n,)| n)
}

/// Makes two tests of one: `sqlite_<name>` and `postgres_<name>`.
#[macro_export]
macro_rules! on_both_databases {
    ($($(#[$meta:meta])* async fn $name:ident($fresh:ident) $body:block)*) => {$(
        mod $name {
            #[expect(unused_imports, reason = "not every test needs what is around it")]
            use super::*;

            $(#[$meta])*
            async fn check($fresh: $crate::testing::Fresh) $body

            #[tokio::test]
            async fn sqlite() {
                check($crate::testing::sqlite().await).await;
            }

            #[tokio::test]
            async fn postgres() {
                check($crate::testing::postgres().await).await;
            }
        }
    )*};
}
