//! SMS by SMPP 3.4: one session with the bank's message centre, over which receipts come back.

mod parts;
mod receipt;
mod session;
mod submission;

use super::{Carrier, Handed, NotSent, Reports, SetupError};
use crate::address::Address;
use crate::letter::Letter;
use crate::queue::MessageId;
use async_trait::async_trait;
use receipt::Receipt;
use rusmpp::pdus::{BindTransceiver, DeliverSm};
use rusmpp::types::COctetString;
use rusmpp::values::InterfaceVersion;
use rusmpp::{CommandStatus, Pdu};
use rustls::pki_types::ServerName;
use session::{Deliveries, Duplex, Ended, Session, Unanswered, hold};
use std::error::Error;
use std::fmt;
use std::io;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;
use submission::Sender;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsConnector;
use types::Time;
use zeroize::Zeroizing;

/// Maximum time to connect, and for a session to begin.
const DEADLINE: Duration = Duration::from_secs(10);

/// Time before the session is begun again.
const AGAIN: Duration = Duration::from_secs(5);

/// Answers that refuse a message for good (SMPP 3.4, 5.1.3): length, destination, class and text.
const NEVER: [CommandStatus; 6] = [
    CommandStatus::EsmeRinvmsglen,
    CommandStatus::EsmeRinvdstadr,
    CommandStatus::EsmeRinvesmclass,
    CommandStatus::EsmeRinvdstton,
    CommandStatus::EsmeRinvdstnpi,
    CommandStatus::EsmeRxPAppn,
];

/// The message centre.
#[derive(Clone)]
pub struct SmppSettings {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether the connection is encrypted, from its first byte.
    pub tls: bool,
    /// PEM certificates of the authorities that are trusted in place of the system's.
    pub roots: Option<Vec<u8>>,
    /// The bank's name there: at most 15 characters.
    pub system_id: String,
    /// The password: at most 8 characters.
    pub password: Zeroizing<String>,
    /// What people see as the sender: a number with `+`, or at most 11 letters and digits.
    pub from: String,
}

impl fmt::Debug for SmppSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmppSettings({}:{})", self.host, self.port)
    }
}

/// A message centre. The session is held while [`listen`](Carrier::listen) runs.
pub struct Smpp {
    host: String,
    port: u16,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    bind: BindTransceiver,
    sender: Sender,
    /// The session, while there is one.
    session: watch::Sender<Option<Session>>,
}

impl Smpp {
    /// Refuses wrong settings. Does not connect.
    pub fn new(settings: &SmppSettings) -> Result<Self, SetupError> {
        let id = COctetString::from_str(&settings.system_id);
        let password = COctetString::from_str(&settings.password);
        let bind = BindTransceiver::builder()
            .system_id(id.map_err(|_| SetupError::new("system_id", "at most 15 ASCII characters"))?)
            .password(
                password.map_err(|_| SetupError::new("password", "at most 8 ASCII characters"))?,
            )
            .interface_version(InterfaceVersion::Smpp3_4)
            .build();
        let tls = match settings.tls {
            true => {
                let config = super::tls::client_config(settings.roots.as_deref())?;
                let name = ServerName::try_from(settings.host.clone());
                let name = name.map_err(|error| SetupError::new("server", error))?;
                Some((TlsConnector::from(Arc::new(config)), name))
            }
            false => None,
        };
        Ok(Self {
            host: settings.host.clone(),
            port: settings.port,
            tls,
            bind,
            sender: settings.from.parse()?,
            session: watch::channel(None).0,
        })
    }

    async fn connect(&self) -> io::Result<Box<dyn Duplex>> {
        let tcp = TcpStream::connect((self.host.as_str(), self.port)).await?;
        tcp.set_nodelay(true)?;
        Ok(match &self.tls {
            Some((tls, name)) => Box::new(tls.connect(name.clone(), tcp).await?),
            None => Box::new(tcp),
        })
    }

    /// Begins a session, and holds it until it ends.
    async fn hold(&self, reports: &dyn Reports) -> Result<Ended, NotSent> {
        let connected = tokio::time::timeout(DEADLINE, self.connect()).await;
        let stream = connected.map_err(NotSent::not_now)?;
        let (session, requests) = Session::new();
        let deliveries = Receipts(reports);
        let holding = hold(stream.map_err(NotSent::not_now)?, requests, &deliveries);
        let mut holding = std::pin::pin!(holding);
        tokio::select! {
            ended = &mut holding => return Ok(ended),
            bound = session.ask(self.bind.clone()) => bound.map_err(NotSent::not_now)?,
        };
        tracing::info!("the session with the message centre began");
        self.session.send_replace(Some(session));
        let ended = holding.await;
        self.session.send_replace(None);
        Ok(ended)
    }

    /// The session, if one begins in time.
    async fn session(&self) -> Result<Session, NotSent> {
        let mut sessions = self.session.subscribe();
        let is_held =
            |session: &Option<Session>| session.as_ref().is_some_and(|session| !session.is_over());
        let begun = tokio::time::timeout(DEADLINE, sessions.wait_for(is_held)).await;
        let session = begun
            .ok()
            .and_then(Result::ok)
            .and_then(|session| session.clone());
        session.ok_or_else(|| NotSent::not_now("there is no session with the message centre"))
    }
}

/// Stores receipts, and lets the message centre repeat those that were not stored. Whatever else comes is accepted and dropped: the bank reads
/// no SMS.
struct Receipts<'a>(&'a dyn Reports);

impl Deliveries for Receipts<'_> {
    async fn delivered(&self, delivered: &DeliverSm) -> CommandStatus {
        let Some(receipt) = Receipt::of(delivered) else {
            return CommandStatus::EsmeRok;
        };
        let Some(is_delivered) = receipt.delivered else {
            return CommandStatus::EsmeRok;
        };
        match self.0.report(&receipt.reference, is_delivered).await {
            true => CommandStatus::EsmeRok,
            false => CommandStatus::EsmeRxTAppn,
        }
    }
}

#[async_trait]
impl Carrier for Smpp {
    async fn hand(&self, id: MessageId, letter: &Letter, _now: Time) -> Result<Handed, NotSent> {
        let Address::Sms(to) = &letter.to else {
            return Err(NotSent::never("it has no mobile number"));
        };
        let parts = self.sender.parts(id, to, &letter.text)?;
        let session = self.session().await?;
        let mut reference = None;
        for part in parts {
            if let Some(Pdu::SubmitSmResp(taken)) = session.ask(part).await.map_err(judged)? {
                reference = Some(taken.message_id().to_string());
            }
        }
        Ok(Handed { reference })
    }

    async fn listen(&self, reports: Arc<dyn Reports>) {
        loop {
            let ended: Box<dyn Error + Send + Sync> = match self.hold(&*reports).await {
                Ok(ended) => ended.into(),
                Err(error) => error.into(),
            };
            warn_of(&*ended);
            tokio::time::sleep(AGAIN).await;
        }
    }
}

fn warn_of(cause: &(dyn Error + 'static)) {
    tracing::warn!(cause, "no session with the message centre");
}

fn judged(error: Unanswered) -> NotSent {
    match &error {
        Unanswered::Refused(status) if NEVER.contains(status) => NotSent::never(error),
        _ => NotSent::not_now(error),
    }
}
