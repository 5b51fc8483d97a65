//! Passkeys: made and removed by their owner, to sign in with and to show who is there. Nothing but the
//! public half is ever here.

mod challenge;
mod verify;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hezuo_domain::accounts::Act;
use hezuo_domain::passkeys::{
    Ceremony, LONGEST_NAME, MOST, PublicKey, RelyingParty, Said, check_client_data, has_gone_on,
    open_attestation, read_authenticator_data, read_user_handle, signed, user_handle,
};
use hezuo_domain::signatures::Signature;
use hezuo_domain::time::{Day, Zone};
use hezuo_domain::{Code, Problem, Scope};
use hezuo_store::people::passkeys::{self as rows, Passkey};
use hezuo_store::people::{self as people_rows};
use hezuo_store::places;
use uuid::Uuid;

use super::second_factor::record;
use super::{By, SignedIn, Visit, second_step, start_session};
use crate::{App, Caller, Result};

pub use challenge::Purpose;

/// What a browser sends when somebody uses a passkey; bytes in base 64 for addresses.
#[derive(Debug, Clone, Default)]
pub struct Assertion {
    /// Which passkey.
    pub credential_id: String,
    /// What the browser says.
    pub client_data: String,
    /// What the authenticator says.
    pub authenticator_data: String,
    /// Its signature over both.
    pub signature: String,
    /// Whose account it means.
    pub user_handle: Option<String>,
}

fn bytes(text: &str) -> Result<Vec<u8>, Problem> {
    let decoded = URL_SAFE_NO_PAD.decode(text.trim_end_matches('='));
    decoded.or(Err(Code::PasskeyUnusable.problem()))
}

/// A challenge for a browser, in base 64 for addresses.
pub fn challenge(app: &App, purpose: Purpose<'_>) -> String {
    URL_SAFE_NO_PAD.encode(challenge::make(app, purpose))
}

/// The bytes of an assertion, after the browser's part of it was found in order.
struct Read {
    credential_id: Vec<u8>,
    client_data: Vec<u8>,
    authenticator_data: Vec<u8>,
    signature: Vec<u8>,
    answered: challenge::Answered,
}

fn read(
    app: &App,
    purpose: Purpose<'_>,
    party: &RelyingParty,
    assertion: &Assertion,
) -> Result<Read> {
    let client_data = bytes(&assertion.client_data)?;
    let answered = challenge::check(app, purpose, &client_data)?;
    check_client_data(&client_data, Ceremony::Get, party)?;
    Ok(Read {
        credential_id: bytes(&assertion.credential_id)?,
        authenticator_data: bytes(&assertion.authenticator_data)?,
        signature: bytes(&assertion.signature)?,
        client_data,
        answered,
    })
}

/// Which of a user's passkeys made this, if its signature is right; with what its authenticator said.
fn fitting<'a>(
    known: &'a [Passkey],
    read: &'a Read,
    party: &RelyingParty,
) -> Result<(&'a Passkey, Said<'a>), Problem> {
    let found = known
        .iter()
        .find(|it| it.credential_id == read.credential_id);
    let found = found.ok_or(Code::PasskeyUnusable)?;
    let said = read_authenticator_data(&read.authenticator_data, party)?;
    let key = PublicKey::parse(&found.public_key)?;
    let message = signed(&read.authenticator_data, &read.client_data);
    if !verify::fits(&key, &message, &read.signature) || !has_gone_on(found.counter, said.counter) {
        return Err(Code::PasskeyUnusable.problem());
    }
    Ok((found, said))
}

/// Signs in with a passkey alone: it is in somebody's hand, and made sure of a finger, a face or a number.
///
/// # Errors
/// `passkey.unusable`.
pub async fn sign_in(
    app: &App,
    party: &RelyingParty,
    assertion: &Assertion,
    visit: Visit,
) -> Result<SignedIn> {
    let read = read(app, Purpose::SignIn, party, assertion)?;
    let handle = bytes(assertion.user_handle.as_deref().unwrap_or_default())?;
    let (enterprise, user) = read_user_handle(&handle).ok_or(Code::PasskeyUnusable)?;
    let mut tx = app.db.read(&Scope::Enterprise(enterprise)).await?;
    let home = places::find_enterprise(&mut tx, enterprise).await?;
    let zone = home.and_then(|it| Zone::named(&it.time_zone));
    let zone = zone.ok_or(Code::PasskeyUnusable)?;
    // None where the login is locked or was never used.
    let password = people_rows::find_password(&mut tx, user).await?;
    password.ok_or(Code::PasskeyUnusable)?;
    let known = rows::of_user(&mut tx, user).await?;
    drop(tx);
    let (found, said) = fitting(&known, &read, party)?;
    let mut tx = app.db.write(&Scope::Enterprise(enterprise)).await?;
    read.answered.spend(app, &mut tx).await?;
    let today = zone.day(app.now());
    rows::used(&mut tx, user, found.id, said.counter, today).await?;
    tx.commit().await?;
    start_session(app, (enterprise, user), visit, By::Two).await
}

