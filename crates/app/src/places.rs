//! Sites, areas and machines, their head counts and the codes on their walls.

use hezuo_domain::accounts::{Act, check_together};
use hezuo_domain::ids::{AreaId, SiteId, UserId};
use hezuo_domain::permissions::Permission;
use hezuo_domain::places::AreaKind;
use hezuo_domain::wall_code::{WallCode, short_word};
use hezuo_domain::{Code, Problem};
use hezuo_store::places::{self as rows, Area, Setting, Site};
use hezuo_store::{people, tallies};

use crate::accounts::{Fact, Scene};
use crate::{Access, App, Result};

/// Everything about an enterprise's places.
#[derive(Debug, Clone)]
pub struct Places {
    /// What the enterprise has set.
    pub setting: Setting,
    /// The sites.
    pub sites: Vec<Site>,
    /// The areas and machines.
    pub areas: Vec<Area>,
}

/// Reads sites, areas and settings.
///
/// # Errors
/// `forbidden`.
pub async fn places(app: &App, access: &Access) -> Result<Places> {
    access.require_somewhere(Permission::PlaceRead)?;
    let mut tx = app.db.read(&access.scope()).await?;
    Ok(Places {
        setting: rows::find_setting(&mut tx).await?,
        sites: rows::sites(&mut tx).await?,
        areas: rows::areas(&mut tx).await?,
    })
}

/// The address that an area's code leads to, from the server's root.
pub fn report_path(app: &App, enterprise_code: &str, area_code: Option<&str>) -> String {
    let code = WallCode {
        enterprise: enterprise_code.to_owned(),
        area: area_code.map(str::to_owned),
    };
    format!("/r/{}", app.wall().path(&code))
}

/// Saves the number to call and who besides the worker representative reads what is said in
/// confidence. Whether another confidant waits for a representative's agreement.
///
/// # Errors
/// `forbidden`, `input.*`, `user.role_conflict`.
pub async fn save_setting(
    app: &App,
    access: &Access,
    phone: &str,
    confidant: Option<UserId>,
) -> Result<bool> {
    access.require(Permission::PlaceManage)?;
    let phone = phone.trim();
    let is_dialled = |it: char| it.is_ascii_digit() || matches!(it, '+' | '-' | ' ' | '(' | ')');
    if phone.chars().count() > 30 || !phone.chars().all(is_dialled) {
        return Err(Code::InputInvalid.at("emergency_phone").into());
    }
    let mut tx = app.db.write(&access.scope()).await?;
    let before = rows::find_setting(&mut tx).await?.confidant_user_id;
    let before = before.map(UserId);
    if before == confidant {
        rows::save_setting(&mut tx, phone, confidant).await?;
        tx.commit().await?;
        return Ok(false);
    }
    let users = people::users(&mut tx).await?;
    let scene = Scene {
        app,
        enterprise: &access.enterprise,
        actor: Some(access.caller.user),
        users: &users,
    };
    let mut facts = Vec::new();
    let mut waits = false;
    if let Some(confidant) = confidant {
        let found = users.iter().find(|it| it.id == confidant && !it.disabled);
        let found = found.ok_or(Code::InputInvalid.at("confidant_user_id"))?;
        check_together(&found.grants, true, true)?;
        let wanted = (Act::Confide, None);
        waits = scene.must_wait(&mut tx, wanted, None, false).await?;
        facts.push(Fact::done(Act::Confide, confidant, None));
    }
    if waits {
        let wanted = confidant.map(|it| (Act::Confide, it, None));
        scene
            .hold(&mut tx, access.caller.user, wanted.into_iter().collect())
            .await?;
        rows::save_setting(&mut tx, phone, before).await?;
    } else {
        facts.extend(before.map(|it| Fact::done(Act::Unconfide, it, None)));
        scene.record(&mut tx, &facts).await?;
        rows::save_setting(&mut tx, phone, confidant).await?;
    }
    tx.commit().await?;
    Ok(waits)
}

fn named(name: &str, path: &str) -> Result<String, Problem> {
    let name = name.trim();
    match name.chars().count() {
        0 => Err(Code::InputMissing.at(path)),
        1..=80 => Ok(name.to_owned()),
        _ => Err(Code::InputTooLong.at(path)),
    }
}

/// What is entered about a site.
#[derive(Debug, Clone, Default)]
pub struct SiteEntry {
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: String,
    /// Its division.
    pub region_code: Option<String>,
}

