//! What answers are made of: recent cases to compare with, conversations, and what is posted.

use hezuo_domain::answers::Side;
use hezuo_domain::ids::{AreaId, CaseId, EnterpriseId, UserId};
use hezuo_domain::time::Day;
use uuid::Uuid;

use crate::db::Tx;
use crate::error::{Result, StoreError};
use crate::statement::statements;
use crate::value::args;

macro_rules! posted_sql {
    ($where:literal) => {
        concat!(
            "SELECT c.category, c.state, c.reported_day, c.answered_day, c.fixed_day, c.answer
            FROM cases c LEFT JOIN area a
                ON a.enterprise_id = c.enterprise_id AND a.id = c.area_id
            WHERE c.enterprise_id = $1 AND c.reported_day >= $2 AND c.answer IS NOT NULL
                AND c.voice <> 'in_confidence' AND c.source <> 'import' AND c.state <> 'merged'",
            $where,
            " ORDER BY c.answered_day DESC, c.id LIMIT 60"
        )
    };
}

statements! {
    tenant RECENT = "SELECT c.id, c.area_id, a.name AS area_name, c.category, c.voice, c.state,
        substr(c.text, 1, 400) AS text, c.answer, c.reported_day
        FROM cases c LEFT JOIN area a ON a.enterprise_id = c.enterprise_id AND a.id = c.area_id
        WHERE c.enterprise_id = $1 AND c.reported_day >= $2 AND c.source <> 'import'
        ORDER BY c.reported_day DESC, c.id DESC LIMIT 500";
    rows ADD_MESSAGES = (8, "INSERT INTO case_message (enterprise_id, id, case_id, position, side,
        user_id, local_day, sealed)", "ON CONFLICT (enterprise_id, id) DO NOTHING");
    tenant MESSAGES = "SELECT m.id, m.side, p.name AS author, m.local_day, m.sealed
        FROM case_message m
        LEFT JOIN app_user u ON u.enterprise_id = m.enterprise_id AND u.id = m.user_id
        LEFT JOIN person p ON p.enterprise_id = u.enterprise_id AND p.id = u.person_id
        WHERE m.enterprise_id = $1 AND m.case_id = $2 ORDER BY m.position";
    tenant REPLIED = "SELECT c.id, c.category, c.voice, c.state, substr(c.text, 1, 140) AS text,
        m.local_day
        FROM case_message m JOIN cases c ON c.enterprise_id = m.enterprise_id AND c.id = m.case_id
        WHERE m.enterprise_id = $1 AND m.side = 'reporter' AND m.local_day >= $2
            AND c.state NOT IN ('merged', 'closed')
            AND NOT EXISTS (SELECT 1 FROM case_message l WHERE l.enterprise_id = m.enterprise_id
                AND l.case_id = m.case_id AND l.position > m.position)
        ORDER BY m.local_day DESC, c.id LIMIT 50";
    tenant POSTED = (posted_sql!(""));
    tenant POSTED_AROUND = (posted_sql!(" AND (a.id = $3 OR a.parent_id = $3)"));
}

/// A case to compare another with.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Recent {
    /// The case.
    #[sqlx(try_from = "Uuid")]
    pub id: CaseId,
    /// Its area.
    pub area_id: Option<Uuid>,
    /// The area's name.
    pub area_name: Option<String>,
    /// Category, by its word.
    pub category: String,
    /// Voice, by its word.
    pub voice: String,
    /// State, by its word.
    pub state: String,
    /// The beginning of what was said.
    pub text: String,
    /// The written answer.
    pub answer: Option<String>,
    /// The day it was reported.
    pub reported_day: i64,
}

/// The cases since a day, newest first, at most 500.
pub async fn recent(tx: &mut Tx, since: Day) -> Result<Vec<Recent>> {
    tx.all(&RECENT, args![since]).await
}

/// A question or reply to be kept.
#[derive(Debug)]
pub struct NewMessage {
    /// The client's own id; a second one with the same id changes nothing.
    pub id: Uuid,
    /// The case.
    pub case: CaseId,
    /// From 1.
    pub position: i64,
    /// Who speaks.
    pub side: Side,
    /// Of the team, which login.
    pub user: Option<UserId>,
    /// The day.
    pub day: Day,
    /// The sealed text.
    pub sealed: Vec<u8>,
}

/// Keeps a message.
pub async fn add_message(tx: &mut Tx, enterprise: EnterpriseId, it: NewMessage) -> Result<()> {
    let row = args![
        enterprise,
        it.id,
        it.case,
        it.position,
        it.side.as_str(),
        it.user,
        it.day,
        it.sealed
    ];
    tx.insert(&ADD_MESSAGES, vec![row]).await?;
    Ok(())
}

/// A message as it is kept.
#[derive(Debug)]
pub struct Message {
    /// Its id.
    pub id: Uuid,
    /// Who speaks.
    pub side: Side,
    /// Of the team, the name.
    pub author: Option<String>,
    /// The day.
    pub day: Day,
    /// The sealed text.
    pub sealed: Vec<u8>,
}

#[derive(sqlx::FromRow)]
pub(crate) struct MessageRow {
    id: Uuid,
    side: String,
    author: Option<String>,
    local_day: i64,
    sealed: Vec<u8>,
}

impl TryFrom<MessageRow> for Message {
    type Error = StoreError;
    fn try_from(row: MessageRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            side: Side::parse(&row.side).ok_or(StoreError::Corrupt("case_message.side"))?,
            author: row.author,
            day: Day(row.local_day),
            sealed: row.sealed,
        })
    }
}

/// The conversation about a case, oldest first.
pub async fn messages(tx: &mut Tx, case: CaseId) -> Result<Vec<Message>> {
    let rows: Vec<MessageRow> = tx.all(&MESSAGES, args![case]).await?;
    rows.into_iter().map(Message::try_from).collect()
}

/// A case whose reporter has the last word.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Replied {
    /// The case.
    #[sqlx(try_from = "Uuid")]
    pub id: CaseId,
    /// Category, by its word.
    pub category: String,
    /// Voice, by its word.
    pub voice: String,
    /// State, by its word.
    pub state: String,
    /// The beginning of what was said.
    pub text: String,
    /// The day of the reply.
    pub local_day: i64,
}

/// The cases whose reporter has the last word, since a day, at most 50.
pub async fn replied(tx: &mut Tx, since: Day) -> Result<Vec<Replied>> {
    tx.all(&REPLIED, args![since]).await
}

/// What became of something, without what was said or by whom.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Posted {
    /// Category, by its word.
    pub category: String,
    /// State, by its word.
    pub state: String,
    /// The day it was reported.
    pub reported_day: i64,
    /// The day of the first answer.
    pub answered_day: Option<i64>,
    /// The day it was fixed.
    pub fixed_day: Option<i64>,
    /// The written answer.
    pub answer: Option<String>,
}

/// What was answered of the reports since a day, in an area and its machines or everywhere; at
/// most 60, the last answered first. Nothing that was said in confidence.
pub async fn posted(tx: &mut Tx, since: Day, area: Option<AreaId>) -> Result<Vec<Posted>> {
    match area {
        Some(area) => tx.all(&POSTED_AROUND, args![since, area]).await,
        None => tx.all(&POSTED, args![since]).await,
    }
}
