//! Erasing what is over: names, words, codes, messages, notices and looks, after the times that a rule
//! file gives. The leaf of an erased event stays, so every proof holds; its content is gone for good.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use hezuo_domain::commitment::Hash;
use hezuo_domain::ids::EnterpriseId;
use hezuo_domain::retention::{What, is_held, over_before};
use hezuo_domain::time::{Day, Zone};
use hezuo_domain::{Code, Scope};
use hezuo_packs::Retention;
use hezuo_store::backup::named_blobs_of;
use hezuo_store::{places, retention as rows};

use crate::{App, Result, directory};

/// What is over in one enterprise.
#[derive(Debug, Clone)]
pub struct Due {
    /// Which.
    pub enterprise: EnterpriseId,
    /// Its name.
    pub name: String,
    /// Until when nothing may be erased there.
    pub hold: Option<Day>,
    /// Each sort with the day before which it must have been over, and how many rows that are.
    pub sorts: Vec<(What, Day, i64)>,
}

async fn today(app: &App, enterprise: EnterpriseId) -> Result<(String, Day)> {
    let scope = Scope::System("the directory of enterprises has no tenant");
    let mut tx = app.db.read(&scope).await?;
    let found = places::find_enterprise(&mut tx, enterprise).await?;
    let found = found.ok_or(Code::NotFound)?;
    let zone = Zone::named(&found.time_zone).ok_or(Code::ZoneUnknown)?;
    Ok((found.name, zone.day(app.now())))
}

/// What would be erased now, everywhere; nothing is changed.
pub async fn preview(app: &App, rules: &Retention) -> Result<Vec<Due>> {
    let mut all = Vec::new();
    for enterprise in directory::all(app).await? {
        let (name, today) = today(app, enterprise).await?;
        let mut tx = app.db.read(&Scope::Enterprise(enterprise)).await?;
        let hold = rows::hold(&mut tx)
            .await?
            .filter(|it| is_held(Some(*it), today));
        let mut sorts = Vec::new();
        for keep in &rules.keep {
            let before = over_before(today, keep.months);
            let count = rows::count(&mut tx, keep.what, before).await?;
            sorts.push((keep.what, before, count));
        }
        all.push(Due {
            enterprise,
            name,
            hold,
            sorts,
        });
    }
    Ok(all)
}

/// The largest file, in bytes, that is written anew beside everything else: about the time that a writer waits.
pub(crate) const REWRITTEN: i64 = 128 * 1024 * 1024;

/// Erases what is over, each enterprise's in a transaction of its own, but where something is held, and leaves
/// nothing of it in the files of an embedded database; how many rows there were. Between two enterprises it rests
/// so many times as long as it has worked, for whoever reports meanwhile; without rests nobody is spared, and a
/// file of any size is written anew.
///
/// # Errors
/// When something failed, also `busy` while somebody reads what lies in the journal: it is to be tried again.
pub async fn erase(app: &App, rules: &Retention, rests: u32) -> Result<u64> {
    let (mut erased, mut failed) = (0, None);
    for enterprise in directory::all(app).await? {
        let begun = Instant::now();
        match erase_of(app, enterprise, rules).await {
            Ok(rows) => erased += rows,
            // One that fails stands in the way of no other.
            Err(error) => failed = Some(error),
        }
        if rests > 0 {
            tokio::time::sleep(begun.elapsed() * rests).await;
        }
    }
    app.db
        .scrub(match (erased, rests) {
            (0, _) => 0,
            (_, 0) => i64::MAX,
            _ => REWRITTEN,
        })
        .await?;
    failed.map_or(Ok(erased), Err)
}

/// How many rows were over. Where everything is held neither rows nor files go.
async fn erase_of(app: &App, enterprise: EnterpriseId, rules: &Retention) -> Result<u64> {
    let (_, today) = today(app, enterprise).await?;
    let mut tx = app.db.write(&Scope::Enterprise(enterprise)).await?;
    if is_held(rows::hold(&mut tx).await?, today) {
        return Ok(0);
    }
    let mut erased = 0;
    for what in What::ALL {
        let keep = rules.keep.iter().find(|it| it.what == what);
        let Some(keep) = keep else { continue };
        erased += rows::erase(&mut tx, what, over_before(today, keep.months)).await?;
    }
    tx.commit().await?;
    sweep(app, enterprise).await?;
    Ok(erased)
}

/// What no row names any more, by enterprise: it was so when erasing last went by.
#[derive(Debug, Default)]
pub struct Unnamed(Mutex<HashMap<EnterpriseId, HashSet<Hash>>>);

/// Lets files go that no row has named since erasing went by twice, which is days ago: pictures and recordings of
/// what was erased.
async fn sweep(app: &App, enterprise: EnterpriseId) -> Result<()> {
    if !app.blobs.has_any(enterprise) {
        return Ok(());
    }
    let mut tx = app.db.read(&Scope::Enterprise(enterprise)).await?;
    let named = named_blobs_of(&mut tx).await?;
    drop(tx);
    let unnamed = || app.unnamed.0.lock().unwrap_or_else(PoisonError::into_inner);
    let noted = unnamed().remove(&enterprise).unwrap_or_default();
    let notes = app.blobs.sweep(enterprise, named, noted).await?;
    if !notes.is_empty() {
        unnamed().insert(enterprise, notes);
    }
    Ok(())
}

/// Holds everything of an enterprise until a day, or holds nothing any more.
pub async fn hold(app: &App, enterprise: EnterpriseId, until: Option<Day>) -> Result<()> {
    let mut tx = app.db.write(&Scope::Enterprise(enterprise)).await?;
    rows::set_hold(&mut tx, enterprise, until).await?;
    tx.commit().await?;
    Ok(())
}
