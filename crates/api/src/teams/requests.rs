//! What is sent about teams and meetings.

use hezuo_app::teams::{
    Beginning, Closing, Decision, Decisions, Idea, Ideas, Mark, MemberEntry, TeamEntry,
};
use hezuo_domain::cases::{Category, Finder, Source};
use hezuo_domain::ids::{CaseId, MeetingId};
use hezuo_domain::teams::{GuestKind, Sex, Side, TeamRole};
use hezuo_domain::{Code, Problem};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::cases::bodies::{ActionBody, Client};

/// What is entered about a team.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct TeamRequest {
    name: String,
    site_id: Option<Uuid>,
    area_id: Option<Uuid>,
    /// 1 is Monday.
    weekday: Option<i64>,
    /// Such as `16:30`.
    #[serde(default)]
    meets_at: String,
    #[serde(default)]
    place: String,
    /// True by default.
    active: Option<bool>,
}

impl From<TeamRequest> for TeamEntry {
    fn from(request: TeamRequest) -> Self {
        Self {
            name: request.name,
            site: request.site_id,
            area: request.area_id,
            weekday: request.weekday,
            meets_at: request.meets_at,
            place: request.place,
            active: request.active.unwrap_or(true),
        }
    }
}

/// What is entered about a member.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct MemberRequest {
    /// `leader`, `deputy`, `secretary`, `liaison` or `member`.
    role: String,
    /// `worker` or `manager`.
    side: String,
    /// `f`, `m` or nothing.
    sex: Option<String>,
    shift: Option<String>,
}

impl TryFrom<MemberRequest> for MemberEntry {
    type Error = Problem;

    fn try_from(request: MemberRequest) -> Result<Self, Problem> {
        let sex = match request.sex.as_deref() {
            None | Some("") => None,
            Some(word) => Some(Sex::parse(word).ok_or(Code::InputInvalid.at("sex"))?),
        };
        Ok(Self {
            role: TeamRole::parse(&request.role).ok_or(Code::InputInvalid.at("role"))?,
            side: Side::parse(&request.side).ok_or(Code::InputInvalid.at("side"))?,
            sex,
            shift: request.shift,
        })
    }
}

/// What is known when a meeting begins.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct BeginBody {
    /// The client's own random id of the meeting; sending it again changes nothing.
    id: Uuid,
    /// Where, if not at the team's usual place.
    place: Option<String>,
}

impl From<BeginBody> for Beginning {
    fn from(body: BeginBody) -> Self {
        Self {
            id: MeetingId(body.id),
            place: body.place,
        }
    }
}

/// What stands at the head and the foot of the minutes.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct MeetingHeadBody {
    #[serde(default)]
    place: String,
    chair_id: Option<Uuid>,
    secretary_id: Option<Uuid>,
    #[serde(default)]
    board_reviewed: bool,
    #[serde(default)]
    note: String,
    next_day: Option<String>,
}

impl TryFrom<MeetingHeadBody> for Closing {
    type Error = Problem;

    fn try_from(body: MeetingHeadBody) -> Result<Self, Problem> {
        let next_day = match body.next_day.as_deref() {
            None | Some("") => None,
            Some(text) => Some(text.parse().or(Err(Code::InputInvalid.at("next_day")))?),
        };
        Ok(Self {
            place: body.place,
            chair: body.chair_id.map(Into::into),
            secretary: body.secretary_id.map(Into::into),
            board_reviewed: body.board_reviewed,
            note: body.note,
            next_day,
        })
    }
}

/// Somebody who is there, or is not: a person of the register, or a guest.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct MarkBody {
    person_id: Option<Uuid>,
    /// The client's own random id of a guest.
    guest_id: Option<Uuid>,
    guest_name: Option<String>,
    /// `trainer`, `inspector` or `other`.
    guest_kind: Option<String>,
    present: bool,
}

/// Who is there.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct MarksBody {
    marks: Vec<MarkBody>,
}

impl TryFrom<MarksBody> for Vec<Mark> {
    type Error = Problem;

