//! The binary `hezuo`: configuration, telemetry, commands, wiring. The only crate that reads the
//! environment.

pub mod admin;
pub mod age;
pub mod backup;
pub mod bench;
pub mod config;
pub mod demo;
pub mod export;
pub mod import;
pub mod intake;
pub mod listen;
pub mod log;
pub mod memory;
pub mod open;
pub mod post;
pub mod proof;
pub mod providers;
pub mod retention;
pub mod rewrite;
pub mod serve;
pub mod simulate;
mod system;
pub mod tls;
mod web;
pub mod work;

pub use system::{OsRandom, SystemClock};
pub use web::WebApp;

/// A command that failed, in words for the one who ran it.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// An action failed.
    #[error("{0}")]
    App(#[from] hezuo_app::Error),
    /// The database or blob folder failed.
    #[error("{0}")]
    Store(#[from] hezuo_store::StoreError),
    /// A file or address failed.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// A rule pack is broken.
    #[error("{0}")]
    Pack(#[from] hezuo_packs::PackError),
    /// The configuration is wrong, or something else that the text explains.
    #[error("{0}")]
    Other(String),
}

/// The result of a command.
pub type Result<T> = std::result::Result<T, Failure>;
