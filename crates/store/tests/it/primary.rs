//! Several addresses of PostgreSQL: the one that takes writes is used, and another once it is lost.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hezuo_domain::Scope;
use hezuo_domain::time::Instant;
use hezuo_store::{Db, StoreError, Transport, rounds};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{interval, timeout};
use uuid::Uuid;

/// Long enough for a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_mins(1);

/// A way to the database that can be cut, with everything that is on it.
struct Way {
    address: SocketAddr,
    open: Arc<watch::Sender<bool>>,
}

impl Way {
    async fn to(database: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let open = Arc::new(watch::Sender::new(true));
        let mut cut = open.subscribe();
        let sender = Arc::clone(&open);
        tokio::spawn(async move {
            loop {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    _ = cut.wait_for(|open| !open) => return,
                };
                let (mut near, _) = accepted.expect("a connection");
                let (database, mut cut) = (database.clone(), sender.subscribe());
                tokio::spawn(async move {
                    let Ok(mut far) = TcpStream::connect(database).await else {
                        return;
                    };
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        _ = cut.wait_for(|open| !open) => {}
                    }
                });
            }
        });
        Self { address, open }
    }

    fn cut(&self) {
        self.open.send_replace(false);
    }
}

async fn write(db: &Db, name: &str) -> hezuo_store::Result<()> {
    let mut tx = db
        .write(&Scope::System("a test of several addresses"))
        .await?;
    let turn = (Instant(1), Instant(2));
    rounds::take_turn(&mut tx, name, Uuid::nil(), turn).await?;
    tx.commit().await
}

#[tokio::test]
async fn postgres_another_address_takes_over_and_what_was_under_way_is_no_success() {
    let fresh = hezuo_store::testing::postgres().await;
    let url = fresh.application_url.clone().expect("PostgreSQL");
    let server = url.split(['@', '/']).nth(3).expect("a server").to_owned();
    let (first, second) = (Way::to(server.clone()).await, Way::to(server.clone()).await);
    let by = |way: &Way| url.replace(&server, &way.address.to_string());
    let nobody = url.replace(&server, "127.0.0.1:1");
    let urls = format!("{nobody} {}\n{}", by(&first), by(&second));
    let db = Db::open_postgres(&urls, 4, &Transport::default()).await;
    let db = db.expect("the second address takes writes");
    write(&db, "before").await.expect("written");

    let scope = Scope::System("a test of several addresses");
    let mut tx = db.write(&scope).await.expect("begun");
    let turn = (Instant(1), Instant(2));
    let taken = rounds::take_turn(&mut tx, "under way", Uuid::nil(), turn).await;
    assert!(taken.expect("written"));
    first.cut();
    let lost = timeout(PATIENCE, tx.commit())
        .await
        .expect("no endless wait");
    assert!(matches!(lost, Err(StoreError::Away(_))), "{lost:?}");
    assert_eq!(
        lost.expect_err("away").code().kind(),
        hezuo_domain::problem::Kind::Busy
    );

    let mut again = interval(Duration::from_millis(50));
    let found = timeout(PATIENCE, async {
        loop {
            again.tick().await;
            match write(&db, "after").await {
                Ok(()) => break,
                Err(StoreError::Away(_) | StoreError::Busy(_)) => {}
                Err(error) => panic!("{error}"),
            }
        }
    });
    found.await.expect("the third address takes over by itself");
    assert!(!db.is_away());
    let mut tx = fresh.db.read(&scope).await.expect("begun");
    for (name, said) in [("before", true), ("under way", false), ("after", true)] {
        let found = rounds::said(&mut tx, name).await.expect("read");
        assert_eq!(found.is_some(), said, "{name}");
    }
    drop(tx);

    // With nobody left the answer comes at once: not now.
    second.cut();
    let told = timeout(PATIENCE, async {
        while !db.is_away() {
            again.tick().await;
            let refused = write(&db, "nowhere").await.expect_err("nobody is there");
            assert!(
                matches!(refused, StoreError::Away(_) | StoreError::Busy(_)),
                "{refused:?}"
            );
        }
    });
    told.await.expect("it is known that nobody is there");
    let refused = write(&db, "nowhere").await;
    assert!(matches!(refused, Err(StoreError::Away(_))), "{refused:?}");
    db.close().await;

    let none = Db::open_postgres(&urls, 4, &Transport::default()).await;
    let none = none.err().expect("nobody is there").to_string();
    assert!(none.contains("127.0.0.1:1 does not answer"), "{none}");
    assert!(
        !none.contains("hezuo_app"),
        "no address with a password: {none}"
    );
}
