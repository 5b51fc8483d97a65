//! Open cases of all factories of a place, for those who look after it: factory by factory in the order of
//! their divisions, in each of them the newest first. A list walks those factories that stand with something
//! of it, and in each of them an index of its cases: it reads as many as it shows.

use hezuo_domain::ids::{CaseId, EnterpriseId};
use hezuo_domain::places::RegionCode;
use hezuo_domain::time::Day;
use uuid::Uuid;

use crate::db::Tx;
use crate::error::Result;
use crate::statement::{Statement, statements};
use crate::value::args;

// CROSS JOIN, so that SQLite begins with the factories. After a case ($2, $5, $6), up to the last division
// and factory ($3, $4), of one risk level where $7 is not 0.
macro_rules! across_sql {
    ($stands:literal, $which:literal) => {
        concat!(
            "SELECT s.enterprise_id, e.name AS enterprise_name, s.region_code, c.id, c.kind, c.category,
                c.voice, c.danger, c.state, c.grade_level, c.text, c.reported_day, c.due_day, c.disputed
            FROM standing s CROSS JOIN cases c JOIN enterprise e ON e.id = s.enterprise_id
            WHERE (s.region_code, s.enterprise_id) >= ($1, $2)
                AND (s.region_code, s.enterprise_id) <= ($3, $4) AND ",
            $stands,
            " AND c.enterprise_id = s.enterprise_id
                AND c.reported_day <= CASE WHEN s.enterprise_id = $2 THEN $5
                    ELSE 9223372036854775807 END
                AND (s.enterprise_id <> $2 OR (c.reported_day, c.id) < ($5, $6)) AND ",
            $which,
            " AND ($7 = 0 OR c.grade_level = $7)
            ORDER BY s.region_code, s.enterprise_id, c.reported_day DESC, c.id DESC LIMIT $8"
        )
    };
}

statements! {
    cross ACROSS_OPEN = ("who looks after a place lists the open cases of its factories", (across_sql!(
        "s.open > 0", "c.state IN ('new', 'accepted', 'planned', 'done')")));
    cross ACROSS_DANGER = ("who looks after a place lists the dangerous cases of its factories", (
        across_sql!("s.danger > 0",
            "c.danger AND c.state IN ('new', 'accepted', 'planned', 'done')")));
    cross ACROSS_OVERDUE = ("who looks after a place lists the overdue cases of its factories", (
        across_sql!("s.overdue > 0", "c.state = 'planned' AND c.due_day < $9")));
    cross ACROSS_STATE = ("who looks after a place lists cases of one state of its factories", (
        across_sql!("s.open > 0", "c.state = $9")));
    cross PLACE_OF = ("who looks after a factory finds it among those of its division",
        "SELECT region_code FROM standing WHERE enterprise_id = $1");
}

/// Which of the open cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Across {
    /// All.
    Open,
    /// Dangerous now.
    Danger,
    /// Planned, and the day has passed.
    Overdue,
    /// In one state, by its word.
    State(&'static str),
}

/// From one factory to another, in the order of their divisions; both are of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stretch {
    /// The division and the factory with which it begins.
    pub from: (String, EnterpriseId),
    /// Those with which it ends.
    pub to: (String, EnterpriseId),
}

impl Stretch {
    /// All factories of a division.
    pub fn region(region: &RegionCode) -> Self {
        let (low, high) = crate::oversight::range(region);
        Self {
            from: (low, EnterpriseId(Uuid::nil())),
            to: (high, EnterpriseId(Uuid::max())),
        }
    }
}

/// The last case of a page: its division and factory, its day and id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct After {
    /// The division and the factory.
    pub factory: (String, EnterpriseId),
    /// The day of the report.
    pub day: Day,
    /// The case.
    pub case: CaseId,
}

/// One line of a list.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CaseAcross {
    /// The factory.
    #[sqlx(try_from = "Uuid")]
    pub enterprise_id: EnterpriseId,
    /// Its name.
    pub enterprise_name: String,
    /// Its division; empty where none is known.
    pub region_code: String,
    /// The case.
    #[sqlx(try_from = "Uuid")]
    pub id: CaseId,
    /// Kind, by its word.
    pub kind: String,
    /// Category, by its word.
    pub category: String,
    /// Voice, by its word.
    pub voice: String,
    /// Imminent danger.
    pub danger: bool,
    /// State, by its word.
    pub state: String,
    /// Risk level.
    pub grade_level: Option<i64>,
    /// What was said.
    pub text: String,
    /// The day it was reported.
    pub reported_day: i64,
    /// The deadline.
    pub due_day: Option<i64>,
    /// The reporter said "not fixed".
    pub disputed: bool,
}

impl CaseAcross {
    /// Where the page after it begins.
    pub fn place(&self) -> After {
        After {
            factory: (self.region_code.clone(), self.enterprise_id),
            day: Day(self.reported_day),
            case: self.id,
        }
    }
}

/// A page of the cases of a stretch of factories, of one risk level where one is given.
pub async fn across(
    tx: &mut Tx,
    (which, level): (Across, Option<i64>),
    stretch: &Stretch,
    today: Day,
    after: Option<&After>,
    limit: i64,
) -> Result<Vec<CaseAcross>> {
    let last = After {
        factory: stretch.from.clone(),
        day: Day(i64::MAX),
        case: CaseId(Uuid::max()),
    };
    let after = after
        .filter(|it| it.factory >= stretch.from)
        .unwrap_or(&last);
    let (from, to) = (&after.factory, &stretch.to);
    let mut values = args![
        &from.0,
        from.1,
        &to.0,
        to.1,
        after.day,
        after.case,
        level.unwrap_or(0),
        limit
    ];
    let statement: &'static Statement = match which {
        Across::Open => &ACROSS_OPEN,
        Across::Danger => &ACROSS_DANGER,
        Across::Overdue => {
            values.push(today.into());
            &ACROSS_OVERDUE
        }
        Across::State(word) => {
            values.push(word.into());
            &ACROSS_STATE
        }
    };
    tx.all(statement, values).await
}

/// A single factory.
pub async fn stretch_of(tx: &mut Tx, enterprise: EnterpriseId) -> Result<Option<Stretch>> {
    let row: Option<(String,)> = tx.optional(&PLACE_OF, args![enterprise]).await?;
    Ok(row.map(|(region,)| Stretch {
        from: (region.clone(), enterprise),
        to: (region, enterprise),
    }))
}
