//! The improvement team (EIT): its members and their balance, the agenda that writes itself, and
//! what may be decided in its meeting.

use crate::answers::ANSWER_DAYS;
use crate::cases::{Action, Case, Kind, State};
use crate::problem::{Code, Problem};
use crate::time::Day;
use crate::words::words;

/// Deadlines within this many days are on the agenda.
pub const DUE_DAYS: i64 = 7;
/// Most cases that one batch of decisions changes.
pub const MAX_DECISIONS: usize = 64;
/// Most ideas that are written down at once.
pub const MAX_IDEAS: usize = 100;
/// Most steps that one case takes in one decision.
pub const MAX_STEPS: usize = 3;

words! {
    /// What a member is in the team.
    TeamRole {
        /// Leads it (组长).
        Leader = "leader",
        /// Stands in for the leader (副组长).
        Deputy = "deputy",
        /// Keeps the minutes (秘书).
        Secretary = "secretary",
        /// Carries word to and from a shift (联络员).
        Liaison = "liaison",
        /// Takes part.
        Member = "member",
    }
    /// On which side of the factory a member stands; a team wants both.
    Side {
        /// A worker.
        Worker = "worker",
        /// A manager.
        Manager = "manager",
    }
    /// Only for the balance of the team; it need not be said.
    Sex {
        /// A woman.
        Female = "f",
        /// A man.
        Male = "m",
    }
    /// What brings a guest.
    GuestKind {
        /// Trains the team.
        Trainer = "trainer",
        /// Coaches and inspects.
        Inspector = "inspector",
        /// Somebody else.
        Other = "other",
    }
    /// Where a meeting stands.
    MeetingState {
        /// People sit together.
        Open = "open",
        /// Over; its minutes stand.
        Closed = "closed",
        /// Its minutes hang on the wall.
        Posted = "posted",
    }
    /// Why a case is on the agenda, in the order of the agenda.
    Section {
        /// Nobody has answered it for more than a week.
        Unanswered = "unanswered",
        /// New, or the reporter says that it is not fixed.
        New = "new",
        /// Planned, and the day has passed.
        Overdue = "overdue",
        /// Planned, and due within a week.
        Due = "due",
        /// Done; somebody else has to look at it.
        ToVerify = "to_verify",
        /// Accepted, and nobody has been named for it yet.
        Unplanned = "unplanned",
    }
}

/// Why a case is on the agenda of a meeting on this day; `None` where it is not. An open case
/// stands under one heading, and only what is planned for later stands under none.
pub fn section(case: &Case, today: Day) -> Option<Section> {
    if case.kind == Kind::InjuryImported {
        return None;
    }
    match case.state {
        State::New if case.reported_day < today.plus(-ANSWER_DAYS) => Some(Section::Unanswered),
        State::New => Some(Section::New),
        State::Accepted if case.disputed => Some(Section::New),
        State::Accepted => Some(Section::Unplanned),
        State::Planned if case.is_overdue(today) => Some(Section::Overdue),
        State::Planned => case
            .running_deadline()
            .filter(|due| *due <= today.plus(DUE_DAYS))
            .map(|_| Section::Due),
        State::Done => Some(Section::ToVerify),
        _ => None,
    }
}

/// Whether this can be decided in a meeting. Typing up a voice clip is desk work, and only the
/// reporter says whether it is fixed.
///
/// # Errors
/// `case.not_allowed`.
pub fn check_decision(action: &Action) -> Result<(), Problem> {
    match action {
        Action::Transcribe { .. } | Action::Verdict { .. } => Err(Code::CaseNotAllowed.problem()),
        _ => Ok(()),
    }
}

/// Sides, sexes and shifts of a team, as plain counts. They are shown, never enforced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Balance {
    /// Workers.
    pub workers: i64,
    /// Managers.
    pub managers: i64,
    /// Women, where it was said.
    pub women: i64,
    /// Men, where it was said.
    pub men: i64,
    /// How many of each shift, by name; those without one are left out.
    pub shifts: Vec<(String, i64)>,
}

impl Balance {
    /// Counts members.
    pub fn of<'a>(members: impl Iterator<Item = (Side, Option<Sex>, Option<&'a str>)>) -> Self {
        let mut balance = Self::default();
        let mut shifts = std::collections::BTreeMap::<String, i64>::new();
        for (side, sex, shift) in members {
            match side {
                Side::Worker => balance.workers += 1,
                Side::Manager => balance.managers += 1,
            }
            match sex {
                Some(Sex::Female) => balance.women += 1,
                Some(Sex::Male) => balance.men += 1,
                None => {}
            }
            if let Some(shift) = shift {
                *shifts.entry(shift.to_owned()).or_default() += 1;
            }
        }
        balance.shifts = shifts.into_iter().collect();
        balance
    }

    /// Gentle words about what is missing: `no_workers`, `few_workers` (fewer than managers),
    /// `no_managers`, `no_women`, `no_men`. None for a team that is empty.
    pub fn hints(&self) -> Vec<&'static str> {
        let mut hints = Vec::new();
        if self.workers + self.managers == 0 {
            return hints;
        }
        if self.workers == 0 {
            hints.push("no_workers");
        } else if self.workers < self.managers {
            hints.push("few_workers");
        }
        if self.managers == 0 {
            hints.push("no_managers");
        }
        let said = self.women + self.men;
        if said > 0 && self.women == 0 {
            hints.push("no_women");
        }
        if said > 0 && self.men == 0 {
            hints.push("no_men");
        }
        hints
    }
}

