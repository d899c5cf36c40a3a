//! The broker, as notification and ciam see it.

use async_trait::async_trait;
use broker::{Broker, Publication, PublishError, ReadError};
use bytes::Bytes;
use channel_log::{ChannelHead, Durability, Read, ReadLimit};
use notification::ports::{MessageBroker, Newest, Published};
use protocol::ChannelKind;
use types::{ChannelId, Generation, Position};

/// The broker of this process.
#[derive(Clone)]
pub(crate) struct Messages(pub(crate) Broker);

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
            Published::Stored(protocol::http::Durability::Quorum)
        }
        Ok(_) => Published::Stored(protocol::http::Durability::Fsync),
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
        let answers = self.0.publish_many(publications.collect()).await;
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
        match self.0.read(channel, after, limit).await.map_err(failed)? {
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
            answers.push(match self.0.head(*channel).await {
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
        // The log goes one generation at a time, and one that was restored may not have the channel.
        let opened = self.0.open(channel, ChannelKind::Customer).await;
        let mut at = opened.map_err(failed)?.position.generation;
        while at < generation {
            let restarted = self.0.restart(channel, at.next()).await;
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
        match self.0.open(channel, kind).await {
            Ok(head) => Ok(head.position.generation),
            Err(error) => Err(ciam::ports::PortError::new("broker", error)),
        }
    }
}
