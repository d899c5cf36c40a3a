//! Message keys: made, wrapped, and unwrapped into a bounded cache.

use crate::keys::epoch_key::EpochKey;
use crate::store::message_key;
use crate::{Failure, Notification};
use std::sync::Arc;
use types::{ChannelId, KeyEpoch, MessageKey};
use vault::Wrapped;
use zeroize::Zeroizing;

/// A message key that is not used yet.
pub(crate) struct NewKey {
    pub(crate) key: Arc<EpochKey>,
    pub(crate) wrapped: Wrapped,
}

fn context(channel: ChannelId, epoch: KeyEpoch) -> Vec<u8> {
    format!("notification message key of {channel}, epoch {epoch}").into_bytes()
}

impl Notification {
    /// A new random key for an epoch, wrapped. Nobody has it until its row is kept.
    pub(crate) async fn make_message_key(
        &self,
        channel: ChannelId,
        epoch: KeyEpoch,
    ) -> Result<NewKey, Failure> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut()).map_err(|_| Failure::Randomness)?;
        let wrapped = self
            .vault
            .wrap(&context(channel, epoch), bytes.as_slice())
            .await?;
        let key = Arc::new(EpochKey {
            epoch,
            key: MessageKey::new(*bytes),
        });
        Ok(NewKey { key, wrapped })
    }

    /// The key of an epoch; none where the tables do not have it.
    pub(crate) async fn message_key(
        &self,
        channel: ChannelId,
        epoch: KeyEpoch,
    ) -> Result<Option<Arc<EpochKey>>, Failure> {
        if let Some(key) = self.message_keys.get(&(channel, epoch)) {
            return Ok(Some(key));
        }
        let row = self
            .database
            .read(async move |tx| Ok::<_, Failure>(message_key::find(tx, channel, epoch).await?))
            .await?;
        let Some(row) = row else { return Ok(None) };
        let secret = self
            .vault
            .unwrap(&context(channel, epoch), &row.wrapped)
            .await?;
        let secret = <&[u8; 32]>::try_from(secret.as_slice())
            .map_err(|_| Failure::Broken("a message key has 32 bytes"))?;
        let key = Arc::new(EpochKey {
            epoch,
            key: MessageKey::new(*secret),
        });
        self.message_keys.put((channel, epoch), key.clone());
        Ok(Some(key))
    }

    /// The key of the channel's current epoch, which has to be in the tables.
    pub(crate) async fn current_key(
        &self,
        channel: ChannelId,
        epoch: KeyEpoch,
    ) -> Result<Arc<EpochKey>, Failure> {
        self.message_key(channel, epoch)
            .await?
            .ok_or(Failure::Broken("the current message key is missing"))
    }
}
