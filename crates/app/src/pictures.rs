//! Uploads: nothing is readable before it has been re-encoded or recognised.

use std::io::Cursor;
use std::num::NonZero;
use std::sync::LazyLock;

use hezuo_domain::{Code, Problem};
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits};
use tokio::sync::Semaphore;

/// Largest picture that is accepted, in bytes.
pub const MAX_PICTURE: usize = 12 * 1024 * 1024;
/// Largest voice clip that is accepted, in bytes: sixty seconds with room to spare.
pub const MAX_VOICE: usize = 2 * 1024 * 1024;
/// Longest side of a stored picture, in pixels.
const MAX_SIDE: u32 = 2000;

/// An upload after it was made safe.
#[derive(Debug)]
pub(crate) struct Safe {
    pub(crate) bytes: Vec<u8>,
    pub(crate) content_type: &'static str,
    pub(crate) is_voice: bool,
}

/// Pictures that are decoded at a time. A decoded picture is forty times as large as it came, so
/// without a limit many phones at once would take gigabytes; more than there are processors would
/// not be faster either.
static AT_ONCE: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(2, NonZero::get)));

/// Recognises an upload by its content, never by its name, and makes it safe, off the async
/// threads.
///
/// # Errors
/// `upload.*`.
pub(crate) async fn make_safe(bytes: Vec<u8>) -> crate::Result<Safe> {
    let turn = AT_ONCE.acquire().await;
    let made = tokio::task::spawn_blocking(move || {
        // Held to the end of the work, also where the request has gone away meanwhile.
        let _turn = turn;
        safe(bytes)
    });
    Ok(made.await??)
}

fn safe(bytes: Vec<u8>) -> Result<Safe, Problem> {
    if let Some(content_type) = voice_type(&bytes) {
        if bytes.len() > MAX_VOICE {
            return Err(Code::UploadTooLarge.problem());
        }
        return Ok(Safe {
            bytes,
            content_type,
            is_voice: true,
        });
    }
    let bytes = reencode(&bytes)?;
    Ok(Safe {
        bytes,
        content_type: "image/jpeg",
        is_voice: false,
    })
}

/// The containers that phones record into, by their first bytes.
fn voice_type(bytes: &[u8]) -> Option<&'static str> {
    let at = |range: std::ops::Range<usize>| bytes.get(range).unwrap_or_default();
    if at(0..4) == b"\x1a\x45\xdf\xa3" {
        return Some("audio/webm");
    }
    if at(0..4) == b"OggS" {
        return Some("audio/ogg");
    }
    let is_mp4 = at(4..8) == b"ftyp";
    let brand = at(8..12);
    (is_mp4 && brand != b"avif" && brand != b"heic" && brand != b"mif1").then_some("audio/mp4")
}

/// Decodes a picture, turns it upright, shrinks it and encodes it anew as JPEG: no metadata, no
/// second file hidden inside, no trailer survives.
fn reencode(bytes: &[u8]) -> Result<Vec<u8>, Problem> {
    if bytes.len() > MAX_PICTURE {
        return Err(Code::UploadTooLarge.problem());
    }
    let not_a_picture = || Code::NotAPicture.problem();
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .or(Err(not_a_picture()))?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(12_000);
    limits.max_image_height = Some(12_000);
    limits.max_alloc = Some(200 * 1024 * 1024);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().or(Err(not_a_picture()))?;
    let upright = decoder.orientation().or(Err(not_a_picture()))?;
    let mut picture = DynamicImage::from_decoder(decoder).or(Err(not_a_picture()))?;
    picture.apply_orientation(upright);
    if picture.width() > MAX_SIDE || picture.height() > MAX_SIDE {
        picture = picture.thumbnail(MAX_SIDE, MAX_SIDE);
    }
    let mut encoded = Vec::with_capacity(bytes.len().min(1024 * 1024));
    JpegEncoder::new_with_quality(&mut encoded, 82)
        .encode_image(&picture.to_rgb8())
        .or(Err(not_a_picture()))?;
    Ok(encoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        DynamicImage::new_rgb8(width, height)
            .write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Png)
            .unwrap();
        bytes
    }

    #[test]
    fn a_picture_is_encoded_anew_and_shrunk() {
        let mut bytes = png(4000, 1000);
        bytes.extend_from_slice(b"trailing secret of the phone");
        let safe = safe(bytes).unwrap();
        assert_eq!(safe.content_type, "image/jpeg");
        assert!(!safe.bytes.windows(6).any(|window| window == b"secret"));
        let again = image::load_from_memory(&safe.bytes).unwrap();
        assert_eq!((again.width(), again.height()), (2000, 500));
    }

    #[test]
    fn what_is_not_a_picture_is_refused() {
        let html = b"<html><script>alert(1)</script></html>".to_vec();
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec();
        let mut broken = png(10, 10);
        broken.truncate(30);
        for bytes in [Vec::new(), html, svg, broken, b"%PDF-1.7".to_vec()] {
            assert_eq!(safe(bytes).unwrap_err().code, Code::NotAPicture);
        }
        let large = vec![0; MAX_PICTURE + 1];
        assert_eq!(safe(large).unwrap_err().code, Code::UploadTooLarge);
    }

    #[test]
    fn a_voice_clip_is_known_by_its_first_bytes() {
        let mut clip = b"OggS".to_vec();
        clip.extend_from_slice(&[0; 100]);
        assert!(safe(clip.clone()).unwrap().is_voice);
        clip.resize(MAX_VOICE + 1, 0);
        assert_eq!(safe(clip).unwrap_err().code, Code::UploadTooLarge);
    }
}
