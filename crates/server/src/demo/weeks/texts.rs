//! The demo's texts, read from `texts.toml`.

use std::collections::HashMap;

use hezuo_domain::cases::{Category, Kind};
use serde::Deserialize;

use crate::{Failure, Result};

const FILE: &str = include_str!("../texts.toml");

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
#[derive(Debug, Deserialize)]
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
#[derive(Debug, Deserialize)]
pub(super) struct Said {
    category: String,
    /// First English words of the areas' names.
    pub(super) areas: Vec<String>,
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
    /// Reads the file that is compiled in.
    pub(super) fn read() -> Result<Self> {
        let texts: Self =
            toml::from_str(FILE).map_err(|error| Failure::Other(format!("texts.toml: {error}")))?;
        for said in &texts.said {
            let wanted = said.way.texts();
            let is_whole = said.words.zh.len() == wanted
                && said.words.en.len() == wanted
                && Category::parse(&said.category).is_some()
                && texts.post.contains_key(&said.category)
                && (said.way != Way::Plan || !said.is_hazard() || said.grade.is_some());
            if !is_whole {
                let text = said.said(Language::En);
                return Err(Failure::Other(format!(
                    "texts.toml: \"{text}\" is not whole"
                )));
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

    #[test]
    fn every_text_is_there_in_both_languages() {
        let texts = Texts::read().unwrap();
        assert!(texts.said.len() >= 50);
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
