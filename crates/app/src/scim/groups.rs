//! Groups of a directory. Being in one that bears the word of a role gives that role; leaving it takes it.

use std::collections::{BTreeMap, BTreeSet};

use hezuo_domain::accounts::{Act, check_together};
use hezuo_domain::devices::KeyScope;
use hezuo_domain::ids::UserId;
use hezuo_domain::people::{Grant, Role};
use hezuo_domain::places::EnterpriseKind;
use hezuo_domain::scim::{self as rules, Group};
use hezuo_domain::{Code, Problem};
use hezuo_store::people as people_rows;
use hezuo_store::scim::{self as rows, GroupRow};
use hezuo_store::{StoreError, Tx};
use uuid::Uuid;

use super::Desk;
use crate::accounts::Fact;
use crate::devices::Device;
use crate::{App, Error, Result};

fn said(it: &GroupRow) -> Group {
    Group {
        display_name: it.name.clone(),
        external_id: it.external_id.clone(),
        members: it.members.clone(),
    }
}

/// The names of groups are all that must be unique about them.
fn name_taken(error: StoreError) -> Error {
    match error {
        StoreError::Exists => Code::ScimTaken.at("displayName").into(),
        other => other.into(),
    }
}

impl Desk<'_> {
    fn grant_of(&self, group: &Group) -> Result<Option<Grant>, Problem> {
        let home = &self.device.home;
        // A factory's directory says nothing about other factories.
        let is_authority = home.kind == EnterpriseKind::Authority.as_str();
        let region = home.region().filter(|_| is_authority);
        let grant = |role| rules::grant(role, home.id, region.as_ref());
        Ok(group.role()?.map(grant))
    }

    /// Moves roles from what groups gave to what they give now.
    async fn regrant(&self, tx: &mut Tx, moves: &[(Option<&Group>, Option<&Group>)]) -> Result<()> {
        let mut held: BTreeMap<UserId, Vec<Grant>> = BTreeMap::new();
        let mut facts = Vec::new();
        let is_settled = self.scene().had_representative(tx).await?;
        for &(from, to) in moves {
            let grant = |it: Option<&Group>| it.map_or(Ok(None), |it| self.grant_of(it));
            let (before, after) = (grant(from)?, grant(to)?);
            let is_in =
                |it: Option<&Group>, user: UserId| it.is_some_and(|it| it.members.contains(&user));
            let both = from.iter().chain(&to).flat_map(|it| &it.members);
            let both: BTreeSet<UserId> = both.copied().collect();
            for user in both {
                let (was_in, is_in_now) = (is_in(from, user), is_in(to, user));
                let lost = before.as_ref().filter(|_| was_in);
                let gained = after.as_ref().filter(|_| is_in_now);
                let entry = self.users.iter().find(|it| it.id == user);
                let Some(entry) = entry.filter(|_| lost != gained) else {
                    continue;
                };
                let grants = held.entry(user).or_insert_with(|| entry.grants.clone());
                if let Some(lost) = lost.filter(|it| grants.contains(it)) {
                    if lost.role == Role::Administrator && self.is_last_administrator(user) {
                        return Err(Code::LastAdministrator.into());
                    }
                    grants.retain(|it| it != lost);
                    facts.push(Fact::done(Act::Lose, user, Some(lost.role)));
                }
                if let Some(gained) = gained.filter(|it| !grants.contains(it)) {
                    grants.push(gained.clone());
                    let is_confidant = self.confidant == Some(user.0);
                    check_together(grants, is_confidant, is_settled)?;
                    facts.push(Fact::done(Act::Gain, user, Some(gained.role)));
                }
            }
        }
        for (user, grants) in &held {
            people_rows::set_grants(tx, self.device.home.id, *user, grants).await?;
        }
        self.scene().record(tx, &facts).await
    }

    /// What is wrong with a group as the directory wants it.
    fn check(&self, id: Uuid, to: &Group) -> Result<(), Problem> {
        let is_known = |it: &UserId| self.entry(*it).is_ok();
        if !to.members.iter().all(is_known) {
            return Err(Code::InputInvalid.at("members"));
        }
        let role = to.role()?;
        let mut others = self.groups.iter().filter(|it| it.id != id);
        // Two groups for one role: leaving one of them would take what the other gives.
        let is_twice = |it: &GroupRow| role.is_some() && said(it).role().ok().flatten() == role;
        if others.any(is_twice) {
            return Err(Code::ScimTaken.at("displayName"));
        }
        Ok(())
    }

    async fn save(
        &self,
        tx: &mut Tx,
        (id, from): (Uuid, Option<&Group>),
        to: &Group,
    ) -> Result<()> {
        self.check(id, to)?;
        self.regrant(tx, &[(from, Some(to))]).await?;
        self.keep(tx, id, to).await
    }

    async fn keep(&self, tx: &mut Tx, id: Uuid, it: &Group) -> Result<()> {
        let row = GroupRow {
            id,
            name: it.display_name.clone(),
            external_id: it.external_id.clone(),
            members: it.members.clone(),
        };
        let home = self.device.home.id;
        rows::save_group(tx, home, &row).await.map_err(name_taken)
    }

    fn group(&self, id: Uuid) -> Result<&GroupRow, Problem> {
        let found = self.groups.iter().find(|it| it.id == id);
        found.ok_or(Code::NotFound.problem())
    }

    /// Takes somebody out of every group.
    pub(super) async fn leave_groups(&self, tx: &mut Tx, user: UserId) -> Result<()> {
        let own = self.groups.iter().filter(|it| it.members.contains(&user));
        let left = own.map(|it| {
            let (from, mut to) = (said(it), said(it));
            to.members.retain(|it| *it != user);
            (it.id, from, to)
        });
        let left: Vec<(Uuid, Group, Group)> = left.collect();
        let moves: Vec<_> = left
            .iter()
            .map(|(_, from, to)| (Some(from), Some(to)))
            .collect();
        self.regrant(tx, &moves).await?;
        for (id, _, to) in &left {
            self.keep(tx, *id, to).await?;
        }
        Ok(())
    }
}

