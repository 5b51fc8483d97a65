//! Letting a browser in from a phone that is signed in, where nothing can or should be typed: inside another
//! app, or at a computer that is not one's own.

use hezuo_domain::accounts::{Act, Phase, is_representative};
use hezuo_domain::approvals::{SECONDS, State, number, said};
use hezuo_domain::commitment::{Hash, digest, hex, unhex};
use hezuo_domain::people::Device;
use hezuo_domain::signatures::Signature;
use hezuo_domain::wall_code::short_word;
use hezuo_domain::{Code, Scope};
use hezuo_store::approvals::{self as rows, Owner, Waiting};
use hezuo_store::people::sessions;
use hezuo_store::places;

use crate::accounts::{Fact, Scene};
use crate::people::{By, SignedIn, Visit, plain_code, start_session, words_of};
use crate::{App, Caller, Error, Result};

const NOBODY: Scope = Scope::System("a browser that waits has no tenant yet");

/// A browser that has begun to wait.
#[derive(Debug, Clone)]
pub struct Begun {
    /// What the browser keeps, and nobody else.
    pub secret: String,
    /// By which the phone finds it, in groups of four.
    pub code: String,
    /// What must be typed on the phone.
    pub number: i64,
    /// Seconds that it may wait.
    pub seconds: i64,
}

/// Begins to wait.
///
/// # Errors
/// `session.limited`.
pub async fn begin(app: &App, device: Device) -> Result<Begun> {
    let now = app.now();
    if !app.limits.approvals.take("", now) {
        return Err(Code::LoginLimited.into());
    }
    let (mut secret, mut chance, mut one) = ([0; 32], [0; 5], [0; 1]);
    app.random.fill(&mut secret);
    app.random.fill(&mut chance);
    app.random.fill(&mut one);
    let code = short_word(&chance);
    let waiting = Waiting {
        number: number(one[0]),
        device,
        created: now,
        expires: now.plus_seconds(SECONDS),
        state: State::Waiting,
    };
    let mut tx = app.db.write(&NOBODY).await?;
    if !rows::add(&mut tx, digest(&secret), &code, &waiting).await? {
        return Err(Code::Busy.into());
    }
    tx.commit().await?;
    Ok(Begun {
        secret: hex(&secret),
        code: words_of(&code),
        number: waiting.number,
        seconds: SECONDS,
    })
}

/// How far a browser that waits has come.
#[derive(Debug)]
pub enum Taken {
    /// Nobody has said anything yet; so many seconds are left.
    Waiting(i64),
    /// It is let in.
    Done(Box<SignedIn>),
}

fn secret_hash(secret: &str) -> Option<Hash> {
    Some(digest(&unhex(secret)?))
}

/// Lets the browser that holds the secret in, once, if its owner has said so.
///
/// # Errors
/// `approval.ended`, `approval.refused`, `sign_in.locked`.
pub async fn take(app: &App, secret: Option<&str>, visit: Visit) -> Result<Taken> {
    let now = app.now();
    let secret = secret.and_then(secret_hash).ok_or(Code::ApprovalEnded)?;
    let mut tx = app.db.read(&NOBODY).await?;
    let found = rows::find_own(&mut tx, secret, now).await?;
    drop(tx);
    let found = found.ok_or(Code::ApprovalEnded)?;
    match found.state {
        State::Waiting => {
            let left = (found.expires.0 - now.0).div_euclid(1_000_000);
            return Ok(Taken::Waiting(left));
        }
        State::Refused => return Err(Code::ApprovalRefused.into()),
        State::Approved => {}
    }
    let mut tx = app.db.write(&NOBODY).await?;
    let owner = rows::take(&mut tx, secret, now).await?;
    tx.commit().await?;
    let owner = owner.ok_or(Code::ApprovalEnded)?;
    let by = By::Phone {
        stepped: owner.stepped,
    };
    let session = start_session(app, (owner.enterprise, owner.user), visit, by).await;
    match session {
        Ok(session) => Ok(Taken::Done(Box::new(session))),
        // A session of a locked login is none.
        Err(Error::Problem(problem)) if problem.code == Code::SessionExpired => {
            Err(Code::SignInLocked.into())
        }
        Err(error) => Err(error),
    }
}