/// The next day on which a team meets that meets on this day of the week, 1 being Monday; never
/// today itself.
pub fn next_meeting(weekday: i64, today: Day) -> Day {
    // The first day of the epoch was a Thursday.
    let now = (today.0 + 3).rem_euclid(7) + 1;
    today.plus((weekday - now - 1).rem_euclid(7) + 1)
}

/// Reads the hour of a meeting as it is written, such as `16:30`; empty where there is none.
///
/// # Errors
/// `input.invalid` at `meets_at`.
pub fn meets_at(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    let is_hour = || {
        let (hour, minute) = text.split_once(':')?;
        let two = |part: &str, below: u8| {
            let is_two = part.len() == 2 && part.bytes().all(|it| it.is_ascii_digit());
            (is_two && part.parse::<u8>().ok()? < below).then_some(())
        };
        two(hour, 24).and(two(minute, 60))
    };
    if text.is_empty() || is_hour().is_some() {
        Ok(text.to_owned())
    } else {
        Err(Code::InputInvalid.at("meets_at"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::{Category, Finder, Plan, Source, Voice};
    use crate::ids::{CaseId, EnterpriseId, PersonId};
    use crate::reports::{Arrival, Report};
    use crate::time::Instant;
    use proptest::prelude::*;
    use uuid::Uuid;

    const TODAY: Day = Day(20_000);

    fn case(state: State, reported: i64, due: Option<i64>, disputed: bool) -> Case {
        let report = Report {
            category: Category::Fire,
            text: "exit blocked".into(),
            voice: Voice::Anonymous,
            name: None,
            finder: Some(Finder::Worker),
            danger: false,
            name_machine: false,
            reader: crate::apart::Reader::Team,
            attachments: vec![],
        };
        let arrival = Arrival {
            enterprise: EnterpriseId(Uuid::nil()),
            id: CaseId(Uuid::from_u128(7)),
            site: None,
            area: None,
            source: Source::Phone,
            day: Day(reported),
            at: Instant(0),
        };
        let mut case = report.open(arrival).case;
        case.state = state;
        case.disputed = disputed;
        case.plan = due.map(|due| Plan {
            owner: PersonId(Uuid::nil()),
            due_day: Day(due),
            measure: String::new(),
            responsibility: String::new(),
            money: None,
            contingency: String::new(),
        });
        case
    }

    proptest! {
        #[test]
        fn what_is_open_is_on_the_agenda_unless_it_is_planned_for_later(
            at in 0..State::ALL.len(),
            age in 0..60i64,
            due in -30..30i64,
            disputed: bool,
        ) {
            let state = State::ALL[at];
            let due = (state == State::Planned).then_some(TODAY.0 + due);
            let case = case(state, TODAY.0 - age, due, disputed);
            let found = section(&case, TODAY);
            let is_open = matches!(state, State::New | State::Accepted | State::Planned | State::Done);
            let is_later = due.is_some_and(|due| due > TODAY.0 + DUE_DAYS);
            prop_assert_eq!(found.is_some(), is_open && !is_later);
            prop_assert_eq!(found == Some(Section::Overdue), due.is_some_and(|due| due < TODAY.0));
            prop_assert_eq!(
                found == Some(Section::Unanswered),
                state == State::New && age > ANSWER_DAYS
            );
        }
    }

    #[test]
    fn an_imported_injury_is_a_record_and_no_task() {
        let mut record = case(State::New, 0, None, false);
        record.kind = Kind::InjuryImported;
        assert_eq!(section(&record, TODAY), None);
    }

    #[test]
    fn balance_is_counted_and_hinted_at_softly() {
        use Sex::{Female, Male};
        use Side::{Manager, Worker};
        let none = Balance::of(std::iter::empty());
        assert_eq!(none.hints(), Vec::<&str>::new());
        let members = [
            (Worker, Some(Male), Some("早班")),
            (Manager, Some(Male), None),
            (Manager, None, Some("早班")),
        ];
        let balance = Balance::of(members.into_iter());
        assert_eq!(
            (
                balance.workers,
                balance.managers,
                balance.women,
                balance.men
            ),
            (1, 2, 0, 2)
        );
        assert_eq!(balance.shifts, [("早班".to_owned(), 2)]);
        assert_eq!(balance.hints(), ["few_workers", "no_women"]);
        let mixed = [(Worker, Some(Female), None), (Manager, Some(Male), None)];
        assert_eq!(Balance::of(mixed.into_iter()).hints(), Vec::<&str>::new());
    }

    #[test]
    fn the_next_meeting_is_within_a_week_and_not_today() {
        // 2026-03-10 is a Tuesday.
        let tuesday = Day::from_date(2026, 3, 10).unwrap();
        assert_eq!(next_meeting(2, tuesday), tuesday.plus(7));
        assert_eq!(next_meeting(3, tuesday), tuesday.plus(1));
        assert_eq!(next_meeting(1, tuesday), tuesday.plus(6));
    }

    #[test]
    fn an_hour_is_two_digits_and_two_digits() {
        assert_eq!(meets_at(" 16:30 "), Ok("16:30".to_owned()));
        assert_eq!(meets_at(""), Ok(String::new()));
        for wrong in ["24:00", "9:00", "16:60", "half past four", "16:3o", "+1:00"] {
            assert!(meets_at(wrong).is_err(), "{wrong}");
        }
    }
}
