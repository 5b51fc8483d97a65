//! What is over and is erased, at the terminal.

use hezuo_app::App;
use hezuo_app::retention;
use hezuo_domain::time::Day;

use crate::admin::{by_short_code, say};
use crate::{Failure, Result};

/// What may be asked for.
#[derive(Debug, clap::Args)]
pub struct RetentionArgs {
    /// Only say what would be erased.
    #[arg(long)]
    preview: bool,
    /// Erase nothing of this enterprise, named by its short code, until the day that `--until` says.
    #[arg(long, requires = "until", conflicts_with = "preview")]
    hold: Option<String>,
    /// The last day of the hold, such as 2027-06-30; a day that is over ends it.
    #[arg(long)]
    until: Option<String>,
}

/// Says, holds, or erases.
///
/// # Errors
/// When the store fails, or the day or the enterprise is none.
pub async fn run(app: &App, arguments: RetentionArgs) -> Result<()> {
    let rules = hezuo_packs::retention()?;
    if let (Some(code), Some(until)) = (arguments.hold, arguments.until) {
        let until: Day = until
            .parse()
            .map_err(|error| Failure::Other(format!("{until}, not like 2027-06-30: {error}")))?;
        let enterprise = by_short_code(app, &code).await?;
        retention::hold(app, enterprise, Some(until)).await?;
        say(&format!("nothing of {code} is erased until {until}"));
        return Ok(());
    }
    let (id, version) = (&rules.header.id, &rules.header.version);
    say(&format!(
        "by {id} version {version}, which nobody has verified"
    ));
    for due in retention::preview(app, &rules).await? {
        let held = due.hold.map(|until| format!(", held until {until}"));
        say(&format!("{}{}", due.name, held.unwrap_or_default()));
        for (what, before, count) in due.sorts {
            say(&format!(
                "  {:<13} over before {before}: {count}",
                what.as_str()
            ));
        }
    }
    if !arguments.preview {
        let erased = retention::erase(app, &rules, 0).await?;
        say(&format!("{erased} rows erased"));
    }
    Ok(())
}
