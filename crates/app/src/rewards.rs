//! Rewards: what a pack proposes, who approves, who pays, and what is taken back.

mod ledger;
mod pay_codes;

use hezuo_domain::cases::{Action, Actor, Case, Context};
use hezuo_domain::ids::{CaseId, RewardId};
use hezuo_domain::money::Money;
use hezuo_domain::people::Role;
use hezuo_domain::permissions::Permission;
use hezuo_domain::rewards::{self, Decision, Offer, Payer, Standing, State, Way};
use hezuo_domain::signatures::Signature;
use hezuo_domain::tallies::Deltas;
use hezuo_domain::time::Day;
use hezuo_domain::{Code, Problem};
use hezuo_store::rewards::{self as rows, NewReward, Reward, WaitingCase};
use hezuo_store::{StoreError, Tx, cases, tallies};
use serde_json::json;

use crate::cases::door::{self, Decided};
use crate::{Access, App, Result};

pub use hezuo_store::rewards::{PayCodeSums, Sums};
pub use ledger::ledger;
pub use pay_codes::{Claimed, HolderReward, PayOut, claim, for_holder, look_up, pay_out};

/// A decision with what the caller may know and do about it.
#[derive(Debug)]
pub struct Entry {
    /// The decision.
    pub reward: Reward,
    /// Who gets it and how much, for those who may read the reporter's name.
    pub names: Option<Names>,
    /// What the caller may do with it now: `pay`, `withdraw`.
    pub actions: Vec<&'static str>,
}

/// Names behind a reward.
#[derive(Debug)]
pub struct Names {
    /// The reporter, who signed first.
    pub first: Option<String>,
    /// Who gets how much.
    pub shares: String,
}

/// A page of decisions.
#[derive(Debug)]
pub struct Page {
    /// The lines.
    pub items: Vec<Entry>,
    /// Where the next page begins.
    pub next: Option<(Day, RewardId)>,
}

fn standing(reward: &Reward) -> Result<Standing> {
    Ok(Standing {
        state: State::parse(&reward.state).ok_or(StoreError::Corrupt("reward.state"))?,
        way: Way::parse(&reward.way).ok_or(StoreError::Corrupt("reward.way"))?,
        approved_by: reward.decided_by,
    })
}

fn payer(access: &Access) -> Payer {
    Payer {
        user: access.caller.user,
        is_representative: access.holds(Role::WorkerRepresentative),
        is_cashier: access.holds(Role::Manager) || access.holds(Role::SafetyOfficer),
    }
}

fn entry(access: &Access, reward: Reward) -> Result<Entry> {
    let stands = standing(&reward)?;
    let mut actions = Vec::new();
    if access.may(Permission::RewardPay) && stands.pay(payer(access)).is_ok() {
        actions.push("pay");
    }
    if access.may(Permission::RewardApprove) && stands.withdraw("-").is_ok() {
        actions.push("withdraw");
    }
    Ok(Entry {
        reward,
        names: None,
        actions,
    })
}

/// Lists decisions, newest first.
///
/// # Errors
/// `forbidden`.
pub async fn list(
    app: &App,
    access: &Access,
    state: Option<State>,
    before: Option<(Day, RewardId)>,
    limit: i64,
) -> Result<Page> {
    access.require(Permission::RewardRead)?;
    let limit = limit.clamp(1, 200);
    let mut tx = app.db.read(&access.scope()).await?;
    let mut found = rows::list(&mut tx, state.map(State::as_str), before, limit + 1).await?;
    let has_more = found.len() as u64 > limit.unsigned_abs();
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = found
        .last()
        .filter(|_| has_more)
        .map(|last| (Day(last.decided_day), last.id));
    let items = found.into_iter().map(|reward| entry(access, reward));
    Ok(Page {
        items: items.collect::<Result<_>>()?,
        next,
    })
}

/// Verified cases about whose reward nobody has decided, newest first.
///
/// # Errors
/// `forbidden`.
pub async fn waiting(
    app: &App,
    access: &Access,
    before: Option<(Day, CaseId)>,
    limit: i64,
) -> Result<(Vec<WaitingCase>, Option<(Day, CaseId)>)> {
    access.require(Permission::RewardRead)?;
    let limit = limit.clamp(1, 200);
    let mut tx = app.db.read(&access.scope()).await?;
    let mut items = rows::waiting(&mut tx, before, limit + 1).await?;
    let has_more = items.len() as u64 > limit.unsigned_abs();
    items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = items
        .last()
        .filter(|_| has_more)
        .map(|last| (Day(last.reported_day), last.id));
    Ok((items, next))
}

