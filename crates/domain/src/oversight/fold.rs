//! What is summed up over divisions, and from which counts of an enterprise.

use std::collections::BTreeMap;

use crate::answers::ANSWER_DAYS;
use crate::disclosure::{AboutPeople, Audience, Together};
use crate::time::Day;

/// In place of a day: the sum over all days.
pub const TOTAL: Day = Day(-1);

/// Digits of a division and of the one around it, from the nation on.
const LEVELS: [(usize, usize); 4] = [(0, 2), (2, 4), (4, 6), (6, 9)];

/// What the division around the provinces is called, in which the nation itself is the only one.
pub const ABOVE_ALL: &str = "*";

/// What the page of a division tells of the whole of it. Of every other division the row in the one around it has
/// the whole; the nation lies in none, so it has rows of its own.
const OF_THE_WHOLE: [&str; 7] = [
    "answer",
    "found",
    "found_by_workers",
    "people",
    "resolved",
    "saving",
    "spoken",
];

/// One sum: of which division within which, of what, on which day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RegionKey {
    /// The digits of the division around; [`ABOVE_ALL`] around the nation.
    pub parent: String,
    /// What is counted: `state`, `danger` (over all days), `spoken` (by day and over all), `answer`
    /// (slice: days), `answered` (`in_time`, `late`; over all days without a slice), `promise`, `due`,
    /// `resolved`, `saving` (by day); and how factories stand: `factories`, `falling` (over all days),
    /// `heard` (by the day on which they were last heard), and what is published about their people (by the
    /// first day of the month; slices: the pieces of a [`Together`]).
    pub measure: &'static str,
    /// The day, or [`TOTAL`].
    pub day: Day,
    /// Of what.
    pub slice: String,
    /// The digits of the division.
    pub region: String,
}

/// As what a change of an enterprise's count is summed up: measure, slice, day. Of what divisions don't
/// show, nothing.
pub fn regional<'a>(
    measure: &str,
    slice: &'a str,
    day: Day,
) -> impl Iterator<Item = (&'static str, &'a str, Day)> {
    let [first, second, third] = match measure {
        "state" => [Some(("state", slice, TOTAL)), None, None],
        "danger" => [Some(("danger", "", TOTAL)), None, None],
        "due" => [Some(("due", "", day)), None, None],
        "spoken" => [Some(("spoken", "", day)), Some(("spoken", "", TOTAL)), None],
        "answer" => {
            let in_time = slice.parse().is_ok_and(|days: i64| days <= ANSWER_DAYS);
            let answered = if in_time { "in_time" } else { "late" };
            [
                Some(("answer", slice, day)),
                Some(("answered", answered, day)),
                Some(("answered", "", TOTAL)),
            ]
        }
        "promise" => [Some(("promise", slice, day)), None, None],
        "resolved" => [Some(("resolved", "", day)), None, None],
        "saving" => [Some(("saving", slice, day)), None, None],
        _ => [None; 3],
    };
    first.into_iter().chain(second).chain(third)
}

/// The measures of what is published about people.
const ABOUT_PEOPLE: [&str; 3] = ["people", "found", "found_by_workers"];

/// How an enterprise stands, as far as it is counted among others.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// The day on which it was last heard, or joined.
    pub heard_day: Day,
    /// Much less is heard than before.
    pub falling: bool,
}

/// Changes of the sums over divisions, folded so that each key occurs once, and sorted.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct RegionDeltas(BTreeMap<RegionKey, i64>);

impl RegionDeltas {
    /// Adds a change of an enterprise's count, in all divisions around it.
    pub fn count(&mut self, region_code: &str, measure: &str, slice: &str, day: Day, n: i64) {
        for (measure, slice, day) in regional(measure, slice, day) {
            self.of(region_code, measure, slice, day, n);
        }
    }

    /// Counts an enterprise as it stands: once (1), or no longer (-1).
    pub fn stand(&mut self, region_code: &str, it: Standing, n: i64) {
        self.of(region_code, "factories", "", TOTAL, n);
        self.of(region_code, "heard", "", it.heard_day, n);
        if it.falling {
            self.of(region_code, "falling", "", TOTAL, n);
        }
    }

