//! Notices: what each user is told in the app, when, and the alarms of imminent dangers. Nothing
//! here knows who spoke or what was said.

mod alarms;
pub mod channels;
mod digest;
pub mod letters;
pub mod live;
pub mod mail;
mod sending;

use std::sync::Arc;

use hezuo_domain::notices::Rhythm;
use hezuo_domain::permissions::Permission;
use hezuo_domain::time::Day;
use hezuo_store::notices::{self as rows, Notice};
use uuid::Uuid;

use crate::{Access, App, Result};

pub(crate) use alarms::{RING, raise, ring};
pub use alarms::{answer, ringing};
pub use digest::{Due, tell, tell_owners, to_tell};
pub(crate) use sending::{SEND, link, mail_out, send};

/// How this server tells people of things.
#[derive(Debug, Clone)]
pub struct Config {
    /// Seconds after which an alarm goes further, in place of what the factories have set: for
    /// trying it out.
    pub alarm_seconds: Option<i64>,
    /// The address under which people open the platform; empty where it is not known.
    pub base: String,
    /// The words of messages.
    pub words: letters::Words,
    /// What carries messages to other machines.
    pub carrier: Arc<dyn letters::Carrier>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            alarm_seconds: None,
            base: String::new(),
            words: |_, key| key.to_owned(),
            carrier: Arc::new(letters::Nobody),
        }
    }
}

/// A page of a user's notices.
#[derive(Debug)]
pub struct Page {
    /// The lines.
    pub items: Vec<Notice>,
    /// Where the next page begins; none on the last.
    pub next: Option<(Day, Uuid)>,
    /// How many are unread, on all pages.
    pub unread: i64,
}

/// Reads the caller's own notices, newest day first.
///
/// # Errors
/// `forbidden`.
pub async fn list(
    app: &App,
    access: &Access,
    before: Option<(Day, Uuid)>,
    limit: i64,
) -> Result<Page> {
    access.require_somewhere(Permission::AlarmAnswer)?;
    let limit = limit.clamp(1, 200);
    let mut tx = app.db.read(&access.scope()).await?;
    let mut items = rows::list(&mut tx, access.caller.user, before, limit + 1).await?;
    let has_more = items.len() as u64 > limit.unsigned_abs();
    items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = items
        .last()
        .filter(|_| has_more)
        .map(|last| (Day(last.local_day), last.id));
    let unread = rows::unread(&mut tx, access.caller.user).await?;
    Ok(Page {
        items,
        next,
        unread,
    })
}

/// Marks one of the caller's notices as read, or all of them.
///
/// # Errors
/// `forbidden`.
pub async fn read(app: &App, access: &Access, one: Option<Uuid>) -> Result<()> {
    access.require_somewhere(Permission::AlarmAnswer)?;
    let mut tx = app.db.write(&access.scope()).await?;
    rows::read(&mut tx, access.caller.user, one, access.today(app)).await?;
    tx.commit().await?;
    Ok(())
}

/// When notices go out in the enterprise.
///
/// # Errors
/// `forbidden`.
pub async fn rhythm(app: &App, access: &Access) -> Result<Rhythm> {
    access.require(Permission::NoticeManage)?;
    let mut tx = app.db.read(&access.scope()).await?;
    Ok(rows::rhythm(&mut tx).await?)
}

/// Sets when notices go out.
///
/// # Errors
/// `forbidden`, `input.invalid`.
pub async fn save_rhythm(app: &App, access: &Access, rhythm: Rhythm) -> Result<()> {
    access.require(Permission::NoticeManage)?;
    let rhythm = rhythm.check()?;
    let (enterprise, user) = (access.enterprise.id, access.caller.user);
    let mut tx = app.db.write(&access.scope()).await?;
    rows::save_rhythm(&mut tx, enterprise, rhythm, user, access.today(app)).await?;
    tx.commit().await?;
    Ok(())
}
