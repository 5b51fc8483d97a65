//! Persons, users, their roles and invitations, and who is behind a login session.

pub mod passkeys;
pub mod second_factor;
pub mod sessions;

use hezuo_domain::commitment::Hash;
use hezuo_domain::ids::{EnterpriseId, PersonId, UserId};
use hezuo_domain::people::{Device, Grant, Place, Role};
use hezuo_domain::time::{Day, Instant};
use uuid::Uuid;

use crate::db::Tx;
use crate::error::{Result, StoreError};
use crate::statement::statements;
use crate::value::{Value, args};

statements! {
    rows ADD_PERSONS = (7, "INSERT INTO person (enterprise_id, id, name, staff_number, position,
        area_id, active)", "");
    rows SAVE_PERSONS = (7, "INSERT INTO person (enterprise_id, id, name, staff_number, position,
        area_id, active)", "ON CONFLICT (enterprise_id, id) DO UPDATE SET name = excluded.name,
        staff_number = excluded.staff_number, position = excluded.position,
        area_id = excluded.area_id, active = excluded.active");
    tenant CHANGE_PERSON = "UPDATE person SET name = $3, staff_number = $4, position = $5,
        area_id = $6, active = $7 WHERE enterprise_id = $1 AND id = $2";
    tenant PERSONS = "SELECT id, name, staff_number, position, area_id, active FROM person
        WHERE enterprise_id = $1 ORDER BY name, id";
    tenant PERSON_NAME = "SELECT name FROM person WHERE enterprise_id = $1 AND id = $2";
    rows ADD_USERS = (7, "INSERT INTO app_user (enterprise_id, id, person_id, login, password_hash,
        locale, disabled)", "");
    global CLAIM_LOGIN = "INSERT INTO login_name (login, enterprise_id, user_id)
        VALUES ($1, $2, $3) ON CONFLICT (login) DO NOTHING";
    global FIND_LOGIN = "SELECT enterprise_id, user_id FROM login_name WHERE login = $1";
    tenant FIND_PASSWORD = "SELECT password_hash, disabled FROM app_user
        WHERE enterprise_id = $1 AND id = $2";
    tenant LOGIN_OF = "SELECT login FROM app_user WHERE enterprise_id = $1 AND id = $2";
    tenant SET_PASSWORD = "UPDATE app_user SET password_hash = $3
        WHERE enterprise_id = $1 AND id = $2 AND NOT disabled";
    tenant SET_DISABLED =
        "UPDATE app_user SET disabled = $3 WHERE enterprise_id = $1 AND id = $2";
    tenant SET_SECOND_STEP_SINCE = "UPDATE app_user SET second_step_since = $3
        WHERE enterprise_id = $1 AND id = $2 AND second_step_since IS NULL";
    tenant USERS = "SELECT u.id, u.person_id, p.name, u.login, u.disabled,
            u.password_hash IS NULL AND NOT EXISTS (SELECT 1 FROM login_identity i
                WHERE i.enterprise_id = $1 AND i.user_id = u.id) AS waiting,
            EXISTS (SELECT 1 FROM second_factor f WHERE f.enterprise_id = $1
                AND f.user_id = u.id AND f.since_day IS NOT NULL)
            OR EXISTS (SELECT 1 FROM passkey k WHERE k.enterprise_id = $1
                AND k.user_id = u.id) AS second_factor, g.role, g.place_kind, g.place_key
        FROM app_user u
        JOIN person p ON p.enterprise_id = u.enterprise_id AND p.id = u.person_id
        LEFT JOIN role_grant g ON g.enterprise_id = u.enterprise_id AND g.user_id = u.id
        WHERE u.enterprise_id = $1 ORDER BY p.name, u.id, g.role";
    tenant TRUSTED = "SELECT u.id FROM app_user u
        WHERE u.enterprise_id = $1 AND NOT u.disabled
            AND (EXISTS (SELECT 1 FROM role_grant g WHERE g.enterprise_id = $1
                    AND g.user_id = u.id AND g.role = $2)
                OR EXISTS (SELECT 1 FROM enterprise_setting s WHERE s.enterprise_id = $1
                    AND s.confidant_user_id = u.id))";
    tenant DROP_GRANTS = "DELETE FROM role_grant WHERE enterprise_id = $1 AND user_id = $2";
    rows ADD_GRANTS = (5, "INSERT INTO role_grant (enterprise_id, user_id, role, place_kind,
        place_key)", "ON CONFLICT (enterprise_id, user_id, role, place_kind, place_key) DO NOTHING");
    rows ADD_INVITATIONS = (4, "INSERT INTO invitation (enterprise_id, token_hash, user_id,
        expires_at)", "");
    tenant USE_INVITATION = "UPDATE invitation SET used_at = $3 WHERE enterprise_id = $1
        AND token_hash = $2 AND used_at IS NULL AND expires_at > $3 RETURNING user_id";
    tenant DROP_INVITATIONS = "DELETE FROM invitation WHERE enterprise_id = $1 AND user_id = $2
        AND used_at IS NULL";
    tenant FIND_SESSION = "SELECT u.id AS user_id, u.person_id, p.name, u.login, u.locale,
            s.device, s.used_at, s.proved_at, s.stepped, u.second_step_since,
            EXISTS (SELECT 1 FROM second_factor f WHERE f.enterprise_id = $1
                AND f.user_id = u.id AND f.since_day IS NOT NULL)
            OR EXISTS (SELECT 1 FROM passkey k WHERE k.enterprise_id = $1
                AND k.user_id = u.id) AS has_second,
            e.name AS home_name, e.kind AS home_kind, e.short_code, e.time_zone, e.region_code,
            g.role, g.place_kind, g.place_key
        FROM login_session s
        JOIN enterprise e ON e.id = s.enterprise_id
        JOIN app_user u ON u.enterprise_id = s.enterprise_id AND u.id = s.user_id
        JOIN person p ON p.enterprise_id = u.enterprise_id AND p.id = u.person_id
        LEFT JOIN role_grant g ON g.enterprise_id = u.enterprise_id AND g.user_id = u.id
        WHERE s.enterprise_id = $1 AND s.token_hash = $2 AND s.expires_at > $3 AND s.idle_at > $3
            AND NOT u.disabled";
}

