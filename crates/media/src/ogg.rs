//! Ogg with nothing but sound in it, by RFC 3533 and 7845: the same serial number, the same run-up, no
//! maker and no tags in every file, so that a clip tells nothing about the phone it was recorded on.

use crate::opus::{RATE, duration};

const SERIAL: u32 = 1;
/// Samples that a player skips at the beginning, as encoders recommend.
const RUN_UP: u16 = 312;
/// A page ends after this many samples, or when it can hold no more.
const PAGE: u64 = RATE;
const MAX_SEGMENTS: usize = 255;
const FIRST: u8 = 2;
const LAST: u8 = 4;

/// Writes packets of Opus as a file; what is no Opus packet counts as empty.
pub fn write<P: AsRef<[u8]>>(stereo: bool, packets: &[P]) -> Vec<u8> {
    let mut head = b"OpusHead\x01".to_vec();
    head.push(if stereo { 2 } else { 1 });
    head.extend_from_slice(&RUN_UP.to_le_bytes());
    // The rate of the microphone is for display only; gain 0; channels as they come.
    head.extend_from_slice(&48_000_u32.to_le_bytes());
    head.extend_from_slice(&[0; 3]);
    let mut tags = b"OpusTags".to_vec();
    tags.extend_from_slice(&[0; 8]);
    let mut pages = Pages::default();
    pages.page(FIRST, 0, &[&head]);
    pages.page(0, 0, &[&tags]);
    let (mut waiting, mut segments, mut samples, mut since) = (vec![], 0, 0, 0);
    for (at, packet) in packets.iter().enumerate() {
        let packet = packet.as_ref();
        let needs = packet.len() / 255 + 1;
        if segments + needs > MAX_SEGMENTS || since >= PAGE {
            pages.page(0, samples, &waiting);
            waiting.clear();
            (segments, since) = (0, 0);
        }
        waiting.push(packet);
        segments += needs;
        let lasts = duration(packet).unwrap_or(0);
        samples += lasts;
        since += lasts;
        if at + 1 == packets.len() {
            pages.page(LAST, samples, &waiting);
        }
    }
    pages.bytes
}

#[derive(Default)]
struct Pages {
    bytes: Vec<u8>,
    count: u32,
}

impl Pages {
    fn page(&mut self, flags: u8, samples: u64, packets: &[&[u8]]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(b"OggS\0");
        self.bytes.push(flags);
        self.bytes.extend_from_slice(&samples.to_le_bytes());
        self.bytes.extend_from_slice(&SERIAL.to_le_bytes());
        self.bytes.extend_from_slice(&self.count.to_le_bytes());
        self.bytes.extend_from_slice(&[0; 4]);
        let lacing = packets.iter().flat_map(|packet| {
            let rest = u8::try_from(packet.len() % 255).unwrap_or(0);
            std::iter::repeat_n(255, packet.len() / 255).chain([rest])
        });
        let lacing: Vec<u8> = lacing.collect();
        self.bytes.push(u8::try_from(lacing.len()).unwrap_or(0));
        self.bytes.extend(lacing);
        for packet in packets {
            self.bytes.extend_from_slice(packet);
        }
        let sum = checksum(&self.bytes[start..]).to_le_bytes();
        self.bytes[start + 22..start + 26].copy_from_slice(&sum);
        self.count += 1;
    }
}

/// The sum of RFC 3533: CRC-32 by 04c11db7, neither turned nor inverted.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |sum, byte| {
        (0..8).fold(sum ^ (u32::from(*byte) << 24), |sum, _| {
            let shifted = sum << 1;
            if sum >> 31 == 1 {
                shifted ^ 0x04c1_1db7
            } else {
                shifted
            }
        })
    })
}
