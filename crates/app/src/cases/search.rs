//! Finding cases by their words.
//!
//! Only what is a case is found: a report that waits for its day to be over, or is kept apart from the team,
//! has no words here yet. Who spoke is no word at all. A search goes through the same filters as every
//! list, so it shows nothing that the list would not.

use std::collections::BTreeSet;

use hezuo_domain::Scope;
use hezuo_domain::cases::search::{wanted, words_of};
use hezuo_domain::cases::{Action, Case};
use hezuo_domain::ids::{CaseId, EnterpriseId};
use hezuo_domain::time::Day;
use hezuo_store::Tx;
use hezuo_store::cases::search::{self as rows, Words};

use super::door::Decided;
use crate::seal::WordKey;
use crate::{App, Result};

/// Cases whose words are made in one transaction.
const ROUND: i64 = 500;

const WHY: &str = "the words of older cases are made for every enterprise";

/// Keeps the words of cases that are new, and of those whose text has changed.
pub(super) async fn keep(
    app: &App,
    tx: &mut Tx,
    steps: impl Iterator<Item = &'_ Decided>,
) -> Result<()> {
    let text = String::new();
    let transcribe = Action::Transcribe { text }.name();
    let has_words = |it: &&Decided| it.step.from.is_none() || it.action == transcribe;
    add(app, tx, steps.filter(has_words).map(|it| &it.step.case)).await
}

/// Keeps the words of cases.
pub(crate) async fn add(
    app: &App,
    tx: &mut Tx,
    cases: impl Iterator<Item = &'_ Case>,
) -> Result<()> {
    let mut all = Vec::new();
    let mut key: Option<(EnterpriseId, WordKey)> = None;
    for case in cases {
        // The cases of one enterprise come one after the other.
        let own = match key.take() {
            Some((enterprise, key)) if enterprise == case.enterprise => key,
            _ => app.keys.words(case.enterprise),
        };
        let words = words_of(case.id, &case.text);
        let (id, day) = (case.id, case.reported_day);
        all.push(found_by(case.enterprise, id, day, &own, &words));
        key = Some((case.enterprise, own));
    }
    if !all.is_empty() {
        rows::save_words(tx, all).await?;
    }
    Ok(())
}

fn found_by(
    enterprise: EnterpriseId,
    case: CaseId,
    day: Day,
    key: &WordKey,
    words: &BTreeSet<String>,
) -> Words {
    let numbers: BTreeSet<u32> = words.iter().map(|word| key.number(word)).collect();
    Words {
        enterprise,
        case,
        day,
        numbers: numbers.into_iter().collect(),
    }
}

/// The numbers that the words of a search have in an enterprise.
///
/// # Errors
/// `search.too_short`, `input.invalid`.
pub fn numbers(app: &App, enterprise: EnterpriseId, search: &str) -> Result<Vec<u32>> {
    let key = app.keys.words(enterprise);
    let words = wanted(search)?;
    Ok(words.iter().map(|word| key.number(word)).collect())
}

/// Makes the words of the next older cases that have none; how many cases that were. Runs until there
/// are no more, after an update that brought the search, or after [`rebuild`].
pub async fn fill(app: &App) -> Result<usize> {
    let mut tx = app.db.read(&Scope::System(WHY)).await?;
    let Some((enterprise, after)) = rows::gap(&mut tx).await? else {
        return Ok(0);
    };
    drop(tx);
    let mut tx = app.db.write(&Scope::Enterprise(enterprise)).await?;
    // What is erased or typed up meanwhile is not made again from what was read before.
    rows::hold_gap(&mut tx).await?;
    let cases = rows::after(&mut tx, after, ROUND).await?;
    let key = app.keys.words(enterprise);
    let found = |(case, day, text): &(CaseId, Day, String)| {
        found_by(enterprise, *case, *day, &key, &words_of(*case, text))
    };
    rows::fill_words(&mut tx, cases.iter().map(found).collect()).await?;
    let is_full = i64::try_from(cases.len()).is_ok_and(|count| count >= ROUND);
    let last = cases.last().map(|(case, ..)| *case);
    rows::move_gap(&mut tx, last.filter(|_| is_full)).await?;
    tx.commit().await?;
    // An enterprise without cases is also a step forward.
    Ok(cases.len().max(1))
}

/// In how many enterprises older cases can't be found yet.
pub async fn waiting(app: &App) -> Result<i64> {
    let mut tx = app.db.read(&Scope::System(WHY)).await?;
    Ok(rows::gaps(&mut tx).await?)
}

/// Throws all words away and makes them again, as after another key; how many cases there are.
pub async fn rebuild(app: &App) -> Result<usize> {
    let mut tx = app.db.write(&Scope::System(WHY)).await?;
    rows::clear(&mut tx).await?;
    tx.commit().await?;
    let mut cases = 0;
    loop {
        match fill(app).await? {
            0 => return Ok(cases),
            count => cases += count,
        }
    }
}
