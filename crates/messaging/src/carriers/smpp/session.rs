//! A session with a message centre (SMPP 3.4, 2): one owner of the connection, which sends requests and matches their answers.

use futures_util::{SinkExt as _, StreamExt as _};
use rusmpp::pdus::{DeliverSm, DeliverSmResp};
use rusmpp::tokio_codec::{CommandCodec, DecodeError, EncodeError};
use rusmpp::{Command, CommandId, CommandStatus, Pdu};
use std::collections::HashMap;
use std::time::Duration;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::codec::Framed;

/// Maximum time of an answer.
const DEADLINE: Duration = Duration::from_secs(10);

/// Time without a word after which the other end is asked whether it is there. It has as long to say so.
const SILENCE: Duration = Duration::from_secs(30);

/// Requests that wait for the owner.
const REQUESTS_MAX: usize = 16;

/// Maximum length of a command in octets.
const COMMAND_OCTETS_MAX: usize = 8192;

/// Why a request has no answer, or the wrong one.
#[derive(Debug, Error)]
pub(super) enum Unanswered {
    #[error("the session has ended")]
    Ended,
    #[error("no answer came in time")]
    TooLate,
    #[error("it was answered with {0:?}")]
    Refused(CommandStatus),
}

/// Why a session ended.
#[derive(Debug, Error)]
pub(super) enum Ended {
    #[error("the other end closed the connection")]
    Closed,
    #[error("the other end unbound")]
    Unbound,
    #[error("the other end says nothing")]
    Silent,
    #[error("what came is no command")]
    Malformed(#[from] DecodeError),
    #[error("a command was not sent")]
    NotSent(#[from] EncodeError),
}

/// A handle to the session.
#[derive(Debug, Clone)]
pub(super) struct Session(mpsc::Sender<Request>);

/// A request, and who waits for the answer.
#[derive(Debug)]
pub(super) struct Request {
    pdu: Pdu,
    answered: oneshot::Sender<Command>,
}

/// A byte stream.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// Judges what a message centre delivers.
pub(super) trait Deliveries: Sync {
    /// The status with which it is answered.
    fn delivered(&self, delivered: &DeliverSm) -> impl Future<Output = CommandStatus> + Send;
}

impl Session {
    /// A session, and the requests that its owner has to take.
    pub(super) fn new() -> (Self, mpsc::Receiver<Request>) {
        let (requests, taken) = mpsc::channel(REQUESTS_MAX);
        (Self(requests), taken)
    }

    /// Sends a request. Returns what it was answered.
    pub(super) async fn ask(&self, pdu: impl Into<Pdu>) -> Result<Option<Pdu>, Unanswered> {
        let (answered, answer) = oneshot::channel();
        let pdu = pdu.into();
        let asked = async {
            let request = Request { pdu, answered };
            self.0.send(request).await.map_err(|_| Unanswered::Ended)?;
            answer.await.map_err(|_| Unanswered::Ended)
        };
        let answer = tokio::time::timeout(DEADLINE, asked).await;
        let answer = answer.map_err(|_| Unanswered::TooLate)??;
        match answer.status() {
            CommandStatus::EsmeRok => Ok(answer.pdu().cloned()),
            status => Err(Unanswered::Refused(status)),
        }
    }

    /// Whether its owner is gone.
    pub(super) fn is_over(&self) -> bool {
        self.0.is_closed()
    }
}

/// Holds the connection until the session ends.
pub(super) async fn hold(
    stream: Box<dyn Duplex>,
    mut requests: mpsc::Receiver<Request>,
    deliveries: &impl Deliveries,
) -> Ended {
    let codec = CommandCodec::new().with_max_length(COMMAND_OCTETS_MAX);
    let mut owner = Owner {
        stream: Framed::new(stream, codec),
        sequence: 0,
        pending: HashMap::new(),
    };
    let mut heard = Instant::now();
    let mut is_asked = false;
    loop {
        let silent = tokio::time::sleep_until(heard + SILENCE);
        // Each of these futures loses nothing if another one is ready first.
        let done = tokio::select! {
            came = owner.stream.next() => {
                (heard, is_asked) = (Instant::now(), false);
                match came {
                    Some(Ok(command)) => owner.answer(command, deliveries).await,
                    Some(Err(error)) => Err(error.into()),
                    None => Err(Ended::Closed),
                }
            }
            request = requests.recv() => match request {
                Some(request) => owner.send(request.pdu, Some(request.answered)).await,
                None => Err(Ended::Closed),
            },
            () = silent => match is_asked {
                true => Err(Ended::Silent),
                false => {
                    (heard, is_asked) = (Instant::now(), true);
                    owner.send(Pdu::EnquireLink, None).await
                }
            },
        };
        if let Err(ended) = done {
            return ended;
        }
    }
}

/// The owner of a connection.
struct Owner {
    stream: Framed<Box<dyn Duplex>, CommandCodec>,
    sequence: u32,
    pending: HashMap<u32, oneshot::Sender<Command>>,
}

impl Owner {
    async fn send(
        &mut self,
        pdu: Pdu,
        answered: Option<oneshot::Sender<Command>>,
    ) -> Result<(), Ended> {
        // Whoever gave up waiting is forgotten here. Numbers go from 1 to 0x7fffffff (SMPP 3.4, 3.2).
        self.pending.retain(|_, waits| !waits.is_closed());
        self.sequence = self.sequence % 0x7fff_ffff + 1;
        if let Some(answered) = answered {
            self.pending.insert(self.sequence, answered);
        }
        let command = Command::new(CommandStatus::EsmeRok, self.sequence, pdu);
        Ok(self.stream.send(command).await?)
    }

    /// Answers a request, or hands an answer to who waits for it.
    async fn answer(
        &mut self,
        command: Command,
        deliveries: &impl Deliveries,
    ) -> Result<(), Ended> {
        let sequence = command.sequence_number();
        let mut answer =
            async |status, pdu| self.stream.send(Command::new(status, sequence, pdu)).await;
        match (command.id(), command.pdu()) {
            (_, Some(Pdu::DeliverSm(delivered))) => {
                let status = deliveries.delivered(delivered).await;
                answer(status, Pdu::from(DeliverSmResp::default())).await?;
            }
            (CommandId::EnquireLink, _) => {
                answer(CommandStatus::EsmeRok, Pdu::EnquireLinkResp).await?;
            }
            (CommandId::Unbind, _) => {
                answer(CommandStatus::EsmeRok, Pdu::UnbindResp).await?;
                return Err(Ended::Unbound);
            }
            _ => {
                if let Some(answered) = self.pending.remove(&sequence) {
                    answered.send(command).ok();
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusmpp::pdus::{SubmitSm, SubmitSmResp};
    use rusmpp::types::COctetString;
    use std::str::FromStr as _;
    use tokio::io::DuplexStream;

    /// Accepts everything that is delivered but what has no text.
    struct Texts;

    impl Deliveries for Texts {
        async fn delivered(&self, delivered: &DeliverSm) -> CommandStatus {
            match delivered.short_message().is_empty() {
                true => CommandStatus::EsmeRxTAppn,
                false => CommandStatus::EsmeRok,
            }
        }
    }

    /// The bank's session, and the message centre's end of it.
    fn begun() -> (
        Session,
        tokio::task::JoinHandle<Ended>,
        Framed<DuplexStream, CommandCodec>,
    ) {
        let (ours, theirs) = tokio::io::duplex(4096);
        let (session, requests) = Session::new();
        let held = tokio::spawn(async move { hold(Box::new(ours), requests, &Texts).await });
        (session, held, Framed::new(theirs, CommandCodec::new()))
    }

    fn taken(name: &str) -> Pdu {
        let name = COctetString::from_str(name).unwrap();
        Pdu::SubmitSmResp(SubmitSmResp::builder().message_id(name).build())
    }

    #[tokio::test]
    async fn answers_find_who_asked_in_any_order() {
        let (session, _held, mut centre) = begun();
        let ask = || {
            let session = session.clone();
            tokio::spawn(async move { session.ask(SubmitSm::default()).await })
        };
        let mut asked = Vec::new();
        let mut sequences = Vec::new();
        for _ in 0..3 {
            asked.push(ask());
            sequences.push(centre.next().await.unwrap().unwrap().sequence_number());
        }
        assert_eq!(sequences, [1, 2, 3]);
        let answer = |status, sequence, name| Command::new(status, sequence, taken(name));
        for command in [
            answer(CommandStatus::EsmeRok, 9, "nobody's"),
            answer(CommandStatus::EsmeRok, 3, "third"),
            answer(CommandStatus::EsmeRthrottled, 2, "second"),
            answer(CommandStatus::EsmeRok, 1, "first"),
        ] {
            centre.send(command).await.unwrap();
        }
        let mut answers = Vec::new();
        for asked in asked {
            answers.push(asked.await.unwrap());
        }
        assert_eq!(answers[0].as_ref().unwrap(), &Some(taken("first")));
        let throttled = Unanswered::Refused(CommandStatus::EsmeRthrottled);
        assert_eq!(
            answers[1].as_ref().unwrap_err().to_string(),
            throttled.to_string()
        );
        assert_eq!(answers[2].as_ref().unwrap(), &Some(taken("third")));
    }

    #[tokio::test]
    async fn the_other_ends_requests_are_answered_until_it_unbinds() {
        let (session, held, mut centre) = begun();
        let text = DeliverSm::builder();
        let text = text.short_message("x".parse().unwrap()).build();
        for (pdu, id, status) in [
            (
                Pdu::EnquireLink,
                CommandId::EnquireLinkResp,
                CommandStatus::EsmeRok,
            ),
            (
                text.into(),
                CommandId::DeliverSmResp,
                CommandStatus::EsmeRok,
            ),
            (
                DeliverSm::default().into(),
                CommandId::DeliverSmResp,
                CommandStatus::EsmeRxTAppn,
            ),
            (Pdu::Unbind, CommandId::UnbindResp, CommandStatus::EsmeRok),
        ] {
            centre
                .send(Command::new(CommandStatus::EsmeRok, 7, pdu))
                .await
                .unwrap();
            let answer = centre.next().await.unwrap().unwrap();
            let found = (answer.id(), answer.status(), answer.sequence_number());
            assert_eq!(found, (id, status, 7));
        }
        assert!(matches!(held.await.unwrap(), Ended::Unbound));
        assert!(session.is_over());
        let refused = session.ask(SubmitSm::default()).await;
        assert!(matches!(refused, Err(Unanswered::Ended)));
    }
}
