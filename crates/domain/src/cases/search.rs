//! By which words a case is found.
//!
//! Chinese is written without spaces, so each two characters that stand beside each other are a word: a
//! search for 触电 looks for one word, one for 触电危险 for three. A single character is no word: in a
//! factory of any size it would find nearly everything.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

use super::reference;
use crate::ids::CaseId;
use crate::time::Day;
use crate::{Code, Problem};

/// The longest search, in characters.
pub const MAX_SEARCH: usize = 100;

/// The most words of one search: more of them narrow nothing any further.
const MAX_WANTED: usize = 24;

/// The longest word of letters or digits, in characters; what is longer is cut.
const MAX_WORD: usize = 32;

/// The words of a text: pairs of neighbouring Chinese, Japanese or Korean characters, and whole words of
/// other letters and digits, in small letters. Broad and narrow forms are the same.
pub fn words(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut word = String::new();
    let mut before: Option<char> = None;
    let spelt = text.nfkc().flat_map(char::to_lowercase);
    for character in spelt.chain([' ']) {
        let is_dense = is_dense(character);
        let is_part = !is_dense && (character.is_alphanumeric() || is_mark(character));
        if !is_part && !word.is_empty() {
            found.insert(std::mem::take(&mut word));
        }
        if is_part && word.chars().count() < MAX_WORD {
            word.push(character);
        }
        if let Some(before) = before.filter(|_| is_dense) {
            found.insert([before, character].iter().collect());
        }
        before = is_dense.then_some(character);
    }
    found
}

/// A mark that belongs to the letter before it.
fn is_mark(character: char) -> bool {
    unicode_normalization::char::is_combining_mark(character)
}

/// Written without spaces between words.
fn is_dense(character: char) -> bool {
    matches!(character,
        '\u{3040}'..='\u{30FF}'
        | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7AF}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFF}')
}

/// The words by which a case is found: those of what was said, and of the short reference, in one piece
/// and in two. Nothing else that is known of it: no name, and nothing that was said apart.
pub fn words_of(case: CaseId, text: &str) -> BTreeSet<String> {
    let mut found = words(text);
    let reference = reference(case);
    found.extend(words(&reference));
    found.extend(words(&reference.replace('-', "")));
    found
}

/// The words that a search asks for: a case must have all of them.
///
/// # Errors
/// `search.too_short` where there is no word in it, `input.invalid` where it is too long.
pub fn wanted(search: &str) -> Result<Vec<String>, Problem> {
    if search.chars().count() > MAX_SEARCH {
        return Err(Code::InputInvalid.at("q"));
    }
    let found: Vec<String> = words(search).into_iter().take(MAX_WANTED).collect();
    if found.is_empty() {
        return Err(Code::SearchTooShort.at("q"));
    }
    Ok(found)
}

/// Where a case stands among those that are found, the greatest first: by its day, and within a day by its
/// random id, as in every list. What is found can so be had page by page without being put in order.
pub fn standing(day: Day, case: CaseId) -> i64 {
    let day = day.0.clamp(i64::from(i16::MIN), i64::from(i16::MAX));
    let id = i64::try_from(case.0.as_u128() >> 80).unwrap_or(i64::MAX);
    (day << 48) | id
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn all(text: &str) -> Vec<String> {
        words(text).into_iter().collect()
    }

    #[test]
    fn neighbouring_characters_are_words_and_letters_stay_together() {
        assert_eq!(all("触电危险"), ["危险", "电危", "触电"]);
        assert_eq!(
            all("The Ladder, 2nd floor"),
            ["2nd", "floor", "ladder", "the"]
        );
        assert_eq!(all("3号炉 漏油"), ["3", "号炉", "漏油"]);
        assert_eq!(all("火"), Vec::<String>::new());
        assert_eq!(
            all("ＣＮＣ－５机床"),
            ["5", "cnc", "机床"],
            "broad forms are narrow ones"
        );
        assert_eq!(all("油,水"), Vec::<String>::new(), "a comma parts");
        assert_eq!(
            words(&"x".repeat(500)).iter().map(String::len).max(),
            Some(MAX_WORD)
        );
    }

    #[test]
    fn a_search_needs_a_word() {
        assert_eq!(wanted("触电").expect("a word"), ["触电"]);
        assert_eq!(
            wanted("火 3号").expect("a word"),
            ["3"],
            "what is no word narrows nothing"
        );
        for none in ["", " ", "火", "！？"] {
            assert_eq!(
                wanted(none).expect_err("no word").code,
                Code::SearchTooShort
            );
        }
        assert_eq!(
            wanted(&"长".repeat(101)).expect_err("too long").code,
            Code::InputInvalid
        );
    }

    #[test]
    fn a_case_is_found_by_its_reference_as_people_write_it() {
        let case = CaseId(Uuid::from_u128(0x1234_5678_9abc_4def_8123_4567_89ab_cdef));
        let found = words_of(case, "");
        for spelt in [
            reference(case),
            reference(case).replace('-', "").to_lowercase(),
        ] {
            assert!(
                wanted(&spelt)
                    .expect("words")
                    .iter()
                    .all(|word| found.contains(word))
            );
        }
    }

    proptest! {
        #[test]
        fn every_part_of_a_text_finds_it(text in "\\PC{0,60}", from in 0_usize..60, length in 1_usize..20) {
            // Parts are cut where a word ends; Chinese may be cut anywhere.
            let dense: String = text.nfkc().filter(|it| is_dense(*it)).collect();
            let part: String = dense.chars().skip(from).take(length).collect();
            let found = words(&dense);
            prop_assert!(words(&part).is_subset(&found));
        }

        #[test]
        fn the_standing_is_the_order_of_lists(
            one in (-30_000_i64..30_000, any::<u128>()), other in (-30_000_i64..30_000, any::<u128>()),
        ) {
            let id = |it: u128| CaseId(uuid::Builder::from_random_bytes(it.to_be_bytes()).into_uuid());
            let (one, other) = ((Day(one.0), id(one.1)), (Day(other.0), id(other.1)));
            let by_number = standing(one.0, one.1).cmp(&standing(other.0, other.1));
            if by_number.is_ne() {
                prop_assert_eq!(by_number, one.cmp(&other));
            }
        }
    }
}
