//! The invariants of ARCHITECTURE.md that a test can check.
//!
//! Each guard is a function from sources to complaints. It first has to complain about a planted defect, so
//! that a guard which has gone blind fails too.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file and its text.
type Source = (String, String);

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All files of the project with one of these endings, by their path from the root.
fn sources(endings: &[&str]) -> Vec<Source> {
    let mut found = vec![];
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).expect("a readable folder") {
            let entry = entry.expect("an entry");
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_made = ["target", "node_modules", "out", ".git"].contains(&name.as_str());
            if is_made || name.starts_with("dist") {
                continue;
            }
            let path = match folder.as_str() {
                "" => name,
                _ => format!("{folder}/{name}"),
            };
            let kind = entry.file_type().expect("a file type");
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() && endings.iter().any(|ending| path.ends_with(ending)) {
                let text = read(&path);
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty(), "no files end in {endings:?}");
    found.sort();
    found
}

/// The lines that are part of the program: no comments, and nothing from the module of unit tests on.
fn program_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..)
        .zip(text.lines())
        .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// The crate that a file belongs to, and whether it serves tests only.
fn place(path: &str) -> (&str, bool) {
    let mut parts = path.split('/').skip(1);
    let name = parts.next().unwrap_or_default();
    let is_test = name == "testkit" || parts.next() == Some("tests");
    (name, is_test || path.ends_with("/src/testing.rs"))
}

#[track_caller]
fn assert_none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[track_caller]
fn assert_caught(complaints: &[String], planted: usize) {
    assert_eq!(complaints.len(), planted, "{complaints:?}");
}

fn sample(path: &str, text: &str) -> Vec<Source> {
    vec![(path.to_owned(), text.to_owned())]
}

// Paths in the documents.

/// Complains about each path in backticks or in a link that leads nowhere.
fn dead_paths(documents: &[Source]) -> Vec<String> {
    let mut complaints = vec![];
    for (document, text) in documents {
        let folder = Path::new(document).parent().unwrap_or(Path::new(""));
        let links = text.split("](").skip(1).filter_map(|rest| {
            let target = rest.split([')', '#']).next()?;
            let is_path = !target.is_empty() && !target.contains("://");
            is_path.then(|| folder.join(target))
        });
        let quoted = text.split('`').skip(1).step_by(2).filter_map(|word| {
            // A pattern, a route or a media type is not a path of ours.
            let is_other = word.contains(['<', '*', '{', '…', ' ', '(', '@', '='])
                || word.starts_with(['/', '-'])
                || word.starts_with("application/");
            (word.contains('/') && !is_other).then(|| PathBuf::from(word))
        });
        for path in links.chain(quoted) {
            if !root().join(&path).exists() && !root().join(folder).join(&path).exists() {
                complaints.push(format!("{document} names {}", path.display()));
            }
        }
    }
    complaints
}

#[test]
fn every_path_in_the_documents_exists() {
    let planted = "See `crates/nowhere/src/lib.rs`, [this](GONE.md#x) and `web/src/<area>`.";
    assert_caught(&dead_paths(&sample("PLANTED.md", planted)), 2);

    assert_none(&dead_paths(&sources(&[".md"])));
}

// Crates and their drawing.

/// Each crate with the crates it stands on.
type Graph = BTreeMap<String, BTreeSet<String>>;

fn graph(edges: &[(&str, &[&str])]) -> Graph {
    let set = |uses: &[&str]| uses.iter().map(|&name| name.to_owned()).collect();
    edges
        .iter()
        .map(|(name, uses)| ((*name).to_owned(), set(uses)))
        .collect()
}

