//! What a report becomes, decided in memory.

use hezuo_domain::Code;
use hezuo_domain::cases::{Actor, Finder, Source, Step, Voice};
use hezuo_domain::commitment::Hash;
use hezuo_domain::ids::{AreaId, CaseId, EnterpriseId, SiteId};
use hezuo_domain::report_code::Lookup;
use hezuo_domain::reports::{Arrival, Report};
use hezuo_domain::time::{Day, Instant, Zone};
use hezuo_store::cases::ReportCodeEntry;
use hezuo_store::intake;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Entrance;
use crate::cases::door::Decided;
use crate::envelopes::Encoded;
use crate::{App, Result};

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
    pub(crate) entry: ReportCodeEntry,
    pub(crate) rows: Rows,
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
pub(crate) enum Rows {
    /// A report whose minute nobody may know, until it is let out.
    Waiting(intake::WaitingReport),
    /// A case, with the sealed name and the key of the person where there is one.
    Case(Box<Decided>, Option<(Vec<u8>, Hash)>),
}

/// Decides what a report becomes. A named one, and one that the worker sent as urgent, become a case
/// at once; the others wait until their day is over. What is kept apart from the team becomes none.
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
    let (reader, urgent) = (report.reader, report.voice == Voice::Named || report.danger);
    let rows = if reader.is_apart() || !urgent {
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
        Rows::Waiting(intake::WaitingReport {
            id,
            day,
            body,
            reader,
            urgent,
        })
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

/// The first step of a report's life as a case; `today` is the day it counts on.
pub(crate) fn opened(report: &Report, arrival: Arrival, today: Day) -> Decided {
    opening(report.open(arrival), arrival.at, today)
}

/// What the event of a case's first step has to say about it.
pub(crate) fn opening(step: Step, at: Instant, today: Day) -> Decided {
    let case = &step.case;
    let client = if case.source == Source::Form {
        "form"
    } else {
        "phone"
    };
    let details = json!({
        "area": case.area,
        "category": case.category,
        "danger": case.danger,
        "finder": case.finder.map(Finder::as_str),
        "reported_day": case.reported_day,
        "site": case.site,
        "text": case.text,
        "voice": case.voice,
    });
    Decided {
        step,
        action: "report",
        actor: Actor::Reporter,
        client,
        pack: None,
        day: today,
        at,
        details,
    }
}
