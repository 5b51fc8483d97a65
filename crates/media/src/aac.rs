//! AAC: each frame behind a header of seven bytes (ADTS), and nothing else.

use hezuo_domain::Code;

use crate::voice::MAX_SECONDS;
use crate::{Kind, Safe};

const HEADER: usize = 7;
const SAMPLES: u64 = 1024;
const RATES: [u64; 13] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
    7_350,
];

/// What a player has to know beforehand.
struct Setting {
    profile: u8,
    rate: u8,
    channels: u8,
}

/// Puts frames that may be AAC into ADTS.
pub(crate) fn rewrite(configuration: &[u8], packets: &[Box<[u8]>]) -> Result<Safe, Code> {
    let setting = setting(configuration).ok_or(Code::NotAVoiceClip)?;
    // The first frame is the encoder's run-up and silent; some write their name into it.
    let frames = packets
        .get(1..)
        .filter(|it| !it.is_empty())
        .ok_or(Code::NotAVoiceClip)?;
    let rate = RATES[usize::from(setting.rate)];
    if u64::try_from(frames.len()).unwrap_or(u64::MAX) * SAMPLES > MAX_SECONDS * rate {
        return Err(Code::UploadTooLarge);
    }
    let mut bytes = vec![];
    for frame in frames {
        bytes.extend_from_slice(&header(&setting, frame).ok_or(Code::NotAVoiceClip)?);
        bytes.extend_from_slice(frame);
    }
    Ok(Safe {
        kind: Kind::AacClip,
        bytes,
    })
}

/// Takes a clip that was made here before, and nothing that differs from it.
pub(crate) fn again(bytes: &[u8]) -> Result<Safe, Code> {
    let (mut rest, mut frames) = (bytes, 0);
    let mut rate = RATES[0];
    while let [_, _, third, fourth, fifth, sixth, _, ..] = rest {
        let setting = Setting {
            profile: third >> 6,
            rate: (third >> 2) & 15,
            channels: fourth >> 6,
        };
        let length = u32::from_be_bytes([0, fourth & 3, *fifth, *sixth]) >> 5;
        let length = usize::try_from(length).or(Err(Code::NotAVoiceClip))?;
        let (frame, after) = rest.split_at_checked(length).ok_or(Code::NotAVoiceClip)?;
        let body = frame.get(HEADER..).ok_or(Code::NotAVoiceClip)?;
        let known = header(&setting, body).ok_or(Code::NotAVoiceClip)?;
        rate = *RATES
            .get(usize::from(setting.rate))
            .ok_or(Code::NotAVoiceClip)?;
        if frame[..HEADER] != known {
            return Err(Code::NotAVoiceClip);
        }
        frames += 1;
        rest = after;
    }
    if frames == 0 || !rest.is_empty() {
        return Err(Code::NotAVoiceClip);
    }
    if frames * SAMPLES > MAX_SECONDS * rate {
        return Err(Code::UploadTooLarge);
    }
    Ok(Safe {
        kind: Kind::AacClip,
        bytes: bytes.to_vec(),
    })
}

/// Reads an AudioSpecificConfig (ISO/IEC 14496-3, 1.6): the plain kinds of AAC, mono or stereo.
fn setting(configuration: &[u8]) -> Option<Setting> {
    let [first, second, ..] = configuration else {
        return None;
    };
    let rate = ((first & 7) << 1) | (second >> 7);
    let channels = (second >> 3) & 15;
    let profile = match first >> 3 {
        kind @ 1..=4 => kind - 1,
        // HE-AAC is low-complexity AAC to whoever does not look for its second layer.
        5 | 29 => 1,
        _ => return None,
    };
    let known = usize::from(rate) < RATES.len() && (1..=2).contains(&channels);
    known.then_some(Setting {
        profile,
        rate,
        channels,
    })
}

fn header(setting: &Setting, frame: &[u8]) -> Option<[u8; HEADER]> {
    let length = u16::try_from(frame.len() + HEADER).ok()?;
    if frame.is_empty() || length >= 1 << 13 {
        return None;
    }
    // Thirteen bits of length, so that three bytes hold it with five bits that are always set.
    let [_, high, middle, low] = ((u32::from(length) << 5) | 0x1f).to_be_bytes();
    Some([
        0xff,
        0xf1,
        (setting.profile << 6) | (setting.rate << 2),
        (setting.channels << 6) | high,
        middle,
        low,
        0xfc,
    ])
}