/// Shows with a passkey that it is the caller who is there.
///
/// # Errors
/// `passkey.unusable`.
pub(super) async fn prove(
    app: &App,
    caller: &Caller,
    party: &RelyingParty,
    assertion: &Assertion,
) -> Result<()> {
    let read = read(app, Purpose::Prove(&caller.session), party, assertion)?;
    let mut tx = app.db.write(&Scope::Enterprise(caller.home.id)).await?;
    let known = rows::of_user(&mut tx, caller.user).await?;
    let (found, said) = fitting(&known, &read, party)?;
    read.answered.spend(app, &mut tx).await?;
    let day = today(app, caller)?;
    rows::used(&mut tx, caller.user, found.id, said.counter, day).await?;
    tx.commit().await?;
    Ok(())
}

/// A passkey's id as browsers write it.
pub(super) fn id_text(it: &Passkey) -> String {
    URL_SAFE_NO_PAD.encode(&it.credential_id)
}

fn today(app: &App, caller: &Caller) -> Result<Day> {
    let zone = Zone::named(&caller.home.time_zone).ok_or(Code::ZoneUnknown)?;
    Ok(zone.day(app.now()))
}

/// The caller's passkeys, the oldest first.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<Passkey>> {
    let mut tx = app.db.read(&Scope::Enterprise(caller.home.id)).await?;
    Ok(rows::of_user(&mut tx, caller.user).await?)
}

/// What a browser needs to make a passkey.
#[derive(Debug, Clone)]
pub struct Wish {
    /// To be signed.
    pub challenge: String,
    /// By what the authenticator knows the account again.
    pub user_handle: String,
    /// Passkeys that are known already: what holds one of them makes no second.
    pub known: Vec<String>,
}

/// Begins to make a passkey.
///
/// # Errors
/// `session.step_up`, `passkey.too_many`.
pub async fn begin(app: &App, caller: &Caller) -> Result<Wish> {
    caller.sign(app, Signature::AddPasskey)?;
    let known = list(app, caller).await?;
    if known.len() >= MOST {
        return Err(Code::PasskeysTooMany.into());
    }
    let handle = user_handle(caller.home.id, caller.user);
    Ok(Wish {
        challenge: challenge(app, Purpose::Add(&caller.session)),
        user_handle: URL_SAFE_NO_PAD.encode(handle),
        known: known.iter().map(id_text).collect(),
    })
}

/// A passkey that a browser has made.
#[derive(Debug, Clone)]
pub struct NewPasskey {
    /// As its owner calls it.
    pub name: String,
    /// What the browser says.
    pub client_data: String,
    /// What the authenticator says, in its envelope.
    pub attestation: String,
}

/// Keeps a passkey that the caller's browser has made.
///
/// # Errors
/// `session.step_up`, `passkey.unusable`, `passkey.too_many`, `input.*`.
pub async fn add(
    app: &App,
    caller: &Caller,
    party: &RelyingParty,
    new: NewPasskey,
) -> Result<Passkey> {
    caller.sign(app, Signature::AddPasskey)?;
    let name = new.name.trim().to_owned();
    if name.is_empty() {
        return Err(Code::InputMissing.at("name").into());
    }
    if name.chars().count() > LONGEST_NAME {
        return Err(Code::InputTooLong.at("name").into());
    }
    let client_data = bytes(&new.client_data)?;
    let answered = challenge::check(app, Purpose::Add(&caller.session), &client_data)?;
    check_client_data(&client_data, Ceremony::Create, party)?;
    let attestation = bytes(&new.attestation)?;
    let said = read_authenticator_data(open_attestation(&attestation)?, party)?;
    let (id, key) = said.credential.ok_or(Code::PasskeyUnusable)?;
    // One that can't be read now could never be used.
    PublicKey::parse(key)?;
    let passkey = Passkey {
        id: app.random.uuid(),
        credential_id: id.to_vec(),
        public_key: key.to_vec(),
        counter: i64::from(said.counter),
        name,
        since_day: today(app, caller)?.0,
        last_day: None,
    };
    let (home, user) = (caller.home.id, caller.user);
    let mut tx = app.db.write(&Scope::Enterprise(home)).await?;
    answered.spend(app, &mut tx).await?;
    if rows::of_user(&mut tx, user).await?.len() >= MOST {
        return Err(Code::PasskeysTooMany.into());
    }
    if !rows::add(&mut tx, home, user, &passkey).await? {
        return Err(Code::PasskeyUnusable.into());
    }
    second_step::shown(&mut tx, caller).await?;
    record(app, &mut tx, caller, Act::Passkey).await?;
    tx.commit().await?;
    Ok(passkey)
}

/// Removes one of the caller's passkeys; what is none of his is left alone.
///
/// # Errors
/// `session.step_up`.
pub async fn remove(app: &App, caller: &Caller, id: Uuid) -> Result<()> {
    caller.sign(app, Signature::RemovePasskey)?;
    let mut tx = app.db.write(&Scope::Enterprise(caller.home.id)).await?;
    if rows::remove(&mut tx, caller.user, id).await? {
        record(app, &mut tx, caller, Act::NoPasskey).await?;
    }
    tx.commit().await?;
    Ok(())
}
