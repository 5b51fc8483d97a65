//! Configuration: the commented default is compiled in, a file and the environment override it.

use hezuo_app::people::Lifetimes;
use hezuo_domain::people::Role;
use hezuo_domain::second_step::{MOST_DAYS, Rule, may_be_asked};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::{Failure, Result};

/// The default, with every setting and what it means.
pub const DEFAULTS: &str = include_str!("defaults.toml");

/// All settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Database, pictures, key.
    pub data: PathBuf,
    /// Where codes on the wall lead to; empty for the request's own address.
    pub public_url: String,
    /// A proxy in front speaks https.
    pub behind_tls: bool,
    /// The server itself speaks https.
    pub tls: Tls,
    /// Which database.
    pub database: Database,
    /// How long login sessions last.
    pub sessions: Sessions,
    /// Whose password alone is not enough.
    pub second_step: SecondStep,
    /// What is sent to other machines.
    pub notices: Notices,
    /// The mail server that takes mail to users.
    pub mail: Mail,
    /// Where anonymous reports go.
    pub intake: Intake,
    /// The program that rewrites uploads: this one, but where a test has another. No setting, for
    /// whoever could set it could run what he likes.
    #[serde(skip)]
    pub program: PathBuf,
    /// How many reports are taken.
    pub reports: Reports,
    /// Backups to a second place.
    pub backup: Backup,
    /// Through whom people may sign in besides by password.
    #[serde(default)]
    pub sign_in: Vec<SignIn>,
}

/// A provider through which people sign in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// Stands in addresses.
    pub id: String,
    /// What stands on the button, in Chinese.
    pub name_zh: String,
    /// What stands on the button, in English.
    pub name_en: String,
    /// The provider's address, exactly as it names itself.
    pub issuer: String,
    /// Who this server is for it.
    pub client_id: String,
    /// The file with the secret and nothing else; empty for a public client.
    #[serde(default)]
    pub client_secret_file: PathBuf,
    /// What is asked for, separated by spaces.
    #[serde(default = "scopes")]
    pub scopes: String,
    /// The claim that names the login.
    #[serde(default = "login_claim")]
    pub login_claim: String,
    /// The short code of the enterprise or authority whose logins these are.
    pub enterprise: String,
    /// Whether whoever holds a role gets a login at the first sign-in.
    #[serde(default)]
    pub create: bool,
    /// The claim whose values stand for roles; empty where roles are given here by hand.
    #[serde(default)]
    pub role_claim: String,
    /// What the values stand for.
    #[serde(default)]
    pub roles: Vec<SignInRole>,
}

/// What a value of a claim stands for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInRole {
    /// The value, such as a group's name.
    pub value: String,
    /// The role.
    pub role: String,
    /// The division in which it holds; empty for the whole of the enterprise or authority.
    #[serde(default)]
    pub region: String,
}

fn scopes() -> String {
    "openid profile".to_owned()
}

fn login_claim() -> String {
    "preferred_username".to_owned()
}

/// How many reports are taken.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reports {
    /// Behind one code on a wall within an hour, dangers not counted; 0 for any number.
    pub an_hour: u32,
}

/// Backups to a second place.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backup {
    /// The folder; empty for none.
    pub to: PathBuf,
    /// The public half of the key that opens them.
    pub public_key: String,
    /// Minutes from one to the next.
    pub minutes: u64,
    /// How many are kept.
    pub keep: usize,
    /// Hours after which a backup is late; 0 for no warning.
    pub warn_after_hours: u32,
}

/// How long login sessions last.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sessions {
    /// Hours until a session ends in any case.
    pub longest_hours: u32,
    /// Minutes until a computer's session ends that is not used.
    pub idle_computer_minutes: u32,
    /// The same of a phone.
    pub idle_phone_minutes: u32,
}

impl From<Sessions> for Lifetimes {
    fn from(it: Sessions) -> Self {
        Self {
            longest_seconds: i64::from(it.longest_hours) * 3600,
            idle_computer_seconds: i64::from(it.idle_computer_minutes) * 60,
            idle_phone_seconds: i64::from(it.idle_phone_minutes) * 60,
        }
    }
}

/// Whose password alone is not enough.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecondStep {
    /// Whether anybody needs a second step.
    pub required: bool,
    /// Who; empty for what the pack says.
    pub roles: Vec<Role>,
    /// Days to set one up; below 0 for what the pack says.
    pub days: i64,
}

