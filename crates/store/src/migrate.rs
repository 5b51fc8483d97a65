//! Migrations: one folder of texts for both databases, and PostgreSQL's second belt.

use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Executor};

use crate::db::{Db, Pools};
use crate::error::{Result, StoreError};
use crate::primary::writable;
use crate::statement::{GLOBAL_TABLES, TENANT_TABLES, TENANT_VIEWS};
use crate::transport::Transport;

/// All migrations in order; a released one is never changed.
const MIGRATIONS: &[(i64, &str)] = &[
    (1, include_str!("../migrations/0001_house.sql")),
    (2, include_str!("../migrations/0002_teams.sql")),
    (3, include_str!("../migrations/0003_projects.sql")),
    (4, include_str!("../migrations/0004_rewards.sql")),
    (5, include_str!("../migrations/0005_figures.sql")),
    (6, include_str!("../migrations/0006_start.sql")),
    (7, include_str!("../migrations/0007_notices.sql")),
    (8, include_str!("../migrations/0008_answers.sql")),
    (9, include_str!("../migrations/0009_county.sql")),
    (11, include_str!("../migrations/0011_digest.sql")),
    (12, include_str!("../migrations/0012_channels.sql")),
    (13, include_str!("../migrations/0013_mail.sql")),
    (14, include_str!("../migrations/0014_envelopes.sql")),
    (15, include_str!("../migrations/0015_log.sql")),
    (16, include_str!("../migrations/0016_lists.sql")),
    (17, include_str!("../migrations/0017_day_is_over.sql")),
    (18, include_str!("../migrations/0018_accounts.sql")),
    (19, include_str!("../migrations/0019_sessions.sql")),
    (21, include_str!("../migrations/0021_backups.sql")),
    (22, include_str!("../migrations/0022_second_factor.sql")),
    (23, include_str!("../migrations/0023_passkeys.sql")),
    (24, include_str!("../migrations/0024_federation.sql")),
    (25, include_str!("../migrations/0025_devices.sql")),
    (26, include_str!("../migrations/0026_apart.sql")),
    (27, include_str!("../migrations/0027_looks.sql")),
    (28, include_str!("../migrations/0028_regions.sql")),
    (29, include_str!("../migrations/0029_standings.sql")),
    (32, include_str!("../migrations/0032_plans.sql")),
    (33, include_str!("../migrations/0033_search.sql")),
    (34, include_str!("../migrations/0034_rounds.sql")),
    (35, include_str!("../migrations/0035_second_step.sql")),
    (36, include_str!("../migrations/0036_approvals.sql")),
    (
        37,
        include_str!("../migrations/0037_people_of_standings.sql"),
    ),
    (38, include_str!("../migrations/0038_own_data.sql")),
    (39, include_str!("../migrations/0039_upload_parts.sql")),
    (40, include_str!("../migrations/0040_editions.sql")),
    (41, include_str!("../migrations/0041_read_at_once.sql")),
    (42, include_str!("../migrations/0042_holders.sql")),
    (43, include_str!("../migrations/0043_pending_leaves.sql")),
    (44, include_str!("../migrations/0044_no_empty_sums.sql")),
];

/// Row-level security is forced on the owner too: a migration that fills a new column acts as the
/// system does.
pub(crate) const AS_SYSTEM: &str = "SET LOCAL app.scope = 'system';
     SET LOCAL app.enterprise_id = '00000000-0000-0000-0000-000000000000'";

const BOOK: &str =
    "CREATE TABLE IF NOT EXISTS schema_migration (version BIGINT NOT NULL PRIMARY KEY)";

