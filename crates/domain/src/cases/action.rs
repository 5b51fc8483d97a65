//! What can be done to a case, and by whom.

use serde::{Deserialize, Serialize};

use super::{Grading, Legal, Plan};
use crate::ids::{CaseId, PersonId, UserId};
use crate::money::Money;
use crate::permissions::Permission;

/// One step in a case's life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Action {
    /// It will be done.
    Accept {
        /// The written answer.
        answer: String,
    },
    /// It will not be done.
    Decline {
        /// The written answer with the reason.
        answer: String,
    },
    /// Somebody else decides.
    Refer {
        /// The written answer.
        answer: String,
        /// To whom.
        to: String,
    },
    /// It is the same as another case.
    Merge {
        /// The written answer.
        answer: String,
        /// The case that stands.
        into: CaseId,
    },
    /// Grade the risk.
    Grade {
        /// Under the pack that is named in it.
        grading: Grading,
        /// General or major.
        legal: Option<Legal>,
    },
    /// Set or change the plan.
    Plan {
        /// Owner, deadline and the rest.
        plan: Plan,
    },
    /// It is done; from "accepted" this means fixed on the spot.
    Finish {
        /// What was done.
        note: String,
    },
    /// Somebody other than the fixer accepts it.
    Verify {
        /// What was seen.
        note: String,
    },
    /// It is not good enough.
    SendBack {
        /// What is missing.
        note: String,
    },
    /// Finished with.
    Close {
        /// Anything to add.
        note: String,
    },
    /// It has to be looked at again.
    Reopen {
        /// Why.
        reason: String,
    },
    /// Type up a voice clip.
    Transcribe {
        /// What is said in it.
        text: String,
    },
    /// A reward was approved; the case stays where it is. How it is paid is not its business.
    Reward {
        /// The amount.
        money: Money,
    },
    /// "I go there now": somebody answers the alarm by name; the case stays where it is.
    Acknowledge {},
    /// Nobody has answered the alarm in time: it rings at more people.
    Escalate {},
    /// The reporter's answer to "is it fixed?".
    Verdict {
        /// Yes or not yet.
        fixed: bool,
        /// Anything to add.
        note: String,
    },
}

impl Action {
    /// The event's name, as stored.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Accept { .. } => "accept",
            Self::Decline { .. } => "decline",
            Self::Refer { .. } => "refer",
            Self::Merge { .. } => "merge",
            Self::Grade { .. } => "grade",
            Self::Plan { .. } => "plan",
            Self::Finish { .. } => "finish",
            Self::Verify { .. } => "verify",
            Self::SendBack { .. } => "send_back",
            Self::Close { .. } => "close",
            Self::Reopen { .. } => "reopen",
            Self::Transcribe { .. } => "transcribe",
            Self::Reward { .. } => "reward",
            Self::Acknowledge {} => "acknowledge",
            Self::Escalate {} => "escalate",
            Self::Verdict { .. } => "verdict",
        }
    }

    /// What a user must hold to do it; `None` where only the reporter or the
    /// system can.
    pub fn permission(&self) -> Option<Permission> {
        match self {
            Self::Accept { .. }
            | Self::Decline { .. }
            | Self::Refer { .. }
            | Self::Merge { .. }
            | Self::Grade { .. } => Some(Permission::CaseTriage),
            Self::Transcribe { .. } => Some(Permission::CaseTranscribe),
            Self::Plan { .. } => Some(Permission::CasePlan),
            Self::Finish { .. } => Some(Permission::CaseFix),
            Self::Verify { .. } | Self::SendBack { .. } => Some(Permission::CaseVerify),
            Self::Close { .. } | Self::Reopen { .. } => Some(Permission::CaseClose),
            Self::Reward { .. } => Some(Permission::RewardApprove),
            Self::Acknowledge {} => Some(Permission::AlarmAnswer),
            Self::Verdict { .. } | Self::Escalate {} => None,
        }
    }
}

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// The holder of the report code.
    Reporter,
    /// Somebody who is logged in.
    User {
        /// The login.
        user: UserId,
        /// The person in the register.
        person: PersonId,
    },
    /// The system, for releases and imports.
    System,
}

impl Actor {
    /// The word stored with the event.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Reporter => "reporter",
            Self::User { .. } => "user",
            Self::System => "system",
        }
    }

    /// The user, where one acts.
    pub fn user(&self) -> Option<UserId> {
        match self {
            Self::User { user, .. } => Some(*user),
            Self::Reporter | Self::System => None,
        }
    }
}
