//! What those do who may read more than others: kept, and told to those concerned.

/// One thing that was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Act {
    /// Wrote to the reporter of a report that is kept apart.
    Asked,
    /// Answered a report that is kept apart.
    Answered,
    /// Gave a report that was kept apart to the team, as it was said.
    HandedOn,
    /// Gave it to the team in other words.
    Reworded,
}

impl Act {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Asked, Self::Answered, Self::HandedOn, Self::Reworded];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Answered => "answered",
            Self::HandedOn => "handed_on",
            Self::Reworded => "reworded",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == word)
    }
}
