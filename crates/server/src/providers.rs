//! The providers of sign-ins, as the configuration names them. What does not fit is said at the start.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use axum::http::Uri;
use hezuo_app::federation::{Provider, Providers};
use hezuo_domain::federation::{Rule, may_be_mapped};
use hezuo_domain::people::Role;

use crate::config::{Config, SignIn, SignInRole};
use crate::post::Post;
use crate::{Failure, Result};

/// What fits, or why it does not.
type Checked<T> = std::result::Result<T, String>;

/// Reads the providers.
///
/// # Errors
/// A setting that does not fit, or a secret that can't be read; the text names it.
pub fn of(config: &Config) -> Result<Providers> {
    if config.sign_in.is_empty() {
        return Ok(Providers::default());
    }
    if config.public_url.is_empty() {
        return Err(Failure::Other(
            "sign_in needs public_url: a provider sends people back to it".into(),
        ));
    }
    let mut items: Vec<Provider> = Vec::new();
    for it in &config.sign_in {
        let provider =
            provider(it).map_err(|why| Failure::Other(format!("sign_in {:?}: {why}", it.id)))?;
        if items.iter().any(|other| other.id == provider.id) {
            return Err(Failure::Other(format!("sign_in {:?} stands twice", it.id)));
        }
        items.push(provider);
    }
    Ok(Providers {
        base: config.public_url.trim_end_matches('/').to_owned(),
        items,
        network: Some(Arc::new(Post::for_providers()?)),
    })
}

fn provider(it: &SignIn) -> Checked<Provider> {
    let is_plain = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
    if it.id.is_empty() || !it.id.bytes().all(is_plain) {
        return Err("id takes small letters, digits and -".into());
    }
    if !is_protected(&it.issuer) {
        return Err("issuer must begin with https:// unless it is on this machine".into());
    }
    if it.client_id.is_empty() || it.enterprise.is_empty() {
        return Err("client_id and enterprise must be set".into());
    }
    if !it.scopes.split(' ').any(|scope| scope == "openid") {
        return Err("scopes must hold openid".into());
    }
    if it.create && it.role_claim.is_empty() {
        return Err("create needs role_claim: nobody gets a login without a role".into());
    }
    if it.role_claim.is_empty() != it.roles.is_empty() {
        return Err("role_claim and roles belong together".into());
    }
    let rules: Checked<Vec<Rule>> = it.roles.iter().map(rule).collect();
    let mut provider = Provider::new(
        it.id.clone(),
        it.issuer.clone(),
        it.client_id.clone(),
        it.enterprise.to_uppercase(),
    );
    provider.zh.clone_from(&it.name_zh);
    provider.en.clone_from(&it.name_en);
    provider.secret = secret(&it.client_secret_file)?;
    provider.scopes.clone_from(&it.scopes);
    provider.login_claim.clone_from(&it.login_claim);
    provider.role_claim = Some(it.role_claim.clone()).filter(|it| !it.is_empty());
    provider.rules = rules?;
    provider.may_create = it.create;
    Ok(provider)
}

fn rule(it: &SignInRole) -> Checked<Rule> {
    let role = Role::parse(&it.role).ok_or(format!("there is no role {:?}", it.role))?;
    if !may_be_mapped(role) {
        return Err("a worker representative is not made by a provider".into());
    }
    let region = match it.region.as_str() {
        "" => None,
        code => Some(code.parse().or(Err(format!("{code:?} is no division")))?),
    };
    Ok(Rule {
        value: it.value.clone(),
        role,
        region,
    })
}

fn secret(file: &Path) -> Checked<Option<String>> {
    if file.as_os_str().is_empty() {
        return Ok(None);
    }
    match std::fs::read_to_string(file) {
        Ok(text) if !text.trim().is_empty() => Ok(Some(text.trim().to_owned())),
        Ok(_) => Err(format!("{} is empty", file.display())),
        Err(error) => Err(format!("{} can't be read: {error}", file.display())),
    }
}

/// Whether what is said to an address can't be read or changed on the way.
fn is_protected(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else {
        return false;
    };
    let host = uri.host().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let is_here = host == "localhost" || host.parse().is_ok_and(|it: IpAddr| it.is_loopback());
    let has_extras = uri.query().is_some() || url.contains('#');
    !has_extras
        && (uri.scheme_str() == Some("https") || uri.scheme_str() == Some("http") && is_here)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    fn read(text: &str) -> Checked<Provider> {
        let whole = "id = \"works\"\nname_zh = \"a\"\nname_en = \"b\"\nclient_id = \"hezuo\"\n\
            enterprise = \"abcd1234\"\n";
        let table: toml::Table = format!("{whole}{text}").parse().unwrap();
        provider(&SignIn::deserialize(toml::Value::Table(table)).unwrap())
    }

    #[test]
    fn a_provider_that_does_not_fit_is_refused_by_name() {
        let issuer = "issuer = \"https://login.example\"\n";
        let found = read(issuer).unwrap();
        assert_eq!(found.enterprise, "ABCD1234");
        assert!(read("issuer = \"http://localhost:3000\"").is_ok());
        for (text, word) in [
            ("issuer = \"http://login.example\"".to_owned(), "https"),
            (
                "issuer = \"https://login.example/?a=b\"".to_owned(),
                "https",
            ),
            (format!("{issuer}create = true"), "create"),
            (format!("{issuer}role_claim = \"groups\""), "belong"),
            (format!("{issuer}scopes = \"profile\""), "openid"),
            (
                format!("{issuer}client_secret_file = \"/nowhere/secret\""),
                "/nowhere/secret",
            ),
            (
                format!(
                    "{issuer}role_claim = \"groups\"\nroles = [{{ value = \"union\", \
                     role = \"worker_representative\" }}]"
                ),
                "representative",
            ),
        ] {
            let why = read(&text).unwrap_err();
            assert!(why.contains(word), "{text}: {why}");
        }
    }
}
