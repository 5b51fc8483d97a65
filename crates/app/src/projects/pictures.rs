//! Pictures of projects: before and after, from the same place.

use bytes::Bytes;
use hezuo_domain::Code;
use hezuo_domain::ids::ProjectId;
use hezuo_domain::permissions::Permission;
use hezuo_domain::projects::{MAX_PICTURES, State};
use hezuo_store::projects::{self as rows, Picture};

use crate::reports::{self, Upload};
use crate::{Access, App, Result};

/// Adds a picture. One of after may name the one of before that it was taken from the same place
/// as. The same name again changes nothing.
///
/// # Errors
/// `upload.*`, `project.not_allowed` once it is verified or stopped, `input.invalid`, `forbidden`,
/// `not_found`.
pub async fn attach(
    app: &App,
    access: &Access,
    id: ProjectId,
    upload: Upload,
    beside: Option<String>,
) -> Result<()> {
    access.require(Permission::ProjectManage)?;
    let mut tx = app.db.read(&access.scope()).await?;
    let found = rows::find(&mut tx, id).await?.ok_or(Code::NotFound)?;
    drop(tx);
    // What was verified must not be given other pictures afterwards.
    if matches!(found.project.state, State::Verified | State::Stopped) {
        return Err(Code::ProjectNotAllowed.into());
    }
    let stored = reports::store_upload(app, access.enterprise.id, upload).await?;
    if stored.stage == "voice" {
        return Err(Code::NotAPicture.into());
    }
    let mut tx = app.db.write(&access.scope()).await?;
    let present = rows::pictures(&mut tx, id).await?;
    let is_before = |name: &String| {
        present
            .iter()
            .any(|it| it.stage == "before" && it.name == *name)
    };
    if beside.as_ref().is_some_and(|name| !is_before(name)) {
        return Err(Code::InputInvalid.at("beside").into());
    }
    let is_known = present.iter().any(|it| it.name == stored.name);
    if !is_known && present.len() >= MAX_PICTURES {
        return Err(Code::UploadTooMany.into());
    }
    let picture = Picture {
        beside: beside.filter(|_| stored.stage == "after"),
        name: stored.name,
        stage: stored.stage,
        content_type: stored.content_type,
        size: stored.size,
        blob: stored.blob,
    };
    let (user, today) = (access.caller.user, access.today(app));
    rows::add_pictures(&mut tx, access.enterprise.id, id, user, today, &[picture]).await?;
    tx.commit().await?;
    Ok(())
}

/// Reads a picture.
///
/// # Errors
/// `forbidden`, `not_found`.
pub async fn picture(
    app: &App,
    access: &Access,
    id: ProjectId,
    name: &str,
) -> Result<(String, Bytes)> {
    access.require(Permission::ProjectRead)?;
    let mut tx = app.db.read(&access.scope()).await?;
    let found = rows::pictures(&mut tx, id).await?;
    drop(tx);
    let found = found.into_iter().find(|it| it.name == name);
    let found = found.ok_or(Code::NotFound)?;
    reports::read_upload(app, access.enterprise.id, found.content_type, &found.blob).await
}
