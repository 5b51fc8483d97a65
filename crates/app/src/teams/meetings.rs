//! A meeting from its beginning to the minutes on the wall.

use std::collections::HashMap;

use hezuo_domain::Code;
use hezuo_domain::ids::{CaseId, MeetingId, PersonId, TeamId};
use hezuo_domain::permissions::Permission;
use hezuo_domain::signatures::Signature;
use hezuo_domain::teams::{Balance, GuestKind, MeetingState, Sex, Side, TeamRole, next_meeting};
use hezuo_domain::time::{Day, Instant};
use hezuo_store::cases as case_rows;
use hezuo_store::teams::{
    self as rows, Attendance, ItemRow, Meeting, MeetingEntry, Member, NewMeeting,
};
use hezuo_store::{Tx, people};
use serde_json::Value;
use uuid::Uuid;

use super::short;
use crate::{Access, App, Result};

/// A line of the minutes. Nothing in it tells who raised the case.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its place.
    pub position: i64,
    /// The case.
    pub case: CaseId,
    /// What was reported.
    pub text: String,
    /// The pictogram.
    pub category: String,
    /// The kind.
    pub kind: String,
    /// Where.
    pub area_name: Option<String>,
    /// Why it was on the agenda; nothing for what was raised in the meeting.
    pub section: Option<String>,
    /// What was decided, by the action's name; nothing where it was put off.
    pub action: Option<String>,
    /// The answer, reason or note, as it was written.
    pub words: Vec<String>,
    /// The case that this one was merged into.
    pub into: Option<CaseId>,
    /// Who shall do it.
    pub owner_name: Option<String>,
    /// Until when.
    pub due_day: Option<String>,
}

/// Everything about one meeting.
#[derive(Debug)]
pub struct MeetingDetail {
    /// The meeting.
    pub meeting: Meeting,
    /// When it began, as the clock on the wall showed it.
    pub began: String,
    /// When it ended.
    pub ended: Option<String>,
    /// Members, marked or not, and guests.
    pub people: Vec<Attendance>,
    /// The balance of the members who are there.
    pub present: Balance,
    /// The lines of the minutes.
    pub lines: Vec<Line>,
    /// The day to propose for the next meeting.
    pub proposed: Option<Day>,
    /// Today in the enterprise.
    pub today: Day,
    /// Whether the caller may run it.
    pub may_run: bool,
}

/// A page of a team's meetings, and the number before which the next page begins.
pub type MeetingPage = (Vec<MeetingEntry>, Option<i64>);

/// Lists the meetings of a team, the latest first.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn list_meetings(
    app: &App,
    access: &Access,
    team: TeamId,
    below: Option<i64>,
) -> Result<MeetingPage> {
    const PAGE: u8 = 20;
    access.require(Permission::CaseRead)?;
    let mut tx = app.db.read(&access.scope()).await?;
    rows::find_team(&mut tx, team)
        .await?
        .ok_or(Code::NotFound)?;
    let below = below.unwrap_or(i64::MAX);
    let mut items = rows::list_meetings(&mut tx, team, below, i64::from(PAGE) + 1).await?;
    let has_more = items.len() > usize::from(PAGE);
    items.truncate(usize::from(PAGE));
    let next = items.last().filter(|_| has_more).map(|last| last.number);
    Ok((items, next))
}

/// What is known when a meeting begins.
#[derive(Debug, Clone)]
pub struct Beginning {
    /// The client's own id of the meeting.
    pub id: MeetingId,
    /// Where, if not at the team's usual place.
    pub place: Option<String>,
}

