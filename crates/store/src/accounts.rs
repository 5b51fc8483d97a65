//! What was done to accounts, and what waits for a second person.

use hezuo_domain::accounts::{Act, Change, Phase, State};
use hezuo_domain::commitment::Hash;
use hezuo_domain::ids::{EnterpriseId, EventId, UserId};
use hezuo_domain::people::{Grant, Role};
use hezuo_domain::time::Day;
use uuid::Uuid;

use crate::db::Tx;
use crate::error::{Result, StoreError};
use crate::ledger::{self, Pending};
use crate::people::grant;
use crate::statement::statements;
use crate::value::args;

macro_rules! changes_sql {
    ($which:literal) => {
        concat!(
            "SELECT c.id, c.act, c.subject_user_id, c.role, c.place_kind, c.place_key,
                c.asked_by, c.asked_day, c.due_day, c.state, s.name AS subject, a.name AS asker,
                d.name AS decider
            FROM account_change c
            JOIN app_user u ON u.enterprise_id = c.enterprise_id AND u.id = c.subject_user_id
            JOIN person s ON s.enterprise_id = u.enterprise_id AND s.id = u.person_id
            JOIN app_user v ON v.enterprise_id = c.enterprise_id AND v.id = c.asked_by
            JOIN person a ON a.enterprise_id = v.enterprise_id AND a.id = v.person_id
            LEFT JOIN app_user w ON w.enterprise_id = c.enterprise_id AND w.id = c.decided_by
            LEFT JOIN person d ON d.enterprise_id = w.enterprise_id AND d.id = w.person_id
            WHERE c.enterprise_id = $1 AND ",
            $which
        )
    };
}

macro_rules! events_sql {
    ($which:literal) => {
        concat!(
            "SELECT e.id, e.phase, e.act, e.role, e.local_day, s.name AS subject,
                a.name AS actor
            FROM account_event e
            JOIN app_user u ON u.enterprise_id = e.enterprise_id AND u.id = e.subject_user_id
            JOIN person s ON s.enterprise_id = u.enterprise_id AND s.id = u.person_id
            LEFT JOIN app_user v ON v.enterprise_id = e.enterprise_id AND v.id = e.actor_user_id
            LEFT JOIN person a ON a.enterprise_id = v.enterprise_id AND a.id = v.person_id
            WHERE e.enterprise_id = $1 AND ",
            $which
        )
    };
}

