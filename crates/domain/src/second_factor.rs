//! The second factor: a code of six figures that an app on the phone makes anew every half minute (TOTP,
//! RFC 6238), and recovery codes on paper for the day on which the phone is gone.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use crate::time::Instant;

/// Bytes of a secret: as many as SHA-1 gives, as RFC 4226 recommends.
pub const SECRET_BYTES: usize = 20;

/// Recovery codes that are made at one time.
pub const RECOVERY_CODES: usize = 10;

/// Minutes for the second step of signing in.
pub const STEP_MINUTES: i64 = 5;

/// Seconds for which a code holds.
const PERIOD: i64 = 30;

/// Clocks of phones go wrong by so many periods.
const DRIFT: i64 = 1;

/// The period in which an instant lies.
pub fn period(now: Instant) -> i64 {
    now.0.div_euclid(PERIOD * 1_000_000)
}

/// The code of a period. Every authenticator app knows SHA-1 and six figures; HMAC does not suffer from
/// what is wrong with SHA-1.
pub fn code(secret: &[u8], period: i64) -> String {
    // HMAC takes a key of any length.
    let Ok(mut mac) = <Hmac<Sha1> as KeyInit>::new_from_slice(secret) else {
        return String::new();
    };
    mac.update(&period.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let at = usize::from(hash[hash.len() - 1] & 0x0f);
    let number = u32::from_be_bytes([hash[at] & 0x7f, hash[at + 1], hash[at + 2], hash[at + 3]]);
    format!("{:06}", number % 1_000_000)
}

/// The period whose code this is, of those around now that come after the last one used: each code is
/// taken once, and with it every earlier one is spent.
pub fn fitting_period(secret: &[u8], typed: &str, now: Instant, last: i64) -> Option<i64> {
    let figures: String = typed.chars().filter(|it| !it.is_whitespace()).collect();
    let around = period(now);
    let periods = (around - DRIFT..=around + DRIFT).filter(|it| *it > last);
    // All are computed and compared whole, so that the time says nothing about the figures.
    let fitting = periods.filter(|it| is_same(code(secret, *it).as_bytes(), figures.as_bytes()));
    fitting.fold(None, |found, it| found.or(Some(it)))
}

fn is_same(one: &[u8], other: &[u8]) -> bool {
    let differs = one.iter().zip(other).fold(0, |sum, (a, b)| sum | (a ^ b));
    one.len() == other.len() && differs == 0
}

/// A secret as it is typed into an app that can't scan: base 32 (RFC 4648), in groups of four.
pub fn spelled(secret: &[u8]) -> String {
    let plain: Vec<char> = base32(secret).chars().collect();
    let groups = plain.chunks(4).map(|four| four.iter().collect::<String>());
    groups.collect::<Vec<_>>().join(" ")
}

fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::with_capacity(bytes.len().div_ceil(5) * 8);
    let (mut held, mut bits) = (0_u32, 0);
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(LETTERS[(held >> bits) as usize & 31]));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        text.push(char::from(LETTERS[(held << (5 - bits)) as usize & 31]));
    }
    text
}

/// What the picture to scan says: the address that authenticator apps understand.
pub fn address(secret: &[u8], issuer: &str, login: &str) -> String {
    let (issuer, login) = (escaped(issuer), escaped(login));
    let secret = base32(secret);
    format!("otpauth://totp/{issuer}:{login}?secret={secret}&issuer={issuer}")
}

fn escaped(text: &str) -> String {
    use std::fmt::Write;
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_') {
            escaped.push(char::from(byte));
        } else {
            // Writing to a string can't fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECRET: &[u8] = b"12345678901234567890";

    fn at(seconds: i64) -> Instant {
        Instant(seconds * 1_000_000)
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Appendix B, the last six of its eight figures.
        for (seconds, figures) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(SECRET, period(at(seconds))), figures, "{seconds}");
        }
    }

    #[test]
    fn a_secret_is_spelled_and_addressed_as_apps_read_it() {
        // RFC 4648, section 10.
        for (plain, spelled) in [
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(plain.as_bytes()), spelled);
        }
        assert_eq!(spelled(SECRET), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        let address = address(SECRET, "合作 A&B", "li.hong@x");
        let secret = "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        let issuer = "%E5%90%88%E4%BD%9C%20A%26B";
        assert_eq!(
            address,
            format!("otpauth://totp/{issuer}:li.hong%40x?{secret}&issuer={issuer}")
        );
    }

    proptest! {
        #[test]
        fn a_code_is_taken_once_and_only_around_its_time(off in -200_i64..200, again in 0_i64..100) {
            let now = at(1_800_000_000);
            let typed = code(SECRET, period(now.plus_seconds(off)));
            let found = fitting_period(SECRET, &typed, now, 0);
            let is_near = (period(now.plus_seconds(off)) - period(now)).abs() <= 1;
            prop_assert_eq!(found.is_some(), is_near);
            if let Some(used) = found {
                prop_assert_eq!(fitting_period(SECRET, &typed, now.plus_seconds(again), used), None);
            }
        }

        #[test]
        fn what_is_no_code_fits_nothing(typed in "\\PC{0,12}") {
            let now = at(1_800_000_000);
            let codes: Vec<_> = (-1..=1).map(|by| code(SECRET, period(now) + by)).collect();
            let figures: String = typed.chars().filter(|it| !it.is_whitespace()).collect();
            prop_assume!(!codes.contains(&figures));
            prop_assert_eq!(fitting_period(SECRET, &typed, now, 0), None);
        }
    }
}
