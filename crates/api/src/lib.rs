//! HTTP only: routes, types, OpenAPI, sessions, problem+json.
