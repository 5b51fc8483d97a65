//! Pictures and voice clips of a report: as a whole, or in parts.

use hezuo_domain::commitment::Hash;
use hezuo_domain::ids::{CaseId, EnterpriseId};
use hezuo_domain::report_code::Lookup;
use hezuo_domain::reports::{MAX_ATTACHMENTS, is_attachment_name};
use hezuo_domain::{Code, Scope};
use hezuo_store::cases::{self as rows, Attachment};
use hezuo_store::uploads::Whose;
use hezuo_store::{Tx, intake};

use super::open;
use crate::uploads::parts::{Came, Part, Reached, Shelf};
use crate::{App, Result, apart};

/// Bytes with the name that they shall have.
#[derive(Debug)]
pub struct Upload {
    /// The name within the case.
    pub name: String,
    /// `before` or `after`.
    pub stage: &'static str,
    /// The bytes as they came.
    pub bytes: Vec<u8>,
}

/// Makes an upload safe and stores it durably; the row that names it comes afterwards.
pub(crate) async fn store_upload(
    app: &App,
    enterprise: EnterpriseId,
    upload: Upload,
) -> Result<Attachment> {
    if !is_attachment_name(&upload.name) {
        return Err(Code::InputInvalid.at("name").into());
    }
    let safe = app.uploads.rewrite(upload.bytes).await?;
    let size = i64::try_from(safe.bytes.len()).unwrap_or(i64::MAX);
    let blob = app.blobs.put(enterprise, safe.bytes).await?;
    Ok(Attachment {
        name: upload.name,
        stage: if safe.kind.is_voice() {
            "voice"
        } else {
            upload.stage
        }
        .to_owned(),
        content_type: safe.kind.content_type().to_owned(),
        size,
        blob,
    })
}

/// The bytes of an upload that was stored, with what they are.
///
/// # Errors
/// `not_found` where they are gone.
pub(crate) async fn read_upload(
    app: &App,
    enterprise: EnterpriseId,
    content_type: String,
    blob: &Hash,
) -> Result<(String, bytes::Bytes)> {
    let bytes = app.blobs.get(enterprise, blob).await?;
    Ok((content_type, bytes.ok_or(Code::NotFound)?))
}

/// What an attachment of some name finds at its report.
struct Found {
    /// The report waits to be let out, or is kept apart from the team.
    waits: bool,
    /// One of this name is there already.
    has: bool,
}

/// Looks whether a report has an attachment of this name, or may get one.
///
/// # Errors
/// `apart.ended`, `upload.too_many`.
async fn has_or_may(tx: &mut Tx, report: CaseId, name: &str) -> Result<Found> {
    let waits = intake::find(tx, report).await?.is_some();
    // What was handed on in other words is not to be known again by a picture that comes late.
    let is_reworded = |it: apart::Standing| it.stage == apart::Stage::Reworded;
    if !waits && apart::standing(tx, report).await?.is_some_and(is_reworded) {
        return Err(Code::ApartEnded.into());
    }
    let present = if waits {
        intake::find_attachments(tx, report).await?
    } else {
        rows::find_attachments(tx, report).await?
    };
    let has = present.iter().any(|it| it.name == name);
    if !has && present.iter().filter(|it| it.stage != "after").count() >= MAX_ATTACHMENTS {
        return Err(Code::UploadTooMany.into());
    }
    Ok(Found { waits, has })
}

/// Adds a picture or voice clip to a report, by its code. The same name again changes nothing.
///
/// # Errors
/// `report.unknown_code`, `upload.*`.
pub async fn attach(app: &App, lookup: Lookup, upload: Upload) -> Result<()> {
    let entry = open(app, lookup).await?;
    // Asked before anything is stored: the same name again and again must not fill the disk.
    let mut tx = app.db.read(&Scope::ReportCode(entry.enterprise)).await?;
    if has_or_may(&mut tx, entry.case, &upload.name).await?.has {
        return Ok(());
    }
    drop(tx);
    let attachment = store_upload(app, entry.enterprise, upload).await?;
    let mut tx = app.db.write(&Scope::ReportCode(entry.enterprise)).await?;
    let found = has_or_may(&mut tx, entry.case, &attachment.name).await?;
    if found.waits {
        intake::save_attachment(&mut tx, entry.enterprise, entry.case, &attachment).await?;
    } else {
        rows::save_attachments(&mut tx, &[(entry.enterprise, entry.case, attachment)]).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Takes a part of a picture or voice clip; with the last one it is added as a whole would be.
///
/// # Errors
/// `report.unknown_code`, `upload.*`.
pub async fn attach_part(app: &App, lookup: Lookup, part: Part) -> Result<Reached> {
    let entry = open(app, lookup).await?;
    let scope = Scope::ReportCode(entry.enterprise);
    let whose = Whose::Report(entry.enterprise, entry.case);
    let shelf = Shelf::new(app, scope.clone(), whose, lookup.parts_key(), &part)?;
    let mut tx = app.db.read(&scope).await?;
    if has_or_may(&mut tx, entry.case, &part.name).await?.has {
        return Ok(Reached::whole());
    }
    drop(tx);
    match shelf.take(part).await? {
        Came::Until(reached) => Ok(reached),
        Came::Whole(upload) => shelf.settle(attach(app, lookup, upload).await).await,
    }
}

/// Checks an upload without storing it.
///
/// # Errors
/// `upload.*`.
pub async fn check_upload(app: &App, bytes: Vec<u8>) -> Result<()> {
    app.uploads.rewrite(bytes).await?;
    Ok(())
}
