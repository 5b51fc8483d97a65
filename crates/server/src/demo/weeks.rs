//! The weeks: what workers see, what the team answers, who fixes it and who accepts it. The plot
//! is made beforehand from a seed; here it is played in the order of its instants, through the
//! same actions that phones and desks call.

pub(super) mod calendar;
pub(super) mod dice;
mod plot;
mod present;
mod stage;
pub(super) mod texts;

use hezuo_app::{App, jobs, ledger, notices};
use hezuo_domain::cases::Voice;
use hezuo_domain::time::{Day, Instant, SetClock};

use super::Cast;
use super::meetings::Table;
use crate::Result;
use dice::Dice;
use plot::{Maker, Plot, Step};
use stage::Stage;
use texts::Texts;

pub use texts::Language;

/// Days that a factory has been silent which has fallen silent.
const SILENT_DAYS: i64 = 22;

/// What the story depends on.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// The present, at which it ends.
    pub now: Instant,
    /// How many factories.
    pub enterprises: usize,
    /// How long.
    pub weeks: u32,
    /// The same seed tells the same story.
    pub seed: u64,
    /// In which language.
    pub language: Language,
}

/// What happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Story {
    /// Reports of all kinds and voices.
    pub reports: u32,
    /// Reports with a name.
    pub named: u32,
    /// Reports in confidence.
    pub in_confidence: u32,
    /// Anonymous reports, with those that wait to be let out.
    pub anonymous: u32,
    /// Times that something was accepted by somebody other than the fixer.
    pub verified: u32,
    /// Times that a repair was sent back.
    pub sent_back: u32,
    /// Times that a reporter said "not yet".
    pub not_yet: u32,
    /// Report codes that a visitor can try.
    pub codes: Vec<TryCode>,
}

/// A report code that a visitor can try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TryCode {
    /// As the phone shows it.
    pub code: String,
    /// What will be seen.
    pub what: &'static str,
}

impl Story {
    /// Takes in another factory's; the codes to try stay those of the first.
    pub(super) fn add(&mut self, other: Self) {
        self.reports += other.reports;
        self.named += other.named;
        self.in_confidence += other.in_confidence;
        self.anonymous += other.anonymous;
        self.verified += other.verified;
        self.sent_back += other.sent_back;
        self.not_yet += other.not_yet;
        if self.codes.is_empty() {
            self.codes = other.codes;
        }
    }

    fn count(&mut self, voice: Voice, step: Step) {
        match step {
            Step::Report => {
                self.reports += 1;
                match voice {
                    Voice::Named => self.named += 1,
                    Voice::InConfidence => self.in_confidence += 1,
                    Voice::Anonymous => self.anonymous += 1,
                }
            }
            Step::Verify(_) => self.verified += 1,
            Step::SendBack(_) => self.sent_back += 1,
            Step::Verdict(false) => self.not_yet += 1,
            _ => {}
        }
    }
}

/// Plays the weeks of one factory after the cast was assembled, so that the last step lies shortly
/// before the present, to which the clock is set at the end.
pub async fn play(app: &App, clock: &SetClock, cast: &Cast, setting: Setting) -> Result<Story> {
    let now = setting.now;
    let dice = Dice::new(setting.seed.wrapping_add(cast.number as u64));
    let texts = Texts::read(cast.profile())?;
    let plot = plot(&dice, &texts, cast, setting);
    let stage = Stage::enter(app, cast, &dice, &texts).await?;
    let table = Table::set(app, cast, setting.language).await?;
    let mut meetings = calendar::meetings(now, setting.weeks);
    let heard_until = heard_until(cast, now);
    meetings.retain(|at| calendar::day(*at) <= heard_until);
    let story = perform(&stage, table, clock, plot, &meetings).await?;
    clock.set(now);
    // What would ring further has been answered.
    while jobs::run_next(app).await? {}
    notices::tell_owners(app).await?;
    ledger::sequence(app).await?;
    Ok(story)
}

