//! A factory that has been spoken to for half a year: as many cases as are asked for, in every
//! state, made by the real actions under a clock that is put forward.

use std::sync::Arc;

use hezuo_app::cases::Request;
use hezuo_app::reports::{Entrance, enter, prepare, write};
use hezuo_app::teams::{self, Beginning, Closing, Decision, Decisions, TeamEntry};
use hezuo_app::{Access, App, intake};
use hezuo_domain::Scope;
use hezuo_domain::cases::Plan;
use hezuo_domain::ids::{AreaId, CaseId, EnterpriseId, MeetingId, TeamId};
use hezuo_domain::money::Money;
use hezuo_domain::teams::MAX_DECISIONS;
use hezuo_domain::time::{Clock, Random, SetClock};

use super::clients::BATCH;
use super::drafts::Drafts;
use crate::demo::{Cast, Language, Setting, assemble};
use crate::{Failure, OsRandom, Result};

/// Weeks over which the cases are spread.
pub(super) const WEEKS: u32 = 26;

/// The factory, for whoever reads its lists.
pub(super) struct Filled {
    pub(super) factory: EnterpriseId,
    /// An area of it.
    pub(super) area: AreaId,
    pub(super) team: TeamId,
}

/// Fills an empty database.
pub(super) async fn fill(app: &App, clock: &Arc<SetClock>, cases: usize) -> Result<Filled> {
    let setting = Setting {
        now: clock.now(),
        enterprises: 1,
        weeks: WEEKS,
        seed: 2015,
        language: Language::default(),
    };
    let casts = assemble(app, clock, setting).await?;
    let cast = casts.into_iter().next();
    let cast = cast.ok_or_else(|| Failure::Other("the factory was not set up".to_owned()))?;
    let (leader, officer) = (
        cast.leader.enter(app, cast.factory).await?,
        cast.officer.enter(app, cast.factory).await?,
    );
    let entry = TeamEntry {
        name: "EIT".to_owned(),
        active: true,
        ..TeamEntry::default()
    };
    let team = teams::add(app, &leader, &entry).await?.team.id;
    let mut entrances = Vec::with_capacity(cast.areas.len());
    for area in &cast.areas {
        entrances.push(enter(app, &area.wall_code).await?);
    }
    let wall_codes = cast.areas.iter().map(|area| area.wall_code.clone());
    let drafts = Drafts::new(wall_codes.collect());
    let mut fixing = Vec::new();
    for week in 0..WEEKS as usize {
        let so_far = |week: usize| cases * week / WEEKS as usize;
        let fresh = report(app, &entrances, &drafts, so_far(week + 1) - so_far(week)).await?;
        intake_released(app, &officer).await?;
        let id = MeetingId::random(&OsRandom);
        teams::begin(app, &leader, team, Beginning { id, place: None }).await?;
        let fixed = std::mem::take(&mut fixing);
        let done = |_| {
            vec![Request::Finish {
                note: "ok".to_owned(),
            }]
        };
        let good = |_| {
            vec![Request::Verify {
                note: "ok".to_owned(),
            }]
        };
        decide(app, &leader, id, &fixed, 3, done).await?;
        decide(app, &officer, id, &fixed, 4, good).await?;
        // Of twenty, one stays unanswered, two are declined, two wait for a plan, four become late.
        let answered: Vec<CaseId> = every(&fresh, |at| at % 20 != 0);
        decide(app, &leader, id, &answered, 1, |at| {
            answer(&cast, &officer, app, at)
        })
        .await?;
        fixing = every(&answered, |at| at % 19 >= 8);
        teams::close(app, &leader, id, closing()).await?;
        clock.advance_seconds(7 * 86_400);
    }
    Ok(Filled {
        factory: cast.factory,
        area: cast.areas[0].id,
        team,
    })
}

fn every(cases: &[CaseId], keep: impl Fn(usize) -> bool) -> Vec<CaseId> {
    let kept = cases.iter().enumerate().filter(|(at, _)| keep(*at));
    kept.map(|(_, case)| *case).collect()
}

fn answer(cast: &Cast, access: &Access, app: &App, at: usize) -> Vec<Request> {
    let answer = "谢谢，我们来处理。".to_owned();
    match at % 19 {
        0 | 1 => vec![Request::Decline { answer }],
        2 | 3 => vec![Request::Accept { answer }],
        place => vec![
            Request::Accept { answer },
            Request::Plan {
                plan: Plan {
                    owner: cast.fixer.person,
                    due_day: access.today(app).plus(if place < 8 { 3 } else { 14 }),
                    measure: "装好防护罩，紧固螺栓。".to_owned(),
                    responsibility: "维修班".to_owned(),
                    money: Some(Money {
                        minor: 20_000,
                        currency: "CNY".to_owned(),
                    }),
                    contingency: "修好以前停机挂牌。".to_owned(),
                },
            },
        ],
    }
}

async fn report(
    app: &App,
    entrances: &[Entrance],
    drafts: &Drafts,
    count: usize,
) -> Result<Vec<CaseId>> {
    let mut cases = Vec::with_capacity(count);
    while cases.len() < count {
        let mut batch = Vec::with_capacity(BATCH);
        for _ in 0..BATCH.min(count - cases.len()) {
            let (at, submission) = drafts.draft(false);
            let made = prepare(app, &entrances[at], submission)?;
            cases.push(made.case());
            batch.push(made);
        }
        let scope = Scope::System("a batch of reports, written as the intake writes them");
        let mut tx = app.db.write(&scope).await?;
        write(app, &mut tx, batch).await?;
        tx.commit().await?;
    }
    Ok(cases)
}

async fn intake_released(app: &App, officer: &Access) -> Result<()> {
    while intake::release_now(app, officer).await? > 0 {}
    Ok(())
}

async fn decide(
    app: &App,
    access: &Access,
    meeting: MeetingId,
    cases: &[CaseId],
    version: i64,
    requests: impl Fn(usize) -> Vec<Request>,
) -> Result<()> {
    for (round, chunk) in cases.chunks(MAX_DECISIONS).enumerate() {
        let decision = |(at, case): (usize, &CaseId)| Decision {
            case: *case,
            version,
            requests: requests(round * MAX_DECISIONS + at),
            note: String::new(),
        };
        let key = OsRandom.uuid();
        let batch = Decisions {
            key,
            client: "desk",
            decisions: chunk.iter().enumerate().map(decision).collect(),
            bytes: key.as_bytes().to_vec(),
        };
        teams::decide(app, access, meeting, batch).await?;
    }
    Ok(())
}

fn closing() -> Closing {
    Closing {
        place: String::new(),
        chair: None,
        secretary: None,
        board_reviewed: true,
        note: String::new(),
        next_day: None,
    }
}
