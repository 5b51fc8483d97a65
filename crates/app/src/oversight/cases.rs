//! The open cases of all factories that somebody looks after, without opening each of them. What a line tells
//! is what the list of its factory tells from outside, and less: nobody's name.

use std::collections::BTreeSet;

use hezuo_domain::ids::EnterpriseId;
use hezuo_domain::permissions::{self, Permission};
use hezuo_domain::places::{PlacePath, RegionCode};
use hezuo_domain::time::{Day, Zone};
use hezuo_domain::{Code, Scope};
use hezuo_store::cases::across::{self as rows, Across, After, CaseAcross, Stretch};
use hezuo_store::places::{self, Region};

use crate::directory::outermost;
use crate::{App, Caller, Result};

/// Which cases.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// In which region; everything that the caller looks after where none is given.
    pub region: Option<RegionCode>,
    /// Of which queue or state.
    pub which: Across,
    /// Of one risk level.
    pub level: Option<i64>,
    /// Where the page begins.
    pub after: Option<After>,
    /// How many.
    pub limit: i64,
}

/// A page of cases.
#[derive(Debug)]
pub struct Page {
    /// The lines.
    pub items: Vec<CaseAcross>,
    /// Where the next page begins.
    pub next: Option<After>,
    /// Names of the divisions in which they lie.
    pub names: Vec<Region>,
    /// Today where the caller is at home.
    pub today: Day,
}

/// Reads a page of the cases of all factories whose cases the caller may read.
///
/// # Errors
/// `forbidden`.
pub async fn list(app: &App, caller: &Caller, wanted: Wanted) -> Result<Page> {
    let zone = Zone::named(&caller.home.time_zone).ok_or(Code::ZoneUnknown)?;
    let today = zone.day(app.now());
    let held = held(caller);
    let single = single(caller);
    let inside = |region: &RegionCode| held.iter().any(|it| it.contains(region));
    let regions: Vec<RegionCode> = match &wanted.region {
        Some(region) if inside(region) => vec![region.clone()],
        Some(_) => return Err(Code::Forbidden.into()),
        None if held.is_empty() && single.is_empty() => return Err(Code::Forbidden.into()),
        None => held.clone(),
    };
    let scope = Scope::Places(caller.entitlement());
    let mut tx = app.db.read_copy(&scope).await?;
    let mut stretches: Vec<Stretch> = regions.iter().map(Stretch::region).collect();
    if wanted.region.is_none() {
        for enterprise in single {
            let one = rows::stretch_of(&mut tx, enterprise).await?;
            // Those of a region that is listed anyway come with it.
            let is_alone = |it: &Stretch| !it.from.0.parse().is_ok_and(|code| inside(&code));
            stretches.extend(one.filter(is_alone));
        }
    }
    stretches.sort();
    let limit = usize::try_from(wanted.limit.clamp(1, 200)).unwrap_or(1);
    let mut items: Vec<CaseAcross> = Vec::with_capacity(limit + 1);
    let is_ahead = |it: &&Stretch| {
        wanted
            .after
            .as_ref()
            .is_none_or(|after| after.factory <= it.to)
    };
    for stretch in stretches.iter().filter(is_ahead) {
        let room = i64::try_from(limit + 1 - items.len()).unwrap_or(1);
        let (which, after) = ((wanted.which, wanted.level), wanted.after.as_ref());
        items.extend(rows::across(&mut tx, which, stretch, today, after, room).await?);
        if items.len() > limit {
            break;
        }
    }
    let has_more = items.len() > limit;
    items.truncate(limit);
    let codes: BTreeSet<String> = items.iter().map(|it| it.region_code.clone()).collect();
    let names = places::regions_named(&mut tx, codes, today).await?;
    let next = items.last().filter(|_| has_more).map(CaseAcross::place);
    Ok(Page {
        items,
        next,
        names,
        today,
    })
}

/// The regions in which the caller may read cases, none within another.
fn held(caller: &Caller) -> Vec<RegionCode> {
    let regions = caller.entitlement().regions;
    let may =
        |region: &&RegionCode| permissions::can_over(&caller.grants, Permission::CaseRead, region);
    let read: Vec<RegionCode> = regions.iter().filter(may).cloned().collect();
    outermost(&read).cloned().collect()
}

/// The enterprises in which the caller may read cases, by name.
fn single(caller: &Caller) -> Vec<EnterpriseId> {
    let may = |id: &EnterpriseId| {
        let path = PlacePath::enterprise(*id, None);
        permissions::can(&caller.grants, Permission::CaseRead, &path)
    };
    let entitled = caller.entitlement().enterprises;
    entitled.into_iter().filter(may).collect()
}
