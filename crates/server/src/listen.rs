//! Connections: how many there may be, how long one may take to say what it wants, and a quiet end.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::sync::Semaphore;
use tower::ServiceExt;
use tower_http::timeout::RequestBodyTimeoutLayer;

/// How patient the server is with slow connections. Who sends a byte a minute would otherwise hold a
/// place for ever, and with a few hundred such places nobody else comes in.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// From the first look at a connection, or the last answer, to the end of a request's head.
    pub head: Duration,
    /// Between two pieces of a request's body: a cheap phone on a bad line sends slowly, but it sends.
    pub body: Duration,
    /// Connections at one time; more wait in the system's queue.
    pub connections: usize,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(20),
            body: Duration::from_secs(30),
            connections: 4_000,
        }
    }
}

/// How long requests that are under way at the end may take.
const FAREWELL: Duration = Duration::from_secs(20);

/// Serves what a router answers until the future ends; requests that are under way are finished.
/// Handlers that ask for the peer's address find it as an extension; nothing stores or logs it.
pub async fn listen<L>(
    router: Router,
    mut listener: L,
    patience: Patience,
    stop: impl Future<Output = ()> + Send + 'static,
) where
    L: Listener<Addr = SocketAddr>,
{
    let router = router.layer(RequestBodyTimeoutLayer::new(patience.body));
    let places = Arc::new(Semaphore::new(patience.connections));
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(patience.head);
    let watcher = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let next = async {
            // The semaphore is never closed, so there is always a place in the end.
            let place = Arc::clone(&places).acquire_owned().await.ok();
            (place, listener.accept().await)
        };
        let (place, (stream, peer)) = tokio::select! {
            next = next => next,
            () = &mut stop => break,
        };
        let router = router.clone();
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            let router = router.clone();
            async move { router.oneshot(request).await }
        });
        let connection = watcher.watch(builder.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            // Who goes away in the middle is no failure of ours.
            drop(connection.await);
            drop(place);
        });
    }
    drop(listener);
    drop(tokio::time::timeout(FAREWELL, watcher.shutdown()).await);
}
