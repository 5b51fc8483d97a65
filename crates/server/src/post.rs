//! The server's way out to other machines: one connection for one notice, to an address that was
//! looked at before, without redirects, with a time limit and a small answer. Mail goes to the one
//! mail server that the configuration names.

mod mail;

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Request, Uri, header};
use hezuo_app::federation::{Network, Question};
use hezuo_app::notices::letters::{Carrier, Letter};
use hezuo_domain::notices::channels::Fault;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::Failure;
use crate::config;
use mail::MailServer;

/// Longest that one notice may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Longest answer that is read.
const MAX_ANSWER: usize = 16 * 1024;

/// Carries notices over the network.
#[derive(Debug)]
pub struct Post {
    /// Whether addresses inside a network may be reached.
    allow_private: bool,
    /// Whether only this very machine may be reached without https, and not its network.
    is_strict: bool,
    /// Longest answer that is read.
    max_answer: usize,
    /// Longest that one exchange may take.
    patience: Duration,
    tls: Arc<ClientConfig>,
    mail: Option<MailServer>,
}

/// Whether an address belongs to everybody's network; a server must not be made to knock at the
/// doors around it.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(it) => {
            let [a, b, ..] = it.octets();
            let is_shared = a == 100 && (64..128).contains(&b);
            !(it.is_private()
                || it.is_loopback()
                || it.is_link_local()
                || it.is_unspecified()
                || it.is_broadcast()
                || it.is_multicast()
                || it.is_documentation()
                || is_shared
                || (a == 198 && (b == 18 || b == 19))
                || (a == 192 && b == 0)
                || a == 0
                || a >= 240)
        }
        // Of the other prefixes some lead to addresses of version four in disguise.
        IpAddr::V6(it) => {
            if let Some(mapped) = it.to_ipv4_mapped() {
                return is_public(IpAddr::V4(mapped));
            }
            let [first, second, ..] = it.segments();
            let is_tunnel = first == 0x2002 || (first == 0x2001 && second < 0x200);
            let is_documentation = first == 0x2001 && second == 0xdb8;
            first & 0xe000 == 0x2000 && !is_tunnel && !is_documentation
        }
    }
}

impl Post {
    /// Trusts the certificates that the system trusts.
    ///
    /// # Errors
    /// When TLS can't be set up, or the settings of the mail server don't fit.
    pub fn new(allow_private: bool, mail: &config::Mail) -> crate::Result<Self> {
        let mut roots = RootCertStore::empty();
        for certificate in rustls_native_certs::load_native_certs().certs {
            // One that can't be read is one fewer to trust.
            let _ = roots.add(certificate);
        }
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| Failure::Other(format!("tls: {error}")))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            allow_private,
            is_strict: false,
            max_answer: MAX_ANSWER,
            patience: PATIENCE,
            tls: Arc::new(tls),
            mail: MailServer::new(mail)?,
        })
    }

    /// The same for the intake that the configuration names: its envelopes may be large, and it may
    /// stand in a network of its own; but the key that opens it must not be readable on the way.
    ///
    /// # Errors
    /// When TLS can't be set up.
    pub fn for_intake() -> crate::Result<Self> {
        Ok(Self {
            is_strict: true,
            max_answer: 96 * 1024 * 1024,
            patience: Duration::from_mins(2),
            ..Self::new(true, &config::Mail::default())?
        })
    }

    /// The same for the providers of sign-ins that the configuration names: they may stand in a network
    /// of their own, but what they say must not be readable or changed on the way.
    ///
    /// # Errors
    /// When TLS can't be set up.
    pub fn for_providers() -> crate::Result<Self> {
        Ok(Self {
            is_strict: true,
            max_answer: 256 * 1024,
            ..Self::new(true, &config::Mail::default())?
        })
    }

    /// Looks a name up and takes an address that may be reached. The connection goes to this very
    /// address: a name that leads elsewhere a moment later changes nothing.
    async fn address(&self, host: &str, port: u16) -> Result<SocketAddr, Fault> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let found: Vec<_> = tokio::net::lookup_host((host, port))
            .await
            .or(Err(Fault::Address))?
            .collect();
        if found.is_empty() {
            return Err(Fault::Address);
        }
        let mut open = found.into_iter();
        let open = open.find(|it| self.allow_private || is_public(it.ip()));
        open.ok_or(Fault::Private)
    }

    async fn http(
        &self,
        url: &str,
        headers: Vec<(&'static str, String)>,
        sent: Sent,
    ) -> Result<Vec<u8>, Fault> {
        let uri: Uri = url.parse().or(Err(Fault::Address))?;
        let host = uri.host().ok_or(Fault::Address)?.to_owned();
        let is_safe = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if is_safe { 443 } else { 80 });
        let address = self.address(&host, port).await?;
        let is_near = if self.is_strict {
            address.ip().is_loopback()
        } else {
            !is_public(address.ip())
        };
        if !is_safe && !is_near {
            return Err(Fault::Plain);
        }
        let stream = TcpStream::connect(address).await.or(Err(Fault::Connect))?;
        let path = uri.path_and_query().map_or("/", |it| it.as_str());
        let authority = uri.authority().map_or(host.as_str(), |it| it.as_str());
        let (mut request, body) = match sent {
            Sent::Nothing => (Request::get(path), String::new()),
            Sent::Json(body) => (with_type(path, "application/json"), body),
            Sent::Form(body) => (with_type(path, "application/x-www-form-urlencoded"), body),
        };
        request = request
            .header(header::HOST, authority)
            .header(header::USER_AGENT, "hezuo");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(body)).or(Err(Fault::Address))?;
        if !is_safe {
            return exchange(TokioIo::new(stream), request, self.max_answer).await;
        }
        let host = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        let name = ServerName::try_from(host).or(Err(Fault::Address))?;
        let connector = TlsConnector::from(Arc::clone(&self.tls));
        let stream = connector.connect(name, stream).await.or(Err(Fault::Tls))?;
        exchange(TokioIo::new(stream), request, self.max_answer).await
    }
}

