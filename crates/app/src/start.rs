//! The first start: a link for the first administrator, and the first steps of a factory.

use hezuo_domain::commitment::digest;
use hezuo_domain::ids::{EnterpriseId, PersonId, UserId};
use hezuo_domain::people::{Grant, Place, Role, check_password};
use hezuo_domain::permissions::Permission;
use hezuo_domain::places::EnterpriseKind;
use hezuo_domain::start::Facts;
use hezuo_domain::time::{Day, Zone};
use hezuo_domain::wall_code::short_word;
use hezuo_domain::{Code, Scope};
use hezuo_store::people::{self as people_rows, NewUser, Person};
use hezuo_store::places::{self, Enterprise, Setting};
use hezuo_store::{start as rows, tallies};

use crate::directory::{EnterpriseRequest, Profile};
use crate::people::{By, SignedIn, Visit, check_login, plain_code, start_session, words_of};
use crate::{Access, App, Result};

/// How long the link can be used.
const LINK_SECONDS: i64 = 24 * 3600;

/// The zone of an enterprise about which nothing has been said yet.
const FIRST_ZONE: &str = "Asia/Shanghai";

const REASON: &str = "before the first login there is no enterprise";

/// The secret of the link, as it stands behind the `#` of the address.
pub struct FirstLink(String);

impl FirstLink {
    /// The code, in groups of four. It is shown to whoever started the server, and never logged.
    pub fn code(&self) -> String {
        words_of(&self.0)
    }
}

/// Makes a new link while nobody has a login; the one before ends. None where somebody has.
///
/// # Errors
/// Only ours.
pub async fn link(app: &App) -> Result<Option<FirstLink>> {
    let scope = Scope::System(REASON);
    let mut tx = app.db.write(&scope).await?;
    if rows::has_logins(&mut tx).await? {
        return Ok(None);
    }
    let mut bytes = [0; 10];
    app.random.fill(&mut bytes);
    let (mut left, mut right) = ([0; 5], [0; 5]);
    left.copy_from_slice(&bytes[..5]);
    right.copy_from_slice(&bytes[5..]);
    let secret = format!("{}{}", short_word(&left), short_word(&right));
    let expires = app.now().plus_seconds(LINK_SECONDS);
    rows::replace_link(&mut tx, digest(secret.as_bytes()), expires).await?;
    tx.commit().await?;
    Ok(Some(FirstLink(secret)))
}

/// Who comes in with the link.
#[derive(Debug, Clone)]
pub struct FirstPerson {
    /// The link's code.
    pub code: String,
    /// The person's name.
    pub name: String,
    /// The login name.
    pub login: String,
    /// The password.
    pub password: String,
    /// `zh-CN` or `en`.
    pub locale: String,
}

/// Makes the first administrator and a factory that has no name yet, and logs in.
///
/// # Errors
/// `start.unusable`, `session.limited`, `session.password_weak`, `input.*`.
pub async fn first_administrator(
    app: &App,
    request: FirstPerson,
    visit: Visit,
) -> Result<SignedIn> {
    let now = app.now();
    if app.limits.invitations.is_spent("", now) {
        return Err(Code::LoginLimited.into());
    }
    let person = crate::people::person(
        PersonId::random(app.random.as_ref()),
        crate::people::PersonEntry {
            name: request.name,
            active: true,
            ..Default::default()
        },
    )?;
    let login = check_login(&request.login)?;
    crate::people::check_locale(&request.locale)?;
    check_password(&request.password, &[&login])?;
    let secret = plain_code(&request.code);
    let hash = crate::people::hash_password(app, request.password).await?;

    let mut tx = app.db.write(&Scope::System(REASON)).await?;
    let is_free = !rows::has_logins(&mut tx).await?;
    if !is_free || !rows::use_link(&mut tx, digest(secret.as_bytes()), now).await? {
        app.limits.invitations.fail("", now);
        return Err(Code::FirstLinkUnusable.into());
    }
    let enterprise = nameless(app);
    let zone = Zone::named(FIRST_ZONE).ok_or(Code::ZoneUnknown)?;
    places::add_enterprises(&mut tx, std::slice::from_ref(&enterprise), zone.day(now)).await?;
    let user = add_administrator(
        app,
        &mut tx,
        enterprise.id,
        person,
        login,
        hash,
        request.locale,
    );
    let user = user.await?;
    tx.commit().await?;
    start_session(app, (enterprise.id, user), visit, By::One).await
}

