//! The first administrator: invited from the terminal, because nobody is there yet who could.

use hezuo_domain::accounts::Act;
use hezuo_domain::ids::{EnterpriseId, PersonId, UserId};
use hezuo_domain::people::{Grant, Place, Role};
use hezuo_domain::places::{EnterpriseKind, RegionCode};
use hezuo_domain::time::Zone;
use hezuo_domain::wall_code::short_word;
use hezuo_domain::{Code, Scope};
use hezuo_store::people::{self as rows, NewUser, Person};
use hezuo_store::places::{self, Enterprise};

use super::{Invitation, invite};
use crate::accounts::{Fact, Scene};
use crate::{App, Result};

/// Whom to invite, and where.
#[derive(Debug, Clone)]
pub struct FirstAdministrator {
    /// The short code of an enterprise that exists.
    pub enterprise: Option<String>,
    /// Name and division of an authority that shall be made.
    pub authority: Option<(String, String)>,
    /// The person's name.
    pub name: String,
    /// The login name.
    pub login: String,
}

/// Invites an administrator without asking who invites: only the terminal of the server can.
///
/// # Errors
/// `not_found` for an unknown enterprise, `user.login_taken`, `input.*`.
pub async fn invite_first(
    app: &App,
    request: FirstAdministrator,
) -> Result<(Enterprise, Invitation)> {
    let scope = Scope::System("the directory of enterprises has no tenant");
    let mut tx = app.db.write(&scope).await?;
    let (enterprise, place) = match (request.enterprise, request.authority) {
        (Some(code), _) => {
            let found = places::find_by_short_code(&mut tx, &code.to_uppercase())
                .await?
                .ok_or(Code::NotFound)?;
            let place = Place::Enterprise(found.id);
            (found, place)
        }
        (None, Some((name, region))) => {
            let region: RegionCode = region.parse()?;
            let authority = authority(app, name, &region);
            let zone = Zone::named(&authority.time_zone).ok_or(Code::ZoneUnknown)?;
            let day = zone.day(app.now());
            places::add_enterprises(&mut tx, std::slice::from_ref(&authority), day).await?;
            (authority, Place::Region(region))
        }
        (None, None) => return Err(Code::InputMissing.at("enterprise").into()),
    };
    tx.commit().await?;

    let mut tx = app.db.write(&Scope::Enterprise(enterprise.id)).await?;
    let person = Person {
        id: PersonId::random(app.random.as_ref()),
        name: request.name,
        staff_number: None,
        position: String::new(),
        area_id: None,
        active: true,
    };
    rows::add_persons(&mut tx, &[(enterprise.id, person.clone())]).await?;
    let user = NewUser {
        id: UserId::random(app.random.as_ref()),
        person: person.id,
        login: request.login.trim().to_lowercase(),
        password_hash: None,
        locale: "zh-CN".to_owned(),
    };
    let users = rows::users(&mut tx).await?;
    if !rows::add_user(&mut tx, enterprise.id, &user).await? {
        return Err(Code::LoginTaken.at("login").into());
    }
    let mut grants = vec![Grant {
        role: Role::Administrator,
        place: place.clone(),
    }];
    if matches!(place, Place::Region(_)) {
        // The users of an authority are managed at home.
        let home = Place::Enterprise(enterprise.id);
        grants.push(Grant {
            role: Role::Administrator,
            place: home,
        });
    }
    rows::set_grants(&mut tx, enterprise.id, user.id, &grants).await?;
    let scene = Scene {
        app,
        enterprise: &enterprise,
        actor: None,
        users: &users,
    };
    let fact = Fact::done(Act::Gain, user.id, Some(Role::Administrator));
    scene.record(&mut tx, &[fact]).await?;
    let invitation = invite(app, &mut tx, &enterprise, user.id).await?;
    tx.commit().await?;
    Ok((enterprise, invitation))
}

fn authority(app: &App, name: String, region: &RegionCode) -> Enterprise {
    let mut five = [0; 5];
    app.random.fill(&mut five);
    Enterprise {
        id: EnterpriseId::random(app.random.as_ref()),
        short_code: short_word(&five),
        kind: EnterpriseKind::Authority.as_str().to_owned(),
        name,
        credit_code: None,
        credit_code_ok: None,
        region_code: Some(region.to_string()),
        time_zone: "Asia/Shanghai".to_owned(),
    }
}
