//! Alarms that ring, what each user is told, and when notices go out.

pub mod channels;
pub mod digest;
pub mod mail;

use hezuo_domain::ids::{AreaId, CaseId, EnterpriseId, EventId, SiteId, UserId};
use hezuo_domain::notices::{Kind, Rhythm};
use hezuo_domain::time::Day;
use uuid::Uuid;

use crate::db::Tx;
use crate::error::Result;
use crate::statement::statements;
use crate::value::args;

statements! {
    tenant RINGING = "SELECT c.id, c.category, c.site_id, c.area_id, a.name AS area_name,
            c.grade_level, c.reported_day, c.alarm_step
        FROM (SELECT r.id FROM cases r WHERE r.enterprise_id = $1 AND r.alarm_step IS NOT NULL
            AND r.alarm_user_id IS NULL) ringing
        CROSS JOIN cases c
        LEFT JOIN area a ON a.enterprise_id = c.enterprise_id AND a.id = c.area_id
        WHERE c.enterprise_id = $1 AND c.id = ringing.id
            AND c.state IN ('new', 'accepted', 'planned', 'done')
        ORDER BY c.alarm_step DESC, c.reported_day, c.id LIMIT 50";
    rows ADD_NOTICES = (10, "INSERT INTO notice (enterprise_id, user_id, id, kind, case_id, step,
        due_soon, overdue, local_day, event_id)", "");
    tenant NOTICES = "SELECT n.id, n.kind, n.case_id, n.step, n.due_soon, n.overdue, n.local_day,
            n.read_day, c.category, c.grade_level, c.state, a.name AS area_name,
            p.name AS answered_by, e.phase, e.act, e.role, sp.name AS subject, ap.name AS actor
        FROM notice n
        LEFT JOIN cases c ON c.enterprise_id = n.enterprise_id AND c.id = n.case_id
        LEFT JOIN area a ON a.enterprise_id = c.enterprise_id AND a.id = c.area_id
        LEFT JOIN app_user u ON u.enterprise_id = c.enterprise_id AND u.id = c.alarm_user_id
        LEFT JOIN person p ON p.enterprise_id = u.enterprise_id AND p.id = u.person_id
        LEFT JOIN account_event e ON e.enterprise_id = n.enterprise_id AND e.id = n.event_id
        LEFT JOIN app_user su ON su.enterprise_id = e.enterprise_id AND su.id = e.subject_user_id
        LEFT JOIN person sp ON sp.enterprise_id = su.enterprise_id AND sp.id = su.person_id
        LEFT JOIN app_user au ON au.enterprise_id = e.enterprise_id AND au.id = e.actor_user_id
        LEFT JOIN person ap ON ap.enterprise_id = au.enterprise_id AND ap.id = au.person_id
        WHERE n.enterprise_id = $1 AND n.user_id = $2 AND (n.local_day, n.id) < ($3, $4)
        ORDER BY n.local_day DESC, n.id DESC LIMIT $5";
    tenant UNREAD = "SELECT COUNT(*) FROM notice
        WHERE enterprise_id = $1 AND user_id = $2 AND read_day IS NULL";
    tenant READ_ONE = "UPDATE notice SET read_day = $4
        WHERE enterprise_id = $1 AND user_id = $2 AND id = $3 AND read_day IS NULL";
    tenant READ_ALL = "UPDATE notice SET read_day = $3
        WHERE enterprise_id = $1 AND user_id = $2 AND read_day IS NULL";
    tenant FIND_RHYTHM = "SELECT alarm_minutes, quiet_from, quiet_to, digest_at FROM notice_setting
        WHERE enterprise_id = $1";
    rows SAVE_RHYTHM = (7, "INSERT INTO notice_setting (enterprise_id, alarm_minutes, quiet_from,
        quiet_to, digest_at, changed_by, changed_day)",
        "ON CONFLICT (enterprise_id) DO UPDATE SET alarm_minutes = excluded.alarm_minutes,
        quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to,
        digest_at = excluded.digest_at, changed_by = excluded.changed_by,
        changed_day = excluded.changed_day");
    // What a reporter without a name adds later shows itself when somebody looks, not at once.
    tenant CHANGED = "SELECT DISTINCT k.site_id, k.area_id
        FROM chain c
        JOIN case_event e ON e.enterprise_id = c.enterprise_id AND e.id = c.event_id
        JOIN cases k ON k.enterprise_id = e.enterprise_id AND k.id = e.case_id
        WHERE c.enterprise_id = $1 AND c.seq > $2
            AND (e.at IS NOT NULL OR e.actor_kind <> 'reporter' OR e.action = 'report')
        LIMIT 1000";
}

/// An alarm that nobody has answered.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Ringing {
    /// The case.
    #[sqlx(try_from = "Uuid")]
    pub id: CaseId,
    /// Category, by its word.
    pub category: String,
    /// The site.
    pub site_id: Option<Uuid>,
    /// The area.
    pub area_id: Option<Uuid>,
    /// The area's name.
    pub area_name: Option<String>,
    /// Risk level, once graded.
    pub grade_level: Option<i64>,
    /// The day it was reported.
    pub reported_day: i64,
    /// How far it has gone.
    pub alarm_step: i64,
}

