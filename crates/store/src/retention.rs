//! What is over and is erased: rows that are about people. What proves that something was there stays.

use hezuo_domain::ids::EnterpriseId;
use hezuo_domain::retention::What;
use hezuo_domain::time::Day;

use crate::db::Tx;
use crate::error::Result;
use crate::statement::{Statement, statements};
use crate::value::args;

/// Cases on which nothing has happened since before a day, and nothing will.
macro_rules! over {
    ($column:literal) => {
        concat!(
            $column,
            " IN (SELECT o.id FROM cases o WHERE o.enterprise_id = $1
                AND o.state IN ('declined', 'referred', 'merged', 'verified', 'closed')
                AND NOT EXISTS (SELECT 1 FROM case_event l WHERE l.enterprise_id = o.enterprise_id
                    AND l.case_id = o.id AND l.local_day >= $2))"
        )
    };
}

macro_rules! sorts {
    ($($count:ident $erase:ident = $table:literal, $act:literal, $which:expr;)*) => {
        statements! {
            $(tenant $count = (concat!("SELECT COUNT(*) FROM ", $table, " WHERE enterprise_id = $1 AND ", $which));
            tenant $erase = (concat!($act, " WHERE enterprise_id = $1 AND ", $which));)*
            // The words by which a case is found go before its text, by which it is known that they must.
            tenant ERASE_SEARCH = (concat!("DELETE FROM case_search WHERE enterprise_id = $1 AND case_id IN (
                SELECT t.id FROM cases t WHERE t.enterprise_id = $1 AND t.text <> ''
                AND t.voice <> 'named' AND t.source IN ('phone', 'form') AND ", over!("t.id"), ")"));
            tenant HOLD = "SELECT hold_until FROM enterprise_setting WHERE enterprise_id = $1";
            rows SET_HOLD = (3, "INSERT INTO enterprise_setting (enterprise_id, emergency_phone,
                hold_until)", "ON CONFLICT (enterprise_id) DO UPDATE SET
                hold_until = excluded.hold_until");
        }
    };
}

sorts! {
    COUNT_NAMES ERASE_NAMES = "case_reporter", "DELETE FROM case_reporter", over!("case_id");
    COUNT_MESSAGES ERASE_MESSAGES = "case_message", "DELETE FROM case_message", over!("case_id");
    COUNT_SAID ERASE_SAID = "apart_message", "DELETE FROM apart_message", over!("report_id");
    COUNT_WORDS ERASE_WORDS = "case_event", "UPDATE case_event SET nonce = NULL, payload = NULL",
        concat!("payload IS NOT NULL AND action IN ('report', 'transcribe', 'verdict') AND case_id IN (SELECT v.id FROM cases v
            WHERE v.enterprise_id = $1 AND v.voice <> 'named') AND ", over!("case_id"));
    COUNT_TEXTS ERASE_TEXTS = "cases", "UPDATE cases SET text = ''",
        concat!("text <> '' AND voice <> 'named' AND source IN ('phone', 'form') AND ", over!("id"));
    COUNT_CLIPS ERASE_CLIPS = "case_attachment", "DELETE FROM case_attachment",
        concat!("stage = 'voice' AND case_id IN (SELECT v.id FROM cases v
            WHERE v.enterprise_id = $1 AND v.voice <> 'named') AND ", over!("case_id"));
    COUNT_APART_FILES ERASE_APART_FILES = "intake_attachment", "DELETE FROM intake_attachment",
        "report_id IN (SELECT i.id FROM intake_report i WHERE i.enterprise_id = $1
            AND i.answered_day < $2)";
    COUNT_APART_SAID ERASE_APART_SAID = "apart_message", "DELETE FROM apart_message",
        "report_id IN (SELECT i.id FROM intake_report i WHERE i.enterprise_id = $1
            AND i.answered_day < $2)";
    COUNT_APART_RELAYS ERASE_APART_RELAYS = "case_relay", "DELETE FROM case_relay",
        "case_id IN (SELECT i.id FROM intake_report i WHERE i.enterprise_id = $1
            AND i.answered_day < $2)";
    COUNT_APART_CODES ERASE_APART_CODES = "report_code", "DELETE FROM report_code",
        "case_id IN (SELECT i.id FROM intake_report i WHERE i.enterprise_id = $1
            AND i.answered_day < $2)";
    COUNT_APART ERASE_APART = "intake_report", "DELETE FROM intake_report", "answered_day < $2";
    COUNT_NOTICES ERASE_NOTICES = "notice", "DELETE FROM notice", "local_day < $2";
    COUNT_LOOKS ERASE_LOOKS = "entrusted_event",
        "UPDATE entrusted_event SET nonce = NULL, payload = NULL, actor = '', office = NULL",
        "payload IS NOT NULL AND local_day < $2";
    COUNT_RELAYS ERASE_RELAYS = "case_relay", "DELETE FROM case_relay",
        concat!("NOT EXISTS (SELECT 1 FROM reward w WHERE w.enterprise_id = $1
            AND w.case_id = case_relay.case_id AND w.state = 'approved') AND ", over!("case_id"));
    // Codes are spread by themselves where the tables are spread, so nothing here looks from one to the other.
    COUNT_CODES ERASE_CODES = "report_code", "DELETE FROM report_code",
        concat!("case_id NOT IN (SELECT w.case_id FROM reward w WHERE w.enterprise_id = $1
            AND w.state = 'approved') AND ", over!("case_id"));
}