/// Reads a drawing: `a ─▶ b` is a dependency, and a branch `└──▶ c` hangs from the crate above its corner.
fn read_drawing(drawing: &str) -> Graph {
    let mut graph = Graph::new();
    let mut above: Vec<(usize, usize, String)> = vec![];
    for line in drawing.lines() {
        let characters: Vec<char> = line.chars().collect();
        let mut names = vec![];
        let mut user: Option<String> = None;
        let mut at = 0;
        while at < characters.len() {
            let start = at;
            while at < characters.len() && characters[at].is_ascii_lowercase() {
                at += 1;
            }
            if at == start {
                if matches!(characters[at], '└' | '├') {
                    let over = above.iter().rev().find(|one| (one.0..one.1).contains(&at));
                    user = Some(over.expect("a crate above the corner").2.clone());
                }
                at += 1;
                continue;
            }
            let name: String = characters[start..at].iter().collect();
            graph.entry(name.clone()).or_default();
            if let Some(user) = user.replace(name.clone()) {
                graph.entry(user).or_default().insert(name.clone());
            }
            names.push((start, at, name));
        }
        above.extend(names);
    }
    graph
}

fn reaches(graph: &Graph, from: &str, to: &str) -> bool {
    graph.get(from).is_some_and(|next| {
        next.contains(to) || next.iter().any(|between| reaches(graph, between, to))
    })
}

/// Complains where the crates and the drawing differ. A crate may use what its neighbours stand on.
fn other_than_drawn(drawn: &Graph, real: &Graph) -> Vec<String> {
    let mut complaints = vec![];
    let (in_drawing, in_fact): (Vec<_>, Vec<_>) = (drawn.keys().collect(), real.keys().collect());
    if in_drawing != in_fact {
        complaints.push(format!("drawn are {in_drawing:?}, there are {in_fact:?}"));
    }
    for (name, uses) in real {
        for used in uses.iter().filter(|used| !reaches(drawn, name, used)) {
            complaints.push(format!("{name} depends on {used}, which is not drawn"));
        }
    }
    for (name, uses) in drawn {
        let really = real.get(name).cloned().unwrap_or_default();
        for used in uses.difference(&really) {
            complaints.push(format!("{name} ─▶ {used} is drawn, but no dependency"));
        }
    }
    complaints
}

/// What cargo says about the members: their names and all their dependencies but those for tests.
fn dependencies() -> Graph {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let name = |value: &serde_json::Value| value["name"].as_str().expect("a name").to_owned();
    let packages = metadata["packages"].as_array().expect("packages");
    packages
        .iter()
        .map(|package| {
            let all = package["dependencies"].as_array().expect("dependencies");
            let ships = all.iter().filter(|one| one["kind"] != "dev");
            (name(package), ships.map(name).collect())
        })
        .collect()
}

fn short(name: &str) -> Option<String> {
    name.strip_prefix("hezuo-").map(str::to_owned)
}

#[test]
fn the_crates_depend_on_each_other_as_drawn() {
    let drawn = read_drawing("kit ─▶ api ─▶ app ─▶ store\n              └───▶ packs ─▶ store");
    let good = graph(&[
        ("kit", &["api", "app", "store"]),
        ("api", &["app"]),
        ("app", &["store", "packs"]),
        ("packs", &["store"]),
        ("store", &[]),
    ]);
    assert_none(&other_than_drawn(&drawn, &good));
    let mut backwards = good.clone();
    backwards.insert("store".into(), ["app".into()].into());
    assert_caught(&other_than_drawn(&drawn, &backwards), 1);
    let mut unused = good.clone();
    unused.insert("api".into(), [].into());
    assert_caught(&other_than_drawn(&drawn, &unused), 1);

    let page = read("ARCHITECTURE.md");
    let drawing = page
        .split("```")
        .find(|block| block.contains("─▶"))
        .expect("a drawing in ARCHITECTURE.md");
    let real = dependencies()
        .iter()
        .filter_map(|(name, uses)| {
            let uses = uses.iter().filter_map(|used| short(used)).collect();
            Some((short(name)?, uses))
        })
        .collect();
    assert_none(&other_than_drawn(&read_drawing(drawing), &real));
}

/// Which crates alone may use a library. The tests of `testkit` speak to the app as HTTP clients do.
const RESERVED: [(&str, &[&str]); 4] = [
    ("sqlx", &["store"]),
    ("object_store", &["store"]),
    ("axum", &["api", "server", "testkit"]),
    ("tokio", &["store", "app", "api", "server", "testkit"]),
];

