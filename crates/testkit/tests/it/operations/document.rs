//! Operations as the OpenAPI document has them.

use axum::http::Method;
use hezuo_testkit::{Call, picture};
use serde_json::Value;

use super::{Operation, Targets, form, upload};

/// An operation as the document has it.
#[derive(Debug, Clone)]
pub(crate) struct Documented {
    pub(crate) id: String,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) is_public: bool,
    pub(crate) takes_bytes: bool,
    pub(crate) takes_part: bool,
    pub(crate) takes_form: bool,
}

/// What anybody may call: reporting, following up, and logging in.
pub(crate) const PUBLIC: [&str; 18] = [
    "begin_approval",
    "take_approval",
    "list_providers",
    "begin_sign_in",
    "finish_sign_in",
    "add_report_attachment",
    "add_report_attachment_part",
    "begin_passkey_session",
    "create_first_administrator",
    "create_passkey_session",
    "create_report",
    "create_session",
    "find_report",
    "give_verdict",
    "redeem_invitation",
    "reply_to_team",
    "take_pay_code",
    "take_second_step",
];

/// The operations of a document.
pub(crate) fn documented(document: &Value) -> Vec<Documented> {
    let paths = document["paths"].as_object().expect("paths");
    let of_path = |(path, methods): (&String, &Value)| -> Vec<Documented> {
        let methods = methods.as_object().expect("methods");
        let takes = |operation: &Value, kind: &str| {
            let content = operation["requestBody"]["content"].as_object();
            content.is_some_and(|content| content.contains_key(kind))
        };
        let operation = |(method, operation): (&String, &Value)| Documented {
            id: operation["operationId"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            method: method.to_uppercase().parse().expect("a method"),
            path: path.clone(),
            is_public: operation["security"].as_array().is_none_or(Vec::is_empty),
            takes_bytes: takes(operation, "application/octet-stream"),
            takes_part: takes(operation, "application/partial-upload"),
            takes_form: takes(operation, "multipart/form-data"),
        };
        methods.iter().map(operation).collect()
    };
    paths.iter().flat_map(of_path).collect()
}

impl Documented {
    /// A call of the operation that is in order but for who calls.
    pub(crate) fn call(
        &self,
        router: axum::Router,
        operation: &Operation,
        targets: &Targets,
    ) -> Call {
        let path = targets.path(&self.path);
        assert!(
            !path.contains('{'),
            "{path} has a parameter that the test does not know"
        );
        let call = Call::new(router, self.method.clone(), &path);
        match (operation.body)(targets) {
            _ if self.takes_part => call.part(&picture(), 0),
            _ if self.takes_bytes => call.bytes(picture()),
            Value::String(register) if self.takes_form => form(call, &register),
            _ if self.takes_form => upload(call),
            Value::Null => call,
            body => call.json(&body),
        }
    }
}
