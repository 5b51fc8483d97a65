//! Persons and logins over HTTP.

pub(crate) mod roll;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hezuo_app::people::{self, Invitation, PersonEntry, UserRequest};
use hezuo_app::queue::{Person, UserEntry};
use hezuo_domain::ids::{PersonId, UserId};
use hezuo_domain::people::{Grant, Place, Role};
use hezuo_domain::{Code, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::accounts::{HeldBody, done_or_held};
use crate::caller::{Ids, Inside};
use crate::input::Body;
use crate::problem::{ProblemBody, Result};
use crate::state::ApiState;

/// The person in the path.
#[derive(Deserialize)]
pub(crate) struct OfPerson {
    person: PersonId,
}

/// The user in the path.
#[derive(Deserialize)]
pub(crate) struct OfUser {
    user: UserId,
}

/// A role on a place.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct RoleBody {
    /// Such as `safety_officer`.
    role: String,
    /// `enterprise`, `site`, `area` or `region`.
    place_kind: String,
    /// The place's id, or a division code.
    place_key: String,
}

impl From<&Grant> for RoleBody {
    fn from(grant: &Grant) -> Self {
        Self {
            role: grant.role.as_str().to_owned(),
            place_kind: grant.place.kind().to_owned(),
            place_key: grant.place.key(),
        }
    }
}

fn grants(roles: &[RoleBody]) -> Result<Vec<Grant>, Problem> {
    let grant = |it: &RoleBody| {
        Ok(Grant {
            role: Role::parse(&it.role).ok_or(Code::InputInvalid.at("roles"))?,
            place: Place::parse(&it.place_kind, &it.place_key)?,
        })
    };
    roles.iter().map(grant).collect()
}

/// A person in the register.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonBody {
    id: Uuid,
    name: String,
    staff_number: Option<String>,
    position: String,
    area_id: Option<Uuid>,
    active: bool,
}

impl From<Person> for PersonBody {
    fn from(person: Person) -> Self {
        Self {
            id: person.id.0,
            name: person.name,
            staff_number: person.staff_number,
            position: person.position,
            area_id: person.area_id,
            active: person.active,
        }
    }
}

/// The register.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonsBody {
    items: Vec<PersonBody>,
}

/// What is entered about a person.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct PersonRequest {
    name: String,
    staff_number: Option<String>,
    #[serde(default)]
    position: String,
    area_id: Option<Uuid>,
    /// True by default.
    active: Option<bool>,
}

impl From<PersonRequest> for PersonEntry {
    fn from(request: PersonRequest) -> Self {
        Self {
            name: request.name,
            staff_number: request.staff_number,
            position: request.position,
            area_id: request.area_id,
            active: request.active.unwrap_or(true),
        }
    }
}

/// A login.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserBody {
    id: Uuid,
    person_id: Uuid,
    name: String,
    login: String,
    disabled: bool,
    /// Invited, and no password has been set yet.
    waiting_for_password: bool,
    /// A code is asked for besides the password, or there is a passkey.
    second_factor: bool,
    roles: Vec<RoleBody>,
}

impl From<UserEntry> for UserBody {
    fn from(user: UserEntry) -> Self {
        Self {
            id: user.id.0,
            person_id: user.person.0,
            name: user.name,
            login: user.login,
            disabled: user.disabled,
            waiting_for_password: user.waiting_for_password,
            second_factor: user.second_factor,
            roles: user.grants.iter().map(RoleBody::from).collect(),
        }
    }
}

/// The logins.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UsersBody {
    items: Vec<UserBody>,
}

/// A login that shall be made.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewUserRequest {
    person_id: Uuid,
    login: String,
    /// `zh-CN` or `en`.
    locale: String,
    roles: Vec<RoleBody>,
}

/// A user's roles.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct RolesRequest {
    roles: Vec<RoleBody>,
}

/// An invitation or reset, to be handed over as a link or on paper. Shown once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InvitationBody {
    /// Groups of four characters.
    code: String,
    /// The link, from the server's root.
    path: String,
    /// The last day on which it can be used.
    expires_day: String,
}

impl From<Invitation> for InvitationBody {
    fn from(invitation: Invitation) -> Self {
        let code = invitation.code();
        // After the `#`, so that no server or proxy ever logs it.
        Self {
            path: format!("/login/redeem/#{code}"),
            code,
            expires_day: invitation.expires.to_string(),
        }
    }
}

/// A new login with its invitation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InvitedBody {
    user_id: Uuid,
    invitation: InvitationBody,
}

