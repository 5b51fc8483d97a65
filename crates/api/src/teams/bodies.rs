//! Teams, agendas and meetings as they are sent.

use hezuo_app::Access;
use hezuo_app::queue::{Attendance, MeetingEntry, Member};
use hezuo_app::teams::{Agenda, AgendaItem, Decided, Line, MeetingDetail, MeetingPage, TeamDetail};
use hezuo_domain::cases::{Legal, Level, reference};
use hezuo_domain::ids::CaseId;
use hezuo_domain::permissions::Permission;
use hezuo_domain::teams::{Balance, Sex};
use hezuo_domain::time::Day;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::cases::bodies::PlanBody;

/// How many of whom. Shown, never enforced.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BalanceBody {
    workers: i64,
    managers: i64,
    women: i64,
    men: i64,
    shifts: Vec<ShiftBody>,
    /// `no_workers`, `few_workers`, `no_managers`, `no_women`, `no_men`.
    hints: Vec<&'static str>,
}

/// How many of one shift.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShiftBody {
    name: String,
    members: i64,
}

impl From<Balance> for BalanceBody {
    fn from(balance: Balance) -> Self {
        Self {
            hints: balance.hints(),
            workers: balance.workers,
            managers: balance.managers,
            women: balance.women,
            men: balance.men,
            shifts: balance
                .shifts
                .into_iter()
                .map(|(name, members)| ShiftBody { name, members })
                .collect(),
        }
    }
}

/// Somebody who belongs to a team.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MemberBody {
    person_id: Uuid,
    name: String,
    position: String,
    /// `leader`, `deputy`, `secretary`, `liaison` or `member`.
    role: &'static str,
    /// `worker` or `manager`.
    side: &'static str,
    /// `f` or `m`; only for those who keep the register.
    sex: Option<&'static str>,
    shift: Option<String>,
    from_day: String,
}

/// A team.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TeamBody {
    id: Uuid,
    name: String,
    site_id: Option<Uuid>,
    area_id: Option<Uuid>,
    /// 1 is Monday.
    weekday: Option<i64>,
    /// Such as `16:30`; empty where none is fixed.
    meets_at: String,
    place: String,
    active: bool,
    members: Vec<MemberBody>,
    balance: BalanceBody,
    /// The day on which it meets next, where a day of the week is fixed.
    next_day: Option<String>,
    /// The day of the last meeting that is over.
    last_day: Option<String>,
    /// The meeting that is going on.
    open_meeting: Option<Uuid>,
}

impl TeamBody {
    pub(super) fn of(detail: TeamDetail, access: &Access) -> Self {
        let keeps = access.may(Permission::TeamManage);
        let member = |it: Member| MemberBody {
            person_id: it.person.0,
            name: it.name,
            position: it.position,
            role: it.role.as_str(),
            side: it.side.as_str(),
            sex: it.sex.filter(|_| keeps).map(Sex::as_str),
            shift: it.shift,
            from_day: it.from.to_string(),
        };
        let team = detail.team;
        Self {
            id: team.id.0,
            name: team.name,
            site_id: team.site_id,
            area_id: team.area_id,
            weekday: team.weekday,
            meets_at: team.meets_at,
            place: team.place,
            active: team.active,
            members: detail.members.into_iter().map(member).collect(),
            balance: detail.balance.into(),
            next_day: detail.next_day.map(|day| day.to_string()),
            last_day: team.last_day.map(|day| Day(day).to_string()),
            open_meeting: team.open_meeting,
        }
    }
}

/// The teams.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TeamsBody {
    items: Vec<TeamBody>,
}

impl TeamsBody {
    pub(super) fn of(all: Vec<TeamDetail>, access: &Access) -> Self {
        Self {
            items: all
                .into_iter()
                .map(|team| TeamBody::of(team, access))
                .collect(),
        }
    }
}

