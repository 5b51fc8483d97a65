//! The names of the built script and style, which carry a hash of their content.

use serde::Deserialize;
use std::collections::BTreeMap;

/// Where the server offers the folder `web/dist/report`.
const BASE: &str = "/report/";

const SCRIPT: &str = "src/report/main.ts";
const STYLE: &str = "src/report/report.css";
const PLAIN_STYLE: &str = "src/report/plain.css";

/// Addresses of what a public page loads. Without them a page still works: it is a plain form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assets {
    /// The script that makes the page work offline.
    pub script: Option<String>,
    /// The style of all public pages.
    pub style: Option<String>,
    /// What differs where no script runs.
    pub plain_style: Option<String>,
}

#[derive(Deserialize)]
struct Built {
    file: String,
}

impl Assets {
    /// Reads the manifest that the build writes to `web/dist/report/manifest.json`.
    pub fn from_manifest(json: &[u8]) -> Result<Self, serde_json::Error> {
        let built: BTreeMap<String, Built> = serde_json::from_slice(json)?;
        let address = |source| {
            built
                .get(source)
                .map(|built: &Built| format!("{BASE}{}", built.file))
        };
        Ok(Self {
            script: address(SCRIPT),
            style: address(STYLE),
            plain_style: address(PLAIN_STYLE),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_from_the_manifest() {
        let manifest = br#"{
            "src/report/main.ts": {"file": "main-abc.js", "name": "main", "isEntry": true},
            "src/report/report.css": {"file": "report-def.css", "src": "src/report/report.css"}
        }"#;
        let assets = Assets::from_manifest(manifest).unwrap();
        assert_eq!(assets.script.as_deref(), Some("/report/main-abc.js"));
        assert_eq!(assets.style.as_deref(), Some("/report/report-def.css"));
        assert_eq!(assets.plain_style, None);
        assert!(Assets::from_manifest(b"not json").is_err());
    }
}
