//! How projects begin and change: decided by the domain's rules, kept with their event and counts.

use hezuo_domain::Code;
use hezuo_domain::commitment::digest;
use hezuo_domain::ids::{AreaId, CaseId, EventId, ProjectId};
use hezuo_domain::permissions::Permission;
use hezuo_domain::projects::{Action, Draft, MAX_CASES, MAX_PICTURES, Project};
use hezuo_domain::signatures::Signature;
use hezuo_domain::tallies::Deltas;
use hezuo_store::projects::{self as rows, Event, Picture};
use hezuo_store::{StoreError, Tx, cases, people, places, tallies, teams};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Detail, actor, detail};
use crate::{Access, App, Result};

/// A proposal, with what makes it safe to send twice: its own id.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// The client's own id; it becomes the project's.
    pub id: ProjectId,
    /// What is written.
    pub draft: Draft,
    /// The cases that it comes from.
    pub cases: Vec<CaseId>,
    /// The bytes that were sent; the same id with other bytes is refused.
    pub bytes: Vec<u8>,
}

/// Proposes a project. The pictures of the finding come along from its cases.
///
/// # Errors
/// `forbidden`, `input.*`, `idempotency.key_reused`.
pub async fn propose(app: &App, access: &Access, proposal: Proposal) -> Result<Detail> {
    access.require(Permission::ProjectManage)?;
    let id = proposal.id;
    if proposal.cases.len() > MAX_CASES {
        return Err(Code::InputTooLong.at("cases").into());
    }
    let (today, user) = (access.today(app), access.caller.user);
    let enterprise = access.enterprise.id;
    let mut tx = app.db.write(&access.scope()).await?;
    if !is_first(app, access, &mut tx, id.0, id, &proposal.bytes).await? {
        return detail(app, access, &mut tx, id).await;
    }
    let project = Project::propose(enterprise, id, proposal.draft, user, today)?;
    check(&mut tx, &project.draft).await?;
    let mut seen = Vec::new();
    for case in &proposal.cases {
        let found = cases::find(&mut tx, *case).await?;
        found.ok_or(Code::InputInvalid.at("cases"))?;
        for it in cases::find_attachments(&mut tx, *case).await? {
            if it.stage == "before" && seen.len() < MAX_PICTURES / 2 {
                seen.push(Picture {
                    name: format!("c{}.jpg", seen.len() + 1),
                    stage: it.stage,
                    beside: None,
                    content_type: it.content_type,
                    size: it.size,
                    blob: it.blob,
                });
            }
        }
    }
    rows::save(&mut tx, &project).await?;
    rows::link(&mut tx, enterprise, id, &proposal.cases).await?;
    rows::add_pictures(&mut tx, enterprise, id, user, today, &seen).await?;
    let said = json!({"draft": project.draft, "cases": proposal.cases});
    note(app, access, &mut tx, (None, &project), "propose", &said).await?;
    tx.commit().await?;
    let mut tx = app.db.read(&access.scope()).await?;
    detail(app, access, &mut tx, id).await
}

/// A wish to do the same elsewhere.
#[derive(Debug, Clone)]
pub struct Copy {
    /// The client's own id; it becomes the new project's.
    pub id: ProjectId,
    /// Where.
    pub area: AreaId,
    /// The bytes that were sent.
    pub bytes: Vec<u8>,
}

/// Proposes the same project for another area; both name each other.
///
/// # Errors
/// `forbidden`, `not_found`, `project.not_allowed`, `input.invalid`, `idempotency.key_reused`.
pub async fn copy(app: &App, access: &Access, origin: ProjectId, wish: Copy) -> Result<Detail> {
    access.require(Permission::ProjectManage)?;
    let mut tx = app.db.write(&access.scope()).await?;
    let found = rows::find(&mut tx, origin).await?.ok_or(Code::NotFound)?;
    if !is_first(app, access, &mut tx, wish.id.0, origin, &wish.bytes).await? {
        return detail(app, access, &mut tx, wish.id).await;
    }
    let (today, user) = (access.today(app), access.caller.user);
    let project = found.project.copy(wish.id, wish.area, user, today)?;
    check(&mut tx, &project.draft).await?;
    rows::save(&mut tx, &project).await?;
    let said = json!({"origin": origin, "draft": project.draft});
    note(app, access, &mut tx, (None, &project), "propose", &said).await?;
    tx.commit().await?;
    let mut tx = app.db.read(&access.scope()).await?;
    detail(app, access, &mut tx, wish.id).await
}

/// A request to act, with what makes it safe to send twice.
#[derive(Debug, Clone)]
pub struct Act {
    /// The client's own id of this request.
    pub key: Uuid,
    /// The version that the client saw.
    pub version: i64,
    /// What to do.
    pub action: Action,
    /// The bytes that were sent; the same key with other bytes is refused.
    pub bytes: Vec<u8>,
}

