//! Changes of a resource in part (RFC 7644, 3.5.2).

use serde::Deserialize;
use serde_json::{Map, Value};

use super::filter::{self, Filter};
use super::{GROUP, MAX_MEMBERS, USER};
use crate::problem::{Code, Problem};

/// Most operations in one request.
const MOST: usize = 200;

/// Names of attributes as they are written, for those who write them otherwise.
const NAMES: [&str; 9] = [
    "userName",
    "displayName",
    "externalId",
    "active",
    "title",
    "name",
    "members",
    "formatted",
    "value",
];

/// One operation.
#[derive(Debug, Clone, Deserialize)]
pub struct Operation {
    /// `add`, `replace` or `remove`, in any case.
    pub op: String,
    /// What it is about; none for the resource as a whole.
    pub path: Option<String>,
    /// What it becomes.
    #[serde(default)]
    pub value: Value,
}

/// An attribute's name without its schema.
pub(super) fn plain(name: &str) -> &str {
    let schemas = [USER, GROUP];
    let found = schemas.iter().find_map(|it| {
        let head = name.get(..it.len())?;
        head.eq_ignore_ascii_case(it).then_some(&name[it.len()..])
    });
    found.and_then(|it| it.strip_prefix(':')).unwrap_or(name)
}

fn spelt(name: &str) -> String {
    let known = NAMES.iter().find(|it| it.eq_ignore_ascii_case(name));
    known.map_or(name, |it| *it).to_owned()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Add,
    Replace,
    Remove,
}

/// Where an operation applies: an attribute, some of its values, a part of it.
struct Target {
    name: String,
    which: Option<Filter>,
    part: Option<String>,
}

fn target(path: &str) -> Result<Target, Problem> {
    let wrong = || Code::InputInvalid.at("path");
    let path = plain(path.trim());
    let (name, rest) = match path.find('[') {
        Some(at) => path.split_at(at),
        None => match path.split_once('.') {
            Some((name, _)) => path.split_at(name.len()),
            None => (path, ""),
        },
    };
    let (which, rest) = match rest.strip_prefix('[') {
        Some(inner) => {
            let (inner, rest) = inner.rsplit_once(']').ok_or_else(wrong)?;
            (Some(filter::parse(inner)?), rest)
        }
        None => (None, rest),
    };
    let part = match rest {
        "" => None,
        rest => Some(rest.strip_prefix('.').ok_or_else(wrong)?),
    };
    let is_plain = |it: &str| {
        let fits = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '$');
        !it.is_empty() && it.chars().all(fits)
    };
    if !is_plain(name) || part.is_some_and(|it| !is_plain(it)) {
        return Err(wrong());
    }
    Ok(Target {
        name: spelt(name),
        which,
        part: part.map(spelt),
    })
}

/// Applies operations in their order.
///
/// # Errors
/// `input.invalid` at `op`, `path` or `value`; `scim.filter`.
pub fn apply(resource: &mut Map<String, Value>, operations: &[Operation]) -> Result<(), Problem> {
    if operations.len() > MOST {
        return Err(Code::InputTooLong.at("Operations"));
    }
    for it in operations {
        let verb = match it.op.to_lowercase().as_str() {
            "add" => Verb::Add,
            "replace" => Verb::Replace,
            "remove" => Verb::Remove,
            _ => return Err(Code::InputInvalid.at("op")),
        };
        match (&it.path, &it.value) {
            (Some(path), value) => one(resource, verb, &target(path)?, value)?,
            (None, Value::Object(all)) if verb != Verb::Remove => {
                for (name, value) in all {
                    one(resource, verb, &target(name)?, value)?;
                }
            }
            (None, _) => return Err(Code::InputInvalid.at("path")),
        }
    }
    Ok(())
}

fn one(
    resource: &mut Map<String, Value>,
    verb: Verb,
    target: &Target,
    value: &Value,
) -> Result<(), Problem> {
    let name = target.name.as_str();
    if verb != Verb::Remove && value.is_null() && target.part.is_none() {
        resource.remove(name);
        return Ok(());
    }
    match (&target.which, &target.part) {
        (None, None) => whole(resource, verb, name, value),
        (None, Some(part)) => {
            let inner = resource
                .entry(name)
                .or_insert_with(|| Value::Object(Map::new()));
            let inner = inner.as_object_mut().ok_or(Code::InputInvalid.at("path"))?;
            whole(inner, verb, part, value)
        }
        (Some(which), part) => {
            let Some(Value::Array(all)) = resource.get_mut(name) else {
                return Ok(());
            };
            match (verb, part) {
                (Verb::Remove, None) => all.retain(|it| !which.fits(it)),
                (_, None) => {
                    for it in all.iter_mut().filter(|it| which.fits(it)) {
                        *it = value.clone();
                    }
                }
                (_, Some(part)) => {
                    for it in all.iter_mut().filter(|it| which.fits(it)) {
                        if let Some(it) = it.as_object_mut() {
                            whole(it, verb, part, value)?;
                        }
                    }
                }
            }
            Ok(())
        }
    }
}

