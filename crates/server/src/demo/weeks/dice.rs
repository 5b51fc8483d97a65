//! Chance, repeatable from a seed.

use hezuo_domain::time::{Random, SeededRandom};

/// A seeded source of small decisions.
pub(in crate::demo) struct Dice(SeededRandom);

impl Dice {
    /// The same seed makes the same decisions. It is turned around, so that the stream is not the
    /// one from which the demo's ids are drawn.
    pub(in crate::demo) fn new(seed: u64) -> Self {
        Self(SeededRandom::new(!seed))
    }

    /// The randomness itself, for report codes and keys.
    pub(in crate::demo) fn random(&self) -> &dyn Random {
        &self.0
    }

    /// A number from the first to the last, both included.
    pub(in crate::demo) fn between(&self, first: i64, last: i64) -> i64 {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        let span = (last - first + 1).max(1);
        first + i64::from(u32::from_le_bytes(bytes)) % span
    }

    /// True in this many of a hundred throws.
    pub(in crate::demo) fn chance(&self, percent: i64) -> bool {
        self.between(1, 100) <= percent
    }

    /// An index below a length; zero where there is nothing to choose from.
    pub(in crate::demo) fn below(&self, length: usize) -> usize {
        let last = i64::try_from(length).unwrap_or(i64::MAX) - 1;
        usize::try_from(self.between(0, last.max(0))).unwrap_or(0)
    }

    /// Puts a list into a random order.
    pub(in crate::demo) fn shuffle<T>(&self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_throws_the_same() {
        let throw = |seed| {
            let dice = Dice::new(seed);
            let mut list: Vec<i64> = (0..20).collect();
            dice.shuffle(&mut list);
            (list, dice.between(3, 9), dice.below(1), dice.below(0))
        };
        assert_eq!(throw(1), throw(1));
        assert_ne!(throw(1).0, throw(2).0);
        assert!((3..=9).contains(&throw(1).1));
        assert_eq!((throw(1).2, throw(1).3), (0, 0));
    }
}
