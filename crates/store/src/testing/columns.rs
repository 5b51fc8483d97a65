//! The columns of a migrated database, as the database itself tells them.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::{Fresh, Outside};

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, sqlx::FromRow)]
pub struct FoundColumn {
    /// Its table.
    pub table: String,
    /// Its name.
    pub column: String,
    /// It holds an id.
    pub is_id: bool,
    /// It points at a login or a person.
    pub points_at_person: bool,
}

/// Of SQLite: what each table was declared with.
const OF_SQLITE: &str = "SELECT m.name AS \"table\", c.name AS \"column\", c.type = 'UUID' AS is_id, EXISTS (
        SELECT 1 FROM pragma_foreign_key_list(m.name) f
        WHERE f.\"from\" = c.name AND f.\"table\" IN ('app_user', 'person') AND c.name <> 'enterprise_id')
        AS points_at_person
    FROM sqlite_schema m, pragma_table_info(m.name) c
    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE 'case_words%'
        AND m.name <> 'schema_migration'";

/// Of PostgreSQL: its own catalogue, which tells of all tables, whoever may read them.
const OF_POSTGRES: &str =
    "SELECT CAST(t.relname AS TEXT) AS \"table\", CAST(c.attname AS TEXT) AS \"column\",
        c.atttypid = CAST('uuid' AS regtype) AS is_id, EXISTS (
            SELECT 1 FROM pg_constraint k JOIN pg_class p ON p.oid = k.confrelid
            WHERE k.conrelid = t.oid AND c.attnum = ANY (k.conkey)
                AND p.relname IN ('app_user', 'person') AND c.attname <> 'enterprise_id')
        AS points_at_person
    FROM pg_class t JOIN pg_attribute c ON c.attrelid = t.oid
    WHERE t.relnamespace = CAST(current_schema() AS regnamespace) AND t.relkind IN ('r', 'p')
        AND c.attnum > 0 AND NOT c.attisdropped AND t.relname <> 'schema_migration'";

impl Fresh {
    /// The columns of all tables.
    ///
    /// # Panics
    /// Where the database fails.
    pub async fn columns(&self) -> Vec<FoundColumn> {
        let found = match self.outside().await {
            Outside::Sqlite(mut it) => sqlx::query_as(OF_SQLITE).fetch_all(&mut it).await,
            Outside::Postgres(mut it) => sqlx::query_as(OF_POSTGRES).fetch_all(&mut it).await,
        };
        let mut found: Vec<FoundColumn> = found.expect("columns");
        found.sort();
        found
    }

    /// Makes tables as a migration would.
    ///
    /// # Panics
    /// Where the database refuses.
    pub async fn plant(&self, statement: &str) {
        let statement = AssertSqlSafe(statement.to_owned());
        if let Some(url) = &self.owner_url {
            let mut owner = PgConnection::connect(url).await.expect("it connects");
            owner.execute(statement).await.expect("a table");
            owner.close().await.expect("the connection closes");
        } else if let Outside::Sqlite(mut connection) = self.outside().await {
            connection.execute(statement).await.expect("a table");
        }
    }
}