/// Takes one step in a project's life.
///
/// # Errors
/// Those of [`Project::decide`], `project.stale`, `idempotency.key_reused`, `forbidden`,
/// `not_found`.
pub async fn act(app: &App, access: &Access, id: ProjectId, act: Act) -> Result<Detail> {
    access.require(act.action.permission())?;
    if act.action.permission() == Permission::ProjectVerify {
        access.caller.sign(app, Signature::VerifyProject)?;
    }
    let today = access.today(app);
    let mut tx = app.db.write(&access.scope()).await?;
    let found = rows::find(&mut tx, id).await?.ok_or(Code::NotFound)?;
    if !is_first(app, access, &mut tx, act.key, id, &act.bytes).await? {
        return detail(app, access, &mut tx, id).await;
    }
    let before = found.project;
    if before.version != act.version {
        return Err(Code::ProjectStale.into());
    }
    let after = before.decide(&act.action, actor(access), today)?;
    keep(access, &mut tx, &after, &act.action).await?;
    match rows::save(&mut tx, &after).await {
        Err(StoreError::Stale) => return Err(Code::ProjectStale.into()),
        saved => saved?,
    }
    let said = serde_json::to_value(&act.action).unwrap_or_default();
    let name = act.action.name();
    note(app, access, &mut tx, (Some(&before), &after), name, &said).await?;
    tx.commit().await?;
    let mut tx = app.db.read(&access.scope()).await?;
    detail(app, access, &mut tx, id).await
}

/// Writes what an action changes beside the project itself.
async fn keep(access: &Access, tx: &mut Tx, after: &Project, action: &Action) -> Result<()> {
    let enterprise = access.enterprise.id;
    match action {
        Action::Change { .. } => check(tx, &after.draft).await?,
        Action::Saving { stage, .. } => {
            let entered = after.savings.of(*stage);
            rows::save_saving(tx, enterprise, after.id, *stage, entered).await?;
        }
        Action::Link { case } => {
            if cases::find(tx, *case).await?.is_none() {
                return Err(Code::InputInvalid.at("case").into());
            }
            if rows::cases(tx, after.id).await?.len() >= MAX_CASES {
                return Err(Code::InputTooLong.at("case").into());
            }
            rows::link(tx, enterprise, after.id, &[*case]).await?;
        }
        Action::Unlink { case } => {
            let was_linked = rows::unlink(tx, after.id, *case).await?;
            if !was_linked {
                return Err(Code::InputInvalid.at("case").into());
            }
        }
        _ => {}
    }
    Ok(())
}

/// Whether this request was not answered before. The same key again is the same request only with
/// the same bytes by the same person.
async fn is_first(
    app: &App,
    access: &Access,
    tx: &mut Tx,
    key: Uuid,
    about: ProjectId,
    bytes: &[u8],
) -> Result<bool> {
    let user = access.caller.user.0;
    let sent = digest(&[about.0.as_bytes(), user.as_bytes(), bytes].concat());
    let today = access.today(app);
    if cases::claim_key(tx, access.enterprise.id, key, sent, today).await? {
        return Ok(true);
    }
    if cases::find_key(tx, key).await? == Some(sent) {
        Ok(false)
    } else {
        Err(Code::KeyReused.into())
    }
}

/// What a draft points at must be there.
async fn check(tx: &mut Tx, draft: &Draft) -> Result<()> {
    if let Some(area) = draft.area
        && places::area_name(tx, area).await?.is_none()
    {
        return Err(Code::InputInvalid.at("area").into());
    }
    if let Some(team) = draft.team
        && teams::find_team(tx, team).await?.is_none()
    {
        return Err(Code::InputInvalid.at("team").into());
    }
    if let Some(owner) = draft.owner
        && people::person_name(tx, owner).await?.is_none()
    {
        return Err(Code::InputInvalid.at("owner").into());
    }
    Ok(())
}

/// Keeps the step as an event, and what it changes in the counts.
async fn note(
    app: &App,
    access: &Access,
    tx: &mut Tx,
    (before, after): (Option<&Project>, &Project),
    action: &'static str,
    said: &Value,
) -> Result<()> {
    let mut deltas = Deltas::default();
    if let Some(before) = before {
        deltas.saving(before, -1);
    }
    deltas.saving(after, 1);
    tallies::add(tx, app.random.as_ref(), deltas).await?;
    let event = Event {
        id: EventId::random(app.random.as_ref()),
        project: after.id,
        position: after.version,
        action,
        by: access.caller.user,
        at: app.now(),
        day: access.today(app),
        from: before.map(|it| it.state.as_str()),
        to: after.state.as_str(),
        payload: said.to_string(),
    };
    rows::add_event(tx, access.enterprise.id, &event).await?;
    Ok(())
}
