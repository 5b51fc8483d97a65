//! The server that is measured, in a process of its own, so that its memory is its own too.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::{Failure, Result};

/// A running server; dropped, it is stopped.
pub(super) struct Server {
    child: Child,
    pub(super) address: SocketAddr,
}

impl Server {
    /// Starts `hezuo serve` on a database and folder.
    pub(super) fn serve(data: &Path, database_url: &str) -> Result<Self> {
        let mut command = this_binary()?;
        command
            .arg("serve")
            .env("HEZUO_DATA", data)
            .env("HEZUO_DATABASE_URL", database_url)
            // All three voices are measured, and a measurement is no prank.
            .env("HEZUO_INTAKE_HERE", "true")
            .env("HEZUO_REPORTS_AN_HOUR", "0")
            .env("RUST_LOG", "error");
        Self::start(command)
    }

    /// Starts the endpoint that stores nothing.
    pub(super) fn nothing() -> Result<Self> {
        let mut command = this_binary()?;
        command.args(["bench", "--serve-nothing"]);
        Self::start(command)
    }

    fn start(mut command: Command) -> Result<Self> {
        command
            .env("HEZUO_LISTEN", "127.0.0.1:0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let mut line = String::new();
        if let Some(output) = child.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let address = line.trim().rsplit("http://").next();
        if let Some(address) = address.and_then(|address| address.parse().ok()) {
            return Ok(Self { child, address });
        }
        child.kill()?;
        Err(Failure::Other(format!(
            "the server did not start: {line:?}"
        )))
    }

    /// Memory now and at its highest, in megabytes.
    pub(super) fn memory(&self) -> Option<(f64, f64)> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        memory(&status.ok()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to stop.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn this_binary() -> Result<Command> {
    Ok(Command::new(std::env::current_exe()?))
}

fn memory(status: &str) -> Option<(f64, f64)> {
    let value = |name: &str| -> Option<f64> {
        let line = status.lines().find(|line| line.starts_with(name))?;
        let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kilobytes / 1024.0)
    };
    Some((value("VmRSS:")?, value("VmHWM:")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_from_the_system() {
        let status = "Name:\thezuo\nVmHWM:\t   51200 kB\nVmRSS:\t   25600 kB\n";
        assert_eq!(memory(status), Some((25.0, 50.0)));
        assert_eq!(memory("Name:\thezuo\n"), None);
    }
}