/// What goes out with a request.
enum Sent {
    /// Nothing: it only asks.
    Nothing,
    /// A text in JSON.
    Json(String),
    /// An encoded form.
    Form(String),
}

fn with_type(path: &str, sort: &str) -> axum::http::request::Builder {
    Request::post(path).header(header::CONTENT_TYPE, sort)
}

async fn exchange<S>(stream: S, request: Request<Body>, max_answer: usize) -> Result<Vec<u8>, Fault>
where
    S: hyper::rt::Read + hyper::rt::Write + Send + Unpin + 'static,
{
    let (mut sender, connection) = hyper::client::conn::http1::handshake(stream)
        .await
        .or(Err(Fault::Connect))?;
    // It ends with this exchange, also where the time is up.
    let mut connections = JoinSet::new();
    connections.spawn(connection);
    let answered = sender.send_request(request).await;
    let response = answered.or(Err(Fault::Connect))?;
    let status = response.status();
    if status.is_redirection() {
        return Err(Fault::Redirect);
    }
    if !status.is_success() {
        return Err(Fault::Status(status.as_u16()));
    }
    // A long answer is no answer to a notice; what counts is that it was taken.
    let bytes = to_bytes(Body::new(response.into_body()), max_answer).await;
    Ok(bytes.map(|bytes| bytes.to_vec()).unwrap_or_default())
}

impl Carrier for Post {
    fn has_mail(&self) -> bool {
        self.mail.is_some()
    }

    fn carry(
        &self,
        letter: Letter,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, Fault>> + Send + '_>> {
        Box::pin(async move {
            let carried = async {
                match letter {
                    Letter::Web { url, headers, body } => {
                        self.http(&url, headers, Sent::Json(body)).await
                    }
                    Letter::Mail {
                        id,
                        to,
                        subject,
                        text,
                    } => {
                        let server = self.mail.as_ref().ok_or(Fault::NoMail)?;
                        server.send(id, &to, subject, text).await?;
                        Ok(Vec::new())
                    }
                }
            };
            match tokio::time::timeout(self.patience, carried).await {
                Ok(answer) => answer,
                Err(_) => Err(Fault::Timeout),
            }
        })
    }
}

impl Network for Post {
    fn ask(
        &self,
        question: Question,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, Fault>> + Send + '_>> {
        Box::pin(async move {
            let sent = question.form.map_or(Sent::Nothing, Sent::Form);
            let asked = self.http(&question.url, question.headers, sent);
            match tokio::time::timeout(self.patience, asked).await {
                Ok(answer) => answer,
                Err(_) => Err(Fault::Timeout),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_intake_and_providers_are_not_spoken_to_in_the_open() {
        for post in [Post::for_intake().unwrap(), Post::for_providers().unwrap()] {
            for url in ["http://10.1.2.3/", "http://192.168.1.1/", "http://8.8.8.8/"] {
                let said = post.http(url, vec![], Sent::Nothing).await;
                assert_eq!(said, Err(Fault::Plain), "{url}");
            }
            // On this very machine nobody reads along; nobody listens there either.
            let said = post.http("http://127.0.0.1:1/", vec![], Sent::Nothing);
            assert_eq!(said.await, Err(Fault::Connect));
        }
    }

    #[test]
    fn doors_inside_a_network_stay_shut() {
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "::10.0.0.1",
            "64:ff9b::10.0.0.1",
            "2002:a00:1::",
            "2001::1",
            "198.18.0.1",
            "192.0.0.8",
            "ff02::1",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["114.114.114.114", "8.8.8.8", "2400:3200::1"] {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }
}
