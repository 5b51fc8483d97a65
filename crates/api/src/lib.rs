//! HTTP only: routes, types, OpenAPI, sessions, problem+json.

mod answers;
mod boards;
mod caller;
mod cases;
mod directory;
mod download;
mod files;
mod guard;
mod health;
mod html;
mod imports;
mod input;
mod intake;
mod labels;
mod matrix;
mod oversight;
pub mod pages;
mod people;
mod places;
mod problem;
mod projects;
mod public;
mod reports;
mod rewards;
mod routes;
mod session;
mod start;
mod state;
mod tallies;
mod teams;
mod words;

pub use files::Files;
pub use problem::problem_text;
pub use routes::{openapi, router};
pub use state::{ApiState, Settings};
