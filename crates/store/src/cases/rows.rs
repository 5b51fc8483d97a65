//! Rows of cases, events and attachments, and their way to and from the domain.

use hezuo_domain::cases::{
    Case, Category, Finder, Grading, Kind, Legal, Level, Plan, Source, State, Voice,
};
use hezuo_domain::commitment::Hash;
use hezuo_domain::ids::{AreaId, CaseId, EnterpriseId, EventId, PersonId, SiteId, UserId};
use hezuo_domain::money::Money;
use hezuo_domain::notices::Alarm;
use hezuo_domain::time::{Day, Instant};
use uuid::Uuid;

use crate::db::Tx;
use crate::error::{Result, StoreError};
use crate::value::{Value, args};

/// The columns of [`CaseRow`], of `cases c`, between the two ends of a statement.
macro_rules! case_columns {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            "c.id, c.version, c.kind, c.category, c.voice, c.source, c.finder, c.danger, c.site_id,
            c.area_id, c.text, c.state, c.reported_day, c.reported_at, c.answer, c.answered_day,
            c.grade_likelihood, c.grade_severity, c.grade_level, c.grade_pack, c.legal, c.owner_id,
            c.due_day, c.plan_measure, c.plan_responsibility, c.plan_money_minor, c.plan_currency,
            c.plan_contingency, c.fixer_user_id, c.fixed_day, c.verified_day, c.merged_into,
            c.referred_to, c.disputed, c.alarm_step, c.alarm_user_id",
            $after
        )
    };
}
pub(crate) use case_columns;

#[derive(sqlx::FromRow)]
pub(crate) struct CaseRow {
    id: Uuid,
    version: i64,
    kind: String,
    category: String,
    voice: String,
    source: String,
    finder: Option<String>,
    danger: bool,
    site_id: Option<Uuid>,
    area_id: Option<Uuid>,
    text: String,
    state: String,
    reported_day: i64,
    reported_at: Option<i64>,
    answer: Option<String>,
    answered_day: Option<i64>,
    grade_likelihood: Option<i64>,
    grade_severity: Option<i64>,
    grade_level: Option<i64>,
    grade_pack: Option<String>,
    legal: Option<String>,
    owner_id: Option<Uuid>,
    due_day: Option<i64>,
    plan_measure: Option<String>,
    plan_responsibility: Option<String>,
    plan_money_minor: Option<i64>,
    plan_currency: Option<String>,
    plan_contingency: Option<String>,
    fixer_user_id: Option<Uuid>,
    fixed_day: Option<i64>,
    verified_day: Option<i64>,
    merged_into: Option<Uuid>,
    referred_to: Option<String>,
    disputed: bool,
    alarm_step: Option<i64>,
    alarm_user_id: Option<Uuid>,
}

/// Reads a stored word, or says which column is corrupt.
pub(crate) fn word<T>(parsed: Option<T>, column: &'static str) -> Result<T> {
    parsed.ok_or(StoreError::Corrupt(column))
}

pub(crate) fn hash(bytes: Vec<u8>, column: &'static str) -> Result<Hash> {
    bytes.try_into().ok().ok_or(StoreError::Corrupt(column))
}

impl CaseRow {
    pub(crate) fn into_case(self, enterprise: EnterpriseId) -> Result<Case> {
        let grading = match (
            self.grade_likelihood,
            self.grade_severity,
            self.grade_level,
            self.grade_pack,
        ) {
            (Some(likelihood), Some(severity), Some(level), Some(pack)) => Some(Grading {
                likelihood: word(likelihood.try_into().ok(), "cases.grade_likelihood")?,
                severity: word(severity.try_into().ok(), "cases.grade_severity")?,
                level: word(Level::try_from(level).ok(), "cases.grade_level")?,
                pack,
            }),
            _ => None,
        };
        let plan = match (self.owner_id, self.due_day) {
            (Some(owner), Some(due)) => Some(Plan {
                owner: PersonId(owner),
                due_day: Day(due),
                measure: self.plan_measure.unwrap_or_default(),
                responsibility: self.plan_responsibility.unwrap_or_default(),
                money: self
                    .plan_money_minor
                    .zip(self.plan_currency)
                    .map(|(minor, currency)| Money { minor, currency }),
                contingency: self.plan_contingency.unwrap_or_default(),
            }),
            _ => None,
        };
        Ok(Case {
            enterprise,
            id: CaseId(self.id),
            version: self.version,
            kind: word(Kind::parse(&self.kind), "cases.kind")?,
            category: word(Category::parse(&self.category), "cases.category")?,
            voice: word(Voice::parse(&self.voice), "cases.voice")?,
            source: word(Source::parse(&self.source), "cases.source")?,
            finder: self
                .finder
                .map(|it| word(Finder::parse(&it), "cases.finder"))
                .transpose()?,
            danger: self.danger,
            site: self.site_id.map(SiteId),
            area: self.area_id.map(AreaId),
            text: self.text,
            state: word(State::parse(&self.state), "cases.state")?,
            reported_day: Day(self.reported_day),
            reported_at: self.reported_at.map(Instant),
            answer: self.answer,
            answered_day: self.answered_day.map(Day),
            grading,
            legal: self
                .legal
                .map(|it| word(Legal::parse(&it), "cases.legal"))
                .transpose()?,
            plan,
            fixer: self.fixer_user_id.map(UserId),
            fixed_day: self.fixed_day.map(Day),
            verified_day: self.verified_day.map(Day),
            merged_into: self.merged_into.map(CaseId),
            referred_to: self.referred_to,
            disputed: self.disputed,
            alarm: self
                .alarm_step
                .map(|step| {
                    Ok::<_, StoreError>(Alarm {
                        step: word(step.try_into().ok(), "cases.alarm_step")?,
                        answered_by: self.alarm_user_id.map(UserId),
                    })
                })
                .transpose()?,
        })
    }
}

