//! What this server can do, in the words of SCIM (RFC 7643, 5 to 7).

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use hezuo_domain::Code;
use hezuo_domain::scim::{GROUP, USER};
use serde_json::{Value, json};

use super::{Asked, Directory, MOST, Result, ScimProblem, ScimResource, answer, bodies};
use crate::state::ApiState;

/// What is supported.
#[utoipa::path(get, path = "/scim/v2/ServiceProviderConfig", tag = "scim",
    operation_id = "scim_find_service", security(("device_key" = [])),
    responses((status = 200, body = ScimResource, content_type = "application/scim+json"),
        (status = "4XX", body = ScimProblem, content_type = "application/scim+json")))]
pub(crate) async fn find_service(State(state): State<ApiState>, _directory: Directory) -> Response {
    let no = json!({"supported": false});
    answer(
        StatusCode::OK,
        &json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
            "patch": {"supported": true},
            "bulk": {"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
            "filter": {"supported": true, "maxResults": MOST},
            "changePassword": no, "sort": no, "etag": no,
            "authenticationSchemes": [{"type": "oauthbearertoken", "name": "Device key",
                "description": "A key that an administrator has made, as a bearer token",
                "primary": true}],
            "meta": {"resourceType": "ServiceProviderConfig",
                "location": bodies::location(&state, "ServiceProviderConfig")},
        }),
    )
}

fn resource_types(state: &ApiState) -> Vec<Value> {
    let one = |name: &str, schema: &str| {
        json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
            "id": name, "name": name, "endpoint": format!("/{name}s"), "schema": schema,
            "meta": {"resourceType": "ResourceType",
                "location": bodies::location(state, &format!("ResourceTypes/{name}"))}})
    };
    vec![one("User", USER), one("Group", GROUP)]
}

/// An attribute: its name, sort, and what may be done with it.
fn attribute(name: &str, sort: &str, about: &str, more: Value) -> Value {
    let mut all = json!({"name": name, "type": sort, "multiValued": false, "description": about,
        "required": false, "caseExact": false, "mutability": "readWrite", "returned": "default",
        "uniqueness": "none"});
    if let (Some(all), Value::Object(more)) = (all.as_object_mut(), more) {
        all.extend(more);
    }
    all
}

fn schemas(state: &ApiState) -> Vec<Value> {
    let reference = |to: &str, how: &str| {
        attribute(
            "$ref",
            "reference",
            "Where it is",
            json!({"referenceTypes": [to], "mutability": how, "caseExact": true}),
        )
    };
    let value = |how: &str| {
        let exact = json!({"mutability": how, "caseExact": true});
        attribute("value", "string", "Its id", exact)
    };
    let read_only = json!({"mutability": "readOnly"});
    let user = [
        attribute(
            "userName",
            "string",
            "The login name, which does not change",
            json!({"required": true, "mutability": "immutable", "uniqueness": "server"}),
        ),
        attribute(
            "displayName",
            "string",
            "The person's name",
            json!({"required": true}),
        ),
        attribute("title", "string", "The person's post", json!({})),
        attribute(
            "active",
            "boolean",
            "The login is open",
            json!({"required": true}),
        ),
        attribute(
            "name",
            "complex",
            "The person's name, as displayName has it",
            json!({"mutability": "readOnly", "subAttributes": [
                attribute("formatted", "string", "The whole name", read_only.clone())]}),
        ),
        attribute(
            "groups",
            "complex",
            "The groups that it is in",
            json!({"multiValued": true, "mutability": "readOnly", "subAttributes": [
                value("readOnly"), reference("Group", "readOnly"),
                attribute("display", "string", "Its name", read_only)]}),
        ),
    ];
    let group = [
        attribute(
            "displayName",
            "string",
            "Its name; a role's word, such as safety_officer, gives that role",
            json!({"required": true, "uniqueness": "server"}),
        ),
        attribute(
            "members",
            "complex",
            "Who is in it",
            json!({"multiValued": true, "subAttributes": [
                value("immutable"), reference("User", "immutable")]}),
        ),
    ];
    let one = |id: &str, name: &str, attributes: &[Value]| {
        json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"], "id": id, "name": name,
            "description": name, "attributes": attributes,
            "meta": {"resourceType": "Schema",
                "location": bodies::location(state, &format!("Schemas/{id}"))}})
    };
    vec![one(USER, "User", &user), one(GROUP, "Group", &group)]
}

fn by_id(all: Vec<Value>, id: &str) -> Result<Response> {
    let found = all.into_iter().find(|it| it["id"] == id);
    let found = found.ok_or(Code::NotFound)?;
    Ok(answer(StatusCode::OK, &found))
}

/// What resources there are.
#[utoipa::path(get, path = "/scim/v2/ResourceTypes", tag = "scim",
    operation_id = "scim_list_resource_types", security(("device_key" = [])),
    responses((status = 200, body = ScimResource, content_type = "application/scim+json"),
        (status = "4XX", body = ScimProblem, content_type = "application/scim+json")))]
pub(crate) async fn list_resource_types(
    State(state): State<ApiState>,
    _directory: Directory,
) -> Result<Response> {
    Asked::default().list(resource_types(&state))
}

/// One sort of resource.
#[utoipa::path(get, path = "/scim/v2/ResourceTypes/{resource_type}", tag = "scim",
    operation_id = "scim_find_resource_type", security(("device_key" = [])),
    params(("resource_type" = String, Path)),
    responses((status = 200, body = ScimResource, content_type = "application/scim+json"),
        (status = "4XX", body = ScimProblem, content_type = "application/scim+json")))]
pub(crate) async fn find_resource_type(
    State(state): State<ApiState>,
    _directory: Directory,
    Path(name): Path<String>,
) -> Result<Response> {
    by_id(resource_types(&state), &name)
}

/// The attributes of resources.
#[utoipa::path(get, path = "/scim/v2/Schemas", tag = "scim", operation_id = "scim_list_schemas",
    security(("device_key" = [])),
    responses((status = 200, body = ScimResource, content_type = "application/scim+json"),
        (status = "4XX", body = ScimProblem, content_type = "application/scim+json")))]
pub(crate) async fn list_schemas(
    State(state): State<ApiState>,
    _directory: Directory,
) -> Result<Response> {
    Asked::default().list(schemas(&state))
}

/// The attributes of one sort of resource.
#[utoipa::path(get, path = "/scim/v2/Schemas/{schema}", tag = "scim",
    operation_id = "scim_find_schema", security(("device_key" = [])),
    params(("schema" = String, Path)),
    responses((status = 200, body = ScimResource, content_type = "application/scim+json"),
        (status = "4XX", body = ScimProblem, content_type = "application/scim+json")))]
pub(crate) async fn find_schema(
    State(state): State<ApiState>,
    _directory: Directory,
    Path(schema): Path<String>,
) -> Result<Response> {
    by_id(schemas(&state), &schema)
}

/// One search over users and groups together is not offered; the standard's answer is 501.
pub(crate) async fn search(_directory: Directory) -> Response {
    answer(
        StatusCode::NOT_IMPLEMENTED,
        &json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "501",
            "detail": "Ask /Users or /Groups with a filter."}),
    )
}

/// Nothing is here.
pub(crate) async fn not_found(_directory: Directory) -> super::ScimError {
    Code::NotFound.into()
}
