//! Shows a customer's devices which passkeys were added and removed.

use super::grant::own_id;
use crate::{Failure, Notification};
use protocol::{Entry, EntryKind};
use types::{ChannelId, DeviceId, PasskeyId};

/// A passkey that a customer added or removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyChange {
    /// Names the passkey's registration. With `added`, unlike that of every other change.
    pub cause: String,
    /// Whether the passkey was added; otherwise it was removed.
    pub added: bool,
    /// The passkey.
    pub passkey: PasskeyId,
    /// The device by which the customer did it.
    pub device: DeviceId,
}

impl Notification {
    /// Numbers the entry that shows a passkey's change to the customer's devices. A repeated call does nothing.
    pub async fn passkey_changed(
        &self,
        channel: ChannelId,
        change: &PasskeyChange,
    ) -> Result<(), Failure> {
        let kind = match change.added {
            true => EntryKind::PasskeyAdded,
            false => EntryKind::PasskeyRemoved,
        };
        let id = own_id(kind.as_str(), &change.cause)?;
        let what = (change.passkey, change.device);
        let entry = Entry::of_passkey(id, kind, self.now(), what);
        self.number_own(channel, &entry).await
    }
}
