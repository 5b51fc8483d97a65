//! Where users want what they are told by mail, and how the last one fared.

use hezuo_domain::ids::{EnterpriseId, UserId};
use hezuo_domain::time::Day;
use uuid::Uuid;

use crate::db::Tx;
use crate::error::Result;
use crate::statement::statements;
use crate::value::args;

statements! {
    rows SAVE_MAILS = (4, "INSERT INTO notice_mail (enterprise_id, user_id, sealed, changed_day)",
        "ON CONFLICT (enterprise_id, user_id) DO UPDATE SET sealed = excluded.sealed,
        changed_day = excluded.changed_day, result_day = NULL, result = NULL");
    tenant MAILS = "SELECT m.user_id, m.sealed, u.locale, m.result_day, m.result
        FROM notice_mail m
        JOIN app_user u ON u.enterprise_id = m.enterprise_id AND u.id = m.user_id
        WHERE m.enterprise_id = $1 AND NOT u.disabled ORDER BY m.user_id";
    tenant FIND_MAIL = "SELECT m.user_id, m.sealed, u.locale, m.result_day, m.result
        FROM notice_mail m
        JOIN app_user u ON u.enterprise_id = m.enterprise_id AND u.id = m.user_id
        WHERE m.enterprise_id = $1 AND m.user_id = $2 AND NOT u.disabled";
    tenant DROP_MAIL = "DELETE FROM notice_mail WHERE enterprise_id = $1 AND user_id = $2";
    tenant NOTE_MAIL = "UPDATE notice_mail SET result_day = $3, result = $4
        WHERE enterprise_id = $1 AND user_id = $2";
}

/// An address as it is kept, of somebody who may log in.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Mail {
    /// Whose.
    #[sqlx(try_from = "Uuid")]
    pub user_id: UserId,
    /// The address, sealed.
    pub sealed: Vec<u8>,
    /// The language of their account.
    pub locale: String,
    /// The day of the last attempt.
    pub result_day: Option<i64>,
    /// `ok`, or why it has not arrived.
    pub result: Option<String>,
}

/// Keeps a user's address, in place of the one that was there.
pub async fn save(
    tx: &mut Tx,
    enterprise: EnterpriseId,
    user: UserId,
    sealed: Vec<u8>,
    day: Day,
) -> Result<()> {
    let row = args![enterprise, user, sealed, day];
    tx.insert(&SAVE_MAILS, vec![row]).await?;
    Ok(())
}

/// The addresses of the scope's enterprise.
pub async fn all(tx: &mut Tx) -> Result<Vec<Mail>> {
    tx.all(&MAILS, args![]).await
}

/// A user's address.
pub async fn find(tx: &mut Tx, user: UserId) -> Result<Option<Mail>> {
    tx.optional(&FIND_MAIL, args![user]).await
}

/// Forgets a user's address; false where there is none.
pub async fn remove(tx: &mut Tx, user: UserId) -> Result<bool> {
    Ok(tx.execute(&DROP_MAIL, args![user]).await? == 1)
}

/// Notes how the last mail fared.
pub async fn note_result(tx: &mut Tx, user: UserId, day: Day, result: &str) -> Result<()> {
    tx.execute(&NOTE_MAIL, args![user, day, result]).await?;
    Ok(())
}
