//! Changes inputs until something breaks. On stable Rust, without a compiler's help: what an input
//! did is told by its outcome, and an outcome that was not seen before makes the input a seed.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// More seeds than this only make each one rarer.
const MAX_SEEDS: usize = 4_000;
/// Longest input: larger ones are refused by their length.
const LONGEST: usize = 256 * 1024;
/// An input that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(10);

/// Numbers that often are the edge of something.
const EDGES: [u64; 10] = [
    0,
    1,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0xffff,
    0x7fff_ffff,
    0xffff_ffff,
    u64::MAX,
];

/// Repeatable chance.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).unwrap_or(1);
        usize::try_from(self.next() % end).unwrap_or(0)
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }
}

fn change(dice: &mut Dice, bytes: &mut Vec<u8>, other: &[u8]) {
    let length = bytes.len();
    let at = dice.below(length);
    match dice.below(9) {
        0 if length > 0 => bytes[at] ^= 1 << dice.below(8),
        1 if length > 0 => bytes[at] = dice.byte(),
        2 => bytes.truncate(at),
        3 => drop(bytes.drain(at..(at + dice.below(64)).min(length))),
        4 => {
            let piece = bytes[at..(at + dice.below(64)).min(length)].to_vec();
            let times = 1 + dice.below(32);
            bytes.splice(at..at, piece.repeat(times));
        }
        5 => bytes.insert(at, dice.byte()),
        6 => {
            let from = dice.below(other.len());
            bytes.truncate(at);
            bytes.extend_from_slice(&other[from..]);
        }
        _ => {
            let edge = EDGES[dice.below(EDGES.len())];
            let width = 1 << dice.below(4);
            let all = if dice.below(2) == 0 {
                edge.to_le_bytes()[..width].to_vec()
            } else {
                edge.to_be_bytes()[8 - width..].to_vec()
            };
            let end = (at + width).min(length);
            bytes.splice(at..end, all);
        }
    }
    bytes.truncate(LONGEST);
}

/// What a hunt has brought.
#[derive(Debug)]
pub(crate) struct Hunt {
    pub(crate) runs: u64,
    pub(crate) outcomes: usize,
    /// The input that broke something, and what it broke.
    pub(crate) broken: Option<(Vec<u8>, String)>,
}

/// Tries changed seeds for so long, or until something breaks: an error, a panic, a run that hangs.
pub(crate) fn hunt(
    seeds: &[Vec<u8>],
    time: Duration,
    mut run: impl FnMut(&[u8]) -> Result<String, String>,
) -> Hunt {
    let mut dice = Dice(2026);
    let mut corpus = seeds.to_vec();
    let mut seen = HashSet::new();
    let mut hunt = Hunt {
        runs: 0,
        outcomes: 0,
        broken: None,
    };
    let begin = Instant::now();
    let mut first = seeds.iter();
    while begin.elapsed() < time {
        let input = first.next().cloned().unwrap_or_else(|| {
            let mut input = corpus[dice.below(corpus.len())].clone();
            let other = corpus[dice.below(corpus.len())].clone();
            for _ in 0..=dice.below(6) {
                change(&mut dice, &mut input, &other);
            }
            input
        });
        hunt.runs += 1;
        let since = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| run(&input)))
            .unwrap_or_else(|_| Err("it panicked".to_owned()));
        let outcome = match outcome {
            Ok(_) if since.elapsed() > PATIENCE => Err("it hung".to_owned()),
            other => other,
        };
        match outcome {
            Ok(outcome) => {
                if seen.insert(outcome) && corpus.len() < MAX_SEEDS {
                    corpus.push(input);
                }
            }
            Err(why) => {
                hunt.broken = Some((input, why));
                break;
            }
        }
    }
    hunt.outcomes = seen.len();
    hunt
}
