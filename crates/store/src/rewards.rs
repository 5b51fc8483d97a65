//! Decisions about rewards, and what lies behind pay codes.

use hezuo_domain::commitment::Hash;
use hezuo_domain::ids::{CaseId, EnterpriseId, RewardId, UserId};
use hezuo_domain::time::Day;
use uuid::Uuid;

use crate::db::Tx;
use crate::error::Result;
use crate::statement::statements;
use crate::value::args;

/// A reward with the names of those who acted. Whether its pay code was taken is read by one
/// statement only, for the holder of the report code.
macro_rules! reward_sql {
    ($where:literal) => {
        concat!(
            "SELECT r.id, r.case_id, c.kind, c.category, c.voice, c.text, r.state, r.way, r.minor,
            r.currency, r.averted, r.reason, r.pack, r.proposed_minor, r.people, r.shares,
            r.decided_by, d.name AS decided_name, r.decided_day, b.name AS paid_name, r.paid_day,
            w.name AS withdrawn_name, r.withdrawn_day, r.withdrawn_reason
            FROM reward r
            JOIN cases c ON c.enterprise_id = r.enterprise_id AND c.id = r.case_id
            JOIN app_user du ON du.enterprise_id = r.enterprise_id AND du.id = r.decided_by
            JOIN person d ON d.enterprise_id = du.enterprise_id AND d.id = du.person_id
            LEFT JOIN app_user bu ON bu.enterprise_id = r.enterprise_id AND bu.id = r.paid_by
            LEFT JOIN person b ON b.enterprise_id = bu.enterprise_id AND b.id = bu.person_id
            LEFT JOIN app_user wu ON wu.enterprise_id = r.enterprise_id AND wu.id = r.withdrawn_by
            LEFT JOIN person w ON w.enterprise_id = wu.enterprise_id AND w.id = wu.person_id
            WHERE r.enterprise_id = $1",
            $where
        )
    };
}

