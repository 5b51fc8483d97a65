//! Signing in with a second factor, and the owner's care of it.

use hezuo_domain::accounts::Act;
use hezuo_domain::commitment::{hex, unhex};
use hezuo_domain::ids::{EnterpriseId, UserId};
use hezuo_domain::second_factor::{
    RECOVERY_CODES, SECRET_BYTES, STEP_MINUTES, address, fitting_period, spelled,
};
use hezuo_domain::time::{Day, Instant, Zone};
use hezuo_domain::wall_code::short_word;
use hezuo_domain::{Code, Scope};
use hezuo_store::people::second_factor as rows;
use hezuo_store::people::{self as people_rows, sessions};
use hezuo_store::{Tx, places};

use super::{By, SignedIn, Visit, plain_code, prove, second_step, start_session, words_of};
use crate::accounts::{Fact, Scene};
use crate::{App, Caller, Error, Result};

/// How far somebody has come who signs in.
#[derive(Debug, Clone)]
pub enum SignIn {
    /// All the way.
    Done(Box<SignedIn>),
    /// The password was right. With this ticket and a code of the second factor it goes on; with it
    /// alone nothing can be done.
    Second(String),
}

impl SignIn {
    /// The session.
    ///
    /// # Errors
    /// `session.code_wrong` where a second factor is asked for.
    pub fn done(self) -> Result<SignedIn> {
        match self {
            Self::Done(signed) => Ok(*signed),
            Self::Second(_) => Err(Code::CodeWrong.into()),
        }
    }
}

/// Who may go on to the second step, and until when. Nothing is kept of it: the server knows its own
/// hand, and another password ends it.
struct Ticket {
    enterprise: EnterpriseId,
    user: UserId,
    until: Instant,
    sign: [u8; 32],
}

impl Ticket {
    fn sign(&self, app: &App, password_hash: &str) -> [u8; 32] {
        let (user, until) = (self.user.0.as_bytes(), self.until.0.to_be_bytes());
        let said = [
            b"second step",
            user.as_slice(),
            &until,
            password_hash.as_bytes(),
        ];
        app.keys.ticket(self.enterprise, &said.concat())
    }

    fn text(&self) -> String {
        let (enterprise, user) = (self.enterprise.0.simple(), self.user.0.simple());
        format!("{enterprise}.{user}.{}.{}", self.until.0, hex(&self.sign))
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let ticket = Self {
            enterprise: parts.next()?.parse().ok()?,
            user: parts.next()?.parse().ok()?,
            until: Instant(parts.next()?.parse().ok()?),
            sign: unhex(parts.next()?)?,
        };
        parts.next().is_none().then_some(ticket)
    }
}

/// After the right password: a session, or the question for the second factor.
pub(super) async fn ask_or_start(
    app: &App,
    enterprise: EnterpriseId,
    user: UserId,
    visit: Visit,
) -> Result<SignIn> {
    let mut tx = app.db.read(&Scope::Enterprise(enterprise)).await?;
    let factor = rows::find(&mut tx, user).await?;
    if factor.is_none_or(|it| it.since_day.is_none()) {
        drop(tx);
        let signed = start_session(app, (enterprise, user), visit, By::One).await?;
        return Ok(SignIn::Done(Box::new(signed)));
    }
    let stored = people_rows::find_password(&mut tx, user).await?;
    let stored = stored.ok_or(Code::WrongPassword)?;
    let mut ticket = Ticket {
        enterprise,
        user,
        until: app.now().plus_seconds(STEP_MINUTES * 60),
        sign: [0; 32],
    };
    ticket.sign = ticket.sign(app, &stored);
    Ok(SignIn::Second(ticket.text()))
}

