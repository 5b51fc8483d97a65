//! Everything at once: phones that report to many factories, screens on every page, and an export.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use hezuo_app::places::report_path;
use hezuo_domain::Scope;
use hezuo_store::places::entrances;
use hezuo_store::simulation::some_codes;

use super::{Nation, Page, Screen};
use crate::Result;
use crate::bench::clients::Phone;
use crate::bench::drafts::Drafts;
use crate::bench::figures::Run;
use crate::bench::load::drive;
use crate::bench::{Bench, Server, text};

/// Phones that report without a pause.
const PHONES: usize = 64;

/// Screens on each page.
const SCREENS: usize = 2;

/// Factories that are reported to.
const FACTORIES: i64 = 1_000;

impl Bench {
    /// Lets everybody ask at once for as long as is asked for.
    pub(super) async fn mixed(
        &self,
        nation: &Nation,
        server: &Server,
        pages: &[Page],
    ) -> Result<String> {
        let time = Duration::from_secs_f64(self.arguments.mixed.clamp(0.1, 86_400.0));
        let warm_up = (time / 10).min(Duration::from_secs(5));
        let drafts = Arc::new(Drafts::new(wall_codes(nation).await?));
        let phones = (0..PHONES).map(|_| Phone::new(server.address, Arc::clone(&drafts), None));
        let phones = tokio::spawn(drive(phones.collect(), warm_up, time));
        let mut screens = Vec::with_capacity(pages.len());
        for page in pages {
            let clients = (0..SCREENS)
                .map(|_| Screen::new(server.address, &page.path, &page.cookie))
                .collect();
            screens.push(tokio::spawn(drive(clients, warm_up, time)));
        }
        let mut table = format!(
            "Everything at once for {:.0} s: {PHONES} phones over {} factories, {SCREENS} screens on each \
             page.\n\n| asked for | /s | p50 / p99 ms | errors |\n|---|---|---|---|",
            time.as_secs_f64(),
            drafts.places(),
        );
        let row = |name: &str, run: &Run| {
            format!(
                "\n| {name} | {:.0} | {:.1} / {:.1} | {} |",
                run.per_second, run.p50, run.p99, run.errors
            )
        };
        table.push_str(&row(
            "report",
            &phones.await.map_err(hezuo_app::Error::from)??,
        ));
        for (page, screen) in pages.iter().zip(screens) {
            let run = screen.await.map_err(hezuo_app::Error::from)??;
            table.push_str(&row(&page.name, &run));
        }
        let memory = server.memory().unwrap_or_default();
        write!(
            table,
            "\n\nServer after it: {:.0} MB, at its highest {:.0} MB.\n\n",
            memory.0, memory.1
        )
        .map_err(text)?;
        crate::admin::say(&table);
        Ok(table)
    }
}

/// The wall codes of some factories, one of each.
async fn wall_codes(nation: &Nation) -> Result<Vec<String>> {
    let app = &nation.app;
    let scope = Scope::System("a benchmark reports to many factories");
    let mut tx = app.db.read(&scope).await?;
    let codes = some_codes(&mut tx, FACTORIES).await?;
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    let found = entrances(&mut tx, &codes).await?;
    let path = |(enterprise, areas): &(hezuo_store::places::Enterprise, Vec<_>)| {
        let area: Option<&hezuo_store::places::Area> = areas.first();
        let path = report_path(
            app,
            &enterprise.short_code,
            area.map(|area| area.code.as_str()),
        );
        path.trim_start_matches("/r/").to_owned()
    };
    Ok(found.iter().map(path).collect())
}
