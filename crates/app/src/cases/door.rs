//! The one door through which cases change. It takes many steps at once: each was decided in
//! memory by the domain's rules; here each table is written with one statement. One request is a
//! batch of one.

use std::collections::HashSet;

use hezuo_domain::cases::{Action, Actor, Step, Voice};
use hezuo_domain::commitment;
use hezuo_domain::ids::{CaseId, EventId};
use hezuo_domain::tallies::Deltas;
use hezuo_domain::time::{Day, Instant, Random};
use hezuo_store::cases::Event;
use hezuo_store::{StoreError, Tx, cases, tallies};
use serde_json::json;

use super::search;
use crate::{App, Result};

/// A step that was decided, with what its event has to say about it.
#[derive(Debug, Clone)]
pub(crate) struct Decided {
    pub(crate) step: Step,
    pub(crate) action: &'static str,
    pub(crate) actor: Actor,
    pub(crate) client: &'static str,
    pub(crate) pack: Option<String>,
    pub(crate) day: Day,
    pub(crate) at: Instant,
    pub(crate) details: serde_json::Value,
}

/// Writes steps: the cases, their events, the words they are found by, the counts. Within one batch each case
/// takes one step.
///
/// # Errors
/// `case.stale` when a case has moved on; the caller then drops the transaction.
pub(crate) async fn write(app: &App, tx: &mut Tx, batch: &[Decided]) -> Result<()> {
    let mut deltas = Deltas::default();
    let events = make(app.random.as_ref(), batch, &mut deltas);
    let moved = save(app, tx, batch, events, deltas).await?;
    if moved.len() == batch.len() {
        Ok(())
    } else {
        Err(StoreError::Stale.into())
    }
}

/// The events of steps; their counts are added to what is counted already.
pub(crate) fn make(random: &dyn Random, batch: &[Decided], deltas: &mut Deltas) -> Vec<Event> {
    let mut events = Vec::with_capacity(batch.len());
    for decided in batch {
        deltas.count(&decided.step, decided.day);
        events.push(event(random, decided));
    }
    events
}

/// Writes steps whose events and counts were made, but for those of cases that have moved on; tells which
/// cases took theirs.
pub(crate) async fn save(
    app: &App,
    tx: &mut Tx,
    batch: &[Decided],
    mut events: Vec<Event>,
    mut deltas: Deltas,
) -> Result<HashSet<CaseId>> {
    let wanted: Vec<_> = batch.iter().map(|it| &it.step.case).collect();
    let moved = cases::save(tx, &wanted).await?;
    let is_moved = |it: &&Decided| moved.contains(&it.step.case.id);
    if moved.len() < batch.len() {
        events.retain(|it| moved.contains(&it.case));
        deltas = Deltas::default();
        for decided in batch.iter().filter(is_moved) {
            deltas.count(&decided.step, decided.day);
        }
    }
    cases::add_events(tx, &events).await?;
    search::keep(app, tx, batch.iter().filter(is_moved)).await?;
    tallies::add(tx, app.random.as_ref(), deltas).await?;
    Ok(moved)
}

/// The event of a step, as it is appended.
pub(crate) fn event(random: &dyn Random, decided: &Decided) -> Event {
    let case = &decided.step.case;
    let id = EventId::random(random);
    // What a reporter does who is not known by name, and what the clock does in consequence, carries
    // the day and nothing finer.
    let follows = decided.actor == Actor::Reporter || decided.action == Action::Escalate {}.name();
    let hides_time = case.voice != Voice::Named && follows;
    let at = if hides_time { None } else { Some(decided.at) };
    let due_to = case.running_deadline();
    let due_moved = decided.step.due_from != due_to;
    let due_from = decided.step.due_from.filter(|_| due_moved);
    let due_to = due_to.filter(|_| due_moved);
    // serde_json sorts the keys of an object, so the same content is always the same text.
    let payload = json!({
        "action": decided.action,
        "actor": decided.actor.kind(),
        "at": at.map(|at| at.0),
        "case": case.id,
        "client": decided.client,
        "day": decided.day,
        "details": decided.details,
        "due_from": due_from,
        "due_to": due_to,
        "enterprise": case.enterprise,
        "event": id,
        "from": decided.step.from,
        "pack": decided.pack,
        "position": case.version,
        "to": case.state,
        "user": decided.actor.user(),
    })
    .to_string();
    let mut nonce = [0; 32];
    random.fill(&mut nonce);
    Event {
        enterprise: case.enterprise,
        id,
        case: case.id,
        position: case.version,
        action: decided.action,
        actor_kind: decided.actor.kind(),
        actor: decided.actor.user(),
        client: decided.client,
        pack: decided.pack.clone(),
        at,
        local_day: decided.day,
        from: decided.step.from,
        to: case.state,
        due_from,
        due_to,
        leaf: commitment::leaf(&nonce, &payload),
        nonce,
        payload,
    }
}
