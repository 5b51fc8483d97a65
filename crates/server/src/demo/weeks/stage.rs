//! Where the plot is acted: every step is a call of the action that a phone or desk would call.

use hezuo_app::cases::{Act, Request, act};
use hezuo_app::reports::{Submission, Upload, submit, verdict};
use hezuo_app::{Access, App, cases, intake, jobs, notices, reports};
use hezuo_domain::Scope;
use hezuo_domain::cases::{Legal, Plan, Source, Voice};
use hezuo_domain::commitment::digest;
use hezuo_domain::ids::{CaseId, PersonId};
use hezuo_domain::money::Money;
use hezuo_domain::report_code::ReportCode;
use hezuo_domain::reports::Report;
use hezuo_domain::time::Day;

use super::dice::Dice;
use super::plot::{Owner, Step, Thread, Who};
use super::texts::{Language, Said, Texts, picture};
use crate::demo::Cast;
use crate::{Failure, Result};

/// The factory's people, each at their place.
pub(super) struct Stage<'a> {
    app: &'a App,
    cast: &'a Cast,
    dice: &'a Dice,
    texts: &'a Texts,
    officer: Access,
    leader: Access,
    fixer: Access,
    representative: Access,
}

/// What has become of a thread so far.
pub(super) struct Life {
    pub(super) code: ReportCode,
    id: Option<CaseId>,
    /// The version that was last seen; an anonymous report has none before it is let out.
    version: i64,
    /// Pictures of the repair so far.
    pictures: u32,
}

impl<'a> Stage<'a> {
    pub(super) async fn enter(
        app: &'a App,
        cast: &'a Cast,
        dice: &'a Dice,
        texts: &'a Texts,
    ) -> Result<Self> {
        Ok(Self {
            app,
            cast,
            dice,
            texts,
            officer: cast.officer.enter(app, cast.factory).await?,
            leader: cast.leader.enter(app, cast.factory).await?,
            fixer: cast.fixer.enter(app, cast.factory).await?,
            representative: cast.representative.enter(app, cast.factory).await?,
        })
    }

    /// A report code for each thread; nothing has happened yet.
    pub(super) fn lives(&self, threads: &[Thread]) -> Vec<Life> {
        let life = |_| Life {
            code: ReportCode::random(self.dice.random()),
            id: None,
            version: 1,
            pictures: 0,
        };
        threads.iter().map(life).collect()
    }

    /// Lets out what waits.
    pub(super) async fn release(&self) -> Result<()> {
        intake::release_now(self.app, &self.officer).await?;
        Ok(())
    }

    /// Plays one step of one thread.
    pub(super) async fn play(
        &self,
        lives: &mut [Life],
        number: usize,
        thread: &Thread,
        step: Step,
    ) -> Result<()> {
        let said = &self.texts.said[thread.said];
        let language = thread.language;
        let answer = said.answer(language).to_owned();
        let target = match step {
            Step::Merge(target) => lives[target].id,
            _ => None,
        };
        let life = &mut lives[number];
        let (who, request) = match step {
            Step::Report => return self.report(life, thread, said).await,
            Step::Verdict(fixed) => return self.answer_verdict(life, language, fixed).await,
            Step::Accept(who) => (who, Request::Accept { answer }),
            Step::Decline => (Who::Officer, Request::Decline { answer }),
            Step::Refer => {
                let to = said.third(language).to_owned();
                (Who::Officer, Request::Refer { answer, to })
            }
            Step::Merge(_) => {
                let answer = self.texts.merge.of(language).clone();
                let into = target.ok_or_else(unknown)?;
                (Who::Officer, Request::Merge { answer, into })
            }
            Step::Grade => (Who::Officer, grade(said)),
            Step::Plan { owner, due } => {
                let plan = self.plan(said, language, owner, due)?;
                (Who::Officer, Request::Plan { plan })
            }
            Step::Finish(who) => {
                self.show_the_repair(life, thread, said).await?;
                let note = said.note(language).to_owned();
                (who, Request::Finish { note })
            }
            Step::SendBack(who) => {
                let note = self.one_of(self.texts.send_back.of(language));
                (who, Request::SendBack { note })
            }
            Step::Verify(who) => {
                let note = self.one_of(self.texts.verify.of(language));
                (who, Request::Verify { note })
            }
            Step::Close => {
                let note = String::new();
                (Who::Officer, Request::Close { note })
            }
        };
        let key = self.dice.random().uuid();
        let act_request = Act {
            key,
            version: life.version,
            client: if who == Who::Officer { "desk" } else { "phone" },
            request,
            bytes: key.as_bytes().to_vec(),
        };
        let id = life.id.ok_or_else(unknown)?;
        let seen = act(self.app, self.access(who), id, act_request).await?;
        life.version = seen.case.version;
        Ok(())
    }

