//! `hezuo bench`: reports through HTTP, each figure beside the same rows written a hundred a transaction
//! without HTTP, and beside an endpoint that stores nothing, all three in the same minute on the same disk.

mod child;
mod clients;
mod drafts;
mod figures;
mod filled;
mod ground;
mod growth;
mod http;
mod lists;
mod load;
mod nothing;
mod picture;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::Result;
use crate::admin::say;
use crate::config::Config;
use child::Server;
use clients::{BATCH, Batches, Direct, Phone};
use drafts::Drafts;
use figures::{Cell, HEADING, Run, median, middle, possible};
use ground::Ground;
use load::drive;

/// Options of the bench.
#[derive(Debug, Clone, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "flags of a command line; none depends on another"
)]
pub struct BenchArgs {
    /// Seconds that each run is measured.
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Rounds, of which the median is told.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=99))]
    rounds: u32,
    /// One short round of the smallest cells: whether it works, not how fast.
    #[arg(long)]
    quick: bool,
    /// Where to work; must lie on the disk that is meant.
    #[arg(long, default_value_os_t = std::env::temp_dir())]
    folder: PathBuf,
    /// Write the tables to this file too, in Markdown.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Leave PostgreSQL out.
    #[arg(long)]
    only_sqlite: bool,
    /// Leave pictures out.
    #[arg(long)]
    no_pictures: bool,
    /// Numbers of clients.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 16, 64, 256])]
    clients: Vec<usize>,
    /// Numbers of enterprises.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 1000])]
    enterprises: Vec<usize>,
    /// Measure the board and every list of one factory instead of the intake.
    #[arg(long)]
    lists: bool,
    /// Measure the pages of a nation on a simulated database instead of the intake.
    #[arg(long, conflicts_with = "lists")]
    growth: bool,
    /// The data folder of a database that `hezuo simulate` has filled; otherwise one is simulated for each
    /// kind of database.
    #[arg(long, requires = "growth")]
    data: Option<PathBuf>,
    /// The address of a PostgreSQL database that `hezuo simulate` has filled with that data folder.
    #[arg(long, requires = "data")]
    database: Option<String>,
    /// Seconds of everything at once.
    #[arg(long, default_value_t = 600.0)]
    mixed: f64,
    /// Cases of that factory, or of the nation that is simulated.
    #[arg(long, default_value_t = 100_000)]
    cases: usize,
    /// The endpoint that stores nothing; the bench starts it itself.
    #[arg(long, hide = true)]
    serve_nothing: bool,
}

/// A PostgreSQL cluster in which databases can be made.
#[derive(Debug, Clone)]
pub struct Postgres {
    /// As a role that may create databases.
    pub owner_url: String,
    /// As the application's role.
    pub app_url: String,
}

impl Postgres {
    fn role(&self) -> &str {
        hezuo_store::role_of(&self.app_url).unwrap_or("hezuo_app")
    }
}

struct Bench {
    config: Config,
    arguments: BenchArgs,
    picture: Arc<Vec<u8>>,
    folder: PathBuf,
}

