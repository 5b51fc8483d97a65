//! What comes out of the code and is committed all the same, so that a change of it is seen in review.
//! `make bless` writes it anew.

use std::fs;
use std::path::Path;

use hezuo_domain::permissions;

/// Compares a committed file with what the code says now, or writes it when `make bless` asks for that.
fn compare(path: &str, made: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path);
    #[expect(
        clippy::disallowed_methods,
        reason = "a switch of the test run, not of the program"
    )]
    if std::env::var("HEZUO_BLESS").is_ok() {
        fs::write(&file, made).expect("a file that can be written");
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == made,
        "{path} is out of date: run make bless, read the difference and commit it"
    );
}

#[test]
fn the_permission_matrix_is_the_committed_one() {
    compare("docs/permissions.txt", &permissions::matrix());
}
