//! Who is there: two factories, a county office and its people, made by the real actions.

use hezuo_app::people::{self, FirstAdministrator, PersonEntry, Token, UserRequest};
use hezuo_app::places::SiteEntry;
use hezuo_app::{Access, App, Caller, directory, places};
use hezuo_domain::Scope;
use hezuo_domain::commitment::{digest, hex};
use hezuo_domain::ids::{AreaId, EnterpriseId, PersonId, SiteId, UserId};
use hezuo_domain::people::{Device, Grant, Place, Role};
use hezuo_domain::places::AreaKind;
use hezuo_domain::second_step::Door;

use crate::TestApp;

/// Everybody's password.
pub const PASSWORD: &str = "three quiet looms";

/// Its hash, as the server would make it: to hash it for everybody would take most of a test's time.
const PASSWORD_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$aGV6dW8tdGVzdC1zYWx0IQ\
    $bTe3A8LbG9+E9uZ4W7PdRj9c1YPBlhZX0PjshMkDWM8";

/// Somebody who is logged in.
#[derive(Debug, Clone)]
pub struct Login {
    /// The login.
    pub user: UserId,
    /// The person.
    pub person: PersonId,
    /// Who it is for the actions.
    pub caller: Caller,
    /// The session as the browser sends it.
    pub cookie: String,
}

/// A factory with places, and somebody for each role.
#[derive(Debug, Clone)]
pub struct Factory {
    /// The tenant.
    pub id: EnterpriseId,
    /// The word in its wall codes.
    pub short_code: String,
    /// Its site.
    pub site: SiteId,
    /// Forty people work here.
    pub workshop: AreaId,
    /// A machine in the workshop.
    pub press: AreaId,
    /// Four people work here, in the workshop.
    pub paint_shop: AreaId,
    /// The part of the addresses after `/r/` of the workshop, the press and the paint shop.
    pub codes: [String; 3],
    /// Somebody for each role, in the order of [`Role::ALL`].
    pub logins: Vec<Login>,
    /// A second person who may verify.
    pub second_member: Login,
    /// Holds a role on one area only, and none that reads cases.
    pub bystander: Login,
    /// The prefix of its addresses.
    pub base: String,
}

impl Factory {
    /// Who holds a role.
    pub fn by(&self, role: Role) -> &Login {
        let at = Role::ALL.iter().position(|it| *it == role);
        &self.logins[at.expect("a role")]
    }

    /// The safety officer.
    pub fn officer(&self) -> &Login {
        self.by(Role::SafetyOfficer)
    }

    /// The member of the EIT, who fixes.
    pub fn member(&self) -> &Login {
        self.by(Role::EitMember)
    }

    /// The administrator.
    pub fn administrator(&self) -> &Login {
        self.by(Role::Administrator)
    }

    /// Everybody logs in anew, as on the next morning.
    pub async fn log_in_again(&mut self, app: &TestApp) {
        for login in &mut self.logins {
            *login = session(&app.app, self.id, login.user).await;
        }
    }

