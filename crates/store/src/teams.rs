//! Improvement teams, who belongs to them, and what stands on their agenda.

pub(crate) mod meetings;

pub use meetings::{
    Attendance, Item, ItemRow, Meeting, MeetingEntry, NewMeeting, add_items, attendance, close,
    count_items, find_meeting, find_open, hold_open, items, list_meetings, open_meeting, post,
    save_attendance, update_meeting,
};

use hezuo_domain::cases::Case;
use hezuo_domain::ids::{AreaId, CaseId, EnterpriseId, PersonId, SiteId, TeamId, UserId};
use hezuo_domain::teams::{Sex, Side, TeamRole};
use hezuo_domain::time::Day;
use uuid::Uuid;

use crate::cases::rows::{CaseRow, case_columns, word};
use crate::db::Tx;
use crate::error::{Result, StoreError};
use crate::statement::statements;
use crate::value::{Value, args};

/// How many cases [`find_cases`] reads in one statement.
const AT_ONCE: usize = 32;

macro_rules! agenda_sql {
    ($filter:literal) => {
        concat!(
            case_columns!(
                "SELECT ",
                ", a.name AS area_name, p.name AS owner_name,
                (SELECT MIN(t.name) FROM case_attachment t WHERE t.enterprise_id = c.enterprise_id
                    AND t.case_id = c.id AND t.stage = 'before') AS picture_before,
                (SELECT MIN(t.name) FROM case_attachment t WHERE t.enterprise_id = c.enterprise_id
                    AND t.case_id = c.id AND t.stage = 'after') AS picture_after
            FROM cases c
            LEFT JOIN area a ON a.enterprise_id = c.enterprise_id AND a.id = c.area_id
            LEFT JOIN person p ON p.enterprise_id = c.enterprise_id AND p.id = c.owner_id
            WHERE c.enterprise_id = $1 AND c.state IN ('new', 'accepted', 'planned', 'done')
                AND c.kind <> 'injury_imported' AND (c.state <> 'planned' OR c.due_day <= $2)"
            ),
            $filter,
            " ORDER BY c.danger DESC, c.reported_day, c.id LIMIT $3"
        )
    };
}

statements! {
    rows ADD_TEAMS = (9, "INSERT INTO team (enterprise_id, id, name, site_id, area_id, weekday,
        meets_at, place, active)", "");
    tenant CHANGE_TEAM = "UPDATE team SET name = $3, site_id = $4, area_id = $5, weekday = $6,
        meets_at = $7, place = $8, active = $9 WHERE enterprise_id = $1 AND id = $2";
    tenant TEAMS = "SELECT t.id, t.name, t.site_id, t.area_id, t.weekday, t.meets_at, t.place,
            t.active,
            (SELECT m.id FROM meeting m WHERE m.enterprise_id = t.enterprise_id
                AND m.team_id = t.id AND m.state = 'open') AS open_meeting,
            (SELECT MAX(m.local_day) FROM meeting m WHERE m.enterprise_id = t.enterprise_id
                AND m.team_id = t.id AND m.state <> 'open') AS last_day
        FROM team t WHERE t.enterprise_id = $1 ORDER BY t.active DESC, t.name, t.id";
    tenant FIND_TEAM = "SELECT id, name, site_id, area_id, weekday, meets_at, place, active,
            CAST(NULL AS UUID) AS open_meeting, CAST(NULL AS BIGINT) AS last_day
        FROM team WHERE enterprise_id = $1 AND id = $2";
    tenant MEMBERS = "SELECT m.id, m.team_id, m.person_id, p.name, p.position, m.role, m.side,
            m.sex, m.shift, m.from_day
        FROM team_member m
        JOIN person p ON p.enterprise_id = m.enterprise_id AND p.id = m.person_id
        WHERE m.enterprise_id = $1 AND m.to_day IS NULL ORDER BY p.name, m.person_id";
    rows SAVE_MEMBERS = (11, "INSERT INTO team_member (enterprise_id, id, team_id, person_id, role,
        side, sex, shift, from_day, to_day, changed_by)",
        "ON CONFLICT (enterprise_id, team_id, person_id) WHERE to_day IS NULL
        DO UPDATE SET role = excluded.role, side = excluded.side, sex = excluded.sex,
        shift = excluded.shift, changed_by = excluded.changed_by");
    tenant END_MEMBER = "UPDATE team_member SET to_day = $4, changed_by = $5
        WHERE enterprise_id = $1 AND team_id = $2 AND person_id = $3 AND to_day IS NULL";
    tenant AGENDA = (agenda_sql!(""));
    tenant AGENDA_SITE = (agenda_sql!(" AND c.site_id = $4"));
    tenant AGENDA_AREA = (agenda_sql!(" AND (c.area_id = $4 OR c.area_id IN (SELECT s.id FROM area s
        WHERE s.enterprise_id = c.enterprise_id AND s.parent_id = $4))"));
    tenant FIND_CASES = (case_columns!("SELECT ", " FROM cases c WHERE c.enterprise_id = $1
        AND c.id IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
            $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)"));
}

/// A team in the register.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Team {
    /// Random id.
    #[sqlx(try_from = "Uuid")]
    pub id: TeamId,
    /// Its name.
    pub name: String,
    /// Whose cases it decides, where not those of the whole enterprise.
    pub site_id: Option<Uuid>,
    /// The same, narrower.
    pub area_id: Option<Uuid>,
    /// 1 is Monday.
    pub weekday: Option<i64>,
    /// Such as `16:30`; empty where none is fixed.
    pub meets_at: String,
    /// Where it meets.
    pub place: String,
    /// Still at work.
    pub active: bool,
    /// The meeting that is going on; only in the list.
    pub open_meeting: Option<Uuid>,
    /// The day of the last meeting that is over; only in the list.
    pub last_day: Option<i64>,
}

