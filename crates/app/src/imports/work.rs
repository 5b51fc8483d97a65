//! The two jobs of an import: the dry run, and the run.

use std::collections::HashSet;

use hezuo_domain::Code;
use hezuo_domain::Scope;
use hezuo_domain::cases::Actor;
use hezuo_domain::commitment::hex;
use hezuo_domain::ids::{CaseId, EnterpriseId, ImportId};
use hezuo_domain::imports::{Destination, Progress};
use hezuo_domain::time::{Day, Instant, Zone};
use hezuo_store::imports::{ImportFile, RowError, Rows};
use hezuo_store::jobs::Job;
use hezuo_store::places::{self, Enterprise};
use hezuo_store::{StoreError, Tx, cases, imports};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::mapping::{Mapping, Plan, Reading};
use super::table::{Row, Table};
use super::targets::{Made, Targets};
use crate::cases::door::{self, Decided};
use crate::{App, Error, Result, jobs};

/// The dry run.
pub(crate) const CHECK: &str = "import.check";
/// The run.
pub(crate) const RUN: &str = "import.run";

/// Rows that are written in one transaction.
const BATCH: usize = 500;

/// Rows that are checked between two looks at whether somebody still waits.
const CHECKED_AT_ONCE: usize = 5_000;

/// Wrong values that are kept of one file; all wrong rows are counted.
const MAX_ERRORS: i64 = 10_000;

const REASON: &str = "an import writes rows of the enterprises in its home's register";

/// What a job of an import is about.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Payload {
    pub(super) import: ImportId,
}

pub(super) fn payload(job: &Job) -> Result<Payload> {
    serde_json::from_str(&job.payload).or(Err(StoreError::Corrupt("job.payload").into()))
}

/// An import that a job works on.
struct Work<'a> {
    app: &'a App,
    job: &'a Job,
    home: Enterprise,
    file: ImportFile,
    table: Table,
    plan: Plan,
    targets: Targets,
    today: Day,
    at: Instant,
}

/// Reads a file again and finds what is wrong with it; writes nothing but errors and totals.
pub(crate) async fn check(app: &App, job: &Job) -> Result<()> {
    let Some(work) = load(app, job, Progress::Checking).await? else {
        return Ok(());
    };
    let mut tx = app.db.read(&Scope::System(REASON)).await?;
    let known = imports::known_rows(&mut tx, work.file.file_hash, 0, i64::MAX).await?;
    drop(tx);
    let known: HashSet<(EnterpriseId, i64)> = known.into_iter().collect();
    let mut found = Vec::new();
    let mut rows = Rows {
        total: work.file.rows.total,
        ..Rows::default()
    };
    for chunk in work.table.rows.chunks(CHECKED_AT_ONCE) {
        for row in chunk {
            match work.plan.read(row) {
                Err(errors) => {
                    if rows.failed < MAX_ERRORS {
                        found.extend(errors);
                    }
                    rows.failed += 1;
                }
                Ok(reading) if work.is_known(&reading, row, &known) => rows.known += 1,
                Ok(_) => rows.done += 1,
            }
        }
        work.save(Progress::Checking, rows, &[], None).await?;
    }
    work.save(Progress::Checked, rows, &found, None).await
}

/// Writes the rows, from where an earlier attempt stopped. Progress is saved in the transaction of
/// the rows that it counts, and each row is claimed in it, so a row is written once, whatever
/// happens between.
pub(crate) async fn run(app: &App, job: &Job) -> Result<()> {
    let Some(mut work) = load(app, job, Progress::Running).await? else {
        return Ok(());
    };
    let mut rows = work.file.rows;
    let all = std::mem::take(&mut work.table.rows);
    let begin = usize::try_from(rows.seen()).unwrap_or(0).min(all.len());
    for chunk in all[begin..].chunks(BATCH) {
        rows = work.write(chunk, rows).await?;
    }
    work.save(Progress::Done, rows, &[], None).await
}

/// Gives an import up, in the transaction that gives its job up.
pub(crate) async fn fail(tx: &mut Tx, job: &Job, error: &Error) -> Result<()> {
    let code = error.problem().code.as_str();
    Ok(imports::fail(tx, payload(job)?.import, code).await?)
}