    /// The address of something in the factory.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

/// Two factories in one county, and inspectors of two.
#[derive(Debug, Clone)]
pub struct World {
    /// The factory in which most happens.
    pub factory: Factory,
    /// Another one.
    pub other: Factory,
    /// The administrator of the county office, who adds enterprises.
    pub bureau: Login,
    /// Inspects the county of both factories.
    pub inspector: Login,
    /// Inspects another county.
    pub far_inspector: Login,
    /// The administrator of its office.
    pub far_bureau: Login,
}

/// Makes the world.
pub async fn world(app: &TestApp) -> World {
    let (bureau, access) = office(app, "330503").await;
    let inspector = join(app, &access, "inspector", region(Role::Inspector, "330503")).await;
    let (far_bureau, far) = office(app, "330602").await;
    let far_inspector = join(
        app,
        &far,
        "far-inspector",
        region(Role::Inspector, "330602"),
    )
    .await;
    let world = World {
        factory: factory(app, &bureau, "a").await,
        other: factory(app, &bureau, "b").await,
        bureau,
        inspector,
        far_inspector,
        far_bureau,
    };
    // A test counts what it does itself: of the setting up nothing is told or recorded.
    app.fresh.tamper("DELETE FROM notice").await;
    app.fresh.tamper("DELETE FROM account_event").await;
    app.fresh.tamper("DELETE FROM pending_leaf").await;
    world
}

/// Another factory of the same county.
pub async fn another(app: &TestApp, world: &World, name: &str) -> Factory {
    factory(app, &world.bureau, name).await
}

/// Somebody who looks after the factories of a region, at an office of its own.
pub async fn officer_over(app: &TestApp, code: &str) -> Login {
    let (_, access) = office(app, code).await;
    let login = format!("officer-{code}");
    join(app, &access, &login, region(Role::CountyOfficer, code)).await
}

fn region(role: Role, code: &str) -> Grant {
    let place = Place::Region(code.parse().expect("a division"));
    Grant { role, place }
}

async fn office(app: &TestApp, code: &str) -> (Login, Access) {
    let first = FirstAdministrator {
        enterprise: None,
        authority: Some((format!("County office {code}"), code.to_owned())),
        name: "Zhou Min".to_owned(),
        login: format!("bureau-{code}"),
    };
    let (office, _) = people::invite_first(&app.app, first)
        .await
        .expect("an office");
    let login = log_in(&app.app, office.id, &format!("bureau-{code}")).await;
    let access = login.caller.enter(&app.app, office.id).await.expect("home");
    (login, access)
}

/// Gives somebody a password and a session, as if they had used their invitation.
async fn log_in(app: &App, enterprise: EnterpriseId, login: &str) -> Login {
    let scope = Scope::System("a login name leads to its home enterprise");
    let mut tx = app.db.read(&scope).await.expect("a transaction");
    let found = hezuo_store::people::find_login(&mut tx, &login.to_lowercase()).await;
    drop(tx);
    let (_, user) = found.expect("a query").expect("a login");
    session(app, enterprise, user).await
}

async fn session(app: &App, enterprise: EnterpriseId, user: UserId) -> Login {
    let mut secret = [0; 32];
    app.random.fill(&mut secret);
    let mut tx = app
        .db
        .write(&Scope::Enterprise(enterprise))
        .await
        .expect("a transaction");
    let (now, token) = (app.now(), digest(&secret));
    let expires = now.plus_seconds(app.sessions.longest_seconds);
    let session = hezuo_store::people::sessions::NewSession {
        token,
        id: app.random.uuid(),
        enterprise,
        user,
        device: Device::Phone,
        now,
        idle: expires,
        expires,
        proved: now,
        stepped: false,
        approved: false,
    };
    hezuo_store::people::sessions::add(&mut tx, &session)
        .await
        .expect("a session");
    // Whether somebody is asked who is there is a matter of its own: these have always just said so.
    let always = hezuo_domain::time::Instant(i64::MAX / 2);
    hezuo_store::people::sessions::prove(&mut tx, token, always)
        .await
        .expect("a proof");
    hezuo_store::people::set_password(&mut tx, user, PASSWORD_HASH)
        .await
        .expect("a password");
    tx.commit().await.expect("a commit");
    let text = format!("{}.{}", enterprise.0.simple(), hex(&secret));
    let token = Token::parse(&text).expect("a token");
    let caller = people::caller(app, &token, Door::Own)
        .await
        .expect("a caller");
    Login {
        user: caller.user,
        person: caller.person,
        caller,
        cookie: format!("hezuo={text}"),
    }
}

/// Somebody logs in anew, as on the next morning.
pub async fn again(app: &TestApp, factory: &Factory, login: &Login) -> Login {
    session(&app.app, factory.id, login.user).await
}

/// Enters a person with a login and a role, and logs in. Whatever else a role needs is given.
pub async fn join(app: &TestApp, access: &Access, login: &str, grant: Grant) -> Login {
    let entry = PersonEntry {
        name: login.to_owned(),
        position: grant.role.as_str().to_owned(),
        active: true,
        ..PersonEntry::default()
    };
    let person = people::add_person(&app.app, access, entry)
        .await
        .expect("a person");
    let request = UserRequest {
        person: person.id,
        login: login.to_owned(),
        locale: "en".to_owned(),
        grants: vec![grant.clone()],
    };
    let (user, _) = people::invite_user(&app.app, access, request)
        .await
        .expect("an invitation");
    // A second representative needs the first one's agreement: as if it had been given.
    let mut tx = app
        .app
        .db
        .write(&access.scope())
        .await
        .expect("a transaction");
    hezuo_store::people::add_grants(&mut tx, access.enterprise.id, user, &[grant])
        .await
        .expect("a role");
    tx.commit().await.expect("a commit");
    log_in(&app.app, access.enterprise.id, login).await
}

async fn factory(app: &TestApp, bureau: &Login, name: &str) -> Factory {
    let request = directory::EnterpriseRequest {
        name: format!("Factory {name}"),
        credit_code: None,
        region_code: "330503".to_owned(),
        time_zone: "Asia/Shanghai".to_owned(),
    };
    let added = directory::add_enterprise(&app.app, &bureau.caller, request).await;
    let (enterprise, _) = added.expect("an enterprise");
    let first = FirstAdministrator {
        enterprise: Some(enterprise.short_code.clone()),
        authority: None,
        name: "admin".to_owned(),
        login: format!("{name}-admin"),
    };
    people::invite_first(&app.app, first)
        .await
        .expect("an administrator");
    let administrator = log_in(&app.app, enterprise.id, &format!("{name}-admin")).await;
    let access = administrator
        .caller
        .enter(&app.app, enterprise.id)
        .await
        .expect("home");
    let here = |role| Grant {
        role,
        place: Place::Enterprise(enterprise.id),
    };
    let mut logins = vec![administrator];
    for role in &Role::ALL[1..] {
        logins.push(
            join(
                app,
                &access,
                &format!("{name}-{}", role.as_str()),
                here(*role),
            )
            .await,
        );
    }
    let entry = SiteEntry {
        name: format!("Works {name}"),
        ..SiteEntry::default()
    };
    let site = places::add_site(&app.app, &access, &entry)
        .await
        .expect("a site")
        .id;
    let area = |parent, kind, name: &'static str, heads| {
        let (app, access) = (&app.app, &access);
        async move {
            let area = places::add_area(app, access, site, parent, kind, name)
                .await
                .expect("area");
            places::attest_heads(app, access, area.id, heads)
                .await
                .expect("heads");
            let path = places::report_path(app, &access.enterprise.short_code, Some(&area.code));
            (area.id, path.trim_start_matches("/r/").to_owned())
        }
    };
    let (workshop, one) = area(None, AreaKind::Area, "Workshop", 40).await;
    let (press, two) = area(Some(workshop), AreaKind::Machine, "Press 2", 3).await;
    let (paint_shop, three) = area(Some(workshop), AreaKind::Area, "Paint shop", 4).await;
    let only_there = Grant {
        role: Role::CountyOfficer,
        place: Place::Area(paint_shop),
    };
    Factory {
        id: enterprise.id,
        short_code: enterprise.short_code.clone(),
        site,
        workshop,
        press,
        paint_shop,
        codes: [one, two, three],
        second_member: join(
            app,
            &access,
            &format!("{name}-second"),
            here(Role::EitMember),
        )
        .await,
        bystander: join(app, &access, &format!("{name}-bystander"), only_there).await,
        logins,
        base: format!("/api/v1/enterprises/{}", enterprise.id),
    }
}
