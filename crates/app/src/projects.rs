//! Improvement projects: lists, one project, its life, its pictures, and where it is repeated.

pub mod export;
mod pictures;
mod write;

use hezuo_domain::Code;
use hezuo_domain::ids::{CaseId, ProjectId};
use hezuo_domain::permissions::Permission;
use hezuo_domain::projects::{Actor, Project, State};
use hezuo_domain::time::Day;
use hezuo_store::projects::{self as rows, EventRow, Filter, Names, Picture, Replica, SavingNames};
use hezuo_store::{Tx, cases, projects};

use crate::{Access, App, Result};

pub use pictures::{attach, picture};
pub use projects::{CaseLine, Summary};
pub use write::{Act, Copy, Proposal, act, copy, propose};

/// A page of a list.
#[derive(Debug)]
pub struct Page {
    /// The lines.
    pub items: Vec<Summary>,
    /// Where the next page begins; none on the last.
    pub next: Option<(Day, ProjectId)>,
    /// Today in the enterprise.
    pub today: Day,
}

/// Lists projects, newest first.
///
/// # Errors
/// `forbidden`.
pub async fn list(
    app: &App,
    access: &Access,
    filter: &Filter,
    before: Option<(Day, ProjectId)>,
    limit: i64,
) -> Result<Page> {
    access.require(Permission::ProjectRead)?;
    let limit = limit.clamp(1, 200);
    let mut tx = app.db.read(&access.scope()).await?;
    let mut items = rows::list(&mut tx, filter, before, limit + 1).await?;
    let has_more = items.len() as u64 > limit.unsigned_abs();
    items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = items
        .last()
        .filter(|_| has_more)
        .map(|last| (Day(last.proposed_day), last.id));
    Ok(Page {
        items,
        next,
        today: access.today(app),
    })
}

/// How many projects stand in each state, in the order of a project's life.
///
/// # Errors
/// `forbidden`.
pub async fn counts(app: &App, access: &Access) -> Result<Vec<(State, i64)>> {
    access.require(Permission::ProjectRead)?;
    let mut tx = app.db.read(&access.scope()).await?;
    let found = rows::state_counts(&mut tx).await?;
    let count = |state: &State| {
        let of = found.iter().find(|(word, _)| word == state.as_str());
        (*state, of.map_or(0, |(_, n)| *n))
    };
    Ok(State::ALL.iter().map(count).collect())
}

/// The projects that come from a case, and whether the caller may begin one.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn of_case(app: &App, access: &Access, id: CaseId) -> Result<(Vec<Summary>, bool)> {
    access.require(Permission::ProjectRead)?;
    let mut tx = app.db.read(&access.scope()).await?;
    cases::find(&mut tx, id).await?.ok_or(Code::NotFound)?;
    let items = rows::of_case(&mut tx, id).await?;
    Ok((items, access.may(Permission::ProjectManage)))
}

/// Everything about one project.
#[derive(Debug)]
pub struct Detail {
    /// The project.
    pub project: Project,
    /// Names around it.
    pub names: Names,
    /// Who entered which saving.
    pub saving_names: SavingNames,
    /// The cases that it comes from; none for who may not read cases.
    pub cases: Vec<CaseLine>,
    /// Where it is repeated.
    pub replicas: Vec<Replica>,
    /// Its pictures.
    pub pictures: Vec<Picture>,
    /// The time line.
    pub events: Vec<EventRow>,
    /// What the caller may do now.
    pub actions: Vec<&'static str>,
    /// Today in the enterprise.
    pub today: Day,
}

/// Reads one project.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn find(app: &App, access: &Access, id: ProjectId) -> Result<Detail> {
    access.require(Permission::ProjectRead)?;
    let mut tx = app.db.read(&access.scope()).await?;
    detail(app, access, &mut tx, id).await
}

async fn detail(app: &App, access: &Access, tx: &mut Tx, id: ProjectId) -> Result<Detail> {
    let found = rows::find(tx, id).await?.ok_or(Code::NotFound)?;
    let cases = if access.may(Permission::CaseRead) {
        rows::cases(tx, id).await?
    } else {
        Vec::new()
    };
    let replicas = rows::replicas(tx, id).await?;
    let pictures = rows::pictures(tx, id).await?;
    let events = rows::events(tx, id).await?;
    let project = found.project;
    let mut actions = project.possible(actor(access), &|permission| access.may(permission));
    let is_finished = matches!(project.state, State::Done | State::Verified);
    if access.may(Permission::ProjectManage) {
        if is_finished {
            actions.push("copy");
        }
        if !matches!(project.state, State::Verified | State::Stopped) {
            actions.push("attach");
        }
    }
    Ok(Detail {
        project,
        names: found.names,
        saving_names: found.saving_names,
        cases,
        replicas,
        pictures,
        events,
        actions,
        today: access.today(app),
    })
}

fn actor(access: &Access) -> Actor {
    Actor {
        user: access.caller.user,
        person: access.caller.person,
    }
}
