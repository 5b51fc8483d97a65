//! The command line.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use hezuo_server::admin::say;
use hezuo_server::config::{Config, DEFAULTS};
use hezuo_server::{
    Failure, Result, admin, backup, bench, demo, export, import, intake, log, memory, open, proof,
    retention, rewrite, serve, simulate, work,
};
use hezuo_store::Db;

/// The platform behind workplace-cooperation and work-safety programmes.
#[derive(Parser)]
#[command(name = "hezuo", version)]
struct Arguments {
    /// A configuration file; `hezuo config` prints the default with every setting.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start the web server.
    Serve(serve::ServeArgs),
    /// Do the work in the background alone: alarms, notices, sums, imports, for the web servers that share
    /// the database.
    Work,
    /// Take anonymous reports for the servers of factories: run it apart from them.
    Intake(intake::IntakeArgs),
    /// Start a demo: one factory, eight weeks, all roles; prints addresses and logins.
    Demo(demo::DemoArgs),
    /// Fill an empty database with factories and cases from a seed, and print what is to come out.
    Simulate(simulate::SimulateArgs),
    /// Measure the intake beside the database alone and beside HTTP alone.
    Bench(bench::BenchArgs),
    /// Back up while the server runs, and check the result by restoring it.
    Backup(backup::BackupArgs),
    /// Make the pair of keys for backups to a second place.
    BackupKey {
        /// The file for the private half; take it away from this server.
        file: PathBuf,
    },
    /// Say how the server does, for a monitor beside it; fails when the last backup is late.
    Health,
    /// Restore a backup into an empty data folder.
    Restore(backup::RestoreArgs),
    /// Bring the database up to date.
    Migrate {
        /// Spread the tables over the machines of a cluster, each enterprise on one of them.
        #[arg(long, value_enum)]
        distribute: Option<Engine>,
    },
    /// Import a file of records, CSV or XLSX.
    Import(import::ImportArgs),
    /// Write what analysts read, of many enterprises, as files for DuckDB, Spark and the like.
    Export(export::ExportArgs),
    /// Check that nothing was changed behind the server's back.
    Verify {
        /// A head of the log that was kept outside: nothing before it may have changed.
        #[arg(long, conflicts_with_all = ["entry", "from"])]
        witness: Option<PathBuf>,
        /// An event, by its id or leaf: print the proof that it is in the log.
        #[arg(long, conflicts_with = "from")]
        entry: Option<String>,
        /// A head that was kept outside: print the proof that the log of now begins with it.
        #[arg(long)]
        from: Option<PathBuf>,
    },
    /// Check a proof with the key of the log alone: on any machine, without the server or its data.
    CheckProof {
        /// The proof.
        proof: PathBuf,
        /// The key of the log, as `hezuo checkpoint --out` prints it.
        #[arg(long)]
        key: String,
        /// The leaf of the event that shall be in the log.
        #[arg(long, conflicts_with = "from", required_unless_present = "from")]
        leaf: Option<String>,
        /// The older head with which the log shall begin.
        #[arg(long)]
        from: Option<PathBuf>,
    },
    /// Write the signed head of the log, for somebody outside to keep.
    Checkpoint {
        /// The file; the terminal where it is missing.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Erase what is over by the rules of the pack, as the server does once a day.
    Retention(retention::RetentionArgs),
    /// Make the counts again from the events.
    Tallies,
    /// Make again by which words cases are found, as after a restore with another key.
    Search,
    /// Invite the first administrator of an enterprise or authority.
    Invite(InviteArgs),
    /// What the terminal of the server can do about logins.
    #[command(subcommand)]
    User(User),
    /// Print the OpenAPI document.
    Openapi,
    /// Print the default configuration.
    Config,
    /// Rewrite one upload, from input to output: what the server starts for each.
    #[command(name = rewrite::COMMAND, hide = true)]
    RewriteUpload(rewrite::child::ChildArgs),
}

#[derive(Subcommand)]
enum User {
    /// Print a new one-time link for the first administrator, while nobody has used one.
    FirstLink,
}

#[derive(clap::Args)]
struct InviteArgs {
    /// The short code of an enterprise that exists.
    #[arg(
        long,
        conflicts_with = "authority",
        required_unless_present = "authority"
    )]
    enterprise: Option<String>,
    /// The name of a new authority.
    #[arg(long, requires = "region")]
    authority: Option<String>,
    /// The authority's division, six digits.
    #[arg(long)]
    region: Option<String>,
    /// The person's name.
    #[arg(long)]
    name: String,
    /// The login name.
    #[arg(long)]
    login: String,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // What workers say stands in memory: neither a crash nor another process of this user copies it.
    if let Err(failure) = memory::shut() {
        drop(writeln!(
            std::io::stderr(),
            "memory can't be kept from a core file: {failure}"
        ));
        return ExitCode::FAILURE;
    }
    if let Command::RewriteUpload(arguments) = &arguments.command {
        let done = rewrite::child::run(arguments);
        return done.map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS);
    }
    serve_commands(arguments)
}

