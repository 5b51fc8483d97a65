//! Passkeys: signing in with one, and the owner's care of them; and showing once more who is there.

use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use axum::{Extension, Json};
use hezuo_app::Error;
use hezuo_app::people::passkeys::{self, Assertion, NewPasskey, Purpose, Wish};
use hezuo_app::people::proof::{self, Proof};
use hezuo_app::queue::Passkey;
use hezuo_domain::Code;
use hezuo_domain::passkeys::{ALGORITHMS, RelyingParty};
use hezuo_domain::time::Day;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::caller::{AtTheDoor, Ids, SettingUp, Signed, visit};
use crate::input::Body;
use crate::problem::{ProblemBody, Result};
use crate::session::{SessionBody, refuse_plain_http, signed_in};
use crate::state::ApiState;

/// For whom browsers make passkeys here; none where they make none.
fn party(state: &ApiState, headers: &HeaderMap) -> Option<RelyingParty> {
    if let Some(url) = &state.settings.public_url {
        return RelyingParty::at(url);
    }
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let scheme = if state.settings.secure {
        "https"
    } else {
        "http"
    };
    RelyingParty::at(&format!("{scheme}://{host}"))
}

fn required_party(state: &ApiState, headers: &HeaderMap) -> Result<RelyingParty, Error> {
    party(state, headers).ok_or(Code::PasskeysNotHere.into())
}

/// What a browser shall have a passkey sign.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChallengeBody {
    /// Base 64 for addresses, as all bytes here. It can be answered once, within five minutes.
    challenge: String,
    /// For whom the passkey is.
    rp_id: String,
    /// The address of the pages on which it works.
    origin: String,
    /// Passkeys that will do; any where the list is empty.
    passkeys: Vec<String>,
}

