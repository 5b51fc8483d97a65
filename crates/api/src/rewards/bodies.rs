//! Rewards as they are sent and received.

use hezuo_app::queue::{Reward, WaitingCase};
use hezuo_app::rewards::{Entry, MonthSums, OfCase, PayOut};
use hezuo_domain::cases::reference;
use hezuo_domain::rewards::{Decision, Offer, Wish};
use hezuo_domain::time::Day;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A decision about a reward.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RewardBody {
    id: Uuid,
    case_id: Uuid,
    /// The short reference of the case.
    case_ref: String,
    kind: String,
    category: String,
    voice: String,
    text: String,
    /// `approved`, `paid`, `withdrawn` or `declined`. One against a pay code stays approved.
    state: String,
    /// `named`, `in_confidence` or `pay_code`.
    way: String,
    /// Minor units; none where it was declined.
    minor: Option<i64>,
    currency: Option<String>,
    averted: bool,
    reason: String,
    /// Pack and version that proposed.
    pack: String,
    proposed_minor: i64,
    /// How many share it.
    people: i64,
    decided_name: String,
    decided_day: String,
    paid_name: Option<String>,
    paid_day: Option<String>,
    withdrawn_name: Option<String>,
    withdrawn_day: Option<String>,
    withdrawn_reason: Option<String>,
    /// Who reported; only for those who may know.
    first: Option<String>,
    /// Who gets how much; only for those who may know.
    shares: Option<String>,
    /// What the caller may do now: `pay`, `withdraw`.
    actions: Vec<&'static str>,
}

impl From<Entry> for RewardBody {
    fn from(entry: Entry) -> Self {
        let it: Reward = entry.reward;
        let day = |day: i64| Day(day).to_string();
        let (first, shares) = match entry.names {
            Some(names) => (names.first, Some(names.shares)),
            None => (None, None),
        };
        Self {
            id: it.id.0,
            case_id: it.case_id.0,
            case_ref: reference(it.case_id),
            kind: it.kind,
            category: it.category,
            voice: it.voice,
            text: it.text,
            state: it.state,
            way: it.way,
            minor: it.minor,
            currency: it.currency,
            averted: it.averted,
            reason: it.reason,
            pack: it.pack,
            proposed_minor: it.proposed_minor,
            people: it.people,
            decided_name: it.decided_name,
            decided_day: day(it.decided_day),
            paid_name: it.paid_name,
            paid_day: it.paid_day.map(day),
            withdrawn_name: it.withdrawn_name,
            withdrawn_day: it.withdrawn_day.map(day),
            withdrawn_reason: it.withdrawn_reason,
            first,
            shares,
            actions: entry.actions,
        }
    }
}

/// A page of decisions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RewardPageBody {
    pub(super) items: Vec<RewardBody>,
    /// Give it back as `cursor` for the next page; none on the last.
    pub(super) next_cursor: Option<String>,
}

/// A verified case about whose reward nobody has decided.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WaitingRewardBody {
    id: Uuid,
    #[serde(rename = "ref")]
    reference: String,
    kind: String,
    category: String,
    voice: String,
    text: String,
    legal: Option<String>,
    finder: Option<String>,
    state: String,
    reported_day: String,
}

impl From<WaitingCase> for WaitingRewardBody {
    fn from(it: WaitingCase) -> Self {
        Self {
            id: it.id.0,
            reference: reference(it.id),
            kind: it.kind,
            category: it.category,
            voice: it.voice,
            text: it.text,
            legal: it.legal,
            finder: it.finder,
            state: it.state,
            reported_day: Day(it.reported_day).to_string(),
        }
    }
}

/// A page of cases that wait for a decision.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WaitingPageBody {
    pub(super) items: Vec<WaitingRewardBody>,
    /// Give it back as `cursor` for the next page; none on the last.
    pub(super) next_cursor: Option<String>,
}

/// The sums of one currency.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct CurrencySumsBody {
    currency: String,
    /// Approved in the month.
    approved_n: i64,
    approved_minor: i64,
    /// Paid in the month, by name and against pay codes.
    paid_n: i64,
    paid_minor: i64,
    /// Approved at any time and not paid.
    waiting_n: i64,
    waiting_minor: i64,
    /// Approved in the month, to be paid by name.
    by_name_n: i64,
    /// Of these, paid in the same month. Whether an anonymous one was, nobody can tell.
    same_month_n: i64,
}