/// The sums of a month.
#[derive(Debug)]
pub struct MonthSums {
    /// Its first day.
    pub first: Day,
    /// By currency.
    pub rewards: Vec<Sums>,
    /// By currency, over what was paid against pay codes.
    pub pay_codes: Vec<PayCodeSums>,
}

/// The sums of the month that a day lies in; of the present one by default.
///
/// # Errors
/// `forbidden`.
pub async fn sums(app: &App, access: &Access, day: Option<Day>) -> Result<MonthSums> {
    access.require(Permission::RewardRead)?;
    let (first, next) = day.unwrap_or_else(|| access.today(app)).month();
    let mut tx = app.db.read(&access.scope()).await?;
    let (rewards, pay_codes) = rows::sums(&mut tx, first, next).await?;
    Ok(MonthSums {
        first,
        rewards,
        pay_codes,
    })
}

/// What is known about the reward of a case.
#[derive(Debug)]
pub struct OfCase {
    /// What the pack proposes, and what it proposes where an accident was averted.
    pub offer: Option<(Offer, Offer)>,
    /// Whether the pack was compared with an official text.
    pub verified: bool,
    /// The decisions, the latest first.
    pub items: Vec<Entry>,
    /// Whether the caller may decide now.
    pub may_decide: bool,
}

/// The proposal and the decisions about one case.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn of_case(app: &App, access: &Access, id: CaseId) -> Result<OfCase> {
    access.require(Permission::RewardRead)?;
    let mut tx = app.db.read(&access.scope()).await?;
    let case = cases::find(&mut tx, id).await?.ok_or(Code::NotFound)?;
    read_case(app, access, &mut tx, &case).await
}

async fn read_case(app: &App, access: &Access, tx: &mut Tx, case: &Case) -> Result<OfCase> {
    let found = rows::of_case(tx, case.id).await?;
    let offers = offers(app, case);
    let stands = found.iter().any(|it| it.state != State::Withdrawn.as_str());
    let probe = Decision::Decline { reason: "-".into() };
    let is_open = offers
        .as_ref()
        .is_some_and(|(offer, _)| rewards::decide(case, offer, &probe).is_ok());
    let names = names(app, access, tx, case).await?;
    let mut items = Vec::with_capacity(found.len());
    for reward in found {
        let shares = opened(app, case.id, reward.shares.as_deref());
        let mut one = entry(access, reward)?;
        one.names = names.as_ref().map(|first| Names {
            first: first.clone(),
            shares,
        });
        items.push(one);
    }
    Ok(OfCase {
        offer: offers,
        verified: app.rewards.header.verified,
        items,
        may_decide: access.may(Permission::RewardApprove) && is_open && !stands,
    })
}

fn offers(app: &App, case: &Case) -> Option<(Offer, Offer)> {
    app.rewards
        .offer(case, false)
        .zip(app.rewards.offer(case, true))
}

/// The reporter's name, inside `Some` where the caller may read it.
async fn names(
    app: &App,
    access: &Access,
    tx: &mut Tx,
    case: &Case,
) -> Result<Option<Option<String>>> {
    if !crate::cases::may_read_reporter(access, tx, case).await? {
        return Ok(None);
    }
    let sealed = cases::find_reporter(tx, case.id).await?;
    Ok(Some(
        sealed.and_then(|sealed| app.keys.open_name(case.id, &sealed)),
    ))
}

fn opened(app: &App, case: CaseId, sealed: Option<&[u8]>) -> String {
    sealed
        .and_then(|sealed| app.keys.open_name(case, sealed))
        .unwrap_or_default()
}

/// Decides about the reward of a case.
///
/// # Errors
/// `forbidden`, `not_found`, those of [`rewards::decide`]; `reward.not_allowed` where a decision
/// stands already.
pub async fn decide(app: &App, access: &Access, id: CaseId, wanted: Decision) -> Result<OfCase> {
    access.require(Permission::RewardApprove)?;
    access.caller.sign(app, Signature::DecideReward)?;
    let today = access.today(app);
    let mut tx = app.db.write(&access.scope()).await?;
    let case = cases::find(&mut tx, id).await?.ok_or(Code::NotFound)?;
    let (offer, averted_offer) = offers(app, &case).ok_or(Code::RewardNotAllowed)?;
    let decided = rewards::decide(&case, &offer, &wanted)?;
    let shares = match decided.shares.as_str() {
        "" => None,
        shares => Some(app.keys.seal_name(app.random.as_ref(), id, shares)?),
    };
    let proposed = if decided.averted {
        averted_offer
    } else {
        offer
    };
    let new = NewReward {
        id: RewardId::random(app.random.as_ref()),
        case: id,
        state: decided.state.as_str(),
        way: decided.way.as_str(),
        money: decided
            .money
            .as_ref()
            .map(|money| (money.minor, money.currency.clone())),
        averted: decided.averted,
        reason: decided.reason,
        pack: proposed.pack.clone(),
        proposed_minor: proposed.proposed_minor,
        people: decided.people,
        shares,
        by: access.caller.user,
        day: today,
    };
    match rows::add(&mut tx, access.enterprise.id, new).await {
        Err(StoreError::Exists) => return Err(Code::RewardNotAllowed.into()),
        other => other?,
    }
    let mut case = case;
    if let Some(money) = decided.money {
        case = record(app, access, &mut tx, &case, money, proposed.pack).await?;
    }
    let answer = read_case(app, access, &mut tx, &case).await?;
    tx.commit().await?;
    Ok(answer)
}

