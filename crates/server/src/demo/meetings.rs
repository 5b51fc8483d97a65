//! The team's weekly meeting: it looks at what was promised, writes down new ideas and decides
//! them, by the same actions that the shared screen calls.

use hezuo_app::cases::{Act, Request, act, find};
use hezuo_app::teams::{self, Beginning, Closing, Decision, Decisions, Idea, Ideas, Mark};
use hezuo_app::teams::{MemberEntry, TeamEntry};
use hezuo_app::{Access, App};
use hezuo_domain::cases::{Category, Finder, Plan, Source};
use hezuo_domain::ids::{CaseId, MeetingId, PersonId, TeamId};
use hezuo_domain::teams::{GuestKind, Sex, Side, TeamRole};
use hezuo_domain::time::Day;

use super::{Cast, Language};
use crate::Result;

/// Role, side, sex and shift of the ten, in the order of [`Cast::team`].
const MEMBERS: [(TeamRole, Side, Sex, Option<&str>); 10] = [
    (TeamRole::Leader, Side::Manager, Sex::Male, None),
    (TeamRole::Deputy, Side::Manager, Sex::Male, None),
    (TeamRole::Secretary, Side::Manager, Sex::Female, None),
    (TeamRole::Member, Side::Worker, Sex::Male, Some("早班")),
    (TeamRole::Member, Side::Worker, Sex::Female, Some("早班")),
    (TeamRole::Liaison, Side::Worker, Sex::Female, Some("早班")),
    (TeamRole::Liaison, Side::Worker, Sex::Male, Some("中班")),
    (TeamRole::Liaison, Side::Worker, Sex::Female, Some("夜班")),
    (TeamRole::Member, Side::Worker, Sex::Female, Some("中班")),
    (TeamRole::Member, Side::Worker, Sex::Male, Some("夜班")),
];

/// What is said in the room, with the answer and what shall be done: Chinese, then English.
const IDEAS: [[(&str, &str); 3]; 6] = [
    [
        (
            "工具架挂到工位旁边，不用来回走",
            "Hang the tool rack beside the workplace",
        ),
        (
            "好主意，先在绕线车间试一周。",
            "Good idea, we try it in winding for a week.",
        ),
        ("做两个挂架", "Make two racks"),
    ],
    [
        ("周转箱底下装轮子", "Put wheels under the boxes"),
        (
            "可以，从最重的箱子开始。",
            "Yes, beginning with the heaviest.",
        ),
        ("装二十套轮子", "Fit twenty sets of wheels"),
    ],
    [
        ("装配线上的灯再亮一点", "More light on the assembly line"),
        (
            "同意，先量一量照度再换。",
            "Agreed; we measure the light first.",
        ),
        ("换八盏灯", "Change eight lamps"),
    ],
    [
        (
            "饮水机移到离机器近一点的地方",
            "Move the water cooler closer to the machines",
        ),
        ("可以，注意不要挡住通道。", "Yes, without blocking the way."),
        ("移饮水机", "Move the cooler"),
    ],
    [
        (
            "零件盒贴上照片，不会拿错",
            "Pictures on the part boxes, so that nobody takes the wrong one",
        ),
        (
            "好，秘书来拍照。",
            "Good; the secretary takes the pictures.",
        ),
        ("拍照贴标签", "Take pictures and print labels"),
    ],
    [
        ("手套放在固定的盒子里", "A fixed box for gloves"),
        ("马上办。", "At once."),
        ("每条线放一个盒子", "One box a line"),
    ],
];

fn said(language: Language, (zh, en): (&'static str, &'static str)) -> String {
    if language == Language::En { en } else { zh }.to_owned()
}

/// What came out of one meeting, to be counted with the story.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Outcome {
    pub(super) named: u32,
    pub(super) unnamed: u32,
    pub(super) verified: u32,
}

/// The team, from meeting to meeting.
pub(super) struct Table<'a> {
    app: &'a App,
    leader: Access,
    fixer: Access,
    team: TeamId,
    members: Vec<PersonId>,
    language: Language,
    /// The idea of the last meeting that is being carried out.
    pending: Option<CaseId>,
    held: usize,
}

impl<'a> Table<'a> {
    /// Makes the team of ten.
    pub(super) async fn set(app: &'a App, cast: &Cast, language: Language) -> Result<Self> {
        let leader = cast.leader.enter(app, cast.factory).await?;
        let fixer = cast.fixer.enter(app, cast.factory).await?;
        let entry = TeamEntry {
            name: "改进小组 EIT".to_owned(),
            weekday: Some(3),
            meets_at: "16:30".to_owned(),
            place: "食堂 Canteen".to_owned(),
            active: true,
            ..TeamEntry::default()
        };
        let team = teams::add(app, &leader, &entry).await?.team.id;
        let mut members = Vec::new();
        for (person, (role, side, sex, shift)) in cast.team.iter().zip(MEMBERS) {
            let entry = MemberEntry {
                role,
                side,
                sex: Some(sex),
                shift: shift.map(str::to_owned),
            };
            teams::save_member(app, &leader, team, *person, entry).await?;
            members.push(*person);
        }
        Ok(Self {
            app,
            leader,
            fixer,
            team,
            members,
            language,
            pending: None,
            held: 0,
        })
    }

