//! Pictures with something planted in every place that a format has for words, built byte by byte.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

/// What is planted begins with this.
pub(crate) const CANARY: &str = "CANARY-";

/// Red on the left, blue on the right: wider than high.
pub(crate) fn halves() -> DynamicImage {
    let paint = |x, _| Rgb(if x < 32 { [230, 20, 20] } else { [20, 20, 230] });
    DynamicImage::ImageRgb8(RgbImage::from_fn(64, 48, paint))
}

pub(crate) fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(vec![]);
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn planted(name: &str) -> Vec<u8> {
    format!("{CANARY}{name}").into_bytes()
}

/// One entry of a TIFF directory and what does not fit into it.
struct Entry(u16, u16, Vec<u8>);

fn text(tag: u16, name: &str) -> Entry {
    Entry(tag, 2, [planted(name), vec![0]].concat())
}

/// A directory at an offset, with what its entries point to behind it.
fn directory(at: usize, entries: &[Entry], next: u32) -> Vec<u8> {
    let mut behind: Vec<u8> = vec![];
    let start = at + 2 + entries.len() * 12 + 4;
    let mut bytes = u16::try_from(entries.len()).unwrap().to_le_bytes().to_vec();
    for Entry(tag, kind, value) in entries {
        let size = [0, 1, 1, 2, 4][usize::from(*kind)];
        bytes.extend(tag.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend(u32::try_from(value.len() / size).unwrap().to_le_bytes());
        if value.len() <= 4 {
            bytes.extend([value.as_slice(), &[0; 4][value.len()..]].concat());
        } else {
            bytes.extend(u32::try_from(start + behind.len()).unwrap().to_le_bytes());
            behind.extend(value);
        }
    }
    bytes.extend(next.to_le_bytes());
    bytes.extend(behind);
    bytes
}

/// Exif with maker, place, orientation and a thumbnail that has words of its own.
pub(crate) fn exif(orientation: u16) -> Vec<u8> {
    const GPS: usize = 400;
    const SECOND: usize = 600;
    let mut thumbnail = vec![0xff, 0xd8];
    thumbnail.extend(segment(0xfe, &planted("thumbnail")));
    thumbnail.extend([0xff, 0xd9]);
    let first = [
        text(0x010e, "exif-description"),
        text(0x010f, "exif-make"),
        text(0x0110, "exif-model"),
        Entry(0x0112, 3, orientation.to_le_bytes().to_vec()),
        text(0x0132, "exif-date"),
        text(0x013b, "exif-artist"),
        text(0xa431, "exif-serial"),
        Entry(
            0x8825,
            4,
            u32::try_from(GPS).unwrap().to_le_bytes().to_vec(),
        ),
    ];
    let place = [text(0x0001, "gps-north"), text(0x001b, "gps-method")];
    let small = [
        Entry(0x0201, 4, 800_u32.to_le_bytes().to_vec()),
        Entry(
            0x0202,
            4,
            u32::try_from(thumbnail.len())
                .unwrap()
                .to_le_bytes()
                .to_vec(),
        ),
    ];
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    bytes.extend(directory(8, &first, u32::try_from(SECOND).unwrap()));
    assert!(bytes.len() <= GPS);
    bytes.resize(GPS, 0);
    bytes.extend(directory(GPS, &place, 0));
    bytes.resize(SECOND, 0);
    bytes.extend(directory(SECOND, &small, 0));
    bytes.resize(800, 0);
    bytes.extend(thumbnail);
    bytes
}

/// A segment of a JPEG.
pub(crate) fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker], &length[..], body].concat()
}

