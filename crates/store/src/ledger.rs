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
    // Of one enterprise its leaves may come in several rounds, each in the order of their random ids.
    many PENDING = ("the sequencer appends to the chains of many enterprises at once", 1,
        "WITH asked (enterprise_id) AS (", ") SELECT e.enterprise_id AS enterprise_id, e.id AS id, e.leaf AS leaf, 'case' AS kind FROM asked
            JOIN case_event e ON e.enterprise_id = asked.enterprise_id AND e.seq IS NULL
        UNION ALL
        SELECT a.enterprise_id, a.id, a.leaf, 'account' FROM asked
            JOIN account_event a ON a.enterprise_id = asked.enterprise_id AND a.seq IS NULL
        UNION ALL
        SELECT t.enterprise_id, t.id, t.leaf, 'entrusted' FROM asked
            JOIN entrusted_event t ON t.enterprise_id = asked.enterprise_id AND t.seq IS NULL
        ORDER BY enterprise_id, id LIMIT 5000");
    tenant COUNT_PENDING = "SELECT
            (SELECT COUNT(*) FROM case_event WHERE enterprise_id = $1 AND seq IS NULL)
            + (SELECT COUNT(*) FROM account_event WHERE enterprise_id = $1 AND seq IS NULL)
            + (SELECT COUNT(*) FROM entrusted_event WHERE enterprise_id = $1 AND seq IS NULL)";
    rows APPEND = (5, "INSERT INTO chain (enterprise_id, seq, event_id, leaf, head)", "");
    many MARK = ("the sequencer says in many events where they stand in their chains", 3,
        "WITH asked (enterprise_id, id, seq) AS (", ") UPDATE case_event SET seq = asked.seq FROM asked
        WHERE case_event.enterprise_id = asked.enterprise_id AND case_event.id = asked.id");
    many MARK_ACCOUNTS = ("the sequencer says in many events where they stand in their chains", 3,
        "WITH asked (enterprise_id, id, seq) AS (", ") UPDATE account_event SET seq = asked.seq FROM asked
        WHERE account_event.enterprise_id = asked.enterprise_id AND account_event.id = asked.id");
    many MARK_ENTRUSTED = ("the sequencer says in many events where they stand in their chains", 3,
        "WITH asked (enterprise_id, id, seq) AS (", ") UPDATE entrusted_event SET seq = asked.seq FROM asked
        WHERE entrusted_event.enterprise_id = asked.enterprise_id AND entrusted_event.id = asked.id");
    // An id is random, so it stands in one of the tables only.
    tenant ENTRIES = "SELECT c.seq, c.event_id, c.leaf, c.head,
            COALESCE(e.leaf, a.leaf, t.leaf) AS event_leaf,
            COALESCE(e.seq, a.seq, t.seq) AS event_seq,
            COALESCE(e.nonce, a.nonce, t.nonce) AS nonce,
            COALESCE(e.payload, a.payload, t.payload) AS payload
        FROM chain c
        LEFT JOIN case_event e ON e.enterprise_id = c.enterprise_id AND e.id = c.event_id
        LEFT JOIN account_event a ON a.enterprise_id = c.enterprise_id AND a.id = c.event_id
        LEFT JOIN entrusted_event t ON t.enterprise_id = c.enterprise_id AND t.id = c.event_id
        WHERE c.enterprise_id = $1 AND c.seq > $2 ORDER BY c.seq LIMIT $3";
    tenant ORPHANS = "SELECT e.id FROM case_event e LEFT JOIN chain c
            ON c.enterprise_id = e.enterprise_id AND c.event_id = e.id
        WHERE e.enterprise_id = $1 AND e.seq IS NOT NULL AND c.seq IS NULL
        UNION ALL
        SELECT a.id FROM account_event a LEFT JOIN chain d
            ON d.enterprise_id = a.enterprise_id AND d.event_id = a.id
        WHERE a.enterprise_id = $1 AND a.seq IS NOT NULL AND d.seq IS NULL
        UNION ALL
        SELECT t.id FROM entrusted_event t LEFT JOIN chain f
            ON f.enterprise_id = t.enterprise_id AND f.event_id = t.id
        WHERE t.enterprise_id = $1 AND t.seq IS NOT NULL AND f.seq IS NULL LIMIT 100";
    tenant STATE_FAULTS = "SELECT c.id FROM cases c WHERE c.enterprise_id = $1 AND NOT EXISTS (
            SELECT 1 FROM case_event e WHERE e.enterprise_id = c.enterprise_id
                AND e.case_id = c.id AND e.position = c.version AND e.to_state = c.state)
        LIMIT 100";
    cross BUSY = ("the sequencer looks for events of every enterprise",
        "SELECT enterprise_id FROM case_event WHERE seq IS NULL
        UNION SELECT enterprise_id FROM account_event WHERE seq IS NULL
        UNION SELECT enterprise_id FROM entrusted_event WHERE seq IS NULL LIMIT 1000");
}

/// Leaves that are read at once.
pub const MOST: u64 = 5_000;

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

/// The table in which an event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Of a case.
    Case,
    /// Of accounts.
    Account,
    /// Of those who may read more than others.
    Entrusted,
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
    /// Where it stands.
    pub kind: Kind,
}

/// Leaves of enterprises that wait, some thousand at most: by enterprise, in the order of their random ids.
pub async fn pending(tx: &mut Tx, enterprises: &[EnterpriseId]) -> Result<Vec<Pending>> {
    let asked = enterprises.iter().map(|it| args![*it]).collect();
    let rows: Vec<(Uuid, Uuid, Vec<u8>, String)> = tx.many(&PENDING, asked).await?;
    rows.into_iter()
        .map(|(enterprise, id, leaf, kind)| {
            Ok(Pending {
                enterprise: EnterpriseId(enterprise),
                event: EventId(id),
                leaf: hash(leaf, "case_event.leaf")?,
                kind: match kind.as_str() {
                    "account" => Kind::Account,
                    "entrusted" => Kind::Entrusted,
                    _ => Kind::Case,
                },
            })
        })
        .collect()
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

/// Appends links to the chains of enterprises, and marks their events.
pub async fn append(tx: &mut Tx, links: &[Link]) -> Result<()> {
    let row = |it: &Link| args![it.of.enterprise, it.seq, it.of.event, it.of.leaf, it.head];
    tx.insert(&APPEND, links.iter().map(row).collect()).await?;
    let marks = [
        (Kind::Case, &MARK),
        (Kind::Account, &MARK_ACCOUNTS),
        (Kind::Entrusted, &MARK_ENTRUSTED),
    ];
    for (kind, mark) in marks {
        let of_kind = links.iter().filter(|it| it.of.kind == kind);
        let rows = of_kind.map(|it| args![it.of.enterprise, it.of.event, it.seq]);
        tx.insert(mark, rows.collect()).await?;
    }
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
    /// The position in the event.
    pub event_seq: Option<i64>,
    /// The nonce; none after an erasure.
    pub nonce: Option<Vec<u8>>,
    /// The payload; none after an erasure.
    pub payload: Option<String>,
}

/// A page of the chain after a position.
pub async fn entries(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<Entry>> {
    tx.all(&ENTRIES, args![after, limit]).await
}

/// Events that say they are in the chain and are not.
pub async fn orphans(tx: &mut Tx) -> Result<Vec<EventId>> {
    let rows: Vec<(Uuid,)> = tx.all(&ORPHANS, args![]).await?;
    Ok(rows.into_iter().map(|(id,)| EventId(id)).collect())
}

/// Cases whose state is not the one their last event led to.
pub async fn state_faults(tx: &mut Tx) -> Result<Vec<Uuid>> {
    let rows: Vec<(Uuid,)> = tx.all(&STATE_FAULTS, args![]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Enterprises with leaves that wait.
pub async fn busy(tx: &mut Tx) -> Result<Vec<EnterpriseId>> {
    let rows: Vec<(Uuid,)> = tx.all(&BUSY, args![]).await?;
    Ok(rows.into_iter().map(|(id,)| EnterpriseId(id)).collect())
}
