//! Login sessions, as their owner sees and ends them, and how often somebody signed in.

use hezuo_domain::commitment::Hash;
use hezuo_domain::ids::{EnterpriseId, UserId};
use hezuo_domain::people::Device;
use hezuo_domain::time::{Day, Instant};
use uuid::Uuid;

use crate::approvals;
use crate::db::Tx;
use crate::error::{Result, StoreError};
use crate::statement::statements;
use crate::value::args;

statements! {
    global ADD_SESSION = "INSERT INTO login_session (token_hash, id, enterprise_id, user_id, device,
            created_at, used_at, proved_at, idle_at, expires_at, stepped, approved)
        VALUES ($1, $2, $3, $4, $5, $6, $6, $9, $7, $8, $10, $11)";
    global PROVE = "UPDATE login_session SET proved_at = $2 WHERE token_hash = $1";
    global STEP = "UPDATE login_session SET stepped = TRUE WHERE token_hash = $1";
    global TOUCH = "UPDATE login_session SET used_at = $2, idle_at = $3 WHERE token_hash = $1";
    global DROP_SESSION = "DELETE FROM login_session WHERE token_hash = $1";
    global SESSIONS_OF = "SELECT id, token_hash, device, created_at, used_at, approved FROM login_session
        WHERE enterprise_id = $1 AND user_id = $2 AND expires_at > $3 AND idle_at > $3
        ORDER BY used_at DESC, id LIMIT 100";
    global DROP_ONE_OF = "DELETE FROM login_session
        WHERE enterprise_id = $1 AND user_id = $2 AND id = $3";
    global DROP_OTHERS_OF = "DELETE FROM login_session
        WHERE enterprise_id = $1 AND user_id = $2 AND token_hash <> $3";
    global DROP_ENDED_OF = "DELETE FROM login_session
        WHERE enterprise_id = $1 AND user_id = $2 AND (expires_at <= $3 OR idle_at <= $3)";
    global DROP_SESSIONS_OF =
        "DELETE FROM login_session WHERE enterprise_id = $1 AND user_id = $2";
    rows ADD_DAYS = (6, "INSERT INTO login_day (enterprise_id, user_id, local_day, device, sign_ins,
        failures)", "ON CONFLICT (enterprise_id, user_id, local_day, device) DO UPDATE SET
        sign_ins = login_day.sign_ins + excluded.sign_ins,
        failures = login_day.failures + excluded.failures");
    tenant DAYS = "SELECT local_day, device, sign_ins, failures FROM login_day
        WHERE enterprise_id = $1 AND user_id = $2 ORDER BY local_day DESC, device LIMIT 60";
    tenant DROP_DAYS = "DELETE FROM login_day
        WHERE enterprise_id = $1 AND user_id = $2 AND local_day < $3";
}

/// A session that is being made.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// SHA-256 of its token.
    pub token: Hash,
    /// Random id, by which its owner can end it.
    pub id: Uuid,
    /// The login's home.
    pub enterprise: EnterpriseId,
    /// Whose.
    pub user: UserId,
    /// From what.
    pub device: Device,
    /// When it is made.
    pub now: Instant,
    /// When it ends unless it is used.
    pub idle: Instant,
    /// When it ends in any case.
    pub expires: Instant,
    /// When its owner has shown who is there.
    pub proved: Instant,
    /// It is begun with a second step.
    pub stepped: bool,
    /// It is let in from a phone.
    pub approved: bool,
}

/// Keeps a login session.
pub async fn add(tx: &mut Tx, it: &NewSession) -> Result<()> {
    let values = args![
        it.token,
        it.id,
        it.enterprise,
        it.user,
        it.device.as_str(),
        it.now,
        it.idle,
        it.expires,
        it.proved,
        it.stepped,
        it.approved
    ];
    tx.execute(&ADD_SESSION, values).await?;
    Ok(())
}

/// Notes that a session is used.
pub async fn touch(tx: &mut Tx, token: Hash, now: Instant, idle: Instant) -> Result<()> {
    tx.execute(&TOUCH, args![token, now, idle]).await?;
    Ok(())
}

/// Notes that a session's owner has shown who is there.
pub async fn prove(tx: &mut Tx, token: Hash, now: Instant) -> Result<()> {
    tx.execute(&PROVE, args![token, now]).await?;
    Ok(())
}

