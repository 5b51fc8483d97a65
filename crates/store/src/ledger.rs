//! The hash chain over the events of an enterprise: those of its cases, of its accounts, and of those
//! who may read more than others. The sequencer appends leaves afterwards, so that no request waits for
//! it; what is not yet appended is pending, not broken.

use std::collections::HashMap;

use hezuo_domain::commitment::Hash;
use hezuo_domain::ids::{EnterpriseId, EventId};
use uuid::Uuid;

use crate::cases::rows::hash;
use crate::db::Tx;
use crate::error::Result;
use crate::statement::statements;
use crate::value::args;

statements! {
    tenant HEAD = "SELECT seq, head FROM chain WHERE enterprise_id = $1 ORDER BY seq DESC LIMIT 1";
    cross HEAD_OF = ("the sequencer appends to the chains of many enterprises at once",
        "SELECT seq, head FROM chain WHERE enterprise_id = $1 ORDER BY seq DESC LIMIT 1");
    // The last position first, by itself: joined at once PostgreSQL would walk all chains.
    many HEADS = ("the sequencer appends to the chains of many enterprises at once", 1,
        "WITH asked (enterprise_id) AS (", "), last (enterprise_id, seq) AS MATERIALIZED (
            SELECT asked.enterprise_id,
                (SELECT MAX(l.seq) FROM chain l WHERE l.enterprise_id = asked.enterprise_id) FROM asked)
        SELECT c.enterprise_id, c.seq, c.head FROM last
        JOIN chain c ON c.enterprise_id = last.enterprise_id AND c.seq = last.seq");
    rows WAIT = (3, "INSERT INTO pending_leaf (enterprise_id, event_id, leaf)", "");
    // The last of as many as are taken at once.
    cross LAST_TAKEN = ("the sequencer appends to the chains of many enterprises at once",
        "SELECT enterprise_id, event_id FROM (SELECT enterprise_id, event_id FROM pending_leaf
            ORDER BY enterprise_id, event_id LIMIT $1) AS first
        ORDER BY enterprise_id DESC, event_id DESC LIMIT 1");
    cross TAKE = ("the sequencer appends to the chains of many enterprises at once",
        "DELETE FROM pending_leaf WHERE (enterprise_id, event_id) <= ($1, $2)
        RETURNING enterprise_id, event_id, leaf");
    cross ANY_PENDING = ("the sequencer appends to the chains of many enterprises at once",
        "SELECT event_id FROM pending_leaf LIMIT 1");
    tenant COUNT_PENDING = "SELECT COUNT(*) FROM pending_leaf WHERE enterprise_id = $1";
    rows APPEND = (5, "INSERT INTO chain (enterprise_id, seq, event_id, leaf, head)", "");
    // An id is random, so it stands in one of the tables only.
    tenant ENTRIES = "SELECT c.seq, c.event_id, c.leaf, c.head,
            COALESCE(e.leaf, a.leaf, t.leaf) AS event_leaf,
            COALESCE(e.nonce, a.nonce, t.nonce) AS nonce,
            COALESCE(e.payload, a.payload, t.payload) AS payload
        FROM chain c
        LEFT JOIN case_event e ON e.enterprise_id = c.enterprise_id AND e.id = c.event_id
        LEFT JOIN account_event a ON a.enterprise_id = c.enterprise_id AND a.id = c.event_id
        LEFT JOIN entrusted_event t ON t.enterprise_id = c.enterprise_id AND t.id = c.event_id
        WHERE c.enterprise_id = $1 AND c.seq > $2 ORDER BY c.seq LIMIT $3";
    tenant ORPHANS = "SELECT e.id FROM (
            SELECT id FROM case_event WHERE enterprise_id = $1
            UNION ALL SELECT id FROM account_event WHERE enterprise_id = $1
            UNION ALL SELECT id FROM entrusted_event WHERE enterprise_id = $1) AS e
        WHERE NOT EXISTS (SELECT 1 FROM chain c WHERE c.enterprise_id = $1 AND c.event_id = e.id)
            AND NOT EXISTS (SELECT 1 FROM pending_leaf p WHERE p.enterprise_id = $1 AND p.event_id = e.id)
        LIMIT 100";
    tenant STATE_FAULTS = "SELECT c.id FROM cases c WHERE c.enterprise_id = $1 AND NOT EXISTS (
            SELECT 1 FROM case_event e WHERE e.enterprise_id = c.enterprise_id
                AND e.case_id = c.id AND e.position = c.version AND e.to_state = c.state)
        LIMIT 100";
}

/// Leaves that are appended in one transaction.
pub const MOST: i64 = 2_000;

/// The last position and head of the chain; `None` before the first leaf.
pub async fn head(tx: &mut Tx) -> Result<Option<(i64, Hash)>> {
    let row: Option<(i64, Vec<u8>)> = tx.optional(&HEAD, args![]).await?;
    row.map(|(seq, head)| Ok((seq, hash(head, "chain.head")?)))
        .transpose()
}

