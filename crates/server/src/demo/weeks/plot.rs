//! What will happen, decided beforehand: who says what on which day, and every step until its
//! end. Nothing is done here; the stage does it with the real actions.

use hezuo_domain::cases::{Finder, Voice};
use hezuo_domain::time::{Day, Instant};

use super::calendar::{at, clock, is_working, later, on_or_before};
use super::dice::Dice;
use super::texts::{Language, Said, Texts, Way};

/// Who acts for the factory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Officer,
    Leader,
    Fixer,
    Representative,
}

/// Who answers for the repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Fixer,
    Leader,
    /// Somebody of the register, without a login.
    Worker(usize),
}

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Report,
    Accept(Who),
    Decline,
    Refer,
    /// Into this thread.
    Merge(usize),
    Grade,
    Plan {
        owner: Owner,
        due: Day,
    },
    Finish(Who),
    SendBack(Who),
    Verify(Who),
    Close,
    Verdict(bool),
}

/// One report and its life.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a box on the report page or a throw of the dice; none depends on another"
)]
pub(super) struct Thread {
    /// The index of the text.
    pub(super) said: usize,
    /// In the words of a second reporter.
    pub(super) again: bool,
    /// What the texts call the area.
    pub(super) area: String,
    pub(super) language: Language,
    pub(super) voice: Voice,
    pub(super) finder: Option<Finder>,
    /// The index of the worker who signs.
    pub(super) worker: usize,
    pub(super) danger: bool,
    pub(super) name_machine: bool,
    pub(super) picture: bool,
    pub(super) steps: Vec<(Instant, Step)>,
    /// What a visitor can try with its report code.
    pub(super) visit: Option<&'static str>,
}

impl Thread {
    /// Adds a step at an instant, or a little after the step before where that is later.
    pub(super) fn then(&mut self, at: Instant, step: Step) {
        let earliest = self.steps.last().map(|(last, _)| last.plus_seconds(180));
        let at = earliest.map_or(at, |earliest| at.max(earliest));
        self.steps.push((at, step));
    }
}

/// Everything that will happen.
#[derive(Debug)]
pub(super) struct Plot {
    pub(super) threads: Vec<Thread>,
    /// When waiting reports are let out.
    pub(super) releases: Vec<Instant>,
}

/// What the plot is made from.
pub(super) struct Maker<'a> {
    pub(super) dice: &'a Dice,
    pub(super) texts: &'a Texts,
    pub(super) language: Language,
    /// How many workers can sign.
    pub(super) workers: usize,
    /// The first day.
    pub(super) first: Day,
    /// Today; what is decided beforehand ends the day before.
    pub(super) today: Day,
    /// Days on which waiting reports are let out, in the morning.
    pub(super) release_days: Vec<Day>,
    /// Texts and areas that nobody has spoken of yet.
    pub(super) deck: Vec<(usize, String)>,
    /// How much is said, in percent, at least a hundred.
    pub(super) pace: i64,
    /// The last day on which anything is said.
    pub(super) heard_until: Day,
    /// Texts of the present, of which nobody spoke in the weeks before.
    pub(super) held: Vec<usize>,
}

impl<'a> Maker<'a> {
    pub(super) fn new(
        dice: &'a Dice,
        texts: &'a Texts,
        language: Language,
        workers: usize,
        first: Day,
        today: Day,
    ) -> Self {
        let mut maker = Self {
            dice,
            texts,
            language,
            workers,
            first,
            today,
            release_days: Vec::new(),
            deck: Vec::new(),
            pace: 100,
            heard_until: today,
            held: Vec::new(),
        };
        maker.release_days = maker.working_days(today).collect();
        maker.shuffle();
        maker
    }

    /// The working days from the first up to a day, that day not included.
    fn working_days(&self, end: Day) -> impl Iterator<Item = Day> + use<> {
        (self.first.0..end.0)
            .map(Day)
            .filter(|day| is_working(*day))
    }

    /// Puts all texts back, in a new order; those of the first areas come first.
    fn shuffle(&mut self) {
        for round in (0..2).rev() {
            let mut cards: Vec<(usize, String)> = Vec::new();
            for (said, text) in self.texts.said.iter().enumerate() {
                // What was written for a place comes before what is made of machine and defect.
                let turn = round - usize::from(text.is_made && round == 1);
                let is_its_turn = !text.is_made || round == 1;
                if is_its_turn && !self.held.contains(&said) {
                    cards.extend(text.areas.get(turn).map(|area| (said, area.clone())));
                }
            }
            self.dice.shuffle(&mut cards);
            self.deck
                .splice(0..0, cards.into_iter().rev().collect::<Vec<_>>());
        }
        // The last card is drawn first.
        self.deck.reverse();
    }

