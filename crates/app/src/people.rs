//! Logins: passwords, sessions, invitations, roles; and the register of persons.

mod first;
mod own;
pub mod passkeys;
mod password;
pub mod proof;
mod roll;
pub mod second_factor;
mod second_step;
mod users;

use hezuo_domain::commitment::{Hash, digest};
use hezuo_domain::ids::{EnterpriseId, PersonId, UserId};
use hezuo_domain::people::{Device, check_password};
use hezuo_domain::permissions::Permission;
use hezuo_domain::second_step::Door;
use hezuo_domain::time::{Day, Instant, Zone};
use hezuo_domain::{Code, Problem, Scope};
use hezuo_store::StoreError;
use hezuo_store::people::sessions::{self, NewSession};
use hezuo_store::people::{self as rows, Person};
use hezuo_store::places::{self, Enterprise};
use uuid::Uuid;

use crate::{Access, App, Caller, Error, Result};

pub use first::{FirstAdministrator, invite_first};
pub(crate) use own::write_failed;
pub use own::{
    Own, OwnSession, change_password, end_other_sessions, end_session, own, write_failures,
};
pub use roll::{MAX_LIST, Roll, take_list};
pub use second_factor::SignIn;
pub use users::{
    UserRequest, change_roles, end_sessions, invite_user, reset_second_factor, reset_user,
    set_disabled, users,
};

/// How long an invitation or reset can be used.
const INVITATION_SECONDS: i64 = 14 * 24 * 3600;

/// The secret of a session as the browser keeps it: the home enterprise, so that the tenant is
/// known before anything is read, and 32 random bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    enterprise: EnterpriseId,
    secret: Hash,
}

impl Token {
    /// Reads what stands in the cookie.
    pub fn parse(text: &str) -> Option<Self> {
        let (enterprise, secret) = text.split_once('.')?;
        let secret = hezuo_domain::commitment::unhex(secret)?;
        Some(Self {
            enterprise: enterprise.parse().ok()?,
            secret,
        })
    }

    /// What stands in the cookie.
    pub fn text(&self) -> String {
        format!(
            "{}.{}",
            self.enterprise.0.simple(),
            hezuo_domain::commitment::hex(&self.secret)
        )
    }
}

/// Longest login name that is looked up, in bytes.
const MAX_LOGIN: usize = 256;

/// What is known of a browser that signs in.
#[derive(Debug, Clone, Default)]
pub struct Visit {
    /// What it is.
    pub device: Device,
    /// What it keeps to show that somebody has signed in from it before.
    pub mark: Option<String>,
    /// The session that it had before, which ends.
    pub before: Option<Token>,
}

/// Somebody who has just signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The new session.
    pub token: Token,
    /// Who.
    pub caller: Caller,
    /// What the browser shall keep from now on.
    pub mark: String,
}

/// Logs in with name and password. A wrong name takes as long as a wrong password. Strangers who guess
/// make other strangers wait, but not a device from which the owner has signed in before.
///
/// # Errors
/// `session.wrong_password`, `session.limited`.
pub async fn log_in(app: &App, login: &str, password: String, visit: Visit) -> Result<SignIn> {
    let login = login.trim().to_lowercase();
    // Nobody's name is that long, and whoever sends such names must not fill the memory of the limits.
    if login.len() > MAX_LOGIN {
        return Err(Code::WrongPassword.into());
    }
    let now = app.now();
    let scope = Scope::System("a login name leads to its home enterprise");
    let mut tx = app.db.read(&scope).await?;
    let known = rows::find_login(&mut tx, &login).await?;
    drop(tx);
    let mark = visit.mark.as_deref();
    let own = known.and_then(|(_, user)| mark.filter(|it| app.keys.marked_user(it) == Some(user)));
    let key = match own {
        Some(mark) => format!("device {mark}"),
        None => login,
    };
    if app.limits.passwords.is_spent(&key, now) {
        return Err(Code::LoginLimited.into());
    }
    let (stored, zone) = match known {
        Some((enterprise, user)) => {
            let mut tx = app.db.read(&Scope::Enterprise(enterprise)).await?;
            let stored = rows::find_password(&mut tx, user).await?;
            let home = places::find_enterprise(&mut tx, enterprise).await?;
            (stored, home.and_then(|it| Zone::named(&it.time_zone)))
        }
        None => (None, None),
    };
    let fits = password::fits(password, stored).await?;
    let Some((enterprise, user)) = known.filter(|_| fits) else {
        app.limits.passwords.fail(&key, now);
        if let Some((user, zone)) = known.zip(zone) {
            app.limits.failed.note(user, zone.day(now), visit.device);
        }
        return Err(Code::WrongPassword.into());
    };
    app.limits.passwords.forgive(&key);
    second_factor::ask_or_start(app, enterprise, user, visit).await
}

