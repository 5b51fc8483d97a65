//! One's own account: its sessions, its password, and who tried to sign in.

use hezuo_domain::accounts::{Act, Phase};
use hezuo_domain::ids::{EnterpriseId, UserId};
use hezuo_domain::people::{Device, check_password};
use hezuo_domain::time::{Day, Zone};
use hezuo_domain::{Code, Scope};
use hezuo_store::accounts::{self as account_rows, Event};
use hezuo_store::people::sessions::{self as rows, Tried};
use hezuo_store::people::{self as people_rows, UserEntry};
use uuid::Uuid;

use super::{password, prove};
use crate::accounts::{Fact, Scene};
use crate::{App, Caller, Result};

/// Days for which it is kept how often somebody signed in.
const KEPT_DAYS: i64 = 90;

/// A session as its owner sees it: nothing about the network, and the day only.
#[derive(Debug, Clone)]
pub struct OwnSession {
    /// By which it can be ended.
    pub id: Uuid,
    /// From what.
    pub device: Device,
    /// The day it began.
    pub since: Day,
    /// The day it was last used.
    pub last: Day,
    /// It was let in from a phone.
    pub approved: bool,
    /// This is the one that asks.
    pub is_this: bool,
}

/// What somebody sees of his own account.
#[derive(Debug, Clone)]
pub struct Own {
    /// Open sessions, the last used first.
    pub sessions: Vec<OwnSession>,
    /// How often somebody signed in, and failed to, the newest day first.
    pub tried: Vec<Tried>,
    /// What was done to the account, the newest day first.
    pub events: Vec<Event>,
}

fn zone(caller: &Caller) -> Result<Zone> {
    Ok(Zone::named(&caller.home.time_zone).ok_or(Code::ZoneUnknown)?)
}

/// The caller's own account.
pub async fn own(app: &App, caller: &Caller) -> Result<Own> {
    let zone = zone(caller)?;
    write_failed(app, (caller.home.id, caller.user)).await?;
    let mut tx = app.db.read(&Scope::Enterprise(caller.home.id)).await?;
    let found = rows::of_user(&mut tx, caller.home.id, caller.user, app.now()).await?;
    let sessions = found.into_iter().map(|it| OwnSession {
        id: it.id,
        device: it.device,
        since: zone.day(it.created),
        last: zone.day(it.used),
        approved: it.approved,
        is_this: it.token == caller.session,
    });
    Ok(Own {
        sessions: sessions.collect(),
        tried: rows::tried(&mut tx, caller.user).await?,
        events: account_rows::events_of(&mut tx, caller.user, 30).await?,
    })
}

/// Notes that the caller signed in, with the failures that came before it: they are kept in memory
/// until then, so that a wrong password takes as long for a name that exists as for one that does not.
pub(super) async fn note_sign_in(app: &App, caller: &Caller, device: Device) -> Result<()> {
    let day = zone(caller)?.day(app.now());
    let mut tried = app.limits.failed.take((caller.home.id, caller.user));
    match tried
        .iter_mut()
        .find(|it| it.day == day && it.device == device)
    {
        Some(it) => it.sign_ins += 1,
        None => tried.push(Tried {
            day,
            device,
            sign_ins: 1,
            failures: 0,
        }),
    }
    note(app, (caller.home.id, caller.user), day, &tried).await
}

/// Writes down who failed to sign in since the last time; how many logins there were. Runs every few seconds,
/// apart from the answer to whoever has failed.
///
/// # Errors
/// When the database can't be written; what could not be written waits on.
pub async fn write_failures(app: &App) -> Result<usize> {
    let users = app.limits.failed.users();
    for user in &users {
        write_failed(app, *user).await?;
    }
    Ok(users.len())
}

pub(crate) async fn write_failed(app: &App, user: (EnterpriseId, UserId)) -> Result<()> {
    let failed = app.limits.failed.take(user);
    // Of its own time zone.
    let Some(day) = failed.iter().map(|it| it.day).max() else {
        return Ok(());
    };
    let written = note(app, user, day, &failed).await;
    if written.is_err() {
        app.limits.failed.put_back(user, failed);
    }
    written
}

async fn note(
    app: &App,
    (home, user): (EnterpriseId, UserId),
    today: Day,
    tried: &[Tried],
) -> Result<()> {
    let mut tx = app.db.write(&Scope::Enterprise(home)).await?;
    rows::add_tried(&mut tx, home, user, tried, today.plus(-KEPT_DAYS)).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends one of the caller's sessions; what is none of his is left alone.
pub async fn end_session(app: &App, caller: &Caller, id: Uuid) -> Result<()> {
    let mut tx = app.db.write(&Scope::Enterprise(caller.home.id)).await?;
    rows::drop_one_of(&mut tx, caller.home.id, caller.user, id).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends all of the caller's sessions but this one.
pub async fn end_other_sessions(app: &App, caller: &Caller) -> Result<()> {
    let mut tx = app.db.write(&Scope::Enterprise(caller.home.id)).await?;
    rows::drop_others_of(&mut tx, caller.home.id, caller.user, caller.session).await?;
    tx.commit().await?;
    Ok(())
}

/// Sets another password for the caller, who proves with the old one who is there. All other
/// sessions end.
///
/// # Errors
/// `session.proof_wrong`, `session.limited`, `session.password_weak`.
pub async fn change_password(app: &App, caller: &Caller, old: String, new: String) -> Result<()> {
    let names = [caller.login.as_str(), caller.home.name.as_str()];
    if let Err(problem) = check_password(&new, &names) {
        return Err(problem.code.at("new_password").into());
    }
    prove(app, caller, old).await?;
    let hash = password::hash(new, app.random.as_ref()).await?;
    let mut tx = app.db.write(&Scope::Enterprise(caller.home.id)).await?;
    if !people_rows::set_password(&mut tx, caller.user, &hash).await? {
        return Err(Code::SessionExpired.into());
    }
    rows::drop_others_of(&mut tx, caller.home.id, caller.user, caller.session).await?;
    let users: Vec<UserEntry> = Vec::new();
    let scene = Scene {
        app,
        enterprise: &caller.home,
        actor: Some(caller.user),
        users: &users,
    };
    let fact = Fact {
        phase: Phase::Done,
        act: Act::Password,
        subject: caller.user,
        role: None,
    };
    scene.record(&mut tx, &[fact]).await?;
    tx.commit().await?;
    Ok(())
}
