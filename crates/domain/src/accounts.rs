//! Who may have power over somebody's account: which acts on it need a second person, who that can
//! be, and which roles one person must not hold together. An administrator keeps logins; he must not
//! get at names by them.

use crate::ids::UserId;
use crate::people::{Grant, Role};
use crate::permissions::{Permission, holds};
use crate::problem::{Code, Problem};
use crate::time::Day;

/// Days that a change waits where nobody but its subject could agree.
pub const WAIT_DAYS: i64 = 7;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $one:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[$of])* $one,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$one,)*];

            /// The stored word.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$one => $word,)* }
            }

            /// Reads the stored word.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|it| it.as_str() == word)
            }
        }
    };
}

words! {
    /// What is done to an account.
    Act {
        /// A code with which a new password can be set.
        Reset = "reset",
        /// The login is locked.
        Disable = "disable",
        /// The login is opened again.
        Enable = "enable",
        /// A role is given.
        Gain = "gain",
        /// A role is taken away.
        Lose = "lose",
        /// Named as the one who besides the representative reads what is said in confidence.
        Confide = "confide",
        /// Named so no longer.
        Unconfide = "unconfide",
        /// Signed out everywhere by an administrator.
        EndSessions = "end_sessions",
        /// Another password, set by the owner.
        Password = "password",
        /// Signed in through a provider for the first time: whoever the provider says may do so from
        /// now on.
        Link = "link",
        /// Made a key for a machine.
        KeyMade = "key_made",
        /// Ended one.
        KeyEnded = "key_ended",
        /// A second factor, set up by the owner.
        SecondFactor = "second_factor",
        /// The second factor, taken off by the owner.
        NoSecondFactor = "no_second_factor",
        /// A passkey, made by the owner.
        Passkey = "passkey",
        /// A passkey, removed by the owner.
        NoPasskey = "no_passkey",
        /// Second factor and passkeys, taken off by an administrator for an owner who has lost them.
        ResetSecondFactor = "reset_second_factor",
        /// A browser, let in from the owner's phone; refused where it was not.
        ApproveSignIn = "approve_sign_in",
        /// The owner has taken a copy of all that is held about him.
        DataTaken = "data_taken",
    }
}

impl Act {
    /// Whether nobody but the owner is told, and he is told although he did it: it concerns nobody else,
    /// and if it was not he, he must know.
    pub fn is_told_to_owner_alone(self) -> bool {
        self == Self::DataTaken
    }
}

words! {
    /// How far an act has come.
    Phase {
        /// It waits for a second person.
        Asked = "asked",
        /// A second person agreed.
        Agreed = "agreed",
        /// It was objected to, or withdrawn.
        Refused = "refused",
        /// It was done.
        Done = "done",
    }
}

words! {
    /// What became of a change that needs a second person.
    State {
        /// Nobody has said anything yet.
        Waiting = "waiting",
        /// It may be carried out.
        Agreed = "agreed",
        /// It may not.
        Refused = "refused",
        /// It was carried out.
        Done = "done",
    }
}

/// Whether a role reads names of reporters.
pub fn reads_names(role: Role) -> bool {
    holds(role, Permission::ReporterReadNamed) || holds(role, Permission::ReporterReadConfidential)
}

/// Whether the representatives are told when somebody gains or loses a role: where it reads names,
/// or has power over logins.
pub fn is_told(role: Role) -> bool {
    reads_names(role) || role == Role::Administrator
}

/// Whether somebody is a worker representative, be it for one area.
pub fn is_representative(grants: &[Grant]) -> bool {
    grants
        .iter()
        .any(|it| it.role == Role::WorkerRepresentative)
}

