//! Leaf commitments: an event's content can be erased, the proof that it was there stays.

use sha2::{Digest, Sha256};

/// A SHA-256 value.
pub type Hash = [u8; 32];

/// The leaf of an event: SHA-256(nonce ‖ canonical payload). Without the nonce nobody can test a
/// guess of the payload against it.
pub fn leaf(nonce: &[u8; 32], payload: &str) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(nonce);
    hasher.update(payload.as_bytes());
    hasher.finalize().into()
}

/// The head of an enterprise's chain before its first leaf.
pub const GENESIS: Hash = [0; 32];

/// The chain's next head: SHA-256(head ‖ position as 8 bytes, big endian ‖ leaf).
pub fn next_head(head: &Hash, position: i64, leaf: &Hash) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(head);
    hasher.update(position.to_be_bytes());
    hasher.update(leaf);
    hasher.finalize().into()
}

/// SHA-256 of what comes in pieces, such as a large file.
#[derive(Debug, Clone, Default)]
pub struct Running(Sha256);

impl Running {
    /// Takes the next piece.
    pub fn take(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The value over all pieces.
    pub fn finish(self) -> Hash {
        self.0.finalize().into()
    }
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(HEX[usize::from(byte >> 4)]));
        text.push(char::from(HEX[usize::from(byte & 15)]));
    }
    text
}

/// Reads 32 bytes from 64 hexadecimal digits.
pub fn unhex(text: &str) -> Option<Hash> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// SHA-256 of some bytes.
pub fn digest(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}
