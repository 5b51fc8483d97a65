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
    takes: Takes,
}

/// What an operation is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    Json,
    Bytes,
    Part,
    Form,
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
            takes: match () {
                () if takes(operation, "application/octet-stream") => Takes::Bytes,
                () if takes(operation, "application/partial-upload") => Takes::Part,
                () if takes(operation, "multipart/form-data") => Takes::Form,
                () => Takes::Json,
            },
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
        match ((operation.body)(targets), self.takes) {
            (_, Takes::Part) => call.part(&picture(), 0),
            (_, Takes::Bytes) => call.bytes(picture()),
            (Value::String(register), Takes::Form) => form(call, &register),
            (_, Takes::Form) => upload(call),
            (Value::Null, Takes::Json) => call,
            (body, Takes::Json) => call.json(&body),
        }
    }
}
