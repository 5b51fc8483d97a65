//! A fresh database of either kind for a test. SQLite always; PostgreSQL in the cluster that
//! `scripts/with-postgres.sh` starts (`make test` does).

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::db::Db;

static COUNTER: AtomicU32 = AtomicU32::new(0);

/// A migrated, empty database, with a folder for blobs beside it.
pub struct Fresh {
    /// The database, as the application uses it.
    pub db: Db,
    /// A folder of its own, removed at the end.
    pub folder: PathBuf,
    /// Of PostgreSQL: the owner's address of this database.
    pub owner_url: Option<String>,
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

/// A fresh PostgreSQL database in the test cluster.
pub async fn postgres() -> Fresh {
    let owner = cluster("HEZUO_TEST_POSTGRES_OWNER_URL");
    let application = cluster("HEZUO_TEST_POSTGRES_APP_URL");
    let folder = folder();
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let database = format!("hezuo_{}_{number}", std::process::id());
    let mut connection = PgConnection::connect(&owner)
        .await
        .expect("the test cluster runs");
    connection
        .execute(AssertSqlSafe(format!("CREATE DATABASE {database}")))
        .await
        .expect("the owner may create databases");
    connection.close().await.expect("the connection closes");
    let owner_url = with_database(&owner, &database);
    Db::migrate_postgres(&owner_url, "hezuo_app")
        .await
        .expect("the migrations run");
    let db = Db::open_postgres(&with_database(&application, &database), 16)
        .await
        .expect("the application role connects");
    Fresh {
        db,
        folder,
        owner_url: Some(owner_url),
    }
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
