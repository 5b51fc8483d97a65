//! A picture like a phone's: 1,600 × 1,200 pixels with noise, about 300 kB as JPEG.

use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};

use crate::{Failure, Result};

/// What a phone sends.
pub(super) const SIZE: usize = 300 * 1024;

/// Draws pictures with more or less noise until the size fits.
pub(super) fn draw() -> Result<Vec<u8>> {
    let (mut low, mut high) = (0_u32, 160_u32);
    let mut best = encode(high)?;
    for _ in 0..7 {
        let noise = u32::midpoint(low, high);
        let bytes = encode(noise)?;
        if bytes.len() > SIZE {
            high = noise;
        } else {
            low = noise;
        }
        if bytes.len().abs_diff(SIZE) < best.len().abs_diff(SIZE) {
            best = bytes;
        }
    }
    Ok(best)
}

fn encode(noise: u32) -> Result<Vec<u8>> {
    let mut state = 1_u32;
    let picture = RgbImage::from_fn(1_600, 1_200, |x, y| {
        // A linear congruential generator: cheap, and the same picture each time.
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let grain = (state >> 24) * noise / 1_024;
        let level = |base: u32| u8::try_from((base + grain).min(255)).unwrap_or(u8::MAX);
        let is_shape = (x / 200 + y / 150) % 2 == 0;
        let base = if is_shape { 40 + x / 16 } else { 60 + y / 12 };
        Rgb([level(base), level(base + 10), level(base / 2 + 30)])
    });
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 82)
        .encode_image(&picture)
        .map_err(|error| Failure::Other(format!("the picture can't be drawn: {error}")))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_is_about_as_large_as_a_phones() {
        let bytes = draw().unwrap();
        let difference = bytes.len().abs_diff(SIZE);
        assert!(difference < SIZE / 10, "{} bytes", bytes.len());
    }
}