/// A browser that waits, as its owner sees it on the phone.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    /// What it is.
    pub device: Device,
    /// Seconds since it began to wait.
    pub since: i64,
}

/// Whether the caller may let browsers in. What is said in confidence is opened by a password that nobody else
/// talks its owner into passing on; and whoever was let in this way lets nobody else in.
async fn check(app: &App, caller: &Caller) -> Result<()> {
    let mut tx = app.db.read(&Scope::Enterprise(caller.home.id)).await?;
    let confidant = places::find_setting(&mut tx).await?.confidant_user_id;
    if is_representative(&caller.grants) || confidant == Some(caller.user.0) {
        return Err(Code::SignInOwnPassword.into());
    }
    let open = sessions::of_user(&mut tx, caller.home.id, caller.user, app.now()).await?;
    let is_approved = open
        .iter()
        .any(|it| it.token == caller.session && it.approved);
    if is_approved {
        return Err(Code::ApprovalOwnSession.into());
    }
    Ok(())
}

async fn waiting(app: &App, caller: &Caller, code: &str) -> Result<Waiting> {
    let (key, now) = (caller.user.to_string(), app.now());
    if app.limits.approval_codes.is_spent(&key, now) {
        return Err(Code::LoginLimited.into());
    }
    let mut tx = app.db.read(&NOBODY).await?;
    let found = rows::find(&mut tx, &plain_code(code), now).await?;
    let found = found.filter(|it| it.state == State::Waiting);
    if found.is_none() {
        app.limits.approval_codes.fail(&key, now);
    }
    Ok(found.ok_or_else(|| Code::ApprovalUnknown.at("code"))?)
}

/// The browser that shows a code.
///
/// # Errors
/// `approval.unknown`, `approval.own_session`, `sign_in.own_password`, `session.limited`.
pub async fn find(app: &App, caller: &Caller, code: &str) -> Result<Seen> {
    check(app, caller).await?;
    let found = waiting(app, caller, code).await?;
    Ok(Seen {
        device: found.device,
        since: (app.now().0 - found.created.0).div_euclid(1_000_000),
    })
}

/// What the caller says about the browser that shows a code.
#[derive(Debug, Clone)]
pub struct Said {
    /// The code.
    pub code: String,
    /// The number that stands on its screen.
    pub number: String,
    /// Whether it is let in.
    pub lets_in: bool,
}

/// Lets a browser in, or not. A wrong number ends it.
///
/// # Errors
/// `session.step_up`, `approval.*`, `sign_in.own_password`, `session.limited`.
pub async fn settle(app: &App, caller: &Caller, it: Said) -> Result<()> {
    if it.lets_in {
        caller.sign(app, Signature::ApproveSignIn)?;
    }
    check(app, caller).await?;
    let found = waiting(app, caller, &it.code).await?;
    let state = said(found.number, &it.number, it.lets_in);
    let owner = Owner {
        enterprise: caller.home.id,
        user: caller.user,
        stepped: caller.stepped,
    };
    let mut tx = app.db.write(&NOBODY).await?;
    let code = plain_code(&it.code);
    if !rows::settle(&mut tx, (&code, app.now()), state, owner).await? {
        return Err(Code::ApprovalUnknown.at("code").into());
    }
    tx.commit().await?;
    let phase = match state {
        State::Approved => Phase::Done,
        State::Refused | State::Waiting => Phase::Refused,
    };
    let mut tx = app.db.write(&Scope::Enterprise(caller.home.id)).await?;
    let scene = Scene {
        app,
        enterprise: &caller.home,
        actor: Some(caller.user),
        users: &[],
    };
    let fact = Fact {
        phase,
        act: Act::ApproveSignIn,
        subject: caller.user,
        role: None,
    };
    scene.record(&mut tx, &[fact]).await?;
    tx.commit().await?;
    if it.lets_in && state == State::Refused {
        return Err(Code::ApprovalNumber.at("number").into());
    }
    Ok(())
}
