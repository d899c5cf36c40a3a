//! Opening, reading and restarting channels.

use crate::publish::{Broker, chain_hash};
use crate::{PublishError, ReadError};
use channel_log::{ChannelHead, LogChannelKind, LogError, Read, ReadLimit};
use types::{ChannelId, Generation, Hash, Number, Position};

impl Broker {
    /// Opens a channel, or finds it. Returns the position and hash of its newest message.
    pub async fn open(
        &self,
        channel: ChannelId,
        kind: protocol::ChannelKind,
    ) -> Result<ChannelHead, ReadError> {
        let kind = match kind {
            protocol::ChannelKind::Customer => LogChannelKind::Customer,
            protocol::ChannelKind::Global => LogChannelKind::Global,
        };
        let head = self.log.open(channel, kind).await?;
        Ok(ChannelHead {
            hash: chain_hash(channel, head),
            ..head
        })
    }

    /// The channel's kind, and the position and hash of its newest message.
    pub async fn head(&self, channel: ChannelId) -> Result<ChannelHead, ReadError> {
        let head = self.log.head(channel).await?;
        Ok(ChannelHead {
            hash: chain_hash(channel, head),
            ..head
        })
    }

    /// What follows `after`. There is always an answer. If the channel does not exist, the reader's position counts as
    /// ahead: the channel is being restored, and is private until then.
    pub async fn read(
        &self,
        channel: ChannelId,
        after: Position,
        limit: ReadLimit,
    ) -> Result<Read, ReadError> {
        match self.log.read(channel, after, limit).await {
            Err(LogError::UnknownChannel) => Ok(Read::Ahead {
                newest: ChannelHead::empty(LogChannelKind::Customer, Generation::FIRST),
            }),
            read => Ok(read?),
        }
    }

    /// Whether the channel is private. A channel that does not exist may become private.
    pub(crate) async fn is_private(&self, channel: ChannelId) -> Result<bool, ReadError> {
        match self.log.head(channel).await {
            Ok(head) => Ok(head.kind != LogChannelKind::Global),
            Err(LogError::UnknownChannel) => Ok(true),
            Err(error) => Err(error.into()),
        }
    }

    /// Starts the channel's next generation, without messages. Does nothing if the channel is in it.
    pub async fn restart(
        &self,
        channel: ChannelId,
        generation: Generation,
    ) -> Result<ChannelHead, ReadError> {
        Ok(self.log.restart(channel, generation).await?)
    }

    /// The hash of the message before `number`, if that message is stored.
    pub(crate) async fn hash_before(
        &self,
        channel: ChannelId,
        generation: Generation,
        number: Number,
    ) -> Result<Option<Hash>, PublishError> {
        let Some(before) = number.previous() else {
            return Ok(None);
        };
        let Some(earlier) = before.previous() else {
            return Ok(Some(envelope::first_hash(channel, generation)));
        };
        let limit = ReadLimit {
            records: 1,
            bytes: 1,
        };
        let read = self
            .log
            .read(channel, Position::new(generation, earlier), limit)
            .await;
        Ok(match read.map_err(ReadError::from)? {
            Read::Records { records, .. } => records.first().map(|record| record.hash),
            _ => None,
        })
    }
}
