//! Changes that wait for a second person: who sees them, agrees, objects, and carries them out.

use hezuo_domain::Code;
use hezuo_domain::accounts::{
    Act, Change, Phase, Speaker, State, check_together, is_representative,
};
use hezuo_domain::ids::UserId;
use hezuo_domain::permissions::Permission;
use hezuo_domain::signatures::Signature;
use hezuo_domain::time::Day;
use hezuo_store::Tx;
use hezuo_store::accounts::{self as rows, Entry, Event};
use hezuo_store::people::{self, UserEntry};
use hezuo_store::places;
use uuid::Uuid;

use super::{Fact, Scene};
use crate::people::{Invitation, invite, prove};
use crate::{Access, App, Result};

/// A change as the caller sees it.
#[derive(Debug)]
pub struct Seen {
    /// What waits.
    pub it: Entry,
    /// The caller could agree.
    pub can_agree: bool,
    /// The caller may object, or withdraw it.
    pub can_refuse: bool,
    /// The caller may now carry it out.
    pub can_carry_out: bool,
}

/// What waits.
#[derive(Debug)]
pub struct Changes {
    /// The oldest first.
    pub items: Vec<Seen>,
}

fn speaker(access: &Access) -> Speaker {
    Speaker {
        user: access.caller.user,
        is_representative: is_representative(&access.caller.grants)
            && access.caller.home.id == access.enterprise.id,
    }
}

/// Who watches over accounts sees every change; anybody else those of his own account.
fn shown(access: &Access, entries: Vec<Entry>) -> Result<Vec<Entry>> {
    if access.may_somewhere(Permission::AccountWatch) {
        return Ok(entries);
    }
    let own = |it: &Entry| it.change.subject == access.caller.user;
    let own: Vec<Entry> = entries.into_iter().filter(own).collect();
    if own.is_empty() {
        return Err(Code::Forbidden.into());
    }
    Ok(own)
}

/// Whether somebody other than the person concerned and the one who asks could agree.
fn others_could_agree(change: &Change, users: &[UserEntry]) -> bool {
    users.iter().any(|it| {
        let by = Speaker {
            user: it.id,
            is_representative: is_representative(&it.grants),
        };
        let can_log_in = !it.disabled && !it.waiting_for_password;
        can_log_in && it.id != change.subject && change.can_agree(by)
    })
}

/// The changes that wait.
///
/// # Errors
/// `forbidden`.
pub async fn list(app: &App, access: &Access) -> Result<Changes> {
    let mut tx = app.db.read(&access.scope()).await?;
    let entries = shown(access, rows::changes(&mut tx).await?)?;
    let users = if entries.is_empty() {
        Vec::new()
    } else {
        people::users(&mut tx).await?
    };
    let (by, today) = (speaker(access), access.today(app));
    let manages = access.may(Permission::UserManage);
    let items = entries.into_iter().map(|it| {
        let is_ripe = it
            .change
            .carry_out(today, others_could_agree(&it.change, &users));
        Seen {
            can_agree: it.change.state == State::Waiting && it.change.agree(by).is_ok(),
            can_refuse: it.change.refuse(by).is_ok(),
            can_carry_out: manages && is_ripe.is_ok(),
            it,
        }
    });
    Ok(Changes {
        items: items.collect(),
    })
}

/// What was done to accounts, newest day first.
///
/// # Errors
/// `forbidden`.
pub async fn events(
    app: &App,
    access: &Access,
    before: Option<(Day, Uuid)>,
    limit: i64,
) -> Result<(Vec<Event>, Option<(Day, Uuid)>)> {
    access.require_somewhere(Permission::AccountWatch)?;
    let limit = limit.clamp(1, 200);
    let mut tx = app.db.read(&access.scope()).await?;
    let mut found = rows::events(&mut tx, before, limit + 1).await?;
    let has_more = found.len() as u64 > limit.unsigned_abs();
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let last = found.last().filter(|_| has_more);
    let next = last.map(|last| (Day(last.local_day), last.id));
    Ok((found, next))
}

async fn find(tx: &mut Tx, access: &Access, id: Uuid) -> Result<Entry> {
    let found = rows::find_change(tx, id).await?;
    let watches = access.may_somewhere(Permission::AccountWatch);
    match found {
        Some(it) if watches || it.change.subject == access.caller.user => Ok(it),
        None if watches => Err(Code::NotFound.into()),
        _ => Err(Code::Forbidden.into()),
    }
}