/// The register of persons.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/persons", tag = "people",
    security(("session" = [])), params(("enterprise" = Uuid, Path)),
    responses((status = 200, body = PersonsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list_persons(
    State(state): State<ApiState>,
    Inside(access): Inside,
) -> Result<Json<PersonsBody>> {
    let persons = people::persons(&state.app, &access).await?;
    Ok(Json(PersonsBody {
        items: persons.into_iter().map(PersonBody::from).collect(),
    }))
}

/// Adds a person.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/persons", tag = "people",
    security(("session" = [])), params(("enterprise" = Uuid, Path)), request_body = PersonRequest,
    responses((status = 201, body = PersonBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn create_person(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Body { value, .. }: Body<PersonRequest>,
) -> Result<(StatusCode, Json<PersonBody>)> {
    let person = people::add_person(&state.app, &access, value.into()).await?;
    Ok((StatusCode::CREATED, Json(person.into())))
}

/// Changes a person.
#[utoipa::path(put, path = "/api/v1/enterprises/{enterprise}/persons/{person}", tag = "people",
    security(("session" = [])), params(("enterprise" = Uuid, Path), ("person" = Uuid, Path)),
    request_body = PersonRequest,
    responses((status = 200, body = PersonBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn update_person(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfPerson>,
    Body { value, .. }: Body<PersonRequest>,
) -> Result<Json<PersonBody>> {
    let person = people::change_person(&state.app, &access, path.person, value.into()).await?;
    Ok(Json(person.into()))
}

/// The logins.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/users", tag = "people",
    security(("session" = [])), params(("enterprise" = Uuid, Path)),
    responses((status = 200, body = UsersBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list_users(
    State(state): State<ApiState>,
    Inside(access): Inside,
) -> Result<Json<UsersBody>> {
    let users = people::users(&state.app, &access).await?;
    Ok(Json(UsersBody {
        items: users.into_iter().map(UserBody::from).collect(),
    }))
}

/// Makes a login and its invitation.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/users", tag = "people",
    security(("session" = [])), params(("enterprise" = Uuid, Path)), request_body = NewUserRequest,
    responses((status = 201, body = InvitedBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn create_user(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Body { value, .. }: Body<NewUserRequest>,
) -> Result<(StatusCode, Json<InvitedBody>)> {
    access.require(hezuo_domain::permissions::Permission::UserManage)?;
    let request = UserRequest {
        person: value.person_id.into(),
        login: value.login,
        locale: value.locale,
        grants: grants(&value.roles)?,
    };
    let (user, invitation) = people::invite_user(&state.app, &access, request).await?;
    let body = InvitedBody {
        user_id: user.0,
        invitation: invitation.into(),
    };
    Ok((StatusCode::CREATED, Json(body)))
}

/// Makes a reset code to be printed and handed over.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/users/{user}/reset", tag = "people",
    security(("session" = [])), params(("enterprise" = Uuid, Path), ("user" = Uuid, Path)),
    responses((status = 200, body = InvitationBody),
        (status = 202, description = "It waits for a second person", body = HeldBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn reset_user(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfUser>,
) -> Result<Response> {
    let made = people::reset_user(&state.app, &access, path.user).await?;
    Ok(match made.map(InvitationBody::from) {
        Some(invitation) => Json(invitation).into_response(),
        None => done_or_held(true),
    })
}

/// Ends all of a user's sessions, as when a phone was lost. The password stays.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/users/{user}/end-sessions",
    tag = "people", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("user" = Uuid, Path)),
    responses((status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn end_sessions_of_user(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfUser>,
) -> Result<StatusCode> {
    people::end_sessions(&state.app, &access, path.user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Disables a login; its sessions end at once.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/users/{user}/disable", tag = "people",
    security(("session" = [])), params(("enterprise" = Uuid, Path), ("user" = Uuid, Path)),
    responses((status = 204),
        (status = 202, description = "It waits for a second person", body = HeldBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn disable_user(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfUser>,
) -> Result<Response> {
    let waits = people::set_disabled(&state.app, &access, path.user, true).await?;
    Ok(done_or_held(waits))
}

/// Enables a login again.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/users/{user}/enable", tag = "people",
    security(("session" = [])), params(("enterprise" = Uuid, Path), ("user" = Uuid, Path)),
    responses((status = 204),
        (status = 202, description = "It waits for a second person", body = HeldBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn enable_user(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfUser>,
) -> Result<Response> {
    let waits = people::set_disabled(&state.app, &access, path.user, false).await?;
    Ok(done_or_held(waits))
}

/// Replaces a user's roles.
#[utoipa::path(put, path = "/api/v1/enterprises/{enterprise}/users/{user}/roles", tag = "people",
    security(("session" = [])), params(("enterprise" = Uuid, Path), ("user" = Uuid, Path)),
    request_body = RolesRequest,
    responses((status = 204),
        (status = 202, description = "It waits for a second person", body = HeldBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn update_roles(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfUser>,
    Body { value, .. }: Body<RolesRequest>,
) -> Result<Response> {
    access.require(hezuo_domain::permissions::Permission::UserManage)?;
    let roles = grants(&value.roles)?;
    let waits = people::change_roles(&state.app, &access, path.user, &roles).await?;
    Ok(done_or_held(waits))
}
