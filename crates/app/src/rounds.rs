//! Who does the work in the background, where several processes share one database: whoever has the lease.
//! It ends by itself a few seconds after its holder has died. Two that both believe to have it do no harm:
//! each piece of work is claimed once more in its own transaction; the lease only spares doing it in vain.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hezuo_domain::Scope;
use hezuo_domain::time::Instant;
use hezuo_store::{Tx, rounds as rows};
use tokio::sync::watch;
use uuid::Uuid;

use crate::envelopes::link::State;
use crate::{App, Result};

/// Seconds without a sign of life after which another process takes over.
const LEASE_SECONDS: i64 = 15;

/// How often the holder gives a sign of life.
pub const RENEW_EVERY: Duration = Duration::from_secs(5);

/// Seconds until what has failed is due again.
const AGAIN_AFTER: i64 = 600;

const WHY: &str = "the processes on one database agree on who does the work for all enterprises";

/// The work that one process does for all, by its name in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Round {
    /// Letting reports out, telling people, sums, chains.
    Everything,
    /// The rounds with the intake.
    Envelopes,
}

impl Round {
    fn name(self) -> &'static str {
        match self {
            Self::Everything => "everything",
            Self::Envelopes => "envelopes",
        }
    }
}

/// What is done once a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// The head of the log.
    Log,
    /// What is over is erased.
    Erase,
}

impl Turn {
    fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Erase => "erase",
        }
    }
}

/// One process's claim to a kind of work.
#[derive(Debug)]
pub struct Claim {
    round: Round,
    holder: Uuid,
    held: watch::Sender<bool>,
}

impl Claim {
    /// A claim that is not held yet.
    pub fn new(app: &App, round: Round) -> Arc<Self> {
        Arc::new(Self {
            round,
            holder: app.random.uuid(),
            held: watch::Sender::new(false),
        })
    }

    /// Whether this process does the work, as far as it knows.
    pub fn is_held(&self) -> bool {
        *self.held.borrow()
    }

    /// Tries to get the work, or to keep it; whether this process does it now. Where the database fails it
    /// does not.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn renew(&self, app: &App) -> Result<bool> {
        let renewed = self.try_renew(app).await;
        self.hold(app, *renewed.as_ref().unwrap_or(&false));
        renewed
    }

    /// Notes whether it is held now; whether it was before.
    fn hold(&self, app: &App, is_held: bool) -> bool {
        if self.round == Round::Everything {
            app.works.store(is_held, Ordering::Relaxed);
        }
        self.held.send_replace(is_held)
    }

    async fn try_renew(&self, app: &App) -> Result<bool> {
        let now = app.now();
        let said = match (self.round, &app.link) {
            (Round::Envelopes, Some(link)) => link.standing().told(),
            _ => String::new(),
        };
        let times = (now, now.plus_seconds(LEASE_SECONDS));
        let mut tx = app.db.write(&Scope::System(WHY)).await?;
        let held = rows::claim(&mut tx, self.round.name(), self.holder, times, &said).await?;
        tx.commit().await?;
        Ok(held)
    }

    /// Leaves the work to the others, as a process does that ends.
    ///
    /// # Errors
    /// When the database can't be written; the lease then ends by itself.
    pub async fn give_back(&self, app: &App) -> Result<()> {
        if !self.hold(app, false) {
            return Ok(());
        }
        let mut tx = app.db.write(&Scope::System(WHY)).await?;
        rows::give_back(&mut tx, self.round.name(), self.holder).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Does what is due once in so many seconds, by whichever process; whether it was done. What fails is
    /// due again after ten minutes.
    ///
    /// # Errors
    /// Those of the work, and when the database can't be written.
    pub async fn once_in<T>(
        &self,
        app: &App,
        (turn, seconds): (Turn, i64),
        work: impl Future<Output = Result<T>>,
    ) -> Result<Option<T>> {
        let now = app.now();
        if !self
            .take(app, turn, (now, now.plus_seconds(AGAIN_AFTER)))
            .await?
        {
            return Ok(None);
        }
        let done = work.await?;
        // This process has just set it: nobody else moves it before.
        let soon = now.plus_seconds(AGAIN_AFTER);
        self.take(app, turn, (soon, now.plus_seconds(seconds)))
            .await?;
        Ok(Some(done))
    }

    async fn take(&self, app: &App, turn: Turn, times: (Instant, Instant)) -> Result<bool> {
        let mut tx = app.db.write(&Scope::System(WHY)).await?;
        let taken = rows::take_turn(&mut tx, turn.name(), self.holder, times).await?;
        tx.commit().await?;
        Ok(taken)
    }
}

/// Whether anybody does the work in the background: this process, or another one on the same database.
///
/// # Errors
/// When the database can't be read.
pub(crate) async fn is_done(app: &App, tx: &mut Tx) -> Result<bool> {
    if app.works.load(Ordering::Relaxed) {
        return Ok(true);
    }
    let lease = rows::lease(tx, Round::Everything.name()).await?;
    Ok(lease.is_some_and(|until| until > app.now()))
}

/// What the process that calls the intake has last said of the way there.
///
/// # Errors
/// When the database can't be read.
pub(crate) async fn said_of_envelopes(app: &App) -> Result<Option<State>> {
    let mut tx = app.db.read(&Scope::System(WHY)).await?;
    let said = rows::said(&mut tx, Round::Envelopes.name()).await?;
    Ok(said.and_then(|said| State::read(&said)))
}
