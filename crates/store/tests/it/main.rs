//! Store tests, each on both databases.

mod statements;
mod tenancy;
mod tls;
