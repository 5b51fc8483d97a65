//! Logins: made, given roles, reset and locked by administrators, in front of everybody whom it
//! concerns.

use hezuo_domain::Code;
use hezuo_domain::accounts::{Act, check_together};
use hezuo_domain::ids::{PersonId, UserId};
use hezuo_domain::people::{Grant, Place, Role};
use hezuo_domain::permissions::Permission;
use hezuo_domain::signatures::Signature;
use hezuo_store::people::{self as rows, NewUser, UserEntry};
use hezuo_store::{Tx, places};

use super::{Invitation, check_locale, check_login, invite};
use crate::accounts::{Fact, Scene};
use crate::{Access, App, Result};

/// The logins.
///
/// # Errors
/// `forbidden`.
pub async fn users(app: &App, access: &Access) -> Result<Vec<UserEntry>> {
    access.require(Permission::UserManage)?;
    let mut tx = app.db.read(&access.scope()).await?;
    Ok(rows::users(&mut tx).await?)
}

/// A login that shall be made.
#[derive(Debug, Clone)]
pub struct UserRequest {
    /// Whose.
    pub person: PersonId,
    /// Login name.
    pub login: String,
    /// `zh-CN` or `en`.
    pub locale: String,
    /// Roles.
    pub grants: Vec<Grant>,
}

/// Who acts, on whom.
struct Acting<'a> {
    access: &'a Access,
    scene: Scene<'a>,
}

impl<'a> Acting<'a> {
    fn new(app: &'a App, access: &'a Access, users: &'a [UserEntry]) -> Self {
        let scene = Scene {
            app,
            enterprise: &access.enterprise,
            actor: Some(access.caller.user),
            users,
        };
        Self { access, scene }
    }

    async fn is_confidant(&self, tx: &mut Tx, user: UserId) -> Result<bool> {
        let setting = places::find_setting(tx).await?;
        Ok(setting.confidant_user_id == Some(user.0))
    }

    /// Of roles that shall be given or taken, those that can be at once, and those that wait.
    async fn split(
        &self,
        tx: &mut Tx,
        act: Act,
        grants: Vec<Grant>,
    ) -> Result<(Vec<Grant>, Vec<Grant>)> {
        let (mut now, mut held) = (Vec::new(), Vec::new());
        for grant in grants {
            let waits = grant.role == Role::WorkerRepresentative
                && self
                    .scene
                    .must_wait(tx, (act, Some(grant.role)), None, false)
                    .await?;
            if waits { &mut held } else { &mut now }.push(grant);
        }
        Ok((now, held))
    }

    async fn hold(
        &self,
        tx: &mut Tx,
        subject: UserId,
        held: Vec<(Act, Option<Grant>)>,
    ) -> Result<()> {
        let wanted = held
            .into_iter()
            .map(|(act, grant)| (act, subject, grant))
            .collect();
        self.scene.hold(tx, self.access.caller.user, wanted).await
    }
}

fn facts(act: Act, subject: UserId, grants: &[Grant]) -> impl Iterator<Item = Fact> {
    grants
        .iter()
        .map(move |it| Fact::done(act, subject, Some(it.role)))
}

/// Makes a login and its invitation. A role that needs a second person's agreement comes later.
///
/// # Errors
/// `forbidden`, `user.login_taken`, `user.role_not_yours`, `user.role_conflict`, `input.*`.
pub async fn invite_user(
    app: &App,
    access: &Access,
    request: UserRequest,
) -> Result<(UserId, Invitation)> {
    access.require(Permission::UserManage)?;
    access.caller.sign(app, Signature::InviteUser)?;
    let login = check_login(&request.login)?;
    check_locale(&request.locale)?;
    let mut tx = app.db.write(&access.scope()).await?;
    check_grants(&mut tx, access, &request.grants).await?;
    if rows::person_name(&mut tx, request.person).await?.is_none() {
        return Err(Code::InputInvalid.at("person_id").into());
    }
    let user = NewUser {
        id: UserId::random(app.random.as_ref()),
        person: request.person,
        login,
        password_hash: None,
        locale: request.locale,
    };
    let users = rows::users(&mut tx).await?;
    let acting = Acting::new(app, access, &users);
    let is_settled = acting.scene.had_representative(&mut tx).await?;
    check_together(&request.grants, false, is_settled)?;
    if !rows::add_user(&mut tx, access.enterprise.id, &user).await? {
        return Err(Code::LoginTaken.at("login").into());
    }
    let (now, held) = acting.split(&mut tx, Act::Gain, request.grants).await?;
    rows::set_grants(&mut tx, access.enterprise.id, user.id, &now).await?;
    let facts: Vec<_> = facts(Act::Gain, user.id, &now).collect();
    acting.scene.record(&mut tx, &facts).await?;
    let held = held.into_iter().map(|it| (Act::Gain, Some(it))).collect();
    acting.hold(&mut tx, user.id, held).await?;
    let invitation = invite(app, &mut tx, &access.enterprise, user.id).await?;
    tx.commit().await?;
    Ok((user.id, invitation))
}

