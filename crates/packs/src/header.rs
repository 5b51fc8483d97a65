use hezuo_domain::time::Day;
use serde::Deserialize;

use crate::error::{PackError, filled};

/// What every rule file says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Folder and name, such as `cn/risk-ls`.
    pub id: String,
    /// The version; stored with every decision.
    pub version: String,
    /// The first day on which the rule may be used.
    pub valid_from: Day,
    /// The last day on which it may be used, if it has been replaced.
    pub valid_to: Option<Day>,
    /// The text it was taken from.
    pub source: String,
    /// The place in that text.
    pub clause: String,
    /// Whether somebody has compared it with the official text.
    pub verified: bool,
    /// What a reader must know before relying on it.
    pub note: String,
}

impl Header {
    /// Checks that the header is whole and belongs to the file it stands in.
    pub(crate) fn check(&self, file: &str) -> Result<(), PackError> {
        if file.strip_suffix(".toml") != Some(self.id.as_str()) {
            let problem = format!("is {:?}, but must be the file's own path", self.id);
            return Err(PackError::field(file, "header.id", problem));
        }
        filled(file, "header.version", &self.version)?;
        filled(file, "header.source", &self.source)?;
        filled(file, "header.clause", &self.clause)?;
        if self.valid_to.is_some_and(|end| end < self.valid_from) {
            let problem = "lies before header.valid_from";
            return Err(PackError::field(file, "header.valid_to", problem));
        }
        Ok(())
    }

    /// Says whether the rule may be used for a decision of that day.
    pub fn is_valid_on(&self, day: Day) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|end| day <= end)
    }
}