/// The sums of a month.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RewardSumsBody {
    /// Its first day.
    first_day: String,
    items: Vec<CurrencySumsBody>,
}

impl From<MonthSums> for RewardSumsBody {
    fn from(sums: MonthSums) -> Self {
        let of = |it: &hezuo_app::rewards::Sums| {
            let codes = sums.pay_codes.iter().find(|k| k.currency == it.currency);
            let (all_n, all_minor) = codes.map_or((0, 0), |k| (k.all_n, k.all_minor));
            let (paid_n, paid_minor) = codes.map_or((0, 0), |k| (k.paid_n, k.paid_minor));
            CurrencySumsBody {
                currency: it.currency.clone(),
                approved_n: it.approved_n,
                approved_minor: it.approved_minor,
                paid_n: it.paid_n + paid_n,
                paid_minor: it.paid_minor + paid_minor,
                waiting_n: it.waiting_n - all_n,
                waiting_minor: it.waiting_minor - all_minor,
                by_name_n: it.by_name_n,
                same_month_n: it.same_month_n,
            }
        };
        Self {
            first_day: sums.first.to_string(),
            items: sums.rewards.iter().map(of).collect(),
        }
    }
}

/// What the pack proposes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OfferBody {
    currency: String,
    proposed_minor: i64,
    /// Where an accident was averted.
    averted_minor: i64,
    /// Outside of these a reason is needed.
    min_minor: i64,
    max_minor: i64,
    /// The only amounts for an anonymous report.
    anonymous_minor: Vec<i64>,
    /// Looking is the finder's duty: a reason is needed.
    is_duty: bool,
    pack: String,
    /// Whether the pack was compared with an official text.
    verified: bool,
}

/// The proposal and the decisions about one case.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaseRewardBody {
    /// None for an imported record.
    offer: Option<OfferBody>,
    items: Vec<RewardBody>,
    /// Whether the caller may decide now.
    may_decide: bool,
}

impl From<OfCase> for CaseRewardBody {
    fn from(found: OfCase) -> Self {
        let verified = found.verified;
        let offer = |(plain, averted): (Offer, Offer)| OfferBody {
            currency: plain.currency,
            proposed_minor: plain.proposed_minor,
            averted_minor: averted.proposed_minor,
            min_minor: plain.min_minor,
            max_minor: plain.max_minor,
            anonymous_minor: plain.anonymous_minor,
            is_duty: plain.is_duty,
            pack: plain.pack,
            verified,
        };
        Self {
            offer: found.offer.map(offer),
            items: found.items.into_iter().map(Into::into).collect(),
            may_decide: found.may_decide,
        }
    }
}

fn one() -> i64 {
    1
}

/// What is decided about a case.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum DecisionRequest {
    /// A reward.
    Approve {
        /// Minor units.
        minor: i64,
        #[serde(default)]
        averted: bool,
        #[serde(default)]
        reason: String,
        /// How many share it.
        #[serde(default = "one")]
        people: i64,
        /// Who gets how much.
        #[serde(default)]
        shares: String,
    },
    /// None, and why.
    Decline { reason: String },
}

impl From<DecisionRequest> for Decision {
    fn from(request: DecisionRequest) -> Self {
        match request {
            DecisionRequest::Approve {
                minor,
                averted,
                reason,
                people,
                shares,
            } => Self::Approve(Wish {
                minor,
                averted,
                reason,
                people,
                shares,
            }),
            DecisionRequest::Decline { reason } => Self::Decline { reason },
        }
    }
}

/// Why a reward is taken back.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct WithdrawRequest {
    pub(super) reason: String,
}

/// A pay code as it was typed.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct PayCodeRequest {
    pub(super) code: String,
}

/// A pay code that is paid.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct PayOutRequest {
    /// The client's own id of this payment.
    pub(super) id: Uuid,
    pub(super) code: String,
}

/// An amount, and nothing else.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PayOutBody {
    minor: i64,
    currency: String,
    /// Today.
    day: String,
}

impl From<PayOut> for PayOutBody {
    fn from(it: PayOut) -> Self {
        Self {
            minor: it.money.minor,
            currency: it.money.currency,
            day: it.day.to_string(),
        }
    }
}
