//! What a directory of people does over a key (SCIM): it finds logins, makes, names and locks them, and
//! keeps groups, of which some give roles. It does nothing to who reads what is said in confidence.

mod groups;

use hezuo_domain::accounts::{Act, is_representative};
use hezuo_domain::devices::KeyScope;
use hezuo_domain::ids::{PersonId, UserId};
use hezuo_domain::people::Role;
use hezuo_domain::scim::User;
use hezuo_domain::{Code, Problem};
use hezuo_store::people::{self as people_rows, NewUser, Person, UserEntry};
use hezuo_store::scim::{self as rows, GroupRow, Mark};
use hezuo_store::{Tx, places};
use uuid::Uuid;

use crate::accounts::{Fact, Scene};
use crate::devices::Device;
use crate::people::{PersonEntry, check_login, person};
use crate::{App, Result};

pub use groups::{change_group, create_group, delete_group, find_group, groups};

/// A login as a directory sees it.
#[derive(Debug, Clone)]
pub struct SeenUser {
    /// The login.
    pub id: UserId,
    /// What is said about it.
    pub user: User,
    /// The groups that it is in, with their names.
    pub groups: Vec<(Uuid, String)>,
}

/// Everything about the logins of an enterprise that a directory may change, as it is in a transaction.
struct Desk<'a> {
    app: &'a App,
    device: &'a Device,
    users: Vec<UserEntry>,
    persons: Vec<Person>,
    marks: Vec<Mark>,
    groups: Vec<GroupRow>,
    confidant: Option<Uuid>,
}

impl<'a> Desk<'a> {
    async fn open(app: &'a App, device: &'a Device, tx: &mut Tx) -> Result<Self> {
        Ok(Self {
            app,
            device,
            users: people_rows::users(tx).await?,
            persons: people_rows::persons(tx).await?,
            marks: rows::marks(tx).await?,
            groups: rows::groups(tx).await?,
            confidant: places::find_setting(tx).await?.confidant_user_id,
        })
    }

    fn scene(&self) -> Scene<'_> {
        Scene {
            app: self.app,
            enterprise: &self.device.home,
            actor: None,
            users: &self.users,
        }
    }

    fn mark(&self, user: UserId) -> Option<&Mark> {
        self.marks.iter().find(|it| it.user == user)
    }

    /// A login that the directory has not given up.
    fn entry(&self, user: UserId) -> Result<&UserEntry, Problem> {
        let is_gone = self.mark(user).is_some_and(|it| it.is_gone);
        let found = self.users.iter().find(|it| it.id == user && !is_gone);
        found.ok_or(Code::NotFound.problem())
    }

    fn person(&self, of: &UserEntry) -> Option<&Person> {
        self.persons.iter().find(|it| it.id == of.person)
    }

    fn seen(&self, it: &UserEntry) -> SeenUser {
        let title = self.person(it).map(|it| it.position.clone());
        let own = self
            .groups
            .iter()
            .filter(|group| group.members.contains(&it.id));
        SeenUser {
            id: it.id,
            user: User {
                user_name: it.login.clone(),
                display_name: it.name.clone(),
                title: title.filter(|it| !it.is_empty()),
                external_id: self.mark(it.id).and_then(|it| it.external_id.clone()),
                active: !it.disabled,
            },
            groups: own.map(|it| (it.id, it.name.clone())).collect(),
        }
    }

    /// Who reads what is said in confidence is no directory's to change: a second person must agree.
    fn guard(&self, it: &UserEntry) -> Result<(), Problem> {
        if is_representative(&it.grants) || self.confidant == Some(it.id.0) {
            return Err(Code::ScimGuarded.problem());
        }
        Ok(())
    }

    /// Whether nobody else administers logins.
    fn is_last_administrator(&self, user: UserId) -> bool {
        let administers = |it: &UserEntry| {
            !it.disabled && it.grants.iter().any(|it| it.role == Role::Administrator)
        };
        let mut all = self.users.iter().filter(|it| administers(it));
        all.any(|it| it.id == user) && self.users.iter().filter(|it| administers(it)).count() == 1
    }

    /// Locks a login, and ends its sessions, or opens it.
    async fn set_active(&self, tx: &mut Tx, it: &UserEntry, active: bool) -> Result<()> {
        if active != it.disabled {
            return Ok(());
        }
        self.guard(it)?;
        if !active && self.is_last_administrator(it.id) {
            return Err(Code::LastAdministrator.into());
        }
        people_rows::set_disabled(tx, it.id, !active).await?;
        if !active {
            let home = self.device.home.id;
            people_rows::sessions::drop_sessions_of(tx, home, it.id).await?;
        }
        let act = if active { Act::Enable } else { Act::Disable };
        self.scene()
            .record(tx, &[Fact::done(act, it.id, None)])
            .await
    }

    /// Brings a login to what the directory says about it.
    async fn settle(&self, tx: &mut Tx, it: &UserEntry, to: &User) -> Result<()> {
        let from = self.seen(it).user;
        if check_login(&to.user_name).ok().as_ref() != Some(&it.login) {
            return Err(Code::ScimImmutable.at("userName").into());
        }
        if from.display_name != to.display_name || from.title != to.title {
            self.guard(it)?;
            let before = self.person(it).ok_or(Code::NotFound)?;
            let entry = PersonEntry {
                name: to.display_name.clone(),
                staff_number: before.staff_number.clone(),
                position: to.title.clone().unwrap_or_default(),
                area_id: before.area_id,
                active: before.active,
            };
            people_rows::change_person(tx, &person(before.id, entry)?).await?;
        }
        let mark = Mark {
            user: it.id,
            external_id: to.external_id.clone(),
            is_gone: false,
        };
        if self.mark(it.id) != Some(&mark) {
            rows::save_mark(tx, self.device.home.id, &mark).await?;
        }
        self.set_active(tx, it, to.active).await
    }
}