pub(super) fn case_values(case: &Case) -> Vec<Value> {
    let grading = case.grading.as_ref();
    let plan = case.plan.as_ref();
    let money = plan.and_then(|plan| plan.money.as_ref());
    args![
        case.enterprise,
        case.id,
        case.version,
        case.kind.as_str(),
        case.category.as_str(),
        case.voice.as_str(),
        case.source.as_str(),
        case.finder.map(Finder::as_str),
        case.danger,
        case.site,
        case.area,
        &case.text,
        case.state.as_str(),
        case.reported_day,
        case.reported_at,
        case.answer.as_ref(),
        case.answered_day,
        grading.map(|it| i64::from(it.likelihood)),
        grading.map(|it| i64::from(it.severity)),
        grading.map(|it| i64::from(it.level)),
        grading.map(|it| &it.pack),
        case.legal.map(Legal::as_str),
        plan.map(|it| it.owner),
        plan.map(|it| it.due_day),
        plan.map(|it| &it.measure),
        plan.map(|it| &it.responsibility),
        money.map(|it| it.minor),
        money.map(|it| &it.currency),
        plan.map(|it| &it.contingency),
        case.fixer,
        case.fixed_day,
        case.verified_day,
        case.merged_into,
        case.referred_to.as_ref(),
        case.disputed,
        case.alarm.map(|it| i64::from(it.step)),
        case.alarm.and_then(|it| it.answered_by),
    ]
}

/// An event as it is appended.
#[derive(Debug, Clone)]
pub struct Event {
    /// The tenant.
    pub enterprise: EnterpriseId,
    /// Random id.
    pub id: EventId,
    /// The case.
    pub case: CaseId,
    /// The case's version after it.
    pub position: i64,
    /// The action's name.
    pub action: &'static str,
    /// `reporter`, `user` or `system`.
    pub actor_kind: &'static str,
    /// The user, where one acted.
    pub actor: Option<UserId>,
    /// `phone`, `desk`, `import`, `server`.
    pub client: &'static str,
    /// The rule pack and version that the decision used.
    pub pack: Option<String>,
    /// The instant; none for what an anonymous reporter did.
    pub at: Option<Instant>,
    /// The local day, by which everything is counted.
    pub local_day: Day,
    /// The state before; none for a new case.
    pub from: Option<State>,
    /// The state after.
    pub to: State,
    /// The deadline that ran before.
    pub due_from: Option<Day>,
    /// The deadline that runs after.
    pub due_to: Option<Day>,
    /// Hides the payload in the leaf.
    pub nonce: [u8; 32],
    /// Canonical JSON.
    pub payload: String,
    /// The commitment to both.
    pub leaf: Hash,
}

pub(crate) fn event_values(event: &Event) -> Vec<Value> {
    args![
        event.enterprise,
        event.id,
        event.case,
        event.position,
        event.action,
        event.actor_kind,
        event.actor,
        event.client,
        event.pack.as_ref(),
        event.at,
        event.local_day,
        event.from.map(State::as_str),
        event.to.as_str(),
        event.due_from,
        event.due_to,
        event.nonce,
        &event.payload,
        event.leaf,
    ]
}

/// An event as it is read for the time line.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct EventRow {
    /// The event.
    #[sqlx(try_from = "Uuid")]
    pub id: EventId,
    /// Its place in the case's life, from 1.
    pub position: i64,
    /// The action's name.
    pub action: String,
    /// `reporter`, `user` or `system`.
    pub actor_kind: String,
    /// The name of the person who acted, where a user did.
    pub actor_name: Option<String>,
    /// Microseconds since 1970 UTC, where an instant was kept.
    pub at: Option<i64>,
    /// The local day.
    pub local_day: i64,
    /// The canonical JSON; none after an erasure.
    pub payload: Option<String>,
}

/// The events of a case, oldest first.
pub async fn load_event_rows(tx: &mut Tx, case: CaseId) -> Result<Vec<EventRow>> {
    tx.all(&super::FIND_EVENTS, args![case]).await
}

/// A picture or voice clip of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its name within the case.
    pub name: String,
    /// `before`, `after` or `voice`.
    pub stage: String,
    /// The media type after re-encoding.
    pub content_type: String,
    /// Bytes.
    pub size: i64,
    /// SHA-256 of the stored bytes.
    pub blob: Hash,
}

#[derive(sqlx::FromRow)]
pub(crate) struct AttachmentRow {
    name: String,
    stage: String,
    content_type: String,
    size: i64,
    blob_hash: Vec<u8>,
}

impl TryFrom<AttachmentRow> for Attachment {
    type Error = StoreError;
    fn try_from(row: AttachmentRow) -> Result<Self> {
        Ok(Self {
            name: row.name,
            stage: row.stage,
            content_type: row.content_type,
            size: row.size,
            blob: hash(row.blob_hash, "attachment.blob_hash")?,
        })
    }
}
