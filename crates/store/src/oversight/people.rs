//! What is counted about the people of factories over a month, kept with how each stands, so that the page of a
//! division reads sums and not the people of all its factories.

use std::collections::HashMap;

use hezuo_domain::boards::Period;
use hezuo_domain::disclosure::AboutPeople;
use hezuo_domain::ids::EnterpriseId;
use hezuo_domain::time::Day;
use uuid::Uuid;

use crate::db::Tx;
use crate::error::Result;
use crate::statement::statements;
use crate::value::args;

statements! {
    // People are known where somebody attested the heads of every area at the top.
    many HEADS = ("the fold counts what is published about the people of its round", 1,
        "WITH asked (id) AS (", ") SELECT asked.id,
            CASE WHEN COUNT(*) = COUNT(a.heads) THEN CAST(SUM(a.heads) AS BIGINT) END AS heads
        FROM asked JOIN area a ON a.enterprise_id = asked.id AND a.kind = 'area'
            AND a.parent_id IS NULL GROUP BY asked.id");
    many PARTICIPANTS = ("the fold counts what is published about the people of its round", 3,
        "WITH asked (id, first_day, last_day) AS (", ") SELECT asked.id,
            COUNT(DISTINCT q.person_key) AS people
        FROM asked JOIN participation q ON q.enterprise_id = asked.id
            AND q.local_day >= asked.first_day AND q.local_day <= asked.last_day
        GROUP BY asked.id");
    many FOUND = ("the fold counts what is published about the people of its round", 3,
        "WITH asked (id, first_day, last_day) AS (", ") SELECT asked.id,
            CAST(SUM(t.n) AS BIGINT) AS found,
            CAST(SUM(CASE WHEN t.slice = 'worker' THEN t.n ELSE 0 END) AS BIGINT) AS by_workers
        FROM asked JOIN tally t ON t.enterprise_id = asked.id AND t.measure = 'found_by'
            AND t.slice IN ('worker', 'team_leader', 'manager')
            AND t.local_day >= asked.first_day AND t.local_day <= asked.last_day
        GROUP BY asked.id");
}

/// What is counted about the people of a factory over the month that begins on a day. It is kept to be taken
/// out of the sums again, and says nothing by itself.
#[derive(Clone, Copy)]
pub struct OfPeople {
    pub(super) month: Day,
    pub(super) heads: Option<i64>,
    pub(super) people: i64,
    pub(super) found: i64,
    pub(super) by_workers: i64,
}

impl std::fmt::Debug for OfPeople {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OfPeople(_)")
    }
}

impl OfPeople {
    /// Of so many heads, how many took part by name, how many hazards were found, and by workers.
    pub fn new(
        month: Day,
        heads: Option<i64>,
        people: i64,
        (found, by_workers): (i64, i64),
    ) -> Self {
        Self {
            month,
            heads,
            people,
            found,
            by_workers,
        }
    }

    /// The first day of the month.
    pub fn month(&self) -> Day {
        self.month
    }

    /// What may be published of it.
    pub fn about(&self) -> AboutPeople {
        AboutPeople {
            heads: self.heads,
            people: self.people.into(),
            found: self.found.into(),
            by_workers: self.by_workers.into(),
        }
    }
}

/// What is counted about the people of factories, each over a month of its own.
pub async fn of_people(
    tx: &mut Tx,
    asked: &[(EnterpriseId, Period)],
) -> Result<HashMap<EnterpriseId, OfPeople>> {
    if asked.is_empty() {
        return Ok(HashMap::new());
    }
    let ids = asked.iter().map(|(id, _)| args![*id]).collect();
    let months = || {
        let row = |(id, month): &(EnterpriseId, Period)| args![*id, month.from, month.to];
        asked.iter().map(row).collect()
    };
    let heads: Vec<(Uuid, Option<i64>)> = tx.many(&HEADS, ids).await?;
    let people: Vec<(Uuid, i64)> = tx.many(&PARTICIPANTS, months()).await?;
    let found: Vec<(Uuid, i64, i64)> = tx.many(&FOUND, months()).await?;
    let none =
        |(id, month): &(EnterpriseId, Period)| (*id, OfPeople::new(month.from, None, 0, (0, 0)));
    let mut all: HashMap<EnterpriseId, OfPeople> = asked.iter().map(none).collect();
    for (id, heads) in heads {
        if let Some(of) = all.get_mut(&EnterpriseId(id)) {
            of.heads = heads;
        }
    }
    for (id, people) in people {
        if let Some(of) = all.get_mut(&EnterpriseId(id)) {
            of.people = people;
        }
    }
    for (id, found, by_workers) in found {
        if let Some(of) = all.get_mut(&EnterpriseId(id)) {
            (of.found, of.by_workers) = (found, by_workers);
        }
    }
    Ok(all)
}
