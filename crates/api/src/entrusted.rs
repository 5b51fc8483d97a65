//! Who looked at what not everybody may read, over HTTP.

use axum::Json;
use axum::extract::State;
use hezuo_app::entrusted;
use hezuo_app::queue::Look;
use hezuo_domain::Code;
use hezuo_domain::cases::reference;
use hezuo_domain::ids::CaseId;
use hezuo_domain::time::Day;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::accounts::EventQuery;
use crate::caller::Inside;
use crate::input::Params;
use crate::problem::{ProblemBody, Result};
use crate::state::ApiState;

/// Somebody looked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LookBody {
    id: Uuid,
    /// `name_read`, `voice_heard` or `factory_opened`.
    act: String,
    /// The case's short reference; none for the factory as a whole.
    case_ref: Option<String>,
    actor: String,
    /// Of somebody from outside, the office.
    office: Option<String>,
    day: String,
}

impl From<Look> for LookBody {
    fn from(it: Look) -> Self {
        let is_case = it.act != "factory_opened";
        Self {
            id: it.id,
            case_ref: is_case.then(|| reference(CaseId(it.subject_id))),
            act: it.act,
            actor: it.actor,
            office: it.office,
            day: Day(it.local_day).to_string(),
        }
    }
}

/// A page of looks.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LooksBody {
    items: Vec<LookBody>,
    /// Give it back as `cursor` for the next page; none on the last.
    next_cursor: Option<String>,
}

/// Who read names, heard recordings, or looked in from outside; newest day first.
#[utoipa::path(get, path = "/api/v1/enterprises/{enterprise}/looks", tag = "accounts",
    security(("session" = [])), params(("enterprise" = Uuid, Path), EventQuery),
    responses((status = 200, body = LooksBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list_looks(
    State(state): State<ApiState>,
    Inside(access): Inside,
    Params(query): Params<EventQuery>,
) -> Result<Json<LooksBody>> {
    let before = match query.cursor.as_deref() {
        None | Some("") => None,
        Some(text) => Some(crate::notices::cursor(text).ok_or(Code::InputInvalid.at("cursor"))?),
    };
    let limit = query.limit.unwrap_or(50);
    let (found, next) = entrusted::looks(&state.app, &access, before, limit).await?;
    Ok(Json(LooksBody {
        items: found.into_iter().map(LookBody::from).collect(),
        next_cursor: next.map(|(day, id)| format!("{day}.{id}")),
    }))
}