/// Who is told names in confidence: the worker representatives, and the person of the improvement team
/// whom the report page names.
pub async fn trusted(tx: &mut Tx) -> Result<Vec<UserId>> {
    let role = Role::WorkerRepresentative.as_str();
    let rows: Vec<(Uuid,)> = tx.all(&TRUSTED, args![role]).await?;
    Ok(rows.into_iter().map(|(id,)| UserId(id)).collect())
}

/// A person in the register.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Person {
    /// Random id.
    #[sqlx(try_from = "Uuid")]
    pub id: PersonId,
    /// The name.
    pub name: String,
    /// The number in the factory.
    pub staff_number: Option<String>,
    /// The post.
    pub position: String,
    /// Where the person works.
    pub area_id: Option<Uuid>,
    /// Still there.
    pub active: bool,
}

fn person_rows(persons: &[(EnterpriseId, Person)]) -> Vec<Vec<Value>> {
    let rows = persons.iter().map(|(enterprise, it)| {
        args![
            *enterprise,
            it.id,
            &it.name,
            it.staff_number.as_ref(),
            &it.position,
            it.area_id,
            it.active
        ]
    });
    rows.collect()
}

/// Adds persons.
pub async fn add_persons(tx: &mut Tx, persons: &[(EnterpriseId, Person)]) -> Result<()> {
    tx.insert(&ADD_PERSONS, person_rows(persons)).await?;
    Ok(())
}

/// Adds persons, and replaces what stands about those who are there.
pub async fn save_persons(tx: &mut Tx, persons: &[(EnterpriseId, Person)]) -> Result<()> {
    tx.insert(&SAVE_PERSONS, person_rows(persons)).await?;
    Ok(())
}

/// Changes a person; false where there is none.
pub async fn change_person(tx: &mut Tx, it: &Person) -> Result<bool> {
    let values = args![
        it.id,
        &it.name,
        it.staff_number.as_ref(),
        &it.position,
        it.area_id,
        it.active
    ];
    Ok(tx.execute(&CHANGE_PERSON, values).await? == 1)
}

/// The register of the scope's enterprise.
pub async fn persons(tx: &mut Tx) -> Result<Vec<Person>> {
    tx.all(&PERSONS, args![]).await
}

/// A person's name.
pub async fn person_name(tx: &mut Tx, id: PersonId) -> Result<Option<String>> {
    let row: Option<(String,)> = tx.optional(&PERSON_NAME, args![id]).await?;
    Ok(row.map(|(name,)| name))
}

/// A login that is being made.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Random id.
    pub id: UserId,
    /// Whose login it is.
    pub person: PersonId,
    /// Login name.
    pub login: String,
    /// Argon2id, in PHC form; none before the first password is set.
    pub password_hash: Option<String>,
    /// `zh-CN` or `en`.
    pub locale: String,
}

