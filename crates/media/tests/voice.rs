//! Of a voice clip the sound is left, in a file that looks the same from every phone.

use hezuo_domain::Code;
use hezuo_media::{Kind, MAX_VOICE, ogg, rewrite};

/// Each clip with what is kept of it.
const CLIPS: [(&str, &[u8], Kind); 7] = [
    (
        "chromium.webm",
        include_bytes!("clips/chromium.webm"),
        Kind::OpusClip,
    ),
    (
        "chromium.mp4",
        include_bytes!("clips/chromium.mp4"),
        Kind::OpusClip,
    ),
    ("opus.ogg", include_bytes!("clips/opus.ogg"), Kind::OpusClip),
    (
        "opus.webm",
        include_bytes!("clips/opus.webm"),
        Kind::OpusClip,
    ),
    ("opus.mp4", include_bytes!("clips/opus.mp4"), Kind::OpusClip),
    ("aac.m4a", include_bytes!("clips/aac.m4a"), Kind::AacClip),
    (
        "aac-fragments.mp4",
        include_bytes!("clips/aac-fragments.mp4"),
        Kind::AacClip,
    ),
];

/// Words that containers carry: planted ones, and the names of programs.
fn words(bytes: &[u8]) -> Vec<&'static str> {
    const WORDS: [&str; 11] = [
        "CANARY",
        "Lavf",
        "Lavc",
        "Chrom",
        "Chrome",
        "WebM",
        "libopus",
        "isom",
        "+30.1234",
        "2031",
        "SoundHandler",
    ];
    let has = |word: &&str| bytes.windows(word.len()).any(|it| it == word.as_bytes());
    WORDS.into_iter().filter(has).collect()
}

#[test]
fn only_sound_is_left_and_every_file_looks_alike() {
    let mut heads = vec![];
    for (name, bytes, kind) in CLIPS {
        assert!(
            !words(bytes).is_empty(),
            "{name} carries words to begin with"
        );
        let safe = rewrite(bytes).unwrap_or_else(|code| panic!("{name}: {code:?}"));
        assert_eq!(safe.kind, kind, "{name}");
        assert_eq!(words(&safe.bytes), [""; 0], "{name}");
        assert!(
            safe.bytes.len() > bytes.len() / 2,
            "{name}: the sound is there"
        );
        assert_eq!(
            rewrite(&safe.bytes),
            Ok(safe.clone()),
            "{name}: once is enough"
        );
        if kind == Kind::OpusClip {
            // The number of channels stands in the head, and so in its checksum.
            let mut head = safe.bytes[..91].to_vec();
            head[37] = 0;
            head[22..26].fill(0);
            heads.push(head);
        }
    }
    // Up to the first page of sound nothing depends on who recorded it.
    heads.dedup();
    assert_eq!(heads.len(), 1);
}

#[test]
fn the_sound_is_as_long_as_it_was() {
    for (name, bytes, kind) in CLIPS {
        let safe = rewrite(bytes).unwrap();
        let milliseconds = if kind == Kind::OpusClip {
            // The last page begins with the count of samples.
            let last = safe.bytes.windows(4).rposition(|it| it == b"OggS").unwrap();
            let count = safe.bytes[last + 6..last + 14].try_into().unwrap();
            u64::from_le_bytes(count) / 48
        } else {
            let frames = safe
                .bytes
                .windows(2)
                .filter(|it| *it == [0xff, 0xf1])
                .count();
            u64::try_from(frames).unwrap() * 1024 * 10 / 441
        };
        let length = if name.starts_with("chromium") {
            1500
        } else {
            2000
        };
        assert!(
            milliseconds.abs_diff(length) < 200,
            "{name}: {milliseconds} ms"
        );
    }
}

#[test]
fn what_is_no_clip_is_refused() {
    let webm = include_bytes!("clips/opus.webm");
    let pretenders: [&[u8]; 8] = [
        b"OggS",
        &[&b"OggS"[..], &[0; 2000]].concat(),
        b"\x1a\x45\xdf\xa3",
        &[&b"\x1a\x45\xdf\xa3"[..], &[0xff; 2000]].concat(),
        &webm[..200],
        b"\0\0\0\x18ftypisom\0\0\0\0isomiso2",
        &[0xff, 0xf1, 0x50, 0x40, 0x01, 0x1f, 0xfc],
        &ogg::write::<&[u8]>(false, &[]),
    ];
    for bytes in pretenders {
        assert_eq!(rewrite(bytes), Err(Code::NotAVoiceClip), "{bytes:?}");
    }
    let mut large = b"OggS".to_vec();
    large.resize(MAX_VOICE + 1, 0);
    assert_eq!(rewrite(&large), Err(Code::UploadTooLarge));
}

#[test]
fn boxes_in_boxes_and_pages_without_end_are_no_clip() {
    // Each element of EBML holds the next; a segment of unknown length around them.
    let mut nested =
        b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff".to_vec();
    nested.extend(b"\x1f\x43\xb6\x75\x01\xff\xff\xff\xff\xff\xff\xff".repeat(100_000));
    assert_eq!(rewrite(&nested), Err(Code::NotAVoiceClip));
    let mut boxes = b"\0\0\0\x18ftypisom\0\0\0\0isomiso2".to_vec();
    for depth in 0..100_000_u32 {
        boxes.extend((8 * (100_000 - depth)).to_be_bytes());
        boxes.extend(b"moov");
    }
    assert_eq!(rewrite(&boxes), Err(Code::NotAVoiceClip));
    // Pages that hold nothing, as many as fit.
    let empty = ogg::write(false, &vec![&b""[..]; 40_000]);
    assert_eq!(rewrite(&empty), Err(Code::NotAVoiceClip));
}

#[test]
fn a_clip_over_which_its_reader_panics_is_refused() {
    let clip = include_bytes!("corpus/sample-before-first.mp4");
    assert_eq!(rewrite(clip), Err(Code::NotAVoiceClip));
}

#[test]
fn a_clip_may_end_anywhere() {
    for (name, bytes, _) in CLIPS {
        for end in 0..bytes.len() {
            if let Ok(safe) = rewrite(&bytes[..end]) {
                assert!(safe.kind.is_voice(), "{name} at {end}");
                assert_eq!(words(&safe.bytes), [""; 0], "{name} at {end}");
            }
        }
    }
}
