//! The two ways in which the format writes bytes as text: base64 without padding, and Bech32 for keys.

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BECH32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// Groups bits anew, the first ones first; what is left over is filled with zeros.
fn regroup(bytes: &[u8], from: u32, to: u32) -> Vec<u8> {
    let (mut held, mut bits, mut out) = (0_u32, 0, Vec::new());
    for byte in bytes {
        held = held << from | u32::from(*byte);
        bits += from;
        while bits >= to {
            bits -= to;
            out.push(u8::try_from(held >> bits & ((1 << to) - 1)).unwrap_or(0));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        out.push(u8::try_from(held << (to - bits) & ((1 << to) - 1)).unwrap_or(0));
    }
    out
}

pub(super) fn base64(bytes: &[u8]) -> String {
    let letters = regroup(bytes, 8, 6).into_iter();
    letters
        .map(|at| char::from(LETTERS[usize::from(at)]))
        .collect()
}

pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    let place = |letter: u8| LETTERS.iter().position(|it| *it == letter);
    let groups: Option<Vec<u8>> = text
        .bytes()
        .map(|letter| u8::try_from(place(letter)?).ok())
        .collect();
    let mut bytes = regroup(&groups?, 6, 8);
    bytes.truncate(text.len() * 6 / 8);
    (base64(&bytes) == text).then_some(bytes)
}

fn checksum(prefix: &str, groups: &[u8]) -> u32 {
    const STEPS: [u32; 5] = [
        0x3b6a_57b2,
        0x2650_8e6d,
        0x1ea1_19fa,
        0x3d42_33dd,
        0x2a14_62b3,
    ];
    let high = prefix.bytes().map(|byte| byte >> 5);
    let low = prefix.bytes().map(|byte| byte & 31);
    let all = high.chain([0]).chain(low).chain(groups.iter().copied());
    all.fold(1, |sum: u32, group| {
        let top = sum >> 25;
        let shifted = (sum & 0x01ff_ffff) << 5 ^ u32::from(group);
        let taken = STEPS
            .iter()
            .enumerate()
            .filter(|(at, _)| top >> at & 1 == 1);
        taken.fold(shifted, |sum, (_, step)| sum ^ step)
    })
}

/// 32 bytes in Bech32, in small letters.
pub(super) fn bech32(prefix: &str, bytes: &[u8; 32]) -> String {
    let mut groups = regroup(bytes, 8, 5);
    let sum = checksum(prefix, &[groups.as_slice(), &[0; 6]].concat()) ^ 1;
    groups.extend((0..6).map(|at| u8::try_from(sum >> (5 * (5 - at)) & 31).unwrap_or(0)));
    let letters = groups.iter().map(|at| char::from(BECH32[usize::from(*at)]));
    format!("{prefix}1{}", letters.collect::<String>())
}

/// Reads 32 bytes in Bech32; `None` where a letter is wrong.
pub(super) fn from_bech32(prefix: &str, text: &str) -> Option<[u8; 32]> {
    let text = text.to_lowercase();
    let rest = text.strip_prefix(prefix)?.strip_prefix('1')?;
    let place = |letter: u8| BECH32.iter().position(|it| *it == letter);
    let groups: Option<Vec<u8>> = rest
        .bytes()
        .map(|letter| u8::try_from(place(letter)?).ok())
        .collect();
    let groups = groups?;
    let bytes = regroup(groups.get(..groups.len().checked_sub(6)?)?, 5, 8);
    let bytes: [u8; 32] = bytes.get(..32)?.try_into().ok()?;
    (bech32(prefix, &bytes) == text).then_some(bytes)
}
