//! Challenges: the server's own word with an end. Nothing is written down when one is given out, so that
//! strangers who ask for many fill nothing; what was answered is kept until its end, so that it is
//! answered once.

use hezuo_domain::Code;
use hezuo_domain::commitment::Hash;
use hezuo_domain::ids::EnterpriseId;
use hezuo_domain::passkeys::{CHALLENGE_MINUTES, challenge_of};
use hezuo_domain::time::Instant;
use hezuo_store::Tx;
use hezuo_store::people::passkeys as rows;
use uuid::Uuid;

use crate::{App, Result};

/// What a challenge is for; the answer to one purpose is none to another.
#[derive(Debug, Clone, Copy)]
pub enum Purpose<'a> {
    /// Nobody is known yet.
    SignIn,
    /// Another passkey, in this session.
    Add(&'a Hash),
    /// To show who is there, in this session.
    Prove(&'a Hash),
}

/// A challenge that was answered, and not yet spent.
pub(super) struct Answered {
    sign: Hash,
    end: Instant,
}

fn sign(app: &App, purpose: Purpose<'_>, head: &[u8]) -> Hash {
    let (word, session) = match purpose {
        Purpose::SignIn => ("passkey sign in", &[][..]),
        Purpose::Add(session) => ("passkey add", session.as_slice()),
        Purpose::Prove(session) => ("passkey prove", session.as_slice()),
    };
    // Before somebody has signed in no tenant is known.
    let nobody = EnterpriseId(Uuid::nil());
    let said = [word.as_bytes(), head, session].concat();
    app.keys.ticket(nobody, &said)
}

/// The end of a challenge and chance, in bytes.
const HEAD: usize = 8 + 16;

pub(super) fn make(app: &App, purpose: Purpose<'_>) -> Vec<u8> {
    let end = app.now().plus_seconds(CHALLENGE_MINUTES * 60);
    let mut chance = [0; 16];
    app.random.fill(&mut chance);
    let head = [end.0.to_be_bytes().as_slice(), &chance].concat();
    let sign = sign(app, purpose, &head);
    [head.as_slice(), &sign].concat()
}

/// Whether a browser has answered a challenge of ours, made for this, in time.
///
/// # Errors
/// `passkey.unusable`.
pub(super) fn check(app: &App, purpose: Purpose<'_>, client_data: &[u8]) -> Result<Answered> {
    let said = challenge_of(client_data).ok_or(Code::PasskeyUnusable)?;
    let (head, said_sign) = said.split_at_checked(HEAD).ok_or(Code::PasskeyUnusable)?;
    let expected = sign(app, purpose, head);
    let differs = expected.iter().zip(said_sign);
    let differs = differs.fold(0, |sum, (a, b)| sum | (a ^ b));
    let end = head
        .first_chunk()
        .map(|it| Instant(i64::from_be_bytes(*it)));
    match end {
        Some(end) if said_sign.len() == 32 && differs == 0 && app.now() < end => Ok(Answered {
            sign: expected,
            end,
        }),
        _ => Err(Code::PasskeyUnusable.into()),
    }
}

impl Answered {
    /// Spends it, in the transaction of what it allows.
    ///
    /// # Errors
    /// `passkey.unusable` where it was answered before.
    pub(super) async fn spend(&self, app: &App, tx: &mut Tx) -> Result<()> {
        if rows::spend(tx, self.sign, app.now(), self.end).await? {
            Ok(())
        } else {
            Err(Code::PasskeyUnusable.into())
        }
    }
}
