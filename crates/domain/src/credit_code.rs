//! The unified social credit code of a Chinese organisation (GB 32100-2015).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::problem::{Code, Problem};

/// The alphabet leaves out I, O, S, V and Z; a character's place in it is its value.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

const LENGTH: usize = 18;

/// A code of the right form. Whether its check digit is right is told beside it, see [`CreditCode::parse`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CreditCode(String);

/// What the last character says about the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckDigit {
    /// The last character is the one that the rule gives.
    Valid,
    /// It is another one: a slip, or one of the real codes of early pilot places that never followed the rule.
    Differs,
}

impl CreditCode {
    /// Reads a code as people type it: spaces around it and small letters do no harm.
    ///
    /// A check digit that differs is told and accepted, because real codes have one.
    pub fn parse(text: &str) -> Result<(Self, CheckDigit), Problem> {
        let malformed = || Code::CreditCodeMalformed.at("credit_code");
        let code = text.trim().to_ascii_uppercase();
        if code.chars().count() != LENGTH {
            return Err(malformed());
        }
        let mut sum = 0;
        let mut weight = 1;
        let mut last = 0;
        for (position, character) in (1..).zip(code.chars()) {
            let value = value(character).ok_or_else(malformed)?;
            if position == LENGTH {
                last = value;
            } else {
                sum += value * weight;
                weight = weight * 3 % ALPHABET.len();
            }
        }
        let expected = (ALPHABET.len() - sum % ALPHABET.len()) % ALPHABET.len();
        let digit = if last == expected {
            CheckDigit::Valid
        } else {
            CheckDigit::Differs
        };
        Ok((Self(code), digit))
    }

    /// The code in capital letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn value(character: char) -> Option<usize> {
    ALPHABET
        .iter()
        .position(|&known| char::from(known) == character)
}

impl fmt::Display for CreditCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for CreditCode {
    type Error = Problem;
    fn try_from(text: String) -> Result<Self, Problem> {
        Self::parse(&text).map(|(code, _)| code)
    }
}

impl From<CreditCode> for String {
    fn from(code: CreditCode) -> Self {
        code.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digit(text: &str) -> CheckDigit {
        CreditCode::parse(text).expect("a credit code").1
    }

    #[test]
    fn codes_that_follow_the_rule_pass() {
        for code in ["91350100M000100Y43", "11100000MB0143028R"] {
            assert_eq!(digit(code), CheckDigit::Valid, "{code}");
        }
    }

    /// Real codes of the early pilot in Fujian and Xiamen: whoever rejects them locks real firms out.
    #[test]
    fn real_codes_that_break_the_rule_are_told_and_accepted() {
        for code in [
            "91350100M0001TGQXM",
            "91350211M0000XUF46",
            "91350203M0001FUE2P",
        ] {
            assert_eq!(digit(code), CheckDigit::Differs, "{code}");
        }
    }

    #[test]
    fn one_changed_character_is_noticed() {
        let good = "91350100M000100Y43";
        for position in 0..LENGTH {
            for &other in ALPHABET {
                let mut bytes = good.as_bytes().to_vec();
                if bytes[position] == other {
                    continue;
                }
                bytes[position] = other;
                let changed = String::from_utf8(bytes).expect("ASCII");
                assert_eq!(digit(&changed), CheckDigit::Differs, "{changed}");
            }
        }
    }

    #[test]
    fn spaces_around_and_small_letters_do_no_harm() {
        let (code, digit) = CreditCode::parse(" 91350100m000100y43\n").expect("a credit code");
        assert_eq!(code.as_str(), "91350100M000100Y43");
        assert_eq!(digit, CheckDigit::Valid);
    }

    #[test]
    fn what_is_no_code_is_refused_with_a_stable_reason() {
        for text in [
            "",
            "91350100M000100Y4",
            "91350100M000100Y433",
            "91350100M000100Y4O",
            "91350100M000100Y4-",
            "９1350100M000100Y43",
            "浙江省湖州市南浔区练市镇工业园区一二",
        ] {
            let problem = CreditCode::parse(text).expect_err(text);
            assert_eq!(
                problem,
                Code::CreditCodeMalformed.at("credit_code"),
                "{text}"
            );
        }
    }
}
