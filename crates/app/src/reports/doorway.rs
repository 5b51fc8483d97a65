//! What the page behind a code on a wall shows: all that an intake has to know of a factory.

use hezuo_domain::apart::Reader;
use serde::{Deserialize, Serialize};

use super::{Entrance, Notice, enter, notice};
use crate::{App, Result};

/// What the report page shows.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Doorway {
    /// The enterprise's name.
    pub enterprise: String,
    /// Its time zone.
    pub time_zone: String,
    /// Where the code hangs: the area, or that of the machine.
    pub area: Option<String>,
    /// The machine.
    pub machine: Option<String>,
    /// The area that an anonymous report keeps; none for the whole enterprise.
    pub kept: Option<String>,
    /// How many people are attested there.
    pub heads: i64,
    /// The machine or small area that the code names, where it is finer.
    pub finer: Option<String>,
    /// Those who may read a name given in confidence.
    pub confidants: Vec<String>,
    /// Who may be chosen to read a report first. An older server, which can't keep one apart, names
    /// nobody.
    #[serde(default)]
    pub readers: Vec<Reader>,
    /// The names of the worker representatives; none at an intake.
    #[serde(default)]
    pub representatives: Vec<String>,
    /// The number to call in danger.
    pub emergency_phone: Option<String>,
    /// At an intake, the page where one speaks with a name.
    pub with_name: Option<String>,
}

impl Notice {
    /// Who may be chosen to read a report first.
    fn readers(&self) -> Vec<Reader> {
        let is_there = |it: &Reader| match it {
            Reader::Team => true,
            Reader::Representative => !self.representatives.is_empty(),
            Reader::Inspector => self.has_inspector,
        };
        Reader::ALL.into_iter().filter(is_there).collect()
    }
}

impl Entrance {
    /// What the page shows.
    pub fn doorway(&self, notice: &Notice) -> Doorway {
        let kept = self.anonymous_area();
        let finer = self
            .area
            .as_ref()
            .filter(|area| kept.is_none_or(|kept| kept.id != area.id));
        let around = self
            .area
            .as_ref()
            .filter(|area| area.kind == "machine")
            .and_then(|area| self.areas.iter().find(|it| Some(it.id.0) == area.parent_id));
        let own = self.area.as_ref().map(|area| area.name.clone());
        let (area, machine) = match around {
            Some(around) => (Some(around.name.clone()), own),
            None => (own, None),
        };
        Doorway {
            enterprise: self.enterprise.name.clone(),
            time_zone: self.enterprise.time_zone.clone(),
            area,
            machine,
            kept: kept.map(|area| area.name.clone()),
            heads: kept.and_then(|area| area.heads).unwrap_or(0),
            finer: finer.map(|area| area.name.clone()),
            confidants: notice.trusted.clone(),
            readers: notice.readers(),
            representatives: notice.representatives.clone(),
            emergency_phone: Some(notice.emergency_phone.clone()).filter(|it| !it.is_empty()),
            with_name: None,
        }
    }
}

/// Reads what the page behind a code on a wall shows.
///
/// # Errors
/// Those of [`enter`].
pub async fn doorway(app: &App, path: &str) -> Result<Doorway> {
    let entrance = enter(app, path).await?;
    let notice = notice(app, &entrance.enterprise).await?;
    Ok(entrance.doorway(&notice))
}