/// Adds a user; false where the login name is taken.
pub async fn add_user(tx: &mut Tx, enterprise: EnterpriseId, it: &NewUser) -> Result<bool> {
    if tx
        .execute(&CLAIM_LOGIN, args![&it.login, enterprise, it.id])
        .await?
        == 0
    {
        return Ok(false);
    }
    let row = args![
        enterprise,
        it.id,
        it.person,
        &it.login,
        it.password_hash.as_ref(),
        &it.locale,
        false
    ];
    tx.insert(&ADD_USERS, vec![row]).await?;
    Ok(true)
}

/// Whose login name it is.
pub async fn find_login(tx: &mut Tx, login: &str) -> Result<Option<(EnterpriseId, UserId)>> {
    let row: Option<(Uuid, Uuid)> = tx.optional(&FIND_LOGIN, args![login]).await?;
    Ok(row.map(|(enterprise, user)| (enterprise.into(), user.into())))
}

/// A user's password hash, unless disabled or never set.
pub async fn find_password(tx: &mut Tx, user: UserId) -> Result<Option<String>> {
    let row: Option<(Option<String>, bool)> = tx.optional(&FIND_PASSWORD, args![user]).await?;
    Ok(row.and_then(|(hash, disabled)| if disabled { None } else { hash }))
}

/// A user's login name.
pub async fn login_of(tx: &mut Tx, user: UserId) -> Result<Option<String>> {
    let row: Option<(String,)> = tx.optional(&LOGIN_OF, args![user]).await?;
    Ok(row.map(|(login,)| login))
}

/// Sets a password; false for a disabled or unknown user.
pub async fn set_password(tx: &mut Tx, user: UserId, hash: &str) -> Result<bool> {
    Ok(tx.execute(&SET_PASSWORD, args![user, hash]).await? == 1)
}

/// Disables or enables a login; false where there is none.
pub async fn set_disabled(tx: &mut Tx, user: UserId, disabled: bool) -> Result<bool> {
    Ok(tx.execute(&SET_DISABLED, args![user, disabled]).await? == 1)
}

/// Notes the first day on which a user was asked for a second step; a day that stands there stays.
pub async fn set_second_step_since(tx: &mut Tx, user: UserId, day: Day) -> Result<()> {
    tx.execute(&SET_SECOND_STEP_SINCE, args![user, day]).await?;
    Ok(())
}

/// A user as listed.
#[derive(Debug, Clone)]
pub struct UserEntry {
    /// The login.
    pub id: UserId,
    /// The person.
    pub person: PersonId,
    /// The person's name.
    pub name: String,
    /// Login name.
    pub login: String,
    /// Can't log in.
    pub disabled: bool,
    /// No password has been set yet.
    pub waiting_for_password: bool,
    /// A second factor is asked for besides the password, or there is a passkey.
    pub second_factor: bool,
    /// Roles.
    pub grants: Vec<Grant>,
}

#[derive(sqlx::FromRow)]
struct UserRow {
    id: Uuid,
    person_id: Uuid,
    name: String,
    login: String,
    disabled: bool,
    waiting: bool,
    second_factor: bool,
    role: Option<String>,
    place_kind: Option<String>,
    place_key: Option<String>,
}

/// A role as it is stored; none where there is none.
pub(crate) fn grant(
    role: Option<String>,
    kind: Option<String>,
    key: Option<String>,
) -> Result<Option<Grant>> {
    let (Some(role), Some(kind), Some(key)) = (role, kind, key) else {
        return Ok(None);
    };
    let role = Role::parse(&role).ok_or(StoreError::Corrupt("role_grant.role"))?;
    match Place::parse(&kind, &key) {
        Ok(place) => Ok(Some(Grant { role, place })),
        Err(_) => Err(StoreError::Corrupt("role_grant.place_key")),
    }
}

/// The users of the scope's enterprise.
pub async fn users(tx: &mut Tx) -> Result<Vec<UserEntry>> {
    let rows: Vec<UserRow> = tx.all(&USERS, args![]).await?;
    let mut users: Vec<UserEntry> = Vec::new();
    for row in rows {
        let grant = grant(row.role, row.place_kind, row.place_key)?;
        if users.last().is_none_or(|last| last.id.0 != row.id) {
            users.push(UserEntry {
                id: UserId(row.id),
                person: PersonId(row.person_id),
                name: row.name,
                login: row.login,
                disabled: row.disabled,
                waiting_for_password: row.waiting,
                second_factor: row.second_factor,
                grants: Vec::new(),
            });
        }
        if let (Some(grant), Some(last)) = (grant, users.last_mut()) {
            last.grants.push(grant);
        }
    }
    Ok(users)
}