/// By what somebody has signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// One thing, such as a password.
    One,
    /// A second step too.
    Two,
    /// A phone that is signed in: never more than that one has shown, and nothing is signed before it was shown here.
    Phone { stepped: bool },
}

/// Begins a session.
pub(crate) async fn start_session(
    app: &App,
    (enterprise, user): (EnterpriseId, UserId),
    visit: Visit,
    by: By,
) -> Result<SignedIn> {
    let mut secret = [0; 32];
    app.random.fill(&mut secret);
    let token = Token { enterprise, secret };
    let now = app.now();
    let expires = now.plus_seconds(app.sessions.longest_seconds);
    let session = NewSession {
        token: digest(&secret),
        id: app.random.uuid(),
        enterprise,
        user,
        device: visit.device,
        now,
        idle: app.sessions.idle(visit.device, now),
        expires,
        proved: match by {
            By::Phone { .. } => Instant(0),
            By::One | By::Two => now,
        },
        stepped: matches!(by, By::Two | By::Phone { stepped: true }),
        approved: matches!(by, By::Phone { .. }),
    };
    let mut tx = app.db.write(&Scope::Enterprise(enterprise)).await?;
    if let Some(before) = &visit.before {
        sessions::drop_session(&mut tx, digest(&before.secret)).await?;
    }
    sessions::drop_ended_of(&mut tx, enterprise, user, now).await?;
    sessions::add(&mut tx, &session).await?;
    tx.commit().await?;
    let caller = find_caller(app, &token).await?.0;
    second_step::begin_days(app, &caller).await?;
    own::note_sign_in(app, &caller, visit.device).await?;
    let mark = match visit.mark {
        Some(mark) if app.keys.marked_user(&mark) == Some(user) => mark,
        _ => {
            let mut nonce = [0; 16];
            app.random.fill(&mut nonce);
            app.keys.device_mark(user, &nonce)
        }
    };
    Ok(SignedIn {
        token,
        caller,
        mark,
    })
}

/// How long login sessions last.
#[derive(Debug, Clone, Copy)]
pub struct Lifetimes {
    /// Seconds until a session ends in any case.
    pub longest_seconds: i64,
    /// Seconds until a computer's ends that is not used: others may sit down at it.
    pub idle_computer_seconds: i64,
    /// The same of a phone, which its owner locks and carries.
    pub idle_phone_seconds: i64,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            longest_seconds: 12 * 3600,
            idle_computer_seconds: 3600,
            idle_phone_seconds: 12 * 3600,
        }
    }
}

impl Lifetimes {
    /// When a session ends that is used now and not again.
    pub fn idle(&self, device: Device, now: Instant) -> Instant {
        now.plus_seconds(match device {
            Device::Phone => self.idle_phone_seconds,
            Device::Computer => self.idle_computer_seconds,
        })
    }
}

/// Seconds after which a session that is used is noted as used again: not every request writes.
const TOUCH_SECONDS: i64 = 300;

/// Who is behind a token, in one statement; stopped where a second step is missing for what lies behind
/// the door.
///
/// # Errors
/// `session.expired`, `second_step.*`.
pub async fn caller(app: &App, token: &Token, door: Door) -> Result<Caller> {
    let caller = find_caller(app, token).await?.0;
    caller.need.check(door)?;
    Ok(caller)
}

/// The same where somebody does something, so that the session goes on.
///
/// # Errors
/// `session.expired`, `second_step.*`.
pub async fn active_caller(app: &App, token: &Token, door: Door) -> Result<Caller> {
    let (caller, device, used) = find_caller(app, token).await?;
    caller.need.check(door)?;
    let now = app.now();
    if now >= used.plus_seconds(TOUCH_SECONDS) {
        let mut tx = app.db.write(&Scope::Enterprise(token.enterprise)).await?;
        let idle = app.sessions.idle(device, now);
        sessions::touch(&mut tx, caller.session, now, idle).await?;
        tx.commit().await?;
    }
    Ok(caller)
}

async fn find_caller(app: &App, token: &Token) -> Result<(Caller, Device, Instant)> {
    let session = digest(&token.secret);
    let mut tx = app.db.read(&Scope::Enterprise(token.enterprise)).await?;
    let found = rows::find_session(&mut tx, session, app.now())
        .await?
        .ok_or(Code::SessionExpired)?;
    let zone = Zone::named(&found.time_zone).ok_or(Code::ZoneUnknown)?;
    let need = second_step::need(app.second_step.as_ref(), &found, zone.day(app.now()));
    let caller = Caller {
        user: found.user,
        person: found.person,
        name: found.name,
        login: found.login,
        locale: found.locale,
        home: Enterprise {
            id: token.enterprise,
            short_code: found.short_code,
            kind: found.home_kind,
            name: found.home_name,
            credit_code: None,
            credit_code_ok: None,
            region_code: found.region_code,
            time_zone: found.time_zone,
        },
        grants: found.grants,
        session,
        proved: found.proved,
        stepped: found.stepped,
        need,
    };
    Ok((caller, found.device, found.used))
}

