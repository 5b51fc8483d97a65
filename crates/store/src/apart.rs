//! Reports that are kept apart from the team, and what their readers and reporters say to each other.

use hezuo_domain::apart::Reader;
use hezuo_domain::ids::{CaseId, EnterpriseId};
use hezuo_domain::places::RegionCode;
use hezuo_domain::time::Day;
use uuid::Uuid;

use crate::answers::{Message, MessageRow};
use crate::db::Tx;
use crate::error::{Result, StoreError};
use crate::places::Enterprise;
use crate::statement::statements;
use crate::value::args;

/// Those that are not done with first; then the newest.
macro_rules! apart_sql {
    ($which:literal) => {
        concat!(
            "SELECT id, local_day, body, reader, urgent, version, answer, answered_day
            FROM intake_report WHERE enterprise_id = $1 AND ",
            $which
        )
    };
}

statements! {
    tenant LIST = (apart_sql!("reader = $2 AND (urgent OR local_day < $3)
        ORDER BY CASE WHEN answered_day IS NULL THEN 0 ELSE 1 END, local_day DESC, id LIMIT 200"));
    tenant FIND = (apart_sql!("id = $2 AND reader <> 'team' AND (urgent OR local_day < $3)"));
    tenant ANSWER = "UPDATE intake_report SET answer = $4, answered_day = $5, version = version + 1
        WHERE enterprise_id = $1 AND id = $2 AND version = $3 AND answered_day IS NULL";
    rows ADD_MESSAGES = (8, "INSERT INTO apart_message (enterprise_id, id, report_id, position, side,
        author, local_day, sealed)", "ON CONFLICT (enterprise_id, id) DO NOTHING");
    tenant MESSAGES = "SELECT id, side, author, local_day, sealed FROM apart_message
        WHERE enterprise_id = $1 AND report_id = $2 ORDER BY position";
    tenant MARK_TOLD = "UPDATE intake_report SET told = TRUE
        WHERE enterprise_id = $1 AND reader = 'representative' AND told = FALSE
            AND (urgent OR local_day < $2)";
    cross UNTOLD = ("readers in every enterprise are told that there is a report for them",
        "SELECT DISTINCT enterprise_id FROM intake_report
        WHERE reader = 'representative' AND told = FALSE AND (urgent OR local_day < $1)");
    cross FOR_INSPECTORS = ("an inspector's offices look after many enterprises; the caller filters",
        "SELECT e.id, e.short_code, e.kind, e.name, e.credit_code, e.credit_code_ok, e.region_code,
            e.time_zone, i.local_day, i.urgent
        FROM intake_report i JOIN enterprise e ON e.id = i.enterprise_id
        WHERE i.reader = 'inspector' AND i.answered_day IS NULL ORDER BY e.id LIMIT 5000");
    cross HAS_INSPECTOR = ("an inspector is at home in an office, not in the factory",
        "SELECT g.role FROM role_grant g
        JOIN app_user u ON u.enterprise_id = g.enterprise_id AND u.id = g.user_id
        WHERE g.role = 'inspector' AND g.enterprise_id <> $1 AND u.disabled = FALSE
            AND g.place_key IN ($2, $3, $4, $5, $6, $7) LIMIT 1");
}

/// A report that is kept apart.
#[derive(Debug, Clone)]
pub struct Apart {
    /// Its id, and that of the case that it may become.
    pub id: CaseId,
    /// The day it was reported.
    pub day: Day,
    /// What was sent, as JSON of the app's own type.
    pub body: String,
    /// Who reads it.
    pub reader: Reader,
    /// Whether it did not wait until its day was over.
    pub urgent: bool,
    /// What an answer must name, so that two of them do not cross.
    pub version: i64,
    /// The written answer.
    pub answer: Option<String>,
    /// The day of it.
    pub answered_day: Option<Day>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    local_day: i64,
    body: String,
    reader: String,
    urgent: bool,
    version: i64,
    answer: Option<String>,
    answered_day: Option<i64>,
}

impl TryFrom<Row> for Apart {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: CaseId(row.id),
            day: Day(row.local_day),
            body: row.body,
            reader: Reader::parse(&row.reader)
                .ok_or(StoreError::Corrupt("intake_report.reader"))?,
            urgent: row.urgent,
            version: row.version,
            answer: row.answer,
            answered_day: row.answered_day.map(Day),
        })
    }
}

/// What this reader may read: urgent ones, and those from before a day; at most 200.
pub async fn list(tx: &mut Tx, reader: Reader, before: Day) -> Result<Vec<Apart>> {
    let rows: Vec<Row> = tx.all(&LIST, args![reader.as_str(), before]).await?;
    rows.into_iter().map(Apart::try_from).collect()
}

/// One that may be read already, whoever its reader is.
pub async fn find(tx: &mut Tx, id: CaseId, before: Day) -> Result<Option<Apart>> {
    let row: Option<Row> = tx.optional(&FIND, args![id, before]).await?;
    row.map(Apart::try_from).transpose()
}

/// Writes the answer; false where it has moved on since it was read.
pub async fn answer(tx: &mut Tx, id: CaseId, version: i64, answer: &str, day: Day) -> Result<bool> {
    let values = args![id, version, answer, day];
    Ok(tx.execute(&ANSWER, values).await? == 1)
}

/// Keeps what was said, at a position from 1.
pub async fn say(
    tx: &mut Tx,
    enterprise: EnterpriseId,
    report: CaseId,
    position: i64,
    it: Message,
) -> Result<()> {
    let row = args![
        enterprise,
        it.id,
        report,
        position,
        it.side.as_str(),
        it.author,
        it.day,
        it.sealed
    ];
    tx.insert(&ADD_MESSAGES, vec![row]).await?;
    Ok(())
}

/// What was said about a report, oldest first.
pub async fn said(tx: &mut Tx, report: CaseId) -> Result<Vec<Message>> {
    let rows: Vec<MessageRow> = tx.all(&MESSAGES, args![report]).await?;
    rows.into_iter().map(Message::try_from).collect()
}

/// Enterprises whose representatives do not know yet of a report that they may read.
pub async fn untold(tx: &mut Tx, before: Day) -> Result<Vec<EnterpriseId>> {
    let rows: Vec<(Uuid,)> = tx.all(&UNTOLD, args![before]).await?;
    Ok(rows.into_iter().map(|(id,)| EnterpriseId(id)).collect())
}

/// A report that waits for the inspectors of its enterprise.
#[derive(Debug, sqlx::FromRow)]
pub struct ForInspectors {
    /// Where.
    #[sqlx(flatten)]
    pub enterprise: Enterprise,
    /// The day it was reported.
    pub local_day: i64,
    /// Whether it did not wait until that day was over.
    pub urgent: bool,
}

/// All that wait for inspectors anywhere, at most 5,000; by enterprise.
pub async fn for_inspectors(tx: &mut Tx) -> Result<Vec<ForInspectors>> {
    tx.all(&FOR_INSPECTORS, args![]).await
}

/// Notes that the representatives are told; how many reports that are.
pub async fn mark_told(tx: &mut Tx, before: Day) -> Result<u64> {
    tx.execute(&MARK_TOLD, args![before]).await
}

/// Whether somebody from elsewhere inspects this enterprise.
pub async fn has_inspector(
    tx: &mut Tx,
    enterprise: EnterpriseId,
    region: Option<&RegionCode>,
) -> Result<bool> {
    let own = enterprise.to_string();
    // A grant on a division covers what begins with its digits: the divisions above are few.
    let above = |digits: usize| {
        region
            .and_then(|region| region.as_str().get(..digits))
            .map_or_else(|| own.clone(), RegionCode::padded)
    };
    let whole = region.map_or_else(|| own.clone(), |region| region.as_str().to_owned());
    let values = args![
        enterprise,
        &own,
        above(0),
        above(2),
        above(4),
        above(6),
        whole
    ];
    let row: Option<(String,)> = tx.optional(&HAS_INSPECTOR, values).await?;
    Ok(row.is_some())
}
