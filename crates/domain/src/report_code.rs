//! The code with which a worker comes back to a report. It is made on the phone; the server
//! sees only what is derived from it and can't reverse that. Without a script the server makes it.

use hkdf::Hkdf;
use sha2::Sha256;
use std::fmt;

use crate::commitment::{Hash, digest, hex, unhex};
use crate::problem::{Code, Problem};
use crate::time::Random;

/// Crockford's base 32: no I, L, O or U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Encodes bits five at a time, the highest first; the caller gives a multiple of five bits.
pub(crate) fn crockford(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 8 / 5);
    let mut pending = 0_u32;
    let mut bits = 0;
    for byte in bytes {
        pending = (pending << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(ALPHABET[(pending >> bits & 31) as usize]));
        }
    }
    text
}

/// Reads characters as people type them: any case, spaces and dashes anywhere, `O` for `0`, `I` and
/// `L` for `1`, full-width forms of a Chinese keyboard. `None` where one is no character of a code.
pub(crate) fn crockford_values(text: &str) -> Option<Vec<usize>> {
    let mut values = Vec::new();
    for character in text.chars() {
        let character = match character {
            '\u{FF01}'..='\u{FF5E}' => {
                char::from_u32(u32::from(character) - 0xFEE0).unwrap_or(character)
            }
            other => other,
        };
        if character.is_whitespace() || matches!(character, '-' | '–' | '—' | '·') {
            continue;
        }
        let upper = match character.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        values.push(
            ALPHABET
                .iter()
                .position(|known| char::from(*known) == upper)?,
        );
    }
    Some(values)
}

/// The characters of a code in groups of four.
pub(crate) fn grouped(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (at, character) in text.chars().enumerate() {
        if at > 0 && at % 4 == 0 {
            f.write_str(" ")?;
        }
        write!(f, "{character}")?;
    }
    Ok(())
}

/// The character that stands for a value below 32.
pub(crate) fn crockford_character(value: usize) -> char {
    char::from(ALPHABET[value & 31])
}

/// A report code: 120 random bits, shown as six groups of four characters.
#[derive(Clone, PartialEq, Eq)]
pub struct ReportCode(pub(crate) [u8; 15]);

impl ReportCode {
    /// Draws a code.
    pub fn random(random: &dyn Random) -> Self {
        let mut bytes = [0; 15];
        random.fill(&mut bytes);
        Self(bytes)
    }

    /// Reads a code as people type it: any case, spaces and dashes anywhere, `O` for `0`,
    /// `I` and `L` for `1`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let unknown = || Code::ReportCodeUnknown.problem();
        let values = crockford_values(text).ok_or_else(unknown)?;
        if values.len() != 24 {
            return Err(unknown());
        }
        let mut bytes = [0; 15];
        for (at, value) in values.into_iter().enumerate() {
            for bit in 0..5 {
                if value >> (4 - bit) & 1 == 1 {
                    let place = at * 5 + bit;
                    bytes[place / 8] |= 128 >> (place % 8);
                }
            }
        }
        Ok(Self(bytes))
    }

    /// What the phone sends instead of the code: HKDF-SHA256 with the info text
    /// `hezuo report lookup v1`. 120 random bits need no stretching (decision 0002).
    pub fn lookup(&self) -> Lookup {
        let mut lookup = [0; 32];
        let expanded =
            Hkdf::<Sha256>::new(None, &self.0).expand(b"hezuo report lookup v1", &mut lookup);
        debug_assert!(expanded.is_ok(), "32 bytes are within HKDF's limit");
        Lookup(lookup)
    }
}

impl fmt::Display for ReportCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        grouped(&crockford(&self.0), f)
    }
}

/// What a page gives its form along, for a browser without a script: the report code follows from it and
/// from all that was filled in. The same form sent again, as after an answer that got lost, has the same
/// code; whoever fills in something else on a page that was left open gets one of his own.
#[derive(Clone, PartialEq, Eq)]
pub struct FormSeed(Hash);

impl FormSeed {
    /// Draws a seed.
    pub fn random(random: &dyn Random) -> Self {
        let mut bytes = [0; 32];
        random.fill(&mut bytes);
        Self(bytes)
    }

    /// Reads a seed as it stands in the form.
    pub fn parse(text: &str) -> Option<Self> {
        unhex(text).map(Self)
    }

