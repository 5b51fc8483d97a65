//! Filling an empty database with a nation drawn from a seed: every case went its way by the domain's rules,
//! counts come from the same function as always, and what is to come out is counted beside.
//!
//! Rows go in without waiting for the sequencer, the fold of the divisions and the log: each of them finds
//! its work done, and a check finds it right.

mod batch;
mod firm;

use std::collections::BTreeMap;

use hezuo_domain::oversight::RegionDeltas;
use hezuo_domain::places::RegionCode;
use hezuo_domain::simulation::{Setting, Totals, firms};
use hezuo_domain::time::Zone;
use hezuo_domain::{Code, Scope};
use hezuo_store::oversight::fold as sums;
use hezuo_store::simulation as rows;
use serde::Serialize;

use crate::{App, Result};
use batch::Batch;
use firm::Work;

const WHY: &str = "an empty database is filled with many enterprises at once";

/// The zone of every factory that is simulated.
const ZONE: &str = "Asia/Shanghai";

/// What was put in and is to come out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// The seed.
    pub seed: u64,
    /// Weeks.
    pub weeks: i64,
    /// The last day on which anything happened.
    pub until: String,
    /// The day on which the numbers hold: what is overdue or silent depends on it.
    pub today: String,
    /// The largest factory: its short code and how many cases it has.
    pub largest: (String, i64),
    /// The division in which most factories lie.
    pub busiest: String,
    /// Over all.
    pub nation: Totals,
    /// Over each division, by its code.
    pub regions: BTreeMap<String, Totals>,
    /// What a database that grew by itself has and this one lacks.
    pub lacks: &'static [&'static str],
}

/// What nobody simulates.
const LACKS: &[&str] = &[
    "report codes: nobody holds one, so nobody comes back to a simulated case",
    "pictures, voice clips, messages, notices, meetings, teams and rewards",
    "invitations: the users of the factories were put in, and have no password",
    "the order of time: rows lie factory by factory, as after a restore, not day by day",
];

/// How far it is.
pub trait Progress {
    /// So many cases are in.
    fn filled(&mut self, cases: u64);
}

/// The counties that are listed in the year of the setting, sorted by code.
fn counties(setting: Setting) -> Result<Vec<RegionCode>> {
    let year = u16::try_from(setting.until.year()).unwrap_or(u16::MAX);
    let regions =
        hezuo_packs::regions().map_err(|error| crate::Error::Internal(error.to_string()))?;
    let is_county = |it: &hezuo_packs::Region| {
        it.is_valid_in(year) && it.division() == hezuo_packs::Division::County
    };
    let mut codes: Vec<RegionCode> = regions
        .into_iter()
        .filter(is_county)
        .map(|it| it.code)
        .collect();
    codes.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    codes.dedup();
    Ok(codes)
}

/// Whether nobody is in the database.
pub async fn is_empty(app: &App) -> Result<bool> {
    let mut tx = app.db.read(&Scope::System(WHY)).await?;
    Ok(rows::is_empty(&mut tx).await?)
}

/// Fills it. The secondary indexes of the large tables had better be away meanwhile.
pub async fn fill(
    app: &App,
    setting: Setting,
    progress: &mut (dyn Progress + Send),
) -> Result<Summary> {
    let zone = Zone::named(ZONE).ok_or(Code::ZoneUnknown)?;
    let counties = counties(setting)?;
    let mut work = Work::new(app, setting, &zone);
    let mut batch = Batch::default();
    let mut summary = Summary {
        seed: setting.seed,
        weeks: setting.weeks,
        until: setting.until.to_string(),
        today: setting.today().to_string(),
        largest: (String::new(), 0),
        busiest: String::new(),
        nation: Totals::default(),
        regions: BTreeMap::new(),
        lacks: LACKS,
    };
    let mut around = RegionDeltas::default();
    let mut prefecture = String::new();
    for firm in firms(setting, &counties) {
        let code = firm.region.as_str();
        if !code.starts_with(&prefecture) || prefecture.is_empty() {
            batch.sums.push(std::mem::take(&mut around));
            code.get(..4).unwrap_or(code).clone_into(&mut prefecture);
        }
        let (mut made, mut totals) = work.begin(&firm, &mut batch);
        let mut left = firm.cases;
        while left > 0 {
            let now = left.min(batch.room());
            work.cases(&mut made, now, &mut totals, &mut batch)?;
            left -= now;
            if batch.room() == 0 {
                batch.flush(app).await?;
                progress
                    .filled(u64::try_from(summary.nation.reports + totals.reports).unwrap_or(0));
            }
        }
        let stands = work.end(made, &mut totals, &mut around, &mut batch)?;
        if firm.is_largest {
            summary.largest = (stands, totals.reports);
            summary.busiest = code.to_owned();
        }
        for digits in [2, 4, 6] {
            let division = RegionCode::padded(code.get(..digits).unwrap_or(code));
            summary.regions.entry(division).or_default().add(&totals);
        }
        summary.nation.add(&totals);
        if batch.is_large() {
            batch.flush(app).await?;
        }
    }
    batch.sums.push(around);
    batch.flush(app).await?;
    let mut tx = app.db.write(&Scope::System(WHY)).await?;
    rows::settle(&mut tx, app.now(), work.logged()).await?;
    tx.commit().await?;
    progress.filled(setting.cases);
    Ok(summary)
}

/// Adds sums of divisions.
async fn add_sums(tx: &mut hezuo_store::Tx, sums_of: Vec<RegionDeltas>) -> Result<()> {
    for deltas in sums_of {
        sums::add(tx, deltas).await?;
    }
    Ok(())
}
