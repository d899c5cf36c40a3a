//! The configuration: one typed file, unknown keys refused, checked as a whole before a port binds.

mod admission;
mod attestation;
mod login;
mod login_provider;
mod messages;
mod openid;
mod orders;
mod risk;
mod services;
mod staff;

pub(crate) use admission::Admission;
pub(crate) use attestation::Attestation;
pub(crate) use login::Login;
pub(crate) use messages::Messages;
pub(crate) use openid::OpenId;
pub(crate) use orders::Orders;
pub(crate) use risk::Risk;
pub(crate) use services::{RoleName, SecurityStack, Services};
pub(crate) use staff::Staff;

use ::attestation::Verifiers;
use database::UrlError;
use http_edge::TlsFiles;
use operator::{DataDirectory, Database, DatabaseUrl};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use thiserror::Error;
use types::{BusinessDate, TimeZone};

/// Why a configuration was refused.
#[derive(Debug, Error)]
pub(crate) enum ConfigError {
    #[error("{path} cannot be read")]
    Unreadable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{path} is not a configuration of passbook: line {line}")]
    Malformed {
        path: PathBuf,
        line: usize,
        #[source]
        source: Box<toml::de::Error>,
    },
    #[error("{key}: {problem}")]
    Refused { key: &'static str, problem: String },
}

/// Everything that can be set. `config/passbook.toml` shows each key with its default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    pub(crate) data_directory: PathBuf,
    pub(crate) database: Database,
    pub(crate) public: Public,
    pub(crate) admission: Admission,
    pub(crate) operator: Operator,
    pub(crate) metrics: Metrics,
    pub(crate) tracing: Tracing,
    pub(crate) sandbox: Sandbox,
    pub(crate) bank: Bank,
    pub(crate) log: Log,
    pub(crate) tokens: Tokens,
    pub(crate) enrolment: Enrolment,
    pub(crate) attestation: Attestation,
    pub(crate) login: Login,
    pub(crate) messages: Messages,
    pub(crate) openid: OpenId,
    pub(crate) orders: Orders,
    pub(crate) risk: Risk,
    pub(crate) staff: Staff,
    pub(crate) notification: Notification,
    pub(crate) services: Services,
    pub(crate) security_stack: SecurityStack,
}

/// The listener for devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Public {
    pub(crate) address: SocketAddr,
    pub(crate) url: Option<String>,
    pub(crate) certificate: Option<PathBuf>,
    pub(crate) private_key: Option<PathBuf>,
    pub(crate) connections_max: usize,
    pub(crate) allowed_origins: Vec<String>,
    pub(crate) api_viewer: bool,
    pub(crate) web_app: bool,
    pub(crate) web_app_required: bool,
    pub(crate) plain_pages: bool,
    pub(crate) web_app_bundle: Option<PathBuf>,
}

/// The listener for the sandbox's operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Operator {
    pub(crate) address: SocketAddr,
}

/// The listener for the metrics.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Metrics {
    pub(crate) address: Option<SocketAddr>,
}

/// The spans of entries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Tracing {
    pub(crate) otlp: Option<String>,
}

/// The core bank for development.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Sandbox {
    pub(crate) customers: u32,
    pub(crate) seed: u64,
}

/// The bank's books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Bank {
    pub(crate) time_zone: TimeZone,
    pub(crate) holidays: BTreeSet<BusinessDate>,
    pub(crate) calls_max: usize,
    pub(crate) call_seconds: u64,
}

/// The message log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Log {
    pub(crate) customer_retention_days: u32,
    pub(crate) global_retention_days: u32,
    pub(crate) segment_kib: u32,
}

/// Channel tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Tokens {
    pub(crate) audience: String,
    pub(crate) lifetime_seconds: u64,
}

/// Activation codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Enrolment {
    pub(crate) code_lifetime_minutes: u32,
    pub(crate) code_tries_max: u32,
}

