//! The words of a project as they are stored.

use crate::words::words;

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
