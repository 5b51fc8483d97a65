use hezuo_domain::retention::What;
use serde::Deserialize;

use crate::Header;
use crate::error::{PackError, filled, from_toml};

/// How long what is about a person is kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Where the times come from.
    pub header: Header,
    /// One line for each sort of data.
    pub keep: Vec<Keep>,
}

/// How long one sort of data is kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keep {
    /// Which.
    pub what: What,
    /// Months after it is over.
    pub months: i64,
    /// Why so long.
    pub why: String,
}

impl Retention {
    /// Reads and checks the text of a file.
    pub fn read(file: &str, text: &str) -> Result<Self, PackError> {
        let rules: Self = from_toml(file, text)?;
        rules.header.check(file)?;
        for (index, it) in rules.keep.iter().enumerate() {
            // A month for a mistake to be noticed; nothing is kept for ever by a slip.
            if !(1..=600).contains(&it.months) {
                let problem = "must be from 1 to 600";
                return Err(PackError::field(
                    file,
                    format!("keep[{index}].months"),
                    problem,
                ));
            }
            filled(file, &format!("keep[{index}].why"), &it.why)?;
        }
        for what in What::ALL {
            if rules.keep.iter().filter(|it| it.what == what).count() != 1 {
                let problem = format!("must say once how long {} are kept", what.as_str());
                return Err(PackError::field(file, "keep", problem));
            }
        }
        Ok(rules)
    }

    /// Months for which one sort of data is kept.
    pub fn months(&self, what: What) -> i64 {
        let keep = self.keep.iter().find(|it| it.what == what);
        // Whatever was read has a line for each; nothing goes by a slip.
        keep.map_or(i64::from(u16::MAX), |it| it.months)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "cn/retention.toml";
    const TEXT: &str = include_str!("../../../packs/cn/retention.toml");

    #[test]
    fn what_is_forgotten_or_said_twice_or_for_no_time_is_refused() {
        assert!(Retention::read(FILE, TEXT).is_ok());
        let twice = TEXT.replace("\"looks\"", "\"names\"");
        assert!(Retention::read(FILE, &twice).is_err());
        let never = TEXT.replace("months = 36", "months = 0");
        assert!(Retention::read(FILE, &never).is_err());
        let unknown = TEXT.replace("\"looks\"", "\"all\"");
        assert!(Retention::read(FILE, &unknown).is_err());
    }
}
