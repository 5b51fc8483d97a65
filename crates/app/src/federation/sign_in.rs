//! Coming back from a provider: whose login it is, and which roles it has from now on.

use hezuo_domain::accounts::{Act, check_together, is_representative};
use hezuo_domain::federation::{self as rules, Expected, Move, mapped, take_over, texts};
use hezuo_domain::ids::{EnterpriseId, PersonId, UserId};
use hezuo_domain::people::{Grant, Role};
use hezuo_domain::time::Instant;
use hezuo_domain::{Code, Scope, commitment};
use hezuo_store::federation as rows;
use hezuo_store::people::{self as people_rows, NewUser, UserEntry};
use hezuo_store::places::{self, Enterprise};
use hezuo_store::{StoreError, Tx};
use serde_json::Value;

use super::answers::{redeem, userinfo};
use super::token::Token;
use super::{Attempt, Network, Provider, refused};
use crate::accounts::{Fact, Scene};
use crate::people::{By, PersonEntry, SignedIn, Visit, check_login, person, start_session};
use crate::{App, Error, Result};

/// Longest value that comes back in an address.
const MAX_VALUE: usize = 4096;

/// What stands in the address with which somebody comes back.
#[derive(Debug, Clone, Default)]
pub struct Returned {
    /// By which the provider gives tokens, once.
    pub code: Option<String>,
    /// Of which attempt.
    pub state: String,
    /// Who the provider says it is.
    pub issuer: Option<String>,
}

/// Signs somebody in who has come back from a provider.
///
/// # Errors
/// `sign_in.*`, `user.role_conflict`.
pub async fn finish(
    app: &App,
    returned: Returned,
    ticket: Option<&str>,
    visit: Visit,
) -> Result<SignedIn> {
    let attempt = used(app, &returned, ticket).await?;
    let (provider, network) = app.providers.find(&attempt.provider)?;
    let code = returned.code.filter(|it| it.len() <= MAX_VALUE);
    let code = code.ok_or_else(|| refused(provider, &"no code"))?;
    let claims = claims(app, provider, network, (&attempt, &code), returned.issuer).await?;
    let (home, user) = settle(app, provider, &claims).await?;
    let by = if rules::has_second_step(&claims) {
        By::Two
    } else {
        By::One
    };
    start_session(app, (home, user), visit, by).await
}

/// The attempt that this browser has begun, which can be used once.
async fn used(app: &App, returned: &Returned, ticket: Option<&str>) -> Result<Attempt> {
    let opened = ticket.filter(|it| it.len() <= MAX_VALUE);
    let opened = opened.and_then(|it| app.keys.open_attempt(it));
    let attempt: Option<Attempt> = opened.and_then(|it| serde_json::from_str(&it).ok());
    let attempt = attempt.ok_or(Code::SignInAgain)?;
    let (now, expires) = (app.now(), Instant(attempt.expires));
    if attempt.state != returned.state || now >= expires {
        return Err(Code::SignInAgain.into());
    }
    let state = commitment::digest(attempt.state.as_bytes());
    let scope = Scope::System("attempts to sign in have no tenant yet");
    let mut tx = app.db.write(&scope).await?;
    if !rows::use_attempt(&mut tx, state, now, expires).await? {
        return Err(Code::SignInAgain.into());
    }
    tx.commit().await?;
    Ok(attempt)
}

