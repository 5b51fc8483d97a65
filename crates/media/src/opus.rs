//! Opus: how long a packet lasts, by RFC 6716, section 3.

use hezuo_domain::Code;

use crate::voice::MAX_SECONDS;
use crate::{Kind, Safe, ogg};

/// Samples of a second, whatever the microphone had.
pub(crate) const RATE: u64 = 48_000;
/// The longest packet: 120 milliseconds.
const LONGEST: u64 = RATE * 120 / 1000;
/// The most bytes of one frame.
const MAX_FRAME: usize = 1275;

/// Puts packets that are Opus into an Ogg of ours.
pub(crate) fn rewrite(channels: usize, packets: &[Box<[u8]>]) -> Result<Safe, Code> {
    let stereo = match channels {
        1 => false,
        2 => true,
        _ => return Err(Code::NotAVoiceClip),
    };
    let mut whole = 0;
    for packet in packets {
        whole += duration(packet).ok_or(Code::NotAVoiceClip)?;
    }
    if whole == 0 {
        return Err(Code::NotAVoiceClip);
    }
    if whole > MAX_SECONDS * RATE {
        return Err(Code::UploadTooLarge);
    }
    Ok(Safe {
        kind: Kind::OpusClip,
        bytes: ogg::write(stereo, packets),
    })
}

/// Samples in a packet; `None` where it is not Opus.
pub(crate) fn duration(packet: &[u8]) -> Option<u64> {
    let (toc, rest) = packet.split_first()?;
    let configuration = toc >> 3;
    let frame = match configuration {
        0..=11 => [480, 960, 1920, 2880][usize::from(configuration & 3)],
        12..=15 => [480, 960][usize::from(configuration & 1)],
        _ => [120, 240, 480, 960][usize::from(configuration & 3)],
    };
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u64::from(rest.first()? & 0x3f),
    };
    let samples = frame * frames;
    let most = MAX_FRAME * usize::try_from(frames).ok()? + 64;
    (samples > 0 && samples <= LONGEST && packet.len() <= most).then_some(samples)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_tells_how_long_it_lasts() {
        // Twenty milliseconds as browsers send them; two and a half; three frames of twenty.
        assert_eq!(duration(&[0xfc, 0xff, 0xfe]), Some(960));
        assert_eq!(duration(&[0xe0, 0]), Some(120));
        assert_eq!(duration(&[0xff, 3, 0]), Some(2880));
        // Nothing; no frames; seven frames of twenty are longer than a packet may be.
        for wrong in [&[][..], &[0xff], &[0xff, 0], &[0xff, 7]] {
            assert_eq!(duration(wrong), None, "{wrong:?}");
        }
        assert_eq!(duration(&[0xfc; 2000]), None, "one frame is never so long");
    }

    #[test]
    fn a_clip_of_more_than_two_minutes_is_refused() {
        let packet = || vec![0xfc, 0xff, 0xfe].into_boxed_slice();
        let packets = |seconds: usize| std::iter::repeat_with(packet).take(50 * seconds);
        let two: Vec<_> = packets(120).collect();
        assert!(rewrite(1, &two).is_ok());
        let longer: Vec<_> = packets(121).collect();
        assert_eq!(rewrite(1, &longer), Err(Code::UploadTooLarge));
        assert_eq!(rewrite(3, &two), Err(Code::NotAVoiceClip));
        assert_eq!(rewrite(1, &[]), Err(Code::NotAVoiceClip));
    }
}
