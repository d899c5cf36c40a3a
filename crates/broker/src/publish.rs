//! Publishing: stores the next message of a channel, or repeats the stored answer.

use crate::observed::Observed;
use crate::{PublishError, ReadError};
use bytes::Bytes;
use channel_log::{Append, Appended, ChannelHead, ChannelLog, LogChannelKind};
use envelope::{first_hash, link_hash};
use protocol::{Message, MessageKind, ParseError};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use tracing::{Span, trace_span};
use types::{ChannelId, Generation, Hash, Number};

/// A message for a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// The channel.
    pub channel: ChannelId,
    /// The channel's generation.
    pub generation: Generation,
    /// The message's bytes, stored and sent unchanged.
    pub message: Bytes,
}

/// The broker on a log.
#[derive(Clone)]
pub struct Broker {
    pub(crate) log: Arc<dyn ChannelLog>,
    pub(crate) observed: Arc<Observed>,
}

/// A channel's chain as far as this call has followed it.
struct Chain {
    kind: LogChannelKind,
    generation: Generation,
    number: Number,
    hash: Hash,
}

/// The span in which a message becomes durable, if anybody records it.
fn span(append: &Append) -> Option<Span> {
    let span = trace_span!(
        target: types::ENTRY_SPANS,
        "append",
        channel = %append.channel,
        generation = append.generation.get(),
        number = append.number.get(),
    );
    (!span.is_disabled()).then_some(span)
}

impl Broker {
    /// The broker on `log`.
    #[must_use]
    pub fn new(log: Arc<dyn ChannelLog>) -> Self {
        let observed = Arc::new(Observed::new());
        Self { log, observed }
    }

    /// The number of open streams.
    #[must_use]
    pub fn streams(&self) -> u64 {
        self.observed.streams()
    }

    /// Publishes one message and returns when it is durable. For a stored message, the answer is the stored one.
    pub async fn publish(&self, publication: Publication) -> Result<Appended, PublishError> {
        let chain = self.chain(publication.channel).await?;
        let (append, _) = self.link(&chain, publication).await?;
        let span = span(&append);
        let mut answers = self.log.append(vec![append]).await;
        drop(span);
        match answers.pop() {
            Some(answer) => Ok(answer?),
            None => Err(PublishError::ChannelUnknown),
        }
    }

    /// Publishes messages of many channels, each channel's in the order of their numbers, with one wait for the disk.
    /// Returns the answers in the order of the messages. After a refused message, the rest of its channel is refused
    /// too.
    pub async fn publish_many(
        &self,
        publications: Vec<Publication>,
    ) -> Vec<Result<Appended, PublishError>> {
        let mut chains: HashMap<ChannelId, Result<Chain, PublishError>> = HashMap::new();
        let mut linked = Vec::with_capacity(publications.len());
        let mut appends = Vec::with_capacity(publications.len());
        for publication in publications {
            let channel = publication.channel;
            let link = self.link_next(&mut chains, publication).await;
            linked.push(
                link.map(|append| appends.push(append))
                    .inspect_err(|error| {
                        chains.insert(channel, Err(error.clone()));
                    }),
            );
        }
        let spans: Vec<_> = appends.iter().filter_map(span).collect();
        let mut answers = self.log.append(appends).await.into_iter();
        drop(spans);
        let answered = linked.into_iter().map(|link| {
            link?;
            match answers.next() {
                Some(answer) => Ok(answer?),
                None => Err(PublishError::ChannelUnknown),
            }
        });
        answered.collect()
    }

    async fn link_next(
        &self,
        chains: &mut HashMap<ChannelId, Result<Chain, PublishError>>,
        publication: Publication,
    ) -> Result<Append, PublishError> {
        let channel = publication.channel;
        if let Entry::Vacant(unread) = chains.entry(channel) {
            unread.insert(self.chain(channel).await);
        }
        match chains.get(&channel) {
            Some(Ok(chain)) => {
                let (append, extended) = self.link(chain, publication).await?;
                if let Some(chain) = extended {
                    chains.insert(channel, Ok(chain));
                }
                Ok(append)
            }
            Some(Err(refused)) => Err(refused.clone()),
            None => Err(PublishError::ChannelUnknown),
        }
    }

    async fn chain(&self, channel: ChannelId) -> Result<Chain, PublishError> {
        let head = self.log.head(channel).await.map_err(ReadError::from)?;
        Ok(Chain {
            kind: head.kind,
            generation: head.position.generation,
            number: head.position.number,
            hash: chain_hash(channel, head),
        })
    }

    /// Computes the hash that the message gives the chain. If the message extends the chain, the extended chain is
    /// returned too.
    async fn link(
        &self,
        chain: &Chain,
        publication: Publication,
    ) -> Result<(Append, Option<Chain>), PublishError> {
        let Publication {
            channel,
            generation,
            message: bytes,
        } = publication;
        let message = Message::parse(bytes.clone())?;
        // A hole has the same hash as the message that it replaces, so that message could never be stored.
        if message.body.bytes().is_none() {
            return Err(ParseError::WrongShape("a hole cannot be published").into());
        }
        if !belongs(message.kind, chain.kind) {
            return Err(PublishError::KindOfAnotherChannel);
        }
        let head = ChannelHead {
            kind: chain.kind,
            position: types::Position::new(chain.generation, chain.number),
            hash: chain.hash,
        };
        if generation != chain.generation {
            return Err(PublishError::Generation { newest: head });
        }
        let number = message.number;
        let (hash, extended) = if number == chain.number.next() {
            let hash = link_hash(&chain.hash, &message);
            (
                hash,
                Some(Chain {
                    number,
                    hash,
                    ..*chain
                }),
            )
        } else if number <= chain.number {
            let before = self.hash_before(channel, generation, number).await?;
            let before = before.ok_or(PublishError::NotNext { newest: head })?;
            (link_hash(&before, &message), None)
        } else {
            return Err(PublishError::NotNext { newest: head });
        };
        Ok((
            Append {
                channel,
                generation,
                number,
                hash,
                bytes,
            },
            extended,
        ))
    }
}

/// The hash from which the chain continues: the log's newest, or the start of a generation.
pub(crate) fn chain_hash(channel: ChannelId, head: ChannelHead) -> Hash {
    if head.position.number == Number::ZERO {
        first_hash(channel, head.position.generation)
    } else {
        head.hash
    }
}

const fn belongs(message: MessageKind, channel: LogChannelKind) -> bool {
    matches!(
        (message, channel),
        (
            MessageKind::Entry | MessageKind::Rekey,
            LogChannelKind::Customer
        ) | (MessageKind::Announcement, LogChannelKind::Global)
    )
}
