//! Regions, enterprises, sites and areas.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

use crate::ids::{AreaId, EnterpriseId, SiteId};
use crate::problem::{Code, Problem};

/// A division code: six digits of GB/T 2260 (province–prefecture–county), or nine, where the last three
/// name a town in the county (GB/T 10114). Six zeros are the whole nation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RegionCode(String);

/// The whole nation.
const NATION: &str = "000000";

/// Digits of a county's code.
const COUNTY_DIGITS: usize = 6;

/// Digits of a town's code.
const TOWN_DIGITS: usize = 9;

impl RegionCode {
    /// The code as its digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digits that all divisions below share: `330000` → `33`, `330500` → `3305`.
    pub fn prefix(&self) -> &str {
        if self.0.len() == TOWN_DIGITS {
            return &self.0;
        }
        let mut prefix = self.0.as_str();
        while let Some(shorter) = prefix.strip_suffix("00") {
            prefix = shorter;
        }
        prefix
    }

    /// Whether it is the whole nation: somebody may look after it, but nothing lies in it and nowhere
    /// closer.
    pub fn is_nation(&self) -> bool {
        self.prefix().is_empty()
    }

    /// The code of the division with these first digits, as the standard writes it.
    pub fn padded(digits: &str) -> String {
        format!("{digits:0<6}")
    }

    /// How many digits tell the divisions right below this one apart; none below a town.
    pub fn digits_below(&self) -> Option<usize> {
        match self.prefix().len() {
            0 => Some(2),
            2 => Some(4),
            4 => Some(COUNTY_DIGITS),
            COUNTY_DIGITS => Some(TOWN_DIGITS),
            _ => None,
        }
    }

    /// Whether the other division is this one or lies within it.
    pub fn contains(&self, other: &Self) -> bool {
        other.0.starts_with(self.prefix())
    }
}

impl FromStr for RegionCode {
    type Err = Problem;
    fn from_str(text: &str) -> Result<Self, Problem> {
        let has_digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let is_town = text.len() == TOWN_DIGITS && !text.ends_with("000");
        let is_code = has_digits && (text.len() == COUNTY_DIGITS || is_town);
        if !is_code || text.starts_with("00") && text != NATION {
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
    fn a_county_contains_its_towns() {
        let region = |code: &str| -> RegionCode { code.parse().unwrap() };
        let town = region("330503100");
        assert!(region("330503").contains(&town) && region("330000").contains(&town));
        assert!(!town.contains(&region("330503")) && !town.contains(&region("330503101")));
        assert_eq!(
            ["330000", "330500", "330503", "330503100"].map(|it| region(it).digits_below()),
            [Some(4), Some(6), Some(9), None]
        );
        for wrong in ["330503000", "33050310", "3305031000", "33050310x"] {
            assert!(wrong.parse::<RegionCode>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_region_contains_its_counties() {
        let region = |code: &str| code.parse::<RegionCode>().unwrap();
        assert!(region("330000").contains(&region("330503")));
        assert!(region("330500").contains(&region("330503")));
        assert!(!region("330500").contains(&region("330603")));
        assert!(!region("330503").contains(&region("330500")));
        let nation = region("000000");
        assert!(nation.is_nation() && nation.contains(&region("330503")));
        assert!(!region("330000").contains(&nation) && nation.digits_below() == Some(2));
        for wrong in ["", "33050", "3305O3", "001000", "000000000", "330 03"] {
            assert!(wrong.parse::<RegionCode>().is_err(), "{wrong}");
        }
    }
}
