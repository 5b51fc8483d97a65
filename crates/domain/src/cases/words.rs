//! The closed vocabularies of a case, each stored and sent as one snake_case word.

use crate::words::words;

words! {
    /// What a case is.
    Kind {
        /// Something that can hurt somebody (事故隐患).
        Hazard = "hazard",
        /// It nearly hurt somebody.
        NearMiss = "near_miss",
        /// How something could be better (合理化建议).
        Idea = "idea",
        /// An injury from an imported register; a record, not a task.
        InjuryImported = "injury_imported",
    }

    /// The pictogram on the report page.
    Category {
        /// Machine, missing guard.
        Machine = "machine",
        /// Electricity.
        Electric = "electric",
        /// Fire, explosion.
        Fire = "fire",
        /// Slipping, tripping, falling from height.
        Fall = "fall",
        /// Chemicals, dust, gas.
        Chemical = "chemical",
        /// Vehicles and lifting.
        Vehicle = "vehicle",
        /// Another hazard.
        Other = "other",
        /// It nearly happened.
        NearMiss = "near_miss",
        /// A suggestion.
        Idea = "idea",
    }

    /// How openly somebody speaks.
    Voice {
        /// With name or staff number.
        Named = "named",
        /// The name is for the worker representative and one EIT person only.
        InConfidence = "in_confidence",
        /// Without any name.
        Anonymous = "anonymous",
    }

    /// How a case came in.
    Source {
        /// A phone that scanned a code.
        Phone = "phone",
        /// The same page without JavaScript.
        Form = "form",
        /// An imported file.
        Import = "import",
        /// Spoken in a meeting, and written down there.
        Meeting = "meeting",
        /// A paper card, typed in.
        Card = "card",
    }

    /// Who found it; a headline figure of the programme.
    Finder {
        /// A worker.
        Worker = "worker",
        /// A team leader.
        TeamLeader = "team_leader",
        /// A manager.
        Manager = "manager",
    }

    /// The legal axis of hazards, order 16 (2007) art. 3: only these two.
    Legal {
        /// 一般隐患.
        General = "general",
        /// 重大隐患.
        Major = "major",
    }

    /// Where a case stands.
    State {
        /// Nobody has answered yet.
        New = "new",
        /// Answered: it will be done.
        Accepted = "accepted",
        /// Answered: it will not be done, and why.
        Declined = "declined",
        /// Answered: somebody else decides.
        Referred = "referred",
        /// Answered: it is the same as another case.
        Merged = "merged",
        /// Owner and deadline stand.
        Planned = "planned",
        /// Done, waiting for somebody else's eyes.
        Done = "done",
        /// Somebody other than the fixer has accepted it.
        Verified = "verified",
        /// Verified and finished with.
        Closed = "closed",
    }
}

impl Voice {
    /// Whether who spoke so is counted among those who took part. Who spoke in confidence is not: beside a list of
    /// who was at a meeting the count would tell of whom it grew.
    pub fn is_counted(self) -> bool {
        self == Self::Named
    }
}

impl State {
    /// Whether somebody still has to do something about it.
    pub fn is_open(self) -> bool {
        matches!(
            self,
            Self::New | Self::Accepted | Self::Planned | Self::Done
        )
    }
}

impl Category {
    /// The kind of case that this pictogram stands for.
    pub fn kind(self) -> Kind {
        match self {
            Self::NearMiss => Kind::NearMiss,
            Self::Idea => Kind::Idea,
            _ => Kind::Hazard,
        }
    }
}
