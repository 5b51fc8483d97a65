//! Two real PostgreSQL servers, one of which follows the other, and the ways in which the one is lost.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use hezuo_store::{Db, Transport};

use super::ground::{Folder, until};

/// How long a node may take for anything.
const PATIENCE: Duration = Duration::from_mins(1);

/// How the node that takes writes is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loss {
    /// `kill -9`.
    Killed,
    /// Its operator stops it at once, as for a failing machine.
    Immediate,
    /// Its operator stops it in order, as for repairs.
    Fast,
    /// It stands still and holds all its connections, as behind a link that swallows everything.
    Frozen,
    /// The other one falls behind first; then `kill -9`.
    Behind,
}

impl Loss {
    pub(crate) const ALL: [Self; 5] = [
        Self::Killed,
        Self::Immediate,
        Self::Fast,
        Self::Frozen,
        Self::Behind,
    ];
}

/// Two nodes; they end with their owner.
pub(crate) struct Nodes {
    root: Folder,
    bin: PathBuf,
    is_root: bool,
    ports: [u16; 2],
    primary: usize,
    /// Whether a commit waits until the other node has it too.
    synchronous: bool,
}

impl Nodes {
    /// One that takes writes, with an empty database, and one that follows it.
    pub(crate) async fn new(name: &str, synchronous: bool) -> Self {
        let port = || {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            listener.local_addr().unwrap().port()
        };
        let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
            .unwrap()
            .map(|it| it.unwrap().path().join("bin"))
            .collect();
        versions.sort();
        let id = Command::new("id").arg("-u").output().unwrap();
        let nodes = Self {
            root: Folder::new(name),
            bin: versions.pop().unwrap(),
            is_root: id.stdout.trim_ascii() == b"0",
            ports: [port(), port()],
            primary: 0,
            synchronous,
        };
        if nodes.is_root {
            let mut owner = Command::new("chown");
            owner.arg("postgres").arg(&nodes.root.0);
            assert!(owner.status().unwrap().success());
        }
        nodes.run(
            "initdb",
            &[
                "-D",
                "0",
                "-U",
                "postgres",
                "--auth=trust",
                "--locale=C.UTF-8",
                "--no-sync",
            ],
        );
        nodes.start(0);
        nodes.tell(
            0,
            "CREATE ROLE hezuo_owner LOGIN CREATEDB NOSUPERUSER NOBYPASSRLS",
        );
        nodes.tell(
            0,
            "CREATE ROLE hezuo_app LOGIN NOCREATEDB NOSUPERUSER NOBYPASSRLS",
        );
        nodes.tell(0, "CREATE DATABASE hezuo OWNER hezuo_owner");
        let owner = nodes.urls().replace("hezuo_app", "hezuo_owner");
        Db::migrate_postgres(&owner, "hezuo_app", &Transport::default())
            .await
            .unwrap();
        nodes.follow();
        nodes
    }

    /// The addresses of both, as they stand in the configuration.
    pub(crate) fn urls(&self) -> String {
        let url = |port| format!("postgres://hezuo_app@127.0.0.1:{port}/hezuo?sslmode=disable");
        self.ports.map(url).join(" ")
    }

    /// The address of the node that follows.
    pub(crate) fn standby(&self) -> String {
        let urls = self.urls();
        urls.split(' ').nth(self.other()).unwrap().to_owned()
    }

    /// Lets the other node take in what it gets, but show none of it.
    pub(crate) fn pause(&self) {
        self.tell(self.other(), "SELECT pg_wal_replay_pause()");
    }

    /// Lets it go on.
    pub(crate) fn resume(&self) {
        self.tell(self.other(), "SELECT pg_wal_replay_resume()");
    }

    fn command(&self, program: &str) -> Command {
        let path = self.bin.join(program);
        let mut command = if self.is_root {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        command.current_dir(&self.root.0).stdin(Stdio::null());
        command
    }

    /// Runs a program of PostgreSQL's; its output goes nowhere, since a server that it starts would keep it
    /// open.
    fn try_run(&self, program: &str, words: &[&str]) -> bool {
        let log = std::fs::File::create(self.root.0.join("said")).unwrap();
        let mut command = self.command(program);
        command.args(words).stdout(Stdio::null()).stderr(log);
        command.status().unwrap().success()
    }

    fn run(&self, program: &str, words: &[&str]) {
        let said = || std::fs::read_to_string(self.root.0.join("said")).unwrap_or_default();
        assert!(
            self.try_run(program, words),
            "{program} {words:?}: {}",
            said()
        );
    }

    fn start(&self, node: usize) {
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories='{}' -c max_connections=100 \
             -c wal_keep_size=128MB",
            self.ports[node],
            self.root.0.display()
        );
        let (data, log) = (node.to_string(), format!("{node}.log"));
        self.run(
            "pg_ctl",
            &["start", "-s", "-w", "-D", &data, "-l", &log, "-o", &options],
        );
    }