statements! {
    rows ADD_EVENTS = (11, "INSERT INTO account_event (enterprise_id, id, phase, act, actor_user_id,
        subject_user_id, role, local_day, nonce, payload, leaf)", "");
    // That somebody took home what is held about him is nobody else's business.
    tenant EVENTS = (events_sql!("e.act <> 'data_taken' AND (e.local_day, e.id) < ($2, $3)
        ORDER BY e.local_day DESC, e.id DESC LIMIT $4"));
    tenant EVENTS_OF = (events_sql!("e.subject_user_id = $2
        ORDER BY e.local_day DESC, e.id DESC LIMIT $3"));
    tenant HAD_ROLE = "SELECT id FROM account_event WHERE enterprise_id = $1 AND role = $2 LIMIT 1";
    rows ADD_CHANGES = (11, "INSERT INTO account_change (enterprise_id, id, act, subject_user_id,
        role, place_kind, place_key, asked_by, asked_day, due_day, state)", "");
    tenant CHANGES = (changes_sql!("c.state IN ('waiting', 'agreed')
        ORDER BY c.asked_day, c.id LIMIT 200"));
    tenant FIND_CHANGE = (changes_sql!("c.id = $2"));
    tenant DECIDE = "UPDATE account_change SET state = $4, decided_by = $5, decided_day = $6
        WHERE enterprise_id = $1 AND id = $2 AND state = $3";
}

/// A fact about an account, to be kept for good.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// Random id.
    pub id: EventId,
    /// How far the act has come.
    pub phase: Phase,
    /// What is done.
    pub act: Act,
    /// By whom; none for the server's terminal.
    pub actor: Option<UserId>,
    /// To whose account.
    pub subject: UserId,
    /// Of a role that is given or taken, which.
    pub role: Option<Role>,
    /// The day.
    pub day: Day,
    /// What the leaf commits to.
    pub nonce: [u8; 32],
    /// What the leaf commits to.
    pub payload: String,
    /// SHA-256 of both.
    pub leaf: Hash,
}

/// Keeps facts.
pub async fn add_events(tx: &mut Tx, enterprise: EnterpriseId, events: &[NewEvent]) -> Result<()> {
    let rows = events.iter().map(|it| {
        args![
            enterprise,
            it.id,
            it.phase.as_str(),
            it.act.as_str(),
            it.actor,
            it.subject,
            it.role.map(Role::as_str),
            it.day,
            it.nonce,
            &it.payload,
            it.leaf
        ]
    });
    tx.insert(&ADD_EVENTS, rows.collect()).await?;
    let leaves = events.iter().map(|it| Pending {
        enterprise,
        event: it.id,
        leaf: it.leaf,
    });
    ledger::wait(tx, leaves).await
}

/// A fact as it is read.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Event {
    /// Its id.
    pub id: Uuid,
    /// How far the act had come.
    pub phase: String,
    /// What was done.
    pub act: String,
    /// Of a role, which.
    pub role: Option<String>,
    /// The day.
    pub local_day: i64,
    /// To whose account.
    pub subject: String,
    /// By whom; none for the server's terminal.
    pub actor: Option<String>,
}

/// A page of facts for those who watch over accounts, newest day first; within a day nothing tells which came
/// first.
pub async fn events(tx: &mut Tx, before: Option<(Day, Uuid)>, limit: i64) -> Result<Vec<Event>> {
    let (day, id) = before.unwrap_or((Day(i64::MAX), Uuid::max()));
    tx.all(&EVENTS, args![day, id, limit]).await
}

/// What was done to one account, newest day first.
pub async fn events_of(tx: &mut Tx, user: UserId, limit: i64) -> Result<Vec<Event>> {
    tx.all(&EVENTS_OF, args![user, limit]).await
}

/// Whether anything ever happened with this role in the enterprise.
pub async fn had_role(tx: &mut Tx, role: Role) -> Result<bool> {
    let row: Option<(Uuid,)> = tx.optional(&HAD_ROLE, args![role.as_str()]).await?;
    Ok(row.is_some())
}

/// A change with what it is about.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Random id.
    pub id: Uuid,
    /// The change.
    pub change: Change,
    /// Of a role, which, and where.
    pub grant: Option<Grant>,
    /// The day it was asked for.
    pub asked_day: Day,
    /// Whose account, by name.
    pub subject: String,
    /// Who wants it, by name.
    pub asker: String,
    /// Who agreed, by name.
    pub decider: Option<String>,
}

/// Keeps changes that wait.
pub async fn add_changes(
    tx: &mut Tx,
    enterprise: EnterpriseId,
    changes: &[(Uuid, Change, Option<Grant>, Day)],
) -> Result<()> {
    let rows = changes.iter().map(|(id, it, grant, day)| {
        args![
            enterprise,
            *id,
            it.act.as_str(),
            it.subject,
            grant.as_ref().map(|it| it.role.as_str()),
            grant.as_ref().map(|it| it.place.kind()),
            grant.as_ref().map(|it| it.place.key()),
            it.asked_by,
            *day,
            it.due,
            it.state.as_str()
        ]
    });
    tx.insert(&ADD_CHANGES, rows.collect()).await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    act: String,
    subject_user_id: Uuid,
    role: Option<String>,
    place_kind: Option<String>,
    place_key: Option<String>,
    asked_by: Uuid,
    asked_day: i64,
    due_day: i64,
    state: String,
    subject: String,
    asker: String,
    decider: Option<String>,
}

fn entry(row: Row) -> Result<Entry> {
    Ok(Entry {
        id: row.id,
        change: Change {
            act: Act::parse(&row.act).ok_or(StoreError::Corrupt("account_change.act"))?,
            subject: UserId(row.subject_user_id),
            asked_by: UserId(row.asked_by),
            due: Day(row.due_day),
            state: State::parse(&row.state).ok_or(StoreError::Corrupt("account_change.state"))?,
        },
        grant: grant(row.role, row.place_kind, row.place_key)?,
        asked_day: Day(row.asked_day),
        subject: row.subject,
        asker: row.asker,
        decider: row.decider,
    })
}

/// The changes that wait or may be carried out, the oldest first.
pub async fn changes(tx: &mut Tx) -> Result<Vec<Entry>> {
    let rows: Vec<Row> = tx.all(&CHANGES, args![]).await?;
    rows.into_iter().map(entry).collect()
}

/// A change, whatever became of it.
pub async fn find_change(tx: &mut Tx, id: Uuid) -> Result<Option<Entry>> {
    let row: Option<Row> = tx.optional(&FIND_CHANGE, args![id]).await?;
    row.map(entry).transpose()
}

/// Notes what became of a change; false where somebody else was faster.
pub async fn decide(
    tx: &mut Tx,
    id: Uuid,
    (from, to): (State, State),
    by: UserId,
    day: Day,
) -> Result<bool> {
    let values = args![id, from.as_str(), to.as_str(), by, day];
    Ok(tx.execute(&DECIDE, values).await? == 1)
}
