//! An improvement project: what a team sets out to do better, what it costs, and what it saves.
//!
//! A saving counts in figures only once a second person has verified it: somebody who neither owns
//! the project nor entered the amount.

mod decide;
mod saving;
mod words;

pub use decide::{Action, Actor};
pub use saving::{Entered, MAX_SAVING, Saving};
pub use words::{SavingStage, State, Theme};

use serde::{Deserialize, Serialize};

use crate::cases::MAX_TEXT;
use crate::ids::{AreaId, EnterpriseId, PersonId, ProjectId, TeamId, UserId};
use crate::money::Money;
use crate::problem::{Code, Problem};
use crate::time::Day;

/// Characters of a title.
pub const MAX_TITLE: usize = 120;

/// Times that "why?" is asked (五个为什么).
pub const MAX_WHYS: usize = 5;

/// Cases that one project comes from.
pub const MAX_CASES: usize = 20;

/// Pictures of one project.
pub const MAX_PICTURES: usize = 12;

/// What people write about a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// What it is called.
    pub title: String,
    /// What it is about.
    pub theme: Theme,
    /// Where.
    pub area: Option<AreaId>,
    /// The improvement team that carries it.
    pub team: Option<TeamId>,
    /// The person who answers for it.
    pub owner: Option<PersonId>,
    /// How it is now.
    pub problem: String,
    /// What shall be done.
    pub measure: String,
    /// Why it is so: each line asks why of the one before.
    pub whys: Vec<String>,
    /// Last day.
    pub due_day: Option<Day>,
    /// ISO 4217 code of all its money.
    pub currency: String,
}

impl Draft {
    /// The same, tidy.
    ///
    /// # Errors
    /// `input.missing` without a title or with a gap between the whys, `input.too_long`,
    /// `input.invalid` for the currency.
    pub fn tidy(self) -> Result<Self, Problem> {
        let title = text(&self.title, "title", MAX_TITLE)?;
        if title.is_empty() {
            return Err(Code::InputMissing.at("title"));
        }
        let mut whys = self
            .whys
            .iter()
            .map(|why| text(why, "whys", MAX_TEXT))
            .collect::<Result<Vec<_>, _>>()?;
        while whys.last().is_some_and(String::is_empty) {
            whys.pop();
        }
        if whys.iter().any(String::is_empty) {
            return Err(Code::InputMissing.at("whys"));
        }
        if whys.len() > MAX_WHYS {
            return Err(Code::InputTooLong.at("whys"));
        }
        Money::new(0, &self.currency).or(Err(Code::InputInvalid.at("currency")))?;
        Ok(Self {
            title,
            problem: text(&self.problem, "problem", MAX_TEXT)?,
            measure: text(&self.measure, "measure", MAX_TEXT)?,
            whys,
            ..self
        })
    }
}

/// Which savings are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Savings {
    /// What was hoped for.
    pub target: Option<Entered>,
    /// What it looks like on the way.
    pub forecast: Option<Entered>,
    /// What it came to.
    pub actual: Option<Entered>,
}

impl Savings {
    /// That of a stage.
    pub fn of(&self, stage: SavingStage) -> Option<&Entered> {
        match stage {
            SavingStage::Target => self.target.as_ref(),
            SavingStage::Forecast => self.forecast.as_ref(),
            SavingStage::Actual => self.actual.as_ref(),
        }
    }

    /// Puts one in its place.
    pub fn set(&mut self, stage: SavingStage, saving: Option<Entered>) {
        *match stage {
            SavingStage::Target => &mut self.target,
            SavingStage::Forecast => &mut self.forecast,
            SavingStage::Actual => &mut self.actual,
        } = saving;
    }
}

/// The present state of a project; its past is in its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// The tenant.
    pub enterprise: EnterpriseId,
    /// Random id.
    pub id: ProjectId,
    /// Counts the events; a writer must know the latest.
    pub version: i64,
    /// What people wrote.
    pub draft: Draft,
    /// Where it stands.
    pub state: State,
    /// What it may cost, in minor units.
    pub cost_target: Option<i64>,
    /// What it cost.
    pub cost_actual: Option<i64>,
    /// What it saves.
    pub savings: Savings,
    /// Who proposed it.
    pub proposed_by: UserId,
    /// When.
    pub proposed_day: Day,
    /// The day it was done.
    pub done_day: Option<Day>,
    /// Who verified it.
    pub verified_by: Option<UserId>,
    /// The day of that.
    pub verified_day: Option<Day>,
    /// Why it was stopped.
    pub stop_reason: Option<String>,
    /// The project that it repeats elsewhere.
    pub origin: Option<ProjectId>,
}

impl Project {
    /// A new proposal.
    ///
    /// # Errors
    /// Those of [`Draft::tidy`].
    pub fn propose(
        enterprise: EnterpriseId,
        id: ProjectId,
        draft: Draft,
        by: UserId,
        today: Day,
    ) -> Result<Self, Problem> {
        Ok(Self {
            enterprise,
            id,
            version: 1,
            draft: draft.tidy()?,
            state: State::Proposed,
            cost_target: None,
            cost_actual: None,
            savings: Savings::default(),
            proposed_by: by,
            proposed_day: today,
            done_day: None,
            verified_by: None,
            verified_day: None,
            stop_reason: None,
            origin: None,
        })
    }

    /// The same in another area: what was learnt goes along, what it cost and saved does not.
    ///
    /// # Errors
    /// `project.not_allowed` before it is done, `input.invalid` for the same area.
    pub fn copy(
        &self,
        id: ProjectId,
        area: AreaId,
        by: UserId,
        today: Day,
    ) -> Result<Self, Problem> {
        if !matches!(self.state, State::Done | State::Verified) {
            return Err(Code::ProjectNotAllowed.problem());
        }
        if self.draft.area == Some(area) {
            return Err(Code::InputInvalid.at("area"));
        }
        let draft = Draft {
            area: Some(area),
            team: None,
            owner: None,
            due_day: None,
            ..self.draft.clone()
        };
        let copy = Self::propose(self.enterprise, id, draft, by, today)?;
        Ok(Self {
            origin: Some(self.id),
            ..copy
        })
    }

    /// Its saving as it counts in figures, by the day on which it was verified.
    pub fn counted_saving(&self) -> Option<(Money, Day)> {
        let actual = self.savings.actual.as_ref()?;
        let day = self.verified_day?;
        (self.state == State::Verified).then(|| {
            let money = Money {
                minor: actual.minor,
                currency: self.draft.currency.clone(),
            };
            (money, day)
        })
    }

    /// Whether it should have been done before today.
    pub fn is_overdue(&self, today: Day) -> bool {
        matches!(self.state, State::Planned | State::UnderWay)
            && self.draft.due_day.is_some_and(|due| due < today)
    }
}

/// The short reference of a project that people say aloud; its `P` tells it from a case.
pub fn reference(id: ProjectId) -> String {
    let text = crate::report_code::crockford(&id.0.as_bytes()[..5]);
    format!("P-{}-{}", &text[..3], &text[3..6])
}

fn text(written: &str, path: &str, most: usize) -> Result<String, Problem> {
    let tidy = written.trim();
    if tidy.chars().count() > most {
        return Err(Code::InputTooLong.at(path));
    }
    Ok(tidy.to_owned())
}

#[cfg(test)]
mod tests;