    /// Draws a text that fits.
    pub(super) fn draw(&mut self, fits: impl Fn(&Said) -> bool) -> (usize, String) {
        for _ in 0..2 {
            let found = self
                .deck
                .iter()
                .rposition(|(said, _)| fits(&self.texts.said[*said]));
            if let Some(at) = found {
                return self.deck.remove(at);
            }
            self.deck.clear();
            self.shuffle();
        }
        // No text of this factory fits: something else was seen.
        self.deck.pop().unwrap_or_default()
    }

    /// A thread that begins with its report.
    pub(super) fn thread(&self, (said, area): (usize, String), reported: Instant) -> Thread {
        let dice = self.dice;
        let voice = match dice.between(1, 100) {
            1..=43 => Voice::Named,
            44..=63 => Voice::InConfidence,
            _ => Voice::Anonymous,
        };
        let finder = match dice.between(1, 100) {
            1..=78 => Some(Finder::Worker),
            79..=88 => Some(Finder::TeamLeader),
            89..=92 => Some(Finder::Manager),
            _ => None,
        };
        let text = &self.texts.said[said];
        let severe = text.grade.is_some_and(|[_, severity]| severity >= 4);
        let is_foreign = self.language == Language::Zh && dice.chance(12);
        Thread {
            said,
            again: false,
            area,
            language: if is_foreign {
                Language::En
            } else {
                self.language
            },
            voice,
            finder,
            worker: dice.below(self.workers),
            danger: text.is_hazard() && severe && dice.chance(35),
            name_machine: dice.chance(25),
            picture: text.picture.is_some() && dice.chance(70),
            steps: vec![(reported, Step::Report)],
            visit: None,
        }
    }

    /// The day on which a report can be read: that of its report, or of its release.
    pub(super) fn seen(&self, thread: &Thread, reported: Day) -> Day {
        if thread.voice == Voice::Named || thread.danger {
            return reported;
        }
        let release = self.release_days.iter().find(|day| **day > reported);
        release.copied().unwrap_or(reported)
    }

    fn some_owner(&self) -> Owner {
        match self.dice.between(1, 10) {
            1..=5 => Owner::Fixer,
            6..=8 => Owner::Worker(self.dice.below(self.workers)),
            _ => Owner::Leader,
        }
    }

    /// Somebody who neither fixed it nor answers for it.
    fn other_eyes(&self) -> Who {
        if self.dice.chance(60) {
            Who::Representative
        } else {
            Who::Officer
        }
    }

    fn after(&self, day: Day, least: i64, most: i64) -> Day {
        later(day, self.dice.between(least, most))
    }

    /// The weeks before the present: everything that was taken up was also brought to its end,
    /// or has a deadline that still runs.
    pub(super) fn past(&mut self, threads: &mut Vec<Thread>) {
        let span = (self.today.0 - self.first.0).max(1);
        let mut not_yet = false;
        let end = self.today.plus(-2).min(self.heard_until.plus(1));
        for day in self.working_days(end) {
            // The more is answered, the more is said.
            let grown = (day.0 - self.first.0) * 40 / span;
            let dice = self.dice;
            let reports = 1 + i64::from(dice.chance(40)) + i64::from(dice.chance(15 + grown));
            let more = (0..reports)
                .filter(|_| dice.chance(self.pace - 100))
                .count();
            for _ in 0..reports + i64::try_from(more).unwrap_or(0) {
                let minute = dice.between(clock(7, 40), clock(17, 20));
                let card = self.draw(|_| true);
                let mut thread = self.thread(card, at(day, minute));
                let target = threads.len();
                let wants_not_yet =
                    !not_yet && (14..40).contains(&(self.today.0 - day.0)) && day > self.first;
                not_yet |= self.live(&mut thread, day, wants_not_yet);
                let has_second = thread
                    .steps
                    .iter()
                    .any(|(_, step)| matches!(step, Step::Plan { .. }))
                    && self.texts.said[thread.said].again.is_some()
                    && day < self.today.plus(-4);
                let second = has_second.then(|| self.second(&thread, later(day, 1), target));
                threads.push(thread);
                threads.extend(second);
            }
        }
    }

    /// Somebody else says the same; it is merged into the first.
    fn second(&self, first: &Thread, day: Day, target: usize) -> Thread {
        let minute = self.dice.between(clock(7, 40), clock(17, 20));
        let mut thread = self.thread((first.said, first.area.clone()), at(day, minute));
        thread.again = true;
        thread.danger = false;
        let answered = self.after(self.seen(&thread, day), 0, 1).min(self.last());
        // The first has to be a case, and answered, before another can be merged into it.
        let first_answer = first.steps.get(1).map_or(thread.steps[0].0, |(at, _)| *at);
        let merged = at(answered, clock(11, 5)).max(first_answer.plus_seconds(600));
        thread.then(merged, Step::Merge(target));
        thread
    }

