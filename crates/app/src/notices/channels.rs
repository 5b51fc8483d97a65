//! Channels: where an enterprise lets its notices be sent, kept sealed and tried with a button.

use std::collections::BTreeSet;

use hezuo_domain::Code;
use hezuo_domain::notices::Kind;
use hezuo_domain::notices::channels::{Fault, MAX_CHANNELS, Target, Way};
use hezuo_domain::permissions::Permission;
use hezuo_store::StoreError;
use hezuo_store::notices::channels::{self as rows, Channel};
use uuid::Uuid;

use super::letters::{Content, check_answer, is_webhook_secret, letter, webhook_secret};
use super::sending::{trial, word};
use crate::{Access, App, Result};

/// What is entered about a channel. An empty address or secret keeps the one that is there.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What people call it.
    pub name: String,
    /// The kinds of notices that it carries.
    pub kinds: Vec<Kind>,
    /// The language of its messages.
    pub locale: String,
    /// Whether anything is sent.
    pub active: bool,
    /// Where it leads.
    pub target: Target,
}

/// A channel as the administrator sees it: of the address only the host.
#[derive(Debug)]
pub struct Shown {
    /// The row.
    pub row: Channel,
    /// The host.
    pub host: String,
}

fn open(app: &App, it: &Channel) -> Option<Target> {
    let text = app.keys.open_channel(it.id, &it.sealed)?;
    serde_json::from_str(&text).ok()
}

/// The channels of the enterprise.
///
/// # Errors
/// `forbidden`.
pub async fn channels(app: &App, access: &Access) -> Result<Vec<Shown>> {
    access.require(Permission::NoticeManage)?;
    let mut tx = app.db.read(&access.scope()).await?;
    let shown = |row: Channel| {
        let target = open(app, &row).unwrap_or_default();
        Shown {
            host: target.host().to_owned(),
            row,
        }
    };
    Ok(rows::all(&mut tx).await?.into_iter().map(shown).collect())
}

fn row(app: &App, id: Uuid, way: Way, entry: Entry, target: &Target) -> Result<Channel> {
    let name = entry.name.trim().to_owned();
    match name.chars().count() {
        0 => return Err(Code::InputMissing.at("name").into()),
        1..=80 => {}
        _ => return Err(Code::InputTooLong.at("name").into()),
    }
    if !matches!(entry.locale.as_str(), "zh-CN" | "en") {
        return Err(Code::InputInvalid.at("locale").into());
    }
    // What is done to accounts, and what is kept apart, is for those whom it concerns, not for a group.
    if entry.kinds.contains(&Kind::Account) || entry.kinds.contains(&Kind::Apart) {
        return Err(Code::InputInvalid.at("kinds").into());
    }
    let kinds: BTreeSet<&str> = entry.kinds.iter().map(|kind| kind.as_str()).collect();
    let text = serde_json::to_string(target).unwrap_or_default();
    Ok(Channel {
        id,
        way: way.as_str().to_owned(),
        name,
        kinds: kinds.into_iter().collect::<Vec<_>>().join(" "),
        locale: entry.locale,
        active: entry.active,
        sealed: app.keys.seal_channel(app.random.as_ref(), id, &text)?,
        result_day: None,
        result: None,
    })
}

/// Adds a channel. Gives the secret of a new webhook: it is shown once.
///
/// # Errors
/// `forbidden`, `input.*`.
pub async fn add_channel(
    app: &App,
    access: &Access,
    way: Way,
    mut entry: Entry,
) -> Result<(Uuid, Option<String>)> {
    access.require(Permission::NoticeManage)?;
    let mut made = None;
    if way == Way::Webhook {
        if entry.target.secret.trim().is_empty() {
            let mut bytes = [0; 32];
            app.random.fill(&mut bytes);
            entry.target.secret = webhook_secret(&bytes);
            made = Some(entry.target.secret.clone());
        } else if !is_webhook_secret(entry.target.secret.trim()) {
            return Err(Code::InputInvalid.at("secret").into());
        }
    }
    let target = entry.target.clone().check()?;
    let id = app.random.uuid();
    let row = row(app, id, way, entry, &target)?;
    let mut tx = app.db.write(&access.scope()).await?;
    if rows::all(&mut tx).await?.len() >= MAX_CHANNELS {
        return Err(Code::InputInvalid.at("name").into());
    }
    let (enterprise, user) = (access.enterprise.id, access.caller.user);
    rows::save(&mut tx, enterprise, &row, user, access.today(app)).await?;
    tx.commit().await?;
    Ok((id, made))
}

/// Changes a channel.
///
/// # Errors
/// `forbidden`, `not_found`, `input.*`.
pub async fn change_channel(app: &App, access: &Access, id: Uuid, entry: Entry) -> Result<()> {
    access.require(Permission::NoticeManage)?;
    let mut tx = app.db.write(&access.scope()).await?;
    let known = rows::find(&mut tx, id).await?.ok_or(Code::NotFound)?;
    let way = Way::parse(&known.way).ok_or(StoreError::Corrupt("notice_channel.way"))?;
    let before = open(app, &known).unwrap_or_default();
    let mut target = entry.target.clone();
    // What is never shown can't be entered again either.
    if target.address.trim().is_empty() {
        target.address = before.address;
    }
    if target.secret.trim().is_empty() {
        target.secret = before.secret;
    }
    let target = target.check()?;
    if way == Way::Webhook && !is_webhook_secret(&target.secret) {
        return Err(Code::InputInvalid.at("secret").into());
    }
    let row = row(app, id, way, entry, &target)?;
    let (enterprise, user) = (access.enterprise.id, access.caller.user);
    rows::save(&mut tx, enterprise, &row, user, access.today(app)).await?;
    tx.commit().await?;
    Ok(())
}

/// Removes a channel.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn remove_channel(app: &App, access: &Access, id: Uuid) -> Result<()> {
    access.require(Permission::NoticeManage)?;
    let mut tx = app.db.write(&access.scope()).await?;
    if !rows::remove(&mut tx, id).await? {
        return Err(Code::NotFound.into());
    }
    tx.commit().await?;
    Ok(())
}

/// Sends a trial now and says how it fared: `ok`, or why it has not arrived.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn try_channel(app: &App, access: &Access, id: Uuid) -> Result<String> {
    access.require(Permission::NoticeManage)?;
    let mut tx = app.db.read(&access.scope()).await?;
    let channel = rows::find(&mut tx, id).await?.ok_or(Code::NotFound)?;
    drop(tx);
    let content = trial(app, access);
    let result = word(carry(app, &channel, &content, app.random.uuid()).await);
    let mut tx = app.db.write(&access.scope()).await?;
    rows::note_result(&mut tx, id, access.today(app), &result).await?;
    tx.commit().await?;
    Ok(result)
}

pub(super) async fn carry(
    app: &App,
    to: &Channel,
    content: &Content,
    id: Uuid,
) -> Result<(), Fault> {
    let way = Way::parse(&to.way).ok_or(Fault::Address)?;
    let target = open(app, to).ok_or(Fault::Address)?;
    let words = (app.notices.words, to.locale.as_str());
    let letter = letter(way, &target, content, words, id, app.now());
    let answer = app.notices.carrier.carry(letter).await?;
    check_answer(way, &answer)
}