/// Begins a meeting of a team, or joins the one that is going on.
///
/// # Errors
/// `forbidden`, `not_found`, `input.too_long`.
pub async fn begin(
    app: &App,
    access: &Access,
    team: TeamId,
    beginning: Beginning,
) -> Result<MeetingDetail> {
    access.require(Permission::MeetingRun)?;
    let mut tx = app.db.write(&access.scope()).await?;
    let team = rows::find_team(&mut tx, team)
        .await?
        .ok_or(Code::NotFound)?;
    let members = members_of(&mut tx, team.id).await?;
    let first = |role: TeamRole| {
        members
            .iter()
            .find(|it| it.role == role)
            .map(|it| it.person)
    };
    let place = short(
        beginning.place.as_deref().unwrap_or(&team.place),
        80,
        "place",
    )?;
    let new = NewMeeting {
        id: beginning.id,
        team: team.id,
        day: access.today(app),
        place,
        chair: first(TeamRole::Leader),
        secretary: first(TeamRole::Secretary),
        at: app.now(),
        by: access.caller.user,
    };
    rows::open_meeting(&mut tx, access.enterprise.id, &new).await?;
    let open = rows::find_open(&mut tx, team.id).await?;
    tx.commit().await?;
    // The same request once more, after the meeting is over, shows that meeting.
    find_meeting(app, access, open.unwrap_or(beginning.id)).await
}

async fn members_of(tx: &mut Tx, team: TeamId) -> Result<Vec<Member>> {
    let mut members = rows::members(tx).await?;
    members.retain(|it| it.team == team);
    members.sort_by_key(|it| it.role);
    Ok(members)
}

fn unmarked(member: &Member) -> Attendance {
    Attendance {
        id: member.person.0,
        person_id: Some(member.person.0),
        name: Some(member.name.clone()),
        guest_name: None,
        guest_kind: None,
        role: Some(member.role.as_str().to_owned()),
        side: Some(member.side.as_str().to_owned()),
        sex: member.sex.map(|it| it.as_str().to_owned()),
        present: false,
    }
}

/// Reads a meeting with its minutes.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn find_meeting(app: &App, access: &Access, id: MeetingId) -> Result<MeetingDetail> {
    access.require(Permission::CaseRead)?;
    let today = access.today(app);
    let mut tx = app.db.read(&access.scope()).await?;
    let meeting = rows::find_meeting(&mut tx, id)
        .await?
        .ok_or(Code::NotFound)?;
    let mut people = rows::attendance(&mut tx, id).await?;
    let mut proposed = None;
    if meeting.state == MeetingState::Open.as_str() {
        let missing = members_of(&mut tx, meeting.team_id).await?;
        let missing = missing
            .iter()
            .filter(|member| !people.iter().any(|it| it.id == member.person.0))
            .map(unmarked);
        people.extend(missing.collect::<Vec<_>>());
        let team = rows::find_team(&mut tx, meeting.team_id).await?;
        proposed = team
            .and_then(|team| team.weekday)
            .map(|weekday| next_meeting(weekday, today));
    }
    let role = |it: &Attendance| it.role.as_deref().and_then(TeamRole::parse);
    // Members by role and name, then guests.
    people.sort_by_key(|it| {
        (
            it.person_id.is_none(),
            role(it).is_none(),
            role(it),
            it.name.clone(),
        )
    });
    let items = rows::items(&mut tx, id).await?;
    let lines = lines(&mut tx, items).await?;
    let clock = |at: i64| access.clock(Instant(at));
    Ok(MeetingDetail {
        began: clock(meeting.opened_at),
        ended: meeting.closed_at.map(clock),
        present: balance(&people),
        people,
        lines,
        proposed,
        today,
        may_run: access.may(Permission::MeetingRun),
        meeting,
    })
}

fn balance(people: &[Attendance]) -> Balance {
    let there = people.iter().filter(|it| it.present).filter_map(|it| {
        let side = Side::parse(it.side.as_deref()?)?;
        Some((side, it.sex.as_deref().and_then(Sex::parse), None))
    });
    Balance::of(there)
}

