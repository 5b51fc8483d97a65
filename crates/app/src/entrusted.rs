//! What those do who may read more than others: kept in the chain of the factory, and told to those whom
//! it concerns. Deeds are written with what they do; looks go through a queue, so that nobody waits for
//! one, and once a day.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use hezuo_domain::Scope;
use hezuo_domain::commitment::{self, Hash, digest};
use hezuo_domain::entrusted::Act;
use hezuo_domain::ids::{EnterpriseId, EventId, UserId};
use hezuo_domain::permissions::Permission;
use hezuo_domain::time::Day;
use hezuo_store::Tx;
use hezuo_store::entrusted::{self as rows, Look as Kept, NewEvent};
use serde_json::json;
use uuid::Uuid;

use crate::{Access, App, Result};

/// Looks that may wait; beyond that each is one that was written before, or a flood.
const MOST: usize = 50_000;

/// Something that somebody did.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Deed {
    act: Act,
    enterprise: EnterpriseId,
    subject: Uuid,
    user: UserId,
    name: String,
    home: EnterpriseId,
    office: Option<String>,
    day: Day,
}

impl Deed {
    fn by(app: &App, access: &Access, act: Act, subject: Uuid) -> Self {
        let caller = &access.caller;
        let is_abroad = caller.home.id != access.enterprise.id;
        Self {
            act,
            enterprise: access.enterprise.id,
            subject,
            user: caller.user,
            name: caller.name.clone(),
            home: caller.home.id,
            office: is_abroad.then(|| caller.home.name.clone()),
            day: access.today(app),
        }
    }

    fn event(self, app: &App) -> NewEvent {
        let id = EventId::random(app.random.as_ref());
        // serde_json sorts the keys of an object, so the same content is always the same text.
        let payload = json!({
            "act": self.act.as_str(),
            "day": self.day,
            "enterprise": self.enterprise,
            "event": id,
            "home": self.home,
            "subject": self.subject,
            "user": self.user,
        })
        .to_string();
        let mut nonce = [0; 32];
        app.random.fill(&mut nonce);
        NewEvent {
            id,
            look: self.key(),
            act: self.act,
            subject: self.subject,
            actor: self.user,
            name: self.name,
            office: self.office,
            day: self.day,
            leaf: commitment::leaf(&nonce, &payload),
            nonce,
            payload,
        }
    }

    /// The same for every look of one person at one thing on one day.
    fn key(&self) -> Option<Hash> {
        let parts = [
            self.act.as_str().as_bytes(),
            self.subject.as_bytes(),
            self.user.0.as_bytes(),
            &self.day.0.to_be_bytes(),
        ];
        self.act.is_look().then(|| digest(&parts.concat()))
    }
}

/// Looks that are not written yet, and those of the day that are.
#[derive(Debug, Default)]
pub struct Looks(Mutex<Queue>);

#[derive(Debug, Default)]
struct Queue {
    waiting: Vec<Deed>,
    known: HashSet<Hash>,
}

impl Looks {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, deed: Deed) {
        let mut queue = self.queue();
        if queue.known.len() >= MOST {
            // The database knows what was written; it is only asked once more.
            queue.known.clear();
        }
        if deed.key().is_some_and(|key| queue.known.insert(key)) {
            queue.waiting.push(deed);
        }
    }
}

/// Keeps that the caller did something, in the transaction in which it happens.
pub(crate) async fn record(
    app: &App,
    tx: &mut Tx,
    access: &Access,
    act: Act,
    subject: Uuid,
) -> Result<()> {
    let event = Deed::by(app, access, act, subject).event(app);
    rows::add(tx, access.enterprise.id, &[event]).await?;
    Ok(())
}

/// Notes that the caller has looked at something; it is written a moment later.
pub(crate) fn seen(app: &App, access: &Access, act: Act, subject: Uuid) {
    app.looks.add(Deed::by(app, access, act, subject));
}

/// Writes the looks that wait, each enterprise's in a transaction of its own; how many there were. What
/// could not be written waits on.
pub async fn write_looks(app: &App) -> Result<u64> {
    let waiting = std::mem::take(&mut app.looks.queue().waiting);
    let mut by_enterprise: BTreeMap<EnterpriseId, Vec<Deed>> = BTreeMap::new();
    for deed in waiting {
        by_enterprise.entry(deed.enterprise).or_default().push(deed);
    }
    let mut written = 0;
    let mut failed = None;
    for (enterprise, deeds) in by_enterprise {
        match write(app, enterprise, &deeds).await {
            Ok(()) => written += deeds.len() as u64,
            Err(error) => {
                app.looks.queue().waiting.extend(deeds);
                failed = Some(error);
            }
        }
    }
    failed.map_or(Ok(written), Err)
}

async fn write(app: &App, enterprise: EnterpriseId, deeds: &[Deed]) -> Result<()> {
    let mut tx = app.db.write(&Scope::Enterprise(enterprise)).await?;
    let events: Vec<NewEvent> = deeds.iter().map(|deed| deed.clone().event(app)).collect();
    rows::add(&mut tx, enterprise, &events).await?;
    tx.commit().await?;
    Ok(())
}

/// Who read names, heard recordings, or looked in from outside: a page, and where the next begins.
///
/// # Errors
/// `forbidden`.
pub async fn looks(
    app: &App,
    access: &Access,
    before: Option<(Day, Uuid)>,
    limit: i64,
) -> Result<(Vec<Kept>, Option<(Day, Uuid)>)> {
    access.require(Permission::AccountWatch)?;
    let limit = limit.clamp(1, 200);
    let mut tx = app.db.read(&access.scope()).await?;
    let mut found = rows::looks(&mut tx, before, limit + 1).await?;
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = found.len() > size;
    found.truncate(size);
    let next = found.last().filter(|_| has_more);
    let next = next.map(|it| (Day(it.local_day), it.id));
    Ok((found, next))
}
