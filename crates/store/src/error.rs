//! What can go wrong below an action.

use hezuo_domain::Code;

/// The result of a store function.
pub type Result<T> = std::result::Result<T, StoreError>;

/// A failure of the database or the blob folder.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else holds the database, or it can't be reached just now; nothing was written.
    #[error("the database is busy")]
    Busy(#[source] Option<sqlx::Error>),
    /// The database was lost, or takes no writes just now. What was being committed may be stored or not.
    #[error("the database can't be reached just now")]
    Away(#[source] sqlx::Error),
    /// The disk is full; nothing was written.
    #[error("the disk is full")]
    Full(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A fault of the disk was found; nothing is written until everything was checked.
    #[error("writes are stopped after a fault of the disk")]
    Halted,
    /// A unique key exists already.
    #[error("the key exists already")]
    Exists,
    /// The row has changed since it was read.
    #[error("the row has changed since it was read")]
    Stale,
    /// A statement does not fit the scope of its transaction: a mistake in our code.
    #[error("statement {0} does not fit the scope")]
    Scope(&'static str),
    /// A text holds a character that one of the databases refuses.
    #[error("a text holds a character that can't be stored")]
    Text,
    /// A stored value can't be read back.
    #[error("stored value of {0} can't be read")]
    Corrupt(&'static str),
    /// The database is not fit for use; the text says what to do.
    #[error("{0}")]
    Unfit(String),
    /// A fault of the disk under the database.
    #[error("the disk under the database failed")]
    Fault(#[source] sqlx::Error),
    /// Anything else from the database.
    #[error("the database failed")]
    Database(#[source] sqlx::Error),
    /// Anything else from the blob folder.
    #[error("the blob folder failed")]
    Blob(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl StoreError {
    /// The code that a user sees.
    pub fn code(&self) -> Code {
        match self {
            Self::Busy(_) | Self::Away(_) => Code::Busy,
            Self::Full(_) => Code::StorageFull,
            Self::Halted | Self::Fault(_) | Self::Blob(_) => Code::StorageHalted,
            Self::Stale => Code::CaseStale,
            Self::Exists => Code::KeyReused,
            Self::Text => Code::InputInvalid,
            Self::Scope(_) | Self::Corrupt(_) | Self::Unfit(_) | Self::Database(_) => {
                Code::Internal
            }
        }
    }

    pub(crate) fn from_io(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                Self::Full(error.into())
            }
            _ => Self::Blob(error.into()),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let code = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .unwrap_or_default();
        // SQLite: 5 busy, 6 locked (and their extended codes in the low byte), 13 full.
        // PostgreSQL: 53100 disk full, 40001/40P01/55P03 contention, 53300 too many connections.
        if crate::halt::is_fault(&error, false) {
            return Self::Fault(error);
        }
        if crate::line::is_away(&error) {
            return Self::Away(error);
        }
        let low_byte = code.parse::<u32>().map_or(0, |number| number & 0xff);
        match code.as_ref() {
            "53100" => return Self::Full(error.into()),
            "40001" | "40P01" | "55P03" | "53300" => return Self::Busy(Some(error)),
            _ if code.len() < 5 && low_byte == 13 => return Self::Full(error.into()),
            _ if code.len() < 5 && matches!(low_byte, 5 | 6) => return Self::Busy(Some(error)),
            _ => {}
        }
        match error {
            sqlx::Error::PoolTimedOut => Self::Busy(Some(error)),
            _ if error
                .as_database_error()
                .is_some_and(sqlx::error::DatabaseError::is_unique_violation) =>
            {
                Self::Exists
            }
            other => Self::Database(other),
        }
    }
}
