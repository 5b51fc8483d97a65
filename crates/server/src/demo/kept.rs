//! What is kept apart from the team in the demo: one report for the worker representative and one for
//! the inspector, by the action that the report page calls.

use hezuo_app::App;
use hezuo_app::reports::{Submission, submit};
use hezuo_domain::apart::Reader;
use hezuo_domain::cases::{Category, Source, Voice};
use hezuo_domain::commitment::digest;
use hezuo_domain::report_code::ReportCode;
use hezuo_domain::reports::Report;
use serde::Deserialize;

use super::{Cast, Language, Setting};
use crate::Result;

const FILE: &str = include_str!("kept.toml");

#[derive(Deserialize)]
struct Kept {
    reader: Reader,
    category: Category,
    zh: String,
    en: String,
}

#[derive(Deserialize)]
struct File {
    kept: Vec<Kept>,
}

/// Sends them.
pub(super) async fn send(app: &App, cast: &Cast, setting: Setting) -> Result<()> {
    let Some(area) = cast.areas.first().filter(|_| cast.number == 0) else {
        return Ok(());
    };
    let file: File = toml::from_str(FILE)
        .map_err(|error| crate::Failure::Other(format!("kept.toml: {error}")))?;
    for kept in file.kept {
        let lookup = ReportCode::random(app.random.as_ref()).lookup();
        let text = match setting.language {
            Language::Zh => kept.zh,
            Language::En => kept.en,
        };
        let submission = Submission {
            wall_code: area.wall_code.clone(),
            lookup,
            digest: digest(&lookup.0),
            report: Report {
                category: kept.category,
                text,
                voice: Voice::Anonymous,
                name: None,
                finder: None,
                danger: false,
                name_machine: false,
                reader: kept.reader,
                attachments: Vec::new(),
            },
            source: Source::Phone,
            day: None,
        };
        submit(app, submission).await?;
    }
    Ok(())
}
