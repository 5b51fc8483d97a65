//! Imported registers: what a column can stand for, and how a row becomes a case. Pure: a text
//! gives a value or nothing, whatever file it stood in.

mod dates;
mod headers;
mod words;

pub use dates::{DateOrder, read_day};
pub use headers::{default_kind, enterprise_name, guess, scheme_of};
pub use words::{read_category, read_kind, read_state};

use serde::{Deserialize, Serialize};

use crate::cases::{Case, Category, Kind, Source, State, Step, Voice};
use crate::ids::{AreaId, CaseId, EnterpriseId, SiteId};
use crate::time::Day;

/// Longest text of an imported row, in characters: registers tell more than a phone does.
pub const MAX_ROW_TEXT: usize = 20_000;

macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)*) => {
        /// What a column of an imported file can stand for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Field {
            $($(#[$doc])* $name,)*
        }

        impl Field {
            /// Every field, in the order in which it is offered.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The stored word.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// Reads the stored word.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$name),)* _ => None }
            }
        }
    };
}

fields! {
    /// The day it happened or was found; the only one that every file must have.
    Date = "date";
    /// What happened or was seen.
    Text = "text";
    /// Injury, hazard, near miss or idea.
    Kind = "kind";
    /// The pictogram that fits.
    Category = "category";
    /// The number or name that some register gives an enterprise.
    Enterprise = "enterprise";
    /// The site's name.
    Site = "site";
    /// The area's name.
    Area = "area";
    /// Where it stands.
    State = "state";
    /// Not to be kept at all: names and numbers of people.
    LeaveOut = "leave_out";
}

impl Field {
    /// Whether a file can't be imported without it.
    pub fn is_required(self) -> bool {
        self == Self::Date
    }

    /// Whether more than one column may stand for it.
    pub fn is_repeatable(self) -> bool {
        self == Self::LeaveOut
    }
}

/// How far an import has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// The file is there; nothing was looked at but its header.
    Uploaded,
    /// The dry run goes on.
    Checking,
    /// The dry run is over.
    Checked,
    /// Rows are being written.
    Running,
    /// Every row was written, was known, or stands among the errors.
    Done,
    /// It was given up; what was written stays, and it can be taken up again.
    Failed,
}

impl Progress {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Uploaded => "uploaded",
            Self::Checking => "checking",
            Self::Checked => "checked",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        use Progress::{Checked, Checking, Done, Failed, Running, Uploaded};
        [Uploaded, Checking, Checked, Running, Done, Failed]
            .into_iter()
            .find(|progress| progress.as_str() == word)
    }

    /// Whether a job works on it.
    pub fn is_busy(self) -> bool {
        matches!(self, Self::Checking | Self::Running)
    }
}

/// One row of a register, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The day it happened or was found.
    pub day: Day,
    /// What kind of case it becomes.
    pub kind: Kind,
    /// What the register's category means here; [`Category::Other`] where it means nothing.
    pub category: Category,
    /// Where the register says it stands.
    pub state: State,
    /// What happened or was seen.
    pub text: String,
}

/// Where a record belongs.
#[derive(Debug, Clone, Copy)]
pub struct Destination {
    /// The tenant.
    pub enterprise: EnterpriseId,
    /// The new case's id.
    pub id: CaseId,
    /// The site.
    pub site: Option<SiteId>,
    /// The area.
    pub area: Option<AreaId>,
}

impl Record {
    /// The case that the record becomes.
    ///
    /// An injury is closed from its first day: it is a record, not a task. The voice is "named",
    /// and nobody is named: an anonymous one would carry promises (a large area, no instant) that
    /// a register of others never made, and [`Source::Import`] says that nobody spoke here.
    pub fn open(&self, to: Destination) -> Step {
        let kind = self.kind;
        let case = Case {
            enterprise: to.enterprise,
            id: to.id,
            version: 1,
            kind,
            category: match kind {
                Kind::NearMiss => Category::NearMiss,
                Kind::Idea => Category::Idea,
                Kind::Hazard | Kind::InjuryImported if self.category.kind() == Kind::Hazard => {
                    self.category
                }
                Kind::Hazard | Kind::InjuryImported => Category::Other,
            },
            voice: Voice::Named,
            source: Source::Import,
            finder: None,
            danger: false,
            site: to.site,
            area: to.area,
            text: self.text.clone(),
            state: match kind {
                Kind::InjuryImported => State::Closed,
                Kind::Hazard | Kind::NearMiss | Kind::Idea => self.state,
            },
            reported_day: self.day,
            // The register knows the day; the instant of the import is in the event.
            reported_at: None,
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
            alarm: None,
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
    use uuid::Uuid;

    fn opened(kind: Kind, category: Category, state: State) -> Case {
        let record = Record {
            day: Day(14_610),
            kind,
            category,
            state,
            text: String::new(),
        };
        let to = Destination {
            enterprise: EnterpriseId(Uuid::from_u128(1)),
            id: CaseId(Uuid::from_u128(2)),
            site: None,
            area: None,
        };
        record.open(to).case
    }

    #[test]
    fn an_injury_is_a_record_and_never_a_task() {
        let case = opened(Kind::InjuryImported, Category::Fall, State::New);
        assert_eq!(case.state, State::Closed);
        assert!(!case.state.is_open());
        assert_eq!(case.category, Category::Fall);
        assert_eq!(case.reported_at, None);
    }

    #[test]
    fn kind_and_category_fit_each_other() {
        let near_miss = opened(Kind::NearMiss, Category::Machine, State::New);
        assert_eq!(near_miss.category, Category::NearMiss);
        let hazard = opened(Kind::Hazard, Category::Idea, State::Accepted);
        assert_eq!(
            (hazard.category, hazard.state),
            (Category::Other, State::Accepted)
        );
    }

    #[test]
    fn fields_and_progress_survive_their_words() {
        for field in Field::ALL {
            assert_eq!(Field::parse(field.as_str()), Some(*field));
        }
        assert_eq!(Progress::parse("running"), Some(Progress::Running));
        assert_eq!(Progress::parse("gone"), None);
    }
}
