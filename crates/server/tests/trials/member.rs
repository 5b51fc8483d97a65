//! Somebody of the factory who is signed in and works at a desk.

use hezuo_domain::ids::EnterpriseId;
use hezuo_server::demo::PASSWORD;
use serde_json::{Value, json};

use super::load::{Answer, ask, post};

#[derive(Clone)]
pub(crate) struct Member {
    factory: EnterpriseId,
    cookie: String,
    /// As the register of people knows him.
    pub(crate) person: String,
}

impl Member {
    /// Signs in; the session outlives whatever happens to the server.
    pub(crate) fn sign_in(address: &str, factory: EnterpriseId, login: &str) -> Self {
        let body = json!({"login": login, "password": PASSWORD});
        let said = post(address, "/api/v1/session", "", &body).unwrap();
        let cookie = said.header("set-cookie").expect("he is let in");
        let session = said.json().expect("he is told who he is");
        let member = Self {
            factory,
            cookie: cookie.split(';').next().unwrap().to_owned(),
            person: session["person_id"].as_str().unwrap().to_owned(),
        };
        let cases = member.get(address, "/cases?limit=1").unwrap_or_default();
        assert!(cases["items"].is_array(), "he sees the cases");
        member
    }

    /// Reads something of the factory.
    pub(crate) fn get(&self, address: &str, path: &str) -> Option<Value> {
        let head = format!(
            "GET /api/v1/enterprises/{}{path} HTTP/1.1\r\ncookie: {}",
            self.factory, self.cookie
        );
        ask(address, &head, b"")?.json()
    }

    /// Does something in the factory. Who has not shown for a while that it is he shows it, and does it then.
    pub(crate) fn post(&self, address: &str, path: &str, body: &Value) -> Option<u16> {
        let path = format!("/api/v1/enterprises/{}{path}", self.factory);
        let answer = self.send(address, &path, body)?;
        let problem = answer.json().unwrap_or_default();
        if problem["code"] != "session.step_up" {
            return answer.status();
        }
        let proof = json!({"password": PASSWORD});
        let shown = self.send(address, "/api/v1/session/proof", &proof)?;
        match shown.status() {
            Some(204) => self.send(address, &path, body)?.status(),
            status => status,
        }
    }

    fn send(&self, address: &str, path: &str, body: &Value) -> Option<Answer> {
        let cookie = format!("cookie: {}\r\n", self.cookie);
        post(address, path, &cookie, body)
    }
}
