//! The server's keys, and what is sealed with them at rest: names of reporters, where
//! channels and mail lead.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use ed25519_dalek::{Signature, Signer, SigningKey};
use hezuo_domain::commitment::{Hash, digest, hex};
use hezuo_domain::ids::{CaseId, EnterpriseId, UserId};
use hezuo_domain::pay_code::PayLookup;
use hezuo_domain::report_code::Lookup;
use hezuo_domain::time::Random;
use hezuo_domain::tlog::{Checkpoint, verifier_key};
use hezuo_domain::wall_code::WallKey;
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use uuid::Uuid;
use x25519_dalek::{PublicKey, StaticSecret};

use crate::{Error, Result};

/// Keys that are made once and live beside the database, never in it.
#[derive(Clone)]
pub struct Keys {
    /// Signs wall codes.
    pub wall: WallKey,
    names: [u8; 32],
    people: [u8; 32],
    pay_codes: [u8; 32],
    channels: [u8; 32],
    log: SigningKey,
    mail: [u8; 32],
    devices: [u8; 32],
    envelopes: [u8; 32],
    sign_ins: [u8; 32],
    second_factors: [u8; 32],
    recovery_codes: [u8; 32],
    tickets: [u8; 32],
    words: [u8; 32],
    parts: [u8; 32],
}

