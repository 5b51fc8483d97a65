//! What a board says: figures with their numerator, denominator and period, never a bare percentage.

use crate::answers::ANSWER_DAYS;
use crate::disclosure;
use crate::time::Day;

/// An area from which nothing was heard for this many days is asked about.
pub const SILENT_DAYS: i64 = 28;

/// How many weeks back the trend goes.
pub const TREND_WEEKS: i64 = 26;

/// From one day to another, both counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
}

impl Period {
    /// This many weeks that end with a day.
    pub fn ending(to: Day, weeks: i64) -> Self {
        Self {
            from: to.plus(1 - 7 * weeks),
            to,
        }
    }
}

/// The periods of a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Periods {
    /// Up to today.
    pub now: Period,
    /// Of deadlines: up to yesterday, because what is due today is not late.
    pub due: Period,
    /// Of reports: those whose days for an answer are over, answered or not.
    pub asked: Period,
    /// In which an area should have been heard.
    pub heard: Period,
    /// Of figures about people: a whole month, whatever the number of weeks.
    pub people: Period,
    /// Of the trend.
    pub trend: Period,
}

impl Periods {
    /// The periods of a board over this many weeks.
    pub fn of(today: Day, weeks: i64) -> Self {
        Self {
            now: Period::ending(today, weeks),
            due: Period::ending(today.plus(-1), weeks),
            asked: Period::ending(today.plus(-ANSWER_DAYS - 1), weeks),
            heard: Period {
                from: today.plus(1 - SILENT_DAYS),
                to: today,
            },
            people: disclosure::month(today),
            trend: Period::ending(today, TREND_WEEKS),
        }
    }
}

/// The middle of all answers in days: half of those who asked were answered in that time or less.
/// Who was never answered waits the longest. Nothing where nobody asked, where the one in the middle
/// is not answered yet, or waited longer than is counted exactly.
pub fn median_days(answered: &[(i64, i64)], asked: i64) -> Option<i64> {
    if asked <= 0 {
        return None;
    }
    let middle = (asked - 1) / 2;
    let mut sorted = answered.to_vec();
    sorted.sort_unstable();
    let mut passed = 0;
    for (days, n) in sorted {
        passed += n;
        if middle < passed {
            return Some(days);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_periods_of_a_board_are_whole_weeks() {
        let today = Day(20_000);
        let periods = Periods::of(today, 4);
        assert_eq!(periods.now, periods.heard);
        assert_eq!(periods.now.from, Day(19_973));
        assert_eq!(periods.due.to, Day(19_999));
        // Reported on the last of these days, it could be answered until yesterday.
        assert_eq!(periods.asked.to.plus(ANSWER_DAYS), Day(19_999));
        for period in [periods.now, periods.due, periods.asked, periods.trend] {
            assert_eq!((period.to.0 - period.from.0 + 1) % 7, 0);
        }
    }

    proptest! {
        #[test]
        fn the_median_is_that_of_the_list_written_out(
            days in proptest::collection::vec(0..40_i64, 0..30),
            waiting in 0..10_usize,
        ) {
            let mut written = days.clone();
            written.resize(days.len() + waiting, i64::MAX);
            written.sort_unstable();
            let naive = written.get(written.len().saturating_sub(1) / 2).copied()
                .filter(|days| *days < i64::MAX);
            let counted: Vec<_> = (0..40).map(|day| {
                (day, days.iter().map(|it| i64::from(*it == day)).sum())
            }).collect();
            prop_assert_eq!(median_days(&counted, i64::try_from(written.len()).expect("few")), naive);
        }
    }
}
