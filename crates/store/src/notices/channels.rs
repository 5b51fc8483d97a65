//! Where notices are sent, and how the last one fared.

use hezuo_domain::ids::{EnterpriseId, UserId};
use hezuo_domain::time::Day;
use uuid::Uuid;

use crate::db::Tx;
use crate::error::Result;
use crate::statement::statements;
use crate::value::args;

statements! {
    rows SAVE_CHANNELS = (10, "INSERT INTO notice_channel (enterprise_id, id, way, name, kinds,
        locale, active, sealed, changed_by, changed_day)",
        "ON CONFLICT (enterprise_id, id) DO UPDATE SET name = excluded.name,
        kinds = excluded.kinds, locale = excluded.locale, active = excluded.active,
        sealed = excluded.sealed, changed_by = excluded.changed_by,
        changed_day = excluded.changed_day");
    tenant CHANNELS = "SELECT id, way, name, kinds, locale, active, sealed, result_day, result
        FROM notice_channel WHERE enterprise_id = $1 ORDER BY name, id";
    tenant FIND_CHANNEL = "SELECT id, way, name, kinds, locale, active, sealed, result_day, result
        FROM notice_channel WHERE enterprise_id = $1 AND id = $2";
    tenant DROP_CHANNEL = "DELETE FROM notice_channel WHERE enterprise_id = $1 AND id = $2";
    tenant NOTE_RESULT = "UPDATE notice_channel SET result_day = $3, result = $4
        WHERE enterprise_id = $1 AND id = $2";
    tenant SUMS = "SELECT
            CAST(COALESCE(SUM(CASE WHEN due_day >= $2 THEN 1 ELSE 0 END), 0) AS BIGINT),
            CAST(COALESCE(SUM(CASE WHEN due_day < $2 THEN 1 ELSE 0 END), 0) AS BIGINT)
        FROM cases WHERE enterprise_id = $1 AND state = 'planned' AND due_day <= $3";
}

/// A channel as it is kept.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Channel {
    /// Random id.
    pub id: Uuid,
    /// The way, by its word.
    pub way: String,
    /// What people call it.
    pub name: String,
    /// The kinds of notices that it carries, by their words with blanks between them.
    pub kinds: String,
    /// The language of its messages.
    pub locale: String,
    /// Whether anything is sent.
    pub active: bool,
    /// Where it leads, sealed.
    pub sealed: Vec<u8>,
    /// The day of the last attempt.
    pub result_day: Option<i64>,
    /// `ok`, or why it has not arrived.
    pub result: Option<String>,
}

/// Keeps a channel, new or changed.
pub async fn save(
    tx: &mut Tx,
    enterprise: EnterpriseId,
    it: &Channel,
    by: UserId,
    day: Day,
) -> Result<()> {
    let row = args![
        enterprise,
        it.id,
        &it.way,
        &it.name,
        &it.kinds,
        &it.locale,
        it.active,
        it.sealed.clone(),
        by,
        day
    ];
    tx.insert(&SAVE_CHANNELS, vec![row]).await?;
    Ok(())
}

/// The channels of the scope's enterprise.
pub async fn all(tx: &mut Tx) -> Result<Vec<Channel>> {
    tx.all(&CHANNELS, args![]).await
}

/// One channel.
pub async fn find(tx: &mut Tx, id: Uuid) -> Result<Option<Channel>> {
    tx.optional(&FIND_CHANNEL, args![id]).await
}

/// Removes a channel; false where there is none.
pub async fn remove(tx: &mut Tx, id: Uuid) -> Result<bool> {
    Ok(tx.execute(&DROP_CHANNEL, args![id]).await? == 1)
}

/// Notes how the last notice fared.
pub async fn note_result(tx: &mut Tx, id: Uuid, day: Day, result: &str) -> Result<()> {
    tx.execute(&NOTE_RESULT, args![id, day, result]).await?;
    Ok(())
}

/// How many cases of the enterprise are due from today until a day, and how many are overdue.
pub async fn sums(tx: &mut Tx, today: Day, until: Day) -> Result<(i64, i64)> {
    Ok(tx
        .optional(&SUMS, args![today, until])
        .await?
        .unwrap_or((0, 0)))
}
