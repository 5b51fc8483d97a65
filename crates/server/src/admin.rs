//! Commands of the administrator at the terminal.

use std::io::Write;
use std::path::Path;

use hezuo_app::cases::search;
use hezuo_app::{App, directory, ledger, oversight, people, start, tallies, tlog};
use hezuo_domain::Scope;
use hezuo_domain::ids::EnterpriseId;

use crate::{Failure, Result};

/// Prints, where printing is the command's purpose. Who reads it may have gone, as `head` does:
/// that is no failure.
pub fn say(text: &str) {
    drop(writeln!(std::io::stdout(), "{text}"));
}

/// Checks the hash chains of all enterprises and the log over them, if wanted against a head of the log
/// that was kept outside, and prints what it found.
///
/// # Errors
/// When anything is broken, after everything was checked.
pub async fn verify(app: &App, witness: Option<&Path>) -> Result<()> {
    let (mut sequenced, mut pending, mut erased, mut faults) = (0, 0, 0, 0);
    let enterprises = directory::all(app).await?;
    for enterprise in &enterprises {
        let found = ledger::verify(app, *enterprise).await?;
        sequenced += found.sequenced;
        pending += found.pending;
        erased += found.erased;
        faults += found.faults.len();
        for fault in found.faults {
            say(&format!("BROKEN {fault}"));
        }
    }
    say(&format!(
        "{} enterprises: {sequenced} events in their chains, {pending} pending, {erased} erased, \
         {faults} broken",
        enterprises.len()
    ));
    let witness = witness.map(std::fs::read_to_string).transpose()?;
    let log = tlog::verify(app, witness.as_deref()).await?;
    for fault in &log.faults {
        say(&format!("BROKEN {fault}"));
    }
    if log.pending > 0 {
        say(&format!(
            "{} leaves wait for the next head of the log",
            log.pending
        ));
    }
    let against = if witness.is_some() {
        ", with the witness"
    } else {
        ""
    };
    say(&format!(
        "{} leaves in the log{against}, {} broken",
        log.size,
        log.faults.len()
    ));
    if faults + log.faults.len() > 0 {
        Err(Failure::Other("the record has been changed".into()))
    } else {
        Ok(())
    }
}

/// Says how the server does, one name and number a line, as monitors read it.
///
/// # Errors
/// When the last backup is older than it may be, after everything was said.
pub async fn health(app: &App) -> Result<()> {
    let figures = hezuo_app::health::figures(app).await?;
    let is_late = figures.contains(&("hezuo_backup_late", 1));
    for (name, number) in figures {
        say(&format!("{name} {number}"));
    }
    if is_late {
        return Err(Failure::Other("the last backup is too old".into()));
    }
    Ok(())
}

/// Brings the log up to date and writes its signed head, for somebody outside to keep; to the terminal
/// where no file is named. With it goes the key by which anybody can check it.
///
/// # Errors
/// When nothing has happened yet, or the file can't be written.
pub async fn checkpoint(app: &App, out: Option<&Path>) -> Result<()> {
    ledger::sequence(app).await?;
    tlog::fold(app).await?;
    let note = tlog::signed_head(app).await?;
    let note = note.ok_or(Failure::Other(
        "the log is empty: nothing has happened yet".into(),
    ))?;
    match out {
        None => say(note.trim_end()),
        Some(file) => {
            std::fs::write(file, note)?;
            say(&format!(
                "written to {}; it is checked with",
                file.display()
            ));
            say(&app.keys.log_verifier_key());
        }
    }
    Ok(())
}

/// Makes the counts of all enterprises again from their events.
pub async fn rebuild_tallies(app: &App) -> Result<()> {
    let enterprises = directory::all(app).await?;
    for enterprise in &enterprises {
        tallies::rebuild(app, *enterprise).await?;
    }
    oversight::rebuild(app).await?;
    say(&format!("{} enterprises counted anew", enterprises.len()));
    Ok(())
}

/// Makes the words of all cases again.
pub async fn rebuild_search(app: &App) -> Result<()> {
    let cases = search::rebuild(app).await?;
    say(&format!("{cases} cases can be found by their words"));
    Ok(())
}

/// Invites the first administrator of an enterprise or authority; makes an authority where the
/// name is new.
pub async fn invite(app: &App, request: people::FirstAdministrator) -> Result<()> {
    let (enterprise, invitation) = people::invite_first(app, request).await?;
    say(&format!("{} ({})", enterprise.name, enterprise.short_code));
    say(&format!("  code  {}", invitation.code()));
    say(&format!("  link  /login/redeem/#{}", invitation.code()));
    say(&format!("  until {}", invitation.expires));
    Ok(())
}

/// Prints the one-time link of the first administrator while nobody has a login. It goes to the
/// terminal only, never to the log.
pub async fn first_link(app: &App, base: &str) -> Result<bool> {
    let Some(link) = start::link(app).await? else {
        return Ok(false);
    };
    say("Nobody has a login yet. Open this link within a day; it works once:");
    say(&format!("  {base}/start/#{}", link.code()));
    Ok(true)
}

/// Finds an enterprise by the word in its wall codes.
pub async fn by_short_code(app: &App, short_code: &str) -> Result<EnterpriseId> {
    let scope = Scope::System("the directory of enterprises has no tenant");
    let mut tx = app.db.read(&scope).await?;
    let found = hezuo_store::places::find_by_short_code(&mut tx, short_code).await?;
    found
        .map(|it| it.id)
        .ok_or_else(|| Failure::Other(format!("no enterprise has the code {short_code}")))
}