/// One line of the agenda. It neither says who raised the case nor how openly.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AgendaItemBody {
    id: Uuid,
    /// The short reference that people say aloud.
    #[serde(rename = "ref")]
    reference: String,
    /// Send it back with a decision.
    version: i64,
    /// `unanswered`, `new`, `overdue`, `due`, `to_verify` or `unplanned`.
    section: &'static str,
    kind: &'static str,
    category: &'static str,
    danger: bool,
    state: &'static str,
    /// Risk level, 1 to 4.
    level: Option<i64>,
    /// `general` or `major`.
    legal: Option<&'static str>,
    area_name: Option<String>,
    text: String,
    reported_day: String,
    answer: Option<String>,
    plan: Option<PlanBody>,
    owner_id: Option<Uuid>,
    owner_name: Option<String>,
    due_day: Option<String>,
    fixed_day: Option<String>,
    /// The reporter said "not fixed".
    disputed: bool,
    /// The name of a picture of the finding.
    picture_before: Option<String>,
    /// The name of a picture of what was done.
    picture_after: Option<String>,
    /// What the caller may decide.
    actions: Vec<&'static str>,
}

impl From<AgendaItem> for AgendaItemBody {
    fn from(item: AgendaItem) -> Self {
        let line = item.line;
        let case = line.case;
        Self {
            id: case.id.0,
            reference: case.reference(),
            version: case.version,
            section: item.section.as_str(),
            kind: case.kind.as_str(),
            category: case.category.as_str(),
            danger: case.danger,
            state: case.state.as_str(),
            level: case.grading.as_ref().map(|it| Level::into(it.level)),
            legal: case.legal.map(Legal::as_str),
            area_name: line.area_name,
            text: case.text,
            reported_day: case.reported_day.to_string(),
            answer: case.answer,
            owner_id: case.plan.as_ref().map(|it| it.owner.0),
            owner_name: line.owner_name,
            due_day: case.plan.as_ref().map(|it| it.due_day.to_string()),
            plan: case.plan.map(PlanBody::from),
            fixed_day: case.fixed_day.map(|day| day.to_string()),
            disputed: case.disputed,
            picture_before: line.picture_before,
            picture_after: line.picture_after,
            actions: item.actions,
        }
    }
}

/// What a team speaks about.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AgendaBody {
    team_id: Uuid,
    team_name: String,
    /// Today in the enterprise.
    today: String,
    items: Vec<AgendaItemBody>,
    /// There are more than fit.
    more: bool,
    /// The meeting that is going on.
    open_meeting: Option<Uuid>,
}

impl From<Agenda> for AgendaBody {
    fn from(agenda: Agenda) -> Self {
        Self {
            team_id: agenda.team.id.0,
            team_name: agenda.team.name,
            today: agenda.today.to_string(),
            items: agenda.items.into_iter().map(AgendaItemBody::from).collect(),
            more: agenda.more,
            open_meeting: agenda.open.map(|it| it.0),
        }
    }
}

/// One line of the list of meetings.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MeetingEntryBody {
    id: Uuid,
    number: i64,
    day: String,
    /// `open`, `closed` or `posted`.
    state: String,
    posted_day: Option<String>,
    /// How many were there, guests too.
    present: i64,
    /// Lines of the minutes.
    items: i64,
}

/// A page of meetings.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MeetingPageBody {
    items: Vec<MeetingEntryBody>,
    /// Give it back as `cursor` for the next page; none on the last.
    next_cursor: Option<String>,
}

impl From<MeetingPage> for MeetingPageBody {
    fn from((items, next): MeetingPage) -> Self {
        let entry = |it: MeetingEntry| MeetingEntryBody {
            id: it.id.0,
            number: it.number,
            day: Day(it.local_day).to_string(),
            state: it.state,
            posted_day: it.posted_day.map(|day| Day(day).to_string()),
            present: it.present,
            items: it.items,
        };
        Self {
            items: items.into_iter().map(entry).collect(),
            next_cursor: next.map(|number| number.to_string()),
        }
    }
}

/// Somebody at a meeting, or missing from it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AttendanceBody {
    /// The person's id, or a random one for a guest.
    id: Uuid,
    name: String,
    is_guest: bool,
    /// `trainer`, `inspector` or `other`, of a guest.
    guest_kind: Option<String>,
    /// What the member is in the team.
    role: Option<String>,
    /// `worker` or `manager`.
    side: Option<String>,
    present: bool,
}

impl From<Attendance> for AttendanceBody {
    fn from(it: Attendance) -> Self {
        Self {
            id: it.id,
            is_guest: it.person_id.is_none(),
            name: it.name.or(it.guest_name).unwrap_or_default(),
            guest_kind: it.guest_kind,
            role: it.role,
            side: it.side,
            present: it.present,
        }
    }
}

