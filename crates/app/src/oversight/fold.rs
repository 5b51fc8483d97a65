//! Folds what has changed in enterprises into the sums of their divisions, a few seconds later, so that no
//! report waits for the row of a province.

use std::collections::{BTreeMap, HashSet};

use hezuo_domain::boards::Period;
use hezuo_domain::disclosure;
use hezuo_domain::ids::EnterpriseId;
use hezuo_domain::oversight::{RegionDeltas, Standing};
use hezuo_domain::time::{Day, Instant, Zone};
use hezuo_domain::{Code, Scope};
use hezuo_store::Tx;
use hezuo_store::oversight::fold::{self as rows, Entry, Kept, Sums};
use hezuo_store::oversight::{OfPeople, of_people};
use hezuo_store::tallies::Change;
use uuid::Uuid;

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
    let mut changes: BTreeMap<EnterpriseId, Vec<Change>> = BTreeMap::new();
    // Of these something else has changed than counts, or a day has ended.
    let mut looked_at = HashSet::new();
    for (enterprise, more) in rows::take(&mut tx, after, last).await? {
        if more.is_empty() {
            looked_at.insert(enterprise);
        }
        changes.entry(enterprise).or_default().extend(more);
    }
    let touched = |id: EnterpriseId, month: Period| {
        let is_before_its_end = |(.., day, _): &Change| *day <= month.to;
        looked_at.contains(&id)
            || changes
                .get(&id)
                .is_some_and(|all| all.iter().any(is_before_its_end))
    };
    let stands = stand(app, &mut tx, &entries, touched).await?;
    let mut deltas = RegionDeltas::default();
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
            people: now.people,
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
    people: Option<OfPeople>,
    ends: Instant,
}

/// How the enterprises of a round stand. Their people are counted once for each month, and again where that
/// month was touched.
async fn stand(
    app: &App,
    tx: &mut Tx,
    entries: &[Entry],
    touched: impl Fn(EnterpriseId, Period) -> bool,
) -> Result<BTreeMap<EnterpriseId, Stands>> {
    let mut zones = BTreeMap::new();
    for entry in entries {
        let name = entry.time_zone.as_str();
        if !zones.contains_key(name) {
            let zone = Zone::named(name).ok_or(Code::ZoneUnknown)?;
            let today = zone.day(app.now());
            zones.insert(name, (today, zone.end(today)));
        }
    }
    let days: Vec<(&Entry, Day, Instant)> = entries
        .iter()
        .filter_map(|it| {
            let (today, ends) = *zones.get(it.time_zone.as_str())?;
            Some((it, today, ends))
        })
        .collect();
    let sums = rows::sums_now(tx, days.iter().map(|(it, today, _)| (it.id, *today))).await?;
    let asked: Vec<(EnterpriseId, Period)> = days
        .iter()
        .filter(|(it, ..)| it.is_factory)
        .map(|(it, today, _)| (it, disclosure::month(*today)))
        .filter(|(it, month)| {
            it.people.is_none_or(|of| of.month() != month.from) || touched(it.id, *month)
        })
        .map(|(it, month)| (it.id, month))
        .collect();
    let people = of_people(tx, &asked).await?;
    let stand = |(it, _, ends): (&Entry, Day, Instant)| {
        let sums = sums.get(&it.id).copied().unwrap_or_default();
        let people = people.get(&it.id).copied().or(it.people);
        let standing = sums.standing(it.joined, people);
        let stands = Stands {
            standing,
            sums,
            people,
            ends,
        };
        (it.id, stands)
    };
    Ok(days.into_iter().map(stand).collect())
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