/// Notes that a session's owner has shown a second step.
pub async fn step(tx: &mut Tx, token: Hash) -> Result<()> {
    tx.execute(&STEP, args![token]).await?;
    Ok(())
}

/// Ends a login session.
pub async fn drop_session(tx: &mut Tx, token: Hash) -> Result<()> {
    tx.execute(&DROP_SESSION, args![token]).await?;
    Ok(())
}

/// A session as its owner sees it.
#[derive(Debug, Clone)]
pub struct Session {
    /// By which it can be ended.
    pub id: Uuid,
    /// SHA-256 of its token.
    pub token: Hash,
    /// From what.
    pub device: Device,
    /// When it was made.
    pub created: Instant,
    /// When it was last seen in use.
    pub used: Instant,
    /// It was let in from a phone.
    pub approved: bool,
}

type SessionRow = (Uuid, Vec<u8>, String, i64, i64, bool);

/// The sessions of a user that have not ended, the last used first.
pub async fn of_user(
    tx: &mut Tx,
    enterprise: EnterpriseId,
    user: UserId,
    now: Instant,
) -> Result<Vec<Session>> {
    let rows: Vec<SessionRow> = tx.all(&SESSIONS_OF, args![enterprise, user, now]).await?;
    let session = |(id, token, device, created, used, approved): SessionRow| {
        Ok(Session {
            id,
            token: crate::cases::rows::hash(token, "login_session.token_hash")?,
            device: Device::parse(&device).ok_or(StoreError::Corrupt("login_session.device"))?,
            created: Instant(created),
            used: Instant(used),
            approved,
        })
    };
    rows.into_iter().map(session).collect()
}

/// Ends one of a user's sessions; false where it is none of his.
pub async fn drop_one_of(
    tx: &mut Tx,
    enterprise: EnterpriseId,
    user: UserId,
    id: Uuid,
) -> Result<bool> {
    Ok(tx
        .execute(&DROP_ONE_OF, args![enterprise, user, id])
        .await?
        == 1)
}

/// Ends all of a user's sessions but one.
pub async fn drop_others_of(
    tx: &mut Tx,
    enterprise: EnterpriseId,
    user: UserId,
    but: Hash,
) -> Result<()> {
    tx.execute(&DROP_OTHERS_OF, args![enterprise, user, but])
        .await?;
    approvals::drop_of_user(tx, enterprise, user).await
}

/// Forgets a user's sessions that have ended by themselves.
pub async fn drop_ended_of(
    tx: &mut Tx,
    enterprise: EnterpriseId,
    user: UserId,
    now: Instant,
) -> Result<()> {
    tx.execute(&DROP_ENDED_OF, args![enterprise, user, now])
        .await?;
    Ok(())
}

/// Ends all sessions of a user.
pub async fn drop_sessions_of(tx: &mut Tx, enterprise: EnterpriseId, user: UserId) -> Result<()> {
    tx.execute(&DROP_SESSIONS_OF, args![enterprise, user])
        .await?;
    approvals::drop_of_user(tx, enterprise, user).await
}

/// How often somebody signed in on a day, and failed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tried {
    /// The local day.
    pub day: Day,
    /// From what.
    pub device: Device,
    /// With the right password.
    pub sign_ins: i64,
    /// With a wrong one.
    pub failures: i64,
}

/// Adds to a user's days, and forgets those before `since`.
pub async fn add_tried(
    tx: &mut Tx,
    enterprise: EnterpriseId,
    user: UserId,
    tried: &[Tried],
    since: Day,
) -> Result<()> {
    let rows = tried.iter().map(|it| {
        args![
            enterprise,
            user,
            it.day,
            it.device.as_str(),
            it.sign_ins,
            it.failures
        ]
    });
    tx.insert(&ADD_DAYS, rows.collect()).await?;
    tx.execute(&DROP_DAYS, args![user, since]).await?;
    Ok(())
}

/// A user's days, the newest first.
pub async fn tried(tx: &mut Tx, user: UserId) -> Result<Vec<Tried>> {
    let rows: Vec<(i64, String, i64, i64)> = tx.all(&DAYS, args![user]).await?;
    let day = |(day, device, sign_ins, failures): (i64, String, i64, i64)| {
        Ok(Tried {
            day: Day(day),
            device: Device::parse(&device).ok_or(StoreError::Corrupt("login_day.device"))?,
            sign_ins,
            failures,
        })
    };
    rows.into_iter().map(day).collect()
}
