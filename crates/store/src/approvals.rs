//! Browsers that wait until their owner lets them in from a phone.

use hezuo_domain::approvals::State;
use hezuo_domain::commitment::Hash;
use hezuo_domain::ids::{EnterpriseId, UserId};
use hezuo_domain::people::Device;
use hezuo_domain::time::Instant;
use uuid::Uuid;

use crate::db::Tx;
use crate::error::{Result, StoreError};
use crate::statement::statements;
use crate::value::args;

statements! {
    global ADD = "INSERT INTO approval (secret_hash, code, number, device, created_at, expires_at,
            state, stepped) VALUES ($1, $2, $3, $4, $5, $6, 'waiting', FALSE)
        ON CONFLICT (code) DO NOTHING";
    global DROP_ENDED = "DELETE FROM approval WHERE expires_at <= $1";
    global FIND = "SELECT number, device, created_at, expires_at, state FROM approval
        WHERE code = $1 AND expires_at > $2";
    global SETTLE = "UPDATE approval SET state = $3, enterprise_id = $4, user_id = $5, stepped = $6
        WHERE code = $1 AND expires_at > $2 AND state = 'waiting'";
    global FIND_OWN = "SELECT number, device, created_at, expires_at, state FROM approval
        WHERE secret_hash = $1 AND expires_at > $2";
    global TAKE = "DELETE FROM approval
        WHERE secret_hash = $1 AND expires_at > $2 AND state = 'approved'
        RETURNING enterprise_id, user_id, stepped";
    global DROP_OF_USER = "DELETE FROM approval WHERE enterprise_id = $1 AND user_id = $2";
}

/// A browser that waits.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// What must be typed on the phone.
    pub number: i64,
    /// What it is.
    pub device: Device,
    /// Since when.
    pub created: Instant,
    /// Until when.
    pub expires: Instant,
    /// What became of it.
    pub state: State,
}

type Row = (i64, String, i64, i64, String);

fn waiting((number, device, created, expires, state): Row) -> Result<Waiting> {
    Ok(Waiting {
        number,
        device: Device::parse(&device).ok_or(StoreError::Corrupt("approval.device"))?,
        created: Instant(created),
        expires: Instant(expires),
        state: State::parse(&state).ok_or(StoreError::Corrupt("approval.state"))?,
    })
}

/// Keeps a browser that waits; false where its code is taken. Those that have waited too long go.
pub async fn add(tx: &mut Tx, secret: Hash, code: &str, it: &Waiting) -> Result<bool> {
    tx.execute(&DROP_ENDED, args![it.created]).await?;
    let values = args![
        secret,
        code,
        it.number,
        it.device.as_str(),
        it.created,
        it.expires
    ];
    Ok(tx.execute(&ADD, values).await? == 1)
}

/// The browser that shows a code.
pub async fn find(tx: &mut Tx, code: &str, now: Instant) -> Result<Option<Waiting>> {
    let row: Option<Row> = tx.optional(&FIND, args![code, now]).await?;
    row.map(waiting).transpose()
}

/// The browser that holds a secret.
pub async fn find_own(tx: &mut Tx, secret: Hash, now: Instant) -> Result<Option<Waiting>> {
    let row: Option<Row> = tx.optional(&FIND_OWN, args![secret, now]).await?;
    row.map(waiting).transpose()
}

/// Who says something about a browser, and whether in a session with a second step.
#[derive(Debug, Clone, Copy)]
pub struct Owner {
    /// The login's home.
    pub enterprise: EnterpriseId,
    /// Who.
    pub user: UserId,
    /// The session had a second step.
    pub stepped: bool,
}

/// Says what becomes of a browser; false where somebody was faster.
pub async fn settle(
    tx: &mut Tx,
    (code, now): (&str, Instant),
    state: State,
    by: Owner,
) -> Result<bool> {
    let values = args![
        code,
        now,
        state.as_str(),
        by.enterprise,
        by.user,
        by.stepped
    ];
    Ok(tx.execute(&SETTLE, values).await? == 1)
}

/// Uses an approval up: who lets the browser in.
pub async fn take(tx: &mut Tx, secret: Hash, now: Instant) -> Result<Option<Owner>> {
    let row: Option<(Uuid, Uuid, bool)> = tx.optional(&TAKE, args![secret, now]).await?;
    Ok(row.map(|(enterprise, user, stepped)| Owner {
        enterprise: enterprise.into(),
        user: UserId(user),
        stepped,
    }))
}

/// Forgets what a user has approved and nobody has used yet.
pub(crate) async fn drop_of_user(
    tx: &mut Tx,
    enterprise: EnterpriseId,
    user: UserId,
) -> Result<()> {
    tx.execute(&DROP_OF_USER, args![enterprise, user]).await?;
    Ok(())
}
