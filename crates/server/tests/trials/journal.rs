//! SQLite's journal is carried over into the file of the database when it has grown long, which a short trial would
//! never see: so it begins with a journal to which hardly a page may be added.

use std::time::SystemTime;

use hezuo_store::testing::{rows, tamper_with};
use hezuo_store::{CHECKPOINT_PAGES, Db};

use super::ground::{Folder, Place, copy};

/// Pages that may still be added: less than what a handful of reports writes.
const LEFT: u64 = 40;

/// A page with what stands before it in the journal, after the head of the whole.
const FRAME: u64 = 4_096 + 24;
const HEAD: u64 = 32;

/// Pages in a journal that was not begun anew yet.
fn pages(place: &Place) -> u64 {
    let journal = std::fs::metadata(place.data.join("hezuo.db-wal"));
    let length = journal.map_or(0, |it| it.len());
    length.saturating_sub(HEAD) / FRAME
}

/// Leaves a long journal behind; no server runs.
pub(crate) async fn fill(place: &Place) {
    let file = place.data.join("hezuo.db");
    // While somebody else has read from it, whoever closes the database does not carry the journal over.
    let reader = Db::open_sqlite(&file).await.unwrap();
    rows(&reader, &["cases"]).await;
    let wanted = u64::from(CHECKPOINT_PAGES) - LEFT;
    let lacking = wanted.checked_sub(pages(place)).unwrap();
    // Each of these is a commit of one page, and none of them carries anything over.
    let commits = "PRAGMA user_version = 1; PRAGMA user_version = 0;"
        .repeat(usize::try_from(lacking / 2).unwrap());
    let quietly = "PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = OFF;";
    tamper_with(&file, &format!("{quietly} {commits}")).await;
    // The last one would; so what lies there now, as after a kill, is put back.
    let aside = Folder::new("journal");
    copy(&place.data, &aside.0);
    reader.close().await;
    copy(&aside.0, &place.data);
    let reached = pages(place);
    assert!((wanted - 1..=wanted).contains(&reached), "{reached} pages");
}

/// When the file of SQLite's database was last written: only what is carried over changes it.
pub(crate) fn carried_over(place: &Place) -> Option<SystemTime> {
    let file = std::fs::metadata(place.data.join("hezuo.db")).ok()?;
    file.modified().ok()
}
