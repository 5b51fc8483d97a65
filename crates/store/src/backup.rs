//! A copy of the embedded database while it is in use, and the check of such a copy.

use std::collections::HashSet;
use std::path::Path;

use hezuo_domain::commitment::Hash;
use hezuo_domain::ids::EnterpriseId;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqliteConnection};
use uuid::Uuid;

use crate::cases::rows::hash;
use crate::db::Tx;
use crate::error::{Result, StoreError};
use crate::statement::{GLOBAL_TABLES, TENANT_TABLES, statements};
use crate::value::args;

/// The tables whose rows name blobs, each with a condition on its rows.
macro_rules! named_sql {
    ($condition:literal) => {
        concat!(
            "SELECT enterprise_id, blob_hash FROM case_attachment ",
            $condition,
            " UNION SELECT enterprise_id, blob_hash FROM intake_attachment ",
            $condition,
            " UNION SELECT enterprise_id, blob_hash FROM project_picture ",
            $condition,
            " UNION SELECT enterprise_id, file_hash AS blob_hash FROM import_file ",
            $condition
        )
    };
}

statements! {
    cross NAMED_BLOBS = ("a backup holds the pictures of every enterprise", named_sql!(""));
    tenant NAMED_BLOBS_OF = (named_sql!("WHERE enterprise_id = $1"));
}

/// Copies the database as it is at one moment, while others read and write. What is deleted
/// leaves no trace in the copy.
///
/// # Errors
/// The target exists, or the disk is full.
pub async fn snapshot(database: &Path, to: &Path) -> Result<()> {
    let mut connection = open(database).await?;
    sqlx::query("VACUUM INTO ?1")
        .bind(to.to_string_lossy().into_owned())
        .execute(&mut connection)
        .await?;
    connection.close().await?;
    Ok(())
}

async fn open(database: &Path) -> Result<SqliteConnection> {
    let options = SqliteConnectOptions::new()
        .filename(database)
        .read_only(true)
        .busy_timeout(std::time::Duration::from_secs(30))
        .disable_statement_logging();
    Ok(options.connect().await?)
}

/// What a copy holds: its tables with their rows.
pub type Counts = Vec<(String, i64)>;

/// Reads a whole copy: every page, every foreign key, every table.
///
/// # Errors
/// [`StoreError::Unfit`] with the first fault.
pub async fn examine(database: &Path) -> Result<Counts> {
    let mut connection = open(database).await?;
    let (sound,): (String,) = sqlx::query_as("PRAGMA integrity_check(1)")
        .fetch_one(&mut connection)
        .await?;
    if sound != "ok" {
        return Err(StoreError::Unfit(format!("the copy is damaged: {sound}")));
    }
    let strays = sqlx::query("PRAGMA foreign_key_check")
        .fetch_all(&mut connection)
        .await?;
    if !strays.is_empty() {
        let faults = strays.len();
        return Err(StoreError::Unfit(format!(
            "the copy has {faults} rows that point nowhere"
        )));
    }
    let mut counts = Vec::new();
    for table in GLOBAL_TABLES.iter().chain(TENANT_TABLES) {
        let count = AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
        let (rows,): (i64,) = sqlx::query_as(count).fetch_one(&mut connection).await?;
        counts.push(((*table).to_owned(), rows));
    }
    connection.close().await?;
    Ok(counts)
}

/// Every blob that a row of the scope's enterprise names.
pub async fn named_blobs_of(tx: &mut Tx) -> Result<HashSet<Hash>> {
    let rows: Vec<(Uuid, Vec<u8>)> = tx.all(&NAMED_BLOBS_OF, args![]).await?;
    let named = |(_, blob): (Uuid, Vec<u8>)| hash(blob, "blob_hash");
    rows.into_iter().map(named).collect()
}

/// Every blob that a row names.
pub async fn named_blobs(tx: &mut Tx) -> Result<Vec<(EnterpriseId, Hash)>> {
    let rows: Vec<(Uuid, Vec<u8>)> = tx.all(&NAMED_BLOBS, args![]).await?;
    let named = |(enterprise, blob): (Uuid, Vec<u8>)| {
        Ok((EnterpriseId(enterprise), hash(blob, "blob_hash")?))
    };
    rows.into_iter().map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_that_names_a_blob_is_asked() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        let mut found = 0;
        for file in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            for table in text.split("CREATE TABLE ").skip(1) {
                let (name, body) = table.split_once(" (").unwrap();
                let body = body.split("rowless").next().unwrap();
                if body.contains("blob_hash") {
                    found += 1;
                    let asked = NAMED_BLOBS.sql.contains(&format!("FROM {name}"));
                    assert!(asked, "a backup would leave out the blobs of {name}");
                }
            }
        }
        assert!(found >= 2, "the migrations are read");
    }
}
