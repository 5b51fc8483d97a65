//! The writer of reports and of steps of cases: while one commit reaches the disk, what comes meanwhile
//! gathers for the next. Each sender is answered after the commit that holds its own, whether it still
//! listens or not.

mod batch;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use hezuo_store::StoreError;
use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::sync::{Semaphore, oneshot};
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::cases::step::Planned;
use crate::reports::Submission;
use crate::{App, Error, Result};

pub use batch::Ready;
pub(crate) use batch::{Written, take, write};

/// The most of one commit: enough that the commit costs each of them little, and not so many
/// that the first waits long for the last.
const MOST: usize = 256;

/// While another commit is on its way, what comes gathers until there is this much: on PostgreSQL two small
/// commits take longer than one of both.
const ENOUGH: usize = 32;

/// How long after one commit the next waits for the first who does not come, and how long for all.
const PAUSE: Duration = Duration::from_millis(1);
const PATIENCE: Duration = Duration::from_millis(5);

/// How long at most it waits for another commit that is on its way.
const LONGEST: Duration = Duration::from_millis(100);

/// How many may wait for a commit. Whoever comes then is told to come again; nothing that was
/// accepted is dropped.
const ROOM: usize = 1024;

/// What waits for a commit.
#[derive(Clone)]
pub(crate) enum Work {
    Report(Box<Submission>),
    Step(Box<Planned>),
}

struct Asked {
    work: Work,
    answer: oneshot::Sender<Result<bool>>,
}

/// Where reports and steps wait for their commit.
pub struct Writer {
    app: Arc<App>,
    sender: OnceLock<mpsc::Sender<Asked>>,
}

impl Writer {
    /// One that waits; its work begins with the first that comes.
    pub fn new(app: Arc<App>) -> Self {
        let sender = OnceLock::new();
        Self { app, sender }
    }

    /// The app behind it.
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// Takes a report. True when it is new, false when the same one was there already.
    ///
    /// # Errors
    /// Those of [`reports::submit`](crate::reports::submit()); `busy` where too many wait.
    pub async fn submit(&self, submission: Submission) -> Result<bool> {
        self.take(Work::Report(Box::new(submission))).await
    }

    /// Takes a step. True when it is new, false when the same one was taken before.
    ///
    /// # Errors
    /// `case.stale`, `idempotency.key_reused`; `busy` where too many wait.
    pub(crate) async fn step(&self, planned: Planned) -> Result<bool> {
        self.take(Work::Step(Box::new(planned))).await
    }

    async fn take(&self, work: Work) -> Result<bool> {
        let sender = self.sender.get_or_init(|| begin(Arc::clone(&self.app)));
        let (answer, answered) = oneshot::channel();
        match sender.try_send(Asked { work, answer }) {
            Ok(()) => answered.await.unwrap_or_else(|_| {
                let lost = "the transaction of a writer stopped without an answer";
                Err(Error::Internal(lost.to_owned()))
            }),
            Err(TrySendError::Full(_)) => Err(StoreError::Busy(None).into()),
            // The runtime that served the queue is gone; what was asked for is not.
            Err(TrySendError::Closed(asked)) => take(&self.app, asked.work).await,
        }
    }
}

/// Begins to work on a queue, until it is dropped and empty.
fn begin(app: Arc<App>) -> mpsc::Sender<Asked> {
    let (sender, mut asked) = mpsc::channel::<Asked>(ROOM);
    tokio::spawn(async move {
        let count = app.db.writers();
        let writers = Arc::new(Semaphore::new(count));
        let mut before = 0;
        // Taken before anything is, so that what comes meanwhile gathers in one batch.
        while let Ok(writer) = Arc::clone(&writers).acquire_owned().await {
            let mut batch = Vec::with_capacity(MOST);
            if asked.recv_many(&mut batch, MOST).await == 0 {
                break;
            }
            if count > 1 {
                gather_beside(&mut batch, &mut asked, &writers).await;
            } else if before > 1 {
                gather_after(&mut batch, &mut asked).await;
            }
            before = batch.len();
            let app = Arc::clone(&app);
            tokio::spawn(async move {
                work(&app, batch).await;
                drop(writer);
            });
        }
    });
    sender
}

/// While another commit is on its way, takes what comes until there is enough.
async fn gather_beside(
    batch: &mut Vec<Asked>,
    asked: &mut mpsc::Receiver<Asked>,
    writers: &Semaphore,
) {
    let end = Instant::now() + LONGEST;
    while batch.len() < ENOUGH {
        tokio::select! {
            // Whoever has the place of the other knows that nobody is in it.
            _ = writers.acquire() => return,
            // The other one may hang; a danger must not wait for it.
            () = sleep_until(end) => return,
            more = asked.recv_many(batch, MOST - batch.len()) => if more == 0 { return },
        }
    }
}

/// For a moment after a commit takes what comes: those whom it answered come back together.
async fn gather_after(batch: &mut Vec<Asked>, asked: &mut mpsc::Receiver<Asked>) {
    let end = Instant::now() + PATIENCE;
    while batch.len() < MOST {
        let pause = end.min(Instant::now() + PAUSE);
        let more = asked.recv_many(batch, MOST - batch.len());
        if !timeout_at(pause, more).await.is_ok_and(|more| more > 0) {
            return;
        }
    }
}

async fn work(app: &App, batch: Vec<Asked>) {
    let (work, senders): (Vec<_>, Vec<_>) = batch
        .into_iter()
        .map(|asked| (asked.work, asked.answer))
        .unzip();
    let answers = batch::take_each(app, work).await;
    for (sender, answer) in senders.into_iter().zip(answers) {
        // Whoever has hung up asks again with the same bytes, and hears that it is there.
        drop(sender.send(answer));
    }
}
