//! Uploads to a server that runs as a process of its own, as phones send them: in parts while it is killed, and
//! files that somebody made to harm it.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test stops where it fails"
)]

#[path = "../../../media/tests/corpus/mod.rs"]
mod corpus;
mod ground;
mod hostile;
mod memory;
mod parts;
#[path = "../support/mod.rs"]
mod support;
