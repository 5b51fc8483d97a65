//! Folds what has changed in enterprises into the sums of their divisions, a few seconds later, so that no
//! report waits for the row of a province.

use std::collections::BTreeMap;

use hezuo_domain::disclosure;
use hezuo_domain::ids::EnterpriseId;
use hezuo_domain::oversight::{RegionDeltas, Standing};
use hezuo_domain::time::{Day, Instant, Zone};
use hezuo_domain::{Code, Scope};
use hezuo_store::Tx;
use hezuo_store::oversight::editions;
use hezuo_store::oversight::fold::{self as rows, Entry, Kept, Sums};
use hezuo_store::tallies::Change;
use uuid::Uuid;

use crate::{App, Result};

/// Enterprises of one transaction.
const ROUND: i64 = 200;

/// Editions that are read at a time.
const EDITIONS: i64 = 5_000;

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
    // What was published about people stays as it was published.
    let mut deltas = RegionDeltas::default();
    let mut last = None;
    loop {
        let page = editions::page(&mut tx, last.as_ref(), EDITIONS).await?;
        for edition in page.iter().filter(|it| !it.region_code.is_empty()) {
            deltas.publish(&edition.region_code, edition.month(), edition.about());
        }
        last = page.into_iter().next_back();
        if last.is_none() {
            break;
        }
    }
    rows::add(&mut tx, deltas).await?;
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
    let mut changes: BTreeMap<EnterpriseId, Vec<Change>> = BTreeMap::new();
    for (enterprise, more) in rows::take(&mut tx, after, last).await? {
        changes.entry(enterprise).or_default().extend(more);
    }
    let days = days(app, &entries)?;
    let stands = stand(&mut tx, &days).await?;
    let mut deltas = RegionDeltas::default();
    publish(&mut tx, &days, &mut deltas).await?;
    let mut kept = Vec::with_capacity(entries.len());
    for entry in &entries {
        let pending = changes.remove(&entry.id).unwrap_or_default();
        let now = stands.get(&entry.id).filter(|_| entry.is_factory).copied();
        settle(
            &mut tx,
            &mut deltas,
            entry,
            pending,
            now.map(|it| it.standing),
        )
        .await?;
        kept.extend(now.map(|now| Kept {
            id: entry.id,
            region: entry.region.clone(),
            standing: now.standing,
            sums: now.sums,
            ends: now.ends,
        }));
    }
    rows::save(&mut tx, &kept).await?;
    rows::add(&mut tx, deltas).await?;
    tx.commit().await?;
    let is_full = i64::try_from(entries.len()).is_ok_and(|count| count >= ROUND);
    Ok((entries.len(), is_full.then_some(last)))
}

/// How an enterprise of a round stands on the day that it is there, until that day ends.
#[derive(Clone, Copy)]
struct Stands {
    standing: Standing,
    sums: Sums,
    ends: Instant,
}

/// The enterprises of a round with the day that it is there, and when that day ends.
fn days<'a>(app: &App, entries: &'a [Entry]) -> Result<Vec<(&'a Entry, Day, Instant)>> {
    let mut zones = BTreeMap::new();
    for entry in entries {
        let name = entry.time_zone.as_str();
        if !zones.contains_key(name) {
            let zone = Zone::named(name).ok_or(Code::ZoneUnknown)?;
            let today = zone.day(app.now());
            zones.insert(name, (today, zone.end(today)));
        }
    }
    let day = |it: &'a Entry| {
        let (today, ends) = *zones.get(it.time_zone.as_str())?;
        Some((it, today, ends))
    };
    Ok(entries.iter().filter_map(day).collect())
}

/// Publishes what is due about the people of factories, each month once: it is counted now, and stays.
async fn publish(
    tx: &mut Tx,
    days: &[(&Entry, Day, Instant)],
    deltas: &mut RegionDeltas,
) -> Result<()> {
    let factories = days.iter().filter(|(it, ..)| it.is_factory);
    let due = factories.map(|(it, today, _)| (it.id, disclosure::month(*today), it.region.clone()));
    let due = editions::without(tx, due.collect()).await?;
    let published = editions::count(tx, due).await?;
    for edition in published.iter().filter(|it| !it.region_code.is_empty()) {
        deltas.publish(&edition.region_code, edition.month(), edition.about());
    }
    Ok(editions::publish(tx, &published).await?)
}

/// How the enterprises of a round stand.
async fn stand(
    tx: &mut Tx,
    days: &[(&Entry, Day, Instant)],
) -> Result<BTreeMap<EnterpriseId, Stands>> {
    let sums = rows::sums_now(tx, days.iter().map(|(it, today, _)| (it.id, *today))).await?;
    let stand = |(it, _, ends): &(&Entry, Day, Instant)| {
        let sums = sums.get(&it.id).copied().unwrap_or_default();
        let stands = Stands {
            standing: sums.standing(it.joined),
            sums,
            ends: *ends,
        };
        (it.id, stands)
    };
    Ok(days.iter().map(stand).collect())
}

/// Brings the sums around one enterprise up to date: by its changes where it stays in its division, as a
/// whole where it is new there. Nothing is summed up where no division is known.
async fn settle(
    tx: &mut Tx,
    deltas: &mut RegionDeltas,
    entry: &Entry,
    pending: Vec<Change>,
    now: Option<Standing>,
) -> Result<()> {
    let mut add = |region: &str, changes: &[Change], sign: i64| {
        for (measure, slice, day, n) in changes {
            deltas.count(region, measure, slice, *day, sign * n);
        }
    };
    let old = entry
        .before
        .as_ref()
        .filter(|(region, _)| !region.is_empty());
    let new = now
        .map(|it| (entry.region.as_str(), it))
        .filter(|(region, _)| !region.is_empty());
    match (old, new) {
        (Some((old, _)), Some((new, _))) if old == new => add(new, &pending, 1),
        (None, None) => {}
        _ => {
            let all = rows::everything(tx, entry.id).await?;
            if let Some((old, _)) = old {
                // What it was summed up as is everything but what was still to come.
                add(old, &all, -1);
                add(old, &pending, 1);
            }
            if let Some((new, _)) = new {
                add(new, &all, 1);
            }
        }
    }
    if let Some((old, before)) = old {
        deltas.stand(old, *before, -1);
    }
    if let Some((new, now)) = new {
        deltas.stand(new, now, 1);
    }
    if now.is_none() {
        rows::forget(tx, entry.id).await?;
    }
    Ok(())
}
