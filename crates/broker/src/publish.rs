//! Publishing: the next number of a channel, or again what is stored.

use crate::observed::Observed;
use crate::{PublishError, ReadError};
use bytes::Bytes;
use channel_log::{Append, Appended, ChannelHead, ChannelKind, ChannelLog};
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
    /// Which channel.
    pub channel: ChannelId,
    /// The channel's generation.
    pub generation: Generation,
    /// The message, kept and sent unchanged.
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
    kind: ChannelKind,
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

    /// Streams that are open.
    #[must_use]
    pub fn streams(&self) -> u64 {
        self.observed.streams()
    }

    /// Publishes one message; answers when it is durable. The stored message again gets the stored answer.
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
    /// Answers in the order given; what follows a refused message of its channel is refused too.
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

    /// Names the message by the hash that it makes of the chain. A message that extends the chain comes with the chain
    /// so extended.
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
        // It would have the hash of the message whose place it takes, which could then never be stored.
        if message.body.bytes().is_none() {
            return Err(ParseError::WrongShape("a hole is not published").into());
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

/// The hash that the chain goes on from: what the log has, or where a generation begins.
pub(crate) fn chain_hash(channel: ChannelId, head: ChannelHead) -> Hash {
    if head.position.number == Number::ZERO {
        first_hash(channel, head.position.generation)
    } else {
        head.hash
    }
}

const fn belongs(message: MessageKind, channel: ChannelKind) -> bool {
    matches!(
        (message, channel),
        (
            MessageKind::Entry | MessageKind::Rekey,
            ChannelKind::Customer
        ) | (MessageKind::Announcement, ChannelKind::Global)
    )
}
