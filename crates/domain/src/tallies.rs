//! Counts by local day, made in the transaction of the event that they count.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::cases::{Case, Finder, Kind, Source, Step};
use crate::ids::EnterpriseId;
use crate::money::Money;
use crate::projects::Project;
use crate::time::Day;

/// One tally: what is counted, of which slice, on which day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TallyKey {
    /// The tenant.
    pub enterprise: EnterpriseId,
    /// By the day of the event: `reported` (slice: kind), `entered` (state, each entry), `state`
    /// (state, a running balance); `due` (a running balance by due day); `reward` (slice: currency, minor
    /// units paid); `saving` (currency, minor units that projects were verified to save, by the day
    /// of that); and those of [`Counted`].
    pub measure: &'static str,
    /// The slice.
    pub slice: Cow<'static, str>,
    /// The local day.
    pub day: Day,
}

/// As what a case counts now, whatever way it came to be so. When a step changes it, the old count
/// is taken back, so that the sum always equals a count over the cases, and a list of the cases with
/// these days shows what was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// By the day of the report: `spoken` (slice: voice), `found_by` (finder, of hazards), `answer`
    /// (days until the first answer), `danger` (open ones that are dangerous now). By the due day: `promise` (`made`, `kept`). By the day it
    /// was accepted: `resolved` (kind).
    pub measure: &'static str,
    /// The slice.
    pub slice: Cow<'static, str>,
    /// The local day.
    pub day: Day,
}

/// An answer after more days than this counts as [`LATE`].
pub const LAST_ANSWER_DAY: i64 = 28;

/// The slice of answers that took more than [`LAST_ANSWER_DAY`] days.
pub const LATE: &str = "29+";

impl Case {
    /// As what this case counts now. A row of an imported register is no voice: nobody waits for an
    /// answer to it.
    pub fn counted(&self) -> Vec<Counted> {
        let mut counted = Vec::with_capacity(6);
        let mut add = |measure, slice: Cow<'static, str>, day| {
            counted.push(Counted {
                measure,
                slice,
                day,
            });
        };
        let said = self.reported_day;
        if self.kind == Kind::Hazard {
            let finder = self.finder.map_or("unknown", Finder::as_str);
            add("found_by", finder.into(), said);
        }
        if self.source != Source::Import {
            add("spoken", self.voice.as_str().into(), said);
            if let Some(answered) = self.answered_day {
                let slice = match answered.0 - said.0 {
                    days @ ..=LAST_ANSWER_DAY => days.to_string().into(),
                    _ => LATE.into(),
                };
                add("answer", slice, said);
            }
        }
        if self.danger && self.state.is_open() {
            add("danger", "".into(), said);
        }
        if let Some(plan) = &self.plan {
            add("promise", "made".into(), plan.due_day);
            if self.fixed_day.is_some_and(|fixed| fixed <= plan.due_day) {
                add("promise", "kept".into(), plan.due_day);
            }
        }
        if let Some(verified) = self.verified_day {
            add("resolved", self.kind.as_str().into(), verified);
        }
        counted
    }
}

/// Changes of tallies, folded so that each key occurs once; sorted, so that two writers take
/// their rows in the same order and can't deadlock.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Deltas(BTreeMap<TallyKey, i64>);

impl Deltas {
    /// Counts one step of a case on a local day.
    pub fn count(&mut self, step: &Step, day: Day) {
        let case = &step.case;
        if step.from.is_none() {
            self.of(case, "reported", case.kind.as_str(), day, 1);
        }
        if step.from != Some(case.state) {
            self.of(case, "entered", case.state.as_str(), day, 1);
            self.of(case, "state", case.state.as_str(), day, 1);
            if let Some(from) = step.from {
                self.of(case, "state", from.as_str(), day, -1);
            }
        }
        let due_to = case.running_deadline();
        if step.due_from != due_to {
            if let Some(due) = step.due_from {
                self.of(case, "due", "", due, -1);
            }
            if let Some(due) = due_to {
                self.of(case, "due", "", due, 1);
            }
        }
        for (counted, n) in [(step.counted.clone(), -1), (case.counted(), 1)] {
            for it in counted {
                self.add(case.enterprise, it.measure, it.slice, it.day, n);
            }
        }
    }

    fn of(&mut self, case: &Case, measure: &'static str, slice: &'static str, day: Day, n: i64) {
        self.add(case.enterprise, measure, slice.into(), day, n);
    }

    fn add(
        &mut self,
        enterprise: EnterpriseId,
        measure: &'static str,
        slice: Cow<'static, str>,
        day: Day,
        n: i64,
    ) {
        let key = TallyKey {
            enterprise,
            measure,
            slice,
            day,
        };
        *self.0.entry(key).or_default() += n;
    }

    /// Counts money on a local day, in minor units by currency.
    pub fn money(&mut self, enterprise: EnterpriseId, measure: &'static str, it: &Money, day: Day) {
        let slice = Cow::Owned(it.currency.clone());
        self.add(enterprise, measure, slice, day, it.minor);
    }

    /// Counts what a project saves as it stands: once to count it, with -1 to take it back.
    pub fn saving(&mut self, project: &Project, n: i64) {
        if let Some((money, day)) = project.counted_saving() {
            let slice = Cow::Owned(money.currency);
            self.add(project.enterprise, "saving", slice, day, n * money.minor);
        }
    }

    /// The changes that are not zero, in key order.
    pub fn into_changes(self) -> impl Iterator<Item = (TallyKey, i64)> {
        self.0.into_iter().filter(|(_, n)| *n != 0)
    }
}