/// The statements of one sort in their order: what counts and what erases.
fn of(what: What) -> Vec<(&'static Statement, &'static Statement)> {
    match what {
        What::Names => vec![(&COUNT_NAMES, &ERASE_NAMES)],
        What::Messages => vec![
            (&COUNT_MESSAGES, &ERASE_MESSAGES),
            (&COUNT_SAID, &ERASE_SAID),
        ],
        What::Words => vec![
            (&COUNT_CLIPS, &ERASE_CLIPS),
            (&COUNT_TEXTS, &ERASE_TEXTS),
            (&COUNT_WORDS, &ERASE_WORDS),
        ],
        What::Apart => vec![
            (&COUNT_APART_FILES, &ERASE_APART_FILES),
            (&COUNT_APART_SAID, &ERASE_APART_SAID),
            (&COUNT_APART_RELAYS, &ERASE_APART_RELAYS),
            (&COUNT_APART_CODES, &ERASE_APART_CODES),
            (&COUNT_APART, &ERASE_APART),
        ],
        What::Notices => vec![(&COUNT_NOTICES, &ERASE_NOTICES)],
        What::Looks => vec![(&COUNT_LOOKS, &ERASE_LOOKS)],
        What::ReportCodes => vec![(&COUNT_RELAYS, &ERASE_RELAYS), (&COUNT_CODES, &ERASE_CODES)],
    }
}

/// How many rows of one sort are over.
pub async fn count(tx: &mut Tx, what: What, before: Day) -> Result<i64> {
    let mut rows = 0;
    for (count, _) in of(what) {
        let row: Option<(i64,)> = tx.optional(count, args![before]).await?;
        rows += row.map_or(0, |(count,)| count);
    }
    Ok(rows)
}

/// Erases them, and what finds them; how many there were.
pub async fn erase(tx: &mut Tx, what: What, before: Day) -> Result<u64> {
    let mut rows = 0;
    if what == What::Words {
        crate::cases::search::hold_gap(tx).await?;
        tx.execute(&ERASE_SEARCH, args![before]).await?;
    }
    for (_, erase) in of(what) {
        rows += tx.execute(erase, args![before]).await?;
    }
    Ok(rows)
}

/// Until when nothing may be erased.
pub async fn hold(tx: &mut Tx) -> Result<Option<Day>> {
    let row: Option<(Option<i64>,)> = tx.optional(&HOLD, args![]).await?;
    Ok(row.and_then(|(until,)| until).map(Day))
}

/// Says until when nothing may be erased; with none, nothing is held.
pub async fn set_hold(tx: &mut Tx, enterprise: EnterpriseId, until: Option<Day>) -> Result<()> {
    tx.insert(&SET_HOLD, vec![args![enterprise, "", until]])
        .await?;
    Ok(())
}
