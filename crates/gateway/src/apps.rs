//! What other apps of the bank do with a customer's permission: they read accounts, prepare payments, and hear what changed.

mod accounts;
mod changes;
mod initiations;

pub(crate) use initiations::Initiated;
pub use initiations::InitiationRefusal;

use types::{ClientId, CustomerId};

/// An app that acts for a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// The app.
    pub client: ClientId,
    /// Its name, as people know it.
    pub name: String,
    /// The customer.
    pub customer: CustomerId,
}
