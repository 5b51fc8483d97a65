//! Many factories: how each stands, and divisions with their sums.

pub mod editions;
pub(crate) mod factories;
pub mod fold;
pub mod regions;

pub use factories::{Asked, Factory, Page, factories, factory};
pub use regions::{DetailDays, Details, Part, details, parts};

use hezuo_domain::boards::Period;
use hezuo_domain::places::RegionCode;
use hezuo_domain::time::Day;

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