/// Replaces a user's roles.
pub async fn set_grants(
    tx: &mut Tx,
    enterprise: EnterpriseId,
    user: UserId,
    grants: &[Grant],
) -> Result<()> {
    tx.execute(&DROP_GRANTS, args![user]).await?;
    add_grants(tx, enterprise, user, grants).await
}

/// Gives a user more roles.
pub async fn add_grants(
    tx: &mut Tx,
    enterprise: EnterpriseId,
    user: UserId,
    grants: &[Grant],
) -> Result<()> {
    let rows = grants.iter().map(|it| {
        args![
            enterprise,
            user,
            it.role.as_str(),
            it.place.kind(),
            it.place.key()
        ]
    });
    tx.insert(&ADD_GRANTS, rows.collect()).await?;
    Ok(())
}

/// Keeps an invitation or reset; earlier unused ones of the user end.
pub async fn add_invitation(
    tx: &mut Tx,
    enterprise: EnterpriseId,
    token: Hash,
    user: UserId,
    expires: Instant,
) -> Result<()> {
    tx.execute(&DROP_INVITATIONS, args![user]).await?;
    tx.insert(
        &ADD_INVITATIONS,
        vec![args![enterprise, token, user, expires]],
    )
    .await?;
    Ok(())
}

/// Uses an invitation up; `None` when it is unknown, used or expired.
pub async fn use_invitation(tx: &mut Tx, token: Hash, now: Instant) -> Result<Option<UserId>> {
    let row: Option<(Uuid,)> = tx.optional(&USE_INVITATION, args![token, now]).await?;
    Ok(row.map(|(user,)| UserId(user)))
}

/// Who is behind a session.
#[derive(Debug, Clone)]
pub struct SessionEntry {
    /// The login.
    pub user: UserId,
    /// The person.
    pub person: PersonId,
    /// The person's name.
    pub name: String,
    /// Login name.
    pub login: String,
    /// `zh-CN` or `en`.
    pub locale: String,
    /// From what.
    pub device: Device,
    /// When the session was last seen in use.
    pub used: Instant,
    /// When its owner last showed who is there.
    pub proved: Instant,
    /// It was begun or confirmed with a second step.
    pub stepped: bool,
    /// The user has an app or a passkey.
    pub has_second: bool,
    /// The first day on which the user was asked for a second step.
    pub second_step_since: Option<Day>,
    /// The home enterprise's name.
    pub home_name: String,
    /// `enterprise` or `authority`.
    pub home_kind: String,
    /// The word in the home's wall codes.
    pub short_code: String,
    /// The home's time zone.
    pub time_zone: String,
    /// The home's division.
    pub region_code: Option<String>,
    /// Roles.
    pub grants: Vec<Grant>,
}

#[derive(sqlx::FromRow)]
struct SessionRow {
    user_id: Uuid,
    person_id: Uuid,
    name: String,
    login: String,
    locale: String,
    device: String,
    used_at: i64,
    proved_at: i64,
    stepped: bool,
    has_second: bool,
    second_step_since: Option<i64>,
    home_name: String,
    home_kind: String,
    short_code: String,
    time_zone: String,
    region_code: Option<String>,
    role: Option<String>,
    place_kind: Option<String>,
    place_key: Option<String>,
}

/// Finds the session of a token in the scope's enterprise, with the user's roles, in one
/// statement.
pub async fn find_session(tx: &mut Tx, token: Hash, now: Instant) -> Result<Option<SessionEntry>> {
    let rows: Vec<SessionRow> = tx.all(&FIND_SESSION, args![token, now]).await?;
    let mut session: Option<SessionEntry> = None;
    for row in rows {
        let grant = grant(row.role, row.place_kind, row.place_key)?;
        let device =
            Device::parse(&row.device).ok_or(StoreError::Corrupt("login_session.device"))?;
        let entry = session.get_or_insert_with(|| SessionEntry {
            device,
            used: Instant(row.used_at),
            proved: Instant(row.proved_at),
            stepped: row.stepped,
            has_second: row.has_second,
            second_step_since: row.second_step_since.map(Day),
            user: UserId(row.user_id),
            person: PersonId(row.person_id),
            name: row.name,
            login: row.login,
            locale: row.locale,
            home_name: row.home_name,
            home_kind: row.home_kind,
            short_code: row.short_code,
            time_zone: row.time_zone,
            region_code: row.region_code,
            grants: Vec::new(),
        });
        entry.grants.extend(grant);
    }
    Ok(session)
}
