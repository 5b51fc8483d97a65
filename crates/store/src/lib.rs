//! The only crate that speaks SQL. Every function takes a transaction, and a transaction exists
//! only for a [`hezuo_domain::Scope`]; no function here decides anything.

pub mod accounts;
pub mod answers;
pub mod apart;
pub mod approvals;
pub mod backup;
pub mod blobs;
pub mod boards;
pub mod cases;
mod cluster;
mod copies;
mod db;
pub mod devices;
mod distribute;
pub mod entrusted;
pub mod envelopes;
mod error;
pub mod federation;
pub mod feed;
mod guarded;
mod halt;
pub mod health;
pub mod imports;
pub mod intake;
pub mod jobs;
pub mod ledger;
mod line;
mod migrate;
pub mod notices;
pub mod oversight;
pub mod people;
pub mod places;
mod primary;
pub mod projects;
pub mod retention;
pub mod rewards;
pub mod rounds;
pub mod scim;
pub mod simulation;
pub mod start;
pub mod statement;
pub mod tallies;
pub mod teams;
#[cfg(feature = "testing")]
pub mod testing;
pub mod tlog;
mod transport;
mod tx;
pub mod uploads;
mod value;

pub use cluster::{role_of, with_database};
pub use db::{Db, Tx};
pub use distribute::Distributed;
pub use error::{Result, StoreError};
pub use halt::Halt;
pub use transport::Transport;
