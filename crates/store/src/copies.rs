//! Reading from standbys. Each reader first asks the primary how far it has come, and takes a standby only
//! once that has come as far: whatever was committed before the reader came is there, by whomever and through
//! whichever of our processes.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Executor};
use tokio::time::{sleep, timeout};

use crate::line::{Line, Scissors};
use crate::primary::{ARRIVED, Primary};
use crate::tx::Inner;

/// How long a standby may take to catch up with what is known at the primary; then that is read.
const CATCH_UP_WITHIN: Duration = Duration::from_millis(100);

/// Between two looks whether it has.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// How long a standby may take to answer at all.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);

/// How long one is left alone that did not answer.
const LEFT_ALONE: Duration = Duration::from_secs(10);

const HOW_FAR: &str = "SELECT CAST(pg_current_wal_flush_lsn() AS TEXT)";

/// Of a node that has become the primary it says no: its reads are no copies.
const AS_FAR: &str = "SELECT pg_is_in_recovery()
    AND COALESCE(pg_last_wal_replay_lsn() >= CAST($1 AS PG_LSN), FALSE)";

/// A standby.
struct Copy {
    pool: PgPool,
    line: Line,
    /// Its line is never cut.
    _scissors: Scissors,
    left_alone_until: Mutex<Option<Instant>>,
}

/// The standbys that are read from.
pub(crate) struct Copies {
    each: Vec<Copy>,
    next: AtomicUsize,
    read: AtomicU64,
}

impl Copies {
    /// Connects to none of them yet: one that is not there is no reason not to start.
    pub(crate) fn new(options: Vec<PgConnectOptions>, connections: u32) -> Self {
        let copy = |options| {
            let pool = PgPoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(ANSWER_WITHIN)
                .after_connect(|connection, _| {
                    Box::pin(async move { connection.execute(ARRIVED).await.map(drop) })
                })
                .connect_lazy_with(options);
            let (line, scissors) = Line::new(std::sync::Arc::default());
            Copy {
                pool,
                line,
                _scissors: scissors,
                left_alone_until: Mutex::default(),
            }
        };
        Self {
            each: options.into_iter().map(copy).collect(),
            next: AtomicUsize::new(0),
            read: AtomicU64::new(0),
        }
    }

    /// How many transactions have read from a standby.
    pub(crate) fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Begins a transaction on a standby that knows all that the primary knows now; none where no standby
    /// does.
    pub(crate) async fn begin(&self, primary: &Primary, settings: &str) -> Option<Inner> {
        let now = Instant::now();
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        let all = self
            .each
            .iter()
            .cycle()
            .skip(first % self.each.len().max(1));
        let mut all = all.take(self.each.len());
        let copy = all.find(|it| !it.is_left_alone(now))?;
        let asked = sqlx::query_as::<_, (String,)>(HOW_FAR).fetch_one(&primary.pool);
        let (position,) = primary.line.hold(asked).await.ok()?;
        match timeout(ANSWER_WITHIN, copy.begin(settings, &position)).await {
            Ok(Ok(Some(begun))) => {
                self.read.fetch_add(1, Ordering::Relaxed);
                Some(begun)
            }
            Ok(Ok(None)) => {
                tracing::debug!("a standby is behind: the primary is read from");
                copy.leave_alone(now);
                None
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "a standby can't be read from: the primary is");
                copy.leave_alone(now);
                None
            }
            Err(_) => {
                tracing::warn!("a standby does not answer: the primary is read from");
                copy.leave_alone(now);
                None
            }
        }
    }

    pub(crate) async fn close(&self) {
        for copy in &self.each {
            copy.pool.close().await;
        }
    }
}

impl Copy {
    fn is_left_alone(&self, now: Instant) -> bool {
        let until = self.left_alone_until.lock();
        let until = until.unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| now < until)
    }

    fn leave_alone(&self, now: Instant) {
        let until = self.left_alone_until.lock();
        *until.unwrap_or_else(PoisonError::into_inner) = Some(now + LEFT_ALONE);
    }

    async fn begin(&self, settings: &str, position: &str) -> sqlx::Result<Option<Inner>> {
        let started = Instant::now();
        // Each statement sees what is there when it begins, so the looks come first.
        let settings = AssertSqlSafe(settings.to_owned());
        let mut tx = self.pool.begin_with(settings).await?;
        loop {
            let asked = sqlx::query_as::<_, (bool,)>(AS_FAR).bind(position);
            let (is_as_far,) = asked.fetch_one(&mut *tx).await?;
            if is_as_far {
                return Ok(Some(Inner::Postgres(tx, self.line.clone())));
            }
            if started.elapsed() > CATCH_UP_WITHIN {
                return Ok(None);
            }
            sleep(LOOK_EVERY).await;
        }
    }
}