statements! {
    rows ADD = (16, "INSERT INTO reward (enterprise_id, id, case_id, state, way, minor, currency,
        averted, reason, pack, proposed_minor, people, shares, decided_by, decided_day, claimed)",
        "");
    tenant FIND = (reward_sql!(" AND r.id = $2"));
    tenant OF_CASE = (reward_sql!(" AND r.case_id = $2 ORDER BY r.decided_day DESC, r.id"));
    tenant LIST = (reward_sql!(" AND (r.decided_day, r.id) < ($2, $3)
        ORDER BY r.decided_day DESC, r.id DESC LIMIT $4"));
    tenant LIST_BY_STATE = (reward_sql!(" AND (r.decided_day, r.id) < ($2, $3) AND r.state = $5
        ORDER BY r.decided_day DESC, r.id DESC LIMIT $4"));
    tenant WAITING = "SELECT c.id, c.kind, c.category, c.voice, c.text, c.legal, c.finder,
        c.reported_day, c.state FROM cases c
        LEFT JOIN reward r ON r.enterprise_id = c.enterprise_id AND r.case_id = c.id
            AND r.state <> 'withdrawn'
        WHERE c.enterprise_id = $1 AND (c.reported_day, c.id) < ($2, $3)
        AND c.state IN ('verified', 'closed') AND c.source <> 'import' AND r.id IS NULL
        ORDER BY c.reported_day DESC, c.id DESC LIMIT $4";
    tenant PAY = "UPDATE reward SET state = 'paid', paid_by = $3, paid_day = $4
        WHERE enterprise_id = $1 AND id = $2 AND state = 'approved' AND way <> 'pay_code'";
    tenant WITHDRAW = "UPDATE reward SET state = 'withdrawn', withdrawn_by = $3,
        withdrawn_day = $4, withdrawn_reason = $5
        WHERE enterprise_id = $1 AND id = $2 AND state = 'approved' AND way <> 'pay_code'";
    tenant FOR_HOLDER = "SELECT id, state, way, minor, currency, claimed FROM reward
        WHERE enterprise_id = $1 AND case_id = $2 AND state IN ('approved', 'paid')";
    tenant CLAIM = "UPDATE reward SET claimed = $3 WHERE enterprise_id = $1 AND id = $2
        AND state = 'approved' AND way = 'pay_code' AND NOT claimed";
    rows ADD_PAY_CODES =
        (4, "INSERT INTO pay_code (enterprise_id, lookup_hash, minor, currency)", "");
    tenant FIND_PAY_CODE = "SELECT minor, currency, paid_day FROM pay_code
        WHERE enterprise_id = $1 AND lookup_hash = $2";
    tenant PAY_PAY_CODE = "UPDATE pay_code SET paid_day = $3, paid_by = $4
        WHERE enterprise_id = $1 AND lookup_hash = $2 AND paid_day IS NULL";
    tenant SUMS = "SELECT currency,
        CAST(SUM(CASE WHEN decided_day >= $2 AND decided_day < $3 THEN 1 ELSE 0 END) AS BIGINT)
            AS approved_n,
        CAST(SUM(CASE WHEN decided_day >= $2 AND decided_day < $3 THEN minor ELSE 0 END) AS BIGINT)
            AS approved_minor,
        CAST(SUM(CASE WHEN paid_day >= $2 AND paid_day < $3 THEN 1 ELSE 0 END) AS BIGINT) AS paid_n,
        CAST(SUM(CASE WHEN paid_day >= $2 AND paid_day < $3 THEN minor ELSE 0 END) AS BIGINT)
            AS paid_minor,
        CAST(SUM(CASE WHEN state = 'approved' THEN 1 ELSE 0 END) AS BIGINT) AS waiting_n,
        CAST(SUM(CASE WHEN state = 'approved' THEN minor ELSE 0 END) AS BIGINT) AS waiting_minor,
        CAST(SUM(CASE WHEN way <> 'pay_code' AND decided_day >= $2 AND decided_day < $3
            THEN 1 ELSE 0 END) AS BIGINT) AS by_name_n,
        CAST(SUM(CASE WHEN way <> 'pay_code' AND decided_day >= $2 AND decided_day < $3
            AND paid_day < $3 THEN 1 ELSE 0 END) AS BIGINT) AS same_month_n
        FROM reward WHERE enterprise_id = $1 AND state IN ('approved', 'paid')
        GROUP BY currency ORDER BY currency";
    tenant PAY_CODE_SUMS = "SELECT currency, CAST(COUNT(*) AS BIGINT) AS all_n,
        CAST(SUM(minor) AS BIGINT) AS all_minor,
        CAST(SUM(CASE WHEN paid_day >= $2 AND paid_day < $3 THEN 1 ELSE 0 END) AS BIGINT) AS paid_n,
        CAST(SUM(CASE WHEN paid_day >= $2 AND paid_day < $3 THEN minor ELSE 0 END) AS BIGINT)
            AS paid_minor
        FROM pay_code WHERE enterprise_id = $1 AND paid_day IS NOT NULL
        GROUP BY currency ORDER BY currency";
    tenant PAID_PAY_CODES = "SELECT k.minor, k.currency, k.paid_day, p.name AS paid_name
        FROM pay_code k
        JOIN app_user u ON u.enterprise_id = k.enterprise_id AND u.id = k.paid_by
        JOIN person p ON p.enterprise_id = u.enterprise_id AND p.id = u.person_id
        WHERE k.enterprise_id = $1 ORDER BY k.paid_day, k.minor LIMIT $2";
}

/// A decision to be stored.
#[derive(Debug, Clone)]
pub struct NewReward {
    /// Random id.
    pub id: RewardId,
    /// The case.
    pub case: CaseId,
    /// The state, by its word.
    pub state: &'static str,
    /// How it is paid, by its word.
    pub way: &'static str,
    /// Amount and currency; nothing where it was declined.
    pub money: Option<(i64, String)>,
    /// An accident was averted.
    pub averted: bool,
    /// Why.
    pub reason: String,
    /// Pack and version.
    pub pack: String,
    /// What the pack proposed.
    pub proposed_minor: i64,
    /// How many share it.
    pub people: i64,
    /// Who gets how much, sealed.
    pub shares: Option<Vec<u8>>,
    /// Who decided.
    pub by: UserId,
    /// When.
    pub day: Day,
}

/// Stores decisions.
///
/// # Errors
/// [`crate::StoreError::Exists`] where one stands for the case already.
pub async fn add(tx: &mut Tx, enterprise: EnterpriseId, it: NewReward) -> Result<()> {
    let (minor, currency) = it.money.unzip();
    let row = args![
        enterprise,
        it.id,
        it.case,
        it.state,
        it.way,
        minor,
        currency,
        it.averted,
        it.reason,
        it.pack,
        it.proposed_minor,
        it.people,
        it.shares,
        it.by,
        it.day,
        false
    ];
    tx.insert(&ADD, vec![row]).await?;
    Ok(())
}

/// A decision about a reward as it is read.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Reward {
    /// Random id.
    #[sqlx(try_from = "Uuid")]
    pub id: RewardId,
    /// The case.
    #[sqlx(try_from = "Uuid")]
    pub case_id: CaseId,
    /// The case's kind.
    pub kind: String,
    /// The case's category.
    pub category: String,
    /// The case's voice.
    pub voice: String,
    /// What was said.
    pub text: String,
    /// State, by its word.
    pub state: String,
    /// How it is paid, by its word.
    pub way: String,
    /// The amount.
    pub minor: Option<i64>,
    /// Its currency.
    pub currency: Option<String>,
    /// An accident was averted.
    pub averted: bool,
    /// Why.
    pub reason: String,
    /// Pack and version.
    pub pack: String,
    /// What the pack proposed.
    pub proposed_minor: i64,
    /// How many share it.
    pub people: i64,
    /// Who gets how much, sealed.
    pub shares: Option<Vec<u8>>,
    /// Who decided.
    #[sqlx(try_from = "Uuid")]
    pub decided_by: UserId,
    /// The name of who decided.
    pub decided_name: String,
    /// When.
    pub decided_day: i64,
    /// Who paid.
    pub paid_name: Option<String>,
    /// When it was paid.
    pub paid_day: Option<i64>,
    /// Who took it back.
    pub withdrawn_name: Option<String>,
    /// When it was taken back.
    pub withdrawn_day: Option<i64>,
    /// Why it was taken back.
    pub withdrawn_reason: Option<String>,
}

/// One decision.
pub async fn find(tx: &mut Tx, id: RewardId) -> Result<Option<Reward>> {
    tx.optional(&FIND, args![id]).await
}

/// The decisions about a case, the latest first.
pub async fn of_case(tx: &mut Tx, case: CaseId) -> Result<Vec<Reward>> {
    tx.all(&OF_CASE, args![case]).await
}

/// A page of decisions, newest first.
pub async fn list(
    tx: &mut Tx,
    state: Option<&'static str>,
    before: Option<(Day, RewardId)>,
    limit: i64,
) -> Result<Vec<Reward>> {
    let (day, id) = before.unwrap_or((Day(i64::MAX), RewardId(Uuid::max())));
    match state {
        None => tx.all(&LIST, args![day, id, limit]).await,
        Some(state) => tx.all(&LIST_BY_STATE, args![day, id, limit, state]).await,
    }
}

/// A verified case about whose reward nobody has decided.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct WaitingCase {
    /// The case.
    #[sqlx(try_from = "Uuid")]
    pub id: CaseId,
    /// Kind, by its word.
    pub kind: String,
    /// Category, by its word.
    pub category: String,
    /// Voice, by its word.
    pub voice: String,
    /// What was said.
    pub text: String,
    /// General or major.
    pub legal: Option<String>,
    /// Who found it.
    pub finder: Option<String>,
    /// The day of the report.
    pub reported_day: i64,
    /// State, by its word.
    pub state: String,
}

/// A page of verified cases that wait for a decision, newest first.
pub async fn waiting(
    tx: &mut Tx,
    before: Option<(Day, CaseId)>,
    limit: i64,
) -> Result<Vec<WaitingCase>> {
    let (day, id) = before.unwrap_or((Day(i64::MAX), CaseId(Uuid::max())));
    tx.all(&WAITING, args![day, id, limit]).await
}

/// Notes a payment by name; false where it is not approved any more.
pub async fn pay(tx: &mut Tx, id: RewardId, by: UserId, day: Day) -> Result<bool> {
    Ok(tx.execute(&PAY, args![id, by, day]).await? == 1)
}

/// Takes a reward back; false where it is not approved any more.
pub async fn withdraw(
    tx: &mut Tx,
    id: RewardId,
    by: UserId,
    day: Day,
    reason: &str,
) -> Result<bool> {
    Ok(tx.execute(&WITHDRAW, args![id, by, day, reason]).await? == 1)
}

/// What the holder of a report code is told of its reward.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct HolderReward {
    /// Random id.
    #[sqlx(try_from = "Uuid")]
    pub id: RewardId,
    /// State, by its word.
    pub state: String,
    /// How it is paid, by its word.
    pub way: String,
    /// The amount.
    pub minor: i64,
    /// Its currency.
    pub currency: String,
    /// The pay code was taken.
    pub claimed: bool,
}

