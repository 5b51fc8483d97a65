//! The team: it accepts every case that is new and answers its reporter. What was said by name it takes further,
//! until it is done, looked at, and its reward decided and paid. Each of these is the work of one who may do it,
//! and all of them work at the same time.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hezuo_domain::ids::EnterpriseId;
use serde_json::{Value, json};

use super::ground::{pass, until};
use super::items::{Item, STEPS, answer, is_rewarded, minor, number_of};
use super::load::Load;
use super::member::Member;

/// When a case is to be done; no trial runs for so long.
const DUE: &str = "2099-12-31";

pub(crate) struct Team {
    /// Accepts, plans, looks at what was done, and pays.
    officer: Member,
    /// Does what was planned.
    fixer: Member,
    /// Decides about rewards, and so may not pay them.
    leader: Member,
    /// The cases that were seen, by the numbers of their reports.
    cases: Mutex<BTreeMap<u32, String>>,
    /// What was sent: where to, and its body. The same bytes go out until they are acknowledged.
    begun: Mutex<BTreeMap<Item, (String, Value)>>,
}

impl Team {
    /// Everybody signs in.
    pub(crate) fn sign_in(address: &str, factory: EnterpriseId) -> Self {
        let [officer, fixer, leader] =
            ["officer", "fixer", "leader"].map(|it| Member::sign_in(address, factory, it));
        Self {
            officer,
            fixer,
            leader,
            cases: Mutex::default(),
            begun: Mutex::default(),
        }
    }

    /// The same people before a factory of which they have seen nothing.
    pub(crate) fn again(&self) -> Self {
        Self {
            officer: self.officer.clone(),
            fixer: self.fixer.clone(),
            leader: self.leader.clone(),
            cases: Mutex::default(),
            begun: Mutex::default(),
        }
    }

    /// Whose work it is.
    fn member(&self, item: Item) -> &Member {
        match item {
            Item::Finish(_) => &self.fixer,
            Item::Reward(_) => &self.leader,
            _ => &self.officer,
        }
    }

    /// A few of the cases that are new, by the numbers of their reports.
    fn look(&self, address: &str) -> Vec<u32> {
        let page = self.officer.get(address, "/cases?limit=10");
        let page = page.unwrap_or_default();
        let cases = page["items"].as_array().into_iter().flatten();
        let fresh = cases.filter_map(|case| {
            let number = number_of(case["text"].as_str()?)?;
            let id = case["id"].as_str()?.to_owned();
            self.cases.lock().unwrap().insert(number, id);
            let is_begun = self.begun.lock().unwrap().contains_key(&Item::Step(number));
            (case["state"] == "new" && !is_begun).then_some(number)
        });
        fresh.collect()
    }

    /// Makes ready what is to be sent, as the case stands before it; whether that could be seen.
    fn begin(&self, address: &str, item: Item) -> bool {
        if self.begun.lock().unwrap().contains_key(&item) {
            return true;
        }
        let request = self.request(address, item);
        let begun = request.map(|it| self.begun.lock().unwrap().insert(item, it));
        begun.is_some()
    }

    /// Where to send what.
    fn request(&self, address: &str, item: Item) -> Option<(String, Value)> {
        let number = item.number();
        let case = self.cases.lock().unwrap().get(&number)?.clone();
        let action = match item {
            Item::Step(_) => json!({"type": "accept", "answer": answer(number)}),
            Item::Plan(_) => json!({
                "type": "plan", "owner": self.fixer.person, "due_day": DUE, "measure": "A guard",
                "responsibility": "Maintenance", "contingency": "It is fenced off",
                "money": {"minor": 20_000, "currency": "CNY"},
            }),
            Item::Finish(_) => json!({"type": "finish", "note": "It is mounted"}),
            Item::Verify(_) => json!({"type": "verify", "note": "It holds"}),
            Item::Reward(_) => {
                let body = json!({"type": "approve", "minor": minor(number)});
                return Some((format!("/cases/{case}/reward"), body));
            }
            Item::Paid(_) => {
                let rewards = self.rewards(address, item)?;
                let id = rewards.first()?["id"].as_str()?;
                return Some((format!("/rewards/{id}/pay"), json!({})));
            }
            _ => return None,
        };
        let seen = self.member(item).get(address, &format!("/cases/{case}"))?;
        let body = json!({
            "id": item.id(), "version": seen["version"].as_i64()?, "client": "desk", "action": action,
        });
        Some((format!("/cases/{case}/actions"), body))
    }

