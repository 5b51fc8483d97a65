//! The line to the PostgreSQL node that takes writes. When that node is lost, whoever waits for it hears so
//! at once, instead of waiting for an answer that may never come.

use std::future::Future;
use std::sync::Arc;

use sqlx::error::DatabaseError;
use tokio::sync::{Notify, watch};

/// What every transaction on one node holds.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    cut: watch::Receiver<bool>,
    doubt: Arc<Notify>,
}

/// The other end of a line: it is cut for good once this says so, or is gone.
#[derive(Debug, Clone)]
pub(crate) struct Scissors(Arc<watch::Sender<bool>>);

impl Scissors {
    /// Ends whatever waits on the line.
    pub(crate) fn cut(&self) {
        self.0.send_replace(true);
    }
}

impl Line {
    /// A line that holds; `doubt` is told of errors that let doubt whether the node is still the right one.
    pub(crate) fn new(doubt: Arc<Notify>) -> (Self, Scissors) {
        let (sender, cut) = watch::channel(false);
        (Self { cut, doubt }, Scissors(Arc::new(sender)))
    }

    /// Whether the node behind it was given up.
    pub(crate) fn is_cut(&self) -> bool {
        *self.cut.borrow()
    }

    /// Somebody has to look whether the node is still the right one.
    pub(crate) fn doubt(&self) {
        self.doubt.notify_one();
    }

    /// Waits for an answer, as long as the line holds. What was asked when it was cut may have happened or
    /// not, as after any lost connection.
    pub(crate) fn hold<'a, T: 'a>(
        &'a self,
        answer: impl Future<Output = sqlx::Result<T>> + Send + 'a,
    ) -> impl Future<Output = sqlx::Result<T>> + Send + 'a {
        // Every action holds several of these: in a box they make it no larger.
        let mut answer = Box::pin(answer);
        async move {
            let mut cut = self.cut.clone();
            let answer = tokio::select! {
                biased;
                answer = &mut answer => answer,
                // An error means that nobody looks after the node any more, as in a program that ends.
                _ = cut.wait_for(|is_cut| *is_cut) => Err(sqlx::Error::PoolClosed),
            };
            if answer.as_ref().is_err_and(is_doubtful) {
                self.doubt();
            }
            answer
        }
    }
}

/// Whether an error is one of a node that goes away, is gone, or has become a standby.
pub(crate) fn is_away(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolClosed => true,
        // 57P01 to 57P03: an administrator or a crash ends it, or it is only just starting; 25006: it takes
        // no writes; 08…: the connection.
        sqlx::Error::Database(it) => code(it.as_ref()).is_some_and(|code| {
            matches!(code.as_str(), "57P01" | "57P02" | "57P03" | "25006") || code.starts_with("08")
        }),
        _ => false,
    }
}

fn is_doubtful(error: &sqlx::Error) -> bool {
    is_away(error) || matches!(error, sqlx::Error::PoolTimedOut | sqlx::Error::Protocol(_))
}

/// The five characters by which PostgreSQL names an error; SQLite has numbers.
fn code(error: &dyn DatabaseError) -> Option<String> {
    let code = error.code()?;
    (code.len() == 5).then(|| code.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_waits_on_a_line_ends_when_it_is_cut() {
        let doubt = Arc::new(Notify::new());
        let (line, scissors) = Line::new(Arc::clone(&doubt));
        assert_eq!(line.hold(async { Ok(7) }).await.unwrap(), 7);
        assert!(!line.is_cut());

        let (waits, cuts) = tokio::join!(
            line.hold(std::future::pending::<sqlx::Result<()>>()),
            async { scissors.cut() }
        );
        assert!(matches!(waits, Err(sqlx::Error::PoolClosed)), "{waits:?}");
        assert_eq!(cuts, ());
        assert!(line.is_cut());
        // Whoever looks after the node is told, and an answer that is there already still counts.
        doubt.notified().await;
        assert_eq!(line.hold(async { Ok(8) }).await.unwrap(), 8);
    }
}
