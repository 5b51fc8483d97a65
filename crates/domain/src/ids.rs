//! Typed ids. All are random (UUIDv4): an id must carry neither an order nor a time,
//! because either would narrow down who sent an anonymous report.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

use crate::time::Random;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// Draws a fresh random id.
            pub fn random(random: &dyn Random) -> Self {
                Self(random.uuid())
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                text.parse().map(Self)
            }
        }
    )*};
}

ids! {
    /// An enterprise, or an authority: the tenant.
    EnterpriseId;
    /// A site (plant) of an enterprise.
    SiteId;
    /// An area of a site, or a machine in an area.
    AreaId;
    /// A person in an enterprise's register, with or without a login.
    PersonId;
    /// A login.
    UserId;
    /// A case; the same id before and after an anonymous report is released.
    CaseId;
    /// One event in a case's life.
    EventId;
    /// A background job.
    JobId;
    /// An uploaded file that is being imported.
    ImportId;
    /// An improvement team.
    TeamId;
    /// A meeting of a team.
    MeetingId;
    /// A decision about a reward.
    RewardId;
    /// An improvement project.
    ProjectId;
}
