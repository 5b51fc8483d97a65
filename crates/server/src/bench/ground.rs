//! A fresh database with enterprises in it, and what is needed to report to them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hezuo_app::intake::Release;
use hezuo_app::reports::{Entrance, enter};
use hezuo_app::{App, Budget, ledger, places};
use hezuo_domain::Scope;
use hezuo_domain::ids::{AreaId, EnterpriseId, SiteId};
use hezuo_domain::places::{AreaKind, EnterpriseKind};
use hezuo_domain::time::{Clock, Day, Random};
use hezuo_domain::wall_code::short_word;
use hezuo_store::places as rows;
use hezuo_store::{Db, StoreError};

use super::Postgres;
use crate::config::Config;
use crate::{OsRandom, Result, SystemClock, open};

/// How often it is tried to drop a database, five times a second.
const DROPS: usize = 50;

/// A fresh database; it goes when this is taken down.
pub(super) struct Ground {
    pub(super) app: Arc<App>,
    pub(super) folder: PathBuf,
    /// Empty for SQLite.
    pub(super) url: String,
    pub(super) wall_codes: Vec<String>,
    pub(super) entrances: Arc<Vec<Entrance>>,
    /// Of PostgreSQL: the owner's address and the database's name.
    owned: Option<(String, String)>,
}

/// Areas of each enterprise.
const AREAS: [&str; 5] = ["冲压车间", "绕线车间", "装配线", "喷漆房", "仓库"];

impl Ground {
    /// Makes it with enterprises in it: on PostgreSQL where addresses are given, otherwise an
    /// embedded database.
    pub(super) async fn make(
        config: &Config,
        postgres: Option<&Postgres>,
        folder: &Path,
        name: &str,
        enterprises: usize,
    ) -> Result<Self> {
        let clock = Arc::new(SystemClock);
        let mut ground = Self::empty(config, postgres, folder, name, clock).await?;
        ground.wall_codes = populate(&ground.app, enterprises).await?;
        let mut entrances = Vec::with_capacity(ground.wall_codes.len());
        for code in &ground.wall_codes {
            entrances.push(enter(&ground.app, code).await?);
        }
        ground.entrances = Arc::new(entrances);
        Ok(ground)
    }

    /// Makes it with nothing in it, under a clock of one's own.
    pub(super) async fn empty(
        config: &Config,
        postgres: Option<&Postgres>,
        folder: &Path,
        name: &str,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        let folder = folder.join(name);
        std::fs::create_dir_all(&folder)?;
        let mut config = config.clone();
        config.data.clone_from(&folder);
        config.database.url.clear();
        let mut owned = None;
        if let Some(postgres) = postgres {
            let database = format!("hezuo_bench_{}_{name}", std::process::id()).replace('-', "_");
            let owner = Db::create_postgres(&postgres.owner_url, &database).await?;
            let transport = config.database.transport();
            Db::migrate_postgres(&owner, postgres.role(), &transport).await?;
            config.database.url = hezuo_store::with_database(&postgres.app_url, &database)?;
            owned = Some((postgres.owner_url.clone(), database));
        }
        let mut app = open::app_with(&config, clock, Arc::new(OsRandom)).await?;
        app.release = Release::OnAsk;
        app.limits.reports = Budget::endless();
        Ok(Self {
            app: Arc::new(app),
            folder,
            url: config.database.url,
            wall_codes: Vec::new(),
            entrances: Arc::default(),
            owned,
        })
    }

    /// Appends what waits to the hash chains, so that the next run does not pay for this one.
    pub(super) async fn settle(&self) -> Result<()> {
        loop {
            match ledger::sequence(&self.app).await {
                Ok(0) => return Ok(()),
                // PostgreSQL may still be at what the server that was stopped asked for last.
                Ok(_) | Err(hezuo_app::Error::Store(StoreError::Exists)) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Of PostgreSQL: this database as its owner has it; nothing otherwise.
    pub(super) fn owner_url(&self) -> Result<String> {
        let Some((owner, database)) = &self.owned else {
            return Ok(String::new());
        };
        Ok(hezuo_store::with_database(owner, database)?)
    }

    /// Removes the database and its folder.
    pub(super) async fn take_down(self) -> Result<()> {
        self.app.db.close().await;
        if let Some((owner, database)) = &self.owned {
            // The backends of a server that was stopped may live a moment longer than it.
            let mut tries = 0;
            while let Err(error) = Db::drop_postgres(owner, database).await {
                tries += 1;
                if tries == DROPS {
                    return Err(error.into());
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
        Ok(std::fs::remove_dir_all(&self.folder)?)
    }
}

fn word() -> String {
    let mut five = [0; 5];
    OsRandom.fill(&mut five);
    short_word(&five)
}

/// Enterprises with a site and five areas each, in one transaction; the wall code of one area
/// of each.
async fn populate(app: &App, enterprises: usize) -> Result<Vec<String>> {
    let mut directory = Vec::with_capacity(enterprises);
    let mut sites = Vec::with_capacity(enterprises);
    let mut areas = Vec::with_capacity(enterprises * AREAS.len());
    let mut codes = Vec::with_capacity(enterprises);
    for number in 0..enterprises {
        let enterprise = rows::Enterprise {
            id: EnterpriseId::random(&OsRandom),
            short_code: word(),
            kind: EnterpriseKind::Enterprise.as_str().to_owned(),
            name: format!("电机厂 {number}"),
            credit_code: None,
            credit_code_ok: None,
            region_code: Some("330503".to_owned()),
            time_zone: "Asia/Shanghai".to_owned(),
        };
        let site = rows::Site {
            id: SiteId::random(&OsRandom),
            name: "厂区".to_owned(),
            address: String::new(),
            region_code: None,
        };
        for (at, name) in AREAS.into_iter().enumerate() {
            let area = rows::Area {
                id: AreaId::random(&OsRandom),
                site_id: site.id,
                parent_id: None,
                kind: AreaKind::Area.as_str().to_owned(),
                name: name.to_owned(),
                code: word(),
                heads: None,
                heads_day: None,
            };
            if at == number % AREAS.len() {
                let path = places::report_path(app, &enterprise.short_code, Some(&area.code));
                codes.push(path.trim_start_matches("/r/").to_owned());
            }
            areas.push((enterprise.id, area));
        }
        sites.push((enterprise.id, site));
        directory.push(enterprise);
    }
    let scope = Scope::System("the bench puts its enterprises into a fresh database");
    let mut tx = app.db.write(&scope).await?;
    rows::add_enterprises(&mut tx, &directory, Day(20_000)).await?;
    rows::add_sites(&mut tx, &sites).await?;
    rows::add_areas(&mut tx, &areas).await?;
    tx.commit().await?;
    Ok(codes)
}