impl Keys {
    /// Derives the keys from one secret of 32 bytes.
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        let derive = |purpose: &str| digest(&[secret.as_slice(), purpose.as_bytes()].concat());
        Self {
            wall: WallKey(derive("hezuo wall v1")),
            names: derive("hezuo names v1"),
            people: derive("hezuo people v1"),
            pay_codes: derive("hezuo pay codes v1"),
            channels: derive("hezuo channels v1"),
            log: SigningKey::from_bytes(&derive("hezuo log v1")),
            mail: derive("hezuo mail v1"),
            devices: derive("hezuo devices v1"),
            envelopes: derive("hezuo envelopes v1"),
            sign_ins: derive("hezuo sign-ins v1"),
            second_factors: derive("hezuo second factors v1"),
            recovery_codes: derive("hezuo recovery codes v1"),
            tickets: derive("hezuo tickets v1"),
            words: derive("hezuo words v1"),
            parts: derive("hezuo parts v1"),
        }
    }

    /// Seals what has arrived of an upload to a case until the rest of it comes.
    pub(crate) fn parts_key(&self, enterprise: EnterpriseId, case: CaseId) -> Hash {
        keyed(&self.parts, enterprise, case.0.as_bytes())
    }

    /// What an intake seals envelopes for this server with.
    pub(crate) fn public_key(&self) -> Hash {
        PublicKey::from(&StaticSecret::from(self.envelopes)).to_bytes()
    }

    /// Opens an envelope; `None` where it was not sealed for this server, or under another id.
    pub(crate) fn open_envelope(&self, id: Uuid, sealed: &[u8]) -> Option<Vec<u8>> {
        let (ephemeral, sealed) = sealed.split_first_chunk::<32>()?;
        let own = StaticSecret::from(self.envelopes);
        let shared = own.diffie_hellman(&PublicKey::from(*ephemeral));
        let key = envelope_key(shared.as_bytes(), ephemeral, &self.public_key());
        open_bytes(&key, id.as_bytes(), sealed)
    }

    /// Seals a reporter's name. The case is bound in, so that a sealed name moved to another case
    /// does not open.
    pub(crate) fn seal_name(
        &self,
        random: &dyn Random,
        case: CaseId,
        name: &str,
    ) -> Result<Vec<u8>> {
        seal(&self.names, random, case.0.as_bytes(), name)
    }

    /// Opens a sealed name; `None` where it does not belong to this case or key.
    pub(crate) fn open_name(&self, case: CaseId, sealed: &[u8]) -> Option<String> {
        open(&self.names, case.0.as_bytes(), sealed)
    }

    /// Seals where a channel leads. The channel is bound in, as the case is to a name.
    pub(crate) fn seal_channel(
        &self,
        random: &dyn Random,
        channel: Uuid,
        target: &str,
    ) -> Result<Vec<u8>> {
        seal(&self.channels, random, channel.as_bytes(), target)
    }

    /// Opens where a channel leads; `None` where it does not belong to this channel or key.
    pub(crate) fn open_channel(&self, channel: Uuid, sealed: &[u8]) -> Option<String> {
        open(&self.channels, channel.as_bytes(), sealed)
    }

    /// Seals a user's mail address. The user is bound in, as the case is to a name.
    pub(crate) fn seal_mail(
        &self,
        random: &dyn Random,
        user: UserId,
        address: &str,
    ) -> Result<Vec<u8>> {
        seal(&self.mail, random, user.0.as_bytes(), address)
    }

    /// Opens a user's mail address; `None` where it does not belong to this user or key.
    pub(crate) fn open_mail(&self, user: UserId, sealed: &[u8]) -> Option<String> {
        open(&self.mail, user.0.as_bytes(), sealed)
    }

    /// Seals what a browser keeps while somebody is away to sign in elsewhere.
    pub(crate) fn seal_attempt(&self, random: &dyn Random, attempt: &str) -> Result<String> {
        let sealed = seal(&self.sign_ins, random, b"attempt", attempt)?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Opens it; `None` where this server did not seal it.
    pub(crate) fn open_attempt(&self, sealed: &str) -> Option<String> {
        let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        open(&self.sign_ins, b"attempt", &sealed)
    }

    /// Seals the secret of a user's second factor. The user is bound in, as the case is to a name.
    pub(crate) fn seal_second_factor(
        &self,
        random: &dyn Random,
        user: UserId,
        secret: &[u8],
    ) -> Result<Vec<u8>> {
        seal_bytes(&self.second_factors, random, user.0.as_bytes(), secret)
    }

    /// Opens the secret of a second factor; `None` where it does not belong to this user or key.
    pub(crate) fn open_second_factor(&self, user: UserId, sealed: &[u8]) -> Option<Vec<u8>> {
        open_bytes(&self.second_factors, user.0.as_bytes(), sealed)
    }

    /// What is kept of a recovery code. It is short enough to be tried out by whoever holds a copy of the
    /// database; without this key there is nothing to try it on.
    pub(crate) fn recovery_hash(
        &self,
        enterprise: EnterpriseId,
        user: UserId,
        plain: &str,
    ) -> Hash {
        let content = [user.0.as_bytes().as_slice(), plain.as_bytes()].concat();
        keyed(&self.recovery_codes, enterprise, &content)
    }

    /// What shows later that this server said something of which it keeps nothing.
    pub(crate) fn ticket(&self, enterprise: EnterpriseId, content: &[u8]) -> Hash {
        keyed(&self.tickets, enterprise, content)
    }

    /// What a browser keeps to show that a user has signed in from it before.
    pub(crate) fn device_mark(&self, user: UserId, nonce: &[u8; 16]) -> String {
        let mut mark = [user.0.as_bytes().as_slice(), nonce].concat();
        // HMAC takes a key of any length.
        let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.devices) else {
            return String::new();
        };
        mac.update(&mark);
        mark.extend(mac.finalize().into_bytes());
        URL_SAFE_NO_PAD.encode(mark)
    }

    /// Whose device it is; none where this server did not write the mark.
    pub(crate) fn marked_user(&self, mark: &str) -> Option<UserId> {
        let mark = URL_SAFE_NO_PAD.decode(mark).ok()?;
        let said = mark.get(..32)?;
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.devices).ok()?;
        mac.update(said);
        mac.verify_slice(&mark[32..]).ok()?;
        Uuid::from_slice(&said[..16]).ok().map(UserId)
    }

    /// What stands for a person in the participation table: a keyed hash of what was signed with,
    /// so that the table alone names nobody.
    pub(crate) fn person_key(&self, enterprise: EnterpriseId, name: &str) -> Hash {
        let plain: String = name.split_whitespace().collect::<String>().to_lowercase();
        keyed(&self.people, enterprise, plain.as_bytes())
    }

    /// What gives the words of an enterprise's cases their numbers.
    pub(crate) fn words(&self, enterprise: EnterpriseId) -> WordKey {
        WordKey(keyed(&self.words, enterprise, b"words"))
    }

    /// Whose log this server's is: a name that follows from its key.
    pub fn log_origin(&self) -> String {
        let id = digest(self.log.verifying_key().as_bytes());
        format!("hezuo/{}", hex(&id[..8]))
    }

    /// The key with which others check the log's head.
    pub fn log_verifier_key(&self) -> String {
        verifier_key(&self.log_origin(), self.log.verifying_key().as_bytes())
    }

    /// Signs a head of the log.
    pub(crate) fn sign_checkpoint(&self, checkpoint: &Checkpoint) -> String {
        let signature = self.log.sign(checkpoint.text().as_bytes());
        checkpoint.note(self.log.verifying_key().as_bytes(), &signature.to_bytes())
    }

    /// Reads a head of the log; none where this server did not sign it.
    pub fn read_checkpoint(&self, note: &str) -> Option<Checkpoint> {
        let key = self.log.verifying_key();
        let (checkpoint, signature) = Checkpoint::parse(note, key.as_bytes())?;
        let signature = Signature::from_bytes(&signature);
        let is_ours = key
            .verify_strict(checkpoint.text().as_bytes(), &signature)
            .is_ok();
        (is_ours && checkpoint.origin == self.log_origin()).then_some(checkpoint)
    }

    /// What the server keeps of a pay code. Its 60 bits are few enough to be tried one after the
    /// other by whoever holds a copy of the database; without this key there is nothing to try
    /// them on.
    pub(crate) fn pay_key(&self, enterprise: EnterpriseId, lookup: &PayLookup) -> Hash {
        keyed(&self.pay_codes, enterprise, &lookup.0)
    }
}

