//! What `docs/security/asvs.md` says of itself: each number once, three answers, counts that add up, and no
//! file or function that is not there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const STATUS: [&str; 3] = ["met", "not applicable", "deviation"];

/// Requirements of levels 1 and 2 in ASVS 5.0.0.
const ALL: usize = 253;

fn read(path: &str) -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read_to_string(root.join(path)).ok()
}

/// The cells of each row of the tables.
fn rows(page: &str) -> impl Iterator<Item = Vec<&str>> {
    let lines = page.lines().filter(|line| line.starts_with("| "));
    lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
}

/// Complains about each quoted file that is missing, and each quoted word that its file has not.
fn missing(number: &str, evidence: &str) -> Vec<String> {
    let mut complaints = vec![];
    let mut file: Option<(&str, String)> = None;
    for word in evidence.split('`').skip(1).step_by(2) {
        let is_file = !word.contains(' ') && (word.contains('/') || word.contains(".toml"));
        if is_file || matches!(word, "SECURITY.md" | "Cargo.lock") {
            match read(word) {
                Some(text) => file = Some((word, text)),
                None => complaints.push(format!("{number} names {word}")),
            }
        } else if let Some((path, text)) = &file {
            let is_function = path.contains(".rs") && !word.contains(char::is_uppercase);
            let function = format!("fn {word}");
            let wanted = if is_function { function.as_str() } else { word };
            if !text.contains(wanted) {
                complaints.push(format!("{number} names {word} in {path}"));
            }
        }
    }
    complaints
}

/// All that is wrong with the page.
fn faults(page: &str) -> Vec<String> {
    let mut complaints = vec![];
    let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
    let mut told: BTreeMap<&str, usize> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for row in rows(page) {
        match row[..] {
            [status, number] => {
                if let Ok(number) = number.parse() {
                    told.insert(status, number);
                }
            }
            [number, _, status, evidence] if number != "number" => {
                if !seen.insert(number) {
                    complaints.push(format!("{number} stands twice"));
                }
                if !STATUS.contains(&status) {
                    complaints.push(format!("{number} is {status}"));
                }
                if evidence.is_empty() || (status == "met" && !evidence.contains('`')) {
                    complaints.push(format!("{number} shows nothing"));
                }
                *counted.entry(status).or_default() += 1;
                complaints.extend(missing(number, evidence));
            }
            _ => {}
        }
    }
    counted.insert("all", seen.len());
    if counted != told {
        complaints.push(format!("counted {counted:?}, told {told:?}"));
    }
    complaints
}

#[test]
fn every_requirement_stands_once_and_names_what_is_there() {
    let planted = "| met | 2 |\n| deviation | 1 |\n| all | 3 |\n\
        | 1.1.1 | a | met | `crates/testkit/tests/asvs.rs` `no_such_function` |\n\
        | 1.1.1 | b | open | `crates/nowhere.rs` |\n\
        | 1.1.3 | c | met | surely |\n";
    // A missing function and file, a number twice, an unknown status, nothing shown, and the sums.
    assert_eq!(faults(planted).len(), 6, "{:?}", faults(planted));

    let page = read("docs/security/asvs.md").expect("the page");
    assert_eq!(faults(&page), Vec::<String>::new());
    let numbers = rows(&page).filter(|row| row.len() == 4 && row[0] != "number");
    assert_eq!(numbers.count(), ALL);
}