/// Stops one person from holding what reads names together with what workers fear: who decides about
/// wages, or about logins. Whoever sets a factory up alone answers its first reports too, so what
/// reads names that were given openly is refused only once there is or was a representative.
///
/// # Errors
/// `user.role_conflict`.
pub fn check_together(
    grants: &[Grant],
    is_confidant: bool,
    had_representative: bool,
) -> Result<(), Problem> {
    let reads_names = |it: &Grant| had_representative && reads_names(it.role);
    let reads = is_confidant || is_representative(grants) || grants.iter().any(reads_names);
    let has_power = |it: &Grant| matches!(it.role, Role::Administrator | Role::Manager);
    if reads && grants.iter().any(has_power) {
        return Err(Code::RoleConflict.at("roles"));
    }
    Ok(())
}

/// What is known of the account and its factory when somebody wants to act on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// It is a representative's or the confidant's, and its password has been set.
    pub reads_confidences: bool,
    /// The factory has or has had a representative.
    pub had_representative: bool,
}

/// Whether an act waits for a second person. The first representative of a factory is named by whoever
/// sets it up: nobody is there yet who could agree, and nothing has been confided yet.
pub fn needs_second(act: Act, role: Option<Role>, standing: Standing) -> bool {
    let is_representative = role == Some(Role::WorkerRepresentative);
    match act {
        Act::Reset | Act::Disable | Act::ResetSecondFactor => standing.reads_confidences,
        Act::Lose => is_representative,
        Act::Gain => is_representative && standing.had_representative,
        Act::Confide => standing.had_representative,
        Act::Enable
        | Act::Unconfide
        | Act::EndSessions
        | Act::Password
        | Act::Link
        | Act::KeyMade
        | Act::KeyEnded
        | Act::SecondFactor
        | Act::NoSecondFactor
        | Act::Passkey
        | Act::NoPasskey
        | Act::ApproveSignIn
        | Act::DataTaken => false,
    }
}

/// A change that waits, or has waited, for a second person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// What shall be done.
    pub act: Act,
    /// Whose account.
    pub subject: UserId,
    /// Who wants it.
    pub asked_by: UserId,
    /// The day from which it can be done where nobody else could agree.
    pub due: Day,
    /// What became of it.
    pub state: State,
}

/// Who speaks about a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Speaker {
    /// Who.
    pub user: UserId,
    /// One of the factory's representatives.
    pub is_representative: bool,
}

impl Change {
    fn open(&self) -> Result<(), Problem> {
        match self.state {
            State::Waiting | State::Agreed => Ok(()),
            State::Refused | State::Done => Err(Code::ChangeEnded.problem()),
        }
    }

    /// Whether this person could agree: never who asks; another representative; of an act that takes
    /// something from somebody, that person. Nobody agrees to a role for himself.
    pub fn can_agree(&self, by: Speaker) -> bool {
        let is_own = by.user == self.subject;
        let takes = matches!(
            self.act,
            Act::Reset | Act::Disable | Act::Lose | Act::ResetSecondFactor
        );
        by.user != self.asked_by && if is_own { takes } else { by.is_representative }
    }

    /// A second person agrees.
    ///
    /// # Errors
    /// `account_change.not_yours`, `account_change.ended`.
    pub fn agree(self, by: Speaker) -> Result<Self, Problem> {
        self.open()?;
        if !self.can_agree(by) {
            return Err(Code::ChangeNotYours.problem());
        }
        Ok(Self {
            state: State::Agreed,
            ..self
        })
    }

    /// A representative or the person concerned objects, or who asked withdraws it.
    ///
    /// # Errors
    /// `account_change.not_yours`, `account_change.ended`.
    pub fn refuse(self, by: Speaker) -> Result<Self, Problem> {
        self.open()?;
        if !by.is_representative && by.user != self.subject && by.user != self.asked_by {
            return Err(Code::ChangeNotYours.problem());
        }
        Ok(Self {
            state: State::Refused,
            ..self
        })
    }

