//! HTTP only: routes, types, OpenAPI, sessions, problem+json.

pub mod pages;
