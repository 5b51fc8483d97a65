//! The directory of enterprises and the divisions in which they lie.

use hezuo_domain::credit_code::{CheckDigit, CreditCode};
use hezuo_domain::ids::EnterpriseId;
use hezuo_domain::permissions::{self, Permission};
use hezuo_domain::places::{EnterpriseKind, PlacePath, RegionCode};
use hezuo_domain::time::{Day, Zone};
use hezuo_domain::wall_code::short_word;
use hezuo_domain::{Code, Scope};
use hezuo_store::places::{self as rows, DirectoryEntry, Enterprise, Region};

use crate::{App, Caller, Result};

/// A page of enterprises.
#[derive(Debug)]
pub struct Page {
    /// The lines.
    pub items: Vec<DirectoryEntry>,
    /// Where the next page begins: division and id.
    pub next: Option<(String, EnterpriseId)>,
}

/// The enterprises that the caller is entitled to, with their sums.
///
/// # Errors
/// `forbidden`.
pub async fn enterprises(
    app: &App,
    caller: &Caller,
    after: Option<(String, EnterpriseId)>,
    limit: i64,
) -> Result<Page> {
    let limit = limit.clamp(1, 200);
    let entitlement = caller.entitlement();
    let zone = Zone::named(&caller.home.time_zone).ok_or(Code::ZoneUnknown)?;
    let today = zone.day(app.now());
    let reads_region = permissions::can_in_region(&caller.grants, Permission::EnterpriseRead);
    let mut items = Vec::new();
    let mut tx = app.db.read(&Scope::Places(entitlement.clone())).await?;
    if reads_region {
        for region in outermost(&entitlement.regions) {
            let page =
                rows::directory_of_region(&mut tx, region, today, after.clone(), limit + 1).await?;
            items.extend(page);
        }
    }
    if after.is_none() {
        for enterprise in &entitlement.enterprises {
            let path = PlacePath::enterprise(*enterprise, None);
            if permissions::can(&caller.grants, Permission::EnterpriseRead, &path) {
                // An authority stands in its own entitlement, but it is no factory.
                let entry = rows::directory_entry(&mut tx, *enterprise, today).await?;
                let factory = EnterpriseKind::Enterprise.as_str();
                items.extend(entry.filter(|entry| entry.enterprise.kind == factory));
            }
        }
    } else if !reads_region {
        return Ok(Page { items, next: None });
    }
    if items.is_empty() && !reads_region && entitlement.enterprises.is_empty() {
        return Err(Code::Forbidden.into());
    }
    items.sort_by_key(key);
    items.dedup_by(|a, b| a.enterprise.id == b.enterprise.id);
    let has_more = items.len() as u64 > limit.unsigned_abs();
    items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = items.last().filter(|_| has_more).map(key);
    Ok(Page { items, next })
}

fn key(entry: &DirectoryEntry) -> (String, EnterpriseId) {
    (
        entry.enterprise.region_code.clone().unwrap_or_default(),
        entry.enterprise.id,
    )
}

/// Regions that lie in no other of them, so that no enterprise is listed twice.
pub(crate) fn outermost(regions: &[RegionCode]) -> impl Iterator<Item = &RegionCode> {
    regions.iter().filter(|inner| {
        !regions
            .iter()
            .any(|outer| outer != *inner && outer.contains(inner))
    })
}

/// What is entered about an enterprise.
#[derive(Debug, Clone)]
pub struct EnterpriseRequest {
    /// Its name.
    pub name: String,
    /// Unified social credit code; may be unknown.
    pub credit_code: Option<String>,
    /// Its division: where the plant is, not where it was registered.
    pub region_code: String,
    /// IANA time zone.
    pub time_zone: String,
}

/// What is entered about an enterprise, once it has been looked over.
pub(crate) struct Profile {
    pub(crate) name: String,
    pub(crate) credit_code: Option<String>,
    pub(crate) credit_code_ok: Option<bool>,
    /// None where nothing was entered.
    pub(crate) region: Option<RegionCode>,
    pub(crate) zone: Zone,
}

impl Profile {
    /// Looks over what was entered.
    pub(crate) fn read(request: &EnterpriseRequest) -> Result<Self> {
        let region = match request.region_code.trim() {
            "" => None,
            code => {
                let region: RegionCode = code.parse()?;
                if region.is_nation() {
                    return Err(Code::RegionUnknown.at("region_code").into());
                }
                Some(region)
            }
        };
        let zone = Zone::named(&request.time_zone).ok_or(Code::ZoneUnknown.at("time_zone"))?;
        let name = request.name.trim().to_owned();
        if name.is_empty() {
            return Err(Code::InputMissing.at("name").into());
        }
        if name.chars().count() > 120 {
            return Err(Code::InputTooLong.at("name").into());
        }
        let credit_code = request.credit_code.as_deref();
        let (credit_code, credit_code_ok) = match credit_code.filter(|it| !it.trim().is_empty()) {
            None => (None, None),
            Some(text) => {
                let parsed = CreditCode::parse(text);
                let (code, check) = parsed.or(Err(Code::CreditCodeMalformed.at("credit_code")))?;
                (Some(code.to_string()), Some(check == CheckDigit::Valid))
            }
        };
        Ok(Self {
            name,
            credit_code,
            credit_code_ok,
            region,
            zone,
        })
    }

    /// A check digit that differs is worth a second look, no more.
    pub(crate) fn warnings(credit_code_ok: Option<bool>) -> Vec<Code> {
        if credit_code_ok == Some(false) {
            vec![Code::CreditCodeCheck]
        } else {
            Vec::new()
        }
    }
}

