//! Pictures: decoded, turned upright, shrunk, laid on white, and encoded anew.

use std::borrow::Cow;
use std::io::Cursor;

use hezuo_domain::Code;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, RgbImage};

use crate::{Kind, MAX_PICTURE, Safe};

/// Longest side of a stored picture, in pixels.
const MAX_SIDE: u32 = 2000;
/// Longest side of a picture that is decoded.
const MAX_SIDE_IN: u32 = 12_000;
/// Most pixels that are decoded: more than phones make, less than a bomb needs.
const MAX_PIXELS: u64 = 40_000_000;

/// Decodes JPEG, PNG or WebP, the first picture where there are several, and encodes it anew.
///
/// # Errors
/// `upload.not_a_picture`, `upload.too_large`.
pub(crate) fn rewrite(bytes: &[u8]) -> Result<Safe, Code> {
    if bytes.len() > MAX_PICTURE {
        return Err(Code::UploadTooLarge);
    }
    let picture = decoded(bytes)?;
    let mut encoded = Vec::with_capacity(bytes.len().min(1024 * 1024));
    JpegEncoder::new_with_quality(&mut encoded, 82)
        .encode_image(&on_white(picture))
        .or(Err(Code::NotAPicture))?;
    Ok(Safe {
        kind: Kind::Picture,
        bytes: encoded,
    })
}

fn decoded(bytes: &[u8]) -> Result<DynamicImage, Code> {
    let bytes = bare(bytes);
    let mut reader = ImageReader::new(Cursor::new(&bytes[..]))
        .with_guessed_format()
        .or(Err(Code::NotAPicture))?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE_IN);
    limits.max_image_height = Some(MAX_SIDE_IN);
    limits.max_alloc = Some(200 * 1024 * 1024);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(refusal)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(Code::UploadTooLarge);
    }
    // A picture whose orientation can't be read is still a picture.
    let upright = decoder
        .orientation()
        .unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(refusal)?;
    // Made small before it is turned, since turning copies it.
    if width > MAX_SIDE || height > MAX_SIDE {
        picture = picture.thumbnail(MAX_SIDE, MAX_SIDE);
    }
    picture.apply_orientation(upright);
    Ok(picture)
}

/// A JPEG without what cameras and programs write beside the picture, but for its orientation and
/// its kind of colours: a decoder must not fail, or worse, over words that nobody needs. Whatever
/// is no JPEG, or a broken one, is left to the decoder.
fn bare(bytes: &[u8]) -> Cow<'_, [u8]> {
    const START: &[u8] = &[0xff, 0xd8];
    const SCAN: u8 = 0xda;
    let mut kept = START.to_vec();
    let Some(mut rest) = bytes.strip_prefix(START) else {
        return Cow::Borrowed(bytes);
    };
    while let [0xff, marker, high, low, ..] = *rest {
        if marker == 0xff {
            rest = &rest[1..];
            continue;
        }
        if marker == SCAN {
            kept.extend_from_slice(rest);
            return Cow::Owned(kept);
        }
        let length = 2 + usize::from(u16::from_be_bytes([high, low]));
        let Some((segment, after)) = rest.split_at_checked(length) else {
            break;
        };
        let is_needed = match marker {
            0xe1 => segment[4.min(length)..].starts_with(b"Exif\0"),
            // Adobe's: whether there are four colours, and which.
            0xee => true,
            0xe0..=0xef | 0xfe => false,
            _ => true,
        };
        if is_needed {
            kept.extend_from_slice(segment);
        }
        rest = after;
    }
    Cow::Borrowed(bytes)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it stands where errors are turned"
)]
fn refusal(error: image::ImageError) -> Code {
    match error {
        image::ImageError::Limits(_) => Code::UploadTooLarge,
        _ => Code::NotAPicture,
    }
}

/// What lies under clear parts must not come to light: it may be what somebody has erased.
fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let clear = picture.into_rgba8();
    let (width, height) = clear.dimensions();
    let bytes = clear.pixels().flat_map(|pixel| {
        let [red, green, blue, alpha] = pixel.0.map(u32::from);
        let laid = |colour: u32| {
            u8::try_from((colour * alpha + 255 * (255 - alpha) + 127) / 255).unwrap_or(u8::MAX)
        };
        [laid(red), laid(green), laid(blue)]
    });
    // The length fits by its making; an empty picture can't be encoded and is refused there.
    RgbImage::from_raw(width, height, bytes.collect()).unwrap_or_default()
}
