//! Mail: each user may have what they are told sent to an address of their own, kept sealed and
//! tried with a button. Nobody else sees it.

use hezuo_domain::Code;
use hezuo_domain::notices::channels::{Fault, mail_address};
use hezuo_domain::permissions::Permission;
use hezuo_store::notices::mail::{self as rows, Mail};
use uuid::Uuid;

use super::letters::{Content, mail};
use super::sending::{trial, word};
use crate::{Access, App, Result};

/// A user's own setting.
#[derive(Debug)]
pub struct OwnMail {
    /// Whether this server can send mail at all.
    pub is_possible: bool,
    /// The address; none where nothing is sent.
    pub address: Option<String>,
    /// The day of the last attempt, and how it fared: `ok`, or why it has not arrived.
    pub result: Option<(i64, String)>,
}

fn open(app: &App, it: &Mail) -> Option<String> {
    app.keys.open_mail(it.user_id, &it.sealed)
}

/// The caller's own setting.
///
/// # Errors
/// `forbidden`.
pub async fn own_mail(app: &App, access: &Access) -> Result<OwnMail> {
    access.require_somewhere(Permission::AlarmAnswer)?;
    let mut tx = app.db.read(&access.scope()).await?;
    let found = rows::find(&mut tx, access.caller.user).await?;
    Ok(OwnMail {
        is_possible: app.notices.carrier.has_mail(),
        address: found.as_ref().and_then(|it| open(app, it)),
        result: found.and_then(|it| it.result_day.zip(it.result)),
    })
}

/// Sets the caller's own address; an empty one ends it.
///
/// # Errors
/// `forbidden`, `input.invalid` where it is no address, or the caller belongs to another place.
pub async fn save_own_mail(app: &App, access: &Access, address: &str) -> Result<()> {
    access.require_somewhere(Permission::AlarmAnswer)?;
    let (enterprise, user) = (access.enterprise.id, access.caller.user);
    let mut tx = app.db.write(&access.scope()).await?;
    if address.trim().is_empty() {
        rows::remove(&mut tx, user).await?;
    } else {
        let address = mail_address(address)?;
        let sealed = app.keys.seal_mail(app.random.as_ref(), user, &address)?;
        rows::save(&mut tx, enterprise, user, sealed, access.today(app)).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Sends a trial to the caller's own address and says how it fared: `ok`, or why it has not arrived.
///
/// # Errors
/// `forbidden`, `not_found` without an address.
pub async fn try_own_mail(app: &App, access: &Access) -> Result<String> {
    access.require_somewhere(Permission::AlarmAnswer)?;
    let user = access.caller.user;
    let mut tx = app.db.read(&access.scope()).await?;
    let own = rows::find(&mut tx, user).await?.ok_or(Code::NotFound)?;
    drop(tx);
    let content = trial(app, access);
    let result = word(carry(app, &own, &content, app.random.uuid()).await);
    let mut tx = app.db.write(&access.scope()).await?;
    rows::note_result(&mut tx, user, access.today(app), &result).await?;
    tx.commit().await?;
    Ok(result)
}

pub(super) async fn carry(
    app: &App,
    to: &Mail,
    content: &Content,
    id: Uuid,
) -> std::result::Result<(), Fault> {
    let address = open(app, to).ok_or(Fault::Address)?;
    let letter = mail(address, content, (app.notices.words, &to.locale), id);
    app.notices.carrier.carry(letter).await.map(drop)
}
