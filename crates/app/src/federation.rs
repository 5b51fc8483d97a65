//! Signing in through a provider of one's organisation (OpenID Connect, authorisation code with PKCE).
//! Providers are the operator's: no address here comes from a user.

mod answers;
mod sign_in;
mod token;

use std::fmt::{self, Debug};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hezuo_domain::Code;
use hezuo_domain::commitment::digest;
use hezuo_domain::federation::{ATTEMPT_SECONDS, Rule};
use hezuo_domain::notices::channels::Fault;
use serde::{Deserialize, Serialize};

use crate::{App, Result};
use answers::Known;

pub use sign_in::{Returned, finish};

/// A question to a provider: a GET, or a POST of a form.
#[derive(Debug, Clone)]
pub struct Question {
    /// The whole address.
    pub url: String,
    /// Headers besides those that the carrier sets.
    pub headers: Vec<(&'static str, String)>,
    /// The form, encoded.
    pub form: Option<String>,
}

/// What asks providers: the server's way to the network. Readable connections go nowhere but to this
/// machine.
pub trait Network: Debug + Send + Sync {
    /// Asks, and brings back what was answered.
    fn ask(
        &self,
        question: Question,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, Fault>> + Send + '_>>;
}

/// A provider, as the operator has configured it.
pub struct Provider {
    /// Stands in addresses.
    pub id: String,
    /// What stands on the button, in Chinese.
    pub zh: String,
    /// What stands on the button, in English.
    pub en: String,
    /// Who it is: its answers must say exactly this.
    pub issuer: String,
    /// Who this server is for it.
    pub client: String,
    /// By what it knows this server; none for a public client.
    pub secret: Option<String>,
    /// What is asked for, separated by spaces.
    pub scopes: String,
    /// The claim that names the login.
    pub login_claim: String,
    /// The claim whose values stand for roles; none where roles are given here by hand.
    pub role_claim: Option<String>,
    /// What the values stand for.
    pub rules: Vec<Rule>,
    /// The short code of the enterprise or authority whose logins these are.
    pub enterprise: String,
    /// Whether whoever holds a role there gets a login at the first sign-in.
    pub may_create: bool,
    known: Known,
}

impl Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the secret.
        f.debug_struct("Provider")
            .field("id", &self.id)
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

impl Provider {
    /// A provider of which nothing but its name and its issuer is known yet.
    pub fn new(id: String, issuer: String, client: String, enterprise: String) -> Self {
        Self {
            zh: id.clone(),
            en: id.clone(),
            id,
            issuer,
            client,
            secret: None,
            scopes: "openid profile".to_owned(),
            login_claim: "preferred_username".to_owned(),
            role_claim: None,
            rules: Vec::new(),
            enterprise,
            may_create: false,
            known: Known::default(),
        }
    }
}

/// The providers of this server.
#[derive(Debug, Default)]
pub struct Providers {
    /// The server's own address, to which people come back.
    pub base: String,
    /// In the order of the buttons.
    pub items: Vec<Provider>,
    /// The way to them; none without providers.
    pub network: Option<Arc<dyn Network>>,
}

impl Providers {
    fn find(&self, id: &str) -> Result<(&Provider, &dyn Network)> {
        let provider = self.items.iter().find(|it| it.id == id);
        let found = provider.zip(self.network.as_deref());
        Ok(found.ok_or(Code::ProviderUnknown)?)
    }

    /// Where people come back to.
    fn back(&self) -> String {
        format!("{}/login/from/", self.base)
    }
}

/// What the browser keeps while somebody is away, sealed: the attempt belongs to it alone.
#[derive(Debug, Serialize, Deserialize)]
struct Attempt {
    provider: String,
    state: String,
    nonce: String,
    verifier: String,
    expires: i64,
}

/// A sign-in that has been begun.
#[derive(Debug)]
pub struct Begun {
    /// Where the browser goes now.
    pub url: String,
    /// What it keeps meanwhile.
    pub ticket: String,
}

/// Begins to sign in through a provider.
///
/// # Errors
/// `sign_in.unknown`, `sign_in.unreachable`.
pub async fn begin(app: &App, id: &str) -> Result<Begun> {
    let (provider, network) = app.providers.find(id)?;
    let places = provider.known.places(provider, network, app.now()).await?;
    let secret = || {
        let mut bytes = [0; 32];
        app.random.fill(&mut bytes);
        URL_SAFE_NO_PAD.encode(bytes)
    };
    let attempt = Attempt {
        provider: provider.id.clone(),
        state: secret(),
        nonce: secret(),
        verifier: secret(),
        expires: app.now().plus_seconds(ATTEMPT_SECONDS).0,
    };
    let challenge = URL_SAFE_NO_PAD.encode(digest(attempt.verifier.as_bytes()));
    let query = form(&[
        ("response_type", "code"),
        ("client_id", &provider.client),
        ("redirect_uri", &app.providers.back()),
        ("scope", &provider.scopes),
        ("state", &attempt.state),
        ("nonce", &attempt.nonce),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]);
    let joint = if places.authorization.contains('?') {
        '&'
    } else {
        '?'
    };
    let sealed = serde_json::to_string(&attempt)
        .map_err(|error| crate::Error::Internal(error.to_string()))?;
    Ok(Begun {
        url: format!("{}{joint}{query}", places.authorization),
        ticket: app.keys.seal_attempt(app.random.as_ref(), &sealed)?,
    })
}

/// A form as it is sent.
fn form(fields: &[(&str, &str)]) -> String {
    let pairs = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", escaped(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// A text in which nothing has a meaning of its own in an address.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            escaped.push(char::from(byte));
        } else {
            escaped.push('%');
            escaped.push_str(&hezuo_domain::commitment::hex(&[byte]).to_uppercase());
        }
    }
    escaped
}

/// Says in the log why somebody could not sign in; nothing about who it was.
fn refused(provider: &Provider, why: &dyn Debug) -> crate::Error {
    tracing::warn!(provider = provider.id, ?why, "a sign-in was refused");
    Code::SignInRefused.into()
}
