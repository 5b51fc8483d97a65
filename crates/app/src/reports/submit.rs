//! The way of a report in: read, decided in memory, written through the one door.

use hezuo_domain::cases::{Actor, Finder, Source, Voice};
use hezuo_domain::commitment::Hash;
use hezuo_domain::ids::{AreaId, CaseId, EnterpriseId, SiteId};
use hezuo_domain::report_code::Lookup;
use hezuo_domain::reports::{Arrival, Report};
use hezuo_domain::time::{Day, Zone};
use hezuo_domain::{Code, Scope};
use hezuo_store::cases::{self as rows, ReportCodeEntry};
use hezuo_store::{Tx, intake};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Entrance, enter};
use crate::cases::door::{self, Decided};
use crate::envelopes::Encoded;
use crate::{App, Result, notices};

/// What waits of a report until it is let out.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Waiting {
    pub(crate) report: Report,
    pub(crate) site: Option<SiteId>,
    pub(crate) area: Option<AreaId>,
    pub(crate) form: bool,
    pub(crate) name: Option<SealedName>,
}

/// A name given in confidence, as it waits with its report.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SealedName {
    pub(crate) sealed: Encoded,
    pub(crate) person: Hash,
}

/// A report on its way in.
#[derive(Debug, Clone)]
pub struct Submission {
    /// The part of the address after `/r/`.
    pub wall_code: String,
    /// Derived from the report code; also what makes sending twice safe.
    pub lookup: Lookup,
    /// SHA-256 of the bytes that were sent.
    pub digest: Hash,
    /// What was filled in.
    pub report: Report,
    /// The page with or without JavaScript.
    pub source: Source,
    /// The local day, where it came in on an earlier one than today.
    pub day: Option<Day>,
}

/// A report that was decided: all that its transaction has to write.
#[derive(Debug)]
pub struct Prepared {
    entry: ReportCodeEntry,
    rows: Rows,
}

impl Prepared {
    /// The tenant.
    pub fn enterprise(&self) -> EnterpriseId {
        self.entry.enterprise
    }

    /// The case that it is or will be.
    pub fn case(&self) -> CaseId {
        self.entry.case
    }

    /// Whether it waits to be let out.
    pub fn waits(&self) -> bool {
        matches!(self.rows, Rows::Waiting(_))
    }
}

#[derive(Debug)]
enum Rows {
    /// A report whose minute nobody may know, until it is let out.
    Waiting(intake::WaitingReport),
    /// A case, with the sealed name and the key of the person where there is one.
    Case(Box<Decided>, Option<(Vec<u8>, Hash)>),
}

/// Decides what a report becomes. A named one, and one that the worker sent as urgent, become a case
/// at once; the others wait until their day is over.
///
/// # Errors
/// Those of [`Report::check`].
pub fn prepare(app: &App, entrance: &Entrance, submission: Submission) -> Result<Prepared> {
    let mut report = submission.report.check()?;
    let enterprise = entrance.enterprise.id;
    let zone = Zone::named(&entrance.enterprise.time_zone).ok_or(Code::ZoneUnknown)?;
    let anonymous = report.voice == Voice::Anonymous;
    let area = match &entrance.area {
        Some(area) if !anonymous || report.name_machine => Some(area.id),
        _ => entrance.anonymous_area().map(|area| area.id),
    };
    let site = entrance.area.as_ref().map(|area| area.site_id);
    let id = CaseId::random(app.random.as_ref());
    let now = app.now();
    let day = submission.day.unwrap_or(zone.day(now));
    let entry = ReportCodeEntry {
        stored: submission.lookup.stored(),
        enterprise,
        case: id,
        digest: submission.digest,
    };
    let name = match report.name.take() {
        Some(name) => {
            let sealed = app.keys.seal_name(app.random.as_ref(), id, &name)?;
            Some((sealed, app.keys.person_key(enterprise, &name)))
        }
        None => None,
    };
    let rows = if report.voice != Voice::Named && !report.danger {
        let waiting = Waiting {
            report,
            site,
            area,
            form: submission.source == Source::Form,
            name: name.map(|(sealed, person)| SealedName {
                sealed: Encoded(sealed),
                person,
            }),
        };
        let body = serde_json::to_string(&waiting).unwrap_or_default();
        Rows::Waiting(intake::WaitingReport { id, day, body })
    } else {
        let arrival = Arrival {
            enterprise,
            id,
            site,
            area,
            source: submission.source,
            day,
            at: now,
        };
        let decided = opened(&report, arrival, day);
        Rows::Case(Box::new(decided), name)
    };
    Ok(Prepared { entry, rows })
}

/// Writes many reports at once, each table with one statement. False when one of their report
/// codes is taken; then nothing may be committed.
pub async fn write(app: &App, tx: &mut Tx, batch: Vec<Prepared>) -> Result<bool> {
    let entries: Vec<ReportCodeEntry> = batch.iter().map(|it| it.entry).collect();
    if !rows::claim_report_codes(tx, &entries).await? {
        return Ok(false);
    }
    let mut waiting = Vec::new();
    let mut decided = Vec::new();
    let mut reporters = Vec::new();
    let mut people = Vec::new();
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
    if !waiting.is_empty() {
        intake::add(tx, &waiting).await?;
    }
    if !decided.is_empty() {
        notices::raise(app, tx, &decided).await?;
        door::write(tx, app.random.as_ref(), &decided).await?;
    }
    if !reporters.is_empty() {
        rows::save_reporters(tx, reporters).await?;
        rows::add_participation(tx, &people).await?;
    }
    Ok(true)
}

/// Takes a report. True when it is new, false when the same one was there already.
///
/// # Errors
/// Those of [`Report::check`], `wall_code.unknown`, `report.code_taken`, `report.too_many`.
pub async fn submit(app: &App, submission: Submission) -> Result<bool> {
    let entrance = enter(app, &submission.wall_code).await?;
    let code = submission.wall_code.to_ascii_uppercase();
    let is_danger = submission.report.danger;
    let prepared = prepare(app, &entrance, submission)?;
    let entry = prepared.entry;
    let mut tx = app.db.write(&Scope::ReportCode(entry.enterprise)).await?;
    if write(app, &mut tx, vec![prepared]).await? {
        // What came before may come again; only a new one costs of the budget, a danger never.
        if !is_danger {
            if app.limits.reports.is_spent(&code, app.now()) {
                return Err(Code::ReportsLimited.into());
            }
            app.limits.reports.fail(&code, app.now());
        }
        tx.commit().await?;
        return Ok(true);
    }
    let known = rows::find_report_code(&mut tx, entry.stored).await?;
    if known.is_some_and(|known| known.digest == entry.digest) {
        Ok(false)
    } else {
        Err(Code::ReportCodeTaken.into())
    }
}

/// The first step of a report's life as a case; `today` is the day it counts on.
pub(crate) fn opened(report: &Report, arrival: Arrival, today: Day) -> Decided {
    let client = if arrival.source == Source::Form {
        "form"
    } else {
        "phone"
    };
    Decided {
        step: report.open(arrival),
        action: "report",
        actor: Actor::Reporter,
        client,
        pack: None,
        day: today,
        at: arrival.at,
        details: json!({
            "area": arrival.area,
            "category": report.category,
            "danger": report.danger,
            "finder": report.finder.map(Finder::as_str),
            "reported_day": arrival.day,
            "site": arrival.site,
            "text": report.text,
            "voice": report.voice,
        }),
    }
}