/// Reads what the events say: the minutes keep no second copy of a decision.
async fn lines(tx: &mut Tx, items: Vec<ItemRow>) -> Result<Vec<Line>> {
    let read = |item: &ItemRow| -> Value {
        let payload = item.payload.as_deref();
        let payload: Value = payload
            .and_then(|it| serde_json::from_str(it).ok())
            .unwrap_or_default();
        payload.get("details").cloned().unwrap_or_default()
    };
    let details: Vec<Value> = items.iter().map(read).collect();
    let names: HashMap<Uuid, String> = if details.iter().any(|it| it["plan"].is_object()) {
        let persons = people::persons(tx).await?;
        persons.into_iter().map(|it| (it.id.0, it.name)).collect()
    } else {
        HashMap::new()
    };
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let line = |(item, details): (ItemRow, Value)| {
        let plan = &details["plan"];
        let said = ["answer", "to", "reason", "note"].map(|key| text(&details[key]));
        let mut words: Vec<String> = said.into_iter().flatten().collect();
        words.extend(text(&plan["measure"]));
        words.push(item.note);
        words.retain(|it| !it.is_empty());
        let owner = text(&plan["owner"]).and_then(|it| it.parse().ok());
        Line {
            position: item.position,
            case: item.case_id,
            text: item.text,
            category: item.category,
            kind: item.kind,
            area_name: item.area_name,
            section: item.section,
            action: item.action,
            words,
            into: text(&details["into"]).and_then(|it| it.parse().ok()),
            owner_name: owner.and_then(|it: Uuid| names.get(&it).cloned()),
            due_day: text(&plan["due_day"]),
        }
    };
    Ok(items.into_iter().zip(details).map(line).collect())
}

/// What stands at the head and the foot of the minutes.
#[derive(Debug, Clone)]
pub struct Closing {
    /// Where.
    pub place: String,
    /// Who leads it.
    pub chair: Option<PersonId>,
    /// Who keeps the minutes.
    pub secretary: Option<PersonId>,
    /// The board with the figures was looked at.
    pub board_reviewed: bool,
    /// Anything else.
    pub note: String,
    /// The day of the next meeting.
    pub next_day: Option<Day>,
}

async fn write_head(tx: &mut Tx, meeting: Meeting, head: Closing, today: Day) -> Result<Meeting> {
    for (person, path) in [(head.chair, "chair_id"), (head.secretary, "secretary_id")] {
        if let Some(person) = person
            && people::person_name(tx, person).await?.is_none()
        {
            return Err(Code::InputInvalid.at(path).into());
        }
    }
    if head.next_day.is_some_and(|day| day < today) {
        return Err(Code::InputInvalid.at("next_day").into());
    }
    let meeting = Meeting {
        place: short(&head.place, 80, "place")?,
        chair_id: head.chair.map(|it| it.0),
        secretary_id: head.secretary.map(|it| it.0),
        board_reviewed: head.board_reviewed,
        note: short(&head.note, 2000, "note")?,
        next_day: head.next_day.map(|day| day.0),
        ..meeting
    };
    if !rows::update_meeting(tx, &meeting).await? {
        return Err(Code::MeetingClosed.into());
    }
    Ok(meeting)
}

/// Changes what stands at the head and the foot of an open meeting's minutes.
///
/// # Errors
/// `forbidden`, `not_found`, `meeting.closed`, `input.*`.
pub async fn update(
    app: &App,
    access: &Access,
    id: MeetingId,
    head: Closing,
) -> Result<MeetingDetail> {
    access.require(Permission::MeetingRun)?;
    let mut tx = app.db.write(&access.scope()).await?;
    let meeting = rows::find_meeting(&mut tx, id)
        .await?
        .ok_or(Code::NotFound)?;
    write_head(&mut tx, meeting, head, access.today(app)).await?;
    tx.commit().await?;
    find_meeting(app, access, id).await
}

/// Who is there, or is not.
#[derive(Debug, Clone)]
pub enum Mark {
    /// A member, or somebody else from the register.
    Person(PersonId, bool),
    /// Somebody from outside, under the client's own id.
    Guest(Uuid, String, GuestKind, bool),
}

