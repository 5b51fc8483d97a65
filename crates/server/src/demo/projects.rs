//! Improvement projects of the demo: one is begun every second week and lives on from week to
//! week, through the same actions that the screens call.

mod ideas;

use hezuo_app::projects::{Act, Copy, Proposal, act, attach, copy, find, propose};
use hezuo_app::queue::{CaseSummary, Filter, Queue};
use hezuo_app::reports::Upload;
use hezuo_app::{Access, App, cases, teams};
use hezuo_domain::ids::{AreaId, PersonId, ProjectId, TeamId};
use hezuo_domain::projects::{Action, Draft, Saving, SavingStage};
use hezuo_domain::time::{Clock, Day, SetClock};

use super::weeks::calendar;
use super::weeks::dice::Dice;
use super::weeks::texts::picture;
use super::{Cast, Language, Setting};
use crate::Result;
use ideas::Idea;

/// A project on its way.
struct Running {
    id: ProjectId,
    idea: &'static Idea,
    /// In which week it was proposed.
    since: u32,
    /// What it will come to, in pieces.
    quantity: i64,
}

/// The factory's projects, and the people who carry them.
struct Portfolio<'a> {
    app: &'a App,
    cast: &'a Cast,
    dice: &'a Dice,
    language: Language,
    leader: Access,
    officer: Access,
    team: Option<TeamId>,
    /// Verified cases, some of which projects are made of.
    solved: Vec<CaseSummary>,
    running: Vec<Running>,
}

/// Plays the projects of all weeks, and puts the clock back to the present.
pub(super) async fn play(app: &App, clock: &SetClock, cast: &Cast, setting: Setting) -> Result<()> {
    let now = clock.now();
    let today = calendar::day(now);
    let dice = Dice::new(setting.seed.wrapping_add(1 + 10 * cast.number as u64));
    let leader = cast.leader.enter(app, cast.factory).await?;
    let teams = teams::list(app, &leader).await?;
    let ended = cases::list(app, &leader, Queue::Ended, Filter::None, None, 200).await?;
    let is_solved = |case: &CaseSummary| case.state == "verified";
    let mut portfolio = Portfolio {
        app,
        cast,
        dice: &dice,
        language: setting.language,
        leader,
        officer: cast.officer.enter(app, cast.factory).await?,
        team: teams.first().map(|team| team.team.id),
        solved: ended.items.into_iter().filter(is_solved).collect(),
        running: Vec::new(),
    };
    for week in 0..setting.weeks {
        // The Thursdays after the team's meetings.
        let ago = 7 * i64::from(setting.weeks - 1 - week);
        let thursday = today.plus(-today.0.rem_euclid(7) - ago);
        let at = calendar::at(thursday, calendar::clock(14, 0));
        if at < now {
            clock.set(at);
            portfolio.week(week).await?;
        }
    }
    clock.set(now);
    portfolio.present(setting.weeks).await
}