    /// It rings, and the officer says "I go there now".
    pub(super) async fn answer_alarm(&self, life: &mut Life) -> Result<()> {
        while jobs::run_next(self.app).await? {}
        let id = life.id.ok_or_else(unknown)?;
        notices::answer(self.app, &self.officer, id, "phone").await?;
        life.version += 1;
        Ok(())
    }

    fn access(&self, who: Who) -> &Access {
        match who {
            Who::Officer => &self.officer,
            Who::Leader => &self.leader,
            Who::Fixer => &self.fixer,
            Who::Representative => &self.representative,
        }
    }

    fn one_of(&self, texts: &[String]) -> String {
        let text = texts.get(self.dice.below(texts.len()));
        text.cloned().unwrap_or_default()
    }

    async fn report(&self, life: &mut Life, thread: &Thread, said: &Said) -> Result<()> {
        let again = said.again.as_ref().filter(|_| thread.again);
        let text = again.map_or(said.said(thread.language), |again| {
            again.of(thread.language)
        });
        let before = said.picture.as_deref().filter(|_| thread.picture);
        let before = before.and_then(|name| picture(name, false));
        let name = match thread.voice {
            Voice::Anonymous => None,
            Voice::Named | Voice::InConfidence => self
                .cast
                .workers
                .get(thread.worker)
                .map(|(_, name)| name.clone()),
        };
        let report = Report {
            category: said.category(),
            text: text.to_owned(),
            voice: thread.voice,
            name,
            finder: thread.finder,
            danger: thread.danger,
            name_machine: thread.name_machine,
            reader: hezuo_domain::apart::Reader::Team,
            attachments: before.iter().map(|_| "p1.jpg".to_owned()).collect(),
        };
        let area = self
            .cast
            .areas
            .iter()
            .find(|area| area.place == thread.area)
            .ok_or_else(unknown)?;
        let lookup = life.code.lookup();
        let submission = Submission {
            wall_code: area.wall_code.clone(),
            lookup,
            digest: digest(&lookup.0),
            report,
            source: Source::Phone,
            day: None,
        };
        submit(self.app, submission).await?;
        if let Some(bytes) = before {
            let upload = Upload {
                name: "p1.jpg".to_owned(),
                stage: "before",
                bytes: bytes.to_vec(),
            };
            reports::attach(self.app, lookup, upload).await?;
        }
        // Outside of a demo only the holder of the code can do this.
        let scope = Scope::System("the demo plays the holders of its report codes");
        let mut tx = self.app.db.read(&scope).await?;
        let entry = hezuo_store::cases::find_report_code(&mut tx, lookup.stored()).await?;
        life.id = entry.map(|entry| entry.case);
        Ok(())
    }

    async fn answer_verdict(&self, life: &mut Life, language: Language, fixed: bool) -> Result<()> {
        let texts = self.texts.verdict.of(language);
        let (not_yet, thanks) = texts.split_last().ok_or_else(unknown)?;
        let note = if fixed {
            self.one_of(thanks)
        } else {
            not_yet.clone()
        };
        verdict(self.app, life.code.lookup(), fixed, note).await?;
        life.version += 1;
        Ok(())
    }

    fn plan(&self, said: &Said, language: Language, owner: Owner, due: Day) -> Result<Plan> {
        let owner: PersonId = match owner {
            Owner::Fixer => self.cast.fixer.person,
            Owner::Leader => self.cast.leader.person,
            Owner::Worker(number) => self.cast.workers.get(number).ok_or_else(unknown)?.0,
        };
        let (post, contingency) = self.texts.post(said, language);
        let money = Money::new(said.yuan * 100, "CNY").map_err(hezuo_app::Error::from)?;
        Ok(Plan {
            owner,
            due_day: due,
            measure: said.third(language).to_owned(),
            responsibility: post.to_owned(),
            money: Some(money),
            contingency: contingency.to_owned(),
        })
    }

    /// The picture of the repair, where there is one of the finding; each repair has its own.
    async fn show_the_repair(&self, life: &mut Life, thread: &Thread, said: &Said) -> Result<()> {
        let name = said.picture.as_deref().filter(|_| thread.picture);
        let Some(bytes) = name.and_then(|name| picture(name, true)) else {
            return Ok(());
        };
        life.pictures += 1;
        let upload = Upload {
            name: format!("after{}.jpg", life.pictures),
            stage: "after",
            bytes: bytes.to_vec(),
        };
        let id = life.id.ok_or_else(unknown)?;
        cases::attach(self.app, &self.fixer, id, upload).await?;
        Ok(())
    }
}

fn grade(said: &Said) -> Request {
    let [likelihood, severity] = said.grade.unwrap_or([1, 1]);
    let legal = match (said.is_hazard(), said.major) {
        (false, _) => None,
        (true, true) => Some(Legal::Major),
        (true, false) => Some(Legal::General),
    };
    Request::Grade {
        likelihood,
        severity,
        legal,
    }
}

fn unknown() -> Failure {
    Failure::Other("the demo's plot names somebody or something that is not there".into())
}
