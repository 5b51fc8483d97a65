//! The sequencer, and the check that nothing was changed behind our back.

use hezuo_domain::Scope;
use hezuo_domain::commitment::{GENESIS, Hash, leaf, next_head};
use hezuo_domain::ids::EnterpriseId;
use hezuo_store::ledger::{self, Link};

use crate::{App, Result};

/// Links at the end of a chain that are looked at after a fault.
const LINKS_LOOKED_AT: i64 = 100;

const WHY: &str = "the sequencer appends to the chains of many enterprises at once";

/// Appends what waits to the chains of all enterprises; how many leaves there were.
pub async fn sequence(app: &App) -> Result<u64> {
    let mut appended = 0;
    loop {
        let count = sequence_some(app).await?;
        appended += count;
        if count < ledger::MOST.unsigned_abs() {
            return Ok(appended);
        }
    }
}

async fn sequence_some(app: &App) -> Result<u64> {
    // Where nothing waits, nobody who writes has to wait for this.
    let scope = Scope::System(WHY);
    let mut tx = app.db.read(&scope).await?;
    if !ledger::is_pending(&mut tx).await? {
        return Ok(0);
    }
    drop(tx);
    let mut tx = app.db.write(&scope).await?;
    let pending = ledger::take(&mut tx).await?;
    let mut enterprises: Vec<EnterpriseId> = pending.iter().map(|it| it.enterprise).collect();
    enterprises.dedup();
    let heads = ledger::heads(&mut tx, &enterprises).await?;
    let mut links = Vec::with_capacity(pending.len());
    let mut of = None;
    let (mut seq, mut head) = (0, GENESIS);
    for it in pending {
        if of != Some(it.enterprise) {
            of = Some(it.enterprise);
            (seq, head) = *heads.get(&it.enterprise).unwrap_or(&(0, GENESIS));
        }
        seq += 1;
        head = next_head(&head, seq, &it.leaf);
        links.push(Link { of: it, seq, head });
    }
    if links.is_empty() {
        return Ok(0);
    }
    ledger::append(&mut tx, &links).await?;
    tx.commit().await?;
    Ok(links.len() as u64)
}

/// Whether the last links of a chain follow from each other and name their events; quick, for the check
/// after a fault.
pub async fn ends_whole(app: &App, enterprise: EnterpriseId) -> Result<bool> {
    let mut tx = app.db.read(&Scope::Enterprise(enterprise)).await?;
    let Some((last, _)) = ledger::head(&mut tx).await? else {
        return Ok(true);
    };
    let after = (last - LINKS_LOOKED_AT).max(0);
    let mut before = (after == 0).then_some(GENESIS);
    let mut seq = after;
    for entry in ledger::entries(&mut tx, after, LINKS_LOOKED_AT).await? {
        let (Ok(linked), Ok(head)) = (
            Hash::try_from(entry.leaf.as_slice()),
            Hash::try_from(entry.head.as_slice()),
        ) else {
            return Ok(false);
        };
        seq += 1;
        let follows = before.is_none_or(|before| next_head(&before, entry.seq, &linked) == head);
        if entry.seq != seq || !follows || entry.event_leaf.as_deref() != Some(linked.as_slice()) {
            return Ok(false);
        }
        before = Some(head);
    }
    Ok(seq == last)
}

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verification {
    /// Leaves in the chain.
    pub sequenced: u64,
    /// Leaves that wait for the sequencer; they are not broken.
    pub pending: u64,
    /// Events whose content was erased; their leaves stand.
    pub erased: u64,
    /// What is broken, one line each.
    pub faults: Vec<String>,
    /// The last head of the chain; keep it outside to notice a chain that was made anew.
    pub head: Option<Hash>,
}

/// Checks one enterprise: every leaf against its content, every head against the leaf before, no
/// event missing from the chain or the chain from the events, every case against its last event.
pub async fn verify(app: &App, enterprise: EnterpriseId) -> Result<Verification> {
    let mut found = Verification::default();
    let mut tx = app.db.read(&Scope::Enterprise(enterprise)).await?;
    let mut head = GENESIS;
    let mut after = 0;
    loop {
        let entries = ledger::entries(&mut tx, after, 2_000).await?;
        let Some(last) = entries.last() else { break };
        let last_seq = last.seq;
        for entry in entries {
            let fault = |what: &str| format!("{enterprise} link {}: {what}", entry.seq);
            if entry.seq != after + 1 {
                found.faults.push(fault("a link before it is missing"));
            }
            after = entry.seq;
            let Ok(linked) = Hash::try_from(entry.leaf.as_slice()) else {
                found.faults.push(fault("the leaf is not 32 bytes"));
                continue;
            };
            head = next_head(&head, entry.seq, &linked);
            if head.as_slice() != entry.head.as_slice() {
                found
                    .faults
                    .push(fault("the head does not follow from the one before"));
                head = Hash::try_from(entry.head.as_slice()).unwrap_or(head);
            }
            if entry.event_leaf.as_deref() != Some(linked.as_slice()) {
                found
                    .faults
                    .push(fault("its event is gone or has another leaf"));
            }
            match (
                entry.nonce.as_deref().map(<[u8; 32]>::try_from),
                &entry.payload,
            ) {
                (Some(Ok(nonce)), Some(payload)) if leaf(&nonce, payload) == linked => {}
                (None, None) => found.erased += 1,
                _ => found
                    .faults
                    .push(fault("the event's content is not what was committed to")),
            }
            found.sequenced += 1;
        }
        after = last_seq;
    }
    found.head = (found.sequenced > 0).then_some(head);
    for event in ledger::orphans(&mut tx).await? {
        found
            .faults
            .push(format!("{enterprise} event {event}: its link is gone"));
    }
    for case in ledger::state_faults(&mut tx).await? {
        found.faults.push(format!(
            "{enterprise} case {case}: its state is not its last event's"
        ));
    }
    found.pending = ledger::count_pending(&mut tx).await?.unsigned_abs();
    Ok(found)
}
