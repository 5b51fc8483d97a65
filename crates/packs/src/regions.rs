use hezuo_domain::places::RegionCode;

use crate::error::{PackError, filled};

/// A name that a division code (GB/T 2260) had for some years.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// Six digits: two each for province, prefecture and county; nine for a town.
    pub code: RegionCode,
    /// In Chinese.
    pub name_zh: String,
    /// In English, where one is known.
    pub name_en: Option<String>,
    /// The first year-end list with this name; none means before the lists begin.
    pub valid_from_year: Option<u16>,
    /// The last year-end list with this name; none means still listed.
    pub valid_to_year: Option<u16>,
}

/// The three levels of the standard, with the nation above and the towns below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Division {
    /// The whole nation.
    Nation,
    /// A province, or a city or region of that rank.
    Province,
    /// A prefecture, or a city of that rank.
    Prefecture,
    /// A county, or a district or city of that rank.
    County,
    /// A town or street office in a county.
    Town,
}

impl Region {
    /// Says at which level the code stands.
    pub fn division(&self) -> Division {
        match self.code.prefix().len() {
            0 => Division::Nation,
            2 => Division::Province,
            4 => Division::Prefecture,
            6 => Division::County,
            _ => Division::Town,
        }
    }

    /// Says whether the code had this name in that year.
    pub fn is_valid_in(&self, year: u16) -> bool {
        self.valid_from_year.is_none_or(|first| first <= year)
            && self.valid_to_year.is_none_or(|last| year <= last)
    }
}

const HEADING: &str = "code,name_zh,name_en,valid_from_year,valid_to_year";

/// Reads and checks the text of a file, whose lines stand sorted by code and year.
pub fn read_regions(file: &str, text: &str) -> Result<Vec<Region>, PackError> {
    let mut lines = text.lines();
    if lines.next() != Some(HEADING) {
        return Err(PackError::field(
            file,
            "line 1",
            format!("must be {HEADING}"),
        ));
    }
    let mut regions: Vec<Region> = Vec::new();
    for (number, line) in (2..).zip(lines) {
        let region = read_line(file, number, line)?;
        if let Some(before) = regions.last() {
            check_order(file, number, before, &region)?;
        }
        regions.push(region);
    }
    Ok(regions)
}

fn read_line(file: &str, number: usize, line: &str) -> Result<Region, PackError> {
    let fields: Vec<&str> = line.split(',').collect();
    let [code, name_zh, name_en, from, to] = fields[..] else {
        let problem = format!("has {} fields instead of 5", fields.len());
        return Err(PackError::field(file, format!("line {number}"), problem));
    };
    let Ok(code) = code.parse() else {
        let problem = format!("{code:?} is not a code");
        return Err(PackError::field(
            file,
            format!("line {number}, code"),
            problem,
        ));
    };
    filled(file, &format!("line {number}, name_zh"), name_zh)?;
    Ok(Region {
        code,
        name_zh: name_zh.to_owned(),
        name_en: Some(name_en)
            .filter(|name| !name.is_empty())
            .map(str::to_owned),
        valid_from_year: read_year(file, number, "valid_from_year", from)?,
        valid_to_year: read_year(file, number, "valid_to_year", to)?,
    })
}

fn read_year(file: &str, number: usize, field: &str, text: &str) -> Result<Option<u16>, PackError> {
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse() {
        Ok(year) if (1980..=2100).contains(&year) => Ok(Some(year)),
        _ => {
            let problem = format!("{text:?} is not a year");
            Err(PackError::field(
                file,
                format!("line {number}, {field}"),
                problem,
            ))
        }
    }
}

/// Two names of one code in one year would make the answer to "which place is this?" a matter of luck.
fn check_order(file: &str, number: usize, before: &Region, this: &Region) -> Result<(), PackError> {
    let problem = if this.code < before.code {
        "comes after a higher code"
    } else if this.code == before.code && !ends_before(before, this) {
        "overlaps the line before"
    } else {
        return Ok(());
    };
    Err(PackError::field(
        file,
        format!("line {number}, code"),
        problem,
    ))
}

