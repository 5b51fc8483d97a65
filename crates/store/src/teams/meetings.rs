//! Meetings, who was there, and the lines of their minutes.

use hezuo_domain::ids::{CaseId, EnterpriseId, MeetingId, PersonId, TeamId, UserId};
use hezuo_domain::time::{Day, Instant};
use uuid::Uuid;

use crate::db::Tx;
use crate::error::Result;
use crate::statement::statements;
use crate::value::args;

statements! {
    rows OPEN_MEETINGS = (15, "INSERT INTO meeting (enterprise_id, id, team_id, number, local_day,
        place, state, chair_id, secretary_id, opened_at, opened_by, closed_at, closed_by,
        board_reviewed, note)", "ON CONFLICT DO NOTHING");
    tenant NEXT_NUMBER = "SELECT CAST(COALESCE(MAX(number), 0) + 1 AS BIGINT) FROM meeting
        WHERE enterprise_id = $1 AND team_id = $2";
    tenant FIND_MEETING = "SELECT m.id, m.team_id, t.name AS team_name, m.number, m.local_day,
            m.place, m.state, m.chair_id, c.name AS chair_name, m.secretary_id,
            s.name AS secretary_name, m.opened_at, m.closed_at, m.posted_day, m.next_day,
            m.board_reviewed, m.note
        FROM meeting m
        JOIN team t ON t.enterprise_id = m.enterprise_id AND t.id = m.team_id
        LEFT JOIN person c ON c.enterprise_id = m.enterprise_id AND c.id = m.chair_id
        LEFT JOIN person s ON s.enterprise_id = m.enterprise_id AND s.id = m.secretary_id
        WHERE m.enterprise_id = $1 AND m.id = $2";
    tenant FIND_OPEN = "SELECT id FROM meeting
        WHERE enterprise_id = $1 AND team_id = $2 AND state = 'open'";
    tenant LIST_MEETINGS = "SELECT m.id, m.number, m.local_day, m.state, m.posted_day,
            (SELECT COUNT(*) FROM attendance a WHERE a.enterprise_id = m.enterprise_id
                AND a.meeting_id = m.id AND a.present) AS present,
            (SELECT COUNT(*) FROM meeting_item i WHERE i.enterprise_id = m.enterprise_id
                AND i.meeting_id = m.id) AS items
        FROM meeting m WHERE m.enterprise_id = $1 AND m.team_id = $2 AND m.number < $3
        ORDER BY m.number DESC LIMIT $4";
    tenant UPDATE_MEETING = "UPDATE meeting SET place = $3, chair_id = $4, secretary_id = $5,
        board_reviewed = $6, note = $7, next_day = $8
        WHERE enterprise_id = $1 AND id = $2 AND state = 'open'";
    tenant HOLD_MEETING = "UPDATE meeting SET note = note
        WHERE enterprise_id = $1 AND id = $2 AND state = 'open'";
    tenant CLOSE_MEETING = "UPDATE meeting SET state = 'closed', closed_at = $3, closed_by = $4
        WHERE enterprise_id = $1 AND id = $2 AND state = 'open'";
    tenant POST_MEETING = "UPDATE meeting SET state = 'posted', posted_day = $3, posted_by = $4
        WHERE enterprise_id = $1 AND id = $2 AND state = 'closed'";
    tenant ATTENDANCE = "SELECT a.id, a.person_id, p.name, a.guest_name, a.guest_kind, a.role,
            a.side, a.sex, a.present
        FROM attendance a
        LEFT JOIN person p ON p.enterprise_id = a.enterprise_id AND p.id = a.person_id
        WHERE a.enterprise_id = $1 AND a.meeting_id = $2 ORDER BY p.name, a.guest_name, a.id";
    rows SAVE_ATTENDANCE = (10, "INSERT INTO attendance (enterprise_id, meeting_id, id, person_id,
        guest_name, guest_kind, role, side, sex, present)",
        "ON CONFLICT (enterprise_id, meeting_id, id) DO UPDATE SET present = excluded.present,
        role = excluded.role, side = excluded.side, sex = excluded.sex,
        guest_name = excluded.guest_name, guest_kind = excluded.guest_kind");
    rows ADD_ITEMS = (7, "INSERT INTO meeting_item (enterprise_id, meeting_id, position, case_id,
        event_position, section, note)", "");
    tenant COUNT_ITEMS = "SELECT CAST(COALESCE(MAX(position), 0) AS BIGINT) FROM meeting_item
        WHERE enterprise_id = $1 AND meeting_id = $2";
    tenant ITEMS = "SELECT i.position, i.case_id, i.section, i.note, e.action, e.payload,
            c.text, c.category, c.kind, a.name AS area_name
        FROM meeting_item i
        JOIN cases c ON c.enterprise_id = i.enterprise_id AND c.id = i.case_id
        LEFT JOIN case_event e ON e.enterprise_id = i.enterprise_id AND e.case_id = i.case_id
            AND e.position = i.event_position
        LEFT JOIN area a ON a.enterprise_id = c.enterprise_id AND a.id = c.area_id
        WHERE i.enterprise_id = $1 AND i.meeting_id = $2 ORDER BY i.position";
}

