//! What a meeting decides: several cases at once, through the one door, all of it or nothing.

use std::collections::{HashMap, HashSet};

use hezuo_domain::cases::{Action, Case, Context, State};
use hezuo_domain::commitment::digest;
use hezuo_domain::ids::{CaseId, MeetingId, PersonId};
use hezuo_domain::permissions::Permission;
use hezuo_domain::teams::{MAX_DECISIONS, MAX_STEPS, Section, check_decision, section};
use hezuo_domain::{Code, Problem};
use hezuo_store::cases as case_rows;
use hezuo_store::teams::{self as rows, Item};
use hezuo_store::{Tx, people};
use serde_json::json;
use uuid::Uuid;

use super::short;
use crate::cases::door::{self, Decided as Step};
use crate::cases::{Request, actor, path_of};
use crate::{Access, App, Result};

/// What was decided about one case.
#[derive(Debug, Clone)]
pub struct Decision {
    /// The case.
    pub case: CaseId,
    /// The version that the meeting saw.
    pub version: i64,
    /// The steps, one after the other, such as accept and plan; none where it was put off.
    pub requests: Vec<Request>,
    /// What was said about it, where nothing was decided.
    pub note: String,
}

/// Everything that a meeting writes at once.
#[derive(Debug, Clone)]
pub struct Decisions {
    /// The client's own id of this batch.
    pub key: Uuid,
    /// `phone` or `desk`.
    pub client: &'static str,
    /// Each case once.
    pub decisions: Vec<Decision>,
    /// The bytes that were sent; the same key with other bytes is refused.
    pub bytes: Vec<u8>,
}

/// How a case stands after the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided {
    /// The case.
    pub case: CaseId,
    /// Its version now.
    pub version: i64,
    /// Its state now.
    pub state: State,
}

/// Says which decision of the batch a problem is about.
fn of(number: usize, problem: Problem) -> Problem {
    let path = match problem.path {
        Some(path) => format!("decisions.{number}.{path}"),
        None => format!("decisions.{number}"),
    };
    problem.code.at(&path)
}

/// What decisions point at, read once for all of them.
struct Around {
    cases: HashMap<CaseId, Case>,
    persons: HashSet<PersonId>,
    merged: HashSet<CaseId>,
}

impl Around {
    async fn read(tx: &mut Tx, decisions: &[Decision]) -> Result<Self> {
        let requests = || decisions.iter().flat_map(|it| &it.requests);
        let targets = requests().filter_map(|request| match request {
            Request::Merge { into, .. } => Some(*into),
            _ => None,
        });
        let mut ids: Vec<CaseId> = decisions.iter().map(|it| it.case).chain(targets).collect();
        ids.sort();
        ids.dedup();
        let found = rows::find_cases(tx, &ids).await?;
        let persons = if requests().any(|it| matches!(it, Request::Plan { .. })) {
            people::persons(tx).await?
        } else {
            Vec::new()
        };
        let merging = |it: &&Decision| {
            let mut requests = it.requests.iter();
            requests.any(|request| matches!(request, Request::Merge { .. }))
        };
        Ok(Self {
            cases: found.into_iter().map(|case| (case.id, case)).collect(),
            persons: persons.into_iter().map(|it| it.id).collect(),
            merged: decisions.iter().filter(merging).map(|it| it.case).collect(),
        })
    }

    fn check(&self, action: &Action) -> Result<(), Problem> {
        match action {
            Action::Merge { into, .. } => {
                let target = self.cases.get(into).ok_or(Code::MergeTarget.at("into"))?;
                if target.merged_into.is_some() || self.merged.contains(into) {
                    return Err(Code::MergeTarget.at("into"));
                }
            }
            Action::Plan { plan } if !self.persons.contains(&plan.owner) => {
                return Err(Code::InputInvalid.at("owner"));
            }
            _ => {}
        }
        Ok(())
    }
}

