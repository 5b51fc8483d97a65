//! Keys for machines: made and ended by an administrator, in front of the representatives, and what a
//! machine may do with one.

use hezuo_domain::accounts::Act;
use hezuo_domain::devices::{DeviceKey, KeyScope, check, works};
use hezuo_domain::permissions::{Permission, can_over};
use hezuo_domain::places::EnterpriseKind;
use hezuo_domain::signatures::Signature;
use hezuo_domain::time::{Day, Zone};
use hezuo_domain::{Code, Problem, Scope};
use hezuo_store::devices::{self as rows, KeyEntry, NewKey};
use hezuo_store::people;
use hezuo_store::places::{self, Enterprise};
use uuid::Uuid;

use crate::accounts::{Fact, Scene};
use crate::{Access, App, Result};

/// A machine that has shown a key: never a person, and it enters no enterprise but its own.
#[derive(Debug, Clone)]
pub struct Device {
    /// The key.
    pub key: Uuid,
    /// What the key is called.
    pub name: String,
    /// Where it works.
    pub home: Enterprise,
    scopes: Vec<KeyScope>,
}

impl Device {
    /// Stops a machine whose key is for something else.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn require(&self, scope: KeyScope) -> Result<(), Problem> {
        if self.scopes.contains(&scope) {
            Ok(())
        } else {
            Err(Code::Forbidden.problem())
        }
    }

    /// The scope of its enterprise.
    pub fn scope(&self) -> Scope {
        Scope::Enterprise(self.home.id)
    }
}

/// Who shows a key.
///
/// # Errors
/// `device_key.unknown`, whatever is wrong with it.
pub async fn device(app: &App, text: &str) -> Result<Device> {
    let key = DeviceKey::parse(text).ok_or(Code::KeyUnknown)?;
    let mut tx = app.db.read(&Scope::Enterprise(key.enterprise)).await?;
    let found = rows::find(&mut tx, key.stored()).await?;
    let found = found.ok_or(Code::KeyUnknown)?;
    let home = places::find_enterprise(&mut tx, key.enterprise).await?;
    drop(tx);
    let home = home.ok_or(Code::KeyUnknown)?;
    let zone = Zone::named(&home.time_zone).ok_or(Code::ZoneUnknown)?;
    let today = zone.day(app.now());
    if !works(today, found.last, found.has_ended) {
        return Err(Code::KeyUnknown.into());
    }
    if found.used != Some(today) {
        let mut tx = app.db.write(&Scope::Enterprise(home.id)).await?;
        rows::touch(&mut tx, found.id, today).await?;
        tx.commit().await?;
    }
    Ok(Device {
        key: found.id,
        name: found.name,
        home,
        scopes: found.scopes,
    })
}

/// The keys, the newest first.
///
/// # Errors
/// `forbidden`.
pub async fn list(app: &App, access: &Access) -> Result<Vec<KeyEntry>> {
    access.require(Permission::UserManage)?;
    let mut tx = app.db.read(&access.scope()).await?;
    Ok(rows::keys(&mut tx).await?)
}

/// A key that shall be made.
#[derive(Debug, Clone)]
pub struct KeyRequest {
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub scopes: Vec<KeyScope>,
    /// The last day on which it works.
    pub last: Day,
}

/// Makes a key. It is shown now and never again. The representatives are told: with it a machine changes
/// logins.
///
/// # Errors
/// `forbidden`, `input.*`.
pub async fn make(app: &App, access: &Access, request: KeyRequest) -> Result<(Uuid, DeviceKey)> {
    access.require(Permission::UserManage)?;
    // In an authority groups give roles over its division: only who could give those makes such a key.
    let is_authority = access.enterprise.kind == EnterpriseKind::Authority.as_str();
    if let Some(region) = access.enterprise.region().filter(|_| is_authority)
        && !can_over(&access.caller.grants, Permission::EnterpriseManage, &region)
    {
        return Err(Code::Forbidden.into());
    }
    access.caller.sign(app, Signature::MakeKey)?;
    let today = access.today(app);
    let name = check(&request.name, &request.scopes, today, request.last)?;
    let mut secret = [0; 32];
    app.random.fill(&mut secret);
    let key = DeviceKey::new(access.enterprise.id, secret);
    let new = NewKey {
        id: app.random.uuid(),
        name,
        scopes: request.scopes,
        hash: key.stored(),
        made_by: access.caller.user,
        made: today,
        last: request.last,
    };
    let mut tx = app.db.write(&access.scope()).await?;
    rows::add(&mut tx, access.enterprise.id, &new).await?;
    tell(app, access, &mut tx, Act::KeyMade).await?;
    tx.commit().await?;
    Ok((new.id, key))
}

/// Ends a key at once.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn end(app: &App, access: &Access, id: Uuid) -> Result<()> {
    access.require(Permission::UserManage)?;
    let mut tx = app.db.write(&access.scope()).await?;
    if !rows::has(&mut tx, id).await? {
        return Err(Code::NotFound.into());
    }
    if rows::end(&mut tx, id, access.today(app)).await? {
        tell(app, access, &mut tx, Act::KeyEnded).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn tell(app: &App, access: &Access, tx: &mut hezuo_store::Tx, act: Act) -> Result<()> {
    let users = people::users(tx).await?;
    let by = access.caller.user;
    let scene = Scene {
        app,
        enterprise: &access.enterprise,
        actor: Some(by),
        users: &users,
    };
    scene.record(tx, &[Fact::done(act, by, None)]).await
}
