//! `hezuo bench --growth`: the pages of a nation on a simulated database, as the app asks for them, each beside the
//! one indexed statement behind it in the same minute; the page of the nation also beside the same sums as
//! one plain aggregate over all cases. Then cold start, export, memory, and everything at once.

mod beside;
mod mixed;

use std::fmt::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hezuo_app::cases::search;
use hezuo_app::{App, Caller, people};
use hezuo_domain::Scope;
use hezuo_domain::feed::{Value, token};
use hezuo_domain::ids::CaseId;
use hezuo_domain::simulation::Setting;
use hezuo_domain::time::{Day, Zone};
use hezuo_store::oversight;
use hezuo_store::simulation::roll_up;

use super::figures::{Run, median};
use super::ground::Ground;
use super::http::Connection;
use super::load::{Client, drive};
use super::{Bench, Postgres, Server, middle, text};
use crate::admin::say;
use crate::demo::PASSWORD;
use crate::simulate::{self, Steps};
use crate::{Failure, Result, SystemClock, open};
use beside::{Beside, PAGE, Plain, cursors, span};

/// A database that is measured, and where a server finds it.
pub(super) struct Nation {
    pub(super) app: Arc<App>,
    pub(super) folder: PathBuf,
    pub(super) url: String,
}

/// Who asks: the cookie, and the caller behind it.
#[derive(Clone)]
pub(super) struct Login {
    pub(super) cookie: String,
    pub(super) caller: Caller,
}

/// Somebody with a screen, who asks for one thing again and again.
pub(super) struct Screen {
    connection: Connection,
    start: String,
    cookie: String,
}

impl Screen {
    pub(super) fn new(address: SocketAddr, path: &str, cookie: &str) -> Self {
        Self {
            connection: Connection::new(address),
            start: format!("GET {path}"),
            cookie: cookie.to_owned(),
        }
    }
}

impl Client for Screen {
    async fn once(&mut self) -> bool {
        let sent = self.connection.send(&self.start, &self.cookie, b"").await;
        matches!(sent, Ok(200))
    }
}

/// What is asked for.
pub(super) struct Page {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) cookie: String,
    beside: Beside,
}

/// What is searched for: a word of every sixth simulated report, one of every twelfth, words that hardly any has
/// together, and one that none has.
const SEARCHES: [&str; 4] = ["尽快检查", "冲床", "7号冲床防护罩松动 差点碰到人", "触电"];

const HEADING: &str = "\
| database | cases | asked for | HTTP p50 / p99 ms | statement p50 / p99 ms | p99 ratio | errors |
|---|---|---|---|---|---|---|";

struct Silent;

impl Steps for Silent {
    fn step(&mut self, _what: &str) {}
}

impl Bench {
    /// Measures the database that is named, or simulates one of each kind.
    pub(super) async fn growth(&self, postgres: Option<&Postgres>) -> Result<String> {
        let arguments = &self.arguments;
        if arguments.data.is_some() || arguments.database.is_some() {
            let mut config = self.config.clone();
            if let Some(data) = &arguments.data {
                config.data.clone_from(data);
            }
            if let Some(url) = &arguments.database {
                config.database.url.clone_from(url);
            }
            let app = Arc::new(open::app(&config).await?);
            let (folder, url) = (config.data, config.database.url);
            return self.nation(&Nation { app, folder, url }).await;
        }
        let mut report = String::new();
        let databases = [Some(None), postgres.map(Some)];
        for database in databases.into_iter().flatten() {
            let name = if database.is_some() {
                "pg-growth"
            } else {
                "lite-growth"
            };
            let clock = Arc::new(SystemClock);
            let ground = Ground::empty(&self.config, database, &self.folder, name, clock).await?;
            self.simulated(&ground).await?;
            let nation = Nation {
                app: Arc::clone(&ground.app),
                folder: ground.folder.clone(),
                url: ground.url.clone(),
            };
            report.push_str(&self.nation(&nation).await?);
            ground.take_down().await?;
        }
        Ok(report)
    }

    async fn simulated(&self, ground: &Ground) -> Result<()> {
        let transport = self.config.database.transport();
        let owner = ground.owner_url()?;
        let builder = ground.app.db.builder(&owner, &transport).await?;
        let cases = u64::try_from(self.arguments.cases).unwrap_or(u64::MAX);
        let setting = Setting {
            enterprises: (cases / 100).max(10),
            cases,
            seed: 2015,
            weeks: 26,
            until: here(&ground.app)?.plus(-1),
        };
        let began = Instant::now();
        let summary = simulate::fill(&ground.app, &builder, setting, &mut Silent).await?;
        simulate::logins(&ground.app, &summary).await?;
        simulate::settle(&ground.app, &builder, &mut Silent).await?;
        say(&format!(
            "{}: {cases} cases simulated in {} s",
            ground.app.db.kind(),
            began.elapsed().as_secs()
        ));
        Ok(())
    }

