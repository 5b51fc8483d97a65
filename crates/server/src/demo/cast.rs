//! The people and places of the demo.

use hezuo_app::people::{FirstAdministrator, PersonEntry, UserRequest};
use hezuo_app::places::SiteEntry;
use hezuo_app::{Access, App, Caller, directory, people, places};
use hezuo_domain::Scope;
use hezuo_domain::ids::{AreaId, EnterpriseId, PersonId};
use hezuo_domain::people::{Grant, Place, Role};
use hezuo_domain::places::AreaKind;
use hezuo_domain::time::SetClock;

use crate::{Failure, Result};

/// Everybody's password.
pub const PASSWORD: &str = "hezuo-demo-1";

/// Who can log in, for the printed list.
pub(super) const LOGINS: [(&str, &str); 10] = [
    (
        "officer",
        "safety officer 安全员: triage, deadlines, acceptance",
    ),
    ("leader", "EIT leader 改进小组组长"),
    ("secretary", "EIT secretary 改进小组秘书"),
    ("fixer", "EIT member, maintenance 维修班: fixes"),
    ("rep", "worker representative 职工代表"),
    ("manager", "manager 厂长"),
    (
        "admin",
        "administrator 管理员: places, codes, people, users",
    ),
    ("inspector", "inspector 监察员, Nanxun"),
    ("county", "county officer 区应急局"),
    (
        "bureau",
        "administrator of the county office: enterprises, import",
    ),
];

/// A place with people.
#[derive(Debug, Clone)]
pub struct Area {
    /// The area.
    pub id: AreaId,
    /// Its name, Chinese and English.
    pub name: &'static str,
    /// The part of its code's address after `/r/`.
    pub wall_code: String,
    /// People working there.
    pub heads: i64,
}

/// Everybody and everything.
#[derive(Debug, Clone)]
pub struct Cast {
    /// The factory.
    pub factory: EnterpriseId,
    /// Its areas and machines.
    pub areas: Vec<Area>,
    /// The safety officer.
    pub officer: Caller,
    /// The EIT's leader.
    pub leader: Caller,
    /// The EIT member who fixes most.
    pub fixer: Caller,
    /// The worker representative.
    pub representative: Caller,
    /// Workers in the register, who sign named reports.
    pub workers: Vec<(PersonId, String)>,
}

const AREAS: [(&str, Option<&str>, i64); 9] = [
    ("冲压车间 Stamping", None, 42),
    ("2号冲床 Press 2", Some("冲压车间 Stamping"), 3),
    ("绕线车间 Winding", None, 58),
    ("装配线 Assembly", None, 66),
    ("喷漆房 Paint shop", None, 8),
    ("仓库 Warehouse", None, 14),
    ("3号叉车 Forklift 3", Some("仓库 Warehouse"), 2),
    ("配电房 Switch room", None, 3),
    ("食堂 Canteen", None, 12),
];

const WORKERS: [&str; 12] = [
    "李红",
    "王建国",
    "陈小妹",
    "张伟",
    "沈金花",
    "钱卫东",
    "姚阿娟",
    "吴明",
    "费国强",
    "陆春燕",
    "潘志远",
    "严丽",
];

/// How long before the present the factory was set up: three days before the first week.
pub(super) fn seconds_before(weeks: u32) -> i64 {
    (i64::from(weeks) * 7 + 3) * 86_400
}

