//! Persons, users and the roles that they hold on places.

mod passwords;
pub mod roll;

use serde::{Deserialize, Serialize};

use crate::ids::{AreaId, EnterpriseId, SiteId};
use crate::places::{PlacePath, RegionCode};
use crate::problem::{Code, Problem};

pub use passwords::{PASSWORD_MAX, PASSWORD_MIN, check_password};

/// What somebody is in the programme, on a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Users, places, codes, health of the system.
    Administrator,
    /// Answers for the factory.
    Manager,
    /// Triage, deadlines, acceptance.
    SafetyOfficer,
    /// Elected by the workers; entitled to read what was said in confidence.
    WorkerRepresentative,
    /// Leads the Enterprise Improvement Team (EIT).
    EitLeader,
    /// Keeps the EIT's minutes.
    EitSecretary,
    /// Member of the EIT.
    EitMember,
    /// Coaches and inspects; reads, never a reporter's name.
    Inspector,
    /// County office: sums, no names.
    CountyOfficer,
}

impl Role {
    /// All roles, in the order of the permission matrix.
    pub const ALL: [Self; 9] = [
        Self::Administrator,
        Self::Manager,
        Self::SafetyOfficer,
        Self::WorkerRepresentative,
        Self::EitLeader,
        Self::EitSecretary,
        Self::EitMember,
        Self::Inspector,
        Self::CountyOfficer,
    ];

    /// The word stored in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Manager => "manager",
            Self::SafetyOfficer => "safety_officer",
            Self::WorkerRepresentative => "worker_representative",
            Self::EitLeader => "eit_leader",
            Self::EitSecretary => "eit_secretary",
            Self::EitMember => "eit_member",
            Self::Inspector => "inspector",
            Self::CountyOfficer => "county_officer",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

/// A node of the tree of places on which a role is held.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "place_kind", content = "place_key", rename_all = "snake_case")]
pub enum Place {
    /// One enterprise with everything in it.
    Enterprise(EnterpriseId),
    /// One site.
    Site(SiteId),
    /// One area.
    Area(AreaId),
    /// Every enterprise in a division.
    Region(RegionCode),
}

impl Place {
    /// Whether something at `path` lies on this place.
    pub fn covers(&self, path: &PlacePath) -> bool {
        match self {
            Self::Enterprise(enterprise) => *enterprise == path.enterprise,
            Self::Site(site) => path.site == Some(*site),
            Self::Area(area) => path.area == Some(*area),
            Self::Region(region) => path.region.as_ref().is_some_and(|at| region.contains(at)),
        }
    }

    /// The kind of place, as stored.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Enterprise(_) => "enterprise",
            Self::Site(_) => "site",
            Self::Area(_) => "area",
            Self::Region(_) => "region",
        }
    }

    /// The place's key, as stored.
    pub fn key(&self) -> String {
        match self {
            Self::Enterprise(id) => id.to_string(),
            Self::Site(id) => id.to_string(),
            Self::Area(id) => id.to_string(),
            Self::Region(code) => code.to_string(),
        }
    }

    /// Reads the stored kind and key.
    pub fn parse(kind: &str, key: &str) -> Result<Self, Problem> {
        let invalid = |_| Code::InputInvalid.at("place_key");
        match kind {
            "enterprise" => key.parse().map(Self::Enterprise).map_err(invalid),
            "site" => key.parse().map(Self::Site).map_err(invalid),
            "area" => key.parse().map(Self::Area).map_err(invalid),
            "region" => key.parse().map(Self::Region),
            _ => Err(Code::InputInvalid.at("place_kind")),
        }
    }
}

/// A role on a place.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// Where it holds.
    #[serde(flatten)]
    pub place: Place,
}

/// From what somebody signed in, as far as anybody needs to know to tell sessions apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Device {
    /// A phone or tablet.
    Phone,
    /// Anything else.
    #[default]
    Computer,
}

impl Device {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Computer => "computer",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Phone, Self::Computer]
            .into_iter()
            .find(|it| it.as_str() == word)
    }
}
