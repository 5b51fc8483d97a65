//! Whoever is slow keeps nobody waiting: connections that say nothing, or half of something, are ended. And
//! nobody hides a request in another.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test stops where it fails"
)]

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::routing::{get, post};
use hezuo_server::listen::{Patience, listen};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Long enough for whatever is ended at once by comparison.
const LONG: Duration = Duration::from_mins(1);

async fn server(patience: Patience) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
    let router = Router::new().route("/", get(|| async { "here" })).route(
        "/",
        post(|body: Bytes| async move { body.len().to_string() }),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let stopped = async {
        drop(stopped.await);
    };
    let served = tokio::spawn(listen(router, listener, patience, stopped));
    (address, stop, served)
}

/// Sends something and waits for the other side's last word.
async fn last_word(address: SocketAddr, said: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(said.as_bytes()).await.unwrap();
    let mut heard = Vec::new();
    // Whether it ends with a farewell or without does not matter; that it ends does.
    drop(timeout(LONG, stream.read_to_end(&mut heard)).await.unwrap());
    String::from_utf8_lossy(&heard).into_owned()
}

#[tokio::test]
async fn half_a_head_and_half_a_body_are_not_waited_for() {
    let patience = Patience {
        head: Duration::from_millis(300),
        body: Duration::from_millis(300),
        connections: 100,
    };
    let (address, stop, served) = server(patience).await;
    assert_eq!(last_word(address, "").await, "");
    let heard = last_word(address, "GET / HTTP/1.1\r\nhost: a\r\nx-slow: ").await;
    assert!(!heard.contains("200"), "{heard}");
    let half = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhalf";
    let heard = last_word(address, half).await;
    assert!(!heard.contains("200"), "{heard}");
    let whole = "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    assert!(last_word(address, whole).await.ends_with("here"));
    drop(stop);
    timeout(LONG, served).await.unwrap().unwrap();
}

#[tokio::test]
async fn places_that_nobody_uses_are_given_to_the_next() {
    let patience = Patience {
        head: Duration::from_millis(300),
        connections: 2,
        ..Patience::default()
    };
    let (address, stop, served) = server(patience).await;
    let mut idle = Vec::new();
    for _ in 0..8 {
        idle.push(TcpStream::connect(address).await.unwrap());
    }
    let whole = "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    assert!(last_word(address, whole).await.ends_with("here"));
    drop(stop);
    timeout(LONG, served).await.unwrap().unwrap();
}

#[tokio::test]
async fn where_a_request_ends_is_said_in_one_way_only() {
    let (address, stop, served) = server(Patience::default()).await;
    // A second request hides in the body of the first, for whoever takes the other word for its length.
    let hidden = "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    let plain = format!("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n{hidden}");
    let heard = last_word(address, &plain).await;
    assert_eq!(heard.matches("HTTP/1.1 200").count(), 2, "two: {heard}");
    let chunk = format!("{:x}\r\n{hidden}\r\n0\r\n\r\n", hidden.len());
    let length = format!("content-length: {}\r\n", chunk.len());
    for (what, lengths) in [
        ("two lengths", "content-length: 0\r\ncontent-length: 5\r\n"),
        ("a list of lengths", "content-length: 0, 5\r\n"),
        ("no number", "content-length: +0\r\n"),
        ("another coding", "transfer-encoding: xchunked\r\n"),
        (
            "chunks and something after",
            "transfer-encoding: chunked, identity\r\n",
        ),
        ("a space before the colon", "content-length : 0\r\n"),
        ("a folded line", "x-a: b\r\n content-length: 0\r\n"),
    ] {
        let said = format!("POST / HTTP/1.1\r\nhost: a\r\n{lengths}\r\n{hidden}");
        let heard = last_word(address, &said).await;
        assert!(heard.starts_with("HTTP/1.1 400"), "{what}: {heard}");
        assert!(!heard.contains("here"), "{what}: {heard}");
    }
    // Where both are said the chunks count (RFC 9112, 6.3), and what hides in them is body.
    for lengths in [
        format!("transfer-encoding: chunked\r\n{length}"),
        format!("{length}transfer-encoding: chunked\r\n"),
        "content-length: 0\r\ntransfer-encoding: chunked\r\n".to_owned(),
    ] {
        let close = "connection: close\r\n";
        let said = format!("POST / HTTP/1.1\r\nhost: a\r\n{close}{lengths}\r\n{chunk}");
        let heard = last_word(address, &said).await;
        let answered = heard.matches("HTTP/1.1 ").count();
        assert_eq!(answered, 1, "{lengths}: {heard}");
        assert!(
            heard.ends_with(&hidden.len().to_string()),
            "{lengths}: {heard}"
        );
    }
    drop(stop);
    timeout(LONG, served).await.unwrap().unwrap();
}