    /// Holds one meeting. What it began is finished before the next one.
    pub(super) async fn meet(&mut self, today: Day) -> Result<Outcome> {
        let app = self.app;
        let mut outcome = Outcome::default();
        if let Some(case) = self.pending {
            self.fix(case).await?;
        }
        let beginning = Beginning {
            id: MeetingId::random(app.random.as_ref()),
            place: None,
        };
        let meeting = teams::begin(app, &self.leader, self.team, beginning).await?;
        let id = meeting.meeting.id;
        // One of the ten is away each week, never the leader.
        let away = 1 + self.held % (self.members.len() - 1);
        let there = self.members.iter().enumerate();
        let mut marks: Vec<Mark> = there
            .map(|(number, person)| Mark::Person(*person, number != away))
            .collect();
        if self.held.is_multiple_of(3) {
            let trainer = "赵老师 Zhao".to_owned();
            marks.push(Mark::Guest(
                app.random.uuid(),
                trainer,
                GuestKind::Trainer,
                true,
            ));
        }
        teams::mark(app, &self.leader, id, marks).await?;

        // In every second meeting a second idea is put off to the next season.
        let has_second = self.held.is_multiple_of(2);
        let new = self.speak(id, has_second).await?;
        (outcome.named, outcome.unnamed) = (1, u32::from(has_second));
        let mut decisions = vec![self.accept(new[0], today)];
        decisions.extend(new.get(1).map(|second| self.decline(*second)));
        if let Some(case) = self.pending.take() {
            decisions.push(self.verify(case).await?);
            outcome.verified = 1;
        }
        decisions.extend(self.put_off(&decisions).await?);
        let batch = Decisions {
            key: app.random.uuid(),
            client: "desk",
            decisions,
            bytes: Vec::new(),
        };
        teams::decide(app, &self.leader, id, batch).await?;
        self.pending = Some(new[0]);
        let closing = Closing {
            place: meeting.meeting.place,
            chair: self.members.first().copied(),
            secretary: self.members.get(2).copied(),
            board_reviewed: true,
            note: String::new(),
            next_day: meeting.proposed,
        };
        teams::close(app, &self.leader, id, closing).await?;
        teams::post(app, &self.leader, id).await?;
        self.held += 1;
        Ok(outcome)
    }

    fn idea(&self, offset: usize) -> [(&'static str, &'static str); 3] {
        IDEAS[(2 * self.held + offset) % IDEAS.len()]
    }

    async fn speak(&self, meeting: MeetingId, has_second: bool) -> Result<Vec<CaseId>> {
        let idea = |offset: usize, name: Option<&str>| Idea {
            category: Category::Idea,
            text: said(self.language, self.idea(offset)[0]),
            area: None,
            name: name.map(str::to_owned),
            finder: Some(Finder::Worker),
        };
        let mut ideas = vec![idea(0, Some("1006"))];
        ideas.extend(has_second.then(|| idea(1, None)));
        let batch = Ideas {
            key: self.app.random.uuid(),
            client: "desk",
            source: Source::Meeting,
            meeting: Some(meeting),
            ideas,
            bytes: Vec::new(),
        };
        Ok(teams::record(self.app, &self.leader, batch).await?)
    }

    fn accept(&self, case: CaseId, today: Day) -> Decision {
        let [_, answer, measure] = self.idea(0);
        let plan = Plan {
            owner: self.fixer.caller.person,
            due_day: today.plus(14),
            measure: said(self.language, measure),
            responsibility: String::new(),
            money: None,
            contingency: String::new(),
        };
        let answer = said(self.language, answer);
        Decision {
            case,
            version: 1,
            requests: vec![Request::Accept { answer }, Request::Plan { plan }],
            note: String::new(),
        }
    }

    fn decline(&self, case: CaseId) -> Decision {
        let why = (
            "谢谢。这一季先做前面那一条，下一季再一起看。",
            "Thank you. We do the other one first and look at this again next season.",
        );
        let answer = said(self.language, why);
        Decision {
            case,
            version: 1,
            requests: vec![Request::Decline { answer }],
            note: String::new(),
        }
    }

    async fn fix(&self, case: CaseId) -> Result<()> {
        let note = said(
            self.language,
            ("已经做好，大家都在用", "Done, and everybody uses it"),
        );
        let step = Act {
            key: self.app.random.uuid(),
            version: find(self.app, &self.fixer, case).await?.case.version,
            client: "phone",
            request: Request::Finish { note },
            bytes: Vec::new(),
        };
        act(self.app, &self.fixer, case, step).await?;
        Ok(())
    }

    async fn verify(&self, case: CaseId) -> Result<Decision> {
        let note = said(
            self.language,
            ("会前一起去看过", "We went and looked before the meeting"),
        );
        Ok(Decision {
            case,
            version: find(self.app, &self.leader, case).await?.case.version,
            requests: vec![Request::Verify { note }],
            note: String::new(),
        })
    }

    /// The first thing on the agenda that nothing was decided about is talked about and put off.
    async fn put_off(&self, decided: &[Decision]) -> Result<Option<Decision>> {
        let agenda = teams::agenda(self.app, &self.leader, self.team).await?;
        let cases = agenda.items.into_iter().map(|it| it.line.case);
        let is_free = |id: CaseId| decided.iter().all(|it| it.case != id);
        let other = cases.into_iter().find(|case| is_free(case.id));
        Ok(other.map(|case| Decision {
            case: case.id,
            version: case.version,
            requests: Vec::new(),
            note: said(
                self.language,
                (
                    "安全员去现场看过再定",
                    "The safety officer looks at it first",
                ),
            ),
        }))
    }
}
