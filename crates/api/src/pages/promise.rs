//! What the platform knows about a worker and what it does not, in one page and plain words.

use askama::Template;

use super::Frame;

/// The page.
#[derive(Debug, Template)]
#[template(path = "promise.html")]
pub struct PromisePage<'a> {
    /// Language, assets, demo.
    pub frame: Frame<'a>,
    /// The part of the address after `/r/`, for the way back.
    pub code: &'a str,
}
