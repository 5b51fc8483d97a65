//! A case: what somebody noticed, and what became of it.

mod action;
mod decide;
pub mod search;
mod words;

pub use action::{Action, Actor};
pub use decide::{Context, MAX_TEXT, Step};
pub use words::{Category, Finder, Kind, Legal, Source, State, Voice};

use serde::{Deserialize, Serialize};

use crate::ids::{AreaId, CaseId, EnterpriseId, PersonId, SiteId, UserId};
use crate::money::Money;
use crate::notices::Alarm;
use crate::time::{Day, Instant};

/// Risk level, 1 (major, red) to 4 (low, blue).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Level(u8);

impl Level {
    /// The number, 1 to 4.
    pub fn number(self) -> u8 {
        self.0
    }
}

impl TryFrom<i64> for Level {
    type Error = &'static str;
    fn try_from(number: i64) -> Result<Self, &'static str> {
        match u8::try_from(number) {
            Ok(level @ 1..=4) => Ok(Self(level)),
            _ => Err("a risk level is 1, 2, 3 or 4"),
        }
    }
}

impl From<Level> for i64 {
    fn from(level: Level) -> Self {
        Self::from(level.0)
    }
}

/// How a risk was graded, under which version of which pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grading {
    /// Likelihood, 1 to 5.
    pub likelihood: u8,
    /// Severity, 1 to 5.
    pub severity: u8,
    /// The level that the pack gives.
    pub level: Level,
    /// Pack and version, such as `cn/risk-ls@2024.1`; a new version never regrades.
    pub pack: String,
}

/// What shall be done, by whom, until when. A hazard needs the five fulfilments (五落实):
/// measure, responsibility, money, deadline, plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The person who answers for it.
    pub owner: PersonId,
    /// Last day.
    pub due_day: Day,
    /// What is to be done (整改措施).
    pub measure: String,
    /// The responsible post or unit (责任).
    pub responsibility: String,
    /// Money set aside (资金); zero is an answer, nothing is not.
    pub money: Option<Money>,
    /// What protects people until it is done (预案).
    pub contingency: String,
}

/// The present state of a case; its past is in its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The tenant.
    pub enterprise: EnterpriseId,
    /// Random id.
    pub id: CaseId,
    /// Counts the events; a writer must know the latest.
    pub version: i64,
    /// Hazard, near miss, idea, or an imported injury.
    pub kind: Kind,
    /// The pictogram that was chosen.
    pub category: Category,
    /// Named, in confidence or anonymous.
    pub voice: Voice,
    /// How it came in.
    pub source: Source,
    /// Who found it, where that was said.
    pub finder: Option<Finder>,
    /// Imminent danger.
    pub danger: bool,
    /// The site.
    pub site: Option<SiteId>,
    /// The area; for an anonymous voice one that is large enough.
    pub area: Option<AreaId>,
    /// What was said, or what a voice clip was typed up as.
    pub text: String,
    /// Where it stands.
    pub state: State,
    /// The day it was reported.
    pub reported_day: Day,
    /// The instant, never for an anonymous voice.
    pub reported_at: Option<Instant>,
    /// The written answer.
    pub answer: Option<String>,
    /// The day of the first answer.
    pub answered_day: Option<Day>,
    /// The risk grade.
    pub grading: Option<Grading>,
    /// General or major hazard, the legal axis.
    pub legal: Option<Legal>,
    /// The plan.
    pub plan: Option<Plan>,
    /// The user who said that it is done.
    pub fixer: Option<UserId>,
    /// The day it was done.
    pub fixed_day: Option<Day>,
    /// The day somebody other than the fixer accepted it.
    pub verified_day: Option<Day>,
    /// The case that this one was merged into.
    pub merged_into: Option<CaseId>,
    /// To whom it was referred.
    pub referred_to: Option<String>,
    /// The reporter said "not fixed" and nobody has looked since.
    pub disputed: bool,
    /// The alarm that an imminent danger has raised.
    pub alarm: Option<Alarm>,
}

impl Case {
    /// The deadline that runs now, if one does: it counts towards "due" and "overdue".
    pub fn running_deadline(&self) -> Option<Day> {
        match self.state {
            State::Planned => self.plan.as_ref().map(|plan| plan.due_day),
            _ => None,
        }
    }

    /// Whether it should have been done before today.
    pub fn is_overdue(&self, today: Day) -> bool {
        self.running_deadline().is_some_and(|due| due < today)
    }

    /// The short reference that people say aloud, such as `K7Q-2MX`; derived from the random id,
    /// so it carries no order.
    pub fn reference(&self) -> String {
        reference(self.id)
    }
}

/// The short reference of a case id.
pub fn reference(id: CaseId) -> String {
    let text = crate::report_code::crockford(&id.0.as_bytes()[..5]);
    format!("{}-{}", &text[..3], &text[3..6])
}
