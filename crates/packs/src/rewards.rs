use hezuo_domain::cases::{Case, Finder, Kind, Legal};
use hezuo_domain::rewards::Offer;
use serde::Deserialize;

use crate::Header;
use crate::error::{PackError, from_toml};

/// What a report is worth, by kind, legal level and whether an accident was averted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RewardRules {
    /// Where the amounts come from; id and version are stored with every decision.
    pub header: Header,
    /// What holds for all amounts.
    pub tariff: Tariff,
    /// The amounts, one line for each kind and legal level.
    pub amounts: Vec<Amount>,
}

/// What holds for all amounts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tariff {
    /// ISO 4217 code.
    pub currency: String,
    /// The only amounts that an anonymous report can be given, rising.
    pub anonymous_minor: Vec<i64>,
    /// Finders whose duty it is to look: a reward for them needs a reason.
    pub needs_reason: Vec<Finder>,
}

/// The amounts of one sort of report, in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amount {
    /// What the case is.
    pub kind: Kind,
    /// The legal level; a case that nobody graded counts as general.
    pub legal: Legal,
    /// The least without a reason.
    pub min_minor: i64,
    /// The most without a reason.
    pub max_minor: i64,
    /// What is proposed.
    pub proposed_minor: i64,
    /// What is proposed where an accident was averted.
    pub averted_minor: i64,
}

impl RewardRules {
    /// Reads and checks the text of a file.
    pub fn read(file: &str, text: &str) -> Result<Self, PackError> {
        let rules: Self = from_toml(file, text)?;
        rules.header.check(file)?;
        let currency = &rules.tariff.currency;
        if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
            let problem = "must be three capital letters";
            return Err(PackError::field(file, "tariff.currency", problem));
        }
        let steps = &rules.tariff.anonymous_minor;
        let rises = steps.windows(2).all(|pair| pair[0] < pair[1]);
        if steps.is_empty() || steps[0] <= 0 || !rises {
            let problem = "must be amounts above zero that rise";
            return Err(PackError::field(file, "tariff.anonymous_minor", problem));
        }
        for (index, it) in rules.amounts.iter().enumerate() {
            let within = |minor| (it.min_minor..=it.max_minor).contains(&minor);
            let is_sound = it.min_minor > 0
                && within(it.proposed_minor)
                && within(it.averted_minor)
                && it.proposed_minor <= it.averted_minor;
            if !is_sound {
                let problem = "must satisfy 0 < min <= proposed <= averted <= max";
                return Err(PackError::field(file, format!("amounts[{index}]"), problem));
            }
            // An anonymous report of this sort must be able to get something.
            if !steps.iter().any(|step| within(*step)) {
                let problem = "holds none of tariff.anonymous_minor";
                return Err(PackError::field(file, format!("amounts[{index}]"), problem));
            }
            let twice = rules.amounts[..index]
                .iter()
                .any(|other| (other.kind, other.legal) == (it.kind, it.legal));
            if twice {
                let problem = "repeats a kind and legal level";
                return Err(PackError::field(file, format!("amounts[{index}]"), problem));
            }
        }
        for kind in [Kind::Hazard, Kind::NearMiss, Kind::Idea] {
            if rules.line(kind, Legal::General).is_none() {
                let problem = format!("say nothing about a general {}", kind.as_str());
                return Err(PackError::field(file, "amounts", problem));
            }
        }
        Ok(rules)
    }

    fn line(&self, kind: Kind, legal: Legal) -> Option<&Amount> {
        self.amounts
            .iter()
            .find(|it| it.kind == kind && it.legal == legal)
    }

    /// What is proposed for a case; nothing for an imported record, which nobody reported.
    pub fn offer(&self, case: &Case, averted: bool) -> Option<Offer> {
        let legal = case.legal.unwrap_or(Legal::General);
        let line = self
            .line(case.kind, legal)
            .or_else(|| self.line(case.kind, Legal::General))?;
        let proposed = if averted {
            line.averted_minor
        } else {
            line.proposed_minor
        };
        Some(Offer {
            currency: self.tariff.currency.clone(),
            proposed_minor: proposed,
            min_minor: line.min_minor,
            max_minor: line.max_minor,
            anonymous_minor: self.tariff.anonymous_minor.clone(),
            is_duty: case
                .finder
                .is_some_and(|finder| self.tariff.needs_reason.contains(&finder)),
            pack: format!("{}@{}", self.header.id, self.header.version),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "cn/rewards.toml";
    const TEXT: &str = include_str!("../../../packs/cn/rewards.toml");

    #[test]
    fn the_amounts_are_those_of_the_template() {
        let rules = RewardRules::read(FILE, TEXT).expect("the file reads");
        let general = rules.line(Kind::Hazard, Legal::General).expect("a line");
        assert_eq!((general.min_minor, general.max_minor), (5_000, 30_000));
        let major = rules.line(Kind::Hazard, Legal::Major).expect("a line");
        assert_eq!((major.min_minor, major.max_minor), (30_000, 200_000));
    }

    #[test]
    fn a_wrong_field_is_refused_by_its_name() {
        for (from, to, field) in [
            (
                "proposed_minor = 10000",
                "proposed_minor = 40000",
                "amounts[0]",
            ),
            ("legal = \"major\"", "legal = \"general\"", "amounts[1]"),
            (
                "currency = \"CNY\"",
                "currency = \"yuan\"",
                "tariff.currency",
            ),
            ("[5000, 10000", "[10000, 5000", "tariff.anonymous_minor"),
            (
                "kind = \"idea\"",
                "kind = \"injury_imported\"",
                "field amounts",
            ),
        ] {
            let error = RewardRules::read(FILE, &TEXT.replacen(from, to, 1)).expect_err(field);
            assert!(error.to_string().contains(field), "{error}");
        }
    }
}