/// Sets everything up by the real actions, as it was before the first week.
pub async fn assemble(app: &App, clock: &SetClock, weeks: u32) -> Result<Cast> {
    clock.advance_seconds(-seconds_before(weeks));
    let first = |authority, enterprise, name: &str, login: &str| FirstAdministrator {
        enterprise,
        authority,
        name: name.to_owned(),
        login: login.to_owned(),
    };
    let county = (
        "南浔区应急管理局 Nanxun county office".to_owned(),
        "330503".to_owned(),
    );
    let (office, invitation) =
        people::invite_first(app, first(Some(county), None, "周敏", "bureau")).await?;
    let (_, bureau) = people::redeem(app, &invitation.code(), PASSWORD.to_owned()).await?;
    let request = directory::EnterpriseRequest {
        name: "南浔合力电机厂 Heli Motors".to_owned(),
        credit_code: None,
        region_code: "330503".to_owned(),
        time_zone: "Asia/Shanghai".to_owned(),
    };
    let (factory, _) = directory::add_enterprise(app, &bureau, request).await?;

    let office_access = bureau.enter(app, office.id).await?;
    let region = Place::Region("330503".parse().map_err(hezuo_app::Error::from)?);
    let in_region = |role| {
        vec![Grant {
            role,
            place: region.clone(),
        }]
    };
    join(
        app,
        &office_access,
        "蒋国荣",
        "监察员",
        "inspector",
        in_region(Role::Inspector),
    )
    .await?;
    join(
        app,
        &office_access,
        "叶文",
        "科长",
        "county",
        in_region(Role::CountyOfficer),
    )
    .await?;

    let code = Some(factory.short_code.clone());
    let (_, invitation) = people::invite_first(app, first(None, code, "许静", "admin")).await?;
    let (_, admin) = people::redeem(app, &invitation.code(), PASSWORD.to_owned()).await?;
    let access = admin.enter(app, factory.id).await?;
    let here = |role| {
        vec![Grant {
            role,
            place: Place::Enterprise(factory.id),
        }]
    };
    let officer = join(
        app,
        &access,
        "顾永明",
        "安全员",
        "officer",
        here(Role::SafetyOfficer),
    )
    .await?;
    let leader = join(
        app,
        &access,
        "朱海",
        "生产副厂长",
        "leader",
        here(Role::EitLeader),
    )
    .await?;
    join(
        app,
        &access,
        "沈洁",
        "文员",
        "secretary",
        here(Role::EitSecretary),
    )
    .await?;
    let fixer = join(
        app,
        &access,
        "徐师傅",
        "维修班长",
        "fixer",
        here(Role::EitMember),
    )
    .await?;
    let representative = join(
        app,
        &access,
        "俞芳",
        "绕线工",
        "rep",
        here(Role::WorkerRepresentative),
    )
    .await?;
    join(
        app,
        &access,
        "董厂长",
        "厂长",
        "manager",
        here(Role::Manager),
    )
    .await?;
    places::save_setting(app, &access, "0572-391 2119", Some(leader.user)).await?;

    let areas = places(app, &access, &representative).await?;
    let mut workers = Vec::with_capacity(WORKERS.len());
    for (number, name) in WORKERS.iter().enumerate() {
        let entry = PersonEntry {
            name: (*name).to_owned(),
            staff_number: Some(format!("{}", 1001 + number)),
            position: "操作工".to_owned(),
            area_id: None,
            active: true,
        };
        let person = people::add_person(app, &access, entry).await?;
        workers.push((person.id, (*name).to_owned()));
    }
    Ok(Cast {
        factory: factory.id,
        areas,
        officer,
        leader,
        fixer,
        representative,
        workers,
    })
}

async fn join(
    app: &App,
    access: &Access,
    name: &str,
    position: &str,
    login: &str,
    grants: Vec<Grant>,
) -> Result<Caller> {
    let entry = PersonEntry {
        name: name.to_owned(),
        position: position.to_owned(),
        active: true,
        ..PersonEntry::default()
    };
    let person = people::add_person(app, access, entry).await?;
    let request = UserRequest {
        person: person.id,
        login: login.to_owned(),
        locale: "zh-CN".to_owned(),
        grants,
    };
    let (_, invitation) = people::invite_user(app, access, request).await?;
    let (_, caller) = people::redeem(app, &invitation.code(), PASSWORD.to_owned()).await?;
    Ok(caller)
}

async fn places(app: &App, access: &Access, representative: &Caller) -> Result<Vec<Area>> {
    let entry = SiteEntry {
        name: "南浔厂区 Nanxun works".to_owned(),
        address: "南浔经济开发区 1 号".to_owned(),
        region_code: Some("330503".to_owned()),
    };
    let site = places::add_site(app, access, &entry).await?;
    let attests = representative.enter(app, access.enterprise.id).await?;
    let mut areas = Vec::with_capacity(AREAS.len());
    let mut names: Vec<(&str, AreaId)> = Vec::with_capacity(AREAS.len());
    for (name, around, heads) in AREAS {
        let parent = names
            .iter()
            .find(|(known, _)| Some(*known) == around)
            .map(|(_, id)| *id);
        let kind = if around.is_some() {
            AreaKind::Machine
        } else {
            AreaKind::Area
        };
        let area = places::add_area(app, access, site.id, parent, kind, name).await?;
        places::attest_heads(app, &attests, area.id, heads).await?;
        let path = places::report_path(app, &access.enterprise.short_code, Some(&area.code));
        let wall_code = path.trim_start_matches("/r/").to_owned();
        areas.push(Area {
            id: area.id,
            name,
            wall_code,
            heads,
        });
        names.push((name, area.id));
    }
    Ok(areas)
}

/// Where a report page can be opened, for the printed list.
pub(super) struct Entrance {
    pub(super) name: String,
    pub(super) path: String,
}

/// Two report pages of the demo's factory: an area and a machine.
pub(super) async fn entrances(app: &App) -> Result<Vec<Entrance>> {
    let mut found = Vec::new();
    for enterprise in directory::all(app).await? {
        let mut tx = app.db.read(&Scope::Enterprise(enterprise)).await?;
        let areas = hezuo_store::places::areas(&mut tx).await?;
        let entry = hezuo_store::places::find_enterprise(&mut tx, enterprise)
            .await?
            .ok_or_else(|| Failure::Other("the demo's factory is gone".into()))?;
        for kind in ["area", "machine"] {
            if let Some(area) = areas.iter().find(|area| area.kind == kind) {
                found.push(Entrance {
                    name: area.name.clone(),
                    path: places::report_path(app, &entry.short_code, Some(&area.code)),
                });
            }
        }
    }
    Ok(found)
}
