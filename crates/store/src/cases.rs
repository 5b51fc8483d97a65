//! Cases, their events and what hangs on them.

pub mod across;
pub(crate) mod lists;
pub(crate) mod rows;
pub mod search;

pub use lists::{CaseSummary, Days, Figure, Filter, Queue, list, search as search_list};
pub use rows::{Attachment, Event, EventRow, load_event_rows};

use std::collections::{HashMap, HashSet};

use hezuo_domain::cases::Case;
use hezuo_domain::commitment::Hash;
use hezuo_domain::ids::{CaseId, EnterpriseId};

use crate::db::Tx;
use crate::error::{Result, StoreError};
use crate::ledger::{self, Pending};
use crate::statement::statements;
use crate::value::{Value, args};
use rows::{AttachmentRow, CaseRow, case_columns, case_values, event_values};

statements! {
    rows SAVE_CASES = (37, "INSERT INTO cases (enterprise_id, id, version, kind, category, voice,
        source, finder, danger, site_id, area_id, text, state, reported_day, reported_at, answer,
        answered_day, grade_likelihood, grade_severity, grade_level, grade_pack, legal, owner_id,
        due_day, plan_measure, plan_responsibility, plan_money_minor, plan_currency,
        plan_contingency, fixer_user_id, fixed_day, verified_day, merged_into, referred_to,
        disputed, alarm_step, alarm_user_id)",
        "ON CONFLICT (enterprise_id, id) DO UPDATE SET version = excluded.version,
        text = excluded.text, state = excluded.state, answer = excluded.answer,
        answered_day = excluded.answered_day, grade_likelihood = excluded.grade_likelihood,
        grade_severity = excluded.grade_severity, grade_level = excluded.grade_level,
        grade_pack = excluded.grade_pack, legal = excluded.legal, owner_id = excluded.owner_id,
        due_day = excluded.due_day, plan_measure = excluded.plan_measure,
        plan_responsibility = excluded.plan_responsibility,
        plan_money_minor = excluded.plan_money_minor, plan_currency = excluded.plan_currency,
        plan_contingency = excluded.plan_contingency, fixer_user_id = excluded.fixer_user_id,
        fixed_day = excluded.fixed_day, verified_day = excluded.verified_day,
        merged_into = excluded.merged_into,
        referred_to = excluded.referred_to, disputed = excluded.disputed,
        alarm_step = excluded.alarm_step, alarm_user_id = excluded.alarm_user_id
        WHERE cases.version = excluded.version - 1 RETURNING id");
    rows ADD_EVENTS = (18, "INSERT INTO case_event (enterprise_id, id, case_id, position, action,
        actor_kind, actor_user_id, client, pack, at, local_day, from_state, to_state, due_from,
        due_to, nonce, payload, leaf)", "");
    tenant FIND_CASE =
        (case_columns!("SELECT ", " FROM cases c WHERE c.enterprise_id = $1 AND c.id = $2"));
    tenant FIND_EVENTS = "SELECT e.id, e.position, e.action, e.actor_kind, p.name AS actor_name,
        e.at, e.local_day, e.payload
        FROM case_event e
        LEFT JOIN app_user u ON u.enterprise_id = e.enterprise_id AND u.id = e.actor_user_id
        LEFT JOIN person p ON p.enterprise_id = u.enterprise_id AND p.id = u.person_id
        WHERE e.enterprise_id = $1 AND e.case_id = $2 ORDER BY e.position";
    rows SAVE_REPORTERS = (3, "INSERT INTO case_reporter (enterprise_id, case_id, sealed)", "");
    tenant FIND_REPORTER =
        "SELECT sealed FROM case_reporter WHERE enterprise_id = $1 AND case_id = $2";
    rows SAVE_ATTACHMENTS = (7, "INSERT INTO case_attachment (enterprise_id, case_id, name, stage,
        content_type, size, blob_hash)", "ON CONFLICT (enterprise_id, case_id, name) DO NOTHING");
    tenant FIND_ATTACHMENTS = "SELECT name, stage, content_type, size, blob_hash
        FROM case_attachment WHERE enterprise_id = $1 AND case_id = $2 ORDER BY name";
    rows ADD_PARTICIPATION = (3, "INSERT INTO participation (enterprise_id, local_day, person_key)",
        "ON CONFLICT (enterprise_id, local_day, person_key) DO NOTHING");
    global_rows CLAIM_REPORT_CODES = (4, "INSERT INTO report_code (lookup_hash, enterprise_id,
        case_id, digest)", "ON CONFLICT (lookup_hash) DO NOTHING RETURNING lookup_hash");
    global FIND_REPORT_CODE =
        "SELECT enterprise_id, case_id, digest FROM report_code WHERE lookup_hash = $1";
    rows CLAIM_KEYS = (4, "INSERT INTO idempotency (enterprise_id, id, digest, local_day)",
        "ON CONFLICT (enterprise_id, id) DO NOTHING");
    tenant FIND_KEY = "SELECT digest FROM idempotency WHERE enterprise_id = $1 AND id = $2";
    many KEYS_USED = ("steps of many enterprises share one commit", 2,
        "WITH asked (enterprise_id, id) AS (", ") SELECT i.enterprise_id, i.id, i.digest FROM asked
        JOIN idempotency i ON i.enterprise_id = asked.enterprise_id AND i.id = asked.id");
    rows SAVE_FIELDS =
        (4, "INSERT INTO case_field (enterprise_id, case_id, field, value)", "");
}

/// Writes the present state of many cases in one statement, and tells which took it: one that has moved
/// on since it was read stays as it is.
pub async fn save(tx: &mut Tx, cases: &[&Case]) -> Result<HashSet<CaseId>> {
    let rows = cases.iter().map(|case| case_values(case)).collect();
    let taken: Vec<(uuid::Uuid,)> = tx.many(&SAVE_CASES, rows).await?;
    Ok(taken.into_iter().map(|(id,)| CaseId(id)).collect())
}

/// Appends events, whose leaves then wait for the sequencer.
pub async fn add_events(tx: &mut Tx, events: &[Event]) -> Result<()> {
    fill_events(tx, events.iter()).await?;
    let leaves = events.iter().map(|it| Pending {
        enterprise: it.enterprise,
        event: it.id,
        leaf: it.leaf,
    });
    ledger::wait(tx, leaves).await
}

/// Appends events of which nothing waits.
pub(crate) async fn fill_events(tx: &mut Tx, events: impl Iterator<Item = &Event>) -> Result<()> {
    tx.insert(&ADD_EVENTS, events.map(event_values).collect())
        .await?;
    Ok(())
}

/// Reads one case of the scope's enterprise.
pub async fn find(tx: &mut Tx, id: CaseId) -> Result<Option<Case>> {
    let Some(enterprise) = tx.scope().enterprise() else {
        return Err(StoreError::Scope("FIND_CASE"));
    };
    let row: Option<CaseRow> = tx.optional(&FIND_CASE, args![id]).await?;
    row.map(|row| row.into_case(enterprise)).transpose()
}

/// Keeps who raised cases, sealed.
pub async fn save_reporters(
    tx: &mut Tx,
    reporters: Vec<(EnterpriseId, CaseId, Vec<u8>)>,
) -> Result<()> {
    let rows = reporters
        .into_iter()
        .map(|(enterprise, case, sealed)| args![enterprise, case, sealed]);
    tx.insert(&SAVE_REPORTERS, rows.collect()).await?;
    Ok(())
}

/// Reads who raised a case, sealed; nothing for an anonymous voice.
pub async fn find_reporter(tx: &mut Tx, case: CaseId) -> Result<Option<Vec<u8>>> {
    let row: Option<(Vec<u8>,)> = tx.optional(&FIND_REPORTER, args![case]).await?;
    Ok(row.map(|(sealed,)| sealed))
}

/// Names attachments of cases; a name that is there already stays as it is.
pub async fn save_attachments(
    tx: &mut Tx,
    attachments: &[(EnterpriseId, CaseId, Attachment)],
) -> Result<u64> {
    let rows = attachments.iter().map(|(enterprise, case, it)| {
        args![
            *enterprise,
            *case,
            &it.name,
            &it.stage,
            &it.content_type,
            it.size,
            it.blob
        ]
    });
    tx.insert(&SAVE_ATTACHMENTS, rows.collect()).await
}

/// The attachments of a case by name.
pub async fn find_attachments(tx: &mut Tx, case: CaseId) -> Result<Vec<Attachment>> {
    let rows: Vec<AttachmentRow> = tx.all(&FIND_ATTACHMENTS, args![case]).await?;
    rows.into_iter().map(Attachment::try_from).collect()
}

/// Notes that people took part on a day; `people` are keyed hashes.
pub async fn add_participation(
    tx: &mut Tx,
    people: &[(EnterpriseId, hezuo_domain::time::Day, Hash)],
) -> Result<()> {
    let mut people = people.to_vec();
    people.sort_unstable();
    people.dedup();
    let rows = people
        .into_iter()
        .map(|(enterprise, day, key)| args![enterprise, day, key]);
    tx.insert(&ADD_PARTICIPATION, rows.collect()).await?;
    Ok(())
}

/// A report code's entry.
#[derive(Debug, Clone, Copy)]
pub struct ReportCodeEntry {
    /// SHA-256 of the lookup.
    pub stored: Hash,
    /// The tenant.
    pub enterprise: EnterpriseId,
    /// The case that it opens, also before its release.
    pub case: CaseId,
    /// SHA-256 of what was sent.
    pub digest: Hash,
}

/// Claims report codes, each of which may occur once, and tells which of them were free.
pub async fn claim_report_codes(tx: &mut Tx, entries: &[ReportCodeEntry]) -> Result<HashSet<Hash>> {
    let mut entries = entries.to_vec();
    // Two writers take their rows in the same order, so that they can't wait for each other.
    entries.sort_unstable_by_key(|it| it.stored);
    let rows = entries
        .iter()
        .map(|it| args![it.stored, it.enterprise, it.case, it.digest]);
    let claimed: Vec<(Vec<u8>,)> = tx.many(&CLAIM_REPORT_CODES, rows.collect()).await?;
    let stored = |(stored,)| rows::hash(stored, "report_code.lookup_hash");
    claimed.into_iter().map(stored).collect()
}

/// Finds what a report code opens.
pub async fn find_report_code(tx: &mut Tx, stored: Hash) -> Result<Option<ReportCodeEntry>> {
    let row: Option<(uuid::Uuid, uuid::Uuid, Vec<u8>)> =
        tx.optional(&FIND_REPORT_CODE, args![stored]).await?;
    row.map(|(enterprise, case, digest)| {
        Ok(ReportCodeEntry {
            stored,
            enterprise: enterprise.into(),
            case: case.into(),
            digest: rows::hash(digest, "report_code.digest")?,
        })
    })
    .transpose()
}

/// The key of a request that may be sent twice, of an enterprise.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// The tenant.
    pub enterprise: EnterpriseId,
    /// The client's own id of the request.
    pub id: uuid::Uuid,
    /// Of what was sent and by whom.
    pub digest: Hash,
    /// The local day.
    pub day: hezuo_domain::time::Day,
}