/// In an enterprise an administrator gives roles on it, its sites and its areas; a region only
/// where the administrator's own roles cover it.
async fn check_grants(tx: &mut Tx, access: &Access, grants: &[Grant]) -> Result<()> {
    for grant in grants {
        let is_allowed = match &grant.place {
            Place::Enterprise(id) => *id == access.enterprise.id,
            Place::Site(id) => places::sites(tx).await?.iter().any(|site| site.id == *id),
            Place::Area(id) => places::areas(tx).await?.iter().any(|area| area.id == *id),
            Place::Region(code) => access.caller.grants.iter().any(|own| {
                matches!(&own.place, Place::Region(region)
                    if region.contains(code) && own.role == Role::Administrator)
            }),
        };
        if !is_allowed {
            return Err(Code::RoleNotYours.at("roles").into());
        }
    }
    Ok(())
}

/// Replaces a user's roles. One can't take one's own administration away. Whether some of it waits
/// for a second person.
///
/// # Errors
/// `forbidden`, `not_found`, `user.role_not_yours`, `user.last_administrator`,
/// `user.role_conflict`.
pub async fn change_roles(
    app: &App,
    access: &Access,
    user: UserId,
    grants: &[Grant],
) -> Result<bool> {
    access.require(Permission::UserManage)?;
    access.caller.sign(app, Signature::GiveRoles)?;
    let mut tx = app.db.write(&access.scope()).await?;
    check_grants(&mut tx, access, grants).await?;
    let users = rows::users(&mut tx).await?;
    let before = users.iter().find(|it| it.id == user);
    let before = &before.ok_or(Code::NotFound)?.grants;
    // A role on one site or area would not let anybody manage users any more.
    let home = Place::Enterprise(access.enterprise.id);
    let stays = grants
        .iter()
        .any(|grant| grant.role == Role::Administrator && grant.place == home);
    if user == access.caller.user && !stays {
        return Err(Code::LastAdministrator.into());
    }
    let acting = Acting::new(app, access, &users);
    let without = |these: &[Grant], others: &[Grant]| -> Vec<Grant> {
        let left = these.iter().filter(|it| !others.contains(it));
        left.cloned().collect()
    };
    let gained = without(grants, before);
    let lost = without(before, grants);
    let is_confidant = acting.is_confidant(&mut tx, user).await?;
    let is_settled = acting.scene.had_representative(&mut tx).await?;
    if !gained.is_empty() {
        check_together(grants, is_confidant, is_settled)?;
    }
    let (gained, to_gain) = acting.split(&mut tx, Act::Gain, gained).await?;
    let (lost, to_lose) = acting.split(&mut tx, Act::Lose, lost).await?;
    let mut after = without(before, &lost);
    after.extend(gained.iter().cloned());
    if !gained.is_empty() {
        // What is still to be lost is still held.
        check_together(&after, is_confidant, is_settled)?;
    }
    rows::set_grants(&mut tx, access.enterprise.id, user, &after).await?;
    let done: Vec<_> = facts(Act::Gain, user, &gained)
        .chain(facts(Act::Lose, user, &lost))
        .collect();
    acting.scene.record(&mut tx, &done).await?;
    let to_gain = to_gain.into_iter().map(|it| (Act::Gain, Some(it)));
    let to_lose = to_lose.into_iter().map(|it| (Act::Lose, Some(it)));
    let held: Vec<_> = to_gain.chain(to_lose).collect();
    let waits = !held.is_empty();
    acting.hold(&mut tx, user, held).await?;
    tx.commit().await?;
    Ok(waits)
}

