//! Sealed envelopes between the intake, where anonymous workers speak, and the server of a factory:
//! how their size says nothing, when they may be fetched, and what it costs a machine to send many.

use crate::commitment::{Hash, digest};
use crate::time::{Day, Instant};

/// The sizes that an envelope may have. A short text is as long as a long one; pictures are told
/// apart by their order of magnitude only.
pub const SIZES: [usize; 6] = [
    16 * 1024,
    64 * 1024,
    256 * 1024,
    1024 * 1024,
    4 * 1024 * 1024,
    16 * 1024 * 1024,
];

/// The bytes before the content that say how long it is.
const HEAD: usize = 4;

/// Fills content up to the next of the sizes; `None` for more than the largest holds.
pub fn pad(content: &[u8]) -> Option<Vec<u8>> {
    let size = SIZES
        .into_iter()
        .find(|size| *size >= content.len() + HEAD)?;
    let mut padded = Vec::with_capacity(size);
    padded.extend_from_slice(&u32::try_from(content.len()).ok()?.to_be_bytes());
    padded.extend_from_slice(content);
    padded.resize(size, 0);
    Some(padded)
}

/// The content of what was filled up; `None` where that can't be.
pub fn unpad(padded: &[u8]) -> Option<&[u8]> {
    let (head, rest) = padded.split_first_chunk::<HEAD>()?;
    let length = usize::try_from(u32::from_be_bytes(*head)).ok()?;
    rest.get(..length)
}

/// A batch may be fetched when this many words wait.
pub const BATCH: u64 = 3;

/// The shortest and the longest that a word waits for others, in seconds: twelve hours, and
/// thirty-six.
pub const WAIT: (i64, i64) = (12 * 3600, 36 * 3600);

/// What waits at an intake for one server.
#[derive(Debug, Clone, Copy)]
pub struct Held {
    /// Reports and words to the team; pictures go with them.
    pub words: u64,
    /// The day of the oldest.
    pub oldest: Day,
    /// The end of the wait that was drawn when the first of them came. It is kept in memory only,
    /// because written down it would say within a day when somebody spoke.
    pub until: Instant,
}

/// Whether what waits may be fetched: a batch is complete, or the wait is over, or one of them has
/// waited since before yesterday, which holds also where a restart has forgotten the wait.
pub fn is_ripe(held: Held, now: Instant, today: Day) -> bool {
    held.words >= BATCH || now >= held.until || held.oldest < today.plus(-1)
}

/// Whether a number proves that work was done for this challenge and this report: the hash of all
/// three begins with so many zero bits.
pub fn is_proof(challenge: &str, lookup: &Hash, nonce: u64, bits: u32) -> bool {
    let mut content = challenge.as_bytes().to_vec();
    content.extend_from_slice(lookup);
    content.extend_from_slice(nonce.to_string().as_bytes());
    let hash = digest(&content);
    let first = u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]);
    first.leading_zeros() >= bits.min(32)
}

/// Zero bits that a proof needs after so many reports of late. The first are nearly free, an old
/// phone does the most expensive one in a few seconds, and nobody is refused.
pub fn bits_after(reports: u32) -> u32 {
    6 + (reports / 20).min(8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_no_size_holds_is_refused() {
        let largest = SIZES[SIZES.len() - 1];
        assert!(pad(&vec![7; largest - HEAD]).is_some());
        assert!(pad(&vec![7; largest - HEAD + 1]).is_none());
        assert_eq!(unpad(&[0, 0, 0, 9, 1]), None);
        assert_eq!(unpad(&[0, 0]), None);
    }

    #[test]
    fn words_wait_for_company_but_not_for_ever() {
        let held = Held {
            words: 2,
            oldest: Day(10),
            until: Instant(1_000),
        };
        assert!(!is_ripe(held, Instant(999), Day(11)));
        assert!(is_ripe(held, Instant(1_000), Day(10)));
        assert!(is_ripe(held, Instant(0), Day(12)), "a forgotten wait");
        assert!(is_ripe(Held { words: 3, ..held }, Instant(0), Day(10)));
    }

    #[test]
    fn a_proof_is_for_one_report_and_gets_dearer_slowly() {
        let lookup = [7; 32];
        let nonce = (0..1 << 16).find(|nonce| is_proof("c", &lookup, *nonce, 8));
        let nonce = nonce.unwrap();
        assert!(is_proof("c", &lookup, nonce, 8));
        assert!(!is_proof("c", &lookup, nonce, 32));
        let others = (0..64).filter(|n| is_proof("c", &[*n; 32], nonce, 8));
        assert!(
            others.count() < 10,
            "a proof for one report is none for others"
        );
        assert_eq!((bits_after(0), bits_after(19), bits_after(20)), (6, 6, 7));
        assert_eq!(bits_after(1_000_000), 14);
    }

    proptest! {
        #[test]
        fn what_was_filled_up_comes_back_and_its_size_is_one_of_six(
            content in prop::collection::vec(any::<u8>(), 0..70_000)
        ) {
            let padded = pad(&content).unwrap();
            prop_assert!(SIZES.contains(&padded.len()));
            prop_assert_eq!(unpad(&padded), Some(content.as_slice()));
        }

        #[test]
        fn nothing_that_came_from_elsewhere_makes_it_fail(bytes: Vec<u8>) {
            let _ = unpad(&bytes);
        }

        #[test]
        fn whatever_waits_longer_stays_ripe(
            words in 0u64..5, oldest in 0i64..5, until in 0i64..9, now in 0i64..9, today in 0i64..9
        ) {
            let held = Held { words, oldest: Day(oldest), until: Instant(until) };
            if is_ripe(held, Instant(now), Day(today)) {
                prop_assert!(is_ripe(held, Instant(now + 1), Day(today + 1)));
            }
        }
    }
}
