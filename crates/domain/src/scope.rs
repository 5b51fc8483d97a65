//! For whom a statement runs. Every transaction is opened for one scope and can't leave it.

use crate::ids::EnterpriseId;
use crate::places::RegionCode;

/// Whose rows may be touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// One enterprise.
    Enterprise(EnterpriseId),
    /// Reads across the enterprises of the places that the caller is entitled to; never writes.
    Places(Entitlement),
    /// The holder of a report code: rows of one enterprise, found by the code alone.
    ReportCode(EnterpriseId),
    /// The system itself, across all tenants. Loud on purpose: each use names its reason.
    System(&'static str),
}

/// The places that somebody may read across.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entitlement {
    /// Whole divisions.
    pub regions: Vec<RegionCode>,
    /// Single enterprises.
    pub enterprises: Vec<EnterpriseId>,
}

impl Scope {
    /// The one enterprise of this scope, where there is one.
    pub fn enterprise(&self) -> Option<EnterpriseId> {
        match self {
            Self::Enterprise(enterprise) | Self::ReportCode(enterprise) => Some(*enterprise),
            Self::Places(_) | Self::System(_) => None,
        }
    }
}
