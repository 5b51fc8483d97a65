//! A small model of the outbox, which sends to the real server.

use std::collections::{BTreeMap, VecDeque};

use hezuo_domain::commitment::{digest, hex};
use hezuo_domain::report_code::Lookup;
use hezuo_testkit::{Factory, TestApp, picture};
use serde_json::json;

use super::vectors::{End, Fate, State, Step, Vector};
use super::{found_pictures, said};

/// A mistake of the phone that the vectors must see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slip {
    None,
    /// What the server has newer bytes of is thrown away.
    DropsConflicts,
    /// What was not answered counts as sent.
    Hopes,
    /// What belongs to a report goes on without it.
    ForgetsGroups,
}

/// What came of a try.
#[derive(Clone, Copy)]
enum Outcome {
    Done,
    Kept(State),
    Retry(u64),
    Login,
    Died,
    Held,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pause {
    None,
    Retry,
    Login,
}

/// A tab of the browser.
#[derive(Clone)]
struct Tab {
    life: u32,
    /// What a full phone could not take.
    page: Option<Vec<(String, State)>>,
    runs: bool,
    again: bool,
    paused: Pause,
    failures: u32,
}

impl Tab {
    fn opened(life: u32) -> Self {
        Self {
            life,
            page: None,
            runs: false,
            again: false,
            paused: Pause::None,
            failures: 0,
        }
    }
}

struct Run<'a> {
    app: &'a TestApp,
    factory: &'a Factory,
    vector: &'a Vector,
    slip: Slip,
    phone: Vec<(String, State)>,
    tabs: [Tab; 3],
    fates: VecDeque<Fate>,
    /// Who sends where only one tab may, and who waits for that.
    holder: Option<(usize, u32)>,
    queue: VecDeque<(usize, u32)>,
    held: Option<(usize, u32, String)>,
    sent: BTreeMap<String, usize>,
    waits: Vec<u64>,
}

