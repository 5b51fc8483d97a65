//! The people and places of the demo.

use hezuo_app::people::{FirstAdministrator, PersonEntry, UserRequest};
use hezuo_app::places::SiteEntry;
use hezuo_app::{Access, App, Caller, directory, people, places};
use hezuo_domain::Scope;
use hezuo_domain::ids::{AreaId, EnterpriseId, PersonId};
use hezuo_domain::people::{Grant, Place, Role};
use hezuo_domain::places::AreaKind;
use hezuo_domain::time::{Instant, SetClock};

use super::Setting;
use super::factories::{self, PROFILES, People, Profile};
use crate::{Failure, Result};

/// Everybody's password.
pub const PASSWORD: &str = "hezuo-demo-1";

/// Who can log in, for the printed list.
pub(super) const LOGINS: [(&str, &str); 11] = [
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
        "nation",
        "programme officer for the whole nation 全国项目办",
    ),
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
    /// What the texts call it.
    pub place: &'static str,
    /// Its name, Chinese and English.
    pub name: &'static str,
    /// The part of its code's address after `/r/`.
    pub wall_code: String,
    /// People working there.
    pub heads: i64,
}

/// Everybody and everything in one factory.
#[derive(Debug, Clone)]
pub struct Cast {
    /// The factory.
    pub factory: EnterpriseId,
    /// Which of the demo's factories it is, from zero.
    pub number: usize,
    /// Nothing has been heard from it for weeks.
    pub has_fallen_silent: bool,
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
    /// The ten of the EIT.
    pub team: Vec<PersonId>,
    /// Workers in the register, who sign named reports.
    pub workers: Vec<(PersonId, String)>,
}

impl Cast {
    /// The trade, the places and the machines.
    pub(super) fn profile(&self) -> &'static Profile {
        &PROFILES[self.number % PROFILES.len()]
    }
}

/// How long before the present the factories were set up: three days before the first week.
fn seconds_before(weeks: u32) -> i64 {
    (i64::from(weeks) * 7 + 3) * 86_400
}

/// Sets everything up by the real actions, as it was before the first week. Of several factories the
/// last falls silent later, so that there is something to find.
pub async fn assemble(app: &App, clock: &SetClock, setting: Setting) -> Result<Vec<Cast>> {
    clock.set(setting.now.plus_seconds(-seconds_before(setting.weeks)));
    let bureau = office(app).await?;
    nation(app).await?;
    let count = setting.enterprises.clamp(1, PROFILES.len());
    let mut casts = Vec::with_capacity(count);
    for number in 0..count {
        let people = factories::people(number, setting.seed);
        let mut cast = factory(app, &bureau, number, people).await?;
        cast.has_fallen_silent = number > 0 && number + 1 == count;
        casts.push(cast);
    }
    Ok(casts)
}

fn first(
    authority: Option<(String, String)>,
    enterprise: Option<String>,
    name: &str,
    login: &str,
) -> FirstAdministrator {
    FirstAdministrator {
        enterprise,
        authority,
        name: name.to_owned(),
        login: login.to_owned(),
    }
}

/// The county office, with an inspector and an officer; whoever adds factories is given back.
async fn office(app: &App) -> Result<Caller> {
    let county = (
        "南浔区应急管理局 Nanxun county office".to_owned(),
        "330503".to_owned(),
    );
    let (office, invitation) =
        people::invite_first(app, first(Some(county), None, "周敏", "bureau")).await?;
    let visit = people::Visit::default();
    let signed = people::redeem(app, &invitation.code(), PASSWORD.to_owned(), visit).await?;
    let bureau = always_there(signed)?;
    let access = bureau.enter(app, office.id).await?;
    let region = Place::Region("330503".parse().map_err(hezuo_app::Error::from)?);
    for (name, position, login, role) in [
        ("蒋国荣", "监察员", "inspector", Role::Inspector),
        ("叶文", "科长", "county", Role::CountyOfficer),
    ] {
        let place = region.clone();
        join(
            app,
            &access,
            name,
            position,
            login,
            vec![Grant { role, place }],
        )
        .await?;
    }
    Ok(bureau)
}

/// The office of the whole programme, with one officer.
async fn nation(app: &App) -> Result<()> {
    let whole = (
        "全国项目办公室 National programme office".to_owned(),
        "000000".to_owned(),
    );
    let first = first(Some(whole), None, "顾宁", "nation-admin");
    let (office, invitation) = people::invite_first(app, first).await?;
    let visit = people::Visit::default();
    let signed = people::redeem(app, &invitation.code(), PASSWORD.to_owned(), visit).await?;
    let access = always_there(signed)?.enter(app, office.id).await?;
    let place = Place::Region("000000".parse().map_err(hezuo_app::Error::from)?);
    let role = Role::CountyOfficer;
    let grants = vec![Grant { role, place }];
    join(app, &access, "沈立", "项目官员", "nation", grants).await?;
    Ok(())
}

/// Weeks are played in a moment, so nobody is asked again who is there before he signs something.
pub(crate) fn always_there(signed: people::SignIn) -> Result<Caller> {
    let mut caller = signed.done()?.caller;
    caller.proved = Instant(i64::MAX / 2);
    Ok(caller)
}

