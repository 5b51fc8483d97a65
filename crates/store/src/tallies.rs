//! Counts by enterprise and local day.

use std::collections::BTreeMap;

use hezuo_domain::ids::EnterpriseId;
use hezuo_domain::oversight::regional;
use hezuo_domain::tallies::Deltas;
use hezuo_domain::time::{Day, Random};

use crate::db::Tx;
use crate::error::{Result, StoreError};
use crate::statement::statements;
use crate::value::args;

statements! {
    rows ADD = (5, "INSERT INTO tally (enterprise_id, measure, slice, local_day, n)",
        "ON CONFLICT (enterprise_id, measure, slice, local_day)
         DO UPDATE SET n = tally.n + excluded.n");
    rows ADD_CHANGES = (3, "INSERT INTO tally_change (enterprise_id, id, changes)",
        "ON CONFLICT (enterprise_id, id) DO NOTHING");
    tenant SUMS = "SELECT measure, slice, CAST(SUM(n) AS BIGINT) AS n,
        CAST(SUM(CASE WHEN local_day < $2 THEN n ELSE 0 END) AS BIGINT) AS before
        FROM tally WHERE enterprise_id = $1 GROUP BY measure, slice ORDER BY measure, slice";
    tenant EVERYTHING = "SELECT measure, slice, local_day, n FROM tally
        WHERE enterprise_id = $1 AND n <> 0 ORDER BY measure, slice, local_day";
    tenant CLEAR = "DELETE FROM tally WHERE enterprise_id = $1";
    tenant REBUILD = "INSERT INTO tally (enterprise_id, measure, slice, local_day, n)
        SELECT enterprise_id, measure, slice, local_day, SUM(n) FROM (
            SELECT e.enterprise_id, 'reported' AS measure, c.kind AS slice, e.local_day, 1 AS n
                FROM case_event e JOIN cases c
                ON c.enterprise_id = e.enterprise_id AND c.id = e.case_id
                WHERE e.enterprise_id = $1 AND e.from_state IS NULL
            UNION ALL
            SELECT enterprise_id, 'found_by', COALESCE(finder, 'unknown'), reported_day, 1
                FROM cases WHERE enterprise_id = $1 AND kind = 'hazard'
            UNION ALL
            SELECT enterprise_id, 'spoken', voice, reported_day, 1
                FROM cases WHERE enterprise_id = $1 AND source <> 'import'
            UNION ALL
            SELECT enterprise_id, 'answer', CASE WHEN answered_day - reported_day > 28 THEN '29+'
                ELSE CAST(answered_day - reported_day AS TEXT) END, reported_day, 1
                FROM cases WHERE enterprise_id = $1 AND source <> 'import'
                AND answered_day IS NOT NULL
            UNION ALL
            SELECT enterprise_id, 'danger', '', reported_day, 1
                FROM cases WHERE enterprise_id = $1 AND danger
                AND state IN ('new', 'accepted', 'planned', 'done')
            UNION ALL
            SELECT enterprise_id, 'promise', 'made', due_day, 1
                FROM cases WHERE enterprise_id = $1 AND due_day IS NOT NULL
            UNION ALL
            SELECT enterprise_id, 'promise', 'kept', due_day, 1
                FROM cases WHERE enterprise_id = $1 AND fixed_day <= due_day
            UNION ALL
            SELECT enterprise_id, 'resolved', kind, verified_day, 1
                FROM cases WHERE enterprise_id = $1 AND verified_day IS NOT NULL
            UNION ALL
            SELECT enterprise_id, 'entered', to_state, local_day, 1 FROM case_event
                WHERE enterprise_id = $1 AND (from_state IS NULL OR from_state <> to_state)
            UNION ALL
            SELECT enterprise_id, 'state', to_state, local_day, 1 FROM case_event
                WHERE enterprise_id = $1 AND (from_state IS NULL OR from_state <> to_state)
            UNION ALL
            SELECT enterprise_id, 'state', from_state, local_day, -1 FROM case_event
                WHERE enterprise_id = $1 AND from_state <> to_state
            UNION ALL
            SELECT enterprise_id, 'due', '', due_from, -1 FROM case_event
                WHERE enterprise_id = $1 AND due_from IS NOT NULL
            UNION ALL
            SELECT enterprise_id, 'due', '', due_to, 1 FROM case_event
                WHERE enterprise_id = $1 AND due_to IS NOT NULL
            UNION ALL
            SELECT enterprise_id, 'reward', currency, paid_day, minor FROM reward
                WHERE enterprise_id = $1 AND paid_day IS NOT NULL
            UNION ALL
            SELECT enterprise_id, 'reward', currency, paid_day, minor FROM pay_code
                WHERE enterprise_id = $1 AND paid_day IS NOT NULL
            UNION ALL
            SELECT p.enterprise_id, 'saving', p.currency, p.verified_day, s.minor
                FROM project p JOIN project_saving s ON s.enterprise_id = p.enterprise_id
                AND s.project_id = p.id AND s.stage = 'actual'
                WHERE p.enterprise_id = $1 AND p.state = 'verified'
        ) AS counted GROUP BY enterprise_id, measure, slice, local_day HAVING SUM(n) <> 0";
}

/// A change of a count, as it waits to be folded: measure, slice, day, number.
pub type Change = (String, String, Day, i64);

/// Adds changes to the counts, in one statement, and leaves word of them for the sums of divisions.
pub async fn add(tx: &mut Tx, random: &dyn Random, deltas: Deltas) -> Result<()> {
    let mut changes: BTreeMap<EnterpriseId, Vec<Change>> = BTreeMap::new();
    let mut rows = Vec::new();
    for (key, n) in deltas.into_changes() {
        let change = (key.measure.to_owned(), key.slice.to_string(), key.day, n);
        changes.entry(key.enterprise).or_default().push(change);
        rows.push(args![
            key.enterprise,
            key.measure,
            key.slice.as_ref(),
            key.day,
            n
        ]);
    }
    if !rows.is_empty() {
        tx.insert(&ADD, rows).await?;
        leave_word(tx, random, changes).await?;
    }
    Ok(())
}

/// Leaves word that enterprises are to be looked at: they are new, or what the directory says of them has
/// changed.
pub async fn look_at(tx: &mut Tx, enterprises: &[EnterpriseId]) -> Result<()> {
    let row = |enterprise: &EnterpriseId| args![*enterprise, *enterprise, "[]"];
    tx.insert(&ADD_CHANGES, enterprises.iter().map(row).collect())
        .await?;
    Ok(())
}

async fn leave_word(
    tx: &mut Tx,
    random: &dyn Random,
    changes: impl IntoIterator<Item = (EnterpriseId, Vec<Change>)>,
) -> Result<()> {
    let row = |(enterprise, mut changes): (EnterpriseId, Vec<Change>)| {
        // Of what is told about people the fold has to know whether a month was touched that is over.
        changes.retain(|(measure, slice, day, _)| {
            measure == "found_by" || regional(measure, slice, *day).next().is_some()
        });
        let text = serde_json::to_string(&changes).unwrap_or_default();
        args![enterprise, random.uuid(), text]
    };
    tx.insert(&ADD_CHANGES, changes.into_iter().map(row).collect())
        .await?;
    Ok(())
}

/// The sum of one measure and slice.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Sum {
    /// What is counted.
    pub measure: String,
    /// Of what.
    pub slice: String,
    /// Over all days.
    pub n: i64,
    /// Over the days before the given one.
    pub before: i64,
}

