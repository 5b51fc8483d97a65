//! `hezuo demo`: factories at work, made by running the real actions over a simulated clock with
//! a seed, never by writing rows. What the boards show is computed from it like from anything else.

mod apart;
mod cast;
mod factories;
mod kept;
mod meetings;
mod projects;
mod rewards;
mod weeks;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use hezuo_app::intake::Release;
use hezuo_app::{App, oversight};
use hezuo_domain::Scope;
use hezuo_domain::time::{Clock, SeededRandom, SetClock};
use tokio::net::TcpListener;

use crate::admin::say;
use crate::config::Config;
use crate::{Result, SystemClock, open, serve};

pub use cast::{Cast, PASSWORD, assemble};
pub(crate) use cast::{always_there, join};
pub use weeks::{Language, Setting, Story, play};

/// Options of the demo.
#[derive(Debug, Clone, clap::Args)]
pub struct DemoArgs {
    /// Where to listen; loopback unless told otherwise.
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Where the demo's intake listens: another port, though on one machine nobody is anonymous.
    #[arg(long, default_value = "127.0.0.1:8081")]
    pub intake_listen: SocketAddr,
    /// Take anonymous reports on the same port, without an intake.
    #[arg(long)]
    pub one_port: bool,
    /// The folder for the demo's data; a new one under the system's temporary folder by default.
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// How many factories; the last of several has fallen silent.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=5))]
    pub enterprises: u32,
    /// Weeks that they have been at work.
    #[arg(long, default_value_t = 26, value_parser = clap::value_parser!(u32).range(1..=52))]
    pub weeks: u32,
    /// The language in which reports are written and answered.
    #[arg(long, value_enum, default_value_t)]
    pub language: Language,
    /// The same seed makes the same factories.
    #[arg(long, default_value_t = 2015)]
    pub seed: u64,
    /// Seconds after which a danger that nobody answers rings further, to see it happen; otherwise
    /// what the factory has set.
    #[arg(long)]
    pub alarm_seconds: Option<i64>,
    /// Ask administrators, inspectors and county officers for a second step, within so many days; by default
    /// everybody gets in with the password alone.
    #[arg(long)]
    pub second_step: Option<i64>,
    /// Make the data and stop, without serving it.
    #[arg(long)]
    pub no_serve: bool,
}

/// Report codes to try, kept beside the data, so that a second start prints them too. Only a
/// demo may do so: outside of one a code is known to the phone that made it and nobody else.
const CODES: &str = "demo-codes.txt";

/// Makes the demo's data and serves it.
pub async fn run(mut config: Config, arguments: DemoArgs) -> Result<()> {
    config.listen = arguments.listen;
    // Nobody would miss a demo.
    config.backup.warn_after_hours = 0;
    config.second_step.required = arguments.second_step.is_some();
    config.second_step.days = arguments.second_step.unwrap_or(config.second_step.days);
    config.data = match arguments.data.clone() {
        Some(folder) => folder,
        None => std::env::temp_dir().join(format!("hezuo-demo-{}", std::process::id())),
    };
    let is_new = !config.data.join("hezuo.db").exists();
    // A port that is taken is said before the weeks are played; without serving, none is needed.
    let listener = if arguments.no_serve {
        None
    } else {
        Some(TcpListener::bind(config.listen).await?)
    };
    let intake = if arguments.no_serve || arguments.one_port {
        None
    } else {
        Some(TcpListener::bind(arguments.intake_listen).await?)
    };
    if is_new {
        say("Playing the weeks of the factories; this takes a moment.");
        let story = Box::pin(make(&config, &arguments)).await?;
        say(&format!(
            "{} weeks of {} factories played: {} reports ({} with a name, {} in confidence, {} \
             anonymous), {} verified",
            arguments.weeks,
            arguments.enterprises,
            story.reports,
            story.named,
            story.in_confidence,
            story.anonymous,
            story.verified
        ));
        let codes: Vec<String> = story
            .codes
            .iter()
            .map(|code| format!("{}   {}\n", code.code, code.what))
            .collect();
        std::fs::write(config.data.join(CODES), codes.concat())?;
    }
    let Some(listener) = listener else {
        return Ok(());
    };
    let mut app = open::app(&config).await?;
    app.notices.alarm_seconds = arguments.alarm_seconds;
    app.release = Release::OnAsk;
    let base = format!("http://{}", listener.local_addr()?);
    if let Some(listener) = intake {
        apart::begin(&mut config, &mut app, &base, listener).await?;
    }
    let app = Arc::new(app);
    announce(&app, &base, &config).await?;
    serve::serve(app, listener, serve::settings(&config, true)).await
}

