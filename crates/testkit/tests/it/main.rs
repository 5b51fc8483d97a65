//! Tests of the whole application over HTTP, in one process and on both databases.

mod authorisation;
mod counts;
mod life;
mod operations;
