//! Filling a database by the million: rows that were decided in memory go in table by table, without the
//! secondary indexes, which are built once everything is there.

use hezuo_domain::commitment::Hash;
use hezuo_domain::ids::{EnterpriseId, EventId, UserId};
use hezuo_domain::people::Grant;
use hezuo_domain::tallies::TallyKey;
use hezuo_domain::time::{Day, Instant};
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Executor, SqlitePool};

use crate::cases::fill_events;
use crate::cases::rows::Event;
use crate::db::{Db, Pools, Tx};
use crate::error::{Result, StoreError};
use crate::people::NewUser;
use crate::statement::{GLOBAL_TABLES, TENANT_TABLES, statements};
use crate::transport::Transport;
use crate::value::args;

statements! {
    rows FILL_CHAIN =
        (6, "INSERT INTO chain (enterprise_id, seq, event_id, leaf, head, log_position)", "");
    rows FILL_TALLIES = (5, "INSERT INTO tally (enterprise_id, measure, slice, local_day, n)", "");
    rows FILL_USERS = (7, "INSERT INTO app_user (enterprise_id, id, person_id, login,
        password_hash, locale, disabled)", "");
    rows FILL_GRANTS = (5, "INSERT INTO role_grant (enterprise_id, user_id, role, place_kind,
        place_key)", "");
    global_rows FILL_LOGINS = (3, "INSERT INTO login_name (login, enterprise_id, user_id)", "");
    global ANYTHING = "SELECT CAST(COUNT(*) AS BIGINT) FROM (SELECT id FROM enterprise LIMIT 1) AS e";
    cross FOLDED = ("what was filled in is in the sums of its divisions already",
        "DELETE FROM tally_change");
    global FOLDED_AT = "UPDATE region_fold SET at = $1 WHERE id = 1";
    global SOME_CODES = "SELECT short_code FROM enterprise WHERE kind = 'enterprise' ORDER BY id
        LIMIT $1";
    cross ROLL_UP = ("a benchmark sums up all cases by one plain statement",
        "SELECT SUBSTR(e.region_code, 1, 2) AS province, CAST(COUNT(*) AS BIGINT) AS reports,
            CAST(SUM(CASE WHEN c.state IN ('new', 'accepted', 'planned', 'done') THEN 1 ELSE 0 END)
                AS BIGINT) AS open,
            CAST(SUM(CASE WHEN c.danger AND c.state IN ('new', 'accepted', 'planned', 'done')
                THEN 1 ELSE 0 END) AS BIGINT) AS danger,
            CAST(SUM(CASE WHEN c.state = 'planned' AND c.due_day < $1 THEN 1 ELSE 0 END) AS BIGINT)
                AS overdue
        FROM cases c JOIN enterprise e ON e.id = c.enterprise_id
        GROUP BY SUBSTR(e.region_code, 1, 2) ORDER BY province");
    global GROW = "UPDATE log_size SET size = $1 WHERE id = 1";
}

/// Whether nobody is in it: without an enterprise no other row can be.
pub async fn is_empty(tx: &mut Tx) -> Result<bool> {
    let row: Option<(i64,)> = tx.optional(&ANYTHING, args![]).await?;
    Ok(row.is_some_and(|(count,)| count == 0))
}

/// A link of a chain: position, event, leaf, head, place in the log.
pub type Link = (i64, EventId, Hash, Hash, i64);

/// Adds events that stand in their chains already.
pub async fn add_events(tx: &mut Tx, events: &[(Event, Link)]) -> Result<()> {
    fill_events(tx, events.iter().map(|(event, _)| event)).await?;
    let of_chain = events.iter().map(|(event, (seq, id, leaf, head, place))| {
        args![event.enterprise, *seq, *id, *leaf, *head, *place]
    });
    tx.insert(&FILL_CHAIN, of_chain.collect()).await?;
    Ok(())
}

/// Adds counts of enterprises that had none.
pub async fn add_tallies(tx: &mut Tx, counts: &[(TallyKey, i64)]) -> Result<()> {
    let rows = counts
        .iter()
        .map(|(key, n)| args![key.enterprise, key.measure, key.slice.as_ref(), key.day, *n]);
    tx.insert(&FILL_TALLIES, rows.collect()).await?;
    Ok(())
}

/// Adds users with their login names and roles.
pub async fn add_users(tx: &mut Tx, users: &[(EnterpriseId, NewUser, Grant)]) -> Result<()> {
    let logins = users.iter().map(|(at, it, _)| args![&it.login, *at, it.id]);
    tx.insert(&FILL_LOGINS, logins.collect()).await?;
    let rows = users.iter().map(|(at, it, _)| {
        let password = it.password_hash.as_ref();
        args![
            *at, it.id, it.person, &it.login, password, &it.locale, false
        ]
    });
    tx.insert(&FILL_USERS, rows.collect()).await?;
    let grant = |(at, it, grant): &(EnterpriseId, NewUser, Grant)| {
        let user: UserId = it.id;
        args![
            *at,
            user,
            grant.role.as_str(),
            grant.place.kind(),
            grant.place.key()
        ]
    };
    tx.insert(&FILL_GRANTS, users.iter().map(grant).collect())
        .await?;
    Ok(())
}

/// Says that everything that was filled in is in the sums of its divisions, at an instant, and how long the
/// log is.
pub async fn settle(tx: &mut Tx, at: Instant, log: i64) -> Result<()> {
    tx.execute(&FOLDED, args![]).await?;
    tx.execute(&FOLDED_AT, args![at]).await?;
    tx.execute(&GROW, args![log]).await?;
    Ok(())
}

/// The short codes of some factories.
pub async fn some_codes(tx: &mut Tx, limit: i64) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = tx.all(&SOME_CODES, args![limit]).await?;
    Ok(rows.into_iter().map(|(code,)| code).collect())
}