fn id_of(value: &Value) -> &Value {
    super::of(value, "value").unwrap_or(value)
}

fn whole(
    resource: &mut Map<String, Value>,
    verb: Verb,
    name: &str,
    value: &Value,
) -> Result<(), Problem> {
    match (verb, resource.get_mut(name), value) {
        // Some directories name those who leave in the value.
        (Verb::Remove, Some(Value::Array(all)), Value::Array(gone)) => {
            all.retain(|it| !gone.iter().any(|gone| id_of(gone) == id_of(it)));
        }
        (Verb::Remove, _, _) => {
            resource.remove(name);
        }
        (Verb::Add, Some(Value::Array(all)), more) => {
            let more = more
                .as_array()
                .map_or(std::slice::from_ref(more), Vec::as_slice);
            if all.len() + more.len() > MAX_MEMBERS {
                return Err(Code::InputTooLong.at(name));
            }
            for it in more {
                if !all.iter().any(|known| id_of(known) == id_of(it)) {
                    all.push(it.clone());
                }
            }
        }
        (_, _, value) => {
            resource.insert(name.to_owned(), value.clone());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn after(before: &Value, operations: &Value) -> Result<Value, Problem> {
        let mut resource = before.as_object().unwrap().clone();
        let operations: Vec<Operation> = serde_json::from_value(operations.clone()).unwrap();
        apply(&mut resource, &operations)?;
        Ok(Value::Object(resource))
    }

    #[test]
    fn a_user_changes_as_directories_write_it() {
        let user = json!({"userName": "a", "title": "Weaver", "active": true});
        for (operations, wanted) in [
            (
                json!([{"op": "Replace", "path": "active", "value": "False"}]),
                json!({"userName": "a", "title": "Weaver", "active": "False"}),
            ),
            (
                json!([{"op": "replace", "value": {"ACTIVE": false, "displayname": "B"}}]),
                json!({"userName": "a", "title": "Weaver", "active": false, "displayName": "B"}),
            ),
            (
                json!([{"op": "remove", "path": format!("{USER}:title")}]),
                json!({"userName": "a", "active": true}),
            ),
            (
                json!([{"op": "add", "path": "name.formatted", "value": "C"}]),
                json!({"userName": "a", "title": "Weaver", "active": true, "name": {"formatted": "C"}}),
            ),
            (
                json!([{"op": "replace", "path": "title", "value": null}]),
                json!({"userName": "a", "active": true}),
            ),
        ] {
            assert_eq!(after(&user, &operations), Ok(wanted), "{operations}");
        }
        for wrong in [
            json!([{"op": "move", "path": "title"}]),
            json!([{"op": "remove"}]),
            json!([{"op": "add", "value": 1}]),
            json!([{"op": "add", "path": "a b", "value": 1}]),
            json!([{"op": "add", "path": "members[value eq", "value": 1}]),
            json!([{"op": "add", "path": "title.x", "value": 1}]),
        ] {
            assert!(after(&user, &wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn members_come_and_go_by_their_ids() {
        let group = json!({"members": [{"value": "1"}, {"value": "2"}]});
        for (operations, ids) in [
            (
                json!([{"op": "add", "path": "members", "value": [{"value": "2"}, {"value": "3"}]}]),
                vec!["1", "2", "3"],
            ),
            (
                json!([{"op": "add", "path": "members", "value": {"value": "3"}}]),
                vec!["1", "2", "3"],
            ),
            (
                json!([{"op": "remove", "path": "members[value eq \"1\"]"}]),
                vec!["2"],
            ),
            (
                json!([{"op": "remove", "path": "members", "value": [{"value": "2"}]}]),
                vec!["1"],
            ),
            (
                json!([{"op": "replace", "path": "members", "value": [{"value": "9"}]}]),
                vec!["9"],
            ),
            (json!([{"op": "remove", "path": "members"}]), vec![]),
        ] {
            let got = after(&group, &operations).unwrap();
            let members = got["members"].as_array().cloned().unwrap_or_default();
            let got: Vec<&str> = members
                .iter()
                .filter_map(|it| it["value"].as_str())
                .collect();
            assert_eq!(got, ids, "{operations}");
        }
    }

    proptest! {
        #[test]
        fn any_path_is_read_or_refused(path in ".{0,60}", op in "add|replace|remove") {
            let operations = json!([{"op": op, "path": path, "value": [{"value": "3"}]}]);
            let _ = after(&json!({"members": [{"value": "1"}], "title": "a"}), &operations);
        }
    }
}
