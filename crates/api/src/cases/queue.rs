//! The names of queues, and what a query means for its caller.

use hezuo_app::Access;
use hezuo_app::cases::export::Selection;
use hezuo_app::queue::{Days, Figure, Filter, Queue};
use hezuo_domain::Code;
use hezuo_domain::cases::{Kind, Level, State};
use hezuo_domain::time::Day;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::problem::Result;

/// Which cases.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum QueueName {
    /// New ones and disputed ones.
    Triage,
    /// Everything that somebody still has to do something about.
    Open,
    /// Open, and dangerous now.
    Danger,
    /// Open, and told in confidence: for those who may read who spoke.
    Confided,
    /// Planned, and the day has passed.
    Overdue,
    /// Done, waiting for somebody else's eyes.
    ToVerify,
    /// The caller's own to fix.
    Mine,
    /// Nothing left to do.
    Ended,
    /// All.
    #[default]
    All,
    /// Reported from one day to another, imported registers not counted.
    Spoken,
    /// Reported then, and answered within seven days.
    InTime,
    /// Reported then, and never answered.
    Unanswered,
    /// Hazards reported then of which it is known who found them.
    Found,
    /// Hazards reported then that a worker found.
    FoundByWorkers,
    /// Due then.
    Promised,
    /// Due then, and fixed by that day.
    Kept,
    /// Accepted then by somebody other than the fixer.
    Resolved,
}

impl From<Queue> for QueueName {
    fn from(queue: Queue) -> Self {
        match queue {
            Queue::Triage => Self::Triage,
            Queue::Open => Self::Open,
            Queue::Danger => Self::Danger,
            Queue::Confided => Self::Confided,
            Queue::Overdue => Self::Overdue,
            Queue::ToVerify => Self::ToVerify,
            Queue::Owner(_) => Self::Mine,
            Queue::Ended => Self::Ended,
            Queue::All => Self::All,
            Queue::Counted(figure, _) => match figure {
                Figure::Spoken => Self::Spoken,
                Figure::InTime => Self::InTime,
                Figure::Unanswered => Self::Unanswered,
                Figure::Found => Self::Found,
                Figure::FoundByWorkers => Self::FoundByWorkers,
                Figure::Promised => Self::Promised,
                Figure::Kept => Self::Kept,
                Figure::Resolved => Self::Resolved,
            },
        }
    }
}

/// What a query asks for.
pub(super) struct Wanted<'a> {
    pub(super) queue: Option<QueueName>,
    pub(super) area: Option<Uuid>,
    pub(super) within: Option<Uuid>,
    pub(super) site: Option<Uuid>,
    pub(super) kind: Option<&'a str>,
    pub(super) level: Option<i64>,
    pub(super) owner: Option<Uuid>,
    pub(super) state: Option<&'a str>,
    pub(super) q: Option<&'a str>,
    pub(super) from: Option<Day>,
    pub(super) to: Option<Day>,
}

impl Wanted<'_> {
    /// What it means for its caller. One filter at a time; a day that is missing is the first or
    /// the last there is.
    pub(super) fn selection(&self, access: &Access) -> Result<Selection> {
        let days = Days {
            from: self.from.unwrap_or(Day(i64::MIN)),
            to: self.to.unwrap_or(Day(i64::MAX)),
        };
        let counted = |figure| Queue::Counted(figure, days);
        let queue = match self.queue.unwrap_or_default() {
            QueueName::Triage => Queue::Triage,
            QueueName::Open => Queue::Open,
            QueueName::Danger => Queue::Danger,
            QueueName::Confided => Queue::Confided,
            QueueName::Overdue => Queue::Overdue,
            QueueName::ToVerify => Queue::ToVerify,
            QueueName::Mine => Queue::Owner(access.caller.person),
            QueueName::Ended => Queue::Ended,
            QueueName::All => Queue::All,
            QueueName::Spoken => counted(Figure::Spoken),
            QueueName::InTime => counted(Figure::InTime),
            QueueName::Unanswered => counted(Figure::Unanswered),
            QueueName::Found => counted(Figure::Found),
            QueueName::FoundByWorkers => counted(Figure::FoundByWorkers),
            QueueName::Promised => counted(Figure::Promised),
            QueueName::Kept => counted(Figure::Kept),
            QueueName::Resolved => counted(Figure::Resolved),
        };
        let filter = self.filter()?;
        let q = self.q.map(str::trim).filter(|text| !text.is_empty());
        Ok(Selection {
            queue,
            filter,
            search: q.map(str::to_owned),
        })
    }

    /// The first of those that are given, in the order in which they narrow most.
    fn filter(&self) -> Result<Filter> {
        Ok(if let Some(area) = self.area {
            Filter::Area(area.into())
        } else if let Some(area) = self.within {
            Filter::Within(area.into())
        } else if let Some(owner) = self.owner {
            Filter::Person(owner.into())
        } else if let Some(state) = self.state {
            let state = State::parse(state).ok_or(Code::InputInvalid.at("state"))?;
            Filter::State(state.as_str())
        } else if let Some(level) = self.level {
            let level = Level::try_from(level).or(Err(Code::InputInvalid.at("level")))?;
            Filter::Level(level.into())
        } else if let Some(kind) = self.kind {
            let kind = Kind::parse(kind).ok_or(Code::InputInvalid.at("kind"))?;
            Filter::Kind(kind.as_str())
        } else if let Some(site) = self.site {
            Filter::Site(site.into())
        } else {
            Filter::None
        })
    }
}