fn team_values(it: &Team) -> Vec<Value> {
    args![
        it.id,
        &it.name,
        it.site_id,
        it.area_id,
        it.weekday,
        &it.meets_at,
        &it.place,
        it.active
    ]
}

/// Adds a team.
pub async fn add_team(tx: &mut Tx, enterprise: EnterpriseId, it: &Team) -> Result<()> {
    let mut row = args![enterprise];
    row.extend(team_values(it));
    tx.insert(&ADD_TEAMS, vec![row]).await?;
    Ok(())
}

/// Changes a team; false where there is none.
pub async fn change_team(tx: &mut Tx, it: &Team) -> Result<bool> {
    Ok(tx.execute(&CHANGE_TEAM, team_values(it)).await? == 1)
}

/// The teams of the scope's enterprise, those at work first.
pub async fn teams(tx: &mut Tx) -> Result<Vec<Team>> {
    tx.all(&TEAMS, args![]).await
}

/// Reads one team.
pub async fn find_team(tx: &mut Tx, id: TeamId) -> Result<Option<Team>> {
    tx.optional(&FIND_TEAM, args![id]).await
}

/// Somebody who belongs to a team now.
#[derive(Debug, Clone)]
pub struct Member {
    /// The team.
    pub team: TeamId,
    /// Who.
    pub person: PersonId,
    /// The name.
    pub name: String,
    /// The post in the factory.
    pub position: String,
    /// What the member is in the team.
    pub role: TeamRole,
    /// Worker or manager.
    pub side: Side,
    /// Where it was said.
    pub sex: Option<Sex>,
    /// The shift, where there are shifts.
    pub shift: Option<String>,
    /// Since when.
    pub from: Day,
}

#[derive(sqlx::FromRow)]
struct MemberRow {
    team_id: Uuid,
    person_id: Uuid,
    name: String,
    position: String,
    role: String,
    side: String,
    sex: Option<String>,
    shift: Option<String>,
    from_day: i64,
}

impl TryFrom<MemberRow> for Member {
    type Error = StoreError;

    fn try_from(row: MemberRow) -> Result<Self> {
        let sex = row.sex.map(|it| word(Sex::parse(&it), "team_member.sex"));
        Ok(Self {
            team: TeamId(row.team_id),
            person: PersonId(row.person_id),
            name: row.name,
            position: row.position,
            role: word(TeamRole::parse(&row.role), "team_member.role")?,
            side: word(Side::parse(&row.side), "team_member.side")?,
            sex: sex.transpose()?,
            shift: row.shift,
            from: Day(row.from_day),
        })
    }
}

