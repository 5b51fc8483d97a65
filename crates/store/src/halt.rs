//! What a fault of the disk leads to: nothing more is written through the same handles, because after
//! a failed sync the system may have forgotten what it could not write. The database is opened anew
//! and checked before anybody is told "received" again.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// Whether writes are stopped, and why; shared by all handles of one data folder.
#[derive(Debug, Clone, Default)]
pub struct Halt(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    why: Mutex<Option<String>>,
    called: Notify,
}

impl Halt {
    /// Stops writes; the first reason stands.
    pub(crate) fn call(&self, why: String) {
        let mut held = self.0.why.lock().unwrap_or_else(PoisonError::into_inner);
        if held.is_none() {
            *held = Some(why);
            self.0.called.notify_one();
        }
    }

    /// Why writes are stopped; `None` while they go on.
    pub fn why(&self) -> Option<String> {
        let held = self.0.why.lock().unwrap_or_else(PoisonError::into_inner);
        held.clone()
    }

    /// Ends once writes are stopped.
    pub async fn called(&self) {
        while self.why().is_none() {
            self.0.called.notified().await;
        }
    }

    pub(crate) fn end(&self) {
        let mut held = self.0.why.lock().unwrap_or_else(PoisonError::into_inner);
        *held = None;
    }
}

/// Whether an error means that the disk, or what lies on it, can't be trusted just now; a full disk is
/// none of these, since both databases take back cleanly what did not fit.
pub(crate) fn is_fault(error: &sqlx::Error, writes: bool) -> bool {
    let Some(code) = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
    else {
        // The driver has lost count of its transactions: an error has ended one behind its back.
        return writes && matches!(error, sqlx::Error::InvalidSavePointStatement);
    };
    match code.as_ref() {
        // PostgreSQL: input/output error, a file is gone, data or index corrupted.
        "58030" | "58P01" | "XX001" | "XX002" => true,
        // SQLite: 10 input/output error, 11 and 26 damaged, 14 can't be opened; 8 the file can't be
        // written any more, which for a reader is the rule.
        _ if code.len() < 5 => match code.parse::<u32>().map_or(0, |number| number & 0xff) {
            10 | 11 | 14 | 26 => true,
            8 => writes,
            _ => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_reason_stands_until_it_is_over() {
        let halt = Halt::default();
        assert_eq!(halt.why(), None);
        halt.call("the first".into());
        halt.call("the second".into());
        halt.called().await;
        assert_eq!(halt.why().as_deref(), Some("the first"));
        halt.end();
        assert_eq!(halt.why(), None);
        halt.call("the third".into());
        halt.called().await;
        assert_eq!(halt.why().as_deref(), Some("the third"));
    }
}
