//! Uploads are rewritten in a process of its own, which can do nothing else and whose end is nobody
//! else's.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test stops where it fails"
)]

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use hezuo_app::uploads::Rewriter;
use hezuo_domain::Code;
use hezuo_media::ogg;
use hezuo_server::rewrite::{Apart, COMMAND};

const PROGRAM: &str = env!("CARGO_BIN_EXE_hezuo");

/// A picture of some megabytes, which does not compress well.
fn picture() -> Vec<u8> {
    let paint = |x: u32, y: u32| {
        let noise = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)).to_le_bytes();
        image::Rgb([noise[1], noise[2], noise[3]])
    };
    let mut bytes = std::io::Cursor::new(vec![]);
    image::RgbImage::from_fn(1200, 900, paint)
        .write_to(&mut bytes, image::ImageFormat::Jpeg)
        .unwrap();
    bytes.into_inner()
}

fn attempt(what: &str, unfiltered: bool) -> ExitStatus {
    let mut command = Command::new(PROGRAM);
    command.args([COMMAND, "--attempt", what]);
    if unfiltered {
        command.arg("--unfiltered");
    }
    command.stdin(Stdio::null()).status().unwrap()
}

#[test]
fn the_process_can_do_nothing_but_its_work() {
    const SIGSYS: i32 = 31;
    const SIGXCPU: i32 = 24;
    const SIGKILL: i32 = 9;
    for forbidden in ["file", "network", "program"] {
        // The filter of system calls ends it on the spot.
        let signal = attempt(forbidden, false).signal();
        assert_eq!(signal, Some(SIGSYS), "{forbidden}");
        // Without the filter the kernel's Landlock refuses; a kernel without it has none to show.
        if Path::new("/sys/kernel/security/landlock").exists() || landlock_is_here() {
            assert!(attempt(forbidden, true).success(), "{forbidden}");
        }
    }
    assert!(attempt("memory", false).success());
    let signal = attempt("time", false).signal();
    assert!(
        [Some(SIGXCPU), Some(SIGKILL)].contains(&signal),
        "{signal:?}"
    );
}

/// Whether this kernel has Landlock with the network: 6.7 or later, and switched on.
fn landlock_is_here() -> bool {
    let log = Command::new("dmesg").output();
    log.is_ok_and(|it| String::from_utf8_lossy(&it.stdout).contains("landlock: Up and running"))
}

#[tokio::test]
async fn a_picture_and_a_clip_come_back_rewritten() {
    let apart = Apart::new(Path::new(PROGRAM));
    apart.check().await.unwrap();
    for bytes in [picture(), ogg::write(false, &[[0xfc, 0xff, 0xfe]; 50])] {
        let here = hezuo_media::rewrite(&bytes).unwrap();
        assert_eq!(apart.rewrite(bytes).await.unwrap(), here);
    }
    for (bytes, code) in [
        (&b"<svg/>"[..], Code::NotAPicture),
        (b"OggS", Code::NotAVoiceClip),
        (&vec![0; 12 * 1024 * 1024 + 1], Code::UploadTooLarge),
    ] {
        assert_eq!(refused(&apart, bytes).await, code);
    }
}

async fn refused(apart: &Apart, bytes: &[u8]) -> Code {
    let error = apart.rewrite(bytes.to_vec()).await.unwrap_err();
    error.problem().code
}

struct Script(PathBuf);

impl Script {
    /// A program that does this instead of rewriting.
    fn new(name: &str, does: &str) -> Self {
        let path = std::env::temp_dir().join(format!("hezuo-{}-{name}", std::process::id()));
        std::fs::write(&path, format!("#!/bin/sh\n{does}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        Self(path)
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        // A file that can't be removed costs disk, not correctness.
        drop(std::fs::remove_file(&self.0));
    }
}

#[tokio::test]
async fn a_process_that_fails_in_any_way_is_the_file_s_fault_and_nobody_waits() {
    let ways = [
        ("crashes", "kill -SEGV $$"),
        ("is-silent", "exit 0"),
        ("babbles", "exec cat /dev/zero"),
        ("hangs", "exec sleep 600"),
        (
            "stops-half-way",
            "printf 'HZ1\\003\\000\\000\\000\\001\\000half'",
        ),
    ];
    for (name, does) in ways {
        let script = Script::new(name, does);
        let apart = Apart::new(&script.0).patient_for(Duration::from_millis(1500));
        let since = Instant::now();
        assert_eq!(
            refused(&apart, &picture()).await,
            Code::NotAPicture,
            "{name}"
        );
        assert_eq!(
            refused(&apart, b"OggS").await,
            Code::NotAVoiceClip,
            "{name}"
        );
        assert!(since.elapsed() < Duration::from_secs(20), "{name}");
        assert!(
            apart.check().await.is_err(),
            "{name}: the server would not start"
        );
    }
    let nowhere = Apart::new(Path::new("/nowhere/hezuo"));
    assert_eq!(refused(&nowhere, &picture()).await, Code::Busy);
    assert!(nowhere.check().await.is_err());
}