    async fn nation(&self, nation: &Nation) -> Result<String> {
        let app = &nation.app;
        let kind = app.db.kind();
        let [nation_login, county, officer] = [
            self.login(app, "nation").await?,
            self.login(app, "county").await?,
            self.login(app, "officer").await?,
        ];
        let mut report = cold(nation).await?;
        let (same, all) = self.totals(app, &nation_login).await?;
        report.push_str(&same);
        let server = Server::serve(&nation.folder, &nation.url)?;
        let pages = pages(app, [&nation_login, &county, &officer]).await?;
        report.push_str(HEADING);
        for page in &pages {
            let (mut http, mut plain, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
            for _ in 0..self.arguments.rounds {
                let screen = Screen::new(server.address, &page.path, &page.cookie);
                let asked = self.timed(screen).await?;
                let plainly = Plain {
                    app: Arc::clone(app),
                    beside: page.beside.clone(),
                };
                let read = self.timed(plainly).await?;
                ratios.push(asked.p99 / read.p99.max(1e-9));
                http.push(asked);
                plain.push(read);
            }
            let (http, plain) = (middle(&http), middle(&plain));
            let row = format!(
                "| {kind} | {all} | {} | {:.1} / {:.1} | {:.1} / {:.1} | **{:.1}** | {} |",
                page.name,
                http.p50,
                http.p99,
                plain.p50,
                plain.p99,
                median(ratios),
                http.errors + plain.errors,
            );
            say(&row);
            write!(report, "\n{row}").map_err(text)?;
        }
        report.push_str("\n\n");
        report.push_str(&export(&server, &officer).await?);
        report.push_str(&self.mixed(nation, &server, &pages).await?);
        Ok(report)
    }

    async fn timed<C: Client>(&self, client: C) -> Result<Run> {
        let (warm_up, time) = self.time();
        drive(vec![client], warm_up.max(Duration::from_millis(100)), time).await
    }

    async fn login(&self, app: &App, name: &str) -> Result<Login> {
        let visit = people::Visit::default();
        let signed = people::log_in(app, name, PASSWORD.to_owned(), visit).await;
        let signed = signed.map_err(|error| {
            Failure::Other(format!("is this a simulated database? {name}: {error}"))
        })?;
        let signed = signed.done()?;
        Ok(Login {
            cookie: format!("Cookie: hezuo={}\r\n", signed.token.text()),
            caller: signed.caller,
        })
    }

    /// The same totals in two ways, and what the plain one costs; how many cases there are.
    async fn totals(&self, app: &App, login: &Login) -> Result<(String, i64)> {
        let folded = totals_of(app, login).await?;
        let began = Instant::now();
        let scope = Scope::System("a benchmark counts all cases");
        let mut tx = app.db.read(&scope).await?;
        let counted = roll_up(&mut tx, here(app)?).await?;
        drop(tx);
        let took = began.elapsed().as_millis();
        let plain = counted.iter().fold([0; 3], |sum, it| {
            [sum[0] + it.open, sum[1] + it.danger, sum[2] + it.overdue]
        });
        let verdict = if folded == plain {
            "the same"
        } else {
            "NOT THE SAME"
        };
        let kind = app.db.kind();
        let text = format!(
            "{kind}: open, danger and overdue of the nation from its sums {folded:?}, from one plain aggregate \
             over all cases {plain:?}: **{verdict}**. The aggregate took {took} ms.\n\n",
        );
        say(&text);
        Ok((text, counted.iter().map(|it| it.reports).sum()))
    }
}

/// Today in China, where every simulated factory lies.
fn here(app: &App) -> Result<Day> {
    let zone = Zone::named("Asia/Shanghai");
    let zone =
        zone.ok_or_else(|| Failure::Other("the zone of China is unknown here".to_owned()))?;
    Ok(zone.day(app.now()))
}

/// Open, danger and overdue of the nation as its page sums them up.
async fn totals_of(app: &App, login: &Login) -> Result<[i64; 3]> {
    let region = "000000".parse().map_err(hezuo_app::Error::from)?;
    let scope = Scope::Places(login.caller.entitlement());
    let mut tx = app.db.read(&scope).await?;
    let parts = oversight::parts(&mut tx, span(here(app)?), &region).await?;
    let add = |sum: [i64; 3], it: &oversight::Part| {
        [sum[0] + it.open, sum[1] + it.danger, sum[2] + it.overdue]
    };
    Ok(parts.iter().fold([0; 3], add))
}

/// From the start of the program to its first answers: that it is well, and the first page that somebody
/// asks for.
async fn cold(nation: &Nation) -> Result<String> {
    let mut took = Vec::new();
    for _ in 0..3 {
        let began = Instant::now();
        let server = Server::serve(&nation.folder, &nation.url)?;
        let mut connection = Connection::new(server.address);
        let answered = connection.send("GET /healthz", "", b"").await?;
        took.push(began.elapsed().as_secs_f64() * 1e3);
        if answered != 200 {
            return Err(Failure::Other(format!("/healthz said {answered}")));
        }
    }
    let mut report = String::new();
    write!(
        report,
        "{}: from the start of the server to its first answer {:.0} ms.\n\n",
        nation.app.db.kind(),
        median(took)
    )
    .map_err(text)?;
    Ok(report)
}

/// All cases of the largest factory as a file of CSV.
async fn export(server: &Server, officer: &Login) -> Result<String> {
    let before = server.memory();
    let factory = officer.caller.home.id;
    let path = format!("GET /api/v1/enterprises/{factory}/cases/export?format=csv");
    let mut connection = Connection::new(server.address);
    let began = Instant::now();
    let (status, bytes, lines) = connection.receive(&path, &officer.cookie).await?;
    let seconds = began.elapsed().as_secs_f64().max(1e-9);
    let after = server.memory();
    let rows = lines.saturating_sub(1);
    let per_second = f64::from(u32::try_from(rows).unwrap_or(u32::MAX)) / seconds;
    let grown = before
        .zip(after)
        .map_or(0.0, |(before, after)| after.1 - before.0);
    let line = format!(
        "Export of the largest factory: status {status}, {rows} rows, {} MB, {per_second:.0} rows/s, server \
         grown by {grown:.0} MB.\n\n",
        bytes / 1_000_000
    );
    say(&line);
    Ok(line)
}

/// What is asked for, by whom.
async fn pages(app: &App, [nation, county, officer]: [&Login; 3]) -> Result<Vec<Page>> {
    let factory = officer.caller.home.id;
    let today = here(app)?;
    let mut pages = Vec::new();
    let mut of_factory = |name: String, path: String, beside: Beside| {
        pages.push(Page {
            name,
            path: format!("/api/v1/enterprises/{factory}{path}"),
            cookie: officer.cookie.clone(),
            beside,
        });
    };
    of_factory(
        "board, 4 weeks".into(),
        "/board?weeks=4".into(),
        Beside::Board(factory, today),
    );
    for queue in ["triage", "open", "danger", "overdue", "ended", "all"] {
        let beside = Beside::list(factory, queue, today, None);
        of_factory(
            format!("list: {queue}"),
            format!("/cases?queue={queue}"),
            beside,
        );
    }
    let deep = cursors(app, factory).await?;
    for (page, cursor) in deep.iter().copied() {
        let path = format!("/cases?queue=all&cursor={}.{}", cursor.0, cursor.1);
        let beside = Beside::list(factory, "all", today, Some(cursor));
        of_factory(format!("list: all, page {page}"), path, beside);
    }
    for wanted in SEARCHES {
        let numbers = search::numbers(app, factory, wanted)?;
        let mut path = "/cases?queue=all&q=".to_owned();
        for byte in wanted.bytes() {
            write!(path, "%{byte:02X}").map_err(text)?;
        }
        let beside = Beside::Search(factory, numbers, today);
        of_factory(format!("search: {wanted}"), path, beside);
    }
    of_factory(
        "analysts' feed, page 1".to_owned(),
        format!("/odata/Cases?$top={PAGE}"),
        // No case is of so early a day, so that any id is before them all.
        Beside::Feed(factory, (Day(0), CaseId(factory.0)), today),
    );
    // From where the deepest page of the list begins: the feed begins with the oldest.
    if let Some((page, (day, id))) = deep.last().copied() {
        let token = token(&[Value::Day(day), Value::Id(id.0)]);
        of_factory(
            format!("analysts' feed, at page {page} of the list"),
            format!("/odata/Cases?$top={PAGE}&$skiptoken={token}"),
            Beside::Feed(factory, (day, id), today),
        );
    }
    for (name, login) in [("nation", nation), ("county", county)] {
        let grant = login.caller.entitlement();
        let region = grant.regions.first().cloned();
        let region = region.ok_or_else(|| Failure::Other(format!("{name} looks after nothing")))?;
        pages.push(Page {
            name: name.to_owned(),
            path: "/api/v1/oversight".to_owned(),
            cookie: login.cookie.clone(),
            beside: Beside::Region(Box::new(login.caller.clone()), region, today),
        });
    }
    Ok(pages)
}
