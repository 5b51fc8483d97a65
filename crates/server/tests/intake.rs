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
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use hezuo_domain::commitment::hex;
use hezuo_domain::report_code::ReportCode;
use hezuo_domain::time::SeededRandom;
use hezuo_store::testing::Fresh;
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

/// For a shell: what it runs may leave as large a core file as this machine allows.
const WITH_CORES: &str = "ulimit -S -c \"$(ulimit -H -c)\"";

fn hezuo(data: &Path, database: &str) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("{WITH_CORES}; exec \"$@\""), "sh"])
        .arg(env!("CARGO_BIN_EXE_hezuo"))
        .env("HEZUO_DATA", data)
        .env("HEZUO_LISTEN", "127.0.0.1:0")
        .env("HEZUO_DATABASE_URL", database)
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

/// A factory with a server of its own, and an intake that it fetches from.
struct Both {
    folder: Folder,
    wall_code: String,
    /// Where the data of each are; empty for a file of SQLite.
    databases: [String; 2],
    intake: Running,
}

impl Both {
    async fn new(name: &str) -> Self {
        Self::on(name, [String::new(), String::new()]).await
    }

    async fn on(name: &str, databases: [String; 2]) -> Self {
        let folder = Folder::new(name);
        let mut config = config(&folder.at("house"));
        config.database.url.clone_from(&databases[0]);
        let cast = factory(&config).await;
        let registered = hezuo(&folder.at("intake"), &databases[1])
            .args(["intake", "register", "--name", "Huaxin", "--key-to"])
            .arg(folder.at("key"))
            .output()
            .unwrap();
        assert!(registered.status.success(), "{registered:?}");
        Self {
            wall_code: cast.areas[0].wall_code.clone(),
            intake: Self::start_intake(&folder, &databases[1]),
            databases,
            folder,
        }
    }

    fn start_intake(folder: &Folder, database: &str) -> Running {
        let mut command = hezuo(&folder.at("intake"), database);
        command.arg("intake").current_dir(&folder.0);
        start(command, &folder.at("intake.log"))
    }

