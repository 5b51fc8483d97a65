//! Fuzz targets: whatever a stranger can send, changed at random. Each hunt first has to find a
//! defect that was planted in its target. A second each in `make test`, a minute in
//! `make test-long-fuzz`, five in `make fuzz`.

mod engine;
mod sync;

use std::path::PathBuf;
use std::time::Duration;

use hezuo_domain::Code;
use hezuo_domain::commitment::{digest, hex};
use hezuo_domain::report_code::ReportCode;
use hezuo_domain::time::SeededRandom;
use hezuo_domain::wall_code::{WallCode, WallKey};
use hezuo_testkit::{picture, voice_clip};
use rust_xlsxwriter::Workbook;

use engine::hunt;

/// How long a planted defect may stay unfound.
const PLANTED: Duration = Duration::from_secs(50);

#[expect(clippy::disallowed_methods, reason = "a long run tries longer")]
fn time() -> Duration {
    let asked = std::env::var("HEZUO_FUZZ_SECONDS").ok();
    Duration::from_secs(asked.and_then(|n| n.parse().ok()).unwrap_or(1))
}

/// Shows only in changed inputs; that no seed has it is checked.
fn is_planted(input: &[u8]) -> bool {
    input.len() % 37 == 11 && !input.is_empty()
}

/// First finds the planted defect, then tries what is real; a breaking input is kept in a file.
#[expect(clippy::print_stdout, reason = "a long run says what it did")]
pub(crate) fn target(
    name: &str,
    seeds: &[Vec<u8>],
    mut run: impl FnMut(&[u8]) -> Result<String, String>,
) {
    let seeds: Vec<_> = seeds
        .iter()
        .filter(|seed| !is_planted(seed))
        .cloned()
        .collect();
    assert!(!seeds.is_empty(), "{name} has seeds");
    let caught = hunt(&seeds, PLANTED, |input| {
        if is_planted(input) {
            return Err("planted".to_owned());
        }
        run(input)
    });
    let why = caught.broken.map(|(_, why)| why);
    assert_eq!(why.as_deref(), Some("planted"), "{name} is blind or broken");
    let hunt = hunt(&seeds, time(), run);
    println!(
        "fuzz {name}: {} inputs in {} s, {} different outcomes",
        hunt.runs,
        time().as_secs(),
        hunt.outcomes
    );
    if let Some((input, why)) = hunt.broken {
        let file = format!("fuzz-{name}-{}", &hex(&digest(&input))[..8]);
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(file);
        std::fs::write(&path, input).expect("the input can be kept");
        panic!("{name}: {why}; the input lies in {}", path.display());
    }
    assert!(hunt.outcomes > 1, "{name}: every input ends the same way");
}

/// Files beside the tests of `media`.
fn clips() -> Vec<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../media/tests/clips");
    let files = std::fs::read_dir(folder).expect("clips");
    let paths = files.map(|file| file.expect("a clip").path());
    paths
        .filter(|path| path.extension().is_some_and(|it| it != "md"))
        .map(|path| std::fs::read(path).expect("a clip"))
        .collect()
}

fn is_jpeg(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xff, 0xd8]) && bytes.ends_with(&[0xff, 0xd9])
}

#[test]
fn upload() {
    let mut seeds = clips();
    let jpeg = hezuo_media::rewrite(&picture()).expect("a picture").bytes;
    let webp = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0";
    seeds.extend([picture(), jpeg, webp.to_vec(), voice_clip()]);
    target("upload", &seeds, |input| {
        match hezuo_media::rewrite(input) {
            Ok(safe) => {
                if !safe.kind.is_voice() && !is_jpeg(&safe.bytes) {
                    return Err("what is kept is no JPEG".to_owned());
                }
                let again = hezuo_media::rewrite(&safe.bytes);
                if again.as_ref().map(|it| it.kind) != Ok(safe.kind) {
                    return Err(format!("what was kept is not taken again: {again:?}"));
                }
                if safe.kind.is_voice() && again != Ok(safe.clone()) {
                    return Err("a clip changes when it is rewritten again".to_owned());
                }
                Ok(format!("{:?} {}", safe.kind, safe.bytes.len().ilog2()))
            }
            Err(Code::NotAPicture | Code::NotAVoiceClip | Code::UploadTooLarge) => {
                Ok(format!("refused {}", input.len().max(1).ilog2()))
            }
            Err(code) => Err(format!("refused with {code:?}")),
        }
    });
}

