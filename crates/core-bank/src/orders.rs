//! What gateway asks of a core bank about orders, and the answers.

use order::{Order, OutcomeKind, Reason};
use types::{BusinessDate, CustomerId, DeviceId, IntentId, Time};

/// An order as gateway accepted it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placing {
    /// The customer who ordered.
    pub customer: CustomerId,
    /// The device that signed it.
    pub device: DeviceId,
    /// The id that the customer's device made. With the customer it is the idempotency key.
    pub intent: IntentId,
    /// The order.
    pub order: Order,
    /// When the customer's device made the order, as the signed intent says. The fee is that of this moment.
    pub created: Time,
}

/// The state of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderState {
    /// The order waits: for its day, or for clearing.
    Pending {
        /// The day of the next step, if it is known.
        date: Option<BusinessDate>,
    },
    /// The order was executed.
    Executed {
        /// The bank's reference of the transaction, if the order moved money.
        bank_reference: Option<String>,
        /// The business date.
        date: BusinessDate,
    },
    /// The order was refused, or the other bank returned it.
    Refused(Reason),
    /// The order was cancelled before it was executed.
    Cancelled,
}

/// What an order is about that ends or removes something: the thing that an earlier order made.
#[expect(
    clippy::large_enum_variant,
    reason = "it is an answer, and nobody keeps many of them"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// It is this customer's, and pending or active. The order is the one that made it.
    Active(Order),
    /// It was this customer's and is done.
    Done(OutcomeKind),
    /// This customer never had it.
    Unknown,
}

/// Whether a creditor's account belongs to the person whose name the creditor has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PayeeCheck {
    /// The name is that of one of the account's owners.
    Match,
    /// The name is close to this owner's.
    Close(String),
    /// The account does not exist, or it is not of that name.
    None,
    /// The bank does not know, or must not say.
    CannotSay,
}
