//! What people send.

use hezuo_domain::commitment::hex;
use hezuo_domain::ids::PersonId;
use hezuo_domain::report_code::ReportCode;
use hezuo_domain::time::SeededRandom;
use serde_json::{Value, json};

/// A report on its way, with what its sender keeps.
#[derive(Debug, Clone)]
pub struct Sent {
    /// What is posted.
    pub body: Value,
    /// The report code, as it is shown.
    pub code: String,
    /// What is derived from it.
    pub lookup: String,
}

/// A report of a machine without its guard, with a code of its own.
pub fn report(wall_code: &str, voice: &str, number: u64) -> Sent {
    let code = ReportCode::random(&SeededRandom::new(1_000_000 + number));
    let lookup = hex(&code.lookup().0);
    let mut body = json!({
        "code": wall_code, "lookup": lookup, "category": "machine", "voice": voice,
        "text": format!("The guard of the press is off ({number})"),
    });
    if voice != "anonymous" {
        body["name"] = json!("李红 Li Hong");
    }
    Sent {
        body,
        code: code.to_string(),
        lookup,
    }
}

/// A plan with the five fulfilments.
pub fn plan(owner: PersonId, due_day: &str) -> Value {
    json!({
        "type": "plan", "owner": owner, "due_day": due_day, "measure": "Mount a fixed guard",
        "responsibility": "Maintenance", "money": {"minor": 120_000, "currency": "CNY"},
        "contingency": "The press stands still until then",
    })
}

/// The smallest picture that a decoder takes: one white pixel, PNG.
pub fn picture() -> Vec<u8> {
    const PIXEL: [u8; 69] = [
        0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44,
        0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x02, 0x00, 0x00, 0x00, 0x90,
        0x77, 0x53, 0xde, 0x00, 0x00, 0x00, 0x0c, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0xf8,
        0xff, 0xff, 0x3f, 0x00, 0x05, 0xfe, 0x02, 0xfe, 0x0d, 0xef, 0x46, 0xb8, 0x00, 0x00, 0x00,
        0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
    ];
    PIXEL.to_vec()
}

/// The same picture with so many bytes, which differ by the seed: what stands behind its end no decoder reads.
pub fn large_picture(length: usize, seed: u8) -> Vec<u8> {
    let mut bytes = picture();
    let more = (bytes.len()..length).map(|at| (at / 256 * 7 + at).to_le_bytes()[0] ^ seed);
    bytes.extend(more);
    bytes
}

/// A second of silence, Opus in Ogg.
pub fn voice_clip() -> Vec<u8> {
    hezuo_media::ogg::write(false, &[[0xfc, 0xff, 0xfe]; 50])
}