    /// Who asked may now do it: a second person agreed; or nobody but the person concerned could
    /// have, its days are over, and nobody objected.
    ///
    /// # Errors
    /// `account_change.too_early`, `account_change.ended`.
    pub fn carry_out(self, today: Day, others_could_agree: bool) -> Result<Self, Problem> {
        self.open()?;
        let has_waited = today >= self.due && !others_could_agree;
        if self.state != State::Agreed && !has_waited {
            return Err(Code::ChangeTooEarly.problem());
        }
        Ok(Self {
            state: State::Done,
            ..self
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::EnterpriseId;
    use crate::people::Place;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn user(number: u128) -> UserId {
        UserId(Uuid::from_u128(number))
    }

    fn grant(role: Role) -> Grant {
        Grant {
            role,
            place: Place::Enterprise(EnterpriseId(Uuid::from_u128(1))),
        }
    }

    fn change() -> impl Strategy<Value = Change> {
        let parts = (0..Act::ALL.len(), 0..State::ALL.len(), 0..3_u128, 0..3_u128);
        parts.prop_map(|(act, state, subject, asked_by)| Change {
            act: Act::ALL[act],
            subject: user(subject),
            asked_by: user(asked_by),
            due: Day(10),
            state: State::ALL[state],
        })
    }

    proptest! {
        #[test]
        fn nobody_is_his_own_second_person(change in change(), by in 0..3_u128, rep in any::<bool>()) {
            let by = Speaker { user: user(by), is_representative: rep };
            if change.agree(by).is_ok() {
                prop_assert_ne!(by.user, change.asked_by);
                prop_assert!(by.is_representative || by.user == change.subject);
                let gives = matches!(change.act, Act::Gain | Act::Confide);
                prop_assert!(!(gives && by.user == change.subject));
            }
        }

        #[test]
        fn nothing_is_done_unasked_or_against_an_objection(
            change in change(), today in 0..20_i64, others in any::<bool>()
        ) {
            if change.carry_out(Day(today), others).is_ok() {
                let has_waited = change.state == State::Waiting && today >= 10 && !others;
                prop_assert!(change.state == State::Agreed || has_waited);
            }
        }
    }

    #[test]
    fn who_reads_names_has_no_power_over_wages_or_logins() {
        for role in Role::ALL {
            let with = |other| check_together(&[grant(role), grant(other)], false, true).is_ok();
            assert_eq!(with(Role::Manager), !reads_names(role), "{role:?}");
            assert_eq!(with(Role::Administrator), !reads_names(role), "{role:?}");
            assert!(with(Role::EitMember), "{role:?}");
        }
        for settled in [false, true] {
            let together = |roles: &[Role], confidant| {
                let grants: Vec<_> = roles.iter().map(|it| grant(*it)).collect();
                check_together(&grants, confidant, settled).is_ok()
            };
            assert!(!together(&[Role::Manager], true));
            assert!(together(&[Role::EitMember], true));
            let rep = Role::WorkerRepresentative;
            assert!(!together(&[Role::Administrator, rep], false));
            let alone = together(&[Role::Administrator, Role::SafetyOfficer], false);
            assert_eq!(alone, !settled, "the first days of a factory");
        }
    }

    #[test]
    fn what_bears_on_confidences_needs_a_second_person() {
        let guarded = Standing {
            reads_confidences: true,
            had_representative: true,
        };
        let free = Standing {
            reads_confidences: false,
            had_representative: false,
        };
        let rep = Some(Role::WorkerRepresentative);
        for (act, role) in [
            (Act::Reset, None),
            (Act::Disable, None),
            (Act::ResetSecondFactor, None),
            (Act::Gain, rep),
            (Act::Lose, rep),
            (Act::Confide, None),
        ] {
            assert!(needs_second(act, role, guarded), "{act:?}");
            let is_first = act != Act::Lose;
            assert_eq!(needs_second(act, role, free), !is_first, "{act:?}");
        }
        assert!(!needs_second(Act::Gain, Some(Role::EitMember), guarded));
    }
}
