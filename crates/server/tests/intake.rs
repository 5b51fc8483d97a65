//! Two processes, one of the factory and one of the intake: what a worker's phone gives away on its
//! own is kept by neither, and a server that is killed while it fetches loses and doubles nothing.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test stops where it fails"
)]

mod support;

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use hezuo_domain::commitment::hex;
use hezuo_domain::report_code::ReportCode;
use hezuo_domain::time::SeededRandom;
use serde_json::{Value, json};
use support::{config, factory, sequenced};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("hezuo-intake-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that can't be removed costs disk, not correctness.
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// A process that ends with the test.
struct Running(Child, String);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn hezuo(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hezuo"));
    command
        .env("HEZUO_DATA", data)
        .env("HEZUO_LISTEN", "127.0.0.1:0")
        .env("HEZUO_DATABASE_URL", "")
        .env("RUST_LOG", "trace");
    command
}

/// Starts a process whose first line says where it listens; what it logs goes to a file.
fn start(mut command: Command, log: &Path) -> Running {
    let log = File::options().create(true).append(true).open(log).unwrap();
    let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let address = line.trim().rsplit("http://").next().unwrap().to_owned();
    Running(child, address)
}

fn start_intake(folder: &Folder) -> Running {
    let mut command = hezuo(&folder.at("intake"));
    command.arg("intake");
    start(command, &folder.at("intake.log"))
}

/// A factory with a server of its own, and an intake that it fetches from.
struct Both {
    folder: Folder,
    wall_code: String,
    intake: Running,
}

impl Both {
    async fn new(name: &str) -> Self {
        let folder = Folder::new(name);
        let cast = factory(&config(&folder.at("house"))).await;
        let registered = hezuo(&folder.at("intake"))
            .args(["intake", "register", "--name", "Huaxin", "--key-to"])
            .arg(folder.at("key"))
            .output()
            .unwrap();
        assert!(registered.status.success(), "{registered:?}");
        Self {
            wall_code: cast.areas[0].wall_code.clone(),
            intake: start_intake(&folder),
            folder,
        }
    }

    fn start_house(&self, url: &str) -> Running {
        let mut command = hezuo(&self.folder.at("house"));
        command
            .arg("serve")
            .env("HEZUO_INTAKE_URL", url)
            .env("HEZUO_INTAKE_KEY_FILE", self.folder.at("key"))
            .env("HEZUO_INTAKE_SECONDS", "1");
        start(command, &self.folder.at("house.log"))
    }

    fn report(&self, number: u64) -> (Value, String) {
        let code = ReportCode::random(&SeededRandom::new(number));
        let lookup = hex(&code.lookup().0);
        let body = json!({
            "code": self.wall_code, "lookup": lookup, "category": "machine",
            "voice": "anonymous", "text": format!("{TEXT} {number}"), "name": CANARIES[2],
            // It is fetched at once; what is not urgent lies there until the day is over.
            "danger": true,
        });
        (body, lookup)
    }
}

/// What would be copied if a process crashed, or another process of its user looked.
fn assert_shut(process: &Running) {
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", process.0.id())).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"));
    let words: Vec<&str> = core.unwrap().split_whitespace().collect();
    assert_eq!(words[4..6], ["0", "0"], "a crash writes no core file");
}

/// What the worker means to say.
const TEXT: &str = "Schutzhaube fehlt";

/// What a phone gives away on its own: an address, twice, its name, a name in a field that an
/// anonymous report does not have, a page before, a file's name, what a camera writes in a picture.
const CANARIES: [&str; 7] = [
    "203.0.113.77",
    "127.77.3.9",
    "KanarienvogelPhone",
    "Kanarienvogel Name",
    "canary.example",
    "Kanarienvogel.jpg",
    "KanarienvogelExif",
];

/// Sends a request from an address that nobody else has, with all that a phone may add.
async fn call(
    to: &str,
    method: &str,
    path: &str,
    kind: &str,
    body: &[u8],
    more: &str,
) -> (u16, String) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.77.3.9:0".parse().unwrap()).unwrap();
    let mut stream = socket.connect(to.parse().unwrap()).await.unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {to}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\
         user-agent: {}\r\nx-forwarded-for: {}\r\nx-real-ip: {}\r\nforwarded: for={}\r\n\
         referer: http://{}/\r\ncookie: who={}\r\n{more}connection: close\r\n\r\n",
        body.len(),
        CANARIES[2],
        CANARIES[0],
        CANARIES[0],
        CANARIES[0],
        CANARIES[4],
        CANARIES[2],
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer)
}