/// Claims keys of requests; tells how many were new.
pub async fn claim_keys(tx: &mut Tx, keys: &[Key]) -> Result<u64> {
    let mut keys = keys.to_vec();
    keys.sort_unstable_by_key(|it| (it.enterprise, it.id));
    let rows = keys
        .iter()
        .map(|it| args![it.enterprise, it.id, it.digest, it.day]);
    tx.insert(&CLAIM_KEYS, rows.collect()).await
}

/// Claims a key; false when it was used already.
pub async fn claim_key(
    tx: &mut Tx,
    enterprise: EnterpriseId,
    id: uuid::Uuid,
    digest: Hash,
    day: hezuo_domain::time::Day,
) -> Result<bool> {
    let key = Key {
        enterprise,
        id,
        digest,
        day,
    };
    Ok(claim_keys(tx, &[key]).await? == 1)
}

/// What was sent under an idempotency key.
pub async fn find_key(tx: &mut Tx, key: uuid::Uuid) -> Result<Option<Hash>> {
    let row: Option<(Vec<u8>,)> = tx.optional(&FIND_KEY, args![key]).await?;
    row.map(|(digest,)| rows::hash(digest, "idempotency.digest"))
        .transpose()
}

/// What was sent under keys of many enterprises, of those that were used.
pub async fn find_keys(
    tx: &mut Tx,
    keys: &[Key],
) -> Result<HashMap<(EnterpriseId, uuid::Uuid), Hash>> {
    let asked = keys.iter().map(|it| args![it.enterprise, it.id]).collect();
    let rows: Vec<(uuid::Uuid, uuid::Uuid, Vec<u8>)> = tx.many(&KEYS_USED, asked).await?;
    rows.into_iter()
        .map(|(enterprise, id, sent)| {
            let sent = rows::hash(sent, "idempotency.digest")?;
            Ok(((EnterpriseId(enterprise), id), sent))
        })
        .collect()
}

/// Keeps columns of imported rows that no field of ours takes.
pub async fn save_fields(
    tx: &mut Tx,
    fields: Vec<(EnterpriseId, CaseId, String, String)>,
) -> Result<()> {
    let rows: Vec<Vec<Value>> = fields
        .into_iter()
        .map(|(enterprise, case, field, value)| args![enterprise, case, field, value])
        .collect();
    tx.insert(&SAVE_FIELDS, rows).await?;
    Ok(())
}
