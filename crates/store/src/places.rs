//! Regions, the directory of enterprises, sites, areas and settings.

use std::collections::{BTreeSet, HashMap, HashSet};

use hezuo_domain::ids::{AreaId, EnterpriseId, SiteId, UserId};
use hezuo_domain::places::RegionCode;
use hezuo_domain::time::Day;
use hezuo_domain::wall_code::WallCode;
use uuid::Uuid;

use crate::db::Tx;
use crate::error::Result;
use crate::statement::statements;
use crate::value::{Value, args};

statements! {
    global_rows ADD_REGIONS = (5, "INSERT INTO region (code, valid_from, valid_to, name_zh,
        name_en)", "ON CONFLICT (code, valid_from) DO UPDATE SET valid_to = excluded.valid_to,
        name_zh = excluded.name_zh, name_en = excluded.name_en");
    global REGIONS_UNDER = "SELECT code, name_zh, name_en FROM region
        WHERE code >= $1 AND code < $2 AND valid_from <= $3
          AND (valid_to IS NULL OR valid_to >= $3) ORDER BY code";
    many REGIONS_NAMED = ("divisions have no tenant, whoever asks for their names", 2,
        "WITH asked (code, day) AS (", ") SELECT r.code, r.name_zh, r.name_en FROM asked
        JOIN region r ON r.code = asked.code WHERE r.valid_from <= CAST(asked.day AS BIGINT)
          AND (r.valid_to IS NULL OR r.valid_to >= CAST(asked.day AS BIGINT)) ORDER BY r.code");
    global_rows ADD_PACKS = (5, "INSERT INTO pack (id, version, verified, source, body)",
        "ON CONFLICT (id, version) DO NOTHING");
    global_rows ADD_ENTERPRISES = (9, "INSERT INTO enterprise (id, short_code, kind, name,
        credit_code, credit_code_ok, region_code, time_zone, created_day)", "");
    global FIND_ENTERPRISE = "SELECT id, short_code, kind, name, credit_code, credit_code_ok,
        region_code, time_zone FROM enterprise WHERE id = $1";
    global FIND_BY_SHORT_CODE = "SELECT id, short_code, kind, name, credit_code, credit_code_ok,
        region_code, time_zone FROM enterprise WHERE short_code = $1";
    global ALL_ENTERPRISES = "SELECT id FROM enterprise ORDER BY id";
    cross DIRECTORY_OF_REGION = ("an officer reads the enterprises in his region",
        "SELECT id, short_code, kind, name, credit_code, credit_code_ok, region_code, time_zone
        FROM enterprise WHERE region_code >= $1 AND region_code < $2 AND kind = 'enterprise'
            AND (region_code, id) > ($3, $4) ORDER BY region_code, id LIMIT $5");
    many WORK_LEFT = ("an officer reads what is left to do in the enterprises of a page", 2,
        "WITH asked (id, today) AS (", ") SELECT asked.id,
            CAST(COALESCE(SUM(CASE WHEN t.measure = 'state'
                AND t.slice IN ('new', 'accepted', 'planned', 'done') THEN t.n END), 0)
                AS BIGINT) AS open,
            CAST(COALESCE(SUM(CASE WHEN t.measure = 'due' AND t.local_day < asked.today
                THEN t.n END), 0) AS BIGINT) AS overdue
        FROM asked JOIN tally t ON t.enterprise_id = asked.id AND t.measure IN ('state', 'due')
        GROUP BY asked.id");
    global_rows ADD_ALIASES = (3, "INSERT INTO enterprise_alias (scheme, value, enterprise_id)",
        "ON CONFLICT (scheme, value) DO NOTHING");
    global FIND_ALIASES = "SELECT value, enterprise_id FROM enterprise_alias WHERE scheme = $1";
    tenant SAVE_SETTING = "INSERT INTO enterprise_setting
        (enterprise_id, emergency_phone, confidant_user_id) SELECT id, $2, $3 FROM enterprise
        WHERE id = $1 /* enterprise_id = $1 */
        ON CONFLICT (enterprise_id) DO UPDATE SET emergency_phone = excluded.emergency_phone,
        confidant_user_id = excluded.confidant_user_id";
    tenant FIND_SETTING = "SELECT emergency_phone, confidant_user_id FROM enterprise_setting
        WHERE enterprise_id = $1";
    rows ADD_SITES = (5, "INSERT INTO site (enterprise_id, id, name, address, region_code)", "");
    tenant CHANGE_SITE = "UPDATE site SET name = $3, address = $4, region_code = $5
        WHERE enterprise_id = $1 AND id = $2";
    tenant SITES = "SELECT id, name, address, region_code FROM site
        WHERE enterprise_id = $1 ORDER BY name, id";
    rows ADD_AREAS = (9, "INSERT INTO area (enterprise_id, id, site_id, parent_id, kind, name,
        code, heads, heads_day)", "");
    tenant AREA_NAME = "SELECT name FROM area WHERE enterprise_id = $1 AND id = $2";
    tenant RENAME_AREA = "UPDATE area SET name = $3 WHERE enterprise_id = $1 AND id = $2";
    tenant ATTEST_HEADS = "UPDATE area SET heads = $3, heads_by = $4, heads_day = $5
        WHERE enterprise_id = $1 AND id = $2";
    tenant AREAS = "SELECT id, site_id, parent_id, kind, name, code, heads, heads_day FROM area
        WHERE enterprise_id = $1 ORDER BY name, id";
    many COMING_IN = ("wall codes lead to their enterprises in one breath", 1,
        "WITH asked (short_code) AS (", ") SELECT e.id, e.short_code, e.kind, e.name, e.credit_code, e.credit_code_ok,
            e.region_code, e.time_zone
        FROM asked JOIN enterprise e ON e.short_code = asked.short_code ORDER BY e.id");
    many AREAS_OF = ("wall codes lead to areas of their enterprises in one breath", 1,
        "WITH asked (enterprise_id) AS (", ") SELECT a.enterprise_id, a.id, a.site_id, a.parent_id, a.kind, a.name,
            a.code, a.heads, a.heads_day
        FROM asked JOIN area a ON a.enterprise_id = asked.enterprise_id
        ORDER BY a.enterprise_id, a.name, a.id");
    many AREAS_CODED = ("wall codes lead to areas of their enterprises in one breath", 2,
        "WITH asked (enterprise_id, code) AS (", ") SELECT a.enterprise_id, a.id, a.site_id, a.parent_id, a.kind,
            a.name, a.code, a.heads, a.heads_day
        FROM asked JOIN area a ON a.enterprise_id = asked.enterprise_id AND a.code = asked.code");
    many AREAS_AROUND = ("wall codes lead to areas of their enterprises in one breath", 2,
        "WITH asked (enterprise_id, id) AS (", ") SELECT a.enterprise_id, a.id, a.site_id, a.parent_id, a.kind,
            a.name, a.code, a.heads, a.heads_day
        FROM asked JOIN area a ON a.enterprise_id = asked.enterprise_id AND a.id = asked.id");
}

/// A division as listed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Region {
    /// Six digits, or nine of a town.
    pub code: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name; empty where none is known.
    pub name_en: String,
}

/// Validity of a division with its names: code, from, to, Chinese, English.
pub type RegionEntry = (String, Day, Option<Day>, String, String);

/// Brings the divisions up to date.
pub async fn save_regions(tx: &mut Tx, regions: Vec<RegionEntry>) -> Result<()> {
    let rows = regions
        .into_iter()
        .map(|(code, from, to, zh, en)| args![code, from, to, zh, en]);
    tx.insert(&ADD_REGIONS, rows.collect()).await?;
    Ok(())
}

/// The divisions from `low` (included) to `high` (excluded) that are valid on a day.
pub async fn regions_between(tx: &mut Tx, low: &str, high: &str, day: Day) -> Result<Vec<Region>> {
    tx.all(&REGIONS_UNDER, args![low, high, day]).await
}

/// The names of divisions on a day, those that have one.
pub async fn regions_named(
    tx: &mut Tx,
    codes: impl IntoIterator<Item = String>,
    day: Day,
) -> Result<Vec<Region>> {
    let asked = codes.into_iter().map(|code| args![code, day]).collect();
    tx.many(&REGIONS_NAMED, asked).await
}

/// Keeps versions of rule packs: id, version, verified, source, body. Tells how many were new.
pub async fn save_packs(
    tx: &mut Tx,
    packs: Vec<(String, String, bool, String, String)>,
) -> Result<u64> {
    let rows = packs
        .into_iter()
        .map(|(id, version, ok, source, body)| args![id, version, ok, source, body]);
    tx.insert(&ADD_PACKS, rows.collect()).await
}

/// An enterprise or authority in the directory.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Enterprise {
    /// The tenant.
    #[sqlx(try_from = "Uuid")]
    pub id: EnterpriseId,
    /// The word in its wall codes.
    pub short_code: String,
    /// `enterprise` or `authority`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Unified social credit code.
    pub credit_code: Option<String>,
    /// Whether its check digit is right; some valid codes fail.
    pub credit_code_ok: Option<bool>,
    /// Division.
    pub region_code: Option<String>,
    /// IANA time zone.
    pub time_zone: String,
}

impl Enterprise {
    /// The division, where it is known and well-formed.
    pub fn region(&self) -> Option<RegionCode> {
        self.region_code
            .as_deref()
            .and_then(|code| code.parse().ok())
    }
}

/// Adds entries to the directory.
pub async fn add_enterprises(tx: &mut Tx, enterprises: &[Enterprise], day: Day) -> Result<()> {
    let row = |it: &Enterprise| -> Vec<Value> {
        args![
            it.id,
            &it.short_code,
            &it.kind,
            &it.name,
            it.credit_code.as_ref(),
            it.credit_code_ok,
            it.region_code.as_ref(),
            &it.time_zone,
            day
        ]
    };
    tx.insert(&ADD_ENTERPRISES, enterprises.iter().map(row).collect())
        .await?;
    let ids: Vec<EnterpriseId> = enterprises.iter().map(|it| it.id).collect();
    crate::tallies::look_at(tx, &ids).await
}

/// Finds an enterprise.
pub async fn find_enterprise(tx: &mut Tx, id: EnterpriseId) -> Result<Option<Enterprise>> {
    tx.optional(&FIND_ENTERPRISE, args![id]).await
}

/// Finds an enterprise by the word in its wall codes.
pub async fn find_by_short_code(tx: &mut Tx, short_code: &str) -> Result<Option<Enterprise>> {
    tx.optional(&FIND_BY_SHORT_CODE, args![short_code]).await
}

/// The ids of all entries of the directory.
pub async fn all_enterprises(tx: &mut Tx) -> Result<Vec<EnterpriseId>> {
    let rows: Vec<(Uuid,)> = tx.all(&ALL_ENTERPRISES, args![]).await?;
    Ok(rows.into_iter().map(|(id,)| EnterpriseId(id)).collect())
}

/// An enterprise with its sums.
#[derive(Debug, Clone)]
pub struct DirectoryEntry {
    /// The enterprise.
    pub enterprise: Enterprise,
    /// Cases that somebody still has to do something about.
    pub open: i64,
    /// Planned ones whose day has passed.
    pub overdue: i64,
}

/// A page of the enterprises of a region, after (division, id).
pub async fn directory_of_region(
    tx: &mut Tx,
    region: &RegionCode,
    today: Day,
    after: Option<(String, EnterpriseId)>,
    limit: i64,
) -> Result<Vec<DirectoryEntry>> {
    let (after_region, after_id) = after.unwrap_or((String::new(), EnterpriseId(Uuid::nil())));
    let low = region.prefix().to_owned();
    let high = format!("{low}~");
    let values = args![low, high, after_region, after_id, limit];
    let found = tx.all(&DIRECTORY_OF_REGION, values).await?;
    work_left(tx, found, today).await
}

/// One enterprise with its sums.
pub async fn directory_entry(
    tx: &mut Tx,
    id: EnterpriseId,
    today: Day,
) -> Result<Option<DirectoryEntry>> {
    let found = find_enterprise(tx, id).await?;
    Ok(work_left(tx, found.into_iter().collect(), today)
        .await?
        .pop())
}

async fn work_left(tx: &mut Tx, found: Vec<Enterprise>, today: Day) -> Result<Vec<DirectoryEntry>> {
    let asked = found.iter().map(|it| args![it.id, today]).collect();
    let rows: Vec<(Uuid, i64, i64)> = tx.many(&WORK_LEFT, asked).await?;
    let left: HashMap<Uuid, (i64, i64)> = rows
        .into_iter()
        .map(|(id, open, overdue)| (id, (open, overdue)))
        .collect();
    let entry = |enterprise: Enterprise| {
        let (open, overdue) = left.get(&enterprise.id.0).copied().unwrap_or_default();
        DirectoryEntry {
            enterprise,
            open,
            overdue,
        }
    };
    Ok(found.into_iter().map(entry).collect())
}

/// Names enterprises in another register; how many of the names were new.
pub async fn add_aliases(
    tx: &mut Tx,
    scheme: &str,
    aliases: &[(String, EnterpriseId)],
) -> Result<u64> {
    let rows = aliases
        .iter()
        .map(|(value, enterprise)| args![scheme, value, *enterprise]);
    tx.insert(&ADD_ALIASES, rows.collect()).await
}

/// All names of one other register.
pub async fn find_aliases(tx: &mut Tx, scheme: &str) -> Result<Vec<(String, EnterpriseId)>> {
    let rows: Vec<(String, Uuid)> = tx.all(&FIND_ALIASES, args![scheme]).await?;
    Ok(rows
        .into_iter()
        .map(|(value, id)| (value, EnterpriseId(id)))
        .collect())
}

/// What an enterprise has set.
#[derive(Debug, Clone, Default, sqlx::FromRow)]
pub struct Setting {
    /// The number to call in danger.
    pub emergency_phone: String,
    /// The EIT person who may read what is said in confidence.
    pub confidant_user_id: Option<Uuid>,
}

/// Saves the settings.
pub async fn save_setting(tx: &mut Tx, phone: &str, confidant: Option<UserId>) -> Result<()> {
    tx.execute(&SAVE_SETTING, args![phone, confidant]).await?;
    Ok(())
}

/// Reads the settings; the default before any were saved.
pub async fn find_setting(tx: &mut Tx) -> Result<Setting> {
    Ok(tx
        .optional(&FIND_SETTING, args![])
        .await?
        .unwrap_or_default())
}

/// A site.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Site {
    /// Random id.
    #[sqlx(try_from = "Uuid")]
    pub id: SiteId,
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: String,
    /// Its division.
    pub region_code: Option<String>,
}

/// Adds sites.
pub async fn add_sites(tx: &mut Tx, sites: &[(EnterpriseId, Site)]) -> Result<()> {
    let rows = sites.iter().map(|(enterprise, it)| {
        args![
            *enterprise,
            it.id,
            &it.name,
            &it.address,
            it.region_code.as_ref()
        ]
    });
    tx.insert(&ADD_SITES, rows.collect()).await?;
    Ok(())
}

/// Changes a site; false where there is none.
pub async fn change_site(tx: &mut Tx, it: &Site) -> Result<bool> {
    let values = args![it.id, &it.name, &it.address, it.region_code.as_ref()];
    Ok(tx.execute(&CHANGE_SITE, values).await? == 1)
}

/// The sites of the scope's enterprise.
pub async fn sites(tx: &mut Tx) -> Result<Vec<Site>> {
    tx.all(&SITES, args![]).await
}

/// An area or machine.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Area {
    /// Random id.
    #[sqlx(try_from = "Uuid")]
    pub id: AreaId,
    /// Its site.
    #[sqlx(try_from = "Uuid")]
    pub site_id: SiteId,
    /// The area around it.
    pub parent_id: Option<Uuid>,
    /// `area` or `machine`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The word in its wall code.
    pub code: String,
    /// People working there, once attested.
    pub heads: Option<i64>,
    /// The day of the attestation.
    pub heads_day: Option<i64>,
}

/// Adds areas.
pub async fn add_areas(tx: &mut Tx, areas: &[(EnterpriseId, Area)]) -> Result<()> {
    let rows = areas.iter().map(|(enterprise, it)| {
        args![
            *enterprise,
            it.id,
            it.site_id,
            it.parent_id,
            &it.kind,
            &it.name,
            &it.code,
            it.heads,
            it.heads_day
        ]
    });
    tx.insert(&ADD_AREAS, rows.collect()).await?;
    Ok(())
}

/// An area's name.
pub async fn area_name(tx: &mut Tx, id: AreaId) -> Result<Option<String>> {
    let row: Option<(String,)> = tx.optional(&AREA_NAME, args![id]).await?;
    Ok(row.map(|(name,)| name))
}

/// Renames an area; false where there is none.
pub async fn rename_area(tx: &mut Tx, id: AreaId, name: &str) -> Result<bool> {
    Ok(tx.execute(&RENAME_AREA, args![id, name]).await? == 1)
}

/// Notes how many people work in an area, who says so, and when; false where there is none.
pub async fn attest_heads(
    tx: &mut Tx,
    id: AreaId,
    heads: i64,
    by: UserId,
    day: Day,
) -> Result<bool> {
    Ok(tx.execute(&ATTEST_HEADS, args![id, heads, by, day]).await? == 1)
}

/// The areas of the scope's enterprise.
pub async fn areas(tx: &mut Tx) -> Result<Vec<Area>> {
    tx.all(&AREAS, args![]).await
}

#[derive(sqlx::FromRow)]
struct AreaRow {
    #[sqlx(try_from = "Uuid")]
    enterprise_id: EnterpriseId,
    #[sqlx(flatten)]
    area: Area,
}

/// Enterprises, each with areas of its own.
pub type Entrances = Vec<(Enterprise, Vec<Area>)>;

/// The enterprises with these short codes, each with all its areas.
pub async fn entrances(tx: &mut Tx, short_codes: &[&str]) -> Result<Entrances> {
    let enterprises = coming_in(tx, short_codes.iter().copied()).await?;
    let asked = enterprises.iter().map(|it| args![it.id]).collect();
    let areas = tx.many(&AREAS_OF, asked).await?;
    Ok(with_areas(enterprises, areas))
}

/// The enterprises of wall codes, each with the areas that the codes name and those around them: the more
/// areas a factory has, the less of them is of use to one code.
pub async fn doors(tx: &mut Tx, codes: &[&WallCode]) -> Result<Entrances> {
    let short_codes: BTreeSet<&str> = codes.iter().map(|it| it.enterprise.as_str()).collect();
    let enterprises = coming_in(tx, short_codes.into_iter()).await?;
    let ids: HashMap<&str, EnterpriseId> = enterprises
        .iter()
        .map(|it| (it.short_code.as_str(), it.id))
        .collect();
    let asked = |it: &&WallCode| Some((*ids.get(it.enterprise.as_str())?, it.area.clone()?));
    let asked: BTreeSet<(EnterpriseId, String)> = codes.iter().filter_map(asked).collect();
    let asked = asked.iter().map(|(id, code)| args![*id, code]).collect();
    let mut areas: Vec<AreaRow> = tx.many(&AREAS_CODED, asked).await?;
    let mut seen: HashSet<Uuid> = areas.iter().map(|it| it.area.id.0).collect();
    let mut from = 0;
    while from < areas.len() {
        let last = areas.iter().skip(from);
        let around = last.filter_map(|it| Some((it.enterprise_id, it.area.parent_id?)));
        let around: BTreeSet<(EnterpriseId, Uuid)> =
            around.filter(|it| seen.insert(it.1)).collect();
        from = areas.len();
        let asked = around.iter().map(|(id, area)| args![*id, *area]).collect();
        areas.extend(tx.many::<AreaRow>(&AREAS_AROUND, asked).await?);
    }
    Ok(with_areas(enterprises, areas))
}

async fn coming_in(
    tx: &mut Tx,
    short_codes: impl Iterator<Item = &str>,
) -> Result<Vec<Enterprise>> {
    tx.many(&COMING_IN, short_codes.map(|code| args![code]).collect())
        .await
}

fn with_areas(enterprises: Vec<Enterprise>, rows: Vec<AreaRow>) -> Entrances {
    let mut areas: HashMap<EnterpriseId, Vec<Area>> = HashMap::with_capacity(enterprises.len());
    for row in rows {
        areas.entry(row.enterprise_id).or_default().push(row.area);
    }
    let with_areas = |it: Enterprise| {
        let areas = areas.remove(&it.id).unwrap_or_default();
        (it, areas)
    };
    enterprises.into_iter().map(with_areas).collect()
}
