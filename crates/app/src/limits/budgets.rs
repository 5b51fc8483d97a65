//! What may come by one key in an hour, with an end that nobody knows.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hezuo_domain::time::{Instant, Random};

/// An hour of the clock, in microseconds.
const HOUR: i64 = 3_600_000_000;

/// How many draws make the end of an hour. One alone would often end at nothing, many would end where everybody
/// expects it.
const DRAWS: u32 = 4;

/// About so many by one key in an hour of the clock: where it ends is drawn for each key and hour, and no single
/// end is much likelier than the next. Were the end known, whoever spends a budget down to its last would learn
/// from the refusal that somebody else had come; and an hour that began with the first to come would tell when
/// that was (decision 0041).
#[derive(Debug)]
pub struct Budget {
    /// On average; none for any number.
    about: Option<u32>,
    hour: Mutex<Hour>,
}

/// What is left in this hour, by key.
#[derive(Debug, Default)]
struct Hour {
    number: i64,
    left: HashMap<String, u32>,
}

/// One that was taken: given back when it is dropped, unless it was spent.
#[derive(Debug)]
#[must_use = "it is given back at once"]
pub struct Taken<'a>(Option<(&'a Budget, String, i64)>);

impl Budget {
    /// About so many in an hour.
    pub fn about(count: u32) -> Self {
        Self {
            about: Some(count),
            hour: Mutex::default(),
        }
    }

    /// Any number.
    pub fn endless() -> Self {
        Self {
            about: None,
            hour: Mutex::default(),
        }
    }

    /// Takes one of what the key has left in this hour; `None` where nothing is.
    pub fn take(&self, key: &str, now: Instant, random: &dyn Random) -> Option<Taken<'_>> {
        self.take_beside(key, now, random, 0)
    }

    /// The same where, when the hour's first comes, so many are there already.
    pub fn take_beside(
        &self,
        key: &str,
        now: Instant,
        random: &dyn Random,
        there: u32,
    ) -> Option<Taken<'_>> {
        let Some(about) = self.about else {
            return Some(Taken(None));
        };
        let number = now.0.div_euclid(HOUR);
        let mut hour = self.hour();
        if hour.number != number {
            *hour = Hour {
                number,
                left: HashMap::new(),
            };
        }
        if !hour.left.contains_key(key) {
            let left = end(about, random).saturating_sub(there);
            hour.left.insert(key.to_owned(), left);
        }
        let left = hour.left.get_mut(key).filter(|left| **left > 0)?;
        *left -= 1;
        Some(Taken(Some((self, key.to_owned(), number))))
    }

    fn hour(&self) -> MutexGuard<'_, Hour> {
        self.hour.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken<'_> {
    /// It led to something, so it does not come back.
    pub fn spend(mut self) {
        self.0 = None;
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if let Some((budget, key, number)) = self.0.take() {
            let mut hour = budget.hour();
            if hour.number == number
                && let Some(left) = hour.left.get_mut(&key)
            {
                *left += 1;
            }
        }
    }
}

/// Where an hour ends: a sum of numbers that each may be any, the larger the rarer.
fn end(about: u32, random: &dyn Random) -> u32 {
    let mean = f64::from(about) / f64::from(DRAWS);
    let goes_on = mean / (mean + 1.0);
    let draw = |_| {
        let mut chance = [0; 4];
        random.fill(&mut chance);
        let chance = (f64::from(u32::from_be_bytes(chance)) + 1.0) / (f64::from(u32::MAX) + 1.0);
        (chance.ln() / goes_on.ln()).floor()
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative, and what is too large becomes the largest"
    )]
    let end = (0..DRAWS).map(draw).sum::<f64>() as u32;
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that anybody can draw again.
    struct Drawn(std::sync::Mutex<u64>);

    impl Random for Drawn {
        fn fill(&self, bytes: &mut [u8]) {
            let mut state = self.0.lock().expect("one thread");
            for byte in bytes {
                *state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                *byte = (*state >> 56) as u8;
            }
        }
    }

    #[test]
    fn no_end_is_much_likelier_than_the_one_before_it_and_few_come_early() {
        let random = Drawn(std::sync::Mutex::new(7));
        let draws = 400_000;
        let mut ends = [0_u32; 256];
        let mut sum = 0_u64;
        for _ in 0..draws {
            let end = end(60, &random);
            sum += u64::from(end);
            ends[end.min(255) as usize] += 1;
        }
        let mean = sum / draws;
        assert!((59..=61).contains(&mean), "{mean}");
        let early: u32 = ends[..6].iter().sum();
        assert!(
            early < 2_000,
            "one in two hundred at most ends before six: {early}"
        );
        // Whoever counts to the end, from a quarter of it on, learns nearly nothing from where it fell.
        for at in 15..120 {
            let (here, next) = (f64::from(ends[at]), f64::from(ends[at + 1]));
            assert!((0.7..1.45).contains(&(here / next)), "{at}: {here} {next}");
        }
    }

    #[test]
    fn what_led_to_nothing_is_given_back_and_an_hour_begins_with_the_clock() {
        let random = Drawn(std::sync::Mutex::new(1));
        let budget = Budget::about(8);
        let at = |seconds: i64| Instant(HOUR * 5 + seconds * 1_000_000);
        let mut all = Vec::new();
        while let Some(taken) = budget.take("A", at(3_000), &random) {
            all.push(taken);
        }
        assert!(!all.is_empty());
        all.pop();
        budget
            .take("A", at(3_000), &random)
            .expect("what was given back")
            .spend();
        assert!(budget.take("A", at(3_599), &random).is_none());
        budget
            .take("B", at(3_000), &random)
            .expect("another key")
            .spend();
        // Ten minutes after it began to be spent it is whole again.
        budget
            .take("A", at(3_600), &random)
            .expect("the next hour")
            .spend();
        drop(all);
        assert!(budget.take_beside("C", at(3_601), &random, 1_000).is_none());
        Budget::endless()
            .take("A", at(0), &random)
            .expect("always")
            .spend();
    }
}