/// A challenge to sign in with. Nothing is kept of it until it is answered.
#[utoipa::path(post, path = "/api/v1/session/passkey-challenge", tag = "people",
    responses((status = 200, body = ChallengeBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn begin_passkey_session(
    State(state): State<ApiState>,
    headers: HeaderMap,
) -> Result<Json<ChallengeBody>> {
    let party = required_party(&state, &headers)?;
    Ok(Json(ChallengeBody {
        challenge: passkeys::challenge(&state.app, Purpose::SignIn),
        rp_id: party.id,
        origin: party.origin,
        passkeys: Vec::new(),
    }))
}

/// What a passkey answered.
#[derive(Deserialize, ToSchema)]
pub(crate) struct AssertionBody {
    /// Which passkey.
    id: String,
    client_data: String,
    authenticator_data: String,
    signature: String,
    /// Whose account it means; needed to sign in.
    user_handle: Option<String>,
}

impl From<AssertionBody> for Assertion {
    fn from(body: AssertionBody) -> Self {
        Self {
            credential_id: body.id,
            client_data: body.client_data,
            authenticator_data: body.authenticator_data,
            signature: body.signature,
            user_handle: body.user_handle,
        }
    }
}

/// Signs in with a passkey, which is enough by itself.
#[utoipa::path(post, path = "/api/v1/session/passkey", tag = "people",
    request_body = AssertionBody,
    responses((status = 200, body = SessionBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn create_passkey_session(
    State(state): State<ApiState>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    Body { value, .. }: Body<AssertionBody>,
) -> Result<Response> {
    refuse_plain_http(&state, peer.map(|Extension(peer)| peer))?;
    let party = required_party(&state, &headers)?;
    let visit = visit(&headers, &state);
    let signed = passkeys::sign_in(&state.app, &party, &value.into(), visit).await?;
    Ok(signed_in(&state, signed))
}

/// A passkey as its owner sees it.
#[derive(Serialize, ToSchema)]
pub(crate) struct PasskeyBody {
    id: Uuid,
    name: String,
    since_day: String,
    /// The day on which it was last used.
    last_day: Option<String>,
}

impl From<Passkey> for PasskeyBody {
    fn from(it: Passkey) -> Self {
        Self {
            id: it.id,
            name: it.name,
            since_day: Day(it.since_day).to_string(),
            last_day: it.last_day.map(|day| Day(day).to_string()),
        }
    }
}

/// The caller's passkeys.
#[derive(Serialize, ToSchema)]
pub(crate) struct PasskeysBody {
    /// The oldest first.
    items: Vec<PasskeyBody>,
    /// The address of the pages on which passkeys work; none where this server has no name or no https.
    origin: Option<String>,
}

/// The caller's passkeys.
#[utoipa::path(get, path = "/api/v1/account/passkeys", tag = "accounts",
    security(("session" = [])),
    responses((status = 200, body = PasskeysBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn list_passkeys(
    State(state): State<ApiState>,
    AtTheDoor(caller): AtTheDoor,
    headers: HeaderMap,
) -> Result<Json<PasskeysBody>> {
    let found = passkeys::list(&state.app, &caller).await?;
    Ok(Json(PasskeysBody {
        items: found.into_iter().map(PasskeyBody::from).collect(),
        origin: party(&state, &headers).map(|it| it.origin),
    }))
}

/// What a browser needs to make a passkey.
#[derive(Serialize, ToSchema)]
pub(crate) struct PasskeyWishBody {
    challenge: String,
    rp_id: String,
    /// By what the authenticator knows the account again.
    user_handle: String,
    login: String,
    name: String,
    /// Sorts of keys that are understood (COSE), the one that is liked best in front.
    algorithms: Vec<i64>,
    /// Passkeys that are known already.
    known: Vec<String>,
}

/// Begins to make a passkey.
#[utoipa::path(post, path = "/api/v1/account/passkeys/challenge", tag = "accounts",
    security(("session" = [])),
    responses((status = 200, body = PasskeyWishBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn begin_passkey(
    State(state): State<ApiState>,
    SettingUp(caller): SettingUp,
    headers: HeaderMap,
) -> Result<Json<PasskeyWishBody>> {
    let wish: Wish = passkeys::begin(&state.app, &caller).await?;
    let party = required_party(&state, &headers)?;
    Ok(Json(PasskeyWishBody {
        challenge: wish.challenge,
        rp_id: party.id,
        user_handle: wish.user_handle,
        login: caller.login,
        name: caller.name,
        algorithms: ALGORITHMS.to_vec(),
        known: wish.known,
    }))
}

/// A passkey that a browser has made.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewPasskeyBody {
    /// As its owner calls it, such as "My phone".
    name: String,
    client_data: String,
    attestation: String,
}

/// Keeps a passkey that the caller's browser has made.
#[utoipa::path(post, path = "/api/v1/account/passkeys", tag = "accounts",
    security(("session" = [])), request_body = NewPasskeyBody,
    responses((status = 201, body = PasskeyBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn add_passkey(
    State(state): State<ApiState>,
    SettingUp(caller): SettingUp,
    headers: HeaderMap,
    Body { value, .. }: Body<NewPasskeyBody>,
) -> Result<(StatusCode, Json<PasskeyBody>)> {
    let party = required_party(&state, &headers)?;
    let new = NewPasskey {
        name: value.name,
        client_data: value.client_data,
        attestation: value.attestation,
    };
    let made = passkeys::add(&state.app, &caller, &party, new).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// The passkey in the path.
#[derive(Deserialize)]
pub(crate) struct OfPasskey {
    passkey: Uuid,
}

/// Removes a passkey. One that is none of the caller's, or gone already, is left as it is.
#[utoipa::path(delete, path = "/api/v1/account/passkeys/{passkey}", tag = "accounts",
    security(("session" = [])), params(("passkey" = Uuid, Path)),
    responses((status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn remove_passkey(
    State(state): State<ApiState>,
    Signed(caller): Signed,
    Ids(path): Ids<OfPasskey>,
) -> Result<StatusCode> {
    passkeys::remove(&state.app, &caller, path.passkey).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// By what the caller can show who is there, besides the password.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProofWaysBody {
    /// A code of the second factor will do.
    code: bool,
    /// A passkey will do.
    passkey: Option<ChallengeBody>,
}

/// By what the caller can show who is there.
#[utoipa::path(get, path = "/api/v1/session/proof", tag = "people", security(("session" = [])),
    responses((status = 200, body = ProofWaysBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn find_proof_ways(
    State(state): State<ApiState>,
    AtTheDoor(caller): AtTheDoor,
    headers: HeaderMap,
) -> Result<Json<ProofWaysBody>> {
    let ways = proof::ways(&state.app, &caller).await?;
    let party = party(&state, &headers);
    let passkey = ways.challenge.zip(party);
    Ok(Json(ProofWaysBody {
        code: ways.code,
        passkey: passkey.map(|(challenge, party)| ChallengeBody {
            challenge,
            rp_id: party.id,
            origin: party.origin,
            passkeys: ways.passkeys,
        }),
    }))
}

/// One of the three.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ShownProofBody {
    password: Option<String>,
    /// Six figures from the app, or a recovery code.
    code: Option<String>,
    passkey: Option<AssertionBody>,
}

/// Shows who is there, so that the session may sign for a while.
#[utoipa::path(post, path = "/api/v1/session/proof", tag = "people", security(("session" = [])),
    request_body = ShownProofBody,
    responses((status = 204),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn give_proof(
    State(state): State<ApiState>,
    AtTheDoor(caller): AtTheDoor,
    headers: HeaderMap,
    Body { value, .. }: Body<ShownProofBody>,
) -> Result<StatusCode> {
    let proof = match value {
        ShownProofBody {
            passkey: Some(assertion),
            ..
        } => Proof::Passkey(Box::new(assertion.into())),
        ShownProofBody {
            code: Some(code), ..
        } => Proof::Code(code),
        ShownProofBody {
            password: Some(password),
            ..
        } => Proof::Password(password),
        _ => return Err(Code::InputMissing.at("password").into()),
    };
    let party = party(&state, &headers);
    proof::show(&state.app, &caller, party.as_ref(), proof).await?;
    Ok(StatusCode::NO_CONTENT)
}
