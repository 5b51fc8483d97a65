//! Proofs about the log at the terminal: made here, checked anywhere.

use std::path::Path;

use hezuo_app::App;
use hezuo_app::tlog::proof::{self, Beside};
use hezuo_domain::commitment::hex;

use crate::admin::say;
use crate::{Failure, Result};

/// Prints the proof that an event is in the log. Its leaf goes to the terminal's other channel, so that
/// the proof can be written to a file.
///
/// # Errors
/// When it is not in the log.
pub async fn entry(app: &App, entry: &str) -> Result<()> {
    let (leaf, text) = proof::prove_entry(app, entry).await?;
    tracing::info!(leaf = %hex(&leaf), "the proof is checked with `hezuo check-proof --leaf`");
    say(text.trim_end());
    Ok(())
}

/// Prints the proof that the log begins with an older head.
///
/// # Errors
/// When it does not, or that head is not this log's.
pub async fn from(app: &App, old: &Path) -> Result<()> {
    let text = proof::prove_from(app, &std::fs::read_to_string(old)?).await?;
    say(text.trim_end());
    Ok(())
}

/// Checks a proof and says what it shows.
///
/// # Errors
/// When it shows nothing.
pub fn check(file: &Path, key: &str, leaf: Option<&str>, from: Option<&Path>) -> Result<()> {
    let text = std::fs::read_to_string(file)?;
    let old = from.map(std::fs::read_to_string).transpose()?;
    let beside = match (leaf, &old) {
        (Some(leaf), _) => Beside::Leaf(leaf),
        (None, Some(old)) => Beside::Head(old),
        (None, None) => return Err(Failure::Other("say --leaf or --from".into())),
    };
    say(&proof::check(key, &text, beside)?);
    Ok(())
}
