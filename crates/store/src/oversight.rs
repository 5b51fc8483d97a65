//! Many factories: how each stands, and divisions with their sums.

pub(crate) mod factories;
pub mod fold;
pub(crate) mod regions;

pub use factories::{Asked, Factory, Page, factories, factory};
pub use regions::{Part, parts, slices, weeks};

use hezuo_domain::boards::Period;
use hezuo_domain::ids::EnterpriseId;
use hezuo_domain::places::RegionCode;
use hezuo_domain::time::Day;
use uuid::Uuid;

use crate::boards::{AboutPeople, about_people_sql};
use crate::db::Tx;
use crate::error::Result;
use crate::statement::statements;
use crate::value::args;

statements! {
    cross ABOUT_PEOPLE = ("what is published about the people of a region is made of its factories",
        (about_people_sql!("e.id", "e.kind = 'enterprise'
            AND (e.id = $1 OR e.region_code >= $4 AND e.region_code < $5) ORDER BY e.id")));
}

/// The days over which factories are summed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Today where the caller is at home.
    pub today: Day,
    /// Up to today.
    pub now: Period,
    /// Of deadlines.
    pub due: Period,
    /// Of answers.
    pub asked: Period,
    /// In which reports are heard; as long before, they were heard before.
    pub heard: Period,
    /// The first day of those before.
    pub heard_before: Day,
    /// Who was last heard on this day or earlier is silent.
    pub silent_until: Day,
}

/// From the first division with these digits to behind the last.
pub(crate) fn range(region: &RegionCode) -> (String, String) {
    let low = region.prefix().to_owned();
    let high = format!("{low}~");
    (low, high)
}

/// What is counted about the people of each factory of a region, and of one factory beside it.
pub async fn about_people(
    tx: &mut Tx,
    month: Period,
    region: Option<&RegionCode>,
    single: Option<EnterpriseId>,
) -> Result<Vec<AboutPeople>> {
    let (low, high) = region.map(range).unwrap_or_default();
    let single = single.unwrap_or(EnterpriseId(Uuid::nil()));
    let values = args![single, month.from, month.to, low, high];
    tx.all(&ABOUT_PEOPLE, values).await
}
