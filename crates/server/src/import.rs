//! `hezuo import`: a register of injuries, hazards or ideas becomes cases, from the terminal.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use hezuo_api::pages::Locale;
use hezuo_api::problem_text;
use hezuo_app::imports::{self, CountBy, Import, Importer, MappingRequest};
use hezuo_app::{App, jobs};
use hezuo_domain::Code;
use hezuo_domain::cases::Kind;
use hezuo_domain::imports::{Field, Progress};

use crate::admin::say;
use crate::{Failure, Result};

/// What to import, and how.
#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    /// A CSV or XLSX file. The same file again skips the rows that are there.
    file: PathBuf,
    /// The short code of the enterprise or authority to which the import belongs; may be left out
    /// where there is only one.
    #[arg(long, value_name = "SHORT_CODE")]
    into: Option<String>,
    /// What a column stands for: date, text, kind, category, enterprise, site, area, state,
    /// leave_out; nothing after the `=` keeps it as it is. Columns not named here are guessed.
    #[arg(long, value_name = "COLUMN=FIELD", value_parser = column_and_field)]
    map: Vec<(String, Option<Field>)>,
    /// What a row is where no column says it: injury_imported, hazard, near_miss, idea.
    #[arg(long, value_parser = kind)]
    kind: Option<Kind>,
    /// The name of the register that numbers the enterprises, such as msha-mine.
    #[arg(long)]
    scheme: Option<String>,
    /// Only say what would be imported, and what is wrong with the file.
    #[arg(long)]
    dry_run: bool,
    /// Afterwards count what was imported by enterprise, year, kind, or field:COLUMN.
    #[arg(long, value_name = "BY,…", value_delimiter = ',', value_parser = count_by)]
    count: Vec<CountBy>,
}

fn column_and_field(text: &str) -> std::result::Result<(String, Option<Field>), String> {
    let (column, word) = text.rsplit_once('=').ok_or("it has no =")?;
    let field = match word {
        "" => None,
        _ => Some(Field::parse(word).ok_or_else(|| format!("{word} is no field"))?),
    };
    Ok((column.to_owned(), field))
}

fn kind(text: &str) -> std::result::Result<Kind, String> {
    Kind::parse(text).ok_or_else(|| format!("{text} is no kind"))
}

fn count_by(text: &str) -> std::result::Result<CountBy, String> {
    text.parse()
        .or(Err(format!("{text}: nothing can be counted by this")))
}

/// How often the progress is looked at.
const LOOK: Duration = Duration::from_millis(250);

/// Wrong values that are printed.
const SHOWN_ERRORS: usize = 20;

/// Uploads, checks and runs, all in the foreground, by the same jobs as on the web.
///
/// # Errors
/// When the file can't be read or the run is given up. Broken rows are no error: they are printed,
/// and the others are imported.
pub async fn run(app: &App, args: ImportArgs) -> Result<()> {
    let importer = importer(app, args.into.as_deref()).await?;
    let bytes = tokio::fs::read(&args.file).await?;
    let name = args.file.file_name().unwrap_or_default().to_string_lossy();
    let mut import = imports::upload(app, &importer, &name, bytes).await?;
    let home = importer.home();
    say(&format!(
        "{} into {} ({})",
        import.name, home.name, home.short_code
    ));

    let begin = Instant::now();
    let was_running = import.state == Progress::Running;
    if import.state.is_busy() {
        say("it is under way: what was cut short goes on within a minute");
        import = finish(app, &importer, import).await?;
    }
    let says_nothing_new = args.map.is_empty() && args.kind.is_none() && args.scheme.is_none();
    if was_running && says_nothing_new {
        return say_imported(app, &importer, &import, begin, &args.count).await;
    }
    let goes_on = import.state == Progress::Failed && import.rows.seen() > 0 && says_nothing_new;
    if !goes_on {
        let request = mapping(&import, &args);
        import = imports::set_mapping(app, &importer, import.id, request).await?;
        say_mapping(&import);
        import = finish(app, &importer, import).await?;
        say(&format!("checked: {}", rows_of(&import)));
    }
    say_errors(app, &importer, &import).await?;
    if args.dry_run {
        return Ok(());
    }
    let begin = Instant::now();
    import = imports::start(app, &importer, import.id).await?;
    import = finish(app, &importer, import).await?;
    say_imported(app, &importer, &import, begin, &args.count).await
}

async fn say_imported(
    app: &App,
    importer: &Importer,
    import: &Import,
    begin: Instant,
    count: &[CountBy],
) -> Result<()> {
    say(&format!(
        "imported in {:.1} s: {}",
        begin.elapsed().as_secs_f64(),
        rows_of(import)
    ));
    for by in count {
        let counted = imports::counts(app, importer, import.id, by).await?;
        say(&format!("\n{} by {}:", counted.len(), word(by)));
        for (key, count) in counted {
            say(&format!("{count:>8}  {key}"));
        }
    }
    Ok(())
}

async fn importer(app: &App, short_code: Option<&str>) -> Result<Importer> {
    let found = Importer::operator(app, short_code).await;
    match found {
        Err(error) if error.problem().code == Code::InputMissing => {
            let homes = Importer::homes(app).await?;
            let list: Vec<String> = homes
                .iter()
                .map(|home| format!("  --into {}  {}", home.short_code, home.name))
                .collect();
            Err(Failure::Other(if list.is_empty() {
                "nobody is there to import for: `hezuo invite --authority NAME --region CODE …` \
                 makes an office"
                    .to_owned()
            } else {
                format!("for whom?\n{}", list.join("\n"))
            }))
        }
        Err(error) if error.problem().code == Code::NotFound => {
            let code = short_code.unwrap_or_default();
            Err(Failure::Other(format!("no enterprise has the code {code}")))
        }
        found => Ok(found?),
    }
}