/// Everybody who belongs to a team of the scope's enterprise now.
pub async fn members(tx: &mut Tx) -> Result<Vec<Member>> {
    let rows: Vec<MemberRow> = tx.all(&MEMBERS, args![]).await?;
    rows.into_iter().map(Member::try_from).collect()
}

/// Takes somebody into a team, or changes what the member is there. `id` is that of a new
/// membership.
pub async fn save_member(
    tx: &mut Tx,
    enterprise: EnterpriseId,
    id: Uuid,
    it: &Member,
    by: UserId,
) -> Result<()> {
    let row = args![
        enterprise,
        id,
        it.team,
        it.person,
        it.role.as_str(),
        it.side.as_str(),
        it.sex.map(Sex::as_str),
        it.shift.as_deref(),
        it.from,
        None::<i64>,
        by
    ];
    tx.insert(&SAVE_MEMBERS, vec![row]).await?;
    Ok(())
}

/// Ends a membership; nothing where there is none.
pub async fn end_member(
    tx: &mut Tx,
    team: TeamId,
    person: PersonId,
    day: Day,
    by: UserId,
) -> Result<()> {
    tx.execute(&END_MEMBER, args![team, person, day, by])
        .await?;
    Ok(())
}

/// One line of an agenda.
#[derive(Debug, Clone)]
pub struct AgendaLine {
    /// The case.
    pub case: Case,
    /// The area's name.
    pub area_name: Option<String>,
    /// Who answers for the plan.
    pub owner_name: Option<String>,
    /// A picture of the finding.
    pub picture_before: Option<String>,
    /// A picture of what was done.
    pub picture_after: Option<String>,
}

#[derive(sqlx::FromRow)]
struct AgendaRow {
    #[sqlx(flatten)]
    case: CaseRow,
    area_name: Option<String>,
    owner_name: Option<String>,
    picture_before: Option<String>,
    picture_after: Option<String>,
}

/// What is open and not planned for later than `until`, danger first, then the oldest; where the
/// team has a site or an area, only what lies there.
pub async fn agenda(tx: &mut Tx, team: &Team, until: Day, limit: i64) -> Result<Vec<AgendaLine>> {
    let Some(enterprise) = tx.scope().enterprise() else {
        return Err(StoreError::Scope("AGENDA"));
    };
    let mut values = args![until, limit];
    let statement = match (team.area_id, team.site_id) {
        (Some(area), _) => {
            values.push(AreaId(area).into());
            &AGENDA_AREA
        }
        (None, Some(site)) => {
            values.push(SiteId(site).into());
            &AGENDA_SITE
        }
        (None, None) => &AGENDA,
    };
    let rows: Vec<AgendaRow> = tx.all(statement, values).await?;
    let line = |row: AgendaRow| {
        Ok(AgendaLine {
            case: row.case.into_case(enterprise)?,
            area_name: row.area_name,
            owner_name: row.owner_name,
            picture_before: row.picture_before,
            picture_after: row.picture_after,
        })
    };
    rows.into_iter().map(line).collect()
}

/// Reads many cases; those that are not there are left out.
pub async fn find_cases(tx: &mut Tx, ids: &[CaseId]) -> Result<Vec<Case>> {
    let Some(enterprise) = tx.scope().enterprise() else {
        return Err(StoreError::Scope("FIND_CASES"));
    };
    let mut cases = Vec::with_capacity(ids.len());
    for some in ids.chunks(AT_ONCE) {
        // The places that are left over hold an id that no case has.
        let padding = std::iter::repeat_n(CaseId(Uuid::nil()), AT_ONCE - some.len());
        let values = some.iter().copied().chain(padding).map(Value::from);
        let rows: Vec<CaseRow> = tx.all(&FIND_CASES, values.collect()).await?;
        for row in rows {
            cases.push(row.into_case(enterprise)?);
        }
    }
    Ok(cases)
}
