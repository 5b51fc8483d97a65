//! The rules of a case's life. Pure: a case, an action and its context give the next case or a
//! problem, whatever database or channel it came through.

use super::{Action, Actor, Case, Kind, Plan, State};
use crate::notices::Alarm;
use crate::permissions::Permission;
use crate::problem::{Code, Problem};
use crate::tallies::Counted;
use crate::time::Day;

/// Longest free text, in characters.
pub const MAX_TEXT: usize = 2000;

/// What a decision depends on besides the case.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    /// Who acts.
    pub actor: Actor,
    /// Today in the enterprise's time zone.
    pub today: Day,
}

/// A step that is taken: the case before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The case as it stands now.
    pub case: Case,
    /// The state it came from; `None` for a new case.
    pub from: Option<State>,
    /// The deadline that ran before.
    pub due_from: Option<Day>,
    /// What the case counted as before; nothing for a new one.
    pub counted: Vec<Counted>,
}

impl Case {
    /// Takes one step, or says why it can't be taken.
    ///
    /// # Errors
    /// `case.not_allowed` in the wrong state, `case.answer_missing`, `case.fulfilment_missing`,
    /// `case.same_person` when the fixer would verify, `case.merge_target`, `input.*` for texts.
    pub fn decide(&self, action: &Action, context: Context) -> Result<Step, Problem> {
        let mut next = self.clone();
        next.version += 1;
        let now = self.state;
        match action {
            Action::Accept { answer } => {
                next.move_from(&[State::New], State::Accepted)?;
                next.answer_with(answer, context.today)?;
            }
            Action::Decline { answer } => {
                next.move_from(&[State::New, State::Accepted], State::Declined)?;
                next.answer_with(answer, context.today)?;
            }
            Action::Refer { answer, to } => {
                next.move_from(&[State::New, State::Accepted], State::Referred)?;
                next.answer_with(answer, context.today)?;
                next.referred_to = Some(required(to, "to")?);
            }
            Action::Merge { answer, into } => {
                next.move_from(&[State::New, State::Accepted], State::Merged)?;
                next.answer_with(answer, context.today)?;
                if *into == self.id {
                    return Err(Code::MergeTarget.at("into"));
                }
                next.merged_into = Some(*into);
            }
            Action::Grade { grading, legal } => {
                next.stay_in(&[State::New, State::Accepted, State::Planned, State::Done])?;
                next.grading = Some(grading.clone());
                next.legal = *legal;
            }
            Action::Plan { plan } => {
                next.move_from(&[State::Accepted, State::Planned], State::Planned)?;
                next.plan = Some(complete(plan, self.kind, context.today)?);
            }
            Action::Finish { note } => {
                next.move_from(&[State::Accepted, State::Planned], State::Done)?;
                required(note, "note")?;
                next.fixer = context.actor.user();
                next.fixed_day = Some(context.today);
            }
            Action::Verify { note } => {
                next.move_from(&[State::Done], State::Verified)?;
                optional(note, "note")?;
                next.refuse_the_fixer(context.actor)?;
                next.verified_day = Some(context.today);
            }
            Action::SendBack { note } => {
                let back = if self.plan.is_some() {
                    State::Planned
                } else {
                    State::Accepted
                };
                next.move_from(&[State::Done], back)?;
                required(note, "note")?;
                next.refuse_the_fixer(context.actor)?;
                next.fixer = None;
                next.fixed_day = None;
            }
            Action::Close { note } => {
                next.move_from(&[State::Verified], State::Closed)?;
                optional(note, "note")?;
            }
            Action::Reopen { reason } => {
                required(reason, "reason")?;
                next.reopen()?;
            }
            Action::Transcribe { text } => {
                next.stay_in(&[State::New, State::Accepted, State::Planned, State::Done])?;
                next.text = required(text, "text")?;
            }
            // The rules of the reward were asked before; here it leaves its line in the record.
            Action::Reward { .. } => next.stay_in(&[
                State::Accepted,
                State::Planned,
                State::Done,
                State::Verified,
                State::Closed,
                State::Merged,
            ])?,
            Action::Acknowledge {} => {
                let user = context.actor.user();
                next.alarm = Some(self.ringing()?.answered(user)?);
            }
            Action::Escalate {} => next.alarm = Some(self.ringing()?.louder()?),
            Action::Verdict { fixed, note } => {
                optional(note, "note")?;
                if !self.asks_whether_fixed() {
                    return Err(Code::VerdictNotAsked.problem());
                }
                if !fixed {
                    next.reopen()?;
                    next.disputed = true;
                }
            }
        }
        let has_looked = !matches!(action, Action::Reward { .. } | Action::Acknowledge {});
        if has_looked && matches!(context.actor, Actor::User { .. }) {
            next.disputed = false;
        }
        Ok(Step {
            case: next,
            from: Some(now),
            due_from: self.running_deadline(),
            counted: self.counted(),
        })
    }

    /// The alarm that rings now: nobody has answered it, and nobody has finished with the case.
    ///
    /// # Errors
    /// `alarm.silent`.
    pub fn ringing(&self) -> Result<Alarm, Problem> {
        self.alarm
            .filter(|alarm| alarm.answered_by.is_none() && self.state.is_open())
            .ok_or(Code::AlarmSilent.problem())
    }

