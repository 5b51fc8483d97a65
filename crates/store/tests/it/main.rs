//! Store tests, each on both databases.

mod own_data;
mod plans;
mod primary;
mod statements;
mod tenancy;
mod tls;
