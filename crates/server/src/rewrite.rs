//! Uploads are rewritten in processes of their own, which can do nothing else: what a hostile file
//! could do to a decoder ends there, and a decoder that takes too much takes it from nobody.

mod cage;
pub mod child;

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use hezuo_app::uploads::{Rewriter, Rewriting};
use hezuo_domain::Code;
use hezuo_media::{MAX_PICTURE, Safe, answer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::sync::Semaphore;

use crate::{Failure, Result};

/// The subcommand that the server calls itself by.
pub const COMMAND: &str = "rewrite-upload";
/// How long one file may take by the clock on the wall.
const PATIENCE: Duration = Duration::from_secs(20);

/// Rewrites each upload in a process of its own, a few at a time.
#[derive(Debug)]
pub struct Apart {
    program: PathBuf,
    /// A decoded picture is forty times as large as it came, so without a limit many phones at
    /// once would take gigabytes; more than there are processors would not be faster either.
    turns: Semaphore,
    patience: Duration,
}

impl Apart {
    /// By the program in this file; empty for the one that runs, even where its file was replaced.
    pub fn new(program: &Path) -> Self {
        let is_given = !program.as_os_str().is_empty();
        let program = if is_given {
            program
        } else {
            Path::new("/proc/self/exe")
        };
        Self {
            program: program.to_owned(),
            turns: Semaphore::new(std::thread::available_parallelism().map_or(2, NonZero::get)),
            patience: PATIENCE,
        }
    }

    /// The same with another longest time.
    #[must_use]
    pub fn patient_for(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Starts one process to see whether that works, and says which of its limits don't hold here.
    ///
    /// # Errors
    /// The process can't be started or gives no answer.
    pub async fn check(&self) -> Result<()> {
        let said = self.ask(&[]).await?;
        let Some((_, guards)) = answer::read(&said) else {
            return Err(Failure::Other(
                "the process that reads pictures and voice clips gives no answer".into(),
            ));
        };
        for missing in cage::missing(guards) {
            tracing::warn!(
                "the system does not offer {missing}: pictures and voice clips are read without it"
            );
        }
        Ok(())
    }

    /// What a process answers about a file; whatever it said until it ended, or nothing where it
    /// took too long.
    async fn ask(&self, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut child = Command::new(&self.program)
            .arg(COMMAND)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let talk = async {
            let give = async {
                if let Some(mut input) = input {
                    // Who does not listen to the end has given an answer, or none: seen below.
                    drop(input.write_all(bytes).await);
                }
            };
            let hear = async {
                let mut said = vec![];
                if let Some(output) = output {
                    let most = u64::try_from(answer::LONGEST).unwrap_or(u64::MAX);
                    output.take(most).read_to_end(&mut said).await?;
                }
                Ok::<_, std::io::Error>(said)
            };
            tokio::join!(give, hear).1
        };
        let said = tokio::time::timeout(self.patience, talk).await;
        // It has said everything, or has had its time: in both cases nothing is lost with it.
        child.kill().await?;
        said.unwrap_or_else(|_| Ok(vec![]))
    }

    async fn made(&self, bytes: Vec<u8>) -> hezuo_app::Result<Safe> {
        if bytes.len() > MAX_PICTURE {
            return Err(Code::UploadTooLarge.into());
        }
        let Ok(_turn) = self.turns.acquire().await else {
            return Err(Code::Busy.into());
        };
        let said = self.ask(&bytes).await.map_err(|error| {
            tracing::error!(%error, "no process can be started to read an upload");
            Code::Busy
        })?;
        if let Some((answer, _)) = answer::read(&said) {
            return Ok(answer?);
        }
        tracing::warn!("an upload ended the process that read it and was refused");
        Err(hezuo_media::unreadable(&bytes).into())
    }
}

impl Rewriter for Apart {
    fn rewrite(&self, bytes: Vec<u8>) -> Rewriting<'_> {
        Box::pin(self.made(bytes))
    }
}
