//! Files that somebody made to harm a server, sent to one that runs: each is refused or made harmless, the next
//! phone is served at once, and nothing of what came is kept.

use std::collections::{BTreeSet, HashMap};

use hezuo_domain::uploads::PART;
use hezuo_media::{MAX_PICTURE, MAX_VOICE, ogg};
use image::{DynamicImage, ImageFormat};

use crate::corpus::{CANARY, chunk, encoded, halves, jpeg, png, segment, webp};
use crate::ground::{Folder, Server, files, picture};
use crate::memory::{Watch, held};
use crate::support::{config, factory};

/// What the cage lets a process have, in kB.
const CAGE: u64 = 1024 * 1024;

/// What a server may hold at most, in kB: uploads of this test come one at a time.
const SERVER: u64 = 300 * 1024;

fn png_of(width: u32, height: u32, chunks: &[Vec<u8>]) -> Vec<u8> {
    let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
    let head = chunk(*b"IHDR", &[&size[..], &[8, 2, 0, 0, 0]].concat());
    let end = chunk(*b"IEND", b"");
    [&b"\x89PNG\r\n\x1a\n"[..], &head, &chunks.concat(), &end].concat()
}

/// A picture of one colour: small as a file, large once it is decoded.
fn bomb(width: u32, height: u32) -> Vec<u8> {
    encoded(&DynamicImage::new_rgb8(width, height), ImageFormat::Png)
}

/// A JPEG whose frame claims to be so large.
fn lying_jpeg(size: [u8; 4]) -> Vec<u8> {
    let mut bytes = encoded(&halves(), ImageFormat::Jpeg);
    let frame = bytes.windows(2).position(|it| it == [0xff, 0xc0]).unwrap();
    bytes[frame + 5..frame + 9].copy_from_slice(&size);
    bytes
}

/// A PNG that moves: the claim of a thousand frames, and frames of which each claims to be huge.
fn animated() -> Vec<u8> {
    let plain = png();
    let claim = chunk(
        *b"acTL",
        &[1000_u32.to_be_bytes(), 0_u32.to_be_bytes()].concat(),
    );
    let numbers = [0_u32, 60_000, 60_000, 0, 0].map(u32::to_be_bytes).concat();
    let frame = chunk(*b"fcTL", &[&numbers[..], &[0, 1, 0, 1, 0, 0]].concat());
    [&plain[..33], &claim, &frame.repeat(1000), &plain[33..]].concat()
}