/// The reward of a case, for the holder of its report code.
pub async fn for_holder(tx: &mut Tx, case: CaseId) -> Result<Option<HolderReward>> {
    tx.optional(&FOR_HOLDER, args![case]).await
}

/// Notes that the pay code was taken; false where it was before.
pub async fn claim(tx: &mut Tx, id: RewardId) -> Result<bool> {
    Ok(tx.execute(&CLAIM, args![id, true]).await? == 1)
}

/// Puts an amount behind a pay code.
pub async fn add_pay_code(
    tx: &mut Tx,
    enterprise: EnterpriseId,
    stored: Hash,
    minor: i64,
    currency: &str,
) -> Result<()> {
    let row = args![enterprise, stored, minor, currency];
    tx.insert(&ADD_PAY_CODES, vec![row]).await?;
    Ok(())
}

/// What lies behind a pay code: amount, currency, and the day of payment.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct PayCodeEntry {
    /// The amount.
    pub minor: i64,
    /// Its currency.
    pub currency: String,
    /// The day it was paid.
    pub paid_day: Option<i64>,
}

/// Looks behind a pay code.
pub async fn find_pay_code(tx: &mut Tx, stored: Hash) -> Result<Option<PayCodeEntry>> {
    tx.optional(&FIND_PAY_CODE, args![stored]).await
}

