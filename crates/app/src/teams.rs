//! Improvement teams: the register, and the agenda that writes itself.

mod decisions;
mod export;
mod ideas;
mod meetings;

pub use decisions::{Decided, Decision, Decisions, decide};
pub use export::tables;
pub use ideas::{Idea, Ideas, record};
pub use meetings::{
    Beginning, Closing, Line, Mark, MeetingDetail, MeetingPage, begin, close, find_meeting,
    list_meetings, mark, post, update,
};

use hezuo_domain::ids::{MeetingId, PersonId, TeamId};
use hezuo_domain::permissions::Permission;
use hezuo_domain::teams::{self, Balance, DUE_DAYS, Section, Sex, Side, TeamRole};
use hezuo_domain::time::Day;
use hezuo_domain::{Code, Problem};
use hezuo_store::teams::{self as rows, AgendaLine, Member, Team};
use hezuo_store::{Tx, people, places};
use uuid::Uuid;

use crate::cases::{actor, path_of};
use crate::{Access, App, Result};

/// Most lines of one agenda; more than a team can speak about in an afternoon.
const AGENDA: u8 = 200;

/// A team with who belongs to it.
#[derive(Debug, Clone)]
pub struct TeamDetail {
    /// The team.
    pub team: Team,
    /// Its members now, leader first.
    pub members: Vec<Member>,
    /// Its balance.
    pub balance: Balance,
    /// The day on which it meets next, where a day of the week is fixed.
    pub next_day: Option<Day>,
}

fn detail(team: Team, all: &[Member], today: Day) -> TeamDetail {
    let own = all.iter().filter(|it| it.team == team.id);
    let mut members: Vec<Member> = own.cloned().collect();
    members.sort_by_key(|it| it.role);
    let said = members
        .iter()
        .map(|it| (it.side, it.sex, it.shift.as_deref()));
    TeamDetail {
        balance: Balance::of(said),
        next_day: team
            .weekday
            .map(|weekday| teams::next_meeting(weekday, today)),
        team,
        members,
    }
}

/// Lists the teams with their members.
///
/// # Errors
/// `forbidden`.
pub async fn list(app: &App, access: &Access) -> Result<Vec<TeamDetail>> {
    access.require(Permission::TeamRead)?;
    let today = access.today(app);
    let mut tx = app.db.read(&access.scope()).await?;
    let teams = rows::teams(&mut tx).await?;
    let members = rows::members(&mut tx).await?;
    let all = teams.into_iter().map(|team| detail(team, &members, today));
    Ok(all.collect())
}

/// What is entered about a team.
#[derive(Debug, Clone, Default)]
pub struct TeamEntry {
    /// Its name.
    pub name: String,
    /// Whose cases it decides, where not those of the whole enterprise.
    pub site: Option<Uuid>,
    /// The same, narrower.
    pub area: Option<Uuid>,
    /// 1 is Monday.
    pub weekday: Option<i64>,
    /// Such as `16:30`.
    pub meets_at: String,
    /// Where it meets.
    pub place: String,
    /// Still at work.
    pub active: bool,
}

fn short(text: &str, most: usize, path: &str) -> Result<String, Problem> {
    let text = text.trim();
    if text.chars().count() > most {
        return Err(Code::InputTooLong.at(path));
    }
    Ok(text.to_owned())
}

async fn checked(tx: &mut Tx, id: TeamId, entry: &TeamEntry) -> Result<Team> {
    let name = short(&entry.name, 80, "name")?;
    if name.is_empty() {
        return Err(Code::InputMissing.at("name").into());
    }
    if entry.weekday.is_some_and(|day| !(1..=7).contains(&day)) {
        return Err(Code::InputInvalid.at("weekday").into());
    }
    if let Some(site) = entry.site
        && !places::sites(tx).await?.iter().any(|it| it.id.0 == site)
    {
        return Err(Code::InputInvalid.at("site_id").into());
    }
    if let Some(area) = entry.area
        && !places::areas(tx).await?.iter().any(|it| it.id.0 == area)
    {
        return Err(Code::InputInvalid.at("area_id").into());
    }
    Ok(Team {
        id,
        name,
        site_id: entry.site,
        area_id: entry.area,
        weekday: entry.weekday,
        meets_at: teams::meets_at(&entry.meets_at)?,
        place: short(&entry.place, 80, "place")?,
        active: entry.active,
        open_meeting: None,
        last_day: None,
    })
}

/// Adds a team.
///
/// # Errors
/// `forbidden`, `input.*`.
pub async fn add(app: &App, access: &Access, entry: &TeamEntry) -> Result<TeamDetail> {
    access.require(Permission::TeamManage)?;
    let mut tx = app.db.write(&access.scope()).await?;
    let team = checked(&mut tx, TeamId::random(app.random.as_ref()), entry).await?;
    rows::add_team(&mut tx, access.enterprise.id, &team).await?;
    tx.commit().await?;
    Ok(detail(team, &[], access.today(app)))
}

