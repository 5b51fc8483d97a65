//! How this server gets to PostgreSQL. What leaves this machine goes through TLS to the server that the
//! certificate names; anything else only where the operator says so.

use std::net::IpAddr;
use std::path::PathBuf;

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use crate::error::{Result, StoreError};

/// How connections to PostgreSQL are kept from being read or answered by somebody else.
#[derive(Debug, Clone, Default)]
pub struct Transport {
    /// The authority that has signed the server's certificate, in PEM; besides those that the system
    /// trusts.
    pub authority: Option<PathBuf>,
    /// The operator lets connections to other machines be as the address says, even readable: there is
    /// a tunnel, or a network of its own.
    pub may_be_plain: bool,
}

impl Transport {
    /// Reads an address, and insists on TLS with a checked name where it leads to another machine.
    ///
    /// # Errors
    /// [`StoreError::Unfit`] where the address asks for less.
    pub(crate) fn options(&self, url: &str) -> Result<PgConnectOptions> {
        let mut options = url
            .parse::<PgConnectOptions>()?
            // A statement's text or parameters never go to the log.
            .disable_statement_logging();
        if let Some(authority) = &self.authority {
            options = options.ssl_root_cert(authority);
        }
        if is_here(&options) {
            return Ok(options);
        }
        let says = url.contains("sslmode=") || url.contains("ssl-mode=");
        if !says && (!self.may_be_plain || self.authority.is_some()) {
            return Ok(options.ssl_mode(PgSslMode::VerifyFull));
        }
        if !self.may_be_plain && !matches!(options.get_ssl_mode(), PgSslMode::VerifyFull) {
            return Err(StoreError::Unfit(format!(
                "database.url leads to {} with an sslmode that lets others read or answer: use \
                 sslmode=verify-full, with database.authority where the certificate is your own; or \
                 say database.may_be_plain = true where a tunnel protects the way",
                options.get_host()
            )));
        }
        Ok(options)
    }
}

/// Whether a connection stays on this machine.
fn is_here(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || host.parse().is_ok_and(|it: IpAddr| it.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(transport: &Transport, url: &str) -> Option<PgSslMode> {
        transport.options(url).ok().map(|it| it.get_ssl_mode())
    }

    #[test]
    fn what_leaves_the_machine_is_checked_and_less_is_refused() {
        let strict = Transport::default();
        let far = |query: &str| format!("postgres://hezuo@db.example/hezuo{query}");
        let full = |it: Option<PgSslMode>| matches!(it, Some(PgSslMode::VerifyFull));
        assert!(full(mode(&strict, &far(""))));
        assert!(full(mode(&strict, &far("?sslmode=verify-full"))));
        for less in ["disable", "allow", "prefer", "require", "verify-ca"] {
            let url = far(&format!("?sslmode={less}"));
            let refused = strict.options(&url).unwrap_err().to_string();
            assert!(refused.contains("db.example"), "{less}: {refused}");
            assert!(!refused.contains("hezuo@"), "{less}: {refused}");
        }
        let tunnel = Transport {
            may_be_plain: true,
            authority: None,
        };
        assert!(mode(&tunnel, &far("?sslmode=disable")).is_some());
        for near in ["localhost", "127.0.0.1", "[::1]"] {
            let url = format!("postgres://hezuo@{near}/hezuo?sslmode=disable");
            assert!(mode(&strict, &url).is_some(), "{near}");
        }
    }
}