fn site(id: SiteId, entry: &SiteEntry) -> Result<Site, Problem> {
    let region = entry.region_code.as_deref().filter(|code| !code.is_empty());
    if let Some(code) = region {
        code.parse::<hezuo_domain::places::RegionCode>()?;
    }
    let address = entry.address.trim();
    if address.chars().count() > 200 {
        return Err(Code::InputTooLong.at("address"));
    }
    Ok(Site {
        id,
        name: named(&entry.name, "name")?,
        address: address.to_owned(),
        region_code: region.map(str::to_owned),
    })
}

/// Adds a site.
///
/// # Errors
/// `forbidden`, `input.*`.
pub async fn add_site(app: &App, access: &Access, entry: &SiteEntry) -> Result<Site> {
    access.require(Permission::PlaceManage)?;
    let site = site(SiteId::random(app.random.as_ref()), entry)?;
    let mut tx = app.db.write(&access.scope()).await?;
    rows::add_sites(&mut tx, &[(access.enterprise.id, site.clone())]).await?;
    tx.commit().await?;
    Ok(site)
}

/// Changes a site.
///
/// # Errors
/// `forbidden`, `not_found`, `input.*`.
pub async fn change_site(
    app: &App,
    access: &Access,
    id: SiteId,
    entry: &SiteEntry,
) -> Result<Site> {
    access.require(Permission::PlaceManage)?;
    let site = site(id, entry)?;
    let mut tx = app.db.write(&access.scope()).await?;
    if !rows::change_site(&mut tx, &site).await? {
        return Err(Code::NotFound.into());
    }
    tx.commit().await?;
    Ok(site)
}

/// Adds an area, or a machine in one; its wall code comes with it.
///
/// # Errors
/// `forbidden`, `input.*`.
pub async fn add_area(
    app: &App,
    access: &Access,
    site: SiteId,
    parent: Option<AreaId>,
    kind: AreaKind,
    name: &str,
) -> Result<Area> {
    access.require(Permission::PlaceManage)?;
    let mut five = [0; 5];
    app.random.fill(&mut five);
    let area = Area {
        id: AreaId::random(app.random.as_ref()),
        site_id: site,
        parent_id: parent.map(|parent| parent.0),
        kind: kind.as_str().to_owned(),
        name: named(name, "name")?,
        code: short_word(&five),
        heads: None,
        heads_day: None,
    };
    let mut tx = app.db.write(&access.scope()).await?;
    if !rows::sites(&mut tx).await?.iter().any(|it| it.id == site) {
        return Err(Code::InputInvalid.at("site_id").into());
    }
    if let Some(parent) = parent {
        let around = rows::areas(&mut tx)
            .await?
            .into_iter()
            .find(|it| it.id == parent);
        let fits =
            around.is_some_and(|it| it.site_id == site && it.kind == AreaKind::Area.as_str());
        if !fits {
            return Err(Code::InputInvalid.at("parent_id").into());
        }
    }
    rows::add_areas(&mut tx, &[(access.enterprise.id, area.clone())]).await?;
    tallies::look_at(&mut tx, &[access.enterprise.id]).await?;
    tx.commit().await?;
    Ok(area)
}

/// Renames an area.
///
/// # Errors
/// `forbidden`, `not_found`, `input.*`.
pub async fn rename_area(app: &App, access: &Access, id: AreaId, name: &str) -> Result<()> {
    access.require(Permission::PlaceManage)?;
    let name = named(name, "name")?;
    let mut tx = app.db.write(&access.scope()).await?;
    if !rows::rename_area(&mut tx, id, &name).await? {
        return Err(Code::NotFound.into());
    }
    tx.commit().await?;
    Ok(())
}

/// Attests how many people work in an area; an anonymous report keeps it from ten on.
///
/// # Errors
/// `forbidden`, `not_found`, `input.invalid`.
pub async fn attest_heads(app: &App, access: &Access, id: AreaId, heads: i64) -> Result<()> {
    access.require(Permission::HeadsAttest)?;
    if !(0..=100_000).contains(&heads) {
        return Err(Code::InputInvalid.at("heads").into());
    }
    let today = access.today(app);
    let mut tx = app.db.write(&access.scope()).await?;
    if !rows::attest_heads(&mut tx, id, heads, access.caller.user, today).await? {
        return Err(Code::NotFound.into());
    }
    tallies::look_at(&mut tx, &[access.enterprise.id]).await?;
    tx.commit().await?;
    Ok(())
}