/// What the provider says about who came back, once all of it is believed.
async fn claims(
    app: &App,
    provider: &Provider,
    network: &dyn Network,
    (attempt, code): (&Attempt, &str),
    issuer: Option<String>,
) -> Result<Value> {
    let now = app.now();
    let places = provider.known.places(provider, network, now).await?;
    let is_named = issuer
        .as_deref()
        .map_or(!places.names_itself, |it| it == provider.issuer);
    if !is_named {
        return Err(refused(provider, &"the answer comes from another provider"));
    }
    let back = app.providers.back();
    let given = (code, attempt.verifier.as_str(), back.as_str());
    let tokens = redeem(provider, network, &places, given).await?;
    let token = Token::read(&tokens.id_token);
    let token = token.ok_or_else(|| refused(provider, &"no token"))?;
    let kid = token.kid().map(str::to_owned);
    let known = &provider.known;
    let keys = known.keys(provider, network, &places, (kid.as_deref(), now));
    let claims = token.signed_by(&keys.await?);
    let mut claims = claims.ok_or_else(|| refused(provider, &"the signature does not fit"))?;
    let expected = Expected {
        issuer: &provider.issuer,
        client: &provider.client,
        nonce: &attempt.nonce,
        now: now.0.div_euclid(1_000_000),
    };
    let subject = rules::subject(&claims, expected).map_err(|doubt| refused(provider, &doubt))?;
    let lacks = |name: &str| claims[name].is_null();
    let lacks_some =
        lacks(&provider.login_claim) || provider.role_claim.as_deref().is_some_and(lacks);
    if let Some(access) = tokens.access_token.filter(|_| lacks_some) {
        let more = userinfo(provider, network, &places, &access).await?;
        if more["sub"].as_str() == Some(&subject)
            && let (Some(into), Value::Object(more)) = (claims.as_object_mut(), more)
        {
            for (name, value) in more {
                // What the token says stays, and how somebody has signed in it says itself.
                if name != rules::METHODS && into.get(&name).is_none_or(Value::is_null) {
                    into.insert(name, value);
                }
            }
        }
    }
    Ok(claims)
}

/// Everything about the login that a sign-in may change, in one transaction.
struct Desk<'a> {
    app: &'a App,
    provider: &'a Provider,
    claims: &'a Value,
    home: &'a Enterprise,
    users: Vec<UserEntry>,
}

async fn settle(app: &App, provider: &Provider, claims: &Value) -> Result<(EnterpriseId, UserId)> {
    let scope = Scope::System("the directory of enterprises has no tenant");
    let mut tx = app.db.read(&scope).await?;
    let home = places::find_by_short_code(&mut tx, &provider.enterprise).await?;
    drop(tx);
    let home = home.ok_or_else(|| {
        Error::Internal(format!(
            "sign_in {}: there is no enterprise {}",
            provider.id, provider.enterprise
        ))
    })?;
    let mut tx = app.db.write(&Scope::Enterprise(home.id)).await?;
    let users = people_rows::users(&mut tx).await?;
    let desk = Desk {
        app,
        provider,
        claims,
        home: &home,
        users,
    };
    let (user, grants) = desk.login(&mut tx).await?;
    let has_role = desk.roles(&mut tx, user, &grants).await?;
    tx.commit().await?;
    if has_role {
        Ok((home.id, user))
    } else {
        Err(Code::SignInNoRole.into())
    }
}

