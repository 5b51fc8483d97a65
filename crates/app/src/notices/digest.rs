//! Once a day each owner is told what is due soon and what is overdue: one notice, however many
//! cases.

use hezuo_domain::Scope;
use hezuo_domain::notices::{Kind, SOON_DAYS};
use hezuo_domain::time::{Day, Zone};
use hezuo_store::notices::digest::{self as rows, Owned, Round};
use hezuo_store::notices::{self, NewNotice, channels};

use super::letters::Content;
use super::sending::{link, mail_out, send_out};
use crate::{App, Result};

/// An enterprise whose hour has come, and whose owners were not told today.
#[derive(Debug)]
pub struct Due {
    round: Round,
    today: Day,
}

/// Tells the owners of every enterprise whose hour has come; how many enterprises there were.
///
/// # Errors
/// When the database can't be read or written; the next run tells those that were left out.
pub async fn tell_owners(app: &App) -> Result<usize> {
    let mut told = 0;
    for due in to_tell(app).await? {
        told += usize::from(tell(app, &due).await?);
    }
    Ok(told)
}

/// The enterprises whose hour has come and whose owners were not told today.
///
/// # Errors
/// When the database can't be read.
pub async fn to_tell(app: &App) -> Result<Vec<Due>> {
    let scope = Scope::System("owners of every enterprise are told once a day what is due");
    let mut tx = app.db.read(&scope).await?;
    let rounds = rows::rounds(&mut tx).await?;
    let now = app.now();
    let due = |round: Round| {
        let zone = Zone::named(&round.time_zone)?;
        let today = zone.day(now);
        let is_told = round.told.is_some_and(|day| day >= today);
        let is_due = !is_told && round.rhythm.is_digest_time(zone.minute(now));
        is_due.then_some(Due { round, today })
    };
    Ok(rounds.into_iter().filter_map(due).collect())
}

/// Tells the owners of an enterprise what is due; false where another process has told them.
///
/// # Errors
/// When the database can't be read or written; nobody was told then.
pub async fn tell(app: &App, due: &Due) -> Result<bool> {
    let Due { round, today } = due;
    let today = *today;
    let mut tx = app.db.write(&Scope::Enterprise(round.enterprise)).await?;
    if !rows::claim(&mut tx, round.enterprise, today).await? {
        return Ok(false);
    }
    let owned = rows::owned(&mut tx, today, today.plus(SOON_DAYS)).await?;
    let notice = |one: Owned| NewNotice {
        user: one.id,
        id: app.random.uuid(),
        kind: Kind::Due,
        alarm: None,
        due_soon: one.due_soon,
        overdue: one.overdue,
        event: None,
    };
    let content = |page: &str, due_soon, overdue| Content {
        kind: Kind::Due.as_str().to_owned(),
        factory: round.name.clone(),
        day: today.to_string(),
        link: link(app, page),
        due_soon,
        overdue,
        ..Content::default()
    };
    let own = format!("phone/#/e/{}/mine", round.enterprise);
    let letters = owned
        .iter()
        .map(|one| (one.id, content(&own, one.due_soon, one.overdue)))
        .collect();
    let new = owned.into_iter().map(notice).collect();
    notices::add(&mut tx, round.enterprise, today, new).await?;
    mail_out(app, &mut tx, round.enterprise, letters).await?;
    let (due_soon, overdue) = channels::sums(&mut tx, today, today.plus(SOON_DAYS)).await?;
    if due_soon + overdue > 0 {
        let page = format!("desk/#/e/{}/cases?queue=overdue", round.enterprise);
        let content = content(&page, due_soon, overdue);
        send_out(app, &mut tx, round.enterprise, Kind::Due, &content).await?;
    }
    tx.commit().await?;
    Ok(true)
}
