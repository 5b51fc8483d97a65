//! Uploads: nothing is kept before it has been rewritten, by whoever this server has for that.

pub mod parts;

use std::fmt::Debug;
use std::pin::Pin;

use hezuo_media::Safe;

use crate::Result;

pub use hezuo_media::{MAX_PICTURE, MAX_VOICE};

/// The answer, once there is one.
pub type Rewriting<'a> = Pin<Box<dyn Future<Output = Result<Safe>> + Send + 'a>>;

/// Makes uploads safe. A server does it in processes of their own, which can do nothing else.
pub trait Rewriter: Debug + Send + Sync {
    /// Recognises an upload by its content and makes what may be kept of it: `upload.*` where that
    /// is nothing, `busy` where it can't be done now.
    fn rewrite(&self, bytes: Vec<u8>) -> Rewriting<'_>;
}

/// Rewrites in this very process: for tests of actions, which need no second one.
#[derive(Debug)]
pub struct InThisProcess;

impl Rewriter for InThisProcess {
    fn rewrite(&self, bytes: Vec<u8>) -> Rewriting<'_> {
        Box::pin(async move {
            let made = tokio::task::spawn_blocking(move || hezuo_media::rewrite(&bytes));
            Ok(made.await??)
        })
    }
}