/// Whether it is the caller who is there, and not somebody at an open screen: asks for the password.
///
/// # Errors
/// `session.proof_wrong`, `session.limited`.
pub(crate) async fn prove(app: &App, caller: &Caller, password: String) -> Result<()> {
    let (key, now) = (caller.user.to_string(), app.now());
    if app.limits.proofs.is_spent(&key, now) {
        return Err(Code::LoginLimited.into());
    }
    let mut tx = app.db.read(&Scope::Enterprise(caller.home.id)).await?;
    let stored = rows::find_password(&mut tx, caller.user).await?;
    drop(tx);
    if !password::fits(password, stored).await? {
        app.limits.proofs.fail(&key, now);
        return Err(Code::ProofWrong.at("password").into());
    }
    app.limits.proofs.forgive(&key);
    Ok(())
}

/// Ends the caller's session.
pub async fn log_out(app: &App, caller: &Caller) -> Result<()> {
    let mut tx = app.db.write(&Scope::Enterprise(caller.home.id)).await?;
    sessions::drop_session(&mut tx, caller.session).await?;
    tx.commit().await?;
    Ok(())
}

/// Sets a password with an invitation or reset code and logs in; who has a second factor is asked for it
/// all the same. All other sessions end.
///
/// # Errors
/// `invitation.unusable`, `session.password_*`.
pub async fn redeem(app: &App, code: &str, password: String, visit: Visit) -> Result<SignIn> {
    let now = app.now();
    if app.limits.invitations.is_spent("", now) {
        return Err(Code::LoginLimited.into());
    }
    let used = match Invitation::parse(code) {
        Some(invitation) => redeem_known(app, &invitation, password, visit).await,
        None => Err(Code::InvitationUnusable.into()),
    };
    if let Err(Error::Problem(problem)) = &used
        && problem.code == Code::InvitationUnusable
    {
        app.limits.invitations.fail("", now);
    }
    used
}

async fn redeem_known(
    app: &App,
    invitation: &Invitation,
    password: String,
    visit: Visit,
) -> Result<SignIn> {
    check_password(&password, &[])?;
    let scope = Scope::System("an invitation leads to its enterprise");
    let mut tx = app.db.read(&scope).await?;
    let home = places::find_by_short_code(&mut tx, &invitation.enterprise)
        .await?
        .ok_or(Code::InvitationUnusable)?;
    let enterprise = home.id;
    drop(tx);
    let hash = password::hash(password.clone(), app.random.as_ref()).await?;
    let mut tx = app.db.write(&Scope::Enterprise(enterprise)).await?;
    let token = digest(invitation.secret.as_bytes());
    let user = rows::use_invitation(&mut tx, token, app.now())
        .await?
        .ok_or(Code::InvitationUnusable)?;
    // Only now it is known whose password it is; the code stays unused where it does not do.
    let login = rows::login_of(&mut tx, user).await?.unwrap_or_default();
    check_password(&password, &[&login, &home.name])?;
    if !rows::set_password(&mut tx, user, &hash).await? {
        return Err(Code::InvitationUnusable.into());
    }
    sessions::drop_sessions_of(&mut tx, enterprise, user).await?;
    tx.commit().await?;
    second_factor::ask_or_start(app, enterprise, user, visit).await
}

/// An invitation as it is printed: the enterprise's short code and sixteen random characters.
#[derive(Debug, Clone)]
pub struct Invitation {
    enterprise: String,
    secret: String,
    /// The last day on which it can be used.
    pub expires: Day,
}

impl Invitation {
    fn parse(text: &str) -> Option<Self> {
        let plain = plain_code(text);
        let (enterprise, secret) = plain.split_at_checked(8)?;
        (secret.len() == 16).then(|| Self {
            enterprise: enterprise.to_owned(),
            secret: secret.to_owned(),
            expires: Day(0),
        })
    }

    /// The code in groups of four.
    pub fn code(&self) -> String {
        words_of(&format!("{}{}", self.enterprise, self.secret))
    }
}

/// A code as it is typed, without what people put between its letters.
pub(crate) fn plain_code(text: &str) -> String {
    text.chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_uppercase()
}

/// A code in groups of four.
pub(crate) fn words_of(plain: &str) -> String {
    let letters: Vec<char> = plain.chars().collect();
    let groups: Vec<String> = letters
        .chunks(4)
        .map(|four| four.iter().collect())
        .collect();
    groups.join("-")
}

/// Hashes a new password.
pub(crate) async fn hash_password(app: &App, password: String) -> Result<String> {
    password::hash(password, app.random.as_ref()).await
}

