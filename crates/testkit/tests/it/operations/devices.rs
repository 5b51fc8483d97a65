//! Keys for machines, and what machines call.

use hezuo_domain::permissions::Permission;
use serde_json::{Value, json};

use super::{Need, Operation, Targets, nothing};

fn patch(_: &Targets) -> Value {
    json!({"Operations": [{"op": "replace", "path": "externalId", "value": "e-1"}]})
}

pub(super) fn operations() -> Vec<Operation> {
    use Need::{Device, Inside};
    let of = |id, need, body| Operation { id, need, body };
    vec![
        of("list_device_keys", Inside(Permission::UserManage), nothing),
        of(
            "create_device_key",
            Inside(Permission::UserManage),
            |_| json!({"name": "directory", "scopes": ["scim"], "last_day": "2026-06-30"}),
        ),
        of("end_device_key", Inside(Permission::UserManage), nothing),
        of("scim_find_service", Device, nothing),
        of("scim_list_resource_types", Device, nothing),
        of("scim_find_resource_type", Device, nothing),
        of("scim_list_schemas", Device, nothing),
        of("scim_find_schema", Device, nothing),
        of("scim_list_users", Device, nothing),
        of(
            "scim_create_user",
            Device,
            |it| json!({"userName": format!("new-{}", &it.group[..8])}),
        ),
        of("scim_find_user", Device, nothing),
        of(
            "scim_replace_user",
            Device,
            |it| json!({"userName": it.made.1, "displayName": "Wu Fang"}),
        ),
        of("scim_patch_user", Device, patch),
        of("scim_delete_user", Device, nothing),
        of("scim_list_groups", Device, nothing),
        of(
            "scim_create_group",
            Device,
            |it| json!({"displayName": format!("Group {}", &it.user[..8])}),
        ),
        of("scim_find_group", Device, nothing),
        of(
            "scim_replace_group",
            Device,
            |it| json!({"displayName": "Nearly everybody", "members": [{"value": it.made.0}]}),
        ),
        of("scim_patch_group", Device, patch),
        of("scim_delete_group", Device, nothing),
    ]
}
