//! Alarms: raised with the report of an imminent danger, answered by name, and taken further by a
//! job where nobody answers in time.

use hezuo_domain::cases::{Action, Actor, Case, Context};
use hezuo_domain::ids::{AreaId, CaseId, SiteId};
use hezuo_domain::notices::{Kind, LAST_STEP, rings};
use hezuo_domain::permissions::Permission;
use hezuo_domain::places::PlacePath;
use hezuo_domain::time::Zone;
use hezuo_domain::{Code, Scope};
use hezuo_store::jobs::{self, Job};
use hezuo_store::notices::{self as rows, NewNotice, Ringing};
use hezuo_store::{StoreError, Tx, cases as case_rows, people, places};
use serde::{Deserialize, Serialize};

use super::letters::Content;
use super::sending::{link, mail_out, send_out};
use crate::cases::door::{self, Decided};
use crate::cases::{actor, path_of};
use crate::jobs::new_job;
use crate::{Access, App, Result};

/// The kind of the job that rings and, when nobody has answered, rings further.
pub(crate) const RING: &str = "alarm.ring";

#[derive(Serialize, Deserialize)]
struct Payload {
    case: CaseId,
    /// The step that is due.
    step: u8,
}

/// Puts the first ring of new alarms into the queue, in the transaction of their reports.
pub(crate) async fn raise(app: &App, tx: &mut Tx, batch: &[Decided]) -> Result<()> {
    let alarms = batch.iter().filter_map(|it| {
        let case = &it.step.case;
        let alarm = case.alarm.filter(|_| it.step.from.is_none())?;
        let payload = Payload {
            case: case.id,
            step: alarm.step,
        };
        Some(new_job(app, case.enterprise, RING, &payload, app.now()))
    });
    let alarms = alarms.collect::<Result<_>>()?;
    jobs::enqueue_all(tx, alarms).await?;
    Ok(())
}