/// What was said, over what was guessed or decided before.
fn mapping(import: &Import, args: &ImportArgs) -> MappingRequest {
    let before = &import.mapping.columns;
    let mut columns: std::collections::BTreeMap<String, Option<Field>> = import
        .columns
        .iter()
        .map(|column| (column.name.clone(), before.get(&column.name).copied()))
        .collect();
    for (column, field) in &args.map {
        // A field moves to the column that is named.
        if let Some(field) = field.filter(|field| !field.is_repeatable()) {
            for other in columns.values_mut().filter(|it| **it == Some(field)) {
                *other = None;
            }
        }
        columns.insert(column.clone(), *field);
    }
    MappingRequest {
        columns,
        kind: args.kind,
        enterprise_scheme: args
            .scheme
            .clone()
            .or_else(|| import.mapping.enterprise_scheme.clone()),
    }
}

fn say_mapping(import: &Import) {
    for column in &import.columns {
        let field = import.mapping.columns.get(&column.name);
        let what = field.map_or("kept as it is", |field| field.as_str());
        say(&format!("  {} = {what}", column.name));
    }
    let kind = import.mapping.kind.as_str();
    say(&format!("  a row without a kind is {kind}"));
    if let Some(scheme) = &import.mapping.enterprise_scheme {
        say(&format!("  enterprises are numbered by {scheme}"));
    }
}

fn rows_of(import: &Import) -> String {
    let rows = import.rows;
    format!(
        "{} rows, {} good, {} known, {} wrong",
        rows.total, rows.done, rows.known, rows.failed
    )
}

async fn say_errors(app: &App, importer: &Importer, import: &Import) -> Result<()> {
    let page = imports::errors(app, importer, import.id, 0).await?;
    for error in page.items.iter().take(SHOWN_ERRORS) {
        let code = Code::ALL.iter().find(|code| code.as_str() == error.code);
        let text = code.map_or(error.code.as_str(), |code| problem_text(*code, Locale::En));
        say(&format!(
            "  row {} {} {:?}: {text}",
            error.row, error.column, error.value
        ));
    }
    if page.items.len() > SHOWN_ERRORS || page.next.is_some() {
        say("  … and more");
    }
    Ok(())
}

fn word(by: &CountBy) -> &str {
    match by {
        CountBy::Enterprise => "enterprise",
        CountBy::Year => "year",
        CountBy::Kind => "kind",
        CountBy::Field(name) => name,
    }
}

/// Works until no job is at the import any more, and shows how far it has come.
async fn finish(app: &App, importer: &Importer, import: Import) -> Result<Import> {
    let work = async {
        loop {
            let has_worked = jobs::run_next(app).await?;
            let now = imports::find(app, importer, import.id).await?;
            if !now.state.is_busy() {
                return Ok(now);
            }
            if !has_worked {
                // A server works on it, or an attempt waits.
                tokio::time::sleep(LOOK).await;
            }
        }
    };
    let watch = async {
        let mut line = ProgressLine::new();
        loop {
            tokio::time::sleep(LOOK).await;
            if let Ok(now) = imports::find(app, importer, import.id).await {
                line.show(&now);
            }
        }
    };
    let ended: Result<Import> = tokio::select! {
        ended = work => ended,
        never = watch => never,
    };
    let ended = ended?;
    ProgressLine::new().show(&ended);
    ProgressLine::end();
    if ended.state == Progress::Failed {
        let code = ended.error.unwrap_or_default();
        let known = Code::ALL.iter().find(|it| it.as_str() == code);
        let text = known.map_or("", |it| problem_text(*it, Locale::En));
        return Err(Failure::Other(format!(
            "the import has stopped ({code}): {text} Started again it goes on where it was."
        )));
    }
    Ok(ended)
}

/// One line on a terminal that is written over; nothing where nobody watches.
struct ProgressLine {
    last: i64,
}

impl ProgressLine {
    fn new() -> Self {
        Self { last: -1 }
    }

    fn show(&mut self, import: &Import) {
        let mut out = std::io::stderr();
        let seen = import.rows.seen();
        if seen == self.last || !out.is_terminal() {
            return;
        }
        self.last = seen;
        // A terminal that went away must not stop the import.
        drop(write!(out, "\r  {seen} of {} rows", import.rows.total));
        drop(out.flush());
    }

    fn end() {
        let mut out = std::io::stderr();
        if out.is_terminal() {
            drop(writeln!(out));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        args: ImportArgs,
    }

    #[test]
    fn the_line_is_read() {
        let line = [
            "import",
            "a.csv",
            "--map",
            "MINE_ID=enterprise",
            "--map",
            "a=b=",
            "--count",
            "enterprise,year,field:INJ_BODY_PART",
            "--kind",
            "hazard",
            "--dry-run",
        ];
        let args = Line::try_parse_from(line).unwrap().args;
        let expected = [
            ("MINE_ID".to_owned(), Some(Field::Enterprise)),
            ("a=b".to_owned(), None),
        ];
        assert_eq!(args.map, expected);
        assert_eq!(args.count[2], CountBy::Field("INJ_BODY_PART".into()));
        assert_eq!(args.kind, Some(Kind::Hazard));
        for wrong in [
            ["--map", "x"],
            ["--map", "x=y"],
            ["--kind", "z"],
            ["--count", "size"],
        ] {
            let line = ["import", "a.csv"].into_iter().chain(wrong);
            assert!(Line::try_parse_from(line).is_err(), "{wrong:?}");
        }
    }
}
