//! Shows a customer's devices what became of the customer's own brakes.

use super::grant::own_id;
use crate::store::channel;
use crate::{Failure, Notification, StatementRefused};
use protocol::{BrakeChange, Entry, EntryKind};
use types::ChannelId;

impl Notification {
    /// Numbers the entry that shows a brake's change to the customer's devices. `cause` is unlike that of every other
    /// change. A repeated call does nothing. Refused if there is no such channel: its customer was erased.
    pub async fn brake_changed(
        &self,
        channel: ChannelId,
        cause: &str,
        change: &BrakeChange,
    ) -> Result<(), StatementRefused> {
        let known = self
            .database
            .read(async move |tx| Ok::<_, Failure>(channel::find(tx, channel).await?));
        known.await?.ok_or(StatementRefused::ChannelUnknown)?;
        let kind = EntryKind::BrakeChanged;
        let id = own_id(kind.as_str(), cause)?;
        let entry = Entry::of_brake(id, self.now(), change);
        Ok(self.number_own(channel, &entry).await?)
    }
}
