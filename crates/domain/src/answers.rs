//! What helps a team to answer everybody: how alike two texts are, what may be asked back, and
//! after how many days a missing answer is late.

use std::collections::HashMap;

use crate::cases::{Case, Source, State};
use crate::problem::{Code, Problem};

/// Days after which an unanswered report is late. A working rule of ours, not of any law: the
/// delay of answers is the health figure of a suggestion scheme (score-programme §7, point 4).
pub const ANSWER_DAYS: i64 = 7;

/// From here on two texts are worth showing beside each other, in percent.
pub const ALIKE: u8 = 35;

/// Characters of one question or reply.
pub const MAX_MESSAGE: usize = 1000;

/// Questions and replies of one case.
pub const MAX_MESSAGES: usize = 60;

/// How alike two texts are, in percent: twice their common pairs of characters over all pairs
/// (Dice). Pairs need no word boundaries, so Chinese and English are compared alike; spaces,
/// signs and case do not count.
pub fn likeness(a: &str, b: &str) -> u8 {
    let (a, b) = (pairs(a), pairs(b));
    let all: usize = a.values().sum::<usize>() + b.values().sum::<usize>();
    if all == 0 {
        return 0;
    }
    let common: usize = a
        .iter()
        .map(|(pair, n)| (*n).min(b.get(pair).copied().unwrap_or(0)))
        .sum();
    u8::try_from(200 * common / all).unwrap_or(100)
}

fn pairs(text: &str) -> HashMap<(char, char), usize> {
    let plain: Vec<char> = text
        .chars()
        .filter(|char| char.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    let mut pairs = HashMap::new();
    for pair in plain.windows(2) {
        *pairs.entry((pair[0], pair[1])).or_default() += 1;
    }
    pairs
}

/// Who said something in a conversation about a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Somebody who answers for the team.
    Team,
    /// Whoever holds the report code.
    Reporter,
}

impl Side {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Team => "team",
            Self::Reporter => "reporter",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Team, Self::Reporter]
            .into_iter()
            .find(|side| side.as_str() == word)
    }
}

/// Whether somebody holds a code by which a question reaches him: an imported record, or a card
/// that somebody else wrote down, has no such person. A merged or closed case is finished with.
pub fn has_listener(case: &Case) -> bool {
    matches!(case.source, Source::Phone | Source::Form)
        && !matches!(case.state, State::Merged | State::Closed)
}

/// Checks a question or reply before it is kept; `present` counts those that are there.
///
/// # Errors
/// `answer.nobody_listens`, `answer.too_many`, `input.missing`, `input.too_long`.
pub fn check_message(case: &Case, present: usize, text: &str) -> Result<String, Problem> {
    if !has_listener(case) {
        return Err(Code::NobodyListens.problem());
    }
    check_words(present, text)
}

/// The part of [`check_message`] that needs no case: the intake knows none.
///
/// # Errors
/// `answer.too_many`, `input.missing`, `input.too_long`.
pub fn check_words(present: usize, text: &str) -> Result<String, Problem> {
    let text = text.trim();
    if present >= MAX_MESSAGES {
        return Err(Code::MessagesTooMany.problem());
    }
    if text.is_empty() {
        return Err(Code::InputMissing.at("text"));
    }
    if text.chars().count() > MAX_MESSAGE {
        return Err(Code::InputTooLong.at("text"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_same_thing_said_differently_is_found_and_another_thing_is_not() {
        let first = "2号冲床的防护罩松了，手容易碰到";
        assert!(likeness(first, "冲床2号防护罩松动") >= ALIKE);
        assert!(likeness(first, "食堂的地面很滑") < ALIKE);
        let guard = "The guard of press 2 is loose";
        assert!(likeness(guard, "press 2: guard loose!") >= ALIKE);
        assert!(likeness(guard, "water on the stairs of the canteen") < ALIKE);
    }

    #[test]
    fn nothing_is_like_nothing() {
        assert_eq!(likeness("", ""), 0);
        assert_eq!(likeness("!", "?"), 0);
    }

    proptest! {
        #[test]
        fn likeness_is_mutual_and_bounded(a in "\\PC{0,40}", b in "\\PC{0,40}") {
            prop_assert_eq!(likeness(&a, &b), likeness(&b, &a));
            prop_assert!(likeness(&a, &b) <= 100);
        }

        #[test]
        fn a_text_is_wholly_like_itself(text in "[a-z一-龥]{2,40}") {
            prop_assert_eq!(likeness(&text, &text.to_uppercase()), 100);
        }
    }
}