/// A meeting that begins.
#[derive(Debug, Clone)]
pub struct NewMeeting {
    /// Random id.
    pub id: MeetingId,
    /// Whose meeting.
    pub team: TeamId,
    /// The local day.
    pub day: Day,
    /// Where.
    pub place: String,
    /// Who leads it.
    pub chair: Option<PersonId>,
    /// Who keeps the minutes.
    pub secretary: Option<PersonId>,
    /// When it begins.
    pub at: Instant,
    /// Who opens it.
    pub by: UserId,
}

/// Begins a meeting with the team's next number. Nothing happens where one is open, or where
/// somebody else has just begun one.
pub async fn open_meeting(tx: &mut Tx, enterprise: EnterpriseId, it: &NewMeeting) -> Result<()> {
    let number: Option<(i64,)> = tx.optional(&NEXT_NUMBER, args![it.team]).await?;
    let row = args![
        enterprise,
        it.id,
        it.team,
        number.map_or(1, |(number,)| number),
        it.day,
        &it.place,
        "open",
        it.chair,
        it.secretary,
        it.at,
        it.by,
        None::<i64>,
        None::<UserId>,
        false,
        ""
    ];
    tx.insert(&OPEN_MEETINGS, vec![row]).await?;
    Ok(())
}

/// A meeting.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Meeting {
    /// Random id.
    #[sqlx(try_from = "Uuid")]
    pub id: MeetingId,
    /// Whose.
    #[sqlx(try_from = "Uuid")]
    pub team_id: TeamId,
    /// The team's name.
    pub team_name: String,
    /// The team's first meeting is number 1.
    pub number: i64,
    /// The local day.
    pub local_day: i64,
    /// Where.
    pub place: String,
    /// `open`, `closed` or `posted`.
    pub state: String,
    /// Who leads it.
    pub chair_id: Option<Uuid>,
    /// That person's name.
    pub chair_name: Option<String>,
    /// Who keeps the minutes.
    pub secretary_id: Option<Uuid>,
    /// That person's name.
    pub secretary_name: Option<String>,
    /// When it began.
    pub opened_at: i64,
    /// When it ended.
    pub closed_at: Option<i64>,
    /// The day on which the minutes were posted.
    pub posted_day: Option<i64>,
    /// The day of the next meeting.
    pub next_day: Option<i64>,
    /// The board with the figures was looked at.
    pub board_reviewed: bool,
    /// Anything else.
    pub note: String,
}

/// Reads one meeting.
pub async fn find_meeting(tx: &mut Tx, id: MeetingId) -> Result<Option<Meeting>> {
    tx.optional(&FIND_MEETING, args![id]).await
}

/// The meeting of a team that is going on.
pub async fn find_open(tx: &mut Tx, team: TeamId) -> Result<Option<MeetingId>> {
    let row: Option<(Uuid,)> = tx.optional(&FIND_OPEN, args![team]).await?;
    Ok(row.map(|(id,)| MeetingId(id)))
}

/// One line of the list of meetings.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct MeetingEntry {
    /// The meeting.
    #[sqlx(try_from = "Uuid")]
    pub id: MeetingId,
    /// Its number.
    pub number: i64,
    /// The local day.
    pub local_day: i64,
    /// `open`, `closed` or `posted`.
    pub state: String,
    /// The day on which the minutes were posted.
    pub posted_day: Option<i64>,
    /// How many were there, guests too.
    pub present: i64,
    /// Lines of the minutes.
    pub items: i64,
}

/// Meetings of a team below a number, the latest first.
pub async fn list_meetings(
    tx: &mut Tx,
    team: TeamId,
    below: i64,
    limit: i64,
) -> Result<Vec<MeetingEntry>> {
    tx.all(&LIST_MEETINGS, args![team, below, limit]).await
}

