//! Limits against guessing, in memory: a restart forgives.

mod budgets;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use hezuo_domain::ids::{EnterpriseId, UserId};
use hezuo_domain::people::Device;
use hezuo_domain::time::{Day, Instant};
use hezuo_domain::uploads::MOST_OF_ALL;
use hezuo_store::people::sessions::Tried;

pub use budgets::Budget;
pub(crate) use budgets::Taken;

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

    /// Takes one of what the key has left; false where nothing is.
    pub fn take(&self, key: &str, now: Instant) -> bool {
        let is_left = !self.is_spent(key, now);
        if is_left {
            self.fail(key, now);
        }
        is_left
    }

    /// Forgets the key's failures.
    pub fn forgive(&self, key: &str) {
        self.failures
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(key);
    }
}

/// Counts wrong passwords. After [`GUESSES`] of them a key waits, twice as long each time, up to four
/// hours; a day without a wrong one forgives.
#[derive(Debug, Default)]
pub struct Guesses(Mutex<HashMap<String, Guessed>>);

/// Wrong passwords before a key waits.
const GUESSES: u32 = 8;
/// The first wait, in seconds.
const FIRST_WAIT: i64 = 300;
/// The longest wait, in seconds.
const LONGEST_WAIT: i64 = 4 * 3600;
/// Seconds without a wrong password after which all is forgiven.
const FORGIVEN_AFTER: i64 = 24 * 3600;

#[derive(Debug, Clone, Copy)]
struct Guessed {
    count: u32,
    waits: u32,
    last: Instant,
    until: Instant,
}

impl Guesses {
    /// Whether the key has to wait.
    pub fn is_spent(&self, key: &str, now: Instant) -> bool {
        let guessed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        guessed.get(key).is_some_and(|it| now < it.until)
    }

    /// Notes a wrong password.
    pub fn fail(&self, key: &str, now: Instant) {
        let mut guessed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if guessed.len() >= MOST_KEYS {
            guessed.retain(|_, it| now < it.last.plus_seconds(FORGIVEN_AFTER));
        }
        if guessed.len() >= MOST_KEYS {
            // Who invents so many names must not fill the memory; those that wait are kept.
            guessed.retain(|_, it| now < it.until);
        }
        let fresh = Guessed {
            count: 0,
            waits: 0,
            last: now,
            until: now,
        };
        let it = guessed.entry(key.to_owned()).or_insert(fresh);
        if now >= it.last.plus_seconds(FORGIVEN_AFTER) {
            *it = fresh;
        }
        it.last = now;
        it.count += 1;
        if it.count >= GUESSES {
            let wait = FIRST_WAIT << it.waits.min(10);
            *it = Guessed {
                count: 0,
                waits: it.waits + 1,
                last: now,
                until: now.plus_seconds(wait.min(LONGEST_WAIT)),
            };
        }
    }

    /// Forgets the key's wrong passwords.
    pub fn forgive(&self, key: &str) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(key);
    }
}

/// Who failed to sign in, in memory until it is written down a moment later: to do so at once would take
/// longer for a name that exists.
#[derive(Debug, Default)]
pub struct Failed(Mutex<HashMap<(EnterpriseId, UserId), Vec<Tried>>>);

impl Failed {
    /// Notes one.
    pub fn note(&self, user: (EnterpriseId, UserId), day: Day, device: Device) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tried = all.entry(user).or_default();
        match tried
            .iter_mut()
            .find(|it| it.day == day && it.device == device)
        {
            Some(it) => it.failures += 1,
            None => tried.push(Tried {
                day,
                device,
                sign_ins: 0,
                failures: 1,
            }),
        }
    }

    /// Takes what was noted about a user.
    pub fn take(&self, user: (EnterpriseId, UserId)) -> Vec<Tried> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(&user).unwrap_or_default()
    }

    /// About whom something was noted.
    pub fn users(&self) -> Vec<(EnterpriseId, UserId)> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.keys().copied().collect()
    }

    /// Notes again what could not be written.
    pub fn put_back(&self, user: (EnterpriseId, UserId), tried: Vec<Tried>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let noted = all.entry(user).or_default();
        for one in tried {
            match noted
                .iter_mut()
                .find(|it| it.day == one.day && it.device == one.device)
            {
                Some(it) => it.failures += one.failures,
                None => noted.push(one),
            }
        }
    }
}

/// The limits of this server.
#[derive(Debug)]
pub struct Limits {
    /// Wrong passwords: of devices that have never signed in by login name, all together; of one that
    /// has, by device.
    pub passwords: Guesses,
    /// Wrong passwords as a proof of who is there, by user: eight in five minutes.
    pub proofs: Limiter,
    /// Wrong codes of a second factor, by user: only who knows the password gets so far.
    pub codes: Guesses,
    /// Failures that their owners have not seen yet.
    pub failed: Failed,
    /// Wrong invitation codes, all together: sixty in a minute.
    pub invitations: Limiter,
    /// Copies of one's own data, by user: three in an hour.
    pub own_data: Limiter,
    /// Browsers that wait for an approval, all together: sixty in a minute.
    pub approvals: Limiter,
    /// Codes of browsers that nobody shows, by who types them: ten in ten minutes.
    pub approval_codes: Limiter,
    /// Wrong pay codes, by who types them: ten in ten minutes.
    pub pay_codes: Limiter,
    /// Reports at a factory's own server, by the code on the wall: any number, unless the configuration
    /// says about how many in an hour.
    pub reports: Budget,
    /// At an intake, reports without a proof of work, by the code on the wall: about sixty in an hour.
    pub unproven_reports: Budget,
    /// Parts of uploads, by enterprise or server: as many in an hour as may lie unfinished in all.
    pub parts: Budget,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            passwords: Guesses::default(),
            codes: Guesses::default(),
            failed: Failed::default(),
            proofs: Limiter::new(8, 300),
            invitations: Limiter::new(60, 60),
            own_data: Limiter::new(3, 3600),
            approvals: Limiter::new(60, 60),
            approval_codes: Limiter::new(10, 600),
            pay_codes: Limiter::new(10, 600),
            reports: Budget::endless(),
            unproven_reports: Budget::about(60),
            parts: Budget::about(MOST_OF_ALL),
        }
    }
}