    /// The code of the report with this content: HKDF-SHA256 with the info text `hezuo form code v1` and
    /// the content's digest.
    pub fn code(&self, content: &Hash) -> ReportCode {
        let mut code = [0; 15];
        let info = [b"hezuo form code v1".as_slice(), content].concat();
        let expanded = Hkdf::<Sha256>::new(None, &self.0).expand(&info, &mut code);
        debug_assert!(expanded.is_ok(), "15 bytes are within HKDF's limit");
        ReportCode(code)
    }
}

impl fmt::Display for FormSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

/// What is derived from a report code; whoever holds it holds the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Lookup(pub Hash);

impl Lookup {
    /// What the server stores: SHA-256 of the lookup, so that a copy of the table opens nothing.
    pub fn stored(&self) -> Hash {
        digest(&self.0)
    }

    /// The key that seals what has arrived of an upload until the rest of it comes. Nobody stores what it is
    /// derived from, so a copy of the database opens nothing.
    pub fn parts_key(&self) -> Hash {
        let mut key = [0; 32];
        let expanded = Hkdf::<Sha256>::new(None, &self.0).expand(b"hezuo parts v1", &mut key);
        debug_assert!(expanded.is_ok(), "32 bytes are within HKDF's limit");
        key
    }

    /// The key that seals what an intake keeps for the holder of the code. It is derived from what
    /// only the phone sends and nobody stores, so a copy of the intake opens nothing.
    pub fn standing_key(&self) -> Hash {
        let mut key = [0; 32];
        let expanded = Hkdf::<Sha256>::new(None, &self.0).expand(b"hezuo standing v1", &mut key);
        debug_assert!(expanded.is_ok(), "32 bytes are within HKDF's limit");
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commitment::hex;
    use crate::time::SeededRandom;
    use proptest::prelude::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = ReportCode::random(&SeededRandom::new(1));
        let shown = code.to_string();
        assert_eq!(shown.len(), 29);
        let sloppy = shown
            .to_lowercase()
            .replace(' ', "-")
            .replace('0', "o")
            .replace('1', "l");
        assert!(ReportCode::parse(&sloppy).unwrap() == code);
        let wide = |it: char| {
            if it == ' ' {
                '\u{3000}'
            } else {
                char::from_u32(u32::from(it) + 0xFEE0).unwrap()
            }
        };
        let wide: String = shown.chars().map(wide).collect();
        assert!(
            ReportCode::parse(&wide).unwrap() == code,
            "as a Chinese keyboard types it"
        );
        for wrong in [
            "",
            "ABCD",
            &shown[1..],
            &format!("{shown}0"),
            &shown.replace(' ', "!"),
        ] {
            assert!(ReportCode::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_lookup_is_that_of_an_independent_implementation() {
        // Computed with Python's hmac and hashlib after RFC 5869.
        let code = ReportCode(*b"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e");
        assert_eq!(code.to_string(), "000G 40R4 0M30 E209 185G R38E");
        assert_eq!(hex(&code.lookup().0), LOOKUP_OF_COUNTING_BYTES);
    }

    #[test]
    fn the_code_of_a_form_is_that_of_an_independent_implementation() {
        // Computed with Python's hmac and hashlib after RFC 5869.
        let seed = FormSeed::parse(&"07".repeat(32)).unwrap();
        assert_eq!(seed.to_string(), "07".repeat(32));
        let code = seed.code(&digest(b"all that was filled in"));
        assert_eq!(code.to_string(), CODE_OF_A_FORM);
        assert!(seed.code(&digest(b"something else")) != code);
        let other = FormSeed::random(&SeededRandom::new(1));
        assert!(other.code(&digest(b"all that was filled in")) != code);
        assert!(FormSeed::parse("07").is_none());
    }

    const CODE_OF_A_FORM: &str = "NWJ8 VZ7H PKKY 4VWJ W6Q6 E8P3";

    const LOOKUP_OF_COUNTING_BYTES: &str =
        "e4616112d94a2f248f47cdee6264b0fb290999ed804d78b62633fd39fc222b25";

    proptest! {
        #[test]
        fn every_code_survives_its_text(bytes: [u8; 15]) {
            let code = ReportCode(bytes);
            prop_assert!(ReportCode::parse(&code.to_string()).unwrap() == code);
        }
    }
}
