//! Who calls, and what they may do where.

use hezuo_domain::commitment::Hash;
use hezuo_domain::disclosure::Audience;
use hezuo_domain::entrusted::Act;
use hezuo_domain::ids::{EnterpriseId, PersonId, UserId};
use hezuo_domain::people::{Grant, Place, Role};
use hezuo_domain::permissions::{self, Permission};
use hezuo_domain::places::PlacePath;
use hezuo_domain::scope::Entitlement;
use hezuo_domain::second_step::Need;
use hezuo_domain::signatures::Signature;
use hezuo_domain::time::{Day, Instant, Zone};
use hezuo_domain::{Code, Problem, Scope};
use hezuo_store::cases::Filter;
use hezuo_store::places::{self, Enterprise};

use crate::{App, Result, entrusted};

/// Somebody who is logged in.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The login.
    pub user: UserId,
    /// The person.
    pub person: PersonId,
    /// The person's name.
    pub name: String,
    /// The login name.
    pub login: String,
    /// `zh-CN` or `en`.
    pub locale: String,
    /// The enterprise or authority where the login lives.
    pub home: Enterprise,
    /// Roles on places.
    pub grants: Vec<Grant>,
    /// SHA-256 of the session's token.
    pub session: Hash,
    /// When the owner of the session last showed who is there.
    pub proved: Instant,
    /// The session was begun or confirmed with a second step.
    pub stepped: bool,
    /// Whether a second step is asked for before anything else, or soon.
    pub need: Need,
}

impl Caller {
    /// Whether the caller may do this somewhere in a region.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn require_in_region(&self, permission: Permission) -> Result<(), Problem> {
        if permissions::can_in_region(&self.grants, permission) {
            Ok(())
        } else {
            Err(Code::Forbidden.problem())
        }
    }

    /// Stops a caller who signs something and has not shown lately that it is he who is there.
    ///
    /// # Errors
    /// `session.step_up`.
    pub fn sign(&self, app: &App, signature: Signature) -> Result<(), Problem> {
        signature.check(self.proved, app.now())
    }

    /// The places that the caller may read across.
    pub fn entitlement(&self) -> Entitlement {
        let mut entitlement = Entitlement::default();
        for grant in &self.grants {
            match &grant.place {
                Place::Region(code) => entitlement.regions.push(code.clone()),
                Place::Enterprise(id) => entitlement.enterprises.push(*id),
                Place::Site(_) | Place::Area(_) => {}
            }
        }
        entitlement.regions.sort();
        entitlement.regions.dedup();
        entitlement.enterprises.sort();
        entitlement.enterprises.dedup();
        entitlement
    }

    /// Enters an enterprise: the only way to a scope over its rows. An enterprise in which the
    /// caller holds nothing is not found, whether it exists or not.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn enter(&self, app: &App, enterprise: EnterpriseId) -> Result<Access> {
        let found = if enterprise == self.home.id {
            self.home.clone()
        } else {
            let scope = Scope::System("the directory of enterprises has no tenant");
            let mut tx = app.db.read(&scope).await?;
            places::find_enterprise(&mut tx, enterprise)
                .await?
                .ok_or(Code::NotFound)?
        };
        let path = PlacePath::enterprise(enterprise, found.region());
        let holds_something = self.grants.iter().any(|grant| match &grant.place {
            // Sites and areas belong to the home: roles on them are given nowhere else.
            Place::Site(_) | Place::Area(_) => enterprise == self.home.id,
            place => place.covers(&path),
        });
        if !holds_something {
            return Err(Code::NotFound.into());
        }
        let zone = Zone::named(&found.time_zone).ok_or(Code::ZoneUnknown)?;
        let access = Access {
            caller: self.clone(),
            enterprise: found,
            path,
            zone,
        };
        if access.audience() == Audience::Outside {
            entrusted::seen(app, &access, Act::FactoryOpened, enterprise.0);
        }
        Ok(access)
    }
}

/// A caller in an enterprise.
#[derive(Debug, Clone)]
pub struct Access {
    /// Who.
    pub caller: Caller,
    /// Where.
    pub enterprise: Enterprise,
    /// The place, for questions of permission.
    pub path: PlacePath,
    zone: Zone,
}

impl Access {
    /// The scope of the enterprise.
    pub fn scope(&self) -> Scope {
        Scope::Enterprise(self.enterprise.id)
    }

    /// For whom a figure about people is made: who is at home elsewhere sees it from outside.
    pub fn audience(&self) -> Audience {
        if self.enterprise.id == self.caller.home.id {
            Audience::Inside
        } else {
            Audience::Outside
        }
    }

    /// Whether the caller may do this in the enterprise as a whole.
    pub fn may(&self, permission: Permission) -> bool {
        permissions::can(&self.caller.grants, permission, &self.path)
    }

    /// Whether the caller may do this anywhere in the enterprise: in all of it, on one of its sites
    /// or in one of its areas.
    pub fn may_somewhere(&self, permission: Permission) -> bool {
        if self.enterprise.id == self.caller.home.id {
            permissions::can_somewhere(&self.caller.grants, permission, &self.path)
        } else {
            self.may(permission)
        }
    }

    /// Stops a caller who may not do this anywhere in the enterprise.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn require_somewhere(&self, permission: Permission) -> Result<(), Problem> {
        if self.may_somewhere(permission) {
            Ok(())
        } else {
            Err(Code::Forbidden.problem())
        }
    }

    /// Whether the caller may do this at a place in the enterprise.
    pub fn may_at(&self, permission: Permission, path: &PlacePath) -> bool {
        permissions::can(&self.caller.grants, permission, path)
    }

    /// What a caller who holds a role only on a site or an area may list: that place. Nothing is
    /// changed for one who may read the whole enterprise.
    ///
    /// # Errors
    /// `forbidden` where the caller may read neither.
    pub fn narrow(&self, asked: Filter) -> Result<Filter, Problem> {
        if self.may(Permission::CaseRead) {
            return Ok(asked);
        }
        let own = self.caller.grants.iter().filter_map(|grant| {
            let (path, filter) = match grant.place {
                Place::Site(site) => (
                    PlacePath {
                        site: Some(site),
                        ..self.path.clone()
                    },
                    Filter::Site(site),
                ),
                Place::Area(area) => (
                    PlacePath {
                        area: Some(area),
                        ..self.path.clone()
                    },
                    Filter::Area(area),
                ),
                Place::Enterprise(_) | Place::Region(_) => return None,
            };
            self.may_at(Permission::CaseRead, &path).then_some(filter)
        });
        let own: Vec<Filter> = own.collect();
        match own.first() {
            Some(_) if own.contains(&asked) => Ok(asked),
            Some(first) => Ok(*first),
            None => Err(Code::Forbidden.problem()),
        }
    }

    /// Stops a caller who may not do this.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn require(&self, permission: Permission) -> Result<(), Problem> {
        if self.may(permission) {
            Ok(())
        } else {
            Err(Code::Forbidden.problem())
        }
    }

    /// Whether the caller holds a role in the enterprise.
    pub fn holds(&self, role: Role) -> bool {
        self.caller
            .grants
            .iter()
            .any(|grant| grant.role == role && grant.place.covers(&self.path))
    }

    /// What the clock on the enterprise's wall shows at an instant.
    pub fn clock(&self, at: Instant) -> String {
        self.zone.clock(at)
    }

    /// Today in the enterprise's time zone.
    pub fn today(&self, app: &App) -> Day {
        self.zone.day(app.now())
    }
}
