//! What every handler can reach.

use std::sync::Arc;

use hezuo_app::App;

use crate::files::Files;
use crate::pages::Assets;

/// How this server presents itself.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// It is reached over https, by itself or through a proxy that says so.
    pub secure: bool,
    /// Logins over plain http from outside this machine are refused.
    pub loopback_only_logins: bool,
    /// A demo: the report page says that nobody is anonymous here.
    pub demo: bool,
    /// The address that codes on the wall lead to; the request's own host where none is set.
    pub public_url: Option<String>,
}

/// Shared by all handlers.
#[derive(Clone)]
pub struct ApiState {
    pub(crate) app: Arc<App>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) files: Arc<dyn Files>,
    pub(crate) assets: Arc<Assets>,
}

impl ApiState {
    /// Puts the parts together. Without the built web app the public pages still work as plain
    /// forms.
    pub fn new(app: Arc<App>, settings: Settings, files: Arc<dyn Files>) -> Self {
        let manifest = files.get("report/manifest.json");
        let assets = manifest
            .and_then(|json| Assets::from_manifest(&json).ok())
            .unwrap_or_default();
        Self {
            app,
            settings: Arc::new(settings),
            files,
            assets: Arc::new(assets),
        }
    }
}