/// Marks people at an open meeting.
///
/// # Errors
/// `forbidden`, `not_found`, `meeting.closed`, `input.*`.
pub async fn mark(
    app: &App,
    access: &Access,
    id: MeetingId,
    marks: Vec<Mark>,
) -> Result<MeetingDetail> {
    access.require(Permission::MeetingRun)?;
    if marks.is_empty() || marks.len() > 100 {
        return Err(Code::InputInvalid.at("marks").into());
    }
    let mut tx = app.db.write(&access.scope()).await?;
    let meeting = rows::find_meeting(&mut tx, id)
        .await?
        .ok_or(Code::NotFound)?;
    if !rows::hold_open(&mut tx, id).await? {
        return Err(Code::MeetingClosed.into());
    }
    let members = members_of(&mut tx, meeting.team_id).await?;
    let mut attendance: HashMap<Uuid, Attendance> = HashMap::new();
    for mark in marks {
        let marked = match mark {
            Mark::Person(person, present) => {
                let member = members.iter().find(|it| it.person == person);
                if member.is_none() && people::person_name(&mut tx, person).await?.is_none() {
                    return Err(Code::InputInvalid.at("person_id").into());
                }
                Attendance {
                    id: person.0,
                    person_id: Some(person.0),
                    present,
                    ..member.map_or_else(nobody, unmarked)
                }
            }
            Mark::Guest(guest, name, kind, present) => {
                let name = short(&name, 80, "guest_name")?;
                if name.is_empty() {
                    return Err(Code::InputMissing.at("guest_name").into());
                }
                Attendance {
                    id: guest,
                    guest_name: Some(name),
                    guest_kind: Some(kind.as_str().to_owned()),
                    present,
                    ..nobody()
                }
            }
        };
        attendance.insert(marked.id, marked);
    }
    let marks: Vec<Attendance> = attendance.into_values().collect();
    rows::save_attendance(&mut tx, access.enterprise.id, id, &marks).await?;
    tx.commit().await?;
    find_meeting(app, access, id).await
}

fn nobody() -> Attendance {
    Attendance {
        id: Uuid::nil(),
        person_id: None,
        name: None,
        guest_name: None,
        guest_kind: None,
        role: None,
        side: None,
        sex: None,
        present: false,
    }
}

/// Ends a meeting: who was not marked was absent, who was there took part, the minutes stand.
///
/// # Errors
/// `forbidden`, `not_found`, `meeting.closed`, `input.*`.
pub async fn close(
    app: &App,
    access: &Access,
    id: MeetingId,
    head: Closing,
) -> Result<MeetingDetail> {
    access.require(Permission::MeetingRun)?;
    access.caller.sign(app, Signature::CloseMeeting)?;
    let enterprise = access.enterprise.id;
    let mut tx = app.db.write(&access.scope()).await?;
    let meeting = rows::find_meeting(&mut tx, id)
        .await?
        .ok_or(Code::NotFound)?;
    let meeting = write_head(&mut tx, meeting, head, access.today(app)).await?;
    let marked = rows::attendance(&mut tx, id).await?;
    let members = members_of(&mut tx, meeting.team_id).await?;
    let absent: Vec<Attendance> = members
        .iter()
        .filter(|member| !marked.iter().any(|it| it.id == member.person.0))
        .map(unmarked)
        .collect();
    if !absent.is_empty() {
        rows::save_attendance(&mut tx, enterprise, id, &absent).await?;
    }
    // Of the day of entry: a month that has been told must not change any more.
    let day = access.today(app);
    let there = marked.iter().filter(|it| it.present);
    let people: Vec<_> = there
        .filter_map(|it| it.name.as_deref())
        .map(|name| (enterprise, day, app.keys.person_key(enterprise, name)))
        .collect();
    if !people.is_empty() {
        case_rows::add_participation(&mut tx, &people).await?;
    }
    if !rows::close(&mut tx, id, app.now(), access.caller.user).await? {
        return Err(Code::MeetingClosed.into());
    }
    tx.commit().await?;
    find_meeting(app, access, id).await
}

/// Notes that the minutes hang on the wall.
///
/// # Errors
/// `forbidden`, `not_found`, `meeting.open`.
pub async fn post(app: &App, access: &Access, id: MeetingId) -> Result<MeetingDetail> {
    access.require(Permission::MeetingRun)?;
    let mut tx = app.db.write(&access.scope()).await?;
    let meeting = rows::find_meeting(&mut tx, id)
        .await?
        .ok_or(Code::NotFound)?;
    if meeting.state == MeetingState::Open.as_str() {
        return Err(Code::MeetingOpen.into());
    }
    // Minutes that hang there already keep their day.
    rows::post(&mut tx, id, access.today(app), access.caller.user).await?;
    tx.commit().await?;
    find_meeting(app, access, id).await
}