/// All sums of the scope's enterprise; `before` counts the days before `today`.
pub async fn sums(tx: &mut Tx, today: Day) -> Result<Vec<Sum>> {
    tx.all(&SUMS, args![today]).await
}

/// One count as stored: measure, slice, day, number.
pub type Stored = (String, String, i64, i64);

/// Every count of the scope's enterprise that is not zero.
pub async fn everything(tx: &mut Tx) -> Result<Vec<Stored>> {
    tx.all(&EVERYTHING, args![]).await
}

/// Throws the counts away and makes them again from the events; the sums of divisions follow.
pub async fn rebuild(tx: &mut Tx, random: &dyn Random) -> Result<()> {
    let Some(enterprise) = tx.scope().enterprise() else {
        return Err(StoreError::Scope("REBUILD"));
    };
    let before = everything(tx).await?;
    tx.execute(&CLEAR, args![]).await?;
    tx.execute(&REBUILD, args![]).await?;
    let mut changes: BTreeMap<(String, String, i64), i64> = BTreeMap::new();
    for (sign, counts) in [(-1, before), (1, everything(tx).await?)] {
        for (measure, slice, day, n) in counts {
            *changes.entry((measure, slice, day)).or_default() += sign * n;
        }
    }
    let changes = changes
        .into_iter()
        .filter(|(_, n)| *n != 0)
        .map(|((measure, slice, day), n)| (measure, slice, Day(day), n));
    leave_word(tx, random, [(enterprise, changes.collect())]).await
}
