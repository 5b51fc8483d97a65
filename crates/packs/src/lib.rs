//! Reads and checks the versioned rule data of country packs.
//!
//! Text in, typed rule out: nothing here reads a file or a clock. The files of `packs/` are compiled in, so a
//! binary always carries the rules that it was tested with; a file given by an operator goes through the same
//! readers. Every decision stores the id and version of the pack it was made with ([`Header`]).

mod error;
mod hazards;
mod header;
mod regions;
mod retention;
mod rewards;
mod risk;
mod second_step;

pub use error::PackError;
pub use hazards::{HazardLevel, HazardLevels};
pub use header::Header;
pub use regions::{Division, Region, read_regions};
pub use retention::{Keep, Retention};
pub use rewards::{Amount, RewardRules, Tariff};
pub use risk::{Anchor, Band, Graded, RiskMatrix};
pub use second_step::SecondStep;

/// The risk matrix that grades new cases.
const RISK_MATRIX: Source = Source {
    file: "cn/risk-ls.toml",
    text: include_str!("../../../packs/cn/risk-ls.toml"),
};

/// A second convention of the same method; kept because decisions made with it must stay readable.
const RISK_MATRIX_A: Source = Source {
    file: "cn/risk-ls-a.toml",
    text: include_str!("../../../packs/cn/risk-ls-a.toml"),
};

const HAZARD_LEVELS: Source = Source {
    file: "cn/hazard-levels.toml",
    text: include_str!("../../../packs/cn/hazard-levels.toml"),
};

const REWARDS: Source = Source {
    file: "cn/rewards.toml",
    text: include_str!("../../../packs/cn/rewards.toml"),
};

const RETENTION: Source = Source {
    file: "cn/retention.toml",
    text: include_str!("../../../packs/cn/retention.toml"),
};

const SECOND_STEP: Source = Source {
    file: "cn/second-step.toml",
    text: include_str!("../../../packs/cn/second-step.toml"),
};

const REGIONS: Source = Source {
    file: "cn/regions.csv",
    text: include_str!("../../../packs/cn/regions.csv"),
};

const TOWNS: Source = Source {
    file: "cn/towns.csv",
    text: include_str!("../../../packs/cn/towns.csv"),
};

/// A file of `packs/` as it was when the program was built.
struct Source {
    file: &'static str,
    text: &'static str,
}

/// Reads the risk matrix that grades new cases.
pub fn risk_matrix() -> Result<RiskMatrix, PackError> {
    RiskMatrix::read(RISK_MATRIX.file, RISK_MATRIX.text)
}

/// Reads every risk matrix the program carries, the one for new cases first.
pub fn risk_matrices() -> Result<Vec<RiskMatrix>, PackError> {
    [RISK_MATRIX, RISK_MATRIX_A]
        .iter()
        .map(|source| RiskMatrix::read(source.file, source.text))
        .collect()
}

/// Reads the legal axis of hazards: general and major.
pub fn hazard_levels() -> Result<HazardLevels, PackError> {
    HazardLevels::read(HAZARD_LEVELS.file, HAZARD_LEVELS.text)
}

/// Reads what a report is worth.
pub fn reward_rules() -> Result<RewardRules, PackError> {
    RewardRules::read(REWARDS.file, REWARDS.text)
}

/// Reads how long what is about people is kept.
pub fn retention() -> Result<Retention, PackError> {
    Retention::read(RETENTION.file, RETENTION.text)
}

/// Reads which roles need a second step when they sign in.
pub fn second_step() -> Result<SecondStep, PackError> {
    SecondStep::read(SECOND_STEP.file, SECOND_STEP.text)
}

/// Reads the administrative divisions with the years in which they were listed, sorted by code and year.
pub fn regions() -> Result<Vec<Region>, PackError> {
    read_regions(REGIONS.file, REGIONS.text)
}

/// Reads the towns of the counties in which the programme works.
pub fn towns() -> Result<Vec<Region>, PackError> {
    read_regions(TOWNS.file, TOWNS.text)
}

/// By what a change of the list of towns is noticed, and its text.
pub const TOWN_LIST: (&str, &str, &str) = ("cn/towns", "1", TOWNS.text);

/// A rule file as it is compiled in: what the list of packs shows, and the text that a decision can be checked against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFile {
    /// What the file says about itself.
    pub header: Header,
    /// The whole text.
    pub text: &'static str,
}

/// Reads all rule files the program carries, and checks each by its own rules.
pub fn rule_files() -> Result<Vec<RuleFile>, PackError> {
    let matrix = |source: Source| {
        RiskMatrix::read(source.file, source.text).map(|matrix| RuleFile {
            header: matrix.header,
            text: source.text,
        })
    };
    Ok(vec![
        matrix(RISK_MATRIX)?,
        matrix(RISK_MATRIX_A)?,
        RuleFile {
            header: hazard_levels()?.header,
            text: HAZARD_LEVELS.text,
        },
        RuleFile {
            header: reward_rules()?.header,
            text: REWARDS.text,
        },
        RuleFile {
            header: retention()?.header,
            text: RETENTION.text,
        },
        RuleFile {
            header: second_step()?.header,
            text: SECOND_STEP.text,
        },
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that nobody compiled in would look like a rule and change nothing.
    #[test]
    fn every_rule_file_is_compiled_in_and_reads() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../packs/cn");
        let mut on_disk: Vec<String> = std::fs::read_dir(folder)
            .expect("the folder of the packs")
            .map(|entry| entry.expect("an entry").file_name())
            .map(|name| format!("cn/{}", name.to_string_lossy()))
            .collect();
        on_disk.sort();
        let mut compiled = [
            RISK_MATRIX,
            RISK_MATRIX_A,
            HAZARD_LEVELS,
            REWARDS,
            RETENTION,
            SECOND_STEP,
            REGIONS,
            TOWNS,
        ]
        .map(|s| s.file);
        compiled.sort_unstable();
        assert_eq!(on_disk, compiled);
        assert_eq!(rule_files().expect("all rules read").len(), 6);
    }

    #[test]
    fn nothing_is_called_verified_that_nobody_has_verified() {
        let verified: Vec<String> = rule_files()
            .expect("all rules read")
            .into_iter()
            .filter(|file| file.header.verified)
            .map(|file| file.header.id)
            .collect();
        assert_eq!(verified, Vec::<String>::new());
    }
}
