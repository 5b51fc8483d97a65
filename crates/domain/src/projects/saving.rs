//! What a project saves, and how that was reckoned.

use serde::{Deserialize, Serialize};

use super::text;
use crate::cases::MAX_TEXT;
use crate::ids::UserId;
use crate::problem::{Code, Problem};
use crate::time::Day;

/// The largest saving in minor units: beyond it somebody has mistyped, and sums stay far from
/// overflowing.
pub const MAX_SAVING: i64 = 1_000_000_000_000;

/// How a saving is reckoned: quantity times price times how often, less what it takes to keep it
/// up. Of a yearly one the numbers are those of one year, and only the first year counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saving {
    /// The reckoning in words.
    pub formula: String,
    /// In thousandths: 2,500 is two and a half.
    pub quantity_milli: i64,
    /// Of one, in minor units.
    pub price_minor: i64,
    /// How often.
    pub times: i64,
    /// Running costs in the same time, in minor units.
    pub less_minor: i64,
    /// The first day it is reckoned over.
    pub from_day: Day,
    /// The last day.
    pub to_day: Day,
    /// Again every year, or once.
    pub yearly: bool,
}

impl Saving {
    /// The same, tidy, with what it comes to in minor units, half a unit rounded up.
    ///
    /// # Errors
    /// `input.missing` without words, `input.invalid` for numbers below zero, days in the wrong
    /// order, and an amount below zero or beyond [`MAX_SAVING`].
    pub fn reckon(&self) -> Result<(Self, i64), Problem> {
        let formula = text(&self.formula, "formula", MAX_TEXT)?;
        if formula.is_empty() {
            return Err(Code::InputMissing.at("formula"));
        }
        for (number, path) in [
            (self.quantity_milli, "quantity_milli"),
            (self.price_minor, "price_minor"),
            (self.times, "times"),
            (self.less_minor, "less_minor"),
        ] {
            if !(0..=MAX_SAVING).contains(&number) {
                return Err(Code::InputInvalid.at(path));
            }
        }
        if self.to_day < self.from_day {
            return Err(Code::InputInvalid.at("to_day"));
        }
        let minor = i128::from(self.quantity_milli)
            .checked_mul(i128::from(self.price_minor))
            .and_then(|product| product.checked_mul(i128::from(self.times)))
            .map(|thousandths| (thousandths + 500) / 1000 - i128::from(self.less_minor))
            .and_then(|minor| i64::try_from(minor).ok())
            .filter(|minor| (0..=MAX_SAVING).contains(minor))
            .ok_or(Code::InputInvalid.at("quantity_milli"))?;
        let tidy = Self {
            formula,
            ..self.clone()
        };
        Ok((tidy, minor))
    }
}

/// A saving with what it comes to, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entered {
    /// How it is reckoned.
    pub saving: Saving,
    /// What it comes to in minor units.
    pub minor: i64,
    /// Who entered it.
    pub by: UserId,
    /// When.
    pub day: Day,
}
