//! The configured messages: mail by SMTP, SMS by SMPP or by an HTTP provider.

use messaging::{
    Carrier, Carriers, Credentials, Encoding, Encryption, HttpProvider, HttpSettings, QuietHours,
    SetupError, Smpp, SmppSettings, Smtp, SmtpSettings,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use types::TimeZone;
use zeroize::Zeroizing;

/// What the bank sends beside its channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Messages {
    pub(crate) waiting_max: u32,
    pub(crate) quiet_hours: Option<QuietHours>,
    pub(crate) amount_with_account_in_sms: bool,
    pub(crate) smtp: Option<MailServer>,
    pub(crate) smpp: Option<MessageCentre>,
    pub(crate) http: Option<Provider>,
}

/// A mail server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MailServer {
    /// `host:port`.
    server: String,
    #[serde(default)]
    encryption: Encrypted,
    #[serde(default)]
    roots: Option<PathBuf>,
    from: String,
    #[serde(default)]
    user: Option<String>,
    /// The file with the password.
    #[serde(default)]
    password: Option<PathBuf>,
}

/// How the connection to a mail server is encrypted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Encrypted {
    Implicit,
    #[default]
    StartTls,
    None,
}

/// A message centre.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MessageCentre {
    /// `host:port`.
    server: String,
    #[serde(default = "yes")]
    tls: bool,
    #[serde(default)]
    roots: Option<PathBuf>,
    system_id: String,
    /// The file with the password.
    password: PathBuf,
    from: String,
}

/// An HTTP provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Provider {
    url: String,
    #[serde(default)]
    encoding: Body,
    #[serde(default)]
    user: Option<String>,
    /// The file with the password, or with the token if there is no user.
    secret: PathBuf,
    from: String,
    #[serde(default)]
    fields: Fields,
    #[serde(default)]
    further: BTreeMap<String, String>,
}

/// How a provider's requests are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Body {
    #[default]
    Json,
    Form,
}

/// The names of a provider's fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Fields {
    from: String,
    to: String,
    text: String,
}

fn yes() -> bool {
    true
}

impl Default for Messages {
    fn default() -> Self {
        Self {
            waiting_max: 10_000,
            quiet_hours: None,
            amount_with_account_in_sms: false,
            smtp: None,
            smpp: None,
            http: None,
        }
    }
}

impl Default for Fields {
    fn default() -> Self {
        Self {
            from: "from".to_owned(),
            to: "to".to_owned(),
            text: "text".to_owned(),
        }
    }
}

impl Messages {
    /// Refuses invalid settings: the key, and the problem.
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        if !(1..=1_000_000).contains(&self.waiting_max) {
            return Err(("messages.waiting_max", "1 to 1,000,000 messages".to_owned()));
        }
        if self.smpp.is_some() && self.http.is_some() {
            let problem = "SMS go by `[messages.smpp]` or by `[messages.http]`".to_owned();
            return Err(("messages", problem));
        }
        self.carriers()
            .map(drop)
            .map_err(|problem| ("messages", problem))
    }

    /// What messages are sent by, with the secrets. Otherwise what is wrong, and with which key.
    pub(crate) fn carriers(&self) -> Result<Carriers, String> {
        let mail = self.smtp.as_ref().map(MailServer::carrier).transpose();
        let smpp = self.smpp.as_ref().map(MessageCentre::carrier).transpose();
        let http = self.http.as_ref().map(Provider::carrier).transpose();
        let smpp = smpp.map_err(|error| format!("smpp.{error}"))?;
        let http = http.map_err(|error| format!("http.{error}"))?;
        Ok(Carriers {
            sms: smpp.or(http),
            mail: mail.map_err(|error| format!("smtp.{error}"))?,
        })
    }

    /// The settings, if valid.
    pub(crate) fn settings(&self, time_zone: &TimeZone) -> messaging::Settings {
        messaging::Settings {
            waiting_max: self.waiting_max.into(),
            quiet_hours: self.quiet_hours,
            time_zone: time_zone.clone(),
            amount_with_account: self.amount_with_account_in_sms,
        }
    }
}