/// Complains about each crate that uses a library reserved for others.
fn misplaced_libraries(crates: &Graph) -> Vec<String> {
    let mut complaints = vec![];
    for (name, uses) in crates {
        for (library, users) in RESERVED {
            let is_user = short(name).is_some_and(|name| users.contains(&name.as_str()));
            if uses.contains(library) && !is_user {
                complaints.push(format!(
                    "{name} depends on {library}, which is for {users:?}"
                ));
            }
        }
    }
    complaints
}

#[test]
fn each_library_stays_where_it_belongs() {
    let planted = graph(&[
        ("hezuo-app", &["sqlx", "axum"]),
        ("hezuo-domain", &["tokio"]),
        ("hezuo-store", &["sqlx", "tokio"]),
    ]);
    assert_caught(&misplaced_libraries(&planted), 3);
    assert_none(&misplaced_libraries(&dependencies()));
}

// Words in the sources.

/// Complains about words in crates other than the named ones; what serves tests only is free.
fn reserved_words(files: &[Source], words: &[&str], crates: &[&str]) -> Vec<String> {
    let mut complaints = vec![];
    for (path, text) in files {
        let (name, is_test) = place(path);
        if is_test || crates.contains(&name) || !path.starts_with("crates/") {
            continue;
        }
        for (number, line) in program_lines(text) {
            if let Some(word) = words.iter().find(|word| line.contains(*word)) {
                complaints.push(format!("{path}:{number} says {word}"));
            }
        }
    }
    complaints
}

/// Beginnings of statements, in the capitals in which they are written here.
const SQL: [&str; 9] = [
    "SELECT ",
    "INSERT INTO ",
    "DELETE FROM ",
    "CREATE TABLE ",
    "CREATE DATABASE ",
    "DROP ",
    "PRAGMA ",
    "BEGIN IMMEDIATE",
    "SET LOCAL ",
];

#[test]
fn only_the_store_speaks_sql() {
    let planted = "let all = \"SELECT * FROM users\";\n// SELECT in a comment\n";
    let guard = |files: &[Source]| reserved_words(files, &SQL, &["store"]);
    assert_caught(&guard(&sample("crates/app/src/cases.rs", planted)), 1);
    assert_none(&guard(&sample("crates/store/src/cases.rs", planted)));
    assert_none(&guard(&sources(&[".rs"])));
}

#[test]
fn only_the_server_reads_the_environment() {
    let planted = "let home = std::env::var(\"HOME\");";
    let words = ["env::var", "env::args", "std::env::"];
    let guard = |files: &[Source]| reserved_words(files, &words, &["server"]);
    assert_caught(&guard(&sample("crates/app/src/a.rs", planted)), 1);
    assert_none(&guard(&sample("crates/app/tests/it.rs", planted)));
    assert_none(&guard(&sources(&[".rs"])));
}

#[test]
fn the_pure_crates_do_no_io() {
    let planted = "let text = std::fs::read_to_string(path)?;";
    let words = [
        "std::fs",
        "std::net",
        "std::process",
        // A cursor over bytes in memory is no input or output.
        "std::io::Read",
        "std::io::Write",
        "std::io::std",
        "async fn",
        "println!",
    ];
    let guard =
        |files: &[Source]| reserved_words(files, &words, &["store", "app", "api", "server"]);
    assert_caught(&guard(&sample("crates/packs/src/a.rs", planted)), 1);
    assert_none(&guard(&sources(&[".rs"])));
}

// Size.

const LONGEST: usize = 600;

/// Complains about files too long to overlook; generated ones are nobody's to shorten.
fn long_files(files: &[Source]) -> Vec<String> {
    let written = files.iter().filter(|(path, _)| !path.contains(".gen."));
    written
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > LONGEST)
        .map(|(path, lines)| format!("{path} has {lines} lines, more than {LONGEST}"))
        .collect()
}

#[test]
fn no_source_file_is_longer_than_600_lines() {
    assert_caught(&long_files(&sample("web/src/a.ts", &"x\n".repeat(601))), 1);
    assert_none(&long_files(&sample("web/src/a.ts", &"x\n".repeat(600))));
    let endings = [
        ".rs", ".sql", ".ts", ".mjs", ".vue", ".css", ".html", ".sh", ".py",
    ];
    assert_none(&long_files(&sources(&endings)));
}
