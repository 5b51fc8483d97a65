//! Counts by enterprise and local day.

use hezuo_domain::tallies::Deltas;
use hezuo_domain::time::Day;

use crate::db::Tx;
use crate::error::Result;
use crate::statement::statements;
use crate::value::args;

statements! {
    rows ADD = (5, "INSERT INTO tally (enterprise_id, measure, slice, local_day, n)",
        "ON CONFLICT (enterprise_id, measure, slice, local_day)
         DO UPDATE SET n = tally.n + excluded.n");
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

/// Adds changes to the counts, in one statement.
pub async fn add(tx: &mut Tx, deltas: Deltas) -> Result<()> {
    let rows: Vec<_> = deltas
        .into_changes()
        .map(|(key, n)| args![key.enterprise, key.measure, key.slice.as_ref(), key.day, n])
        .collect();
    if !rows.is_empty() {
        tx.insert(&ADD, rows).await?;
    }
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

/// Throws the counts away and makes them again from the events.
pub async fn rebuild(tx: &mut Tx) -> Result<()> {
    tx.execute(&CLEAR, args![]).await?;
    tx.execute(&REBUILD, args![]).await?;
    Ok(())
}
