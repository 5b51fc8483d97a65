use serde::Deserialize;

use crate::Header;
use crate::error::{PackError, filled, from_toml};

/// The levels of a hazard that the law knows. They are another axis than the grades of a risk matrix.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HazardLevels {
    /// Where the levels come from; its clause is stored with the decision.
    pub header: Header,
    /// The levels, the lighter first.
    pub levels: Vec<HazardLevel>,
}

/// One level of the legal axis.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HazardLevel {
    /// The stable name in the data: `general` or `major`.
    pub id: String,
    /// The name in Chinese.
    pub zh: String,
    /// The name in English.
    pub en: String,
    /// What the law says it is, in Chinese.
    pub definition_zh: String,
    /// What the law says it is, in English.
    pub definition_en: String,
}

impl HazardLevels {
    /// Reads and checks the text of a file.
    pub fn read(file: &str, text: &str) -> Result<Self, PackError> {
        let levels: Self = from_toml(file, text)?;
        levels.header.check(file)?;
        let ids: Vec<&str> = levels
            .levels
            .iter()
            .map(|level| level.id.as_str())
            .collect();
        if ids != ["general", "major"] {
            let problem =
                format!("are {ids:?}, but the law knows general and major, in that order");
            return Err(PackError::field(file, "levels", problem));
        }
        for (index, level) in levels.levels.iter().enumerate() {
            filled(file, &format!("levels[{index}].zh"), &level.zh)?;
            filled(file, &format!("levels[{index}].en"), &level.en)?;
            filled(
                file,
                &format!("levels[{index}].definition_zh"),
                &level.definition_zh,
            )?;
            filled(
                file,
                &format!("levels[{index}].definition_en"),
                &level.definition_en,
            )?;
        }
        Ok(levels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "cn/hazard-levels.toml";
    const TEXT: &str = include_str!("../../../packs/cn/hazard-levels.toml");

    #[test]
    fn the_law_knows_two_levels() {
        let levels = HazardLevels::read(FILE, TEXT).expect("the file reads");
        assert_eq!(levels.levels[1].zh, "重大隐患");
    }

    #[test]
    fn a_third_level_is_refused() {
        let text = TEXT.replace("id = \"major\"", "id = \"significant\"");
        let error = HazardLevels::read(FILE, &text).expect_err("three levels");
        assert!(error.to_string().contains("field levels"), "{error}");
    }
}
