//! Uploads in parts: on a bad link what has arrived stays, and the phone goes on from there.

use crate::problem::Code;

/// Bytes of every part but the last.
pub const PART: usize = 256 * 1024;

/// Parts that lie unfinished under one report at most: one upload of the largest sort, and a picture.
pub const MOST_OF_ONE: i64 = 64;

/// Parts that come in an hour for one enterprise, or at an intake for one server, beside those that lie
/// unfinished when it begins: about so many, 256 MB.
pub const MOST_OF_ALL: u32 = 1024;

/// Days after which an upload that nobody finished is forgotten.
pub const KEPT_DAYS: i64 = 2;

/// What a part is to what has arrived before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// It is empty: somebody asks how far the upload has come.
    Asked,
    /// It has arrived before.
    Known,
    /// It goes on where the others end.
    Next,
    /// It goes on there, and nothing follows.
    Last,
}

/// How many bytes so many parts are.
pub fn reached(parts: usize) -> u64 {
    u64::try_from(parts.saturating_mul(PART)).unwrap_or(u64::MAX)
}

/// The number of the part that begins at an offset; `None` where none does.
pub fn number(offset: u64) -> Option<usize> {
    let offset = usize::try_from(offset).ok()?;
    offset.is_multiple_of(PART).then_some(offset / PART)
}

/// Whether a part fits behind those that are there, in an upload of so many bytes at most.
///
/// # Errors
/// `upload.part_length`, `upload.part_misplaced`, `upload.too_large`.
pub fn fit(
    parts: usize,
    offset: u64,
    length: usize,
    is_last: bool,
    most: usize,
) -> Result<Fit, Code> {
    if length == 0 {
        return Ok(Fit::Asked);
    }
    if length > PART || (length < PART && !is_last) {
        return Err(Code::UploadPartLength);
    }
    match number(offset) {
        Some(number) if number < parts => Ok(Fit::Known),
        Some(number) if number == parts => {
            if number * PART + length > most {
                return Err(Code::UploadTooLarge);
            }
            Ok(if is_last { Fit::Last } else { Fit::Next })
        }
        _ => Err(Code::UploadPartMisplaced),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: usize = 4 * PART;

    #[test]
    fn a_part_fits_behind_those_that_are_there() {
        let whole = |parts, number| fit(parts, reached(number), PART, false, MOST);
        assert_eq!(whole(0, 0), Ok(Fit::Next));
        assert_eq!(whole(2, 2), Ok(Fit::Next));
        assert_eq!(whole(2, 1), Ok(Fit::Known));
        assert_eq!(whole(2, 3), Err(Code::UploadPartMisplaced));
        assert_eq!(
            fit(2, reached(2) - 1, PART, false, MOST),
            Err(Code::UploadPartMisplaced)
        );
        assert_eq!(fit(2, 7, 0, false, MOST), Ok(Fit::Asked));
    }

    #[test]
    fn only_the_last_part_may_be_short_and_none_may_be_long() {
        assert_eq!(
            fit(1, reached(1), PART - 1, false, MOST),
            Err(Code::UploadPartLength)
        );
        assert_eq!(fit(1, reached(1), 1, true, MOST), Ok(Fit::Last));
        assert_eq!(fit(1, reached(1), PART, true, MOST), Ok(Fit::Last));
        assert_eq!(
            fit(1, reached(1), PART + 1, true, MOST),
            Err(Code::UploadPartLength)
        );
        assert_eq!(fit(4, reached(4), 1, true, MOST), Err(Code::UploadTooLarge));
    }
}
