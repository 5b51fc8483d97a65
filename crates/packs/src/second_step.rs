use hezuo_domain::people::Role;
use hezuo_domain::second_step::{MOST_DAYS, Rule, may_be_asked};
use serde::Deserialize;

use crate::Header;
use crate::error::{PackError, from_toml};

/// Which roles need a second step when they sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondStep {
    /// Where the rule comes from.
    pub header: Header,
    /// The rule.
    pub rule: Rule,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    header: Header,
    rule: Lines,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lines {
    roles: Vec<Role>,
    days: i64,
}

impl SecondStep {
    /// Reads and checks the text of a file.
    pub fn read(file: &str, text: &str) -> Result<Self, PackError> {
        let File { header, rule } = from_toml(file, text)?;
        header.check(file)?;
        if !rule.roles.iter().all(|it| may_be_asked(*it)) {
            let problem = "must not name a role that workers hold";
            return Err(PackError::field(file, "rule.roles", problem));
        }
        if !(0..=MOST_DAYS).contains(&rule.days) {
            let problem = format!("must be from 0 to {MOST_DAYS}");
            return Err(PackError::field(file, "rule.days", problem));
        }
        let rule = Rule {
            roles: rule.roles,
            days: rule.days,
        };
        Ok(Self { header, rule })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "cn/second-step.toml";
    const TEXT: &str = include_str!("../../../packs/cn/second-step.toml");

    #[test]
    fn a_rule_that_asks_workers_or_waits_for_ever_is_refused() {
        let read = SecondStep::read(FILE, TEXT).unwrap();
        assert_eq!(read.rule.days, 14);
        for (from, to) in [
            ("\"inspector\",", "\"eit_member\","),
            ("\"inspector\",", "\"king\","),
            ("days = 14", "days = 400"),
            ("days = 14", "days = -1"),
        ] {
            let wrong = TEXT.replace(from, to);
            assert_ne!(wrong, TEXT);
            assert!(SecondStep::read(FILE, &wrong).is_err(), "{to}");
        }
    }
}
