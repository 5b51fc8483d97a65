//! Rows on their way into the database, of as many cases as one transaction takes.

use hezuo_domain::Scope;
use hezuo_domain::cases::Case;
use hezuo_domain::commitment::Hash;
use hezuo_domain::ids::{CaseId, EnterpriseId};
use hezuo_domain::oversight::RegionDeltas;
use hezuo_domain::people::Grant;
use hezuo_domain::projects::SavingStage;
use hezuo_domain::simulation::Taken;
use hezuo_domain::tallies::TallyKey;
use hezuo_domain::time::Day;
use hezuo_store::cases::{self, Event};
use hezuo_store::oversight::editions::{self, Edition};
use hezuo_store::oversight::fold::{self as sums, Kept};
use hezuo_store::people::{self, NewUser, Person};
use hezuo_store::places::{self, Area, Enterprise, Site};
use hezuo_store::projects;
use hezuo_store::simulation::{self as rows, Link};

use super::{WHY, add_sums};
use crate::cases::search;
use crate::{App, Result};

/// Cases of one transaction: enough that a commit costs little, few enough to be held in memory.
const CASES: u64 = 2_000;

/// Enterprises of one transaction, where they have hardly any cases.
const ENTERPRISES: usize = 500;

/// What waits to be written.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) enterprises: Vec<(Enterprise, Day)>,
    pub(super) sites: Vec<(EnterpriseId, Site)>,
    pub(super) areas: Vec<(EnterpriseId, Area)>,
    pub(super) persons: Vec<(EnterpriseId, Person)>,
    pub(super) users: Vec<(EnterpriseId, NewUser, Grant)>,
    pub(super) cases: Vec<Case>,
    pub(super) events: Vec<(Event, Link)>,
    pub(super) reporters: Vec<(EnterpriseId, CaseId, Vec<u8>)>,
    pub(super) people: Vec<(EnterpriseId, Day, Hash)>,
    pub(super) projects: Vec<(Taken, projects::Event)>,
    pub(super) tallies: Vec<(TallyKey, i64)>,
    pub(super) standings: Vec<Kept>,
    pub(super) editions: Vec<Edition>,
    pub(super) sums: Vec<RegionDeltas>,
}

impl Batch {
    /// How many more cases fit.
    pub(super) fn room(&self) -> u64 {
        CASES.saturating_sub(self.cases.len() as u64)
    }

    /// Whether it is time to write although more cases would fit.
    pub(super) fn is_large(&self) -> bool {
        self.enterprises.len() >= ENTERPRISES || self.room() == 0 || self.sums.len() > 20
    }

    /// Writes everything in one transaction, each table after those that it points at.
    pub(super) async fn flush(&mut self, app: &App) -> Result<()> {
        let it = std::mem::take(self);
        let mut tx = app.db.write(&Scope::System(WHY)).await?;
        if let Some((_, day)) = it.enterprises.first() {
            let enterprises: Vec<Enterprise> =
                it.enterprises.iter().map(|(it, _)| it.clone()).collect();
            places::add_enterprises(&mut tx, &enterprises, *day).await?;
            places::add_sites(&mut tx, &it.sites).await?;
            places::add_areas(&mut tx, &it.areas).await?;
            people::add_persons(&mut tx, &it.persons).await?;
            rows::add_users(&mut tx, &it.users).await?;
        }
        // One statement does not take them all, so a case comes before those that were merged into it.
        let (merged, others): (Vec<&Case>, Vec<&Case>) =
            it.cases.iter().partition(|case| case.merged_into.is_some());
        let cases = [others, merged].concat();
        cases::save(&mut tx, &cases).await?;
        search::add(app, &mut tx, it.cases.iter()).await?;
        rows::add_events(&mut tx, &it.events).await?;
        cases::save_reporters(&mut tx, it.reporters).await?;
        cases::add_participation(&mut tx, &it.people).await?;
        for (taken, event) in &it.projects {
            let (project, stage) = (&taken.after, SavingStage::Actual);
            projects::save(&mut tx, project).await?;
            if taken
                .action
                .as_ref()
                .is_some_and(|it| it.name() == "saving")
            {
                let entered = project.savings.of(stage);
                projects::save_saving(&mut tx, project.enterprise, project.id, stage, entered)
                    .await?;
            }
            projects::add_event(&mut tx, project.enterprise, event).await?;
        }
        rows::add_tallies(&mut tx, &it.tallies).await?;
        sums::save(&mut tx, &it.standings).await?;
        editions::publish(&mut tx, &it.editions).await?;
        add_sums(&mut tx, it.sums).await?;
        tx.commit().await?;
        Ok(())
    }
}