impl Run<'_> {
    fn lookup(&self, label: &str) -> Lookup {
        let report = self.vector.requests[label].of.as_deref().unwrap_or(label);
        Lookup(digest(
            format!("{:?} {} {report}", self.slip, self.vector.name).as_bytes(),
        ))
    }

    fn text(&self, label: &str) -> String {
        format!("{} {label}", self.vector.name)
    }

    fn group(&self, label: &str) -> String {
        let of = self.vector.requests[label].of.clone();
        of.filter(|_| self.slip != Slip::ForgetsGroups)
            .unwrap_or_else(|| label.to_owned())
    }

    /// Sends a request to the real server; its status.
    async fn call(&self, label: &str) -> u16 {
        let request = &self.vector.requests[label];
        let lookup = hex(&self.lookup(label).0);
        let call = match request.kind.as_str() {
            "report" => {
                let category = if request.wrong { "" } else { "machine" };
                self.app.post("/api/v1/reports").json(&json!({
                    "code": self.factory.codes[0], "lookup": lookup, "category": category,
                    "voice": "named", "name": "Li Hong", "text": self.text(label),
                }))
            }
            "picture" => {
                let path = format!("/api/v1/reports/attachments/{label}.jpg");
                let bytes = if request.wrong {
                    b"<html>".to_vec()
                } else {
                    picture()
                };
                let call = self.app.put(&path).bytes(bytes);
                call.header("report-lookup", &lookup)
            }
            _ => {
                let id =
                    uuid::Uuid::from_slice(&digest(self.text(label).as_bytes())[..16]).unwrap();
                let text = if request.wrong {
                    String::new()
                } else {
                    self.text(label)
                };
                let body = json!({"lookup": lookup, "id": id, "text": text});
                self.app.post("/api/v1/follow-up/messages").json(&body)
            }
        };
        call.await.status.into()
    }

    async fn arrive(&self, label: &str) -> Outcome {
        match self.call(label).await {
            200..300 => Outcome::Done,
            409 if self.slip == Slip::DropsConflicts => Outcome::Done,
            409 | 412 => Outcome::Kept(State::Conflict),
            408 | 429 | 500.. => Outcome::Retry(0),
            _ => Outcome::Kept(State::Refused),
        }
    }

    async fn try_one(&mut self, tab: usize, label: &str) -> Outcome {
        *self.sent.entry(label.to_owned()).or_default() += 1;
        match self.fates.pop_front().unwrap_or(Fate::Through) {
            Fate::Through => self.arrive(label).await,
            Fate::Lost => Outcome::Retry(0),
            Fate::Unanswered => {
                self.arrive(label).await;
                if self.slip == Slip::Hopes {
                    return Outcome::Kept(State::Refused);
                }
                Outcome::Retry(0)
            }
            Fate::Twice => {
                self.arrive(label).await;
                self.arrive(label).await
            }
            Fate::Busy => Outcome::Retry(60_000),
            Fate::Login => Outcome::Login,
            Fate::Dies => Outcome::Died,
            Fate::DiesAfter => {
                self.arrive(label).await;
                Outcome::Died
            }
            Fate::Held => {
                self.held = Some((tab, self.tabs[tab].life, label.to_owned()));
                Outcome::Held
            }
        }
    }

    fn store(&mut self, tab: usize) -> &mut Vec<(String, State)> {
        match &mut self.tabs[tab].page {
            Some(page) => page,
            None => &mut self.phone,
        }
    }

    /// Of the groups whose first waits, the first that is no picture; a picture where there is nothing else.
    fn next(&mut self, tab: usize) -> Option<String> {
        let entries = self.store(tab).clone();
        let mut groups = Vec::new();
        let mut picture = None;
        for (label, state) in entries {
            let group = self.group(&label);
            if groups.contains(&group) {
                continue;
            }
            groups.push(group);
            let is_picture = self.vector.requests[&label].kind == "picture";
            match state {
                State::Waiting if !is_picture => return Some(label),
                State::Waiting => picture = picture.or(Some(label)),
                _ => {}
            }
        }
        picture
    }

    /// Writes down what came of a try; whether the next one may go.
    fn settle(&mut self, tab: usize, label: &str, outcome: Outcome) -> bool {
        match outcome {
            Outcome::Done => {
                self.answered(tab);
                self.store(tab).retain(|it| it.0 != label);
                true
            }
            Outcome::Kept(state) => {
                self.answered(tab);
                for it in self.store(tab).iter_mut().filter(|it| it.0 == label) {
                    it.1 = state;
                }
                true
            }
            Outcome::Retry(asked) => {
                let own = &mut self.tabs[tab];
                own.paused = Pause::Retry;
                let longest = (2_000 << own.failures.min(20)).min(300_000);
                own.failures += 1;
                if tab == 1 {
                    self.waits.push(longest.max(asked));
                }
                false
            }
            Outcome::Login => {
                self.tabs[tab].paused = Pause::Login;
                false
            }
            Outcome::Died | Outcome::Held => false,
        }
    }

    fn answered(&mut self, tab: usize) {
        self.tabs[tab].failures = 0;
        self.tabs[tab].paused = Pause::None;
    }

    fn open(&mut self, tab: usize) {
        let life = self.tabs[tab].life;
        self.tabs[tab] = Tab::opened(life + 1);
        self.queue.retain(|it| *it != (tab, life));
        if self.holder == Some((tab, life)) {
            self.holder = None;
        }
    }

    /// Tries until nothing may go any more; true where the round is over, and not only held.
    async fn round(&mut self, tab: usize) -> bool {
        while let Some(label) = self.next(tab) {
            let outcome = self.try_one(tab, &label).await;
            match outcome {
                Outcome::Died => {
                    self.open(tab);
                    return false;
                }
                Outcome::Held => return false,
                other => {
                    if !self.settle(tab, &label, other) {
                        return true;
                    }
                }
            }
        }
        self.tabs[tab].paused = Pause::None;
        true
    }

    /// Lets whoever may send do so, in the order in which they asked.
    async fn run(&mut self) {
        while let Some(next) = self.queue.pop_front() {
            if self.vector.locks && self.holder.is_some() {
                self.queue.push_front(next);
                return;
            }
            self.holder = Some(next);
            self.tabs[next.0].again = false;
            if self.round(next.0).await {
                self.is_over(next);
            }
        }
    }

    fn is_over(&mut self, tab: (usize, u32)) {
        self.holder = None;
        let own = &mut self.tabs[tab.0];
        if own.again {
            self.queue.push_back(tab);
        } else {
            own.runs = false;
        }
    }

    async fn flush(&mut self, tab: usize) {
        let own = &mut self.tabs[tab];
        own.again = true;
        if !own.runs {
            own.runs = true;
            let life = own.life;
            self.queue.push_back((tab, life));
        }
        self.run().await;
    }

    async fn release(&mut self) {
        let Some((tab, life, label)) = self.held.take() else {
            return;
        };
        let outcome = self.arrive(&label).await;
        if self.tabs[tab].life == life {
            let goes_on = self.settle(tab, &label, outcome);
            if !goes_on || self.round(tab).await {
                self.is_over((tab, life));
            }
        }
        self.run().await;
    }

    async fn step(&mut self, step: &Step) {
        match step {
            Step::Add { add, full } => {
                if *full {
                    self.open(1);
                    self.tabs[1].page = Some(Vec::new());
                }
                let fresh = add.iter().map(|it| (it.clone(), State::Waiting));
                let fresh: Vec<_> = fresh.collect();
                self.store(1).extend(fresh);
                self.flush(1).await;
            }
            Step::Send { send } => self.flush(*send).await,
            Step::Open { open } => {
                self.open(*open);
                self.run().await;
            }
            Step::Again { again } => {
                let groups: Vec<String> = self.phone.iter().map(|it| self.group(&it.0)).collect();
                for (it, group) in self.phone.iter_mut().zip(groups) {
                    if group == *again {
                        it.1 = State::Waiting;
                    }
                }
                self.flush(1).await;
            }
            Step::Away { away } => {
                let groups: Vec<String> = self.phone.iter().map(|it| self.group(&it.0)).collect();
                let mut groups = groups.iter();
                self.phone.retain(|_| groups.next() != Some(away));
            }
            Step::Let { .. } => self.release().await,
        }
    }

    /// How often the server has a request.
    async fn count(&self, label: &str) -> usize {
        let (request, lookup) = (&self.vector.requests[label], self.lookup(label));
        if request.kind == "picture" {
            return found_pictures(self.app, lookup, &format!("{label}.jpg")).await;
        }
        said(self.app, lookup, &self.text(label)).await
    }

    async fn end(&mut self) -> End {
        let mut server = BTreeMap::new();
        for label in self.vector.requests.keys() {
            let count = self.count(label).await;
            if count > 0 {
                server.insert(label.clone(), count);
            }
        }
        let is_durable = self.tabs[1].page.is_none();
        let paused = self.tabs[1].paused != Pause::None;
        let kept = self.store(1).clone();
        let mut shown = BTreeMap::new();
        for (label, request) in &self.vector.requests {
            let of_it = |it: &&(String, State)| self.group(&it.0) == *label;
            let own: Vec<_> = kept.iter().filter(of_it).collect();
            if request.kind != "report" || (own.is_empty() && !server.contains_key(label)) {
                continue;
            }
            let word = match own.iter().find(|it| it.0 == *label) {
                None if own.is_empty() => "received".to_owned(),
                None => format!("received, {} left", own.len()),
                Some((_, State::Conflict | State::Refused)) => "refused".to_owned(),
                Some(_) if !paused => "sending".to_owned(),
                Some(_) if is_durable => "saved".to_owned(),
                Some(_) => "saved in this page".to_owned(),
            };
            shown.insert(label.clone(), word);
        }
        End {
            server,
            kept,
            shown,
            sent: self.sent.clone(),
            waits: self.waits.clone(),
        }
    }
}

/// Runs a vector to its end.
pub(super) async fn play(app: &TestApp, factory: &Factory, vector: &Vector, slip: Slip) -> End {
    let mut run = Run {
        app,
        factory,
        vector,
        slip,
        phone: Vec::new(),
        tabs: [1, 1, 1].map(Tab::opened),
        fates: vector.fates.iter().copied().collect(),
        holder: None,
        queue: VecDeque::new(),
        held: None,
        sent: BTreeMap::new(),
        waits: Vec::new(),
    };
    let taken = vector.requests.iter().filter(|it| it.1.taken);
    for (label, _) in taken {
        let body = json!({
            "code": factory.codes[0], "lookup": hex(&run.lookup(label).0), "category": "machine",
            "voice": "named", "name": "Li Hong", "text": "somebody else's",
        });
        app.post("/api/v1/reports").json(&body).await.expect("201");
    }
    for step in &vector.steps {
        run.step(step).await;
    }
    run.end().await
}
