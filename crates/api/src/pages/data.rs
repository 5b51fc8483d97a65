//! What a page tells its script, in a block of JSON inside the page.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Frame;

/// The script's data.
#[derive(Serialize)]
struct PageData<'a> {
    /// The language's tag, also for `Accept-Language`.
    locale: &'static str,
    /// Whether the phone shall prove work before it sends.
    proof: bool,
    /// The part of the address after `/r/`, on the report page.
    code: Option<&'a str>,
    /// The texts that the script shows.
    texts: BTreeMap<&'static str, &'static str>,
}

impl Frame<'_> {
    /// The page's data as JSON that cannot end the script element around it.
    pub(super) fn data(&self, code: Option<&str>, proof: bool) -> String {
        let data = PageData {
            locale: self.locale.tag(),
            proof,
            code,
            texts: self.texts().for_script(),
        };
        // A string, numbers and a map of strings always serialize.
        serde_json::to_string(&data)
            .unwrap_or_default()
            .replace('<', "\\u003c")
    }
}
