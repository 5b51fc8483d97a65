//! The process that rewrites one upload: from its input to its output, and then it ends.

use std::io::{Read, Write};

use hezuo_media::{MAX_PICTURE, answer};

use super::cage;
use crate::{Failure, Result};

/// Seconds of computing that one file may take.
const SECONDS: u64 = 10;

/// How the server calls itself for one upload.
#[derive(Debug, Default, clap::Args)]
pub struct ChildArgs {
    /// Try something forbidden instead: fails where it was possible.
    #[arg(long, value_enum)]
    attempt: Option<Attempt>,
    /// Without the filter of system calls, so that what lies behind it is tried.
    #[arg(long, requires = "attempt")]
    unfiltered: bool,
}

/// Something that this process must not be able to do.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Attempt {
    /// Read a file.
    File,
    /// Reach another machine.
    Network,
    /// Start another program.
    Program,
    /// Take more memory than a picture needs.
    Memory,
    /// Never end.
    Time,
}

/// Runs it, before anything else of the server is made: limits hold for the thread that sets them
/// and for those it starts, so there must be no other.
///
/// # Errors
/// A limit that can't be set, an input that can't be read; a forbidden thing that was possible.
pub fn run(arguments: &ChildArgs) -> Result<()> {
    if let Some(attempt) = arguments.attempt {
        cage::shut(1, !arguments.unfiltered)?;
        return attempt.refused();
    }
    let guards = cage::shut(SECONDS, true)?;
    let mut bytes = Vec::new();
    let most = u64::try_from(MAX_PICTURE).unwrap_or(u64::MAX);
    std::io::stdin()
        .lock()
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)?;
    let answer = answer::write(&hezuo_media::rewrite(&bytes), guards);
    let mut output = std::io::stdout().lock();
    output.write_all(&answer)?;
    Ok(output.flush()?)
}

impl Attempt {
    /// Tries it; an error where it worked.
    fn refused(self) -> Result<()> {
        let is_possible = match self {
            Self::File => std::fs::read("/proc/self/status").is_ok(),
            Self::Network => std::net::TcpStream::connect("127.0.0.1:9")
                .is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionRefused),
            Self::Program => std::process::Command::new("/proc/self/exe").spawn().is_ok(),
            Self::Memory => Vec::<u8>::new().try_reserve_exact(1 << 30).is_ok(),
            Self::Time => loop {
                std::hint::spin_loop();
            },
        };
        if is_possible {
            return Err(Failure::Other(format!("{self:?} was possible")));
        }
        Ok(())
    }
}
