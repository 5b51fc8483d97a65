//! Counts by local day, made in the transaction of the event that they count.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::cases::{Case, Step};
use crate::ids::EnterpriseId;
use crate::money::Money;
use crate::time::Day;

/// One tally: what is counted, of which slice, on which day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TallyKey {
    /// The tenant.
    pub enterprise: EnterpriseId,
    /// `reported` (slice: kind), `found_by` (finder), `entered` (state, each entry), `state`
    /// (state, a running balance), `due` (a running balance by due day), `reward` (currency, minor
    /// units paid).
    pub measure: &'static str,
    /// The slice.
    pub slice: Cow<'static, str>,
    /// The local day of the event; for `due` the day that is due.
    pub day: Day,
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
            self.add(case, "reported", case.kind.as_str(), day, 1);
            let finder = case.finder.map_or("unknown", super::cases::Finder::as_str);
            self.add(case, "found_by", finder, day, 1);
        }
        if step.from != Some(case.state) {
            self.add(case, "entered", case.state.as_str(), day, 1);
            self.add(case, "state", case.state.as_str(), day, 1);
            if let Some(from) = step.from {
                self.add(case, "state", from.as_str(), day, -1);
            }
        }
        let due_to = case.running_deadline();
        if step.due_from != due_to {
            if let Some(due) = step.due_from {
                self.add(case, "due", "", due, -1);
            }
            if let Some(due) = due_to {
                self.add(case, "due", "", due, 1);
            }
        }
    }

    fn add(&mut self, case: &Case, measure: &'static str, slice: &'static str, day: Day, n: i64) {
        let key = TallyKey {
            enterprise: case.enterprise,
            measure,
            slice: Cow::Borrowed(slice),
            day,
        };
        *self.0.entry(key).or_default() += n;
    }

    /// Counts money on a local day, in minor units by currency.
    pub fn money(&mut self, enterprise: EnterpriseId, measure: &'static str, it: &Money, day: Day) {
        let key = TallyKey {
            enterprise,
            measure,
            slice: Cow::Owned(it.currency.clone()),
            day,
        };
        *self.0.entry(key).or_default() += it.minor;
    }

    /// The changes that are not zero, in key order.
    pub fn into_changes(self) -> impl Iterator<Item = (TallyKey, i64)> {
        self.0.into_iter().filter(|(_, n)| *n != 0)
    }
}