    /// Whether the reporter is asked "is it fixed?".
    pub fn asks_whether_fixed(&self) -> bool {
        matches!(self.state, State::Done | State::Verified | State::Closed)
            && self.kind != Kind::InjuryImported
    }

    /// The names of the actions that the rules allow an actor now, given what they may do at all.
    pub fn possible(&self, actor: Actor, may: &dyn Fn(Permission) -> bool) -> Vec<&'static str> {
        use State::{Accepted, Closed, Declined, Done, Merged, New, Planned, Referred, Verified};
        let table: [(&'static str, Permission, &[State]); 12] = [
            ("accept", Permission::CaseTriage, &[New]),
            ("decline", Permission::CaseTriage, &[New, Accepted]),
            ("refer", Permission::CaseTriage, &[New, Accepted]),
            ("merge", Permission::CaseTriage, &[New, Accepted]),
            (
                "grade",
                Permission::CaseTriage,
                &[New, Accepted, Planned, Done],
            ),
            (
                "transcribe",
                Permission::CaseTriage,
                &[New, Accepted, Planned, Done],
            ),
            ("plan", Permission::CasePlan, &[Accepted, Planned]),
            ("finish", Permission::CaseFix, &[Accepted, Planned]),
            ("verify", Permission::CaseVerify, &[Done]),
            ("send_back", Permission::CaseVerify, &[Done]),
            ("close", Permission::CaseClose, &[Verified]),
            (
                "reopen",
                Permission::CaseClose,
                &[Declined, Referred, Merged, Done, Verified, Closed],
            ),
        ];
        if self.kind == Kind::InjuryImported {
            return Vec::new();
        }
        table
            .into_iter()
            .filter(|(name, permission, states)| {
                let own_fix = matches!(*name, "verify" | "send_back")
                    && self.refuse_the_fixer(actor).is_err();
                states.contains(&self.state) && may(*permission) && !own_fix
            })
            .map(|(name, ..)| name)
            .collect()
    }

    fn move_from(&mut self, from: &[State], to: State) -> Result<(), Problem> {
        self.stay_in(from)?;
        self.state = to;
        Ok(())
    }

    fn stay_in(&self, states: &[State]) -> Result<(), Problem> {
        if states.contains(&self.state) && self.kind != Kind::InjuryImported {
            Ok(())
        } else {
            Err(Code::CaseNotAllowed.problem())
        }
    }

    fn answer_with(&mut self, answer: &str, today: Day) -> Result<(), Problem> {
        if answer.trim().is_empty() {
            return Err(Code::AnswerMissing.at("answer"));
        }
        self.answer = Some(required(answer, "answer")?);
        self.answered_day = self.answered_day.or(Some(today));
        Ok(())
    }

    /// Neither who fixed it nor who answered for the fix may accept it (谁整改谁不得验收).
    fn refuse_the_fixer(&self, actor: Actor) -> Result<(), Problem> {
        let Actor::User { user, person } = actor else {
            return Err(Code::SamePerson.problem());
        };
        let owner = self.plan.as_ref().map(|plan| plan.owner);
        if self.fixer == Some(user) || owner == Some(person) {
            return Err(Code::SamePerson.problem());
        }
        Ok(())
    }

    fn reopen(&mut self) -> Result<(), Problem> {
        let again = match self.state {
            State::Done | State::Verified | State::Closed => State::Accepted,
            State::Declined | State::Referred | State::Merged => State::New,
            State::New | State::Accepted | State::Planned => {
                return Err(Code::CaseNotAllowed.problem());
            }
        };
        self.stay_in(&[self.state])?;
        self.state = again;
        self.plan = None;
        self.fixer = None;
        self.fixed_day = None;
        self.verified_day = None;
        self.merged_into = None;
        self.referred_to = None;
        Ok(())
    }
}

fn complete(plan: &Plan, kind: Kind, today: Day) -> Result<Plan, Problem> {
    if plan.due_day < today {
        return Err(Code::InputInvalid.at("due_day"));
    }
    let plan = Plan {
        measure: optional(&plan.measure, "measure")?,
        responsibility: optional(&plan.responsibility, "responsibility")?,
        contingency: optional(&plan.contingency, "contingency")?,
        ..plan.clone()
    };
    if kind == Kind::Hazard {
        let missing = [
            (plan.measure.is_empty(), "measure"),
            (plan.responsibility.is_empty(), "responsibility"),
            (plan.money.is_none(), "money"),
            (plan.contingency.is_empty(), "contingency"),
        ];
        if let Some((_, path)) = missing.into_iter().find(|(is_missing, _)| *is_missing) {
            return Err(Code::FulfilmentMissing.at(path));
        }
    }
    Ok(plan)
}

fn required(text: &str, path: &str) -> Result<String, Problem> {
    let text = optional(text, path)?;
    if text.is_empty() {
        Err(Code::InputMissing.at(path))
    } else {
        Ok(text)
    }
}

fn optional(text: &str, path: &str) -> Result<String, Problem> {
    let text = text.trim();
    if text.chars().count() > MAX_TEXT {
        return Err(Code::InputTooLong.at(path));
    }
    Ok(text.to_owned())
}
