//! How things stand now: what is new, late, done but not accepted, and what is to be fixed today.

use hezuo_domain::cases::{Finder, Voice};
use hezuo_domain::time::{Day, Instant};

use super::calendar::{at, clock, later, on_or_before};
use super::plot::{Maker, Owner, Step, Thread, Who};
use super::texts::Way;

impl Maker<'_> {
    /// The threads that are not finished; their texts are drawn before all others, so that
    /// nobody has said the same shortly before.
    pub(super) fn present(&mut self, now: Instant) -> Vec<Thread> {
        let mut threads = Vec::new();
        self.late(&mut threads);
        self.running(&mut threads);
        self.waiting_for_eyes(&mut threads);
        self.just_said(&mut threads, now);
        self.held = threads.iter().map(|thread| thread.said).collect();
        let held = &self.held;
        self.deck.retain(|(said, _)| !held.contains(said));
        threads
    }

    /// A working day this many days ago, but not before the first.
    fn ago(&self, days: i64) -> Day {
        on_or_before(self.today.plus(-days)).max(self.first)
    }

    /// A worker's report, answered and planned.
    fn planned(&mut self, voice: Voice, days: [i64; 3], owner: Owner, due: Day) -> Thread {
        let card = self.draw(|said| {
            said.way == Way::Plan && said.is_hazard() && !said.major && said.again.is_none()
        });
        let mut thread = self.thread(card, at(self.ago(days[0]), clock(7, 50)));
        thread.voice = voice;
        thread.finder = Some(Finder::Worker);
        thread.danger = false;
        let seen = self.seen(&thread, self.ago(days[0]));
        let accepted = self.ago(days[1]).max(seen);
        let planned = self.ago(days[2]).max(seen);
        thread.then(at(accepted, clock(9, 25)), Step::Accept(Who::Officer));
        thread.then(at(accepted, clock(9, 30)), Step::Grade);
        thread.then(at(planned, clock(13, 20)), Step::Plan { owner, due });
        thread
    }

    fn late(&mut self, threads: &mut Vec<Thread>) {
        let due = self.today.plus(-3).max(self.ago(10));
        let worker = Owner::Worker(1);
        threads.push(self.planned(Voice::Named, [13, 12, 11], worker, due));
        let due = self.today.plus(-1).max(self.ago(7));
        threads.push(self.planned(Voice::InConfidence, [9, 8, 7], Owner::Leader, due));
    }

    fn running(&mut self, threads: &mut Vec<Thread>) {
        let mut today = self.planned(Voice::Named, [6, 5, 4], Owner::Fixer, self.today);
        today.picture = true;
        threads.push(today);
        let due = later(self.today, 3);
        threads.push(self.planned(Voice::Named, [5, 4, 3], Owner::Worker(4), due));
        let due = later(self.today, 8);
        threads.push(self.planned(Voice::InConfidence, [5, 3, 2], Owner::Fixer, due));
    }

    fn waiting_for_eyes(&mut self, threads: &mut Vec<Thread>) {
        let last = self.last();
        let before = on_or_before(last.plus(-1)).max(self.first);
        let due = later(self.today, 2);

        let card = self.draw(|said| said.way == Way::Plan && said.picture.is_some() && !said.major);
        let mut shown = self.thread(card, at(self.ago(9), clock(8, 10)));
        shown.voice = Voice::Named;
        shown.finder = Some(Finder::Worker);
        (shown.danger, shown.picture) = (false, true);
        shown.visit = Some("已修好，请您说一声好了没有 · fixed: says whether it is");
        shown.then(at(self.ago(8), clock(9, 5)), Step::Accept(Who::Officer));
        shown.then(at(self.ago(8), clock(9, 10)), Step::Grade);
        let owner = Owner::Fixer;
        shown.then(at(self.ago(7), clock(13, 10)), Step::Plan { owner, due });
        shown.then(at(last, clock(15, 5)), Step::Finish(Who::Fixer));
        threads.push(shown);

        let worker = Owner::Worker(7);
        let mut second = self.planned(Voice::InConfidence, [8, 7, 6], worker, due);
        second.then(at(before, clock(15, 40)), Step::Finish(Who::Fixer));
        threads.push(second);

        let card = self.draw(|said| said.way == Way::Spot && said.is_hazard());
        let mut spot = self.thread(card, at(before, clock(7, 55)));
        spot.voice = Voice::Named;
        spot.danger = false;
        spot.then(at(last, clock(9, 15)), Step::Accept(Who::Officer));
        spot.then(at(last, clock(10, 30)), Step::Finish(Who::Officer));
        threads.push(spot);
    }

    fn just_said(&mut self, threads: &mut Vec<Thread>, now: Instant) {
        let card = self.draw(|said| said.way == Way::Spot && said.is_hazard());
        let mut plain = self.thread(card, at(self.last(), clock(16, 20)));
        plain.voice = Voice::Named;
        plain.danger = false;
        threads.push(plain);

        let card = self.draw(|said| said.way == Way::Plan && !said.is_hazard());
        let mut idea = self.thread(card, at(self.last(), clock(17, 5)));
        idea.voice = Voice::InConfidence;
        threads.push(idea);

        let card = self.draw(|said| said.picture.is_some() && said.major);
        let mut danger = self.thread(card, now.plus_seconds(-40 * 60));
        danger.voice = Voice::Named;
        danger.finder = Some(Finder::Worker);
        (danger.danger, danger.picture) = (true, true);
        threads.push(danger);

        for minutes in [95, 15] {
            let card = self.draw(|said| said.way == Way::Spot || !said.is_hazard());
            // What was said before midnight would have been let out.
            let said = now
                .plus_seconds(-minutes * 60)
                .max(at(self.today, clock(0, 0)));
            let mut waiting = self.thread(card, said);
            waiting.voice = Voice::Anonymous;
            waiting.danger = false;
            if minutes == 15 {
                waiting.visit = Some("匿名，等待下一批公布 · anonymous, waits to be let out");
            }
            threads.push(waiting);
        }
    }
}
