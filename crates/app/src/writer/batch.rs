//! Many reports and steps of cases in one transaction: decided in memory by the domain's rules, written
//! table by table. One is a batch of one.

use std::collections::HashSet;

use hezuo_domain::Scope;
use hezuo_domain::commitment::Hash;
use hezuo_domain::ids::{CaseId, EnterpriseId};
use hezuo_domain::tallies::Deltas;
use hezuo_domain::time::Day;
use hezuo_store::cases::{self as rows, Event, ReportCodeEntry};
use hezuo_store::intake::WaitingReport;
use hezuo_store::{StoreError, Tx, intake};

use super::Work;
use crate::cases::door::{self, Decided};
use crate::cases::step;
use crate::limits::Taken;
use crate::reports::{self, Prepared, Rows};
use crate::{App, Error, Result, notices};

/// Takes one. True when it is new, false when the same was there already.
pub(crate) async fn take(app: &App, work: Work) -> Result<bool> {
    let mut answers = take_all(app, vec![work]).await?;
    answers.pop().unwrap_or_else(|| {
        Err(Error::Internal(
            "what was to be written was lost".to_owned(),
        ))
    })
}

/// Takes what came together, and answers each: whoever is refused stands in nobody's way. A batch that
/// fails as a whole for something that one of them may have brought is taken one by one.
pub(super) async fn take_each(app: &App, batch: Vec<Work>) -> Vec<Result<bool>> {
    let again = (batch.len() > 1).then(|| batch.clone());
    let count = batch.len();
    let error = match (take_all(app, batch).await, again) {
        (Ok(answers), _) => return answers,
        (Err(error), Some(batch)) if may_be_of_one(&error) => {
            tracing::warn!(%error, count, "a batch is taken one by one");
            let mut answers = Vec::with_capacity(count);
            for work in batch {
                answers.push(take(app, work).await);
            }
            return answers;
        }
        (Err(error), _) => error,
    };
    // All hear the same; the first hears it with its cause, for the log.
    let problem = error.problem();
    let mut answers: Vec<Result<bool>> = vec![Err(error)];
    answers.resize_with(count, || Err(problem.clone().into()));
    answers
}

/// Whether what failed may lie in one of them alone, and not in the database or its disk.
fn may_be_of_one(error: &Error) -> bool {
    !matches!(
        error,
        Error::Store(
            StoreError::Away(_)
                | StoreError::Busy(_)
                | StoreError::Full(_)
                | StoreError::Halted
                | StoreError::Fault(_)
                | StoreError::Blob(_)
        )
    )
}

async fn take_all(app: &App, batch: Vec<Work>) -> Result<Vec<Result<bool>>> {
    let scope = Scope::System("reports and steps of many enterprises share one commit");
    let mut tx = app.db.write(&scope).await?;
    let mut is_step = Vec::with_capacity(batch.len());
    let (mut submissions, mut planned) = (Vec::new(), Vec::new());
    for work in batch {
        is_step.push(matches!(work, Work::Step(_)));
        match work {
            Work::Report(submission) => submissions.push(*submission),
            Work::Step(step) => planned.push(*step),
        }
    }
    let (courses, prepared) = reports::take::courses(app, &mut tx, submissions).await?;
    let decided = step::of_each_case(&planned);
    let written = write(app, &mut tx, prepared, decided).await?;
    let (of_reports, spent) = reports::take::answers(&mut tx, courses, &written).await?;
    let mut of_reports = of_reports.into_iter();
    let mut of_steps = step::answers(&mut tx, planned, &written).await?.into_iter();
    if !written.is_empty() {
        tx.commit().await?;
    }
    spent.into_iter().for_each(Taken::spend);
    let next = |is_step| {
        if is_step {
            of_steps.next()
        } else {
            of_reports.next()
        }
    };
    Ok(is_step.into_iter().filter_map(next).collect())
}

/// What of a batch was written.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// The stored report codes that were free. Of the other reports nothing is there.
    pub(crate) codes: HashSet<Hash>,
    /// The cases that took their step. The others had moved on.
    pub(crate) moved: HashSet<CaseId>,
}

