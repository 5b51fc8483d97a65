//! A member of the team, who accepts every case that is new and answers its reporter.

use std::collections::BTreeMap;
use std::sync::Mutex;

use hezuo_domain::ids::EnterpriseId;
use hezuo_server::demo::PASSWORD;
use serde_json::{Value, json};

use super::items::{Item, answer, number_of};
use super::load::{ask, post};

pub(crate) struct Member {
    factory: EnterpriseId,
    cookie: String,
    /// What a step was taken on: the id of the case, and the version that was seen. The same step goes out with
    /// the same bytes until it is acknowledged.
    seen: Mutex<BTreeMap<u32, (String, i64)>>,
}

impl Member {
    /// Signs in; the session outlives whatever happens to the server.
    pub(crate) fn sign_in(address: &str, factory: EnterpriseId) -> Self {
        let body = json!({"login": "officer", "password": PASSWORD});
        let said = post(address, "/api/v1/session", "", &body).unwrap();
        let cookie = said.header("set-cookie").expect("he is let in");
        let member = Self {
            factory,
            cookie: cookie.split(';').next().unwrap().to_owned(),
            seen: Mutex::default(),
        };
        let cases = member.get(address, "?limit=1").unwrap_or_default();
        assert!(cases["items"].is_array(), "he sees the cases");
        member
    }

    /// The same one before a factory of which he has seen nothing.
    pub(crate) fn again(&self) -> Self {
        Self {
            factory: self.factory,
            cookie: self.cookie.clone(),
            seen: Mutex::default(),
        }
    }

    fn get(&self, address: &str, path: &str) -> Option<Value> {
        let head = format!(
            "GET /api/v1/enterprises/{}/cases{path} HTTP/1.1\r\ncookie: {}",
            self.factory, self.cookie
        );
        ask(address, &head, b"")?.json()
    }

    /// A few of the cases that are new, by the numbers of their reports.
    pub(crate) fn look(&self, address: &str) -> BTreeMap<u32, String> {
        let page = self.get(address, "?limit=10").unwrap_or_default();
        let cases = page["items"].as_array().into_iter().flatten();
        let fresh = cases.filter_map(|case| {
            let number = number_of(case["text"].as_str()?)?;
            let is_new = case["state"] == "new" && !self.seen.lock().unwrap().contains_key(&number);
            is_new.then_some((number, case["id"].as_str()?.to_owned()))
        });
        fresh.collect()
    }

    /// Opens a case, as it stands before a step.
    pub(crate) fn open(&self, address: &str, number: u32, id: String) {
        let case = self.get(address, &format!("/{id}")).unwrap_or_default();
        if let Some(version) = case["version"].as_i64() {
            self.seen.lock().unwrap().insert(number, (id, version));
        }
    }

    /// The cases that were opened.
    pub(crate) fn opened(&self) -> Vec<u32> {
        self.seen.lock().unwrap().keys().copied().collect()
    }

    /// Accepts a case that was opened.
    pub(crate) fn step(&self, address: &str, item: Item) -> Option<u16> {
        let (case, version) = self.seen.lock().unwrap().get(&item.number())?.clone();
        let body = json!({
            "id": item.id(), "version": version, "client": "desk",
            "action": {"type": "accept", "answer": answer(item.number())},
        });
        let path = format!("/api/v1/enterprises/{}/cases/{case}/actions", self.factory);
        post(
            address,
            &path,
            &format!("cookie: {}\r\n", self.cookie),
            &body,
        )?
        .status()
    }
}