/// What a province has, counted case by case.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Counted {
    /// The first two digits of its code.
    pub province: Option<String>,
    /// Cases.
    pub reports: i64,
    /// Somebody still has to do something about them.
    pub open: i64,
    /// Of them dangerous.
    pub danger: i64,
    /// Planned, and the day has passed.
    pub overdue: i64,
}

/// All cases summed up by province, in one plain statement: what the sums of divisions stand beside.
pub async fn roll_up(tx: &mut Tx, today: Day) -> Result<Vec<Counted>> {
    tx.all(&ROLL_UP, args![today]).await
}

/// The tables that grow with the cases.
const LARGE: [&str; 4] = ["cases", "case_event", "chain", "case_search"];

/// Whoever may change tables: the embedded database itself, or the owner of a PostgreSQL database.
pub struct Builder(Owner);

enum Owner {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// An index that was taken away: its name, and the text that makes it.
pub type Index = (String, String);

impl Db {
    /// For whoever may change the tables of this database; `owner_url` is for PostgreSQL.
    ///
    /// # Errors
    /// [`StoreError::Unfit`] where the owner is not named.
    pub async fn builder(&self, owner_url: &str, transport: &Transport) -> Result<Builder> {
        Ok(Builder(match self.pools() {
            Pools::Sqlite { writer, .. } => Owner::Sqlite(writer),
            Pools::Postgres(_) if owner_url.is_empty() => {
                return Err(StoreError::Unfit(
                    "indexes are built by the database's owner: set database.owner_url".into(),
                ));
            }
            Pools::Postgres(_) => Owner::Postgres(
                PgPoolOptions::new()
                    .max_connections(1)
                    .connect_with(transport.options(owner_url)?)
                    .await?,
            ),
        }))
    }
}

impl Builder {
    async fn run(&self, command: &str) -> Result<()> {
        let command = AssertSqlSafe(command.to_owned());
        match &self.0 {
            Owner::Sqlite(pool) => pool.execute(sqlx::raw_sql(command)).await.map(drop)?,
            Owner::Postgres(pool) => pool.execute(sqlx::raw_sql(command)).await.map(drop)?,
        }
        Ok(())
    }

    /// The secondary indexes of the large tables as the database itself describes them.
    async fn indexes(&self) -> Result<Vec<Index>> {
        let tables = LARGE.map(|table| format!("'{table}'")).join(", ");
        Ok(match &self.0 {
            Owner::Sqlite(pool) => {
                let ask = format!(
                    "SELECT name, sql FROM sqlite_master WHERE type = 'index'
                     AND sql IS NOT NULL AND tbl_name IN ({tables}) ORDER BY name"
                );
                sqlx::query_as(AssertSqlSafe(ask)).fetch_all(pool).await?
            }
            Owner::Postgres(pool) => {
                let ask = format!(
                    "SELECT c.relname::text, pg_get_indexdef(i.indexrelid)
                     FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                     JOIN pg_class t ON t.oid = i.indrelid
                     WHERE t.relnamespace = current_schema()::regnamespace
                     AND t.relname IN ({tables}) AND NOT EXISTS (
                         SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid)
                     ORDER BY c.relname"
                );
                sqlx::query_as(AssertSqlSafe(ask)).fetch_all(pool).await?
            }
        })
    }

    /// Takes the secondary indexes of the large tables away, and tells how to make them again. Until
    /// then the database is of no use.
    pub async fn take_indexes(&self) -> Result<Vec<Index>> {
        if let Owner::Sqlite(_) = &self.0 {
            // Rows of one factory go in beside each other, wherever that is: 256 MB hold the way there.
            self.run("PRAGMA cache_size = -262144").await?;
        }
        let indexes = self.indexes().await?;
        for (name, _) in &indexes {
            self.run(&format!("DROP INDEX {name}")).await?;
        }
        Ok(indexes)
    }

    /// Makes one of them again.
    pub async fn put_back(&self, index: &Index) -> Result<()> {
        self.run(&index.1).await
    }

    /// Lets the database look at what it holds, so that it plans well.
    pub async fn analyse(&self) -> Result<()> {
        match &self.0 {
            Owner::Sqlite(_) => {
                self.run("PRAGMA analysis_limit = 1000; ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)")
                    .await
            }
            Owner::Postgres(_) => {
                // Not of PostgreSQL's own tables: of each it says that somebody else may.
                let tables = [TENANT_TABLES, GLOBAL_TABLES].concat().join(", ");
                self.run(&format!("VACUUM (ANALYZE) {tables}")).await
            }
        }
    }
}
