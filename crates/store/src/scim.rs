//! What a directory of people has said: its names for logins, and its groups.

use hezuo_domain::ids::{EnterpriseId, UserId};
use uuid::Uuid;

use crate::db::Tx;
use crate::error::Result;
use crate::statement::statements;
use crate::value::args;

statements! {
    tenant MARKS = "SELECT user_id, external_id, is_gone FROM scim_user WHERE enterprise_id = $1";
    rows SAVE_MARKS = (4, "INSERT INTO scim_user (enterprise_id, user_id, external_id, is_gone)",
        "ON CONFLICT (enterprise_id, user_id) DO UPDATE SET external_id = excluded.external_id,
        is_gone = excluded.is_gone");
    tenant GROUPS = "SELECT id, name, external_id FROM scim_group WHERE enterprise_id = $1 ORDER BY id";
    rows SAVE_GROUPS = (4, "INSERT INTO scim_group (enterprise_id, id, name, external_id)",
        "ON CONFLICT (enterprise_id, id) DO UPDATE SET name = excluded.name,
        external_id = excluded.external_id");
    tenant DROP_GROUP = "DELETE FROM scim_group WHERE enterprise_id = $1 AND id = $2";
    tenant MEMBERS = "SELECT group_id, user_id FROM scim_member WHERE enterprise_id = $1
        ORDER BY group_id, user_id";
    tenant DROP_MEMBERS = "DELETE FROM scim_member WHERE enterprise_id = $1 AND group_id = $2";
    rows ADD_MEMBERS = (3, "INSERT INTO scim_member (enterprise_id, group_id, user_id)", "");
}

/// What a directory calls a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The login.
    pub user: UserId,
    /// The directory's id.
    pub external_id: Option<String>,
    /// The directory has given it up.
    pub is_gone: bool,
}

/// What the directory calls the logins of the scope's enterprise.
pub async fn marks(tx: &mut Tx) -> Result<Vec<Mark>> {
    let rows: Vec<(Uuid, Option<String>, bool)> = tx.all(&MARKS, args![]).await?;
    let mark = |(user, external_id, is_gone)| Mark {
        user: UserId(user),
        external_id,
        is_gone,
    };
    Ok(rows.into_iter().map(mark).collect())
}

/// Notes what the directory calls a login.
pub async fn save_mark(tx: &mut Tx, enterprise: EnterpriseId, it: &Mark) -> Result<()> {
    let row = args![enterprise, it.user, it.external_id.as_ref(), it.is_gone];
    tx.insert(&SAVE_MARKS, vec![row]).await?;
    Ok(())
}

/// A group of the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRow {
    /// Random id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The directory's id.
    pub external_id: Option<String>,
    /// Who is in it.
    pub members: Vec<UserId>,
}

/// The groups of the scope's enterprise, with who is in them.
pub async fn groups(tx: &mut Tx) -> Result<Vec<GroupRow>> {
    let rows: Vec<(Uuid, String, Option<String>)> = tx.all(&GROUPS, args![]).await?;
    let members: Vec<(Uuid, Uuid)> = tx.all(&MEMBERS, args![]).await?;
    let group = |(id, name, external_id): (Uuid, String, Option<String>)| {
        let own = members.iter().filter(|(group, _)| *group == id);
        GroupRow {
            id,
            name,
            external_id,
            members: own.map(|(_, user)| UserId(*user)).collect(),
        }
    };
    Ok(rows.into_iter().map(group).collect())
}

/// Keeps a group with who is in it.
///
/// # Errors
/// `Exists` where another one has the name.
pub async fn save_group(tx: &mut Tx, enterprise: EnterpriseId, it: &GroupRow) -> Result<()> {
    let row = args![enterprise, it.id, &it.name, it.external_id.as_ref()];
    tx.insert(&SAVE_GROUPS, vec![row]).await?;
    tx.execute(&DROP_MEMBERS, args![it.id]).await?;
    let members = it
        .members
        .iter()
        .map(|user| args![enterprise, it.id, *user]);
    tx.insert(&ADD_MEMBERS, members.collect()).await?;
    Ok(())
}

/// Forgets a group.
pub async fn drop_group(tx: &mut Tx, id: Uuid) -> Result<()> {
    tx.execute(&DROP_MEMBERS, args![id]).await?;
    tx.execute(&DROP_GROUP, args![id]).await?;
    Ok(())
}
