//! What an action can fail with.

use hezuo_domain::{Code, Problem};
use hezuo_store::StoreError;

/// The result of an action.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A problem of the user's, or a failure of ours.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something that the user can understand and act on.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something else of ours failed.
    #[error("{0}")]
    Internal(String),
}

impl Error {
    /// What the user is told.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Problem(problem) => problem.clone(),
            Self::Store(error) => error.code().problem(),
            Self::Internal(_) => Code::Internal.problem(),
        }
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Self::Problem(code.problem())
    }
}

impl From<hezuo_reports::ReportError> for Error {
    fn from(error: hezuo_reports::ReportError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<tokio::task::JoinError> for Error {
    fn from(error: tokio::task::JoinError) -> Self {
        // Not its message: that of a panic can quote what somebody has written, and this goes to the log.
        let how = if error.is_panic() {
            "failed"
        } else {
            "was stopped"
        };
        Self::Internal(format!("a task {how}"))
    }
}
