//! Databases of a PostgreSQL cluster, made and dropped by their owner: for the bench, which wants
//! a fresh one for each of its measurements.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::db::Db;
use crate::error::{Result, StoreError};

/// The role in an address such as `postgres://role:password@host/database`.
pub fn role_of(url: &str) -> Option<&str> {
    let rest = url.split_once("//")?.1;
    let role = rest.split(['@', ':', '/']).next()?;
    Some(role).filter(|role| !role.is_empty())
}

/// The same address with another database.
///
/// # Errors
/// An address without a database.
pub fn with_database(url: &str, database: &str) -> Result<String> {
    let (base, query) = match url.split_once('?') {
        Some((base, query)) => (base, format!("?{query}")),
        None => (url, String::new()),
    };
    match base.rsplit_once('/') {
        Some((server, _)) if !server.ends_with('/') => Ok(format!("{server}/{database}{query}")),
        _ => Err(StoreError::Unfit(
            "the address of PostgreSQL names no database".into(),
        )),
    }
}

impl Db {
    /// Makes a database and gives its owner's address.
    pub async fn create_postgres(owner_url: &str, database: &str) -> Result<String> {
        run(owner_url, "CREATE DATABASE", database).await?;
        with_database(owner_url, database)
    }

    /// Drops a database that nobody uses any more.
    pub async fn drop_postgres(owner_url: &str, database: &str) -> Result<()> {
        run(owner_url, "DROP DATABASE IF EXISTS", database).await
    }
}

async fn run(owner_url: &str, command: &str, database: &str) -> Result<()> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if database.is_empty() || !database.bytes().all(is_plain) {
        return Err(StoreError::Unfit(format!(
            "{database:?} is not a database's name"
        )));
    }
    let mut connection = PgConnection::connect(owner_url).await?;
    // Not WITH (FORCE): that needs the right to end autovacuum's process, which the plain command
    // ends by itself.
    connection
        .execute(AssertSqlSafe(format!("{command} {database}")))
        .await?;
    connection.close().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        let url = "postgres://hezuo_app:secret@127.0.0.1:5432/postgres?sslmode=disable";
        assert_eq!(role_of(url), Some("hezuo_app"));
        assert_eq!(role_of("postgres://hezuo_app@host/db"), Some("hezuo_app"));
        assert_eq!(role_of(""), None);
        assert_eq!(
            with_database(url, "bench").unwrap(),
            "postgres://hezuo_app:secret@127.0.0.1:5432/bench?sslmode=disable"
        );
        assert!(with_database("postgres://host", "bench").is_err());
    }
}