impl SecondStep {
    /// The rule; none where passwords are enough for all.
    ///
    /// # Errors
    /// A role that workers hold, or too many days; the text names it.
    pub fn rule(&self) -> Result<Option<Rule>> {
        if let Some(role) = self.roles.iter().find(|it| !may_be_asked(**it)) {
            let role = role.as_str();
            let text = format!("second_step.roles: {role} is a role that workers hold");
            return Err(Failure::Other(text));
        }
        if self.days > MOST_DAYS {
            let text = format!("second_step.days must not be more than {MOST_DAYS}");
            return Err(Failure::Other(text));
        }
        let mut rule = hezuo_packs::second_step()?.rule;
        if !self.roles.is_empty() {
            rule.roles.clone_from(&self.roles);
        }
        if self.days >= 0 {
            rule.days = self.days;
        }
        Ok(self.required.then_some(rule))
    }
}

/// The mail server that takes mail to users; all empty without.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// `smtps://host:465`, `smtp://host:587?tls=required`, or `smtp://localhost:25`.
    pub server: String,
    /// Who logs in there.
    pub user: String,
    /// The file with the password, and nothing else.
    pub password_file: PathBuf,
    /// The sender's address.
    pub from: String,
}

/// Where anonymous reports go.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intake {
    /// This server takes them itself.
    pub here: bool,
    /// The intake that takes them; empty for none.
    pub url: String,
    /// The key that the intake has given to this server.
    pub key_file: PathBuf,
    /// Seconds from one round with the intake to the next.
    pub seconds: u64,
}

/// What is sent to other machines.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notices {
    /// Whether notices may go to addresses inside the server's own network.
    pub allow_private: bool,
}

/// The server's own certificate and key; both empty without.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The certificate and those that lead to its issuer, in PEM.
    pub certificate: PathBuf,
    /// Its key, in PEM.
    pub key: PathBuf,
}

impl Tls {
    /// Whether the server shall speak https itself.
    pub fn is_set(&self) -> bool {
        !self.certificate.as_os_str().is_empty() || !self.key.as_os_str().is_empty()
    }
}

/// Which database.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// PostgreSQL as the application role; empty for SQLite.
    pub url: String,
    /// The file with that and nothing else, instead of it.
    pub url_file: PathBuf,
    /// PostgreSQL as the owner, for migrations only.
    pub owner_url: String,
    /// The file with that and nothing else, instead of it.
    pub owner_url_file: PathBuf,
    /// Standbys to read from; empty for none.
    pub replicas: String,
    /// The file with them and nothing else, instead of them.
    pub replicas_file: PathBuf,
    /// Connections to PostgreSQL.
    pub connections: u32,
    /// The authority that has signed the certificate of PostgreSQL, in PEM; empty for the system's.
    pub authority: PathBuf,
    /// Connections to another machine may be as the address says, even readable.
    pub may_be_plain: bool,
}

impl Database {
    /// How connections to PostgreSQL are protected.
    pub fn transport(&self) -> hezuo_store::Transport {
        hezuo_store::Transport {
            authority: Some(self.authority.clone()).filter(|it| !it.as_os_str().is_empty()),
            may_be_plain: self.may_be_plain,
        }
    }

    /// Takes the addresses that lie in files: with a password in them they don't belong into a configuration that
    /// others read, nor into the environment.
    fn read_addresses(&mut self) -> Result<()> {
        let addresses = [
            ("url", &self.url_file, &mut self.url),
            ("owner_url", &self.owner_url_file, &mut self.owner_url),
            ("replicas", &self.replicas_file, &mut self.replicas),
        ];
        for (name, file, address) in addresses {
            if file.as_os_str().is_empty() {
                continue;
            }
            let wrong = |what: String| Failure::Other(format!("database.{name}_file: {what}"));
            if !address.is_empty() {
                return Err(wrong(format!("database.{name} is set too")));
            }
            let path = file.display();
            let text = std::fs::read_to_string(file)
                .map_err(|error| wrong(format!("{path} can't be read: {error}")))?;
            // Without an address the server would begin anew on an empty SQLite.
            if text.trim().is_empty() {
                return Err(wrong(format!("{path} is empty")));
            }
            text.trim().clone_into(address);
        }
        Ok(())
    }
}

impl Config {
    /// Whether whoever reaches the server does so over https.
    pub fn is_secure(&self) -> bool {
        self.behind_tls || self.tls.is_set()
    }