/// Everything, by name.
fn corpus() -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    let mut add = |name: &str, bytes: Vec<u8>| all.push((name.to_owned(), bytes));
    let html = format!("<html><script>{CANARY}</script></html>").into_bytes();
    add("nothing", Vec::new());
    add("html", html.clone());
    add(
        "svg",
        format!("<svg xmlns='http://www.w3.org/2000/svg'><script>{CANARY}</script></svg>").into(),
    );
    add(
        "svg with a doctype of entities",
        format!("<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b '{CANARY}'>]><svg/>").into(),
    );
    add("pdf", b"%PDF-1.7".to_vec());
    add("gif", b"GIF89a\x01\0\x01\0\0\0\0;".to_vec());
    add("zip", [&b"PK\x03\x04"[..], &[0; 400]].concat());
    add("program", [&b"\x7fELF"[..], &[0; 400]].concat());
    add("heic", b"\0\0\0\x1cftypheic\0\0\0\0mif1heic".to_vec());
    add(
        "html behind the mark of a JPEG",
        [&[0xff, 0xd8, 0xff, 0xe0][..], &html].concat(),
    );
    add(
        "html in a comment",
        [&[0xff, 0xd8][..], &segment(0xfe, &html)].concat(),
    );
    add("words everywhere, JPEG", jpeg(6));
    add("words everywhere, PNG", png());
    add("words everywhere, WebP", webp());
    add(
        "a page and an archive behind it",
        [&jpeg(1)[..], &html, b"PK\x05\x06CANARY-zip"].concat(),
    );
    add("a thousand comments", {
        let plain = jpeg(1);
        let comments = segment(0xfe, &CANARY.repeat(900).into_bytes()).repeat(1000);
        [&plain[..2], &comments, &plain[2..]].concat()
    });
    add("ten thousand chunks of text", {
        let text = chunk(*b"tEXt", format!("Comment\0{CANARY}").as_bytes());
        let plain = png();
        [&plain[..33], &text.repeat(10_000), &plain[33..]].concat()
    });
    add("animated", animated());
    for (width, height) in [
        (60_000, 60_000),
        (12_001, 1),
        (u32::MAX >> 1, 1),
        (0, 0),
        (1, 0),
    ] {
        let body = chunk(*b"IDAT", &[0x78, 1, 1, 0, 0, 0xff, 0xff]);
        add(
            &format!("claims {width} by {height}"),
            png_of(width, height, &[body]),
        );
    }
    add("a real bomb, as large as may be", bomb(7_900, 5_000));
    add("JPEG claims everything", lying_jpeg([0xff; 4]));
    add("JPEG claims nothing", lying_jpeg([0; 4]));
    add("JPEG claims a long line", lying_jpeg([0, 1, 0xff, 0xff]));
    add("a chunk of four gigabytes", {
        let mut bytes = png();
        bytes[33..37].fill(0xff);
        bytes
    });
    add("WebP that claims four gigabytes", {
        let mut bytes = webp();
        bytes[4..8].fill(0xff);
        bytes
    });
    for (name, whole) in [
        ("JPEG", jpeg(3)),
        ("PNG", png()),
        ("WebP", webp()),
        ("clip", clip(50)),
    ] {
        for part in 1..8 {
            add(
                &format!("{name} cut at {part}/8"),
                whole[..whole.len() * part / 8].to_vec(),
            );
        }
    }
    add("too large", vec![0; MAX_PICTURE + 1]);
    add("as large as may be", picture(MAX_PICTURE, 5));
    add("a clip too large", {
        let mut bytes = b"OggS".to_vec();
        bytes.resize(MAX_VOICE + 1, 0);
        bytes
    });
    add("a clip of nothing", [&b"OggS"[..], &[0; 2000]].concat());
    add(
        "a clip of empty pages",
        ogg::write(false, &vec![&b""[..]; 40_000]),
    );
    add("elements in elements", {
        let head = b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff";
        let more = b"\x1f\x43\xb6\x75\x01\xff\xff\xff\xff\xff\xff\xff".repeat(100_000);
        [&head[..], &more].concat()
    });
    add("boxes in boxes", {
        let mut boxes = b"\0\0\0\x18ftypisom\0\0\0\0isomiso2".to_vec();
        for depth in 0..100_000_u32 {
            boxes.extend((8 * (100_000 - depth)).to_be_bytes());
            boxes.extend(b"moov");
        }
        boxes
    });
    add(
        "a box of sixteen exabytes",
        b"\0\0\0\x18ftypisom\0\0\0\0isomiso2\0\0\0\x01mdat\xff\xff\xff\xff\xff\xff\xff\xff"
            .to_vec(),
    );
    all
}

fn clip(packets: usize) -> Vec<u8> {
    ogg::write(false, &vec![[0xfc, 0xff, 0xfe]; packets])
}

/// Pieces of a file by which it would be known again: its beginning, its middle and its end.
fn pieces(bytes: &[u8]) -> Vec<&[u8]> {
    const LENGTH: usize = 48;
    let last = bytes.len().saturating_sub(LENGTH);
    let starts = [0, last / 2, last];
    let piece = |at: usize| bytes.get(at..at + LENGTH);
    let pieces = starts.into_iter().filter_map(piece);
    // Zeros lie everywhere.
    pieces
        .filter(|it| it.iter().filter(|byte| **byte != 0).count() > 24)
        .collect()
}

