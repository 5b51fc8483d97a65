//! The code against which an anonymous reward is paid: used once, showing an amount and nothing
//! else. It is derived from the report code on the phone, so that there is nothing more to keep;
//! whoever is shown it can't find the report behind it.

use std::fmt;

use hkdf::Hkdf;
use sha2::Sha256;

use crate::commitment::Hash;
use crate::problem::{Code, Problem};
use crate::report_code::{ReportCode, crockford, crockford_character, crockford_values, grouped};

/// How many characters a pay code has: 60 bits.
const LENGTH: usize = 12;

/// A pay code, shown as three groups of four characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayCode(String);

impl PayCode {
    /// The pay code of a report: the first 60 bits of HKDF-SHA256 over the report code, with an info
    /// text of its own, so that neither leads to the other's look-up value.
    pub fn of(report: &ReportCode) -> Self {
        let mut bytes = [0; 8];
        let expanded =
            Hkdf::<Sha256>::new(None, &report.0).expand(b"hezuo pay code v1", &mut bytes);
        debug_assert!(expanded.is_ok(), "8 bytes are within HKDF's limit");
        let mut text = crockford(&bytes);
        text.truncate(LENGTH);
        Self(text)
    }

    /// Reads a code as people type it.
    ///
    /// # Errors
    /// `reward.pay_code_unknown`, as for any wrong code.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let values = crockford_values(text).filter(|values| values.len() == LENGTH);
        let values = values.ok_or(Code::PayCodeUnknown.problem())?;
        Ok(Self(values.into_iter().map(crockford_character).collect()))
    }

    /// What the server keeps a keyed hash of. The phone sends this when it takes the code.
    pub fn lookup(&self) -> PayLookup {
        let mut lookup = [0; 32];
        let expanded = Hkdf::<Sha256>::new(None, self.0.as_bytes())
            .expand(b"hezuo pay lookup v1", &mut lookup);
        debug_assert!(expanded.is_ok(), "32 bytes are within HKDF's limit");
        PayLookup(lookup)
    }
}

impl fmt::Display for PayCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        grouped(&self.0, f)
    }
}

/// What is derived from a pay code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PayLookup(pub Hash);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commitment::hex;

    #[test]
    fn it_is_that_of_an_independent_implementation() {
        // Computed with Python's hmac and hashlib after RFC 5869.
        let report = ReportCode(*b"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e");
        let code = PayCode::of(&report);
        assert_eq!(code.to_string(), CODE_OF_COUNTING_BYTES);
        assert_eq!(hex(&code.lookup().0), LOOKUP_OF_COUNTING_BYTES);
        assert_ne!(code.lookup().0, report.lookup().0);
    }

    const CODE_OF_COUNTING_BYTES: &str = "CZ56 WWS9 TW4Y";
    const LOOKUP_OF_COUNTING_BYTES: &str =
        "26a614ff373427852b293dd1d78478b8c6dc9426a9797e20c8f2459dcf2e781d";

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = PayCode::parse("0o1l-abcd efgh").unwrap();
        assert_eq!(code.to_string(), "0011 ABCD EFGH");
        for wrong in ["", "0011 ABCD EFG", "0011 ABCD EFGH 0", "0011 ABCD EFG!"] {
            assert_eq!(
                PayCode::parse(wrong),
                Err(Code::PayCodeUnknown.problem()),
                "{wrong}"
            );
        }
    }
}
