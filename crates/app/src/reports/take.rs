//! What becomes of reports that came together: each is decided in memory by the domain's rules and
//! answered for itself.

use std::collections::{HashMap, HashSet};

use hezuo_domain::Code;
use hezuo_domain::commitment::Hash;
use hezuo_domain::report_code::Lookup;
use hezuo_domain::wall_code::WallCode;
use hezuo_store::cases::{self as rows, ReportCodeEntry};
use hezuo_store::{Tx, places};

use super::{Entrance, Prepared, Submission, prepare};
use crate::limits::Taken;
use crate::writer::{self, Work, Written};
use crate::{App, Error, Result};

/// Takes a report. True when it is new, false when the same one was there already.
///
/// # Errors
/// Those of `Report::check`, `wall_code.unknown`, `report.code_taken`, `report.too_many`.
pub async fn submit(app: &App, submission: Submission) -> Result<bool> {
    writer::take(app, Work::Report(Box::new(submission))).await
}

/// What becomes of one report of a batch.
pub(crate) enum Course<'a> {
    /// Nothing is stored.
    Refused(Error),
    /// It is stored where its report code is free; then what was taken of its wall code's budget is spent.
    New(ReportCodeEntry, Option<Taken<'a>>),
    /// Only what is known already may come.
    Known(Lookup, Hash, Code),
}

/// Decides what becomes of each report of a batch, and what of it is to be written.
pub(crate) async fn courses<'a>(
    app: &'a App,
    tx: &mut Tx,
    batch: Vec<Submission>,
) -> Result<(Vec<Course<'a>>, Vec<Prepared>)> {
    let entrances = entrances(app, tx, &batch).await?;
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
    Ok((courses, prepared))
}

/// Answers each report of a batch that was written, with what is spent of budgets once it is committed.
pub(crate) async fn answers<'a>(
    tx: &mut Tx,
    courses: Vec<Course<'a>>,
    written: &Written,
) -> Result<(Vec<Result<bool>>, Vec<Taken<'a>>)> {
    let (mut answers, mut spent) = (Vec::with_capacity(courses.len()), Vec::new());
    for course in courses {
        answers.push(match course {
            Course::Refused(error) => Err(error),
            Course::New(entry, taken) if written.codes.contains(&entry.stored) => {
                spent.extend(taken);
                Ok(true)
            }
            Course::New(entry, _) => {
                known(tx, entry.stored, entry.digest, Code::ReportCodeTaken).await?
            }
            Course::Known(lookup, digest, otherwise) => {
                known(tx, lookup.stored(), digest, otherwise).await?
            }
        });
    }
    Ok((answers, spent))
}

/// Decides what becomes of one report. What came before may come again; only a new one costs of the
/// budget of its wall code; a danger never, and never what came through an intake, which has a budget of its own.
fn course<'a>(
    app: &'a App,
    entrances: &HashMap<String, Result<Entrance, Code>>,
    seen: &mut HashSet<Hash>,
    batch: &mut Vec<Prepared>,
    submission: Submission,
) -> Course<'a> {
    let (lookup, digest) = (submission.lookup, submission.digest);
    let code = submission.wall_code.to_ascii_uppercase();
    let is_free = submission.report.danger || submission.day.is_some();
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
    let taken = if is_free {
        None
    } else {
        match app
            .limits
            .reports
            .take(&code, app.now(), app.random.as_ref())
        {
            None => return Course::Known(lookup, digest, Code::ReportsLimited),
            taken => taken,
        }
    };
    let entry = prepared.entry;
    batch.push(prepared);
    Course::New(entry, taken)
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
    let asked: Vec<&WallCode> = codes.values().flatten().collect();
    let found = places::doors(tx, &asked).await?;
    let entrance = |(path, code): (&str, Result<WallCode, Code>)| {
        let entrance = code.and_then(|code| Entrance::of(&code, &found));
        (path.to_owned(), entrance)
    };
    Ok(codes.into_iter().map(entrance).collect())
}

/// Writes many reports at once, and tells whose report codes were free.
///
/// # Errors
/// Those of the database.
pub async fn write(app: &App, tx: &mut Tx, batch: Vec<Prepared>) -> Result<HashSet<Hash>> {
    Ok(writer::write(app, tx, batch, Vec::new()).await?.codes)
}
