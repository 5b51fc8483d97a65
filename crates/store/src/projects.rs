//! Improvement projects: their present state, their events, cases, savings and pictures.

pub(crate) mod lists;
mod rows;

pub use lists::{Filter, Saved, Summary, case_links, list, of_case, state_counts};
pub use rows::{CaseLine, Event, EventRow, Found, Names, Picture, Replica, SavingNames};

use hezuo_domain::ids::{CaseId, EnterpriseId, ProjectId, UserId};
use hezuo_domain::projects::{Entered, Project, SavingStage, Savings};
use hezuo_domain::time::Day;

use crate::db::Tx;
use crate::error::{Result, StoreError};
use crate::statement::statements;
use crate::value::args;
use rows::{PictureRow, ProjectRow, SavingRow, project_values};

statements! {
    rows SAVE = (23, "INSERT INTO project (enterprise_id, id, version, title, theme, area_id,
        team_id, owner_id, problem, measure, whys, due_day, currency, state, cost_target_minor,
        cost_actual_minor, proposed_by, proposed_day, done_day, verified_by, verified_day,
        stop_reason, origin_id)",
        "ON CONFLICT (enterprise_id, id) DO UPDATE SET version = excluded.version,
        title = excluded.title, theme = excluded.theme, area_id = excluded.area_id,
        team_id = excluded.team_id, owner_id = excluded.owner_id, problem = excluded.problem,
        measure = excluded.measure, whys = excluded.whys, due_day = excluded.due_day,
        currency = excluded.currency, state = excluded.state,
        cost_target_minor = excluded.cost_target_minor,
        cost_actual_minor = excluded.cost_actual_minor, done_day = excluded.done_day,
        verified_by = excluded.verified_by, verified_day = excluded.verified_day,
        stop_reason = excluded.stop_reason
        WHERE project.version = excluded.version - 1");
    tenant FIND = "SELECT p.id, p.version, p.title, p.theme, p.area_id, p.team_id, p.owner_id,
        p.problem, p.measure, p.whys, p.due_day, p.currency, p.state, p.cost_target_minor,
        p.cost_actual_minor, p.proposed_by, p.proposed_day, p.done_day, p.verified_by,
        p.verified_day, p.stop_reason, p.origin_id, a.name AS area_name, t.name AS team_name,
        o.name AS owner_name, b.name AS proposed_name, v.name AS verified_name,
        g.title AS origin_title
        FROM project p
        LEFT JOIN area a ON a.enterprise_id = p.enterprise_id AND a.id = p.area_id
        LEFT JOIN team t ON t.enterprise_id = p.enterprise_id AND t.id = p.team_id
        LEFT JOIN person o ON o.enterprise_id = p.enterprise_id AND o.id = p.owner_id
        LEFT JOIN app_user bu ON bu.enterprise_id = p.enterprise_id AND bu.id = p.proposed_by
        LEFT JOIN person b ON b.enterprise_id = bu.enterprise_id AND b.id = bu.person_id
        LEFT JOIN app_user vu ON vu.enterprise_id = p.enterprise_id AND vu.id = p.verified_by
        LEFT JOIN person v ON v.enterprise_id = vu.enterprise_id AND v.id = vu.person_id
        LEFT JOIN project g ON g.enterprise_id = p.enterprise_id AND g.id = p.origin_id
        WHERE p.enterprise_id = $1 AND p.id = $2";
    rows SAVE_SAVINGS = (14, "INSERT INTO project_saving (enterprise_id, project_id, stage,
        formula, quantity_milli, price_minor, times, less_minor, minor, from_day, to_day, yearly,
        entered_by, entered_day)",
        "ON CONFLICT (enterprise_id, project_id, stage) DO UPDATE SET formula = excluded.formula,
        quantity_milli = excluded.quantity_milli, price_minor = excluded.price_minor,
        times = excluded.times, less_minor = excluded.less_minor, minor = excluded.minor,
        from_day = excluded.from_day, to_day = excluded.to_day, yearly = excluded.yearly,
        entered_by = excluded.entered_by, entered_day = excluded.entered_day");
    tenant DROP_SAVING = "DELETE FROM project_saving
        WHERE enterprise_id = $1 AND project_id = $2 AND stage = $3";
    tenant FIND_SAVINGS = "SELECT s.stage, s.formula, s.quantity_milli, s.price_minor, s.times,
        s.less_minor, s.minor, s.from_day, s.to_day, s.yearly, s.entered_by, s.entered_day,
        p.name AS entered_name
        FROM project_saving s
        JOIN app_user u ON u.enterprise_id = s.enterprise_id AND u.id = s.entered_by
        JOIN person p ON p.enterprise_id = u.enterprise_id AND p.id = u.person_id
        WHERE s.enterprise_id = $1 AND s.project_id = $2";
    rows ADD_EVENTS = (11, "INSERT INTO project_event (enterprise_id, id, project_id, position,
        action, user_id, at, local_day, from_state, to_state, payload)", "");
    tenant FIND_EVENTS = "SELECT e.id, e.action, p.name AS actor_name, e.at, e.local_day,
        e.from_state, e.to_state, e.payload
        FROM project_event e
        JOIN app_user u ON u.enterprise_id = e.enterprise_id AND u.id = e.user_id
        JOIN person p ON p.enterprise_id = u.enterprise_id AND p.id = u.person_id
        WHERE e.enterprise_id = $1 AND e.project_id = $2 ORDER BY e.position";
    rows LINK = (3, "INSERT INTO project_case (enterprise_id, project_id, case_id)",
        "ON CONFLICT (enterprise_id, project_id, case_id) DO NOTHING");
    tenant UNLINK = "DELETE FROM project_case
        WHERE enterprise_id = $1 AND project_id = $2 AND case_id = $3";
    tenant CASES = "SELECT c.id, c.kind, c.category, c.state, c.text, c.reported_day
        FROM project_case l CROSS JOIN cases c
        WHERE c.enterprise_id = l.enterprise_id AND c.id = l.case_id
            AND l.enterprise_id = $1 AND l.project_id = $2 ORDER BY c.reported_day, c.id";
    tenant REPLICAS = "SELECT p.id, p.title, p.state, a.name AS area_name FROM project p
        LEFT JOIN area a ON a.enterprise_id = p.enterprise_id AND a.id = p.area_id
        WHERE p.enterprise_id = $1 AND p.origin_id = $2 ORDER BY p.proposed_day, p.id";
    rows ADD_PICTURES = (10, "INSERT INTO project_picture (enterprise_id, project_id, name, stage,
        beside, content_type, size, blob_hash, added_by, added_day)",
        "ON CONFLICT (enterprise_id, project_id, name) DO NOTHING");
    tenant FIND_PICTURES = "SELECT name, stage, beside, content_type, size, blob_hash
        FROM project_picture WHERE enterprise_id = $1 AND project_id = $2
        ORDER BY stage DESC, added_day, name";
}

