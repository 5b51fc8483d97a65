//! Many reports in one transaction: decided in memory by the domain's rules, written table by table.
//! One report is a batch of one.

use std::collections::{HashMap, HashSet};

use hezuo_domain::commitment::Hash;
use hezuo_domain::ids::{CaseId, EnterpriseId};
use hezuo_domain::report_code::Lookup;
use hezuo_domain::tallies::Deltas;
use hezuo_domain::time::Day;
use hezuo_domain::wall_code::WallCode;
use hezuo_domain::{Code, Scope};
use hezuo_store::cases::{self as rows, Event, ReportCodeEntry};
use hezuo_store::intake::WaitingReport;
use hezuo_store::{StoreError, Tx, intake, places};

use super::submit::Rows;
use super::{Entrance, Prepared, Submission, prepare};
use crate::cases::door::{self, Decided};
use crate::{App, Error, Result, notices};

/// Takes a report. True when it is new, false when the same one was there already.
///
/// # Errors
/// Those of `Report::check`, `wall_code.unknown`, `report.code_taken`, `report.too_many`.
pub async fn submit(app: &App, submission: Submission) -> Result<bool> {
    let mut answers = take(app, vec![submission]).await?;
    answers
        .pop()
        .unwrap_or_else(|| Err(Error::Internal("a report was lost".to_owned())))
}

