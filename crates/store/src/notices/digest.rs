//! What owners are told once a day, and on which day they were told last.

use std::collections::HashMap;

use hezuo_domain::ids::{EnterpriseId, UserId};
use hezuo_domain::notices::Rhythm;
use hezuo_domain::time::Day;
use uuid::Uuid;

use crate::db::Tx;
use crate::error::Result;
use crate::statement::statements;
use crate::value::args;

statements! {
    global ENTERPRISES = "SELECT id, name, time_zone FROM enterprise WHERE kind = 'enterprise' ORDER BY id";
    cross TOLD = ("owners of every enterprise are told once a day what is due",
        "SELECT enterprise_id, local_day FROM notice_digest");
    cross RHYTHMS = ("owners of every enterprise are told when its notices go out",
        "SELECT enterprise_id, alarm_minutes, quiet_from, quiet_to, digest_at FROM notice_setting");
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
struct RhythmRow {
    enterprise_id: Uuid,
    alarm_minutes: i64,
    quiet_from: i64,
    quiet_to: i64,
    digest_at: i64,
}

/// All enterprises and when their owners were told last.
pub async fn rounds(tx: &mut Tx) -> Result<Vec<Round>> {
    let enterprises: Vec<(Uuid, String, String)> = tx.all(&ENTERPRISES, args![]).await?;
    let told: Vec<(Uuid, i64)> = tx.all(&TOLD, args![]).await?;
    let told: HashMap<Uuid, i64> = told.into_iter().collect();
    let rhythms: Vec<RhythmRow> = tx.all(&RHYTHMS, args![]).await?;
    let rhythm = |row: RhythmRow| {
        let rhythm = Rhythm {
            alarm_minutes: row.alarm_minutes,
            quiet_from: row.quiet_from,
            quiet_to: row.quiet_to,
            digest_at: row.digest_at,
        };
        (row.enterprise_id, rhythm)
    };
    let rhythms: HashMap<Uuid, Rhythm> = rhythms.into_iter().map(rhythm).collect();
    let round = |(id, name, time_zone)| Round {
        enterprise: EnterpriseId(id),
        name,
        time_zone,
        told: told.get(&id).copied().map(Day),
        rhythm: rhythms.get(&id).copied().unwrap_or_default(),
    };
    Ok(enterprises.into_iter().map(round).collect())
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
