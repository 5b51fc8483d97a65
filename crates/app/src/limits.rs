//! Limits against guessing, in memory: a restart forgives.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use hezuo_domain::time::Instant;

/// Counts failures by key within a window.
#[derive(Debug)]
pub struct Limiter {
    most: u32,
    window_seconds: i64,
    failures: Mutex<HashMap<String, (Instant, u32)>>,
}

/// Most keys that one limiter remembers; beyond it the oldest windows are dropped.
const MOST_KEYS: usize = 10_000;

impl Limiter {
    /// So many within so many seconds.
    pub fn new(most: u32, window_seconds: i64) -> Self {
        Self {
            most,
            window_seconds,
            failures: Mutex::default(),
        }
    }

    /// Whether the key has failed too often lately.
    pub fn is_spent(&self, key: &str, now: Instant) -> bool {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.get(key).is_some_and(|(since, count)| {
            *count >= self.most && now < since.plus_seconds(self.window_seconds)
        })
    }

    /// Notes a failure.
    pub fn fail(&self, key: &str, now: Instant) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= MOST_KEYS {
            failures.retain(|_, (since, _)| now < since.plus_seconds(self.window_seconds));
        }
        let entry = failures.entry(key.to_owned()).or_insert((now, 0));
        if now >= entry.0.plus_seconds(self.window_seconds) {
            *entry = (now, 0);
        }
        entry.1 += 1;
    }

    /// How often the key was noted within the window.
    pub fn count(&self, key: &str, now: Instant) -> u32 {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        match failures.get(key) {
            Some((since, count)) if now < since.plus_seconds(self.window_seconds) => *count,
            _ => 0,
        }
    }

    /// Forgets the key's failures.
    pub fn forgive(&self, key: &str) {
        self.failures
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(key);
    }
}

/// The limits of this server.
#[derive(Debug)]
pub struct Limits {
    /// Wrong passwords, by login name: eight in five minutes.
    pub passwords: Limiter,
    /// Wrong passwords as a proof of who is there, by user: eight in five minutes.
    pub proofs: Limiter,
    /// Wrong invitation codes, all together: sixty in a minute.
    pub invitations: Limiter,
    /// Wrong report codes, all together, since nothing about the sender is kept: sixty in a
    /// minute. A right code is answered all the same.
    pub report_codes: Limiter,
    /// Wrong pay codes, by who types them: ten in ten minutes.
    pub pay_codes: Limiter,
    /// Reports at a factory's own server, by the code on the wall: any number, unless the configuration
    /// says how many in an hour.
    pub reports: Limiter,
    /// At an intake, reports without a proof of work, by the code on the wall: sixty in an hour.
    pub unproven_reports: Limiter,
    /// At an intake, all reports, to make the proof of work dearer: it counts ten minutes.
    pub anonymous_reports: Limiter,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            passwords: Limiter::new(8, 300),
            proofs: Limiter::new(8, 300),
            invitations: Limiter::new(60, 60),
            report_codes: Limiter::new(60, 60),
            pay_codes: Limiter::new(10, 600),
            reports: Limiter::new(u32::MAX, 3600),
            unproven_reports: Limiter::new(60, 3600),
            anonymous_reports: Limiter::new(u32::MAX, 600),
        }
    }
}
