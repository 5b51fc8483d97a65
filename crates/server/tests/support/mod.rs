//! What tests of whole processes share: a factory that is there before its server starts.

use std::path::Path;
use std::sync::Arc;

use hezuo_domain::time::{Clock, SeededRandom, SetClock};
use hezuo_server::config::Config;
use hezuo_server::demo::{Cast, Language, Setting, assemble};
use hezuo_server::{SystemClock, open};

/// SQLite in this folder, whatever the environment says.
pub(crate) fn config(folder: &Path) -> Config {
    let mut config = Config::read(None).unwrap();
    folder.clone_into(&mut config.data);
    config.database.url.clear();
    config.program = env!("CARGO_BIN_EXE_hezuo").into();
    config
}

/// How much stands in the chains there: whatever was done to accounts, and each report.
pub(crate) async fn sequenced(config: &Config) -> u64 {
    let app = open::app(config).await.unwrap();
    hezuo_app::ledger::sequence(&app).await.unwrap();
    let scope = hezuo_domain::Scope::System("a test counts what is in the chains");
    let mut tx = app.db.read(&scope).await.unwrap();
    let enterprises = hezuo_store::places::all_enterprises(&mut tx).await.unwrap();
    drop(tx);
    let mut sequenced = 0;
    for enterprise in enterprises {
        let found = hezuo_app::ledger::verify(&app, enterprise).await.unwrap();
        assert_eq!(found.faults, Vec::<String>::new());
        sequenced += found.sequenced;
    }
    app.db.close().await;
    sequenced
}

/// Sets a factory up there, without a single report.
pub(crate) async fn factory(config: &Config) -> Cast {
    let clock = Arc::new(SetClock::at(SystemClock.now()));
    let random = Arc::new(SeededRandom::new(7));
    let dyn_clock = Arc::clone(&clock) as Arc<dyn Clock>;
    let app = open::app_with(config, dyn_clock, random).await.unwrap();
    let setting = Setting {
        now: clock.now(),
        enterprises: 1,
        weeks: 0,
        seed: 7,
        language: Language::Zh,
    };
    let mut casts = assemble(&app, &clock, setting).await.unwrap();
    app.db.close().await;
    casts.remove(0)
}
