//! Money as integer minor units with its currency.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::problem::{Code, Problem};

/// An amount in minor units (fen, cents) of one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// Minor units; 100 minor units are one yuan.
    pub minor: i64,
    /// ISO 4217 code, such as `CNY`.
    pub currency: String,
}

impl Money {
    /// An amount that is not negative, in a three-letter currency.
    pub fn new(minor: i64, currency: &str) -> Result<Self, Problem> {
        let is_code = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
        if minor < 0 || !is_code {
            return Err(Code::InputInvalid.at("money"));
        }
        Ok(Self {
            minor,
            currency: currency.to_owned(),
        })
    }

    /// How many decimals the currency has (ISO 4217): none, three, or two like most.
    pub fn decimals(&self) -> u32 {
        match self.currency.as_str() {
            "CLP" | "ISK" | "JPY" | "KRW" | "PYG" | "UGX" | "VND" | "XAF" | "XOF" | "XPF" => 0,
            "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
            _ => 2,
        }
    }

    /// Adds an amount of the same currency; `None` where the currencies differ or the sum overflows.
    pub fn checked_add(&self, other: &Self) -> Option<Self> {
        if self.currency != other.currency {
            return None;
        }
        let minor = self.minor.checked_add(other.minor)?;
        Some(Self {
            minor,
            currency: self.currency.clone(),
        })
    }
}

impl fmt::Display for Money {
    /// As it stands on a paper: `CNY 1,234.50`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = (self.minor / 100).to_string();
        write!(f, "{} ", self.currency)?;
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        write!(f, ".{:02}", self.minor % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_with_thousands_and_two_places() {
        for (minor, wanted) in [
            (0, "CNY 0.00"),
            (5, "CNY 0.05"),
            (10_000, "CNY 100.00"),
            (123_456_789, "CNY 1,234,567.89"),
        ] {
            assert_eq!(Money::new(minor, "CNY").unwrap().to_string(), wanted);
        }
    }
}