/// Seals an envelope for the server that holds the other half of a key. Each has a key of its own,
/// half of which is forgotten here at once: whoever takes the intake away can't open what lies in
/// it. The id is bound in.
pub(crate) fn seal_envelope(
    public_key: &Hash,
    random: &dyn Random,
    id: Uuid,
    content: &[u8],
) -> Result<Vec<u8>> {
    let mut secret = [0; 32];
    random.fill(&mut secret);
    let secret = StaticSecret::from(secret);
    let ephemeral = PublicKey::from(&secret).to_bytes();
    let shared = secret.diffie_hellman(&PublicKey::from(*public_key));
    let key = envelope_key(shared.as_bytes(), &ephemeral, public_key);
    let sealed = seal_bytes(&key, random, id.as_bytes(), content)?;
    Ok([ephemeral.as_slice(), &sealed].concat())
}

fn envelope_key(shared: &[u8; 32], ephemeral: &Hash, public_key: &Hash) -> [u8; 32] {
    let salt = [ephemeral.as_slice(), public_key].concat();
    let mut key = [0; 32];
    let expanded = Hkdf::<Sha256>::new(Some(&salt), shared).expand(b"hezuo envelope v1", &mut key);
    debug_assert!(expanded.is_ok(), "32 bytes are within HKDF's limit");
    key
}

/// Seals what the holder of a report code may see, by the key of that code.
pub(crate) fn seal_standing(key: &Hash, random: &dyn Random, content: &[u8]) -> Result<Vec<u8>> {
    seal_bytes(key, random, b"standing", content)
}

/// Opens what was sealed for the holder of a report code.
pub(crate) fn open_standing(lookup: &Lookup, sealed: &[u8]) -> Option<Vec<u8>> {
    open_bytes(&lookup.standing_key(), b"standing", sealed)
}

/// Seals a part of an upload. The upload and the part's number are bound in.
pub(crate) fn seal_part(
    key: &Hash,
    random: &dyn Random,
    (mark, number): (&Hash, usize),
    part: &[u8],
) -> Result<Vec<u8>> {
    seal_bytes(key, random, &part_name(mark, number), part)
}

/// Opens a part of an upload; `None` where it is another one.
pub(crate) fn open_part(
    key: &Hash,
    (mark, number): (&Hash, usize),
    sealed: &[u8],
) -> Option<Vec<u8>> {
    open_bytes(key, &part_name(mark, number), sealed)
}

fn part_name(mark: &Hash, number: usize) -> Vec<u8> {
    [mark.as_slice(), &number.to_be_bytes()].concat()
}

fn seal(key: &[u8; 32], random: &dyn Random, bound_to: &[u8], text: &str) -> Result<Vec<u8>> {
    seal_bytes(key, random, bound_to, text.as_bytes())
}

fn seal_bytes(
    key: &[u8; 32],
    random: &dyn Random,
    bound_to: &[u8],
    content: &[u8],
) -> Result<Vec<u8>> {
    let mut nonce = [0; 24];
    random.fill(&mut nonce);
    let payload = chacha20poly1305::aead::Payload {
        msg: content,
        aad: bound_to,
    };
    let sealed = XChaCha20Poly1305::new(&Key::from(*key))
        .encrypt(&XNonce::from(nonce), payload)
        .or(Err(Error::Internal("a secret could not be sealed".into())))?;
    Ok([nonce.as_slice(), &sealed].concat())
}

fn open(key: &[u8; 32], bound_to: &[u8], sealed: &[u8]) -> Option<String> {
    String::from_utf8(open_bytes(key, bound_to, sealed)?).ok()
}

