//! Live updates for open screens: a hint that something has changed, never what. Every process looks
//! at the database for itself, at the head of each enterprise's chain and at its ringing alarms, so
//! that it makes no difference which process a screen or a report has reached.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hezuo_domain::Code;
use hezuo_domain::ids::{AreaId, CaseId, EnterpriseId, SiteId};
use hezuo_domain::permissions::Permission;
use hezuo_domain::places::PlacePath;
use hezuo_domain::second_step::Door;
use hezuo_store::{ledger, notices as rows};
use tokio::sync::{broadcast, watch};

use crate::people::{self, Token};
use crate::{Access, App, Result};

/// How often the database is looked at, for each enterprise with an open screen.
const EVERY: Duration = Duration::from_secs(1);

/// Changes that a slow screen may fall behind; after that it is told that everything has changed.
const BEHIND: usize = 16;

/// Screens that one process serves.
const MOST: usize = 2000;

type Spot = (Option<SiteId>, Option<AreaId>);

/// Where something has changed.
#[derive(Debug, Default)]
struct Change {
    cases: Vec<Spot>,
    alarms: Vec<Spot>,
}

/// The open screens of this process.
#[derive(Debug)]
pub struct Live {
    rooms: Mutex<HashMap<EnterpriseId, broadcast::Sender<Arc<Change>>>>,
    screens: AtomicUsize,
    stopped: watch::Sender<bool>,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            rooms: Mutex::default(),
            screens: AtomicUsize::new(0),
            stopped: watch::Sender::new(false),
        }
    }
}

impl Live {
    /// Ends every stream, so that the server can stop.
    pub fn stop(&self) {
        self.stopped.send_replace(true);
    }

    /// Opens a stream for a screen.
    ///
    /// # Errors
    /// `busy` when this process serves too many already.
    pub async fn join(self: &Arc<Self>, app: &Arc<App>, access: Access) -> Result<Screen> {
        if self.screens.fetch_add(1, Ordering::Relaxed) >= MOST {
            self.screens.fetch_sub(1, Ordering::Relaxed);
            return Err(Code::Busy.into());
        }
        let place = Place(Arc::clone(self));
        let enterprise = access.enterprise.id;
        let room = |live: &Self| {
            let rooms = live.rooms.lock().unwrap_or_else(PoisonError::into_inner);
            rooms.get(&enterprise).map(broadcast::Sender::subscribe)
        };
        let changes = if let Some(changes) = room(self) {
            changes
        } else {
            // The first look comes before the screen is told that it is connected: nothing that
            // happens afterwards is missed.
            let mut seen = None;
            look(app, enterprise, &mut seen).await?;
            let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
            let sender = rooms.entry(enterprise).or_insert_with(|| {
                let sender = broadcast::Sender::new(BEHIND);
                let (live, app, to) = (Arc::clone(self), Arc::clone(app), sender.clone());
                tokio::spawn(async move { live.watch(&app, enterprise, seen, &to).await });
                sender
            });
            sender.subscribe()
        };
        Ok(Screen {
            stopped: self.stopped.subscribe(),
            changes,
            access,
            _place: place,
        })
    }

    /// Looks until the last screen of the enterprise is closed. A failure is logged, and what it
    /// has missed is told at the next look.
    async fn watch(
        &self,
        app: &App,
        enterprise: EnterpriseId,
        mut seen: Option<Seen>,
        to: &broadcast::Sender<Arc<Change>>,
    ) {
        loop {
            tokio::time::sleep(EVERY).await;
            match look(app, enterprise, &mut seen).await {
                Ok(Some(change)) => {
                    // Nobody may be left to hear it.
                    let _ = to.send(Arc::new(change));
                }
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "open screens could not be kept up to date"),
            }
            let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
            if to.receiver_count() == 0 || *self.stopped.borrow() {
                rooms.remove(&enterprise);
                return;
            }
        }
    }
}

/// What was there at the last look.
struct Seen {
    position: i64,
    alarms: Vec<(CaseId, i64, Spot)>,
}

async fn look(
    app: &App,
    enterprise: EnterpriseId,
    seen: &mut Option<Seen>,
) -> Result<Option<Change>> {
    let scope = hezuo_domain::Scope::Enterprise(enterprise);
    let mut tx = app.db.read(&scope).await?;
    let position = ledger::head(&mut tx).await?.map_or(0, |(seq, _)| seq);
    let ringing = rows::ringing(&mut tx).await?.into_iter();
    let alarms: Vec<_> = ringing
        .map(|it| {
            (
                it.id,
                it.alarm_step,
                (it.site_id.map(SiteId), it.area_id.map(AreaId)),
            )
        })
        .collect();
    let mut change = Change::default();
    if let Some(seen) = &seen {
        if seen.position != position {
            change.cases = rows::changed_since(&mut tx, seen.position).await?;
        }
        let other = |one: &[(CaseId, i64, Spot)], two: &[(CaseId, i64, Spot)]| {
            let only = one.iter().filter(|it| !two.contains(it));
            only.map(|(.., spot)| *spot).collect::<Vec<_>>()
        };
        change.alarms = other(&alarms, &seen.alarms);
        change.alarms.extend(other(&seen.alarms, &alarms));
    }
    *seen = Some(Seen { position, alarms });
    let is_new = !change.cases.is_empty() || !change.alarms.is_empty();
    Ok(is_new.then_some(change))
}

/// What a screen is told: that, not what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// Cases that the caller may read have changed.
    Cases,
    /// An alarm that the caller may answer rings, has gone further, or was answered.
    Alarms,
}

/// A screen's place among those that this process serves.
#[derive(Debug)]
struct Place(Arc<Live>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.screens.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One open screen.
#[derive(Debug)]
pub struct Screen {
    stopped: watch::Receiver<bool>,
    changes: broadcast::Receiver<Arc<Change>>,
    access: Access,
    _place: Place,
}

impl Screen {
    /// Waits for the next change that concerns the caller; `None` when the server stops.
    pub async fn next(&mut self) -> Option<Heard> {
        loop {
            let heard = tokio::select! {
                // An error means that the server is gone altogether.
                _ = self.stopped.wait_for(|stopped| *stopped) => return None,
                heard = self.changes.recv() => heard,
            };
            match heard {
                Ok(change) => {
                    if self.concerns(Permission::AlarmAnswer, &change.alarms) {
                        return Some(Heard::Alarms);
                    }
                    if self.concerns(Permission::CaseRead, &change.cases) {
                        return Some(Heard::Cases);
                    }
                }
                // Too slow: whoever has missed something looks at everything again.
                Err(broadcast::error::RecvError::Lagged(_)) => return Some(Heard::Alarms),
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }

    fn concerns(&self, permission: Permission, spots: &[Spot]) -> bool {
        spots.iter().any(|(site, area)| {
            let path = PlacePath {
                site: *site,
                area: *area,
                ..self.access.path.clone()
            };
            self.access.may_at(permission, &path)
        })
    }

    /// Asks again who calls: the session may have ended, and roles may have changed.
    ///
    /// # Errors
    /// `session.expired`, `not_found`.
    pub async fn renew(&mut self, app: &App, token: &Token) -> Result<()> {
        let caller = people::caller(app, token, Door::Work).await?;
        self.access = caller.enter(app, self.access.enterprise.id).await?;
        Ok(())
    }
}