    /// The rewards of the case, as whoever's work it is sees them.
    fn rewards(&self, address: &str, item: Item) -> Option<Vec<Value>> {
        let case = self.cases.lock().unwrap().get(&item.number())?.clone();
        let path = format!("/cases/{case}/reward");
        let found = self.member(item).get(address, &path)?;
        found["items"].as_array().cloned()
    }

    /// Sends what was begun.
    pub(crate) fn send(&self, address: &str, item: Item) -> Option<u16> {
        let (path, body) = self.begun.lock().unwrap().get(&item)?.clone();
        self.member(item).post(address, &path, &body)
    }

    /// Whether a decision or a payment stands that is refused when it comes once more, because it has no id;
    /// nothing where that can't be seen just now.
    pub(crate) fn stands(&self, address: &str, item: Item) -> Option<bool> {
        let rewards = self.rewards(address, item)?;
        let [reward] = &rewards[..] else {
            return Some(false);
        };
        let is_paid = reward["state"] == "paid";
        let fits = match item {
            Item::Reward(_) => is_paid || reward["state"] == "approved",
            _ => is_paid,
        };
        Some(fits && reward["minor"] == minor(item.number()))
    }

    fn begun(&self) -> Vec<Item> {
        self.begun.lock().unwrap().keys().copied().collect()
    }
}

impl Load {
    /// The team at work until told to stop.
    pub(crate) fn work(&self, address: &str, stop: &AtomicBool) {
        let Some(team) = self.team() else {
            return;
        };
        std::thread::scope(|scope| {
            for pair in STEPS.windows(2) {
                scope.spawn(|| {
                    while !stop.load(Ordering::SeqCst) {
                        self.go_on(team, address, stop, pair[0], pair[1]);
                        pass(Duration::from_millis(50));
                    }
                });
            }
            // What was sent and not acknowledged comes first.
            let is_first = |it: &Item| matches!(it, Item::Step(_));
            self.left(team, address, stop, is_first);
            while !stop.load(Ordering::SeqCst) {
                self.accept(team, address, stop);
                pass(Duration::from_millis(50));
            }
        });
    }

    /// Accepts a few cases that are new.
    fn accept(&self, team: &Team, address: &str, stop: &AtomicBool) {
        for number in team.look(address) {
            self.take(team, address, stop, Item::Step(number));
        }
    }

    /// Takes every case one step further that has come to the step before, the oldest first.
    fn go_on(
        &self,
        team: &Team,
        address: &str,
        stop: &AtomicBool,
        before: fn(u32) -> Item,
        next: fn(u32) -> Item,
    ) {
        let taken = self.told().taken.clone();
        let numbers = taken.iter().map(|it| (*it, it.number()));
        let ready = numbers.filter(|(item, number)| {
            is_rewarded(*number) && *item == before(*number) && !taken.contains(&next(*number))
        });
        for (_, number) in ready {
            self.take(team, address, stop, next(number));
        }
    }

    fn take(&self, team: &Team, address: &str, stop: &AtomicBool, item: Item) -> bool {
        !stop.load(Ordering::SeqCst) && team.begin(address, item) && self.deliver(address, item)
    }

    /// Sends once more what was begun and not acknowledged; what still is not.
    fn left(
        &self,
        team: &Team,
        address: &str,
        stop: &AtomicBool,
        is_meant: fn(&Item) -> bool,
    ) -> Vec<Item> {
        let mut begun = team.begun();
        begun.retain(|it| is_meant(it) && !self.take(team, address, stop, *it));
        begun
    }

    /// The team's last round, before a server that stays.
    pub(crate) fn finish_steps(&self, address: &str) -> Vec<String> {
        let Some(team) = self.team() else {
            return Vec::new();
        };
        let goes_on = AtomicBool::new(false);
        self.accept(team, address, &goes_on);
        // Where a slow machine had short lives, one case is to come to the end all the same.
        let of_first = |it: &Item| matches!(it, Item::Step(number) if is_rewarded(*number));
        let first = self.told().taken.iter().copied().find(of_first);
        if let Some(first) = first {
            for step in STEPS {
                self.take(team, address, &goes_on, step(first.number()));
            }
        }
        let mut left = Vec::new();
        let is_done = until(Duration::from_secs(30), || {
            left = self.left(team, address, &goes_on, |_| true);
            left.is_empty()
        });
        if is_done {
            Vec::new()
        } else {
            vec![format!("what the team sent can't be sent again: {left:?}")]
        }
    }
}
