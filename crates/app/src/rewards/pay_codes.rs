//! The anonymous way: the holder of a report code takes a pay code, and the worker representative
//! pays against it. What lies behind a pay code names no case, so nobody learns who.

use hezuo_domain::commitment::digest;
use hezuo_domain::ids::CaseId;
use hezuo_domain::money::Money;
use hezuo_domain::pay_code::{PayCode, PayLookup};
use hezuo_domain::permissions::Permission;
use hezuo_domain::report_code::Lookup;
use hezuo_domain::rewards::{State, Way};
use hezuo_domain::tallies::Deltas;
use hezuo_domain::time::Day;
use hezuo_domain::{Code, Scope};
use hezuo_store::rewards as rows;
use hezuo_store::{Tx, cases, tallies};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Access, App, Result};

/// What the holder of a report code is told of its reward.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HolderReward {
    /// The amount.
    pub money: Money,
    /// How it is paid.
    pub way: Way,
    /// Paid by name; one against a pay code is asked for with the pay code.
    pub is_paid: bool,
    /// The pay code was taken.
    pub is_taken: bool,
}

/// Reads the reward of a case for whoever holds its report code.
pub async fn for_holder(tx: &mut Tx, case: CaseId) -> Result<Option<HolderReward>> {
    let Some(found) = rows::for_holder(tx, case).await? else {
        return Ok(None);
    };
    Ok(Some(HolderReward {
        money: Money::new(found.minor, &found.currency)?,
        way: Way::parse(&found.way).ok_or(Code::Internal)?,
        is_paid: found.state == State::Paid.as_str(),
        is_taken: found.claimed,
    }))
}

/// What lies behind a pay code, for whoever took it.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The amount.
    pub money: Money,
    /// It was paid out.
    pub is_paid: bool,
}

/// Takes the pay code of a report, or asks again what became of it. The reward keeps only that its
/// code was taken, the pay code only its amount: no row holds both.
///
/// # Errors
/// `report.unknown_code`, `reward.none`.
pub async fn claim(app: &App, lookup: Lookup, pay: PayLookup) -> Result<Claimed> {
    let entry = crate::reports::open(app, lookup).await?;
    let stored = app.keys.pay_key(entry.enterprise, &pay);
    let mut tx = app.db.write(&Scope::ReportCode(entry.enterprise)).await?;
    let reward = rows::for_holder(&mut tx, entry.case)
        .await?
        .filter(|reward| reward.way == Way::PayCode.as_str())
        .ok_or(Code::RewardNone)?;
    if rows::claim(&mut tx, reward.id).await? {
        rows::add_pay_code(
            &mut tx,
            entry.enterprise,
            stored,
            reward.minor,
            &reward.currency,
        )
        .await?;
        tx.commit().await?;
        let money = Money::new(reward.minor, &reward.currency)?;
        return Ok(Claimed {
            money,
            is_paid: false,
        });
    }
    let found = rows::find_pay_code(&mut tx, stored)
        .await?
        .ok_or(Code::RewardNone)?;
    Ok(Claimed {
        money: Money::new(found.minor, &found.currency)?,
        is_paid: found.paid_day.is_some(),
    })
}

/// A pay code as the payer sees it: an amount, and nothing else.
#[derive(Debug, Clone)]
pub struct PayOut {
    /// The amount.
    pub money: Money,
    /// Today.
    pub day: Day,
}

/// Reads a pay code. A used one, an unknown one and a mistyped one are answered alike.
async fn behind(app: &App, access: &Access, tx: &mut Tx, typed: &str) -> Result<(Money, [u8; 32])> {
    let now = app.now();
    let user = access.caller.user.to_string();
    // Right codes are refused too while the limit holds: the payer has a session and can wait.
    if app.limits.pay_codes.is_spent(&user, now) {
        return Err(Code::PayCodeLimited.into());
    }
    let wrong = || {
        app.limits.pay_codes.fail(&user, now);
        Code::PayCodeUnknown
    };
    let code = PayCode::parse(typed).ok().ok_or_else(wrong)?;
    let stored = app.keys.pay_key(access.enterprise.id, &code.lookup());
    let found = rows::find_pay_code(tx, stored)
        .await?
        .filter(|found| found.paid_day.is_none())
        .ok_or_else(wrong)?;
    Ok((Money::new(found.minor, &found.currency)?, stored))
}

/// Two different people approve and pay. Which reward lies behind a pay code is not known, so who
/// approves rewards at all pays none of them.
fn require(access: &Access) -> Result<()> {
    access.require(Permission::PayCodePay)?;
    if access.may(Permission::RewardApprove) {
        return Err(Code::RewardSamePerson.into());
    }
    Ok(())
}

/// The amount behind a pay code.
///
/// # Errors
/// `forbidden`, `reward.same_person`, `reward.pay_code_unknown`, `reward.pay_code_limited`.
pub async fn look_up(app: &App, access: &Access, typed: &str) -> Result<PayOut> {
    require(access)?;
    let mut tx = app.db.read(&access.scope()).await?;
    let (money, _) = behind(app, access, &mut tx, typed).await?;
    Ok(PayOut {
        money,
        day: access.today(app),
    })
}

/// Notes that a pay code was paid out. The same `key` again gets the same answer, so that a lost
/// connection leaves no doubt whether the money was noted.
///
/// # Errors
/// As [`look_up`]; `idempotency.key_reused`.
pub async fn pay_out(app: &App, access: &Access, key: Uuid, typed: &str) -> Result<PayOut> {
    require(access)?;
    let day = access.today(app);
    let user = access.caller.user;
    let mut tx = app.db.write(&access.scope()).await?;
    if let Ok(code) = PayCode::parse(typed) {
        let stored = app.keys.pay_key(access.enterprise.id, &code.lookup());
        let sent = digest(&[stored.as_slice(), user.0.as_bytes()].concat());
        if !cases::claim_key(&mut tx, access.enterprise.id, key, sent, day).await? {
            let is_same = cases::find_key(&mut tx, key).await? == Some(sent);
            let found = rows::find_pay_code(&mut tx, stored).await?;
            let found = found.filter(|_| is_same).ok_or(Code::KeyReused)?;
            let money = Money::new(found.minor, &found.currency)?;
            return Ok(PayOut { money, day });
        }
    }
    let (money, stored) = behind(app, access, &mut tx, typed).await?;
    if !rows::pay_pay_code(&mut tx, stored, day, user).await? {
        return Err(Code::PayCodeUnknown.into());
    }
    let mut deltas = Deltas::default();
    deltas.money(access.enterprise.id, "reward", &money, day);
    tallies::add(&mut tx, app.random.as_ref(), deltas).await?;
    tx.commit().await?;
    Ok(PayOut { money, day })
}
