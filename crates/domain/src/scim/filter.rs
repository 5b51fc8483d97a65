//! Filters (RFC 7644, 3.4.2.2), as far as directories need them to find what they know already: equality,
//! joined by `and`.

use serde_json::Value;

use crate::problem::{Code, Problem};

/// Most comparisons in one filter.
const MOST: usize = 8;

/// Comparisons that must all hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter(Vec<(String, Value)>);

/// Reads a filter.
///
/// # Errors
/// `scim.filter` for anything that is not understood: a filter that is not would give too much.
pub fn parse(text: &str) -> Result<Filter, Problem> {
    let wrong = || Code::ScimFilter.at("filter");
    let mut rest = text.trim();
    let mut all = Vec::new();
    loop {
        let (name, after) = word(rest).ok_or_else(wrong)?;
        let (operator, after) = word(after).ok_or_else(wrong)?;
        if !operator.eq_ignore_ascii_case("eq") || all.len() == MOST {
            return Err(wrong());
        }
        let (value, after) = value(after).ok_or_else(wrong)?;
        all.push((super::patch::plain(name).to_lowercase(), value));
        if after.is_empty() {
            return Ok(Filter(all));
        }
        let (joint, after) = word(after).ok_or_else(wrong)?;
        if !joint.eq_ignore_ascii_case("and") {
            return Err(wrong());
        }
        rest = after;
    }
}

fn word(text: &str) -> Option<(&str, &str)> {
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let is_plain =
        |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | ':' | '_' | '-' | '$');
    (!word.is_empty() && word.chars().all(is_plain)).then(|| (word, rest.trim_start()))
}

/// A JSON value at the beginning of a text.
fn value(text: &str) -> Option<(Value, &str)> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let value = values.next()?.ok()?;
    let rest = text.get(values.byte_offset()..)?;
    let is_plain = value.is_string() || value.is_boolean() || value.is_number();
    let is_apart = rest.is_empty() || rest.starts_with(char::is_whitespace);
    (is_plain && is_apart).then(|| (value, rest.trim_start()))
}

impl Filter {
    /// Whether a resource fits.
    pub fn fits(&self, resource: &Value) -> bool {
        let mut all = self.0.iter();
        all.all(|(path, wanted)| {
            let is_exact = matches!(path.as_str(), "id" | "externalid" | "members.value");
            let steps: Vec<&str> = path.split('.').collect();
            has(resource, &steps, wanted, is_exact)
        })
    }
}

fn has(at: &Value, steps: &[&str], wanted: &Value, is_exact: bool) -> bool {
    match (at, steps) {
        (Value::Array(all), _) => all.iter().any(|it| has(it, steps, wanted, is_exact)),
        (Value::Object(_), []) => has(at, &["value"], wanted, is_exact),
        (Value::String(it), []) => wanted.as_str().is_some_and(|wanted| {
            it == wanted || !is_exact && it.to_lowercase() == wanted.to_lowercase()
        }),
        (_, []) => at == wanted,
        (_, [first, rest @ ..]) => {
            super::of(at, first).is_some_and(|it| has(it, rest, wanted, is_exact))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn what_fits_is_found_and_what_is_not_understood_is_refused() {
        let user = json!({"userName": "Lin.Xia", "externalId": "Ab", "active": true,
            "groups": [{"value": "g1"}]});
        let fits = |text: &str| parse(text).map(|it| it.fits(&user));
        for yes in [
            "userName eq \"lin.xia\"",
            "USERNAME Eq \"LIN.XIA\"",
            "urn:ietf:params:scim:schemas:core:2.0:User:userName eq \"lin.xia\"",
            "externalId eq \"Ab\" and active eq true",
            "groups.value eq \"g1\"",
            "groups eq \"g1\"",
        ] {
            assert_eq!(fits(yes), Ok(true), "{yes}");
        }
        for no in [
            "userName eq \"lin\"",
            "externalId eq \"ab\"",
            "active eq \"true\"",
            "title eq \"a\"",
            "userName eq \"lin.xia\" and active eq false",
        ] {
            assert_eq!(fits(no), Ok(false), "{no}");
        }
        for wrong in [
            "",
            "userName",
            "userName eq",
            "userName eq lin",
            "userName ne \"a\"",
            "userName co \"a\"",
            "userName eq \"a\" or active eq true",
            "(userName eq \"a\")",
            "userName eq \"a\" and",
            "userName eq \"a\"and active eq true",
            "userName eq [\"a\"]",
            "not (active eq true)",
        ] {
            assert!(fits(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,80}", name in "[ -~]{1,40}") {
            let _ = parse(&text);
            let asked = format!("userName eq {}", serde_json::to_string(&name).unwrap());
            let fits = parse(&asked).unwrap().fits(&json!({"userName": name}));
            prop_assert!(fits);
        }
    }
}
