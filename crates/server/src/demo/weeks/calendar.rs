//! The working days of the demo's factory, and instants within them.

use hezuo_domain::time::{Day, Instant};

/// China has one time zone, eight hours before UTC, without summer time.
const AHEAD_SECONDS: i64 = 8 * 3_600;

const DAY_SECONDS: i64 = 86_400;

/// The local day of an instant.
pub(in crate::demo) fn day(at: Instant) -> Day {
    Day((at.0.div_euclid(1_000_000) + AHEAD_SECONDS).div_euclid(DAY_SECONDS))
}

/// An instant of a local day, by the minutes after midnight.
pub(in crate::demo) fn at(day: Day, minute: i64) -> Instant {
    Instant(0).plus_seconds(day.0 * DAY_SECONDS - AHEAD_SECONDS + minute * 60)
}

/// Minutes after midnight.
pub(in crate::demo) fn clock(hour: i64, minute: i64) -> i64 {
    hour * 60 + minute
}

/// Whether the factory works: not on Sundays.
pub(super) fn is_working(day: Day) -> bool {
    // 1970-01-01, day zero, was a Thursday.
    (day.0 + 4).rem_euclid(7) != 0
}

/// The working day itself or the one before it.
pub(in crate::demo) fn on_or_before(day: Day) -> Day {
    if is_working(day) { day } else { day.plus(-1) }
}

/// The working day that is this many working days later.
pub(super) fn later(day: Day, working_days: i64) -> Day {
    let mut found = if is_working(day) { day } else { day.plus(1) };
    for _ in 0..working_days {
        found = found.plus(1);
        if !is_working(found) {
            found = found.plus(1);
        }
    }
    found
}

/// When the team has met: on the last Wednesdays before the present, at half past four.
pub(super) fn meetings(now: Instant, weeks: u32) -> Vec<Instant> {
    let today = day(now);
    // 1970-01-01, day zero, was a Thursday.
    let last = today.plus(-(today.0 + 1).rem_euclid(7));
    (0..i64::from(weeks))
        .rev()
        .map(|week| at(last.plus(-7 * week), clock(16, 30)))
        .filter(|at| *at < now)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hezuo_domain::time::Zone;

    #[test]
    fn days_and_instants_fit_the_time_zone() {
        let zone = Zone::named("Asia/Shanghai").unwrap();
        let sunday = Day::from_date(2026, 11, 22).unwrap();
        for minute in [0, 1, clock(8, 20), clock(23, 59)] {
            assert_eq!(zone.day(at(sunday, minute)), sunday);
            assert_eq!(day(at(sunday, minute)), sunday);
        }
    }

    #[test]
    fn the_team_meets_on_wednesdays_that_are_over() {
        let sunday = Day::from_date(2026, 11, 22).unwrap();
        let met = meetings(at(sunday, 0), 2);
        assert_eq!(
            met.iter().map(|at| day(*at)).collect::<Vec<_>>(),
            [sunday.plus(-11), sunday.plus(-4)]
        );
        let wednesday = at(sunday.plus(-4), clock(10, 30));
        assert_eq!(meetings(wednesday, 1), []);
    }

    #[test]
    fn nobody_works_on_a_sunday() {
        let sunday = Day::from_date(2026, 11, 22).unwrap();
        assert!(!is_working(sunday));
        assert_eq!(on_or_before(sunday), sunday.plus(-1));
        assert_eq!(later(sunday, 0), sunday.plus(1));
        assert_eq!(later(sunday.plus(-1), 1), sunday.plus(1));
        assert_eq!(later(sunday.plus(-1), 6), sunday.plus(6));
    }
}
