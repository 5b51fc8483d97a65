//! What the commands say about a simulated database: it is filled once, its chains are whole, and the benchmark
//! finds the same totals in it whichever way it counts.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test stops where it fails"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays behind costs disk, not correctness.
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn hezuo(data: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hezuo"))
        .args(arguments)
        .env("HEZUO_DATA", data)
        .env("RUST_LOG", "error")
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{output:?}");
    text
}

#[test]
fn a_simulated_database_is_whole_and_measured() {
    let name = format!("hezuo-simulate-{}", std::process::id());
    let folder = Folder(std::env::temp_dir().join(name));
    std::fs::create_dir_all(&folder.0).unwrap();
    let summary = folder.0.join("summary.json");
    let fill = [
        "simulate",
        "--enterprises",
        "30",
        "--cases",
        "24000",
        "--seed",
        "3",
    ];
    let mut arguments = fill.to_vec();
    arguments.extend(["--summary", summary.to_str().unwrap()]);
    let printed: Value = serde_json::from_str(&said(&hezuo(&folder.0, &arguments))).unwrap();
    let written: Value = serde_json::from_slice(&std::fs::read(&summary).unwrap()).unwrap();
    assert_eq!(printed["nation"], written["nation"]);
    assert_eq!(written["nation"]["reports"], 24_000);
    let regions = written["regions"].as_object().unwrap();
    let of_provinces = regions.iter().filter(|(code, _)| code.ends_with("0000"));
    let sum: i64 = of_provinces
        .map(|(_, it)| it["reports"].as_i64().unwrap())
        .sum();
    assert_eq!(sum, 24_000, "the provinces make the nation");

    let again = hezuo(&folder.0, &fill);
    assert!(!again.status.success());
    assert!(
        String::from_utf8_lossy(&again.stderr).contains("not empty"),
        "{again:?}"
    );

    let verified = said(&hezuo(&folder.0, &["verify"]));
    assert!(
        verified.contains("0 pending, 0 erased, 0 broken"),
        "{verified}"
    );

    let data = folder.0.to_str().unwrap();
    let measured = said(&hezuo(
        &folder.0,
        &["bench", "--quick", "--growth", "--data", data],
    ));
    for line in [
        "**the same**",
        "| nation |",
        "| report |",
        "status 200, 1200 rows",
    ] {
        assert!(measured.contains(line), "{line} in {measured}");
    }
    let totals = format!(
        "[{}, {}, {}]",
        written["nation"]["open"], written["nation"]["danger"], written["nation"]["overdue"]
    );
    assert!(measured.contains(&totals), "{totals} in {measured}");
}