/// Measures, and prints the tables.
pub async fn run(config: Config, mut arguments: BenchArgs) -> Result<()> {
    if arguments.serve_nothing {
        return nothing::serve(config.listen).await;
    }
    if arguments.quick {
        arguments.seconds = 0.3;
        arguments.rounds = 1;
        arguments.clients = vec![1, 16];
        arguments.enterprises = vec![1, 10];
        arguments.cases = 300;
        arguments.mixed = 1.0;
    }
    let folder = arguments
        .folder
        .join(format!("hezuo-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let postgres = crate::config::bench_postgres().filter(|_| !arguments.only_sqlite);
    let out = arguments.out.clone();
    let bench = Bench {
        config,
        arguments,
        picture: Arc::new(picture::draw()?),
        folder: folder.clone(),
    };
    say(&bench.machine());
    let measured = if bench.arguments.growth {
        Box::pin(bench.growth(postgres.as_ref())).await
    } else if bench.arguments.lists {
        bench.lists(postgres.as_ref()).await
    } else {
        bench.all(postgres.as_ref()).await
    };
    // A folder that stays behind costs disk; what failed before matters more.
    drop(std::fs::remove_dir_all(&folder));
    let report = measured?;
    say(&report);
    if let Some(out) = out {
        std::fs::write(out, format!("{}\n\n{report}", bench.machine()))?;
    }
    Ok(())
}

impl Bench {
    fn machine(&self) -> String {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let cpus = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
        let busy = read("/proc/loadavg");
        let busy = busy.split(' ').next().unwrap_or("?");
        let arguments = &self.arguments;
        format!(
            "{cpus} processors, load {busy} at this moment, {} on {}; {} rounds of {} s; picture of {} kB",
            arguments.folder.display(),
            file_system(&read("/proc/mounts"), &arguments.folder),
            arguments.rounds,
            arguments.seconds,
            self.picture.len() / 1024
        )
    }

    async fn all(&self, postgres: Option<&Postgres>) -> Result<String> {
        let mut table = HEADING.to_owned();
        let databases = [Some(None), postgres.map(Some)];
        for database in databases.into_iter().flatten() {
            for enterprises in &self.arguments.enterprises {
                let name = if database.is_some() { "pg" } else { "lite" };
                let ground = |which: &str| {
                    let name = format!("{name}-{enterprises}-{which}");
                    async move {
                        let (config, folder) = (&self.config, &self.folder);
                        Ground::make(config, database, folder, &name, *enterprises).await
                    }
                };
                let served = ground("served").await?;
                let direct = ground("direct").await?;
                for picture in [false, true] {
                    if picture && self.arguments.no_pictures {
                        continue;
                    }
                    for clients in &self.arguments.clients {
                        let cell = self.cell(&served, &direct, picture, *clients).await?;
                        say(&cell.row());
                        write!(table, "\n{}", cell.row()).map_err(text)?;
                    }
                }
                served.take_down().await?;
                direct.take_down().await?;
            }
        }
        Ok(format!("{table}\n"))
    }

    fn time(&self) -> (Duration, Duration) {
        let time = Duration::from_secs_f64(self.arguments.seconds.clamp(0.1, 3_600.0));
        (time / 6, time)
    }

    async fn cell(
        &self,
        served: &Ground,
        direct: &Ground,
        picture: bool,
        clients: usize,
    ) -> Result<Cell> {
        let (mut http, mut reference, mut nothing) = (Vec::new(), Vec::new(), Vec::new());
        let drafts = Arc::new(Drafts::new(served.wall_codes.clone()));
        for _ in 0..self.arguments.rounds {
            let server = Server::serve(&served.folder, &served.url)?;
            http.push(
                self.through_http(&server, &drafts, picture, clients)
                    .await?,
            );
            drop(server);
            served.settle().await?;

            // Of pictures nothing is gained by a hundred at once: each is made safe by itself.
            reference.push(if picture {
                self.without_http(direct, picture, clients).await?
            } else {
                self.batches(direct).await?
            });
            direct.settle().await?;

            let server = Server::nothing()?;
            nothing.push(
                self.through_http(&server, &drafts, picture, clients)
                    .await?,
            );
        }
        let beside = reference.iter().zip(&nothing).zip(&http);
        let ratios = beside.map(|((reference, nothing), http)| {
            http.per_second / possible(reference, nothing).max(1e-9)
        });
        Ok(Cell {
            database: served.app.db.kind(),
            enterprises: served.wall_codes.len(),
            picture,
            clients,
            ratio: median(ratios.collect()),
            http: middle(&http),
            reference: middle(&reference),
            nothing: middle(&nothing),
        })
    }

    async fn through_http(
        &self,
        server: &Server,
        drafts: &Arc<Drafts>,
        picture: bool,
        clients: usize,
    ) -> Result<Run> {
        let picture = picture.then(|| Arc::clone(&self.picture));
        let phone = |_| Phone::new(server.address, Arc::clone(drafts), picture.clone());
        let (warm_up, time) = self.time();
        let mut run = drive((0..clients).map(phone).collect(), warm_up, time).await?;
        run.memory = server.memory();
        Ok(run)
    }

    fn one_direct(
        &self,
        ground: &Ground,
        drafts: &Arc<Drafts>,
        picture: bool,
        beforehand: usize,
    ) -> Result<Direct> {
        let picture = picture.then(|| Arc::clone(&self.picture));
        let (app, entrances) = (Arc::clone(&ground.app), Arc::clone(&ground.entrances));
        Direct::new(app, entrances, Arc::clone(drafts), picture, beforehand)
    }

    async fn without_http(&self, ground: &Ground, picture: bool, clients: usize) -> Result<Run> {
        let drafts = Arc::new(Drafts::new(ground.wall_codes.clone()));
        let (warm_up, time) = self.time();
        // As many as a fast machine may take; a client that runs out makes more as it goes.
        let seconds = (warm_up + time).as_secs() + 1;
        let each =
            usize::try_from(seconds).unwrap_or(1) * if picture { 100 } else { 2_000 } / clients;
        let made: Result<Vec<Direct>> = (0..clients)
            .map(|_| self.one_direct(ground, &drafts, picture, each))
            .collect();
        drive(made?, warm_up, time).await
    }

    /// The same rows into the same tables, a hundred reports a transaction, each table with one statement, by as
    /// many writers as the database has use for.
    async fn batches(&self, ground: &Ground) -> Result<Run> {
        let (warm_up, time) = self.time();
        let writers = ground.app.db.writers();
        let drafts = Arc::new(Drafts::new(ground.wall_codes.clone()));
        // As many as a fast machine may take.
        let seconds = usize::try_from((warm_up + time).as_secs() + 1).unwrap_or(1);
        let each = seconds * 10_000 / BATCH / writers;
        let mut clients = Vec::with_capacity(writers);
        for _ in 0..writers {
            let source = self.one_direct(ground, &drafts, false, 0)?;
            clients.push(Batches::new(source, each)?);
        }
        let run = drive(clients, warm_up, time).await?;
        let batch = u32::try_from(BATCH).unwrap_or(u32::MAX);
        Ok(Run {
            per_second: run.per_second * f64::from(batch),
            ..run
        })
    }
}

/// Writing to a string does not fail; where it does, it says so.
fn text(error: std::fmt::Error) -> crate::Failure {
    crate::Failure::Other(error.to_string())
}

/// The kind of file system that a folder lies on, after the system's list of mounts.
fn file_system(mounts: &str, folder: &Path) -> String {
    let of = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        let (point, kind) = (words.next()?, words.next()?);
        folder.starts_with(point).then_some((point.len(), kind))
    });
    let deepest = of.max_by_key(|(length, _)| *length);
    deepest.map_or("?", |(_, kind)| kind).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deepest_mount_counts() {
        let mounts = "/dev/sda1 / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n";
        assert_eq!(file_system(mounts, Path::new("/tmp/x")), "tmpfs");
        assert_eq!(file_system(mounts, Path::new("/srv")), "ext4");
        assert_eq!(file_system("", Path::new("/srv")), "?");
    }
}
