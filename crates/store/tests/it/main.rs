//! Store tests, each on both databases.

mod plans;
mod primary;
mod statements;
mod tenancy;
mod tls;