/// Adds an enterprise. A credit code whose check digit differs gives a warning, never a refusal:
/// some valid codes fail.
///
/// # Errors
/// `forbidden`, `enterprise.*`, `input.*`.
pub async fn add_enterprise(
    app: &App,
    caller: &Caller,
    request: EnterpriseRequest,
) -> Result<(Enterprise, Vec<Code>)> {
    caller.require_in_region(Permission::EnterpriseManage)?;
    let profile = Profile::read(&request)?;
    let region = profile
        .region
        .ok_or(Code::RegionUnknown.at("region_code"))?;
    let id = EnterpriseId::random(app.random.as_ref());
    let path = PlacePath::enterprise(id, Some(region.clone()));
    if !permissions::can(&caller.grants, Permission::EnterpriseManage, &path) {
        return Err(Code::Forbidden.into());
    }
    let mut five = [0; 5];
    app.random.fill(&mut five);
    let enterprise = Enterprise {
        id,
        short_code: short_word(&five),
        kind: EnterpriseKind::Enterprise.as_str().to_owned(),
        name: profile.name,
        credit_code: profile.credit_code,
        credit_code_ok: profile.credit_code_ok,
        region_code: Some(region.to_string()),
        time_zone: request.time_zone,
    };
    let scope = Scope::System("the directory of enterprises has no tenant");
    let mut tx = app.db.write(&scope).await?;
    rows::add_enterprises(
        &mut tx,
        std::slice::from_ref(&enterprise),
        profile.zone.day(app.now()),
    )
    .await?;
    tx.commit().await?;
    let warnings = Profile::warnings(profile.credit_code_ok);
    Ok((enterprise, warnings))
}

/// The divisions directly under another, as they are valid today; the provinces under none.
pub async fn regions(app: &App, caller: &Caller, under: Option<&str>) -> Result<Vec<Region>> {
    let zone = Zone::named(&caller.home.time_zone).ok_or(Code::ZoneUnknown)?;
    let today = zone.day(app.now());
    let scope = Scope::System("divisions have no tenant");
    let mut tx = app.db.read(&scope).await?;
    let region: Option<RegionCode> = match under {
        None | Some("") => None,
        Some(code) => Some(code.parse()?),
    };
    let prefix = region.as_ref().map_or("", |it| it.prefix()).to_owned();
    let found = rows::regions_between(&mut tx, &prefix, &format!("{prefix}~"), today).await?;
    let children: Vec<Region> = found
        .iter()
        .filter(|it| is_child(region.as_ref(), &it.code))
        .cloned()
        .collect();
    // Municipalities and counties under a province have no prefecture: show what there is.
    let is_below =
        |it: &&Region| it.code.len() == 6 && it.code.trim_end_matches('0').len() > prefix.len();
    if children.is_empty() {
        Ok(found.iter().filter(is_below).cloned().collect())
    } else {
        Ok(children)
    }
}

fn is_child(parent: Option<&RegionCode>, code: &str) -> bool {
    let Ok(code) = code.parse::<RegionCode>() else {
        return false;
    };
    let digits = parent.map_or(Some(2), RegionCode::digits_below);
    digits == Some(code.prefix().len()) && parent.is_none_or(|parent| parent.contains(&code))
}

/// Brings divisions and rule packs of this binary into the database; runs at every start.
pub async fn load_packs(app: &App) -> Result<()> {
    let broken = |error: hezuo_packs::PackError| crate::Error::Internal(error.to_string());
    let year_day = |year: Option<u16>, month: i8, day: i8| {
        year.and_then(|year| Day::from_date(i16::try_from(year).ok()?, month, day))
    };
    let regions = hezuo_packs::regions()
        .map_err(broken)?
        .into_iter()
        .map(|it| {
            (
                it.code.to_string(),
                year_day(it.valid_from_year, 1, 1).unwrap_or(Day(-36_524)),
                year_day(it.valid_to_year, 12, 31),
                it.name_zh,
                it.name_en.unwrap_or_default(),
            )
        });
    let towns = hezuo_packs::towns().map_err(broken)?.into_iter().map(|it| {
        let name_en = it.name_en.unwrap_or_default();
        (it.code.to_string(), Day(-36_524), None, it.name_zh, name_en)
    });
    let (list, version, text) = hezuo_packs::TOWN_LIST;
    let town_list = (
        list.to_owned(),
        version.to_owned(),
        false,
        "National Bureau of Statistics".to_owned(),
        text.to_owned(),
    );
    let packs = hezuo_packs::rule_files()
        .map_err(broken)?
        .into_iter()
        .map(|file| {
            let header = file.header;
            (
                header.id,
                header.version,
                header.verified,
                header.source,
                file.text.to_owned(),
            )
        });
    let scope = Scope::System("divisions and packs have no tenant");
    let mut tx = app.db.write(&scope).await?;
    let is_new = rows::save_packs(&mut tx, packs.chain([town_list]).collect()).await? > 0;
    if is_new {
        rows::save_regions(&mut tx, regions.chain(towns).collect()).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Every enterprise and authority, for commands that go through all of them.
pub async fn all(app: &App) -> Result<Vec<EnterpriseId>> {
    let scope = Scope::System("the directory of enterprises has no tenant");
    let mut tx = app.db.read(&scope).await?;
    Ok(rows::all_enterprises(&mut tx).await?)
}