/// Writes the present state of a project; a new one has version 1.
///
/// # Errors
/// [`StoreError::Stale`] when it has moved on since it was read.
pub async fn save(tx: &mut Tx, project: &Project) -> Result<()> {
    match tx.insert(&SAVE, vec![project_values(project)]).await? {
        1 => Ok(()),
        _ => Err(StoreError::Stale),
    }
}

/// Reads one project with the names around it.
pub async fn find(tx: &mut Tx, id: ProjectId) -> Result<Option<Found>> {
    let Some(enterprise) = tx.scope().enterprise() else {
        return Err(StoreError::Scope("FIND"));
    };
    let row: Option<ProjectRow> = tx.optional(&FIND, args![id]).await?;
    let Some(row) = row else { return Ok(None) };
    let saved: Vec<SavingRow> = tx.all(&FIND_SAVINGS, args![id]).await?;
    let mut savings = Savings::default();
    let mut names = SavingNames::default();
    for row in saved {
        let (stage, entered, name) = row.into_entered()?;
        savings.set(stage, Some(entered));
        names.0.insert(stage, name);
    }
    row.into_found(enterprise, savings, names).map(Some)
}

/// Keeps a saving, or takes it away.
pub async fn save_saving(
    tx: &mut Tx,
    enterprise: EnterpriseId,
    id: ProjectId,
    stage: SavingStage,
    entered: Option<&Entered>,
) -> Result<()> {
    let Some(it) = entered else {
        tx.execute(&DROP_SAVING, args![id, stage.as_str()]).await?;
        return Ok(());
    };
    let row = args![
        enterprise,
        id,
        stage.as_str(),
        &it.saving.formula,
        it.saving.quantity_milli,
        it.saving.price_minor,
        it.saving.times,
        it.saving.less_minor,
        it.minor,
        it.saving.from_day,
        it.saving.to_day,
        it.saving.yearly,
        it.by,
        it.day
    ];
    tx.insert(&SAVE_SAVINGS, vec![row]).await?;
    Ok(())
}

