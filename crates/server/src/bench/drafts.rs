//! The reports that are sent: three voices in the proportion of a factory where speaking is
//! beginning to be safe, one sentence each.

use std::sync::atomic::{AtomicUsize, Ordering};

use hezuo_app::reports::Submission;
use hezuo_domain::cases::{Category, Finder, Source, Voice};
use hezuo_domain::commitment::{digest, hex};
use hezuo_domain::report_code::Lookup;
use hezuo_domain::reports::Report;
use hezuo_domain::time::Random;
use serde_json::json;

use crate::OsRandom;

/// Names that sign; each signs again and again.
const PEOPLE: usize = 200;

/// A source of reports for the given wall codes, each with another report code.
pub(super) struct Drafts {
    wall_codes: Vec<String>,
    next: AtomicUsize,
}

impl Drafts {
    pub(super) fn new(wall_codes: Vec<String>) -> Self {
        Self {
            wall_codes,
            next: AtomicUsize::new(0),
        }
    }

    /// How many wall codes there are.
    pub(super) fn places(&self) -> usize {
        self.wall_codes.len()
    }

    /// One more report, and the number of its wall code.
    pub(super) fn draft(&self, picture: bool) -> (usize, Submission) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let at = number % self.wall_codes.len();
        // The round within the enterprises, so that each of them hears all voices.
        let round = number / self.wall_codes.len() + at;
        let voice = match round % 20 {
            0..=8 => Voice::Named,
            9..=12 => Voice::InConfidence,
            _ => Voice::Anonymous,
        };
        let category = Category::ALL[round % Category::ALL.len()];
        let mut lookup = [0; 32];
        OsRandom.fill(&mut lookup);
        let report = Report {
            category,
            text: "3号冲床的防护罩松了，开机时会晃动，靠近的人可能被夹到手，请尽快检查。"
                .to_owned(),
            voice,
            name: (voice != Voice::Anonymous).then(|| format!("工人{}", round % PEOPLE)),
            finder: Some(Finder::Worker),
            danger: false,
            name_machine: false,
            reader: hezuo_domain::apart::Reader::Team,
            attachments: picture.then(|| "p1.jpg".to_owned()).into_iter().collect(),
        };
        let submission = Submission {
            wall_code: self.wall_codes[at].clone(),
            lookup: Lookup(lookup),
            digest: digest(&lookup),
            report,
            source: Source::Phone,
            day: None,
        };
        (at, submission)
    }
}

/// The request's body, as the report page sends it.
pub(super) fn body(submission: &Submission) -> Vec<u8> {
    let report = &submission.report;
    json!({
        "code": submission.wall_code,
        "lookup": hex(&submission.lookup.0),
        "category": report.category,
        "text": report.text,
        "voice": report.voice,
        "name": report.name,
        "finder": report.finder,
        "danger": report.danger,
        "name_machine": report.name_machine,
        "attachments": report.attachments,
    })
    .to_string()
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_enterprise_hears_all_voices_in_proportion() {
        let drafts = Drafts::new(vec!["A".into(), "B".into(), "C".into()]);
        let mut voices = [[0; 3]; 3];
        for _ in 0..60 * 3 {
            let (at, submission) = drafts.draft(false);
            let voice = Voice::ALL
                .iter()
                .position(|it| *it == submission.report.voice);
            voices[at][voice.unwrap()] += 1;
            assert!(submission.report.check().is_ok());
        }
        assert_eq!(voices, [[27, 12, 21]; 3]);
    }
}
