//! Everything that is held about the caller, taken home as one ZIP: a page to read, the same for machines, and
//! the pictures that the caller has added under his name.
//!
//! The account is tied to no report, whoever reported and however, and nothing here ties it: a superior who
//! makes somebody open this file must learn nothing from it about what was reported.

mod parcel;
mod tell;
mod write;

use std::sync::Arc;

use hezuo_domain::accounts::Act;
use hezuo_domain::own_data::Section;
use hezuo_domain::signatures::Signature;
use hezuo_domain::time::Zone;
use hezuo_domain::{Code, Scope};
use hezuo_store::own_data::{self as rows, Held, Line, Owner, Picture};
use hezuo_store::{Tx, places};

use crate::accounts::{Fact, Scene};
use crate::cases::export::Words;
use crate::{App, Caller, Error, Result, people};

pub use parcel::Parcel;
use tell::Teller;
use write::Writer;

/// Rows that are read at a time across enterprises.
const PIECE: i64 = 2_000;

/// Takes home what is held about the caller, in the language of the words. The owner is told that it was done.
///
/// # Errors
/// `session.step_up`, `own_data.limited`.
pub async fn take(app: Arc<App>, caller: &Caller, words: Words<'_>) -> Result<Parcel> {
    caller.sign(&app, Signature::TakeOwnData)?;
    if !app
        .limits
        .own_data
        .take(&caller.user.0.to_string(), app.now())
    {
        return Err(Code::OwnDataLimited.into());
    }
    note(&app, caller).await?;
    let zone = Zone::named(&caller.home.time_zone).ok_or(Code::ZoneUnknown)?;
    let teller = Teller::new(&app, caller, zone, words);
    let mut writer = Writer::new(&teller, &caller.home.name, app.now())?;
    let mut pictures = Vec::new();
    for section in Section::ALL {
        writer.begin(*section)?;
        pictures.extend(section_rows(&app, caller, *section, &mut writer).await?);
        writer.end()?;
    }
    let texts = writer.finish()?;
    Parcel::new(app, caller.home.id, texts, pictures)
}

/// Keeps that it was done before anything is given away: if it was not the owner, he must know.
async fn note(app: &App, caller: &Caller) -> Result<()> {
    people::write_failed(app, (caller.home.id, caller.user)).await?;
    let scene = Scene {
        app,
        enterprise: &caller.home,
        actor: Some(caller.user),
        users: &[],
    };
    let fact = Fact::done(Act::DataTaken, caller.user, None);
    let mut tx = app.db.write(&Scope::Enterprise(caller.home.id)).await?;
    scene.record(&mut tx, &[fact]).await?;
    tx.commit().await?;
    Ok(())
}

/// Writes the rows of a section; which pictures go with them.
async fn section_rows(
    app: &App,
    caller: &Caller,
    section: Section,
    writer: &mut Writer<'_>,
) -> Result<Vec<(String, Picture)>> {
    let owner = Owner {
        user: caller.user,
        person: caller.person,
    };
    if rows::is_across(section) {
        let scope =
            Scope::System("what somebody did stands with the enterprise in which he did it");
        let mut tx = app.db.read(&scope).await?;
        let mut after = None;
        loop {
            let (lines, next) = rows::page(&mut tx, section, owner, after, PIECE).await?;
            writer.rows(section, &lines)?;
            after = next;
            if after.is_none() {
                return Ok(Vec::new());
            }
        }
    }
    let mut tx = app.db.read(&Scope::Enterprise(caller.home.id)).await?;
    if section == Section::Pictures {
        let found = rows::pictures(&mut tx, owner).await?;
        return named_pictures(found, writer);
    }
    let mut lines = rows::lines(&mut tx, section, owner).await?;
    if section == Section::Roles {
        name_places(caller, &mut tx, &mut lines).await?;
    }
    writer.rows(section, &lines)?;
    Ok(Vec::new())
}

/// Pictures of several projects may have one name: each gets a number before it.
fn named_pictures(
    found: Vec<(Line, Picture)>,
    writer: &mut Writer<'_>,
) -> Result<Vec<(String, Picture)>> {
    let mut pictures = Vec::with_capacity(found.len());
    let mut lines = Vec::with_capacity(found.len());
    for (number, (mut line, picture)) in (1..).zip(found) {
        let path = format!("pictures/{number:04}-{}", picture.name);
        line.0[3] = Held::Text(path.clone());
        lines.push(line);
        pictures.push((path, picture));
    }
    writer.rows(Section::Pictures, &lines)?;
    Ok(pictures)
}

/// Puts the names of the home and of its areas in the place of their ids.
async fn name_places(caller: &Caller, tx: &mut Tx, lines: &mut [Line]) -> Result<()> {
    for line in lines {
        let [_, Held::Text(kind), Held::Text(key)] = line.0.as_slice() else {
            return Err(Error::Internal("a role has no place".to_owned()));
        };
        let name = match kind.as_str() {
            "enterprise" => Some(caller.home.name.clone()),
            "area" => match key.parse::<uuid::Uuid>() {
                Ok(id) => places::area_name(tx, id.into()).await?,
                Err(_) => None,
            },
            _ => None,
        };
        if let Some(name) = name {
            line.0[2] = Held::Text(name);
        }
    }
    Ok(())
}