/// Makes a reset code; until it is used the old password stays. None where the login reads what is
/// said in confidence: then a second person must agree first.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn reset_user(app: &App, access: &Access, user: UserId) -> Result<Option<Invitation>> {
    access.require(Permission::UserManage)?;
    access.caller.sign(app, Signature::ResetPassword)?;
    let mut tx = app.db.write(&access.scope()).await?;
    let users = rows::users(&mut tx).await?;
    let found = users.iter().find(|it| it.id == user && !it.disabled);
    let found = found.ok_or(Code::NotFound)?;
    let acting = Acting::new(app, access, &users);
    let is_confidant = acting.is_confidant(&mut tx, user).await?;
    let wanted = (Act::Reset, None);
    let waits = acting
        .scene
        .must_wait(&mut tx, wanted, Some(found), is_confidant);
    let invitation = if waits.await? {
        acting.hold(&mut tx, user, vec![(Act::Reset, None)]).await?;
        None
    } else {
        let fact = Fact::done(Act::Reset, user, None);
        acting.scene.record(&mut tx, &[fact]).await?;
        Some(invite(app, &mut tx, &access.enterprise, user).await?)
    };
    tx.commit().await?;
    Ok(invitation)
}

/// Takes second factor and passkeys off for somebody who has lost them. Whether it waits for a second person,
/// because the login reads what is said in confidence.
///
/// # Errors
/// `forbidden`, `not_found`, `second_factor.off`.
pub async fn reset_second_factor(app: &App, access: &Access, user: UserId) -> Result<bool> {
    access.require(Permission::UserManage)?;
    access.caller.sign(app, Signature::ResetSecondFactor)?;
    let mut tx = app.db.write(&access.scope()).await?;
    let users = rows::users(&mut tx).await?;
    let found = users.iter().find(|it| it.id == user);
    let found = found.ok_or(Code::NotFound)?;
    if !found.second_factor {
        return Err(Code::SecondFactorOff.into());
    }
    let acting = Acting::new(app, access, &users);
    let is_confidant = acting.is_confidant(&mut tx, user).await?;
    let act = Act::ResetSecondFactor;
    let waits = acting
        .scene
        .must_wait(&mut tx, (act, None), Some(found), is_confidant)
        .await?;
    if waits {
        acting.hold(&mut tx, user, vec![(act, None)]).await?;
    } else {
        rows::second_factor::remove(&mut tx, user).await?;
        rows::passkeys::remove_all(&mut tx, user).await?;
        let fact = Fact::done(act, user, None);
        acting.scene.record(&mut tx, &[fact]).await?;
    }
    tx.commit().await?;
    Ok(waits)
}

/// Ends all of a user's sessions, as when a phone was lost. The password stays.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn end_sessions(app: &App, access: &Access, user: UserId) -> Result<()> {
    access.require(Permission::UserManage)?;
    let mut tx = app.db.write(&access.scope()).await?;
    let users = rows::users(&mut tx).await?;
    if !users.iter().any(|it| it.id == user) {
        return Err(Code::NotFound.into());
    }
    rows::sessions::drop_sessions_of(&mut tx, access.enterprise.id, user).await?;
    let acting = Acting::new(app, access, &users);
    let fact = Fact::done(Act::EndSessions, user, None);
    acting.scene.record(&mut tx, &[fact]).await?;
    tx.commit().await?;
    Ok(())
}

/// Disables or enables a login; disabling ends its sessions at once. Whether it waits for a second
/// person, because the login reads what is said in confidence.
///
/// # Errors
/// `forbidden`, `not_found`, `user.last_administrator`.
pub async fn set_disabled(
    app: &App,
    access: &Access,
    user: UserId,
    disabled: bool,
) -> Result<bool> {
    access.require(Permission::UserManage)?;
    if user == access.caller.user {
        return Err(Code::LastAdministrator.into());
    }
    let act = if disabled { Act::Disable } else { Act::Enable };
    let mut tx = app.db.write(&access.scope()).await?;
    let users = rows::users(&mut tx).await?;
    let found = users.iter().find(|it| it.id == user);
    let found = found.ok_or(Code::NotFound)?;
    let acting = Acting::new(app, access, &users);
    let is_confidant = acting.is_confidant(&mut tx, user).await?;
    let waits = acting
        .scene
        .must_wait(&mut tx, (act, None), Some(found), is_confidant);
    if waits.await? {
        acting.hold(&mut tx, user, vec![(act, None)]).await?;
        tx.commit().await?;
        return Ok(true);
    }
    rows::set_disabled(&mut tx, user, disabled).await?;
    if disabled {
        rows::sessions::drop_sessions_of(&mut tx, access.enterprise.id, user).await?;
    }
    acting
        .scene
        .record(&mut tx, &[Fact::done(act, user, None)])
        .await?;
    tx.commit().await?;
    Ok(false)
}
