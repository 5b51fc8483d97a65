//! Uploads in parts. What has arrived lies sealed in the database until the last part comes; then the whole
//! takes the way of any other upload, so nothing of it is kept before it was made safe. The key is derived
//! from what the sender shows with each part, so nobody else opens what lies there unfinished.

use hezuo_domain::commitment::{Hash, digest};
use hezuo_domain::problem::Kind;
use hezuo_domain::reports::is_attachment_name;
use hezuo_domain::time::Zone;
use hezuo_domain::uploads::{Fit, KEPT_DAYS, MOST_OF_ONE, fit, number, reached};
use hezuo_domain::{Code, Scope};
use hezuo_store::uploads::{self as rows, Whose};

use super::MAX_PICTURE;
use crate::reports::Upload;
use crate::seal::{open_part, seal_part};
use crate::{App, Error, Result};

/// A part of an upload, as it came.
#[derive(Debug)]
pub struct Part {
    /// The name within the report or case.
    pub name: String,
    /// `before` or `after`.
    pub stage: &'static str,
    /// The hash of the whole upload: other bytes under the same name are another upload.
    pub whole: Hash,
    /// The hash of this part.
    pub digest: Hash,
    /// Where it begins.
    pub offset: u64,
    /// Where the filling of the whole begins, where it was filled up.
    pub length: Option<usize>,
    /// Whether nothing follows.
    pub is_last: bool,
    /// The bytes; none to ask how far the upload has come.
    pub bytes: Vec<u8>,
}

/// How far an upload has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// Where the next part begins.
    pub offset: u64,
    /// Whether there is an attachment of this name.
    pub is_whole: bool,
    /// Why the part was not taken, where it was not: what comes next begins at the offset all the same.
    pub refused: Option<Code>,
}

impl Reached {
    fn until(parts: usize) -> Self {
        Self {
            offset: reached(parts),
            is_whole: false,
            refused: None,
        }
    }

    /// The attachment is there.
    pub(crate) fn whole() -> Self {
        Self {
            offset: 0,
            is_whole: true,
            refused: None,
        }
    }

    fn refused(parts: usize, code: Code) -> Self {
        Self {
            refused: Some(code),
            ..Self::until(parts)
        }
    }
}

/// What a part has led to.
pub(crate) enum Came {
    /// The upload has come so far.
    Until(Reached),
    /// It was the last part.
    Whole(Upload),
}

/// Where the parts of one upload lie.
pub(crate) struct Shelf<'a> {
    app: &'a App,
    scope: Scope,
    whose: Whose,
    key: Hash,
    mark: Hash,
}

impl<'a> Shelf<'a> {
    /// That of the upload which a part belongs to.
    ///
    /// # Errors
    /// `input.invalid` for a name that no attachment may have.
    pub(crate) fn new(
        app: &'a App,
        scope: Scope,
        whose: Whose,
        key: Hash,
        part: &Part,
    ) -> Result<Self> {
        if !is_attachment_name(&part.name) {
            return Err(Code::InputInvalid.at("name").into());
        }
        // The hash of a picture would tell on whose phone it lies; with the key in it, it tells nothing.
        let mark = [key.as_slice(), &part.whole, part.name.as_bytes()].concat();
        Ok(Self {
            app,
            scope,
            whose,
            key,
            mark: digest(&mark),
        })
    }

    /// Takes a part.
    ///
    /// # Errors
    /// `upload.part_length`, `upload.too_large`, `upload.no_room`.
    pub(crate) async fn take(&self, part: Part) -> Result<Came> {
        let mut tx = self.app.db.read(&self.scope).await?;
        let (parts, _) = rows::held(&mut tx, self.whose, self.mark).await?;
        drop(tx);
        let length = part.bytes.len();
        let fits = match fit(parts, part.offset, length, part.is_last, MAX_PICTURE) {
            Err(code) if code.kind() == Kind::Conflict => {
                return Ok(Came::Until(Reached::refused(parts, code)));
            }
            other => other?,
        };
        if fits != Fit::Asked && digest(&part.bytes) != part.digest {
            let refused = Reached::refused(parts, Code::UploadDamaged);
            return Ok(Came::Until(refused));
        }
        Ok(match fits {
            Fit::Asked | Fit::Known => Came::Until(Reached::until(parts)),
            Fit::Next => Came::Until(self.keep(&part).await?),
            Fit::Last => self.whole(part).await?,
        })
    }

