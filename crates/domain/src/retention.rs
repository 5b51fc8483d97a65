//! What is erased when it is over, and when that is.

use serde::{Deserialize, Serialize};

use crate::time::Day;

/// A sort of data about people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Report codes of cases that are over.
    ReportCodes,
    /// Names under reports.
    Names,
    /// Questions to reporters, and replies.
    Messages,
    /// What was said without a name or in confidence, with recordings.
    Words,
    /// Reports that were kept apart from the team.
    Apart,
    /// What users were told.
    Notices,
    /// Who looked at names and recordings.
    Looks,
}

impl What {
    /// All of them, in the order in which they are erased: what leads to others comes last.
    pub const ALL: [Self; 7] = [
        Self::Names,
        Self::Messages,
        Self::Words,
        Self::Apart,
        Self::Notices,
        Self::Looks,
        Self::ReportCodes,
    ];

    /// The word in rule files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReportCodes => "report_codes",
            Self::Names => "names",
            Self::Messages => "messages",
            Self::Words => "words",
            Self::Apart => "apart",
            Self::Notices => "notices",
            Self::Looks => "looks",
        }
    }
}

/// What was over before this day is over for good. A month counts 31 days: nothing goes too early.
pub fn over_before(today: Day, months: i64) -> Day {
    today.plus(-31 * months)
}

/// Whether an enterprise's data must stay as it is, whatever its age: somebody may need it in a dispute.
pub fn is_held(hold_until: Option<Day>, today: Day) -> bool {
    hold_until.is_some_and(|until| today <= until)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_is_never_cut_short() {
        let today = Day::from_date(2026, 11, 23).unwrap();
        let year_ago = Day::from_date(2025, 11, 23).unwrap();
        assert!(over_before(today, 12) <= year_ago);
        assert!(over_before(today, 1) < today);
    }

    #[test]
    fn a_hold_counts_its_last_day() {
        let day = Day(20_000);
        assert!(is_held(Some(day), day));
        assert!(!is_held(Some(day), day.plus(1)));
        assert!(!is_held(None, day));
    }
}
