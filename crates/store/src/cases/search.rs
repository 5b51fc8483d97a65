//! The numbers of the words by which cases are found. What a word's number is only the server's key knows,
//! and it is another one in each enterprise: the index holds no words, and its rows say nothing of others.
//!
//! SQLite keeps them in an index of its full-text search, which triggers of the table feed; PostgreSQL in
//! an inverted index over the table. This is one of the few places where the two differ.

use hezuo_domain::cases::search::standing;
use hezuo_domain::ids::{CaseId, EnterpriseId};
use hezuo_domain::time::Day;
use uuid::Uuid;

use crate::db::Tx;
use crate::error::Result;
use crate::statement::statements;
use crate::value::{Value, args};

statements! {
    rows SAVE_WORDS = (4, "INSERT INTO case_search (enterprise_id, case_id, number, words)",
        "ON CONFLICT (enterprise_id, case_id) DO UPDATE SET words = excluded.words");
    // A case that has words has those of its text.
    rows FILL_WORDS = (4, "INSERT INTO case_search (enterprise_id, case_id, number, words)",
        "ON CONFLICT (enterprise_id, case_id) DO NOTHING");
    tenant HOLD_GAP = "UPDATE search_gap SET after_id = after_id WHERE enterprise_id = $1";
    cross GAP = ("cases from before there was a search get their words, enterprise by enterprise",
        "SELECT enterprise_id, after_id FROM search_gap ORDER BY enterprise_id LIMIT 1");
    cross GAPS = ("how many enterprises still wait for the words of their cases",
        "SELECT COUNT(*) FROM search_gap");
    cross OPEN_GAPS = ("the words of all cases are made again",
        "INSERT INTO search_gap (enterprise_id) SELECT id FROM enterprise WHERE TRUE
        ON CONFLICT (enterprise_id) DO UPDATE SET after_id = NULL");
    cross CLEAR = ("the words of all cases are made again", "DELETE FROM case_search");
    tenant AFTER = "SELECT id, reported_day, text FROM cases
        WHERE enterprise_id = $1 AND id > $2 ORDER BY id LIMIT $3";
    tenant MOVE_GAP = "UPDATE search_gap SET after_id = $2 WHERE enterprise_id = $1";
    tenant CLOSE_GAP = "DELETE FROM search_gap WHERE enterprise_id = $1";
}

/// Numbers of words as both databases take them, one after the other.
pub(crate) fn spelt(numbers: &[u32]) -> String {
    let spelt: Vec<String> = numbers.iter().map(u32::to_string).collect();
    spelt.join(" ")
}

/// By what a case is found.
#[derive(Debug, Clone)]
pub struct Words {
    /// The tenant.
    pub enterprise: EnterpriseId,
    /// The case.
    pub case: CaseId,
    /// The day on which it was reported.
    pub day: Day,
    /// The numbers of its words.
    pub numbers: Vec<u32>,
}

/// Keeps by what cases are found; what was kept of them before is forgotten.
pub async fn save_words(tx: &mut Tx, all: Vec<Words>) -> Result<()> {
    tx.insert(&SAVE_WORDS, in_order(all)).await?;
    Ok(())
}

/// Keeps by what older cases are found, where nothing is kept of them.
pub async fn fill_words(tx: &mut Tx, all: Vec<Words>) -> Result<()> {
    tx.insert(&FILL_WORDS, in_order(all)).await?;
    Ok(())
}

/// Until the end of the transaction nobody else fills in or erases words of older cases of the scope's
/// enterprise.
pub async fn hold_gap(tx: &mut Tx) -> Result<()> {
    tx.execute(&HOLD_GAP, args![]).await?;
    Ok(())
}

fn in_order(all: Vec<Words>) -> Vec<Vec<Value>> {
    // SQLite's full-text search writes what it has gathered whenever a smaller number comes.
    let mut rows: Vec<(i64, Words)> = all
        .into_iter()
        .map(|it| (standing(it.day, it.case), it))
        .collect();
    rows.sort_unstable_by_key(|(number, it)| (*number, it.case));
    rows.into_iter()
        .map(|(number, it)| args![it.enterprise, it.case, number, spelt(&it.numbers)])
        .collect()
}

/// The next enterprise of which older cases have no words yet, and the last of its cases that has.
pub async fn gap(tx: &mut Tx) -> Result<Option<(EnterpriseId, Option<CaseId>)>> {
    let row: Option<(Uuid, Option<Uuid>)> = tx.optional(&GAP, args![]).await?;
    Ok(row.map(|(id, after)| (EnterpriseId(id), after.map(CaseId))))
}

/// In how many enterprises older cases have no words yet.
pub async fn gaps(tx: &mut Tx) -> Result<i64> {
    let row: Option<(i64,)> = tx.optional(&GAPS, args![]).await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// Forgets all words; they are to be made again.
pub async fn clear(tx: &mut Tx) -> Result<()> {
    tx.execute(&CLEAR, args![]).await?;
    tx.execute(&OPEN_GAPS, args![]).await?;
    Ok(())
}

/// Cases of the scope's enterprise after one of them, by their ids: each with its day and text.
pub async fn after(
    tx: &mut Tx,
    case: Option<CaseId>,
    limit: i64,
) -> Result<Vec<(CaseId, Day, String)>> {
    let case = case.unwrap_or(CaseId(Uuid::nil()));
    let rows: Vec<(Uuid, i64, String)> = tx.all(&AFTER, args![case, limit]).await?;
    let read = |(id, day, text)| (CaseId(id), Day(day), text);
    Ok(rows.into_iter().map(read).collect())
}

/// Notes how far the words of the scope's enterprise are made; with none, that all are.
pub async fn move_gap(tx: &mut Tx, after: Option<CaseId>) -> Result<()> {
    match after {
        Some(case) => tx.execute(&MOVE_GAP, args![case]).await?,
        None => tx.execute(&CLOSE_GAP, args![]).await?,
    };
    Ok(())
}