/// The last position and head of the chains of enterprises; nothing of those before their first leaf.
pub async fn heads(
    tx: &mut Tx,
    enterprises: &[EnterpriseId],
) -> Result<HashMap<EnterpriseId, (i64, Hash)>> {
    let mut rows: Vec<(Uuid, i64, Vec<u8>)> = Vec::with_capacity(enterprises.len());
    if tx.is_spread() {
        // Citus looks up nothing for each row of a list: there each enterprise is asked for by itself.
        for enterprise in enterprises {
            let row: Option<(i64, Vec<u8>)> = tx.optional(&HEAD_OF, args![*enterprise]).await?;
            rows.extend(row.map(|(seq, head)| (enterprise.0, seq, head)));
        }
    } else {
        let asked = enterprises.iter().map(|it| args![*it]).collect();
        rows = tx.many(&HEADS, asked).await?;
    }
    rows.into_iter()
        .map(|(enterprise, seq, head)| {
            Ok((EnterpriseId(enterprise), (seq, hash(head, "chain.head")?)))
        })
        .collect()
}

/// A leaf that waits.
#[derive(Debug, Clone, Copy)]
pub struct Pending {
    /// The enterprise.
    pub enterprise: EnterpriseId,
    /// The event.
    pub event: EventId,
    /// Its leaf.
    pub leaf: Hash,
}

/// Lets the leaves of new events wait for the sequencer.
pub(crate) async fn wait(tx: &mut Tx, leaves: impl Iterator<Item = Pending>) -> Result<()> {
    let rows = leaves.map(|it| args![it.enterprise, it.event, it.leaf]);
    tx.insert(&WAIT, rows.collect()).await?;
    Ok(())
}

/// Whether leaves of any enterprise wait.
pub async fn is_pending(tx: &mut Tx) -> Result<bool> {
    let row: Option<(Uuid,)> = tx.optional(&ANY_PENDING, args![]).await?;
    Ok(row.is_some())
}

/// Takes leaves that wait, about [`MOST`]: by enterprise, in the order of their random ids.
pub async fn take(tx: &mut Tx) -> Result<Vec<Pending>> {
    let last: Option<(Uuid, Uuid)> = tx.optional(&LAST_TAKEN, args![MOST]).await?;
    let Some((enterprise, event)) = last else {
        return Ok(Vec::new());
    };
    // What came meanwhile is taken too: an enterprise's leaves may come in several rounds.
    let rows: Vec<(Uuid, Uuid, Vec<u8>)> = tx.all(&TAKE, args![enterprise, event]).await?;
    let pending = |(enterprise, event, leaf)| {
        Ok(Pending {
            enterprise: EnterpriseId(enterprise),
            event: EventId(event),
            leaf: hash(leaf, "pending_leaf.leaf")?,
        })
    };
    let mut taken: Vec<Pending> = rows.into_iter().map(pending).collect::<Result<_>>()?;
    taken.sort_unstable_by_key(|it| (it.enterprise, it.event));
    Ok(taken)
}

/// How many leaves wait.
pub async fn count_pending(tx: &mut Tx) -> Result<i64> {
    let row: Option<(i64,)> = tx.optional(&COUNT_PENDING, args![]).await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// A leaf in its place.
#[derive(Debug, Clone, Copy)]
pub struct Link {
    /// The leaf.
    pub of: Pending,
    /// Its position, from 1.
    pub seq: i64,
    /// The head after it.
    pub head: Hash,
}

/// Appends links to the chains of enterprises.
pub async fn append(tx: &mut Tx, links: &[Link]) -> Result<()> {
    let row = |it: &Link| args![it.of.enterprise, it.seq, it.of.event, it.of.leaf, it.head];
    tx.insert(&APPEND, links.iter().map(row).collect()).await?;
    Ok(())
}

/// One link of the chain beside the event that it names.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Entry {
    /// Position, from 1.
    pub seq: i64,
    /// The event.
    #[sqlx(try_from = "Uuid")]
    pub event_id: EventId,
    /// The leaf in the chain.
    pub leaf: Vec<u8>,
    /// The head after it.
    pub head: Vec<u8>,
    /// The leaf in the event; none when the event is gone.
    pub event_leaf: Option<Vec<u8>>,
    /// The nonce; none after an erasure.
    pub nonce: Option<Vec<u8>>,
    /// The payload; none after an erasure.
    pub payload: Option<String>,
}

/// A page of the chain after a position.
pub async fn entries(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<Entry>> {
    tx.all(&ENTRIES, args![after, limit]).await
}

/// Events that neither stand in the chain nor wait for it.
pub async fn orphans(tx: &mut Tx) -> Result<Vec<EventId>> {
    let rows: Vec<(Uuid,)> = tx.all(&ORPHANS, args![]).await?;
    Ok(rows.into_iter().map(|(id,)| EventId(id)).collect())
}

/// Cases whose state is not the one their last event led to.
pub async fn state_faults(tx: &mut Tx) -> Result<Vec<Uuid>> {
    let rows: Vec<(Uuid,)> = tx.all(&STATE_FAULTS, args![]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