    /// The last working day before today.
    pub(super) fn last(&self) -> Day {
        on_or_before(self.today.plus(-1))
    }

    /// Answers a thread and brings it as far as it comes before today. True when its reporter
    /// was asked and said "not yet".
    fn live(&self, thread: &mut Thread, reported: Day, wants_not_yet: bool) -> bool {
        let dice = self.dice;
        let seen = self.seen(thread, reported);
        let answered = if thread.danger {
            seen
        } else {
            self.after(seen, 0, 2)
        };
        let answered = answered.min(self.last()).max(seen);
        let triage = if thread.danger {
            thread.steps[0].0.plus_seconds(600)
        } else {
            at(answered, dice.between(clock(9, 0), clock(11, 20)))
        };
        let who = if dice.chance(80) {
            Who::Officer
        } else {
            Who::Leader
        };
        let text = &self.texts.said[thread.said];
        match text.way {
            Way::Decline => thread.then(triage, Step::Decline),
            Way::Refer => thread.then(triage, Step::Refer),
            Way::Spot | Way::Plan => thread.then(triage, Step::Accept(who)),
        }
        if text.grade.is_some() && matches!(text.way, Way::Spot | Way::Plan) {
            thread.then(triage, Step::Grade);
        }
        match text.way {
            Way::Spot => {
                let fixed = self.after(answered, 0, 1);
                let verified = self.after(fixed, 0, 2);
                if verified <= self.last() {
                    thread.then(
                        at(fixed, dice.between(clock(13, 0), clock(15, 30))),
                        Step::Finish(Who::Fixer),
                    );
                    self.end(thread, verified);
                }
                false
            }
            Way::Plan => self.repair(thread, answered, wants_not_yet),
            Way::Decline | Way::Refer => false,
        }
    }

    /// Owner and deadline, the repair, other eyes. True when its reporter said "not yet".
    fn repair(&self, thread: &mut Thread, answered: Day, wants_not_yet: bool) -> bool {
        let dice = self.dice;
        let planned = self.after(answered, 0, 1);
        if planned > self.last() {
            return false;
        }
        let owner = self.some_owner();
        let due = self.after(planned, 3, 9);
        let is_late = dice.chance(10);
        let fixed = if is_late {
            self.after(due, 1, 2)
        } else {
            self.after(planned, 1, 4).min(due)
        };
        let comes_back = dice.chance(9);
        let verified = self.after(fixed, if comes_back { 3 } else { 0 }, 3);
        let plan_at = at(planned, dice.between(clock(13, 0), clock(14, 20)));
        if verified > self.last() {
            let due = due.max(later(self.today, 2));
            thread.then(plan_at, Step::Plan { owner, due });
            return false;
        }
        thread.then(plan_at, Step::Plan { owner, due });
        let finish_at = |day| at(day, dice.between(clock(14, 30), clock(16, 20)));
        if comes_back {
            let back = at(later(fixed, 1), clock(9, 40));
            thread.then(finish_at(fixed), Step::Finish(Who::Fixer));
            thread.then(back, Step::SendBack(Who::Representative));
            thread.then(finish_at(later(fixed, 2)), Step::Finish(Who::Fixer));
        } else {
            thread.then(finish_at(fixed), Step::Finish(Who::Fixer));
        }
        let is_reopened = wants_not_yet && later(verified, 6) <= self.last();
        if !is_reopened {
            self.end(thread, verified);
            return false;
        }
        let due = later(verified, 5);
        let who = self.other_eyes();
        thread.then(at(verified, clock(16, 40)), Step::Verify(who));
        thread.then(at(later(verified, 1), clock(12, 15)), Step::Verdict(false));
        thread.then(
            at(later(verified, 2), clock(9, 10)),
            Step::Plan { owner, due },
        );
        thread.then(finish_at(later(verified, 4)), Step::Finish(Who::Fixer));
        self.end(thread, later(verified, 5));
        true
    }

    /// Other eyes, the reporter's word where it comes, and the end.
    fn end(&self, thread: &mut Thread, verified: Day) {
        let dice = self.dice;
        let who = self.other_eyes();
        thread.then(
            at(verified, dice.between(clock(16, 30), clock(17, 10))),
            Step::Verify(who),
        );
        let heard = self.after(verified, 1, 3);
        if heard <= self.last() && dice.chance(40) {
            thread.then(
                at(heard, dice.between(clock(12, 0), clock(12, 50))),
                Step::Verdict(true),
            );
        }
        let closed = self.after(verified, 3, 5);
        if closed <= self.last() && dice.chance(85) {
            thread.then(at(closed, clock(8, 40)), Step::Close);
        }
    }
}
