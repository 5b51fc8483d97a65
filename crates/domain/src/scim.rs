//! SCIM 2.0 (RFC 7643, RFC 7644): what a directory of people may ask for and change. Resources are JSON;
//! what a change of one means for logins and roles is decided where they are stored.

pub mod filter;
pub mod patch;

use serde_json::Value;

use crate::ids::{EnterpriseId, UserId};
use crate::people::{Grant, Place, Role};
use crate::places::RegionCode;
use crate::problem::{Code, Problem};

/// The schema of a user.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The schema of a group.
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// Longest name, title or id that is taken.
const MAX_TEXT: usize = 200;

/// Most members of a group.
pub const MAX_MEMBERS: usize = 5000;

/// What a directory says about a person with a login.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct User {
    /// The login name.
    pub user_name: String,
    /// The person's name.
    pub display_name: String,
    /// The person's post.
    pub title: Option<String>,
    /// What the directory calls it.
    pub external_id: Option<String>,
    /// The login is open.
    pub active: bool,
}

/// What a directory says about a group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Group {
    /// Its name.
    pub display_name: String,
    /// What the directory calls it.
    pub external_id: Option<String>,
    /// Who is in it.
    pub members: Vec<UserId>,
}

/// The value of an attribute, whose name is the same in any case.
fn of<'a>(resource: &'a Value, name: &str) -> Option<&'a Value> {
    let attributes = resource.as_object()?;
    let (_, value) = attributes
        .iter()
        .find(|(it, _)| it.eq_ignore_ascii_case(name))?;
    Some(value).filter(|it| !it.is_null())
}

fn text(resource: &Value, name: &str) -> Result<Option<String>, Problem> {
    match of(resource, name) {
        None => Ok(None),
        Some(Value::String(text)) if text.chars().count() <= MAX_TEXT => {
            Ok(Some(text.trim().to_owned()).filter(|it| !it.is_empty()))
        }
        Some(Value::String(_)) => Err(Code::InputTooLong.at(name)),
        Some(_) => Err(Code::InputInvalid.at(name)),
    }
}

/// Some directories write truth values as texts.
fn truth(resource: &Value, name: &str) -> Result<Option<bool>, Problem> {
    match of(resource, name) {
        None => Ok(None),
        Some(Value::Bool(it)) => Ok(Some(*it)),
        Some(Value::String(it)) if it.eq_ignore_ascii_case("true") => Ok(Some(true)),
        Some(Value::String(it)) if it.eq_ignore_ascii_case("false") => Ok(Some(false)),
        Some(_) => Err(Code::InputInvalid.at(name)),
    }
}

impl User {
    /// Reads a user. What is not known here is passed over, as the standard asks.
    ///
    /// # Errors
    /// `input.*` at the attribute.
    pub fn read(resource: &Value) -> Result<Self, Problem> {
        if !resource.is_object() {
            return Err(Code::InputInvalid.problem());
        }
        let user_name = text(resource, "userName")?;
        let user_name = user_name.ok_or(Code::InputMissing.at("userName"))?;
        let part = |name: &str| match of(resource, "name") {
            Some(names) => text(names, name),
            None => Ok(None),
        };
        let parts = [part("familyName")?, part("givenName")?];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        let display_name = match (text(resource, "displayName")?, part("formatted")?) {
            (Some(name), _) | (None, Some(name)) => name,
            (None, None) if !parts.is_empty() => parts.join(" "),
            (None, None) => user_name.clone(),
        };
        Ok(Self {
            user_name,
            display_name,
            title: text(resource, "title")?,
            external_id: text(resource, "externalId")?,
            active: truth(resource, "active")?.unwrap_or(true),
        })
    }
}

