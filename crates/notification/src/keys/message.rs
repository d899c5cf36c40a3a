//! Message keys: generated, wrapped, and unwrapped into a bounded cache.

use crate::keys::epoch_key::EpochKey;
use crate::store::message_key;
use crate::{Failure, Notification};
use std::sync::Arc;
use types::{ChannelId, KeyEpoch, MessageKey, Time};
use vault::Wrapped;
use zeroize::Zeroizing;

/// A message key that is not in use yet.
pub(crate) struct NewKey {
    pub(crate) key: Arc<EpochKey>,
    pub(crate) wrapped: Wrapped,
}

/// The epoch of a new message key. It exceeds `previous` and the time in seconds since 1970 by up to 65,536 at random.
/// A restored older copy of the tables does not know which epochs were used after the copy was made. Usually time has
/// passed them. If it has not, because less than a day passed or a clock was ahead, two draws collide with probability
/// 1 in 65,536.
pub(crate) fn next_epoch(previous: Option<KeyEpoch>, now: Time) -> Result<KeyEpoch, Failure> {
    let previous = previous.map_or(0, KeyEpoch::get);
    let mut drawn = [0; 2];
    getrandom::fill(&mut drawn).map_err(|_| Failure::Randomness)?;
    KeyEpoch::new(previous.max(now.seconds()) + 1 + u64::from(u16::from_be_bytes(drawn)))
        .map_err(|_| Failure::Broken("the key epochs are used up"))
}

pub(super) fn context(channel: ChannelId, epoch: KeyEpoch) -> Vec<u8> {
    format!("notification message key of {channel}, epoch {epoch}").into_bytes()
}

impl Notification {
    /// Generates a random key for an epoch and wraps it. The key is unused until its row is stored.
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

    /// The key of an epoch. `None` if the tables do not have it.
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

    /// The key of the channel's current epoch, which must be in the tables.
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const NOW: u64 = 1_800_000_000;

    fn drawn_after(previous: u64) -> BTreeSet<u64> {
        let previous = KeyEpoch::new(previous).ok();
        let draw = |_| next_epoch(previous, Time::from_ms(NOW * 1_000 + 999));
        (0..16).map(|at| draw(at).unwrap().get()).collect()
    }

    #[test]
    fn an_epoch_is_beyond_the_previous_one_and_the_time() {
        for previous in [0, 1, 1_025, NOW - 1, NOW, NOW + 86_400] {
            let beyond = previous.max(NOW);
            for epoch in drawn_after(previous) {
                assert!((beyond + 1..=beyond + 65_536).contains(&epoch), "{epoch}");
            }
        }
    }

    #[test]
    fn two_copies_that_continue_from_one_epoch_at_one_time_draw_different_epochs() {
        for previous in [0, NOW + 86_400] {
            let drawn = drawn_after(previous);
            assert!(drawn.len() > 8, "{drawn:?}");
        }
    }

    #[test]
    fn the_last_epoch_is_the_greatest_of_four_bytes() {
        let last = KeyEpoch::new(u32::MAX.into()).ok();
        assert!(next_epoch(last, Time::from_ms(NOW)).is_err());
    }
}