/// The groups, by their ids.
///
/// # Errors
/// `forbidden`.
pub async fn groups(app: &App, device: &Device) -> Result<Vec<(Uuid, Group)>> {
    device.require(KeyScope::Scim)?;
    let mut tx = app.db.read(&device.scope()).await?;
    let all = rows::groups(&mut tx).await?;
    Ok(all.iter().map(|it| (it.id, said(it))).collect())
}

/// One group.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn find_group(app: &App, device: &Device, id: Uuid) -> Result<(Uuid, Group)> {
    let all = groups(app, device).await?;
    let found = all.into_iter().find(|(it, _)| *it == id);
    Ok(found.ok_or(Code::NotFound)?)
}

/// Makes a group.
///
/// # Errors
/// `forbidden`, `input.*`, `scim.*`, `user.role_conflict`.
pub async fn create_group(app: &App, device: &Device, group: Group) -> Result<(Uuid, Group)> {
    device.require(KeyScope::Scim)?;
    let mut tx = app.db.write(&device.scope()).await?;
    let desk = Desk::open(app, device, &mut tx).await?;
    let id = app.random.uuid();
    desk.save(&mut tx, (id, None), &group).await?;
    tx.commit().await?;
    Ok((id, group))
}

/// Changes a group and who is in it.
///
/// # Errors
/// `forbidden`, `not_found`, `input.*`, `scim.*`, `user.*`; what `change` says.
pub async fn change_group(
    app: &App,
    device: &Device,
    id: Uuid,
    change: impl FnOnce(&Group) -> Result<Group, Problem> + Send,
) -> Result<(Uuid, Group)> {
    device.require(KeyScope::Scim)?;
    let mut tx = app.db.write(&device.scope()).await?;
    let desk = Desk::open(app, device, &mut tx).await?;
    let from = said(desk.group(id)?);
    let to = change(&from)?;
    desk.save(&mut tx, (id, Some(&from)), &to).await?;
    tx.commit().await?;
    Ok((id, to))
}

/// Forgets a group, and takes the role that it gave.
///
/// # Errors
/// `forbidden`, `not_found`, `user.last_administrator`.
pub async fn delete_group(app: &App, device: &Device, id: Uuid) -> Result<()> {
    device.require(KeyScope::Scim)?;
    let mut tx = app.db.write(&device.scope()).await?;
    let desk = Desk::open(app, device, &mut tx).await?;
    let from = said(desk.group(id)?);
    desk.regrant(&mut tx, &[(Some(&from), None)]).await?;
    rows::drop_group(&mut tx, id).await?;
    tx.commit().await?;
    Ok(())
}
