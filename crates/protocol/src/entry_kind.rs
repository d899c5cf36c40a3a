//! The kind of fact that an entry reports. The list is open: an unknown kind is accepted and stored.

use std::fmt;
use types::IdError;

/// The kind of an entry or event.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// An account was opened.
    AccountOpened,
    /// A customer became holder of an account.
    HolderAdded,
    /// A customer ceased to be holder of an account.
    HolderRemoved,
    /// A transaction was booked.
    Booked,
    /// An amount was held for an order: less is available.
    HoldPlaced,
    /// An amount that was held is available again.
    HoldReleased,
    /// A device was enrolled.
    DeviceAdded,
    /// A device was removed.
    DeviceRemoved,
    /// A passkey was registered.
    PasskeyAdded,
    /// A passkey was removed.
    PasskeyRemoved,
    /// A password with an authenticator app was set.
    PasswordSet,
    /// The password was removed.
    PasswordRemoved,
    /// The customer let another app know more than before.
    ConsentGiven,
    /// The customer lets an app know nothing any more.
    ConsentWithdrawn,
    /// A login that the customer should look at.
    LoginUnusual,
    /// One of the customer's own brakes was set, will loosen, or was kept from that.
    BrakeChanged,
    /// The bank raised the limit of the customer's day.
    LimitRaised,
    /// Another app prepared a payment, which the customer may approve.
    PaymentInitiated,
    /// An order waits: for its day, or for clearing.
    OrderPending,
    /// An order was executed.
    OrderExecuted,
    /// An order was refused, or the other bank returned it.
    OrderRefused,
    /// An order was cancelled before it was executed.
    OrderCancelled,
    /// A payee was added.
    PayeeAdded,
    /// A payee was removed.
    PayeeRemoved,
    /// A standing order was created.
    StandingCreated,
    /// A standing order ended.
    StandingEnded,
    /// A kind that this version does not know. It is stored unchanged.
    Other(String),
}

impl EntryKind {
    /// The kind as it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::AccountOpened => "account.opened",
            Self::HolderAdded => "holder.added",
            Self::HolderRemoved => "holder.removed",
            Self::Booked => "booked",
            Self::HoldPlaced => "hold.placed",
            Self::HoldReleased => "hold.released",
            Self::DeviceAdded => "device.added",
            Self::DeviceRemoved => "device.removed",
            Self::PasskeyAdded => "passkey.added",
            Self::PasskeyRemoved => "passkey.removed",
            Self::PasswordSet => "password.set",
            Self::PasswordRemoved => "password.removed",
            Self::ConsentGiven => "consent.given",
            Self::ConsentWithdrawn => "consent.withdrawn",
            Self::LoginUnusual => "login.unusual",
            Self::BrakeChanged => "brake.changed",
            Self::LimitRaised => "limit.raised",
            Self::PaymentInitiated => "payment.initiated",
            Self::OrderPending => "order.pending",
            Self::OrderExecuted => "order.executed",
            Self::OrderRefused => "order.refused",
            Self::OrderCancelled => "order.cancelled",
            Self::PayeeAdded => "payee.added",
            Self::PayeeRemoved => "payee.removed",
            Self::StandingCreated => "standing.created",
            Self::StandingEnded => "standing.ended",
            Self::Other(kind) => kind,
        }
    }
}

impl std::str::FromStr for EntryKind {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let known = [
            Self::AccountOpened,
            Self::HolderAdded,
            Self::HolderRemoved,
            Self::Booked,
            Self::HoldPlaced,
            Self::HoldReleased,
            Self::DeviceAdded,
            Self::DeviceRemoved,
            Self::PasskeyAdded,
            Self::PasskeyRemoved,
            Self::PasswordSet,
            Self::PasswordRemoved,
            Self::ConsentGiven,
            Self::ConsentWithdrawn,
            Self::LoginUnusual,
            Self::BrakeChanged,
            Self::LimitRaised,
            Self::PaymentInitiated,
            Self::OrderPending,
            Self::OrderExecuted,
            Self::OrderRefused,
            Self::OrderCancelled,
            Self::PayeeAdded,
            Self::PayeeRemoved,
            Self::StandingCreated,
            Self::StandingEnded,
        ];
        if let Some(kind) = known.into_iter().find(|kind| kind.as_str() == text) {
            return Ok(kind);
        }
        if text.is_empty() || text.len() > 64 || text.chars().any(char::is_control) {
            return Err(IdError::NotAnId);
        }
        Ok(Self::Other(text.to_owned()))
    }
}

impl fmt::Display for EntryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
