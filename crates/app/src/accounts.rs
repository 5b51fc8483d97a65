//! What was done to accounts: kept in the chain, told to those whom it concerns, and held back where
//! a second person must agree.

mod changes;

use std::collections::BTreeSet;

use hezuo_domain::Code;
use hezuo_domain::accounts::{
    Act, Change, Phase, Standing, State, WAIT_DAYS, is_representative, is_told, needs_second,
};
use hezuo_domain::commitment;
use hezuo_domain::ids::{EventId, UserId};
use hezuo_domain::notices::Kind;
use hezuo_domain::people::{Grant, Role};
use hezuo_domain::time::{Day, Zone};
use hezuo_store::Tx;
use hezuo_store::accounts::{self as rows, NewEvent};
use hezuo_store::notices::{self as notice_rows, NewNotice};
use hezuo_store::people::UserEntry;
use hezuo_store::places::Enterprise;
use serde_json::json;

use crate::notices::letters::Content;
use crate::notices::{link, mail_out};
use crate::{App, Result};

pub use changes::{Changes, agree, carry_out, events, list, refuse};

/// What happened to an account.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fact {
    pub(crate) phase: Phase,
    pub(crate) act: Act,
    pub(crate) subject: UserId,
    /// Of a role that is given or taken, which.
    pub(crate) role: Option<Role>,
}

impl Fact {
    pub(crate) fn done(act: Act, subject: UserId, role: Option<Role>) -> Self {
        Self {
            phase: Phase::Done,
            act,
            subject,
            role,
        }
    }
}

/// In which enterprise somebody acts on accounts, who, and who has a login there.
pub(crate) struct Scene<'a> {
    pub(crate) app: &'a App,
    pub(crate) enterprise: &'a Enterprise,
    /// None for the server's terminal.
    pub(crate) actor: Option<UserId>,
    /// As they were before the act, with those who were just made.
    pub(crate) users: &'a [UserEntry],
}

impl Scene<'_> {
    pub(crate) fn today(&self) -> Result<Day> {
        let zone = Zone::named(&self.enterprise.time_zone).ok_or(Code::ZoneUnknown)?;
        Ok(zone.day(self.app.now()))
    }

    /// Whom a fact is told to, but not who did it: the person concerned, and where it bears on names or
    /// logins every representative. Nobody can switch that off.
    fn told(&self, fact: &Fact) -> BTreeSet<UserId> {
        if fact.act.is_told_to_owner_alone() {
            return BTreeSet::from([fact.subject]);
        }
        let to_all = fact.role.is_none_or(is_told);
        let concerns =
            |it: &&UserEntry| it.id == fact.subject || to_all && is_representative(&it.grants);
        let can_read =
            |it: &&UserEntry| !it.disabled && !it.waiting_for_password && Some(it.id) != self.actor;
        let told = self.users.iter().filter(concerns).filter(can_read);
        told.map(|it| it.id).collect()
    }

    /// Keeps what happened, in the transaction in which it happens, and tells it.
    pub(crate) async fn record(&self, tx: &mut Tx, facts: &[Fact]) -> Result<()> {
        let day = self.today()?;
        let mut events = Vec::with_capacity(facts.len());
        let (mut notices, mut mails) = (Vec::new(), BTreeSet::new());
        for fact in facts {
            let event = self.event(fact, day);
            for user in self.told(fact) {
                notices.push(NewNotice {
                    user,
                    id: self.app.random.uuid(),
                    kind: Kind::Account,
                    alarm: None,
                    due_soon: 0,
                    overdue: 0,
                    event: Some(event.id),
                });
                mails.insert(user);
            }
            events.push(event);
        }
        let enterprise = self.enterprise.id;
        rows::add_events(tx, enterprise, &events).await?;
        notice_rows::add(tx, enterprise, day, notices).await?;
        let page = format!("phone/#/e/{enterprise}/accounts");
        let content = Content {
            kind: Kind::Account.as_str().to_owned(),
            factory: self.enterprise.name.clone(),
            day: day.to_string(),
            link: link(self.app, &page),
            ..Content::default()
        };
        let mails = mails.into_iter().map(|user| (user, content.clone()));
        mail_out(self.app, tx, enterprise, mails.collect()).await
    }

    fn event(&self, fact: &Fact, day: Day) -> NewEvent {
        let id = EventId::random(self.app.random.as_ref());
        // serde_json sorts the keys of an object, so the same content is always the same text.
        let payload = json!({
            "account": fact.subject,
            "act": fact.act.as_str(),
            "day": day,
            "enterprise": self.enterprise.id,
            "event": id,
            "phase": fact.phase.as_str(),
            "role": fact.role,
            "user": self.actor,
        })
        .to_string();
        let mut nonce = [0; 32];
        self.app.random.fill(&mut nonce);
        NewEvent {
            id,
            phase: fact.phase,
            act: fact.act,
            actor: self.actor,
            subject: fact.subject,
            role: fact.role,
            day,
            leaf: commitment::leaf(&nonce, &payload),
            nonce,
            payload,
        }
    }

    /// Whether the factory has or has had a worker representative.
    pub(crate) async fn had_representative(&self, tx: &mut Tx) -> Result<bool> {
        let has = self.users.iter().any(|it| is_representative(&it.grants));
        Ok(has || rows::had_role(tx, Role::WorkerRepresentative).await?)
    }

    /// Whether an act on this account waits for a second person.
    pub(crate) async fn must_wait(
        &self,
        tx: &mut Tx,
        (act, role): (Act, Option<Role>),
        subject: Option<&UserEntry>,
        is_confidant: bool,
    ) -> Result<bool> {
        let reads = subject.is_some_and(|it| {
            !it.waiting_for_password && (is_confidant || is_representative(&it.grants))
        });
        let standing = Standing {
            reads_confidences: reads,
            had_representative: self.had_representative(tx).await?,
        };
        Ok(needs_second(act, role, standing))
    }

    /// Holds acts back until somebody else has agreed. What waits already is not asked for twice.
    pub(crate) async fn hold(
        &self,
        tx: &mut Tx,
        asked_by: UserId,
        wanted: Vec<(Act, UserId, Option<Grant>)>,
    ) -> Result<()> {
        let day = self.today()?;
        let open = rows::changes(tx).await?;
        let is_new = |(act, subject, grant): &(Act, UserId, Option<Grant>)| {
            !open.iter().any(|it| {
                it.change.act == *act && it.change.subject == *subject && it.grant == *grant
            })
        };
        let new: Vec<_> = wanted.into_iter().filter(is_new).collect();
        let facts: Vec<_> = new
            .iter()
            .map(|(act, subject, grant)| Fact {
                phase: Phase::Asked,
                act: *act,
                subject: *subject,
                role: grant.as_ref().map(|it| it.role),
            })
            .collect();
        let rows = new.into_iter().map(|(act, subject, grant)| {
            let change = Change {
                act,
                subject,
                asked_by,
                due: day.plus(WAIT_DAYS),
                state: State::Waiting,
            };
            (self.app.random.uuid(), change, grant, day)
        });
        let rows: Vec<_> = rows.collect();
        rows::add_changes(tx, self.enterprise.id, &rows).await?;
        self.record(tx, &facts).await
    }
}