/// Plays the factories, one after the other; the codes to try are those of the first.
async fn make(config: &Config, arguments: &DemoArgs) -> Result<Story> {
    let now = SystemClock.now();
    let clock = Arc::new(SetClock::at(now));
    let random = Arc::new(SeededRandom::new(arguments.seed));
    let app = open::app_for_making(config, Arc::clone(&clock) as Arc<dyn Clock>, random).await?;
    let setting = Setting {
        now,
        enterprises: usize::try_from(arguments.enterprises).unwrap_or(1),
        weeks: arguments.weeks,
        seed: arguments.seed,
        language: arguments.language,
    };
    let story = Box::pin(play_all(&app, &clock, setting)).await?;
    app.db.close().await;
    Ok(story)
}

/// Sets the factories up and plays their weeks, projects and rewards.
pub async fn play_all(app: &App, clock: &SetClock, setting: Setting) -> Result<Story> {
    let mut whole = Story::default();
    for cast in assemble(app, clock, setting).await? {
        let story = play(app, clock, &cast, setting).await?;
        projects::play(app, clock, &cast, setting).await?;
        rewards::give(app, &cast).await?;
        kept::send(app, &cast, setting).await?;
        whole.add(story);
    }
    oversight::fold(app).await?;
    Ok(whole)
}

async fn announce(app: &App, base: &str, config: &Config) -> Result<()> {
    say(&format!(
        "\nHezuo demo on {base} (data in {})",
        config.data.display()
    ));
    for entrance in cast::entrances(app).await? {
        say(&format!(
            "  report page   {base}{}   {}",
            entrance.path, entrance.name
        ));
    }
    let anonymous = match config.intake.url.as_str() {
        "" => base,
        url => {
            say(&format!(
                "Its intake, for anonymous reports, on {url} (on one machine nobody is anonymous)"
            ));
            for entrance in cast::entrances(app).await? {
                let (path, name) = (entrance.path, entrance.name);
                say(&format!("  anonymous     {url}{path}   {name}"));
            }
            url
        }
    };
    say(&format!("  follow up     {anonymous}/f"));
    if let Ok(codes) = std::fs::read_to_string(config.data.join(CODES)) {
        for line in codes.lines() {
            say(&format!("    {line}"));
        }
    }
    say(&format!("  phone app     {base}/phone/"));
    say(&format!("  desk app      {base}/desk/"));
    say(&format!("Everybody's password is {PASSWORD}"));
    for (login, who) in cast::LOGINS {
        say(&format!("  {login:<12} {who}"));
    }
    let others = factories::PROFILES
        .iter()
        .skip(1)
        .take(count(app).await?.saturating_sub(1));
    for factory in others {
        let (name, suffix) = (factory.name, factory.suffix);
        say(&format!(
            "  officer{suffix}, manager{suffix} and so on: {name}"
        ));
    }
    say("Stop with Ctrl-C.");
    Ok(())
}

/// How many factories this demo has.
async fn count(app: &App) -> Result<usize> {
    let scope = Scope::System("the directory of enterprises has no tenant");
    let mut tx = app.db.read(&scope).await?;
    let mut count = 0;
    for id in hezuo_store::places::all_enterprises(&mut tx).await? {
        let found = hezuo_store::places::find_enterprise(&mut tx, id).await?;
        count += usize::from(found.is_some_and(|it| it.kind == "enterprise"));
    }
    Ok(count)
}