/// The second step: a code of the app, or one from paper.
///
/// # Errors
/// `session.sign_in_ended`, `session.code_wrong`, `session.limited`.
pub async fn second_step(app: &App, ticket: &str, code: &str, visit: Visit) -> Result<SignedIn> {
    let now = app.now();
    let ticket = Ticket::parse(ticket).filter(|it| now < it.until);
    let ticket = ticket.ok_or(Code::SignInEnded)?;
    let (enterprise, user) = (ticket.enterprise, ticket.user);
    let mut tx = app.db.read(&Scope::Enterprise(enterprise)).await?;
    let stored = people_rows::find_password(&mut tx, user).await?;
    let home = places::find_enterprise(&mut tx, enterprise).await?;
    drop(tx);
    // A sign of 32 bytes is compared here, not guessed at: it takes as long whichever byte is wrong.
    let is_ours = stored.is_some_and(|it| {
        let differs = ticket.sign.iter().zip(ticket.sign(app, &it));
        differs.fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
    });
    if !is_ours {
        return Err(Code::SignInEnded.into());
    }
    let checked = check(app, enterprise, user, code).await;
    if let Err(Error::Problem(problem)) = &checked
        && problem.code == Code::CodeWrong
        && let Some(zone) = home.and_then(|it| Zone::named(&it.time_zone))
    {
        let whose = (enterprise, user);
        app.limits.failed.note(whose, zone.day(now), visit.device);
    }
    checked?;
    start_session(app, (enterprise, user), visit, By::Two).await
}

/// Spends a code of the caller's second factor.
///
/// # Errors
/// `session.code_wrong`, `session.limited`, `second_factor.off`.
pub(crate) async fn check(
    app: &App,
    enterprise: EnterpriseId,
    user: UserId,
    code: &str,
) -> Result<()> {
    let (key, now) = (user.to_string(), app.now());
    if app.limits.codes.is_spent(&key, now) {
        return Err(Code::LoginLimited.into());
    }
    let mut tx = app.db.write(&Scope::Enterprise(enterprise)).await?;
    if !spend(app, &mut tx, (enterprise, user), code).await? {
        app.limits.codes.fail(&key, now);
        return Err(Code::CodeWrong.at("code").into());
    }
    tx.commit().await?;
    app.limits.codes.forgive(&key);
    Ok(())
}

async fn spend(
    app: &App,
    tx: &mut Tx,
    (enterprise, user): (EnterpriseId, UserId),
    typed: &str,
) -> Result<bool> {
    let factor = rows::find(tx, user).await?;
    let factor = factor.filter(|it| it.since_day.is_some());
    let factor = factor.ok_or(Code::SecondFactorOff)?;
    let secret = app.keys.open_second_factor(user, &factor.sealed_secret);
    let period = secret.and_then(|it| fitting_period(&it, typed, app.now(), factor.last_period));
    if let Some(period) = period {
        return Ok(rows::spend(tx, user, period).await?);
    }
    let hash = app.keys.recovery_hash(enterprise, user, &from_paper(typed));
    Ok(rows::use_code(tx, user, hash).await?)
}

/// A recovery code as somebody reads it from paper: O for zero, I and L for one.
fn from_paper(typed: &str) -> String {
    let plain = plain_code(typed);
    let read = plain.chars().map(|it| match it {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    });
    read.collect()
}

/// The caller's second factor as it stands.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// Since when it is asked for.
    pub since: Day,
    /// Recovery codes that were not used yet.
    pub codes_left: i64,
}

/// The caller's second factor; none where none is asked for.
pub async fn standing(app: &App, caller: &Caller) -> Result<Option<Standing>> {
    let mut tx = app.db.read(&Scope::Enterprise(caller.home.id)).await?;
    let factor = rows::find(&mut tx, caller.user).await?;
    Ok(factor.and_then(|it| {
        Some(Standing {
            since: Day(it.since_day?),
            codes_left: it.codes_left,
        })
    }))
}

/// A secret to be taken into the app, shown this once.
#[derive(Debug, Clone)]
pub struct Offer {
    /// To be typed.
    pub secret: String,
    /// To be scanned.
    pub address: String,
}

/// Begins to set a second factor up for the caller, who proves with the password who is there. Nothing is
/// asked for until a first code has shown that the app has the secret.
///
/// # Errors
/// `session.proof_wrong`, `session.limited`, `second_factor.on`.
pub async fn begin(app: &App, caller: &Caller, password: String) -> Result<Offer> {
    prove(app, caller, password).await?;
    let mut secret = [0; SECRET_BYTES];
    app.random.fill(&mut secret);
    let sealed = app
        .keys
        .seal_second_factor(app.random.as_ref(), caller.user, &secret)?;
    let mut tx = app.db.write(&Scope::Enterprise(caller.home.id)).await?;
    if !rows::begin(&mut tx, caller.home.id, caller.user, sealed).await? {
        return Err(Code::SecondFactorOn.into());
    }
    tx.commit().await?;
    Ok(Offer {
        secret: spelled(&secret),
        address: address(&secret, "Hezuo", &caller.login),
    })
}

