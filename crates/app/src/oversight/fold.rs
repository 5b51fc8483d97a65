//! Folds what has changed in enterprises into the sums of their divisions, a few seconds later, so that no
//! report waits for the row of a province.

use std::collections::{BTreeMap, BTreeSet};

use hezuo_domain::ids::EnterpriseId;
use hezuo_domain::oversight::RegionDeltas;
use hezuo_domain::time::{Instant, Zone};
use hezuo_domain::{Code, Scope};
use hezuo_store::Tx;
use hezuo_store::oversight::fold::{self as rows, Counted, Entry};
use hezuo_store::tallies::Change;
use uuid::Uuid;

use super::times_on;
use crate::{App, Result};

/// Enterprises of one transaction.
const ROUND: i64 = 200;

const WHY: &str = "changes of many enterprises are folded into the sums of divisions";

/// Folds whatever waits; how many enterprises had changed. Runs every few seconds; where several servers
/// do it, one after the other.
pub async fn fold(app: &App) -> Result<usize> {
    let mut tx = app.db.read(&Scope::System(WHY)).await?;
    let (_, waits) = rows::freshness(&mut tx, app.now()).await?;
    drop(tx);
    let mut folded = 0;
    let mut after = waits.then_some(EnterpriseId(Uuid::nil()));
    while let Some(last) = after {
        let count;
        (count, after) = round(app, last).await?;
        folded += count;
    }
    Ok(folded)
}

/// Throws the sums of all divisions away and makes them again from the counts of the enterprises.
pub async fn rebuild(app: &App) -> Result<usize> {
    let mut tx = app.db.write_steady(&Scope::System(WHY)).await?;
    rows::begin(&mut tx, app.now()).await?;
    rows::clear(&mut tx).await?;
    tx.commit().await?;
    fold(app).await
}

/// Folds so many enterprises after one of them; how many, and the last of them where there are more.
async fn round(app: &App, after: EnterpriseId) -> Result<(usize, Option<EnterpriseId>)> {
    let mut tx = app.db.write_steady(&Scope::System(WHY)).await?;
    rows::begin(&mut tx, app.now()).await?;
    let entries = rows::round(&mut tx, after, ROUND).await?;
    let Some(last) = entries.last().map(|it| it.id) else {
        return Ok((0, None));
    };
    let counted = count(app, &mut tx, after, &entries).await?;
    let mut changes: BTreeMap<EnterpriseId, Vec<Change>> = BTreeMap::new();
    for (enterprise, more) in rows::take(&mut tx, after, last).await? {
        changes.entry(enterprise).or_default().extend(more);
    }
    let mut deltas = RegionDeltas::default();
    let mut standings = Vec::with_capacity(entries.len());
    for entry in &entries {
        let pending = changes.remove(&entry.id).unwrap_or_default();
        let now = counted.get(&entry.id);
        let kept = settle(&mut tx, &mut deltas, entry, pending, now).await?;
        standings.extend(kept);
    }
    rows::save(&mut tx, &standings).await?;
    rows::add(&mut tx, deltas).await?;
    tx.commit().await?;
    let is_full = i64::try_from(entries.len()).is_ok_and(|count| count >= ROUND);
    Ok((entries.len(), is_full.then_some(last)))
}

/// How the enterprises of a round stand, each on the day that it is there, and when that day ends.
async fn count(
    app: &App,
    tx: &mut Tx,
    after: EnterpriseId,
    entries: &[Entry],
) -> Result<BTreeMap<EnterpriseId, (Counted, Instant)>> {
    let zones: BTreeSet<&str> = entries.iter().map(|it| it.time_zone.as_str()).collect();
    let mut counted = BTreeMap::new();
    for name in zones {
        let zone = Zone::named(name).ok_or(Code::ZoneUnknown)?;
        let today = zone.day(app.now());
        let span = times_on(today, 4, None).span;
        for it in rows::standings(tx, (after, ROUND), &span, name).await? {
            counted.insert(it.id, (it, zone.end(today)));
        }
    }
    Ok(counted)
}

/// Brings the sums of one enterprise up to date: by its changes where it stays in its division, as a whole
/// where it is new there. What it is to be kept as.
async fn settle(
    tx: &mut Tx,
    deltas: &mut RegionDeltas,
    entry: &Entry,
    pending: Vec<Change>,
    now: Option<&(Counted, Instant)>,
) -> Result<Option<(String, Counted, Instant)>> {
    let mut add = |region: &str, changes: &[Change], sign: i64| {
        for (measure, slice, day, n) in changes {
            deltas.count(region, measure, slice, *day, sign * n);
        }
    };
    let region = entry.region();
    let stays = region.is_some() && region == entry.stood_in.as_deref();
    if let (true, Some(region)) = (stays, region) {
        add(region, &pending, 1);
    } else {
        let all = rows::everything(tx, entry.id).await?;
        if let Some(old) = &entry.stood_in {
            // What it was summed up as is everything but what was still to come.
            add(old, &all, -1);
            add(old, &pending, 1);
        }
        if let Some(region) = region {
            add(region, &all, 1);
        }
    }
    let before = entry.before();
    if let (false, Some(old), Some(before)) = (stays, &entry.stood_in, before) {
        deltas.leave(old, before);
    }
    let (Some(region), Some((counted, ends))) = (region, now) else {
        rows::forget(tx, entry.id).await?;
        return Ok(None);
    };
    deltas.stand(region, before.filter(|_| stays), counted.standing());
    Ok(Some((region.to_owned(), *counted, *ends)))
}