    /// The address to tell people who sit at the server; what it listens on, or what it is known
    /// as.
    pub fn base_url(&self, listening: SocketAddr) -> String {
        if !self.public_url.is_empty() {
            return self.public_url.trim_end_matches('/').to_owned();
        }
        let scheme = if self.tls.is_set() { "https" } else { "http" };
        if listening.ip().is_unspecified() {
            format!("{scheme}://localhost:{}", listening.port())
        } else {
            format!("{scheme}://{listening}")
        }
    }

    /// Reads the settings: defaults, then the file, then the environment.
    ///
    /// # Errors
    /// A file that can't be read, a setting that is unknown or malformed; the text names it.
    pub fn read(file: Option<&Path>) -> Result<Self> {
        let mut settings = table(DEFAULTS, "the defaults")?;
        if let Some(path) = file {
            let text = std::fs::read_to_string(path).map_err(|error| {
                Failure::Other(format!("{} can't be read: {error}", path.display()))
            })?;
            merge(&mut settings, table(&text, &path.display().to_string())?);
        }
        let environment: [(&str, &[&str]); 29] = [
            ("HEZUO_LISTEN", &["listen"]),
            ("HEZUO_DATA", &["data"]),
            ("HEZUO_PUBLIC_URL", &["public_url"]),
            ("HEZUO_BEHIND_TLS", &["behind_tls"]),
            ("HEZUO_TLS_CERTIFICATE", &["tls", "certificate"]),
            ("HEZUO_TLS_KEY", &["tls", "key"]),
            ("HEZUO_DATABASE_URL", &["database", "url"]),
            ("HEZUO_DATABASE_URL_FILE", &["database", "url_file"]),
            ("HEZUO_DATABASE_OWNER_URL", &["database", "owner_url"]),
            (
                "HEZUO_DATABASE_OWNER_URL_FILE",
                &["database", "owner_url_file"],
            ),
            ("HEZUO_DATABASE_REPLICAS", &["database", "replicas"]),
            (
                "HEZUO_DATABASE_REPLICAS_FILE",
                &["database", "replicas_file"],
            ),
            ("HEZUO_DATABASE_CONNECTIONS", &["database", "connections"]),
            ("HEZUO_DATABASE_AUTHORITY", &["database", "authority"]),
            ("HEZUO_DATABASE_MAY_BE_PLAIN", &["database", "may_be_plain"]),
            ("HEZUO_SECOND_STEP_REQUIRED", &["second_step", "required"]),
            ("HEZUO_NOTICES_ALLOW_PRIVATE", &["notices", "allow_private"]),
            ("HEZUO_MAIL_SERVER", &["mail", "server"]),
            ("HEZUO_MAIL_USER", &["mail", "user"]),
            ("HEZUO_MAIL_PASSWORD_FILE", &["mail", "password_file"]),
            ("HEZUO_MAIL_FROM", &["mail", "from"]),
            ("HEZUO_INTAKE_HERE", &["intake", "here"]),
            ("HEZUO_INTAKE_URL", &["intake", "url"]),
            ("HEZUO_INTAKE_KEY_FILE", &["intake", "key_file"]),
            ("HEZUO_INTAKE_SECONDS", &["intake", "seconds"]),
            ("HEZUO_BACKUP_TO", &["backup", "to"]),
            ("HEZUO_BACKUP_PUBLIC_KEY", &["backup", "public_key"]),
            ("HEZUO_BACKUP_MINUTES", &["backup", "minutes"]),
            ("HEZUO_REPORTS_AN_HOUR", &["reports", "an_hour"]),
        ];
        for (name, path) in environment {
            if let Some(value) = from_environment(name) {
                set(&mut settings, path, &value);
            }
        }
        let mut config = Self::deserialize(toml::Value::Table(settings))
            .map_err(|error| Failure::Other(format!("the configuration is wrong: {error}")))?;
        config.database.read_addresses()?;
        Ok(config)
    }
}

/// Where the bench finds PostgreSQL: in its own variables, or in those of the test cluster that
/// `scripts/with-postgres.sh` starts.
pub fn bench_postgres() -> Option<crate::bench::Postgres> {
    ["HEZUO_BENCH", "HEZUO_TEST"]
        .into_iter()
        .find_map(|prefix| {
            Some(crate::bench::Postgres {
                owner_url: from_environment(&format!("{prefix}_POSTGRES_OWNER_URL"))?,
                app_url: from_environment(&format!("{prefix}_POSTGRES_APP_URL"))?,
            })
        })
}

