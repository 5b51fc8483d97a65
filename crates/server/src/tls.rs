//! TLS by the server itself: rustls behind the same listener that serves plain http.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::server::TlsStream;

use crate::config::Tls;
use crate::{Failure, Result};

/// How long a client may take to greet.
const GREETING: Duration = Duration::from_secs(10);

/// Greetings that are done and wait to be served.
const WAITING: usize = 64;

/// Reads certificate and key.
///
/// # Errors
/// A file that can't be read, or a key that does not fit; the text names it.
pub fn acceptor(tls: &Tls) -> Result<TlsAcceptor> {
    let unfit = |path: &std::path::Path, error: &dyn std::fmt::Display| {
        Failure::Other(format!("tls: {}: {error}", path.display()))
    };
    let certificates: std::result::Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(&tls.certificate)
            .map_err(|error| unfit(&tls.certificate, &error))?
            .collect();
    let certificates = certificates.map_err(|error| unfit(&tls.certificate, &error))?;
    let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(|error| unfit(&tls.key, &error))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Failure::Other(format!("tls: {error}")))?
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .map_err(|error| unfit(&tls.certificate, &error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Gives connections once they have been greeted; a slow client keeps nobody waiting.
pub struct TlsListener {
    address: SocketAddr,
    greeted: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
}

impl TlsListener {
    /// Begins to accept.
    pub fn new(listener: TcpListener, acceptor: TlsAcceptor) -> Result<Self> {
        let address = listener.local_addr()?;
        let (sender, greeted) = mpsc::channel(WAITING);
        tokio::spawn(accept(listener, acceptor, sender));
        Ok(Self { address, greeted })
    }
}

async fn accept(
    mut listener: TcpListener,
    acceptor: TlsAcceptor,
    sender: mpsc::Sender<(TlsStream<TcpStream>, SocketAddr)>,
) {
    loop {
        // Axum's own way to accept waits out errors such as too many open files.
        let next = tokio::select! {
            next = Listener::accept(&mut listener) => next,
            () = sender.closed() => return,
        };
        let (stream, peer) = next;
        let (acceptor, sender) = (acceptor.clone(), sender.clone());
        tokio::spawn(async move {
            // Who can't greet, or speaks plain http, is not answered.
            if let Ok(Ok(stream)) = tokio::time::timeout(GREETING, acceptor.accept(stream)).await {
                drop(sender.send((stream, peer)).await);
            }
        });
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.greeted.recv().await {
            Some(next) => next,
            // The task above ends only when this one does.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        Ok(self.address)
    }
}
