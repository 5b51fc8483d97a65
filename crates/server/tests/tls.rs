//! The server speaks TLS with a certificate that the test makes: secure cookies, one way in, and
//! a client that never greets keeps nobody waiting.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test stops where it fails"
)]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

struct Server {
    child: Child,
    folder: PathBuf,
    address: String,
    said: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // A server or folder that stays behind costs memory and disk, not correctness.
        drop(self.child.kill());
        drop(self.child.wait());
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// Starts the server over an empty folder, with a certificate for `localhost`.
fn start(name: &str) -> (Server, PathBuf) {
    let folder = std::env::temp_dir().join(format!("hezuo-tls-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let mut child = command(&folder, &certificate, &key).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let said: Vec<String> = lines.by_ref().take(3).map(|line| line.unwrap()).collect();
    let address = said[0].rsplit("https://").next().unwrap().to_owned();
    let said = said.join("\n");
    let server = Server {
        child,
        folder,
        address,
        said,
    };
    (server, certificate)
}

fn command(folder: &Path, certificate: &Path, key: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hezuo"));
    command
        .arg("serve")
        .env("HEZUO_DATA", folder.join("data"))
        .env("HEZUO_LISTEN", "127.0.0.1:0")
        .env("HEZUO_DATABASE_URL", "")
        .env("HEZUO_TLS_CERTIFICATE", certificate)
        .env("HEZUO_TLS_KEY", key)
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

fn connector(certificate: &Path) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(certificate).unwrap())
        .unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

async fn ask(connector: &TlsConnector, address: &str, request: &str) -> String {
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = connector.connect(name, stream).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A server that closes without a farewell has still said everything.
    drop(stream.read_to_end(&mut answer).await);
    String::from_utf8_lossy(&answer).into_owned()
}

fn post(path: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn whoever_comes_in_over_tls_gets_a_cookie_that_stays_on_tls() {
    let (server, certificate) = start("in");
    let connector = connector(&certificate);
    // Somebody who connects and says nothing.
    let silent = TcpStream::connect(&server.address).await.unwrap();
    let code = server.said.rsplit('#').next().unwrap();
    assert!(server.said.contains("https://"), "{}", server.said);
    let body = format!(
        r#"{{"code":"{code}","name":"Shen Jie","login":"shen.jie","password":"three quiet looms","locale":"en"}}"#
    );
    let answer = ask(&connector, &server.address, &post("/api/v1/start", &body)).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let cookie = answer
        .lines()
        .find_map(|line| line.strip_prefix("set-cookie: "))
        .unwrap();
    assert!(cookie.starts_with("__Host-hezuo="), "{cookie}");
    assert!(cookie.contains("; Secure"), "{cookie}");
    let token = cookie.split(';').next().unwrap();
    let session = format!(
        "GET /api/v1/session HTTP/1.1\r\nhost: localhost\r\ncookie: {token}\r\nconnection: close\r\n\r\n"
    );
    let answer = ask(&connector, &server.address, &session).await;
    assert!(answer.contains("Shen Jie"), "{answer}");
    drop(silent);

    // Plain http finds nobody on this port.
    let mut plain = TcpStream::connect(&server.address).await.unwrap();
    plain.write_all(session.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    drop(plain.read_to_end(&mut answer).await);
    assert!(
        !answer.starts_with(b"HTTP"),
        "nothing is said in plain text"
    );
}

#[test]
fn a_certificate_that_is_none_is_named() {
    let folder = std::env::temp_dir().join(format!("hezuo-tls-none-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let wrong = folder.join("wrong.pem");
    std::fs::write(&wrong, "no certificate").unwrap();
    let mut command = command(&folder, &wrong, &folder.join("missing.pem"));
    let output = command.stderr(Stdio::piped()).output().unwrap();
    drop(std::fs::remove_dir_all(&folder));
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("tls"), "{said}");
    // No terminal: what is said is one line of JSON.
    let line: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(line["level"], "ERROR", "{said}");
    assert!(said.contains(".pem"), "{said}");
}