/// Loads what a job needs; nothing when the import no longer waits for it.
async fn load<'a>(app: &'a App, job: &'a Job, state: Progress) -> Result<Option<Work<'a>>> {
    let id = payload(job)?.import;
    let mut tx = app.db.read(&Scope::Enterprise(job.enterprise)).await?;
    let file = imports::find(&mut tx, id).await?.ok_or(Code::NotFound)?;
    drop(tx);
    if file.state != state {
        return Ok(None);
    }
    let mapping: Mapping =
        serde_json::from_str(&file.mapping).or(Err(StoreError::Corrupt("import_file.mapping")))?;
    let bytes = app.blobs.get(job.enterprise, &file.file_hash).await?;
    let bytes = bytes.ok_or(Code::ImportUnreadable)?;
    let table = tokio::task::spawn_blocking(move || Table::read(&bytes)).await??;

    let mut tx = app.db.read(&Scope::System(REASON)).await?;
    let home = places::find_enterprise(&mut tx, job.enterprise)
        .await?
        .ok_or(Code::NotFound)?;
    let scheme = mapping.enterprise_scheme.as_deref();
    let targets = Targets::load(&mut tx, home.clone(), scheme).await?;
    drop(tx);
    let zone = Zone::named(&home.time_zone).ok_or(Code::ZoneUnknown)?;
    let at = app.now();
    let today = zone.day(at);
    let plan = Plan::new(&table, &mapping, today)?;
    Ok(Some(Work {
        app,
        job,
        home,
        file,
        table,
        plan,
        targets,
        today,
        at,
    }))
}

/// What becomes of a batch of rows.
#[derive(Default)]
struct Batch {
    made: Made,
    decided: Vec<Decided>,
    fields: Vec<(EnterpriseId, CaseId, String, String)>,
    claims: Vec<(EnterpriseId, i64, CaseId)>,
    errors: Vec<RowError>,
}

impl Work<'_> {
    fn is_known(&self, reading: &Reading, row: &Row, known: &HashSet<(EnterpriseId, i64)>) -> bool {
        let enterprise = self.targets.enterprise(reading);
        enterprise.is_some_and(|enterprise| known.contains(&(enterprise, row.number)))
    }

    /// Saves how far it came, and keeps the job.
    ///
    /// # Errors
    /// When the job or the import is not ours any more; then nothing is committed.
    async fn save(
        &self,
        state: Progress,
        rows: Rows,
        errors: &[RowError],
        tx: Option<Tx>,
    ) -> Result<()> {
        let mut tx = match tx {
            Some(tx) => tx,
            None => self.app.db.write(&Scope::System(REASON)).await?,
        };
        let home = self.home.id;
        imports::add_errors(&mut tx, home, self.file.id, errors).await?;
        let is_waited_for =
            imports::save_progress(&mut tx, home, self.file.id, state, rows).await?;
        if !is_waited_for || !jobs::renew(self.app, &mut tx, self.job).await? {
            return Err(Error::Internal("the import was taken up elsewhere".into()));
        }
        tx.commit().await?;
        Ok(())
    }

    async fn write(&mut self, chunk: &[Row], mut rows: Rows) -> Result<Rows> {
        let (Some(first), Some(last)) = (chunk.first(), chunk.last()) else {
            return Ok(rows);
        };
        let mut tx = self.app.db.write(&Scope::System(REASON)).await?;
        let hash = self.file.file_hash;
        let known = imports::known_rows(&mut tx, hash, first.number, last.number).await?;
        let known: HashSet<(EnterpriseId, i64)> = known.into_iter().collect();
        let mut batch = Batch::default();
        for row in chunk {
            match self.plan.read(row) {
                Err(errors) => {
                    if rows.failed < MAX_ERRORS {
                        batch.errors.extend(errors);
                    }
                    rows.failed += 1;
                }
                Ok(reading) if self.is_known(&reading, row, &known) => rows.known += 1,
                Ok(reading) => {
                    self.decide(row.number, reading, &mut batch);
                    rows.done += 1;
                }
            }
        }
        self.targets.save(&mut tx, batch.made, self.today).await?;
        if !batch.decided.is_empty() {
            door::write(self.app, &mut tx, &batch.decided).await?;
        }
        cases::save_fields(&mut tx, batch.fields).await?;
        imports::add_rows(&mut tx, hash, &batch.claims).await?;
        self.save(Progress::Running, rows, &batch.errors, Some(tx))
            .await?;
        Ok(rows)
    }

    /// The first and only step of a row's life as a case.
    fn decide(&mut self, number: i64, reading: Reading, batch: &mut Batch) {
        let random = self.app.random.as_ref();
        let place = self
            .targets
            .place(&self.plan, &reading, &mut batch.made, random);
        let id = CaseId::random(random);
        let step = reading.record.open(Destination {
            enterprise: place.enterprise,
            id,
            site: place.site,
            area: place.area,
        });
        let case = &step.case;
        let details = json!({
            "area": case.area,
            "category": case.category,
            "file": hex(&self.file.file_hash),
            "kind": case.kind,
            "reported_day": case.reported_day,
            "row": number,
            "site": case.site,
            "text": case.text,
        });
        batch.claims.push((place.enterprise, number, id));
        let fields = reading.fields.into_iter();
        batch
            .fields
            .extend(fields.map(|(name, value)| (place.enterprise, id, name, value)));
        batch.decided.push(Decided {
            day: case.reported_day,
            step,
            action: "import",
            actor: Actor::System,
            client: "import",
            pack: None,
            at: self.at,
            details,
        });
    }
}
