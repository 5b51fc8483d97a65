//! `hezuo simulate`: fills an empty database with a nation drawn from a seed, and writes what is to come out of
//! it, so that roll-ups can be checked and large databases measured.

mod logins;

use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use hezuo_app::simulation::{self, Progress, Summary};
use hezuo_app::{App, ledger, oversight, tlog};
use hezuo_domain::simulation::Setting;
use hezuo_domain::time::{Clock, Day, Zone};
use hezuo_store::Db;
use hezuo_store::simulation::Builder;

use crate::admin::say;
use crate::config::Config;
use crate::{Failure, Result, SystemClock, open};

pub(crate) use logins::make as logins;

/// Options of the simulation.
#[derive(Debug, Clone, clap::Args)]
pub struct SimulateArgs {
    /// How many factories.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub enterprises: u64,
    /// How many cases, over all of them; a twentieth of them lies in one factory.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(..=1_000_000_000))]
    pub cases: u64,
    /// The same seed makes the same nation.
    #[arg(long, default_value_t = 2015)]
    pub seed: u64,
    /// Weeks over which the cases are spread.
    #[arg(long, default_value_t = 26, value_parser = clap::value_parser!(i64).range(1..=520))]
    pub weeks: i64,
    /// The last day on which anything happened; yesterday by default.
    #[arg(long)]
    pub until: Option<Day>,
    /// The data folder; otherwise that of the configuration.
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// The address of a PostgreSQL database, as the application's role; otherwise that of the
    /// configuration.
    #[arg(long)]
    pub database: Option<String>,
    /// The same database as its owner, who migrates it and builds its indexes.
    #[arg(long)]
    pub owner_database: Option<String>,
    /// Write the expected sums to this file, in JSON, with those of every division.
    #[arg(long)]
    pub summary: Option<PathBuf>,
}

impl SimulateArgs {
    /// What is to be simulated.
    ///
    /// # Errors
    /// A zone that this system does not know.
    pub fn setting(&self) -> Result<Setting> {
        let zone = Zone::named("Asia/Shanghai")
            .ok_or_else(|| Failure::Other("the zone of China is unknown here".to_owned()))?;
        let yesterday = zone.day(SystemClock.now()).plus(-1);
        Ok(Setting {
            enterprises: self.enterprises,
            cases: self.cases,
            seed: self.seed,
            weeks: self.weeks,
            until: self.until.unwrap_or(yesterday),
        })
    }
}

/// Fills the database of the configuration.
///
/// # Errors
/// A database in which there is anybody.
pub async fn run(mut config: Config, arguments: SimulateArgs) -> Result<()> {
    if let Some(data) = &arguments.data {
        config.data.clone_from(data);
    }
    if let Some(url) = &arguments.database {
        config.database.url.clone_from(url);
    }
    if let Some(url) = &arguments.owner_database {
        config.database.owner_url.clone_from(url);
    }
    let (database, transport) = (&config.database, config.database.transport());
    if !database.url.is_empty() && !database.owner_url.is_empty() {
        let role = hezuo_store::role_of(&database.url).unwrap_or("hezuo_app");
        Db::migrate_postgres(&database.owner_url, role, &transport).await?;
    }
    let mut app = open::app_for_filling(&config).await?;
    // Whoever is cut off in the middle begins anew.
    app.log = app.log.clone().unsynced();
    let builder = app.db.builder(&database.owner_url, &transport).await?;
    let mut told = Told::default();
    let summary = fill(&app, &builder, arguments.setting()?, &mut told).await?;
    let logins = logins(&app, &summary).await?;
    settle(&app, &builder, &mut told).await?;
    app.db.close().await;
    if let Some(file) = &arguments.summary {
        std::fs::write(file, text(&summary)?)?;
    }
    say(&text(&Summary {
        regions: std::collections::BTreeMap::new(),
        ..summary
    })?);
    told.line(&format!(
        "done; {logins}; everybody's password is {}",
        crate::demo::PASSWORD
    ));
    Ok(())
}

fn text(summary: &Summary) -> Result<String> {
    serde_json::to_string_pretty(summary).map_err(|error| Failure::Other(error.to_string()))
}

/// Fills an empty database and builds its indexes.
///
/// # Errors
/// A database in which there is anybody.
pub async fn fill(
    app: &App,
    builder: &Builder,
    setting: Setting,
    told: &mut (dyn Steps + Send),
) -> Result<Summary> {
    if !simulation::is_empty(app).await? {
        return Err(Failure::Other(
            "this database is not empty: a simulation fills only one in which nobody is".to_owned(),
        ));
    }
    let indexes = builder.take_indexes().await?;
    let mut progress = Counted {
        told,
        of: setting.cases,
        began: Instant::now(),
    };
    let filled = simulation::fill(app, setting, &mut progress).await;
    // Also after a failure: a database without its indexes would look whole.
    for index in &indexes {
        told.step(&format!("index {}", index.0));
        builder.put_back(index).await?;
    }
    Ok(filled?)
}

/// Lets the sequencer, the log and the fold find their work done, and the database look at what it
/// holds.
///
/// # Errors
/// Whatever fails there.
pub async fn settle(app: &App, builder: &Builder, told: &mut (dyn Steps + Send)) -> Result<()> {
    told.step("statistics");
    builder.analyse().await?;
    while ledger::sequence(app).await? > 0 {}
    told.step("log");
    tlog::fold(app).await?;
    told.step("sums of divisions");
    while oversight::fold(app).await? > 0 {}
    Ok(())
}

/// Who is told how it goes.
pub trait Steps {
    /// A step begins, or goes on.
    fn step(&mut self, what: &str);
}

struct Counted<'a> {
    told: &'a mut (dyn Steps + Send),
    of: u64,
    began: Instant,
}

impl Progress for Counted<'_> {
    fn filled(&mut self, cases: u64) {
        let seconds = self.began.elapsed().as_secs().max(1);
        self.told.step(&format!(
            "{cases} of {} cases, {} a second",
            self.of,
            cases / seconds
        ));
    }
}

/// Tells the terminal, at most once a second.
#[derive(Default)]
struct Told {
    last: Option<Instant>,
}

impl Told {
    fn line(&mut self, text: &str) {
        // Who reads it may have gone.
        drop(writeln!(std::io::stderr(), "{text}"));
        self.last = Some(Instant::now());
    }
}

impl Steps for Told {
    fn step(&mut self, what: &str) {
        let is_soon = self.last.is_some_and(|it| it.elapsed().as_millis() < 1_000);
        if !is_soon || !what.contains("cases") {
            self.line(what);
        }
    }
}
