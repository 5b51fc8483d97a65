//! Money as integer minor units with its currency.

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