/// The last day on which anything is said: today, or weeks ago.
fn heard_until(cast: &Cast, now: Instant) -> Day {
    let today = calendar::day(now);
    if cast.has_fallen_silent {
        today.plus(-SILENT_DAYS)
    } else {
        today
    }
}

fn plot(dice: &Dice, texts: &Texts, cast: &Cast, setting: Setting) -> Plot {
    let today = calendar::day(setting.now);
    let first = today.plus(-i64::from(setting.weeks) * 7);
    let workers = cast.workers.len();
    let mut maker = Maker::new(dice, texts, setting.language, workers, first, today);
    maker.pace = cast.profile().pace;
    maker.heard_until = heard_until(cast, setting.now);
    let mut threads = if cast.has_fallen_silent {
        Vec::new()
    } else {
        maker.present(setting.now)
    };
    maker.past(&mut threads);
    let declined = threads.iter_mut().rev().find(|thread| {
        let is_declined = thread.steps.iter().any(|(_, step)| *step == Step::Decline);
        is_declined && thread.visit.is_none()
    });
    if let Some(declined) = declined {
        declined.visit = Some("不采纳，有说明 · declined, with the reason");
    }
    // Whatever waits is let out when its day is over.
    let midnight = |day: &Day| calendar::at(*day, calendar::clock(0, 0));
    let days = maker.release_days.iter().chain([&today]);
    let releases = days.map(midnight).collect();
    Plot { threads, releases }
}

/// One entry of the agenda.
#[derive(Clone, Copy)]
enum Entry {
    /// What waits is let out.
    Release,
    /// The team meets.
    Meeting,
    /// Somebody goes to where a thread's danger is.
    Alarm(usize),
    /// A thread's step.
    Step(usize, Step),
}

async fn perform(
    stage: &Stage<'_>,
    mut table: Table<'_>,
    clock: &SetClock,
    plot: Plot,
    meetings: &[Instant],
) -> Result<Story> {
    let releases = plot.releases.iter().map(|at| (*at, Entry::Release));
    let meetings = meetings.iter().map(|at| (*at, Entry::Meeting));
    let mut agenda: Vec<(Instant, Entry)> = releases.chain(meetings).collect();
    for (number, thread) in plot.threads.iter().enumerate() {
        let steps = thread.steps.iter();
        agenda.extend(steps.map(|(at, step)| (*at, Entry::Step(number, *step))));
        // Whoever hears of a danger goes there within minutes, long before it is answered.
        let first = thread.steps.first().filter(|_| thread.danger);
        agenda.extend(first.map(|(at, _)| (at.plus_seconds(240), Entry::Alarm(number))));
    }
    // A stable sort: steps of one instant stay in the order of the plot.
    agenda.sort_by_key(|(at, _)| *at);

    let mut story = Story::default();
    let mut lives = stage.lives(&plot.threads);
    for (at, entry) in agenda {
        clock.set(at);
        let (number, step) = match entry {
            Entry::Release => {
                stage.release().await?;
                continue;
            }
            Entry::Meeting => {
                let outcome = table.meet(calendar::day(at)).await?;
                story.reports += outcome.named + outcome.unnamed;
                story.named += outcome.named;
                story.anonymous += outcome.unnamed;
                story.verified += outcome.verified;
                continue;
            }
            Entry::Alarm(number) => {
                stage.answer_alarm(&mut lives[number]).await?;
                continue;
            }
            Entry::Step(number, step) => (number, step),
        };
        stage
            .play(&mut lives, number, &plot.threads[number], step)
            .await?;
        story.count(plot.threads[number].voice, step);
    }
    for (thread, life) in plot.threads.iter().zip(&lives) {
        story.codes.extend(thread.visit.map(|what| TryCode {
            code: life.code.to_string(),
            what,
        }));
    }
    Ok(story)
}
