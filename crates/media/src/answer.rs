//! How the process that rewrites an upload answers the one that started it: nine bytes, then what is
//! to be kept. Whatever does not fit to the byte is no answer: a process that was ended half-way must
//! not be believed.

use hezuo_domain::Code;

use crate::{Kind, Safe};

const MAGIC: [u8; 3] = *b"HZ1";
const HEADER: usize = 9;
const REFUSALS: [Code; 3] = [Code::NotAPicture, Code::NotAVoiceClip, Code::UploadTooLarge];
/// Tags from here on are refusals.
const REFUSED: usize = 100;

/// The longest answer that can be right.
pub const LONGEST: usize = crate::MAX_PICTURE + HEADER;

/// The answer as bytes; `guards` says which limits the process could set itself.
pub fn write(answer: &Result<Safe, Code>, guards: u8) -> Vec<u8> {
    let (tag, body) = match answer {
        Ok(safe) => (
            Kind::ALL.iter().position(|kind| *kind == safe.kind),
            &safe.bytes[..],
        ),
        Err(code) => (
            REFUSALS
                .iter()
                .position(|one| one == code)
                .map(|at| at + REFUSED),
            &[][..],
        ),
    };
    let tag = tag
        .and_then(|tag| u8::try_from(tag).ok())
        .unwrap_or(u8::MAX);
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
    let mut bytes = Vec::with_capacity(HEADER + body.len());
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&[guards, tag]);
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(body);
    bytes
}

/// Reads an answer, and which limits held; `None` where it is none.
pub fn read(bytes: &[u8]) -> Option<(Result<Safe, Code>, u8)> {
    let (header, body) = bytes.split_at_checked(HEADER)?;
    let [m0, m1, m2, guards, tag, length @ ..] = header else {
        return None;
    };
    let length = u32::from_be_bytes(length.try_into().ok()?);
    if [*m0, *m1, *m2] != MAGIC || usize::try_from(length).ok()? != body.len() {
        return None;
    }
    let tag = usize::from(*tag);
    let answer = match tag.checked_sub(REFUSED) {
        None => Ok(Safe {
            kind: *Kind::ALL.get(tag)?,
            bytes: body.to_vec(),
        }),
        Some(refusal) => Err(*REFUSALS.get(refusal)?),
    };
    Some((answer, *guards))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_as_it_was_written_and_never_in_part() {
        let kept = |kind| {
            Ok(Safe {
                kind,
                bytes: b"sound".to_vec(),
            })
        };
        let answers = Kind::ALL
            .map(kept)
            .into_iter()
            .chain(REFUSALS.map(Err))
            .collect::<Vec<_>>();
        for answer in answers {
            let bytes = write(&answer, 5);
            assert_eq!(read(&bytes), Some((answer, 5)));
            for end in 0..bytes.len() {
                assert_eq!(read(&bytes[..end]), None);
            }
            assert_eq!(read(&[&bytes[..], b"x"].concat()), None);
        }
        assert_eq!(read(&write(&Err(Code::Internal), 0)), None);
        assert_eq!(read(b"running 0 tests"), None);
    }
}
