//! The words of a project as they are stored.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$vdoc])* $variant,)*
        }

        impl $name {
            /// Every word, in the order in which it is shown.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The stored word.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// Reads the stored word.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }
        }
    )*};
}

words! {
    /// Where a project stands.
    State {
        /// Somebody thought of it.
        Proposed = "proposed",
        /// It has an owner, a day and a way.
        Planned = "planned",
        /// People are at it.
        UnderWay = "under_way",
        /// The owner says that it is done.
        Done = "done",
        /// A second person has looked at it and at its saving.
        Verified = "verified",
        /// Given up, with a reason.
        Stopped = "stopped",
    }
    /// What a project is about. It does not depend on the training that a factory has had
    /// (score-programme §1.4).
    Theme {
        /// Work safety and health.
        Safety = "safety",
        /// Fewer defects.
        Quality = "quality",
        /// More out of the same work.
        Productivity = "productivity",
        /// Less material, energy, water and waste.
        Resources = "resources",
        /// Order at the workplace.
        FiveS = "five_s",
        /// Working conditions, facilities, training.
        Workforce = "workforce",
        /// How people talk and work together.
        Cooperation = "cooperation",
        /// Something else.
        Other = "other",
    }
    /// How sure a saving is.
    SavingStage {
        /// What is hoped for.
        Target = "target",
        /// What it looks like on the way.
        Forecast = "forecast",
        /// What it came to.
        Actual = "actual",
    }
}
