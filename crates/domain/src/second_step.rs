//! Whose password alone is not enough: which roles need a second step to sign in (a code of an app, a
//! passkey, or what a provider vouches for), and how long an account has to set one up.

use crate::people::{Grant, Role};
use crate::problem::{Code, Problem};
use crate::time::Day;

/// Most days that a rule may give.
pub const MOST_DAYS: i64 = 90;

/// Which roles need a second step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The roles, wherever they are held.
    pub roles: Vec<Role>,
    /// Days from the first sign-in on, that day included, in which it goes without; 0 for none.
    pub days: i64,
}

/// Whether a rule may ask the holders of a role for a second step: never those whom workers choose among
/// themselves, who have a worker's phone and nothing else.
pub fn may_be_asked(role: Role) -> bool {
    !matches!(
        role,
        Role::WorkerRepresentative | Role::EitLeader | Role::EitSecretary | Role::EitMember
    )
}

/// What is known of an account and of the session in which it acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The session was begun, or confirmed, with a second step.
    pub stepped: bool,
    /// The account has a second step: an app or a passkey.
    pub has: bool,
    /// The day on which the account first signed in under the rule.
    pub since: Option<Day>,
}

/// The days that are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Soon {
    /// The last day on which it goes without.
    pub last: Day,
    /// How many there are, the last one and today included.
    pub days_left: i64,
}

/// What somebody still has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Nothing.
    Nothing,
    /// To set a second step up in the days that are left.
    Soon(Soon),
    /// To set a second step up, before anything else.
    SetUp,
    /// To show the second step that the account has: the session was begun without it.
    Show,
}

/// Where an operation stands: what it may be done in spite of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// All work.
    Work,
    /// What belongs to setting a second step up.
    SetUp,
    /// To see one's own account, to show who is there, and to leave.
    Own,
}

impl Rule {
    /// Whether somebody in these roles needs a second step.
    pub fn asks(&self, grants: &[Grant]) -> bool {
        grants.iter().any(|it| self.roles.contains(&it.role))
    }

    /// What somebody in these roles still has to do today.
    pub fn need(&self, grants: &[Grant], standing: Standing, today: Day) -> Need {
        if standing.stepped || !self.asks(grants) {
            return Need::Nothing;
        }
        if standing.has {
            // Whoever has set one up is never let past it again: it would be worth nothing.
            return Need::Show;
        }
        let last = standing.since.unwrap_or(today).plus(self.days - 1);
        if today <= last {
            Need::Soon(Soon {
                last,
                days_left: last.0 - today.0 + 1,
            })
        } else {
            Need::SetUp
        }
    }
}

impl Need {
    /// Stops somebody at a door.
    ///
    /// # Errors
    /// `second_step.set_up`, `second_step.show`.
    pub fn check(self, door: Door) -> Result<(), Problem> {
        match (self, door) {
            (Self::Nothing | Self::Soon(_), _) | (Self::SetUp, Door::SetUp) | (_, Door::Own) => {
                Ok(())
            }
            (Self::SetUp, Door::Work) => Err(Code::SecondStepSetUp.problem()),
            // Otherwise whoever knows the password would make a second step of his own beside it.
            (Self::Show, Door::Work | Door::SetUp) => Err(Code::SecondStepShow.problem()),
        }
    }

    /// The word that clients see.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Soon(_) => "soon",
            Self::SetUp => "set_up",
            Self::Show => "show",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::EnterpriseId;
    use crate::people::Place;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn grants(roles: &[Role]) -> Vec<Grant> {
        let grant = |role: &Role| Grant {
            role: *role,
            place: Place::Enterprise(EnterpriseId(Uuid::from_u128(1))),
        };
        roles.iter().map(grant).collect()
    }

    fn rule(days: i64) -> Rule {
        Rule {
            roles: vec![Role::Administrator, Role::Inspector],
            days,
        }
    }

    const NONE: Standing = Standing {
        stepped: false,
        has: false,
        since: None,
    };

    #[test]
    fn the_days_are_counted_from_the_first_and_then_it_is_over() {
        let need = |days, since: Option<i64>, today| {
            let since = since.map(Day);
            let standing = Standing { since, ..NONE };
            rule(days).need(&grants(&[Role::Administrator]), standing, Day(today))
        };
        let soon = |last, days_left| {
            let last = Day(last);
            Need::Soon(Soon { last, days_left })
        };
        assert_eq!(need(14, None, 100), soon(113, 14));
        assert_eq!(need(14, Some(100), 113), soon(113, 1));
        assert_eq!(need(14, Some(100), 114), Need::SetUp);
        assert_eq!(need(1, Some(100), 100), soon(100, 1));
        assert_eq!(need(0, None, 100), Need::SetUp);
    }

    proptest! {
        #[test]
        fn nobody_works_past_the_rule(
            stepped in any::<bool>(), has in any::<bool>(), since in prop::option::of(0..60_i64),
            today in 0..60_i64, days in 0..20_i64, roles in prop::collection::vec(0..Role::ALL.len(), 0..4)
        ) {
            let roles: Vec<Role> = roles.into_iter().map(|it| Role::ALL[it]).collect();
            let standing = Standing { stepped, has, since: since.map(Day) };
            let rule = rule(days);
            let need = rule.need(&grants(&roles), standing, Day(today));
            let is_asked = roles.iter().any(|it| rule.roles.contains(it));
            let works = need.check(Door::Work).is_ok();
            if works && is_asked && !stepped {
                prop_assert!(!has);
                prop_assert!(today < since.unwrap_or(today) + days);
            }
            if !is_asked || stepped {
                prop_assert_eq!(need, Need::Nothing);
            }
            // A way out is never barred, and one to a second step only where there is one.
            prop_assert!(need.check(Door::Own).is_ok());
            prop_assert_eq!(need.check(Door::SetUp).is_ok(), need != Need::Show);
        }
    }

    #[test]
    fn whom_workers_choose_is_never_asked() {
        let asked = Role::ALL.into_iter().filter(|it| may_be_asked(*it)).count();
        assert_eq!(asked, 5);
        assert!(!may_be_asked(Role::WorkerRepresentative));
    }
}
