//! Reports that their sender keeps apart from the team: "not to my manager". Such a report is no case;
//! it becomes one when its reader hands it on, and never without the reporter, or in other words.

use serde::{Deserialize, Serialize};

use crate::cases::{MAX_TEXT, Voice};
use crate::people::{Grant, Role};
use crate::places::PlacePath;
use crate::problem::{Code, Problem};
use crate::reports::Report;

/// Who reads a report first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reader {
    /// Whoever deals with cases.
    #[default]
    Team,
    /// The worker representatives, and nobody else in the factory.
    Representative,
    /// The inspectors of the place, and nobody in the factory.
    Inspector,
}

impl Reader {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Team, Self::Representative, Self::Inspector];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Team => "team",
            Self::Representative => "representative",
            Self::Inspector => "inspector",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == word)
    }

    /// Whether the report is kept apart from the team.
    pub fn is_apart(self) -> bool {
        self != Self::Team
    }

    /// Whether somebody with these roles is this reader of reports from there. An inspector is one who
    /// comes from elsewhere: a factory's administrator could give the role to a manager of its own.
    pub fn is_held(self, grants: &[Grant], path: &PlacePath, from_outside: bool) -> bool {
        let holds = |role: Role| {
            grants
                .iter()
                .any(|it| it.role == role && it.place.covers(path))
        };
        match self {
            Self::Team => false,
            Self::Representative => !from_outside && holds(Role::WorkerRepresentative),
            Self::Inspector => from_outside && holds(Role::Inspector),
        }
    }
}

/// What a reader does with a report that was kept apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Answers it in writing; nobody else learns of it.
    Answer(String),
    /// Gives it to the team.
    HandOn {
        /// The reporter has agreed: then as it was said.
        agreed: bool,
        /// Otherwise in these words, and nothing besides.
        text: String,
    },
}

/// What the team gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handed {
    /// The report, for the team.
    pub report: Report,
    /// Whether name, place, pictures and recording go with it. Otherwise any of them could tell who
    /// spoke.
    pub is_whole: bool,
}

/// The written answer with which a report ends that stays apart.
///
/// # Errors
/// `apart.ended`, `case.answer_missing`, `input.too_long`.
pub fn answer(has_ended: bool, text: &str) -> Result<String, Problem> {
    if has_ended {
        return Err(Code::ApartEnded.problem());
    }
    written(text, Code::AnswerMissing)
}

/// What the team gets of a report that is handed on.
///
/// # Errors
/// `apart.ended`; `apart.own_words` where the reporter has not agreed and the text is none or still
/// the reporter's; `input.too_long`.
pub fn hand_on(
    report: &Report,
    has_ended: bool,
    agreed: bool,
    text: &str,
) -> Result<Handed, Problem> {
    if has_ended {
        return Err(Code::ApartEnded.problem());
    }
    let mut report = Report {
        reader: Reader::Team,
        ..report.clone()
    };
    if !agreed {
        let own = written(text, Code::ApartOwnWords)?;
        if plain(&own) == plain(&report.text) {
            return Err(Code::ApartOwnWords.at("text"));
        }
        report.text = own;
        report.voice = Voice::Anonymous;
        report.finder = None;
        report.name = None;
        report.name_machine = false;
        report.attachments = Vec::new();
    }
    Ok(Handed {
        report,
        is_whole: agreed,
    })
}

fn written(text: &str, missing: Code) -> Result<String, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Err(missing.at("text"));
    }
    if text.chars().count() > MAX_TEXT {
        return Err(Code::InputTooLong.at("text"));
    }
    if text.contains('\0') {
        return Err(Code::InputInvalid.at("text"));
    }
    Ok(text.to_owned())
}

/// A text without what a copy may differ in by itself.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|char| char.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::{Category, Finder};
    use crate::ids::EnterpriseId;
    use crate::people::Place;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn said(text: &str, voice: Voice) -> Report {
        Report {
            category: Category::Machine,
            text: text.to_owned(),
            voice,
            name: None,
            finder: Some(Finder::Worker),
            danger: false,
            name_machine: true,
            reader: Reader::Representative,
            attachments: vec!["p1.jpg".to_owned()],
        }
    }

    #[test]
    fn nobody_but_the_chosen_reader_reads() {
        let enterprise = EnterpriseId(Uuid::from_u128(1));
        let path = PlacePath::enterprise(enterprise, None);
        for role in Role::ALL {
            let here = [Grant {
                role,
                place: Place::Enterprise(enterprise),
            }];
            for outside in [false, true] {
                let readers = Reader::ALL.map(|it| it.is_held(&here, &path, outside));
                let expected = match (role, outside) {
                    (Role::WorkerRepresentative, false) => [false, true, false],
                    (Role::Inspector, true) => [false, false, true],
                    _ => [false; 3],
                };
                assert_eq!(readers, expected, "{role:?}, from outside: {outside}");
            }
        }
    }

    #[test]
    fn without_the_reporter_only_other_words_go_on() {
        let report = said("Wang takes the guard off", Voice::Named);
        for same in [
            "",
            "  ",
            "wang takes the guard off.",
            "Wang  takes the guard off",
        ] {
            assert_eq!(
                hand_on(&report, false, false, same),
                Err(Code::ApartOwnWords.at("text")),
                "{same:?}"
            );
        }
        let handed = hand_on(&report, false, false, "A guard is missing").unwrap();
        assert!(!handed.is_whole);
        assert_eq!(handed.report.text, "A guard is missing");
        assert_eq!(handed.report.voice, Voice::Anonymous);
        assert_eq!(handed.report.finder, None);
        assert!(handed.report.attachments.is_empty());
    }

    #[test]
    fn with_the_reporter_it_goes_on_as_it_was_said() {
        let report = said("Wang takes the guard off", Voice::InConfidence);
        let handed = hand_on(&report, false, true, "ignored").unwrap();
        assert!(handed.is_whole);
        assert_eq!(handed.report.text, report.text);
        assert_eq!(handed.report.voice, Voice::InConfidence);
        assert_eq!(handed.report.reader, Reader::Team);
    }

    #[test]
    fn what_has_ended_stays_so() {
        let report = said("x", Voice::Anonymous);
        assert_eq!(answer(true, "yes"), Err(Code::ApartEnded.problem()));
        assert_eq!(
            hand_on(&report, true, true, ""),
            Err(Code::ApartEnded.problem())
        );
        assert_eq!(answer(false, " "), Err(Code::AnswerMissing.at("text")));
    }

    proptest! {
        #[test]
        fn nothing_of_the_reporter_is_left_without_consent(
            text in "\\PC{1,60}", other in "[a-z]{1,20}",
        ) {
            let report = said(&text, Voice::Named);
            if let Ok(handed) = hand_on(&report, false, false, &other) {
                prop_assert_eq!(handed.report.text, other);
                prop_assert!(handed.report.name.is_none() && handed.report.finder.is_none());
                prop_assert!(handed.report.attachments.is_empty() && !handed.is_whole);
            }
        }
    }
}