    fn start_house(&self, url: &str) -> Running {
        let mut command = hezuo(&self.folder.at("house"), &self.databases[0]);
        command
            .arg("serve")
            .current_dir(&self.folder.0)
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

/// How a process ends that crashes.
fn crashed(process: &mut Running) -> ExitStatus {
    let pid = process.0.id().to_string();
    let told = Command::new("kill").args(["-ABRT", &pid]).status().unwrap();
    assert!(told.success());
    process.0.wait().unwrap()
}

/// Whether anything that crashes here leaves its memory behind.
fn leaves_cores(folder: &Folder) -> bool {
    let apart = folder.at("crash");
    std::fs::create_dir_all(&apart).unwrap();
    let status = Command::new("sh")
        .args(["-c", &format!("{WITH_CORES}; kill -ABRT $$")])
        .current_dir(&apart)
        .status()
        .unwrap();
    std::fs::remove_dir_all(&apart).unwrap();
    status.core_dumped()
}

/// What the worker means to say.
const TEXT: &str = "Schutzhaube fehlt";

/// What a phone gives away on its own: an address, twice, its name, a name in a field that an
/// anonymous report does not have, a page before, a file's name, what a camera writes in a picture, and a
/// recorder in a clip.
const CANARIES: [&str; 10] = [
    "203.0.113.77",
    "127.77.3.9",
    "KanarienvogelPhone",
    "Kanarienvogel Name",
    "canary.example",
    "Kanarienvogel.jpg",
    "KanarienvogelExif",
    "CANARY-title",
    "CANARY-artist",
    "CANARY-comment",
];

/// A second of sound; who recorded it, when and where stands in it.
const CLIP: &[u8] = include_bytes!("../../media/tests/clips/opus.ogg");

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

/// The files at a path, or below it, that hold one of these words, with the word.
fn traces(path: &Path, words: &[&str]) -> Vec<String> {
    if path.is_dir() {
        let entries = std::fs::read_dir(path).unwrap().flatten();
        return entries.flat_map(|it| traces(&it.path(), words)).collect();
    }
    let bytes = std::fs::read(path).unwrap();
    let is_in = |word: &&&str| {
        let name = path.to_string_lossy().contains(**word);
        name || bytes
            .windows(word.len())
            .any(|window| window == word.as_bytes())
    };
    let found = words.iter().filter(is_in);
    found
        .map(|word| format!("{word} in {}", path.display()))
        .collect()
}

/// What of these words stands in a folder that is too large to be read here.
fn traces_of_cluster(folder: &Path, words: &[&str]) -> Vec<String> {
    let mut grep = Command::new("grep");
    grep.args(["-r", "-o", "-a", "-F"]);
    grep.args(words.iter().flat_map(|word| ["-e", word]));
    let found = grep.arg(folder).output().unwrap();
    let text = String::from_utf8_lossy(&found.stdout).into_owned();
    text.lines().map(str::to_owned).collect()
}

impl Both {
    /// Sends a report with a picture and a voice clip; its look-up value.
    async fn speak(&self, to: &str, number: u64, voice: &str, is_urgent: bool) -> String {
        let (mut body, lookup) = self.report(number);
        body["voice"] = json!(voice);
        body["danger"] = json!(is_urgent);
        body["attachments"] = json!(["p1.jpg", "v1.ogg"]);
        assert_eq!(post(to, "/api/v1/reports", &body).await.0, 201);
        let more = format!("report-lookup: {lookup}\r\n");
        for (name, kind, bytes) in [
            ("p1.jpg", "image/jpeg", picture()),
            ("v1.ogg", "audio/ogg", CLIP.to_vec()),
        ] {
            let path = format!("/api/v1/reports/attachments/{name}");
            let attached = call(to, "PUT", &path, kind, &bytes, &more).await;
            assert_eq!(attached.0, 204, "{}", attached.1);
        }
        lookup
    }

    /// Sends the form without a script.
    async fn fill_in(&self, to: &str, page: &str) {
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
        let kind = "multipart/form-data; boundary=b";
        let (status, text) = call(to, "POST", page, kind, &form, "").await;
        assert_eq!(status, 200, "{text}");
        assert!(!text.to_lowercase().contains("set-cookie"));
    }

    /// Lets phones speak at both, urgently and not, until the house has what is urgent; their look-up
    /// values. The rest waits for its day to be over, at the intake and at the house.
    async fn hear(&self, house: &str) -> Vec<String> {
        let at = &self.intake.1;
        let page = format!("/r/{}", self.wall_code);
        until("the codes are announced", at, &page, None, |status, _| {
            status == 200
        })
        .await;
        let mut lookups = Vec::new();
        for (number, to, voice, is_urgent) in [
            (1, at.as_str(), "anonymous", true),
            (2, at.as_str(), "anonymous", true),
            (3, at.as_str(), "anonymous", false),
            // The house takes nothing without a name beside an intake. This name it keeps sealed.
            (4, house, "in_confidence", false),
        ] {
            lookups.push(self.speak(to, number, voice, is_urgent).await);
        }
        // What lies at the intake now does not hold even what was meant.
        let intake = traces(&self.folder.at("intake"), &[TEXT]);
        assert_eq!(intake, Vec::<String>::new());
        self.fill_in(at, &page).await;
        for (to, lookup, state) in [
            (at.as_str(), &lookups[0], "\"state\":\"new\""),
            (at.as_str(), &lookups[1], "\"state\":\"new\""),
            (at.as_str(), &lookups[2], "\"state\":\"waiting_release\""),
            (house, &lookups[3], "\"state\":\"waiting_release\""),
        ] {
            let body = json!({"lookup": lookup});
            let path = "/api/v1/follow-up";
            let fits = |_, text: &str| text.contains(state);
            until("it came in and was told", to, path, Some(&body), fits).await;
        }
        lookups
    }
}

#[tokio::test]
async fn what_a_phone_gives_away_is_kept_by_neither() {
    let mut both = Both::new("canary").await;
    let mut house = both.start_house(&format!("http://{}", both.intake.1));
    assert_shut(&house);
    assert_shut(&both.intake);
    let lookups = both.hear(&house.1).await;
    let back_up = |name: &str| {
        let made = hezuo(&both.folder.at(name), "")
            .env("RUST_LOG", "error")
            .arg("backup")
            .arg(both.folder.at(&format!("{name}-backup")))
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
    };
    back_up("house");
    back_up("intake");
    // Both crash with all of it in their memory, where anything else would leave a core file.
    assert!(leaves_cores(&both.folder), "this machine writes core files");
    for process in [&mut house, &mut both.intake] {
        let status = crashed(process);
        assert_eq!((status.signal(), status.core_dumped()), (Some(6), false));
    }
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
        assert!(path.exists());
        assert_eq!(traces(&path, &[TEXT]), Vec::<String>::new(), "{apart}");
    }
    let codes: Vec<&str> = lookups.iter().map(String::as_str).collect();
    assert_eq!(
        traces(&both.folder.0, &codes),
        Vec::<String>::new(),
        "whoever has one holds a case"
    );
}

#[tokio::test]
async fn nor_by_the_databases_behind_them() {
    let fresh = [
        hezuo_store::testing::postgres().await,
        hezuo_store::testing::postgres().await,
    ];
    let url = |it: &Fresh| it.application_url.clone().unwrap();
    let both = Both::on("canary-postgres", [url(&fresh[0]), url(&fresh[1])]).await;
    let house = both.start_house(&format!("http://{}", both.intake.1));
    let lookups = both.hear(&house.1).await;

    // Tables, the journal and what the server logs. It writes behind itself, in order: once the last words
    // are there, all is.
    let cluster = cluster();
    let last = format!("{TEXT} 4");
    let begun = Instant::now();
    while traces_of_cluster(&cluster, &[&last]).is_empty() {
        assert!(begun.elapsed() < Duration::from_mins(1), "it wrote nothing");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let codes = lookups.iter().map(String::as_str);
    let words: Vec<&str> = CANARIES.into_iter().chain(codes).collect();
    assert_eq!(traces_of_cluster(&cluster, &words), Vec::<String>::new());
    assert_eq!(traces(&both.folder.0, &words), Vec::<String>::new());
}

/// The folder of the PostgreSQL that the tests run on.
#[expect(
    clippy::disallowed_methods,
    reason = "where the test cluster lies comes from its script"
)]
fn cluster() -> PathBuf {
    let authority = std::env::var("HEZUO_TEST_POSTGRES_AUTHORITY").unwrap();
    Path::new(&authority).parent().unwrap().to_owned()
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
        both.intake = Both::start_intake(&both.folder, &both.databases[1]);
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
