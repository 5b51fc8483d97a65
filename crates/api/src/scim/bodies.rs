//! Users and groups in the words of SCIM.

use hezuo_app::scim::SeenUser;
use hezuo_domain::scim::{GROUP, Group, USER};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::state::ApiState;

/// Where a resource is.
pub(super) fn location(state: &ApiState, path: &str) -> String {
    let base = state.settings.public_url.as_deref().unwrap_or_default();
    format!("{}/scim/v2/{path}", base.trim_end_matches('/'))
}

/// A user as it is sent.
pub(super) fn user(state: &ApiState, it: &SeenUser) -> Value {
    let mut body = json!({
        "schemas": [USER],
        "id": it.id,
        "userName": it.user.user_name,
        "displayName": it.user.display_name,
        "name": {"formatted": it.user.display_name},
        "active": it.user.active,
        "meta": {"resourceType": "User", "location": location(state, &format!("Users/{}", it.id))},
    });
    if let Some(title) = &it.user.title {
        body["title"] = title.as_str().into();
    }
    if let Some(id) = &it.user.external_id {
        body["externalId"] = id.as_str().into();
    }
    if !it.groups.is_empty() {
        let group = |(id, name): &(Uuid, String)| {
            json!({"value": id, "display": name,
                "$ref": location(state, &format!("Groups/{id}"))})
        };
        body["groups"] = it.groups.iter().map(group).collect();
    }
    body
}

/// A group as it is sent.
pub(super) fn group(state: &ApiState, (id, it): &(Uuid, Group)) -> Value {
    let mut body = json!({
        "schemas": [GROUP],
        "id": id,
        "displayName": it.display_name,
        "meta": {"resourceType": "Group", "location": location(state, &format!("Groups/{id}"))},
    });
    if let Some(id) = &it.external_id {
        body["externalId"] = id.as_str().into();
    }
    if !it.members.is_empty() {
        let member = |id: &hezuo_domain::ids::UserId| json!({"value": id, "$ref": location(state, &format!("Users/{id}"))});
        body["members"] = it.members.iter().map(member).collect();
    }
    body
}