impl MailServer {
    fn carrier(&self) -> Result<Arc<dyn Carrier>, SetupError> {
        let (host, port) = host_and_port(&self.server)?;
        if self.encryption == Encrypted::None {
            here_only(&host, "encryption")?;
        }
        let credentials = match (&self.user, &self.password) {
            (Some(user), Some(password)) => Some((user.clone(), secret("password", password)?)),
            (None, None) => None,
            _ => return Err(refused("user", "user and password go together")),
        };
        let smtp = Smtp::new(&SmtpSettings {
            host,
            port,
            encryption: match self.encryption {
                Encrypted::Implicit => Encryption::Implicit,
                Encrypted::StartTls => Encryption::StartTls,
                Encrypted::None => Encryption::None,
            },
            roots: roots(self.roots.as_deref())?,
            credentials,
            from: self.from.clone(),
        });
        Ok(Arc::new(smtp?))
    }
}

impl MessageCentre {
    fn carrier(&self) -> Result<Arc<dyn Carrier>, SetupError> {
        let (host, port) = host_and_port(&self.server)?;
        if !self.tls {
            here_only(&host, "tls")?;
        }
        let smpp = Smpp::new(&SmppSettings {
            host,
            port,
            tls: self.tls,
            roots: roots(self.roots.as_deref())?,
            system_id: self.system_id.clone(),
            password: secret("password", &self.password)?,
            from: self.from.clone(),
        });
        Ok(Arc::new(smpp?))
    }
}

impl Provider {
    fn carrier(&self) -> Result<Arc<dyn Carrier>, SetupError> {
        let secret = secret("secret", &self.secret)?;
        let Fields { from, to, text } = self.fields.clone();
        let provider = HttpProvider::new(&HttpSettings {
            url: self.url.clone(),
            encoding: match self.encoding {
                Body::Json => Encoding::Json,
                Body::Form => Encoding::Form,
            },
            credentials: match &self.user {
                Some(user) => Credentials::Basic(user.clone(), secret),
                None => Credentials::Token(secret),
            },
            from: self.from.clone(),
            fields: [from, to, text],
            further: self.further.clone(),
        });
        Ok(Arc::new(provider?))
    }
}

fn refused(setting: &'static str, problem: impl ToString) -> SetupError {
    let problem = problem.to_string();
    SetupError { setting, problem }
}

fn host_and_port(server: &str) -> Result<(String, u16), SetupError> {
    let wrong = || refused("server", "a server is such as mail.bank.example:587");
    let (host, port) = server.rsplit_once(':').ok_or_else(wrong)?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port: u16 = port.parse().map_err(|_| wrong())?;
    match host.is_empty() || port == 0 {
        true => Err(wrong()),
        false => Ok((host.to_owned(), port)),
    }
}

/// Codes and passwords cross no network in clear text.
fn here_only(host: &str, setting: &'static str) -> Result<(), SetupError> {
    let address: Option<IpAddr> = host.parse().ok();
    match host == "localhost" || address.is_some_and(|address| address.is_loopback()) {
        true => Ok(()),
        false => Err(refused(
            setting,
            "without encryption only a server on this machine is used",
        )),
    }
}

/// The secret in a file. A line break at its end does not belong to it.
fn secret(setting: &'static str, path: &Path) -> Result<Zeroizing<String>, SetupError> {
    let file = std::fs::read_to_string(path).map(Zeroizing::new);
    let unreadable = |problem: String| refused(setting, format!("{}: {problem}", path.display()));
    let file = file.map_err(|error| unreadable(format!("it cannot be read: {error}")))?;
    let text = file.strip_suffix('\n').unwrap_or(&file);
    match text.is_empty() {
        true => Err(unreadable("it is empty".to_owned())),
        false => Ok(Zeroizing::new(text.to_owned())),
    }
}

fn roots(path: Option<&Path>) -> Result<Option<Vec<u8>>, SetupError> {
    let read = |path: &Path| {
        let file = std::fs::read(path);
        file.map_err(|error| {
            refused(
                "roots",
                format!("{} cannot be read: {error}", path.display()),
            )
        })
    };
    path.map(read).transpose()
}
