//! The demo's texts, read from `texts.toml`.

use std::collections::HashMap;

use hezuo_domain::cases::{Category, Kind};
use serde::Deserialize;

use crate::demo::factories::Profile;
use crate::{Failure, Result};

const FILE: &str = include_str!("../texts.toml");
const PARTS: &str = include_str!("../parts.toml");

/// The language in which something is said and answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Language {
    /// Chinese, with a few reports in English.
    #[default]
    Zh,
    /// English throughout.
    En,
}

/// Two lists of the same texts.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Both<T> {
    zh: T,
    en: T,
}

impl<T> Both<T> {
    pub(super) fn of(&self, language: Language) -> &T {
        match language {
            Language::Zh => &self.zh,
            Language::En => &self.en,
        }
    }
}

/// What becomes of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Way {
    Plan,
    Spot,
    Decline,
    Refer,
}

impl Way {
    /// How many texts it needs.
    fn texts(self) -> usize {
        match self {
            Self::Plan => 4,
            Self::Spot | Self::Refer => 3,
            Self::Decline => 2,
        }
    }
}

/// Something that is said, with all that is said about it later.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Said {
    category: String,
    /// Where, by what the factories call their places for the texts.
    #[serde(default)]
    pub(super) areas: Vec<String>,
    /// Made of a machine and what is wrong with it.
    #[serde(skip)]
    pub(super) is_made: bool,
    pub(super) way: Way,
    pub(super) grade: Option<[u8; 2]>,
    #[serde(default)]
    pub(super) yuan: i64,
    #[serde(default)]
    pub(super) major: bool,
    pub(super) picture: Option<String>,
    #[serde(flatten)]
    words: Both<Vec<String>>,
    pub(super) again: Option<Both<String>>,
}

impl Said {
    pub(super) fn category(&self) -> Category {
        Category::parse(&self.category).unwrap_or(Category::Other)
    }

    pub(super) fn is_hazard(&self) -> bool {
        self.category().kind() == Kind::Hazard
    }

    /// What was said.
    pub(super) fn said(&self, language: Language) -> &str {
        self.word(language, 0)
    }

    /// The written answer.
    pub(super) fn answer(&self, language: Language) -> &str {
        self.word(language, 1)
    }

    /// The measure, or to whom it was referred.
    pub(super) fn third(&self, language: Language) -> &str {
        self.word(language, 2)
    }

    /// What the fixer writes: always the last.
    pub(super) fn note(&self, language: Language) -> &str {
        self.word(language, self.way.texts() - 1)
    }

    fn word(&self, language: Language, at: usize) -> &str {
        let words = self.words.of(language);
        words.get(at).map_or("", String::as_str)
    }
}

/// What may be wrong with a machine.
#[derive(Debug, Deserialize)]
struct Parts {
    defect: Vec<Said>,
}

impl Said {
    /// The same of one machine.
    fn of(&self, place: &str, zh: &str, en: &str) -> Self {
        let fill = |texts: &[String], name: &str| -> Vec<String> {
            let filled = texts.iter().map(|text| capital(&text.replace("{m}", name)));
            filled.collect()
        };
        Self {
            areas: vec![place.to_owned()],
            is_made: true,
            words: Both {
                zh: fill(&self.words.zh, zh),
                en: fill(&self.words.en, en),
            },
            ..self.clone()
        }
    }
}

/// A sentence begins with a capital letter, also where it begins with a machine.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// All texts.
#[derive(Debug, Deserialize)]
pub(super) struct Texts {
    pub(super) said: Vec<Said>,
    /// By category: the responsible post, and what protects people until it is done.
    post: HashMap<String, Both<[String; 2]>>,
    pub(super) merge: Both<String>,
    pub(super) send_back: Both<Vec<String>>,
    pub(super) verify: Both<Vec<String>>,
    /// The last one is "not yet".
    pub(super) verdict: Both<Vec<String>>,
}

impl Texts {
    /// Reads the files that are compiled in, as far as they fit a factory: what is said of places
    /// that it has, and of each of its machines everything that may be wrong with one.
    pub(super) fn read(factory: &Profile) -> Result<Self> {
        let broken =
            |file: &str, error: toml::de::Error| Failure::Other(format!("{file}: {error}"));
        let mut texts: Self = toml::from_str(FILE).map_err(|error| broken("texts.toml", error))?;
        let parts: Parts = toml::from_str(PARTS).map_err(|error| broken("parts.toml", error))?;
        let has = |area: &String| factory.places.iter().any(|it| it.0 == area);
        texts.said.retain(|said| said.areas.iter().all(has));
        for (place, zh, en) in factory.machines {
            let made = parts.defect.iter().map(|defect| defect.of(place, zh, en));
            texts.said.extend(made);
        }
        for said in &texts.said {
            let wanted = said.way.texts();
            let is_whole = said.words.zh.len() == wanted
                && said.words.en.len() == wanted
                && Category::parse(&said.category).is_some()
                && texts.post.contains_key(&said.category)
                && (said.way != Way::Plan || !said.is_hazard() || said.grade.is_some());
            if !is_whole {
                let text = said.said(Language::En);
                return Err(Failure::Other(format!("the text \"{text}\" is not whole")));
            }
        }
        Ok(texts)
    }

    /// The responsible post, and what protects people until it is done.
    pub(super) fn post(&self, said: &Said, language: Language) -> (&str, &str) {
        match self.post.get(&said.category) {
            Some(both) => {
                let [post, contingency] = both.of(language);
                (post, contingency)
            }
            None => ("", ""),
        }
    }
}

/// The picture of the finding, and that of the repair.
pub(in crate::demo) fn picture(name: &str, is_after: bool) -> Option<&'static [u8]> {
    macro_rules! pictures {
        ($($name:literal)*) => {
            match (name, is_after) {
                $(($name, false) => {
                    Some(include_bytes!(concat!("../pictures/", $name, "-before.jpg")))
                }
                ($name, true) => {
                    Some(include_bytes!(concat!("../pictures/", $name, "-after.jpg")))
                })*
                _ => None,
            }
        };
    }
    pictures!("exit" "guard" "oil" "socket")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::factories::PROFILES;

    #[test]
    fn every_text_is_there_in_both_languages() {
        for factory in &PROFILES {
            let texts = Texts::read(factory).unwrap();
            assert!(texts.said.len() >= 90, "{}", factory.name);
            let is_open = |said: &Said| said.said(Language::En).contains("{m}");
            assert!(!texts.said.iter().any(is_open));
        }
        let texts = Texts::read(&PROFILES[0]).unwrap();
        for category in Category::ALL {
            let count = texts
                .said
                .iter()
                .filter(|it| it.category() == *category)
                .count();
            assert!(count >= 4, "{} has {count} texts", category.as_str());
        }
        for said in &texts.said {
            for language in [Language::Zh, Language::En] {
                let has_empty = said.words.of(language).iter().any(String::is_empty);
                assert!(!has_empty, "{}", said.said(language));
            }
            if let Some(name) = &said.picture {
                assert!(picture(name, false).is_some() && picture(name, true).is_some());
            }
        }
    }
}