/// The alarms that ring in the scope's enterprise, the loudest first.
pub async fn ringing(tx: &mut Tx) -> Result<Vec<Ringing>> {
    tx.all(&RINGING, args![]).await
}

/// A notice to be kept for one user.
#[derive(Debug, Clone)]
pub struct NewNotice {
    /// Whom it tells.
    pub user: UserId,
    /// Random id.
    pub id: Uuid,
    /// What it is about.
    pub kind: Kind,
    /// Of a danger, the case and how far its alarm has gone.
    pub alarm: Option<(CaseId, u8)>,
    /// How many of the user's cases are due soon.
    pub due_soon: i64,
    /// How many are overdue.
    pub overdue: i64,
    /// Of an account, what was done to it.
    pub event: Option<EventId>,
}

/// Keeps notices.
pub async fn add(
    tx: &mut Tx,
    enterprise: EnterpriseId,
    day: Day,
    notices: Vec<NewNotice>,
) -> Result<()> {
    let rows = notices.into_iter().map(|it| {
        args![
            enterprise,
            it.user,
            it.id,
            it.kind.as_str(),
            it.alarm.map(|(case, _)| case),
            it.alarm.map(|(_, step)| i64::from(step)),
            it.due_soon,
            it.overdue,
            day,
            it.event
        ]
    });
    tx.insert(&ADD_NOTICES, rows.collect()).await?;
    Ok(())
}

/// A notice as its user reads it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Notice {
    /// Its id.
    pub id: Uuid,
    /// What it is about, by its word.
    pub kind: String,
    /// Of a danger, the case.
    pub case_id: Option<Uuid>,
    /// Of a danger, how far its alarm had gone.
    pub step: Option<i64>,
    /// How many of the user's cases are due soon.
    pub due_soon: i64,
    /// How many are overdue.
    pub overdue: i64,
    /// The day.
    pub local_day: i64,
    /// The day on which it was read.
    pub read_day: Option<i64>,
    /// The case's category, by its word.
    pub category: Option<String>,
    /// The case's risk level, once graded.
    pub grade_level: Option<i64>,
    /// The case's state now, by its word.
    pub state: Option<String>,
    /// The name of the case's area.
    pub area_name: Option<String>,
    /// Who has answered the alarm.
    pub answered_by: Option<String>,
    /// Of an account, how far the act had come.
    pub phase: Option<String>,
    /// Of an account, what was done.
    pub act: Option<String>,
    /// Of a role, which.
    pub role: Option<String>,
    /// To whose account.
    pub subject: Option<String>,
    /// By whom; none for the server's terminal.
    pub actor: Option<String>,
}

/// A page of a user's notices, newest day first; within a day nothing tells which came first.
pub async fn list(
    tx: &mut Tx,
    user: UserId,
    before: Option<(Day, Uuid)>,
    limit: i64,
) -> Result<Vec<Notice>> {
    let (day, id) = before.unwrap_or((Day(i64::MAX), Uuid::max()));
    tx.all(&NOTICES, args![user, day, id, limit]).await
}

/// How many notices of a user are unread.
pub async fn unread(tx: &mut Tx, user: UserId) -> Result<i64> {
    let row: Option<(i64,)> = tx.optional(&UNREAD, args![user]).await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// Marks one of a user's notices as read, or all of them.
pub async fn read(tx: &mut Tx, user: UserId, one: Option<Uuid>, day: Day) -> Result<()> {
    match one {
        Some(id) => tx.execute(&READ_ONE, args![user, id, day]).await?,
        None => tx.execute(&READ_ALL, args![user, day]).await?,
    };
    Ok(())
}

/// When notices go out; the defaults before anything was set.
pub async fn rhythm(tx: &mut Tx) -> Result<Rhythm> {
    let row: Option<(i64, i64, i64, i64)> = tx.optional(&FIND_RHYTHM, args![]).await?;
    Ok(row.map_or_else(Rhythm::default, |row| Rhythm {
        alarm_minutes: row.0,
        quiet_from: row.1,
        quiet_to: row.2,
        digest_at: row.3,
    }))
}

/// Sets when notices go out.
pub async fn save_rhythm(
    tx: &mut Tx,
    enterprise: EnterpriseId,
    it: Rhythm,
    by: UserId,
    day: Day,
) -> Result<()> {
    let row = args![
        enterprise,
        it.alarm_minutes,
        it.quiet_from,
        it.quiet_to,
        it.digest_at,
        by,
        day
    ];
    tx.insert(&SAVE_RHYTHM, vec![row]).await?;
    Ok(())
}

/// Where cases have changed since a position of the enterprise's chain.
pub async fn changed_since(
    tx: &mut Tx,
    position: i64,
) -> Result<Vec<(Option<SiteId>, Option<AreaId>)>> {
    let rows: Vec<(Option<Uuid>, Option<Uuid>)> = tx.all(&CHANGED, args![position]).await?;
    Ok(rows
        .into_iter()
        .map(|(site, area)| (site.map(SiteId), area.map(AreaId)))
        .collect())
}
