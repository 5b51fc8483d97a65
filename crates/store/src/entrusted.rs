//! What those did who may read more than others.

use std::collections::HashSet;

use hezuo_domain::commitment::Hash;
use hezuo_domain::entrusted::Act;
use hezuo_domain::ids::{EnterpriseId, EventId, UserId};
use hezuo_domain::time::Day;
use uuid::Uuid;

use crate::db::Tx;
use crate::error::Result;
use crate::ledger::{self, Pending};
use crate::statement::statements;
use crate::value::args;

statements! {
    rows ADD_EVENTS = (12, "INSERT INTO entrusted_event (enterprise_id, id, act, subject_id,
        actor_user_id, actor, office, local_day, nonce, payload, leaf, look_key)",
        "ON CONFLICT DO NOTHING RETURNING id");
    tenant LOOKS = "SELECT id, act, subject_id, actor, office, local_day FROM entrusted_event
        WHERE enterprise_id = $1 AND (local_day, id) < ($2, $3)
            AND act IN ('name_read', 'voice_heard', 'factory_opened')
        ORDER BY local_day DESC, id DESC LIMIT $4";
    tenant ACTS_ON = "SELECT act, actor, local_day FROM entrusted_event WHERE enterprise_id = $1 AND subject_id = $2
        ORDER BY local_day, id LIMIT 200";
}

/// Something that was done, to be kept for good.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// Random id.
    pub id: EventId,
    /// What was done.
    pub act: Act,
    /// The case or report, or the enterprise as a whole.
    pub subject: Uuid,
    /// By whom.
    pub actor: UserId,
    /// That person's name: a login of another enterprise can't be looked up here.
    pub name: String,
    /// Of somebody from outside, the office.
    pub office: Option<String>,
    /// The day.
    pub day: Day,
    /// What the leaf commits to.
    pub nonce: [u8; 32],
    /// What the leaf commits to.
    pub payload: String,
    /// SHA-256 of both.
    pub leaf: Hash,
    /// Of a look, what makes it one and the same all day.
    pub look: Option<Hash>,
}

/// Keeps what was done; a look that was kept today already is not kept again.
pub async fn add(tx: &mut Tx, enterprise: EnterpriseId, events: &[NewEvent]) -> Result<()> {
    let rows = events.iter().map(|it| {
        args![
            enterprise,
            it.id,
            it.act.as_str(),
            it.subject,
            it.actor,
            &it.name,
            it.office.as_deref(),
            it.day,
            it.nonce,
            &it.payload,
            it.leaf,
            it.look
        ]
    });
    let added: Vec<(Uuid,)> = tx.many(&ADD_EVENTS, rows.collect()).await?;
    let added: HashSet<Uuid> = added.into_iter().map(|(id,)| id).collect();
    let leaves = events.iter().filter(|it| added.contains(&it.id.0));
    let leaves = leaves.map(|it| Pending {
        enterprise,
        event: it.id,
        leaf: it.leaf,
    });
    ledger::wait(tx, leaves).await
}

/// Something that was done to one case or report.
#[derive(Debug, Clone)]
pub struct Done {
    /// What.
    pub act: Act,
    /// By whom.
    pub actor: String,
    /// On which day.
    pub day: Day,
}

/// What was done to one case or report, by day.
pub async fn acts_on(tx: &mut Tx, subject: Uuid) -> Result<Vec<Done>> {
    let rows: Vec<(String, String, i64)> = tx.all(&ACTS_ON, args![subject]).await?;
    let done = |(act, actor, day): (String, String, i64)| {
        Some(Done {
            act: Act::parse(&act)?,
            actor,
            day: Day(day),
        })
    };
    Ok(rows.into_iter().filter_map(done).collect())
}

/// A look that the factory may know of.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Look {
    /// Its id.
    pub id: Uuid,
    /// What was looked at, by its word.
    pub act: String,
    /// The case, or the enterprise as a whole.
    pub subject_id: Uuid,
    /// Who.
    pub actor: String,
    /// Of somebody from outside, the office.
    pub office: Option<String>,
    /// The day.
    pub local_day: i64,
}

/// A page of looks, newest day first; within a day nothing tells which came first.
pub async fn looks(tx: &mut Tx, before: Option<(Day, Uuid)>, limit: i64) -> Result<Vec<Look>> {
    let (day, id) = before.unwrap_or((Day(i64::MAX), Uuid::max()));
    tx.all(&LOOKS, args![day, id, limit]).await
}
