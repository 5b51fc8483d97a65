//! Tests of whole actions, each on both databases.
#![expect(clippy::unwrap_used, reason = "a test that can't go on stops")]

mod imports;
