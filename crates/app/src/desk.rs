//! Where somebody without an account speaks: in the house of the factory's server, or at an intake.
//! The pages are the same; what becomes of what was said is not.

use std::sync::Arc;

use hezuo_domain::pay_code::PayLookup;
use hezuo_domain::report_code::Lookup;
use uuid::Uuid;

use crate::envelopes::host::Host;
use crate::reports::{self, Doorway, FollowUp, Submission, Upload};
use crate::rewards::{self, Claimed};
use crate::uploads::parts::{Part, Reached};
use crate::writer::Writer;
use crate::{Result, answers};

/// One of the two.
#[derive(Clone)]
pub enum Desk {
    /// Reports become cases here.
    House(Arc<Writer>),
    /// Anonymous reports are sealed and fetched.
    Intake(Arc<Host>),
}

impl Desk {
    /// What the page behind a code on a wall shows.
    pub async fn doorway(&self, path: &str) -> Result<Doorway> {
        match self {
            Self::House(writer) => reports::doorway(writer.app(), path).await,
            Self::Intake(host) => host.doorway(path).await,
        }
    }

    /// Takes a report; true when it is new. `proof` is a proof of work, where there is one.
    pub async fn submit(&self, submission: Submission, proof: Option<&str>) -> Result<bool> {
        match self {
            Self::House(writer) => writer.submit(submission).await,
            Self::Intake(host) => host.submit(submission, proof).await,
        }
    }

    /// Adds a picture or voice clip.
    pub async fn attach(&self, lookup: Lookup, upload: Upload) -> Result<()> {
        match self {
            Self::House(writer) => reports::attach(writer.app(), lookup, upload).await,
            Self::Intake(host) => host.attach(lookup, upload).await,
        }
    }

    /// Takes a part of a picture or voice clip.
    pub async fn attach_part(&self, lookup: Lookup, part: Part) -> Result<Reached> {
        match self {
            Self::House(writer) => reports::attach_part(writer.app(), lookup, part).await,
            Self::Intake(host) => host.attach_part(lookup, part).await,
        }
    }

    /// Where a report stands.
    pub async fn follow_up(&self, lookup: Lookup) -> Result<FollowUp> {
        match self {
            Self::House(writer) => reports::follow_up(writer.app(), lookup).await,
            Self::Intake(host) => host.follow_up(lookup).await,
        }
    }

    /// The answer to "is it fixed?".
    pub async fn verdict(&self, lookup: Lookup, fixed: bool, note: String) -> Result<FollowUp> {
        match self {
            Self::House(writer) => reports::verdict(writer.app(), lookup, fixed, note).await,
            Self::Intake(host) => host.verdict(lookup, fixed, note).await,
        }
    }

    /// Words to the team.
    pub async fn reply(&self, lookup: Lookup, id: Uuid, text: &str) -> Result<FollowUp> {
        match self {
            Self::House(writer) => answers::reply(writer.app(), lookup, id, text).await,
            Self::Intake(host) => host.reply(lookup, id, text).await,
        }
    }

    /// Takes the pay code of a reward.
    pub async fn claim(&self, lookup: Lookup, pay: PayLookup) -> Result<Claimed> {
        match self {
            Self::House(writer) => rewards::claim(writer.app(), lookup, pay).await,
            Self::Intake(host) => host.claim(lookup, pay).await,
        }
    }
}
