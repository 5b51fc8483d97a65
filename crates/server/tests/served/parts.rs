//! A server that is killed between any two parts, and several that share one database: the phone goes on where
//! the upload stands, and nothing is there before the whole is.

use hezuo_domain::uploads::PART;

use crate::ground::{Folder, Server, files, picture};
use crate::support::{config, factory, sequenced};

const NAME: &str = "p1.jpg";

#[tokio::test]
async fn what_has_arrived_outlives_a_kill_at_any_part() {
    let folder = Folder::new("parts");
    let cast = factory(&config(&folder.0)).await;
    let reports = sequenced(&config(&folder.0)).await;
    let wall_code = &cast.areas[0].wall_code;
    let blobs = folder.0.join("blobs");
    let before = files(&blobs).len();
    let file = picture(3 * PART + 9_000, 1);
    let mut server = Server::start(&folder.0, "");
    let lookup = server.report(wall_code, "anonymous", 1);
    let mut sent = 0;
    for part in 0..4 {
        assert_eq!(server.reached(&lookup, NAME, &file), (part * PART, false));
        assert_eq!(files(&blobs).len(), before, "nothing is half-done");
        server.kill();
        server = Server::start(&folder.0, "");
        let said = server.part(&lookup, NAME, &file, part * PART);
        assert_eq!(
            (said.status(), said.reached().1),
            (204, part == 3),
            "{}",
            said.body
        );
        sent += PART;
        server.kill();
        server = Server::start(&folder.0, "");
    }
    assert!(sent < 2 * file.len());
    assert!(
        server.reached(&lookup, NAME, &file).1,
        "it is there after the last kill"
    );
    assert_eq!(files(&blobs).len(), before + 1);
    server.kill();
    // The anonymous report itself waits until its day is over.
    assert_eq!(sequenced(&config(&folder.0)).await, reports);
}

#[tokio::test]
async fn postgres_parts_may_come_to_any_of_several_servers() {
    let fresh = hezuo_store::testing::postgres().await;
    let mut config = config(&fresh.folder);
    config.database.url = fresh.application_url.clone().unwrap();
    let cast = factory(&config).await;
    fresh.db.close().await;
    let start = || Server::start(&fresh.folder, &config.database.url);
    let servers = [start(), start()];
    let lookup = servers[0].report(&cast.areas[0].wall_code, "in_confidence", 1);
    let file = picture(4 * PART, 1);
    for part in 0..4 {
        let [one, other] = [&servers[part % 2], &servers[(part + 1) % 2]];
        let said = one.part(&lookup, NAME, &file, part * PART);
        assert_eq!(
            (said.status(), said.reached().1),
            (204, part == 3),
            "{}",
            said.body
        );
        // A late copy of the same part comes to the other one.
        let late = other.part(&lookup, NAME, &file, part * PART);
        assert_eq!(late.reached(), said.reached());
    }
}