    /// Adds what is published about the people of an enterprise over the month that begins on this day. It is
    /// never taken away again.
    pub fn publish(&mut self, region_code: &str, month: Day, about: AboutPeople) {
        let outside = Audience::Outside;
        let front_line = about.front_line(outside);
        let counted = [
            (about.people, about.taking_part(outside)),
            (about.found, front_line.whole),
            (about.by_workers, front_line.part),
        ];
        for (measure, (count, published)) in ABOUT_PEOPLE.into_iter().zip(counted) {
            for (piece, of_it) in Together::one(count, published).pieces() {
                self.of(region_code, measure, piece, month, of_it);
            }
        }
    }

    fn of(&mut self, code: &str, measure: &'static str, slice: &str, day: Day, n: i64) {
        let mut add = |parent: String, region: String| {
            let slice = slice.to_owned();
            let key = RegionKey {
                parent,
                measure,
                day,
                slice,
                region,
            };
            *self.0.entry(key).or_default() += n;
        };
        // Who names no closer division than a province lies in none below it.
        for (around, digits) in LEVELS
            .into_iter()
            .filter(|(around, _)| *around <= code.len())
        {
            let first = |digits| code.chars().take(digits).collect();
            add(first(around), first(digits));
        }
        if OF_THE_WHOLE.contains(&measure) {
            add(ABOVE_ALL.to_owned(), String::new());
        }
    }

    /// The changes that are not nothing, in the order of their keys.
    pub fn into_changes(self) -> impl Iterator<Item = (RegionKey, i64)> {
        self.0.into_iter().filter(|(_, n)| *n != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_counts_once_in_each_division_around() {
        let mut deltas = RegionDeltas::default();
        deltas.count("330503100", "state", "new", Day(20_000), 1);
        deltas.count("330503", "reported", "hazard", Day(20_000), 1);
        let changes: Vec<String> = deltas
            .into_changes()
            .map(|(key, n)| {
                format!(
                    "{}>{} {} {} {n}",
                    key.parent, key.region, key.slice, key.day.0
                )
            })
            .collect();
        assert_eq!(
            changes,
            [
                ">33 new -1 1",
                "33>3305 new -1 1",
                "3305>330503 new -1 1",
                "330503>330503100 new -1 1",
            ]
        );
    }

    #[test]
    fn who_names_a_city_alone_counts_once_in_it_and_the_nation_counts_all() {
        let mut deltas = RegionDeltas::default();
        deltas.count("3305", "resolved", "hazard", Day(20_000), 1);
        let changes: Vec<String> = deltas
            .into_changes()
            .map(|(key, n)| format!("{}>{} {n}", key.parent, key.region))
            .collect();
        assert_eq!(changes, [">33 1", "*> 1", "33>3305 1", "3305>3305 1"]);
    }

    #[test]
    fn who_is_heard_again_is_no_longer_silent() {
        let before = Standing {
            heard_day: Day(1),
            falling: true,
        };
        let now = Standing {
            heard_day: Day(9),
            falling: false,
        };
        let mut deltas = RegionDeltas::default();
        deltas.stand("330503", before, -1);
        deltas.stand("330503", now, 1);
        let top: Vec<_> = deltas
            .into_changes()
            .filter(|(key, _)| key.parent.is_empty())
            .map(|(key, n)| (key.measure, key.day.0, n))
            .collect();
        assert_eq!(
            top,
            [("falling", -1, -1), ("heard", 1, -1), ("heard", 9, 1)]
        );
    }

    #[test]
    fn answers_count_by_their_days_and_as_in_time() {
        let day = Day(20_000);
        let slices = |slice| -> Vec<&str> {
            regional("answer", slice, day)
                .map(|(_, slice, _)| slice)
                .collect()
        };
        assert_eq!(slices("7"), ["7", "in_time", ""]);
        assert_eq!(slices("8"), ["8", "late", ""]);
        assert_eq!(slices("29+"), ["29+", "late", ""]);
    }
}
