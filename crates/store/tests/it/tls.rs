//! TLS to PostgreSQL: a real one, with a certificate for `localhost` from an authority of its own.

use hezuo_store::{Db, Transport};

fn named(name: &str) -> String {
    #[expect(clippy::disallowed_methods, reason = "where the test's cluster is")]
    std::env::var(name).expect("scripts/with-postgres.sh starts the cluster")
}

/// The test cluster, over TLS, under this name.
fn url(of: &str, host: &str) -> String {
    let url = named(of).replace("sslmode=disable", "sslmode=verify-full");
    url.replace("127.0.0.1", host)
}

fn trusting(authority: &str) -> Transport {
    Transport {
        authority: Some(authority.into()),
        may_be_plain: false,
    }
}

#[tokio::test]
async fn postgresql_is_reached_only_as_whom_its_certificate_names() {
    let fresh = hezuo_store::testing::postgres().await;
    let (database, _) = fresh
        .application_url
        .as_deref()
        .and_then(|it| it.rsplit_once('/')?.1.split_once('?'))
        .expect("an address");
    let app = |host| {
        let url = url("HEZUO_TEST_POSTGRES_APP_URL", host);
        hezuo_store::with_database(&url, database).expect("an address")
    };
    let authority = named("HEZUO_TEST_POSTGRES_AUTHORITY");

    let db = Db::open_postgres(&app("localhost"), 1, &trusting(&authority)).await;
    let db = db.expect("the certificate fits");
    assert!(db.is_encrypted().await.expect("it answers"));
    assert!(!fresh.db.is_encrypted().await.expect("it answers"));

    // A name that does not stand in it, an authority that has not signed it, and the system's.
    let wrong = fresh.folder.join("wrong.pem");
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a key");
    std::fs::write(&wrong, made.cert.pem()).expect("a file");
    let wrong = wrong.to_str().expect("a path");
    for (what, host, transport) in [
        ("another name", "127.0.0.1", trusting(&authority)),
        ("another authority", "localhost", trusting(wrong)),
        ("the system's", "localhost", Transport::default()),
    ] {
        assert!(
            Db::open_postgres(&app(host), 1, &transport).await.is_err(),
            "{what}"
        );
    }
    let owner = url("HEZUO_TEST_POSTGRES_OWNER_URL", "localhost");
    let owner = hezuo_store::with_database(&owner, database).expect("an address");
    let refused = Db::migrate_postgres(&owner, "hezuo_app", &trusting(wrong)).await;
    assert!(
        refused.is_err(),
        "the owner's connection is guarded as well"
    );
}