/// The pieces that occur in bytes. One look at each place finds all: without it this takes minutes.
fn found<'a>(bytes: &[u8], pieces: &BTreeSet<&'a [u8]>) -> Vec<&'a [u8]> {
    let mut by_beginning: HashMap<&[u8], Vec<&'a [u8]>> = HashMap::new();
    for piece in pieces {
        by_beginning.entry(&piece[..7]).or_default().push(piece);
    }
    let at = |(at, beginning): (usize, &[u8])| {
        let begun = by_beginning.get(beginning);
        begun.and_then(|begun| begun.iter().find(|it| bytes[at..].starts_with(it)).copied())
    };
    bytes.windows(7).enumerate().filter_map(at).collect()
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "what was measured is worth seeing")]
async fn a_served_process_outlives_every_hostile_file_and_keeps_nothing_of_it() {
    let folder = Folder::new("hostile");
    let cast = factory(&config(&folder.0)).await;
    let wall_code = &cast.areas[0].wall_code;
    let server = Server::start(&folder.0, "");
    let before = held(server.id());
    let watch = Watch::of(server.id());
    let corpus = corpus();
    let (mut refused, mut kept) = (0, 0);
    for (number, (name, bytes)) in corpus.iter().enumerate() {
        let number = u8::try_from(number).unwrap();
        let voice = ["named", "in_confidence", "anonymous"][usize::from(number % 3)];
        let lookup = server.report(wall_code, voice, number);
        // What is long enough comes in parts every second time.
        let said = if bytes.len() > PART && bytes.len() <= MAX_PICTURE && number.is_multiple_of(2) {
            let mut said = server.part(&lookup, "p1.jpg", bytes, 0);
            for offset in (PART..bytes.len()).step_by(PART) {
                said = server.part(&lookup, "p1.jpg", bytes, offset);
            }
            said
        } else {
            server.attach(&lookup, "p1.jpg", bytes)
        };
        match said.status() {
            204 => kept += 1,
            413 | 415 => {
                let code = said.code();
                assert!(code.starts_with("upload."), "{name}: {code}");
                refused += 1;
            }
            status => panic!("{name}: {status} {}", said.body),
        }
        // Whoever comes next is served at once.
        let next = server.attach(&lookup, "p2.jpg", &picture(900, number));
        assert_eq!(next.status(), 204, "after {name}: {}", next.body);
    }
    let (children, most, bound) = watch.end();
    let server_held = held(server.id());
    println!(
        "{} hostile files: {refused} refused, {kept} made harmless; the server held {} MB before and {} MB at \
         most, each of {children} children seen {} MB at most, in a cage of {} MB",
        corpus.len(),
        before / 1024,
        server_held / 1024,
        most / 1024,
        bound / 1024,
    );
    assert!(
        refused > 30 && kept > 5,
        "{refused} and {kept}: the corpus is what it was"
    );
    assert!(server_held < SERVER, "the server held {server_held} kB");
    assert!(
        bound <= CAGE && most <= bound,
        "a child held {most} kB of {bound} kB"
    );

    server.kill();
    // What every file of ours begins with stands in some of theirs too.
    let harmless = hezuo_media::rewrite(&picture(900, 0)).unwrap().bytes;
    let own = [harmless, clip(50), encoded(&halves(), ImageFormat::Jpeg)].concat();
    let mut theirs: BTreeSet<&[u8]> = corpus.iter().flat_map(|it| pieces(&it.1)).collect();
    for piece in found(&own, &theirs) {
        theirs.remove(piece);
    }
    assert!(theirs.len() > 60, "{} pieces to look for", theirs.len());
    theirs.insert(CANARY.as_bytes());
    let files = files(&folder.0);
    assert!(
        files
            .iter()
            .any(|it| it.starts_with(folder.0.join("blobs"))),
        "something is kept"
    );
    for file in files {
        let found = found(&std::fs::read(&file).unwrap(), &theirs);
        assert!(found.is_empty(), "{} has {found:?}", file.display());
    }
    // The eyes are open: what is planted is seen.
    let planted = [&own[..], corpus[1].1.as_slice()].concat();
    assert!(!found(&planted, &theirs).is_empty());
}