impl Db {
    /// Brings an embedded database up to date.
    pub async fn migrate_sqlite(&self) -> Result<()> {
        let Pools::Sqlite { writer, .. } = &self.pools() else {
            return Err(StoreError::Unfit(
                "only an embedded database migrates itself".into(),
            ));
        };
        writer.execute(BOOK).await?;
        let known: Vec<(i64,)> = sqlx::query_as("SELECT version FROM schema_migration")
            .fetch_all(writer)
            .await?;
        // Not "later than the last": work that was done side by side may land in another order.
        let is_new = |(version, _): &&(i64, &str)| !known.contains(&(*version,));
        for (version, text) in MIGRATIONS.iter().filter(is_new) {
            let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
            let text = without(text, "postgres").replace("/*rowless*/", "WITHOUT ROWID");
            tx.execute(sqlx::raw_sql(AssertSqlSafe(text))).await?;
            sqlx::query("INSERT INTO schema_migration (version) VALUES ($1)")
                .bind(version)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// The application can't change tables, so it refuses a database that the owner has not
    /// brought up to date, and says what to do.
    pub(crate) async fn require_migrated(pool: &sqlx::PgPool) -> Result<()> {
        let known: std::result::Result<Vec<(i64,)>, _> =
            sqlx::query_as("SELECT version FROM schema_migration ORDER BY version")
                .fetch_all(pool)
                .await;
        let needed = MIGRATIONS.iter().map(|(version, _)| (*version,));
        match known {
            Ok(known) if known.iter().copied().eq(needed) => Ok(()),
            _ => Err(StoreError::Unfit(
                "the database is not up to date; run `hezuo migrate` with database.owner_url set"
                    .into(),
            )),
        }
    }

    /// Brings a PostgreSQL database up to date. Runs as the owner, which the application never
    /// does; `application` is the role that gets the rights to use it, under row-level security.
    pub async fn migrate_postgres(
        owner_url: &str,
        application: &str,
        transport: &Transport,
    ) -> Result<()> {
        let is_name = |name: &str| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        if !is_name(application) {
            return Err(StoreError::Unfit(format!(
                "{application:?} is not a role's name"
            )));
        }
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .connect_with(writable(owner_url, transport).await?)
            .await?;
        pool.execute(BOOK).await?;
        pool.execute(PLACES_HELD).await?;
        let known: Vec<(i64,)> = sqlx::query_as("SELECT version FROM schema_migration")
            .fetch_all(&pool)
            .await?;
        // Not "later than the last": work that was done side by side may land in another order.
        let is_new = |(version, _): &&(i64, &str)| !known.contains(&(*version,));
        for (version, text) in MIGRATIONS.iter().filter(is_new) {
            let mut tx = pool.begin().await?;
            tx.execute(sqlx::raw_sql(AS_SYSTEM)).await?;
            let own = without(text, "sqlite");
            tx.execute(sqlx::raw_sql(AssertSqlSafe(own))).await?;
            let guard = AssertSqlSafe(row_level_security(text, application));
            tx.execute(sqlx::raw_sql(guard)).await?;
            sqlx::query("INSERT INTO schema_migration (version) VALUES ($1)")
                .bind(version)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
        }
        pool.close().await;
        Ok(())
    }
}

/// A migration without the parts from `/*kind*/` to `/*end*/`, which are for the other database alone.
fn without(text: &str, kind: &str) -> String {
    let begin = format!("/*{kind}*/");
    let mut parts = text.split(begin.as_str());
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept.push_str(part.split_once("/*end*/").map_or("", |(_, after)| after));
    }
    kept
}

/// The enterprises of the places that the transaction looks after, by the index of divisions. A function, because
/// a policy with the query itself is planned and begun with every scan of every table, also for those who look after
/// no place; and one whose body is read when it first runs, because the tables are made after it.
const PLACES_HELD: &str = "CREATE OR REPLACE FUNCTION places_held() RETURNS SETOF UUID
    LANGUAGE plpgsql STABLE ROWS 100 AS $$ BEGIN RETURN QUERY
        SELECT unnest(string_to_array(current_setting('app.enterprises', true), ',')::UUID[])
        UNION ALL SELECT e.id
        FROM unnest(string_to_array(current_setting('app.regions', true), ',')) AS r
        JOIN enterprise e ON e.region_code >= r AND e.region_code < r || '~';
    END $$";

/// Who looks after places sees the rows of their enterprises: of the whole nation without a look at any of
/// them.
const PLACES: &str = "current_setting('app.scope') = 'places' AND (
    '' = ANY (string_to_array(current_setting('app.regions', true), ','))
    OR enterprise_id IN (SELECT places_held()))";

/// The tables of which a board or an export reads thousands of rows. Their rows are first held against one value
/// that is looked up once a statement; the other policies look up their settings for each row, which takes longer
/// than to read it. Not of every table: not knowing the value, the planner takes some for small.
pub(crate) const COUNTED_TABLES: &[&str] = &[
    "area",
    "case_attachment",
    "cases",
    "participation",
    "person",
    "tally",
];

/// Policies and rights for every table that a migration makes; where it says `/*policies*/`, what opens the
/// rows to places is made anew for those that were there, and the first look at tables that are counted. A transaction that was begun
/// without its settings fails, because `current_setting` is asked without the mercy of a default.
fn row_level_security(migration: &str, application: &str) -> String {
    let is_made = |table: &&&str| migration.contains(&format!("CREATE TABLE {table} ("));
    let tenant = TENANT_TABLES.iter().filter(is_made).map(|table| {
        format!(
            "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
             ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
             CREATE POLICY own ON {table}
                 USING (enterprise_id = CAST(current_setting('app.enterprise_id') AS UUID))
                 WITH CHECK (enterprise_id = CAST(current_setting('app.enterprise_id') AS UUID));
             CREATE POLICY system ON {table}
                 USING (current_setting('app.scope') = 'system')
                 WITH CHECK (current_setting('app.scope') = 'system');
             CREATE POLICY places ON {table} FOR SELECT USING ({PLACES});"
        )
    });
    let is_old = |table: &&&str| migration.contains("/*policies*/") && !is_made(table);
    let anew = TENANT_TABLES.iter().filter(is_old).map(|table| {
        let counted = if COUNTED_TABLES.contains(table) {
            // PostgreSQL tries the policies from the last name to the first.
            format!(
                "DROP POLICY IF EXISTS tenant ON {table};
                 CREATE POLICY tenant ON {table} FOR SELECT USING (enterprise_id = (
                     SELECT CAST(current_setting('app.enterprise_id') AS UUID)));"
            )
        } else {
            String::new()
        };
        // A table that a later migration makes is not there yet; one that is spread can't look into others.
        format!(
            "DO $$ BEGIN IF EXISTS (SELECT 1 FROM pg_policies WHERE schemaname = current_schema()
                     AND tablename = '{table}' AND policyname = 'places' AND qual LIKE '%app.regions%') THEN
                 ALTER POLICY places ON {table} USING ({PLACES});
                 {counted}
             END IF; END $$;"
        )
    });
    let rights = TENANT_TABLES
        .iter()
        .chain(GLOBAL_TABLES)
        .filter(is_made)
        .map(|table| format!("GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {application};"));
    let is_shown = |view: &&&str| migration.contains(&format!("CREATE VIEW {view} AS"));
    let views = TENANT_VIEWS
        .iter()
        .filter(is_shown)
        .map(|view| format!("GRANT SELECT ON {view} TO {application};"));
    let book = format!("GRANT SELECT ON schema_migration TO {application};");
    tenant
        .chain(anew)
        .chain(rights)
        .chain(views)
        .chain([book])
        .collect::<Vec<_>>()
        .join("\n")
}
