//! The waiting room of anonymous reports, and the batches in which they are let out.

use hezuo_domain::cases::Source;
use hezuo_domain::permissions::Permission;
use hezuo_domain::reports::Arrival;
use hezuo_domain::time::{Day, Zone};
use hezuo_domain::{Code, Scope};
use hezuo_store::{StoreError, Tx, cases, intake, places};

use crate::cases::door;
use crate::reports::{Waiting, opened};
use crate::{Access, App, Result};

/// A batch is let out when this many wait, or when one has waited since before yesterday.
pub const BATCH: i64 = 3;

/// How many reports wait, and since which day.
///
/// # Errors
/// `forbidden`.
pub async fn waiting(app: &App, access: &Access) -> Result<(i64, Option<Day>)> {
    access.require(Permission::IntakeRelease)?;
    let mut tx = app.db.read(&access.scope()).await?;
    Ok(intake::waiting(&mut tx).await?)
}

/// Lets every waiting report out now; how many there were.
///
/// # Errors
/// `forbidden`.
pub async fn release_now(app: &App, access: &Access) -> Result<u64> {
    access.require(Permission::IntakeRelease)?;
    let mut tx = app.db.write(&access.scope()).await?;
    let released = release(app, &mut tx, access.today(app)).await?;
    tx.commit().await?;
    Ok(released)
}

/// Lets out what is due in every enterprise; how many reports there were. Runs every few minutes.
pub async fn release_due(app: &App) -> Result<u64> {
    release_from(app, BATCH).await
}

/// Lets out what was fetched from an intake: there it has waited for others already.
pub(crate) async fn release_fetched(app: &App) -> Result<u64> {
    release_from(app, 1).await
}

async fn release_from(app: &App, batch: i64) -> Result<u64> {
    let scope = Scope::System("the release job looks for enterprises whose reports have waited");
    let mut tx = app.db.read(&scope).await?;
    // A day in UTC is near enough to decide that a report has waited since before yesterday.
    let today = Zone::named("UTC").ok_or(Code::ZoneUnknown)?.day(app.now());
    let due = intake::long_waiting(&mut tx, batch, today.plus(-1)).await?;
    let mut zones = Vec::with_capacity(due.len());
    for enterprise in due {
        if let Some(found) = places::find_enterprise(&mut tx, enterprise).await?
            && let Some(zone) = Zone::named(&found.time_zone)
        {
            zones.push((enterprise, zone));
        }
    }
    drop(tx);
    let mut released = 0;
    for (enterprise, zone) in zones {
        let mut tx = app.db.write(&Scope::Enterprise(enterprise)).await?;
        released += release(app, &mut tx, zone.day(app.now())).await?;
        tx.commit().await?;
    }
    Ok(released)
}

/// Turns the waiting reports of one enterprise into cases. They come out in the order of their
/// random ids; the events carry today's day and no instant.
async fn release(app: &App, tx: &mut Tx, today: Day) -> Result<u64> {
    let Some(enterprise) = tx.scope().enterprise() else {
        return Err(StoreError::Scope("release").into());
    };
    let reports = intake::take(tx, 500).await?;
    let mut batch = Vec::with_capacity(reports.len());
    let mut attachments = Vec::new();
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
        for attachment in intake::find_attachments(tx, waiting.id).await? {
            attachments.push((enterprise, waiting.id, attachment));
        }
    }
    if batch.is_empty() {
        return Ok(0);
    }
    door::write(tx, app.random.as_ref(), &batch).await?;
    cases::save_attachments(tx, &attachments).await?;
    for waiting in &reports {
        intake::drop_report(tx, waiting.id).await?;
    }
    Ok(batch.len() as u64)
}
