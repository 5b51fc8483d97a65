//! No word that was planted in a picture is left in what is kept of it, and no bomb goes off.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test stops where it fails"
)]

mod corpus;

use corpus::{CANARY, chunk, encoded, exif, halves, jpeg, png, segment, webp};
use hezuo_domain::Code;
use hezuo_media::{Kind, MAX_PICTURE, rewrite};
use image::{DynamicImage, GenericImageView, ImageFormat, Rgba, RgbaImage};

fn canaries(bytes: &[u8]) -> usize {
    let word = CANARY.as_bytes();
    bytes.windows(word.len()).filter(|it| *it == word).count()
}

/// Complains about each segment that a bare JPEG does not need.
fn strange_segments(jpeg: &[u8]) -> Vec<String> {
    let mut complaints = vec![];
    let mut at = 2;
    loop {
        let marker = jpeg[at + 1];
        let length = usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
        let is_plain_head = marker == 0xe0 && length == 16 && &jpeg[at + 4..at + 9] == b"JFIF\0";
        if !is_plain_head && ![0xdb, 0xc0, 0xc4, 0xda].contains(&marker) {
            complaints.push(format!("{marker:02x} at {at}"));
        }
        at += 2 + length;
        if marker == 0xda {
            break;
        }
    }
    // In the picture itself a marker can only be its end.
    let end = jpeg[at..].windows(2).position(|it| it == [0xff, 0xd9]);
    if end.map(|end| at + end + 2) != Some(jpeg.len()) {
        complaints.push("something stands behind the picture".to_owned());
    }
    complaints
}

#[test]
fn nothing_that_was_planted_is_left() {
    let corpus = [
        ("jpeg", jpeg(1), 20),
        ("png", png(), 17),
        ("webp", webp(), 13),
    ];
    for (name, bytes, planted) in corpus {
        assert_eq!(
            canaries(&bytes),
            planted,
            "{name}: what was planted is there"
        );
        let safe = rewrite(&bytes).unwrap();
        assert_eq!(safe.kind, Kind::Picture);
        assert_eq!(canaries(&safe.bytes), 0, "{name}");
        assert_eq!(strange_segments(&safe.bytes), [""; 0], "{name}");
        let kept = image::load_from_memory(&safe.bytes).unwrap();
        assert_eq!(kept.dimensions(), (64, 48), "{name}");
    }
    // The guard itself sees what a careless encoder would leave.
    let careless = jpeg(1);
    assert!(strange_segments(&careless).len() >= 10, "blind");
}

#[test]
fn a_picture_is_turned_before_its_orientation_is_dropped() {
    let top_left = |bytes: &[u8]| {
        let kept = image::load_from_memory(&rewrite(bytes).unwrap().bytes).unwrap();
        let [red, _, blue, _] = kept.get_pixel(2, 2).0;
        (kept.dimensions(), red > blue)
    };
    assert_eq!(top_left(&jpeg(1)), ((64, 48), true));
    assert_eq!(top_left(&jpeg(3)), ((64, 48), false));
    assert_eq!(top_left(&jpeg(6)), ((48, 64), true));
    assert_eq!(top_left(&jpeg(8)), ((48, 64), false));
}

#[test]
fn a_large_picture_is_shrunk() {
    let bytes = encoded(&DynamicImage::new_rgb8(4000, 1000), ImageFormat::Png);
    let kept = image::load_from_memory(&rewrite(&bytes).unwrap().bytes).unwrap();
    assert_eq!(kept.dimensions(), (2000, 500));
}

#[test]
fn what_was_erased_stays_erased() {
    // Somebody has made a name clear instead of painting over it: its colours are still there.
    let erased = |x: u32, _| Rgba([if x < 32 { 0 } else { 200 }, 0, 0, 0]);
    let picture = DynamicImage::ImageRgba8(RgbaImage::from_fn(64, 48, erased));
    let bytes = encoded(&picture, ImageFormat::Png);
    let kept = image::load_from_memory(&rewrite(&bytes).unwrap().bytes).unwrap();
    assert!(
        kept.pixels()
            .all(|(_, _, it)| it.0.iter().all(|it| *it > 250))
    );
}

fn png_of(width: u32, height: u32, body: &[u8]) -> Vec<u8> {
    let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
    [
        &b"\x89PNG\r\n\x1a\n"[..],
        &chunk(*b"IHDR", &[&size[..], &[8, 2, 0, 0, 0]].concat()),
        &chunk(*b"IDAT", body),
        &chunk(*b"IEND", b""),
    ]
    .concat()
}

#[test]
fn what_claims_to_be_huge_is_refused_before_it_is_decoded() {
    for (width, height) in [
        (60_000, 60_000),
        (12_000, 12_000),
        (12_001, 1),
        (u32::MAX >> 1, 1),
    ] {
        let bomb = png_of(width, height, &[0x78, 1, 1, 0, 0, 0xff, 0xff]);
        assert_eq!(
            rewrite(&bomb),
            Err(Code::UploadTooLarge),
            "{width}×{height}"
        );
    }
    // A JPEG that claims 65,535 by 65,535.
    let mut bomb = encoded(&halves(), ImageFormat::Jpeg);
    let frame = bomb.windows(2).position(|it| it == [0xff, 0xc0]).unwrap();
    bomb[frame + 5..frame + 9].fill(0xff);
    assert!(rewrite(&bomb).is_err());
    assert_eq!(
        rewrite(&vec![0; MAX_PICTURE + 1]),
        Err(Code::UploadTooLarge)
    );
}

#[test]
fn what_only_pretends_is_refused() {
    let html = b"<html><script>alert(1)</script></html>";
    let pretenders: [Vec<u8>; 9] = [
        vec![],
        html.to_vec(),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
        b"%PDF-1.7".to_vec(),
        b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(),
        b"BM\0\0\0\0".to_vec(),
        [&[0xff, 0xd8, 0xff, 0xe0][..], html].concat(),
        [&[0xff, 0xd8][..], &segment(0xfe, html)].concat(),
        b"\0\0\0\x1cftypheic\0\0\0\0mif1heic".to_vec(),
    ];
    for bytes in pretenders {
        assert_eq!(rewrite(&bytes), Err(Code::NotAPicture), "{bytes:?}");
    }
}

#[test]
fn a_picture_that_is_something_else_too_is_a_picture_only() {
    let html = format!("<html><script>{CANARY}</script></html>");
    let zip = b"PK\x05\x06CANARY-zip";
    let polyglot = [&jpeg(1)[..], html.as_bytes(), zip].concat();
    let safe = rewrite(&polyglot).unwrap();
    assert_eq!(
        (canaries(&safe.bytes), strange_segments(&safe.bytes).len()),
        (0, 0)
    );
}

#[test]
fn a_picture_may_end_anywhere() {
    for whole in [jpeg(6), png(), webp()] {
        for end in 0..whole.len() {
            match rewrite(&whole[..end]) {
                Ok(safe) => assert_eq!(canaries(&safe.bytes), 0),
                Err(code) => assert_eq!(code, Code::NotAPicture, "at {end}"),
            }
        }
    }
}

#[test]
fn orientation_that_makes_no_sense_is_no_obstacle() {
    for orientation in [0, 9, u16::MAX] {
        assert!(rewrite(&jpeg(orientation)).is_ok());
    }
    let mut cut = exif(6);
    cut.truncate(12);
    let head = segment(0xe1, &[b"Exif\0\0", &cut[..]].concat());
    let plain = encoded(&halves(), ImageFormat::Jpeg);
    assert!(rewrite(&[&plain[..2], &head, &plain[2..]].concat()).is_ok());
}