/// A line of the minutes. It says nothing about who raised the case.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MinutesLineBody {
    position: i64,
    case_id: Uuid,
    #[serde(rename = "ref")]
    reference: String,
    text: String,
    category: String,
    kind: String,
    area_name: Option<String>,
    /// Why it was on the agenda; nothing for what was raised in the meeting.
    section: Option<String>,
    /// What was decided; nothing where it was put off.
    action: Option<String>,
    /// The answer, reason or note, as it was written.
    words: Vec<String>,
    /// The short reference of the case that this one was merged into.
    into_ref: Option<String>,
    owner_name: Option<String>,
    due_day: Option<String>,
}

impl From<Line> for MinutesLineBody {
    fn from(line: Line) -> Self {
        Self {
            position: line.position,
            case_id: line.case.0,
            reference: reference(line.case),
            text: line.text,
            category: line.category,
            kind: line.kind,
            area_name: line.area_name,
            section: line.section,
            action: line.action,
            words: line.words,
            into_ref: line.into.map(reference),
            owner_name: line.owner_name,
            due_day: line.due_day,
        }
    }
}

/// A meeting with its minutes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MeetingBody {
    id: Uuid,
    team_id: Uuid,
    team_name: String,
    /// The team's first meeting is number 1.
    number: i64,
    day: String,
    /// As the clock on the wall showed it, such as `16:30`.
    began: String,
    ended: Option<String>,
    place: String,
    /// `open`, `closed` or `posted`.
    state: String,
    chair_id: Option<Uuid>,
    chair_name: Option<String>,
    secretary_id: Option<Uuid>,
    secretary_name: Option<String>,
    people: Vec<AttendanceBody>,
    /// Of the members who are there.
    present: BalanceBody,
    lines: Vec<MinutesLineBody>,
    board_reviewed: bool,
    note: String,
    next_day: Option<String>,
    /// The day to propose for the next meeting.
    proposed_day: Option<String>,
    posted_day: Option<String>,
    /// Today in the enterprise.
    today: String,
    /// Whether the caller may run it.
    may_run: bool,
}

impl From<MeetingDetail> for MeetingBody {
    fn from(detail: MeetingDetail) -> Self {
        let meeting = detail.meeting;
        let day = |day: i64| Day(day).to_string();
        Self {
            id: meeting.id.0,
            team_id: meeting.team_id.0,
            team_name: meeting.team_name,
            number: meeting.number,
            day: day(meeting.local_day),
            began: detail.began,
            ended: detail.ended,
            place: meeting.place,
            state: meeting.state,
            chair_id: meeting.chair_id,
            chair_name: meeting.chair_name,
            secretary_id: meeting.secretary_id,
            secretary_name: meeting.secretary_name,
            people: detail
                .people
                .into_iter()
                .map(AttendanceBody::from)
                .collect(),
            present: detail.present.into(),
            lines: detail
                .lines
                .into_iter()
                .map(MinutesLineBody::from)
                .collect(),
            board_reviewed: meeting.board_reviewed,
            note: meeting.note,
            next_day: meeting.next_day.map(day),
            proposed_day: detail.proposed.map(|day| day.to_string()),
            posted_day: meeting.posted_day.map(day),
            today: detail.today.to_string(),
            may_run: detail.may_run,
        }
    }
}

/// How a case stands after a decision.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DecidedCaseBody {
    case: Uuid,
    version: i64,
    state: &'static str,
}

/// How the cases stand after the batch.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DecidedBody {
    items: Vec<DecidedCaseBody>,
}

impl From<Vec<Decided>> for DecidedBody {
    fn from(decided: Vec<Decided>) -> Self {
        let one = |it: Decided| DecidedCaseBody {
            case: it.case.0,
            version: it.version,
            state: it.state.as_str(),
        };
        Self {
            items: decided.into_iter().map(one).collect(),
        }
    }
}

/// The cases that were made; none when the batch was known.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecordedBody {
    cases: Vec<Uuid>,
}

impl RecordedBody {
    pub(super) fn of(cases: &[CaseId]) -> Self {
        Self {
            cases: cases.iter().map(|it| it.0).collect(),
        }
    }
}