/// Changes a team.
///
/// # Errors
/// `forbidden`, `not_found`, `input.*`.
pub async fn change(
    app: &App,
    access: &Access,
    id: TeamId,
    entry: &TeamEntry,
) -> Result<TeamDetail> {
    access.require(Permission::TeamManage)?;
    let mut tx = app.db.write(&access.scope()).await?;
    let team = checked(&mut tx, id, entry).await?;
    if !rows::change_team(&mut tx, &team).await? {
        return Err(Code::NotFound.into());
    }
    let members = rows::members(&mut tx).await?;
    tx.commit().await?;
    Ok(detail(team, &members, access.today(app)))
}

/// What is entered about a member.
#[derive(Debug, Clone)]
pub struct MemberEntry {
    /// What the member is in the team.
    pub role: TeamRole,
    /// Worker or manager.
    pub side: Side,
    /// Only for the balance; need not be said.
    pub sex: Option<Sex>,
    /// The shift, where there are shifts.
    pub shift: Option<String>,
}

/// Takes somebody into a team, or changes what the member is there.
///
/// # Errors
/// `forbidden`, `not_found`, `input.too_long`.
pub async fn save_member(
    app: &App,
    access: &Access,
    team: TeamId,
    person: PersonId,
    entry: MemberEntry,
) -> Result<()> {
    access.require(Permission::TeamManage)?;
    let shift = entry
        .shift
        .map(|it| short(&it, 40, "shift"))
        .transpose()?
        .filter(|it| !it.is_empty());
    let mut tx = app.db.write(&access.scope()).await?;
    rows::find_team(&mut tx, team)
        .await?
        .ok_or(Code::NotFound)?;
    let name = people::person_name(&mut tx, person)
        .await?
        .ok_or(Code::NotFound)?;
    let member = Member {
        team,
        person,
        name,
        position: String::new(),
        role: entry.role,
        side: entry.side,
        sex: entry.sex,
        shift,
        from: access.today(app),
    };
    let (id, by) = (app.random.uuid(), access.caller.user);
    rows::save_member(&mut tx, access.enterprise.id, id, &member, by).await?;
    tx.commit().await?;
    Ok(())
}

/// Somebody leaves a team; the membership keeps its days.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn end_member(app: &App, access: &Access, team: TeamId, person: PersonId) -> Result<()> {
    access.require(Permission::TeamManage)?;
    let mut tx = app.db.write(&access.scope()).await?;
    rows::find_team(&mut tx, team)
        .await?
        .ok_or(Code::NotFound)?;
    people::person_name(&mut tx, person)
        .await?
        .ok_or(Code::NotFound)?;
    let today = access.today(app);
    rows::end_member(&mut tx, team, person, today, access.caller.user).await?;
    tx.commit().await?;
    Ok(())
}

/// One line of an agenda, with what the caller may decide.
#[derive(Debug)]
pub struct AgendaItem {
    /// The case; nothing that tells who raised it.
    pub line: AgendaLine,
    /// Why it is on the agenda.
    pub section: Section,
    /// What the caller may decide.
    pub actions: Vec<&'static str>,
}

/// What a team speaks about.
#[derive(Debug)]
pub struct Agenda {
    /// The team.
    pub team: Team,
    /// Today in the enterprise.
    pub today: Day,
    /// The lines, by section.
    pub items: Vec<AgendaItem>,
    /// There are more than fit.
    pub more: bool,
    /// The meeting that is going on.
    pub open: Option<MeetingId>,
}

/// Writes the agenda of a team as of now. No reporter is read for it, so none can stand on it.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn agenda(app: &App, access: &Access, team: TeamId) -> Result<Agenda> {
    access.require(Permission::CaseRead)?;
    let today = access.today(app);
    let mut tx = app.db.read(&access.scope()).await?;
    let team = rows::find_team(&mut tx, team)
        .await?
        .ok_or(Code::NotFound)?;
    let lines = rows::agenda(&mut tx, &team, today.plus(DUE_DAYS), i64::from(AGENDA) + 1).await?;
    let open = rows::find_open(&mut tx, team.id).await?;
    let more = lines.len() > usize::from(AGENDA);
    let item = |line: AgendaLine| {
        let section = teams::section(&line.case, today)?;
        let path = path_of(access, &line.case);
        let may = |permission: Permission| access.may_at(permission, &path);
        let mut actions = line.case.possible(actor(access), &may);
        actions.retain(|action| *action != "transcribe");
        Some(AgendaItem {
            line,
            section,
            actions,
        })
    };
    let lines = lines.into_iter().take(usize::from(AGENDA));
    let mut items: Vec<AgendaItem> = lines.filter_map(item).collect();
    items.sort_by_key(|it| it.section);
    Ok(Agenda {
        team,
        today,
        items,
        more,
        open,
    })
}
