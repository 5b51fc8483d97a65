//! Spreading a PostgreSQL database over several machines by Citus: every tenant table by its enterprise,
//! so that all rows of one enterprise lie on one machine, and the small tables without a tenant on each.

use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Executor, PgConnection};

use crate::db::Db;
use crate::error::{Result, StoreError};
use crate::migrate::AS_SYSTEM;
use crate::primary::writable;
use crate::statement::{GLOBAL_TABLES, TENANT_TABLES};
use crate::transport::Transport;

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distributed {
    /// The version of the extension.
    pub citus: String,
    /// How many tables are spread by enterprise now that were not before.
    pub spread: usize,
    /// How many lie on each machine now that did not before.
    pub replicated: usize,
}

/// The tables without a tenant that would be too large to lie on each machine, each with the column by
/// which it is spread instead.
const BY_KEY: &[(&str, &str)] = &[("report_code", "lookup_hash")];

/// Table, table pointed at, name and text of every foreign key.
const FOREIGN_KEYS: &str = "SELECT conrelid::regclass::text, confrelid::regclass::text,
        conname::text, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace
    ORDER BY 1, 3";

impl Db {
    /// Spreads the tables of a database, as its owner, in one transaction: all of it or nothing. What is
    /// spread already stays as it is, so it is run again after later migrations.
    ///
    /// # Errors
    /// [`StoreError::Unfit`] where the extension is missing.
    pub async fn distribute_citus(owner_url: &str, transport: &Transport) -> Result<Distributed> {
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .connect_with(writable(owner_url, transport).await?)
            .await?;
        let citus: Option<(String,)> =
            sqlx::query_as("SELECT extversion FROM pg_extension WHERE extname = 'citus'")
                .fetch_optional(&pool)
                .await?;
        let Some((citus,)) = citus else {
            return Err(StoreError::Unfit(
                "this database has no extension citus: install Citus, put it into \
                 shared_preload_libraries, run CREATE EXTENSION citus as a superuser on every machine, \
                 and then this again"
                    .into(),
            ));
        };
        let mut tx = pool.begin().await?;
        let known: Vec<(String,)> =
            sqlx::query_as("SELECT logicalrelid::text FROM pg_dist_partition")
                .fetch_all(&mut *tx)
                .await?;
        let is_new = |table: &str| !known.iter().any(|(known,)| known == table);
        let is_by_key = |table: &str| BY_KEY.iter().any(|(by_key, _)| *by_key == table);
        let tenants: Vec<&str> = TENANT_TABLES
            .iter()
            .copied()
            .filter(|it| is_new(it))
            .collect();
        let small = GLOBAL_TABLES.iter().copied().chain(["schema_migration"]);
        let small: Vec<&str> = small.filter(|it| is_new(it) && !is_by_key(it)).collect();

        // A key between two tables can't stand while the first is spread and the second is not.
        let mut keys: Vec<(String, String, String, String)> =
            sqlx::query_as(FOREIGN_KEYS).fetch_all(&mut *tx).await?;
        keys.retain(|(table, pointed_at, ..)| is_new(table) || is_new(pointed_at));
        for setting in [
            "SET LOCAL citus.propagate_set_commands TO 'local'",
            AS_SYSTEM,
            "SET LOCAL citus.multi_shard_modify_mode TO 'sequential'",
        ] {
            run(&mut tx, setting).await?;
        }
        for (table, _, name, _) in &keys {
            run(
                &mut tx,
                &format!("ALTER TABLE {table} DROP CONSTRAINT {name}"),
            )
            .await?;
        }
        for table in &small {
            run(
                &mut tx,
                &format!("SELECT create_reference_table('{table}')"),
            )
            .await?;
        }
        for (table, column) in BY_KEY.iter().filter(|(table, _)| is_new(table)) {
            let spread = format!(
                "SELECT create_distributed_table('{table}', '{column}', colocate_with => 'none')"
            );
            run(&mut tx, &spread).await?;
        }
        for table in &tenants {
            spread_by_enterprise(&mut tx, table).await?;
        }
        for (table, _, name, text) in &keys {
            run(
                &mut tx,
                &format!("ALTER TABLE {table} ADD CONSTRAINT {name} {text}"),
            )
            .await?;
        }
        tx.commit().await?;
        // Row-level security asks for settings of the transaction, also where the rows lie.
        let settings = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET \
             citus.propagate_set_commands TO ''local''', current_database()); END $$";
        pool.execute(settings).await?;
        pool.close().await;
        Ok(Distributed {
            citus,
            spread: tenants.len(),
            replicated: small.len(),
        })
    }
}

/// The first of the tenant tables is the one beside which all others lie.
async fn spread_by_enterprise(connection: &mut PgConnection, table: &str) -> Result<()> {
    // A policy of a table that is spread has no query in it, and can't look into another table. Which enterprises belong to the
    // places that are asked for is then told by the statements alone, each of which names them.
    let policy =
        format!("ALTER POLICY places ON {table} USING (current_setting('app.scope') = 'places')");
    run(connection, &policy).await?;
    run(
        connection,
        &format!("DROP POLICY IF EXISTS tenant ON {table}"),
    )
    .await?;
    let first = TENANT_TABLES.first().copied().unwrap_or_default();
    let beside = if table == first { "none" } else { first };
    let spread = format!(
        "SELECT create_distributed_table('{table}', 'enterprise_id', colocate_with => '{beside}')"
    );
    run(connection, &spread).await
}

/// Runs a command made of our own names and of what the database says about its own keys.
async fn run(connection: &mut PgConnection, command: &str) -> Result<()> {
    connection
        .execute(sqlx::raw_sql(AssertSqlSafe(command.to_owned())))
        .await?;
    Ok(())
}