/// The first code: from now on the second factor is asked for, and all other sessions end. The recovery
/// codes are shown this once.
///
/// # Errors
/// `session.code_wrong`, `session.limited`, `second_factor.on`, `second_factor.off`.
pub async fn confirm(app: &App, caller: &Caller, code: &str) -> Result<Vec<String>> {
    let (key, now) = (caller.user.to_string(), app.now());
    if app.limits.codes.is_spent(&key, now) {
        return Err(Code::LoginLimited.into());
    }
    let (home, user) = (caller.home.id, caller.user);
    let mut tx = app.db.write(&Scope::Enterprise(home)).await?;
    let factor = rows::find(&mut tx, user).await?;
    let factor = factor.ok_or(Code::SecondFactorOff)?;
    let secret = app.keys.open_second_factor(user, &factor.sealed_secret);
    let Some(period) = secret.and_then(|it| fitting_period(&it, code, now, factor.last_period))
    else {
        app.limits.codes.fail(&key, now);
        return Err(Code::CodeWrong.at("code").into());
    };
    let zone = Zone::named(&caller.home.time_zone).ok_or(Code::ZoneUnknown)?;
    if !rows::confirm(&mut tx, user, zone.day(now), period).await? {
        return Err(Code::SecondFactorOn.into());
    }
    let codes = new_codes(app, &mut tx, caller).await?;
    sessions::drop_others_of(&mut tx, home, user, caller.session).await?;
    second_step::shown(&mut tx, caller).await?;
    record(app, &mut tx, caller, Act::SecondFactor).await?;
    tx.commit().await?;
    app.limits.codes.forgive(&key);
    Ok(codes)
}

async fn new_codes(app: &App, tx: &mut Tx, caller: &Caller) -> Result<Vec<String>> {
    let (home, user) = (caller.home.id, caller.user);
    let codes: Vec<String> = std::iter::repeat_with(|| {
        let mut bytes = [0; 5];
        app.random.fill(&mut bytes);
        short_word(&bytes)
    })
    .take(RECOVERY_CODES)
    .collect();
    let hashes = codes
        .iter()
        .map(|it| app.keys.recovery_hash(home, user, it));
    rows::replace_codes(tx, home, user, &hashes.collect::<Vec<_>>()).await?;
    Ok(codes.iter().map(|it| words_of(it)).collect())
}

pub(super) async fn record(app: &App, tx: &mut Tx, caller: &Caller, act: Act) -> Result<()> {
    // Nobody is told what they did themselves.
    let scene = Scene {
        app,
        enterprise: &caller.home,
        actor: Some(caller.user),
        users: &[],
    };
    scene
        .record(tx, &[Fact::done(act, caller.user, None)])
        .await
}

/// New recovery codes; those before end. Asks for the password and a code.
///
/// # Errors
/// `session.proof_wrong`, `session.code_wrong`, `session.limited`, `second_factor.off`.
pub async fn renew_codes(
    app: &App,
    caller: &Caller,
    password: String,
    code: &str,
) -> Result<Vec<String>> {
    prove(app, caller, password).await?;
    check(app, caller.home.id, caller.user, code).await?;
    let mut tx = app.db.write(&Scope::Enterprise(caller.home.id)).await?;
    let codes = new_codes(app, &mut tx, caller).await?;
    tx.commit().await?;
    Ok(codes)
}

/// Takes the caller's second factor off. Asks for the password and a code.
///
/// # Errors
/// `session.proof_wrong`, `session.code_wrong`, `session.limited`, `second_factor.off`.
pub async fn remove(app: &App, caller: &Caller, password: String, code: &str) -> Result<()> {
    prove(app, caller, password).await?;
    check(app, caller.home.id, caller.user, code).await?;
    let mut tx = app.db.write(&Scope::Enterprise(caller.home.id)).await?;
    rows::remove(&mut tx, caller.user).await?;
    record(app, &mut tx, caller, Act::NoSecondFactor).await?;
    tx.commit().await?;
    Ok(())
}