/// The logins that the directory has not given up, by their ids.
///
/// # Errors
/// `forbidden`.
pub async fn users(app: &App, device: &Device) -> Result<Vec<SeenUser>> {
    device.require(KeyScope::Scim)?;
    let mut tx = app.db.read(&device.scope()).await?;
    let desk = Desk::open(app, device, &mut tx).await?;
    let there = desk.users.iter().filter(|it| desk.entry(it.id).is_ok());
    let mut all: Vec<SeenUser> = there.map(|it| desk.seen(it)).collect();
    all.sort_by_key(|it| it.id);
    Ok(all)
}

/// One login.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn find_user(app: &App, device: &Device, id: UserId) -> Result<SeenUser> {
    device.require(KeyScope::Scim)?;
    let mut tx = app.db.read(&device.scope()).await?;
    let desk = Desk::open(app, device, &mut tx).await?;
    Ok(desk.seen(desk.entry(id)?))
}

/// Makes a login without a password and without a role: its owner comes through a provider or by an
/// invitation, and roles come from groups. One that the directory had given up it takes up again.
///
/// # Errors
/// `forbidden`, `user.login_taken`, `input.*`, `scim.guarded`.
pub async fn create_user(app: &App, device: &Device, user: &User) -> Result<SeenUser> {
    device.require(KeyScope::Scim)?;
    let login = check_login(&user.user_name).or(Err(Code::InputInvalid.at("userName")))?;
    let mut tx = app.db.write(&device.scope()).await?;
    let desk = Desk::open(app, device, &mut tx).await?;
    let home = device.home.id;
    let known = desk.users.iter().find(|it| it.login == login);
    if let Some(known) = known {
        if desk.entry(known.id).is_ok() {
            return Err(Code::LoginTaken.at("userName").into());
        }
        desk.settle(&mut tx, known, user).await?;
        return found(app, device, tx, known.id).await;
    }
    let entry = PersonEntry {
        name: user.display_name.clone(),
        position: user.title.clone().unwrap_or_default(),
        active: true,
        ..PersonEntry::default()
    };
    let person = person(PersonId::random(app.random.as_ref()), entry)?;
    let new = NewUser {
        id: UserId::random(app.random.as_ref()),
        person: person.id,
        login,
        password_hash: None,
        locale: "zh-CN".to_owned(),
    };
    people_rows::add_persons(&mut tx, &[(home, person)]).await?;
    if !people_rows::add_user(&mut tx, home, &new).await? {
        return Err(Code::LoginTaken.at("userName").into());
    }
    let mark = Mark {
        user: new.id,
        external_id: user.external_id.clone(),
        is_gone: false,
    };
    rows::save_mark(&mut tx, home, &mark).await?;
    if !user.active {
        people_rows::set_disabled(&mut tx, new.id, true).await?;
    }
    found(app, device, tx, new.id).await
}

/// Commits, and gives the login as it is now.
async fn found(app: &App, device: &Device, mut tx: Tx, id: UserId) -> Result<SeenUser> {
    let desk = Desk::open(app, device, &mut tx).await?;
    let seen = desk.seen(desk.entry(id)?);
    tx.commit().await?;
    Ok(seen)
}

/// Changes what the directory says about a login.
///
/// # Errors
/// `forbidden`, `not_found`, `input.*`, `scim.*`, `user.last_administrator`; what `change` says.
pub async fn change_user(
    app: &App,
    device: &Device,
    id: UserId,
    change: impl FnOnce(&SeenUser) -> Result<User, Problem> + Send,
) -> Result<SeenUser> {
    device.require(KeyScope::Scim)?;
    let mut tx = app.db.write(&device.scope()).await?;
    let desk = Desk::open(app, device, &mut tx).await?;
    let entry = desk.entry(id)?;
    let to = change(&desk.seen(entry))?;
    desk.settle(&mut tx, entry, &to).await?;
    found(app, device, tx, id).await
}

/// The directory gives a login up: it is locked and in no group any more. The person stays in the register.
///
/// # Errors
/// `forbidden`, `not_found`, `scim.guarded`, `user.last_administrator`.
pub async fn delete_user(app: &App, device: &Device, id: UserId) -> Result<()> {
    device.require(KeyScope::Scim)?;
    let mut tx = app.db.write(&device.scope()).await?;
    let desk = Desk::open(app, device, &mut tx).await?;
    let entry = desk.entry(id)?;
    desk.guard(entry)?;
    desk.set_active(&mut tx, entry, false).await?;
    desk.leave_groups(&mut tx, id).await?;
    let mark = Mark {
        user: id,
        external_id: None,
        is_gone: true,
    };
    rows::save_mark(&mut tx, device.home.id, &mark).await?;
    tx.commit().await?;
    Ok(())
}
