//! Turns an upload into what may be kept: a picture is decoded and encoded anew, a voice clip is taken
//! down to its sound. Nothing else that a file carries survives. Pure: bytes in, bytes out; who calls
//! it decides in which process.

mod aac;
pub mod answer;
pub mod ogg;
mod opus;
mod picture;
mod voice;

use hezuo_domain::Code;

/// Largest picture that is accepted, in bytes.
pub const MAX_PICTURE: usize = 12 * 1024 * 1024;
/// Largest voice clip that is accepted, in bytes: sixty seconds with room to spare.
pub const MAX_VOICE: usize = 2 * 1024 * 1024;

/// What is kept of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A JPEG.
    Picture,
    /// Opus in Ogg.
    OpusClip,
    /// AAC in ADTS.
    AacClip,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Picture, Self::OpusClip, Self::AacClip];

    /// The media type under which it is served.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Picture => "image/jpeg",
            Self::OpusClip => "audio/ogg",
            Self::AacClip => "audio/aac",
        }
    }

    /// Whether it is something to listen to.
    pub fn is_voice(self) -> bool {
        self != Self::Picture
    }
}

/// An upload after it was made safe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Safe {
    /// What it is.
    pub kind: Kind,
    /// The bytes to keep.
    pub bytes: Vec<u8>,
}

/// What an upload is not that could not even be refused in the ordinary way.
pub fn unreadable(bytes: &[u8]) -> Code {
    match voice::container(bytes) {
        Some(_) => Code::NotAVoiceClip,
        None => Code::NotAPicture,
    }
}

/// Recognises an upload by its content, never by its name, and makes what may be kept of it.
///
/// # Errors
/// `upload.not_a_picture`, `upload.not_a_voice_clip`, `upload.too_large`.
pub fn rewrite(bytes: &[u8]) -> Result<Safe, Code> {
    match voice::container(bytes) {
        Some(container) => voice::rewrite(container, bytes),
        None => picture::rewrite(bytes),
    }
}
