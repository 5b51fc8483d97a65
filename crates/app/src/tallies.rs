//! The figures on the first screens.

use hezuo_domain::permissions::Permission;
use hezuo_domain::time::Day;
use hezuo_domain::{Code, Scope};
use hezuo_store::{intake, places, tallies};

use crate::intake::bound;
use crate::{Access, App, Result};

/// The figures of one enterprise.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Today in the enterprise.
    pub today: Day,
    /// Cases that somebody still has to do something about.
    pub open: i64,
    /// Planned ones whose day has passed.
    pub overdue: i64,
    /// Not answered yet.
    pub new: i64,
    /// Done, waiting for somebody else's eyes.
    pub to_verify: i64,
    /// Ever reported, imports not counted.
    pub reported: i64,
    /// Ever accepted by somebody other than the fixer.
    pub verified: i64,
    /// Reports that wait and may be let out; none for those who may not let them out.
    pub waiting_release: Option<i64>,
}

/// Reads the figures.
///
/// # Errors
/// `forbidden`.
pub async fn summary(app: &App, access: &Access) -> Result<Summary> {
    access.require(Permission::TallyRead)?;
    let today = access.today(app);
    let mut tx = app.db.read(&access.scope()).await?;
    let sums = tallies::sums(&mut tx, today).await?;
    let waiting_release = if access.may(Permission::IntakeRelease) {
        Some(intake::waiting(&mut tx, bound(app, today)).await?.0)
    } else {
        None
    };
    let of = |measure: &str, slices: &[&str]| -> i64 {
        sums.iter()
            .filter(|sum| sum.measure == measure && slices.contains(&sum.slice.as_str()))
            .map(|sum| sum.n)
            .sum()
    };
    let due = sums.iter().find(|sum| sum.measure == "due");
    Ok(Summary {
        today,
        open: of("state", &["new", "accepted", "planned", "done"]),
        overdue: due.map_or(0, |due| due.before),
        new: of("state", &["new"]),
        to_verify: of("state", &["done"]),
        reported: of("reported", &["hazard", "near_miss", "idea"]),
        verified: of("entered", &["verified"]),
        waiting_release,
    })
}

/// Makes the counts of one enterprise again from its events.
pub async fn rebuild(app: &App, enterprise: hezuo_domain::ids::EnterpriseId) -> Result<()> {
    let scope = Scope::System("the directory of enterprises has no tenant");
    let mut tx = app.db.read(&scope).await?;
    places::find_enterprise(&mut tx, enterprise)
        .await?
        .ok_or(Code::NotFound)?;
    drop(tx);
    let mut tx = app.db.write(&Scope::Enterprise(enterprise)).await?;
    tallies::rebuild(&mut tx, app.random.as_ref()).await?;
    tx.commit().await?;
    Ok(())
}