#[expect(
    clippy::disallowed_methods,
    reason = "this crate reads the environment, here only"
)]
fn from_environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn table(text: &str, name: &str) -> Result<toml::Table> {
    text.parse()
        .map_err(|error| Failure::Other(format!("{name}: {error}")))
}

fn merge(into: &mut toml::Table, from: toml::Table) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(toml::Value::Table(inner)), toml::Value::Table(value)) => merge(inner, value),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

/// Sets one value from text, with the type that the default has.
fn set(settings: &mut toml::Table, path: &[&str], text: &str) {
    let Some((last, tables)) = path.split_last() else {
        return;
    };
    let mut at = settings;
    for name in tables {
        match at.get_mut(*name) {
            Some(toml::Value::Table(inner)) => at = inner,
            _ => return,
        }
    }
    let value = match at.get(*last) {
        Some(toml::Value::Boolean(_)) => toml::Value::Boolean(matches!(text, "true" | "1" | "yes")),
        Some(toml::Value::Integer(_)) => text
            .parse()
            .map_or(toml::Value::String(text.to_owned()), toml::Value::Integer),
        _ => toml::Value::String(text.to_owned()),
    };
    at.insert((*last).to_owned(), value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_whole() {
        let config = Config::read(None).unwrap();
        assert!(config.listen.ip().is_loopback());
        assert_eq!(config.database.connections, 16);
    }

    #[test]
    fn who_needs_a_second_step_is_said_by_the_pack_or_here_and_never_a_worker() {
        let read = |text: &str| {
            let mut settings = table(DEFAULTS, "the defaults").unwrap();
            merge(&mut settings, table(text, "file").unwrap());
            let config = Config::deserialize(toml::Value::Table(settings)).unwrap();
            config.second_step.rule()
        };
        let rule = read("").unwrap().unwrap();
        assert_eq!((rule.roles.len(), rule.days), (3, 14));
        let text = "[second_step]\nroles = [\"manager\"]\ndays = 0";
        let rule = read(text).unwrap().unwrap();
        assert_eq!((rule.roles, rule.days), (vec![Role::Manager], 0));
        assert_eq!(read("[second_step]\nrequired = false").unwrap(), None);
        assert!(read("[second_step]\nroles = [\"eit_member\"]").is_err());
        assert!(read("[second_step]\ndays = 91").is_err());
    }

    #[test]
    fn an_address_with_a_password_is_read_from_a_file_of_its_own() {
        let folder = std::env::temp_dir().join(format!("hezuo-config-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (settings, secret) = (folder.join("hezuo.toml"), folder.join("secret"));
        let read = |database: &str| {
            let text = database.replace("SECRET", secret.to_str().unwrap());
            std::fs::write(&settings, format!("[database]\n{text}")).unwrap();
            let read = Config::read(Some(&settings));
            read.map_err(|error| error.to_string())
        };
        let all = "url_file = 'SECRET'\nowner_url_file = 'SECRET'\nreplicas_file = 'SECRET'";
        let missing = read(all).unwrap_err();
        assert!(missing.contains("database.url_file: "), "{missing}");
        let address = "postgres://hezuo_app:Kennwort@db.example/hezuo";
        std::fs::write(&secret, format!("{address}\n")).unwrap();
        let database = read(all).unwrap().database;
        let found = [&database.url, &database.owner_url, &database.replicas];
        assert_eq!(found, [address; 3]);
        let both = read("url = 'postgres://x'\nurl_file = 'SECRET'").unwrap_err();
        assert!(both.contains("database.url is set too"), "{both}");
        std::fs::write(&secret, "\n").unwrap();
        let empty = read(all).unwrap_err();
        assert!(empty.contains("is empty"), "{empty}");
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_file_overrides_and_a_typo_is_named() {
        let mut settings = table(DEFAULTS, "the defaults").unwrap();
        merge(
            &mut settings,
            table("[database]\nurl = \"postgres://x\"", "file").unwrap(),
        );
        set(&mut settings, &["database", "connections"], "4");
        let config = Config::deserialize(toml::Value::Table(settings.clone())).unwrap();
        assert_eq!(
            (config.database.url.as_str(), config.database.connections),
            ("postgres://x", 4)
        );

        merge(&mut settings, table("lisen = \"x\"", "file").unwrap());
        let error = Config::deserialize(toml::Value::Table(settings)).unwrap_err();
        assert!(error.to_string().contains("lisen"), "{error}");
    }
}
