//! Shows a customer's devices who has access: passkeys, passwords, consents, unusual logins.

use super::grant::own_id;
use crate::{Failure, Notification};
use protocol::{AccessChange, Entry};
use types::ChannelId;

impl Notification {
    /// Numbers the entry that shows a change of who has access to the customer's devices. With the change's kind, `cause`
    /// is unlike that of every other change. A repeated call does nothing.
    pub async fn access_changed(
        &self,
        channel: ChannelId,
        cause: &str,
        change: &AccessChange,
    ) -> Result<(), Failure> {
        let id = own_id(change.kind.as_str(), cause)?;
        let entry = Entry::of_access(id, self.now(), change);
        self.number_own(channel, &entry).await
    }
}
