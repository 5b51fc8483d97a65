//! SQLite's journal is carried over into the file of the database when it has grown long, which a short trial would
//! never see: so it begins with a journal to which hardly a page may be added.

use std::time::SystemTime;

use hezuo_store::CHECKPOINT_PAGES;
use hezuo_store::testing::tamper_with;

use super::ground::{Place, Server};

/// Pages that may still be added: less than what a handful of reports writes.
const LEFT: u64 = 40;

/// A page with what stands before it in the journal, after the head of the whole.
const FRAME: u64 = 4_096 + 24;
const HEAD: u64 = 32;

/// Pages in the journal of a database that was just started.
fn pages(place: &Place) -> u64 {
    let length = std::fs::metadata(place.data.join("hezuo.db-wal"))
        .unwrap()
        .len();
    length.saturating_sub(HEAD) / FRAME
}

/// Leaves a long journal behind, of a server that was killed.
pub(crate) async fn fill(place: &Place) {
    let server = Server::start(place).unwrap();
    let wanted = u64::from(CHECKPOINT_PAGES) - LEFT;
    let lacking = wanted.checked_sub(pages(place)).unwrap();
    // Each of these is a commit of one page, and none of them carries anything over.
    let commits = "PRAGMA user_version = 1; PRAGMA user_version = 0;"
        .repeat(usize::try_from(lacking / 2).unwrap());
    let quietly = "PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = OFF;";
    let file = place.data.join("hezuo.db");
    tamper_with(&file, &format!("{quietly} {commits}")).await;
    server.kill();
    let reached = pages(place);
    assert!(
        (wanted..wanted + LEFT).contains(&reached),
        "{reached} pages"
    );
}

/// When the file of SQLite's database was last written: only what is carried over changes it.
pub(crate) fn carried_over(place: &Place) -> Option<SystemTime> {
    let file = std::fs::metadata(place.data.join("hezuo.db")).ok()?;
    file.modified().ok()
}