/// Takes reports that came together, and answers each: whoever is refused stands in nobody's way. A
/// batch that fails as a whole for something that one of them may have brought is taken one by one.
pub(super) async fn take_each(app: &App, batch: Vec<Submission>) -> Vec<Result<bool>> {
    let again = (batch.len() > 1).then(|| batch.clone());
    let count = batch.len();
    let error = match (take(app, batch).await, again) {
        (Ok(answers), _) => return answers,
        (Err(error), Some(batch)) if may_be_of_one(&error) => {
            tracing::warn!(%error, count, "a batch of reports is taken one by one");
            let mut answers = Vec::with_capacity(count);
            for submission in batch {
                answers.push(submit(app, submission).await);
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

/// Whether what failed may lie in one report alone, and not in the database or its disk.
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

/// What becomes of one report of a batch.
enum Course {
    /// Nothing is stored.
    Refused(Error),
    /// It is stored where its report code is free; a new one was taken from this code's budget.
    New(ReportCodeEntry, Option<String>),
    /// Only what is known already may come.
    Known(Lookup, Hash, Code),
}

async fn take(app: &App, batch: Vec<Submission>) -> Result<Vec<Result<bool>>> {
    let scope = Scope::System("reports to many enterprises share one commit");
    let mut tx = app.db.write(&scope).await?;
    let entrances = entrances(app, &mut tx, &batch).await?;
    let mut courses = Vec::with_capacity(batch.len());
    let mut prepared = Vec::with_capacity(batch.len());
    let mut seen = HashSet::with_capacity(batch.len());
    for submission in batch {
        courses.push(course(
            app,
            &entrances,
            &mut seen,
            &mut prepared,
            submission,
        ));
    }
    let free = write(app, &mut tx, prepared).await?;
    let mut answers = Vec::with_capacity(courses.len());
    for course in courses {
        answers.push(match course {
            Course::Refused(error) => Err(error),
            Course::New(entry, _) if free.contains(&entry.stored) => Ok(true),
            Course::New(entry, budget) => {
                if let Some(code) = budget {
                    app.limits.reports.give_back(&code);
                }
                known(&mut tx, entry.stored, entry.digest, Code::ReportCodeTaken).await?
            }
            Course::Known(lookup, digest, otherwise) => {
                known(&mut tx, lookup.stored(), digest, otherwise).await?
            }
        });
    }
    if !free.is_empty() {
        tx.commit().await?;
    }
    Ok(answers)
}

/// Decides what becomes of one report. What came before may come again; only a new one costs of the
/// budget of its wall code, a danger never.
fn course(
    app: &App,
    entrances: &HashMap<String, Result<Entrance, Code>>,
    seen: &mut HashSet<Hash>,
    batch: &mut Vec<Prepared>,
    submission: Submission,
) -> Course {
    let (lookup, digest) = (submission.lookup, submission.digest);
    let code = submission.wall_code.to_ascii_uppercase();
    let is_danger = submission.report.danger;
    let entrance = match entrances.get(&submission.wall_code) {
        Some(Ok(entrance)) => entrance,
        Some(Err(code)) => return Course::Refused((*code).into()),
        None => return Course::Refused(Code::WallCodeUnknown.into()),
    };
    let prepared = match prepare(app, entrance, submission) {
        Ok(prepared) => prepared,
        Err(error) => return Course::Refused(error),
    };
    if !seen.insert(prepared.entry.stored) {
        return Course::Known(lookup, digest, Code::ReportCodeTaken);
    }
    if !is_danger && !app.limits.reports.take(&code, app.now()) {
        return Course::Known(lookup, digest, Code::ReportsLimited);
    }
    let entry = prepared.entry;
    batch.push(prepared);
    Course::New(entry, (!is_danger).then_some(code))
}

/// The answer to a report whose code is not free: the same bytes are the same report.
async fn known(tx: &mut Tx, stored: Hash, digest: Hash, none: Code) -> Result<Result<bool>> {
    Ok(match rows::find_report_code(tx, stored).await? {
        Some(known) if known.digest == digest => Ok(false),
        Some(_) => Err(Code::ReportCodeTaken.into()),
        None => Err(none.into()),
    })
}

/// Where the wall codes of a batch lead, each read once.
async fn entrances(
    app: &App,
    tx: &mut Tx,
    batch: &[Submission],
) -> Result<HashMap<String, Result<Entrance, Code>>> {
    let mut codes: HashMap<&str, Result<WallCode, Code>> = HashMap::with_capacity(batch.len());
    for submission in batch {
        codes
            .entry(&submission.wall_code)
            .or_insert_with(|| app.wall().read(&submission.wall_code).map_err(|it| it.code));
    }
    let mut asked: Vec<&str> = codes
        .values()
        .filter_map(|code| Some(code.as_ref().ok()?.enterprise.as_str()))
        .collect();
    asked.sort_unstable();
    asked.dedup();
    let found = places::entrances(tx, &asked).await?;
    let entrance = |(path, code): (&str, Result<WallCode, Code>)| {
        let entrance = code.and_then(|code| Entrance::of(&code, &found));
        (path.to_owned(), entrance)
    };
    Ok(codes.into_iter().map(entrance).collect())
}

/// Writes many reports at once, each table with one statement, and tells whose report codes were free;
/// of the others nothing is written.
pub async fn write(app: &App, tx: &mut Tx, mut batch: Vec<Prepared>) -> Result<HashSet<Hash>> {
    let entries: Vec<ReportCodeEntry> = batch.iter().map(|it| it.entry).collect();
    let free = rows::claim_report_codes(tx, &entries).await?;
    batch.retain(|it| free.contains(&it.entry.stored));
    let ready = Ready::of(app, batch);
    notices::raise(app, tx, &ready.decided).await?;
    ready.save(app, tx).await?;
    Ok(free)
}

/// Reports whose every row is made: all that is left is to write them, table by table.
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
    /// Makes the rows.
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
                        people.push((entry.enterprise, step.day, person));
                    }
                    decided.push(*step);
                }
            }
        }
        let (events, deltas) = door::make(app.random.as_ref(), &decided);
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

    /// Writes them with their report codes, which nobody else has: what a database alone can do, to measure
    /// the intake by. Dangers among them tell nobody.
    pub async fn insert(self, app: &App, tx: &mut Tx) -> Result<()> {
        rows::claim_report_codes(tx, &self.entries).await?;
        self.save(app, tx).await
    }

    async fn save(self, app: &App, tx: &mut Tx) -> Result<()> {
        if !self.waiting.is_empty() {
            intake::add(tx, &self.waiting).await?;
        }
        if !self.decided.is_empty() {
            let random = app.random.as_ref();
            door::save(tx, random, &self.decided, &self.events, self.deltas).await?;
        }
        if !self.reporters.is_empty() {
            rows::save_reporters(tx, self.reporters).await?;
            rows::add_participation(tx, &self.people).await?;
        }
        Ok(())
    }
}
