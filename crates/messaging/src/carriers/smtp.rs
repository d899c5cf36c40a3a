//! Mail by SMTP (RFC 5321).

use super::{Carrier, Handed, NotSent, SetupError};
use crate::address::Address;
use crate::letter::Letter;
use crate::queue::MessageId;
use async_trait::async_trait;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::{Error, PoolConfig};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use std::fmt;
use std::time::{Duration, UNIX_EPOCH};
use types::Time;
use zeroize::Zeroizing;

/// Maximum time of a command of the protocol.
const DEADLINE: Duration = Duration::from_secs(20);

/// Connections that are kept.
const CONNECTIONS: u32 = 4;

/// Replies that refuse the bank's server and not the message (RFC 4954, 4 and 6; RFC 3207, 4).
const OF_THE_SESSION: [u16; 4] = [530, 534, 535, 538];

/// How the connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// From its first byte (RFC 8314).
    Implicit,
    /// By `STARTTLS`, and not used without (RFC 3207).
    StartTls,
    /// Not at all: for a server on this machine.
    None,
}

/// The mail server.
#[derive(Clone)]
pub struct SmtpSettings {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub encryption: Encryption,
    /// PEM certificates of the authorities that are trusted in place of the system's.
    pub roots: Option<Vec<u8>>,
    /// User and password, if the server asks for them.
    pub credentials: Option<(String, Zeroizing<String>)>,
    /// The sender, such as `The Bank <no-reply@bank.example>`.
    pub from: String,
}

impl fmt::Debug for SmtpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmtpSettings({}:{})", self.host, self.port)
    }
}

/// A mail server of the bank. Connections are made when they are needed, and kept.
pub struct Smtp {
    from: Mailbox,
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

impl Smtp {
    /// Refuses wrong settings. Does not connect.
    pub fn new(settings: &SmtpSettings) -> Result<Self, SetupError> {
        let from: Result<Mailbox, _> = settings.from.parse();
        let from = from.map_err(|error| SetupError::new("from", error))?;
        let host = &settings.host;
        let tls = match settings.encryption {
            Encryption::None => Tls::None,
            Encryption::StartTls => Tls::Required(parameters(settings)?),
            Encryption::Implicit => Tls::Wrapper(parameters(settings)?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(settings.port)
            .tls(tls)
            .timeout(Some(DEADLINE))
            .pool_config(PoolConfig::new().max_size(CONNECTIONS));
        if let Some((user, password)) = &settings.credentials {
            let password = String::clone(password);
            builder = builder.credentials(Credentials::new(user.clone(), password));
        }
        let transport = builder.build();
        Ok(Self { from, transport })
    }

    /// The same letter is the same mail: its id is the message's.
    fn mail(&self, id: MessageId, letter: &Letter, now: Time) -> Result<Message, NotSent> {
        let Address::Mail(to) = &letter.to else {
            return Err(NotSent::never("it has no mail address"));
        };
        let domain = self.from.email.domain();
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to.inner().clone()))
            .subject(letter.subject.clone())
            .message_id(Some(format!("<{id}@{domain}>")))
            .date(UNIX_EPOCH + Duration::from_millis(now.ms()))
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text.clone())
            .map_err(NotSent::never)
    }
}

fn parameters(settings: &SmtpSettings) -> Result<TlsParameters, SetupError> {
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(roots) = &settings.roots {
        let roots = super::tls::certificates(roots)?;
        builder = builder.certificate_store(CertificateStore::None);
        for root in roots {
            let root = Certificate::from_der(root.to_vec());
            let root = root.map_err(|error| SetupError::new("roots", error))?;
            builder = builder.add_root_certificate(root);
        }
    }
    let built = builder.build_rustls();
    built.map_err(|error| SetupError::new("server", error))
}

#[async_trait]
impl Carrier for Smtp {
    async fn hand(&self, id: MessageId, letter: &Letter, now: Time) -> Result<Handed, NotSent> {
        let mail = self.mail(id, letter, now)?;
        let sent = self.transport.send(mail).await;
        let reference = None;
        sent.map(|_| Handed { reference }).map_err(judged)
    }
}

/// A server refuses a message for good with 5yz, unless that is about the session.
fn judged(error: Error) -> NotSent {
    let code = error.status().map(u16::from);
    let is_of_message = code.is_some_and(|code| !OF_THE_SESSION.contains(&code));
    match error.is_permanent() && is_of_message {
        true => NotSent::never(error),
        false => NotSent::not_now(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> SmtpSettings {
        SmtpSettings {
            host: "localhost".to_owned(),
            port: 25,
            encryption: Encryption::None,
            roots: None,
            credentials: None,
            from: "The Bank <no-reply@bank.example>".to_owned(),
        }
    }

    #[tokio::test]
    async fn a_thai_mail_is_the_same_whenever_it_is_made() {
        let smtp = Smtp::new(&settings()).unwrap();
        let letter = Letter {
            to: Address::Mail("ann@home.example".parse().unwrap()),
            subject: "รหัส".to_owned(),
            text: "๑๒๓\nสี่".to_owned(),
        };
        let id = MessageId::new([7; 16]);
        let now = Time::from_ms(1_774_742_400_000);
        let mail = || smtp.mail(id, &letter, now).unwrap().formatted();
        let formatted = String::from_utf8(mail()).unwrap();
        assert!(formatted.is_ascii());
        let lines: Vec<_> = formatted.lines().collect();
        for line in [
            "From: \"The Bank\" <no-reply@bank.example>",
            "To: ann@home.example",
            "Subject: =?utf-8?b?4Lij4Lir4Lix4Liq?=",
            "Message-ID: <07070707070707070707070707070707@bank.example>",
            "Date: Sun, 29 Mar 2026 00:00:00 +0000",
            "Content-Type: text/plain; charset=utf-8",
        ] {
            assert!(lines.contains(&line), "{formatted}");
        }
        assert_eq!(formatted.as_bytes(), mail());
    }

    #[test]
    fn wrong_settings_are_refused_by_name() {
        let refused = |settings: SmtpSettings| Smtp::new(&settings).err().unwrap().setting;
        let wrong = SmtpSettings {
            from: "The Bank".to_owned(),
            ..settings()
        };
        assert_eq!(refused(wrong), "from");
        let roots = Some(b"no certificate".to_vec());
        let encryption = Encryption::StartTls;
        let wrong = SmtpSettings {
            roots,
            encryption,
            ..settings()
        };
        assert_eq!(refused(wrong), "roots");
    }
}