/// Appends an event.
pub async fn add_event(tx: &mut Tx, enterprise: EnterpriseId, it: &Event) -> Result<()> {
    let row = args![
        enterprise,
        it.id,
        it.project,
        it.position,
        it.action,
        it.by,
        it.at,
        it.day,
        it.from,
        it.to,
        &it.payload
    ];
    tx.insert(&ADD_EVENTS, vec![row]).await?;
    Ok(())
}

/// The time line, oldest first.
pub async fn events(tx: &mut Tx, id: ProjectId) -> Result<Vec<EventRow>> {
    tx.all(&FIND_EVENTS, args![id]).await
}

/// Notes that a project comes from cases; one that is noted already stays.
pub async fn link(
    tx: &mut Tx,
    enterprise: EnterpriseId,
    id: ProjectId,
    cases: &[CaseId],
) -> Result<()> {
    let rows: Vec<_> = cases
        .iter()
        .map(|case| args![enterprise, id, *case])
        .collect();
    if !rows.is_empty() {
        tx.insert(&LINK, rows).await?;
    }
    Ok(())
}

/// Takes a case away; false where it was not noted.
pub async fn unlink(tx: &mut Tx, id: ProjectId, case: CaseId) -> Result<bool> {
    Ok(tx.execute(&UNLINK, args![id, case]).await? == 1)
}

/// The cases that a project comes from.
pub async fn cases(tx: &mut Tx, id: ProjectId) -> Result<Vec<CaseLine>> {
    tx.all(&CASES, args![id]).await
}

/// The projects that repeat one elsewhere.
pub async fn replicas(tx: &mut Tx, id: ProjectId) -> Result<Vec<Replica>> {
    tx.all(&REPLICAS, args![id]).await
}

/// Adds pictures; a name that is there already stays as it is.
pub async fn add_pictures(
    tx: &mut Tx,
    enterprise: EnterpriseId,
    id: ProjectId,
    by: UserId,
    day: Day,
    pictures: &[Picture],
) -> Result<()> {
    let row = |it: &Picture| {
        args![
            enterprise,
            id,
            &it.name,
            &it.stage,
            it.beside.as_ref(),
            &it.content_type,
            it.size,
            it.blob,
            by,
            day
        ]
    };
    let rows: Vec<_> = pictures.iter().map(row).collect();
    if !rows.is_empty() {
        tx.insert(&ADD_PICTURES, rows).await?;
    }
    Ok(())
}

/// The pictures of a project, those of before first.
pub async fn pictures(tx: &mut Tx, id: ProjectId) -> Result<Vec<Picture>> {
    let rows: Vec<PictureRow> = tx.all(&FIND_PICTURES, args![id]).await?;
    rows.into_iter().map(Picture::try_from).collect()
}
