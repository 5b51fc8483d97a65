//! What those who look after many factories see: sums, and which factory to go to first. Silence is
//! a sign like danger is.

mod fold;

use crate::boards::Period;
use crate::time::Day;

pub use fold::{ABOVE_ALL, RegionDeltas, RegionKey, Standing, TOTAL, regional};

/// A factory from which nothing was heard for this many days is asked about.
pub const SILENT_DAYS: i64 = 14;

/// Reports are compared over as many days as before.
pub const HEARD_DAYS: i64 = 28;

/// Fewer reports than this in the days before are too few to fall.
pub const FALLING_FROM: i64 = 8;

/// What is counted over factories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// Cases that somebody still has to do something about.
    Open,
    /// Of them dangerous now.
    Danger,
    /// Planned, and the day has passed.
    Overdue,
    /// Done, waiting for other eyes.
    ToVerify,
    /// Not answered within the days that an answer may take.
    WaitingLong,
    /// Answered in time, of those whose time is over.
    Answered,
    /// Fixed in time, of what was due.
    OnTime,
    /// Hazards found by workers, of those of which it is known: a figure about people.
    FrontLine,
    /// Reports.
    Reported,
    /// Accepted by somebody other than the fixer.
    Resolved,
    /// People who took part by name.
    People,
    /// Verified savings, in minor units of one currency.
    Saving,
    /// Factories from which nothing is heard.
    Silent,
    /// Factories from which much less is heard than before.
    Falling,
}

impl Figure {
    /// All of them, in the order of the screens.
    pub const ALL: [Self; 14] = [
        Self::Open,
        Self::Danger,
        Self::Overdue,
        Self::ToVerify,
        Self::WaitingLong,
        Self::Silent,
        Self::Falling,
        Self::Reported,
        Self::Resolved,
        Self::Answered,
        Self::OnTime,
        Self::FrontLine,
        Self::People,
        Self::Saving,
    ];

    /// The word that clients see.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Danger => "danger",
            Self::Overdue => "overdue",
            Self::ToVerify => "to_verify",
            Self::WaitingLong => "waiting_long",
            Self::Answered => "answered",
            Self::OnTime => "on_time",
            Self::FrontLine => "front_line",
            Self::Reported => "reported",
            Self::Resolved => "resolved",
            Self::People => "people",
            Self::Saving => "saving",
            Self::Silent => "silent",
            Self::Falling => "falling",
        }
    }

    /// Whether it counts people, or what people of some kind said. This is the whole list of what
    /// is published about people, in each factory and over each division, month by month.
    pub fn is_about_people(self) -> bool {
        matches!(self, Self::FrontLine | Self::People)
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == word)
    }
}

/// In which order factories stand. Never by a figure: nobody is ranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By their names.
    Name,
    /// Where somebody should go first: danger, then overdue, then silence.
    Need,
}

/// The days in which reports are heard, and as many before them.
pub fn heard(today: Day) -> (Period, Period) {
    let ending = |to: Day| Period {
        from: to.plus(1 - HEARD_DAYS),
        to,
    };
    (ending(today), ending(today.plus(-HEARD_DAYS)))
}

/// The last day on which a factory must have been heard so that it is not silent.
pub fn silent_until(today: Day) -> Day {
    today.plus(-SILENT_DAYS)
}

/// Whether nothing was heard for too long; a factory that was never heard counts from the day it
/// joined.
pub fn is_silent(today: Day, heard: Day) -> bool {
    heard <= silent_until(today)
}

/// Whether less than half is heard of what was heard before.
pub fn is_falling(now: i64, before: i64) -> bool {
    before >= FALLING_FROM && 2 * now < before
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_word_is_read_back() {
        for figure in Figure::ALL {
            assert_eq!(Figure::parse(figure.as_str()), Some(figure));
        }
        assert_eq!(Figure::parse("rank"), None);
    }

    #[test]
    fn two_weeks_without_a_word_are_silence() {
        let today = Day(20_000);
        assert!(!is_silent(today, today) && !is_silent(today, today.plus(-13)));
        assert!(is_silent(today, today.plus(-14)));
        let (now, before) = heard(today);
        assert_eq!(before.to.plus(1), now.from);
        assert_eq!(
            (now.to.0 - now.from.0, before.to.0 - before.from.0),
            (27, 27)
        );
    }

    #[test]
    fn half_as_much_is_not_falling_yet_and_few_never_fall() {
        assert!(is_falling(3, 8) && !is_falling(4, 8) && !is_falling(0, 7));
    }

    proptest! {
        #[test]
        fn more_reports_are_never_a_worse_sign(now in 0..100_i64, more in 0..100_i64, before in 0..100_i64) {
            prop_assert!(!is_falling(now + more, before) || is_falling(now, before));
        }
    }
}
