//! The queue of what leaves: one job for one notice to one channel or one mail address, tried again
//! until it has arrived, and nothing left of it afterwards.

use hezuo_domain::ids::{EnterpriseId, UserId};
use hezuo_domain::notices::Kind;
use hezuo_domain::notices::channels::Fault;
use hezuo_domain::time::Zone;
use hezuo_domain::{Code, Scope};
use hezuo_store::jobs::{self, Job};
use hezuo_store::notices::{channels as channel_rows, mail as mail_rows};
use hezuo_store::{StoreError, Tx, places};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::letters::Content;
use super::{channels, mail};
use crate::jobs::{MAX_ATTEMPTS, new_job};
use crate::{Access, App, Error, Result};

/// The kind of the job that sends one notice.
pub(crate) const SEND: &str = "send.notice";

/// The word for a notice that has arrived.
pub(super) const ARRIVED: &str = "ok";

/// Where one notice goes.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum To {
    Channel(Uuid),
    User(UserId),
}

#[derive(Serialize, Deserialize)]
struct Payload {
    to: To,
    /// The same at every attempt.
    id: Uuid,
    content: Content,
}

async fn enqueue(
    app: &App,
    tx: &mut Tx,
    enterprise: EnterpriseId,
    notices: impl Iterator<Item = (To, Content)>,
) -> Result<()> {
    let jobs = notices.map(|(to, content)| {
        let id = app.random.uuid();
        let payload = Payload { to, id, content };
        new_job(app, enterprise, SEND, &payload, app.now())
    });
    let jobs = jobs.collect::<Result<_>>()?;
    jobs::enqueue_all(tx, jobs).await?;
    Ok(())
}

/// Puts a notice into the queue for every channel that carries its kind, in the transaction of what
/// it tells.
pub(super) async fn send_out(
    app: &App,
    tx: &mut Tx,
    enterprise: EnterpriseId,
    kind: Kind,
    content: &Content,
) -> Result<()> {
    let carries = |it: &channel_rows::Channel| {
        it.active && it.kinds.split(' ').any(|word| word == kind.as_str())
    };
    let channels = channel_rows::all(tx).await?;
    let ids = channels.into_iter().filter(carries);
    let notices = ids.map(|it| (To::Channel(it.id), content.clone()));
    enqueue(app, tx, enterprise, notices).await
}

/// Puts what each of these users is told into the queue for those who want it by mail, in the
/// transaction of what it tells.
pub(crate) async fn mail_out(
    app: &App,
    tx: &mut Tx,
    enterprise: EnterpriseId,
    told: Vec<(UserId, Content)>,
) -> Result<()> {
    if told.is_empty() || !app.notices.carrier.has_mail() {
        return Ok(());
    }
    let mails = mail_rows::all(tx).await?;
    let wanted = told
        .into_iter()
        .filter(|(user, _)| mails.iter().any(|mail| mail.user_id == *user));
    let notices = wanted.map(|(user, content)| (To::User(user), content));
    enqueue(app, tx, enterprise, notices).await
}

/// What a trial says.
pub(super) fn trial(app: &App, access: &Access) -> Content {
    Content {
        kind: "test".to_owned(),
        factory: access.enterprise.name.clone(),
        day: access.today(app).to_string(),
        link: link(app, ""),
        ..Content::default()
    }
}

/// A page of the platform, where the server knows its own address.
pub(crate) fn link(app: &App, page: &str) -> Option<String> {
    let base = &app.notices.base;
    (!base.is_empty()).then(|| format!("{base}/{page}"))
}

/// Sends one notice and notes how it fared. Nothing but a danger leaves in the quiet hours, not even
/// at a later attempt.
pub(crate) async fn send(app: &App, job: &Job) -> Result<()> {
    let payload: Payload =
        serde_json::from_str(&job.payload).or(Err(StoreError::Corrupt("job.payload")))?;
    let scope = Scope::Enterprise(job.enterprise);
    let mut tx = app.db.read(&scope).await?;
    let found = find(&mut tx, payload.to).await?;
    let rhythm = super::rows::rhythm(&mut tx).await?;
    let enterprise = places::find_enterprise(&mut tx, job.enterprise)
        .await?
        .ok_or(Code::NotFound)?;
    drop(tx);
    let zone = Zone::named(&enterprise.time_zone).ok_or(Code::ZoneUnknown)?;
    let now = app.now();
    let kind = Kind::parse(&payload.content.kind).unwrap_or(Kind::Due);
    let wait = rhythm.wait(kind, zone.minute(now));
    if wait > 0 {
        let mut tx = app.db.write(&scope).await?;
        if jobs::leave(&mut tx, job).await? {
            let run_at = now.plus_seconds(wait * 60);
            let later = new_job(app, job.enterprise, SEND, &payload, run_at)?;
            jobs::enqueue_all(&mut tx, vec![later]).await?;
        }
        tx.commit().await?;
        return Ok(());
    }
    let (content, id) = (&payload.content, payload.id);
    let sent = match found {
        Some(Found::Channel(it)) => channels::carry(app, &it, content, id).await,
        Some(Found::Mail(it)) => mail::carry(app, &it, content, id).await,
        // It was taken away meanwhile.
        None => return leave(app, job).await,
    };
    let result = word(sent);
    let mut tx = app.db.write(&scope).await?;
    let day = zone.day(app.now());
    match payload.to {
        To::Channel(id) => channel_rows::note_result(&mut tx, id, day, &result).await?,
        To::User(user) => mail_rows::note_result(&mut tx, user, day, &result).await?,
    }
    tx.commit().await?;
    match sent {
        Ok(()) => leave(app, job).await,
        Err(fault) if job.attempts >= MAX_ATTEMPTS => {
            tracing::warn!(%fault, "a notice was not sent, and is not tried again");
            leave(app, job).await
        }
        Err(fault) => Err(Error::Internal(format!("a notice was not sent: {fault}"))),
    }
}

/// What still wants notices.
enum Found {
    Channel(channel_rows::Channel),
    Mail(mail_rows::Mail),
}

async fn find(tx: &mut Tx, to: To) -> Result<Option<Found>> {
    Ok(match to {
        To::Channel(id) => {
            let channel = channel_rows::find(tx, id).await?;
            channel.filter(|it| it.active).map(Found::Channel)
        }
        To::User(user) => mail_rows::find(tx, user).await?.map(Found::Mail),
    })
}

/// How an attempt fared, in a word that the screens know.
pub(super) fn word(sent: std::result::Result<(), Fault>) -> String {
    sent.map_or_else(|fault| fault.to_string(), |()| ARRIVED.to_owned())
}

/// Nothing stays of a job that sends: its row would tell when a danger was reported. What became of
/// it stands with the channel or the address.
async fn leave(app: &App, job: &Job) -> Result<()> {
    let mut tx = app.db.write(&Scope::Enterprise(job.enterprise)).await?;
    jobs::leave(&mut tx, job).await?;
    tx.commit().await?;
    Ok(())
}