async fn factory(app: &App, bureau: &Caller, number: usize, people: People) -> Result<Cast> {
    let profile = &PROFILES[number % PROFILES.len()];
    let request = directory::EnterpriseRequest {
        name: profile.name.to_owned(),
        credit_code: None,
        region_code: profile.region.to_owned(),
        time_zone: "Asia/Shanghai".to_owned(),
    };
    let (factory, _) = directory::add_enterprise(app, bureau, request).await?;
    let code = Some(factory.short_code.clone());
    let login = |name: &str| format!("{name}{}", profile.suffix);
    let admin = first(None, code, &people.administrator, &login("admin"));
    let (_, invitation) = people::invite_first(app, admin).await?;
    let visit = people::Visit::default();
    let admin = people::redeem(app, &invitation.code(), PASSWORD.to_owned(), visit).await?;
    let admin = always_there(admin)?;
    let access = admin.enter(app, factory.id).await?;
    let here = |role| {
        vec![Grant {
            role,
            place: Place::Enterprise(factory.id),
        }]
    };
    let parts = [
        (&people.officer, "安全员", "officer", Role::SafetyOfficer),
        (&people.leader, "生产副厂长", "leader", Role::EitLeader),
        (&people.secretary, "文员", "secretary", Role::EitSecretary),
        (&people.fixer, "维修班长", "fixer", Role::EitMember),
        (&people.manager, "厂长", "manager", Role::Manager),
    ];
    let mut callers = Vec::with_capacity(parts.len());
    for (name, position, word, role) in parts {
        callers.push(join(app, &access, name, position, &login(word), here(role)).await?);
    }
    let [officer, leader, secretary, fixer, _] = &callers[..] else {
        return Err(Failure::Other("the demo's factory lacks somebody".into()));
    };
    // Named before there is a representative, who would have to agree.
    places::save_setting(app, &access, "0572-391 2119", Some(leader.user)).await?;
    let role = here(Role::WorkerRepresentative);
    let (name, word) = (&people.representative, login("rep"));
    let representative = &join(app, &access, name, "操作工", &word, role).await?;
    if number == 0 {
        // A second representative: waits for the first one's agreement.
        let mut roles = here(Role::EitMember);
        roles.extend(here(Role::WorkerRepresentative));
        people::change_roles(app, &access, fixer.user, &roles).await?;
    }

    let areas = places(app, &access, representative, profile).await?;
    let mut workers = Vec::with_capacity(people.workers.len());
    for (number, name) in people.workers.iter().enumerate() {
        let entry = PersonEntry {
            name: name.clone(),
            staff_number: Some(format!("{}", 1001 + number)),
            position: "操作工".to_owned(),
            area_id: None,
            active: true,
        };
        let person = people::add_person(app, &access, entry).await?;
        workers.push((person.id, name.clone()));
    }
    let callers = [leader, officer, secretary, fixer, representative];
    let mut team: Vec<PersonId> = callers.iter().map(|it| it.person).collect();
    team.extend(
        [0, 1, 2, 4, 5]
            .iter()
            .filter_map(|at| Some(workers.get(*at)?.0)),
    );
    Ok(Cast {
        factory: factory.id,
        number,
        has_fallen_silent: false,
        areas,
        officer: officer.clone(),
        leader: leader.clone(),
        fixer: fixer.clone(),
        representative: representative.clone(),
        team,
        workers,
    })
}

/// Adds a person and lets them log in.
pub(crate) async fn join(
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
    let visit = people::Visit::default();
    let signed = people::redeem(app, &invitation.code(), PASSWORD.to_owned(), visit).await?;
    always_there(signed)
}

async fn places(
    app: &App,
    access: &Access,
    representative: &Caller,
    profile: &Profile,
) -> Result<Vec<Area>> {
    let entry = SiteEntry {
        name: "南浔厂区 Nanxun works".to_owned(),
        address: profile.address.to_owned(),
        region_code: Some(profile.region.to_owned()),
    };
    let site = places::add_site(app, access, &entry).await?;
    let attests = representative.enter(app, access.enterprise.id).await?;
    let mut areas: Vec<Area> = Vec::with_capacity(profile.places.len());
    for (place, name, around, heads) in profile.places {
        let parent = areas.iter().find(|known| Some(known.place) == *around);
        let parent = parent.map(|known| known.id);
        let kind = if around.is_some() {
            AreaKind::Machine
        } else {
            AreaKind::Area
        };
        let area = places::add_area(app, access, site.id, parent, kind, name).await?;
        places::attest_heads(app, &attests, area.id, *heads).await?;
        let path = places::report_path(app, &access.enterprise.short_code, Some(&area.code));
        let wall_code = path.trim_start_matches("/r/").to_owned();
        areas.push(Area {
            id: area.id,
            place,
            name,
            wall_code,
            heads: *heads,
        });
    }
    Ok(areas)
}

/// Where a report page can be opened, for the printed list.
pub(super) struct Entrance {
    pub(super) name: String,
    pub(super) path: String,
}

/// Two report pages of the demo's first factory: an area and a machine.
pub(super) async fn entrances(app: &App) -> Result<Vec<Entrance>> {
    let mut found = Vec::new();
    for enterprise in directory::all(app).await? {
        let mut tx = app.db.read(&Scope::Enterprise(enterprise)).await?;
        let areas = hezuo_store::places::areas(&mut tx).await?;
        let entry = hezuo_store::places::find_enterprise(&mut tx, enterprise)
            .await?
            .ok_or_else(|| Failure::Other("the demo's factory is gone".into()))?;
        if entry.name != PROFILES[0].name {
            continue;
        }
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
