//! The rules of a project's life. Pure: a project, an action and who acts give the next project or
//! a problem.

use serde::{Deserialize, Serialize};

use super::{Draft, Entered, MAX_SAVING, Project, Saving, SavingStage, State, text};
use crate::cases::MAX_TEXT;
use crate::ids::{CaseId, PersonId, UserId};
use crate::permissions::Permission;
use crate::problem::{Code, Problem};
use crate::time::Day;

/// One step in a project's life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Action {
    /// Write it anew.
    Change {
        /// What shall stand there.
        draft: Draft,
    },
    /// It will be done: it has an owner, a day and a way.
    Plan,
    /// People begin.
    Start,
    /// It is done.
    Finish {
        /// What was done.
        note: String,
    },
    /// A second person has looked at it and at its saving.
    Verify {
        /// What was seen.
        note: String,
    },
    /// It is not good enough.
    SendBack {
        /// What is missing.
        note: String,
    },
    /// It is given up.
    Stop {
        /// Why.
        reason: String,
    },
    /// It has to be looked at again; a saving that counted counts no more.
    Reopen {
        /// Why.
        reason: String,
    },
    /// What it may cost and what it cost.
    Cost {
        /// Set aside, in minor units.
        target: Option<i64>,
        /// Spent.
        actual: Option<i64>,
    },
    /// What it saves.
    Saving {
        /// How sure that is.
        stage: SavingStage,
        /// How it is reckoned; nothing takes it away.
        saving: Option<Saving>,
    },
    /// It comes from a case too.
    Link {
        /// Which.
        case: CaseId,
    },
    /// It does not come from this case after all.
    Unlink {
        /// Which.
        case: CaseId,
    },
}

impl Action {
    /// The event's name, as stored.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Change { .. } => "change",
            Self::Plan => "plan",
            Self::Start => "start",
            Self::Finish { .. } => "finish",
            Self::Verify { .. } => "verify",
            Self::SendBack { .. } => "send_back",
            Self::Stop { .. } => "stop",
            Self::Reopen { .. } => "reopen",
            Self::Cost { .. } => "cost",
            Self::Saving { .. } => "saving",
            Self::Link { .. } => "link",
            Self::Unlink { .. } => "unlink",
        }
    }

    /// What a user must hold to do it.
    pub fn permission(&self) -> Permission {
        match self {
            Self::Verify { .. } | Self::SendBack { .. } => Permission::ProjectVerify,
            _ => Permission::ProjectManage,
        }
    }
}

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    /// The login.
    pub user: UserId,
    /// The person in the register.
    pub person: PersonId,
}

/// What can be done from which states, with which permission: the whole life of a project.
const TABLE: &[(&str, Permission, &[State])] = {
    use Permission::{ProjectManage as Manage, ProjectVerify as Check};
    use State::{Done, Planned, Proposed, Stopped, UnderWay, Verified};
    const OPEN: &[State] = &[Proposed, Planned, UnderWay, Done];
    &[
        ("plan", Manage, &[Proposed]),
        ("start", Manage, &[Planned]),
        ("finish", Manage, &[UnderWay]),
        ("verify", Check, &[Done]),
        ("send_back", Check, &[Done]),
        ("change", Manage, &[Proposed, Planned, UnderWay]),
        ("cost", Manage, OPEN),
        ("saving", Manage, OPEN),
        ("link", Manage, OPEN),
        ("unlink", Manage, OPEN),
        ("stop", Manage, OPEN),
        ("reopen", Manage, &[Verified, Stopped]),
    ]
};

impl Project {
    /// Takes one step, or says why it can't be taken.
    ///
    /// # Errors
    /// `project.not_allowed` in the wrong state, `project.second_person` where the owner or the one
    /// who entered the saving would verify, `project.reason_missing`, `input.*`.
    pub fn decide(&self, action: &Action, actor: Actor, today: Day) -> Result<Self, Problem> {
        let is_open = TABLE
            .iter()
            .any(|(name, _, states)| *name == action.name() && states.contains(&self.state));
        if !is_open {
            return Err(Code::ProjectNotAllowed.problem());
        }
        let mut next = self.clone();
        next.version += 1;
        match action {
            Action::Change { draft } => next.change(draft.clone())?,
            Action::Plan => {
                next.state = State::Planned;
                next.check_planned()?;
            }
            Action::Start => next.state = State::UnderWay,
            Action::Finish { note } => {
                said(note, "note")?;
                next.state = State::Done;
                next.done_day = Some(today);
            }
            Action::Verify { note } => {
                text(note, "note", MAX_TEXT)?;
                self.refuse_the_first_person(actor)?;
                next.state = State::Verified;
                next.verified_by = Some(actor.user);
                next.verified_day = Some(today);
            }
            Action::SendBack { note } => {
                said(note, "note")?;
                next.state = State::UnderWay;
                next.done_day = None;
            }
            Action::Stop { reason } => {
                next.stop_reason = Some(said(reason, "reason")?);
                next.state = State::Stopped;
                next.done_day = None;
            }
            Action::Reopen { reason } => {
                said(reason, "reason")?;
                next.reopen();
            }
            Action::Cost { target, actual } => {
                next.cost_target = amount(*target, "target")?;
                next.cost_actual = amount(*actual, "actual")?;
            }
            Action::Saving { stage, saving } => next.save(*stage, saving.as_ref(), actor, today)?,
            // The cases stand in a table of their own; here they leave their line in the record.
            Action::Link { .. } | Action::Unlink { .. } => {}
        }
        Ok(next)
    }