#[tokio::main]
async fn serve_commands(arguments: Arguments) -> ExitCode {
    log::start();
    match Box::pin(run(arguments)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            tracing::error!("{}", with_sources(&failure));
            ExitCode::FAILURE
        }
    }
}

fn with_sources(failure: &dyn std::error::Error) -> String {
    let mut text = failure.to_string();
    let mut source = failure.source();
    while let Some(at) = source {
        let next = at.to_string();
        if !text.contains(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        source = at.source();
    }
    text
}

async fn run(arguments: Arguments) -> Result<()> {
    let config = Config::read(arguments.config.as_deref())?;
    match arguments.command {
        Command::Serve(arguments) => serve::run(&config, arguments).await,
        Command::Work => work::run(&config).await,
        Command::Intake(arguments) => intake::run(&config, arguments).await,
        Command::Demo(arguments) => Box::pin(demo::run(config, arguments)).await,
        Command::Simulate(arguments) => Box::pin(simulate::run(config, arguments)).await,
        Command::Bench(arguments) => bench::run(config, arguments).await,
        Command::Backup(arguments) => backup::backup(&config, &arguments).await,
        Command::Restore(arguments) => backup::restore(&config, &arguments).await,
        Command::BackupKey { file } => backup::sealed::make_key(&file),
        Command::Health => admin::health(&open::app(&config).await?).await,
        Command::Migrate { distribute } => migrate(&config, distribute).await,
        Command::Import(arguments) => import::run(&open::app(&config).await?, arguments).await,
        Command::Export(arguments) => export::run(&open::app(&config).await?, arguments).await,
        Command::Verify {
            witness,
            entry,
            from,
        } => {
            let app = open::app(&config).await?;
            match (entry, from) {
                (Some(entry), _) => proof::entry(&app, &entry).await,
                (_, Some(from)) => proof::from(&app, &from).await,
                _ => admin::verify(&app, witness.as_deref()).await,
            }
        }
        Command::CheckProof {
            proof,
            key,
            leaf,
            from,
        } => proof::check(&proof, &key, leaf.as_deref(), from.as_deref()),
        Command::Checkpoint { out } => {
            admin::checkpoint(&open::app(&config).await?, out.as_deref()).await
        }
        Command::Retention(arguments) => {
            retention::run(&open::app(&config).await?, arguments).await
        }
        Command::Search => admin::rebuild_search(&open::app(&config).await?).await,
        Command::Tallies => admin::rebuild_tallies(&open::app(&config).await?).await,
        Command::Invite(arguments) => {
            let app = open::app(&config).await?;
            let request = hezuo_app::people::FirstAdministrator {
                enterprise: arguments.enterprise,
                authority: arguments.authority.zip(arguments.region),
                name: arguments.name,
                login: arguments.login,
            };
            admin::invite(&app, request).await
        }
        Command::User(User::FirstLink) => {
            let app = open::app(&config).await?;
            if admin::first_link(&app, &config.base_url(config.listen)).await? {
                Ok(())
            } else {
                Err(Failure::Other(
                    "somebody has a login already: an administrator can invite others".into(),
                ))
            }
        }
        Command::Openapi => {
            let document = hezuo_api::openapi();
            let text = document.to_pretty_json();
            say(&text.map_err(|error| Failure::Other(error.to_string()))?);
            Ok(())
        }
        // It has ended already, before there was a second thread.
        Command::RewriteUpload(_) => Ok(()),
        Command::Config => {
            say(DEFAULTS.trim_end());
            Ok(())
        }
    }
}

async fn migrate(config: &Config, distribute: Option<Engine>) -> Result<()> {
    let owner = &config.database.owner_url;
    let transport = config.database.transport();
    if owner.is_empty() {
        if distribute.is_some() {
            return Err(Failure::Other(
                "only PostgreSQL can be spread over machines: set database.url and \
                 database.owner_url"
                    .into(),
            ));
        }
        open::app(config).await?;
    } else {
        let role = hezuo_store::role_of(&config.database.url).unwrap_or("hezuo_app");
        Db::migrate_postgres(owner, role, &transport).await?;
    }
    say("the database is up to date");
    if let Some(Engine::Citus) = distribute {
        let done = Db::distribute_citus(owner, &transport).await?;
        say(&format!(
            "Citus {}: {} tables spread by enterprise, {} on every machine",
            done.citus, done.spread, done.replicated
        ));
    }
    Ok(())
}

/// What spreads a database over several machines.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Engine {
    /// The extension Citus of PostgreSQL.
    Citus,
}