    fn try_from(body: MarksBody) -> Result<Self, Problem> {
        let mark = |it: MarkBody| match (it.person_id, it.guest_id) {
            (Some(person), None) => Ok(Mark::Person(person.into(), it.present)),
            (None, Some(guest)) => {
                let kind = it.guest_kind.unwrap_or_else(|| "other".to_owned());
                let kind = GuestKind::parse(&kind).ok_or(Code::InputInvalid.at("guest_kind"))?;
                let name = it.guest_name.unwrap_or_default();
                Ok(Mark::Guest(guest, name, kind, it.present))
            }
            _ => Err(Code::InputInvalid.at("marks")),
        };
        body.marks.into_iter().map(mark).collect()
    }
}

/// What was decided about one case.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct DecisionBody {
    case: Uuid,
    /// The version that the meeting saw.
    version: i64,
    /// One step after the other, such as accept and plan; none where it was put off.
    #[serde(default)]
    actions: Vec<ActionBody>,
    /// What was said about it, where nothing was decided.
    #[serde(default)]
    note: String,
}

/// Everything that a meeting writes at once.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct DecisionsBody {
    /// The client's own random id of this batch; sending it again changes nothing.
    id: Uuid,
    client: Client,
    decisions: Vec<DecisionBody>,
}

impl DecisionsBody {
    pub(super) fn into_batch(self, bytes: Vec<u8>) -> Result<Decisions, Problem> {
        let decision = |(number, it): (usize, DecisionBody)| {
            let requests = it.actions.into_iter().map(TryInto::try_into);
            let requests: Result<Vec<_>, Problem> = requests.collect();
            let requests = requests.map_err(|problem| {
                let path = problem.path.unwrap_or_default();
                problem.code.at(&format!("decisions.{number}.{path}"))
            })?;
            Ok(Decision {
                case: CaseId(it.case),
                version: it.version,
                requests,
                note: it.note,
            })
        };
        let decisions: Result<Vec<Decision>, Problem> = self
            .decisions
            .into_iter()
            .enumerate()
            .map(decision)
            .collect();
        Ok(Decisions {
            key: self.id,
            client: self.client.word(),
            decisions: decisions?,
            bytes,
        })
    }
}

/// One idea, hazard or near miss that is written down.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct IdeaBody {
    /// The pictogram, such as `idea` or `machine`.
    category: String,
    text: String,
    area_id: Option<Uuid>,
    /// Who had it, where the name is to be known.
    name: Option<String>,
    /// `worker`, `team_leader` or `manager`.
    finder: Option<String>,
}

/// Many ideas at once.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct IdeasBody {
    /// The client's own random id of this batch; sending it again changes nothing.
    id: Uuid,
    client: Client,
    /// `meeting` or `card`.
    source: String,
    /// The meeting in whose minutes they stand.
    meeting: Option<Uuid>,
    ideas: Vec<IdeaBody>,
}

impl IdeasBody {
    pub(super) fn into_batch(self, bytes: Vec<u8>) -> Result<Ideas, Problem> {
        let idea = |(number, it): (usize, IdeaBody)| {
            let wrong = |field: &str| Code::InputInvalid.at(&format!("ideas.{number}.{field}"));
            let finder = match it.finder.as_deref() {
                None | Some("") => None,
                Some(word) => Some(Finder::parse(word).ok_or(wrong("finder"))?),
            };
            Ok(Idea {
                category: Category::parse(&it.category).ok_or(wrong("category"))?,
                text: it.text,
                area: it.area_id.map(Into::into),
                name: it.name,
                finder,
            })
        };
        let ideas: Result<Vec<Idea>, Problem> =
            self.ideas.into_iter().enumerate().map(idea).collect();
        Ok(Ideas {
            key: self.id,
            client: self.client.word(),
            source: Source::parse(&self.source).ok_or(Code::InputInvalid.at("source"))?,
            meeting: self.meeting.map(MeetingId),
            ideas: ideas?,
            bytes,
        })
    }
}