    async fn keep(&self, part: &Part) -> Result<Reached> {
        let number = number(part.offset).ok_or(Code::UploadPartMisplaced)?;
        let random = self.app.random.as_ref();
        let sealed = seal_part(&self.key, random, (&self.mark, number), &part.bytes)?;
        let mut tx = self.app.db.write(&self.scope).await?;
        let (parts, since) = rows::held(&mut tx, self.whose, self.mark).await?;
        // Another one was quicker, or what was there is forgotten meanwhile.
        if parts != number {
            return Ok(Reached::until(parts));
        }
        let (of_one, of_all) = rows::room(&mut tx, self.whose).await?;
        let there = u32::try_from(of_all).unwrap_or(u32::MAX);
        let (budget, now, whose) = (&self.app.limits.parts, self.app.now(), self.whose.of_all());
        let taken = Some(()).filter(|()| of_one < MOST_OF_ONE);
        let taken = taken.and_then(|()| budget.take_beside(&whose.to_string(), now, random, there));
        let taken = taken.ok_or(Code::UploadNoRoom)?;
        // All parts of an upload go on the same day.
        let day = since.unwrap_or_else(|| Zone::utc().day(now));
        rows::add(&mut tx, self.whose, (self.mark, number), day, sealed).await?;
        tx.commit().await?;
        taken.spend();
        Ok(Reached::until(number + 1))
    }

    async fn whole(&self, part: Part) -> Result<Came> {
        let mut tx = self.app.db.read(&self.scope).await?;
        let sealed = rows::read(&mut tx, self.whose, self.mark).await?;
        drop(tx);
        let mut bytes = Vec::with_capacity(usize::try_from(part.offset).unwrap_or_default());
        for (at, (number, sealed)) in sealed.iter().enumerate() {
            let opened = open_part(&self.key, (&self.mark, *number), sealed);
            match opened.filter(|_| *number == at) {
                Some(opened) => bytes.extend(opened),
                None => return self.begin_again().await,
            }
        }
        if u64::try_from(bytes.len()).ok() != Some(part.offset) {
            return Ok(Came::Until(Reached::until(sealed.len())));
        }
        bytes.extend(part.bytes);
        if digest(&bytes) != part.whole {
            return self.begin_again().await;
        }
        bytes.truncate(part.length.unwrap_or(usize::MAX));
        Ok(Came::Whole(Upload {
            name: part.name,
            stage: part.stage,
            bytes,
        }))
    }

    /// What lies here will never be what it should be.
    async fn begin_again(&self) -> Result<Came> {
        self.clear().await?;
        let refused = Reached::refused(0, Code::UploadDamaged);
        Ok(Came::Until(refused))
    }

    async fn clear(&self) -> Result<()> {
        let mut tx = self.app.db.write(&self.scope).await?;
        rows::remove(&mut tx, self.whose, self.mark).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What came of the whole: the parts stay only where the last one may be tried once more.
    pub(crate) async fn settle(&self, result: Result<()>) -> Result<Reached> {
        let may_change = matches!(&result, Err(error) if is_passing(error));
        if !may_change {
            self.clear().await?;
        }
        result.map(|()| Reached::whole())
    }
}

/// Whether the same bytes may be taken a little later.
fn is_passing(error: &Error) -> bool {
    matches!(
        error.problem().code.kind(),
        Kind::Busy | Kind::Limited | Kind::Storage | Kind::Internal
    )
}

/// Forgets what nobody finished; how many parts there were.
pub async fn forget(app: &App) -> Result<u64> {
    let before = Zone::utc().day(app.now()).plus(-KEPT_DAYS);
    let scope = Scope::System("uploads that nobody finished are forgotten everywhere");
    let mut tx = app.db.write(&scope).await?;
    let parts = rows::forget(&mut tx, before).await?;
    tx.commit().await?;
    Ok(parts)
}
