//! What those do who may read more than others: kept in the chain of the factory.

use hezuo_domain::commitment;
use hezuo_domain::entrusted::Act;
use hezuo_domain::ids::EventId;
use hezuo_store::Tx;
use hezuo_store::entrusted::{self as rows, NewEvent};
use serde_json::json;
use uuid::Uuid;

use crate::{Access, App, Result};

/// Keeps that the caller did something, in the transaction in which it happens.
pub(crate) async fn record(
    app: &App,
    tx: &mut Tx,
    access: &Access,
    act: Act,
    subject: Uuid,
) -> Result<()> {
    let event = event(app, access, act, subject);
    rows::add(tx, access.enterprise.id, &[event]).await?;
    Ok(())
}

fn event(app: &App, access: &Access, act: Act, subject: Uuid) -> NewEvent {
    let id = EventId::random(app.random.as_ref());
    let day = access.today(app);
    let is_abroad = access.caller.home.id != access.enterprise.id;
    // serde_json sorts the keys of an object, so the same content is always the same text.
    let payload = json!({
        "act": act.as_str(),
        "day": day,
        "enterprise": access.enterprise.id,
        "event": id,
        "home": access.caller.home.id,
        "subject": subject,
        "user": access.caller.user,
    })
    .to_string();
    let mut nonce = [0; 32];
    app.random.fill(&mut nonce);
    NewEvent {
        id,
        act,
        subject,
        actor: access.caller.user,
        name: access.caller.name.clone(),
        office: is_abroad.then(|| access.caller.home.name.clone()),
        day,
        leaf: commitment::leaf(&nonce, &payload),
        nonce,
        payload,
    }
}