/// Writes the decisions of a meeting in one transaction. The path of a problem names the decision
/// by its place in the batch (`decisions.3`), so that nothing has to be typed twice.
///
/// # Errors
/// `forbidden`, `not_found`, `meeting.closed`, `idempotency.key_reused`, and those of a single
/// action, each with the place of its decision.
pub async fn decide(
    app: &App,
    access: &Access,
    meeting: MeetingId,
    batch: Decisions,
) -> Result<Vec<Decided>> {
    access.require(Permission::MeetingRun)?;
    let today = access.today(app);
    let enterprise = access.enterprise.id;
    let mut tx = app.db.write(&access.scope()).await?;
    rows::find_meeting(&mut tx, meeting)
        .await?
        .ok_or(Code::NotFound)?;
    let count = batch.decisions.len();
    let mut seen = HashSet::new();
    for (number, decision) in batch.decisions.iter().enumerate() {
        if !seen.insert(decision.case) || decision.requests.len() > MAX_STEPS {
            return Err(of(number, Code::InputInvalid.problem()).into());
        }
    }
    if count == 0 || count > MAX_DECISIONS {
        return Err(Code::InputInvalid.at("decisions").into());
    }
    let user = access.caller.user.0;
    let sent = digest(
        &[
            meeting.0.as_bytes(),
            user.as_bytes(),
            batch.bytes.as_slice(),
        ]
        .concat(),
    );
    if !case_rows::claim_key(&mut tx, enterprise, batch.key, sent, today).await? {
        if case_rows::find_key(&mut tx, batch.key).await? != Some(sent) {
            return Err(Code::KeyReused.into());
        }
        let ids: Vec<CaseId> = batch.decisions.iter().map(|it| it.case).collect();
        let cases = rows::find_cases(&mut tx, &ids).await?;
        return Ok(cases.iter().map(standing).collect());
    }
    if !rows::hold_open(&mut tx, meeting).await? {
        return Err(Code::MeetingClosed.into());
    }
    let around = Around::read(&mut tx, &batch.decisions).await?;
    let mut rounds: [Vec<Step>; MAX_STEPS] = Default::default();
    let mut items = Vec::new();
    let mut decided = Vec::with_capacity(count);
    for (number, decision) in batch.decisions.into_iter().enumerate() {
        let taken = take(app, access, meeting, batch.client, &around, decision);
        let (steps, lines, case) = taken.map_err(|problem| of(number, problem))?;
        for (round, step) in rounds.iter_mut().zip(steps) {
            round.push(step);
        }
        items.extend(lines);
        decided.push(standing(&case));
    }
    for round in rounds.iter().filter(|round| !round.is_empty()) {
        door::write(app, &mut tx, round).await?;
    }
    rows::add_items(&mut tx, enterprise, meeting, &items).await?;
    tx.commit().await?;
    Ok(decided)
}

fn standing(case: &Case) -> Decided {
    Decided {
        case: case.id,
        version: case.version,
        state: case.state,
    }
}

/// Takes the steps of one decision in memory.
fn take(
    app: &App,
    access: &Access,
    meeting: MeetingId,
    client: &'static str,
    around: &Around,
    decision: Decision,
) -> Result<(Vec<Step>, Vec<Item>, Case), Problem> {
    let today = access.today(app);
    let mut case = around
        .cases
        .get(&decision.case)
        .cloned()
        .ok_or(Code::NotFound)?;
    let path = path_of(access, &case);
    if case.version != decision.version {
        return Err(Code::CaseStale.problem());
    }
    let why = section(&case, today).map(Section::as_str);
    let note = short(&decision.note, 500, "note")?;
    let mut steps = Vec::new();
    let mut items = Vec::new();
    if decision.requests.is_empty() {
        items.push(Item {
            case: case.id,
            event: None,
            section: why,
            note,
        });
        return Ok((steps, items, case));
    }
    for request in decision.requests {
        let (action, pack) = request.into_action(app)?;
        check_decision(&action)?;
        let allowed = action
            .permission()
            .is_some_and(|permission| access.may_at(permission, &path));
        if !allowed {
            return Err(Code::Forbidden.problem());
        }
        around.check(&action)?;
        let actor = actor(access);
        let step = case.decide(&action, Context { actor, today })?;
        let mut details = serde_json::to_value(&action).unwrap_or_default();
        details["meeting"] = json!(meeting);
        case = step.case.clone();
        items.push(Item {
            case: case.id,
            event: Some(case.version),
            section: why,
            note: String::new(),
        });
        steps.push(Step {
            step,
            action: action.name(),
            actor,
            client,
            pack,
            day: today,
            at: app.now(),
            details,
        });
    }
    Ok((steps, items, case))
}
