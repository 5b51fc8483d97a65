//! What a worker sends: checked before anything is stored.

use serde::{Deserialize, Serialize};

use crate::apart::Reader;
use crate::cases::{Case, Category, Finder, MAX_TEXT, Source, State, Step, Voice};
use crate::ids::{AreaId, CaseId, EnterpriseId, SiteId};
use crate::notices::Alarm;
use crate::problem::{Code, Problem};
use crate::time::{Day, Instant};

/// Most attachments of one report.
pub const MAX_ATTACHMENTS: usize = 6;

/// A report as it was filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The pictogram, the one required field.
    pub category: Category,
    /// One sentence; may be empty.
    #[serde(default)]
    pub text: String,
    /// How openly.
    pub voice: Voice,
    /// Name or staff number; only for a named voice or one in confidence.
    #[serde(default)]
    pub name: Option<String>,
    /// "I am".
    #[serde(default)]
    pub finder: Option<Finder>,
    /// Imminent danger.
    #[serde(default)]
    pub danger: bool,
    /// An anonymous worker chose to name the machine or small area although few work there.
    #[serde(default)]
    pub name_machine: bool,
    /// Who reads it first.
    #[serde(default)]
    pub reader: Reader,
    /// Names of the attachments that follow.
    #[serde(default)]
    pub attachments: Vec<String>,
}

impl Report {
    /// Checks and tidies what was sent.
    ///
    /// # Errors
    /// `input.missing` at `name` for a voice that needs one, `input.too_long`, `input.invalid`
    /// for an attachment's name, `upload.too_many`.
    pub fn check(mut self) -> Result<Self, Problem> {
        self.text = self.text.trim().to_owned();
        if self.text.chars().count() > MAX_TEXT {
            return Err(Code::InputTooLong.at("text"));
        }
        // No database text holds it; found out only at the release, it would hold up the batch.
        if self.text.contains('\0') {
            return Err(Code::InputInvalid.at("text"));
        }
        let name = self
            .name
            .take()
            .map(|name| name.trim().to_owned())
            .filter(|it| !it.is_empty());
        self.name = match (self.voice, name) {
            // A name beside an anonymous voice is a slip of the form: it is dropped, never stored.
            (Voice::Anonymous, _) => None,
            (_, None) => return Err(Code::InputMissing.at("name")),
            (_, Some(name)) if name.chars().count() > 80 => {
                return Err(Code::InputTooLong.at("name"));
            }
            (_, Some(name)) if name.contains('\0') => return Err(Code::InputInvalid.at("name")),
            (_, Some(name)) => Some(name),
        };
        if self.attachments.len() > MAX_ATTACHMENTS {
            return Err(Code::UploadTooMany.at("attachments"));
        }
        if !self.attachments.iter().all(|name| is_attachment_name(name)) {
            return Err(Code::InputInvalid.at("attachments"));
        }
        Ok(self)
    }
}

/// Whether a name may stand for an attachment: short, plain, no path.
pub fn is_attachment_name(name: &str) -> bool {
    (1..=40).contains(&name.len())
        && !name.starts_with('.')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

/// Where and when a report begins its life as a case.
#[derive(Debug, Clone, Copy)]
pub struct Arrival {
    /// The tenant.
    pub enterprise: EnterpriseId,
    /// The new case's id.
    pub id: CaseId,
    /// The site.
    pub site: Option<SiteId>,
    /// The area that may be kept.
    pub area: Option<AreaId>,
    /// How it came in.
    pub source: Source,
    /// The local day it was reported.
    pub day: Day,
    /// The instant; kept for a named voice only.
    pub at: Instant,
}

impl Report {
    /// The new case. Only a named one keeps more than the day: with a camera the minute is a name.
    pub fn open(&self, arrival: Arrival) -> Step {
        // What was said in a meeting or on a card, somebody who answers for it has heard already.
        let rings = self.danger && matches!(arrival.source, Source::Phone | Source::Form);
        let case = Case {
            enterprise: arrival.enterprise,
            id: arrival.id,
            version: 1,
            kind: self.category.kind(),
            category: self.category,
            voice: self.voice,
            source: arrival.source,
            finder: self.finder,
            danger: self.danger,
            site: arrival.site,
            area: arrival.area,
            text: self.text.clone(),
            state: State::New,
            reported_day: arrival.day,
            reported_at: (self.voice == Voice::Named).then_some(arrival.at),
            answer: None,
            answered_day: None,
            grading: None,
            legal: None,
            plan: None,
            fixer: None,
            fixed_day: None,
            verified_day: None,
            merged_into: None,
            referred_to: None,
            disputed: false,
            alarm: rings.then(Alarm::raised),
        };
        Step {
            case,
            from: None,
            due_from: None,
            counted: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(voice: Voice, name: Option<&str>) -> Report {
        Report {
            category: Category::Machine,
            text: "  guard is off ".into(),
            voice,
            name: name.map(str::to_owned),
            finder: None,
            danger: false,
            name_machine: false,
            reader: Reader::Team,
            attachments: vec![],
        }
    }

    #[test]
    fn a_name_beside_an_anonymous_voice_is_dropped() {
        let checked = report(Voice::Anonymous, Some("Li Hong")).check().unwrap();
        assert_eq!(checked.name, None);
        assert_eq!(checked.text, "guard is off");
    }

    #[test]
    fn other_voices_need_a_name() {
        for voice in [Voice::Named, Voice::InConfidence] {
            assert_eq!(
                report(voice, Some("  ")).check(),
                Err(Code::InputMissing.at("name"))
            );
            assert!(report(voice, Some("4711")).check().is_ok());
        }
    }

    #[test]
    fn attachment_names_carry_no_path() {
        for bad in ["", "../x", "a/b", ".hidden", "图.jpg", "a b"] {
            assert!(!is_attachment_name(bad), "{bad}");
        }
        assert!(is_attachment_name("p1.jpg"));
    }
}