/// A JPEG with words everywhere, and a second picture behind it.
pub(crate) fn jpeg(orientation: u16) -> Vec<u8> {
    let plain = encoded(&halves(), ImageFormat::Jpeg);
    let join = |start: &[u8], name: &str| [start, &planted(name)].concat();
    let second = [
        &[0xff, 0xd8][..],
        &segment(0xfe, &planted("mpf-second")),
        &plain[2..],
    ]
    .concat();
    let iptc = [
        &b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x20\x1c\x02\x78\0\x1b"[..],
        &planted("iptc-caption"),
    ]
    .concat();
    [
        &plain[..2],
        &segment(0xe1, &[b"Exif\0\0", &exif(orientation)[..]].concat()),
        &segment(0xe1, &join(b"http://ns.adobe.com/xap/1.0/\0", "xmp")),
        &segment(
            0xe1,
            &join(b"http://ns.adobe.com/xmp/extension/\0", "xmp-more"),
        ),
        &segment(0xe2, &join(b"ICC_PROFILE\0\x01\x01", "icc")),
        &segment(0xe2, &join(b"MPF\0II*\0", "mpf")),
        &segment(0xe4, &planted("app4")),
        &segment(0xeb, &planted("app11-provenance")),
        &segment(0xed, &iptc),
        &segment(0xef, &planted("app15")),
        &segment(0xfe, &planted("comment")),
        &plain[2..],
        &second,
        &planted("trailer"),
    ]
    .concat()
}

fn sum(bytes: &[u8]) -> u32 {
    let table = |sum: u32, byte: &u8| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 * (sum & 1))
        })
    };
    !bytes.iter().fold(u32::MAX, table)
}

/// A chunk of a PNG.
pub(crate) fn chunk(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
    let typed = [&kind[..], body].concat();
    [
        &u32::try_from(body.len()).unwrap().to_be_bytes()[..],
        &typed,
        &sum(&typed).to_be_bytes(),
    ]
    .concat()
}

/// Not made smaller, so that a word in it can be found.
fn stored(body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap();
    let (mut low, mut high) = (1_u32, 0_u32);
    for byte in body {
        low = (low + u32::from(*byte)) % 65_521;
        high = (high + low) % 65_521;
    }
    [
        &[0x78, 1, 1][..],
        &length.to_le_bytes(),
        &(!length).to_le_bytes(),
        body,
        &((high << 16) | low).to_be_bytes(),
    ]
    .concat()
}

/// A PNG with words in every kind of chunk.
pub(crate) fn png() -> Vec<u8> {
    let plain = encoded(&halves(), ImageFormat::Png);
    // Signature and the header chunk.
    let (head, rest) = plain.split_at(8 + 25);
    let keyed = |key: &str, between: &[u8], value: Vec<u8>| {
        [key.as_bytes(), b"\0", between, &value].concat()
    };
    [
        head,
        &chunk(
            *b"iCCP",
            &keyed("CANARY-icc-name", b"\0", stored(&planted("icc"))),
        ),
        &chunk(*b"tEXt", &keyed("CANARY-key", b"", planted("text"))),
        &chunk(
            *b"zTXt",
            &keyed("Comment", b"\0", stored(&planted("ztext"))),
        ),
        &chunk(
            *b"iTXt",
            &keyed("XML:com.adobe.xmp", b"\0\0\0\0", planted("itext")),
        ),
        &chunk(*b"eXIf", &exif(1)),
        &chunk(*b"tIME", &[7, 239, 1, 2, 3, 4, 5]),
        &chunk(*b"caNy", &planted("private")),
        rest,
        &planted("trailer"),
    ]
    .concat()
}

fn riff(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_le_bytes();
    let pad = &[0][..body.len() % 2];
    [&kind[..], &length, body, pad].concat()
}

/// A WebP with words in every kind of chunk.
pub(crate) fn webp() -> Vec<u8> {
    let plain = encoded(&halves(), ImageFormat::WebP);
    // What is there, and that it is 64 by 48.
    let flags = [0b0010_1100, 0, 0, 0, 63, 0, 0, 47, 0, 0];
    let body = [
        b"WEBP".to_vec(),
        riff(*b"VP8X", &flags),
        riff(*b"ICCP", &planted("icc")),
        plain[12..].to_vec(),
        riff(*b"EXIF", &exif(1)),
        riff(*b"XMP ", &planted("xmp")),
        riff(*b"CNRY", &planted("unknown-chunk")),
    ]
    .concat();
    [riff(*b"RIFF", &body), planted("trailer")].concat()
}