fn ends_before(before: &Region, this: &Region) -> bool {
    matches!((before.valid_to_year, this.valid_from_year), (Some(end), Some(start)) if end < start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn current() -> Vec<Region> {
        let mut regions = crate::regions().expect("the regions read");
        regions.retain(|region| region.valid_to_year.is_none());
        regions
    }

    #[test]
    fn the_three_levels_count_what_is_published() {
        let count = |level| current().iter().filter(|r| r.division() == level).count();
        assert_eq!(count(Division::Province), 34);
        assert_eq!(count(Division::Prefecture), 333);
        // 2,844 are published for the end of 2023; the two districts of Sansha are missing.
        assert_eq!(count(Division::County), 2842);
    }

    #[test]
    fn every_town_lies_in_a_listed_county() {
        let (counties, towns) = (current(), crate::towns().expect("the towns read"));
        assert_eq!(towns.len(), 9, "the towns of Nanxun");
        for town in towns {
            assert_eq!(town.division(), Division::Town);
            let found = counties
                .iter()
                .any(|it| it.division() == Division::County && it.code.contains(&town.code));
            assert!(found, "{town:?} hangs in the air");
        }
    }

    #[test]
    fn the_pilot_places_have_both_names() {
        let regions = current();
        for (code, zh, en) in [
            ("330000", "浙江省", "Zhejiang"),
            ("330500", "湖州市", "Huzhou"),
            ("330502", "吴兴区", "Wuxing"),
            ("330503", "南浔区", "Nanxun"),
            ("330521", "德清县", "Deqing"),
            ("330522", "长兴县", "Changxing"),
            ("330523", "安吉县", "Anji"),
            ("110111", "房山区", "Fangshan"),
            ("440600", "佛山市", "Foshan"),
            ("450900", "玉林市", "Yulin"),
        ] {
            let found = regions.iter().find(|region| region.code.as_str() == code);
            let names = found.map(|r| (r.name_zh.as_str(), r.name_en.as_deref()));
            assert_eq!(names, Some((zh, Some(en))), "{code}");
        }
        let nameless: Vec<_> = regions
            .iter()
            .filter(|r| r.division() == Division::Province && r.name_en.is_none())
            .collect();
        assert!(nameless.is_empty(), "{nameless:?}");
    }

    /// Counties of the four municipalities, and those that a province runs itself, have no prefecture: the province
    /// stands right above them.
    #[test]
    fn every_region_lies_in_a_listed_province() {
        let regions = current();
        let (provinces, rest): (Vec<_>, Vec<_>) = regions
            .iter()
            .partition(|region| region.division() == Division::Province);
        for region in rest {
            let found = provinces.iter().any(|p| p.code.contains(&region.code));
            let is_nation = region.division() == Division::Nation;
            assert!(found || is_nation, "{region:?} hangs in the air");
        }
    }

    #[test]
    fn a_name_is_valid_in_its_years_only() {
        let regions = crate::regions().expect("the regions read");
        let names = |code: &str, year| -> Vec<String> {
            let valid = regions
                .iter()
                .filter(|r| r.code.as_str() == code && r.is_valid_in(year));
            valid.map(|r| r.name_zh.clone()).collect()
        };
        assert_eq!(names("330103", 2020), ["下城区"]);
        assert_eq!(names("330103", 2021), Vec::<String>::new());
        assert_eq!(names("330503", 2002), Vec::<String>::new());
        assert_eq!(names("330503", 2003), ["南浔区"]);
    }

    #[test]
    fn a_broken_line_is_refused_by_its_number() {
        for (line, says) in [
            ("330503,南浔区,Nanxun,2003", "line 2: has 4 fields"),
            ("33050,南浔区,Nanxun,2003,", "line 2, code"),
            ("330503,,Nanxun,2003,", "line 2, name_zh"),
            ("330503,南浔区,Nanxun,20O3,", "line 2, valid_from_year"),
            ("330503,a,,,2000\n330502,b,,,", "line 3, code: comes after"),
            ("330503,a,,,2003\n330503,b,,2003,", "line 3, code: overlaps"),
            ("330503,a,,,\n330503,b,,2003,", "line 3, code: overlaps"),
        ] {
            let error = read_regions("cn/regions.csv", &format!("{HEADING}\n{line}\n"))
                .expect_err(line)
                .to_string();
            assert!(error.contains(says), "{error} should say {says}");
        }
        assert!(read_regions("cn/regions.csv", "code;name\n").is_err());
    }
}
