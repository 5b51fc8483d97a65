//! What is published about the people of factories, month by month: counted once, when the month is due, and kept.
//! The page of a division reads sums of it, and not the people of all its factories.

use std::collections::{HashMap, HashSet};

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
    many HAS = ("the fold asks which editions are published already", 2,
        "WITH asked (id, month) AS (", ") SELECT asked.id
        FROM asked JOIN edition d ON d.enterprise_id = asked.id AND d.month = asked.month");
    rows PUBLISH = (7, "INSERT INTO edition (enterprise_id, month, region_code, heads, people, found,
        found_by_workers)", "ON CONFLICT (enterprise_id, month) DO NOTHING");
    cross PAGE = ("the sums of all divisions are made again",
        "SELECT enterprise_id, month, region_code, heads, people, found, found_by_workers FROM edition
        WHERE (enterprise_id, month) > ($1, $2) ORDER BY enterprise_id, month LIMIT $3");
    tenant OF = "SELECT enterprise_id, month, region_code, heads, people, found, found_by_workers
        FROM edition WHERE enterprise_id = $1 AND month = $2";
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

/// What is counted about the people of a factory over a month, in the division where the factory then was. It is
/// kept to be summed up, and says nothing by itself.
#[derive(Clone, sqlx::FromRow)]
pub struct Edition {
    #[sqlx(rename = "enterprise_id", try_from = "Uuid")]
    pub(super) enterprise: EnterpriseId,
    month: i64,
    /// The division; empty where none was known.
    pub region_code: String,
    heads: Option<i64>,
    people: i64,
    found: i64,
    found_by_workers: i64,
}

impl std::fmt::Debug for Edition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Edition(_)")
    }
}

impl Edition {
    /// Of nobody, for the month that begins on this day.
    pub fn empty(enterprise: EnterpriseId, month: Day, region_code: String) -> Self {
        Self {
            enterprise,
            month: month.0,
            region_code,
            heads: None,
            people: 0,
            found: 0,
            found_by_workers: 0,
        }
    }

    /// With so many who took part by name, of so many heads.
    #[must_use]
    pub fn of_people(self, people: i64, heads: Option<i64>) -> Self {
        Self {
            heads,
            people,
            ..self
        }
    }

    /// With so many hazards that were found, so many of them by workers.
    #[must_use]
    pub fn of_hazards(self, found: i64, found_by_workers: i64) -> Self {
        Self {
            found,
            found_by_workers,
            ..self
        }
    }

    /// The first day of the month.
    pub fn month(&self) -> Day {
        Day(self.month)
    }

    /// What may be published of it.
    pub fn about(&self) -> AboutPeople {
        AboutPeople {
            heads: self.heads,
            people: self.people.into(),
            found: self.found.into(),
            by_workers: self.found_by_workers.into(),
        }
    }
}

/// Of which months there is no edition yet.
pub async fn without(
    tx: &mut Tx,
    asked: Vec<(EnterpriseId, Period, String)>,
) -> Result<Vec<(EnterpriseId, Period, String)>> {
    let rows = asked.iter().map(|(id, month, _)| args![*id, month.from]);
    let has: Vec<(Uuid,)> = tx.many(&HAS, rows.collect()).await?;
    let has: HashSet<Uuid> = has.into_iter().map(|(id,)| id).collect();
    Ok(asked
        .into_iter()
        .filter(|(id, ..)| !has.contains(&id.0))
        .collect())
}

/// Counts what is published about the people of factories, each over a month of its own, in its division.
pub async fn count(
    tx: &mut Tx,
    asked: Vec<(EnterpriseId, Period, String)>,
) -> Result<Vec<Edition>> {
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let ids = asked.iter().map(|(id, ..)| args![*id]).collect();
    let months = || {
        let row =
            |(id, month, _): &(EnterpriseId, Period, String)| args![*id, month.from, month.to];
        asked.iter().map(row).collect()
    };
    let heads: Vec<(Uuid, Option<i64>)> = tx.many(&HEADS, ids).await?;
    let people: Vec<(Uuid, i64)> = tx.many(&PARTICIPANTS, months()).await?;
    let found: Vec<(Uuid, i64, i64)> = tx.many(&FOUND, months()).await?;
    let heads: HashMap<Uuid, Option<i64>> = heads.into_iter().collect();
    let people: HashMap<Uuid, i64> = people.into_iter().collect();
    let found: HashMap<Uuid, (i64, i64)> = found
        .into_iter()
        .map(|(id, all, by)| (id, (all, by)))
        .collect();
    let edition = |(id, month, region): (EnterpriseId, Period, String)| {
        let (all, by_workers) = found.get(&id.0).copied().unwrap_or_default();
        Edition::empty(id, month.from, region)
            .of_people(
                people.get(&id.0).copied().unwrap_or_default(),
                heads.get(&id.0).copied().flatten(),
            )
            .of_hazards(all, by_workers)
    };
    Ok(asked.into_iter().map(edition).collect())
}

/// Keeps editions; one that is kept already stays as it is.
pub async fn publish(tx: &mut Tx, editions: &[Edition]) -> Result<()> {
    let rows = editions.iter().map(|it| {
        args![
            it.enterprise,
            it.month,
            &it.region_code,
            it.heads,
            it.people,
            it.found,
            it.found_by_workers
        ]
    });
    tx.insert(&PUBLISH, rows.collect()).await?;
    Ok(())
}

/// What was published about the people of the scope's enterprise over the month that begins on this day.
pub async fn of(tx: &mut Tx, month: Day) -> Result<Option<Edition>> {
    tx.optional(&OF, args![month]).await
}

/// So many editions of all factories after one of them.
pub async fn page(tx: &mut Tx, after: Option<&Edition>, limit: i64) -> Result<Vec<Edition>> {
    let nobody = EnterpriseId(Uuid::nil());
    let (enterprise, month) = after.map_or((nobody, 0), |it| (it.enterprise, it.month));
    tx.all(&PAGE, args![enterprise, month, limit]).await
}
