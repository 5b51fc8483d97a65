//! The real clock and the system's randomness.

use hezuo_domain::time::{Clock, Instant, Random};

/// The system's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that asks the system"
    )]
    fn now(&self) -> Instant {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let micros = since.map_or(0, |since| since.as_micros());
        Instant(i64::try_from(micros).unwrap_or(i64::MAX))
    }
}

/// The system's randomness.
pub struct OsRandom;

impl Random for OsRandom {
    fn fill(&self, buffer: &mut [u8]) {
        // Without randomness no secret can be made: going on would be worse than stopping.
        if let Err(error) = getrandom::fill(buffer) {
            tracing::error!(%error, "the system gives no randomness");
            std::process::abort();
        }
    }
}