/// Notes that a pay code was paid; false where it was before.
pub async fn pay_pay_code(tx: &mut Tx, stored: Hash, day: Day, by: UserId) -> Result<bool> {
    Ok(tx.execute(&PAY_PAY_CODE, args![stored, day, by]).await? == 1)
}

/// Sums of one currency.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Sums {
    /// ISO 4217 code.
    pub currency: String,
    /// Approved in the month.
    pub approved_n: i64,
    /// Approved in the month, in minor units.
    pub approved_minor: i64,
    /// Paid by name in the month.
    pub paid_n: i64,
    /// Paid by name in the month, in minor units.
    pub paid_minor: i64,
    /// Approved at any time and not known as paid; those against a pay code all stand here.
    pub waiting_n: i64,
    /// The same in minor units.
    pub waiting_minor: i64,
    /// Approved in the month, to be paid by name.
    pub by_name_n: i64,
    /// Of these, paid in the same month.
    pub same_month_n: i64,
}

/// Sums of one currency over the paid pay codes.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct PayCodeSums {
    /// ISO 4217 code.
    pub currency: String,
    /// Ever paid.
    pub all_n: i64,
    /// Ever paid, in minor units.
    pub all_minor: i64,
    /// Paid in the month.
    pub paid_n: i64,
    /// Paid in the month, in minor units.
    pub paid_minor: i64,
}

/// The sums of a month, from `first` to before `next`.
pub async fn sums(tx: &mut Tx, first: Day, next: Day) -> Result<(Vec<Sums>, Vec<PayCodeSums>)> {
    Ok((
        tx.all(&SUMS, args![first, next]).await?,
        tx.all(&PAY_CODE_SUMS, args![first, next]).await?,
    ))
}

/// A payment against a pay code as the ledger has it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct PaidPayCode {
    /// The amount.
    pub minor: i64,
    /// Its currency.
    pub currency: String,
    /// The day it was paid.
    pub paid_day: i64,
    /// Who paid.
    pub paid_name: String,
}

/// The payments against pay codes, by day; within a day by amount, so that no order shows.
pub async fn paid_pay_codes(tx: &mut Tx, limit: i64) -> Result<Vec<PaidPayCode>> {
    tx.all(&PAID_PAY_CODES, args![limit]).await
}
