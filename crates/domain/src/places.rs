//! Regions, enterprises, sites and areas.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

use crate::ids::{AreaId, EnterpriseId, SiteId};
use crate::problem::{Code, Problem};

/// A GB/T 2260 division code: six digits, province–prefecture–county.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RegionCode(String);

impl RegionCode {
    /// The code as six digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digits that all divisions below share: `330000` → `33`, `330500` → `3305`.
    pub fn prefix(&self) -> &str {
        let mut prefix = self.0.as_str();
        while let Some(shorter) = prefix.strip_suffix("00") {
            prefix = shorter;
        }
        prefix
    }

    /// Whether the other division is this one or lies within it.
    pub fn contains(&self, other: &Self) -> bool {
        other.0.starts_with(self.prefix())
    }
}

impl FromStr for RegionCode {
    type Err = Problem;
    fn from_str(text: &str) -> Result<Self, Problem> {
        let is_code = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
        // 000000 would contain every division.
        if !is_code || text.starts_with("00") {
            return Err(Code::RegionUnknown.at("region_code"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for RegionCode {
    type Error = Problem;
    fn try_from(text: String) -> Result<Self, Problem> {
        text.parse()
    }
}

impl From<RegionCode> for String {
    fn from(code: RegionCode) -> Self {
        code.0
    }
}

impl fmt::Display for RegionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a row of the enterprises' directory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnterpriseKind {
    /// A factory or company.
    Enterprise,
    /// A county, city or programme office: home of inspectors and officers.
    Authority,
}

impl EnterpriseKind {
    /// The word stored in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enterprise => "enterprise",
            Self::Authority => "authority",
        }
    }
}

/// Whether an area is a place where people work, or one machine in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AreaKind {
    /// A workshop, line, store or yard.
    Area,
    /// One machine or installation.
    Machine,
}

impl AreaKind {
    /// The word stored in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Area => "area",
            Self::Machine => "machine",
        }
    }
}

/// An area of at least this many attested heads may stand beside an anonymous report.
pub const ANONYMOUS_AREA_HEADS: i64 = 10;

/// A place in an enterprise, as far as a rule needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AreaNode {
    /// The area.
    pub id: AreaId,
    /// The area around it.
    pub parent: Option<AreaId>,
    /// The site it belongs to.
    pub site: SiteId,
    /// Area or machine.
    pub kind: AreaKind,
    /// Heads working there, once somebody has attested them.
    pub attested_heads: Option<i64>,
}

/// The smallest area, from `start` outward, that is large enough to hide a person;
/// `None` means that only the site may be kept.
///
/// `areas` are the areas of the site in any order. A cycle ends the walk.
pub fn anonymous_area(start: AreaId, areas: &[AreaNode]) -> Option<AreaId> {
    let mut next = Some(start);
    for _ in 0..=areas.len() {
        let node = areas.iter().find(|area| Some(area.id) == next)?;
        if node.kind == AreaKind::Area
            && node
                .attested_heads
                .is_some_and(|heads| heads >= ANONYMOUS_AREA_HEADS)
        {
            return Some(node.id);
        }
        next = node.parent;
    }
    None
}

/// Where something is, for a question of permission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacePath {
    /// The enterprise.
    pub enterprise: EnterpriseId,
    /// Its division, as far as known.
    pub region: Option<RegionCode>,
    /// The site, when the thing has one.
    pub site: Option<SiteId>,
    /// The area, when the thing has one.
    pub area: Option<AreaId>,
}

impl PlacePath {
    /// The enterprise as a whole.
    pub fn enterprise(enterprise: EnterpriseId, region: Option<RegionCode>) -> Self {
        Self {
            enterprise,
            region,
            site: None,
            area: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn area(id: u128, parent: Option<u128>, kind: AreaKind, heads: Option<i64>) -> AreaNode {
        AreaNode {
            id: AreaId(Uuid::from_u128(id)),
            parent: parent.map(|parent| AreaId(Uuid::from_u128(parent))),
            site: SiteId(Uuid::from_u128(99)),
            kind,
            attested_heads: heads,
        }
    }

    #[test]
    fn a_small_area_gives_way_to_the_one_around_it() {
        let areas = [
            area(1, None, AreaKind::Area, Some(40)),
            area(2, Some(1), AreaKind::Area, Some(4)),
            area(3, Some(2), AreaKind::Machine, Some(30)),
            area(4, None, AreaKind::Area, None),
        ];
        let found = |id: u128| anonymous_area(AreaId(Uuid::from_u128(id)), &areas);
        assert_eq!(found(1), Some(areas[0].id));
        assert_eq!(found(2), Some(areas[0].id), "four heads hide nobody");
        assert_eq!(
            found(3),
            Some(areas[0].id),
            "a machine is never kept, whatever its heads"
        );
        assert_eq!(found(4), None, "heads that nobody attested count as none");
        assert_eq!(found(5), None, "an unknown area is not kept");
    }

    #[test]
    fn a_region_contains_its_counties() {
        let region = |code: &str| code.parse::<RegionCode>().unwrap();
        assert!(region("330000").contains(&region("330503")));
        assert!(region("330500").contains(&region("330503")));
        assert!(!region("330500").contains(&region("330603")));
        assert!(!region("330503").contains(&region("330500")));
        for wrong in ["", "33050", "3305O3", "000000", "330 03"] {
            assert!(wrong.parse::<RegionCode>().is_err(), "{wrong}");
        }
    }
}
