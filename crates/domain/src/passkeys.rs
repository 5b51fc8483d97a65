//! Passkeys (Web Authentication, level 2): what an authenticator and its browser say, read and checked.
//! Only the signature itself is checked elsewhere, and which authenticator made it is not asked
//! (attestation "none"): whoever owns the account chooses what holds his key.

mod cbor;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cbor::Item;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::ids::{EnterpriseId, UserId};
use crate::problem::{Code, Problem};
use uuid::Uuid;

/// Minutes for which a challenge can be answered.
pub const CHALLENGE_MINUTES: i64 = 5;

/// Passkeys that one account may have.
pub const MOST: usize = 20;

/// Longest name of a passkey.
pub const LONGEST_NAME: usize = 60;

/// The sort of signature that an authenticator makes, by its number in the COSE registry, the one that is
/// asked for first in front.
pub const ALGORITHMS: [i64; 3] = [-7, -8, -257];

/// For whom browsers make passkeys: the server's name, and the address of its pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelyingParty {
    /// Such as `hezuo.example`.
    pub id: String,
    /// Such as `https://hezuo.example:8443`.
    pub origin: String,
}

impl RelyingParty {
    /// The one at an address; none where browsers make no passkeys: by numbers, or in plain text from
    /// another machine.
    pub fn at(url: &str) -> Option<Self> {
        let origin = url.trim_end_matches('/').to_lowercase();
        let (scheme, host) = origin.split_once("://")?;
        let name = host.split_once(':').map_or(host, |(name, _)| name);
        let is_number =
            name.starts_with('[') || name.chars().all(|it| it == '.' || it.is_ascii_digit());
        let is_safe = scheme == "https" || (scheme == "http" && name == "localhost");
        let is_name = !name.is_empty() && !host.contains('/');
        (is_name && is_safe && !is_number).then(|| Self {
            id: name.to_owned(),
            origin: origin.clone(),
        })
    }
}

/// What is being done with a passkey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ceremony {
    /// A new one is made.
    Create,
    /// One is used.
    Get,
}

#[derive(Deserialize)]
struct ClientData {
    r#type: String,
    challenge: String,
    origin: String,
    #[serde(default, rename = "crossOrigin")]
    cross_origin: bool,
}

/// The challenge that a browser says it has answered; to be checked before anything else is believed.
pub fn challenge_of(client_data: &[u8]) -> Option<Vec<u8>> {
    let said: ClientData = serde_json::from_slice(client_data).ok()?;
    URL_SAFE_NO_PAD.decode(said.challenge).ok()
}

/// Checks what the browser says: what was done, and on whose page.
///
/// # Errors
/// `passkey.unusable`.
pub fn check_client_data(
    client_data: &[u8],
    ceremony: Ceremony,
    party: &RelyingParty,
) -> Result<(), Problem> {
    let said: ClientData = serde_json::from_slice(client_data).or(Err(unusable()))?;
    let wanted = match ceremony {
        Ceremony::Create => "webauthn.create",
        Ceremony::Get => "webauthn.get",
    };
    let is_ours = said.r#type == wanted && said.origin == party.origin && !said.cross_origin;
    is_ours.then_some(()).ok_or_else(unusable)
}

fn unusable() -> Problem {
    Code::PasskeyUnusable.problem()
}

const PRESENT: u8 = 1;
const VERIFIED: u8 = 1 << 2;
const ATTESTED: u8 = 1 << 6;

/// What an authenticator says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said<'a> {
    /// How often it has signed; nought where it does not count.
    pub counter: u32,
    /// Of a new key, its id and the key itself (COSE).
    pub credential: Option<(&'a [u8], &'a [u8])>,
}

/// Reads what an authenticator says, and insists that it is for us, and that it has made sure who is there:
/// by a finger, a face or a number.
///
/// # Errors
/// `passkey.unusable`.
pub fn read_authenticator_data<'a>(
    bytes: &'a [u8],
    party: &RelyingParty,
) -> Result<Said<'a>, Problem> {
    said(bytes, party).ok_or_else(unusable)
}

