//! What leaves the platform: a kind, an area, a day, counts and a link. Never who spoke, never what
//! was said. And how it is signed for whoever receives it.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hezuo_domain::notices::Kind;
use hezuo_domain::notices::channels::{Fault, Target, Way};
use hezuo_domain::time::Instant;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::Sha256;
use uuid::Uuid;

/// Something to be carried to another machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Letter {
    /// A POST of JSON.
    Web {
        /// The whole address.
        url: String,
        /// Headers besides those that the carrier sets.
        headers: Vec<(&'static str, String)>,
        /// The body.
        body: String,
    },
    /// A mail of plain text.
    Mail {
        /// The same however often it is sent.
        id: Uuid,
        /// The address.
        to: String,
        /// The subject.
        subject: String,
        /// The text.
        text: String,
    },
}

/// What carries letters: the server's way to the network.
pub trait Carrier: Debug + Send + Sync {
    /// Whether it can carry mail.
    fn has_mail(&self) -> bool {
        false
    }

    /// Carries a letter and brings back what was answered.
    fn carry(
        &self,
        letter: Letter,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, Fault>> + Send + '_>>;
}

/// Carries nothing: a server without a way out.
#[derive(Debug)]
pub struct Nobody;

impl Carrier for Nobody {
    fn carry(
        &self,
        _: Letter,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, Fault>> + Send + '_>> {
        Box::pin(async { Err(Fault::Connect) })
    }
}

/// What a notice says.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Content {
    /// The kind's word; `test` for a trial.
    pub(crate) kind: String,
    /// The factory's name.
    pub(crate) factory: String,
    /// The local day.
    pub(crate) day: String,
    /// The page to open; none where the server does not know its own address.
    pub(crate) link: Option<String>,
    /// Of a danger, the area's name.
    pub(crate) area: Option<String>,
    /// Of a danger, how far its alarm has gone.
    pub(crate) step: Option<u8>,
    /// How many cases of the factory are due soon.
    pub(crate) due_soon: i64,
    /// How many are overdue.
    pub(crate) overdue: i64,
}

/// Texts by language and key.
pub type Words = fn(&str, &str) -> String;

impl Content {
    /// The lines of a message. `due` is the sentence for what is due: of the whole factory, or of one
    /// person.
    fn text(&self, words: Words, locale: &str, due: &str) -> String {
        let word = |key: &str| words(locale, key);
        let mut lines = Vec::new();
        if self.kind == Kind::Danger.as_str() {
            lines.push(word(&format!("notice.danger_{}", self.step.unwrap_or(1))));
            lines.push(self.area.clone().unwrap_or_else(|| word("alarm.nowhere")));
        } else if self.kind == Kind::Due.as_str() {
            let due = word(due)
                .replace("{overdue}", &self.overdue.to_string())
                .replace("{soon}", &self.due_soon.to_string());
            lines.push(due);
        } else if self.kind == Kind::Account.as_str() {
            lines.push(word("message.account"));
        } else {
            lines.push(word("message.test"));
        }
        lines.push(format!("{} · {}", self.factory, self.day));
        lines.extend(self.link.clone());
        lines.join("\n")
    }
}

