//! What was answered and fixed around a wall code, for everybody who scans it.

use askama::Template;
use hezuo_domain::cases::{Category, State};

use super::Frame;

/// The page.
#[derive(Debug, Template)]
#[template(path = "done.html")]
pub struct DonePage<'a> {
    /// Language, assets, demo.
    pub frame: Frame<'a>,
    /// The part of the address after `/r/`.
    pub code: &'a str,
    /// The enterprise's name.
    pub enterprise: &'a str,
    /// The area; none for the whole enterprise.
    pub area: Option<&'a str>,
    /// The last answered first.
    pub lines: &'a [DoneLine],
}

/// One answer: what sort, what became of it, on which days. Never what was said, or by whom.
#[derive(Debug, Clone)]
pub struct DoneLine {
    /// The pictogram.
    pub category: Category,
    /// Where it stands.
    pub state: State,
    /// The day of the report.
    pub reported_day: String,
    /// Days until the first answer.
    pub days_to_answer: Option<i64>,
    /// The day it was fixed.
    pub fixed_day: Option<String>,
    /// The written answer.
    pub answer: String,
}

impl DonePage<'_> {
    fn sum(&self) -> String {
        let fixed = self.lines.iter().filter(|line| line.is_fixed()).count();
        let texts = self.frame.texts();
        let sum = texts.with("posted.sum", "n", self.lines.len());
        sum.replace("{fixed}", &fixed.to_string())
    }
}

impl DoneLine {
    fn is_fixed(&self) -> bool {
        matches!(self.state, State::Verified | State::Closed)
    }

    /// `past` for what is fixed, `now` for what is under way, `next` for what ended otherwise.
    fn look(&self) -> &'static str {
        match self.state {
            State::Verified | State::Closed => "past",
            State::Declined | State::Referred => "next",
            _ => "now",
        }
    }
}