#[test]
fn report_code() {
    let codes = (0..20).map(|seed| ReportCode::random(&SeededRandom::new(seed)).to_string());
    let mut seeds: Vec<Vec<u8>> = codes.map(String::into_bytes).collect();
    seeds.extend([b"0O1IL-oil ".to_vec(), "０１２３".as_bytes().to_vec()]);
    target("report-code", &seeds, |input| {
        let text = String::from_utf8_lossy(input);
        match ReportCode::parse(&text) {
            Ok(code) => {
                let again = ReportCode::parse(&code.to_string());
                if again.is_ok_and(|it| it.lookup() == code.lookup()) {
                    Ok(format!("a code of {}", text.len()))
                } else {
                    Err("a code is another one after it was shown".to_owned())
                }
            }
            Err(problem) if problem.code == Code::ReportCodeUnknown => {
                Ok(format!("unknown {}", text.chars().count().min(60)))
            }
            Err(problem) => Err(format!("{problem:?}")),
        }
    });
}

#[test]
fn wall_code() {
    let key = WallKey([7; 32]);
    let signed = |enterprise: &str, area: Option<&str>| {
        key.path(&WallCode {
            enterprise: enterprise.to_owned(),
            area: area.map(str::to_owned),
        })
    };
    let genuine = [
        signed("HOME0001", Some("A7K2")),
        signed("HOME0002", Some("B7K2")),
    ];
    let mut seeds: Vec<Vec<u8>> = genuine.iter().map(|it| it.clone().into_bytes()).collect();
    seeds.extend([
        b"HOME0001".to_vec(),
        b"A.B.C.D".to_vec(),
        b"%00/../x".to_vec(),
    ]);
    target("wall-code", &seeds, |input| {
        let text = String::from_utf8_lossy(input);
        match key.read(&text) {
            // An area is only ever opened by one of the two signatures there are.
            Ok(code) if code.area.is_some() && !genuine.contains(&text.to_ascii_uppercase()) => {
                Err(format!("{text} opens {code:?}"))
            }
            Ok(code) => Ok(format!("{} {}", code.area.is_some(), code.enterprise.len())),
            Err(problem) if problem.code == Code::WallCodeUnknown => {
                Ok(format!("unknown {}", text.matches('.').count().min(5)))
            }
            Err(problem) => Err(format!("{problem:?}")),
        }
    });
}

#[test]
fn import() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_row(0, 0, ["日期", "说明"]).expect("a header");
    sheet
        .write_row(1, 0, ["2026-01-31", "漏油"])
        .expect("a row");
    let sheet = book.save_to_buffer().expect("a workbook");
    let gb18030 = b"\xc8\xd5\xc6\xda,\xcb\xb5\xc3\xf7\r\n2026-01-31,\xc2\xa9\xd3\xcd\r\n".to_vec();
    let seeds = [
        sheet,
        gb18030,
        "日期;说明\n2026-01-31;\"一行\n两行\"\n".as_bytes().to_vec(),
        b"day\tnote\r\n\"a \"\"b\"\"\"\t1e9\r\n".to_vec(),
        b"\xef\xbb\xbfday,note\n,,,,\n\"open".to_vec(),
        b"\xff\xfed\0a\0y\0,\0n\0\n\0".to_vec(),
    ];
    target(
        "import",
        &seeds,
        |input| match hezuo_app::imports::count_rows(input) {
            Ok(rows) if rows > input.len() => Err(format!("{rows} rows of {} bytes", input.len())),
            Ok(rows) => Ok(format!("{rows} rows {}", input.starts_with(b"PK"))),
            Err(problem)
                if [Code::ImportUnreadable, Code::UploadTooLarge].contains(&problem.code) =>
            {
                Ok(format!("{:?} {}", problem.code, input.len().max(1).ilog2()))
            }
            Err(problem) => Err(format!("{problem:?}")),
        },
    );
}
