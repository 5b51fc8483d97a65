//! Tests of the whole application over HTTP, in one process and on both databases.

mod anonymity;
mod answers;
mod attacker;
mod authorisation;
mod bad_input;
mod boards;
mod channels_notices;
mod counts;
mod county;
mod digest_notices;
mod edges;
mod exports;
mod imports;
mod ledger;
mod life;
mod mail_notices;
mod notices;
mod operations;
mod projects;
mod rewards;
mod sessions;
mod start;
mod teams;
mod texts;
mod tlog;
mod trouble;