impl Desk<'_> {
    fn scene(&self) -> Scene<'_> {
        Scene {
            app: self.app,
            enterprise: self.home,
            actor: None,
            users: &self.users,
        }
    }

    fn named(&self) -> Vec<Grant> {
        let claim = self.provider.role_claim.as_deref();
        let values = claim.map_or_else(Vec::new, |it| texts(self.claims, it));
        mapped(&self.provider.rules, &values, self.home.id)
    }

    /// The login, with the roles that it had. Whoever came once is found by the provider's id alone.
    async fn login(&self, tx: &mut Tx) -> Result<(UserId, Vec<Grant>)> {
        let issuer = &self.provider.issuer;
        let subject = self.claims["sub"].as_str().unwrap_or_default();
        let tied = rows::find_identity(tx, issuer, subject).await?;
        let name = texts(self.claims, &self.provider.login_claim);
        let name = name.first().and_then(|it| check_login(it).ok());
        let found = self.users.iter().find(|it| match tied {
            Some(user) => it.id == user,
            None => Some(&it.login) == name.as_ref(),
        });
        let Some(found) = found else {
            let name = name.filter(|_| self.provider.may_create && tied.is_none());
            let user = self.create(tx, name.ok_or(Code::SignInNobody)?).await?;
            self.tie(tx, subject, user).await?;
            return Ok((user, Vec::new()));
        };
        if found.disabled {
            return Err(Code::SignInLocked.into());
        }
        let confidant = places::find_setting(tx).await?.confidant_user_id;
        if is_representative(&found.grants) || confidant == Some(found.id.0) {
            return Err(Code::SignInOwnPassword.into());
        }
        if tied.is_none() {
            if rows::has_identity(tx, issuer, found.id).await? {
                return Err(Code::SignInTaken.into());
            }
            self.tie(tx, subject, found.id).await?;
        }
        Ok((found.id, found.grants.clone()))
    }

    async fn tie(&self, tx: &mut Tx, subject: &str, user: UserId) -> Result<()> {
        let scene = self.scene();
        let who = (self.provider.issuer.as_str(), subject);
        rows::add_identity(tx, self.home.id, who, user, scene.today()?).await?;
        scene.record(tx, &[Fact::done(Act::Link, user, None)]).await
    }

    /// Makes a login for somebody to whom the provider gives a role.
    async fn create(&self, tx: &mut Tx, login: String) -> Result<UserId> {
        if self.named().is_empty() {
            return Err(Code::SignInNoRole.into());
        }
        let name = self.claims["name"].as_str().unwrap_or(&login);
        let entry = PersonEntry {
            name: name.chars().take(80).collect(),
            active: true,
            ..PersonEntry::default()
        };
        let person = person(PersonId::random(self.app.random.as_ref()), entry)?;
        let user = NewUser {
            id: UserId::random(self.app.random.as_ref()),
            person: person.id,
            login,
            password_hash: None,
            locale: match self.claims["locale"].as_str() {
                Some(it) if it.starts_with("en") => "en".to_owned(),
                _ => "zh-CN".to_owned(),
            },
        };
        people_rows::add_persons(tx, &[(self.home.id, person)]).await?;
        match people_rows::add_user(tx, self.home.id, &user).await {
            Ok(true) => Ok(user.id),
            Ok(false) | Err(StoreError::Exists) => Err(Code::SignInTaken.into()),
            Err(error) => Err(error.into()),
        }
    }

    /// Gives the login the roles that the provider names, where it names any; whether it has one then.
    async fn roles(&self, tx: &mut Tx, user: UserId, before: &[Grant]) -> Result<bool> {
        if self.provider.role_claim.is_none() {
            return Ok(!before.is_empty());
        }
        let administers = |it: &Grant| it.role == Role::Administrator;
        let others = |it: &&UserEntry| {
            let can_log_in = !it.disabled && !it.waiting_for_password;
            it.id != user && can_log_in && it.grants.iter().any(administers)
        };
        let is_last = self.users.iter().find(others).is_none();
        let Move {
            gained,
            lost,
            after,
        } = take_over(before, &self.named(), is_last);
        if gained.is_empty() && lost.is_empty() {
            return Ok(!after.is_empty());
        }
        let scene = self.scene();
        if !gained.is_empty() {
            let is_settled = scene.had_representative(tx).await?;
            check_together(&after, false, is_settled)?;
        }
        people_rows::set_grants(tx, self.home.id, user, &after).await?;
        let fact = |act, grants: Vec<Grant>| -> Vec<Fact> {
            let facts = grants.iter().map(|it| Fact::done(act, user, Some(it.role)));
            facts.collect()
        };
        let facts = [fact(Act::Gain, gained), fact(Act::Lose, lost)].concat();
        scene.record(tx, &facts).await?;
        if after.is_empty() {
            people_rows::sessions::drop_sessions_of(tx, self.home.id, user).await?;
        }
        Ok(!after.is_empty())
    }
}
