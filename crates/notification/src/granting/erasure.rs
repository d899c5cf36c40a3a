//! Erases a customer: destroys their message keys, which makes every stored copy of their entries unreadable.

use crate::store::{acts, channel, message_key};
use crate::{Failure, Notification};
use audit::{Act, Subject};
use types::{ChannelId, CustomerId};

impl Notification {
    /// Destroys all message keys of a customer and deletes their channel. Copies at the broker and in backups remain as
    /// ciphertext that nobody can open. The erasure is complete when the last backup of these tables and of the vault's
    /// keys has expired. ciam removes the devices first, so that no device gets a grant afterwards. Returns the erased
    /// channel; `None` if the customer has none.
    pub async fn erase(&self, customer: &CustomerId) -> Result<Option<ChannelId>, Failure> {
        let index = self.customer_index(customer);
        let now = self.now();
        let erased = self
            .database
            .write(async move |tx| {
                let Some(id) = channel::of_customer(tx, &index).await? else {
                    return Ok(None);
                };
                let epochs = message_key::destroy_all(tx, id).await?;
                channel::erase(tx, id).await?;
                let act = Act::new(now, crate::ACTOR, "customer.erased")
                    .about(Subject::new("channel", id))
                    .with("keys", epochs.len());
                acts::record(tx, &act).await?;
                Ok::<_, Failure>(Some((id, epochs)))
            })
            .await?;
        self.channels.forget(customer);
        let Some((id, epochs)) = erased else {
            return Ok(None);
        };
        self.epochs.forget(&id);
        for epoch in epochs {
            self.message_keys.forget(&(id, epoch));
        }
        Ok(Some(id))
    }
}
