//! Many clients at once, each doing the same again and again.

use std::future::Future;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::figures::Run;
use crate::{Failure, Result};

/// One client.
pub(super) trait Client: Send + 'static {
    /// Does it once; false when it failed.
    fn once(&mut self) -> impl Future<Output = bool> + Send;
}

/// Lets all clients work for a while, and measures what begins after the warm-up.
pub(super) async fn drive<C: Client>(
    clients: Vec<C>,
    warm_up: Duration,
    time: Duration,
) -> Result<Run> {
    let begin = Instant::now() + warm_up;
    let end = begin + time;
    let mut tasks = JoinSet::new();
    for client in clients {
        tasks.spawn(work(client, begin, end));
    }
    let mut took = Vec::new();
    let mut errors = 0;
    let mut last = begin;
    while let Some(done) = tasks.join_next().await {
        let done = done.map_err(|error| Failure::Other(format!("a client stopped: {error}")))?;
        took.extend(done.took);
        errors += done.errors;
        last = last.max(done.last);
    }
    Ok(Run::new(took, errors, last.duration_since(begin)))
}

struct Done {
    took: Vec<Duration>,
    errors: u64,
    last: Instant,
}

async fn work<C: Client>(mut client: C, begin: Instant, end: Instant) -> Done {
    let mut done = Done {
        took: Vec::new(),
        errors: 0,
        last: begin,
    };
    loop {
        let started = Instant::now();
        if started >= end {
            return done;
        }
        let is_done = client.once().await;
        let finished = Instant::now();
        if started < begin {
            continue;
        }
        done.last = finished;
        if is_done {
            done.took.push(finished.duration_since(started));
        } else {
            done.errors += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct EveryThirdFails(u32);

    impl Client for EveryThirdFails {
        async fn once(&mut self) -> bool {
            tokio::time::sleep(Duration::from_millis(1)).await;
            self.0 += 1;
            !self.0.is_multiple_of(3)
        }
    }

    #[tokio::test]
    async fn what_fails_is_counted_apart() {
        let clients = vec![EveryThirdFails(0), EveryThirdFails(0)];
        let time = Duration::from_millis(200);
        let run = drive(clients, Duration::from_millis(10), time)
            .await
            .unwrap();
        assert!(run.errors > 0 && run.per_second > 1.0, "{run:?}");
        assert!(run.p50 >= 1.0 && run.p99 >= run.p50, "{run:?}");
    }
}
