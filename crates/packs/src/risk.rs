use hezuo_domain::cases::Level;
use serde::Deserialize;

use crate::Header;
use crate::error::{PackError, filled, from_toml};

/// A risk matrix: the score is likelihood × severity, and bands of scores are grades.
///
/// Conventions of the same method cut the scores in different places, so a grade means nothing without the pack and
/// version it was made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RiskMatrix {
    /// Where the matrix comes from; its id and version are stored with every grade.
    pub header: Header,
    /// Which of the known cuts it follows, such as `B`.
    pub convention: String,
    /// What each likelihood means, from the rarest.
    pub likelihood: Vec<Anchor>,
    /// What each severity means, from the mildest.
    pub severity: Vec<Anchor>,
    /// The grades, from the most dangerous.
    pub levels: Vec<Band>,
}

/// One step of a scale, in words that a foreman can choose by.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// The step, from 1.
    pub value: u8,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// The scores that make one grade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Band {
    /// The grade as the convention names it.
    pub grade: String,
    /// The risk level, 1 (red) to 4 (blue); two grades may share one.
    pub level: Level,
    /// The lowest score.
    pub from: u8,
    /// The highest score.
    pub to: u8,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// What a matrix says about one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Graded {
    /// Likelihood × severity.
    pub score: u8,
    /// The risk level, 1 (red) to 4 (blue).
    pub level: Level,
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    header: Header,
    matrix: RawMatrix,
    likelihood: Vec<Anchor>,
    severity: Vec<Anchor>,
    grades: Vec<RawBand>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMatrix {
    convention: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBand {
    grade: String,
    level: i64,
    from: u8,
    to: u8,
    zh: String,
    en: String,
}

impl RiskMatrix {
    /// Reads and checks the text of a file.
    pub fn read(file: &str, text: &str) -> Result<Self, PackError> {
        let raw: Raw = from_toml(file, text)?;
        raw.header.check(file)?;
        filled(file, "matrix.convention", &raw.matrix.convention)?;
        check_scale(file, "likelihood", &raw.likelihood)?;
        check_scale(file, "severity", &raw.severity)?;
        let levels = read_bands(file, raw.grades)?;
        let matrix = Self {
            header: raw.header,
            convention: raw.matrix.convention,
            likelihood: raw.likelihood,
            severity: raw.severity,
            levels,
        };
        for (likelihood, severity) in matrix.cells() {
            if let Err(error) = matrix.grade(likelihood, severity) {
                return Err(PackError::field(file, "grades", error.to_string()));
            }
        }
        Ok(matrix)
    }

    /// Grades one cell.
    pub fn grade(&self, likelihood: u8, severity: u8) -> Result<Graded, PackError> {
        let unknown = |field, value| PackError::Unknown {
            pack: self.header.id.clone(),
            field,
            value,
        };
        if !self.likelihood.iter().any(|step| step.value == likelihood) {
            return Err(unknown("likelihood", likelihood));
        }
        if !self.severity.iter().any(|step| step.value == severity) {
            return Err(unknown("severity", severity));
        }
        // Both scales end at MAX_STEPS, so the product fits.
        let score = likelihood * severity;
        let band = self
            .levels
            .iter()
            .find(|band| (band.from..=band.to).contains(&score))
            .ok_or_else(|| unknown("grade for the score", score))?;
        Ok(Graded {
            score,
            level: band.level,
        })
    }

    /// Lists the cells, by likelihood and then by severity.
    pub fn cells(&self) -> impl Iterator<Item = (u8, u8)> {
        self.likelihood
            .iter()
            .flat_map(|row| self.severity.iter().map(|step| (row.value, step.value)))
    }
}

/// More steps than this nobody can tell apart, and their product would leave the type of the score.
const MAX_STEPS: usize = 10;

/// Requires the steps 1, 2, 3 … in order, each with words in both languages.
fn check_scale(file: &str, scale: &str, steps: &[Anchor]) -> Result<(), PackError> {
    if !(2..=MAX_STEPS).contains(&steps.len()) {
        let problem = format!("has {} steps, but needs 2 to {MAX_STEPS}", steps.len());
        return Err(PackError::field(file, scale, problem));
    }
    for (expected, step) in (1u8..).zip(steps) {
        let at = format!("{scale}[{}]", expected - 1);
        if step.value != expected {
            let problem = format!(
                "is {}, but the steps must be 1, 2, 3 … in order",
                step.value
            );
            return Err(PackError::field(file, format!("{at}.value"), problem));
        }
        filled(file, &format!("{at}.zh"), &step.zh)?;
        filled(file, &format!("{at}.en"), &step.en)?;
    }
    Ok(())
}

/// Requires bands that fall from the most dangerous one without an overlap and never turn milder upwards.
fn read_bands(file: &str, raw: Vec<RawBand>) -> Result<Vec<Band>, PackError> {
    let mut bands: Vec<Band> = Vec::with_capacity(raw.len());
    for (index, raw) in raw.into_iter().enumerate() {
        let wrong = |field: &str, problem: &str| {
            Err(PackError::field(
                file,
                format!("grades[{index}].{field}"),
                problem,
            ))
        };
        filled(file, &format!("grades[{index}].grade"), &raw.grade)?;
        filled(file, &format!("grades[{index}].zh"), &raw.zh)?;
        filled(file, &format!("grades[{index}].en"), &raw.en)?;
        let level = match Level::try_from(raw.level) {
            Ok(level) => level,
            Err(problem) => return wrong("level", problem),
        };
        if raw.from > raw.to {
            return wrong("from", "lies above the field to");
        }
        if let Some(above) = bands.last() {
            if raw.to >= above.from {
                return wrong("to", "reaches into the grade above");
            }
            if level < above.level {
                return wrong("level", "is more dangerous than the grade above");
            }
        }
        bands.push(Band {
            grade: raw.grade,
            level,
            from: raw.from,
            to: raw.to,
            zh: raw.zh,
            en: raw.en,
        });
    }
    Ok(bands)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FILE: &str = "cn/risk-ls.toml";
    const TEXT: &str = include_str!("../../../packs/cn/risk-ls.toml");

    fn both() -> Vec<RiskMatrix> {
        crate::risk_matrices().expect("the matrices read")
    }

    #[test]
    fn all_25_cells_are_graded() {
        for matrix in both() {
            let cells: Vec<_> = matrix.cells().collect();
            assert_eq!(cells.len(), 25);
            for (likelihood, severity) in cells {
                let graded = matrix.grade(likelihood, severity).expect("a grade");
                assert_eq!(graded.score, likelihood * severity);
            }
        }
    }

    /// The source counts 14 of 25: one more or less would mean a mistyped cut.
    #[test]
    fn the_two_conventions_differ_in_14_cells() {
        let matrices = both();
        let differing = matrices[0]
            .cells()
            .filter(|&(l, s)| matrices[0].grade(l, s) != matrices[1].grade(l, s))
            .count();
        assert_eq!(differing, 14);
        let names: Vec<_> = matrices.iter().map(|m| m.convention.as_str()).collect();
        assert_eq!(names, ["B", "A"]);
    }

    proptest! {
        #[test]
        fn a_worse_cell_is_never_milder(
            which in 0usize..2,
            l in 1u8..=5, s in 1u8..=5, more_l in 0u8..5, more_s in 0u8..5,
        ) {
            let matrix = &both()[which];
            let here = matrix.grade(l, s).expect("a grade");
            let worse = matrix
                .grade((l + more_l).min(5), (s + more_s).min(5))
                .expect("a grade");
            prop_assert!(worse.level <= here.level);
            prop_assert!(worse.score >= here.score);
        }
    }

    #[test]
    fn a_step_that_is_not_on_the_scale_has_no_grade() {
        let matrix = crate::risk_matrix().expect("the matrix reads");
        for (likelihood, severity) in [(0, 3), (6, 3), (3, 0), (3, 255)] {
            assert!(matches!(
                matrix.grade(likelihood, severity),
                Err(PackError::Unknown { .. })
            ));
        }
    }

    /// Each line breaks the file in one place and names the field that the message must name.
    #[test]
    fn a_broken_file_is_refused_by_the_name_of_the_field() {
        for (old, new, field) in [
            ("id = \"cn/risk-ls\"", "id = \"cn/other\"", "header.id"),
            ("version = \"1\"", "version = \" \"", "header.version"),
            (
                "valid_from = \"2016-01-01\"",
                "valid_from = \"2016-02-30\"",
                "valid_from",
            ),
            ("verified = false", "", "verified"),
            ("verified = false", "verified = false\nsure = true", "sure"),
            (
                "valid_from = \"2016-01-01\"",
                "valid_from = \"2016-01-01\"\nvalid_to = \"2015-01-01\"",
                "header.valid_to",
            ),
            (
                "convention = \"B\"",
                "convention = \"\"",
                "matrix.convention",
            ),
            (
                "value = 3\nzh = \"偶",
                "value = 4\nzh = \"偶",
                "likelihood[2].value",
            ),
            ("zh = \"死亡\"", "zh = \"\"", "severity[4].zh"),
            ("level = 4", "level = 5", "grades[3].level"),
            ("level = 4", "level = 2", "grades[3].level"),
            ("from = 4\nto = 8", "from = 4\nto = 9", "grades[2].to"),
            ("from = 4\nto = 8", "from = 8\nto = 4", "grades[2].from"),
            ("from = 4\nto = 8", "from = 5\nto = 8", "grades"),
        ] {
            assert!(TEXT.contains(old), "{old} is no longer in the file");
            let error = RiskMatrix::read(FILE, &TEXT.replacen(old, new, 1))
                .expect_err(field)
                .to_string();
            assert!(error.contains(FILE), "{error}");
            assert!(error.contains(field), "{error} should name {field}");
        }
    }
}
