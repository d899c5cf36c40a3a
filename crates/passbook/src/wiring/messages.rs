//! Implements the ports of notification and ciam to the broker.

use super::calls::Calls;
use async_trait::async_trait;
use broker::{Broker, Publication, PublishError, ReadError};
use bytes::Bytes;
use channel_log::{ChannelHead, Durability, Read, ReadLimit};
use notification::ports::{MessageBroker, Newest, Published};
use protocol::ChannelKind;
use std::error::Error;
use types::{ChannelId, Generation, Position};

/// The broker of this process, with the calls of one service.
#[derive(Clone)]
pub(crate) struct Messages {
    broker: Broker,
    calls: Calls,
}

impl Messages {
    pub(super) fn new(broker: Broker) -> Self {
        Self {
            broker,
            calls: Calls::default(),
        }
    }
}

fn newest(head: ChannelHead) -> Newest {
    Newest {
        position: head.position,
        hash: head.hash,
    }
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> notification::ports::PortError {
    notification::ports::PortError::new("broker", error)
}

fn published(
    answer: Result<channel_log::Appended, PublishError>,
) -> Result<Published, PublishError> {
    Ok(match answer {
        Ok(stored) if stored.durability == Durability::Quorum => {
            Published::Stored(protocol::http::AckDurability::Quorum)
        }
        Ok(_) => Published::Stored(protocol::http::AckDurability::Fsync),
        Err(PublishError::NotNext { newest: head } | PublishError::Generation { newest: head }) => {
            Published::Refused(newest(head))
        }
        Err(PublishError::ChannelUnknown) => Published::ChannelUnknown,
        Err(PublishError::Unavailable(_) | PublishError::OutcomeUnknown(_)) => Published::SendAgain,
        Err(PublishError::Stopped(stopped)) => return Err(PublishError::Stopped(stopped)),
        Err(invalid) => Published::Invalid(invalid.to_string()),
    })
}

#[async_trait]
impl MessageBroker for Messages {
    async fn append(
        &self,
        publications: Vec<notification::ports::Publication>,
    ) -> Result<Vec<Published>, notification::ports::PortError> {
        let publications = publications.into_iter().map(|publication| Publication {
            channel: publication.channel,
            generation: publication.generation,
            message: publication.bytes,
        });
        let asked = self.broker.publish_many(publications.collect());
        let answers = self.calls.call(asked).await.map_err(failed)?;
        answers
            .into_iter()
            .map(published)
            .collect::<Result<_, _>>()
            .map_err(failed)
    }

    async fn read(
        &self,
        channel: ChannelId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Bytes>, notification::ports::PortError> {
        let limit = ReadLimit {
            records: limit,
            ..ReadLimit::default()
        };
        let asked = self.broker.read(channel, after, limit);
        let read = self.calls.call(asked).await.map_err(failed)?;
        match read.map_err(failed)? {
            Read::Records { records, .. } => {
                Ok(records.into_iter().map(|record| record.bytes).collect())
            }
            Read::Ahead { .. } | Read::Trimmed { .. } | Read::Generation { .. } => Ok(Vec::new()),
        }
    }

    async fn newest(
        &self,
        channels: &[ChannelId],
    ) -> Result<Vec<Option<Newest>>, notification::ports::PortError> {
        let mut answers = Vec::with_capacity(channels.len());
        for channel in channels {
            let asked = self.broker.head(*channel);
            let newest_of = self.calls.call(asked).await.map_err(failed)?;
            answers.push(match newest_of {
                Ok(head) => Some(newest(head)),
                Err(ReadError::ChannelUnknown) => None,
                Err(error) => return Err(failed(error)),
            });
        }
        Ok(answers)
    }

    async fn restart(
        &self,
        channel: ChannelId,
        generation: Generation,
    ) -> Result<(), notification::ports::PortError> {
        // The log accepts only the next generation, and a restored log may lack the channel.
        let opened = self.broker.open(channel, ChannelKind::Customer);
        let opened = self.calls.call(opened).await.map_err(failed)?;
        let mut at = opened.map_err(failed)?.position.generation;
        while at < generation {
            let restarted = self.broker.restart(channel, at.next());
            let restarted = self.calls.call(restarted).await.map_err(failed)?;
            at = restarted.map_err(failed)?.position.generation;
        }
        Ok(())
    }
}

#[async_trait]
impl ciam::ports::Channels for Messages {
    async fn open(
        &self,
        channel: ChannelId,
        kind: ChannelKind,
    ) -> Result<Generation, ciam::ports::PortError> {
        let failed =
            |error: Box<dyn Error + Send + Sync>| ciam::ports::PortError::new("broker", error);
        let opened = self.calls.call(self.broker.open(channel, kind)).await;
        let opened = opened.map_err(|late| failed(late.into()))?;
        let head = opened.map_err(|error| failed(error.into()))?;
        Ok(head.position.generation)
    }
}
