//! Store tests, each on both databases.

mod plans;
mod statements;
mod tenancy;
mod tls;
