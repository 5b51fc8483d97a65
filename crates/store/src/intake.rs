//! Reports that wait until their day is over: the anonymous ones, and those in confidence. Those that
//! are kept apart from the team lie here too, until their reader hands them on ([`crate::apart`]).

use hezuo_domain::apart::Reader;
use hezuo_domain::ids::{CaseId, EnterpriseId};
use hezuo_domain::time::Day;
use uuid::Uuid;

use crate::cases::Attachment;
use crate::cases::rows::AttachmentRow;
use crate::db::Tx;
use crate::error::{Result, StoreError};
use crate::statement::statements;
use crate::value::args;

statements! {
    rows ADD_REPORTS = (6, "INSERT INTO intake_report (enterprise_id, id, local_day, body, reader,
        urgent)", "");
    tenant FIND_REPORT = "SELECT id, local_day, body, reader, urgent FROM intake_report
        WHERE enterprise_id = $1 AND id = $2";
    tenant WAITING = "SELECT COUNT(*) AS waiting, MIN(local_day) AS oldest FROM intake_report
        WHERE enterprise_id = $1 AND local_day < $2 AND reader = 'team'";
    tenant TAKE_REPORTS = "SELECT id, local_day, body, reader, urgent FROM intake_report
        WHERE enterprise_id = $1 AND local_day < $2 AND reader = 'team' ORDER BY id LIMIT $3";
    tenant DROP_REPORT = "DELETE FROM intake_report WHERE enterprise_id = $1 AND id = $2";
    tenant COUNT_ATTACHMENTS = "SELECT COUNT(*) FROM intake_attachment
        WHERE enterprise_id = $1 AND report_id = $2";
    rows SAVE_ATTACHMENTS = (7, "INSERT INTO intake_attachment (enterprise_id, report_id, name,
        stage, content_type, size, blob_hash)",
        "ON CONFLICT (enterprise_id, report_id, name) DO NOTHING");
    tenant FIND_ATTACHMENTS = "SELECT name, stage, content_type, size, blob_hash
        FROM intake_attachment WHERE enterprise_id = $1 AND report_id = $2 ORDER BY name";
    // What is taken is what is given back: a picture that comes meanwhile stays, and with it its report.
    tenant TAKE_ATTACHMENTS = "DELETE FROM intake_attachment WHERE enterprise_id = $1 AND report_id = $2
        RETURNING name, stage, content_type, size, blob_hash";
    cross WITH_WAITING = ("the release job looks for enterprises whose reports have waited",
        "SELECT DISTINCT enterprise_id FROM intake_report WHERE local_day < $1 AND reader = 'team'");
}

/// A report that waits. It carries the day and nothing finer.
#[derive(Debug, Clone)]
pub struct WaitingReport {
    /// The id that its case will have.
    pub id: CaseId,
    /// The local day.
    pub day: Day,
    /// What was sent, as JSON of the app's own type.
    pub body: String,
    /// Who reads it; the team gets it as a case.
    pub reader: Reader,
    /// Whether a reader apart from the team may see it before its day is over.
    pub urgent: bool,
}

type Row = (Uuid, i64, String, String, bool);

impl TryFrom<Row> for WaitingReport {
    type Error = StoreError;
    fn try_from((id, day, body, reader, urgent): Row) -> Result<Self> {
        Ok(Self {
            id: CaseId(id),
            day: Day(day),
            body,
            reader: Reader::parse(&reader).ok_or(StoreError::Corrupt("intake_report.reader"))?,
            urgent,
        })
    }
}

/// Puts reports into the waiting room.
pub async fn add(tx: &mut Tx, reports: &[(EnterpriseId, WaitingReport)]) -> Result<()> {
    let rows = reports.iter().map(|(enterprise, it)| {
        let reader = it.reader.as_str();
        args![*enterprise, it.id, it.day, &it.body, reader, it.urgent]
    });
    tx.insert(&ADD_REPORTS, rows.collect()).await?;
    Ok(())
}

/// One waiting report.
pub async fn find(tx: &mut Tx, id: CaseId) -> Result<Option<WaitingReport>> {
    let row: Option<Row> = tx.optional(&FIND_REPORT, args![id]).await?;
    row.map(WaitingReport::try_from).transpose()
}

/// How many wait from before a day, and since which day.
pub async fn waiting(tx: &mut Tx, before: Day) -> Result<(i64, Option<Day>)> {
    let row: Option<(i64, Option<i64>)> = tx.optional(&WAITING, args![before]).await?;
    let (waiting, oldest) = row.unwrap_or_default();
    Ok((waiting, oldest.map(Day)))
}

/// Reports from before a day, in the order of their random ids: not the order in which they came.
pub async fn take(tx: &mut Tx, before: Day, limit: i64) -> Result<Vec<WaitingReport>> {
    let rows: Vec<Row> = tx.all(&TAKE_REPORTS, args![before, limit]).await?;
    rows.into_iter().map(WaitingReport::try_from).collect()
}

/// Removes a report that has become a case. It fails where an attachment has come since they were taken.
pub async fn drop_report(tx: &mut Tx, id: CaseId) -> Result<()> {
    tx.execute(&DROP_REPORT, args![id]).await?;
    Ok(())
}

/// Names an attachment of a waiting report; a name that is there already stays as it is.
pub async fn save_attachment(
    tx: &mut Tx,
    enterprise: EnterpriseId,
    report: CaseId,
    it: &Attachment,
) -> Result<()> {
    let row = args![
        enterprise,
        report,
        &it.name,
        &it.stage,
        &it.content_type,
        it.size,
        it.blob
    ];
    tx.insert(&SAVE_ATTACHMENTS, vec![row]).await?;
    Ok(())
}

/// The attachments of a waiting report.
pub async fn find_attachments(tx: &mut Tx, report: CaseId) -> Result<Vec<Attachment>> {
    let rows: Vec<AttachmentRow> = tx.all(&FIND_ATTACHMENTS, args![report]).await?;
    rows.into_iter().map(Attachment::try_from).collect()
}

/// Takes the attachments of a report that is about to be removed.
pub async fn take_attachments(tx: &mut Tx, report: CaseId) -> Result<Vec<Attachment>> {
    let rows: Vec<AttachmentRow> = tx.all(&TAKE_ATTACHMENTS, args![report]).await?;
    rows.into_iter().map(Attachment::try_from).collect()
}

/// Counts the attachments of a waiting report.
pub async fn count_attachments(tx: &mut Tx, report: CaseId) -> Result<i64> {
    let row: Option<(i64,)> = tx.optional(&COUNT_ATTACHMENTS, args![report]).await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// Enterprises with reports from before a day.
pub async fn with_waiting(tx: &mut Tx, before: Day) -> Result<Vec<EnterpriseId>> {
    let rows: Vec<(Uuid,)> = tx.all(&WITH_WAITING, args![before]).await?;
    Ok(rows.into_iter().map(|(id,)| EnterpriseId(id)).collect())
}
