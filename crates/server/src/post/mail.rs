//! Mail by SMTP, to the one server that the configuration names.

use hezuo_domain::notices::channels::Fault;
use lettre::message::{Mailbox, header};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::{Failure, config};

/// A server that takes mail.
#[derive(Debug)]
pub(super) struct MailServer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// Tells that a machine does not need to be asked which mail this is: RFC 3834, clause 5.
#[derive(Debug, Clone)]
struct AutoSubmitted;

impl header::Header for AutoSubmitted {
    fn name() -> header::HeaderName {
        header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> header::HeaderValue {
        header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Whether a mail may go there without TLS: only to this very machine.
fn may_be_plain(server: &str) -> bool {
    let host = server.trim_start_matches("smtp://");
    let ends = |end: &str| {
        host.strip_prefix(end)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
    };
    ends("localhost") || ends("127.0.0.1") || ends("[::1]")
}

impl MailServer {
    /// Reads the settings; none where no server is named.
    pub(super) fn new(mail: &config::Mail) -> crate::Result<Option<Self>> {
        if mail.server.is_empty() {
            return Ok(None);
        }
        let wrong = |what: &str| Failure::Other(format!("the configuration is wrong: mail.{what}"));
        let is_safe = mail.server.starts_with("smtps://") || mail.server.contains("tls=required");
        if !is_safe && !may_be_plain(&mail.server) {
            return Err(wrong(
                "server: mail to another machine needs smtps://, or smtp:// with ?tls=required",
            ));
        }
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(&mail.server)
            .map_err(|error| wrong(&format!("server: {error}")))?;
        if !mail.user.is_empty() {
            let password = std::fs::read_to_string(&mail.password_file).map_err(|error| {
                wrong(&format!(
                    "password_file: {} can't be read: {error}",
                    mail.password_file.display()
                ))
            })?;
            let password = password.trim_end_matches(['\r', '\n']).to_owned();
            transport = transport.credentials(Credentials::new(mail.user.clone(), password));
        }
        let from: Address = mail
            .from
            .parse()
            .map_err(|error| wrong(&format!("from: {error}")))?;
        Ok(Some(Self {
            transport: transport.build(),
            from: Mailbox::new(Some("Hezuo".to_owned()), from),
        }))
    }

    /// Hands one mail over.
    pub(super) async fn send(
        &self,
        id: impl std::fmt::Display,
        to: &str,
        subject: String,
        text: String,
    ) -> Result<(), Fault> {
        let to: Address = to.parse().or(Err(Fault::Address))?;
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .header(AutoSubmitted)
            .header(header::ContentType::TEXT_PLAIN)
            .subject(subject)
            .body(text)
            .or(Err(Fault::Address))?;
        let sent = self.transport.send(message).await;
        sent.map(drop).map_err(|error| match error.status() {
            Some(code) => Fault::Refused(u16::from(code).into()),
            None if error.is_tls() => Fault::Tls,
            None if error.is_timeout() => Fault::Timeout,
            None => Fault::Connect,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(server: &str) -> crate::Result<Option<MailServer>> {
        MailServer::new(&config::Mail {
            server: server.to_owned(),
            from: "hezuo@works.example".to_owned(),
            ..config::Mail::default()
        })
    }

    #[test]
    fn mail_leaves_the_machine_only_over_tls() {
        assert!(server("").unwrap().is_none());
        for fit in [
            "smtps://mail.example",
            "smtp://mail.example:587?tls=required",
            "smtp://localhost:25",
            "smtp://127.0.0.1:2525",
        ] {
            assert!(server(fit).unwrap().is_some(), "{fit}");
        }
        for wrong in [
            "smtp://mail.example",
            "smtp://mail.example:587?tls=opportunistic",
            "smtp://localhost.mail.example:25",
            "http://mail.example",
        ] {
            assert!(server(wrong).is_err(), "{wrong}");
        }
    }
}
