//! Ways out of the platform: where notices are sent, and why one has not arrived.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::problem::{Code, Problem};

/// Channels of one enterprise.
pub const MAX_CHANNELS: usize = 20;

/// How a notice leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// JSON over HTTP, signed as Standard Webhooks has it.
    Webhook,
    /// The robot of a WeCom (企业微信) group.
    Wecom,
    /// The robot of a DingTalk (钉钉) group.
    Dingtalk,
}

impl Way {
    /// All ways.
    pub const ALL: [Self; 3] = [Self::Webhook, Self::Wecom, Self::Dingtalk];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Wecom => "wecom",
            Self::Dingtalk => "dingtalk",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.as_str() == word)
    }
}

/// Where a channel leads; kept sealed as a whole, because addresses of robots are secrets too.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The whole address.
    pub address: String,
    /// What signs; empty where nothing does.
    pub secret: String,
}

impl fmt::Debug for Target {
    /// Nothing of it belongs into a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Target")
    }
}

impl Target {
    /// Checks and tidies what was entered.
    ///
    /// # Errors
    /// `input.missing`, `input.too_long` and `input.invalid` at the field.
    pub fn check(self) -> Result<Self, Problem> {
        let tidy = |text: &str, path: &str| {
            let text = text.trim();
            if text.chars().count() > 500 {
                return Err(Code::InputTooLong.at(path));
            }
            if !text.chars().all(|it| it.is_ascii_graphic()) {
                return Err(Code::InputInvalid.at(path));
            }
            Ok(text.to_owned())
        };
        let it = Self {
            address: tidy(&self.address, "address")?,
            secret: tidy(&self.secret, "secret")?,
        };
        if it.address.is_empty() {
            return Err(Code::InputMissing.at("address"));
        }
        let is_web = ["https://", "http://"]
            .iter()
            .any(|start| it.address.starts_with(start));
        let host = it.host();
        if !is_web || host.is_empty() || host.contains('@') {
            return Err(Code::InputInvalid.at("address"));
        }
        Ok(it)
    }

    /// The host, which may be shown; the rest of an address may not.
    pub fn host(&self) -> &str {
        let rest = self
            .address
            .split_once("://")
            .map_or(&*self.address, |it| it.1);
        rest.split(['/', '?', '#']).next().unwrap_or_default()
    }
}

/// Checks and tidies a mail address, as far as its form tells: one, without a name around it.
///
/// # Errors
/// `input.too_long` and `input.invalid` at `address`.
pub fn mail_address(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    // The longest that a mail server takes (RFC 5321, 4.5.3.1).
    if text.len() > 254 {
        return Err(Code::InputTooLong.at("address"));
    }
    let is_plain = |it: char| it.is_ascii_alphanumeric() || ".-_+".contains(it);
    match text.split_once('@') {
        Some((user, host))
            if !user.is_empty()
                && user.len() <= 64
                && user.chars().all(is_plain)
                && !host.is_empty()
                && !host.starts_with(['.', '-'])
                && host
                    .chars()
                    .all(|it| it.is_ascii_alphanumeric() || ".-".contains(it)) =>
        {
            Ok(text.to_owned())
        }
        _ => Err(Code::InputInvalid.at("address")),
    }
}

/// Why a notice has not arrived, in a word that the screens know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The name leads nowhere.
    Address,
    /// The address lies inside a network that the server's configuration does not open.
    Private,
    /// Nobody is there.
    Connect,
    /// It took too long.
    Timeout,
    /// The connection could not be made safe.
    Tls,
    /// It would cross the open network without https.
    Plain,
    /// It was answered with another address, which is not followed.
    Redirect,
    /// It was answered with this HTTP status.
    Status(u16),
    /// The robot or the mail server has refused it, with this number.
    Refused(i64),
    /// This server sends no mail.
    NoMail,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address => f.write_str("address"),
            Self::Private => f.write_str("private"),
            Self::Connect => f.write_str("connect"),
            Self::Timeout => f.write_str("timeout"),
            Self::Tls => f.write_str("tls"),
            Self::Plain => f.write_str("plain"),
            Self::Redirect => f.write_str("redirect"),
            Self::Status(status) => write!(f, "status:{status}"),
            Self::Refused(number) => write!(f, "refused:{number}"),
            Self::NoMail => f.write_str("no_mail"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(address: &str) -> Target {
        Target {
            address: address.into(),
            ..Target::default()
        }
    }

    #[test]
    fn a_mail_address_is_one_and_carries_no_second_line() {
        for fit in [
            "li.hong@works.example",
            " a+b@localhost ",
            "x_1@a-b.example",
        ] {
            assert_eq!(mail_address(fit).unwrap(), fit.trim());
        }
        for wrong in [
            "li.hong",
            "@works.example",
            "a@",
            "a@b@c",
            "a@b, c@d",
            "Li <a@b>",
            "a@b\r\nBcc: c@d",
            "李红@works.example",
        ] {
            assert!(mail_address(wrong).is_err(), "{wrong}");
        }
        assert!(mail_address(&format!("a@{}", "b".repeat(300))).is_err());
    }

    #[test]
    fn addresses_are_those_of_the_web_and_show_their_host_only() {
        for (address, is_fit) in [
            ("https://hooks.example/a?b=c", true),
            (" http://relay.works.example:8080/ ", true),
            ("ftp://hooks.example", false),
            ("https://", false),
            ("https://me:pw@hooks.example", false),
            ("https://hooks.example/a b", false),
            ("https://hooks.example/\r\nHost:x", false),
            ("", false),
        ] {
            assert_eq!(target(address).check().is_ok(), is_fit, "{address}");
        }
        let secret = target("https://hooks.example/secret");
        assert_eq!(secret.host(), "hooks.example");
        assert_eq!(format!("{secret:?}"), "Target");
    }
}
