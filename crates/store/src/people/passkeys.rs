//! Passkeys, and challenges that were answered.

use hezuo_domain::commitment::Hash;
use hezuo_domain::ids::{EnterpriseId, UserId};
use hezuo_domain::time::{Day, Instant};
use uuid::Uuid;

use crate::db::Tx;
use crate::error::Result;
use crate::statement::statements;
use crate::value::args;

statements! {
    rows ADD = (9, "INSERT INTO passkey (enterprise_id, user_id, id, credential_id, public_key,
        counter, name, since_day, last_day)",
        "ON CONFLICT (enterprise_id, credential_id) DO NOTHING");
    tenant OF_USER = "SELECT id, credential_id, public_key, counter, name, since_day, last_day
        FROM passkey WHERE enterprise_id = $1 AND user_id = $2 ORDER BY since_day, id LIMIT 100";
    tenant USED = "UPDATE passkey SET counter = $4, last_day = $5
        WHERE enterprise_id = $1 AND user_id = $2 AND id = $3";
    tenant DROP_ONE = "DELETE FROM passkey
        WHERE enterprise_id = $1 AND user_id = $2 AND id = $3";
    tenant DROP_ALL = "DELETE FROM passkey WHERE enterprise_id = $1 AND user_id = $2";
    global SPEND = "INSERT INTO spent_challenge (challenge, expires_at) VALUES ($1, $2)
        ON CONFLICT (challenge) DO NOTHING";
    global FORGET = "DELETE FROM spent_challenge WHERE expires_at <= $1";
}

/// A passkey as it is stored.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Passkey {
    /// Random id, by which its owner removes it.
    pub id: Uuid,
    /// By which the authenticator knows it.
    pub credential_id: Vec<u8>,
    /// With which its signatures are checked (COSE).
    pub public_key: Vec<u8>,
    /// How often it had signed when it was last seen; nought where it does not count.
    pub counter: i64,
    /// As its owner calls it.
    pub name: String,
    /// The day on which it was made.
    pub since_day: i64,
    /// The day on which it was last used.
    pub last_day: Option<i64>,
}

/// Keeps a passkey; false where it is known already.
pub async fn add(
    tx: &mut Tx,
    enterprise: EnterpriseId,
    user: UserId,
    it: &Passkey,
) -> Result<bool> {
    let row = args![
        enterprise,
        user,
        it.id,
        it.credential_id.clone(),
        it.public_key.clone(),
        it.counter,
        &it.name,
        it.since_day,
        it.last_day
    ];
    Ok(tx.insert(&ADD, vec![row]).await? == 1)
}

/// A user's passkeys, the oldest first.
pub async fn of_user(tx: &mut Tx, user: UserId) -> Result<Vec<Passkey>> {
    tx.all(&OF_USER, args![user]).await
}

/// Notes that a passkey was used.
pub async fn used(tx: &mut Tx, user: UserId, id: Uuid, counter: u32, day: Day) -> Result<()> {
    let values = args![user, id, i64::from(counter), day];
    tx.execute(&USED, values).await?;
    Ok(())
}

/// Forgets one; false where it is none of the user's.
pub async fn remove(tx: &mut Tx, user: UserId, id: Uuid) -> Result<bool> {
    Ok(tx.execute(&DROP_ONE, args![user, id]).await? == 1)
}

/// Forgets all of a user's.
pub async fn remove_all(tx: &mut Tx, user: UserId) -> Result<()> {
    tx.execute(&DROP_ALL, args![user]).await?;
    Ok(())
}

/// Spends a challenge; false where it was answered before. Those whose time is over are forgotten.
pub async fn spend(tx: &mut Tx, challenge: Hash, now: Instant, end: Instant) -> Result<bool> {
    tx.execute(&FORGET, args![now]).await?;
    Ok(tx.execute(&SPEND, args![challenge, end]).await? == 1)
}