    fn ask(&self, node: usize, statement: &str) -> Output {
        let port = self.ports[node].to_string();
        let mut command = self.command("psql");
        command.args([
            "-h",
            "127.0.0.1",
            "-p",
            &port,
            "-U",
            "postgres",
            "-qAt",
            "-c",
            statement,
        ]);
        command.output().unwrap()
    }

    /// What a node answers its administrator.
    fn tell(&self, node: usize, statement: &str) -> String {
        let output = self.ask(node, statement);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{statement}: {error}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn other(&self) -> usize {
        1 - self.primary
    }

    /// Lets the other node follow the primary from a fresh copy; commits wait for it from then on.
    pub(crate) fn follow(&self) {
        let other = self.other();
        let data = self.root.0.join(other.to_string());
        drop(std::fs::remove_dir_all(&data));
        let from = format!(
            "host=127.0.0.1 port={} user=postgres",
            self.ports[self.primary]
        );
        let target = other.to_string();
        self.run(
            "pg_basebackup",
            &[
                "-D", &target, "-R", "-X", "stream", "-c", "fast", "-d", &from,
            ],
        );
        self.start(other);
        if self.synchronous {
            self.wait_for(self.primary, "*");
        }
        let wanted = if self.synchronous { "sync" } else { "async" };
        let follows = "SELECT sync_state FROM pg_stat_replication WHERE state = 'streaming'";
        let followed = until(PATIENCE, || self.tell(self.primary, follows) == wanted);
        assert!(followed, "the other node does not follow");
    }

    fn wait_for(&self, node: usize, standbys: &str) {
        self.tell(
            node,
            &format!("ALTER SYSTEM SET synchronous_standby_names = '{standbys}'"),
        );
        self.tell(node, "SELECT pg_reload_conf()");
    }

    /// The process of a node, and those that it has started.
    fn processes(&self, node: usize) -> Vec<String> {
        let file = self.root.0.join(format!("{node}/postmaster.pid"));
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let Some(first) = text.lines().next() else {
            return Vec::new();
        };
        let children = Command::new("ps")
            .args(["-o", "pid=", "--ppid", first])
            .output()
            .unwrap();
        let children = String::from_utf8_lossy(&children.stdout).into_owned();
        let children = children.split_whitespace().map(str::to_owned);
        std::iter::once(first.to_owned()).chain(children).collect()
    }

    fn signal(signal: &str, processes: &[String]) {
        // One that has ended meanwhile can't be told any more.
        drop(
            Command::new("kill")
                .arg(signal)
                .args(processes)
                .stderr(Stdio::null())
                .status(),
        );
    }

    /// Loses the node that takes writes, in this way. `meanwhile` runs while the other one has fallen
    /// behind.
    pub(crate) fn lose(&self, loss: Loss, meanwhile: impl FnOnce()) {
        let data = self.primary.to_string();
        match loss {
            Loss::Killed => Self::signal("-KILL", &self.processes(self.primary)[..1]),
            Loss::Immediate => self.run("pg_ctl", &["stop", "-s", "-m", "immediate", "-D", &data]),
            Loss::Fast => self.run("pg_ctl", &["stop", "-s", "-m", "fast", "-D", &data]),
            Loss::Frozen => Self::signal("-STOP", &self.processes(self.primary)),
            Loss::Behind => {
                let receiver = self.tell(self.other(), "SELECT pid FROM pg_stat_wal_receiver");
                Self::signal("-STOP", std::slice::from_ref(&receiver));
                meanwhile();
                Self::signal("-KILL", &self.processes(self.primary)[..1]);
                // What lies in its socket must not reach it after all.
                Self::signal("-KILL", &[receiver]);
            }
        }
    }

    /// Makes the other node the primary, which waits for nobody until it is followed.
    pub(crate) fn promote(&mut self) {
        let (old, new) = (self.primary, self.other());
        let answers = || self.ask(new, "SELECT 1").status.success();
        assert!(until(PATIENCE, answers), "the other node is gone");
        self.run("pg_ctl", &["promote", "-s", "-w", "-D", &new.to_string()]);
        self.primary = new;
        self.wait_for(new, "");
        // What is left of the old one, frozen or not, is taken away before it is made anew.
        Self::signal("-KILL", &self.processes(old));
        let gone = || !self.ask(old, "SELECT 1").status.success();
        assert!(until(PATIENCE, gone), "the old primary stays");
    }
}

impl Drop for Nodes {
    fn drop(&mut self) {
        for node in 0..2 {
            Self::signal("-CONT", &self.processes(node));
            self.try_run(
                "pg_ctl",
                &["stop", "-s", "-m", "immediate", "-D", &node.to_string()],
            );
        }
    }
}
