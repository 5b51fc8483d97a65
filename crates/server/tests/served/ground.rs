//! A server, and what a phone sends to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hezuo_domain::commitment::{digest, hex};
use hezuo_domain::uploads::PART;

/// A folder of a test; it goes with its owner.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let name = format!("hezuo-served-{name}-{}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that can't be removed costs disk, not correctness.
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// A server; it ends with its owner at the latest.
pub(crate) struct Server {
    child: Child,
    address: String,
}

impl Server {
    /// Starts one on a free port, over SQLite in the folder or the PostgreSQL at an address.
    pub(crate) fn start(folder: &Path, database: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_hezuo"))
            .arg("serve")
            .env("HEZUO_DATA", folder)
            .env("HEZUO_LISTEN", "127.0.0.1:0")
            .env("HEZUO_DATABASE_URL", database)
            .env("HEZUO_DATABASE_CONNECTIONS", "4")
            .env("HEZUO_INTAKE_HERE", "true")
            .env("HEZUO_REPORTS_AN_HOUR", "0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.trim().rsplit("http://").next().unwrap().to_owned();
        Self { child, address }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends a request and reads the answer.
    pub(crate) fn ask(&self, head: &str, headers: &str, body: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let request = format!(
            "{head} HTTP/1.1\r\nhost: {}\r\naccept-language: en\r\n{headers}content-length: {}\r\n\
             connection: close\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        // A server that refuses by the length alone does not read to the end.
        drop(stream.write_all(body));
        let mut said = Vec::new();
        drop(stream.read_to_end(&mut said));
        let end = said.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
        Answer {
            head: String::from_utf8(said[..end].to_vec()).unwrap(),
            body: String::from_utf8_lossy(&said[end + 4..]).into_owned(),
        }
    }

    /// Sends a report; the lookup with which things are added to it.
    pub(crate) fn report(&self, wall_code: &str, voice: &str, number: u8) -> String {
        let lookup = hex(&[number; 32]);
        let body = serde_json::json!({
            "code": wall_code, "lookup": lookup, "category": "machine", "voice": voice,
            "name": "Li Hong", "text": format!("{voice} {number}"),
        });
        let body = body.to_string();
        let said = self.ask(
            "POST /api/v1/reports",
            "content-type: application/json\r\n",
            body.as_bytes(),
        );
        assert_eq!(said.status(), 201, "{}", said.body);
        lookup
    }

    /// Sends a file as a whole.
    pub(crate) fn attach(&self, lookup: &str, name: &str, bytes: &[u8]) -> Answer {
        let head = format!("PUT /api/v1/reports/attachments/{name}");
        self.ask(&head, &format!("report-lookup: {lookup}\r\n"), bytes)
    }

    /// Sends the part of a file that begins at an offset; at its end it is a question.
    pub(crate) fn part(&self, lookup: &str, name: &str, file: &[u8], offset: usize) -> Answer {
        let end = (offset + PART).min(file.len());
        let part = &file[offset..end];
        let hash = |bytes: &[u8]| format!("sha-256=:{}:", STANDARD.encode(digest(bytes)));
        let headers = format!(
            "report-lookup: {lookup}\r\nupload-offset: {offset}\r\nupload-complete: ?{}\r\n\
             content-digest: {}\r\nrepr-digest: {}\r\n",
            u8::from(end == file.len()),
            hash(part),
            hash(file)
        );
        let head = format!("PATCH /api/v1/reports/attachments/{name}");
        self.ask(&head, &headers, part)
    }

    /// Where a file goes on, and whether it is whole.
    pub(crate) fn reached(&self, lookup: &str, name: &str, file: &[u8]) -> (usize, bool) {
        let said = self.part(lookup, name, file, file.len());
        assert_eq!(said.status(), 204, "{}", said.body);
        said.reached()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended already can't be killed, which is as well.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// What came back.
pub(crate) struct Answer {
    head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.head.split(' ').nth(1).unwrap().parse().unwrap()
    }

    fn header(&self, name: &str) -> &str {
        let named = |line: &'_ str| line.split_once(": ").is_some_and(|it| it.0 == name);
        let line = self.head.lines().find(|line| named(line));
        line.and_then(|line| line.split_once(": ")).unwrap().1
    }

    pub(crate) fn reached(&self) -> (usize, bool) {
        let offset = self.header("upload-offset").parse().unwrap();
        (offset, self.header("upload-complete") == "?1")
    }

    /// The code of the problem, where it is one.
    pub(crate) fn code(&self) -> String {
        let problem: serde_json::Value = serde_json::from_str(&self.body).unwrap_or_default();
        problem["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// A picture of this length, which differs by a seed behind its end.
pub(crate) fn picture(length: usize, seed: u8) -> Vec<u8> {
    let mut bytes = crate::corpus::encoded(&crate::corpus::halves(), image::ImageFormat::Jpeg);
    let more = (bytes.len()..length).map(|at| (at % 251).to_le_bytes()[0] ^ seed);
    bytes.extend(more);
    bytes
}

/// The files below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else {
        return found;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}
