//! Second factors: the shared secret, sealed, and hashes of recovery codes.

use hezuo_domain::commitment::Hash;
use hezuo_domain::ids::{EnterpriseId, UserId};
use hezuo_domain::time::Day;

use crate::db::Tx;
use crate::error::Result;
use crate::statement::statements;
use crate::value::args;

statements! {
    tenant FIND = "SELECT f.sealed_secret, f.since_day, f.last_period,
            (SELECT CAST(COUNT(*) AS BIGINT) FROM recovery_code r
                WHERE r.enterprise_id = $1 AND r.user_id = $2) AS codes_left
        FROM second_factor f WHERE f.enterprise_id = $1 AND f.user_id = $2";
    rows BEGIN = (5, "INSERT INTO second_factor (enterprise_id, user_id, sealed_secret, since_day,
        last_period)", "ON CONFLICT (enterprise_id, user_id) DO UPDATE SET
        sealed_secret = excluded.sealed_secret, last_period = excluded.last_period
        WHERE second_factor.since_day IS NULL");
    tenant CONFIRM = "UPDATE second_factor SET since_day = $3, last_period = $4
        WHERE enterprise_id = $1 AND user_id = $2 AND since_day IS NULL";
    tenant SPEND = "UPDATE second_factor SET last_period = $3
        WHERE enterprise_id = $1 AND user_id = $2 AND last_period < $3";
    tenant DROP = "DELETE FROM second_factor WHERE enterprise_id = $1 AND user_id = $2";
    rows ADD_CODES = (3, "INSERT INTO recovery_code (enterprise_id, user_id, code_hash)", "");
    tenant USE_CODE = "DELETE FROM recovery_code
        WHERE enterprise_id = $1 AND user_id = $2 AND code_hash = $3";
    tenant DROP_CODES = "DELETE FROM recovery_code WHERE enterprise_id = $1 AND user_id = $2";
}

/// A second factor as it is stored.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SecondFactor {
    /// The secret that the app shares, sealed.
    pub sealed_secret: Vec<u8>,
    /// Since when it is asked for; none while it is being set up.
    pub since_day: Option<i64>,
    /// The last period whose code was used.
    pub last_period: i64,
    /// Recovery codes that were not used yet.
    pub codes_left: i64,
}

/// A user's second factor, also one that is being set up.
pub async fn find(tx: &mut Tx, user: UserId) -> Result<Option<SecondFactor>> {
    tx.optional(&FIND, args![user]).await
}

/// Keeps a secret until the first code confirms it; false where one is confirmed already.
pub async fn begin(
    tx: &mut Tx,
    enterprise: EnterpriseId,
    user: UserId,
    sealed: Vec<u8>,
) -> Result<bool> {
    let row = args![enterprise, user, sealed, None::<i64>, 0_i64];
    Ok(tx.insert(&BEGIN, vec![row]).await? == 1)
}

/// From now on the second factor is asked for; false where it was already.
pub async fn confirm(tx: &mut Tx, user: UserId, since: Day, period: i64) -> Result<bool> {
    Ok(tx.execute(&CONFIRM, args![user, since, period]).await? == 1)
}

/// Spends a period's code; false where somebody was faster with it.
pub async fn spend(tx: &mut Tx, user: UserId, period: i64) -> Result<bool> {
    Ok(tx.execute(&SPEND, args![user, period]).await? == 1)
}

/// Forgets a user's second factor with its recovery codes; false where there was none.
pub async fn remove(tx: &mut Tx, user: UserId) -> Result<bool> {
    tx.execute(&DROP_CODES, args![user]).await?;
    Ok(tx.execute(&DROP, args![user]).await? == 1)
}

/// Replaces a user's recovery codes.
pub async fn replace_codes(
    tx: &mut Tx,
    enterprise: EnterpriseId,
    user: UserId,
    hashes: &[Hash],
) -> Result<()> {
    tx.execute(&DROP_CODES, args![user]).await?;
    let rows = hashes.iter().map(|hash| args![enterprise, user, *hash]);
    tx.insert(&ADD_CODES, rows.collect()).await?;
    Ok(())
}

/// Uses a recovery code up; false where it is none, or was used.
pub async fn use_code(tx: &mut Tx, user: UserId, hash: Hash) -> Result<bool> {
    Ok(tx.execute(&USE_CODE, args![user, hash]).await? == 1)
}
