//! What is to come out, counted from what was drawn.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Script, Step};
use crate::answers::ANSWER_DAYS;
use crate::time::Day;

/// Exact sums over some factories. All numbers are counts, money is in minor units.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Factories.
    pub enterprises: i64,
    /// Of them silent for two weeks or more.
    pub silent: i64,
    /// Of them with much less than before.
    pub falling: i64,
    /// Cases.
    pub reports: i64,
    /// Their events.
    pub events: i64,
    /// Cases by kind.
    pub by_kind: BTreeMap<&'static str, i64>,
    /// By voice.
    pub by_voice: BTreeMap<&'static str, i64>,
    /// Hazards by who found them.
    pub by_finder: BTreeMap<&'static str, i64>,
    /// By where they stand.
    pub by_state: BTreeMap<&'static str, i64>,
    /// By the level of risk, where it was graded.
    pub by_level: BTreeMap<u8, i64>,
    /// Somebody still has to do something about them.
    pub open: i64,
    /// Of the open ones, those that are dangerous now.
    pub danger: i64,
    /// Planned, and the day has passed.
    pub overdue: i64,
    /// First answered within the days that an answer may take.
    pub answered_in_time: i64,
    /// First answered later.
    pub answered_late: i64,
    /// With a last day.
    pub promised: i64,
    /// Fixed by that day.
    pub kept: i64,
    /// Accepted by somebody other than the fixer.
    pub resolved: i64,
    /// Finished with.
    pub closed: i64,
    /// What verified projects save, by currency.
    pub saved: BTreeMap<&'static str, i64>,
}

impl Totals {
    /// Counts a case as it stands on a day.
    pub fn add_case(&mut self, script: &Script, today: Day) {
        let report = &script.report;
        self.reports += 1;
        self.events += 1 + i64::try_from(script.steps.len()).unwrap_or(0);
        let kind = report.category.kind().as_str();
        *self.by_kind.entry(kind).or_default() += 1;
        *self.by_voice.entry(report.voice.as_str()).or_default() += 1;
        if kind == "hazard" {
            let finder = report.finder.map_or("unknown", |it| it.as_str());
            *self.by_finder.entry(finder).or_default() += 1;
        }
        let (mut state, mut answered, mut due) = ("new", None, None);
        for (day, step) in &script.steps {
            state = match step {
                Step::GoThere => state,
                Step::Accept => "accepted",
                Step::Decline => "declined",
                Step::Refer => "referred",
                Step::Merge(_) => "merged",
                Step::Grade(.., level) => {
                    *self.by_level.entry(level.number()).or_default() += 1;
                    state
                }
                Step::Plan(last) => {
                    self.promised += 1;
                    due = Some(*last);
                    "planned"
                }
                Step::Finish => {
                    self.kept += i64::from(due.is_some_and(|due| *day <= due));
                    "done"
                }
                Step::Verify => {
                    self.resolved += 1;
                    "verified"
                }
                Step::Close => {
                    self.closed += 1;
                    "closed"
                }
            };
            if state != "new" {
                answered = answered.or(Some(*day));
            }
        }
        *self.by_state.entry(state).or_default() += 1;
        match answered {
            Some(day) if day.0 - script.day.0 <= ANSWER_DAYS => self.answered_in_time += 1,
            Some(_) => self.answered_late += 1,
            None => {}
        }
        let is_open = matches!(state, "new" | "accepted" | "planned" | "done");
        self.open += i64::from(is_open);
        self.danger += i64::from(is_open && report.danger);
        self.overdue += i64::from(state == "planned" && due.is_some_and(|due| due < today));
    }

    /// Adds those of others.
    pub fn add(&mut self, other: &Self) {
        for (mine, more) in [
            (&mut self.enterprises, other.enterprises),
            (&mut self.silent, other.silent),
            (&mut self.falling, other.falling),
            (&mut self.reports, other.reports),
            (&mut self.events, other.events),
            (&mut self.open, other.open),
            (&mut self.danger, other.danger),
            (&mut self.overdue, other.overdue),
            (&mut self.answered_in_time, other.answered_in_time),
            (&mut self.answered_late, other.answered_late),
            (&mut self.promised, other.promised),
            (&mut self.kept, other.kept),
            (&mut self.resolved, other.resolved),
            (&mut self.closed, other.closed),
        ] {
            *mine += more;
        }
        for (mine, more) in [
            (&mut self.by_kind, &other.by_kind),
            (&mut self.by_voice, &other.by_voice),
            (&mut self.by_finder, &other.by_finder),
            (&mut self.by_state, &other.by_state),
            (&mut self.saved, &other.saved),
        ] {
            for (word, n) in more {
                *mine.entry(word).or_default() += n;
            }
        }
        for (level, n) in &other.by_level {
            *self.by_level.entry(*level).or_default() += n;
        }
    }
}