    /// The names of the actions that the rules allow an actor now, given what they may do at all.
    pub fn possible(&self, actor: Actor, may: &dyn Fn(Permission) -> bool) -> Vec<&'static str> {
        let is_first = self.refuse_the_first_person(actor).is_err();
        TABLE
            .iter()
            .filter(|(name, permission, states)| {
                states.contains(&self.state) && may(*permission) && !(*name == "verify" && is_first)
            })
            .map(|(name, ..)| *name)
            .collect()
    }

    fn change(&mut self, draft: Draft) -> Result<(), Problem> {
        let draft = draft.tidy()?;
        let has_money = self.cost_target.is_some()
            || self.cost_actual.is_some()
            || SavingStage::ALL
                .iter()
                .any(|stage| self.savings.of(*stage).is_some());
        // An amount that somebody entered must not become another one by its currency.
        if has_money && draft.currency != self.draft.currency {
            return Err(Code::InputInvalid.at("currency"));
        }
        self.draft = draft;
        if self.state == State::Proposed {
            Ok(())
        } else {
            self.check_planned()
        }
    }

    fn check_planned(&self) -> Result<(), Problem> {
        let missing = [
            ("owner", self.draft.owner.is_none()),
            ("due_day", self.draft.due_day.is_none()),
            ("measure", self.draft.measure.is_empty()),
        ];
        match missing.iter().find(|(_, is_missing)| *is_missing) {
            Some((path, _)) => Err(Code::InputMissing.at(path)),
            None => Ok(()),
        }
    }

    fn reopen(&mut self) {
        self.state = match self.state {
            State::Stopped if self.check_planned().is_ok() => State::Planned,
            State::Stopped => State::Proposed,
            _ => State::UnderWay,
        };
        self.stop_reason = None;
        self.done_day = None;
        self.verified_by = None;
        self.verified_day = None;
    }

    fn save(
        &mut self,
        stage: SavingStage,
        saving: Option<&Saving>,
        actor: Actor,
        today: Day,
    ) -> Result<(), Problem> {
        let is_early = !matches!(self.state, State::UnderWay | State::Done);
        if stage == SavingStage::Actual && is_early {
            return Err(Code::ProjectNotAllowed.problem());
        }
        let entered = match saving {
            None => None,
            Some(saving) => {
                let (saving, minor) = saving.reckon()?;
                // Nothing that only begins tomorrow has been saved.
                if stage == SavingStage::Actual && saving.from_day > today {
                    return Err(Code::InputInvalid.at("from_day"));
                }
                Some(Entered {
                    saving,
                    minor,
                    by: actor.user,
                    day: today,
                })
            }
        };
        self.savings.set(stage, entered);
        Ok(())
    }

    fn refuse_the_first_person(&self, actor: Actor) -> Result<(), Problem> {
        let is_owner = self.draft.owner == Some(actor.person);
        let actual = self.savings.actual.as_ref();
        if is_owner || actual.is_some_and(|actual| actual.by == actor.user) {
            return Err(Code::ProjectSecondPerson.problem());
        }
        Ok(())
    }
}

fn said(words: &str, path: &str) -> Result<String, Problem> {
    let words = text(words, path, MAX_TEXT)?;
    if words.is_empty() {
        return Err(Code::ProjectReasonMissing.at(path));
    }
    Ok(words)
}

fn amount(minor: Option<i64>, path: &str) -> Result<Option<i64>, Problem> {
    match minor {
        Some(minor) if !(0..=MAX_SAVING).contains(&minor) => Err(Code::InputInvalid.at(path)),
        minor => Ok(minor),
    }
}