/// The notification service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Notification {
    pub(crate) comparison_seconds: u64,
    pub(crate) backup_interval_hours: u32,
    pub(crate) restart_contradicted: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_directory: "data".into(),
            database: Database::default(),
            public: Public::default(),
            admission: Admission::default(),
            operator: Operator::default(),
            metrics: Metrics::default(),
            tracing: Tracing::default(),
            sandbox: Sandbox::default(),
            bank: Bank::default(),
            log: Log::default(),
            tokens: Tokens::default(),
            enrolment: Enrolment::default(),
            attestation: Attestation::default(),
            login: Login::default(),
            messages: Messages::default(),
            openid: OpenId::default(),
            orders: Orders::default(),
            risk: Risk::default(),
            staff: Staff::default(),
            notification: Notification::default(),
            services: Services::default(),
            security_stack: SecurityStack::default(),
        }
    }
}

impl Default for Public {
    fn default() -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 8480)),
            url: None,
            certificate: None,
            private_key: None,
            connections_max: 18_000,
            allowed_origins: Vec::new(),
            api_viewer: true,
            web_app: true,
            web_app_required: false,
            plain_pages: true,
            web_app_bundle: None,
        }
    }
}

impl Default for Operator {
    fn default() -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 8481)),
        }
    }
}

impl Default for Sandbox {
    fn default() -> Self {
        Self {
            customers: 0,
            seed: 1,
        }
    }
}

