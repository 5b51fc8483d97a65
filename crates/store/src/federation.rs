//! Who of a provider is who here, and which attempts to sign in have been used.

use hezuo_domain::commitment::Hash;
use hezuo_domain::ids::{EnterpriseId, UserId};
use hezuo_domain::time::{Day, Instant};
use uuid::Uuid;

use crate::db::Tx;
use crate::error::Result;
use crate::statement::statements;
use crate::value::args;

statements! {
    tenant FIND_IDENTITY = "SELECT user_id FROM login_identity
        WHERE enterprise_id = $1 AND issuer = $2 AND subject = $3";
    tenant FIND_BY_USER = "SELECT subject FROM login_identity
        WHERE enterprise_id = $1 AND issuer = $2 AND user_id = $3";
    rows ADD_IDENTITIES = (5, "INSERT INTO login_identity (enterprise_id, issuer, subject, user_id,
        since_day)", "");
    global USE_ATTEMPT = "INSERT INTO sign_in_used (state_hash, expires_at) VALUES ($1, $2)
        ON CONFLICT (state_hash) DO NOTHING";
    global DROP_ENDED_ATTEMPTS = "DELETE FROM sign_in_used WHERE expires_at <= $1";
}

/// Whose login a person of a provider has.
pub async fn find_identity(tx: &mut Tx, issuer: &str, subject: &str) -> Result<Option<UserId>> {
    let row: Option<(Uuid,)> = tx.optional(&FIND_IDENTITY, args![issuer, subject]).await?;
    Ok(row.map(|(user,)| UserId(user)))
}

/// Whether somebody of the provider has this login already.
pub async fn has_identity(tx: &mut Tx, issuer: &str, user: UserId) -> Result<bool> {
    let row: Option<(String,)> = tx.optional(&FIND_BY_USER, args![issuer, user]).await?;
    Ok(row.is_some())
}

/// Ties a person of a provider to a login.
pub async fn add_identity(
    tx: &mut Tx,
    enterprise: EnterpriseId,
    (issuer, subject): (&str, &str),
    user: UserId,
    day: Day,
) -> Result<()> {
    let row = args![enterprise, issuer, subject, user, day];
    tx.insert(&ADD_IDENTITIES, vec![row]).await?;
    Ok(())
}

/// Uses an attempt up; false where it has been used.
pub async fn use_attempt(tx: &mut Tx, state: Hash, now: Instant, expires: Instant) -> Result<bool> {
    tx.execute(&DROP_ENDED_ATTEMPTS, args![now]).await?;
    Ok(tx.execute(&USE_ATTEMPT, args![state, expires]).await? == 1)
}
