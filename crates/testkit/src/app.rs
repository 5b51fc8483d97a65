//! The application as a test sees it.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::Method;
use hezuo_api::{ApiState, Channel, Files, Settings, intake_router, router};
use hezuo_app::envelopes::host::Host;
use hezuo_app::envelopes::link::Link;
use hezuo_app::intake::Release;
use hezuo_app::notices::letters::Carrier;
use hezuo_app::{App, Keys, notices, oversight};
use hezuo_domain::time::{Clock, Instant, Random, SeededRandom, SetClock};
use hezuo_store::blobs::Blobs;
use hezuo_store::testing::Fresh;

use crate::call::Call;

/// When every test begins: 2026-03-10, ten in the morning in China.
pub const START: Instant = Instant(1_773_108_000_000_000);

/// No web app was built: the public pages are plain forms.
struct NoFiles;

impl Files for NoFiles {
    fn get(&self, _path: &str) -> Option<Cow<'static, [u8]>> {
        None
    }
}

fn app_on(fresh: &Fresh, clock: &Arc<SetClock>, seed: u64) -> App {
    App::new(
        fresh.db.clone(),
        Blobs::open(&fresh.folder.join("blobs")).expect("a folder for blobs"),
        Arc::clone(clock) as Arc<dyn Clock>,
        Arc::new(SeededRandom::new(seed)) as Arc<dyn Random>,
        Keys::from_secret(&[7; 32]),
        hezuo_packs::risk_matrix().expect("the pack is whole"),
        hezuo_packs::reward_rules().expect("the pack is whole"),
    )
}

/// The application on a fresh database, with a clock that stands and repeatable randomness.
pub struct TestApp {
    /// What the actions need.
    pub app: Arc<App>,
    /// Stands where it is put.
    pub clock: Arc<SetClock>,
    /// The database, and ways past the application.
    pub fresh: Fresh,
    router: Router,
}

impl TestApp {
    /// Puts an application on a database.
    pub fn on(fresh: Fresh) -> Self {
        Self::with(fresh, notices::Config::default())
    }

    /// The same, which tells people of things in a way of its own.
    pub fn with(fresh: Fresh, notices: notices::Config) -> Self {
        Self::changed(fresh, |app| {
            app.notices = notices;
            app.release = Release::OnAsk;
        })
    }

    /// The application as a factory has it, but for what is changed before it begins.
    pub fn changed(fresh: Fresh, change: impl FnOnce(&mut App)) -> Self {
        let clock = Arc::new(SetClock::at(START));
        let mut app = app_on(&fresh, &clock, 2026);
        change(&mut app);
        let app = Arc::new(app);
        let router = router_of(&app, Settings::default());
        Self {
            app,
            clock,
            fresh,
            router,
        }
    }

    /// The same application in a process of its own, with a way to an intake.
    pub fn linked(&self, carrier: Arc<dyn Carrier>, key: String) -> App {
        let mut app = app_on(&self.fresh, &self.clock, 2027);
        let own = Some("https://factory.test".to_owned());
        let every = Duration::from_secs(1);
        app.link = Some(Link::new("https://intake.test/", own, key, carrier, every));
        app
    }

    /// The same application in a process of its own, changed before it begins; what it answers.
    pub fn beside(&self, change: impl FnOnce(&mut App)) -> Router {
        let mut app = app_on(&self.fresh, &self.clock, 2029);
        change(&mut app);
        router_of(&Arc::new(app), Settings::default())
    }

    /// An intake, whose tables stand in the same database, and what it answers.
    pub fn intake(&self) -> (Arc<Host>, Router) {
        let host = Arc::new(Host::new(
            Arc::new(app_on(&self.fresh, &self.clock, 2028)),
            true,
        ));
        let settings = Settings {
            channel: Channel::Anonymous,
            ..Settings::default()
        };
        let state = ApiState::of_intake(Arc::clone(&host), settings, Arc::new(NoFiles));
        (host, intake_router(state))
    }

    /// Brings the sums of divisions up to date, as the server does every few seconds.
    ///
    /// # Panics
    /// Where the database fails.
    pub async fn fold(&self) {
        oversight::fold(&self.app)
            .await
            .expect("the sums are folded");
    }

    /// Everything that the server answers, to add a planted route to.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// The same application as another kind of server presents it.
    pub fn router_with(&self, settings: Settings) -> Router {
        router_of(&self.app, settings)
    }

    /// A request; it is sent by `.await`.
    pub fn call(&self, method: Method, path: &str) -> Call {
        Call::new(self.router.clone(), method, path)
    }

    /// A request that reads.
    pub fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    /// A request that acts.
    pub fn post(&self, path: &str) -> Call {
        self.call(Method::POST, path)
    }

    /// A request that adds to something.
    pub fn patch(&self, path: &str) -> Call {
        self.call(Method::PATCH, path)
    }

    /// A request that replaces.
    pub fn put(&self, path: &str) -> Call {
        self.call(Method::PUT, path)
    }
}

fn router_of(app: &Arc<App>, settings: Settings) -> Router {
    router(ApiState::new(Arc::clone(app), settings, Arc::new(NoFiles)))
}