impl Group {
    /// Reads a group.
    ///
    /// # Errors
    /// `input.*` at the attribute.
    pub fn read(resource: &Value) -> Result<Self, Problem> {
        let display_name = text(resource, "displayName")?;
        let mut members = match of(resource, "members") {
            None => Vec::new(),
            Some(Value::Array(all)) if all.len() <= MAX_MEMBERS => {
                let id = |it: &Value| of(it, "value")?.as_str()?.parse().ok();
                let ids: Option<Vec<UserId>> = all.iter().map(id).collect();
                ids.ok_or(Code::InputInvalid.at("members"))?
            }
            Some(_) => return Err(Code::InputInvalid.at("members")),
        };
        members.sort();
        members.dedup();
        Ok(Self {
            display_name: display_name.ok_or(Code::InputMissing.at("displayName"))?,
            external_id: text(resource, "externalId")?,
            members,
        })
    }

    /// The role that being in this group gives; most groups give none.
    ///
    /// # Errors
    /// `scim.guarded` where it would make a worker representative.
    pub fn role(&self) -> Result<Option<Role>, Problem> {
        let word = self.display_name.trim().to_lowercase();
        match Role::parse(&word.replace([' ', '-'], "_")) {
            Some(role) if !crate::federation::may_be_mapped(role) => {
                Err(Code::ScimGuarded.at("displayName"))
            }
            role => Ok(role),
        }
    }
}

/// Where a role from a group holds: those who look at many factories do so in their authority's division,
/// everybody else at home.
pub fn grant(role: Role, home: EnterpriseId, region: Option<&RegionCode>) -> Grant {
    let looks_around = matches!(role, Role::Inspector | Role::CountyOfficer);
    let place = match region.filter(|_| looks_around) {
        Some(region) => Place::Region(region.clone()),
        None => Place::Enterprise(home),
    };
    Grant { role, place }
}

/// Leaves out what was not asked for. `schemas` and `id` are always there.
pub fn narrowed(mut resource: Value, only: Option<&str>, without: Option<&str>) -> Value {
    let names = |list: &str| -> Vec<String> {
        let one = |it: &str| {
            it.trim()
                .rsplit(':')
                .next()
                .unwrap_or_default()
                .to_lowercase()
        };
        let top = |it: String| it.split('.').next().unwrap_or_default().to_owned();
        list.split(',').map(one).map(top).collect()
    };
    let (only, without) = (only.map(names), without.map(names).unwrap_or_default());
    if let Some(attributes) = resource.as_object_mut() {
        attributes.retain(|name, _| {
            let name = name.to_lowercase();
            let is_wanted = only.as_ref().is_none_or(|it| it.contains(&name));
            name == "schemas" || name == "id" || is_wanted && !without.contains(&name)
        });
    }
    resource
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_user_is_read_as_directories_write_it() {
        let user = User::read(&json!({"UserName": "lin.xia", "active": "False",
            "name": {"givenName": "Xia", "familyName": "Lin"}, "emails": [{"value": "x"}]}));
        let user = user.unwrap();
        assert_eq!(
            (user.display_name.as_str(), user.active),
            ("Lin Xia", false)
        );
        for wrong in [
            json!({}),
            json!([]),
            json!({"userName": 1}),
            json!({"userName": "a", "active": "maybe"}),
            json!({"userName": "a".repeat(201)}),
        ] {
            assert!(User::read(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_group_by_the_word_of_a_role_gives_it_and_none_makes_a_representative() {
        let group = |name: &str| Group {
            display_name: name.to_owned(),
            ..Group::default()
        };
        assert_eq!(
            group("Safety Officer").role(),
            Ok(Some(Role::SafetyOfficer))
        );
        assert_eq!(group("eit_member").role(), Ok(Some(Role::EitMember)));
        assert_eq!(group("Everybody").role(), Ok(None));
        for name in [
            "worker_representative",
            "Worker Representative",
            "worker-representative",
        ] {
            assert!(group(name).role().is_err(), "{name}");
        }
    }

    #[test]
    fn attributes_are_left_out_by_name() {
        let all = json!({"schemas": [], "id": "1", "title": "a", "displayName": "b"});
        let only = narrowed(all.clone(), Some("TITLE"), None);
        assert_eq!(only, json!({"schemas": [], "id": "1", "title": "a"}));
        let without = narrowed(all, None, Some("title,id"));
        assert_eq!(
            without,
            json!({"schemas": [], "id": "1", "displayName": "b"})
        );
    }
}
