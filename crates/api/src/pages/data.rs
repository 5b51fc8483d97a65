//! What a page tells its script, in a block of JSON inside the page.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Frame;

/// The script's data.
#[derive(Serialize)]
pub(super) struct PageData<'a> {
    /// The language's tag, also for `Accept-Language`.
    pub(super) locale: &'static str,
    /// The part of the address after `/r/`, on the report page.
    pub(super) code: Option<&'a str>,
    /// The texts that the script shows.
    pub(super) texts: BTreeMap<&'static str, &'static str>,
}

impl PageData<'_> {
    pub(super) fn of(frame: Frame<'_>) -> Self {
        Self {
            locale: frame.locale.tag(),
            code: None,
            texts: frame.texts().for_script(),
        }
    }

    /// As JSON that cannot end the script element around it.
    pub(super) fn in_script(&self) -> String {
        serde_json::to_string(self)
            .unwrap_or_default()
            .replace('<', "\\u003c")
    }
}
