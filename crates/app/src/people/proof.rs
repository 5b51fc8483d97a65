//! Showing once more who is there: before something is signed, an open session is not enough.

use hezuo_domain::passkeys::RelyingParty;
use hezuo_domain::{Code, Scope};
use hezuo_store::people::{passkeys as passkey_rows, second_factor as rows, sessions};

use super::passkeys::{self, Assertion, Purpose};
use super::{prove, second_factor, second_step};
use crate::{App, Caller, Result};

/// What somebody shows.
#[derive(Debug, Clone)]
pub enum Proof {
    /// The password.
    Password(String),
    /// A code of the second factor.
    Code(String),
    /// An answer by a passkey.
    Passkey(Box<Assertion>),
}

/// By what the caller can show it.
#[derive(Debug, Clone)]
pub struct Ways {
    /// There is a second factor.
    pub code: bool,
    /// A challenge for a passkey, where there is one.
    pub challenge: Option<String>,
    /// The caller's passkeys.
    pub passkeys: Vec<String>,
}

/// By what the caller can show who is there; the password always does.
pub async fn ways(app: &App, caller: &Caller) -> Result<Ways> {
    let mut tx = app.db.read(&Scope::Enterprise(caller.home.id)).await?;
    let factor = rows::find(&mut tx, caller.user).await?;
    let known = passkey_rows::of_user(&mut tx, caller.user).await?;
    let purpose = Purpose::Prove(&caller.session);
    Ok(Ways {
        code: factor.is_some_and(|it| it.since_day.is_some()),
        challenge: (!known.is_empty()).then(|| passkeys::challenge(app, purpose)),
        passkeys: known.iter().map(passkeys::id_text).collect(),
    })
}

/// Shows who is there; from now on the session may sign for a while.
///
/// # Errors
/// `session.proof_wrong`, `session.code_wrong`, `session.limited`, `second_factor.off`,
/// `passkey.unusable`, `passkey.not_here`.
pub async fn show(
    app: &App,
    caller: &Caller,
    party: Option<&RelyingParty>,
    proof: Proof,
) -> Result<()> {
    let is_second = !matches!(proof, Proof::Password(_));
    match proof {
        Proof::Password(password) => prove(app, caller, password).await?,
        Proof::Code(code) => {
            second_factor::check(app, caller.home.id, caller.user, &code).await?;
        }
        Proof::Passkey(assertion) => {
            let party = party.ok_or(Code::PasskeysNotHere)?;
            passkeys::prove(app, caller, party, &assertion).await?;
        }
    }
    let mut tx = app.db.write(&Scope::Enterprise(caller.home.id)).await?;
    sessions::prove(&mut tx, caller.session, app.now()).await?;
    if is_second {
        second_step::shown(&mut tx, caller).await?;
    }
    tx.commit().await?;
    Ok(())
}