impl Default for Bank {
    fn default() -> Self {
        Self {
            time_zone: TimeZone::UTC,
            holidays: BTreeSet::new(),
            calls_max: 64,
            call_seconds: 5,
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self {
            customer_retention_days: 400,
            global_retention_days: 90,
            segment_kib: 64 * 1024,
        }
    }
}

impl Default for Tokens {
    fn default() -> Self {
        Self {
            audience: "passbook".into(),
            lifetime_seconds: 30 * 86_400,
        }
    }
}

impl Default for Enrolment {
    fn default() -> Self {
        Self {
            code_lifetime_minutes: 1440,
            code_tries_max: 100,
        }
    }
}

impl Default for Notification {
    fn default() -> Self {
        Self {
            comparison_seconds: 60,
            backup_interval_hours: 24,
            restart_contradicted: false,
        }
    }
}

impl Config {
    /// Reads `path`, or uses the defaults if `path` is `None`.
    pub(crate) fn read(path: Option<&Path>) -> Result<Self, ConfigError> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
            path: path.into(),
            source,
        })?;
        toml::from_str(&text).map_err(|mut source: toml::de::Error| {
            let before = source.span().and_then(|span| text.get(..span.start));
            let line = before.map_or(1, |before| before.matches('\n').count() + 1);
            // The line itself is left out, because it may contain a password.
            source.set_input(None);
            ConfigError::Malformed {
                path: path.into(),
                line,
                source: Box::new(source),
            }
        })
    }

    /// Refuses an invalid setting by its key.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let refuse = |key, problem: &str| {
            Err(ConfigError::Refused {
                key,
                problem: problem.into(),
            })
        };
        if let Some(Err(problem)) = self.database.url.as_ref().map(DatabaseUrl::server) {
            return refuse("database.url", &problem.to_string());
        }
        let of_schemas = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
        let schemas = self.database.schemas.as_bytes();
        if !schemas.first().is_some_and(u8::is_ascii_lowercase)
            || schemas.len() > 40
            || !schemas.iter().copied().all(of_schemas)
        {
            return refuse(
                "database.schemas",
                "the schemas' names begin with at most 40 letters in lower case, digits and `_`, the first one a letter",
            );
        }
        if self.public.certificate.is_some() != self.public.private_key.is_some() {
            return refuse(
                "public.certificate",
                "certificate and private_key go together",
            );
        }
        if self.public.certificate.is_none() && !self.public.address.ip().is_loopback() {
            return refuse(
                "public.address",
                "without a certificate only a loopback address is served",
            );
        }
        if !(1..=1_000_000).contains(&self.public.connections_max) {
            return refuse("public.connections_max", "1 to 1,000,000 connections");
        }
        if let Some(url) = &self.public.url
            && !is_origin(url)
        {
            return refuse(
                "public.url",
                "the URL is `https://` and a host, perhaps a port, and no path",
            );
        }
        if self.public.url.is_none() && self.public.address.ip().is_unspecified() {
            return refuse(
                "public.url",
                "devices cannot use an address of any interface as a URL: set one",
            );
        }
        let allowed = &self.public.allowed_origins;
        if !allowed.iter().all(|origin| is_page_origin(origin)) {
            return refuse(
                "public.allowed_origins",
                "an origin is as a browser sends it: `https://` and a host in lower case, perhaps a port that is not 443, and nothing after it; `http://` on this machine only",
            );
        }
        if !(1..=10_000).contains(&self.bank.calls_max) {
            return refuse("bank.calls_max", "1 to 10,000 calls");
        }
        if !(1..=60).contains(&self.bank.call_seconds) {
            return refuse("bank.call_seconds", "a call may take 1 to 60 seconds");
        }
        let checked = self.admission.check().and_then(|()| self.orders.check());
        let checked = checked.and_then(|()| self.services.check());
        if let Err((key, problem)) = checked.and_then(|()| self.security_stack.check()) {
            return refuse(key, problem);
        }
        if !self.operator.address.ip().is_loopback() {
            return refuse(
                "operator.address",
                "the operator is served on a loopback address only",
            );
        }
        if self.public.address == self.operator.address && self.public.address.port() != 0 {
            return refuse("operator.address", "the public address has it already");
        }
        if let Some(address) = self.metrics.address {
            if !address.ip().is_loopback() {
                return refuse(
                    "metrics.address",
                    "the metrics are served on a loopback address only",
                );
            }
            let taken = [self.public.address, self.operator.address];
            if taken.contains(&address) && address.port() != 0 {
                return refuse("metrics.address", "another listener has it already");
            }
        }
        if self
            .tracing
            .otlp
            .as_ref()
            .is_some_and(|url| !is_origin(url))
        {
            return refuse(
                "tracing.otlp",
                "the URL is `http://` or `https://` and a host, perhaps a port, and no path",
            );
        }
        if !(2..=400 * 86_400).contains(&self.tokens.lifetime_seconds) {
            return refuse(
                "tokens.lifetime_seconds",
                "a channel token lives from 2 seconds to 400 days",
            );
        }
        if self.tokens.audience.is_empty() {
            return refuse("tokens.audience", "it must not be empty");
        }
        if self.log.customer_retention_days < 30 {
            return refuse(
                "log.customer_retention_days",
                "customers' messages are kept for 30 days at least: devices take a shorter life for a broker that withholds",
            );
        }
        if self.log.global_retention_days == 0 {
            return refuse(
                "log.global_retention_days",
                "messages are kept for a day at least",
            );
        }
        if !(64..=1024 * 1024).contains(&self.log.segment_kib) {
            return refuse("log.segment_kib", "a segment has 64 KiB to 1 GiB");
        }
        if self.enrolment.code_lifetime_minutes == 0 || self.enrolment.code_tries_max == 0 {
            return refuse(
                "enrolment.code_lifetime_minutes",
                "a code needs some life and tries",
            );
        }
        self.verifiers()?;
        if self.attestation.is_empty() && self.orders.by_verdict() != gateway::VerdictLimits::SAME {
            return refuse(
                "orders.attested",
                "limits by verdicts need an attestation that the bank accepts: set `[attestation]`",
            );
        }
        if let Err((key, problem)) = self.login.check() {
            return refuse(key, problem);
        }
        if let Err(problem) = self.login.provider() {
            return refuse("login.provider", &problem);
        }
        if let Err((key, problem)) = self.messages.check() {
            return refuse(key, &problem);
        }
        if let Err(problem) = self.openid.settings() {
            return refuse("openid.clients", &problem);
        }
        if self.login.provider.is_some() && !self.openid.clients.is_empty() {
            return refuse("openid.clients", ciam::CLIENTS_ASK_THE_PROVIDER);
        }
        if let Err((key, problem)) = self.risk.check() {
            return refuse(key, &problem);
        }
        if let Err((key, problem)) = self.staff.check() {
            return refuse(key, &problem);
        }
        if !(1..=86_400).contains(&self.notification.comparison_seconds) {
            return refuse(
                "notification.comparison_seconds",
                "it compares every second at most, and daily at least",
            );
        }
        Ok(())
    }

    /// The verifiers of attestations.
    pub(crate) fn verifiers(&self) -> Result<Verifiers, ConfigError> {
        let verifiers = self.attestation.verifiers();
        verifiers.map_err(|(key, problem)| ConfigError::Refused { key, problem })
    }

    /// The certificate and its key, if configured.
    pub(crate) fn tls(&self) -> Option<TlsFiles> {
        Some(TlsFiles {
            certificate: self.public.certificate.clone()?,
            private_key: self.public.private_key.clone()?,
        })
    }

    /// The data directory, existing or not, with the parts of this configuration's roles.
    pub(crate) fn directory(&self) -> Result<DataDirectory, UrlError> {
        DataDirectory::at(&self.data_directory)
            .of(self.services.side().unwrap_or_default())
            .with_databases(&self.database)
    }

    /// The URL that devices use, against which their proofs are checked. Without a certificate, this machine's address goes by
    /// its name, because passkeys are good for a name only.
    pub(crate) fn public_url(&self) -> String {
        if let Some(url) = &self.public.url {
            return url.clone();
        }
        let address = self.public.address;
        let by_name = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        match &self.public.certificate {
            Some(_) => format!("https://{address}"),
            None if by_name.contains(&address.ip()) => {
                format!("http://localhost:{}", address.port())
            }
            None => format!("http://{address}"),
        }
    }
}

