//! A step in a case's life that somebody with an account takes: decided on what was read, written by the
//! writer beside others, and only if the case has not moved meanwhile.

use std::collections::HashSet;

use hezuo_domain::Code;
use hezuo_domain::cases::{Action, Case, Context};
use hezuo_domain::commitment::digest;
use hezuo_domain::ids::CaseId;
use hezuo_store::cases::{self as rows, Key};
use hezuo_store::{StoreError, Tx, people};
use uuid::Uuid;

use super::door::Decided;
use super::{Detail, Request, actor, detail, may_hear, path_of, readable};
use crate::writer::{self, Work, Writer, Written};
use crate::{Access, App, Result};

/// A request to act, with what makes it safe to send twice.
#[derive(Debug, Clone)]
pub struct Act {
    /// The client's own id of this request.
    pub key: Uuid,
    /// The version that the client saw.
    pub version: i64,
    /// `phone` or `desk`.
    pub client: &'static str,
    /// What to do.
    pub request: Request,
    /// The bytes that were sent; the same key with other bytes is refused.
    pub bytes: Vec<u8>,
}

/// A step that was decided and waits to be written.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    key: Key,
    decided: Decided,
}

/// Takes one step in a case's life, in a commit of its own.
///
/// # Errors
/// Those of [`Case::decide`], `case.stale`, `idempotency.key_reused`, `forbidden`, `not_found`.
pub async fn act(app: &App, access: &Access, id: CaseId, act: Act) -> Result<Detail> {
    acted(app, None, access, id, act).await
}

impl Writer {
    /// The same, in a commit that it shares.
    ///
    /// # Errors
    /// Those of [`act()`]; `busy` where too many wait.
    pub async fn act(&self, access: &Access, id: CaseId, act: Act) -> Result<Detail> {
        acted(self.app(), Some(self), access, id, act).await
    }
}

async fn acted(
    app: &App,
    writer: Option<&Writer>,
    access: &Access,
    id: CaseId,
    act: Act,
) -> Result<Detail> {
    let mut moved = None;
    if let Some(planned) = plan(app, access, id, act).await? {
        let case = planned.decided.step.case.clone();
        let is_new = match writer {
            Some(writer) => writer.step(planned).await?,
            None => writer::take(app, Work::Step(Box::new(planned))).await?,
        };
        moved = is_new.then_some(case);
    }
    let mut tx = app.db.read(&access.scope()).await?;
    let case = match moved {
        Some(case) => case,
        None => readable(access, &mut tx, id).await?,
    };
    detail(app, access, &mut tx, case).await
}

/// Decides a step on what can be read now. Nothing where the same request was answered before.
async fn plan(app: &App, access: &Access, id: CaseId, act: Act) -> Result<Option<Planned>> {
    let (action, pack) = act.request.into_action(app)?;
    let today = access.today(app);
    let mut tx = app.db.read(&access.scope()).await?;
    // Whether the caller may act comes first, also for a request that was already answered.
    let case = readable(access, &mut tx, id).await?;
    let path = path_of(access, &case);
    let allowed = action
        .permission()
        .is_some_and(|permission| access.may_at(permission, &path));
    if !allowed {
        return Err(Code::Forbidden.into());
    }
    let user = access.caller.user.0;
    let key = Key {
        enterprise: access.enterprise.id,
        id: act.key,
        digest: digest(&[id.0.as_bytes(), user.as_bytes(), act.bytes.as_slice()].concat()),
        day: today,
    };
    match rows::find_key(&mut tx, key.id).await? {
        Some(sent) if sent == key.digest => return Ok(None),
        Some(_) => return Err(Code::KeyReused.into()),
        None => {}
    }
    if case.version != act.version {
        return Err(Code::CaseStale.into());
    }
    check_references(access, &mut tx, &case, &action).await?;
    let actor = actor(access);
    let decided = Decided {
        step: case.decide(&action, Context { actor, today })?,
        action: action.name(),
        actor,
        client: act.client,
        pack,
        day: today,
        at: app.now(),
        details: serde_json::to_value(&action).unwrap_or_default(),
    };
    Ok(Some(Planned { key, decided }))
}

/// What an action points at must be there: the case merged into, the owner, the voice clip, which the
/// caller may hear. Without the last the reporter's own words would be written over.
async fn check_references(
    access: &Access,
    tx: &mut Tx,
    case: &Case,
    action: &Action,
) -> Result<()> {
    match action {
        Action::Transcribe { .. } => {
            let attachments = rows::find_attachments(tx, case.id).await?;
            if !attachments.iter().any(|it| it.stage == "voice") {
                return Err(Code::CaseNotAllowed.into());
            }
            if !may_hear(access, tx, case).await? {
                return Err(Code::Forbidden.into());
            }
        }
        Action::Merge { into, .. } => {
            let target = rows::find(tx, *into)
                .await?
                .ok_or(Code::MergeTarget.at("into"))?;
            if target.merged_into.is_some() {
                return Err(Code::MergeTarget.at("into").into());
            }
        }
        Action::Plan { plan } if people::person_name(tx, plan.owner).await?.is_none() => {
            return Err(Code::InputInvalid.at("owner").into());
        }
        _ => {}
    }
    Ok(())
}

/// What of steps that came together is to be written: of each case one. Another one of the same case
/// was decided on what will no longer be so.
pub(crate) fn of_each_case(batch: &[Planned]) -> Vec<Decided> {
    let mut seen = HashSet::with_capacity(batch.len());
    batch
        .iter()
        .filter(|it| seen.insert(it.decided.step.case.id))
        .map(|it| it.decided.clone())
        .collect()
}

/// Claims the keys of the steps that were written, and answers each of the batch.
///
/// # Errors
/// `idempotency.key_reused` where one came with the key of another request; then nothing may be
/// committed.
pub(crate) async fn answers(
    tx: &mut Tx,
    batch: Vec<Planned>,
    written: &Written,
) -> Result<Vec<Result<bool>>> {
    let mut left = written.moved.clone();
    let is_new: Vec<bool> = batch
        .iter()
        .map(|it| left.remove(&it.decided.step.case.id))
        .collect();
    let both = || batch.iter().zip(&is_new);
    let keys: Vec<Key> = both().filter(|it| *it.1).map(|it| it.0.key).collect();
    if rows::claim_keys(tx, &keys).await? != keys.len() as u64 {
        return Err(Code::KeyReused.into());
    }
    // A case that has moved was perhaps moved by this very request.
    let late: Vec<Key> = both().filter(|it| !*it.1).map(|it| it.0.key).collect();
    let used = rows::find_keys(tx, &late).await?;
    let answer = |(planned, is_new): (&Planned, &bool)| {
        let key = planned.key;
        match used.get(&(key.enterprise, key.id)) {
            _ if *is_new => Ok(true),
            Some(sent) if *sent == key.digest => Ok(false),
            Some(_) => Err(Code::KeyReused.into()),
            None => Err(StoreError::Stale.into()),
        }
    };
    Ok(both().map(answer).collect())
}
