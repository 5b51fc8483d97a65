//! The report page, what the form without a script answers, and the page that asks for the factory's code.

use std::fmt::Write;

use askama::Template;
use fast_qr::{ECL, QRBuilder};
use hezuo_domain::{
    apart::Reader,
    cases::{Category, Finder, Voice},
    report_code::ReportCode,
};

use super::Frame;

/// The report page.
#[derive(Debug, Template)]
#[template(path = "report.html")]
pub struct ReportPage<'a> {
    /// Language, assets, demo.
    pub frame: Frame<'a>,
    /// The part of the address after `/r/`, which the form sends back.
    pub code: &'a str,
    /// The enterprise's name.
    pub enterprise: &'a str,
    /// Where the scanned code hangs; `None` for the enterprise's general entry.
    pub place: Option<Place<'a>>,
    /// What an anonymous report would store; `None` where this server may not offer an anonymous voice.
    pub anonymous: Option<Anonymous<'a>>,
    /// Whether this is an intake: it takes no names, and asks the phone for a proof of work.
    pub intake: bool,
    /// The page that hears the other voices.
    pub elsewhere: Option<&'a str>,
    /// Names of those who read a name given in confidence: two, or one. With none it is not offered.
    pub confidants: &'a [String],
    /// Who may be chosen to read it first; with the team alone there is nothing to choose.
    pub readers: &'a [Reader],
    /// The names of the worker representatives, where they may stand here.
    pub representatives: &'a [String],
    /// Whom to call in danger.
    pub emergency_phone: Option<&'a str>,
    /// Why the form came back, in the page's language.
    pub problem: Option<&'a str>,
    /// What stands in the form.
    pub filled: Filled,
    /// From which the report code follows where no script makes one.
    pub seed: &'a str,
}

/// Where a scanned code hangs.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The area, or the area of the machine.
    pub area: &'a str,
    /// The machine, for a machine label.
    pub machine: Option<&'a str>,
}

/// What is kept as the place of an anonymous report.
#[derive(Debug, Clone, Copy)]
pub struct Anonymous<'a> {
    /// The smallest area with enough attested heads; `None` for the whole enterprise.
    pub area: Option<&'a str>,
    /// How many people are attested there.
    pub heads: i64,
    /// The machine or small area that the code names, if that is finer: kept only if the worker ticks it.
    pub finer: Option<&'a str>,
}

/// What a person has filled in, as it came; an empty form by default.
#[derive(Debug, Clone, Default)]
pub struct Filled {
    /// The pictogram.
    pub category: String,
    /// The sentence.
    pub text: String,
    /// How openly.
    pub voice: String,
    /// Name or staff number.
    pub name: String,
    /// "I am".
    pub finder: String,
    /// Imminent danger.
    pub danger: bool,
    /// Name the machine or small area.
    pub name_machine: bool,
    /// Who reads it first.
    pub reader: String,
}

/// A report code that the server made, for a browser without a script. Shown once, kept nowhere.
#[derive(Debug, Clone)]
pub struct Sent {
    groups: Vec<String>,
    qr_size: usize,
    qr_path: String,
}

/// On the report page itself nothing is sent yet; the script fills the same part once something is.
const NOTHING_SENT: Option<Sent> = None;

/// The answer to the form without a script.
#[derive(Debug, Template)]
#[template(path = "sent.html")]
pub struct SentPage<'a> {
    /// Language, assets, demo.
    pub frame: Frame<'a>,
    /// The part of the address after `/r/`.
    pub code: &'a str,
    /// The report code.
    pub sent: Option<Sent>,
    /// Whether the report was marked as imminent danger: then the number to call stands here again.
    pub danger: bool,
    /// Whom to call in danger.
    pub emergency_phone: Option<&'a str>,
}

/// The page that asks for the factory's code, for those who did not scan one.
#[derive(Debug, Template)]
#[template(path = "code.html")]
pub struct CodePage<'a> {
    /// Language, assets, demo.
    pub frame: Frame<'a>,
    /// Why the code did not do, in the page's language.
    pub problem: Option<&'a str>,
    /// What was typed.
    pub typed: &'a str,
}

/// One of several cards, as the page offers it: a way to speak, or who reads.
struct VoiceChoice {
    key: &'static str,
    line: String,
    chosen: bool,
}

/// One answer to "I am".
struct FinderChoice {
    key: &'static str,
    text: &'static str,
    chosen: bool,
}

