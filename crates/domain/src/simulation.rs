//! Factories, cases and what became of them, drawn from a seed: a nation as large as is asked for, in which
//! every case went a way that the rules allow. What is to come out of it is counted beside, from what was
//! drawn and not from what the rules made of it.

mod life;
mod project;
mod sizes;
mod totals;

pub use life::{Crew, Played, Script, Season, Spot, Step, played};
pub use project::{CURRENCY, Taken, project};
pub use sizes::{Firm, firms, mix};
pub use totals::Totals;

use crate::time::{Day, Random};

/// What is simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Factories.
    pub enterprises: u64,
    /// Cases, over all of them.
    pub cases: u64,
    /// The same seed makes the same nation.
    pub seed: u64,
    /// Weeks over which the cases are spread.
    pub weeks: i64,
    /// The last day on which anything happened.
    pub until: Day,
}

impl Setting {
    /// The first day on which anything was said.
    pub fn first_day(&self) -> Day {
        self.until.plus(1 - self.weeks * 7)
    }

    /// The day from which everything is looked at: the one after the last.
    pub fn today(&self) -> Day {
        self.until.plus(1)
    }
}

/// Draws numbers.
pub(crate) struct Dice<'a>(pub(crate) &'a dyn Random);

impl Dice<'_> {
    /// A number below `n`, which is not zero.
    pub(crate) fn below(&self, n: u64) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes) % n.max(1)
    }

    /// The same for days.
    pub(crate) fn days(&self, from: i64, to: i64) -> i64 {
        let span = u64::try_from(to - from + 1).unwrap_or(1);
        from + i64::try_from(self.below(span)).unwrap_or(0)
    }

    /// One of several.
    pub(crate) fn of<'t, T>(&self, list: &'t [T]) -> &'t T {
        let at = usize::try_from(self.below(list.len() as u64)).unwrap_or(0);
        &list[at]
    }

    /// One of several, each with the share of a hundred that stands beside it.
    pub(crate) fn weighed<T: Copy>(&self, list: &[(u64, T)]) -> T {
        let mut left = self.below(100);
        for (share, it) in list {
            if left < *share {
                return *it;
            }
            left -= share;
        }
        list[list.len() - 1].1
    }
}
