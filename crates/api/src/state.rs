//! What every handler can reach.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use hezuo_app::App;
use hezuo_app::desk::Desk;
use hezuo_app::envelopes::host::Host;
use hezuo_app::notices::live::Live;
use hezuo_app::writer::Writer;
use hezuo_domain::cases::Voice;
use hezuo_domain::{Code, Problem};

use crate::files::Files;
use crate::pages::Assets;

/// Which voices are heard here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Channel {
    /// All of them: nobody in a factory runs this server, or it is a demo or test.
    #[default]
    Whole,
    /// With a name or in confidence; anonymous ones at this address, or nowhere.
    Open(Option<String>),
    /// Anonymous ones only: an intake.
    Anonymous,
}

impl Channel {
    /// Whether a voice is heard here.
    ///
    /// # Errors
    /// `report.anonymous_elsewhere`; what an intake refuses it says itself.
    pub(crate) fn require(&self, voice: Voice) -> Result<(), Problem> {
        match self {
            Self::Open(_) if voice == Voice::Anonymous => Err(Code::AnonymousElsewhere.at("voice")),
            _ => Ok(()),
        }
    }
}

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
    /// Which voices are heard here.
    pub channel: Channel,
}

impl Settings {
    /// Whether what this peer sends crosses a network in plain text.
    pub(crate) fn is_plain_for(&self, peer: Option<&ConnectInfo<SocketAddr>>) -> bool {
        let is_far = peer.is_some_and(|ConnectInfo(peer)| !peer.ip().is_loopback());
        self.loopback_only_logins && is_far
    }
}

/// Shared by all handlers.
#[derive(Clone)]
pub struct ApiState {
    pub(crate) app: Arc<App>,
    pub(crate) writer: Arc<Writer>,
    pub(crate) desk: Desk,
    pub(crate) settings: Arc<Settings>,
    pub(crate) files: Arc<dyn Files>,
    pub(crate) assets: Arc<Assets>,
    pub(crate) live: Arc<Live>,
}

impl ApiState {
    /// Puts the parts together. Without the built web app the public pages still work as plain
    /// forms.
    pub fn new(app: Arc<App>, settings: Settings, files: Arc<dyn Files>) -> Self {
        let manifest = files.get("report/manifest.json");
        let assets = manifest
            .and_then(|json| Assets::from_manifest(&json).ok())
            .unwrap_or_default();
        let writer = Arc::new(Writer::new(Arc::clone(&app)));
        Self {
            desk: Desk::House(Arc::clone(&writer)),
            writer,
            app,
            settings: Arc::new(settings),
            files,
            assets: Arc::new(assets),
            live: Arc::default(),
        }
    }

    /// The same for an intake.
    pub fn of_intake(host: Arc<Host>, settings: Settings, files: Arc<dyn Files>) -> Self {
        let state = Self::new(Arc::clone(host.app()), settings, files);
        let desk = Desk::Intake(host);
        Self { desk, ..state }
    }

    /// The open screens, to be closed when the server stops.
    pub fn live(&self) -> Arc<Live> {
        Arc::clone(&self.live)
    }
}

/// The state for a page that anybody can open. Over plain http from another machine a browser
/// withholds what the script needs, so the page is the plain form that works without.
pub(crate) struct Reached(pub(crate) ApiState);

impl FromRequestParts<ApiState> for Reached {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Infallible> {
        let mut state = state.clone();
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        if state.settings.is_plain_for(peer) {
            let mut plain = Assets::clone(&state.assets);
            plain.script = None;
            state.assets = Arc::new(plain);
        }
        Ok(Self(state))
    }
}