/// Rings: takes the alarm to the step that is due, tells those whom it rings at from now on, and
/// puts the next step into the queue. An alarm that was answered meanwhile is left alone.
pub(crate) async fn ring(app: &App, job: &Job) -> Result<()> {
    let due: Payload =
        serde_json::from_str(&job.payload).or(Err(StoreError::Corrupt("job.payload")))?;
    let mut tx = app.db.write(&Scope::Enterprise(job.enterprise)).await?;
    // The row of the job would tell for ever when somebody spoke who gave no name: it goes, in the
    // transaction of its work, so that it rings once.
    if !jobs::leave(&mut tx, job).await? {
        return Ok(());
    }
    let case = case_rows::find(&mut tx, due.case)
        .await?
        .ok_or(Code::NotFound)?;
    if let Ok(alarm) = case.ringing() {
        let enterprise = places::find_enterprise(&mut tx, job.enterprise)
            .await?
            .ok_or(Code::NotFound)?;
        let zone = Zone::named(&enterprise.time_zone).ok_or(Code::ZoneUnknown)?;
        let today = zone.day(app.now());
        if alarm.step < due.step {
            escalate(app, &mut tx, &case, today).await?;
        }
        let path = PlacePath {
            site: case.site,
            area: case.area,
            ..PlacePath::enterprise(enterprise.id, enterprise.region())
        };
        let users = people::users(&mut tx).await?;
        let told = users.into_iter().filter(|user| {
            let before = due.step - 1;
            !user.disabled
                && rings(due.step, &user.grants, &path)
                && !rings(before, &user.grants, &path)
        });
        let notice = |user: people::UserEntry| NewNotice {
            user: user.id,
            id: app.random.uuid(),
            kind: Kind::Danger,
            alarm: Some((case.id, due.step)),
            due_soon: 0,
            overdue: 0,
            event: None,
        };
        let notices: Vec<_> = told.map(notice).collect();
        let told: Vec<_> = notices.iter().map(|it| it.user).collect();
        rows::add(&mut tx, enterprise.id, today, notices).await?;
        let area = match case.area {
            Some(area) => places::area_name(&mut tx, area).await?,
            None => None,
        };
        let page = format!("phone/#/e/{}/cases/{}", enterprise.id, case.id);
        let content = Content {
            kind: Kind::Danger.as_str().to_owned(),
            factory: enterprise.name,
            day: today.to_string(),
            link: link(app, &page),
            area,
            step: Some(due.step),
            ..Content::default()
        };
        send_out(app, &mut tx, enterprise.id, Kind::Danger, &content).await?;
        let told = told.into_iter().map(|user| (user, content.clone()));
        mail_out(app, &mut tx, enterprise.id, told.collect()).await?;
        if due.step < LAST_STEP {
            let minutes = rows::rhythm(&mut tx).await?.alarm_minutes;
            let seconds = app.notices.alarm_seconds.unwrap_or(minutes * 60);
            let next = Payload {
                case: case.id,
                step: due.step + 1,
            };
            let run_at = app.now().plus_seconds(seconds);
            let next = new_job(app, enterprise.id, RING, &next, run_at)?;
            jobs::enqueue_all(&mut tx, vec![next]).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

async fn escalate(
    app: &App,
    tx: &mut Tx,
    case: &Case,
    today: hezuo_domain::time::Day,
) -> Result<()> {
    let (action, actor) = (Action::Escalate {}, Actor::System);
    let step = case.decide(&action, Context { actor, today })?;
    let details = serde_json::json!({ "step": step.case.alarm.map(|alarm| alarm.step) });
    let decided = Decided {
        step,
        action: action.name(),
        actor,
        client: "server",
        pack: None,
        day: today,
        at: app.now(),
        details,
    };
    door::write(app, tx, std::slice::from_ref(&decided)).await
}

/// An alarm as somebody sees it who may answer it.
#[derive(Debug)]
pub struct Alarm {
    /// What rings.
    pub it: Ringing,
    /// Whether it rings at the caller, and not only at others.
    pub rings: bool,
}

/// The alarms that the caller may answer, the loudest first.
///
/// # Errors
/// `forbidden`.
pub async fn ringing(app: &App, access: &Access) -> Result<Vec<Alarm>> {
    access.require_somewhere(Permission::AlarmAnswer)?;
    let mut tx = app.db.read(&access.scope()).await?;
    let found = rows::ringing(&mut tx).await?;
    let shown = found.into_iter().filter_map(|it| {
        let path = PlacePath {
            site: it.site_id.map(SiteId),
            area: it.area_id.map(AreaId),
            ..access.path.clone()
        };
        if !access.may_at(Permission::AlarmAnswer, &path) {
            return None;
        }
        let step = u8::try_from(it.alarm_step).unwrap_or(LAST_STEP);
        let rings = rings(step, &access.caller.grants, &path);
        Some(Alarm { it, rings })
    });
    Ok(shown.collect())
}

/// "I go there now": who and when stands in the case's time line. The same word from the same
/// person twice is one.
///
/// # Errors
/// `alarm.silent` where somebody else has answered or nothing rings, `forbidden`, `not_found`.
pub async fn answer(app: &App, access: &Access, id: CaseId, client: &'static str) -> Result<()> {
    access.require_somewhere(Permission::AlarmAnswer)?;
    let mut tx = app.db.write(&access.scope()).await?;
    let case = case_rows::find(&mut tx, id).await?.ok_or(Code::NotFound)?;
    if !access.may_at(Permission::AlarmAnswer, &path_of(access, &case)) {
        return Err(Code::NotFound.into());
    }
    if case.alarm.and_then(|alarm| alarm.answered_by) == Some(access.caller.user) {
        return Ok(());
    }
    let (action, actor, today) = (Action::Acknowledge {}, actor(access), access.today(app));
    let step = case.decide(&action, Context { actor, today })?;
    let decided = Decided {
        step,
        action: action.name(),
        actor,
        client,
        pack: None,
        day: today,
        at: app.now(),
        details: serde_json::json!({ "step": case.alarm.map(|alarm| alarm.step) }),
    };
    door::write(app, &mut tx, std::slice::from_ref(&decided)).await?;
    tx.commit().await?;
    Ok(())
}
