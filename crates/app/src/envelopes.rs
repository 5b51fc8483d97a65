//! Sealed envelopes: an intake, run by somebody else than the factory, takes what anonymous workers
//! say, seals it for the factory's server and keeps it until that server fetches it. What became of
//! a report goes back the same way, so that the factory's server never sees a reporter's request.

pub mod host;
pub mod link;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hezuo_domain::commitment::Hash;
use hezuo_domain::envelopes::{pad, unpad};
use hezuo_domain::pay_code::PayLookup;
use hezuo_domain::report_code::Lookup;
use hezuo_domain::reports::Report;
use hezuo_domain::time::{Day, Random};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::reports::{Doorway, FollowUp};
use crate::seal::{open_standing, seal_envelope, seal_standing};
use crate::{Error, Result};

/// What lies in an envelope. Nothing of it says who spoke, from where or at what hour.
#[derive(Debug, Serialize, Deserialize)]
enum Word {
    Report {
        wall_code: String,
        lookup: Lookup,
        digest: Hash,
        report: Box<Report>,
        day: Day,
        form: bool,
    },
    /// The bytes follow behind the rest.
    Attachment {
        lookup: Lookup,
        name: String,
    },
    Message {
        lookup: Lookup,
        id: Uuid,
        text: String,
    },
    Verdict {
        lookup: Lookup,
        fixed: bool,
        note: String,
    },
    PayCode {
        lookup: Lookup,
        pay: PayLookup,
    },
}

/// The bytes before the words that say how long they are.
const HEAD: usize = 4;

impl Word {
    /// Fills up and seals the word with the bytes that go with it; `None` for more than an envelope
    /// holds.
    fn seal(
        &self,
        bytes: &[u8],
        public_key: &Hash,
        random: &dyn Random,
        id: Uuid,
    ) -> Result<Option<Vec<u8>>> {
        let json = serde_json::to_vec(self).map_err(unwritable)?;
        let length = u32::try_from(json.len()).unwrap_or(u32::MAX).to_be_bytes();
        let content = [length.as_slice(), &json, bytes].concat();
        pad(&content)
            .map(|padded| seal_envelope(public_key, random, id, &padded))
            .transpose()
    }

    /// Reads an opened envelope.
    fn read(padded: &[u8]) -> Option<(Self, &[u8])> {
        let (head, rest) = unpad(padded)?.split_first_chunk::<HEAD>()?;
        let length = usize::try_from(u32::from_be_bytes(*head)).ok()?;
        let (json, bytes) = rest.split_at_checked(length)?;
        Some((serde_json::from_slice(json).ok()?, bytes))
    }
}

/// Whether what was sealed says anything that this server understands.
pub fn is_readable(padded: &[u8]) -> bool {
    Word::read(padded).is_some()
}

#[expect(clippy::needless_pass_by_value, reason = "it stands behind `map_err`")]
fn unwritable(error: serde_json::Error) -> Error {
    Error::Internal(error.to_string())
}

/// Seals a standing, filled up, so that neither words nor their number show.
fn sealed_standing(key: &Hash, random: &dyn Random, standing: &FollowUp) -> Result<Vec<u8>> {
    let json = serde_json::to_vec(standing).map_err(unwritable)?;
    let padded = pad(&json).ok_or(Error::Internal("a standing is too long".into()))?;
    seal_standing(key, random, &padded)
}

fn opened_standing(lookup: &Lookup, sealed: &[u8]) -> Option<FollowUp> {
    let padded = open_standing(lookup, sealed)?;
    serde_json::from_slice(unpad(&padded)?).ok()
}

/// Bytes as text in JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded(pub Vec<u8>);

impl Serialize for Encoded {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Encoded {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = STANDARD.decode(text).map_err(serde::de::Error::custom)?;
        Ok(Self(bytes))
    }
}

/// What a server announces to its intake.
#[derive(Debug, Serialize, Deserialize)]
pub struct Directory {
    /// For whom to seal.
    pub public_key: Hash,
    /// The codes on the walls, with what the page behind each shows.
    pub doors: Vec<(String, Doorway)>,
}

/// Asks for the envelopes behind this one.
#[derive(Debug, Serialize, Deserialize)]
pub struct TakeRequest {
    /// The last one that came; nil at first.
    pub after: Uuid,
}

/// Envelopes in the order of their random ids.
#[derive(Debug, Serialize, Deserialize)]
pub struct Batch {
    /// Id, day, and what is sealed.
    pub envelopes: Vec<(Uuid, Day, Encoded)>,
}

/// Envelopes that are stored where they belong.
#[derive(Debug, Serialize, Deserialize)]
pub struct ConfirmRequest {
    /// Their ids.
    pub ids: Vec<Uuid>,
}

/// What became of reports.
#[derive(Debug, Serialize, Deserialize)]
pub struct StandingsRequest {
    /// By what the intake knows a report, and what is sealed for the holder of its code.
    pub standings: Vec<(Hash, Encoded)>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Keys;
    use hezuo_domain::time::SeededRandom;

    #[test]
    fn a_word_comes_out_of_its_envelope_as_it_went_in_with_its_bytes() {
        let keys = Keys::from_secret(&[1; 32]);
        let random = SeededRandom::new(1);
        let id = Uuid::from_u128(1);
        let mut sizes = Vec::new();
        for (text, bytes) in [
            ("", &[][..]),
            ("好", &[1, 2, 3]),
            ("a long one", &[9; 9_000]),
        ] {
            let word = Word::Message {
                lookup: Lookup([3; 32]),
                id,
                text: text.into(),
            };
            let sealed = word.seal(bytes, &keys.public_key(), &random, id).unwrap();
            let sealed = sealed.unwrap();
            sizes.push(sealed.len());
            let padded = keys.open_envelope(id, &sealed).unwrap();
            let (read, found) = Word::read(&padded).unwrap();
            assert_eq!(found, bytes);
            assert!(matches!(read, Word::Message { text: it, .. } if it == text));
        }
        assert!(sizes.iter().all(|size| *size == sizes[0]), "{sizes:?}");
        assert!(Word::read(&[0; 100]).is_none());
    }
}