async fn post(to: &str, path: &str, body: &Value) -> (u16, String) {
    let bytes = body.to_string();
    call(to, "POST", path, "application/json", bytes.as_bytes(), "").await
}

/// Asks again and again until the answer fits.
async fn until(
    what: &str,
    to: &str,
    path: &str,
    body: Option<&Value>,
    fits: impl Fn(u16, &str) -> bool,
) {
    let begun = Instant::now();
    loop {
        let (status, text) = match body {
            Some(body) => post(to, path, body).await,
            None => call(to, "GET", path, "text/plain", b"", "").await,
        };
        if fits(status, &text) {
            return;
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "{what}: {text}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// A picture in which a camera has written who it belongs to.
fn picture() -> Vec<u8> {
    let mut plain = Cursor::new(Vec::new());
    image::RgbImage::new(8, 8)
        .write_to(&mut plain, image::ImageFormat::Jpeg)
        .unwrap();
    let plain = plain.into_inner();
    let tag = format!("Exif\0\0{}", CANARIES[6]);
    let length = u16::try_from(tag.len() + 2).unwrap().to_be_bytes();
    [
        &plain[..2],
        &[0xff, 0xe1],
        &length,
        tag.as_bytes(),
        &plain[2..],
    ]
    .concat()
}

/// The files below a folder that hold one of these words, with the word.
fn traces(folder: &Path, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(traces(&path, words));
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let is_in = |word: &&&str| {
            let name = path.to_string_lossy().contains(**word);
            name || bytes
                .windows(word.len())
                .any(|window| window == word.as_bytes())
        };
        found.extend(
            words
                .iter()
                .filter(is_in)
                .map(|word| format!("{word} in {}", path.display())),
        );
    }
    found
}

#[tokio::test]
async fn what_a_phone_gives_away_is_kept_by_neither() {
    let both = Both::new("canary").await;
    let house = both.start_house(&format!("http://{}", both.intake.1));
    assert_shut(&house);
    assert_shut(&both.intake);
    let at = &both.intake.1;
    let page = format!("/r/{}", both.wall_code);
    until("the codes are announced", at, &page, None, |status, _| {
        status == 200
    })
    .await;

    let mut lookups = Vec::new();
    for number in 1..=2 {
        let (mut body, lookup) = both.report(number);
        body["attachments"] = json!(["p1.jpg"]);
        assert_eq!(post(at, "/api/v1/reports", &body).await.0, 201);
        let (path, more) = (
            "/api/v1/reports/attachments/p1.jpg",
            format!("report-lookup: {lookup}\r\n"),
        );
        let attached = call(at, "PUT", path, "image/jpeg", &picture(), &more).await;
        assert_eq!(attached.0, 204, "{}", attached.1);
        lookups.push(lookup);
    }
    // What lies at the intake now does not hold even what was meant.
    assert_eq!(
        traces(&both.folder.at("intake"), &[TEXT]),
        Vec::<String>::new()
    );

    let mut form = Vec::new();
    for (name, value) in [
        ("category", "machine"),
        ("voice", "anonymous"),
        ("text", TEXT),
        ("name", CANARIES[3]),
    ] {
        write!(
            form,
            "--b\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        )
        .unwrap();
    }
    write!(
        form,
        "--b\r\ncontent-disposition: form-data; name=\"picture\"; filename=\"{}\"\r\n\
         content-type: image/jpeg\r\n\r\n",
        CANARIES[5]
    )
    .unwrap();
    form.extend(picture());
    form.extend(b"\r\n--b--\r\n");
    let (status, text) = call(
        at,
        "POST",
        &page,
        "multipart/form-data; boundary=b",
        &form,
        "",
    )
    .await;
    assert_eq!(status, 200, "{text}");
    assert!(!text.to_lowercase().contains("set-cookie"));

    let body = json!({"lookup": lookups[0]});
    let path = "/api/v1/follow-up";
    until(
        "it came in and was told",
        at,
        path,
        Some(&body),
        |_, text| text.contains("\"state\":\"new\""),
    )
    .await;
    let back_up = |name: &str| {
        let made = hezuo(&both.folder.at(name))
            .env("RUST_LOG", "error")
            .arg("backup")
            .arg(both.folder.at(&format!("{name}-backup")))
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
    };
    back_up("house");
    back_up("intake");
    drop(house);

    // The search finds what is there: the words that were meant, where they belong; and a plant.
    assert!(!traces(&both.folder.at("house"), &[TEXT]).is_empty());
    assert!(!traces(&both.folder.at("house-backup"), &[TEXT]).is_empty());
    let plant = both.folder.at("intake").join("access.log");
    std::fs::write(&plant, format!("GET / {}", CANARIES[1])).unwrap();
    assert_eq!(traces(&both.folder.0, &CANARIES).len(), 1);
    std::fs::remove_file(&plant).unwrap();

    assert_eq!(traces(&both.folder.0, &CANARIES), Vec::<String>::new());
    for apart in ["intake", "intake-backup", "intake.log", "house.log"] {
        let path = both.folder.at(apart);
        let text = if path.is_dir() {
            traces(&path, &[TEXT])
        } else {
            assert!(path.exists());
            let log = std::fs::read_to_string(&path).unwrap();
            log.contains(TEXT)
                .then(|| log.clone())
                .into_iter()
                .collect()
        };
        assert_eq!(text, Vec::<String>::new(), "{apart}");
    }
    let codes: Vec<&str> = lookups.iter().map(String::as_str).collect();
    assert_eq!(
        traces(&both.folder.0, &codes),
        Vec::<String>::new(),
        "whoever has one holds a case"
    );
}

/// Stands between the two, and says when a confirmation is on its way, which it never lets through;
/// the later ones pass.
fn between(to: String) -> (String, Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (caught, catches) = channel();
    std::thread::spawn(move || {
        let mut is_open = false;
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let mut head = vec![0; 16_384];
            let length = client.read(&mut head).unwrap_or(0);
            let text = String::from_utf8_lossy(&head[..length]).into_owned();
            if text.contains("/intake/v1/confirm") && !is_open {
                is_open = true;
                caught.send(()).unwrap();
                // Held until the server that waits for an answer is dead.
                drop(client.read(&mut head));
                continue;
            }
            let mut server = TcpStream::connect(&to).unwrap();
            server.write_all(&head[..length]).unwrap();
            let (mut back, mut forth) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            std::thread::spawn(move || std::io::copy(&mut server, &mut back));
            std::thread::spawn(move || std::io::copy(&mut client, &mut forth));
        }
    });
    (address, catches)
}

#[tokio::test]
async fn a_server_that_is_killed_between_storing_and_confirming_loses_and_doubles_nothing() {
    let both = Both::new("killed").await;
    let before = sequenced(&config(&both.folder.at("house"))).await;
    let at = &both.intake.1;
    let (url, catches) = between(at.clone());
    let mut house = both.start_house(&url);
    let page = format!("/r/{}", both.wall_code);
    until("the codes are announced", at, &page, None, |status, _| {
        status == 200
    })
    .await;
    let mut lookups = Vec::new();
    for number in 1..=5 {
        let (body, lookup) = both.report(number);
        assert_eq!(post(at, "/api/v1/reports", &body).await.0, 201);
        lookups.push(lookup);
    }
    tokio::task::spawn_blocking(move || catches.recv_timeout(Duration::from_mins(1)))
        .await
        .unwrap()
        .unwrap();
    house.0.kill().unwrap();
    house.0.wait().unwrap();

    let house = both.start_house(&url);
    for lookup in &lookups {
        let body = json!({"lookup": lookup});
        let path = "/api/v1/follow-up";
        until(
            "it came in and was told",
            at,
            path,
            Some(&body),
            |_, text| text.contains("\"state\":\"new\""),
        )
        .await;
    }
    drop(house);
    let events = sequenced(&config(&both.folder.at("house"))).await - before;
    assert_eq!(events, 5, "one event for each report");
}

#[tokio::test]
async fn what_an_intake_has_acknowledged_outlives_its_sudden_end() {
    let mut both = Both::new("ended").await;
    let page = format!("/r/{}", both.wall_code);
    let house = both.start_house(&format!("http://{}", both.intake.1));
    let fits = |status, _: &str| status == 200;
    until("the codes are announced", &both.intake.1, &page, None, fits).await;
    drop(house);
    for number in 1..=4 {
        let (body, _) = both.report(number);
        assert_eq!(post(&both.intake.1, "/api/v1/reports", &body).await.0, 201);
        both.intake.0.kill().unwrap();
        both.intake.0.wait().unwrap();
        // It listens elsewhere now.
        both.intake = start_intake(&both.folder);
        let again = post(&both.intake.1, "/api/v1/reports", &body).await;
        assert_eq!(
            again.0, 200,
            "it knows what it had acknowledged: {}",
            again.1
        );
    }
    let _house = both.start_house(&format!("http://{}", both.intake.1));
    for number in 1..=4 {
        let body = json!({"lookup": both.report(number).1});
        let path = "/api/v1/follow-up";
        until(
            "it came in and was told",
            &both.intake.1,
            path,
            Some(&body),
            |_, text| text.contains("\"state\":\"new\""),
        )
        .await;
    }
}