/// Whether devices can name it in their proofs: an `http` or `https` URL of a host alone.
fn is_origin(url: &str) -> bool {
    reqwest::Url::parse(url).is_ok_and(|parsed| {
        matches!(parsed.scheme(), "http" | "https")
            && url.trim_end_matches('/') == parsed.origin().ascii_serialization()
    })
}

/// Whether it is an origin exactly as a browser sends it, of a page that cannot have been altered in transit.
fn is_page_origin(origin: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(origin) else {
        return false;
    };
    let on_this_machine = matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
    let unaltered = url.scheme() == "https" || (url.scheme() == "http" && on_this_machine);
    unaltered && url.origin().ascii_serialization() == origin
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The keys of a configuration, each with its section.
    fn keys(table: &toml::Table) -> BTreeSet<String> {
        let of_section = |(section, value): (&String, &toml::Value)| match value {
            toml::Value::Table(keys) => keys.keys().map(|key| format!("{section}.{key}")).collect(),
            _ => vec![section.clone()],
        };
        table.iter().flat_map(of_section).collect()
    }

    #[test]
    fn the_commented_file_shows_every_key_with_its_default() {
        let text = include_str!("../../../config/passbook.toml");
        assert_eq!(toml::from_str::<Config>(text).unwrap(), Config::default());
        let shown = keys(&toml::from_str(text).unwrap());
        let set = keys(&toml::Table::try_from(Config::default()).unwrap());
        assert_eq!(shown, set);
        let without_default = text.lines().filter(|line| line.ends_with("(no default)"));
        let without_default: Vec<_> = without_default
            .filter_map(|line| line.split(' ').nth(1))
            .collect();
        assert_eq!(
            without_default,
            [
                "url",
                "url",
                "certificate",
                "private_key",
                "web_app_bundle",
                "address",
                "otlp",
                "refused_passwords",
                "quiet_hours",
                "challenge_new_payee_above",
                "challenge_login_above",
                "order_units_max",
                "day_units_max",
                "order_units_max",
                "day_units_max",
                "order_units_max",
                "day_units_max",
                "day_units_max",
                "new_device_units_max",
                "day_units_max",
                "new_device_units_max",
                "day_units_max",
                "new_device_units_max",
                "locations",
                "policies",
                "directory",
                "core_bank",
                "security_stack",
                "pubsub"
            ]
        );
    }

    #[test]
    fn the_password_of_the_database_is_never_shown() {
        let url = "postgres://ann:hush@db.example/bank";
        let config: Config = toml::from_str(&format!("[database]\nurl = \"{url}\"")).unwrap();
        let refused = config.check().unwrap_err();
        assert!(!format!("{config:?} {refused:?} {refused}").contains("hush"));
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("passbook.toml");
        std::fs::write(&path, format!("[database]\nurl = \"{url}\" \"")).unwrap();
        let malformed = Config::read(Some(&path)).unwrap_err();
        let debug = format!("{malformed:?}");
        let shown = format!("{:#} {debug}", anyhow::Error::new(malformed));
        assert!(
            !shown.contains("hush") && shown.contains("line 2"),
            "{shown}"
        );
    }

    #[tokio::test]
    async fn what_cannot_work_is_refused_with_its_key() {
        let check = |text: &str, key: &str| {
            let refused = toml::from_str::<Config>(text).map_err(|error| error.to_string());
            let problem = match refused {
                Ok(config) => config.check().unwrap_err().to_string(),
                Err(problem) => problem,
            };
            assert!(problem.contains(key), "{problem}");
        };
        check("[public]\naddress = \"192.0.2.1:80\"", "public.address");
        check("[operator]\naddress = \"192.0.2.1:80\"", "operator.address");
        check("[metrics]\naddress = \"192.0.2.1:80\"", "metrics.address");
        check("[metrics]\naddress = \"127.0.0.1:8481\"", "metrics.address");
        for url in ["collector:4318", "http://127.0.0.1:4318/v1/traces"] {
            check(&format!("[tracing]\notlp = \"{url}\""), "tracing.otlp");
        }
        check("[public]\nconnections_max = 0", "public.connections_max");
        for url in [
            "sqlite:bank",
            "postgres:///bank",
            "postgres://ann:hush@db.example/bank",
        ] {
            check(&format!("[database]\nurl = \"{url}\""), "database.url");
        }
        for schemas in ["", "1st", "Bank", "a-b"] {
            check(
                &format!("[database]\nschemas = \"{schemas}\""),
                "database.schemas",
            );
        }
        for url in [
            "bank.example",
            "ftp://bank.example",
            "https://bank.example/app",
        ] {
            check(&format!("[public]\nurl = \"{url}\""), "public.url");
        }
        for origin in [
            "*",
            "null",
            "app.bank.example",
            "https://app.bank.example/",
            "https://App.bank.example",
            "https://app.bank.example:443",
            "https://app.bank.example/app",
            "http://app.bank.example",
        ] {
            check(
                &format!("[public]\nallowed_origins = [\"https://bank.example\", \"{origin}\"]"),
                "public.allowed_origins",
            );
        }
        check(
            "[public]\naddress = \"0.0.0.0:443\"\ncertificate = \"c.pem\"\nprivate_key = \"k.pem\"",
            "public.url",
        );
        check("[public]\ncertificate = \"c.pem\"", "public.certificate");
        check("[admission]\nrequests_max = 0", "admission.requests_max");
        check("[admission]\nproxies = [\"proxy\"]", "admission.proxies");
        check("[admission]\nidle_seconds = 0", "admission.idle_seconds");
        check("[admission]\nproxies_name_client = \"x\"", "proxy-protocol");
        check(
            "[admission]\npull = { concurrent_max = 1, waiting_max = 1, deadline_seconds = 0 }",
            "admission.pull",
        );
        check("[tokens]\nlifetime_seconds = 1", "tokens.lifetime_seconds");
        check("[tokens]\nlifetime = 5", "lifetime");
        check(
            "[login]\naccess_token_seconds = 0",
            "login.access_token_seconds",
        );
        check("[login]\nsession_days = 0", "login.session_days");
        check("[login]\nrecent_seconds = 0", "login.recent_seconds");
        check("[login]\nrecent_seconds = 86401", "login.recent_seconds");
        check("[login]\nrefused_max = 0", "login.refused_max: ");
        check(
            "[login]\nrefused_of_prefix_max = 0",
            "login.refused_of_prefix_max",
        );
        check("[login]\nlock_seconds = 0", "login.lock_seconds: ");
        check("[login]\nlock_seconds_max = 1", "login.lock_seconds_max");
        check("[login]\npasskeys_max = 0", "login.passkeys_max");
        let provider = "[login.provider]\nissuer = \"https://login.example\"\nclient = \"ciam\"\n";
        check(provider, "claim");
        let provider = format!("{provider}claim = \"customer_number\"\n");
        assert!(toml::from_str::<Config>(&provider).unwrap().check().is_ok());
        for (key, refused) in [
            ("issuer", provider.replace("https", "http")),
            ("claim", provider.replace("customer_number", "iss")),
            ("scopes", format!("{provider}scopes = []")),
            ("acr", format!("{provider}acr = [\"\"]")),
            ("secret", format!("{provider}secret = \"missing\"")),
        ] {
            check(&refused, &format!("login.provider: {key}: "));
        }
        check(&format!("{provider}password = \"x\""), "password");
        let client = "[[openid.clients]]\nid = \"shop\"\nname = \"Shop\"\nredirect_uris = []\nscopes = [\"openid\"]\n";
        check(client, "jwks");
        let keys_at = |uri: &str| format!("{client}jwks_uri = \"{uri}\"\n");
        let published = keys_at("https://shop.example/keys.json");
        assert!(
            toml::from_str::<Config>(&published)
                .unwrap()
                .check()
                .is_ok()
        );
        check(&keys_at("http://shop.example/keys.json"), "JWKS URI");
        check(&format!("{published}jwks = \"keys.json\""), "either");
        check(
            &format!("{client}jwks = \"missing.json\""),
            "openid.clients: shop: ",
        );
        check("[messages]\nwaiting_max = 0", "messages.waiting_max");
        check("[messages]\nquiet_hours = \"22-7\"", "22:00-07:00");
        let smtp = "[messages.smtp]\nserver = \"localhost:25\"\nencryption = \"none\"\nfrom = \"a@bank.example\"\n";
        assert!(toml::from_str::<Config>(smtp).unwrap().check().is_ok());
        for (key, refused) in [
            ("smtp.from", smtp.replace("a@bank", "bank")),
            ("smtp.server", smtp.replace(":25", "")),
            ("smtp.encryption", smtp.replace("localhost", "192.0.2.1")),
            ("smtp.user", format!("{smtp}user = \"ann\"")),
            (
                "smtp.password",
                format!("{smtp}user = \"ann\"\npassword = \"missing\""),
            ),
            ("smtp.roots", format!("{smtp}roots = \"missing\"")),
        ] {
            check(&refused, &format!("messages: {key}: "));
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "hush\n").unwrap();
        let path = file.path().display();
        let smpp = format!(
            "[messages.smpp]\nserver = \"localhost:2775\"\ntls = false\nsystem_id = \"bank\"\npassword = \"{path}\"\nfrom = \"The Bank\"\n"
        );
        let http = format!(
            "[messages.http]\nurl = \"https://sms.example/messages\"\nsecret = \"{path}\"\nfrom = \"The Bank\"\n"
        );
        for sms in [&smpp, &http] {
            assert!(toml::from_str::<Config>(sms).unwrap().check().is_ok());
        }
        check(&format!("{smpp}{http}"), "messages: ");
        for (key, refused) in [
            ("smpp.from", smpp.replace("The Bank", "ธนาคาร")),
            ("smpp.tls", smpp.replace("localhost", "192.0.2.1")),
            (
                "smpp.system_id",
                smpp.replace("\"bank\"", "\"the name of the bank\""),
            ),
            ("http.url", http.replace("https", "http")),
            ("http.secret", http.replace(&path.to_string(), "missing")),
            (
                "http.fields",
                format!("{http}[messages.http.fields]\nto = \"from\""),
            ),
        ] {
            check(&refused, &format!("messages: {key}: "));
        }
        check("[bank]\ncalls_max = 0", "bank.calls_max");
        check("[bank]\ncall_seconds = 0", "bank.call_seconds");
        check("[bank]\ntime_zone = \"Prague\"", "Europe/Prague");
        check("[bank]\nholidays = [\"2026-02-30\"]", "2026-02-30");
        check(
            "[log]\ncustomer_retention_days = 29",
            "log.customer_retention_days",
        );
        check("[log]\nsegment_kib = 63", "log.segment_kib");
        check(
            "[notification]\ncomparison_seconds = 0",
            "notification.comparison_seconds",
        );
    }
}
