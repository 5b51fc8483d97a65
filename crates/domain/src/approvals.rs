//! Letting a browser in from a phone that is signed in: the browser shows a code, by which the phone finds it,
//! and a number, which stands nowhere else and must be typed on the phone.

/// Seconds within which a browser is let in.
pub const SECONDS: i64 = 120;

/// What became of a browser that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nobody has said anything yet.
    Waiting,
    /// Its owner lets it in.
    Approved,
    /// Whoever was asked does not let it in, or typed another number.
    Refused,
}

impl State {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Approved => "approved",
            Self::Refused => "refused",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        let all = [Self::Waiting, Self::Approved, Self::Refused];
        all.into_iter().find(|it| it.as_str() == word)
    }
}

/// The number that follows from chance: always two figures.
pub fn number(chance: u8) -> i64 {
    10 + i64::from(chance) % 90
}

/// What somebody says on the phone about a browser that waits.
pub fn said(shown: i64, typed: &str, lets_in: bool) -> State {
    if lets_in && typed.trim().parse() == Ok(shown) {
        State::Approved
    } else {
        // One guess: whoever does not see the screen is right once in ninety times.
        State::Refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn only_the_number_that_stands_on_the_screen_lets_in(chance: u8, typed in "\\PC{0,4}", lets_in: bool) {
            let shown = number(chance);
            prop_assert!((10..=99).contains(&shown));
            let is_right = typed.trim().parse::<i64>() == Ok(shown);
            let approved = said(shown, &typed, lets_in) == State::Approved;
            prop_assert_eq!(approved, lets_in && is_right);
            prop_assert_eq!(said(shown, &format!(" {shown}"), true), State::Approved);
            prop_assert_eq!(said(shown, &shown.to_string(), false), State::Refused);
        }
    }

    #[test]
    fn the_words_are_read_back() {
        for state in [State::Waiting, State::Approved, State::Refused] {
            assert_eq!(State::parse(state.as_str()), Some(state));
        }
    }
}