impl Written {
    fn is_empty(&self) -> bool {
        self.codes.is_empty() && self.moved.is_empty()
    }
}

/// Writes many reports and steps at once, each table with one statement.
///
/// # Errors
/// Those of the database.
pub(crate) async fn write(
    app: &App,
    tx: &mut Tx,
    mut batch: Vec<Prepared>,
    steps: Vec<Decided>,
) -> Result<Written> {
    let entries: Vec<ReportCodeEntry> = batch.iter().map(|it| it.entry).collect();
    let codes = rows::claim_report_codes(tx, &entries).await?;
    batch.retain(|it| codes.contains(&it.entry.stored));
    let mut ready = Ready::of(app, batch);
    notices::raise(app, tx, &ready.decided).await?;
    ready.add(app, steps);
    let moved = ready.save(app, tx).await?;
    Ok(Written { codes, moved })
}

/// Reports, and steps beside them, whose every row is made: all that is left is to write them, table by table.
pub struct Ready {
    entries: Vec<ReportCodeEntry>,
    waiting: Vec<(EnterpriseId, WaitingReport)>,
    decided: Vec<Decided>,
    events: Vec<Event>,
    deltas: Deltas,
    reporters: Vec<(EnterpriseId, CaseId, Vec<u8>)>,
    people: Vec<(EnterpriseId, Day, Hash)>,
}

impl Ready {
    /// Makes the rows of reports.
    pub fn of(app: &App, mut batch: Vec<Prepared>) -> Self {
        // Rows of one enterprise lie beside each other in every table.
        batch.sort_unstable_by_key(|it| (it.entry.enterprise, it.entry.case));
        let entries = batch.iter().map(|it| it.entry).collect();
        let (mut waiting, mut decided) = (Vec::new(), Vec::new());
        let (mut reporters, mut people) = (Vec::new(), Vec::new());
        for Prepared { entry, rows } in batch {
            match rows {
                Rows::Waiting(report) => waiting.push((entry.enterprise, report)),
                Rows::Case(step, name) => {
                    if let Some((sealed, person)) = name {
                        reporters.push((entry.enterprise, entry.case, sealed));
                        if step.step.case.voice.is_counted() {
                            people.push((entry.enterprise, step.day, person));
                        }
                    }
                    decided.push(*step);
                }
            }
        }
        let mut deltas = Deltas::default();
        let events = door::make(app.random.as_ref(), &decided, &mut deltas);
        Self {
            entries,
            waiting,
            decided,
            events,
            deltas,
            reporters,
            people,
        }
    }

    /// Adds steps of other cases.
    fn add(&mut self, app: &App, steps: Vec<Decided>) {
        if steps.is_empty() {
            return;
        }
        let made = door::make(app.random.as_ref(), &steps, &mut self.deltas);
        self.events.extend(made);
        self.decided.extend(steps);
        // Two writers take the cases in the same order, so that they can't wait for each other.
        let place = |it: &Decided| (it.step.case.enterprise, it.step.case.id);
        self.decided.sort_unstable_by_key(place);
    }

    /// Writes reports with their report codes, which nobody else has: what a database alone can do, to measure
    /// the intake by. Dangers among them tell nobody.
    pub async fn insert(self, app: &App, tx: &mut Tx) -> Result<()> {
        rows::claim_report_codes(tx, &self.entries).await?;
        self.save(app, tx).await?;
        Ok(())
    }

    /// Writes them, and tells which cases took their step.
    async fn save(self, app: &App, tx: &mut Tx) -> Result<HashSet<CaseId>> {
        if !self.waiting.is_empty() {
            intake::add(tx, &self.waiting).await?;
        }
        let moved = door::save(app, tx, &self.decided, self.events, self.deltas).await?;
        if !self.reporters.is_empty() {
            rows::save_reporters(tx, self.reporters).await?;
            rows::add_participation(tx, &self.people).await?;
        }
        Ok(moved)
    }
}