fn said<'a>(bytes: &'a [u8], party: &RelyingParty) -> Option<Said<'a>> {
    let (party_hash, rest) = bytes.split_at_checked(32)?;
    if party_hash != Sha256::digest(party.id.as_bytes()).as_slice() {
        return None;
    }
    let (flags, rest) = rest.split_first()?;
    if flags & PRESENT == 0 || flags & VERIFIED == 0 {
        return None;
    }
    let (counter, rest) = rest.split_first_chunk::<4>()?;
    let credential = if flags & ATTESTED == 0 {
        None
    } else {
        // The make of the authenticator is not looked at.
        let (_, rest) = rest.split_at_checked(16)?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let (id, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        let (_, after) = cbor::read(rest)?;
        Some((id, &rest[..rest.len() - after.len()]))
    };
    Some(Said {
        counter: u32::from_be_bytes(*counter),
        credential,
    })
}

/// What an authenticator says of a new key, out of the envelope in which it comes.
///
/// # Errors
/// `passkey.unusable`.
pub fn open_attestation(bytes: &[u8]) -> Result<&[u8], Problem> {
    let opened = cbor::read(bytes).filter(|(_, rest)| rest.is_empty());
    let said = opened.and_then(|(map, _)| map.get(&Item::Text("authData"))?.bytes());
    said.ok_or_else(unusable)
}

/// A key with which signatures are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicKey {
    /// A point on P-256, uncompressed; with SHA-256.
    Es256(Vec<u8>),
    /// Ed25519.
    Ed25519(Vec<u8>),
    /// Modulus and exponent; PKCS #1 v1.5 with SHA-256.
    Rs256(Vec<u8>, Vec<u8>),
}

impl PublicKey {
    /// Reads a COSE key.
    ///
    /// # Errors
    /// `passkey.unusable`.
    pub fn parse(cose: &[u8]) -> Result<Self, Problem> {
        Self::read(cose).ok_or_else(unusable)
    }

    fn read(cose: &[u8]) -> Option<Self> {
        let (map, _) = cbor::read(cose).filter(|(_, rest)| rest.is_empty())?;
        let int = |key: i64| map.get(&Item::Int(key)).and_then(Item::int);
        let bytes = |key: i64| map.get(&Item::Int(key)).and_then(Item::bytes);
        match (int(1)?, int(3)?) {
            (2, -7) if int(-1)? == 1 => {
                let (x, y) = (bytes(-2)?, bytes(-3)?);
                let is_whole = x.len() == 32 && y.len() == 32;
                is_whole.then(|| Self::Es256([&[4], x, y].concat()))
            }
            (1, -8) if int(-1)? == 6 => {
                let x = bytes(-2)?;
                (x.len() == 32).then(|| Self::Ed25519(x.to_vec()))
            }
            (3, -257) => {
                let (n, e) = (bytes(-1)?, bytes(-2)?);
                (256..=512)
                    .contains(&n.len())
                    .then(|| Self::Rs256(n.to_vec(), e.to_vec()))
            }
            _ => None,
        }
    }
}

/// What is signed.
pub fn signed(authenticator_data: &[u8], client_data: &[u8]) -> Vec<u8> {
    [authenticator_data, Sha256::digest(client_data).as_slice()].concat()
}

/// Whether a counter has gone on. One that stands or goes back is a copy, or the original of one; those
/// that do not count always say nought.
pub fn has_gone_on(before: i64, now: u32) -> bool {
    (before == 0 && now == 0) || i64::from(now) > before
}

/// By what an authenticator knows an account again: ids, and nothing about a person.
pub fn user_handle(enterprise: EnterpriseId, user: UserId) -> Vec<u8> {
    [enterprise.0.as_bytes().as_slice(), user.0.as_bytes()].concat()
}

/// Whose account an authenticator means.
pub fn read_user_handle(handle: &[u8]) -> Option<(EnterpriseId, UserId)> {
    let (enterprise, user) = handle.split_at_checked(16)?;
    let enterprise = Uuid::from_slice(enterprise).ok()?;
    Some((
        EnterpriseId(enterprise),
        UserId(Uuid::from_slice(user).ok()?),
    ))
}

#[cfg(test)]
mod tests;
