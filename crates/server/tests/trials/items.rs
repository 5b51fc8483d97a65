//! What the phones of a trial send, and what the team does about it: all of it follows from the number of
//! a report, so that whoever looks for it afterwards knows what must be there.

use std::io::Cursor;

use hezuo_domain::commitment::{digest, hex};
use hezuo_domain::report_code::Lookup;
use hezuo_domain::uploads::PART;
use image::{ImageFormat, Rgb, RgbImage};

/// One thing that is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Item {
    Report(u32),
    /// A picture as a whole.
    Picture(u32),
    /// A voice clip.
    Clip(u32),
    /// A picture in parts.
    Parts(u32),
    Words(u32),
    /// The team accepts the case, and answers.
    Step(u32),
    /// It says who does what, and until when.
    Plan(u32),
    /// It is done.
    Finish(u32),
    /// Somebody else has looked at it.
    Verify(u32),
    /// A reward is decided.
    Reward(u32),
    /// It is paid.
    Paid(u32),
}

/// What the team does about a case, in this order.
pub(crate) const STEPS: [fn(u32) -> Item; 6] = [
    Item::Step,
    Item::Plan,
    Item::Finish,
    Item::Verify,
    Item::Reward,
    Item::Paid,
];

/// Reports from this number on go to an intake, which takes anonymous ones only.
pub(crate) const SEALED: u32 = 3_000_000_000;

/// A short clip as Chromium records it.
const CLIP: &[u8] = include_bytes!("../../../media/tests/clips/chromium.webm");

/// With which voice a report of this number speaks.
pub(crate) fn voice(number: u32) -> &'static str {
    match number % 4 {
        _ if number >= SEALED => "anonymous",
        1 => "anonymous",
        3 => "in_confidence",
        _ => "named",
    }
}

/// Whether it tells of a danger.
pub(crate) fn is_danger(number: u32) -> bool {
    number.is_multiple_of(8) || number % 16 == 9
}

/// Whether its reporter has more to say: at once, or, at an intake, after the factory has told him that somebody
/// listens.
pub(crate) fn has_words(number: u32) -> bool {
    number % if number < SEALED { 4 } else { 3 } == 2
}

/// Whether the team takes its case further than the first step, until its reward is paid.
pub(crate) fn is_rewarded(number: u32) -> bool {
    voice(number) == "named"
}

/// Whether the first answer is lost on its way. A kill seldom falls between a commit and its answer, and a decision
/// or a payment has no id, by which what comes again would be known.
pub(crate) fn loses_answer(item: Item) -> bool {
    match item {
        Item::Reward(number) => number % 10 == 4,
        Item::Paid(number) => number % 10 == 6,
        _ => false,
    }
}

/// How much the reward is. The amounts differ, so that a sum tells which of them are in it.
pub(crate) fn minor(number: u32) -> i64 {
    5_000 + i64::from(number % 25_000)
}

/// What a phone sends about one report, in this order.
pub(crate) fn items(number: u32) -> impl Iterator<Item = Item> {
    [
        Some(Item::Report(number)),
        (number.is_multiple_of(5)).then_some(Item::Picture(number)),
        (number % 11 == 3).then_some(Item::Clip(number)),
        (number % 9 == 4).then_some(Item::Parts(number)),
        (number < SEALED && has_words(number)).then_some(Item::Words(number)),
    ]
    .into_iter()
    .flatten()
}

pub(crate) fn lookup(number: u32) -> Lookup {
    Lookup(digest(format!("trial {number}").as_bytes()))
}

pub(crate) fn text(number: u32) -> String {
    format!("Report {number} of the trial")
}

/// The number of the report with this text.
pub(crate) fn number_of(text: &str) -> Option<u32> {
    text.strip_prefix("Report ")?
        .strip_suffix(" of the trial")?
        .parse()
        .ok()
}

/// What a reporter adds to his report.
pub(crate) fn words(number: u32) -> String {
    format!("More about report {number}")
}

/// What the team answers.
pub(crate) fn answer(number: u32) -> String {
    format!("We take up report {number}")
}

fn picture(number: u32, format: ImageFormat) -> Vec<u8> {
    let [_, red, green, blue] = number.to_be_bytes();
    let image = RgbImage::from_pixel(24, 24, Rgb([red, green, blue]));
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

impl Item {
    pub(crate) fn number(self) -> u32 {
        match self {
            Self::Report(number)
            | Self::Picture(number)
            | Self::Clip(number)
            | Self::Parts(number)
            | Self::Words(number)
            | Self::Step(number)
            | Self::Plan(number)
            | Self::Finish(number)
            | Self::Verify(number)
            | Self::Reward(number)
            | Self::Paid(number) => number,
        }
    }

    /// Of a picture or clip, its name and bytes.
    pub(crate) fn file(self) -> Option<(&'static str, Vec<u8>)> {
        match self {
            Self::Picture(number) => Some(("p1.jpg", picture(number, ImageFormat::Png))),
            Self::Clip(_) => Some(("v1.webm", CLIP.to_vec())),
            Self::Parts(number) => {
                // What stands behind the end of a picture counts towards its length, and for nothing else.
                let mut bytes = picture(number, ImageFormat::Jpeg);
                bytes.resize(PART + 9_000, number.to_le_bytes()[0]);
                Some(("p2.jpg", bytes))
            }
            _ => None,
        }
    }

    /// The id by which the server knows it when it comes again.
    pub(crate) fn id(self) -> String {
        let hex = hex(&digest(format!("{self:?}").as_bytes()));
        let part = |from: usize, to: usize| &hex[from..to];
        format!(
            "{}-{}-4{}-8{}-{}",
            part(0, 8),
            part(8, 12),
            part(13, 16),
            part(17, 20),
            part(20, 32)
        )
    }
}
