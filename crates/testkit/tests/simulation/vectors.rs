//! The vectors of the outbox, which the real one runs too (`web/src/offline/outbox.vectors.md`): here they
//! are read, made from seeds, and compared.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::phone::{Slip, play};
use super::{Dice, stage};

/// How many are made from seeds.
const GENERATED: u64 = 300;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Request {
    pub(super) kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) of: Option<String>,
    #[serde(default, skip_serializing_if = "is_no")]
    pub(super) wrong: bool,
    #[serde(default, skip_serializing_if = "is_no")]
    pub(super) taken: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives it so")]
fn is_no(it: &bool) -> bool {
    !it
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", untagged)]
pub(super) enum Step {
    Add {
        add: Vec<String>,
        #[serde(default, skip_serializing_if = "is_no")]
        full: bool,
    },
    Send {
        send: usize,
    },
    Open {
        open: usize,
    },
    Again {
        again: String,
    },
    Away {
        away: String,
    },
    Let {
        r#let: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Fate {
    Through,
    Lost,
    Unanswered,
    Twice,
    Busy,
    Login,
    Dies,
    DiesAfter,
    Held,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    Waiting,
    Conflict,
    Refused,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct End {
    pub(super) server: BTreeMap<String, usize>,
    pub(super) kept: Vec<(String, State)>,
    pub(super) shown: BTreeMap<String, String>,
    pub(super) sent: BTreeMap<String, usize>,
    pub(super) waits: Vec<u64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Vector {
    pub(super) name: String,
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub(super) locks: bool,
    pub(super) requests: BTreeMap<String, Request>,
    pub(super) steps: Vec<Step>,
    pub(super) fates: Vec<Fate>,
    #[serde(default)]
    pub(super) end: End,
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives it so")]
fn is_yes(it: &bool) -> bool {
    *it
}

fn file(name: &str) -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/src/offline");
    PathBuf::from(folder).join(name)
}

fn read(name: &str) -> Vec<Vector> {
    serde_json::from_str(&std::fs::read_to_string(file(name)).unwrap()).unwrap()
}

/// A vector from a seed.
fn vector(seed: u64) -> Vector {
    let mut dice = Dice(seed);
    let mut requests = BTreeMap::new();
    let mut groups = Vec::new();
    for report in ["a", "b", "c"].iter().take(1 + dice.below(3)) {
        let odd = dice.below(100);
        let of = |kind: &str, wrong: bool| Request {
            kind: kind.to_owned(),
            of: Some((*report).to_owned()),
            wrong,
            taken: false,
        };
        let mut group = vec![(*report).to_owned()];
        let own = Request {
            kind: "report".to_owned(),
            of: None,
            wrong: odd < 8,
            taken: (8..16).contains(&odd),
        };
        requests.insert((*report).to_owned(), own);
        for (sign, kind) in [("p", "picture"), ("w", "words")] {
            if dice.chance(40) {
                let label = format!("{report}{sign}");
                requests.insert(label.clone(), of(kind, dice.chance(10)));
                group.push(label);
            }
        }
        groups.push(group);
    }
    let mut steps = Vec::new();
    for group in groups {
        let report = group[0].clone();
        steps.push(Step::Add {
            add: group,
            full: false,
        });
        for _ in 0..dice.below(3) {
            steps.push(match dice.below(100) {
                0..45 => Step::Send { send: 1 },
                45..60 => Step::Send { send: 2 },
                60..75 => Step::Open { open: 1 },
                75..85 => Step::Again {
                    again: report.clone(),
                },
                85..90 => Step::Away {
                    away: report.clone(),
                },
                _ => Step::Let { r#let: true },
            });
        }
    }
    if dice.chance(10) {
        // From here on the phone is full.
        if let Some(Step::Add { full, .. }) = steps
            .iter_mut()
            .rev()
            .find(|it| matches!(it, Step::Add { .. }))
        {
            *full = true;
        }
        steps.retain(|it| {
            !matches!(
                it,
                Step::Open { .. } | Step::Again { .. } | Step::Away { .. }
            )
        });
    }
    // What was held comes through, and the phone is looked at now and then once the link is good.
    steps.push(Step::Let { r#let: true });
    for _ in 0..dice.below(3) {
        steps.push(Step::Send { send: 1 });
    }
    let mut is_held = false;
    let fates = (0..dice.below(8)).map(|_| match dice.below(100) {
        0..25 => Fate::Through,
        25..45 => Fate::Lost,
        45..60 => Fate::Unanswered,
        60..68 => Fate::Twice,
        68..75 => Fate::Busy,
        75..79 => Fate::Login,
        79..85 => Fate::Dies,
        85..92 => Fate::DiesAfter,
        // One at a time can be let go.
        _ if is_held => Fate::Lost,
        _ => {
            is_held = true;
            Fate::Held
        }
    });
    Vector {
        name: format!("seed {seed}"),
        fates: fates.collect(),
        locks: dice.chance(60),
        requests,
        steps,
        end: End::default(),
    }
}

/// One vector a line, so that a difference can be read.
fn written(vectors: &[Vector]) -> String {
    let lines: Vec<String> = vectors
        .iter()
        .map(|it| serde_json::to_string(it).unwrap())
        .collect();
    format!("[\n{}\n]\n", lines.join(",\n"))
}

#[tokio::test]
async fn a_phone_reaches_the_end_that_the_real_outbox_reaches() {
    let (app, world) = stage().await;
    let factory = &world.factory;
    for vector in read("outbox.vectors.json") {
        let end = play(&app, factory, &vector, Slip::None).await;
        assert_eq!(end, vector.end, "{}", vector.name);
    }
    let mut generated: Vec<Vector> = (1..=GENERATED).map(vector).collect();
    for vector in &mut generated {
        vector.end = play(&app, factory, vector, Slip::None).await;
    }
    let generated = written(&generated);
    if std::env::var_os("HEZUO_BLESS").is_some() {
        std::fs::write(file("outbox.generated.json"), &generated).unwrap();
    }
    let committed = std::fs::read_to_string(file("outbox.generated.json")).unwrap();
    let differs = committed
        .lines()
        .zip(generated.lines())
        .find(|it| it.0 != it.1);
    assert_eq!(differs, None, "HEZUO_BLESS=1 writes them anew");
    assert_eq!(committed, generated);

    for slip in [Slip::DropsConflicts, Slip::Hopes, Slip::ForgetsGroups] {
        let mut is_seen = false;
        for vector in read("outbox.vectors.json") {
            is_seen |= play(&app, factory, &vector, slip).await != vector.end;
        }
        assert!(is_seen, "the vectors are blind for {slip:?}");
    }
}
