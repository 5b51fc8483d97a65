//! Sealed envelopes between the intake, where anonymous workers speak, and the server of a factory:
//! how their size says nothing, and what it costs a machine to send many.

use crate::commitment::{Hash, digest};

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

/// Reports of an hour by which a proof gets one zero bit dearer.
pub const REPORTS_A_BIT: u32 = 60;

/// Zero bits that a proof needs in the hour after so many reports. The first are nearly free, an old
/// phone does the most expensive one in a few seconds, and nobody is refused.
pub fn bits_after(reports: u32) -> u32 {
    6 + (reports / REPORTS_A_BIT).min(8)
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
        assert_eq!((bits_after(0), bits_after(59), bits_after(60)), (6, 6, 7));
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
    }
}
