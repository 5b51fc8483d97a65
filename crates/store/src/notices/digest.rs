//! What owners are told once a day, and on which day they were told last.

use hezuo_domain::ids::{EnterpriseId, UserId};
use hezuo_domain::notices::Rhythm;
use hezuo_domain::time::Day;
use uuid::Uuid;

use crate::db::Tx;
use crate::error::Result;
use crate::statement::statements;
use crate::value::args;

statements! {
    cross ENTERPRISES = ("owners of every enterprise are told once a day what is due",
        "SELECT e.id, e.name, e.time_zone, d.local_day, s.alarm_minutes, s.quiet_from, s.quiet_to,
            s.digest_at
        FROM enterprise e
        LEFT JOIN notice_setting s ON s.enterprise_id = e.id
        LEFT JOIN notice_digest d ON d.enterprise_id = e.id
        WHERE e.kind = 'enterprise' ORDER BY e.id");
    // Whichever of several processes comes first tells the owners of the day.
    rows CLAIM = (2, "INSERT INTO notice_digest (enterprise_id, local_day)",
        "ON CONFLICT (enterprise_id) DO UPDATE SET local_day = excluded.local_day
        WHERE notice_digest.local_day < excluded.local_day");
    tenant OWNED = "SELECT u.id,
            CAST(SUM(CASE WHEN c.due_day >= $2 THEN 1 ELSE 0 END) AS BIGINT) AS due_soon,
            CAST(SUM(CASE WHEN c.due_day < $2 THEN 1 ELSE 0 END) AS BIGINT) AS overdue
        FROM cases c
        JOIN app_user u ON u.enterprise_id = c.enterprise_id AND u.person_id = c.owner_id
            AND NOT u.disabled
        WHERE c.enterprise_id = $1 AND c.state = 'planned' AND c.due_day <= $3
        GROUP BY u.id ORDER BY u.id";
}

/// An enterprise as the daily round sees it.
#[derive(Debug, Clone)]
pub struct Round {
    /// The enterprise.
    pub enterprise: EnterpriseId,
    /// Its name.
    pub name: String,
    /// IANA time zone.
    pub time_zone: String,
    /// The last day on which its owners were told.
    pub told: Option<Day>,
    /// When notices go out.
    pub rhythm: Rhythm,
}

#[derive(sqlx::FromRow)]
struct RoundRow {
    id: Uuid,
    name: String,
    time_zone: String,
    local_day: Option<i64>,
    alarm_minutes: Option<i64>,
    quiet_from: Option<i64>,
    quiet_to: Option<i64>,
    digest_at: Option<i64>,
}

/// All enterprises and when their owners were told last.
pub async fn rounds(tx: &mut Tx) -> Result<Vec<Round>> {
    let rows: Vec<RoundRow> = tx.all(&ENTERPRISES, args![]).await?;
    let usual = Rhythm::default();
    let round = |row: RoundRow| Round {
        enterprise: EnterpriseId(row.id),
        name: row.name,
        time_zone: row.time_zone,
        told: row.local_day.map(Day),
        rhythm: Rhythm {
            alarm_minutes: row.alarm_minutes.unwrap_or(usual.alarm_minutes),
            quiet_from: row.quiet_from.unwrap_or(usual.quiet_from),
            quiet_to: row.quiet_to.unwrap_or(usual.quiet_to),
            digest_at: row.digest_at.unwrap_or(usual.digest_at),
        },
    };
    Ok(rows.into_iter().map(round).collect())
}

/// Takes the day's round of an enterprise; false when it was made already.
pub async fn claim(tx: &mut Tx, enterprise: EnterpriseId, day: Day) -> Result<bool> {
    Ok(tx.insert(&CLAIM, vec![args![enterprise, day]]).await? == 1)
}

/// What an owner who logs in has to do.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Owned {
    /// The owner.
    #[sqlx(try_from = "Uuid")]
    pub id: UserId,
    /// Cases that are due soon.
    pub due_soon: i64,
    /// Cases that are overdue.
    pub overdue: i64,
}

/// What is overdue today or due until a day, by owner.
pub async fn owned(tx: &mut Tx, today: Day, until: Day) -> Result<Vec<Owned>> {
    tx.all(&OWNED, args![today, until]).await
}
