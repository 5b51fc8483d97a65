//! Notices: at whom a danger rings and when it goes further, quiet hours, and what an owner is told
//! once a day.

pub mod channels;

use serde::{Deserialize, Serialize};

use crate::ids::UserId;
use crate::people::{Grant, Place, Role};
use crate::places::PlacePath;
use crate::problem::{Code, Problem};

/// Minutes after which an alarm that nobody has answered goes further, unless the factory has set
/// another number.
pub const ALARM_MINUTES: i64 = 10;

/// Minutes of a day.
pub const DAY: i64 = 24 * 60;

/// The last step: from here on an alarm rings at everybody who may answer it.
pub const LAST_STEP: u8 = 3;

/// Days ahead of its deadline from which an owner is told of a case once a day.
pub const SOON_DAYS: i64 = 2;

/// The alarm of an imminent danger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// How far it has gone, from 1 to [`LAST_STEP`].
    pub step: u8,
    /// Who has said "I go there now".
    pub answered_by: Option<UserId>,
}

impl Alarm {
    /// It begins to ring.
    pub fn raised() -> Self {
        Self {
            step: 1,
            answered_by: None,
        }
    }

    /// Somebody goes there.
    ///
    /// # Errors
    /// `alarm.silent` where nobody is named.
    pub fn answered(self, by: Option<UserId>) -> Result<Self, Problem> {
        if by.is_none() {
            return Err(Code::AlarmSilent.problem());
        }
        Ok(Self {
            answered_by: by,
            ..self
        })
    }

    /// It goes one step further.
    ///
    /// # Errors
    /// `alarm.silent` after the last step: it already rings at everybody.
    pub fn louder(self) -> Result<Self, Problem> {
        if self.step >= LAST_STEP {
            return Err(Code::AlarmSilent.problem());
        }
        Ok(Self {
            step: self.step + 1,
            ..self
        })
    }
}

/// Whether an alarm at this step rings at somebody with these roles. First whoever answers for the
/// place: safety officer, EIT leader, the manager of that site or area; then every manager; then
/// everybody in the factory who may answer, the administrator among them. An authority is not rung.
pub fn rings(step: u8, grants: &[Grant], path: &PlacePath) -> bool {
    grants.iter().any(|grant| {
        let is_near = matches!(grant.place, Place::Site(_) | Place::Area(_));
        let first = match grant.role {
            Role::SafetyOfficer | Role::EitLeader => 1,
            Role::Manager if is_near => 1,
            Role::Manager => 2,
            Role::Administrator
            | Role::WorkerRepresentative
            | Role::EitSecretary
            | Role::EitMember => LAST_STEP,
            Role::Inspector | Role::CountyOfficer => return false,
        };
        let is_inside = !matches!(grant.place, Place::Region(_));
        step >= first && is_inside && grant.place.covers(path)
    })
}

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An imminent danger rings.
    Danger,
    /// What is due soon or overdue, once a day.
    Due,
    /// Something was done, or shall be done, to an account that may read names, or to one's own.
    Account,
    /// A report that is kept apart from the team waits for its reader.
    Apart,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Danger, Self::Due, Self::Account, Self::Apart];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Danger => "danger",
            Self::Due => "due",
            Self::Account => "account",
            Self::Apart => "apart",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// When notices go out, in minutes of the local day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rhythm {
    /// Minutes until an alarm goes further.
    pub alarm_minutes: i64,
    /// The quiet hours begin.
    pub quiet_from: i64,
    /// The quiet hours end; the same as their beginning where there are none.
    pub quiet_to: i64,
    /// When owners are told what is due.
    pub digest_at: i64,
}

impl Default for Rhythm {
    fn default() -> Self {
        Self {
            alarm_minutes: ALARM_MINUTES,
            quiet_from: 21 * 60,
            quiet_to: 7 * 60,
            digest_at: 7 * 60 + 30,
        }
    }
}

impl Rhythm {
    /// Checks what was entered.
    ///
    /// # Errors
    /// `input.invalid` at the field.
    pub fn check(self) -> Result<Self, Problem> {
        if !(1..=120).contains(&self.alarm_minutes) {
            return Err(Code::InputInvalid.at("alarm_minutes"));
        }
        let times = [
            (self.quiet_from, "quiet_from"),
            (self.quiet_to, "quiet_to"),
            (self.digest_at, "digest_at"),
        ];
        match times.into_iter().find(|(at, _)| !(0..DAY).contains(at)) {
            Some((_, path)) => Err(Code::InputInvalid.at(path)),
            None => Ok(self),
        }
    }

    /// Minutes that a notice waits at this minute of the day; a danger never waits.
    pub fn wait(self, kind: Kind, minute: i64) -> i64 {
        let length = (self.quiet_to - self.quiet_from).rem_euclid(DAY);
        let since = (minute - self.quiet_from).rem_euclid(DAY);
        if kind == Kind::Danger || since >= length {
            0
        } else {
            length - since
        }
    }

    /// Whether owners may be told now what is due: from `digest_at` on, or from the end of the
    /// quiet hours in which it lies, and never within them.
    pub fn is_digest_time(self, minute: i64) -> bool {
        let begin = (self.digest_at + self.wait(Kind::Due, self.digest_at)).rem_euclid(DAY);
        minute >= begin && self.wait(Kind::Due, minute) == 0
    }
}

/// Reads a time of day such as `21:00` as a minute.
///
/// # Errors
/// `input.invalid` at the field.
pub fn minute(text: &str, path: &str) -> Result<i64, Problem> {
    let read = || {
        let (hour, minute) = text.split_once(':')?;
        let (hour, minute): (i64, i64) = (hour.parse().ok()?, minute.parse().ok()?);
        ((0..24).contains(&hour) && (0..60).contains(&minute)).then_some(hour * 60 + minute)
    };
    read().ok_or(Code::InputInvalid.at(path))
}

/// A minute of the day as people write it.
pub fn clock(minute: i64) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

#[cfg(test)]
mod tests;
