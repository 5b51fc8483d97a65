//! Rewards for those who speak up: proposed by a pack, approved by one person, paid by another.

use serde::{Deserialize, Serialize};

use crate::cases::{Case, Kind, MAX_TEXT, Source, State as CaseState, Voice};
use crate::ids::UserId;
use crate::money::Money;
use crate::problem::{Code, Problem};

/// Most people who share one reward.
pub const MAX_PEOPLE: i64 = 50;

/// How a reward reaches whoever spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// By name, from a manager or safety officer.
    Named,
    /// By name, from the worker representative, who alone may know it.
    InConfidence,
    /// Against a one-use pay code, from the worker representative; nobody learns who.
    PayCode,
}

impl Way {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Named => "named",
            Self::InConfidence => "in_confidence",
            Self::PayCode => "pay_code",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Named, Self::InConfidence, Self::PayCode]
            .into_iter()
            .find(|way| way.as_str() == word)
    }

    /// The way that fits how openly somebody spoke.
    pub fn of(voice: Voice) -> Self {
        match voice {
            Voice::Named => Self::Named,
            Voice::InConfidence => Self::InConfidence,
            Voice::Anonymous => Self::PayCode,
        }
    }
}

/// Where a reward stands. One against a pay code stays approved for ever: whether its code was
/// taken or paid must not show beside the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Somebody has said yes.
    Approved,
    /// The money is handed over.
    Paid,
    /// Taken back before payment, with a reason.
    Withdrawn,
    /// Somebody has said no, with a reason.
    Declined,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Approved, Self::Paid, Self::Withdrawn, Self::Declined];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Paid => "paid",
            Self::Withdrawn => "withdrawn",
            Self::Declined => "declined",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// What a pack proposes for a case. A person decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// ISO 4217 code.
    pub currency: String,
    /// The proposed amount.
    pub proposed_minor: i64,
    /// The least without a reason.
    pub min_minor: i64,
    /// The most without a reason.
    pub max_minor: i64,
    /// The only amounts for an anonymous report: many cases share each of them.
    pub anonymous_minor: Vec<i64>,
    /// Looking is the finder's duty, so that a reward needs a reason.
    pub is_duty: bool,
    /// Pack and version.
    pub pack: String,
}

/// What somebody decides about a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// A reward.
    Approve(Wish),
    /// None, and why.
    Decline {
        /// Why.
        reason: String,
    },
}

/// The reward that somebody wants to give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The amount, for all who share it.
    pub minor: i64,
    /// An accident was averted.
    pub averted: bool,
    /// Needed outside the pack's range, for those whose duty it is, and for a repeated report.
    pub reason: String,
    /// How many share it; the first signatory is the one who reported.
    pub people: i64,
    /// Who gets how much of it.
    pub shares: String,
}

/// A decision that the rules allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// Approved or declined.
    pub state: State,
    /// How it reaches the reporter.
    pub way: Way,
    /// The amount; nothing where it was declined.
    pub money: Option<Money>,
    /// An accident was averted.
    pub averted: bool,
    /// Why, where that was said.
    pub reason: String,
    /// How many share it.
    pub people: i64,
    /// Who gets how much.
    pub shares: String,
}

/// Decides about a case under what a pack offers.
///
/// # Errors
/// `reward.not_allowed` for a case that was not accepted, `reward.reason_missing`,
/// `reward.amount` for an anonymous report, `input.*`.
pub fn decide(case: &Case, offer: &Offer, decision: &Decision) -> Result<Decided, Problem> {
    use CaseState::{Accepted, Closed, Done, Merged, Planned, Verified};
    let is_valid = matches!(
        case.state,
        Accepted | Planned | Done | Verified | Closed | Merged
    );
    if !is_valid || case.source == Source::Import || case.kind == Kind::InjuryImported {
        return Err(Code::RewardNotAllowed.problem());
    }
    let way = Way::of(case.voice);
    let wish = match decision {
        Decision::Decline { reason } => {
            return Ok(Decided {
                state: State::Declined,
                way,
                money: None,
                averted: false,
                reason: reasoned(reason, true)?,
                people: 1,
                shares: String::new(),
            });
        }
        Decision::Approve(wish) => wish,
    };
    let money = Money::new(wish.minor, &offer.currency)?;
    if wish.minor == 0 {
        return Err(Code::InputInvalid.at("minor"));
    }
    if !(1..=MAX_PEOPLE).contains(&wish.people) {
        return Err(Code::InputInvalid.at("people"));
    }
    let is_sealed = way == Way::PayCode;
    if is_sealed && !offer.anonymous_minor.contains(&wish.minor) {
        return Err(Code::RewardAmount.at("minor"));
    }
    let is_in_range = (offer.min_minor..=offer.max_minor).contains(&wish.minor);
    // The first valid report stands: one that repeats it gets nothing of its own by itself.
    let is_repeated = case.state == Merged;
    let needs_reason = !is_in_range || is_repeated || offer.is_duty;
    let shares = text(&wish.shares, "shares")?;
    Ok(Decided {
        state: State::Approved,
        way,
        money: Some(money),
        averted: wish.averted,
        reason: reasoned(&wish.reason, needs_reason)?,
        // Who else signed an anonymous report is nobody's business.
        people: if is_sealed { 1 } else { wish.people },
        shares: if is_sealed { String::new() } else { shares },
    })
}

/// A reward as far as paying and taking back need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Where it stands.
    pub state: State,
    /// How it is paid.
    pub way: Way,
    /// Who approved it.
    pub approved_by: UserId,
}

/// Who wants to pay.
#[derive(Debug, Clone, Copy)]
pub struct Payer {
    /// The login.
    pub user: UserId,
    /// A worker representative.
    pub is_representative: bool,
    /// A manager or safety officer.
    pub is_cashier: bool,
}

impl Standing {
    /// Whether this person may hand the money over now.
    ///
    /// # Errors
    /// `reward.not_allowed`, `reward.same_person`, `reward.payer`.
    pub fn pay(self, payer: Payer) -> Result<(), Problem> {
        if self.state != State::Approved || self.way == Way::PayCode {
            return Err(Code::RewardNotAllowed.problem());
        }
        if self.approved_by == payer.user {
            return Err(Code::RewardSamePerson.problem());
        }
        let fits = match self.way {
            Way::Named => payer.is_cashier,
            Way::InConfidence | Way::PayCode => payer.is_representative,
        };
        if fits {
            Ok(())
        } else {
            Err(Code::RewardPayer.problem())
        }
    }

    /// Whether it may be taken back, and the reason made tidy. One against a pay code may not: a
    /// refusal would tell that its code was taken.
    ///
    /// # Errors
    /// `reward.not_allowed`, `reward.reason_missing`, `input.too_long`.
    pub fn withdraw(self, reason: &str) -> Result<String, Problem> {
        if self.state != State::Approved || self.way == Way::PayCode {
            return Err(Code::RewardNotAllowed.problem());
        }
        reasoned(reason, true)
    }
}

fn text(written: &str, path: &str) -> Result<String, Problem> {
    let tidy = written.trim();
    if tidy.chars().count() > MAX_TEXT {
        return Err(Code::InputTooLong.at(path));
    }
    Ok(tidy.to_owned())
}

fn reasoned(reason: &str, is_needed: bool) -> Result<String, Problem> {
    let reason = text(reason, "reason")?;
    if is_needed && reason.is_empty() {
        return Err(Code::RewardReasonMissing.at("reason"));
    }
    Ok(reason)
}

#[cfg(test)]
mod tests;