impl ReportPage<'_> {
    fn categories(&self) -> impl Iterator<Item = &'static str> + use<> {
        Category::ALL.iter().map(|category| category.as_str())
    }

    /// The voices on offer. The safest comes first and is chosen until the worker chooses another.
    fn voices(&self) -> Vec<VoiceChoice> {
        let texts = self.frame.texts();
        let mut offered = Vec::with_capacity(3);
        if self.anonymous.is_some() {
            offered.push((
                Voice::Anonymous,
                texts.of("voice.anonymous.line").to_owned(),
            ));
        }
        if !self.confidants.is_empty() {
            // All of them: a worker decides by who is among them.
            let names = self.confidants.join(texts.of("voice.and"));
            let line = texts.with("voice.in_confidence.line", "names", &names);
            offered.push((Voice::InConfidence, line));
        }
        if !self.intake {
            offered.push((Voice::Named, texts.of("voice.named.line").to_owned()));
        }
        let chosen = Voice::parse(&self.filled.voice)
            .filter(|voice| offered.iter().any(|(known, _)| known == voice))
            .or_else(|| offered.first().map(|(voice, _)| *voice));
        offered
            .into_iter()
            .map(|(voice, line)| VoiceChoice {
                key: voice.as_str(),
                line,
                chosen: chosen == Some(voice),
            })
            .collect()
    }

    /// Who may read it first: nothing where there is only the team.
    fn reader_choices(&self) -> Vec<VoiceChoice> {
        if self.readers.len() < 2 {
            return Vec::new();
        }
        let texts = self.frame.texts();
        let chosen = Reader::parse(&self.filled.reader)
            .filter(|reader| self.readers.contains(reader))
            .unwrap_or_default();
        let choice = |reader: &Reader| VoiceChoice {
            key: reader.as_str(),
            line: match reader {
                Reader::Representative if !self.representatives.is_empty() => texts.with(
                    "reader.representative.names",
                    "names",
                    self.representatives.join(texts.of("voice.and")),
                ),
                _ => texts.one_of("reader", &format!("{}.line", reader.as_str())),
            },
            chosen: *reader == chosen,
        };
        self.readers.iter().map(choice).collect()
    }

    fn finders(&self) -> Vec<FinderChoice> {
        let known = Finder::parse(&self.filled.finder);
        let not_saying = FinderChoice {
            key: "",
            text: "none",
            chosen: known.is_none(),
        };
        let said = Finder::ALL.iter().map(|finder| FinderChoice {
            key: finder.as_str(),
            text: finder.as_str(),
            chosen: known == Some(*finder),
        });
        std::iter::once(not_saying).chain(said).collect()
    }

    /// What is stored of the place of an anonymous report, in words.
    fn stored_anonymous(&self) -> String {
        let texts = self.frame.texts();
        match self.anonymous {
            Some(Anonymous {
                area: Some(area),
                heads,
                ..
            }) => texts
                .with("stored.anonymous.area", "heads", heads)
                .replace("{area}", area),
            _ => texts.of("stored.anonymous.enterprise").to_owned(),
        }
    }
}

impl Sent {
    /// The code in its groups, and as a QR code that holds just its characters.
    pub fn new(code: &ReportCode) -> Self {
        let shown = code.to_string();
        let groups: Vec<String> = shown.split(' ').map(str::to_owned).collect();
        let (qr_size, qr_path) = qr(&groups.join("-"));
        Self {
            groups,
            qr_size,
            qr_path,
        }
    }
}

/// What a phone dials: the number without the blanks and dashes that make it readable.
pub(super) fn dialled(phone: &str) -> String {
    phone
        .chars()
        .filter(|char| char.is_ascii_digit() || *char == '+')
        .collect()
}

/// A QR code's size with its quiet zone, and its dark squares as one SVG path. The page's policy forbids
/// style attributes, which ready-made SVG writers use.
fn qr(text: &str) -> (usize, String) {
    const QUIET: usize = 4;
    let Ok(qr) = QRBuilder::new(text).ecl(ECL::M).build() else {
        return (0, String::new());
    };
    let mut path = String::new();
    for y in 0..qr.size {
        for x in 0..qr.size {
            if qr[y][x].value() {
                // Writing to a string cannot fail.
                let _ = write!(path, "M{} {}h1v1h-1z", x + QUIET, y + QUIET);
            }
        }
    }
    (qr.size + 2 * QUIET, path)
}
