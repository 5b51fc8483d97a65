//! Commands of the administrator at the terminal.

use std::io::Write;

use hezuo_app::{App, directory, ledger, people, start, tallies};
use hezuo_domain::Scope;
use hezuo_domain::ids::EnterpriseId;

use crate::{Failure, Result};

/// Prints, where printing is the command's purpose. Who reads it may have gone, as `head` does:
/// that is no failure.
pub fn say(text: &str) {
    drop(writeln!(std::io::stdout(), "{text}"));
}

/// Checks the hash chains of all enterprises, and prints what it found.
///
/// # Errors
/// When anything is broken, after everything was checked.
pub async fn verify(app: &App) -> Result<()> {
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
    if faults > 0 {
        Err(Failure::Other("the record has been changed".into()))
    } else {
        Ok(())
    }
}

/// Makes the counts of all enterprises again from their events.
pub async fn rebuild_tallies(app: &App) -> Result<()> {
    let enterprises = directory::all(app).await?;
    for enterprise in &enterprises {
        tallies::rebuild(app, *enterprise).await?;
    }
    say(&format!("{} enterprises counted anew", enterprises.len()));
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