/// The case's own record says that a reward was approved, and nothing that comes after it.
async fn record(
    app: &App,
    access: &Access,
    tx: &mut Tx,
    case: &Case,
    money: Money,
    pack: String,
) -> Result<Case> {
    let actor = Actor::User {
        user: access.caller.user,
        person: access.caller.person,
    };
    let today = access.today(app);
    let details = json!({"money": &money});
    let action = Action::Reward { money };
    let step = case.decide(&action, Context { actor, today })?;
    let decided = Decided {
        step,
        action: action.name(),
        actor,
        client: "desk",
        pack: Some(pack),
        day: today,
        at: app.now(),
        details,
    };
    door::write(app, tx, std::slice::from_ref(&decided)).await?;
    Ok(decided.step.case)
}

/// Finds a decision of the caller's enterprise with its standing.
async fn found(tx: &mut Tx, id: RewardId) -> Result<(Reward, Standing)> {
    let reward = rows::find(tx, id).await?.ok_or(Code::NotFound)?;
    let stands = standing(&reward)?;
    Ok((reward, stands))
}

/// Notes that a reward was handed over by name.
///
/// # Errors
/// `forbidden`, `not_found`, those of [`Standing::pay`].
pub async fn pay(app: &App, access: &Access, id: RewardId) -> Result<Entry> {
    access.require(Permission::RewardPay)?;
    let today = access.today(app);
    let mut tx = app.db.write(&access.scope()).await?;
    let (reward, stands) = found(&mut tx, id).await?;
    stands.pay(payer(access))?;
    if !rows::pay(&mut tx, id, access.caller.user, today).await? {
        return Err(Code::RewardNotAllowed.into());
    }
    let money = money_of(&reward)?;
    let mut deltas = Deltas::default();
    deltas.money(access.enterprise.id, "reward", &money, today);
    tallies::add(&mut tx, app.random.as_ref(), deltas).await?;
    let answer = read(app, access, &mut tx, id).await?;
    tx.commit().await?;
    Ok(answer)
}

fn money_of(reward: &Reward) -> Result<Money, Problem> {
    let currency = reward.currency.as_deref().unwrap_or_default();
    Money::new(reward.minor.unwrap_or_default(), currency)
}

/// Takes a reward back before it is paid.
///
/// # Errors
/// `forbidden`, `not_found`, those of [`Standing::withdraw`].
pub async fn withdraw(app: &App, access: &Access, id: RewardId, reason: &str) -> Result<Entry> {
    access.require(Permission::RewardApprove)?;
    access.caller.sign(app, Signature::WithdrawReward)?;
    let today = access.today(app);
    let mut tx = app.db.write(&access.scope()).await?;
    let (_, stands) = found(&mut tx, id).await?;
    let reason = stands.withdraw(reason)?;
    if !rows::withdraw(&mut tx, id, access.caller.user, today, &reason).await? {
        return Err(Code::RewardNotAllowed.into());
    }
    let answer = read(app, access, &mut tx, id).await?;
    tx.commit().await?;
    Ok(answer)
}

/// One decision with the names that the caller may read.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn find(app: &App, access: &Access, id: RewardId) -> Result<Entry> {
    access.require(Permission::RewardRead)?;
    let mut tx = app.db.read(&access.scope()).await?;
    read(app, access, &mut tx, id).await
}

async fn read(app: &App, access: &Access, tx: &mut Tx, id: RewardId) -> Result<Entry> {
    let (reward, _) = found(tx, id).await?;
    let case = cases::find(tx, reward.case_id)
        .await?
        .ok_or(Code::NotFound)?;
    let names = names(app, access, tx, &case).await?;
    let shares = opened(app, case.id, reward.shares.as_deref());
    let mut one = entry(access, reward)?;
    one.names = names.map(|first| Names { first, shares });
    Ok(one)
}
