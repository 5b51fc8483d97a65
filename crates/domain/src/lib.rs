//! What the platform is about: ids, types, rules and permissions.
//!
//! This crate does no I/O and never asks for the time, an id or randomness: they are parameters.

pub mod accounts;
pub mod answers;
pub mod apart;
pub mod approvals;
pub mod boards;
pub mod cases;
pub mod commitment;
pub mod credit_code;
pub mod devices;
pub mod disclosure;
pub mod entrusted;
pub mod envelopes;
pub mod federation;
pub mod feed;
pub mod health;
pub mod ids;
pub mod imports;
pub mod money;
pub mod notices;
pub mod oversight;
pub mod own_data;
pub mod passkeys;
pub mod pay_code;
pub mod people;
pub mod permissions;
pub mod places;
pub mod problem;
pub mod projects;
pub mod report_code;
pub mod reports;
pub mod retention;
pub mod rewards;
pub mod scim;
pub mod scope;
pub mod second_factor;
pub mod second_step;
pub mod signatures;
pub mod simulation;
pub mod start;
pub mod tallies;
pub mod teams;
pub mod time;
pub mod tlog;
pub mod uploads;
pub mod wall_code;
mod words;

pub use problem::{Code, Problem};
pub use scope::Scope;
