//! For tests only: the whole application on a fresh database, people by their roles, and requests
//! that are answered in the same process, without a socket.

mod app;
mod call;
mod cast;
mod samples;

pub use app::{START, TestApp};
pub use call::{Answer, Call, sha256};
pub use cast::{Factory, Login, PASSWORD, World, again, another, join, officer_over, world};
pub use samples::{Sent, large_picture, picture, plan, report, voice_clip};
