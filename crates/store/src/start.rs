//! The first start: the link for the first administrator, and what a factory has set up so far.

use hezuo_domain::commitment::Hash;
use hezuo_domain::ids::UserId;
use hezuo_domain::time::{Day, Instant};

use crate::db::Tx;
use crate::error::Result;
use crate::places::Enterprise;
use crate::statement::statements;
use crate::value::args;

statements! {
    global ANY_LOGIN = "SELECT login FROM login_name LIMIT 1";
    global DROP_FIRST_LINKS = "DELETE FROM first_link";
    global ADD_FIRST_LINK = "INSERT INTO first_link (token_hash, expires_at, used_at)
        VALUES ($1, $2, NULL)";
    global USE_FIRST_LINK = "UPDATE first_link SET used_at = $2
        WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2";
    global CHANGE_ENTERPRISE = "UPDATE enterprise SET name = $2, credit_code = $3,
        credit_code_ok = $4, region_code = $5, time_zone = $6 WHERE id = $1";
    tenant HANG_LABELS = "INSERT INTO enterprise_setting
        (enterprise_id, emergency_phone, labels_day, labels_by) SELECT id, '', $2, $3
        FROM enterprise WHERE id = $1 /* enterprise_id = $1 */
        ON CONFLICT (enterprise_id) DO UPDATE SET labels_day = excluded.labels_day,
        labels_by = excluded.labels_by";
    tenant FACTS = "SELECT
        CAST((SELECT COUNT(*) FROM area WHERE enterprise_id = $1 AND kind = 'area') AS BIGINT)
            AS areas,
        CAST((SELECT COUNT(*) FROM area WHERE enterprise_id = $1 AND kind = 'area'
            AND heads IS NOT NULL) AS BIGINT) AS attested,
        CAST((SELECT COUNT(*) FROM person WHERE enterprise_id = $1 AND active) AS BIGINT)
            AS persons,
        CAST((SELECT COUNT(DISTINCT g.user_id) FROM role_grant g
            JOIN app_user u ON u.enterprise_id = g.enterprise_id AND u.id = g.user_id
            WHERE g.enterprise_id = $1 AND g.role = 'eit_leader' AND NOT u.disabled) AS BIGINT)
            AS leaders,
        CAST((SELECT COUNT(DISTINCT g.user_id) FROM role_grant g
            JOIN app_user u ON u.enterprise_id = g.enterprise_id AND u.id = g.user_id
            WHERE g.enterprise_id = $1 AND g.role = 'eit_secretary' AND NOT u.disabled) AS BIGINT)
            AS secretaries,
        (SELECT labels_day FROM enterprise_setting WHERE enterprise_id = $1) AS labels_day,
        CAST(CASE WHEN EXISTS (SELECT 1 FROM cases WHERE enterprise_id = $1
            AND source <> 'import') THEN 1 ELSE 0 END AS BIGINT) AS reported,
        CAST(CASE WHEN EXISTS (SELECT 1 FROM cases WHERE enterprise_id = $1
            AND source <> 'import' AND answered_day IS NOT NULL) THEN 1 ELSE 0 END AS BIGINT)
            AS answered";
    tenant ANY_CASE = "SELECT state FROM cases WHERE enterprise_id = $1 LIMIT 1";
}

/// Whether anybody has a login on this server.
pub async fn has_logins(tx: &mut Tx) -> Result<bool> {
    let found: Option<(String,)> = tx.optional(&ANY_LOGIN, args![]).await?;
    Ok(found.is_some())
}

/// Keeps a new link; the one before ends.
pub async fn replace_link(tx: &mut Tx, token: Hash, expires: Instant) -> Result<()> {
    tx.execute(&DROP_FIRST_LINKS, args![]).await?;
    tx.execute(&ADD_FIRST_LINK, args![token, expires]).await?;
    Ok(())
}

/// Uses the link up; false where it is unknown, used or expired.
pub async fn use_link(tx: &mut Tx, token: Hash, now: Instant) -> Result<bool> {
    Ok(tx.execute(&USE_FIRST_LINK, args![token, now]).await? == 1)
}

/// Changes what stands about an enterprise in the directory.
pub async fn change_enterprise(tx: &mut Tx, it: &Enterprise) -> Result<bool> {
    let values = args![
        it.id,
        &it.name,
        it.credit_code.as_ref(),
        it.credit_code_ok,
        it.region_code.as_ref(),
        &it.time_zone
    ];
    Ok(tx.execute(&CHANGE_ENTERPRISE, values).await? == 1)
}

/// Notes that the codes hang on the walls.
pub async fn hang_labels(tx: &mut Tx, day: Day, by: UserId) -> Result<()> {
    tx.execute(&HANG_LABELS, args![day, by]).await?;
    Ok(())
}

/// What a factory has, as far as the first steps ask.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct FactsRow {
    /// Areas, without machines.
    pub areas: i64,
    /// Areas of which somebody has said how many people work there.
    pub attested: i64,
    /// People who work there.
    pub persons: i64,
    /// Logins that lead the EIT.
    pub leaders: i64,
    /// Logins that keep its minutes.
    pub secretaries: i64,
    /// The day on which the codes were hung up.
    pub labels_day: Option<i64>,
    /// 1 where somebody has reported something.
    pub reported: i64,
    /// 1 where a report has been answered.
    pub answered: i64,
}

/// Reads what the scope's enterprise has.
pub async fn facts(tx: &mut Tx) -> Result<Option<FactsRow>> {
    tx.optional(&FACTS, args![]).await
}

/// Whether the scope's enterprise has any case.
pub async fn has_cases(tx: &mut Tx) -> Result<bool> {
    let found: Option<(String,)> = tx.optional(&ANY_CASE, args![]).await?;
    Ok(found.is_some())
}
