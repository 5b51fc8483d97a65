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
    /// Read a report that is kept apart.
    ApartRead,
    /// Read the name under a report.
    NameRead,
    /// Heard a recording.
    VoiceHeard,
    /// Looked into a factory from outside.
    FactoryOpened,
}

impl Act {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Asked,
        Self::Answered,
        Self::HandedOn,
        Self::Reworded,
        Self::ApartRead,
        Self::NameRead,
        Self::VoiceHeard,
        Self::FactoryOpened,
    ];

    /// Whether it is a look, kept once a day; the others are deeds, kept each time.
    pub fn is_look(self) -> bool {
        matches!(
            self,
            Self::ApartRead | Self::NameRead | Self::VoiceHeard | Self::FactoryOpened
        )
    }

    /// Whether the factory may know of it. What is done to a report that is kept apart is between its
    /// reader and its reporter: that there is one is all that could be told.
    pub fn is_told_to_factory(self) -> bool {
        matches!(
            self,
            Self::NameRead | Self::VoiceHeard | Self::FactoryOpened
        )
    }

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Answered => "answered",
            Self::HandedOn => "handed_on",
            Self::Reworded => "reworded",
            Self::ApartRead => "apart_read",
            Self::NameRead => "name_read",
            Self::VoiceHeard => "voice_heard",
            Self::FactoryOpened => "factory_opened",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_tells_the_factory_that_something_is_kept_apart() {
        let told: Vec<_> = Act::ALL
            .iter()
            .filter(|it| it.is_told_to_factory())
            .collect();
        assert_eq!(
            told,
            [&Act::NameRead, &Act::VoiceHeard, &Act::FactoryOpened]
        );
        assert!(told.iter().all(|it| it.is_look()));
    }

    #[test]
    fn words_are_read_back() {
        for act in Act::ALL {
            assert_eq!(Act::parse(act.as_str()), Some(act));
        }
        assert_eq!(Act::parse("seen"), None);
    }
}