async fn add_administrator(
    app: &App,
    tx: &mut hezuo_store::Tx,
    enterprise: EnterpriseId,
    person: Person,
    login: String,
    hash: String,
    locale: String,
) -> Result<UserId> {
    let user = NewUser {
        id: UserId::random(app.random.as_ref()),
        person: person.id,
        login,
        password_hash: Some(hash),
        locale,
    };
    people_rows::add_persons(tx, &[(enterprise, person)]).await?;
    if !people_rows::add_user(tx, enterprise, &user).await? {
        return Err(Code::FirstLinkUnusable.into());
    }
    let grant = Grant {
        role: Role::Administrator,
        place: Place::Enterprise(enterprise),
    };
    people_rows::add_grants(tx, enterprise, user.id, &[grant]).await?;
    Ok(user.id)
}

fn nameless(app: &App) -> Enterprise {
    let mut five = [0; 5];
    app.random.fill(&mut five);
    Enterprise {
        id: EnterpriseId::random(app.random.as_ref()),
        short_code: short_word(&five),
        kind: EnterpriseKind::Enterprise.as_str().to_owned(),
        name: String::new(),
        credit_code: None,
        credit_code_ok: None,
        region_code: None,
        time_zone: FIRST_ZONE.to_owned(),
    }
}

/// How far a factory is.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The factory as the directory has it.
    pub enterprise: Enterprise,
    /// What it has set.
    pub setting: Setting,
    /// What it has.
    pub facts: Facts,
}

/// Tells how far the factory is.
///
/// # Errors
/// `forbidden`.
pub async fn standing(app: &App, access: &Access) -> Result<Standing> {
    access.require(Permission::PlaceManage)?;
    let mut tx = app.db.read(&access.scope()).await?;
    let setting = places::find_setting(&mut tx).await?;
    let found = rows::facts(&mut tx).await?.ok_or(Code::NotFound)?;
    let enterprise = places::find_enterprise(&mut tx, access.enterprise.id)
        .await?
        .ok_or(Code::NotFound)?;
    let facts = Facts {
        named: !enterprise.name.is_empty(),
        areas: found.areas,
        attested: found.attested,
        persons: found.persons,
        leaders: found.leaders,
        secretaries: found.secretaries,
        labels_day: found.labels_day.map(Day),
        reported: found.reported > 0,
        answered: found.answered > 0,
    };
    Ok(Standing {
        enterprise,
        setting,
        facts,
    })
}

/// Changes what stands about the factory in the directory; gives warnings.
///
/// # Errors
/// `forbidden`, `enterprise.*`, `input.*`.
pub async fn describe(app: &App, access: &Access, request: EnterpriseRequest) -> Result<Vec<Code>> {
    access.require(Permission::PlaceManage)?;
    let Profile {
        name,
        credit_code,
        credit_code_ok,
        region,
        zone: _,
    } = Profile::read(&request)?;
    let mut tx = app.db.write(&access.scope()).await?;
    let is_moved = request.time_zone != access.enterprise.time_zone;
    if is_moved && rows::has_cases(&mut tx).await? {
        return Err(Code::ZoneFixed.at("time_zone").into());
    }
    let changed = Enterprise {
        name,
        credit_code,
        credit_code_ok,
        region_code: region.map(|region| region.to_string()),
        time_zone: request.time_zone,
        ..access.enterprise.clone()
    };
    if !rows::change_enterprise(&mut tx, &changed).await? {
        return Err(Code::NotFound.into());
    }
    tallies::look_at(&mut tx, &[changed.id]).await?;
    tx.commit().await?;
    Ok(Profile::warnings(credit_code_ok))
}

/// Notes that the codes hang on the walls.
///
/// # Errors
/// `forbidden`.
pub async fn hang_labels(app: &App, access: &Access) -> Result<()> {
    access.require(Permission::PlaceManage)?;
    let mut tx = app.db.write(&access.scope()).await?;
    rows::hang_labels(&mut tx, access.today(app), access.caller.user).await?;
    tx.commit().await?;
    Ok(())
}