/// Notes where a change stands now and what is told of it.
async fn settle(
    tx: &mut Tx,
    scene: &Scene<'_>,
    entry: &Entry,
    (to, by): (Change, UserId),
    phase: Phase,
) -> Result<()> {
    let states = (entry.change.state, to.state);
    if !rows::decide(tx, entry.id, states, by, scene.today()?).await? {
        return Err(Code::ChangeEnded.into());
    }
    let fact = Fact {
        phase,
        act: to.act,
        subject: to.subject,
        role: entry.grant.as_ref().map(|it| it.role),
    };
    scene.record(tx, &[fact]).await
}

/// The caller agrees as the second person, and proves with the password that it is he and not
/// somebody at his open screen.
///
/// # Errors
/// `forbidden`, `not_found`, `session.proof_wrong`, `account_change.*`.
pub async fn agree(app: &App, access: &Access, id: Uuid, password: String) -> Result<()> {
    let mut tx = app.db.read(&access.scope()).await?;
    let entry = find(&mut tx, access, id).await?;
    drop(tx);
    entry.change.agree(speaker(access))?;
    prove(app, &access.caller, password).await?;
    speak(app, access, id, Phase::Agreed).await
}

/// The caller objects, or withdraws what he asked for.
///
/// # Errors
/// `forbidden`, `account_change.*`.
pub async fn refuse(app: &App, access: &Access, id: Uuid) -> Result<()> {
    speak(app, access, id, Phase::Refused).await
}

async fn speak(app: &App, access: &Access, id: Uuid, phase: Phase) -> Result<()> {
    let by = speaker(access);
    let mut tx = app.db.write(&access.scope()).await?;
    let entry = find(&mut tx, access, id).await?;
    let decided = match phase {
        Phase::Agreed => entry.change.agree(by)?,
        _ => entry.change.refuse(by)?,
    };
    let users = people::users(&mut tx).await?;
    let scene = scene(app, access, &users);
    settle(&mut tx, &scene, &entry, (decided, by.user), phase).await?;
    tx.commit().await?;
    Ok(())
}

fn scene<'a>(app: &'a App, access: &'a Access, users: &'a [UserEntry]) -> Scene<'a> {
    Scene {
        app,
        enterprise: &access.enterprise,
        actor: Some(access.caller.user),
        users,
    }
}

/// Does what was agreed to; the code, where it is a reset.
///
/// # Errors
/// `forbidden`, `account_change.*`, `user.role_conflict`, `not_found` where the login is locked.
pub async fn carry_out(app: &App, access: &Access, id: Uuid) -> Result<Option<Invitation>> {
    access.require(Permission::UserManage)?;
    access.caller.sign(app, Signature::CarryOutChange)?;
    let mut tx = app.db.write(&access.scope()).await?;
    let entry = find(&mut tx, access, id).await?;
    let users = people::users(&mut tx).await?;
    let others = others_could_agree(&entry.change, &users);
    let done = entry.change.carry_out(access.today(app), others)?;
    let subject = users.iter().find(|it| it.id == done.subject);
    let subject = subject.ok_or(Code::NotFound)?;
    let enterprise = access.enterprise.id;
    let mut invitation = None;
    match (done.act, entry.grant.clone()) {
        (Act::Reset, _) if subject.disabled => return Err(Code::NotFound.into()),
        (Act::Reset, _) => {
            invitation = Some(invite(app, &mut tx, &access.enterprise, subject.id).await?);
        }
        (Act::Disable, _) => {
            people::set_disabled(&mut tx, subject.id, true).await?;
            people::sessions::drop_sessions_of(&mut tx, enterprise, subject.id).await?;
        }
        (Act::ResetSecondFactor, _) => {
            people::second_factor::remove(&mut tx, subject.id).await?;
            people::passkeys::remove_all(&mut tx, subject.id).await?;
        }
        (Act::Gain, Some(grant)) => {
            let mut grants = subject.grants.clone();
            grants.push(grant);
            check_together(&grants, false, true)?;
            people::set_grants(&mut tx, enterprise, subject.id, &grants).await?;
        }
        (Act::Lose, Some(grant)) => {
            let mut grants = subject.grants.clone();
            grants.retain(|it| *it != grant);
            people::set_grants(&mut tx, enterprise, subject.id, &grants).await?;
        }
        (Act::Confide, _) => {
            check_together(&subject.grants, true, true)?;
            let setting = places::find_setting(&mut tx).await?;
            let phone = &setting.emergency_phone;
            places::save_setting(&mut tx, phone, Some(subject.id)).await?;
        }
        // Nothing else is ever held back.
        _ => return Err(Code::ChangeEnded.into()),
    }
    let scene = scene(app, access, &users);
    let by = access.caller.user;
    settle(&mut tx, &scene, &entry, (done, by), Phase::Done).await?;
    tx.commit().await?;
    Ok(invitation)
}