fn sign(key: &[u8], content: &str) -> String {
    // HMAC takes a key of any length.
    let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(key) else {
        return String::new();
    };
    mac.update(content.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// The secret of a new webhook, as its receiver enters it.
pub(crate) fn webhook_secret(bytes: &[u8; 32]) -> String {
    format!("whsec_{}", STANDARD.encode(bytes))
}

/// Whether a secret is one that signs webhooks.
pub(crate) fn is_webhook_secret(secret: &str) -> bool {
    let key = secret.strip_prefix("whsec_").map(|it| STANDARD.decode(it));
    key.is_some_and(|key| key.is_ok_and(|key| (24..=64).contains(&key.len())))
}

/// Puts a notice into the form that its receiver takes. `id` stays the same however often it is
/// sent, so that a receiver can drop what came twice.
pub(crate) fn letter(
    way: Way,
    target: &Target,
    content: &Content,
    (words, locale): (Words, &str),
    id: Uuid,
    now: Instant,
) -> Letter {
    match way {
        Way::Webhook => {
            let seconds = now.0.div_euclid(1_000_000);
            let body = json!({ "type": content.kind, "data": content }).to_string();
            let secret = target.secret.strip_prefix("whsec_").unwrap_or_default();
            let key = STANDARD.decode(secret).unwrap_or_default();
            let signature = sign(&key, &format!("{id}.{seconds}.{body}"));
            Letter::Web {
                url: target.address.clone(),
                headers: vec![
                    ("webhook-id", id.to_string()),
                    ("webhook-timestamp", seconds.to_string()),
                    ("webhook-signature", format!("v1,{signature}")),
                ],
                body,
            }
        }
        Way::Wecom | Way::Dingtalk => {
            let text = json!({ "content": content.text(words, locale, "message.due") });
            let mut url = target.address.clone();
            if way == Way::Dingtalk && !target.secret.is_empty() {
                let millis = now.0.div_euclid(1000);
                let signed = sign(
                    target.secret.as_bytes(),
                    &format!("{millis}\n{}", target.secret),
                );
                // Base64 has three signs that mean something else in an address.
                let signed = signed
                    .replace('+', "%2B")
                    .replace('/', "%2F")
                    .replace('=', "%3D");
                let joint = if url.contains('?') { '&' } else { '?' };
                url = format!("{url}{joint}timestamp={millis}&sign={signed}");
            }
            Letter::Web {
                url,
                headers: Vec::new(),
                body: json!({ "msgtype": "text", "text": text }).to_string(),
            }
        }
    }
}

/// Puts a notice into a mail. `id` stays the same however often it is sent, so that a mail server can
/// drop what came twice.
pub(crate) fn mail(
    to: String,
    content: &Content,
    (words, locale): (Words, &str),
    id: Uuid,
) -> Letter {
    let text = content.text(words, locale, "notice.due");
    let about = text.lines().next().unwrap_or_default();
    let way_out = words(locale, "message.mail_end");
    Letter::Mail {
        id,
        to,
        subject: format!("{about} · {}", content.factory),
        text: format!("{text}\n\n{way_out}\n"),
    }
}

#[derive(Deserialize)]
struct Answer {
    errcode: i64,
}

/// What a robot's answer means: both say 200 also when they refuse.
pub(crate) fn check_answer(way: Way, answer: &[u8]) -> Result<(), Fault> {
    if way == Way::Webhook {
        return Ok(());
    }
    match serde_json::from_slice(answer).map(|it: Answer| it.errcode) {
        Ok(0) => Ok(()),
        Ok(number) => Err(Fault::Refused(number)),
        Err(_) => Err(Fault::Refused(0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content() -> Content {
        Content {
            kind: "danger".into(),
            factory: "Works".into(),
            step: Some(1),
            ..Content::default()
        }
    }

    #[test]
    fn a_webhook_is_signed_as_the_standard_has_it() {
        let secret = webhook_secret(&[7; 32]);
        assert!(
            is_webhook_secret(&secret) && !is_webhook_secret("whsec_x") && !is_webhook_secret("")
        );
        let target = Target {
            address: "https://hooks.example/".into(),
            secret,
        };
        let words: Words = |_, key| key.to_owned();
        let id = Uuid::from_u128(1);
        let now = Instant(1_674_087_231_000_000);
        let letter = letter(Way::Webhook, &target, &content(), (words, "en"), id, now);
        let Letter::Web { headers, body, .. } = letter else {
            panic!("no webhook")
        };
        assert_eq!(headers[1], ("webhook-timestamp", "1674087231".into()));
        let expected = sign(&[7; 32], &format!("{id}.1674087231.{body}"));
        assert_eq!(headers[2], ("webhook-signature", format!("v1,{expected}")));
    }

    /// The example of the Standard Webhooks specification's own libraries.
    #[test]
    fn the_signature_is_that_of_the_published_example() {
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let text = "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}";
        assert_eq!(
            sign(&key, text),
            "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn a_robot_that_refuses_is_heard() {
        assert_eq!(
            check_answer(Way::Wecom, b"{\"errcode\":0,\"errmsg\":\"ok\"}"),
            Ok(())
        );
        let refused = check_answer(Way::Dingtalk, b"{\"errcode\":310000}");
        assert_eq!(refused, Err(Fault::Refused(310_000)));
        assert_eq!(check_answer(Way::Wecom, b"<html>"), Err(Fault::Refused(0)));
        assert_eq!(check_answer(Way::Webhook, b""), Ok(()));
    }
}
