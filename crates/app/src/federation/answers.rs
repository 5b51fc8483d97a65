//! What a provider says: where its places are, its keys, and who somebody is.

use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hezuo_domain::Code;
use hezuo_domain::time::Instant;
use serde::Deserialize;
use serde_json::Value;

use super::token::Jwk;
use super::{Network, Provider, Question, escaped, form, refused};
use crate::Result;

/// Seconds for which a provider's places and keys are kept.
const KEPT_SECONDS: i64 = 3600;

/// Seconds before its keys are asked for again because of a key that is not among them.
const PAUSE_SECONDS: i64 = 60;

/// Where a provider's places are (OpenID Connect Discovery, 3).
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Places {
    issuer: String,
    #[serde(rename = "authorization_endpoint")]
    pub(super) authorization: String,
    #[serde(rename = "token_endpoint")]
    token: String,
    #[serde(rename = "jwks_uri")]
    keys: String,
    #[serde(rename = "userinfo_endpoint")]
    userinfo: Option<String>,
    #[serde(rename = "token_endpoint_auth_methods_supported")]
    methods: Option<Vec<String>>,
    /// It says in every answer who it is (RFC 9207).
    #[serde(rename = "authorization_response_iss_parameter_supported", default)]
    pub(super) names_itself: bool,
}

/// What a provider gives for a code.
#[derive(Deserialize)]
pub(super) struct Tokens {
    pub(super) id_token: String,
    pub(super) access_token: Option<String>,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

/// What is known of a provider, and since when.
#[derive(Debug, Default)]
pub(super) struct Known {
    places: Mutex<Option<(Places, Instant)>>,
    keys: Mutex<Option<(Vec<Jwk>, Instant)>>,
}

fn kept<T: Clone>(of: &Mutex<Option<(T, Instant)>>, seconds: i64, now: Instant) -> Option<T> {
    let kept = of.lock().unwrap_or_else(PoisonError::into_inner);
    let (it, since) = kept.as_ref()?;
    (now < since.plus_seconds(seconds)).then(|| it.clone())
}

fn keep<T>(of: &Mutex<Option<(T, Instant)>>, it: T, now: Instant) {
    *of.lock().unwrap_or_else(PoisonError::into_inner) = Some((it, now));
}

/// Whether an address may be asked: over https, or on this machine where the provider is itself.
fn is_safe(url: &str, provider: &Provider) -> bool {
    url.starts_with("https://")
        || provider.issuer.starts_with("http://") && url.starts_with("http://")
}

async fn ask<T: serde::de::DeserializeOwned>(
    provider: &Provider,
    network: &dyn Network,
    question: Question,
) -> Result<T> {
    let answer = network.ask(question).await.map_err(|fault| {
        tracing::warn!(provider = provider.id, %fault, "a provider can't be reached");
        Code::ProviderUnreachable
    })?;
    serde_json::from_slice(&answer).map_err(|error| refused(provider, &error))
}

fn get(url: &str) -> Question {
    Question {
        url: url.to_owned(),
        headers: vec![("accept", "application/json".to_owned())],
        form: None,
    }
}

impl Known {
    /// Where the provider's places are.
    pub(super) async fn places(
        &self,
        provider: &Provider,
        network: &dyn Network,
        now: Instant,
    ) -> Result<Places> {
        if let Some(places) = kept(&self.places, KEPT_SECONDS, now) {
            return Ok(places);
        }
        let issuer = provider.issuer.trim_end_matches('/');
        let url = format!("{issuer}/.well-known/openid-configuration");
        let found: Places = ask(provider, network, get(&url)).await?;
        if found.issuer != provider.issuer {
            return Err(refused(provider, &"the provider is another one"));
        }
        let urls = [
            Some(&found.authorization),
            Some(&found.token),
            Some(&found.keys),
            found.userinfo.as_ref(),
        ];
        if !urls.into_iter().flatten().all(|it| is_safe(it, provider)) {
            return Err(refused(provider, &"a place of the provider is not https"));
        }
        keep(&self.places, found.clone(), now);
        Ok(found)
    }

    /// The keys with which the provider may have signed. They are asked for again when one is missing,
    /// but not more often than once in a while: whoever sends tokens must not make this server ask.
    pub(super) async fn keys(
        &self,
        provider: &Provider,
        network: &dyn Network,
        places: &Places,
        (kid, now): (Option<&str>, Instant),
    ) -> Result<Vec<Jwk>> {
        let fits = |keys: &Vec<Jwk>| keys.iter().any(|it| it.may_be(kid));
        if let Some(keys) = kept(&self.keys, KEPT_SECONDS, now)
            && (fits(&keys) || kept(&self.keys, PAUSE_SECONDS, now).is_some())
        {
            return Ok(keys);
        }
        let set: KeySet = ask(provider, network, get(&places.keys)).await?;
        // A key of a sort that we don't know is none for us.
        let read = |it| serde_json::from_value::<Jwk>(it).ok();
        let keys: Vec<Jwk> = set.keys.into_iter().filter_map(read).collect();
        keep(&self.keys, keys.clone(), now);
        Ok(keys)
    }
}

/// Gives a code and the attempt's secret for tokens.
pub(super) async fn redeem(
    provider: &Provider,
    network: &dyn Network,
    places: &Places,
    (code, verifier, back): (&str, &str, &str),
) -> Result<Tokens> {
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", back),
        ("code_verifier", verifier),
    ];
    let mut question = get(&places.token);
    let takes = |method: &str| match &places.methods {
        Some(methods) => methods.iter().any(|it| it == method),
        None => method == "client_secret_basic",
    };
    match &provider.secret {
        Some(secret) if takes("client_secret_basic") => {
            let pair = format!("{}:{}", escaped(&provider.client), escaped(secret));
            let value = format!("Basic {}", STANDARD.encode(pair));
            question.headers.push(("authorization", value));
        }
        Some(secret) => fields.extend([
            ("client_id", provider.client.as_str()),
            ("client_secret", secret.as_str()),
        ]),
        None => fields.push(("client_id", &provider.client)),
    }
    question.form = Some(form(&fields));
    match network.ask(question).await {
        Ok(answer) => serde_json::from_slice(&answer).map_err(|error| refused(provider, &error)),
        // It does not know the code, has seen it before, or knows us by another secret.
        Err(fault @ hezuo_domain::notices::channels::Fault::Status(400..=499)) => {
            Err(refused(provider, &fault))
        }
        Err(fault) => {
            tracing::warn!(provider = provider.id, %fault, "a provider can't be reached");
            Err(Code::ProviderUnreachable.into())
        }
    }
}

/// What the provider tells about a person besides the token.
pub(super) async fn userinfo(
    provider: &Provider,
    network: &dyn Network,
    places: &Places,
    access_token: &str,
) -> Result<Value> {
    let Some(url) = &places.userinfo else {
        return Ok(Value::Null);
    };
    let mut question = get(url);
    let bearer = format!("Bearer {access_token}");
    question.headers.push(("authorization", bearer));
    ask(provider, network, question).await
}