/// A login name as it is stored.
pub(crate) fn check_login(login: &str) -> Result<String, Problem> {
    let login = login.trim().to_lowercase();
    let is_plain = |it: char| it.is_alphanumeric() || matches!(it, '.' | '-' | '_' | '@');
    if (3..=60).contains(&login.chars().count()) && login.chars().all(is_plain) {
        Ok(login)
    } else {
        Err(Code::InputInvalid.at("login"))
    }
}

/// A language that the texts have.
pub(crate) fn check_locale(locale: &str) -> Result<(), Problem> {
    if matches!(locale, "zh-CN" | "en") {
        Ok(())
    } else {
        Err(Code::InputInvalid.at("locale"))
    }
}

/// Makes the code with which somebody sets a password.
pub(crate) async fn invite(
    app: &App,
    tx: &mut hezuo_store::Tx,
    enterprise: &Enterprise,
    user: UserId,
) -> Result<Invitation> {
    let mut bytes = [0; 10];
    app.random.fill(&mut bytes);
    let half = |range: std::ops::Range<usize>| {
        let mut five = [0; 5];
        five.copy_from_slice(&bytes[range]);
        hezuo_domain::wall_code::short_word(&five)
    };
    let secret = format!("{}{}", half(0..5), half(5..10));
    let expires = app.now().plus_seconds(INVITATION_SECONDS);
    rows::add_invitation(tx, enterprise.id, digest(secret.as_bytes()), user, expires).await?;
    let zone = Zone::named(&enterprise.time_zone).ok_or(Code::ZoneUnknown)?;
    Ok(Invitation {
        enterprise: enterprise.short_code.clone(),
        secret,
        expires: zone.day(expires),
    })
}

/// The register of persons.
///
/// # Errors
/// `forbidden`.
pub async fn persons(app: &App, access: &Access) -> Result<Vec<Person>> {
    // Whoever answers for one area names owners too.
    access.require_somewhere(Permission::PersonRead)?;
    let mut tx = app.db.read(&access.scope()).await?;
    Ok(rows::persons(&mut tx).await?)
}

/// What is entered about a person.
#[derive(Debug, Clone, Default)]
pub struct PersonEntry {
    /// The name.
    pub name: String,
    /// The number in the factory.
    pub staff_number: Option<String>,
    /// The post.
    pub position: String,
    /// Where the person works.
    pub area_id: Option<Uuid>,
    /// Still there.
    pub active: bool,
}

pub(crate) fn person(id: PersonId, entry: PersonEntry) -> Result<Person> {
    let name = entry.name.trim().to_owned();
    if name.is_empty() {
        return Err(Code::InputMissing.at("name").into());
    }
    if name.chars().count() > 80 || entry.position.chars().count() > 80 {
        return Err(Code::InputTooLong.at("name").into());
    }
    Ok(Person {
        id,
        name,
        staff_number: entry
            .staff_number
            .map(|it| it.trim().to_owned())
            .filter(|it| !it.is_empty()),
        position: entry.position.trim().to_owned(),
        area_id: entry.area_id,
        active: entry.active,
    })
}

async fn check_area(tx: &mut hezuo_store::Tx, person: &Person) -> Result<()> {
    if let Some(area) = person.area_id
        && places::area_name(tx, area.into()).await?.is_none()
    {
        return Err(Code::InputInvalid.at("area_id").into());
    }
    Ok(())
}

/// The only thing about a person that must be unique is the staff number.
fn number_taken(error: StoreError) -> Error {
    match error {
        StoreError::Exists => Code::InputInvalid.at("staff_number").into(),
        other => other.into(),
    }
}

/// Adds a person to the register.
///
/// # Errors
/// `forbidden`, `input.*`.
pub async fn add_person(app: &App, access: &Access, entry: PersonEntry) -> Result<Person> {
    access.require(Permission::PersonManage)?;
    let person = person(PersonId::random(app.random.as_ref()), entry)?;
    let mut tx = app.db.write(&access.scope()).await?;
    check_area(&mut tx, &person).await?;
    rows::add_persons(&mut tx, &[(access.enterprise.id, person.clone())])
        .await
        .map_err(number_taken)?;
    tx.commit().await?;
    Ok(person)
}

/// Changes a person.
///
/// # Errors
/// `forbidden`, `not_found`, `input.*`.
pub async fn change_person(
    app: &App,
    access: &Access,
    id: PersonId,
    entry: PersonEntry,
) -> Result<Person> {
    access.require(Permission::PersonManage)?;
    let person = person(id, entry)?;
    let mut tx = app.db.write(&access.scope()).await?;
    check_area(&mut tx, &person).await?;
    if !rows::change_person(&mut tx, &person)
        .await
        .map_err(number_taken)?
    {
        return Err(Code::NotFound.into());
    }
    tx.commit().await?;
    Ok(person)
}