/// Changes what stands at the head and the foot of an open meeting; false where it is over.
pub async fn update_meeting(tx: &mut Tx, it: &Meeting) -> Result<bool> {
    let values = args![
        it.id,
        &it.place,
        it.chair_id,
        it.secretary_id,
        it.board_reviewed,
        &it.note,
        it.next_day
    ];
    Ok(tx.execute(&UPDATE_MEETING, values).await? == 1)
}

/// Keeps an open meeting as it is until the transaction ends, so that two who write at once write
/// one after the other; false where it is over.
pub async fn hold_open(tx: &mut Tx, id: MeetingId) -> Result<bool> {
    Ok(tx.execute(&HOLD_MEETING, args![id]).await? == 1)
}

/// Ends a meeting; false where it is over already.
pub async fn close(tx: &mut Tx, id: MeetingId, at: Instant, by: UserId) -> Result<bool> {
    Ok(tx.execute(&CLOSE_MEETING, args![id, at, by]).await? == 1)
}

/// Notes that the minutes hang on the wall; false where they do already or the meeting is open.
pub async fn post(tx: &mut Tx, id: MeetingId, day: Day, by: UserId) -> Result<bool> {
    Ok(tx.execute(&POST_MEETING, args![id, day, by]).await? == 1)
}

/// Somebody at a meeting, or missing from it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Attendance {
    /// The person's id, or a random one for a guest.
    pub id: Uuid,
    /// The member.
    pub person_id: Option<Uuid>,
    /// The member's name.
    pub name: Option<String>,
    /// The guest.
    pub guest_name: Option<String>,
    /// `trainer`, `inspector` or `other`.
    pub guest_kind: Option<String>,
    /// What the member was in the team.
    pub role: Option<String>,
    /// `worker` or `manager`.
    pub side: Option<String>,
    /// `f` or `m`, where it was said.
    pub sex: Option<String>,
    /// There.
    pub present: bool,
}

/// Who was marked at a meeting.
pub async fn attendance(tx: &mut Tx, meeting: MeetingId) -> Result<Vec<Attendance>> {
    tx.all(&ATTENDANCE, args![meeting]).await
}

/// Marks people; the others stay as they are.
pub async fn save_attendance(
    tx: &mut Tx,
    enterprise: EnterpriseId,
    meeting: MeetingId,
    marks: &[Attendance],
) -> Result<()> {
    let rows = marks.iter().map(|it| {
        args![
            enterprise,
            meeting,
            it.id,
            it.person_id,
            it.guest_name.as_deref(),
            it.guest_kind.as_deref(),
            it.role.as_deref(),
            it.side.as_deref(),
            it.sex.as_deref(),
            it.present
        ]
    });
    tx.insert(&SAVE_ATTENDANCE, rows.collect()).await?;
    Ok(())
}

/// A line for the minutes.
#[derive(Debug, Clone)]
pub struct Item {
    /// Which case.
    pub case: CaseId,
    /// The position of the event that says what was decided; none where it was put off.
    pub event: Option<i64>,
    /// Why it was on the agenda.
    pub section: Option<&'static str>,
    /// What was said about it without deciding.
    pub note: String,
}

/// How many lines the minutes have.
pub async fn count_items(tx: &mut Tx, meeting: MeetingId) -> Result<i64> {
    let row: Option<(i64,)> = tx.optional(&COUNT_ITEMS, args![meeting]).await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// Adds lines after those that are there.
pub async fn add_items(
    tx: &mut Tx,
    enterprise: EnterpriseId,
    meeting: MeetingId,
    items: &[Item],
) -> Result<()> {
    let mut position = count_items(tx, meeting).await?;
    let rows = items.iter().map(|it| {
        position += 1;
        args![
            enterprise, meeting, position, it.case, it.event, it.section, &it.note
        ]
    });
    let rows = rows.collect();
    tx.insert(&ADD_ITEMS, rows).await?;
    Ok(())
}

/// A line of the minutes, with what its event says.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ItemRow {
    /// Its place.
    pub position: i64,
    /// The case.
    #[sqlx(try_from = "Uuid")]
    pub case_id: CaseId,
    /// Why it was on the agenda.
    pub section: Option<String>,
    /// What was said about it without deciding.
    pub note: String,
    /// The action of the event.
    pub action: Option<String>,
    /// What the event says; none where it was erased.
    pub payload: Option<String>,
    /// What was reported.
    pub text: String,
    /// The pictogram.
    pub category: String,
    /// The kind.
    pub kind: String,
    /// Where.
    pub area_name: Option<String>,
}

/// The lines of the minutes, in their order.
pub async fn items(tx: &mut Tx, meeting: MeetingId) -> Result<Vec<ItemRow>> {
    tx.all(&ITEMS, args![meeting]).await
}
