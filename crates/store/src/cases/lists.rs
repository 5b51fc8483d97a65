//! Lists of cases: a small closed set of filters, each a statement of its own, so that each can
//! use its index. Pages go by (day, id), newest first; the id is random, so within a day nothing
//! tells who came first.

use hezuo_domain::ids::{AreaId, CaseId, PersonId, SiteId};
use hezuo_domain::time::Day;
use uuid::Uuid;

use crate::db::Tx;
use crate::error::Result;
use crate::statement::{Statement, statements};
use crate::value::{Value, args};

/// Which cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    /// New ones and those that the reporter disputes; danger first.
    Triage,
    /// Everything that somebody still has to do something about.
    Open,
    /// Planned, and the day has passed.
    Overdue,
    /// Done, waiting for somebody else's eyes.
    ToVerify,
    /// Owned by one person, accepted or planned, the nearest deadline first.
    Owner(PersonId),
    /// Nothing left to do.
    Ended,
    /// All.
    All,
}

/// What to narrow a queue by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// Nothing.
    None,
    /// One area.
    Area(AreaId),
    /// One site.
    Site(SiteId),
    /// One kind, by its word.
    Kind(&'static str),
}

/// One line of a list.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CaseSummary {
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
    /// Legal axis, by its word.
    pub legal: Option<String>,
    /// The area.
    pub area_id: Option<Uuid>,
    /// The area's name.
    pub area_name: Option<String>,
    /// What was said.
    pub text: String,
    /// Who found it, by its word.
    pub finder: Option<String>,
    /// The written answer.
    pub answer: Option<String>,
    /// The day of the first answer.
    pub answered_day: Option<i64>,
    /// What is to be done.
    pub plan_measure: Option<String>,
    /// Money set aside, in minor units.
    pub plan_money_minor: Option<i64>,
    /// Its currency.
    pub plan_currency: Option<String>,
    /// The day it was done.
    pub fixed_day: Option<i64>,
    /// To whom it was referred.
    pub referred_to: Option<String>,
    /// The day it was reported.
    pub reported_day: i64,
    /// The deadline.
    pub due_day: Option<i64>,
    /// The person who answers for it.
    pub owner_id: Option<Uuid>,
    /// That person's name.
    pub owner_name: Option<String>,
    /// Pictures before and after.
    pub pictures: i64,
    /// The reporter said "not fixed".
    pub disputed: bool,
}

macro_rules! list_sql {
    ($queue:literal, $filter:literal) => {
        concat!(
            "SELECT c.id, c.kind, c.category, c.voice, c.danger, c.state, c.grade_level, c.legal,
                c.area_id, a.name AS area_name, c.text, c.finder, c.answer, c.answered_day,
                c.plan_measure, c.plan_money_minor, c.plan_currency, c.fixed_day, c.referred_to,
                c.reported_day, c.due_day, c.owner_id, p.name AS owner_name,
                (SELECT COUNT(*) FROM case_attachment t WHERE t.enterprise_id = c.enterprise_id
                    AND t.case_id = c.id AND t.stage <> 'voice') AS pictures, c.disputed
            FROM cases c
            LEFT JOIN area a ON a.enterprise_id = c.enterprise_id AND a.id = c.area_id
            LEFT JOIN person p ON p.enterprise_id = c.enterprise_id AND p.id = c.owner_id
            WHERE c.enterprise_id = $1 AND (c.reported_day, c.id) < ($2, $3)",
            $queue,
            $filter,
            " ORDER BY c.reported_day DESC, c.id DESC LIMIT $4"
        )
    };
}

