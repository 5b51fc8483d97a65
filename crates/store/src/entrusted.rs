//! What those did who may read more than others.

use hezuo_domain::commitment::Hash;
use hezuo_domain::entrusted::Act;
use hezuo_domain::ids::{EnterpriseId, EventId, UserId};
use hezuo_domain::time::Day;
use uuid::Uuid;

use crate::db::Tx;
use crate::error::Result;
use crate::statement::statements;
use crate::value::args;

statements! {
    rows ADD_EVENTS = (11, "INSERT INTO entrusted_event (enterprise_id, id, act, subject_id,
        actor_user_id, actor, office, local_day, nonce, payload, leaf)", "");
    tenant ACTS_ON = "SELECT act FROM entrusted_event WHERE enterprise_id = $1 AND subject_id = $2
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
}

/// Keeps what was done.
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
            it.leaf
        ]
    });
    tx.insert(&ADD_EVENTS, rows.collect()).await?;
    Ok(())
}

/// What was done to one case or report.
pub async fn acts_on(tx: &mut Tx, subject: Uuid) -> Result<Vec<Act>> {
    let rows: Vec<(String,)> = tx.all(&ACTS_ON, args![subject]).await?;
    Ok(rows.iter().filter_map(|(act,)| Act::parse(act)).collect())
}
