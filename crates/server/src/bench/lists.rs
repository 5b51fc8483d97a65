//! `hezuo bench --lists`: the board and every list of one factory with many cases, as the app asks
//! for them, each beside a plain statement of the same database in the same minute.

use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hezuo_app::{App, people};
use hezuo_domain::Scope;
use hezuo_domain::ids::EnterpriseId;
use hezuo_domain::time::{Clock, Day, SetClock};
use hezuo_store::boards::count_by_state;
use hezuo_store::cases::{Filter, Queue, list};
use hezuo_store::teams::{Team, agenda, find_team};

use super::figures::{Run, median};
use super::filled::{Filled, WEEKS, fill};
use super::ground::Ground;
use super::http::Connection;
use super::load::{Client, drive};
use super::{Bench, Postgres, Server, text};
use crate::admin::say;
use crate::demo::PASSWORD;
use crate::{Failure, Result, SystemClock};

/// Lines of one page, as the app asks for them.
const PAGE: i64 = 50;

/// Lines of one agenda, as the app asks for them.
const AGENDA: i64 = 200;

/// What a request stands beside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reference {
    /// The first page of all cases, in the order of an index.
    Page,
    /// All cases counted by their state.
    Count,
    /// The lines of the agenda, in the order of an index.
    Agenda,
}

/// Somebody with a screen, who asks for one thing again and again.
struct Screen {
    connection: Connection,
    start: String,
    headers: String,
}

impl Client for Screen {
    async fn once(&mut self) -> bool {
        let sent = self.connection.send(&self.start, &self.headers, b"").await;
        matches!(sent, Ok(200))
    }
}

/// The plain statement without HTTP.
struct Plain {
    app: Arc<App>,
    factory: EnterpriseId,
    team: Team,
    today: Day,
    reference: Reference,
}

impl Plain {
    async fn read(&self) -> Result<()> {
        let mut tx = self.app.db.read(&Scope::Enterprise(self.factory)).await?;
        match self.reference {
            Reference::Page => {
                list(&mut tx, Queue::All, Filter::None, Day(0), None, PAGE + 1).await?;
            }
            Reference::Count => {
                count_by_state(&mut tx).await?;
            }
            Reference::Agenda => {
                agenda(&mut tx, &self.team, self.today, AGENDA + 1).await?;
            }
        }
        Ok(())
    }
}

impl Client for Plain {
    async fn once(&mut self) -> bool {
        self.read().await.is_ok()
    }
}

/// What is asked for: its name in the table, its address, and what it is compared with.
fn requests(filled: &Filled, today: Day) -> Vec<(String, String, Reference)> {
    let queues = [
        "triage",
        "open",
        "danger",
        "overdue",
        "to_verify",
        "ended",
        "all",
    ];
    let counted = [
        "spoken",
        "in_time",
        "unanswered",
        "found",
        "found_by_workers",
        "promised",
        "kept",
        "resolved",
    ];
    let page = |name: String, query: String| (name, format!("/cases?{query}"), Reference::Page);
    let mut all = vec![
        (
            "board, 4 weeks".to_owned(),
            "/board?weeks=4".to_owned(),
            Reference::Count,
        ),
        (
            "board, 26 weeks".to_owned(),
            "/board?weeks=26".to_owned(),
            Reference::Count,
        ),
        (
            "agenda".to_owned(),
            format!("/teams/{}/agenda", filled.team),
            Reference::Agenda,
        ),
    ];
    all.extend(queues.map(|queue| page(format!("list: {queue}"), format!("queue={queue}"))));
    all.push(page(
        "list: open, one area with its machines".to_owned(),
        format!("queue=open&within={}", filled.area),
    ));
    let days = format!("from={}&to={today}", today.plus(-28));
    all.extend(counted.map(|queue| {
        page(
            format!("list behind a figure: {queue}"),
            format!("queue={queue}&{days}"),
        )
    }));
    all
}

impl Bench {
    /// Measures on each database, and gives the table.
    pub(super) async fn lists(&self, postgres: Option<&Postgres>) -> Result<String> {
        let mut table = String::from(
            "| database | asked for | HTTP p50 / p99 ms | reference p50 / p99 ms | p99 ratio | errors |\n|---|---|---|---|---|---|",
        );
        let databases = [Some(None), postgres.map(Some)];
        for database in databases.into_iter().flatten() {
            let clock = Arc::new(SetClock::at(SystemClock.now()));
            let name = if database.is_some() {
                "pg-lists"
            } else {
                "lite-lists"
            };
            let its_clock = Arc::clone(&clock) as Arc<dyn Clock>;
            let ground = Ground::empty(&self.config, database, &self.folder, name, its_clock);
            let ground = ground.await?;
            let filled = fill(&ground.app, &clock, self.arguments.cases).await?;
            clock.set(SystemClock.now());
            ground.settle().await?;
            say(&format!(
                "{}: {} cases of {WEEKS} weeks",
                ground.app.db.kind(),
                self.arguments.cases
            ));
            self.screens(&ground, &filled, &mut table).await?;
            ground.take_down().await?;
        }
        Ok(table)
    }

    async fn screens(&self, ground: &Ground, filled: &Filled, table: &mut String) -> Result<()> {
        let visit = people::Visit::default();
        let signed = people::log_in(&ground.app, "officer", PASSWORD.to_owned(), visit).await?;
        let signed = signed.done()?;
        let (token, caller) = (signed.token, signed.caller);
        let today = caller
            .enter(&ground.app, filled.factory)
            .await?
            .today(&ground.app);
        let cookie = format!("Cookie: hezuo={}\r\n", token.text());
        let server = Server::serve(&ground.folder, &ground.url)?;
        for (name, path, reference) in requests(filled, today) {
            let start = format!("GET /api/v1/enterprises/{}{path}", filled.factory);
            let (mut http, mut plain, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
            for _ in 0..self.arguments.rounds {
                let asked = self.ask(server.address, &start, &cookie).await?;
                let read = self.read(ground, filled, today, reference).await?;
                ratios.push(asked.p99 / read.p99.max(1e-9));
                http.push(asked);
                plain.push(read);
            }
            let (http, plain) = (super::middle(&http), super::middle(&plain));
            let row = format!(
                "| {} | {name} | {:.1} / {:.1} | {:.1} / {:.1} | **{:.1}** | {} |",
                ground.app.db.kind(),
                http.p50,
                http.p99,
                plain.p50,
                plain.p99,
                median(ratios),
                http.errors + plain.errors,
            );
            say(&row);
            write!(table, "\n{row}").map_err(text)?;
        }
        Ok(())
    }

    async fn ask(&self, address: SocketAddr, start: &str, cookie: &str) -> Result<Run> {
        let screen = Screen {
            connection: Connection::new(address),
            start: start.to_owned(),
            headers: cookie.to_owned(),
        };
        let (warm_up, time) = self.time();
        drive(vec![screen], warm_up.max(Duration::from_millis(100)), time).await
    }

    async fn read(
        &self,
        ground: &Ground,
        filled: &Filled,
        today: Day,
        reference: Reference,
    ) -> Result<Run> {
        let scope = Scope::Enterprise(filled.factory);
        let mut tx = ground.app.db.read(&scope).await?;
        let team = find_team(&mut tx, filled.team).await?;
        drop(tx);
        let plain = Plain {
            app: Arc::clone(&ground.app),
            factory: filled.factory,
            team: team.ok_or(Failure::Other("the team is gone".into()))?,
            today,
            reference,
        };
        let (warm_up, time) = self.time();
        drive(vec![plain], warm_up.max(Duration::from_millis(100)), time).await
    }
}