impl Portfolio<'_> {
    /// One week: a new project in every second, and a step for each that is on its way.
    async fn week(&mut self, week: u32) -> Result<()> {
        if week.is_multiple_of(2) {
            let number = usize::try_from(week / 2).unwrap_or_default();
            let project = self.begin(number, week).await?;
            self.running.push(project);
        }
        for project in &self.running {
            self.advance(project, week - project.since).await?;
        }
        Ok(())
    }

    /// What stands today beside it: an idea that nobody has planned, one that is planned, one that is
    /// looked at again, and one that was given up.
    async fn present(&mut self, week: u32) -> Result<()> {
        self.begin(6, week).await?;
        let planned = self.begin(8, week).await?;
        self.take(planned.id, &self.leader, Action::Plan).await?;
        let verified = self.running.iter().rev().find(|it| week > it.since + 5);
        if let Some(given_back) = verified.filter(|_| self.cast.number == 0) {
            let reason = self.word((
                "夜班反映又松动了，要再去看",
                "The night shift says it has come loose again",
            ));
            let reopen = Action::Reopen { reason };
            self.take(given_back.id, &self.officer, reopen).await?;
        }
        let given_up = self.begin(7, week).await?;
        let reason = self.word((
            "没有合适的地方，等车间搬迁后再说",
            "There is no room for it before the workshop moves",
        ));
        let stop = Action::Stop { reason };
        self.take(given_up.id, &self.leader, stop).await
    }

    fn word(&self, words: (&'static str, &'static str)) -> String {
        match self.language {
            Language::En => words.1,
            Language::Zh => words.0,
        }
        .to_owned()
    }

    async fn begin(&mut self, number: usize, week: u32) -> Result<Running> {
        let ideas = ideas::of(self.cast.number);
        let idea = &ideas[number % ideas.len()];
        let round = number / ideas.len();
        let id = ProjectId::random(self.dice.random());
        // Some grew out of what somebody had reported.
        let today = self.today().0;
        let fits = |case: &CaseSummary| {
            case.reported_day < today && Some(case.category.as_str()) == idea.category
        };
        let at = self.solved.iter().position(fits);
        let case = at.map(|at| self.solved.remove(at));
        let mut draft = self.draft(idea, self.area(idea));
        if round > 0 {
            draft.title += &self.word(("（再推广）", ", once more"));
        }
        let proposal = Proposal {
            id,
            draft,
            cases: case.iter().map(|case| case.id).collect(),
            bytes: id.0.as_bytes().to_vec(),
        };
        propose(self.app, &self.leader, proposal).await?;
        self.show(id, idea, "before").await?;
        let size = self.dice.between(60, 140) * self.cast.profile().worth;
        let quantity = (idea.quantity * size / 10_000).max(1);
        let saving = self.saving(idea, quantity * 12 / 10);
        self.take(id, &self.leader, save(SavingStage::Target, saving))
            .await?;
        Ok(Running {
            id,
            idea,
            since: week,
            quantity,
        })
    }

    /// What happens to a project in its second, third .. week.
    async fn advance(&self, project: &Running, age: u32) -> Result<()> {
        let (id, leader) = (project.id, &self.leader);
        match age {
            1 => {
                let cost = Action::Cost {
                    target: Some(100 * self.dice.between(8, 90) * 100),
                    actual: None,
                };
                self.take(id, leader, cost).await?;
                self.take(id, leader, Action::Plan).await?;
                self.take(id, leader, Action::Start).await
            }
            2 => {
                let saving = self.saving(project.idea, project.quantity * 11 / 10);
                self.take(id, leader, save(SavingStage::Forecast, saving))
                    .await
            }
            3 => {
                self.show(id, project.idea, "after").await?;
                let note = self.word(project.idea.measure);
                self.take(id, leader, Action::Finish { note }).await?;
                let target = self.target(id).await?;
                let actual = target.map(|minor| minor * self.dice.between(80, 115) / 100);
                self.take(id, leader, Action::Cost { target, actual })
                    .await?;
                let saving = self.saving(project.idea, project.quantity);
                self.take(id, leader, save(SavingStage::Actual, saving))
                    .await
            }
            4 => {
                let note = self.word((
                    "现场看过，数字和台账对得上",
                    "I went there; the numbers fit the books",
                ));
                self.take(id, &self.officer, Action::Verify { note }).await
            }
            5 if project.since == 0 => self.repeat(id).await,
            _ => Ok(()),
        }
    }

    async fn repeat(&self, origin: ProjectId) -> Result<()> {
        let found = find(self.app, &self.leader, origin).await?;
        let here = found.project.draft.area;
        let other = self.cast.areas.iter().find(|area| Some(area.id) != here);
        let Some(area) = other.map(|area| area.id) else {
            return Ok(());
        };
        let id = ProjectId::random(self.dice.random());
        let bytes = id.0.as_bytes().to_vec();
        copy(self.app, &self.leader, origin, Copy { id, area, bytes }).await?;
        Ok(())
    }

    async fn target(&self, id: ProjectId) -> Result<Option<i64>> {
        let found = find(self.app, &self.leader, id).await?;
        Ok(found.project.cost_target)
    }

    async fn take(&self, id: ProjectId, by: &Access, action: Action) -> Result<()> {
        let found = find(self.app, by, id).await?;
        let key = self.dice.random().uuid();
        let request = Act {
            key,
            version: found.project.version,
            action,
            bytes: key.as_bytes().to_vec(),
        };
        act(self.app, by, id, request).await?;
        Ok(())
    }

    async fn show(&self, id: ProjectId, idea: &Idea, stage: &'static str) -> Result<()> {
        let is_after = stage == "after";
        let Some(bytes) = idea.picture.and_then(|name| picture(name, is_after)) else {
            return Ok(());
        };
        let upload = Upload {
            name: format!("{stage}.jpg"),
            stage,
            bytes: bytes.to_vec(),
        };
        let beside = is_after.then(|| "before.jpg".to_owned());
        attach(self.app, &self.leader, id, upload, beside).await?;
        Ok(())
    }

    fn area(&self, idea: &Idea) -> Option<AreaId> {
        let mut areas = self.cast.areas.iter();
        let found = areas.find(|area| area.name.contains(idea.place));
        found.map(|area| area.id)
    }

    fn owner(&self) -> Option<PersonId> {
        let workers = &self.cast.workers;
        workers
            .get(self.dice.below(workers.len()))
            .map(|(person, _)| *person)
    }

    fn draft(&self, idea: &Idea, area: Option<AreaId>) -> Draft {
        Draft {
            title: self.word(idea.title),
            theme: idea.theme,
            area,
            team: self.team,
            owner: self.owner(),
            problem: self.word(idea.problem),
            measure: self.word(idea.measure),
            whys: idea.whys.iter().map(|why| self.word(*why)).collect(),
            due_day: Some(self.today().plus(28)),
            currency: "CNY".to_owned(),
        }
    }

    fn saving(&self, idea: &Idea, quantity: i64) -> Saving {
        let today = self.today();
        Saving {
            formula: self.word(idea.formula),
            quantity_milli: quantity * 1000,
            price_minor: idea.price,
            times: idea.times,
            less_minor: 0,
            from_day: today,
            to_day: today.plus(364),
            yearly: idea.yearly,
        }
    }

    fn today(&self) -> Day {
        calendar::day(self.app.now())
    }
}

fn save(stage: SavingStage, saving: Saving) -> Action {
    Action::Saving {
        stage,
        saving: Some(saving),
    }
}
