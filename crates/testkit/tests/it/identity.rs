//! How the operations are called with which people sign in and show who they are.

use hezuo_domain::permissions::Permission;
use serde_json::{Value, json};

use crate::operations::{Need, Operation, Targets};

fn nothing(_: &Targets) -> Value {
    Value::Null
}

fn both_factors(_: &Targets) -> Value {
    json!({"password": hezuo_testkit::PASSWORD, "code": "000000"})
}

/// Every operation of this kind that asks who calls.
pub(crate) fn operations() -> Vec<Operation> {
    use Need::{Inside, Login};
    let of = |id, need, body| Operation { id, need, body };
    vec![
        of("find_second_factor", Login, nothing),
        of(
            "begin_second_factor",
            Login,
            |_| json!({"password": hezuo_testkit::PASSWORD}),
        ),
        of(
            "confirm_second_factor",
            Login,
            |_| json!({"code": "000000"}),
        ),
        of("find_proof_ways", Login, nothing),
        of(
            "give_proof",
            Login,
            |_| json!({"password": hezuo_testkit::PASSWORD}),
        ),
        of("list_passkeys", Login, nothing),
        of("begin_passkey", Login, nothing),
        of("remove_passkey", Login, nothing),
        of(
            "add_passkey",
            Login,
            |_| json!({"name": "Phone", "client_data": "", "attestation": ""}),
        ),
        of("renew_recovery_codes", Login, both_factors),
        of("remove_second_factor", Login, both_factors),
        of(
            "reset_second_factor",
            Inside(Permission::UserManage),
            nothing,
        ),
    ]
}