macro_rules! queue_lists {
    ($($name:ident, $by_area:ident, $by_kind:ident, $by_site:ident: $queue:literal;)*) => {
        statements! {
            $(tenant $name = (list_sql!($queue, ""));
            tenant $by_area = (list_sql!($queue, " AND c.area_id = $5"));
            tenant $by_kind = (list_sql!($queue, " AND c.kind = $5"));
            tenant $by_site = (list_sql!($queue, " AND c.site_id = $5"));)*
            tenant OVERDUE = (list_sql!(" AND c.state = 'planned' AND c.due_day < $5", ""));
            tenant OVERDUE_AREA =
                (list_sql!(" AND c.state = 'planned' AND c.due_day < $5", " AND c.area_id = $6"));
            tenant OVERDUE_KIND =
                (list_sql!(" AND c.state = 'planned' AND c.due_day < $5", " AND c.kind = $6"));
            tenant OVERDUE_SITE =
                (list_sql!(" AND c.state = 'planned' AND c.due_day < $5", " AND c.site_id = $6"));
            tenant OWNER =
                (list_sql!(" AND c.state IN ('accepted', 'planned') AND c.owner_id = $5", ""));
        }
    };
}

queue_lists! {
    EVERY, EVERY_AREA, EVERY_KIND, EVERY_SITE: "";
    TRIAGE, TRIAGE_AREA, TRIAGE_KIND, TRIAGE_SITE: " AND c.state IN ('new', 'accepted') AND (c.state = 'new' OR c.disputed)";
    OPEN, OPEN_AREA, OPEN_KIND, OPEN_SITE: " AND c.state IN ('new', 'accepted', 'planned', 'done')";
    TO_VERIFY, TO_VERIFY_AREA, TO_VERIFY_KIND, TO_VERIFY_SITE: " AND c.state = 'done'";
    ENDED, ENDED_AREA, ENDED_KIND, ENDED_SITE:
        " AND c.state IN ('declined', 'referred', 'merged', 'verified', 'closed')";
}

/// One page of a queue; `before` is the last line of the page before.
pub async fn list(
    tx: &mut Tx,
    queue: Queue,
    filter: Filter,
    today: Day,
    before: Option<(Day, CaseId)>,
    limit: i64,
) -> Result<Vec<CaseSummary>> {
    let by: fn([&'static Statement; 4], Filter) -> &'static Statement =
        |[plain, area, kind, site], filter| match filter {
            Filter::None => plain,
            Filter::Area(_) => area,
            Filter::Kind(_) => kind,
            Filter::Site(_) => site,
        };
    let statement = match queue {
        Queue::All => by([&EVERY, &EVERY_AREA, &EVERY_KIND, &EVERY_SITE], filter),
        Queue::Triage => by([&TRIAGE, &TRIAGE_AREA, &TRIAGE_KIND, &TRIAGE_SITE], filter),
        Queue::Open => by([&OPEN, &OPEN_AREA, &OPEN_KIND, &OPEN_SITE], filter),
        Queue::ToVerify => by(
            [
                &TO_VERIFY,
                &TO_VERIFY_AREA,
                &TO_VERIFY_KIND,
                &TO_VERIFY_SITE,
            ],
            filter,
        ),
        Queue::Ended => by([&ENDED, &ENDED_AREA, &ENDED_KIND, &ENDED_SITE], filter),
        Queue::Overdue => by(
            [&OVERDUE, &OVERDUE_AREA, &OVERDUE_KIND, &OVERDUE_SITE],
            filter,
        ),
        Queue::Owner(_) => &OWNER,
    };
    let (day, id) = before.unwrap_or((Day(i64::MAX), CaseId(Uuid::max())));
    let mut values = args![day, id, limit];
    match queue {
        Queue::Overdue => values.push(today.into()),
        Queue::Owner(person) => values.push(person.into()),
        _ => {}
    }
    match (queue, filter) {
        (Queue::Owner(_), _) | (_, Filter::None) => {}
        (_, Filter::Area(area)) => values.push(area.into()),
        (_, Filter::Site(site)) => values.push(site.into()),
        (_, Filter::Kind(kind)) => values.push(Value::from(kind)),
    }
    tx.all(statement, values).await
}
