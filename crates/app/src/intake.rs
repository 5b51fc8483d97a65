//! The waiting room of reports that are not by name, and the batches in which they are let out.

use hezuo_domain::Scope;
use hezuo_domain::cases::Source;
use hezuo_domain::ids::EnterpriseId;
use hezuo_domain::permissions::Permission;
use hezuo_domain::reports::Arrival;
use hezuo_domain::time::{Day, Zone};
use hezuo_store::{StoreError, Tx, cases, intake, places};

use crate::cases::door;
use crate::reports::{Waiting, opened};
use crate::{Access, App, Result};

/// When a report that waits is let out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// On the day after it came. Whoever watches then learns no more than the day, which the record
    /// says anyway, however many reports there are and whoever sends some of them himself.
    NextDay,
    /// Also when somebody asks for it, for a demo that can't wait a day.
    OnAsk,
}

/// What waits is seen, and let out by hand, only from before this day.
pub(crate) fn bound(app: &App, today: Day) -> Day {
    match app.release {
        Release::NextDay => today,
        Release::OnAsk => today.plus(1),
    }
}

/// How many reports wait that may be let out, and since which day.
///
/// # Errors
/// `forbidden`.
pub async fn waiting(app: &App, access: &Access) -> Result<(i64, Option<Day>)> {
    access.require(Permission::IntakeRelease)?;
    let mut tx = app.db.read(&access.scope()).await?;
    Ok(intake::waiting(&mut tx, bound(app, access.today(app))).await?)
}

/// Lets out now what may be let out; how many reports there were.
///
/// # Errors
/// `forbidden`.
pub async fn release_now(app: &App, access: &Access) -> Result<u64> {
    access.require(Permission::IntakeRelease)?;
    let mut tx = app.db.write(&access.scope()).await?;
    let today = access.today(app);
    let released = release(app, &mut tx, bound(app, today), today).await?;
    tx.commit().await?;
    Ok(released)
}

/// Lets out what is due in every enterprise; how many reports there were. Runs every few minutes.
pub async fn release_due(app: &App) -> Result<u64> {
    release_all(app, |today| today).await
}

/// Lets out what was fetched from an intake, where it has waited already.
pub(crate) async fn release_fetched(app: &App) -> Result<u64> {
    release_all(app, |today| bound(app, today)).await
}

async fn release_all(app: &App, bound: impl Fn(Day) -> Day) -> Result<u64> {
    let scope = Scope::System("the release job looks for enterprises whose reports have waited");
    let mut tx = app.db.read(&scope).await?;
    // Nowhere is it later than a day after UTC.
    let latest = Zone::utc().day(app.now());
    let due = intake::with_waiting(&mut tx, bound(latest.plus(1))).await?;
    let mut zones = Vec::with_capacity(due.len());
    for enterprise in due {
        if let Some(found) = places::find_enterprise(&mut tx, enterprise).await?
            && let Some(zone) = Zone::named(&found.time_zone)
        {
            zones.push((enterprise, zone));
        }
    }
    drop(tx);
    let (mut released, mut failed) = (0, None);
    for (enterprise, zone) in zones {
        let today = zone.day(app.now());
        match release_of(app, enterprise, bound(today), today).await {
            Ok(reports) => released += reports,
            // One that fails stands in the way of no other.
            Err(error) => failed = Some(error),
        }
    }
    failed.map_or(Ok(released), Err)
}

async fn release_of(app: &App, enterprise: EnterpriseId, before: Day, today: Day) -> Result<u64> {
    let mut tx = app.db.write(&Scope::Enterprise(enterprise)).await?;
    let released = release(app, &mut tx, before, today).await?;
    tx.commit().await?;
    Ok(released)
}

/// Turns the waiting reports of one enterprise into cases. They come out in the order of their
/// random ids; the events carry today's day and no instant.
async fn release(app: &App, tx: &mut Tx, before: Day, today: Day) -> Result<u64> {
    let Some(enterprise) = tx.scope().enterprise() else {
        return Err(StoreError::Scope("release").into());
    };
    let reports = intake::take(tx, before, 500).await?;
    let mut batch = Vec::with_capacity(reports.len());
    let mut attachments = Vec::new();
    let mut reporters = Vec::new();
    for waiting in &reports {
        let body: Waiting = serde_json::from_str(&waiting.body)
            .or(Err(StoreError::Corrupt("intake_report.body")))?;
        let arrival = Arrival {
            enterprise,
            id: waiting.id,
            site: body.site,
            area: body.area,
            source: if body.form {
                Source::Form
            } else {
                Source::Phone
            },
            day: waiting.day,
            at: app.now(),
        };
        batch.push(opened(&body.report, arrival, today));
        if let Some(name) = body.name {
            // In confidence: a report by name does not wait, so nobody here is counted among those who took part.
            reporters.push((enterprise, waiting.id, name.sealed.0));
        }
        for attachment in intake::take_attachments(tx, waiting.id).await? {
            attachments.push((enterprise, waiting.id, attachment));
        }
    }
    if batch.is_empty() {
        return Ok(0);
    }
    door::write(app, tx, &batch).await?;
    cases::save_attachments(tx, &attachments).await?;
    if !reporters.is_empty() {
        cases::save_reporters(tx, reporters).await?;
    }
    for waiting in &reports {
        intake::drop_report(tx, waiting.id).await?;
    }
    Ok(batch.len() as u64)
}
