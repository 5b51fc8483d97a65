//! Acts on accounts that wait for a second person, and what was done to accounts.

pub(crate) mod own;
pub(crate) mod passkeys;
pub(crate) mod second_factor;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hezuo_app::accounts;
use hezuo_app::queue::AccountEvent;
use hezuo_domain::Code;
use hezuo_domain::time::Day;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::caller::{Ids, Inside};
use crate::input::{Body, Params};
use crate::people::{InvitationBody, RoleBody};
use crate::problem::{ProblemBody, Result};
use crate::state::ApiState;

/// What was asked for waits for a second person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HeldBody {
    /// Always true.
    waits: bool,
}

/// 204 where it was done, 202 where it waits for a second person.
pub(crate) fn done_or_held(waits: bool) -> Response {
    if waits {
        (StatusCode::ACCEPTED, Json(HeldBody { waits })).into_response()
    } else {
        StatusCode::NO_CONTENT.into_response()
    }
}

/// An act that waits, or may be carried out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountChangeBody {
    id: Uuid,
    /// `reset`, `disable`, `gain`, `lose` or `confide`.
    act: String,
    /// Whose account.
    subject: String,
    /// Of a role, which, and where.
    role: Option<RoleBody>,
    /// Who wants it.
    asked_by: String,
    asked_day: String,
    /// The day from which it can be done where nobody but the person concerned could agree.
    due_day: String,
    /// `waiting` or `agreed`.
    state: String,
    /// Who agreed.
    agreed_by: Option<String>,
    /// Whether the caller can agree.
    can_agree: bool,
    /// Whether the caller can object, or withdraw it.
    can_refuse: bool,
    /// Whether the caller can carry it out now.
    can_carry_out: bool,
}

/// What waits.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountChangesBody {
    items: Vec<AccountChangeBody>,
}

/// The acts on accounts that wait for a second person, the oldest first.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/account-changes", tag = "accounts",
    security(("session" = [])), params(("enterprise" = Uuid, Path)),
    responses((status = 200, body = AccountChangesBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list_account_changes(
    State(state): State<ApiState>,
    Inside(access): Inside,
) -> Result<Json<AccountChangesBody>> {
    let found = accounts::list(&state.app, &access).await?;
    let items = found.items.into_iter().map(|seen| AccountChangeBody {
        id: seen.it.id,
        act: seen.it.change.act.as_str().to_owned(),
        subject: seen.it.subject,
        role: seen.it.grant.as_ref().map(RoleBody::from),
        asked_by: seen.it.asker,
        asked_day: seen.it.asked_day.to_string(),
        due_day: seen.it.change.due.to_string(),
        state: seen.it.change.state.as_str().to_owned(),
        agreed_by: seen.it.decider,
        can_agree: seen.can_agree,
        can_refuse: seen.can_refuse,
        can_carry_out: seen.can_carry_out,
    });
    Ok(Json(AccountChangesBody {
        items: items.collect(),
    }))
}

/// The change in the path.
#[derive(Deserialize)]
pub(crate) struct OfChange {
    change: Uuid,
}

/// The caller's own password, as a proof of who is there.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ProofBody {
    password: String,
}

/// Agrees as the second person.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/account-changes/{change}/agree",
    tag = "accounts", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("change" = Uuid, Path)), request_body = ProofBody,
    responses((status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn agree_to_account_change(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfChange>,
    Body { value, .. }: Body<ProofBody>,
) -> Result<StatusCode> {
    accounts::agree(&state.app, &access, path.change, value.password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Objects to a change, or withdraws what the caller asked for.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/account-changes/{change}/refuse",
    tag = "accounts", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("change" = Uuid, Path)),
    responses((status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn refuse_account_change(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfChange>,
) -> Result<StatusCode> {
    accounts::refuse(&state.app, &access, path.change).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What was carried out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CarriedOutBody {
    /// Of a reset, the code. Shown once.
    invitation: Option<InvitationBody>,
}

/// Does what a second person agreed to, or what has waited long enough.
#[utoipa::path(post, path = "/api/v1/enterprises/{enterprise}/account-changes/{change}/carry-out",
    tag = "accounts", security(("session" = [])),
    params(("enterprise" = Uuid, Path), ("change" = Uuid, Path)),
    responses((status = 200, body = CarriedOutBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn carry_out_account_change(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Ids(path): Ids<OfChange>,
) -> Result<Json<CarriedOutBody>> {
    let invitation = accounts::carry_out(&state.app, &access, path.change).await?;
    Ok(Json(CarriedOutBody {
        invitation: invitation.map(InvitationBody::from),
    }))
}

/// Something that was done to an account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountEventBody {
    id: Uuid,
    /// `asked`, `agreed`, `refused` or `done`.
    phase: String,
    /// What: `reset`, `disable`, `enable`, `gain`, `lose`, `confide` or `unconfide`.
    act: String,
    /// Of a role, which.
    role: Option<String>,
    day: String,
    /// To whose account.
    subject: String,
    /// By whom; none for the server's terminal.
    actor: Option<String>,
}

impl From<AccountEvent> for AccountEventBody {
    fn from(it: AccountEvent) -> Self {
        Self {
            id: it.id,
            phase: it.phase,
            act: it.act,
            role: it.role,
            day: Day(it.local_day).to_string(),
            subject: it.subject,
            actor: it.actor,
        }
    }
}

/// A page of what was done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountEventsBody {
    items: Vec<AccountEventBody>,
    /// Give it back as `cursor` for the next page; none on the last.
    next_cursor: Option<String>,
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventQuery {
    /// Where the last page ended.
    pub(crate) cursor: Option<String>,
    /// Lines, at most 200; 50 by default.
    pub(crate) limit: Option<i64>,
}

/// What was done to accounts, newest day first.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/account-events", tag = "accounts",
    security(("session" = [])), params(("enterprise" = Uuid, Path), EventQuery),
    responses((status = 200, body = AccountEventsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list_account_events(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Params(query): Params<EventQuery>,
) -> Result<Json<AccountEventsBody>> {
    let before = match query.cursor.as_deref() {
        None | Some("") => None,
        Some(text) => Some(crate::notices::cursor(text).ok_or(Code::InputInvalid.at("cursor"))?),
    };
    let limit = query.limit.unwrap_or(50);
    let (found, next) = accounts::events(&state.app, &access, before, limit).await?;
    Ok(Json(AccountEventsBody {
        items: found.into_iter().map(AccountEventBody::from).collect(),
        next_cursor: next.map(|(day, id)| format!("{day}.{id}")),
    }))
}