fn open_bytes(key: &[u8; 32], bound_to: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = sealed.split_at_checked(24)?;
    let nonce: [u8; 24] = nonce.try_into().ok()?;
    let payload = chacha20poly1305::aead::Payload {
        msg: sealed,
        aad: bound_to,
    };
    let cipher = XChaCha20Poly1305::new(&Key::from(*key));
    cipher.decrypt(&XNonce::from(nonce), payload).ok()
}

fn keyed(secret: &[u8; 32], enterprise: EnterpriseId, content: &[u8]) -> Hash {
    let mut key = [0; 64];
    key[..32].copy_from_slice(secret);
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&key.into());
    mac.update(enterprise.0.as_bytes());
    mac.update(content);
    mac.finalize().into_bytes().into()
}

/// Gives words of one enterprise their numbers: without it a number tells no word, and the same word has
/// another number elsewhere.
pub(crate) struct WordKey(Hash);

impl WordKey {
    /// The number of a word. Two words in some thousand million share one, and are then found together.
    pub(crate) fn number(&self, word: &str) -> u32 {
        let [a, b, c, d, ..] = digest(&[self.0.as_slice(), word.as_bytes()].concat());
        // PostgreSQL keeps a sign beside 31 bits.
        u32::from_be_bytes([a, b, c, d]) >> 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hezuo_domain::time::SeededRandom;

    #[test]
    fn a_sealed_name_opens_only_for_its_case() {
        let keys = Keys::from_secret(&[1; 32]);
        let random = SeededRandom::new(1);
        let case = CaseId(Uuid::from_u128(1));
        let sealed = keys.seal_name(&random, case, "李红").unwrap();
        assert!(!sealed.windows(3).any(|window| window == "李".as_bytes()));
        assert_eq!(keys.open_name(case, &sealed).as_deref(), Some("李红"));
        assert_eq!(keys.open_name(CaseId(Uuid::from_u128(2)), &sealed), None);
        assert_eq!(Keys::from_secret(&[2; 32]).open_name(case, &sealed), None);
        assert_eq!(keys.open_name(case, &sealed[..10]), None);
    }

    #[test]
    fn a_sealed_target_opens_only_for_its_channel() {
        let keys = Keys::from_secret(&[1; 32]);
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let sealed = keys
            .seal_channel(&SeededRandom::new(1), one, "https://hooks.example")
            .unwrap();
        assert!(!sealed.windows(5).any(|window| window == b"hooks"));
        assert_eq!(
            keys.open_channel(one, &sealed).as_deref(),
            Some("https://hooks.example")
        );
        assert_eq!(keys.open_channel(other, &sealed), None);
        assert_eq!(keys.open_name(CaseId(one), &sealed), None);
    }

    #[test]
    fn an_envelope_opens_only_at_its_server_and_under_its_id() {
        let (own, other) = (Keys::from_secret(&[1; 32]), Keys::from_secret(&[2; 32]));
        let random = SeededRandom::new(1);
        let (id, another) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let content = vec![7; 16 * 1024];
        let seal = || seal_envelope(&own.public_key(), &random, id, &content).unwrap();
        let sealed = seal();
        assert_eq!(own.open_envelope(id, &sealed), Some(content.clone()));
        assert_eq!(own.open_envelope(another, &sealed), None);
        assert_eq!(other.open_envelope(id, &sealed), None);
        for place in [0, 31, 32, 60, sealed.len() - 1] {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert_eq!(own.open_envelope(id, &changed), None, "byte {place}");
        }
        assert_eq!(own.open_envelope(id, &sealed[..20]), None);
        assert_ne!(seal(), sealed, "the same words look different each time");
        assert_eq!(seal().len(), sealed.len());
    }

    #[test]
    fn a_standing_opens_only_with_its_code() {
        let (own, other) = (Lookup([1; 32]), Lookup([2; 32]));
        let sealed = seal_standing(&own.standing_key(), &SeededRandom::new(1), b"new").unwrap();
        assert_eq!(open_standing(&own, &sealed).as_deref(), Some(&b"new"[..]));
        assert_eq!(open_standing(&other, &sealed), None);
        assert_ne!(own.standing_key(), own.0);
        assert_ne!(own.standing_key(), own.stored());
    }

    #[test]
    fn one_person_has_one_key_in_one_enterprise() {
        let keys = Keys::from_secret(&[1; 32]);
        let (a, b) = (
            EnterpriseId(Uuid::from_u128(1)),
            EnterpriseId(Uuid::from_u128(2)),
        );
        assert_eq!(keys.person_key(a, "Li  Hong"), keys.person_key(a, "lihong"));
        assert_ne!(keys.person_key(a, "4711"), keys.person_key(b, "4711"));
    }
}
